//! One collection from beginning to end.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use assay_collect::{Cancel, Event, Events, Session, now};
use assay_collect_aws_base::Service;
use assay_collect_aws_ec2::regions;
use assay_core::Manifest;
use assay_core::manifest::{Scope, SnapshotState};
use assay_snapshot::{Head, SnapshotWriter};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::account::{self, Done};
use crate::accounts::{Chosen, choose};
use crate::connect::{IDENTITY, Identity, configuration, proved, unproved};
use crate::{AwsPlan, CollectError, services};

/// Units (a service in a region of an account) that run at the same time.
const UNITS: usize = 64;

/// Accounts that are worked on at the same time. One alone seldom fills the units: IAM and the
/// regions' slowest services end last.
const ACCOUNTS: usize = 6;

/// A collection that came to an end, its own or an interrupted one.
#[derive(Debug, Clone, PartialEq)]
pub struct Collected {
    /// The accounts in scope, in order.
    pub accounts: Vec<String>,
    /// What the snapshot says of itself.
    pub manifest: Manifest,
}

/// What all accounts of a collection share.
pub(crate) struct Work {
    pub(crate) plan: AwsPlan,
    pub(crate) session: Arc<Session>,
    pub(crate) caller: Identity,
    pub(crate) wanted: Vec<&'static Service>,
    /// Room for units.
    pub(crate) units: Arc<Semaphore>,
    /// Room for accounts.
    accounts: Semaphore,
    /// Whether more than one account is in question.
    pub(crate) several: bool,
}

/// Collects accounts into a snapshot: the caller's own, or those that the plan names.
///
/// A call that fails becomes a gap, an account that nobody gets into one of its own. After
/// [`Cancel::cancel`] open calls end, and the snapshot is still written: it says that it was
/// interrupted.
///
/// # Errors
/// There are no usable credentials, a region, service or account is unknown, or the snapshot cannot
/// be written.
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
    let caller = proved(&plan, unproved(&plan, base).await?, &session).await?;
    let choice = choose(&plan, &session, &caller).await?;
    let work = Arc::new(Work {
        several: choice.chosen.len() > 1,
        units: Arc::new(Semaphore::new(UNITS)),
        accounts: Semaphore::new(ACCOUNTS),
        plan,
        session,
        caller,
        wanted,
    });
    let done = all(&work, choice.chosen).await?;
    let Some(Work { plan, session, wanted, .. }) = Arc::into_inner(work) else {
        // A task that was aborted is still being torn down; it holds the session.
        return Err(CollectError::Interrupted);
    };
    let scope = Scope {
        left_out_services: left_out(&wanted),
        left_out_accounts: choice.left_out,
        region_choice: if plan.regions.is_empty() { "discovered" } else { "requested" }.to_owned(),
        ..scope(&done)
    };
    let head = Head {
        tool_version: plan.tool_version,
        state: if cancel.is_cancelled() {
            SnapshotState::Interrupted
        } else {
            SnapshotState::Complete
        },
        started,
        ended: now(),
        scope,
        callers: done.iter().map(|d| (d.account.clone(), d.caller.clone())).collect(),
    };
    let Some(session) = Arc::into_inner(session) else {
        return Err(CollectError::Interrupted);
    };
    let manifest = session.finish(head)?;
    Ok(Collected { accounts: manifest.scope.accounts.clone(), manifest })
}

/// Collects every account, some at the same time; what each is, in order.
async fn all(work: &Arc<Work>, chosen: Vec<Chosen>) -> Result<Vec<Done>, CollectError> {
    let mut tasks = JoinSet::new();
    for chosen in chosen {
        let work = Arc::clone(work);
        tasks.spawn(async move {
            let _place = work.accounts.acquire().await;
            account::collect(&work, chosen).await
        });
    }
    let mut done = Vec::new();
    while let Some(ended) = tasks.join_next().await {
        match ended {
            Ok(Ok(one)) => done.push(one),
            // What is wrong with the plan is wrong for all.
            Ok(Err(e)) => return Err(e),
            Err(e) => {
                work.session
                    .tell(Event::Warning(format!("the collection of an account broke off: {e}")));
            }
        }
    }
    done.sort_by(|a, b| a.account.cmp(&b.account));
    Ok(done)
}

/// The scope of all accounts together.
fn scope(done: &[Done]) -> Scope {
    let union = |of: &dyn Fn(&Done) -> &Vec<String>| -> Vec<String> {
        let all: BTreeSet<&String> = done.iter().flat_map(of).collect();
        all.into_iter().cloned().collect()
    };
    let regions = union(&|d| &d.regions);
    let mut left_out_regions = union(&|d| &d.left_out_regions);
    left_out_regions.retain(|r| !regions.contains(r));
    let fewer = |d: &&Done| !d.regions.is_empty() && d.regions.len() < regions.len();
    let account_regions: BTreeMap<String, Vec<String>> =
        done.iter().filter(fewer).map(|d| (d.account.clone(), d.regions.clone())).collect();
    Scope {
        providers: vec!["aws".to_owned()],
        accounts: done.iter().map(|d| d.account.clone()).collect(),
        regions,
        account_regions,
        left_out_regions,
        ..Scope::default()
    }
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
