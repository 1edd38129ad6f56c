//! Who hears what: from an event, over a trail, a metric filter and an alarm, or over an event
//! rule, to somebody who receives it.
//!
//! An event is heard only if every link holds: a trail of all regions that logs and records it; and
//! either a filter on the trail's log group that matches it, an alarm on the filter's metric with
//! enabled actions and a confirmed recipient, or an enabled rule on the event bus of each region
//! where it can arise, with a target that tells somebody. A link that cannot be seen makes the
//! answer unknown, unless another way is seen whole.

mod estate;
mod event_pattern;
mod events;
mod filter_pattern;
#[cfg(test)]
mod tests;

use assay_core::{Gap, Resource};
use serde_json::{Value, json};

use crate::cloudtrail::{ManagementEvent, records};
use crate::deriver::{Deriver, Need, World, memo};
use estate::{Estate, Found, NEEDS, flag, list, text};
use events::{Group, KINDS, Kind, NOISE, Spec, envelope};

/// `derived.alert_…` of an account: which groups of events somebody hears.
pub(crate) struct Alerts(usize);

/// One deriver for each kind of alert.
pub(crate) static ALERTS: [Alerts; 6] =
    [Alerts(0), Alerts(1), Alerts(2), Alerts(3), Alerts(4), Alerts(5)];

impl Alerts {
    fn kind(&self) -> Option<&'static Kind> {
        const ALL: &[Kind] = &KINDS;
        ALL.get(self.0)
    }
}

impl Deriver for Alerts {
    fn name(&self) -> &'static str {
        self.kind().map_or("", |k| k.facet)
    }

    fn types(&self) -> &'static [&'static str] {
        &["Assay::AWS::Account"]
    }

    fn reads(&self) -> &'static [&'static str] {
        &[]
    }

    fn needs(&self) -> &'static [Need] {
        &NEEDS
    }

    fn derive(&self, doc: &Resource, world: &dyn World) -> Result<Value, Gap> {
        let estate = memo(world, "alerts", || Estate::new(&doc.account, world));
        let groups = self.kind().map_or(&[][..], |k| k.groups);
        groups
            .iter()
            .map(|g| group(&estate, &doc.account, g))
            .collect::<Result<Vec<_>, _>>()
            .map(Value::Array)
    }
}

fn group(estate: &Estate, account: &str, group: &Group) -> Result<Value, Gap> {
    let mut missing = Vec::new();
    let mut unknown = None;
    for spec in group.events {
        match heard(estate, account, *spec) {
            Found::Yes => {}
            Found::No => missing.push(spec.label()),
            Found::Maybe(gap) => unknown = unknown.or(Some(gap)),
        }
    }
    match unknown {
        // One event that nobody hears is enough; what else is unknown does not matter.
        Some(gap) if missing.is_empty() => Err(gap),
        _ => Ok(json!({"key": group.key, "heard": missing.is_empty(), "missing": missing})),
    }
}

fn heard(estate: &Estate, account: &str, spec: Spec) -> Found {
    let logging = |t: &&std::sync::Arc<Resource>| {
        flag(t, "IsLogging") == Some(true) && flag(t, "IsMultiRegionTrail") == Some(true)
    };
    let trails: Vec<_> =
        estate.trails.iter().filter(logging).filter(|t| recorded(t, spec)).collect();
    let Some(partition) = trails.first().and_then(|t| t.id.split(':').nth(1)) else {
        return Found::No;
    };
    let home = match partition {
        "aws-cn" => "cn-north-1",
        "aws-us-gov" => "us-gov-west-1",
        _ => "us-east-1",
    };
    let by_filter = [false, true].into_iter().fold(Found::Yes, |so_far, second| {
        let region = match (spec.global, second) {
            (true, _) => home,
            (false, false) => "eu-west-1",
            (false, true) => "ap-southeast-2",
        };
        so_far.and(|| {
            let event = spec.event(account, partition, region, second);
            let noise = NOISE.event(account, partition, region, second);
            trails.iter().fold(Found::No, |f, t| f.or(|| filtered(estate, t, &event, &noise)))
        })
    });
    by_filter.or(|| ruled(estate, account, partition, home, spec))
}

/// Whether a trail's selectors record an event, whoever causes it.
fn recorded(trail: &Resource, spec: Spec) -> bool {
    ["arn:aws:iam::1:user/alice", "arn:aws:sts::2:assumed-role/x/y"].into_iter().all(|principal| {
        records(
            trail,
            ManagementEvent {
                source: &spec.source(),
                name: spec.name,
                kind: spec.kind(),
                read_only: spec.read_only,
                principal,
            },
        )
    })
}

/// Whether a filter on the trail's log group matches an event and an alarm tells somebody.
fn filtered(estate: &Estate, trail: &Resource, event: &Value, noise: &Value) -> Found {
    let filters = match estate.filters_of(trail) {
        Ok(filters) => filters,
        Err(unseen) => return unseen,
    };
    let region = Estate::log_region(trail);
    filters.iter().fold(Found::No, |so_far, filter| {
        so_far.or(|| {
            let matching = match &filter.pattern {
                None => Found::maybe(format!(
                    "the pattern of the metric filter {} is not understood",
                    filter.name
                )),
                Some(p) if p.matches(event) && !p.matches(noise) => Found::Yes,
                Some(_) => Found::No,
            };
            matching.and(|| estate.alarmed(filter, region))
        })
    })
}

/// Whether event rules hear an event wherever it can arise.
fn ruled(estate: &Estate, account: &str, partition: &str, home: &str, spec: Spec) -> Found {
    let everywhere: Vec<&str> =
        if spec.global { vec![home] } else { estate.regions.iter().map(String::as_str).collect() };
    if everywhere.is_empty() {
        return Found::No;
    }
    everywhere.into_iter().fold(Found::Yes, |so_far, region| {
        so_far.and(|| {
            if !estate.regions.contains(region) {
                return Found::maybe(format!(
                    "event rules of {region} could hear it, and {region} was not looked at"
                ));
            }
            [false, true].into_iter().fold(Found::Yes, |both, second| {
                both.and(|| {
                    let detail =
                        |s: Spec| envelope(s, region, &s.event(account, partition, region, second));
                    rule(estate, region, spec, &detail(spec), &detail(NOISE))
                })
            })
        })
    })
}

fn rule(estate: &Estate, region: &str, spec: Spec, event: &Value, noise: &Value) -> Found {
    estate.rules.iter().filter(|r| r.region == region).fold(Found::No, |so_far, rule| {
        so_far.or(|| {
            let on = match text(rule, "State") {
                "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS" => true,
                // Such a rule does not get events of calls that only read.
                "ENABLED" => !spec.read_only,
                _ => false,
            };
            let Some(pattern) = rule.properties.get("EventPattern").filter(|p| on && p.is_object())
            else {
                return Found::No;
            };
            let hit = |e| event_pattern::matches(pattern, e);
            let matching = match (hit(event), hit(noise)) {
                (Some(true), Some(false)) => Found::Yes,
                (Some(_), Some(_)) => Found::No,
                _ => Found::maybe(format!(
                    "the pattern of the event rule {} uses an operator that is not read",
                    rule.name
                )),
            };
            matching.and(|| {
                list(rule.properties.get("Targets"))
                    .iter()
                    .filter_map(|t| t.get("Arn").and_then(Value::as_str))
                    .fold(Found::No, |f, arn| f.or(|| estate.receives(arn)))
            })
        })
    })
}

/// `derived.notification` of an alarm: whether it watches a trail, and who hears it.
pub(crate) struct Notification;

impl Deriver for Notification {
    fn name(&self) -> &'static str {
        "notification"
    }

    fn types(&self) -> &'static [&'static str] {
        &["AWS::CloudWatch::Alarm"]
    }

    fn reads(&self) -> &'static [&'static str] {
        &[
            "/AlarmName",
            "/ActionsEnabled",
            "/AlarmActions",
            "/MetricName",
            "/Namespace",
            "/ComparisonOperator",
            "/Dimensions",
            "/Metrics",
        ]
    }

    fn needs(&self) -> &'static [Need] {
        &NEEDS
    }

    fn derive(&self, doc: &Resource, world: &dyn World) -> Result<Value, Gap> {
        let estate = memo(world, "alerts", || Estate::new(&doc.account, world));
        let answer = |security: bool, received: bool, reason: &str| {
            Ok(json!({"security": security, "received": received, "reason": reason}))
        };
        match estate.watches_a_trail(doc) {
            Found::No => {
                return answer(false, false, "the alarm watches no metric of a trail's events");
            }
            Found::Maybe(gap) => return Err(gap),
            Found::Yes => {}
        }
        match estate.tells(doc) {
            Found::Yes => answer(true, true, "an enabled action reaches a recipient"),
            Found::Maybe(gap) => Err(gap),
            Found::No if flag(doc, "ActionsEnabled") != Some(true) => {
                answer(true, false, "the alarm's actions are switched off")
            }
            Found::No if list(doc.properties.get("AlarmActions")).is_empty() => {
                answer(true, false, "the alarm has no action")
            }
            Found::No => answer(
                true,
                false,
                "the alarm's actions reach nobody: no topic with a confirmed subscription and no \
                 other recipient",
            ),
        }
    }
}
