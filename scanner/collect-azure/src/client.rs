//! Requests through the pipelines: recorded, guarded, paced, with a token.

use std::sync::Arc;

use assay_core::GapState;
use assay_core::identity::sha256;
use azure_core::credentials::TokenCredential;
use azure_core::http::headers::{ACCEPT, CONTENT_TYPE};
use azure_core::http::policies::Policy;
use azure_core::http::policies::auth::BearerTokenAuthorizationPolicy;
use azure_core::http::{
    ClientOptions, Context, HttpClient, Method, Pipeline, PipelineSendOptions, Request,
    RetryOptions, Transport, Url,
};
use azure_core::time::Duration;
use serde_json::Value;

use crate::policy::{Guard, Pace, Retries, Trace, Watch};
use crate::problem::Problem;
use crate::secret::Secrets;
use crate::transport::LARGEST;
use crate::{Api, Cloud};

/// The pipelines of one collection. There is no other way to the network but the credentials' own.
#[derive(Debug)]
pub(crate) struct Client {
    cloud: Cloud,
    arm: Pipeline,
    graph: Pipeline,
    secrets: Secrets,
}

impl Client {
    /// Pipelines over an HTTP client, with the tokens of a credential. `first_wait` is how long the
    /// first retry waits.
    pub(crate) fn new(
        cloud: Cloud,
        http: &Arc<dyn HttpClient>,
        credential: &Arc<dyn TokenCredential>,
        secrets: Secrets,
        first_wait: Duration,
    ) -> Self {
        let pace = Pace::default();
        let pipeline = |api| {
            let token =
                BearerTokenAuthorizationPolicy::new(Arc::clone(credential), vec![cloud.scope(api)]);
            let each_try: Vec<Arc<dyn Policy>> = vec![
                Arc::new(pace.clone()),
                Arc::new(token),
                Arc::new(Watch),
                Arc::new(Guard(cloud)),
            ];
            let options = ClientOptions {
                retry: RetryOptions::custom(Arc::new(Retries::new(first_wait))),
                transport: Some(Transport::new(Arc::clone(http))),
                ..ClientOptions::default()
            };
            let version = option_env!("CARGO_PKG_VERSION");
            Pipeline::new(Some("assay"), version, options, Vec::new(), each_try, None)
        };
        Self { cloud, arm: pipeline(Api::Arm), graph: pipeline(Api::Graph), secrets }
    }

    /// The cloud.
    pub(crate) const fn cloud(&self) -> Cloud {
        self.cloud
    }

    /// What a refusal that came with other answers means.
    pub(crate) fn refused(&self, status: u16, body: &Value) -> Problem {
        Problem::of_answer(status, body.to_string().as_bytes()).scrubbed(&self.secrets)
    }

    /// Sends one request in the name of the trace's operation and reads its JSON.
    pub(crate) async fn send(
        &self,
        trace: &Arc<Trace>,
        url: Url,
        body: Option<&Value>,
    ) -> Result<Value, Problem> {
        self.try_send(trace, url, body).await.map_err(|p| p.scrubbed(&self.secrets))
    }

    async fn try_send(
        &self,
        trace: &Arc<Trace>,
        url: Url,
        body: Option<&Value>,
    ) -> Result<Value, Problem> {
        let operation = trace.operation();
        // With a body even a read is a POST: a query, or several reads in one.
        let method = if body.is_some() { Method::Post } else { operation.method() };
        let mut request = Request::new(url, method);
        request.insert_header(ACCEPT, "application/json");
        if let Some(body) = body {
            request.insert_header(CONTENT_TYPE, "application/json");
            request.set_body(body.to_string());
        }
        let pipeline = match operation.api {
            Api::Graph => &self.graph,
            Api::Arm | Api::ResourceGraph => &self.arm,
        };
        let context = Context::new().with_value(Arc::clone(trace));
        let options = PipelineSendOptions { skip_checks: true, ..PipelineSendOptions::default() };
        let sent = pipeline.send(&context, &mut request, Some(options)).await;
        if trace.seen().refused {
            let said = sent.err().map(|e| e.to_string()).unwrap_or_default();
            return Err(Problem::new(GapState::Failed, "UndeclaredOperation", &said));
        }
        let answer = sent.map_err(|e| Problem::of_error(&e))?;
        let bytes = answer.body().as_ref();
        let ok = answer.status().is_success();
        trace.answered(sha256(bytes), ok);
        if !ok {
            return Err(Problem::of_answer(u16::from(answer.status()), bytes));
        }
        if bytes.len() > LARGEST {
            return Err(Problem::malformed("the answer is too large"));
        }
        serde_json::from_slice(bytes)
            .map_err(|e| Problem::malformed(&format!("the answer is no JSON: {e}")))
    }
}
