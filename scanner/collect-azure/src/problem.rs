//! What an answer that is none means for the evidence.

use azure_core::error::ErrorKind;
use serde_json::Value;

use assay_core::GapState;

use crate::secret::Secrets;

/// A call that gave nothing usable, classified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    /// What the facets become that rest on the call.
    pub(crate) state: GapState,
    /// The provider's code (`AuthorizationFailed`), or a word of ours.
    pub(crate) code: String,
    /// One line for a person.
    pub(crate) detail: String,
}

/// Codes by which Azure says that such a question cannot be asked here.
const UNSUPPORTED: &[&str] = &[
    "MissingSubscriptionRegistration",
    "SubscriptionNotRegistered",
    "NoRegisteredProviderFound",
    "InvalidResourceNamespace",
    "InvalidResourceType",
    "InvalidApiVersionParameter",
    "NotSupported",
    "NotImplemented",
    "Request_UnsupportedQuery",
];

/// Codes of a token that was good once.
const EXPIRED: &[&str] = &["ExpiredAuthenticationToken", "InvalidAuthenticationTokenExpired"];

/// Codes of a refusal that comes with another status than 401 or 403.
const DENIED: &[&str] = &[
    "AuthorizationFailed",
    "Authorization_RequestDenied",
    "LinkedAuthorizationFailed",
    "RequestDisallowedByPolicy",
    "DisallowedOperation",
    // Microsoft Graph: a licence is missing, and nobody may read it without.
    "Authentication_RequestFromNonPremiumTenantOrB2CTenant",
];

impl Problem {
    pub(crate) fn new(state: GapState, code: &str, detail: &str) -> Self {
        Self { state, code: line(code), detail: line(detail) }
    }

    pub(crate) fn malformed(detail: &str) -> Self {
        Self::new(GapState::Malformed, "UnreadableAnswer", detail)
    }

    /// One whose words came from outside: they stay long until what is secret in them is gone, as
    /// half of a secret is not known as one.
    fn said(state: GapState, code: &str, detail: &str) -> Self {
        Self { state, code: bounded(code, LONG), detail: bounded(detail, LONG) }
    }

    /// The same without what may be secret in it, in one line each.
    pub(crate) fn scrubbed(mut self, secrets: &Secrets) -> Self {
        self.code = line(&secrets.scrub(&self.code));
        self.detail = line(&secrets.scrub(&self.detail));
        self
    }

    /// An answer with a status that is no success.
    pub(crate) fn of_answer(status: u16, body: &[u8]) -> Self {
        let said: Option<Value> = serde_json::from_slice(body).ok();
        // ARM: {"error": {code, message}}, sometimes without the envelope; Graph likewise.
        let error = said.as_ref().map(|v| v.get("error").filter(|e| e.is_object()).unwrap_or(v));
        let text = |key: &str| error.and_then(|e| e.get(key)?.as_str()).unwrap_or_default();
        match (text("code"), text("message")) {
            ("", message) => by_status(status, message),
            (code, message) => by_code(code, message, status),
        }
    }

    /// A request that got no answer.
    pub(crate) fn of_error(error: &azure_core::Error) -> Self {
        let text = chain(error);
        match error.kind() {
            ErrorKind::HttpResponse { status, raw_response, .. } => {
                let body = raw_response.as_ref().map(|r| r.body().as_ref()).unwrap_or_default();
                Self::of_answer(u16::from(*status), body)
            }
            ErrorKind::Credential => Self::said(GapState::Failed, "NoToken", &text),
            ErrorKind::DataConversion => Self::said(GapState::Malformed, "UnreadableAnswer", &text),
            _ if text.contains("timed out") || text.contains("timeout") => {
                Self::new(GapState::Failed, "Timeout", "no answer in time")
            }
            ErrorKind::Connection | ErrorKind::Io => {
                Self::said(GapState::Failed, "NoConnection", &text)
            }
            _ => Self::said(GapState::Failed, "NotSent", &text),
        }
    }
}

fn by_code(code: &str, message: &str, status: u16) -> Problem {
    if EXPIRED.contains(&code) {
        let detail = format!("the credentials expired during the scan ({message})");
        return Problem::said(GapState::Failed, code, &detail);
    }
    let state = if status == 429 || code == "TooManyRequests" {
        GapState::Throttled
    } else if matches!(status, 401 | 403) || DENIED.contains(&code) {
        GapState::Denied
    } else if UNSUPPORTED.contains(&code) || matches!(status, 405 | 501) {
        GapState::Unsupported
    } else {
        GapState::Failed
    };
    Problem::said(state, code, message)
}

/// An error answer without a code: no document of the API, often a page of a proxy.
fn by_status(status: u16, message: &str) -> Problem {
    let (state, what) = match status {
        401 | 403 => (GapState::Denied, "refused"),
        404 => (GapState::Failed, "not found, and no word why"),
        405 | 501 => (GapState::Unsupported, "the endpoint does not know the operation"),
        429 => (GapState::Throttled, "too many requests"),
        500.. => (GapState::Failed, "the server failed"),
        _ => (GapState::Malformed, "the answer is no document of its API"),
    };
    let detail = if message.is_empty() { what } else { message };
    Problem::said(state, &format!("HTTP {status}"), detail)
}

/// An error and its causes, each said once.
pub(crate) fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut out = error.to_string();
    let mut source = error.source();
    while let Some(e) = source {
        let text = e.to_string();
        if !out.contains(&text) {
            out.push_str(": ");
            out.push_str(&text);
        }
        source = e.source();
    }
    out
}

/// One line of bounded length without control characters: it comes from outside.
pub(crate) fn line(text: &str) -> String {
    bounded(text, 300)
}

/// Longest text that is looked through for secrets, in characters.
const LONG: usize = 1 << 16;

fn bounded(text: &str, most: usize) -> String {
    let mut out: String =
        text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(most).collect();
    if text.chars().nth(most).is_some() {
        out.push('…');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_classified() {
        let of = |status, code: &str| {
            let body = format!("{{\"error\":{{\"code\":\"{code}\",\"message\":\"m\"}}}}");
            Problem::of_answer(status, body.as_bytes())
        };
        for (status, code, state) in [
            (403, "AuthorizationFailed", GapState::Denied),
            (401, "InvalidAuthenticationToken", GapState::Denied),
            (403, "Authorization_RequestDenied", GapState::Denied),
            (400, "DisallowedOperation", GapState::Denied),
            (401, "ExpiredAuthenticationToken", GapState::Failed),
            (429, "OperationNotAllowed", GapState::Throttled),
            (409, "MissingSubscriptionRegistration", GapState::Unsupported),
            (400, "NoRegisteredProviderFound", GapState::Unsupported),
            (404, "ResourceNotFound", GapState::Failed),
            (500, "InternalServerError", GapState::Failed),
        ] {
            let p = of(status, code);
            assert_eq!((p.state, p.code.as_str()), (state, code));
        }
        assert_eq!(Problem::of_answer(404, b"").code, "HTTP 404");
        assert_eq!(Problem::of_answer(407, b"<html>").state, GapState::Malformed);
        assert_eq!(Problem::of_answer(502, b"<html>").state, GapState::Failed);
        let bare = Problem::of_answer(404, br#"{"code":"NotFound","message":"gone"}"#);
        assert_eq!(bare.code, "NotFound");
    }

    #[test]
    fn a_secret_at_the_end_of_a_line_is_hidden_whole() {
        let secrets = Secrets::default();
        secrets.add("s3cret~one\ntwo~three");
        for before in [280, 290, 295, 299] {
            let message = format!("{}s3cret~one\ntwo~three", "x".repeat(before));
            let body = serde_json::json!({"error": {"code": "Odd", "message": message}});
            let p = Problem::of_answer(400, body.to_string().as_bytes()).scrubbed(&secrets);
            assert!(!p.detail.contains("s3cret"), "{}", p.detail);
            assert!(p.detail.chars().count() <= 301, "{}", p.detail);
        }
    }

    #[test]
    fn a_hostile_message_is_one_bounded_line() {
        let p = Problem::new(GapState::Failed, "X", &format!("a\n\u{1b}[31m{}", "b".repeat(1000)));
        assert!(p.detail.chars().count() <= 301 && !p.detail.contains(char::is_control));
    }
}
