//! Microsoft Defender for Cloud: plans, contacts, and what it found.

use serde_json::Value;

use super::child::{self, Child, Form};
use super::population::{Population, population};
use crate::{Cx, Operation, Scope, Service};

const ASSESSMENT: &str = "Microsoft.Security/assessments";

static PRICINGS: Operation = Operation::arm(
    "Microsoft.Security:pricings/read",
    "/subscriptions/{subscription}/providers/Microsoft.Security/pricings",
    "2024-01-01",
);
static CONTACTS: Operation = Operation::arm(
    "Microsoft.Security:securityContacts/read",
    "/subscriptions/{subscription}/providers/Microsoft.Security/securityContacts",
    "2023-12-01-preview",
);
static ASSESSMENTS: Operation = Operation::arm(
    "Microsoft.Security:assessments/read",
    "/subscriptions/{subscription}/providers/Microsoft.Security/assessments",
    "2021-06-01",
);

/// Plans and contacts of the subscription, assessments of its resources.
pub(super) static SERVICE: Service = Service {
    name: "security",
    scope: Scope::Subscription,
    operations: &[&PRICINGS, &CONTACTS, &ASSESSMENTS],
    types: &[ASSESSMENT],
    collect: |cx| Box::pin(collect(cx)),
};

static SUBSCRIPTION: [Child; 2] = [
    Child::new(&["DefenderPlans"], &PRICINGS, Form::Many),
    Child::new(&["SecurityContacts"], &CONTACTS, Form::Many),
];
/// Defender assesses every kind of resource in many ways; rules read what it says of machines. A row
/// without an id may be of one, and is not left out.
static POPULATION: Population = Population::new(ASSESSMENT, &ASSESSMENTS).keep(|row| {
    let id = row.get("id").and_then(Value::as_str).map(str::to_ascii_lowercase);
    id.is_none_or(|id| id.contains("/providers/microsoft.compute/virtualmachines/"))
});

async fn collect(cx: Cx) {
    let own = child::read(&cx, &SUBSCRIPTION, cx.subscription_document()).await;
    cx.fold(own).await;
    population(&cx, &POPULATION).await;
}
