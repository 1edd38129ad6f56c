//! Azure Monitor: where the logs of a resource and of the subscription go, and who is told of what.

use super::child::{self, Child, Form};
use super::population::{Population, population};
use crate::{Cx, Operation, RESOURCE_GRAPH, Scope, Service};

const ALERT: &str = "Microsoft.Insights/activityLogAlerts";
const ACTION_GROUP: &str = "Microsoft.Insights/actionGroups";

/// Where the logs of one resource go. Resource Graph has no table of these settings.
pub(super) static DIAGNOSTIC_SETTINGS: Operation = Operation::arm(
    "Microsoft.Insights:diagnosticSettings/read",
    "{id}/providers/Microsoft.Insights/diagnosticSettings",
    "2021-05-01-preview",
);
static OF_SUBSCRIPTION: Operation = Operation::arm(
    "Microsoft.Insights:diagnosticSettings/read",
    "/subscriptions/{subscription}/providers/Microsoft.Insights/diagnosticSettings",
    "2021-05-01-preview",
);
static ALERTS: Operation = Operation::arm(
    "Microsoft.Insights:activityLogAlerts/read",
    "/subscriptions/{subscription}/providers/Microsoft.Insights/activityLogAlerts",
    "2020-10-01",
);
static ONE_ALERT: Operation = Operation::arm(
    "Microsoft.Insights:activityLogAlerts/read",
    "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Insights/activityLogAlerts/{name}",
    "2020-10-01",
);
static ACTION_GROUPS: Operation = Operation::arm(
    "Microsoft.Insights:actionGroups/read",
    "/subscriptions/{subscription}/providers/Microsoft.Insights/actionGroups",
    "2023-01-01",
);
static ONE_ACTION_GROUP: Operation = Operation::arm(
    "Microsoft.Insights:actionGroups/read",
    "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Insights/actionGroups/{name}",
    "2023-01-01",
);

/// The export of the activity log, its alerts and action groups.
pub(super) static SERVICE: Service = Service {
    name: "monitor",
    scope: Scope::Subscription,
    operations: &[
        &OF_SUBSCRIPTION,
        &ALERTS,
        &ONE_ALERT,
        &ACTION_GROUPS,
        &ONE_ACTION_GROUP,
        &RESOURCE_GRAPH,
    ],
    types: &[ALERT, ACTION_GROUP],
    collect: |cx| Box::pin(collect(cx)),
};

static ALERT_POPULATION: Population = Population::new(ALERT, &ALERTS).checked_by(&ONE_ALERT);
static ACTION_GROUP_POPULATION: Population =
    Population::new(ACTION_GROUP, &ACTION_GROUPS).checked_by(&ONE_ACTION_GROUP);
static SUBSCRIPTION: [Child; 1] =
    [Child::new(&["DiagnosticSettings"], &OF_SUBSCRIPTION, Form::Many)];

async fn collect(cx: Cx) {
    let own = child::read(&cx, &SUBSCRIPTION, cx.subscription_document()).await;
    cx.fold(own).await;
    population(&cx, &ALERT_POPULATION).await;
    population(&cx, &ACTION_GROUP_POPULATION).await;
}
