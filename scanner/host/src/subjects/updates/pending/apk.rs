//! Newer versions of apk packages, by the indexes in apk's cache. Alpine's indexes mark nothing as a
//! security update.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use assay_core::{Gap, GapState, Timestamp, identity};
use serde_json::{Value, json};
use sha1::{Digest as _, Sha1};

use super::{MAX_AGE, Newer, days, unmarked};
use crate::Host;
use crate::packages::{Database, apk::compare};
use crate::subjects::updates::decode;

/// Directories of the cache: one of the administrator, and the usual one.
const CACHES: [&str; 2] = ["/etc/apk/cache", "/var/cache/apk"];
/// Longest line of an index.
const MAX_LINE: usize = 1 << 20;

/// Pending security updates of apk packages: none, where nothing newer is offered at all.
///
/// # Errors
/// Indexes that are missing, unreadable or too old; newer versions.
pub(in super::super) fn apk(
    host: &Host<'_>,
    addresses: &[String],
    database: &Database,
) -> Result<Value, Gap> {
    let unsure = |detail: String| Gap::new(GapState::Unsupported, detail);
    if addresses.is_empty() {
        let detail = "no repository is enabled: nothing tells which updates there are";
        return Err(unsure(detail.to_owned()));
    }
    let have: BTreeMap<&str, &str> =
        database.packages.iter().map(|p| (p.name.as_str(), p.version.as_str())).collect();
    let mut machines = database.packages.iter().map(|p| p.architecture.as_str());
    let machine = machines.rfind(|a| *a != "noarch" && !a.is_empty()).unwrap_or("");
    let mut found: BTreeMap<String, Newer> = BTreeMap::new();
    let mut lost: Option<Gap> = None;
    let mut keep = |gap: Gap| {
        lost.get_or_insert(gap);
    };
    for address in addresses {
        let Some((path, made)) = index(host, address, machine)? else {
            keep(unsure(format!("there is no index of {address} on the disk")));
            continue;
        };
        let read = entries(host, &path, &mut |name, offered| {
            let Some(installed) = have.get(name) else { return };
            if compare(installed, offered) == Ordering::Less {
                let newer = |offered: &str| Newer {
                    name: name.to_owned(),
                    have: (*installed).to_owned(),
                    offered: offered.to_owned(),
                };
                let best = found.entry(name.to_owned()).or_insert_with(|| newer(offered));
                if compare(&best.offered, offered) == Ordering::Less {
                    *best = newer(offered);
                }
            }
        });
        if let Err(gap) = read {
            keep(gap);
        }
        let age = days(host, made);
        if age > MAX_AGE {
            keep(unsure(format!(
                "the index of {address} is of {made}, {age} days old; after {MAX_AGE} days it does not \
                 prove that nothing is missing"
            )));
        }
    }
    if !found.is_empty() {
        let all: Vec<Newer> = found.into_values().collect();
        return Err(unmarked("apk", &all, "its indexes do not say which of them are for security"));
    }
    lost.map_or(Ok(json!([])), Err)
}

/// The index of a repository on the disk, and when it was fetched.
fn index(
    host: &Host<'_>,
    address: &str,
    machine: &str,
) -> Result<Option<(PathBuf, Timestamp)>, Gap> {
    let whole = format!("{}/{machine}/APKINDEX.tar.gz", address.trim_end_matches('/'));
    let mut paths = Vec::new();
    if address.starts_with('/') {
        paths.push(PathBuf::from(&whole));
    } else {
        // The name holds the beginning of a digest of the address: of the repository's, or of the
        // index's in newer versions.
        for of in [address, &whole] {
            for hash in [identity::hex(&Sha1::digest(of)), identity::sha256(of.as_bytes())] {
                let name = format!("APKINDEX.{}.tar.gz", hash.get(..8).unwrap_or(""));
                paths.extend(CACHES.map(|cache| Path::new(cache).join(&name)));
            }
        }
    }
    for path in paths {
        if let Some(stat) = host.stat(&path)?
            && let Ok(made) = Timestamp::from_second(stat.modified)
        {
            return Ok(Some((path, made)));
        }
    }
    Ok(None)
}

/// Hands on name and version of every package of an index: a tar that holds a text.
fn entries(host: &Host<'_>, path: &Path, take: &mut dyn FnMut(&str, &str)) -> Result<(), Gap> {
    let (mut tar, mut lines) = (Tar::default(), Lines::default());
    decode::text(host, path, &mut |piece| tar.feed(piece, &mut |text| lines.feed(text, take)))?;
    if tar.found && tar.left == 0 && !tar.damaged && lines.sound() {
        return Ok(());
    }
    let detail = format!("{}: it is damaged, or no index", path.display());
    Err(Gap::new(GapState::Malformed, detail))
}

/// The file `APKINDEX` of a tar that comes in pieces.
#[derive(Debug, Default)]
struct Tar {
    head: Vec<u8>,
    /// Bytes of the open file that are still to come, and of its filling.
    left: u64,
    filling: u64,
    inside: bool,
    found: bool,
    damaged: bool,
}

impl Tar {
    fn feed(&mut self, piece: &[u8], take: &mut dyn FnMut(&[u8])) {
        let mut rest = piece;
        while !rest.is_empty() && !self.damaged {
            let most = |left: u64| usize::try_from(left).unwrap_or(usize::MAX);
            if self.left > 0 {
                let (body, after) = rest.split_at(most(self.left).min(rest.len()));
                if self.inside {
                    take(body);
                }
                self.left -= body.len() as u64;
                rest = after;
            } else if self.filling > 0 {
                let n = most(self.filling).min(rest.len());
                self.filling -= n as u64;
                rest = rest.split_at(n).1;
            } else {
                let (part, after) = rest.split_at((512 - self.head.len()).min(rest.len()));
                self.head.extend(part);
                rest = after;
                if self.head.len() == 512 {
                    self.open();
                }
            }
        }
    }

    fn open(&mut self) {
        let head = std::mem::take(&mut self.head);
        if head.iter().all(|b| *b == 0) {
            return;
        }
        let text = |from: usize, to: usize| {
            let bytes = head.get(from..to).unwrap_or(&[]);
            let end = bytes.iter().position(|b| *b == 0).unwrap_or(bytes.len());
            String::from_utf8_lossy(bytes.get(..end).unwrap_or(&[])).into_owned()
        };
        match u64::from_str_radix(text(124, 136).trim(), 8) {
            Ok(size) => {
                self.left = size;
                self.filling = (512 - size % 512) % 512;
                self.inside = text(0, 100) == "APKINDEX";
                self.found |= self.inside;
            }
            Err(_) => self.damaged = true,
        }
    }
}

/// Paragraphs with `P:` (name) and `V:` (version).
#[derive(Debug, Default)]
struct Lines {
    kept: Vec<u8>,
    name: String,
    damaged: bool,
}

impl Lines {
    fn feed(&mut self, piece: &[u8], take: &mut dyn FnMut(&str, &str)) {
        for part in piece.split_inclusive(|b| *b == b'\n') {
            self.damaged |= self.kept.len() + part.len() > MAX_LINE;
            if self.damaged {
                return;
            }
            self.kept.extend(part);
            if part.ends_with(b"\n") {
                let line = String::from_utf8_lossy(&self.kept);
                match line.trim_end().split_once(':') {
                    Some(("P", name)) => name.clone_into(&mut self.name),
                    Some(("V", version)) => take(&self.name, version),
                    None => self.name.clear(),
                    Some(_) => {}
                }
                self.kept.clear();
            }
        }
    }

    fn sound(&self) -> bool {
        !self.damaged && self.kept.is_empty()
    }
}
