//! Managed databases beside Azure SQL: PostgreSQL and MySQL flexible servers with the parameters
//! that rules read, and Cosmos DB accounts.

use super::child::{Child, Form};
use super::population::{Population, population};
use crate::{Cx, Operation, RESOURCE_GRAPH, Scope, Service};

const POSTGRESQL: &str = "Microsoft.DBforPostgreSQL/flexibleServers";
const MYSQL: &str = "Microsoft.DBforMySQL/flexibleServers";
const COSMOS: &str = "Microsoft.DocumentDB/databaseAccounts";
const POSTGRESQL_VERSION: &str = "2024-08-01";
const MYSQL_VERSION: &str = "2023-12-30";
const COSMOS_VERSION: &str = "2024-05-15";

static POSTGRESQLS: Operation = Operation::arm(
    "Microsoft.DBforPostgreSQL:flexibleServers/read",
    "/subscriptions/{subscription}/providers/Microsoft.DBforPostgreSQL/flexibleServers",
    POSTGRESQL_VERSION,
);
static ONE_POSTGRESQL: Operation = Operation::arm(
    "Microsoft.DBforPostgreSQL:flexibleServers/read",
    "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.DBforPostgreSQL/flexibleServers/{name}",
    POSTGRESQL_VERSION,
);
static POSTGRESQL_PARAMETERS: Operation = Operation::arm(
    "Microsoft.DBforPostgreSQL:flexibleServers/configurations/read",
    "{id}/configurations",
    POSTGRESQL_VERSION,
);
static POSTGRESQL_FIREWALL: Operation = Operation::arm(
    "Microsoft.DBforPostgreSQL:flexibleServers/firewallRules/read",
    "{id}/firewallRules",
    POSTGRESQL_VERSION,
);
static MYSQLS: Operation = Operation::arm(
    "Microsoft.DBforMySQL:flexibleServers/read",
    "/subscriptions/{subscription}/providers/Microsoft.DBforMySQL/flexibleServers",
    MYSQL_VERSION,
);
static ONE_MYSQL: Operation = Operation::arm(
    "Microsoft.DBforMySQL:flexibleServers/read",
    "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.DBforMySQL/flexibleServers/{name}",
    MYSQL_VERSION,
);
static MYSQL_PARAMETERS: Operation = Operation::arm(
    "Microsoft.DBforMySQL:flexibleServers/configurations/read",
    "{id}/configurations",
    MYSQL_VERSION,
);
static MYSQL_FIREWALL: Operation = Operation::arm(
    "Microsoft.DBforMySQL:flexibleServers/firewallRules/read",
    "{id}/firewallRules",
    MYSQL_VERSION,
);
static COSMOS_ACCOUNTS: Operation = Operation::arm(
    "Microsoft.DocumentDB:databaseAccounts/read",
    "/subscriptions/{subscription}/providers/Microsoft.DocumentDB/databaseAccounts",
    COSMOS_VERSION,
);
static ONE_COSMOS_ACCOUNT: Operation = Operation::arm(
    "Microsoft.DocumentDB:databaseAccounts/read",
    "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.DocumentDB/databaseAccounts/{name}",
    COSMOS_VERSION,
);

/// PostgreSQL flexible servers.
pub(super) static POSTGRESQL_SERVICE: Service = Service {
    name: "postgresql",
    scope: Scope::Subscription,
    operations: &[
        &POSTGRESQLS,
        &ONE_POSTGRESQL,
        &POSTGRESQL_PARAMETERS,
        &POSTGRESQL_FIREWALL,
        &RESOURCE_GRAPH,
    ],
    types: &[POSTGRESQL],
    collect: |cx| Box::pin(one(cx, &POSTGRESQL_POPULATION)),
};

/// MySQL flexible servers.
pub(super) static MYSQL_SERVICE: Service = Service {
    name: "mysql",
    scope: Scope::Subscription,
    operations: &[&MYSQLS, &ONE_MYSQL, &MYSQL_PARAMETERS, &MYSQL_FIREWALL, &RESOURCE_GRAPH],
    types: &[MYSQL],
    collect: |cx| Box::pin(one(cx, &MYSQL_POPULATION)),
};

/// Cosmos DB accounts.
pub(super) static COSMOS_SERVICE: Service = Service {
    name: "cosmos",
    scope: Scope::Subscription,
    operations: &[&COSMOS_ACCOUNTS, &ONE_COSMOS_ACCOUNT, &RESOURCE_GRAPH],
    types: &[COSMOS],
    collect: |cx| Box::pin(one(cx, &COSMOS_POPULATION)),
};

/// A server has hundreds of parameters: the document keeps those that rules read.
static POSTGRESQL_POPULATION: Population =
    Population::new(POSTGRESQL, &POSTGRESQLS).checked_by(&ONE_POSTGRESQL).with(&[
        Child::new(
            &["configurations"],
            &POSTGRESQL_PARAMETERS,
            Form::Only(&[
                "require_secure_transport",
                "ssl_min_protocol_version",
                "log_connections",
                "log_disconnections",
            ]),
        ),
        Child::new(&["firewallRules"], &POSTGRESQL_FIREWALL, Form::Many),
    ]);
static MYSQL_POPULATION: Population =
    Population::new(MYSQL, &MYSQLS).checked_by(&ONE_MYSQL).with(&[
        Child::new(
            &["configurations"],
            &MYSQL_PARAMETERS,
            Form::Only(&["require_secure_transport", "tls_version"]),
        ),
        Child::new(&["firewallRules"], &MYSQL_FIREWALL, Form::Many),
    ]);
static COSMOS_POPULATION: Population =
    Population::new(COSMOS, &COSMOS_ACCOUNTS).checked_by(&ONE_COSMOS_ACCOUNT);

async fn one(cx: Cx, of: &'static Population) {
    population(&cx, of).await;
}
