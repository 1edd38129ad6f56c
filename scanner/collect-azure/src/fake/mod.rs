//! A tenant in memory, behind an `HttpClient`: for tests, and for tools that make fixtures.
//!
//! It answers what Entra, Resource Manager, Resource Graph and Microsoft Graph would answer over an
//! [`Estate`]: tokens, lists with their pages, quotas that count down and are refused when they are
//! used up, and [`Fault`]s. It remembers what it was asked ([`Fake::calls`]).

mod answer;
mod estate;
mod fault;
pub mod files;
mod graph;
mod query;
mod quota;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use azure_core::base64::encode_url_safe;
use azure_core::http::request::Body;
use azure_core::http::{AsyncRawResponse, HttpClient, Method, Request};
use azure_identity::Executor;
use serde_json::{Value, json};

use answer::Answer;
pub use estate::Estate;
pub use fault::{Fault, Harm};
use quota::Buckets;
pub use quota::Quotas;

/// The client secret that [`Fake::environment`] sets. A test looks for it in everything written.
pub const SECRET: &str = "s3cr3t~of.the~fake";

/// What the fake was asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Calls {
    /// Requests that were answered, by API (`token`, `arm`, `query`, `graph`); `batched` are those that
    /// came in another.
    pub answered: BTreeMap<&'static str, u64>,
    /// How often each request was refused for load, where it was.
    pub refused: BTreeMap<String, u64>,
}

impl Calls {
    /// Requests that were answered, without those for tokens.
    #[must_use]
    pub fn total(&self) -> u64 {
        let own = |k: &str| k != "token" && k != "batched";
        self.answered.iter().filter(|(k, _)| own(k)).map(|(_, n)| n).sum()
    }
}

/// The tenant as a client of HTTP.
pub struct Fake {
    estate: Estate,
    page: usize,
    faults: Vec<Fault>,
    quotas: Option<Mutex<Buckets>>,
    calls: Mutex<Calls>,
}

impl std::fmt::Debug for Fake {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Fake")
    }
}

impl Fake {
    /// A tenant without quotas and faults, whose pages hold 1,000 members.
    #[must_use]
    pub fn new(estate: Estate) -> Self {
        Self { estate, page: 1_000, faults: Vec::new(), quotas: None, calls: Mutex::default() }
    }

    /// The same with pages of another size.
    #[must_use]
    pub fn pages_of(mut self, page: usize) -> Self {
        self.page = page.max(1);
        self
    }

    /// The same with quotas.
    #[must_use]
    pub fn with_quotas(mut self, quotas: Quotas) -> Self {
        self.quotas = Some(Mutex::new(Buckets::new(quotas)));
        self
    }

    /// The same with something that goes wrong.
    #[must_use]
    pub fn with_fault(mut self, fault: Fault) -> Self {
        self.faults.push(fault);
        self
    }

    /// As credentials and pipelines take it.
    #[must_use]
    pub fn shared(self) -> Arc<Self> {
        Arc::new(self)
    }

    /// The environment of an application of this tenant.
    #[must_use]
    pub fn environment(&self) -> BTreeMap<String, String> {
        [
            ("AZURE_TENANT_ID", self.estate.tenant()),
            ("AZURE_CLIENT_ID", "11111111-0000-0000-0000-000000000000"),
            ("AZURE_CLIENT_SECRET", SECRET),
        ]
        .into_iter()
        .map(|(k, v)| (k.to_owned(), v.to_owned()))
        .collect()
    }

    /// What it was asked so far.
    #[must_use]
    pub fn calls(&self) -> Calls {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn note(&self, f: impl FnOnce(&mut Calls)) {
        f(&mut self.calls.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Several requests in one: each is answered, refused and harmed for itself.
    fn batch(&self, request: &Request, body: &[u8]) -> Option<Answer> {
        let base = request.url().as_str().strip_suffix("/$batch")?;
        let asked: Value = serde_json::from_slice(body).ok()?;
        let mut responses = Vec::new();
        for one in asked.get("requests")?.as_array()? {
            let url = format!("{base}{}", one.get("url")?.as_str()?);
            let mut inner = Request::new(url.parse().ok()?, Method::Get);
            let header = azure_core::http::headers::AUTHORIZATION;
            inner.insert_header(
                header.clone(),
                request.headers().get_optional_str(&header)?.to_owned(),
            );
            let answer = self.answer(&inner);
            self.note(|c| {
                if let Some(own) = c.answered.get_mut("graph") {
                    *own = own.saturating_sub(1);
                }
                *c.answered.entry("batched").or_default() += 1;
            });
            let text = String::from_utf8_lossy(&answer.body).into_owned();
            let body = serde_json::from_slice(&answer.body).unwrap_or(Value::String(text));
            let headers: BTreeMap<_, _> = answer.headers.into_iter().collect();
            responses.push(json!({
                "id": one.get("id"), "status": answer.status, "headers": headers, "body": body,
            }));
        }
        // In no order.
        responses.reverse();
        self.note(|c| *c.answered.entry("graph").or_default() += 1);
        Some(Answer::of(200, &json!({"responses": responses})))
    }

    fn answer(&self, request: &Request) -> Answer {
        let url = request.url();
        let body = match request.body() {
            Body::Bytes(bytes) => bytes.clone(),
            Body::SeekableStream(_) => return Answer::error(400, "BadRequest", "a stream"),
        };
        let path = url.path().to_lowercase();
        let host = url.host_str().unwrap_or_default();
        if host.starts_with("login.") {
            return self.token(&path, &body);
        }
        if host == "169.254.169.254" {
            return Answer::error(404, "NotFound", "no such service");
        }
        if !authorized(request) {
            return Answer::error(401, "InvalidAuthenticationToken", "the token is missing");
        }
        let graph = host.starts_with("graph.") || host.starts_with("microsoftgraph.");
        if graph && path.ends_with("/$batch") {
            let answer = self.batch(request, &body);
            let answer = answer.unwrap_or_else(|| Answer::error(400, "BadRequest", "no batch"));
            let faults = self.faults.iter().filter(|f| f.meets(&path, "", 0));
            return faults.fold(answer, |a, f| f.harm(a));
        }
        let query = path == "/providers/microsoft.resourcegraph/resources";
        let api = if graph {
            "graph"
        } else if query {
            "query"
        } else {
            "arm"
        };
        let key = format!("{} {} {}", request.method(), url, String::from_utf8_lossy(&body));
        let told = match self.quota(api, &path, &key) {
            Ok(told) => told,
            Err(refused) => return refused,
        };
        self.note(|c| *c.answered.entry(api).or_default() += 1);
        let next = |at: usize| {
            let mut next = url.clone();
            let kept: Vec<(String, String)> = url
                .query_pairs()
                .filter(|(k, _)| !k.eq_ignore_ascii_case("$skiptoken"))
                .map(|(k, v)| (k.into_owned(), v.into_owned()))
                .collect();
            next.query_pairs_mut().clear().extend_pairs(kept);
            next.query_pairs_mut().append_pair("$skiptoken", &at.to_string());
            next.to_string()
        };
        let number = |v: std::borrow::Cow<'_, str>| v.parse::<usize>().ok();
        let pair = |name: &str| {
            url.query_pairs()
                .find(|(k, _)| k.eq_ignore_ascii_case(name))
                .and_then(|(_, v)| number(v))
        };
        let from = pair("$skiptoken").unwrap_or(0);
        let mut answer = match (request.method(), api) {
            (Method::Post, "query") => query::answer(&self.estate, &body, self.page),
            (Method::Get | Method::Post, _) => match self.estate.find(&path, graph) {
                None => Answer::error(404, "ResourceNotFound", "there is no such resource"),
                Some(Value::Array(all)) => {
                    let asked = url.query_pairs().map(|(k, v)| format!("{k}={v}&"));
                    let asked = asked.collect::<String>();
                    let all = if graph { graph::shown(all, &asked) } else { all };
                    let page = pair("$top").map_or(self.page, |top| top.min(self.page));
                    let link = if graph { "@odata.nextLink" } else { "nextLink" };
                    let mut out =
                        json!({"value": all.iter().skip(from).take(page).collect::<Vec<_>>()});
                    if from + page < all.len() {
                        answer::put(&mut out, link, next(from + page).into());
                    }
                    Answer::of(200, &out)
                }
                Some(object) => Answer::of(200, &object),
            },
            _ => Answer::error(405, "MethodNotAllowed", "only reads"),
        };
        let query = url.query().unwrap_or_default().to_lowercase();
        for fault in self.faults.iter().filter(|f| f.meets(&path, &query, from)) {
            answer = fault.harm(answer);
        }
        answer.headers.extend(told);
        answer
    }

    fn token(&self, path: &str, body: &[u8]) -> Answer {
        self.note(|c| *c.answered.entry("token").or_default() += 1);
        let wanted = format!("/{}/oauth2/v2.0/token", self.estate.tenant());
        let form = String::from_utf8_lossy(body);
        // The secret is percent-encoded in a form; its tilde is, too.
        let fits = form.contains("grant_type=client_credentials")
            && form.contains("s3cr3t%7Eof.the%7Efake");
        if path != wanted || !fits {
            // A careless authority repeats what it was sent.
            let text = format!("AADSTS7000215: invalid client secret provided: {form}");
            let body = json!({"error": "invalid_client", "error_codes": [7000215], "error_description": text});
            return Answer::of(401, &body);
        }
        let claims = json!({
            "tid": self.estate.tenant(), "oid": "22222222-0000-0000-0000-000000000000",
            "appid": "11111111-0000-0000-0000-000000000000",
        });
        let token = format!("eyJhbGciOiJub25lIn0.{}.fake", encode_url_safe(claims.to_string()));
        Answer::of(200, &json!({"token_type": "Bearer", "expires_in": 3599, "access_token": token}))
    }

    fn quota(
        &self,
        api: &str,
        path: &str,
        key: &str,
    ) -> Result<Vec<(&'static str, String)>, Answer> {
        let Some(quotas) = &self.quotas else { return Ok(Vec::new()) };
        let taken = quotas.lock().unwrap_or_else(PoisonError::into_inner).take(api, path);
        taken.map_err(|headers| {
            self.note(|c| *c.refused.entry(key.to_owned()).or_default() += 1);
            let mut answer = Answer::error(429, "TooManyRequests", "slow down");
            answer.headers = headers;
            answer
        })
    }
}

fn authorized(request: &Request) -> bool {
    let name = azure_core::http::headers::AUTHORIZATION;
    request.headers().get_optional_str(&name).is_some_and(|v| v.starts_with("Bearer eyJ"))
}

#[async_trait]
impl HttpClient for Fake {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        // Others get their turn, as with a network.
        tokio::task::yield_now().await;
        Ok(self.answer(request).into())
    }
}

/// Command line tools that are not installed.
#[derive(Debug)]
pub struct NoTools;

#[async_trait]
impl Executor for NoTools {
    async fn run(
        &self,
        _: &std::ffi::OsStr,
        _: &[&std::ffi::OsStr],
    ) -> std::io::Result<std::process::Output> {
        Err(std::io::Error::new(std::io::ErrorKind::NotFound, "no such program"))
    }
}
