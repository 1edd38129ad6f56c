//! The parts of the chain from an event to a person, indexed once for an account.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use assay_core::rule::RelatedScope;
use assay_core::{Gap, GapState, Resource};
use serde_json::Value;

use super::filter_pattern::Pattern;
use crate::deriver::{Need, World};

/// What every deriver of this module needs to know.
pub(super) const NEEDS: [Need; 8] = [
    need(
        "AWS::CloudTrail::Trail",
        &[
            "IsLogging",
            "IsMultiRegionTrail",
            "CloudWatchLogsLogGroupArn",
            "EventSelectors",
            "AdvancedEventSelectors",
        ],
    ),
    need(
        "AWS::Logs::MetricFilter",
        &["LogGroupName", "FilterPattern", "FieldSelectionCriteria", "MetricTransformations"],
    ),
    need(
        "AWS::CloudWatch::Alarm",
        &[
            "AlarmName",
            "ActionsEnabled",
            "AlarmActions",
            "MetricName",
            "Namespace",
            "ComparisonOperator",
            "Dimensions",
            "Metrics",
        ],
    ),
    need(
        "AWS::CloudWatch::CompositeAlarm",
        &["AlarmRule", "ActionsEnabled", "AlarmActions", "ActionsSuppressor"],
    ),
    need("AWS::SNS::Topic", &["SubscriptionsConfirmed"]),
    need("AWS::SNS::Subscription", &["TopicArn", "PendingConfirmation"]),
    need("AWS::Events::Rule", &["State", "EventPattern", "Targets"]),
    need("Assay::AWS::Region", &[]),
];

const fn need(kind: &'static str, facets: &'static [&'static str]) -> Need {
    Need { kind, scope: RelatedScope::Account, facets }
}

/// Whether something holds.
#[derive(Debug, Clone)]
pub(super) enum Found {
    /// It does.
    Yes,
    /// It cannot be told.
    Maybe(Gap),
    /// It does not.
    No,
}

impl Found {
    /// The better of two ways to the same end.
    pub(super) fn or(self, other: impl FnOnce() -> Self) -> Self {
        match self {
            Self::Yes => Self::Yes,
            Self::No => other(),
            Self::Maybe(gap) => match other() {
                Self::Yes => Self::Yes,
                _ => Self::Maybe(gap),
            },
        }
    }

    /// Two links of one chain.
    pub(super) fn and(self, other: impl FnOnce() -> Self) -> Self {
        match self {
            Self::No => Self::No,
            Self::Yes => other(),
            Self::Maybe(gap) => match other() {
                Self::No => Self::No,
                _ => Self::Maybe(gap),
            },
        }
    }

    /// Something that is out of sight.
    pub(super) fn maybe(detail: impl Into<String>) -> Self {
        Self::Maybe(Gap::new(GapState::Unsupported, detail))
    }

    fn when(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }
}

/// A metric filter.
pub(super) struct Filter {
    /// Its name, for messages.
    pub(super) name: String,
    /// `None`: not understood.
    pub(super) pattern: Option<Pattern>,
    /// The metrics that it counts in: namespace and name, and whether it has dimensions.
    pub(super) metrics: Vec<(String, String, bool)>,
}

/// The parts of the chain.
pub(super) struct Estate {
    account: String,
    /// The account's trails.
    pub(super) trails: Vec<Arc<Resource>>,
    /// Filters by region and log group.
    filters: BTreeMap<(String, String), Vec<Filter>>,
    alarms: Vec<Arc<Resource>>,
    composites: Vec<Arc<Resource>>,
    /// Confirmed subscriptions by topic.
    topics: BTreeMap<String, i64>,
    /// Rules with a pattern.
    pub(super) rules: Vec<Arc<Resource>>,
    /// The regions that were looked at.
    pub(super) regions: BTreeSet<String>,
}

impl Estate {
    /// Indexes what is around.
    pub(super) fn new(account: &str, world: &dyn World) -> Self {
        let all = |kind: &str| world.related(kind, RelatedScope::Account);
        let mut filters: BTreeMap<_, Vec<Filter>> = BTreeMap::new();
        for f in all("AWS::Logs::MetricFilter").iter() {
            let group = text(f, "LogGroupName").to_owned();
            filters.entry((f.region.clone(), group)).or_default().push(filter(f));
        }
        let mut topics: BTreeMap<String, i64> = BTreeMap::new();
        for t in all("AWS::SNS::Topic").iter() {
            let count = t.properties.get("SubscriptionsConfirmed").and_then(Value::as_i64);
            topics.insert(t.id.clone(), count.unwrap_or(0));
        }
        for s in all("AWS::SNS::Subscription").iter() {
            if flag(s, "PendingConfirmation") == Some(false) {
                topics
                    .entry(text(s, "TopicArn").to_owned())
                    .and_modify(|n| *n = (*n).max(1))
                    .or_insert(1);
            }
        }
        Self {
            account: account.to_owned(),
            trails: all("AWS::CloudTrail::Trail").to_vec(),
            filters,
            alarms: all("AWS::CloudWatch::Alarm").to_vec(),
            composites: all("AWS::CloudWatch::CompositeAlarm").to_vec(),
            topics,
            rules: all("AWS::Events::Rule").to_vec(),
            regions: all("Assay::AWS::Region").iter().map(|r| r.region.clone()).collect(),
        }
    }

    /// The metric filters of a trail's log group. `Err`: they are out of sight.
    pub(super) fn filters_of(&self, trail: &Resource) -> Result<&[Filter], Found> {
        let arn = text(trail, "CloudWatchLogsLogGroupArn");
        let mut parts = arn.split(':').skip(3);
        let (Some(region), Some(account), Some(_), Some(group)) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Ok(&[]);
        };
        if account != self.account {
            return Err(Found::maybe(format!(
                "the trail {} delivers to a log group of account {account}, whose filters and \
                 alarms are not in sight from here",
                trail.name
            )));
        }
        if !self.regions.contains(region) {
            return Err(Found::maybe(format!(
                "the trail {} delivers to a log group in {region}, which was not looked at",
                trail.name
            )));
        }
        let key = (region.to_owned(), group.to_owned());
        Ok(self.filters.get(&key).map_or(&[], Vec::as_slice))
    }

    /// The region of a trail's log group.
    pub(super) fn log_region(trail: &Resource) -> &str {
        text(trail, "CloudWatchLogsLogGroupArn").split(':').nth(3).unwrap_or("")
    }

    /// Whether an alarm on one of the filter's metrics tells somebody.
    pub(super) fn alarmed(&self, filter: &Filter, region: &str) -> Found {
        self.alarms.iter().filter(|a| a.region == region).fold(Found::No, |so_far, alarm| {
            so_far.or(|| watches(alarm, filter).and(|| self.tells(alarm)))
        })
    }

    /// Whether an alarm watches a filter of some trail's log group.
    pub(super) fn watches_a_trail(&self, alarm: &Resource) -> Found {
        let mut found = Found::No;
        for trail in &self.trails {
            if Self::log_region(trail) != alarm.region {
                continue;
            }
            found = found.or(|| match self.filters_of(trail) {
                Err(_) => Found::No,
                Ok(filters) => {
                    filters.iter().fold(Found::No, |f, filter| f.or(|| watches(alarm, filter)))
                }
            });
        }
        found
    }

    /// Whether somebody hears an alarm when it goes off, by itself or through a composite alarm.
    pub(super) fn tells(&self, alarm: &Resource) -> Found {
        self.acts(alarm).or(|| {
            let name = text(alarm, "AlarmName");
            self.composites.iter().filter(|c| c.region == alarm.region).fold(
                Found::No,
                |so_far, composite| {
                    so_far.or(|| follows(composite, name, &alarm.id).and(|| self.acts(composite)))
                },
            )
        })
    }

    fn acts(&self, alarm: &Resource) -> Found {
        if flag(alarm, "ActionsEnabled") != Some(true) {
            return Found::No;
        }
        texts(alarm.properties.get("AlarmActions"))
            .fold(Found::No, |so_far, action| so_far.or(|| self.receives(action)))
    }

    /// Whether an action or target reaches anybody.
    pub(super) fn receives(&self, arn: &str) -> Found {
        let mut parts = arn.split(':').skip(2);
        let service = parts.next().unwrap_or("");
        let (region, account) = (parts.next().unwrap_or(""), parts.next().unwrap_or(""));
        match service {
            "sns" => match self.topics.get(arn) {
                Some(confirmed) => Found::when(*confirmed > 0),
                None if account != self.account => Found::maybe(format!(
                    "the topic {arn} belongs to account {account}; who subscribed is not in sight"
                )),
                None if !self.regions.contains(region) => {
                    Found::maybe(format!("the topic {arn} lies in a region that was not looked at"))
                }
                // The account has no such topic any more.
                None => Found::No,
            },
            // Scaling, recovery and log storage act or keep; they tell nobody.
            "autoscaling" | "automate" | "ec2" | "swf" | "logs" | "" => Found::No,
            _ => Found::Yes,
        }
    }
}

fn filter(doc: &Resource) -> Filter {
    let pattern = match doc.properties.get("FieldSelectionCriteria") {
        Some(Value::String(s)) if !s.is_empty() => None,
        _ => Pattern::parse(text(doc, "FilterPattern")),
    };
    let metrics = list(doc.properties.get("MetricTransformations"))
        .iter()
        .filter_map(|t| {
            let dimensions = !list(t.get("Dimensions")).is_empty();
            let get = |name| t.get(name).and_then(Value::as_str).map(str::to_owned);
            Some((get("MetricNamespace")?, get("MetricName")?, dimensions))
        })
        .collect();
    Filter { name: doc.name.clone(), pattern, metrics }
}

/// Whether an alarm goes off when a filter counts something.
fn watches(alarm: &Resource, filter: &Filter) -> Found {
    let named = |namespace: &str, name: &str| {
        filter.metrics.iter().find(|(ns, n, _)| ns == namespace && n == name)
    };
    if let Some((_, _, dimensions)) = named(text(alarm, "Namespace"), text(alarm, "MetricName")) {
        let upwards = text(alarm, "ComparisonOperator").starts_with("GreaterThan");
        let watched = !list(alarm.properties.get("Dimensions")).is_empty();
        // Each combination of dimensions is a metric of its own; there is none without them.
        // <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/MonitoringLogData.html>
        return Found::when(upwards && *dimensions == watched).and(|| {
            if watched {
                Found::maybe(format!(
                    "the alarm {} watches one value of the filter's dimensions; which events have \
                     it is not read",
                    alarm.name
                ))
            } else {
                Found::Yes
            }
        });
    }
    let in_expression = list(alarm.properties.get("Metrics")).iter().any(|m| {
        let get = |name| m.get(name).and_then(Value::as_str).unwrap_or("");
        named(get("Namespace"), get("MetricName")).is_some()
    });
    if in_expression {
        return Found::maybe(format!(
            "the alarm {} watches an expression over the filter's metric; expressions are not read",
            alarm.name
        ));
    }
    Found::No
}

/// Whether a composite alarm goes off whenever the named alarm does.
fn follows(composite: &Resource, name: &str, id: &str) -> Found {
    let rule = text(composite, "AlarmRule");
    let compact: String = rule.chars().filter(|c| !c.is_whitespace() && *c != '"').collect();
    let names = |n: &str| {
        let n: String = n.chars().filter(|c| !c.is_whitespace()).collect();
        compact.contains(&format!("ALARM({n})"))
    };
    if !(names(name) || names(id)) {
        return Found::No;
    }
    let plain = !rule
        .split(|c: char| c.is_whitespace() || c == '(' || c == ')')
        .any(|w| w.eq_ignore_ascii_case("AND") || w.eq_ignore_ascii_case("NOT"));
    let suppressed = composite.properties.get("ActionsSuppressor").is_some_and(Value::is_string);
    if plain && !suppressed {
        return Found::Yes;
    }
    Found::maybe(format!(
        "the composite alarm {} combines conditions that are not read",
        composite.name
    ))
}

/// A text facet, empty where it is null.
pub(super) fn text<'a>(doc: &'a Resource, facet: &str) -> &'a str {
    doc.properties.get(facet).and_then(Value::as_str).unwrap_or("")
}

/// A flag.
pub(super) fn flag(doc: &Resource, facet: &str) -> Option<bool> {
    doc.properties.get(facet).and_then(Value::as_bool)
}

/// A list, empty where it is null.
pub(super) fn list(value: Option<&Value>) -> &[Value] {
    value.and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn texts(value: Option<&Value>) -> impl Iterator<Item = &str> {
    list(value).iter().filter_map(Value::as_str)
}
