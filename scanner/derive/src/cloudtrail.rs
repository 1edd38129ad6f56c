//! What a trail records, whichever kind of selectors it uses.
//!
//! Basic selectors: <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_EventSelector.html>.
//! Advanced selectors: <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_AdvancedFieldSelector.html>.

use assay_core::{Gap, GapState, Resource};
use serde_json::{Value, json};

use crate::deriver::{Deriver, Need, World};

/// Event sources of management events that basic selectors can leave out.
const EXCLUDABLE: [&str; 2] = ["kms.amazonaws.com", "rdsdata.amazonaws.com"];

/// A management event, as selectors see it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ManagementEvent<'a> {
    /// `iam.amazonaws.com`
    pub(crate) source: &'a str,
    /// `PutRolePolicy`
    pub(crate) name: &'a str,
    /// `AwsApiCall`, `AwsConsoleSignIn`
    pub(crate) kind: &'a str,
    /// Whether it only reads.
    pub(crate) read_only: bool,
    /// Who called.
    pub(crate) principal: &'a str,
}

/// Whether a trail's selectors record a management event.
pub(crate) fn records(trail: &Resource, event: ManagementEvent<'_>) -> bool {
    let basic = selectors(trail, "EventSelectors").iter().any(|s| {
        s.get("IncludeManagementEvents").and_then(Value::as_bool) == Some(true)
            && read_write(s, event.read_only)
            && !texts(s.get("ExcludeManagementEventSources")).any(|t| t == event.source)
    });
    let advanced = selectors(trail, "AdvancedEventSelectors").iter().any(|s| {
        fields(s).all(|f| {
            let value = match field(f) {
                "eventCategory" => "Management",
                "readOnly" => bool_text(event.read_only),
                "eventSource" => event.source,
                "eventName" => event.name,
                "eventType" => event.kind,
                "userIdentity.arn" => event.principal,
                "sessionCredentialFromConsole" => "false",
                _ => return false,
            };
            fits(f, value)
        })
    });
    basic || advanced
}

/// Prefixes of object ARNs whose reads (or writes) a trail records.
fn object_events(trail: &Resource, partition: &str, read_only: bool) -> Vec<String> {
    let mut prefixes: Vec<String> = Vec::new();
    for s in selectors(trail, "EventSelectors").iter().filter(|s| read_write(s, read_only)) {
        for resource in list(s.get("DataResources")) {
            if resource.get("Type").and_then(Value::as_str) == Some("AWS::S3::Object") {
                prefixes.extend(texts(resource.get("Values")).map(|v| normal(v, partition)));
            }
        }
    }
    for s in selectors(trail, "AdvancedEventSelectors") {
        prefixes.extend(advanced_objects(s, partition, read_only).unwrap_or_default());
    }
    prefixes.sort();
    prefixes.dedup();
    prefixes
}

/// The prefixes of one advanced selector. `None`: it does not record all such object events, or
/// leaves some out in a way that prefixes cannot say.
fn advanced_objects(selector: &Value, partition: &str, read_only: bool) -> Option<Vec<String>> {
    let mut starts: Option<Vec<String>> = None;
    let (mut data, mut objects) = (false, false);
    for f in fields(selector) {
        match field(f) {
            "eventCategory" => data = fits(f, "Data"),
            "resources.type" => objects = fits(f, "AWS::S3::Object"),
            "readOnly" if fits(f, bool_text(read_only)) => {}
            "resources.ARN" => {
                let only = f.as_object()?.keys().all(|k| k == "Field" || k == "StartsWith");
                if !only {
                    return None;
                }
                starts = Some(texts(f.get("StartsWith")).map(|v| normal(v, partition)).collect());
            }
            // Any other condition (event names, sources, principals) leaves events out.
            _ => return None,
        }
    }
    (data && objects).then(|| starts.unwrap_or_else(|| vec![format!("arn:{partition}:s3:::")]))
}

/// `arn:aws:s3` and `arn:aws:s3:::` both mean every bucket.
fn normal(value: &str, partition: &str) -> String {
    let every = format!("arn:{partition}:s3");
    if value.trim_end_matches(':') == every { format!("{every}:::") } else { value.to_owned() }
}

fn selectors<'a>(trail: &'a Resource, facet: &str) -> &'a [Value] {
    list(trail.properties.get(facet))
}

fn list(value: Option<&Value>) -> &[Value] {
    value.and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn texts(value: Option<&Value>) -> impl Iterator<Item = &str> {
    list(value).iter().filter_map(Value::as_str)
}

fn fields(selector: &Value) -> impl Iterator<Item = &Value> {
    list(selector.get("FieldSelectors")).iter()
}

fn field(selector: &Value) -> &str {
    selector.get("Field").and_then(Value::as_str).unwrap_or("")
}

fn bool_text(value: bool) -> &'static str {
    if value { "true" } else { "false" }
}

fn read_write(selector: &Value, read_only: bool) -> bool {
    match selector.get("ReadWriteType").and_then(Value::as_str) {
        Some("All") => true,
        Some("ReadOnly") => read_only,
        Some("WriteOnly") => !read_only,
        _ => false,
    }
}

/// Whether a field selector accepts a value: each of its operators must; of an operator's values
/// one must fit, of a negative operator's none may.
fn fits(selector: &Value, value: &str) -> bool {
    type Compare = fn(&str, &str) -> bool;
    let operators: [(&str, Compare, bool); 6] = [
        ("Equals", |v, w| v == w, true),
        ("StartsWith", |v, w| v.starts_with(w), true),
        ("EndsWith", |v, w| v.ends_with(w), true),
        ("NotEquals", |v, w| v == w, false),
        ("NotStartsWith", |v, w| v.starts_with(w), false),
        ("NotEndsWith", |v, w| v.ends_with(w), false),
    ];
    operators.iter().all(|(name, compare, wanted)| {
        let values = list(selector.get(*name));
        values.is_empty() || texts(selector.get(*name)).any(|w| compare(value, w)) == *wanted
    })
}

/// `derived.recorded` of a trail.
pub(crate) struct Recorded;

impl Deriver for Recorded {
    fn name(&self) -> &'static str {
        "recorded"
    }

    fn types(&self) -> &'static [&'static str] {
        &["AWS::CloudTrail::Trail"]
    }

    fn reads(&self) -> &'static [&'static str] {
        &["/EventSelectors", "/AdvancedEventSelectors"]
    }

    fn needs(&self) -> &'static [Need] {
        &[]
    }

    fn derive(&self, doc: &Resource, _: &dyn World) -> Result<Value, Gap> {
        let partition = doc.id.split(':').nth(1).unwrap_or("aws");
        let probe = |read_only, source| ManagementEvent {
            source,
            name: "AnyEvent",
            kind: "AwsApiCall",
            read_only,
            principal: "arn:aws:iam::000000000000:user/anybody",
        };
        if selectors(doc, "EventSelectors").is_empty()
            && selectors(doc, "AdvancedEventSelectors").is_empty()
        {
            return Err(Gap::new(GapState::Malformed, "the trail has no selectors of either kind"));
        }
        let excluded: Vec<_> = EXCLUDABLE
            .into_iter()
            .filter(|s| {
                let left_out = |ro| {
                    records(doc, probe(ro, "any.amazonaws.com")) && !records(doc, probe(ro, s))
                };
                left_out(true) || left_out(false)
            })
            .collect();
        Ok(json!({
            "management_read": records(doc, probe(true, "any.amazonaws.com")),
            "management_write": records(doc, probe(false, "any.amazonaws.com")),
            "excluded": excluded,
            "object_reads": object_events(doc, partition, true),
            "object_writes": object_events(doc, partition, false),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Fixed;

    fn recorded(facet: &str, selectors: Value) -> Value {
        let arn = "arn:aws:cloudtrail:eu-west-1:111122223333:trail/main";
        let mut r = Resource::new(
            "AWS::CloudTrail::Trail",
            arn,
            "aws",
            "111122223333",
            "eu-west-1",
            "main",
        );
        r.properties.insert("EventSelectors".into(), Value::Null);
        r.properties.insert("AdvancedEventSelectors".into(), Value::Null);
        r.properties.insert(facet.into(), selectors);
        Recorded.derive(&r, &Fixed::around(&r, [])).unwrap()
    }

    #[test]
    fn basic_selectors() {
        let d = recorded(
            "EventSelectors",
            json!([
                {"ReadWriteType": "WriteOnly", "IncludeManagementEvents": true,
                 "DataResources": [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3"]}],
                 "ExcludeManagementEventSources": ["kms.amazonaws.com"]},
                {"ReadWriteType": "ReadOnly", "IncludeManagementEvents": false,
                 "DataResources": [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3:::a/"]},
                                   {"Type": "AWS::Lambda::Function", "Values": ["arn:aws:lambda"]}],
                 "ExcludeManagementEventSources": []},
            ]),
        );
        assert_eq!(
            d,
            json!({"management_read": false, "management_write": true,
                   "excluded": ["kms.amazonaws.com"],
                   "object_reads": ["arn:aws:s3:::a/"], "object_writes": ["arn:aws:s3:::"]})
        );
    }

    #[test]
    fn advanced_selectors() {
        let d = recorded(
            "AdvancedEventSelectors",
            json!([
                {"FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]},
                                    {"Field": "eventSource", "NotEquals": ["kms.amazonaws.com"]}]},
                {"FieldSelectors": [{"Field": "eventCategory", "Equals": ["Data"]},
                                    {"Field": "resources.type", "Equals": ["AWS::S3::Object"]},
                                    {"Field": "readOnly", "Equals": ["false"]}]},
                {"FieldSelectors": [{"Field": "eventCategory", "Equals": ["Data"]},
                                    {"Field": "resources.type", "Equals": ["AWS::S3::Object"]},
                                    {"Field": "resources.ARN", "StartsWith": ["arn:aws:s3:::b/"]}]},
                {"FieldSelectors": [{"Field": "eventCategory", "Equals": ["Data"]},
                                    {"Field": "resources.type", "Equals": ["AWS::S3::Object"]},
                                    {"Field": "eventName", "Equals": ["DeleteObject"]}]},
            ]),
        );
        assert_eq!(
            d,
            json!({"management_read": true, "management_write": true,
                   "excluded": ["kms.amazonaws.com"], "object_reads": ["arn:aws:s3:::b/"],
                   "object_writes": ["arn:aws:s3:::", "arn:aws:s3:::b/"]})
        );
    }

    #[test]
    fn a_trail_for_one_principal_does_not_record_everybody() {
        let d = recorded(
            "AdvancedEventSelectors",
            json!([{"FieldSelectors": [
                {"Field": "eventCategory", "Equals": ["Management"]},
                {"Field": "userIdentity.arn", "StartsWith": ["arn:aws:iam::1:user/admin"]}]}]),
        );
        assert_eq!(d["management_write"], false);
    }
}
