//! One collection from beginning to end.

use std::sync::Arc;

use assay_collect::{Cancel, Event, Events, Place, Session, now};
use assay_collect_aws_base::{AccountContext, Cx, Scope as ServiceScope, Service};
use assay_collect_aws_ec2::regions::{self, Region};
use assay_core::manifest::{Scope, SnapshotState};
use assay_core::{Gap, GapState, Listing, ListingState, Manifest};
use assay_snapshot::{Head, SnapshotWriter};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::connect::{IDENTITY, configuration, identity};
use crate::{AwsPlan, CollectError, services};

/// Units (a service in a region) that run at the same time.
const UNITS: usize = 64;

/// A collection that came to an end, its own or an interrupted one.
#[derive(Debug, Clone, PartialEq)]
pub struct Collected {
    /// The account.
    pub account: String,
    /// What the snapshot says of itself.
    pub manifest: Manifest,
}

/// Collects one account into a snapshot.
///
/// A call that fails becomes a gap. After [`Cancel::cancel`] open calls end, and the snapshot is
/// still written: it says that it was interrupted.
///
/// # Errors
/// There are no usable credentials, a region or service is unknown, or the snapshot cannot be
/// written.
pub async fn collect(
    plan: AwsPlan,
    writer: SnapshotWriter,
    events: Events,
    cancel: Cancel,
) -> Result<Collected, CollectError> {
    let started = now();
    let wanted = wanted(&plan, &writer)?;
    let session = Arc::new(Session::new(writer, events, cancel.clone()));
    let base = tokio::select! {
        biased;
        () = cancel.cancelled() => return Err(CollectError::Interrupted),
        base = configuration(&plan) => base,
    };
    let mut who = identity(&plan, base, &session).await?;
    let (scope, found) = discover(&plan, &session, &mut who.account, &who.call).await?;
    let account = Arc::new(who.account);
    run(&session, &account, &wanted).await;
    let head = Head {
        tool_version: plan.tool_version,
        state: if cancel.is_cancelled() {
            SnapshotState::Interrupted
        } else {
            SnapshotState::Complete
        },
        started,
        ended: now(),
        scope: Scope { left_out_services: left_out(&wanted), ..scope },
        callers: [(account.account.clone(), account.caller.clone())].into(),
    };
    drop(found);
    let Some(session) = Arc::into_inner(session) else {
        // A task that was aborted is still being torn down; it holds the session.
        return Err(CollectError::Interrupted);
    };
    let manifest = session.finish(head)?;
    Ok(Collected { account: account.account.clone(), manifest })
}

/// The services in scope; a name that nobody has, or a type without type file, is an error.
fn wanted(plan: &AwsPlan, writer: &SnapshotWriter) -> Result<Vec<&'static Service>, CollectError> {
    let all = services();
    for name in plan.services.iter().chain(&plan.left_out_services) {
        if !all.iter().any(|s| s.name == name) {
            let known: Vec<&str> = all.iter().map(|s| s.name).collect();
            return Err(CollectError::UnknownService {
                service: name.clone(),
                known: known.join(", "),
            });
        }
    }
    let wanted: Vec<&Service> = all.into_iter().filter(|s| plan.wants(s.name)).collect();
    for service in wanted.iter().copied().chain([&IDENTITY, &regions::SERVICE]) {
        if let Some(kind) = service.types.iter().find(|k| writer.types().get(k).is_none()) {
            return Err(CollectError::NoTypeFile { service: service.name, kind });
        }
    }
    Ok(wanted)
}

fn left_out(wanted: &[&Service]) -> Vec<String> {
    let mut out: Vec<String> = services()
        .iter()
        .filter(|s| !wanted.iter().any(|w| w.name == s.name))
        .map(|s| s.name.to_owned())
        .collect();
    out.sort();
    out
}

/// Finds the regions, checks the plan's against them, and writes the documents of the account and
/// of each region in scope.
async fn discover(
    plan: &AwsPlan,
    session: &Arc<Session>,
    account: &mut AccountContext,
    identity_call: &str,
) -> Result<(Scope, Vec<Region>), CollectError> {
    let requested = !plan.regions.is_empty();
    let shared = Arc::new(std::mem::replace(account, placeholder()));
    let cx = Cx::new(Arc::clone(session), Arc::clone(&shared), &regions::SERVICE, None);
    let mut listing = cx.listing(regions::REGION);
    let page = listing.page(regions::discover(&cx).await);
    let (found, call) = match page {
        Some(page) if page.is_empty() => {
            let gap = Gap::new(GapState::Malformed, "the answer names no region");
            listing.stop(gap);
            (Vec::new(), page.id)
        }
        Some(page) => (page.answer, page.id),
        None => (Vec::new(), identity_call.to_owned()),
    };
    let known = !listing.is_stopped();
    listing.complete();
    let enabled: Vec<&Region> = found.iter().filter(|r| r.enabled()).collect();
    let names: Vec<String> = if requested {
        plan.regions.clone()
    } else if known {
        enabled.iter().map(|r| r.name.clone()).collect()
    } else {
        vec![shared.home.clone()]
    };
    if known {
        check_regions(plan, &found, &enabled)?;
    }
    let names = plan.remaining(names)?;
    for name in &names {
        let unknown = Region { name: name.clone(), opt_in: None };
        let region = found.iter().find(|r| &r.name == name);
        if known {
            regions::put(&cx, region.unwrap_or(&unknown), &call).await;
        }
    }
    let identity = Cx::new(Arc::clone(session), Arc::clone(&shared), &IDENTITY, None);
    identity.put(identity.account_document()).await;
    account_listing(&identity, identity_call);
    let scope = Scope {
        providers: vec!["aws".to_owned()],
        accounts: vec![shared.account.clone()],
        left_out_regions: enabled
            .iter()
            .map(|r| r.name.clone())
            .filter(|r| !names.contains(r))
            .collect(),
        regions: names.clone(),
        region_choice: if requested { "requested" } else { "discovered" }.to_owned(),
        left_out_accounts: Vec::new(),
        left_out_services: Vec::new(),
    };
    drop((cx, identity));
    if let Some(inner) = Arc::into_inner(shared) {
        *account = inner;
    }
    account.regions = names;
    Ok((scope, found))
}

/// The account that answered is the population of accounts.
fn account_listing(cx: &Cx, call: &str) {
    let mut listing = cx.listing("Assay::AWS::Account");
    listing.proved_by(call);
    listing.complete();
}

fn check_regions(
    plan: &AwsPlan,
    found: &[Region],
    enabled: &[&Region],
) -> Result<(), CollectError> {
    for name in plan.regions.iter().chain(&plan.left_out_regions) {
        if enabled.iter().any(|r| &r.name == name) {
            continue;
        }
        if found.iter().any(|r| &r.name == name) {
            if plan.left_out_regions.contains(name) {
                continue;
            }
            return Err(CollectError::DisabledRegion(name.clone()));
        }
        let known: Vec<&str> = enabled.iter().map(|r| r.name.as_str()).collect();
        return Err(CollectError::UnknownRegion { region: name.clone(), known: known.join(", ") });
    }
    Ok(())
}

/// Runs every service where it belongs, all at once within bounds.
async fn run(session: &Arc<Session>, account: &Arc<AccountContext>, wanted: &[&'static Service]) {
    let mut units: Vec<(&'static Service, Option<String>)> = Vec::new();
    for service in wanted.iter().copied() {
        match service.scope {
            ServiceScope::Global => units.push((service, None)),
            ServiceScope::Regional => {
                units.extend(account.regions.iter().map(|r| (service, Some(r.clone()))));
            }
        }
    }
    for (service, region) in &units {
        expect(session, account, service, region.as_deref());
    }
    leave_out(session, account, wanted);
    session.tell(Event::Planned { units: units.len() });
    let room = Arc::new(Semaphore::new(UNITS));
    let mut tasks = JoinSet::new();
    for (service, region) in units {
        let (session, account, room) =
            (Arc::clone(session), Arc::clone(account), Arc::clone(&room));
        tasks.spawn(async move {
            let _place = room.acquire_owned().await;
            let cx = Cx::new(Arc::clone(&session), account, service, region.as_deref());
            let (account, region) = (cx.account().to_owned(), cx.region().to_owned());
            let service_name = service.name;
            session.tell(Event::Started {
                account: account.clone(),
                region: region.clone(),
                service: service_name,
            });
            (service.collect)(cx).await;
            session.tell(Event::Finished { account, region, service: service_name });
        });
    }
    while let Some(done) = tasks.join_next().await {
        if let Err(e) = done {
            session.tell(Event::Warning(format!("a collector broke off: {e}")));
        }
    }
}

/// Registers the listings of a unit: not attempted until its collector says better.
fn expect(session: &Session, account: &AccountContext, service: &Service, region: Option<&str>) {
    let region = region.unwrap_or("global");
    for kind in service.types {
        let at = session.writer().types().get(kind).map_or(region, |d| d.listing_region(region));
        let place = Place {
            provider: "aws".to_owned(),
            account: account.account.clone(),
            region: at.to_owned(),
        };
        session.expect_listing(&place, kind, Session::not_attempted());
    }
}

/// Registers the listings of services that a flag left out: nobody looked, and that is no gap.
fn leave_out(session: &Session, account: &AccountContext, wanted: &[&Service]) {
    let global = ["global".to_owned()];
    for service in services().into_iter().filter(|s| !wanted.iter().any(|w| w.name == s.name)) {
        let places = match service.scope {
            ServiceScope::Global => &global[..],
            ServiceScope::Regional => &account.regions[..],
        };
        // The account and its regions are listed by the first steps, whatever is left out.
        let own = |k: &&&str| !IDENTITY.types.contains(k) && !regions::SERVICE.types.contains(k);
        let kinds = service.types.iter().filter(own);
        for (kind, region) in kinds.flat_map(|k| places.iter().map(move |r| (k, r))) {
            let types = session.writer().types();
            let at = types.get(kind).map_or(region.as_str(), |d| d.listing_region(region));
            session.listed(Listing {
                provider: "aws".to_owned(),
                account: account.account.clone(),
                region: at.to_owned(),
                kind: (*kind).to_owned(),
                state: ListingState::LeftOut,
                count: 0,
                pages: 0,
                started: None,
                ended: None,
                calls: Vec::new(),
                gap: Some(Gap::new(
                    GapState::NotAttempted,
                    format!("the service {} was left out by choice", service.name),
                )),
            });
        }
    }
}

/// What stands in for an account while a context borrows it.
fn placeholder() -> AccountContext {
    AccountContext {
        account: String::new(),
        partition: String::new(),
        caller: String::new(),
        regions: Vec::new(),
        home: String::new(),
        sdk: Box::new(|_| aws_config::SdkConfig::builder().build()),
        options: assay_collect_aws_base::Options::default(),
    }
}
