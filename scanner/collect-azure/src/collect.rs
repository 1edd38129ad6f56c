//! One collection from beginning to end.

use std::sync::Arc;

use assay_collect::{Cancel, Event, Events, Place, Session, now};
use assay_core::manifest::{Scope, SnapshotState};
use assay_core::{Gap, GapState, Listing, ListingState, Manifest};
use assay_snapshot::{Head, SnapshotWriter};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::client::Client;
use crate::credential::{self, Access, Named};
use crate::cx::{Estate, Options};
use crate::{
    AzurePlan, CollectError, Cx, GLOBAL, PROVIDER, Scope as ServiceScope, Service, Subscription,
    discover, services,
};

/// Units (a service in a subscription) that run at the same time.
const UNITS: usize = 256;

/// A collection that came to an end, its own or an interrupted one.
#[derive(Debug, Clone, PartialEq)]
pub struct Collected {
    /// The tenant.
    pub tenant: String,
    /// The subscriptions in scope, in order of their ids.
    pub subscriptions: Vec<Subscription>,
    /// Who asked, with the source of the credentials.
    pub caller: String,
    /// What the snapshot says of itself.
    pub manifest: Manifest,
}

/// Collects a tenant into a snapshot.
///
/// A call that fails becomes a gap. After [`Cancel::cancel`] open calls end, and the snapshot is
/// still written: it says that it was interrupted.
///
/// # Errors
/// There are no usable credentials, a subscription or service is unknown, or the snapshot cannot be
/// written.
pub async fn collect(
    plan: AzurePlan,
    access: Access,
    writer: SnapshotWriter,
    events: Events,
    cancel: Cancel,
) -> Result<Collected, CollectError> {
    collect_services(&services(), plan, access, writer, events, cancel).await
}

/// As [`collect()`], of these services.
pub(crate) async fn collect_services(
    all: &[&'static Service],
    plan: AzurePlan,
    access: Access,
    writer: SnapshotWriter,
    events: Events,
    cancel: Cancel,
) -> Result<Collected, CollectError> {
    let started = now();
    let wanted = wanted(all, &plan, &writer)?;
    let who = tokio::select! {
        biased;
        () = cancel.cancelled() => return Err(CollectError::Interrupted),
        who = credential::choose(&plan, &access) => who?,
    };
    let session = Arc::new(Session::new(writer, events, cancel.clone()));
    let caller = who.who.say(who.name);
    session.tell(Event::Identified { provider: PROVIDER, caller: caller.clone() });
    let (found, estate) = first_steps(&plan, &access, &session, &who).await?;
    run(&session, &estate, all, &wanted, &found.subscriptions).await;
    let tenant = found.tenant;
    let accounts: Vec<String> =
        found.subscriptions.iter().map(|s| s.id.clone()).chain([tenant.clone()]).collect();
    let head = Head {
        tool_version: plan.tool_version,
        state: if cancel.is_cancelled() {
            SnapshotState::Interrupted
        } else {
            SnapshotState::Complete
        },
        started,
        ended: now(),
        callers: accounts.iter().map(|a| (a.clone(), caller.clone())).collect(),
        scope: Scope {
            providers: vec![PROVIDER.to_owned()],
            accounts: sorted(accounts),
            region_choice: found.choice.to_owned(),
            left_out_accounts: found.others,
            left_out_services: left_out(all, &wanted),
            ..Scope::default()
        },
    };
    drop(estate);
    let Some(session) = Arc::into_inner(session) else {
        // A task that was aborted is still being torn down; it holds the session.
        return Err(CollectError::Interrupted);
    };
    let manifest = session.finish(head)?;
    Ok(Collected { tenant, subscriptions: found.subscriptions, caller, manifest })
}

/// The tenant, the subscriptions, their documents.
async fn first_steps(
    plan: &AzurePlan,
    access: &Access,
    session: &Arc<Session>,
    who: &Named,
) -> Result<(discover::Found, Arc<Estate>), CollectError> {
    let secrets = who.secrets.clone();
    let client = Client::new(plan.cloud, &access.http, &who.credential, secrets, access.first_wait);
    let client = Arc::new(client);
    let options = Options { estate_key: plan.estate_key.clone(), concurrency: plan.concurrency };
    let estate = |tenant: &str, subscriptions: Vec<Subscription>| {
        let (session, client) = (Arc::clone(session), Arc::clone(&client));
        Arc::new(Estate::new(session, client, tenant.to_owned(), subscriptions, options.clone()))
    };
    let stand_in = who.who.tenant.as_deref().unwrap_or("tenant");
    let tenant = discover::tenant(plan, &estate(stand_in, Vec::new()), who).await?;
    let first = estate(&tenant.id, Vec::new());
    let found = discover::discover(plan, &first, tenant, who).await?;
    let estate = estate(&found.tenant, found.subscriptions.clone());
    found.write(&estate, session).await;
    Ok((found, estate))
}

fn sorted(mut all: Vec<String>) -> Vec<String> {
    all.sort();
    all.dedup();
    all
}

/// The services in scope; a name that nobody has, or a type without type file, is an error.
fn wanted(
    all: &[&'static Service],
    plan: &AzurePlan,
    writer: &SnapshotWriter,
) -> Result<Vec<&'static Service>, CollectError> {
    for name in plan.services.iter().chain(&plan.left_out_services) {
        if !all.iter().any(|s| s.name == name) {
            let known: Vec<&str> = all.iter().map(|s| s.name).collect();
            let (service, known) = (name.clone(), known.join(", "));
            return Err(CollectError::UnknownService { service, known });
        }
    }
    let wanted: Vec<&Service> = all.iter().copied().filter(|s| plan.wants(s.name)).collect();
    for service in wanted.iter().copied().chain([&discover::SERVICE]) {
        if let Some(kind) = service.types.iter().find(|k| writer.types().get(k).is_none()) {
            return Err(CollectError::NoTypeFile { service: service.name, kind });
        }
    }
    Ok(wanted)
}

fn left_out(all: &[&'static Service], wanted: &[&Service]) -> Vec<String> {
    let missing = all.iter().filter(|s| !wanted.iter().any(|w| w.name == s.name));
    sorted(missing.map(|s| s.name.to_owned()).collect())
}

/// Where a service is asked: in the tenant, or in each subscription.
fn places(service: &Service, subscriptions: &[Subscription]) -> Vec<Option<Subscription>> {
    match service.scope {
        ServiceScope::Tenant => vec![None],
        ServiceScope::Subscription => subscriptions.iter().cloned().map(Some).collect(),
    }
}

/// Runs every service where it belongs, all at once within bounds.
async fn run(
    session: &Arc<Session>,
    estate: &Arc<Estate>,
    all: &[&'static Service],
    wanted: &[&'static Service],
    subscriptions: &[Subscription],
) {
    let mut units = Vec::new();
    for service in all.iter().copied() {
        let chosen = wanted.iter().any(|w| w.name == service.name);
        for subscription in places(service, subscriptions) {
            let cx = Cx::new(Arc::clone(estate), service, subscription);
            for kind in service.types {
                if chosen {
                    session.expect_listing(&cx.place(), kind, Session::not_attempted());
                } else {
                    leave_out(session, cx.place(), kind, service.name);
                }
            }
            units.extend(chosen.then_some(cx));
        }
    }
    session.tell(Event::Planned { units: units.len() });
    let room = Arc::new(Semaphore::new(UNITS));
    let mut tasks = JoinSet::new();
    for cx in units {
        let (session, room) = (Arc::clone(session), Arc::clone(&room));
        tasks.spawn(async move {
            let _place = room.acquire_owned().await;
            let (account, region) = (cx.account().to_owned(), GLOBAL.to_owned());
            let service = cx.service();
            session.tell(Event::Started {
                account: account.clone(),
                region: region.clone(),
                service: service.name,
            });
            (service.collect)(cx).await;
            session.tell(Event::Finished { account, region, service: service.name });
        });
    }
    while let Some(done) = tasks.join_next().await {
        if let Err(e) = done {
            session.tell(Event::Warning(format!("a collector broke off: {e}")));
        }
    }
}

/// The listing of a service that a flag left out: nobody looked, and that is no gap.
fn leave_out(session: &Session, place: Place, kind: &str, service: &str) {
    // The tenant and its subscriptions are listed by the first steps, whatever is left out.
    if discover::SERVICE.types.contains(&kind) {
        return;
    }
    let why = format!("the service {service} was left out by choice");
    session.listed(Listing {
        provider: place.provider.into(),
        account: place.account.into(),
        region: place.region.into(),
        kind: kind.into(),
        state: ListingState::LeftOut,
        count: 0,
        pages: 0,
        started: None,
        ended: None,
        calls: Vec::new(),
        gap: Some(Box::new(Gap::new(GapState::NotAttempted, why))),
    });
}
