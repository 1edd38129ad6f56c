//! What a service gets: where it is, and everything it may do.

use std::collections::BTreeMap;
use std::sync::Arc;

use assay_collect::{
    CallError, Called, Cancel, Draft, Event, ListingGuard, Pending, Place, Session, bounded, now,
};
use assay_core::typedef::TypeDef;
use assay_core::{Call, CallResult, GapState, Resource};
use futures_util::future::BoxFuture;
use tokio::sync::{OnceCell, Semaphore, SemaphorePermit};

use crate::client::Client;
use crate::policy::Trace;
use crate::problem::Problem;
use crate::services::crosscheck::{self, Inventory};
use crate::{GLOBAL, Operation, PROVIDER, SUBSCRIPTION, Service, TENANT, id};

/// Calls in flight for each subscription, and for the tenant.
pub(crate) const EACH: usize = 16;
/// Calls in flight in all.
const ALL: usize = 96;
/// Pages of lists that are worked on at the same time, over all subscriptions.
const PAGES: usize = 12;

/// A subscription in scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// Its id, in lower case.
    pub id: String,
    /// Its name for people.
    pub name: String,
}

/// What the user chose for all services.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The key of digests of secrets. It is not part of the snapshot; without it there are no
    /// digests.
    pub estate_key: Option<Vec<u8>>,
    /// Calls in flight for each subscription. `None`: 16.
    pub concurrency: Option<usize>,
}

/// The tenant as all contexts of a collection share it.
pub(crate) struct Estate {
    session: Arc<Session>,
    client: Arc<Client>,
    tenant: String,
    subscriptions: Vec<Subscription>,
    options: Options,
    all: Semaphore,
    each: BTreeMap<String, Arc<Semaphore>>,
    pages: Semaphore,
    /// Types by their names in lower case.
    spelled: BTreeMap<String, String>,
    /// What Resource Graph counts: asked for once, when the first list is checked against it.
    inventory: OnceCell<Option<Inventory>>,
}

impl Estate {
    pub(crate) fn new(
        session: Arc<Session>,
        client: Arc<Client>,
        tenant: String,
        subscriptions: Vec<Subscription>,
        options: Options,
    ) -> Self {
        let limit = options.concurrency.unwrap_or(EACH).max(1);
        let places = subscriptions.iter().map(|s| &s.id).chain([&tenant]);
        let each = places.map(|p| (p.clone(), Arc::new(Semaphore::new(limit)))).collect();
        let types = session.writer().types().iter().map(|t| t.name.clone());
        let spelled = types.map(|t| (t.to_ascii_lowercase(), t)).collect();
        Self {
            session,
            client,
            tenant,
            subscriptions,
            options,
            all: Semaphore::new(ALL),
            each,
            pages: Semaphore::new(PAGES),
            spelled,
            inventory: OnceCell::new(),
        }
    }
}

/// One context's own.
struct Inner {
    estate: Arc<Estate>,
    service: &'static Service,
    subscription: Option<Subscription>,
}

/// A service's context: one service in one subscription, or in the tenant. Cheap to clone.
#[derive(Clone)]
pub struct Cx(Arc<Inner>);

impl std::fmt::Debug for Cx {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Cx({} {})", self.0.service.name, self.account())
    }
}

impl Cx {
    /// The context of a service. `subscription` is `None` for the tenant.
    pub(crate) fn new(
        estate: Arc<Estate>,
        service: &'static Service,
        subscription: Option<Subscription>,
    ) -> Self {
        Self(Arc::new(Inner { estate, service, subscription }))
    }

    /// The same service in a subscription of the tenant: its calls are recorded and bounded there.
    /// For services of the tenant that read something of each subscription.
    #[must_use]
    pub fn at(&self, subscription: &Subscription) -> Self {
        Self::new(Arc::clone(&self.0.estate), self.0.service, Some(subscription.clone()))
    }

    /// Where documents and listings are recorded: the subscription's id, or the tenant's.
    #[must_use]
    pub fn account(&self) -> &str {
        self.subscription().unwrap_or_else(|| self.tenant())
    }

    /// The subscription's id; `None` in the tenant.
    #[must_use]
    pub fn subscription(&self) -> Option<&str> {
        self.0.subscription.as_ref().map(|s| s.id.as_str())
    }

    /// The tenant's id.
    #[must_use]
    pub fn tenant(&self) -> &str {
        &self.0.estate.tenant
    }

    /// The subscriptions in scope, in order of their ids.
    #[must_use]
    pub fn subscriptions(&self) -> &[Subscription] {
        &self.0.estate.subscriptions
    }

    /// The service.
    #[must_use]
    pub fn service(&self) -> &'static Service {
        self.0.service
    }

    /// What the user chose.
    #[must_use]
    pub fn options(&self) -> &Options {
        &self.0.estate.options
    }

    /// Whether the collection is being stopped. Calls then end at once; long loops may look.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.cancel().is_cancelled()
    }

    fn cancel(&self) -> &Cancel {
        self.0.estate.session.cancel()
    }

    pub(crate) fn client(&self) -> &Client {
        &self.0.estate.client
    }

    /// The type file of a type.
    #[must_use]
    pub fn type_def(&self, kind: &str) -> Option<&TypeDef> {
        self.0.estate.session.writer().types().get(kind)
    }

    /// A type in the spelling of its type file, whatever the case in which the provider wrote it.
    #[must_use]
    pub fn spelled(&self, kind: &str) -> Option<&str> {
        self.0.estate.spelled.get(&kind.to_ascii_lowercase()).map(String::as_str)
    }

    /// An ARM id in the one form that documents carry ([`id::canonical`]).
    #[must_use]
    pub fn canonical(&self, id: &str) -> String {
        id::canonical(id, |lower| self.0.estate.spelled.get(lower).map(String::as_str))
    }

    /// The id of an object of Microsoft Graph in this tenant.
    #[must_use]
    pub fn graph_id(&self, kind: &str, object: &str) -> String {
        id::graph(self.tenant(), kind, object)
    }

    /// Whether the service declares an operation.
    pub(crate) fn declares(&self, operation: &Operation) -> bool {
        self.0.service.operations.iter().any(|o| **o == *operation)
    }

    /// Waits for a free place in this account and in all, and keeps it while something runs. `None`:
    /// the collection is being stopped.
    pub(crate) async fn placed<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let estate = &self.0.estate;
        tokio::select! {
            biased;
            () = self.cancel().cancelled() => None,
            done = async {
                let mine = match estate.each.get(self.account()) {
                    Some(each) => each.acquire().await.ok(),
                    None => None,
                };
                let all = estate.all.acquire().await;
                let done = work.await;
                drop((mine, all));
                done
            } => Some(done),
        }
    }

    /// Runs one call: waits for a free place, records it.
    pub(crate) async fn run<T>(
        &self,
        trace: Arc<Trace>,
        params: &[(&str, &str)],
        call: impl Future<Output = Result<T, Problem>>,
    ) -> Called<T> {
        let estate = &self.0.estate;
        let operation = trace.operation();
        let declared = self.declares(operation);
        let own = format!("/subscriptions/{}", self.account());
        let mut name = format!("{PROVIDER}/{}/{GLOBAL}/{}", self.account(), operation.name);
        for (_, value) in params {
            name.push('/');
            let short = value.strip_prefix(own.as_str()).filter(|v| !v.is_empty());
            name.push_str(short.unwrap_or(value).trim_start_matches('/'));
        }
        let id = estate.session.call_id(&name);
        let (started, outcome) = if declared {
            let placed = self.placed(async { (now(), call.await) }).await;
            let stopped = "the collection was stopped";
            let none = || Err(Problem::new(GapState::NotAttempted, "Interrupted", stopped));
            placed.unwrap_or_else(|| (now(), none()))
        } else {
            let text = format!("the service {} does not declare it", self.0.service.name);
            (now(), Err(Problem::new(GapState::Failed, "UndeclaredOperation", &text)))
        };
        let seen = trace.seen();
        let result = outcome.map_err(|p| CallError {
            state: p.state,
            code: p.code,
            detail: p.detail,
            operation: operation.name,
            call: id.clone(),
        });
        let requests = seen.pages.max(1);
        estate.session.tell(Event::Called {
            operation: operation.name,
            ok: result.is_ok(),
            retries: seen.attempts.saturating_sub(requests),
        });
        let record = Call {
            id: id.clone(),
            operation: operation.name.to_owned(),
            parameters: params.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
            account: self.account().to_owned(),
            region: GLOBAL.to_owned(),
            started,
            ended: now(),
            pages: seen.pages,
            attempts: seen.attempts,
            result: match &result {
                Ok(_) => CallResult::Ok,
                Err(e) => CallResult::Gap { gap: e.gap() },
            },
            request_ids: seen.request_ids,
            body_sha256: seen.body_sha256,
        };
        Called { id, result, pending: Pending::new(Arc::clone(&estate.session), record) }
    }

    /// The values of an operation's placeholders: what the caller gives, and where this is.
    pub(crate) fn filled<'p>(&'p self, params: &[(&'p str, &'p str)]) -> Vec<(&'p str, &'p str)> {
        let mut all = params.to_vec();
        all.extend(self.subscription().map(|s| ("subscription", s)));
        all.push(("tenant", self.tenant()));
        all
    }

    pub(crate) fn address(
        &self,
        operation: &Operation,
        params: &[(&str, &str)],
    ) -> Result<azure_core::http::Url, Problem> {
        operation
            .url(self.client().cloud(), &self.filled(params))
            .map_err(|why| Problem::new(GapState::Failed, "NotSent", &why))
    }

    /// Opens the listing of a type that the service declares.
    #[must_use]
    pub fn listing(&self, kind: &str) -> ListingGuard {
        self.listings(&[kind])
    }

    /// Opens the listing of several types that one operation lists together.
    #[must_use]
    pub fn listings(&self, kinds: &[&str]) -> ListingGuard {
        let places = kinds.iter().map(|k| (self.place(), (*k).to_owned())).collect();
        ListingGuard::open(Arc::clone(&self.0.estate.session), places)
    }

    /// Where listings are recorded: all of Azure's lie in the region `global`.
    #[must_use]
    pub fn place(&self) -> Place {
        Place {
            provider: PROVIDER.to_owned(),
            account: self.account().to_owned(),
            region: GLOBAL.to_owned(),
        }
    }

    /// A document of this account that knows nothing yet, in the region `global`.
    #[must_use]
    pub fn resource(&self, kind: &str, id: impl Into<String>, name: impl Into<String>) -> Draft {
        Draft::new(Resource::new(kind, id, PROVIDER, self.account(), GLOBAL, name))
    }

    /// The document of the subscription. The spine puts it; services add facets with
    /// [`Self::fold`].
    #[must_use]
    pub fn subscription_document(&self) -> Draft {
        let id = format!("/subscriptions/{}", self.account());
        let name = self.0.subscription.as_ref().map_or_else(String::new, |s| s.name.clone());
        self.resource(SUBSCRIPTION, id, name)
    }

    /// The document of the tenant. The spine puts it; services of the tenant add facets with
    /// [`Self::fold`].
    #[must_use]
    pub fn tenant_document(&self) -> Draft {
        let mut draft = self.resource(TENANT, format!("/tenants/{}", self.tenant()), self.tenant());
        draft.account(self.tenant());
        draft
    }

    /// Checks a document against its type file and writes it. A type that the service does not
    /// declare is not written.
    pub async fn put(&self, draft: Draft) {
        let kind = draft.resource.kind.as_str();
        if self.0.service.types.contains(&kind) {
            self.0.estate.session.put(draft.resource);
        } else {
            self.warn(format!("{} does not declare {kind}: not written", self.0.service.name));
        }
        // Writing can take the thread for a moment; others get their turn.
        tokio::task::yield_now().await;
    }

    /// Adds facets to a document that another part of the collection puts (same type, id, account
    /// and region). Without that document they are dropped.
    pub async fn fold(&self, draft: Draft) {
        self.0.estate.session.fold(draft.resource);
        tokio::task::yield_now().await;
    }

    /// Room for one page of a list with what is made of its rows: a page may hold a thousand, and
    /// memory is to stay bounded however many lists there are.
    pub(crate) async fn room(&self) -> Option<SemaphorePermit<'_>> {
        self.0.estate.pages.acquire().await.ok()
    }

    /// Tells a person something, in one line.
    pub fn warn(&self, text: impl Into<String>) {
        self.0.estate.session.tell(Event::Warning(text.into()));
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

    /// What Resource Graph counts in the subscriptions in scope, by whichever service asks first.
    /// `None`: it did not say.
    pub(crate) async fn inventory(&self) -> Option<&Inventory> {
        let tenant = Self::new(Arc::clone(&self.0.estate), self.0.service, None);
        let counted = self.0.estate.inventory.get_or_init(|| crosscheck::inventory(&tenant)).await;
        counted.as_ref()
    }
}
