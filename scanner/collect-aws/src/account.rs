//! One account: its regions, then every service in each of them.

use std::sync::Arc;

use assay_collect::{Event, Place, Session};
use assay_collect_aws_base::{AccountContext, Cx, Scope, Service};
use assay_collect_aws_ec2::regions::{self, Region};
use assay_core::{Gap, GapState, Listing, ListingState};
use tokio::task::JoinSet;

use crate::accounts::{Chosen, enter};
use crate::collect::Work;
use crate::connect::{IDENTITY, Identity};
use crate::services::organizations;
use crate::{AwsPlan, CollectError, services};

/// An account that was collected, or that nobody got into.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) account: String,
    /// Who asked.
    pub(crate) caller: String,
    /// The regions in scope, in order; none where nobody got in.
    pub(crate) regions: Vec<String>,
    pub(crate) left_out_regions: Vec<String>,
}

/// Collects one account.
///
/// # Errors
/// The plan is wrong for it.
pub(crate) async fn collect(work: &Work, chosen: Chosen) -> Result<Done, CollectError> {
    let (who, listed) = match chosen {
        Chosen::Own { organization_listed } => (work.caller.clone(), organization_listed),
        Chosen::Other { id, closed } => {
            let entered = match closed {
                Some(why) => Err(Gap::new(GapState::NotAttempted, why)),
                None => enter(&work.plan, &work.session, &work.caller, &id).await,
            };
            match entered {
                Ok(who) => (who, false),
                Err(gap) => return Ok(unseen(work, id, &gap)),
            }
        }
    };
    let (regions, left_out_regions) = match discover(work, &who).await {
        Ok(found) => found,
        // One account of many without a region is no reason to see none.
        Err(e @ CollectError::NoRegion(_)) if work.several => {
            let gap = Gap::new(GapState::NotAttempted, e.to_string());
            return Ok(unseen(work, who.account, &gap));
        }
        Err(e) => return Err(e),
    };
    let account = Arc::new(who.context(&work.plan, regions.clone()));
    let done = if listed { Some(organizations::SERVICE.name) } else { None };
    run(work, &account, done).await;
    Ok(Done { account: who.account, caller: who.caller, regions, left_out_regions })
}

/// An account of which nothing was seen: neither who it is nor its regions, so nothing in it can be
/// assessed.
fn unseen(work: &Work, id: String, gap: &Gap) -> Done {
    work.session.tell(Event::Warning(format!("account {id} is not seen: {}", gap.detail)));
    let state = match gap.state {
        GapState::Denied => ListingState::Denied,
        GapState::NotAttempted => ListingState::NotAttempted,
        _ => ListingState::Failed,
    };
    for kind in IDENTITY.types.iter().chain(regions::SERVICE.types) {
        work.session.listed(Listing {
            provider: "aws".into(),
            account: (&id).into(),
            region: "global".into(),
            kind: (*kind).into(),
            state,
            count: 0,
            pages: 0,
            started: None,
            ended: None,
            calls: gap.call.clone().into_iter().collect(),
            gap: Some(Box::new(gap.clone())),
        });
    }
    let caller = work.caller.caller.clone();
    Done { account: id, caller, regions: Vec::new(), left_out_regions: Vec::new() }
}

/// Finds the regions, checks the plan's against them, and writes the documents of the account and
/// of each region in scope: those, and those left out.
async fn discover(work: &Work, who: &Identity) -> Result<(Vec<String>, Vec<String>), CollectError> {
    let Work { plan, session, several, .. } = work;
    let shared = Arc::new(who.context(plan, Vec::new()));
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
        None => (Vec::new(), who.call.clone()),
    };
    let known = !listing.is_stopped();
    listing.complete();
    let enabled: Vec<&Region> = found.iter().filter(|r| r.enabled()).collect();
    let mut names: Vec<String> = if !plan.regions.is_empty() {
        plan.regions.clone()
    } else if known {
        enabled.iter().map(|r| r.name.clone()).collect()
    } else {
        vec![shared.home.clone()]
    };
    if known {
        check_regions(plan, &found, &enabled, *several)?;
        // Checked before: the region exists, and this account of many has not enabled it.
        names.retain(|n| !several || enabled.iter().any(|r| &r.name == n));
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
    account_listing(&identity, &who.call);
    let others = enabled.iter().map(|r| r.name.clone()).filter(|r| !names.contains(r));
    let left_out = others.collect();
    Ok((names, left_out))
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
    several: bool,
) -> Result<(), CollectError> {
    for name in plan.regions.iter().chain(&plan.left_out_regions) {
        if enabled.iter().any(|r| &r.name == name) {
            continue;
        }
        if found.iter().any(|r| &r.name == name) {
            if several || plan.left_out_regions.contains(name) {
                continue;
            }
            return Err(CollectError::DisabledRegion(name.clone()));
        }
        let known: Vec<&str> = enabled.iter().map(|r| r.name.as_str()).collect();
        return Err(CollectError::UnknownRegion { region: name.clone(), known: known.join(", ") });
    }
    Ok(())
}

/// Runs every service where it belongs, all at once within bounds, but for one that ran already.
async fn run(work: &Work, account: &Arc<AccountContext>, done: Option<&str>) {
    let Work { session, wanted, units: room, .. } = work;
    let mut units: Vec<(&'static Service, Option<String>)> = Vec::new();
    for service in wanted.iter().copied().filter(|s| Some(s.name) != done) {
        match service.scope {
            Scope::Global => units.push((service, None)),
            Scope::Regional => {
                units.extend(account.regions.iter().map(|r| (service, Some(r.clone()))));
            }
        }
    }
    for (service, region) in &units {
        expect(session, account, service, region.as_deref());
    }
    leave_out(session, account, wanted);
    session.tell(Event::Planned { units: units.len() });
    let mut tasks = JoinSet::new();
    for (service, region) in units {
        let (session, account, room) = (Arc::clone(session), Arc::clone(account), Arc::clone(room));
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
            Scope::Global => &global[..],
            Scope::Regional => &account.regions[..],
        };
        // The account and its regions are listed by the first steps, whatever is left out.
        let own = |k: &&&str| !IDENTITY.types.contains(k) && !regions::SERVICE.types.contains(k);
        let kinds = service.types.iter().filter(own);
        for (kind, region) in kinds.flat_map(|k| places.iter().map(move |r| (k, r))) {
            let types = session.writer().types();
            let at = types.get(kind).map_or(region.as_str(), |d| d.listing_region(region));
            session.listed(Listing {
                provider: "aws".into(),
                account: (&account.account).into(),
                region: at.into(),
                kind: (*kind).into(),
                state: ListingState::LeftOut,
                count: 0,
                pages: 0,
                started: None,
                ended: None,
                calls: Vec::new(),
                gap: Some(Box::new(Gap::new(
                    GapState::NotAttempted,
                    format!("the service {} was left out by choice", service.name),
                ))),
            });
        }
    }
}
