//! Security updates of rpm packages, by the advisories that dnf, yum and zypper have in their caches.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use assay_core::{Gap, GapState};
use serde_json::{Value, json};

use super::{MAX_AGE, MAX_PENDING, Newer, days, unmarked};
use crate::Host;
use crate::packages::{Database, Package, rpm::version::compare};
use crate::subjects::updates::repodata::{self, Cached, Offer};

/// Most directories of a cache that are looked at.
const MAX_CACHES: usize = 5_000;

/// Whose repository it is: where its cache lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Source {
    /// dnf's or yum's.
    Dnf,
    /// libzypp's.
    Zypp,
}

/// Lists with security updates, and every pending one: `{Package, Architecture, Installed, Candidate,
/// Held, Advisory}`.
///
/// # Errors
/// (of the second) Lists that are missing, unreadable, or too old to prove that there is none; newer
/// versions that nobody calls an update for security, or for something else.
pub(in super::super) fn rpm(
    host: &Host<'_>,
    repositories: &[(Source, String)],
    database: &Database,
    held: &[String],
) -> (Value, Result<Value, Gap>) {
    let mut have: BTreeMap<(&str, &str), &Package> = BTreeMap::new();
    for package in &database.packages {
        let best = have.entry((&package.name, &package.architecture)).or_insert(package);
        // Of kernels several versions are installed.
        if compare(&best.version, &package.version) == Ordering::Less {
            *best = package;
        }
    }
    let mut lists = Vec::new();
    let mut newest: BTreeMap<(String, String), Offer> = BTreeMap::new();
    let mut lost: Option<Gap> = None;
    let mut keep = |gap: Gap| {
        lost.get_or_insert(gap);
    };
    let mut caches = Caches::default();
    for (source, id) in repositories {
        let cached = match caches.of(host, *source, id) {
            Ok(Some(cached)) => cached,
            Ok(None) => {
                let detail = format!("the cache has no lists of the repository {id}");
                keep(Gap::new(GapState::Unsupported, detail));
                continue;
            }
            Err(gap) => {
                keep(gap);
                continue;
            }
        };
        if cached.marks() {
            lists.push(json!({
                "Origin": id, "Suite": "", "Codename": "", "Date": cached.fetched.map(|d| d.to_string()),
                "file": cached.index.display().to_string(), "line": 1,
            }));
        }
        if let Err(gap) = look(host, &cached, id, &have, &mut newest) {
            keep(gap);
        }
        match cached.fetched.map(|then| (then, days(host, then))) {
            Some((_, age)) if age <= MAX_AGE => {}
            Some((then, age)) => keep(Gap::new(
                GapState::Unsupported,
                format!(
                    "the lists of the repository {id} are of {then}, {age} days old; after {MAX_AGE} days \
                     they do not prove that nothing is missing"
                ),
            )),
            None => {
                let detail = format!("the lists of the repository {id} have no date");
                keep(Gap::new(GapState::Unsupported, detail));
            }
        }
    }
    let pending: Vec<Value> = newest
        .iter()
        .take(MAX_PENDING)
        .filter_map(|((name, architecture), offer)| {
            let installed = have.get(&(name.as_str(), architecture.as_str()))?;
            Some(json!({
                "Package": name, "Architecture": architecture, "Installed": installed.version,
                "Candidate": offer.version, "Held": held.contains(name), "Advisory": offer.advisory,
            }))
        })
        .collect();
    // What is known to be missing is missing, however old the lists are.
    let found = match lost {
        _ if !pending.is_empty() => Ok(pending.into()),
        Some(gap) => Err(gap),
        None if repositories.is_empty() => {
            let detail = "no repository is enabled: nothing tells which updates there are";
            Err(Gap::new(GapState::Unsupported, detail))
        }
        None => Ok(pending.into()),
    };
    (lists.into(), found)
}

/// Looks what a repository offers that is newer.
fn look(
    host: &Host<'_>,
    cached: &Cached,
    id: &str,
    have: &BTreeMap<(&str, &str), &Package>,
    newest: &mut BTreeMap<(String, String), Offer>,
) -> Result<(), Gap> {
    let older = |offer: &Offer| {
        let installed = have.get(&(offer.name.as_str(), offer.architecture.as_str()))?;
        (compare(&installed.version, &offer.version) == Ordering::Less).then_some(*installed)
    };
    if cached.marks() {
        return cached.advised(host, &mut |offer| {
            // Of a module only the stream that is installed counts, and of other packages none.
            if older(&offer).is_none_or(|installed| installed.module != offer.module) {
                return;
            }
            let key = (offer.name.clone(), offer.architecture.clone());
            let best = newest.entry(key).or_insert_with(|| offer.clone());
            if compare(&best.version, &offer.version) == Ordering::Less {
                *best = offer;
            }
        });
    }
    let mut found: BTreeMap<String, Newer> = BTreeMap::new();
    cached.offered(host, &mut |offer| {
        if let Some(installed) = older(offer) {
            let (name, have) = (offer.name.clone(), installed.version.clone());
            let newer = Newer { name: name.clone(), have, offered: offer.version.clone() };
            let best = found.entry(name).or_insert(newer);
            if compare(&best.offered, &offer.version) == Ordering::Less {
                best.offered.clone_from(&offer.version);
            }
        }
    })?;
    if found.is_empty() {
        return Ok(());
    }
    let all: Vec<Newer> = found.into_values().collect();
    Err(unmarked(&format!("the repository {id}"), &all, "it marks no update as one for security"))
}

/// Directories of caches, listed once.
#[derive(Debug, Default)]
struct Caches {
    /// Directories of dnf and yum: name, and the place of the index in it.
    dnf: Option<Vec<(String, PathBuf)>>,
}

impl Caches {
    /// The newest cache of a repository.
    fn of(&mut self, host: &Host<'_>, source: Source, id: &str) -> Result<Option<Cached>, Gap> {
        if source == Source::Zypp {
            let name = id.replace('/', "_");
            let index = Path::new("/var/cache/zypp/raw").join(name).join("repodata/repomd.xml");
            return repodata::open(host, &index);
        }
        if self.dnf.is_none() {
            self.dnf = Some(directories(host)?);
        }
        let mut best: Option<Cached> = None;
        for (name, index) in self.dnf.iter().flatten() {
            // `<id>-<16 digits>` of dnf, `<id>` of yum.
            let own = name.strip_prefix(id).is_some_and(|rest| {
                rest.is_empty()
                    || rest.strip_prefix('-').is_some_and(|hash| {
                        hash.len() == 16 && hash.bytes().all(|b| b.is_ascii_hexdigit())
                    })
            });
            if !own {
                continue;
            }
            if let Some(cached) = repodata::open(host, index)?
                && best.as_ref().is_none_or(|b| b.fetched < cached.fetched)
            {
                best = Some(cached);
            }
        }
        Ok(best)
    }
}

/// The directories of the caches of dnf and yum.
fn directories(host: &Host<'_>) -> Result<Vec<(String, PathBuf)>, Gap> {
    let mut out = Vec::new();
    let mut add = |path: PathBuf, index: &str| {
        if let Some(name) = path.file_name().map(|n| n.to_string_lossy().into_owned()) {
            out.push((name, path.join(index)));
        }
    };
    for base in ["/var/cache/dnf", "/var/cache/libdnf5"] {
        for path in host.few(base, MAX_CACHES)? {
            add(path, "repodata/repomd.xml");
        }
    }
    let inside = |path: &Path| match host.stat(path)? {
        Some(stat) if stat.kind == crate::FileKind::Directory => host.few(path, MAX_CACHES),
        _ => Ok(Vec::new()),
    };
    // `/var/cache/yum/x86_64/7/base`.
    for machine in inside(Path::new("/var/cache/yum"))? {
        for release in inside(&machine)? {
            for path in inside(&release)? {
                add(path, "repomd.xml");
            }
        }
    }
    Ok(out)
}
