//! The HTTPS client: rustls with ring, the environment's proxies, bounded answers.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use azure_core::error::ErrorKind;
use azure_core::http::headers::{HeaderName, HeaderValue, Headers};
use azure_core::http::request::Body;
use azure_core::http::{AsyncRawResponse, HttpClient, Method, Request};

use crate::CollectError;

/// Largest answer, in bytes. A page of Resource Graph has at most 16 MiB.
pub(crate) const LARGEST: usize = 64 * 1024 * 1024;

/// A client that goes through the proxy that `HTTPS_PROXY`, `HTTP_PROXY` or `ALL_PROXY` names, but
/// for the hosts in `NO_PROXY`.
///
/// # Errors
/// The system's certificates cannot be read, or a proxy's address is none.
pub(crate) fn https() -> Result<Arc<dyn HttpClient>, CollectError> {
    build(reqwest::Client::builder())
}

/// A client for addresses of this machine's own host, which no proxy can reach: managed identities.
pub(crate) fn direct() -> Result<Arc<dyn HttpClient>, CollectError> {
    build(reqwest::Client::builder().no_proxy())
}

fn build(builder: reqwest::ClientBuilder) -> Result<Arc<dyn HttpClient>, CollectError> {
    // Fails where another part of the program has installed one already: that is the same one.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = builder
        .connect_timeout(Duration::from_secs(10))
        .read_timeout(Duration::from_secs(60))
        .timeout(Duration::from_secs(150))
        // A redirect would carry the token elsewhere.
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .map_err(|e| CollectError::NoClient(crate::problem::line(&crate::problem::chain(&e))))?;
    Ok(Arc::new(Https(client)))
}

#[derive(Debug)]
struct Https(reqwest::Client);

#[async_trait]
impl HttpClient for Https {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        let method = match request.method() {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
            other => {
                let text = format!("{other} is not sent by a read-only program");
                return Err(azure_core::Error::with_message(ErrorKind::Other, text));
            }
        };
        let mut sent = self.0.request(method, request.url().clone());
        for (name, value) in request.headers().iter() {
            let mut value = reqwest::header::HeaderValue::from_str(value.as_str())
                .map_err(|e| azure_core::Error::new(ErrorKind::Other, e))?;
            // Nothing below writes it into a log.
            value.set_sensitive(name.as_str().eq_ignore_ascii_case("authorization"));
            sent = sent.header(name.as_str(), value);
        }
        if let Body::Bytes(bytes) = request.body() {
            sent = sent.body(bytes.clone());
        }
        let mut answer = sent.send().await.map_err(failed)?;
        let status = answer.status().as_u16();
        let headers: std::collections::HashMap<HeaderName, HeaderValue> = answer
            .headers()
            .iter()
            .filter_map(|(k, v)| {
                let value = HeaderValue::from(v.to_str().ok()?.to_owned());
                Some((HeaderName::from(k.as_str().to_owned()), value))
            })
            .collect();
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(failed)? {
            if body.len() + chunk.len() > LARGEST {
                let text = format!("the answer is larger than {LARGEST} bytes");
                return Err(azure_core::Error::with_message(ErrorKind::DataConversion, text));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(AsyncRawResponse::from_bytes(status.into(), Headers::from(headers), body))
    }
}

fn failed(error: reqwest::Error) -> azure_core::Error {
    let kind = if error.is_connect() { ErrorKind::Connection } else { ErrorKind::Io };
    let what = if error.is_timeout() { "the request timed out" } else { "no answer" };
    // Without the address: it holds ids, and the caller names the operation.
    azure_core::Error::with_error(kind, error.without_url(), what)
}
