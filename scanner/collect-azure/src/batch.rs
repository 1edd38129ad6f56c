//! Several instances of one operation of Microsoft Graph in one request.
//!
//! Graph answers each for itself, and counts each against its limits. What it refuses for load, and
//! what a batch does not answer clearly, is asked for alone: there it is paced and tried again.

use std::sync::Arc;
use std::time::Duration;

use assay_collect::{Called, now};
use assay_core::Timestamp;
use azure_core::http::StatusCode;
use azure_core::http::headers::Headers;
use serde_json::{Value, json};

use crate::policy::{Seen, Trace, asked_to_wait};
use crate::problem::Problem;
use crate::{Cx, Operation};

/// Instances in a request: <https://learn.microsoft.com/graph/json-batching>.
const MOST: usize = 20;
/// Batches that are made at the same time.
const BATCHES: usize = 4;

/// What a batch said of one instance.
struct Part {
    answer: Result<Value, Problem>,
    seen: Seen,
    started: Timestamp,
}

impl Cx {
    /// [`Self::get`] for several values of an operation's placeholder, in their order.
    pub async fn gets(
        &self,
        operation: &'static Operation,
        name: &str,
        values: &[String],
    ) -> Vec<Called<Value>> {
        let parts = self.parts(operation, name, values).await;
        let each = values.iter().zip(parts).map(|(value, part)| async move {
            let Some(part) = part else { return self.get(operation, &[(name, value)]).await };
            let (answer, started) = (part.answer, part.started);
            let trace = Trace::with(operation, part.seen);
            let called = self.run(trace, &[(name, value)], async { answer }).await;
            since(called, started)
        });
        self.bounded(each, MOST).await
    }

    /// [`Self::list`] for several values of an operation's placeholder, in their order.
    pub async fn lists(
        &self,
        operation: &'static Operation,
        name: &str,
        values: &[String],
    ) -> Vec<Called<Vec<Value>>> {
        let parts = self.parts(operation, name, values).await;
        let each = values.iter().zip(parts).map(|(value, part)| async move {
            let Some(part) = part else { return self.list(operation, &[(name, value)]).await };
            let (answer, started) = (part.answer, part.started);
            let trace = Trace::with(operation, part.seen);
            let params = [(name, value.as_str())];
            let rest = self.pages(&trace, &params, Some(answer));
            since(self.run(Arc::clone(&trace), &params, rest).await, started)
        });
        self.bounded(each, MOST).await
    }

    /// What batches say of each value. `None`: it must be asked for alone.
    async fn parts(
        &self,
        operation: &'static Operation,
        name: &str,
        values: &[String],
    ) -> Vec<Option<Part>> {
        let batches = values.chunks(MOST).map(|some| self.batch(operation, name, some));
        self.bounded(batches, BATCHES).await.into_iter().flatten().collect()
    }

    async fn batch(
        &self,
        operation: &'static Operation,
        name: &str,
        values: &[String],
    ) -> Vec<Option<Part>> {
        let mut parts: Vec<Option<Part>> = values.iter().map(|_| None).collect();
        // A batch of one is dearer than what is in it.
        let (Some(url), true) =
            (operation.batch(self.client().cloud()), values.len() > 1 && self.declares(operation))
        else {
            return parts;
        };
        let asked = |(at, value): (usize, &String)| {
            let params = [(name, value.as_str())];
            let address = self.address(operation, &params).ok()?;
            let inner = operation.in_batch(&address)?;
            Some(json!({"id": at.to_string(), "method": "GET", "url": inner}))
        };
        let requests: Vec<Value> = values.iter().enumerate().filter_map(asked).collect();
        let trace = Trace::new(operation);
        let started = now();
        let body = json!({"requests": requests});
        let sent = self.placed(self.client().send(&trace, url, Some(&body))).await;
        let Some(Ok(mut answer)) = sent else { return parts };
        let Some(Value::Array(answers)) = answer.get_mut("responses").map(Value::take) else {
            return parts;
        };
        let mut wait = Duration::ZERO;
        for mut one in answers {
            let id = one.get("id").and_then(Value::as_str).and_then(|id| id.parse::<usize>().ok());
            let Some(part) = id.and_then(|id| parts.get_mut(id)) else { continue };
            let status = one.get("status").and_then(Value::as_u64);
            let status = status.and_then(|s| u16::try_from(s).ok()).unwrap_or(0);
            let asked = asked_to_wait(StatusCode::from(status), &headers(&one));
            wait = wait.max(asked.unwrap_or(Duration::ZERO));
            let body = one.get_mut("body").map(Value::take).unwrap_or_default();
            let answer = match status {
                200 if body.is_object() => Ok(body),
                400..=499 if status != 408 && status != 429 && body.is_object() => {
                    Err(self.client().refused(status, &body))
                }
                _ => continue,
            };
            let pages = u64::from(answer.is_ok());
            let mut seen = trace.seen();
            seen.pages = pages;
            *part = Some(Part { answer, seen, started });
        }
        // Before what was refused for load is asked for alone.
        self.placed(tokio::time::sleep(wait)).await;
        parts
    }
}

/// The headers of one answer of a batch.
fn headers(one: &Value) -> Headers {
    let mut out = Headers::new();
    for (name, value) in one.get("headers").and_then(Value::as_object).into_iter().flatten() {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        out.insert(name.to_ascii_lowercase(), text);
    }
    out
}

/// The call began with its batch.
fn since<T>(mut called: Called<T>, started: Timestamp) -> Called<T> {
    called.pending.amend(|call| call.started = started);
    called
}
