//! The interceptor that watches every SDK call: it refuses what is not declared and keeps what
//! proves an answer.

use std::sync::{Arc, Mutex, PoisonError};

use assay_core::identity::sha256;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeSerializationInterceptorContextRef, BeforeTransmitInterceptorContextMut,
    BeforeTransmitInterceptorContextRef, FinalizerInterceptorContextRef,
};
use aws_smithy_runtime_api::client::interceptors::{Intercept, SharedInterceptor};
use aws_smithy_runtime_api::client::orchestrator::{HttpResponse, Metadata};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;

tokio::task_local! {
    static CURRENT: Arc<Trace>;
}

/// What is known of the call that runs in this task.
#[derive(Debug, Default)]
pub(crate) struct Trace {
    /// The operation's own name, without the service.
    operation: &'static str,
    seen: Mutex<Seen>,
}

/// What the probe saw of a call.
#[derive(Debug, Default, Clone)]
pub(crate) struct Seen {
    /// Requests sent.
    pub(crate) attempts: u64,
    /// The provider's id of the last answer.
    pub(crate) request_id: Option<String>,
    /// sha256 of the last answer's body.
    pub(crate) body_sha256: Option<String>,
    /// HTTP status of the last answer.
    pub(crate) status: Option<u16>,
    /// Whether the probe refused it.
    pub(crate) refused: bool,
}

/// Runs a future as the call of an operation and gives what was seen.
pub(crate) async fn watch<F: Future>(operation: &'static str, call: F) -> (F::Output, Seen) {
    let name = operation.split_once(':').map_or(operation, |(_, n)| n);
    let trace = Arc::new(Trace { operation: name, seen: Mutex::default() });
    let output = CURRENT.scope(Arc::clone(&trace), call).await;
    let seen = trace.seen.lock().unwrap_or_else(PoisonError::into_inner).clone();
    (output, seen)
}

/// Marks a request that a probe has let through.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Approved;

/// The interceptor. Every client has one; [`crate::client!`] sees to that.
#[derive(Debug, Clone)]
pub struct Probe {
    declared: &'static [&'static str],
    /// `host[:port]` of a custom endpoint that cannot have names below it.
    bare_host: Option<String>,
}

impl Probe {
    /// A probe that lets the declared operations through. `endpoint` is the custom endpoint, if
    /// there is one.
    #[must_use]
    pub fn new(declared: &'static [&'static str], endpoint: Option<&str>) -> Self {
        Self { declared, bare_host: endpoint.and_then(bare_host) }
    }

    /// The probe as the SDK takes it.
    #[must_use]
    pub fn shared(&self) -> SharedInterceptor {
        SharedInterceptor::new(self.clone())
    }

    fn check(&self, cfg: &ConfigBag) -> Result<(), String> {
        let called = cfg.load::<Metadata>().map_or("", |m| m.name());
        let expected = CURRENT.try_with(|t| t.operation).unwrap_or_default();
        let declared =
            self.declared.iter().any(|d| d.split_once(':').is_some_and(|(_, n)| n == called));
        if declared && called == expected {
            return Ok(());
        }
        let _ = CURRENT.try_with(|t| t.note(|s| s.refused = true));
        Err(if declared {
            format!("{called} was called as `{expected}`")
        } else {
            format!("{called} is not declared by its service")
        })
    }
}

/// Host and port of an endpoint whose host is an IP address or `localhost`.
fn bare_host(endpoint: &str) -> Option<String> {
    let rest = endpoint.split_once("://").map_or(endpoint, |(_, r)| r);
    let authority = rest.split(['/', '?']).next()?;
    let host = match authority.rsplit_once(':') {
        Some((h, port)) if port.bytes().all(|b| b.is_ascii_digit()) => h,
        _ => authority,
    };
    let plain = host.trim_start_matches('[').trim_end_matches(']');
    let bare = plain == "localhost" || plain.parse::<std::net::IpAddr>().is_ok();
    bare.then(|| authority.to_owned())
}

impl Trace {
    fn note(&self, f: impl FnOnce(&mut Seen)) {
        f(&mut self.seen.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl Intercept for Probe {
    fn name(&self) -> &'static str {
        "assay"
    }

    // Not `read_before_execution`: there the operation has not yet said its name.
    fn read_before_serialization(
        &self,
        _: &BeforeSerializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.check(cfg).map_err(Into::into)
    }

    /// s3control puts `<account>.` before the host. An address has no names below it, so for a
    /// custom endpoint that is an address the prefix goes; the account is also in a header.
    fn modify_before_signing(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let Some(bare) = &self.bare_host else { return Ok(()) };
        let request = context.request_mut();
        let uri = request.uri().to_owned();
        let Some((scheme, rest)) = uri.split_once("://") else { return Ok(()) };
        let (authority, path) = rest.find('/').map_or((rest, ""), |i| rest.split_at(i));
        if authority.strip_suffix(bare.as_str()).is_some_and(|prefix| prefix.ends_with('.')) {
            request.set_uri(format!("{scheme}://{bare}{path}"))?;
        }
        Ok(())
    }

    fn modify_before_transmit(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        context.request_mut().add_extension(Approved);
        Ok(())
    }

    fn read_before_transmit(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let _ = CURRENT.try_with(|t| t.note(|s| s.attempts += 1));
        Ok(())
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let (id, body, status) = match context.response() {
            Some(r) => (request_id(r), r.body().bytes().map(sha256), Some(r.status().as_u16())),
            None => (None, None, None),
        };
        let _ = CURRENT.try_with(|t| {
            t.note(|s| (s.request_id, s.body_sha256, s.status) = (id, body, status));
        });
        Ok(())
    }
}

fn request_id(response: &HttpResponse) -> Option<String> {
    ["x-amzn-requestid", "x-amz-request-id", "x-amzn-request-id"]
        .iter()
        .find_map(|h| response.headers().get(h))
        .filter(|id| id.len() <= 128 && id.bytes().all(|b| b.is_ascii_graphic()))
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_are_bare() {
        assert_eq!(bare_host("http://127.0.0.1:5000").as_deref(), Some("127.0.0.1:5000"));
        assert_eq!(bare_host("http://localhost:5000/x").as_deref(), Some("localhost:5000"));
        assert_eq!(bare_host("http://[::1]:80").as_deref(), Some("[::1]:80"));
        assert_eq!(bare_host("https://s3.example.org"), None);
    }
}
