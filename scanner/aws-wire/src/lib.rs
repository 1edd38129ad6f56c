//! Signed JSON calls to AWS services of which Assay needs one or two operations.
//!
//! An SDK crate brings every operation of its service, and building it takes up to a minute. For a
//! service of which a read or two are needed, this crate runs them through the SDK's own
//! orchestrator (credentials, SigV4, standard retry, time-outs, interceptors), so that it behaves
//! and is recorded like every other call. It speaks the two JSON protocols, and nothing else.

use aws_runtime::auth::sigv4::{SCHEME_ID, SigV4AuthScheme};
use aws_runtime::auth::{SigV4OperationSigningConfig, SigningOptions};
use aws_runtime::retries::classifiers::AwsErrorCodeClassifier;
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime::client::retries::classifiers::{
    HttpStatusCodeClassifier, TransientErrorClassifier,
};
use aws_smithy_runtime_api::client::auth::AuthSchemeOptionResolverParams;
use aws_smithy_runtime_api::client::auth::static_resolver::StaticAuthSchemeOptionResolver;
use aws_smithy_runtime_api::client::identity::SharedIdentityResolver;
use aws_smithy_runtime_api::client::interceptors::SharedInterceptor;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse, OrchestratorError};
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponentsBuilder;
use aws_smithy_runtime_api::client::runtime_plugin::StaticRuntimePlugin;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::Layer;
use aws_smithy_types::error::ErrorMetadata;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::region::{Region, SigningRegion};
use aws_types::{SdkConfig, SigningName};
use serde_json::Value;

/// How an operation is written on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// AWS JSON 1.1: `POST /` with the operation in `X-Amz-Target`.
    Json11 {
        /// `AmazonSSM`, from the service's model.
        target_prefix: &'static str,
    },
    /// AWS REST JSON with `GET` and parameters in the query.
    RestGet {
        /// The path, `/resources/`.
        path: &'static str,
    },
}

/// Where a service answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// In each region.
    Regional,
    /// In one region of each partition, whichever region is asked from.
    Global,
}

impl Reach {
    /// The region whose endpoint is asked, and for which the request is signed.
    ///
    /// Source: the endpoint rules of Organizations.
    fn region(self, asked: &str) -> &str {
        match self {
            Self::Regional => asked,
            Self::Global if asked.starts_with("cn-") => "cn-northwest-1",
            Self::Global if asked.starts_with("us-gov-") => "us-gov-west-1",
            Self::Global => "us-east-1",
        }
    }
}

/// One read operation of one service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WireOperation {
    /// The service's id as the SDK names it (`SSM`): what interceptors see.
    pub service: &'static str,
    /// Prefix of the endpoint, also the name that is signed (`ssm`).
    pub endpoint_prefix: &'static str,
    /// Where the service answers.
    pub reach: Reach,
    /// The operation.
    pub operation: &'static str,
    /// The protocol.
    pub protocol: Protocol,
}

/// What the service answered instead of a result.
#[derive(Debug, thiserror::Error)]
#[error("{}: {}", meta.code().unwrap_or("unknown error"), meta.message().unwrap_or("no message"))]
pub struct WireError {
    meta: ErrorMetadata,
}

impl ProvideErrorMetadata for WireError {
    fn meta(&self) -> &ErrorMetadata {
        &self.meta
    }
}

/// The operation could not even be set up.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The SDK configuration has no region.
    #[error("no region for {0}: pass --region or set AWS_REGION")]
    NoRegion(&'static str),
    /// The SDK configuration has no credentials.
    #[error("no credentials for {0}: configure a profile or set AWS_ACCESS_KEY_ID")]
    NoCredentials(&'static str),
}

/// Runs one operation once (one page) and gives the answer's JSON.
///
/// `parameters` are the members of the input: a JSON object for [`Protocol::Json11`], for
/// [`Protocol::RestGet`] an object whose values are texts or numbers.
///
/// # Errors
/// [`SetupError`] where the configuration lacks region or credentials; else the SDK's own error
/// with a [`WireError`] for what the service answered.
pub async fn call(
    sdk: &SdkConfig,
    op: WireOperation,
    parameters: &Value,
    interceptors: Vec<SharedInterceptor>,
) -> Result<Result<Value, SdkError<WireError, HttpResponse>>, SetupError> {
    let asked = sdk.region().ok_or(SetupError::NoRegion(op.service))?;
    let region = Region::new(op.reach.region(asked.as_ref()).to_owned());
    let credentials = sdk.credentials_provider().ok_or(SetupError::NoCredentials(op.service))?;
    let endpoint = sdk
        .endpoint_url()
        .map_or_else(|| endpoint(op.endpoint_prefix, region.as_ref()), ToOwned::to_owned);

    let mut config = Layer::new("wire");
    config.store_put(AuthSchemeOptionResolverParams::new(()));
    config.store_put(SigningRegion::from(region.clone()));
    config.store_put(SigningName::from_static(op.endpoint_prefix));
    config.store_put(region);
    config.store_put(SigV4OperationSigningConfig {
        signing_options: SigningOptions::default(),
        ..Default::default()
    });
    let mut components = RuntimeComponentsBuilder::new("wire")
        .with_auth_scheme_option_resolver(Some(StaticAuthSchemeOptionResolver::new(vec![
            SCHEME_ID,
        ])))
        .with_auth_scheme(SigV4AuthScheme::new())
        .with_identity_cache(sdk.identity_cache())
        .with_identity_resolver(SCHEME_ID, SharedIdentityResolver::new(credentials))
        .with_retry_classifier(AwsErrorCodeClassifier::<WireError>::new())
        .with_retry_classifier(TransientErrorClassifier::<WireError>::new())
        .with_retry_classifier(HttpStatusCodeClassifier::default());
    for i in interceptors {
        components = components.with_interceptor(i);
    }

    let mut builder = Operation::builder()
        .service_name(op.service)
        .operation_name(op.operation)
        .endpoint_url(&endpoint)
        .standard_retry(&sdk.retry_config().cloned().unwrap_or_else(RetryConfig::standard))
        .timeout_config(sdk.timeout_config().cloned().unwrap_or_else(TimeoutConfig::disabled))
        .runtime_plugin(
            StaticRuntimePlugin::new()
                .with_config(config.freeze())
                .with_runtime_components(components),
        );
    if let Some(version) = sdk.behavior_version() {
        builder = builder.behavior_version(version);
    }
    if let Some(client) = sdk.http_client() {
        builder = builder.http_client(client);
    }
    if let Some(sleep) = sdk.sleep_impl() {
        builder = builder.sleep_impl(sleep);
    }
    if let Some(time) = sdk.time_source() {
        builder = builder.time_source(time);
    }
    let input = parameters.clone();
    let operation = builder
        .serializer(move |input: Value| request(op, &input).map_err(Into::into))
        .deserializer(answer)
        .build();
    Ok(operation.invoke(input).await)
}

/// The regional endpoint by the partition's DNS suffix.
///
/// Source: `partitions.json` of the SDKs; the three partitions that a customer can hold.
fn endpoint(prefix: &str, region: &str) -> String {
    let suffix = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
    format!("https://{prefix}.{region}.{suffix}")
}

fn request(op: WireOperation, input: &Value) -> Result<HttpRequest, std::io::Error> {
    let mut request = match op.protocol {
        Protocol::Json11 { target_prefix } => {
            let mut r = HttpRequest::new(SdkBody::from(input.to_string()));
            r.set_method("POST").map_err(std::io::Error::other)?;
            r.set_uri("/").map_err(std::io::Error::other)?;
            r.headers_mut().insert("content-type", "application/x-amz-json-1.1");
            r.headers_mut().insert("x-amz-target", format!("{target_prefix}.{}", op.operation));
            r
        }
        Protocol::RestGet { path } => {
            let mut r = HttpRequest::new(SdkBody::empty());
            r.set_method("GET").map_err(std::io::Error::other)?;
            r.set_uri(with_query(path, input)).map_err(std::io::Error::other)?;
            r
        }
    };
    if let Some(length) = request.body().content_length() {
        request.headers_mut().insert("content-length", length.to_string());
    }
    Ok(request)
}

fn with_query(path: &str, input: &Value) -> String {
    let pairs: Vec<String> = input
        .as_object()
        .into_iter()
        .flatten()
        .filter_map(|(k, v)| match v {
            Value::String(s) => Some(format!("{k}={}", percent(s))),
            Value::Number(n) => Some(format!("{k}={n}")),
            _ => None,
        })
        .collect();
    if pairs.is_empty() { path.to_owned() } else { format!("{path}?{}", pairs.join("&")) }
}

fn percent(text: &str) -> String {
    use std::fmt::Write;
    text.bytes().fold(String::new(), |mut out, b| {
        if b.is_ascii_alphanumeric() || b"-._~".contains(&b) {
            out.push(char::from(b));
        } else {
            let _ = write!(out, "%{b:02X}");
        }
        out
    })
}

fn answer(response: &HttpResponse) -> Result<Value, OrchestratorError<WireError>> {
    let body = response.body().bytes().unwrap_or_default();
    if response.status().is_success() {
        return serde_json::from_slice(body).map_err(OrchestratorError::other);
    }
    let json: Value = serde_json::from_slice(body).unwrap_or(Value::Null);
    let text = |names: &[&str]| {
        names.iter().find_map(|n| json.get(n)).and_then(Value::as_str).map(ToOwned::to_owned)
    };
    let code = response
        .headers()
        .get("x-amzn-errortype")
        .map(ToOwned::to_owned)
        .or_else(|| text(&["__type", "code", "Code"]));
    let mut meta = ErrorMetadata::builder();
    if let Some(code) = code {
        meta = meta.code(short(&code));
    }
    if let Some(message) = text(&["message", "Message", "errorMessage"]) {
        meta = meta.message(message);
    }
    Err(OrchestratorError::operation(WireError { meta: meta.build() }))
}

/// The bare code of `com.amazonaws.ssm#AccessDeniedException:http://…`.
fn short(code: &str) -> &str {
    let code = code.split(':').next().unwrap_or(code);
    code.rsplit('#').next().unwrap_or(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn error_codes_lose_namespace_and_link() {
        assert_eq!(short("com.amazonaws.ssm#Denied:http://x"), "Denied");
        assert_eq!(short("ThrottlingException"), "ThrottlingException");
    }

    #[test]
    fn parameters_are_percent_encoded() {
        let q =
            with_query("/resources/", &serde_json::json!({"nextToken": "a=b/c", "maxResults": 5}));
        assert_eq!(q, "/resources/?maxResults=5&nextToken=a%3Db%2Fc");
    }

    #[test]
    fn endpoints_follow_the_partition() {
        for (asked, home) in [
            ("eu-west-1", "us-east-1"),
            ("cn-north-1", "cn-northwest-1"),
            ("us-gov-east-1", "us-gov-west-1"),
        ] {
            assert_eq!(Reach::Global.region(asked), home);
            assert_eq!(Reach::Regional.region(asked), asked);
        }
        assert_eq!(endpoint("ssm", "cn-north-1"), "https://ssm.cn-north-1.amazonaws.com.cn");
        assert_eq!(endpoint("ssm", "eu-west-1"), "https://ssm.eu-west-1.amazonaws.com");
    }
}
