//! One event of a provider's own log, as far as calls are compared with it.
//!
//! Fields of CloudTrail: "CloudTrail record contents" and "CloudTrail userIdentity element" of its
//! user guide. Fields of the activity log: "Azure Activity Log event schema".

use assay_core::Timestamp;
use serde_json::{Map, Value};

/// Which log an event is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Log {
    CloudTrail,
    Activity,
}

/// An event.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Event {
    pub(super) log: Log,
    /// The log's own id of the event.
    pub(super) id: String,
    /// Ids under which the caller may know the request.
    pub(super) requests: Vec<String>,
    pub(super) account: String,
    pub(super) region: String,
    /// `s3.amazonaws.com`; empty in the activity log.
    pub(super) source: String,
    /// The operation.
    pub(super) name: String,
    pub(super) time: Timestamp,
    /// The error that the provider answered with.
    pub(super) error: Option<String>,
    /// Whether it only reads, where the log says so.
    pub(super) read_only: Option<bool>,
    /// Whether it is about the data inside a resource: logged only where somebody chose so.
    pub(super) data: bool,
    /// Who asked, in each form in which the log names them.
    pub(super) identities: Vec<String>,
    /// A service that asked on their behalf.
    pub(super) on_behalf: Option<String>,
}

/// What a record turned out to be.
pub(super) enum Record {
    Event(Box<Event>),
    /// Nothing to compare: an insight, a digest of log files.
    Other,
}

/// Reads one record.
pub(super) fn read(value: &Value) -> Result<Record, String> {
    let Value::Object(map) = value else { return Err("a record is no object".to_owned()) };
    if let Some(text) = map.get("CloudTrailEvent") {
        let text = text.as_str().ok_or("CloudTrailEvent is no text")?;
        let inner: Value =
            serde_json::from_str(text).map_err(|e| format!("CloudTrailEvent is no JSON: {e}"))?;
        return match inner.get("CloudTrailEvent") {
            None => read(&inner),
            Some(_) => Err("a CloudTrailEvent holds another one".to_owned()),
        };
    }
    if map.contains_key("digestStartTime") || text(map, "eventCategory") == Some("Insight") {
        return Ok(Record::Other);
    }
    if map.contains_key("eventSource") && map.contains_key("eventName") {
        return cloudtrail(map).map(|e| Record::Event(Box::new(e)));
    }
    if map.contains_key("operationName") && map.contains_key("eventTimestamp") {
        return activity(map).map(|e| Record::Event(Box::new(e)));
    }
    Err("it is an event neither of CloudTrail nor of the Azure activity log".to_owned())
}

fn cloudtrail(map: &Map<String, Value>) -> Result<Event, String> {
    let need = |name: &str| text(map, name).ok_or_else(|| format!("the event lacks {name}"));
    let identity = map.get("userIdentity").and_then(Value::as_object);
    let of = |name: &str| identity.and_then(|i| text(i, name));
    let account = text(map, "recipientAccountId").or_else(|| of("accountId"));
    let category = text(map, "eventCategory");
    Ok(Event {
        log: Log::CloudTrail,
        id: text(map, "eventID").unwrap_or_default().to_owned(),
        requests: text(map, "requestID").map(str::to_owned).into_iter().collect(),
        account: account.ok_or("the event names no account")?.to_owned(),
        region: need("awsRegion")?.to_owned(),
        source: need("eventSource")?.to_owned(),
        name: need("eventName")?.to_owned(),
        time: time(need("eventTime")?)?,
        error: text(map, "errorCode").map(str::to_owned),
        read_only: flag(map.get("readOnly")),
        data: category == Some("Data") || flag(map.get("managementEvent")) == Some(false),
        identities: of("arn").map(str::to_owned).into_iter().collect(),
        on_behalf: of("invokedBy").map(str::to_owned),
    })
}

/// A boolean, which older events and lookups write as text.
fn flag(value: Option<&Value>) -> Option<bool> {
    match value? {
        Value::Bool(b) => Some(*b),
        Value::String(s) => s.parse().ok(),
        _ => None,
    }
}

fn activity(map: &Map<String, Value>) -> Result<Event, String> {
    let nested = |of: &str, name: &str| map.get(of).and_then(|v| v.get(name)?.as_str());
    let name = nested("operationName", "value").or_else(|| text(map, "operationName"));
    let status = nested("status", "value").unwrap_or_default();
    let account = text(map, "subscriptionId").or_else(|| {
        let id = text(map, "resourceId")?;
        id.strip_prefix("/subscriptions/")?.split('/').next()
    });
    let request = nested("properties", "serviceRequestId");
    let client = nested("httpRequest", "clientRequestId");
    let ids = [request, client, text(map, "correlationId"), text(map, "operationId")];
    let claims = ["appid", "http://schemas.microsoft.com/identity/claims/objectidentifier"];
    let claimed = claims.iter().filter_map(|c| nested("claims", c));
    Ok(Event {
        log: Log::Activity,
        id: text(map, "eventDataId").unwrap_or_default().to_owned(),
        requests: ids.into_iter().flatten().map(str::to_owned).collect(),
        account: account.ok_or("the event names no subscription")?.to_owned(),
        region: "global".to_owned(),
        source: String::new(),
        name: name.ok_or("the event lacks operationName")?.to_owned(),
        time: time(text(map, "eventTimestamp").ok_or("the event lacks eventTimestamp")?)?,
        error: (status == "Failed")
            .then(|| nested("subStatus", "value").unwrap_or(status).to_owned()),
        read_only: Some(false),
        data: false,
        identities: text(map, "caller").into_iter().chain(claimed).map(str::to_owned).collect(),
        on_behalf: None,
    })
}

fn text<'m>(map: &'m Map<String, Value>, name: &str) -> Option<&'m str> {
    map.get(name)?.as_str().filter(|s| !s.is_empty())
}

fn time(text: &str) -> Result<Timestamp, String> {
    text.parse().map_err(|_| format!("{text} is no time"))
}
