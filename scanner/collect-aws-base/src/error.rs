//! What an SDK error means for the evidence.

use assay_core::GapState;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

/// An SDK error, classified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What the facets become that rest on the call.
    pub state: GapState,
    /// The provider's code, or a word of ours.
    pub code: String,
    /// One line for a person.
    pub detail: String,
}

impl Problem {
    pub(crate) fn new(state: GapState, code: &str, detail: &str) -> Self {
        Self { state, code: line(code), detail: line(detail) }
    }
}

/// Codes by which a provider says that the caller may not.
const DENIED: &[&str] = &[
    "UnauthorizedOperation",
    "Client.UnauthorizedOperation",
    "UnauthorizedException",
    "UnauthorizedAccess",
    "AuthorizationError",
    "AuthorizationErrorException",
    "NotAuthorized",
    "NotAuthorizedException",
    "Forbidden",
    "ForbiddenException",
    "AuthFailure",
    "OptInRequired",
    "SubscriptionRequiredException",
    "InvalidClientTokenId",
    "UnrecognizedClientException",
    "InvalidAccessKeyId",
    "InvalidSignatureException",
    "SignatureDoesNotMatch",
    "IncompleteSignature",
    "MissingAuthenticationToken",
    "MissingAuthenticationTokenException",
    "AllAccessDisabled",
    "InsufficientPermissionsException",
    "InsufficientPrivilegesException",
    "AWSOrganizationsNotInUseException.AccessDenied",
];

/// Codes of credentials that were good once.
const EXPIRED: &[&str] =
    &["ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"];

/// Codes that ask for patience: the SDK's own list.
const THROTTLED: &[&str] = &[
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestThrottledException",
    "RequestThrottled",
    "TooManyRequestsException",
    "ProvisionedThroughputExceededException",
    "TransactionInProgressException",
    "RequestLimitExceeded",
    "BandwidthLimitExceeded",
    "LimitExceededException",
    "SlowDown",
    "PriorRequestNotComplete",
    "EC2ThrottledException",
];

/// Codes by which an endpoint says that it cannot answer such a question.
const UNSUPPORTED: &[&str] = &[
    "NotImplemented",
    "NotImplementedException",
    "UnsupportedOperation",
    "UnsupportedOperationException",
    "UnsupportedOperationFault",
    "UnknownOperation",
    "UnknownOperationException",
    "InvalidAction",
    "OperationNotSupportedException",
    "MethodNotAllowed",
    "UnsupportedFeatureException",
];

/// Classifies an error by its code, else by its HTTP status and what came instead of an answer.
pub fn classify<E>(error: &SdkError<E, HttpResponse>) -> Problem
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    match error {
        SdkError::ServiceError(e) => {
            let meta = e.err().meta();
            let status = e.raw().status().as_u16();
            match meta.code() {
                Some(code) => by_code(code, meta.message().unwrap_or_default(), status),
                None => by_status(status, meta.message().unwrap_or_default()),
            }
        }
        SdkError::ResponseError(e) => match e.raw().status().as_u16() {
            status @ (401 | 403 | 404 | 429 | 500..) => by_status(status, ""),
            _ => {
                let detail = format!("the answer cannot be read: {}", chain(error));
                Problem::new(GapState::Malformed, "UnreadableAnswer", &detail)
            }
        },
        SdkError::TimeoutError(_) => Problem::new(GapState::Failed, "Timeout", "no answer in time"),
        SdkError::DispatchFailure(e) if e.is_timeout() => {
            Problem::new(GapState::Failed, "Timeout", "no answer in time")
        }
        SdkError::DispatchFailure(_) => by_connection(&chain(error)),
        _ => Problem::new(GapState::Failed, "NotSent", &chain(error)),
    }
}

fn by_code(code: &str, message: &str, status: u16) -> Problem {
    let bare = code.rsplit('#').next().unwrap_or(code);
    let bare = bare.split(':').next().unwrap_or(bare);
    if EXPIRED.contains(&bare) {
        let detail = format!("the credentials expired during the scan ({message})");
        return Problem::new(GapState::Failed, bare, &detail);
    }
    let state = if bare.contains("AccessDenied") || DENIED.contains(&bare) {
        GapState::Denied
    } else if THROTTLED.contains(&bare) || status == 429 {
        GapState::Throttled
    } else if UNSUPPORTED.contains(&bare) {
        GapState::Unsupported
    } else if matches!(status, 401 | 403) {
        GapState::Denied
    } else {
        GapState::Failed
    };
    Problem::new(state, bare, message)
}

/// An error answer without a code: no document of the protocol, often a page of a proxy.
fn by_status(status: u16, message: &str) -> Problem {
    let (state, what) = match status {
        401 | 403 => (GapState::Denied, "refused"),
        404 | 405 | 501 => (GapState::Unsupported, "the endpoint does not know the operation"),
        429 => (GapState::Throttled, "too many requests"),
        500.. => (GapState::Failed, "the server failed"),
        _ => (GapState::Malformed, "the answer is no document of its protocol"),
    };
    let detail = if message.is_empty() { what } else { message };
    Problem::new(state, &format!("HTTP {status}"), detail)
}

fn by_connection(chain: &str) -> Problem {
    let lower = chain.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|w| lower.contains(w));
    if has(&["temporary failure in name resolution", "try again"]) {
        Problem::new(GapState::Failed, "NoConnection", chain)
    } else if has(&["name or service not known", "no address associated", "no such host"]) {
        Problem::new(GapState::Unsupported, "NoEndpoint", "the service has no endpoint here")
    } else if has(&["expired"]) && has(&["token", "credential", "sso"]) {
        let detail = format!("the credentials expired during the scan ({chain})");
        Problem::new(GapState::Failed, "ExpiredToken", &detail)
    } else if has(&["credential"]) {
        Problem::new(GapState::Failed, "NoCredentials", chain)
    } else {
        Problem::new(GapState::Failed, "NoConnection", chain)
    }
}

/// An error and its causes, each said once.
#[must_use]
pub fn chain(error: &(dyn std::error::Error + 'static)) -> String {
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
    // The SDK prints the whole request in its own notation, with the body.
    match out.split_once(" to request `Request {") {
        Some((before, _)) => before.to_owned(),
        None => out,
    }
}

/// One line of bounded length without control characters: it comes from outside.
fn line(text: &str) -> String {
    const MAX: usize = 300;
    let mut out: String =
        text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(MAX).collect();
    if text.chars().nth(MAX).is_some() {
        out.push('…');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_every_protocol() {
        for (code, status, state) in [
            ("AccessDenied", 403, GapState::Denied),
            ("AccessDeniedException", 400, GapState::Denied),
            ("com.amazonaws.kms#AccessDeniedException", 400, GapState::Denied),
            ("UnauthorizedOperation", 403, GapState::Denied),
            ("AuthFailure", 401, GapState::Denied),
            ("OptInRequired", 403, GapState::Denied),
            ("InvalidClientTokenId", 403, GapState::Denied),
            ("SomethingNew", 403, GapState::Denied),
            ("RequestLimitExceeded", 503, GapState::Throttled),
            ("ThrottlingException", 400, GapState::Throttled),
            ("SlowDown", 503, GapState::Throttled),
            ("UnknownOperationException", 404, GapState::Unsupported),
            ("InvalidAction", 400, GapState::Unsupported),
            ("NotImplemented", 501, GapState::Unsupported),
            ("InternalError", 500, GapState::Failed),
            ("ExpiredToken", 400, GapState::Failed),
            ("ExpiredTokenException", 403, GapState::Failed),
            ("NoSuchBucketPolicy", 404, GapState::Failed),
        ] {
            assert_eq!(by_code(code, "m", status).state, state, "{code}");
        }
        assert_eq!(by_status(404, "").state, GapState::Unsupported);
        assert_eq!(by_status(502, "").state, GapState::Failed);
        assert_eq!(by_status(400, "").state, GapState::Malformed);
    }

    #[test]
    fn a_hostile_message_is_one_bounded_line() {
        let p = Problem::new(GapState::Failed, "X", &format!("a\n\u{1b}[31m{}", "b".repeat(1000)));
        assert!(p.detail.chars().count() <= 301 && !p.detail.contains(char::is_control));
    }
}
