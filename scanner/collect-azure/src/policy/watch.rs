//! What is seen of a call: attempts and what the provider calls them.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use azure_core::http::headers::{HeaderName, Headers};
use azure_core::http::policies::{Policy, PolicyResult};
use azure_core::http::{Context, Request};

use crate::Operation;

/// One call while it runs.
#[derive(Debug)]
pub(crate) struct Trace {
    operation: &'static Operation,
    seen: Mutex<Seen>,
}

/// What was seen of a call.
#[derive(Debug, Default, Clone)]
pub(crate) struct Seen {
    /// Requests sent.
    pub(crate) attempts: u64,
    /// Pages read.
    pub(crate) pages: u64,
    /// The provider's ids of the answers, one for each page, or of the last refusal.
    pub(crate) request_ids: Vec<String>,
    /// sha256 of each page.
    pub(crate) body_sha256: Vec<String>,
    /// Whether the guard refused a request.
    pub(crate) refused: bool,
    last_id: Option<String>,
}

impl Trace {
    /// The trace of a call of an operation.
    pub(crate) fn new(operation: &'static Operation) -> Arc<Self> {
        Arc::new(Self { operation, seen: Mutex::default() })
    }

    /// The trace of a call that was seen already.
    pub(crate) fn with(operation: &'static Operation, seen: Seen) -> Arc<Self> {
        Arc::new(Self { operation, seen: Mutex::new(seen) })
    }

    /// The operation in whose name requests are sent.
    pub(crate) const fn operation(&self) -> &'static Operation {
        self.operation
    }

    pub(crate) fn refuse(&self) {
        self.note(|s| s.refused = true);
    }

    /// An answer was read whole.
    pub(crate) fn answered(&self, sha256: String, ok: bool) {
        self.note(|s| {
            s.pages += u64::from(ok);
            s.body_sha256.push(sha256);
            s.request_ids.extend(s.last_id.take());
        });
    }

    /// What was seen so far.
    pub(crate) fn seen(&self) -> Seen {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn note(&self, f: impl FnOnce(&mut Seen)) {
        f(&mut self.seen.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// Counts attempts and keeps request ids.
#[derive(Debug)]
pub(crate) struct Watch;

#[async_trait]
impl Policy for Watch {
    async fn send(
        &self,
        ctx: &Context,
        request: &mut Request,
        next: &[Arc<dyn Policy>],
    ) -> PolicyResult {
        let trace = ctx.value::<Arc<Trace>>();
        if let Some(trace) = trace {
            trace.note(|s| {
                s.attempts += 1;
                s.last_id = None;
            });
        }
        let (first, rest) = super::next(next)?;
        let answer = first.send(ctx, request, rest).await;
        if let (Some(trace), Ok(answer)) = (trace, &answer) {
            let id = request_id(answer.headers());
            trace.note(|s| s.last_id = id);
        }
        answer
    }
}

fn request_id(headers: &Headers) -> Option<String> {
    ["x-ms-request-id", "request-id", "x-ms-correlation-request-id"]
        .into_iter()
        .find_map(|h| headers.get_optional_str(&HeaderName::from_static(h)))
        .filter(|id| id.len() <= 128 && id.bytes().all(|b| b.is_ascii_graphic()))
        .map(str::to_owned)
}
