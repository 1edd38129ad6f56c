//! Azure SQL: servers with their network, audit, alerts, keys and assessments, databases with their encryption.

use assay_collect::{Draft, Facet};
use futures_util::future::FutureExt as _;
use serde_json::json;

use super::child::{self, Child, Form};
use super::monitor::DIAGNOSTIC_SETTINGS;
use super::population::{Population, Then, nested, population};
use crate::{Cx, Operation, RESOURCE_GRAPH, Scope, Service};

const VERSION: &str = "2023-08-01";

static SERVERS: Operation = Operation::arm(
    "Microsoft.Sql:servers/read",
    // The directory administrator comes along only where it is asked for.
    "/subscriptions/{subscription}/providers/Microsoft.Sql/servers?$expand=administrators/activedirectory",
    VERSION,
);
static SERVER: Operation = Operation::arm(
    "Microsoft.Sql:servers/read",
    "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Sql/servers/{name}?$expand=administrators/activedirectory",
    VERSION,
);
static FIREWALL: Operation =
    Operation::arm("Microsoft.Sql:servers/firewallRules/read", "{id}/firewallRules", VERSION);
static FIREWALL6: Operation = Operation::arm(
    "Microsoft.Sql:servers/ipv6FirewallRules/read",
    "{id}/ipv6FirewallRules",
    VERSION,
);
static AUDITING: Operation = Operation::arm(
    "Microsoft.Sql:servers/auditingSettings/read",
    "{id}/auditingSettings/default",
    VERSION,
);
static ASSESSMENTS: Operation = Operation::arm(
    "Microsoft.Sql:servers/vulnerabilityAssessments/read",
    "{id}/vulnerabilityAssessments",
    VERSION,
);
static EXPRESS: Operation = Operation::arm(
    "Microsoft.Sql:servers/sqlVulnerabilityAssessments/read",
    "{id}/sqlVulnerabilityAssessments",
    VERSION,
);
static PROTECTOR: Operation = Operation::arm(
    "Microsoft.Sql:servers/encryptionProtector/read",
    "{id}/encryptionProtector/current",
    VERSION,
);
static ALERTS: Operation = Operation::arm(
    "Microsoft.Sql:servers/securityAlertPolicies/read",
    "{id}/securityAlertPolicies/default",
    VERSION,
);
static DATABASES: Operation =
    Operation::arm("Microsoft.Sql:servers/databases/read", "{id}/databases", VERSION);
static ENCRYPTION: Operation = Operation::arm(
    "Microsoft.Sql:servers/databases/transparentDataEncryption/read",
    "{id}/transparentDataEncryption/current",
    VERSION,
);
static DATABASE_AUDITING: Operation = Operation::arm(
    "Microsoft.Sql:servers/databases/auditingSettings/read",
    "{id}/auditingSettings/default",
    VERSION,
);

const SERVER_KIND: &str = "Microsoft.Sql/servers";
const DATABASE_KIND: &str = "Microsoft.Sql/servers/databases";

/// SQL servers and their databases.
pub(super) static SERVICE: Service = Service {
    name: "sql",
    scope: Scope::Subscription,
    operations: &[
        &SERVERS,
        &SERVER,
        &FIREWALL,
        &FIREWALL6,
        &AUDITING,
        &ASSESSMENTS,
        &EXPRESS,
        &PROTECTOR,
        &ALERTS,
        &DATABASES,
        &ENCRYPTION,
        &DATABASE_AUDITING,
        &DIAGNOSTIC_SETTINGS,
        &RESOURCE_GRAPH,
    ],
    types: &[SERVER_KIND, DATABASE_KIND],
    collect: |cx| Box::pin(collect(cx)),
};

/// Both kinds of assessment are read as collections: an empty one says that there is none, while
/// the codes by which a missing `default` is refused are not documented.
static SERVER_POPULATION: Population =
    Population::new(SERVER_KIND, &SERVERS).checked_by(&SERVER).with(&[
        Child::new(&["firewallRules"], &FIREWALL, Form::Many),
        Child::new(&["ipv6FirewallRules"], &FIREWALL6, Form::Many),
        Child::new(&["auditingSettings"], &AUDITING, Form::One),
        Child::new(&["vulnerabilityAssessments"], &ASSESSMENTS, Form::Settings),
        Child::new(&["sqlVulnerabilityAssessments"], &EXPRESS, Form::Settings),
        Child::new(&["encryptionProtector"], &PROTECTOR, Form::One),
        Child::new(&["securityAlertPolicies"], &ALERTS, Form::One),
    ]);

static DATABASE_POPULATION: Population = Population::new(DATABASE_KIND, &DATABASES).then(Then {
    facets: &["transparentDataEncryption", "auditingSettings", "diagnosticSettings"],
    step: |cx, draft| database(cx, draft).boxed(),
});

/// What is read of a database that is not `master`.
static OF_DATABASE: [Child; 2] = [
    Child::new(&["transparentDataEncryption"], &ENCRYPTION, Form::One),
    Child::new(&["auditingSettings"], &DATABASE_AUDITING, Form::One),
];
static LOGS: [Child; 1] = [Child::new(&["diagnosticSettings"], &DIAGNOSTIC_SETTINGS, Form::Many)];

async fn collect(cx: Cx) {
    let servers = population(&cx, &SERVER_POPULATION).await;
    nested(&cx, &DATABASE_POPULATION, &servers).await;
}

/// `master` has neither encryption nor an audit of its own, and carries the diagnostic settings of
/// its server. Those of another database count only where its own audit goes through them.
async fn database(cx: &Cx, mut draft: Draft) -> Draft {
    let master = draft.id().ends_with("/databases/master");
    if master {
        let listed = draft.resource.sources.values().next().cloned().unwrap_or_default();
        draft.set("transparentDataEncryption", Facet::absent(&listed));
        draft.set("auditingSettings", Facet::absent(&listed));
    } else {
        draft = child::read(cx, &OF_DATABASE, draft).await;
    }
    let audit = draft.resource.properties.get("auditingSettings");
    let through_logs = audit.and_then(|a| a.get("isAzureMonitorTargetEnabled"));
    if master || through_logs == Some(&json!(true)) {
        draft = child::read(cx, &LOGS, draft).await;
    }
    draft
}
