//! One collection of hosts from beginning to end.

use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use assay_collect::{Cancel, Event, Events, Place, Session, now};
use assay_core::manifest::{Scope, SnapshotState};
use assay_core::{Gap, GapState, Manifest};
use assay_host::{Known, Root, Standing, Subject};
use assay_snapshot::{Head, SnapshotError, SnapshotWriter};

use crate::archive::{self, ArchiveError};
use crate::name::{host_name, tame};
use crate::ssh::Remote;
use crate::{Folder, subject};

/// The provider of everything here.
const PROVIDER: &str = "linux";
/// Hosts that are read over `ssh` at the same time.
const REMOTES: usize = 8;
/// Subjects that are read at the same time.
const THREADS: usize = 8;

/// Where a host is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// The machine that this program runs on.
    Live,
    /// A folder that holds the root of a host that does not run.
    Folder(PathBuf),
    /// An image of a container, or a tar of a root: see [`crate::archive::open`].
    Image(PathBuf),
    /// A host that is reached over `ssh`.
    Remote(Remote),
}

/// One host to collect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Where it is.
    pub source: Source,
    /// Its name in ids; without one it names itself.
    pub name: Option<String>,
}

/// What to collect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostPlan {
    /// The hosts.
    pub targets: Vec<Target>,
    /// Version of the program.
    pub tool_version: String,
}

/// A collection that came to an end.
#[derive(Debug, Clone, PartialEq)]
pub struct Collected {
    /// The hosts' names.
    pub hosts: Vec<String>,
    /// What the snapshot says of itself.
    pub manifest: Manifest,
}

/// Why nothing was collected.
#[derive(Debug, thiserror::Error)]
pub enum CollectError {
    /// The folder cannot be read at all.
    #[error("cannot read {}: {source}; name the folder that holds the host's root file system", path.display())]
    Open {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// There is no host in the folder.
    #[error("{} is no root file system: it has no folder etc; name the folder in which the host's etc, usr and var lie", .0.display())]
    NoRoot(PathBuf),
    /// The image cannot be read.
    #[error("cannot read the image {}: {source}", path.display())]
    Image {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong.
        source: ArchiveError,
    },
    /// A name that cannot stand in ids.
    #[error("the host name `{0}` has no letter or digit; give another one with --name")]
    Name(String),
    /// Two hosts would share their ids.
    #[error("two hosts are called {0}; give each a name of its own")]
    SameName(String),
    /// A subject's type has no type file.
    #[error("the type {0} has no type file in policies/types")]
    NoTypeFile(&'static str),
    /// The snapshot cannot be written.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
}

/// A host that is ready to be read.
struct Ready {
    name: String,
    root: Box<dyn Root>,
    known: Arc<Known>,
}

/// Collects hosts into a snapshot.
///
/// What cannot be read becomes a gap. After [`Cancel::cancel`] no further subject is begun, and the
/// snapshot is still written: it says that it was interrupted.
///
/// # Errors
/// A target is no host at all, or the snapshot cannot be written.
pub fn collect(
    plan: &HostPlan,
    writer: SnapshotWriter,
    events: Events,
    cancel: Cancel,
) -> Result<Collected, CollectError> {
    let subjects = assay_host::all();
    let missing = |k: &&&'static str| writer.types().get(k).is_none();
    if let Some(kind) = subjects.iter().flat_map(|s| s.types).find(missing) {
        return Err(CollectError::NoTypeFile(kind));
    }
    let started = now();
    let mut ready: Vec<Ready> = Vec::new();
    let mut remotes: Vec<(String, &Remote)> = Vec::new();
    for target in &plan.targets {
        let name = if let Source::Remote(remote) = &target.source {
            let name = given(target.name.as_ref())?.or_else(|| tame(&remote.host));
            let name = name.ok_or_else(|| CollectError::Name(remote.host.clone()))?;
            remotes.push((name.clone(), remote));
            name
        } else {
            let host = open(target)?;
            let name = host.name.clone();
            ready.push(host);
            name
        };
        let all = ready.iter().map(|r| &r.name).chain(remotes.iter().map(|(n, _)| n));
        if all.filter(|n| **n == name).count() > 1 {
            return Err(CollectError::SameName(name));
        }
    }
    let session = Session::new(writer, events, cancel);
    let hosts: Vec<String> = ready
        .iter()
        .map(|r| r.name.clone())
        .chain(remotes.iter().map(|(n, _)| n.clone()))
        .collect();
    for host in &hosts {
        let place = place(host);
        for kind in subjects.iter().flat_map(|s| s.types) {
            session.expect_listing(&place, kind, Session::not_attempted());
        }
    }
    session.tell(Event::Planned { units: hosts.len() * subjects.len() });
    run(&session, subjects, &ready);
    let caller = format!("uid {}", rustix::process::geteuid().as_raw());
    let mut callers: BTreeMap<String, String> =
        ready.iter().map(|h| (h.name.clone(), caller.clone())).collect();
    callers.extend(run_remotes(&session, subjects, &remotes));
    let interrupted = session.cancel().is_cancelled();
    let head = Head {
        tool_version: plan.tool_version.clone(),
        state: if interrupted { SnapshotState::Interrupted } else { SnapshotState::Complete },
        started,
        ended: now(),
        scope: Scope {
            providers: vec![PROVIDER.to_owned()],
            accounts: {
                let mut names = hosts.clone();
                names.sort();
                names
            },
            region_choice: "requested".to_owned(),
            ..Scope::default()
        },
        callers,
    };
    let manifest = session.finish(head)?;
    Ok(Collected { hosts, manifest })
}

fn place(host: &str) -> Place {
    Place { provider: PROVIDER.to_owned(), account: host.to_owned(), region: "global".to_owned() }
}

/// A name that was given, if it can stand in ids.
fn given(name: Option<&String>) -> Result<Option<String>, CollectError> {
    match name {
        None => Ok(None),
        Some(name) if tame(name).as_ref() == Some(name) => Ok(Some(name.clone())),
        Some(name) => Err(CollectError::Name(name.clone())),
    }
}

/// Opens a target and finds its name.
fn open(target: &Target) -> Result<Ready, CollectError> {
    let (root, fallback): (Box<dyn Root>, String) = match &target.source {
        Source::Live => {
            let root = Folder::live()
                .map_err(|source| CollectError::Open { path: PathBuf::from("/"), source })?;
            let node = rustix::system::uname().nodename().to_string_lossy().into_owned();
            (Box::new(root), node)
        }
        Source::Folder(path) => {
            let root = Folder::open(path)
                .map_err(|source| CollectError::Open { path: path.clone(), source })?;
            let name = path.canonicalize().unwrap_or_else(|_| path.clone());
            let name = name.file_name().map(|n| n.to_string_lossy().into_owned());
            (Box::new(root), name.unwrap_or_default())
        }
        Source::Image(path) => {
            let (root, name) = archive::open(path)
                .map_err(|source| CollectError::Image { path: path.clone(), source })?;
            let stem = path.file_name().map(|n| n.to_string_lossy().into_owned());
            let stem = stem.map(|n| n.split(".tar").next().unwrap_or(&n).to_owned());
            (Box::new(root), name.or(stem).unwrap_or_default())
        }
        Source::Remote(remote) => return Err(CollectError::Name(remote.to())),
    };
    if let Source::Folder(path) = &target.source
        && !root
            .stat(std::path::Path::new("/etc"))
            .is_ok_and(|s| s.kind == assay_host::FileKind::Directory)
    {
        return Err(CollectError::NoRoot(path.clone()));
    }
    let name = match given(target.name.as_ref())? {
        Some(name) => name,
        // A running host is what its kernel calls it.
        None if root.standing() == Standing::Running => {
            tame(&fallback).or_else(|| host_name(&*root)).unwrap_or_else(|| "host".to_owned())
        }
        None => host_name(&*root).or_else(|| tame(&fallback)).unwrap_or_else(|| "host".to_owned()),
    };
    Ok(Ready { name, root, known: Arc::default() })
}

/// Reads every subject of every host, a few at a time.
fn run(session: &Session, subjects: &[&'static Subject], hosts: &[Ready]) {
    let work: VecDeque<(&Ready, &'static Subject)> =
        hosts.iter().flat_map(|h| subjects.iter().map(move |s| (h, *s))).collect();
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(THREADS);
    let work = Mutex::new(work);
    let next = || work.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some((host, subject)) = next() {
                    let place = place(&host.name);
                    if session.cancel().is_cancelled() {
                        let gap =
                            Gap::new(GapState::NotAttempted, "the collection was interrupted");
                        subject::unreachable(session, &[subject], &place, &gap);
                        continue;
                    }
                    one(session, subject, &host.name, &*host.root, &host.known);
                }
            });
        }
    });
}

/// Reads one subject of one host.
fn one(
    session: &Session,
    subject: &'static Subject,
    host: &str,
    root: &dyn Root,
    known: &Arc<Known>,
) {
    let (account, region, service) = (host.to_owned(), host.to_owned(), subject.name);
    session.tell(Event::Started { account: account.clone(), region: region.clone(), service });
    subject::run(session, subject, root, known, &place(host));
    session.tell(Event::Finished { account, region, service });
}

/// Reads hosts over `ssh`, a few at a time, each with all its subjects before it is let go. Gives
/// who read each of them. A host that cannot be reached says so in its listings.
fn run_remotes(
    session: &Session,
    subjects: &[&'static Subject],
    remotes: &[(String, &Remote)],
) -> Vec<(String, String)> {
    let work: Mutex<VecDeque<&(String, &Remote)>> = Mutex::new(remotes.iter().collect());
    let callers = Mutex::new(Vec::new());
    let next = || work.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
    std::thread::scope(|scope| {
        for _ in 0..REMOTES.min(remotes.len()) {
            scope.spawn(|| {
                while let Some((name, remote)) = next() {
                    let place = place(name);
                    let cancelled = session.cancel().is_cancelled();
                    let collected = if cancelled {
                        Err(Gap::new(GapState::NotAttempted, "the collection was interrupted"))
                    } else {
                        remote.collect()
                    };
                    match collected {
                        Ok((tree, node, uid)) => {
                            let caller =
                                format!("uid {uid} of {node}, over ssh to {}", remote.to());
                            let mut all = callers.lock().unwrap_or_else(PoisonError::into_inner);
                            all.push((name.clone(), caller));
                            drop(all);
                            let known = Arc::default();
                            subjects.iter().for_each(|s| one(session, s, name, &tree, &known));
                        }
                        Err(gap) => {
                            session.tell(Event::Warning(format!("{name}: {}", gap.detail)));
                            subject::unreachable(session, subjects, &place, &gap);
                        }
                    }
                }
            });
        }
    });
    callers.into_inner().unwrap_or_else(PoisonError::into_inner)
}
