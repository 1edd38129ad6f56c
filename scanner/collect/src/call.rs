//! One call and how it ended.

use std::sync::Arc;

use assay_core::{Call, CallResult, Gap, GapState};
use serde_json::Value;

use crate::{Facet, Session};

/// Why a call gave no usable answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{operation}: {code}: {detail}")]
pub struct CallError {
    /// What the facets that rest on the call become.
    pub state: GapState,
    /// The provider's code (`NoSuchBucketPolicy`), or a word of ours (`Timeout`, `Interrupted`).
    pub code: String,
    /// What the provider said, in one line.
    pub detail: String,
    /// `service:Operation`.
    pub operation: &'static str,
    /// Id of the call.
    pub call: String,
}

impl CallError {
    /// The gap that this leaves.
    #[must_use]
    pub fn gap(&self) -> Gap {
        let detail = if self.detail.is_empty() || self.detail == self.code {
            self.code.clone()
        } else {
            format!("{}: {}", self.code, self.detail)
        };
        Gap {
            state: self.state,
            call: Some(self.call.clone()),
            operation: Some(self.operation.to_owned()),
            detail,
        }
    }

    /// The facet that this leaves.
    #[must_use]
    pub fn facet(&self) -> Facet {
        Facet::Unknown(self.gap())
    }
}

/// A call that ended. Its record is written when this (or what [`Self::absent_on`] makes of it) is
/// dropped.
#[derive(Debug)]
pub struct Called<T> {
    /// Id of the call in `calls.ndjson`: goes into `sources` and gaps.
    pub id: String,
    /// The answer, or why there is none.
    pub result: Result<T, CallError>,
    /// The record that is still to be written.
    pub pending: Pending,
}

impl<T> Called<T> {
    /// Maps an answer to a facet. `None` means that the answer lacks what it should hold: a
    /// `malformed` gap. `Some(Value::Null)` means known to be absent.
    pub fn facet(&self, map: impl FnOnce(&T) -> Option<Value>) -> Facet {
        match &self.result {
            Ok(answer) => Facet::expected(map(answer), &self.id),
            Err(e) => e.facet(),
        }
    }

    /// The same call with its answer changed.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Called<U> {
        Called { id: self.id, result: self.result.map(f), pending: self.pending }
    }

    /// As [`Self::facet`], but the given error codes are positive evidence of absence: the facet is
    /// then known to be absent, and the call's record says so.
    pub fn absent_on(self, codes: &[&str], map: impl FnOnce(&T) -> Option<Value>) -> Facet {
        let called = self.or_absent(codes);
        match &called.result {
            Ok(Some(answer)) => Facet::expected(map(answer), &called.id),
            Ok(None) => Facet::absent(&called.id),
            Err(e) => e.facet(),
        }
    }

    /// As [`Self::absent_on`] for answers that feed several facets: `Ok(None)` is absence.
    #[must_use]
    pub fn or_absent(mut self, codes: &[&str]) -> Called<Option<T>> {
        let result = match self.result {
            Ok(answer) => Ok(Some(answer)),
            Err(e) if codes.contains(&e.code.as_str()) => {
                self.pending.absent(&e.code);
                Ok(None)
            }
            Err(e) => Err(e),
        };
        Called { id: self.id, result, pending: self.pending }
    }
}

/// The record of a call, written when dropped: until then a caller may still say that an error
/// means absence.
#[derive(Debug)]
pub struct Pending {
    session: Arc<Session>,
    call: Option<Box<Call>>,
}

impl Pending {
    /// A record to be written into a session's snapshot.
    #[must_use]
    pub fn new(session: Arc<Session>, call: Call) -> Self {
        Self { session, call: Some(Box::new(call)) }
    }

    /// The record.
    #[must_use]
    pub fn call(&self) -> Option<&Call> {
        self.call.as_deref()
    }

    /// Changes the record before it is written.
    pub fn amend(&mut self, change: impl FnOnce(&mut Call)) {
        if let Some(call) = &mut self.call {
            change(call);
        }
    }

    fn absent(&mut self, code: &str) {
        if let Some(call) = &mut self.call {
            call.result = CallResult::Absent { code: code.to_owned() };
        }
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        if let Some(call) = self.call.take() {
            self.session.record(&call);
        }
    }
}
