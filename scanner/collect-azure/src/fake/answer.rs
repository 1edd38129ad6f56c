//! An answer before it is one of HTTP.

use std::sync::atomic::{AtomicU64, Ordering};

use azure_core::http::AsyncRawResponse;
use azure_core::http::headers::Headers;
use serde_json::{Value, json};

/// Status, headers, body.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Vec<u8>,
}

impl Answer {
    pub(super) fn of(status: u16, body: &Value) -> Self {
        Self { status, headers: Vec::new(), body: body.to_string().into_bytes() }
    }

    pub(super) fn error(status: u16, code: &str, message: &str) -> Self {
        Self::of(status, &json!({"error": {"code": code, "message": message}}))
    }
}

/// Sets a member of an object.
pub(super) fn put(object: &mut Value, key: &str, value: Value) {
    if let Some(members) = object.as_object_mut() {
        members.insert(key.to_owned(), value);
    }
}

impl From<Answer> for AsyncRawResponse {
    fn from(answer: Answer) -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(1);
        let mut headers = Headers::new();
        let id = COUNT.fetch_add(1, Ordering::Relaxed);
        headers.insert("x-ms-request-id", format!("fake-{id:08}"));
        for (name, value) in answer.headers {
            headers.insert(name, value);
        }
        Self::from_bytes(answer.status.into(), headers, answer.body)
    }
}
