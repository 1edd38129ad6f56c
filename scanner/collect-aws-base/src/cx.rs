//! What a collector gets: where it is, and everything it may do.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use assay_collect::{
    CallError, Called, Cancel, Draft, Event, ListingGuard, Pending, Place, Session, bounded, now,
};
use assay_core::{Call, CallResult, GapState, Resource};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::SdkConfig;
use futures_util::future::BoxFuture;
use serde_json::Value;
use tokio::sync::Semaphore;

use crate::error::Problem;
use crate::probe::{Probe, Seen, watch};
use crate::{Scope, Service, WireOperation, classify};

const PROVIDER: &str = "aws";
const GLOBAL: &str = "global";

/// What the user chose for all collectors.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Whether IAM's `GenerateCredentialReport`, the one operation that writes, may be called.
    pub credential_report: bool,
    /// The key of digests of secrets. It is not part of the snapshot; without it there are no
    /// digests.
    pub estate_key: Option<Vec<u8>>,
    /// Calls in flight for each account, region and service. `None`: 16 for a global service, 8
    /// for a regional one.
    pub concurrency: Option<usize>,
}

/// One account: who it is and how its regions are reached.
pub struct AccountContext {
    /// The account id.
    pub account: String,
    /// `aws`, `aws-cn`, `aws-us-gov`…
    pub partition: String,
    /// Who asks (`arn:aws:sts::…`).
    pub caller: String,
    /// The regions in scope, in order.
    pub regions: Vec<String>,
    /// Where global services are asked.
    pub home: String,
    /// Configuration for a region.
    pub sdk: Box<dyn Fn(&str) -> SdkConfig + Send + Sync>,
    /// What the user chose.
    pub options: Options,
}

struct Inner {
    session: Arc<Session>,
    account: Arc<AccountContext>,
    service: &'static Service,
    /// The region in which documents and listings are recorded.
    region: String,
    /// The region that requests go to.
    endpoint_region: String,
    sdk: SdkConfig,
    probe: Probe,
    permits: Arc<Semaphore>,
    others: Arc<Mutex<HashMap<String, SdkConfig>>>,
}

/// A collector's context: one service in one region of one account. Cheap to clone.
#[derive(Clone)]
pub struct Cx(Arc<Inner>);

impl std::fmt::Debug for Cx {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Cx({} {} {})", self.0.service.name, self.account(), self.region())
    }
}

impl Cx {
    /// The context of a service. `region` is `None` for a global one.
    #[must_use]
    pub fn new(
        session: Arc<Session>,
        account: Arc<AccountContext>,
        service: &'static Service,
        region: Option<&str>,
    ) -> Self {
        let endpoint_region = region.unwrap_or(&account.home).to_owned();
        let sdk = (account.sdk)(&endpoint_region);
        let probe = Probe::new(service.operations, sdk.endpoint_url());
        let limit = match (account.options.concurrency, service.scope) {
            (Some(n), _) => n.max(1),
            (None, Scope::Global) => 16,
            (None, Scope::Regional) => 8,
        };
        Self(Arc::new(Inner {
            session,
            service,
            region: region.unwrap_or(GLOBAL).to_owned(),
            endpoint_region,
            sdk,
            probe,
            permits: Arc::new(Semaphore::new(limit)),
            others: Arc::default(),
            account,
        }))
    }

    /// The same service with its requests going to another region of the account: for what a global
    /// listing names in a region (a bucket). Documents and calls are recorded in that region; the
    /// limit of open calls is shared.
    #[must_use]
    pub fn at(&self, region: &str) -> Self {
        let sdk = self
            .0
            .others
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .entry(region.to_owned())
            .or_insert_with(|| (self.0.account.sdk)(region))
            .clone();
        Self(Arc::new(Inner {
            session: Arc::clone(&self.0.session),
            account: Arc::clone(&self.0.account),
            service: self.0.service,
            region: region.to_owned(),
            endpoint_region: region.to_owned(),
            probe: self.0.probe.clone(),
            sdk,
            permits: Arc::clone(&self.0.permits),
            others: Arc::clone(&self.0.others),
        }))
    }

    /// The account id.
    #[must_use]
    pub fn account(&self) -> &str {
        &self.0.account.account
    }

    /// The region in which documents are recorded, `global` for a global service.
    #[must_use]
    pub fn region(&self) -> &str {
        &self.0.region
    }

    /// The region that requests go to: never `global`.
    #[must_use]
    pub fn endpoint_region(&self) -> &str {
        &self.0.endpoint_region
    }

    /// The partition, for ARNs that the API does not give.
    #[must_use]
    pub fn partition(&self) -> &str {
        &self.0.account.partition
    }

    /// An ARN in this account and region: `cx.arn("ec2", "vpc/vpc-1")`. In a global service the
    /// region is empty.
    #[must_use]
    pub fn arn(&self, service: &str, resource: &str) -> String {
        let region = if self.region() == GLOBAL { "" } else { self.region() };
        format!("arn:{}:{service}:{region}:{}:{resource}", self.partition(), self.account())
    }

    /// Regions in scope.
    #[must_use]
    pub fn regions(&self) -> &[String] {
        &self.0.account.regions
    }

    /// What the user chose.
    #[must_use]
    pub fn options(&self) -> &Options {
        &self.0.account.options
    }

    /// The SDK configuration. Build clients with [`crate::client!`], which adds the probe.
    #[must_use]
    pub fn sdk(&self) -> &SdkConfig {
        &self.0.sdk
    }

    /// The interceptor that every client needs.
    #[must_use]
    pub fn probe(&self) -> &Probe {
        &self.0.probe
    }

    /// Whether S3 must put the bucket into the path: custom endpoints have no name for a bucket.
    #[must_use]
    pub fn path_style(&self) -> bool {
        self.0.sdk.endpoint_url().is_some()
    }

    /// Whether the collection is being stopped. Calls then end at once; long loops may look.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.cancel().is_cancelled()
    }

    fn cancel(&self) -> &Cancel {
        self.0.session.cancel()
    }

    /// Runs one SDK call: waits for a free place, records it, classifies its error.
    ///
    /// `operation` is one of the service's declared operations and the one that the future calls:
    /// anything else is refused. `params` name what tells this call from others of the operation;
    /// they become part of its id, so leave out page tokens.
    pub async fn call<T, E, F>(
        &self,
        operation: &'static str,
        params: &[(&str, &str)],
        call: F,
    ) -> Called<T>
    where
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        let call = async { call.await.map_err(|e| classify(&e)) };
        self.run(operation, params, call).await
    }

    /// Runs one operation of a service without SDK crate, one page.
    pub async fn wire(
        &self,
        operation: &'static str,
        params: &[(&str, &str)],
        wire: WireOperation,
        input: &Value,
    ) -> Called<Value> {
        let call = async {
            let probes = vec![self.0.probe.shared()];
            match assay_aws_wire::call(&self.0.sdk, wire, input, probes).await {
                Ok(answer) => answer.map_err(|e| classify(&e)),
                Err(e) => Err(Problem::new(GapState::Failed, "NotSent", &e.to_string())),
            }
        };
        self.run(operation, params, call).await
    }

    async fn run<T>(
        &self,
        operation: &'static str,
        params: &[(&str, &str)],
        call: impl Future<Output = Result<T, Problem>>,
    ) -> Called<T> {
        let mut name =
            format!("{PROVIDER}/{}/{}/{operation}", self.account(), self.0.endpoint_region);
        for (_, value) in params {
            name.push('/');
            name.push_str(value);
        }
        let id = self.0.session.call_id(&name);
        let interrupted =
            || Problem::new(GapState::NotAttempted, "Interrupted", "the collection was stopped");
        let (started, outcome, seen) = tokio::select! {
            biased;
            () = self.cancel().cancelled() => (now(), Err(interrupted()), Seen::default()),
            done = async {
                let _permit = self.0.permits.acquire().await;
                let started = now();
                let (outcome, seen) = watch(operation, call).await;
                (started, outcome, seen)
            } => done,
        };
        let result = outcome.map_err(|p| {
            let code = if seen.refused { "UndeclaredOperation".to_owned() } else { p.code };
            CallError { state: p.state, code, detail: p.detail, operation, call: id.clone() }
        });
        let ok = result.is_ok();
        self.0.session.tell(Event::Called {
            operation,
            ok,
            retries: seen.attempts.saturating_sub(1),
        });
        let record = Call {
            id: id.clone(),
            operation: operation.to_owned(),
            parameters: params.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
            account: self.account().to_owned(),
            region: self.0.endpoint_region.clone(),
            started,
            ended: now(),
            pages: u64::from(ok),
            attempts: seen.attempts,
            result: match &result {
                Ok(_) => CallResult::Ok,
                Err(e) => CallResult::Gap { gap: e.gap() },
            },
            request_ids: seen.request_id.into_iter().collect(),
            body_sha256: seen.body_sha256.into_iter().collect(),
        };
        Called { id, result, pending: Pending::new(Arc::clone(&self.0.session), record) }
    }

    /// Opens the listing of a type that the service declares.
    #[must_use]
    pub fn listing(&self, kind: &str) -> ListingGuard {
        self.listings(&[kind])
    }

    /// Opens the listing of several types that one operation lists together.
    #[must_use]
    pub fn listings(&self, kinds: &[&str]) -> ListingGuard {
        let places = kinds.iter().map(|k| (self.place_of(k), (*k).to_owned())).collect();
        ListingGuard::open(Arc::clone(&self.0.session), places)
    }

    /// Where a listing of a type is recorded: by its type file, else by the service's scope.
    #[must_use]
    pub fn place_of(&self, kind: &str) -> Place {
        let types = self.0.session.writer().types();
        let region = types.get(kind).map_or(self.region(), |d| d.listing_region(self.region()));
        Place {
            provider: PROVIDER.to_owned(),
            account: self.account().to_owned(),
            region: region.to_owned(),
        }
    }

    /// A document of this account and region that knows nothing yet.
    #[must_use]
    pub fn resource(&self, kind: &str, id: impl Into<String>, name: impl Into<String>) -> Draft {
        Draft::new(Resource::new(kind, id, PROVIDER, self.account(), self.region(), name))
    }

    /// The document of the account itself (`Assay::AWS::Account`). The collection puts it; services
    /// add their facets with [`Self::fold`].
    #[must_use]
    pub fn account_document(&self) -> Draft {
        let id = format!("arn:{}:iam::{}:root", self.partition(), self.account());
        let mut draft = self.resource("Assay::AWS::Account", id, self.account());
        draft.region(GLOBAL);
        draft
    }

    /// The document of a region (`Assay::AWS::Region`). The collection puts it; services add their
    /// facets with [`Self::fold`].
    #[must_use]
    pub fn region_document(&self, region: &str) -> Draft {
        let (partition, account) = (self.partition(), self.account());
        let id = format!("arn:{partition}:ec2:{region}:{account}:region/{region}");
        let mut draft = self.resource("Assay::AWS::Region", id, region);
        draft.region(region);
        draft
    }

    /// Checks a document against its type file and writes it. A type that the service does not
    /// declare is not written.
    pub async fn put(&self, draft: Draft) {
        if self.declares(&draft) {
            self.0.session.put(draft.resource);
        }
        // Writing can take the thread for a moment; others get their turn.
        tokio::task::yield_now().await;
    }

    /// Adds facets to a document that another part of the collection puts (same type, id, account
    /// and region). Without that document they are dropped.
    pub async fn fold(&self, draft: Draft) {
        self.0.session.fold(draft.resource);
        tokio::task::yield_now().await;
    }

    fn declares(&self, draft: &Draft) -> bool {
        let kind = draft.resource.kind.as_str();
        let declared = self.0.service.types.contains(&kind);
        if !declared {
            self.warn(format!("{} does not declare {kind}: not written", self.0.service.name));
        }
        declared
    }

    /// Tells a person something, in one line.
    pub fn warn(&self, text: impl Into<String>) {
        self.0.session.tell(Event::Warning(text.into()));
    }

    /// Runs futures, at most `limit` at a time, results in order.
    pub fn bounded<'a, F>(
        &self,
        futures: impl IntoIterator<Item = F>,
        limit: usize,
    ) -> BoxFuture<'a, Vec<F::Output>>
    where
        F: Future + Send + 'a,
        F::Output: Send + 'a,
    {
        bounded(futures, limit)
    }
}
