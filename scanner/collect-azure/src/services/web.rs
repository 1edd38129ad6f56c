//! App Service: web applications, functions and their deployment slots, with the configuration and
//! the authentication of each. Application settings and connection strings are not read: they hold secrets, and no rule
//! needs them.

use super::child::{Child, Form};
use super::population::{Population, nested, population};
use crate::{Cx, Operation, RESOURCE_GRAPH, Scope, Service};

const SITE: &str = "Microsoft.Web/sites";
const SLOT: &str = "Microsoft.Web/sites/slots";
const VERSION: &str = "2023-12-01";

static SITES: Operation = Operation::arm(
    "Microsoft.Web:sites/read",
    "/subscriptions/{subscription}/providers/Microsoft.Web/sites",
    VERSION,
);
static ONE_SITE: Operation = Operation::arm(
    "Microsoft.Web:sites/read",
    "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Web/sites/{name}",
    VERSION,
);
static SLOTS: Operation = Operation::arm("Microsoft.Web:sites/slots/read", "{id}/slots", VERSION);
static CONFIG: Operation =
    Operation::arm("Microsoft.Web:sites/config/read", "{id}/config/web", VERSION);
static SLOT_CONFIG: Operation =
    Operation::arm("Microsoft.Web:sites/slots/config/read", "{id}/config/web", VERSION);
static AUTH: Operation =
    Operation::arm("Microsoft.Web:sites/config/read", "{id}/config/authsettingsV2", VERSION);
static SLOT_AUTH: Operation =
    Operation::arm("Microsoft.Web:sites/slots/config/read", "{id}/config/authsettingsV2", VERSION);
static PUBLISHING: Operation = Operation::arm(
    "Microsoft.Web:sites/basicPublishingCredentialsPolicies/read",
    "{id}/basicPublishingCredentialsPolicies",
    VERSION,
);
static SLOT_PUBLISHING: Operation = Operation::arm(
    "Microsoft.Web:sites/slots/basicPublishingCredentialsPolicies/read",
    "{id}/basicPublishingCredentialsPolicies",
    VERSION,
);

/// Web applications and slots.
pub(super) static SERVICE: Service = Service {
    name: "web",
    scope: Scope::Subscription,
    operations: &[
        &SITES,
        &ONE_SITE,
        &SLOTS,
        &CONFIG,
        &SLOT_CONFIG,
        &AUTH,
        &SLOT_AUTH,
        &PUBLISHING,
        &SLOT_PUBLISHING,
        &RESOURCE_GRAPH,
    ],
    types: &[SITE, SLOT],
    collect: |cx| Box::pin(collect(cx)),
};

static SITE_POPULATION: Population = Population::new(SITE, &SITES).checked_by(&ONE_SITE).with(&[
    Child::new(&["config"], &CONFIG, Form::One),
    Child::new(&["authsettingsV2"], &AUTH, Form::One).part("authsettingsV2"),
    Child::new(&["basicPublishingCredentialsPolicies"], &PUBLISHING, Form::Many),
]);
static SLOT_POPULATION: Population = Population::new(SLOT, &SLOTS).with(&[
    Child::new(&["config"], &SLOT_CONFIG, Form::One),
    Child::new(&["authsettingsV2"], &SLOT_AUTH, Form::One).part("authsettingsV2"),
    Child::new(&["basicPublishingCredentialsPolicies"], &SLOT_PUBLISHING, Form::Many),
]);

async fn collect(cx: Cx) {
    let sites = population(&cx, &SITE_POPULATION).await;
    nested(&cx, &SLOT_POPULATION, &sites).await;
}
