//! One collection of hosts from beginning to end.

use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use assay_collect::{Cancel, Event, Events, Place, Session, now};
use assay_core::manifest::{Scope, SnapshotState};
use assay_core::{Gap, GapState, Manifest};
use assay_host::{Root, Standing, Subject};
use assay_snapshot::{Head, SnapshotError, SnapshotWriter};

use crate::archive::{self, ArchiveError};
use crate::name::{host_name, tame};
use crate::{Folder, subject};

/// The provider of everything here.
const PROVIDER: &str = "linux";
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
    for target in &plan.targets {
        let host = open(target)?;
        if ready.iter().any(|r| r.name == host.name) {
            return Err(CollectError::SameName(host.name));
        }
        ready.push(host);
    }
    let session = Session::new(writer, events, cancel);
    for host in &ready {
        let place = place(&host.name);
        for kind in subjects.iter().flat_map(|s| s.types) {
            session.expect_listing(&place, kind, Session::not_attempted());
        }
    }
    run(&session, subjects, &ready);
    let hosts: Vec<String> = ready.into_iter().map(|r| r.name).collect();
    let caller = format!("uid {}", rustix::process::geteuid().as_raw());
    let callers: BTreeMap<String, String> =
        hosts.iter().map(|h| (h.clone(), caller.clone())).collect();
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
    };
    if let Source::Folder(path) = &target.source
        && !root
            .stat(std::path::Path::new("/etc"))
            .is_ok_and(|s| s.kind == assay_host::FileKind::Directory)
    {
        return Err(CollectError::NoRoot(path.clone()));
    }
    let name = match &target.name {
        Some(name) => {
            tame(name).filter(|t| t == name).ok_or_else(|| CollectError::Name(name.clone()))?
        }
        // A running host is what its kernel calls it.
        None if root.standing() == Standing::Running => {
            tame(&fallback).or_else(|| host_name(&*root)).unwrap_or_else(|| "host".to_owned())
        }
        None => host_name(&*root).or_else(|| tame(&fallback)).unwrap_or_else(|| "host".to_owned()),
    };
    Ok(Ready { name, root })
}

/// Reads every subject of every host, a few at a time.
fn run(session: &Session, subjects: &[&'static Subject], hosts: &[Ready]) {
    let work: VecDeque<(&Ready, &'static Subject)> =
        hosts.iter().flat_map(|h| subjects.iter().map(move |s| (h, *s))).collect();
    session.tell(Event::Planned { units: work.len() });
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
                    let (account, region) = (host.name.clone(), host.name.clone());
                    let service = subject.name;
                    session.tell(Event::Started {
                        account: account.clone(),
                        region: region.clone(),
                        service,
                    });
                    subject::run(session, subject, &*host.root, &place);
                    session.tell(Event::Finished { account, region, service });
                }
            });
        }
    });
}
