//! What packages say of files, whoever's database it is: whose a file is, what is in it, which rights
//! it carries.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use assay_core::{Gap, GapState};
use md5::{Digest as _, Md5};
use sha1::Sha1;
use sha2::{Sha224, Sha256, Sha384, Sha512};

use super::dpkg;
use crate::packages::{self, Database, Digest};
use crate::{FileKind, Host, Miss};

/// A database that is there.
#[derive(Debug)]
pub(super) enum Packages {
    /// That of dpkg.
    Dpkg(dpkg::Packages),
    /// That of rpm or apk, and the top directories that are links into `/usr`.
    Other(Arc<Database>, Vec<&'static str>),
}

/// What a database records of a file's content: the algorithm and the digest in hex.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Recorded {
    algorithm: &'static str,
    hex: String,
}

/// What a package gives a file. `None`: the database does not say.
#[derive(Debug, Clone, Default)]
pub(super) struct Rights {
    /// Permission bits, SUID and SGID included.
    pub(super) mode: Option<u16>,
    /// Names of capabilities (`cap_net_raw`).
    pub(super) capabilities: Option<BTreeSet<String>>,
}

impl Packages {
    /// Opens the one that the host has.
    pub(super) fn open(host: &Host<'_>) -> Result<Self, Gap> {
        // A host of rpm may have dpkg as a tool, and the other way round: the one with packages counts.
        let dpkg = crate::dpkg::installed(host)?.is_some_and(|all| !all.is_empty());
        let other = if dpkg { None } else { packages::database(host)? };
        if let Some(database) = other {
            return Ok(Self::Other(database, dpkg::merged(host)));
        }
        if let Some(found) = dpkg::Packages::open(host)? {
            return Ok(Self::Dpkg(found));
        }
        let detail = "this host has no package database of dpkg, rpm or apk";
        Err(Gap::new(GapState::Unsupported, detail))
    }

    /// The packages of some files, by path. A file that no package has is missing.
    pub(super) fn owners(
        &self,
        host: &Host<'_>,
        files: &HashSet<String>,
    ) -> Result<HashMap<String, String>, Gap> {
        match self {
            Self::Dpkg(found) => found.owners(host, files),
            Self::Other(database, merged) => {
                Ok(database.owners(&|path| dpkg::real(merged, path), files))
            }
        }
    }

    /// Recorded digests of the files that `wanted` names: package and digest, by file.
    pub(super) fn digests(
        &self,
        host: &Host<'_>,
        wanted: &dyn Fn(&str) -> bool,
    ) -> Result<BTreeMap<String, (String, Recorded)>, Gap> {
        let (database, merged) = match self {
            Self::Dpkg(found) => {
                let of = |hex: String| Recorded { algorithm: "md5", hex };
                let all = found.digests(host, wanted)?.into_iter();
                return Ok(all.map(|(path, (package, hex))| (path, (package, of(hex)))).collect());
            }
            Self::Other(database, merged) => (database, merged),
        };
        let (mut out, mut odd) = (BTreeMap::new(), None);
        database.files.each(&mut |file| {
            let Some(digest) = file.digest else { return };
            let path = dpkg::real(merged, file.path);
            let Some(package) = database.packages.get(file.package) else { return };
            if !wanted(&path) {
                return;
            }
            match recorded(digest) {
                Ok(recorded) => {
                    out.insert(path, (package.name.clone(), recorded));
                }
                Err(number) => odd = Some((path, number)),
            }
        });
        if let Some((path, number)) = odd {
            let detail = format!(
                "{path}: its package's digest is by algorithm {number}, which is not computed"
            );
            return Err(Gap::new(GapState::Unsupported, detail));
        }
        Ok(out)
    }

    /// What packages give some files, by path.
    pub(super) fn rights(&self, asked: &HashSet<String>) -> HashMap<String, Rights> {
        let Self::Other(database, merged) = self else { return HashMap::new() };
        let mut out = HashMap::new();
        database.files.each(&mut |file| {
            let path = dpkg::real(merged, file.path);
            if asked.contains(&path) {
                let capabilities = file.capabilities.map(capabilities);
                out.insert(path, Rights { mode: file.mode, capabilities });
            }
        });
        out
    }
}

fn recorded(digest: Digest<'_>) -> Result<Recorded, u8> {
    let (algorithm, bytes) = match digest {
        Digest::Md5(bytes) => ("md5", bytes),
        Digest::Sha1(bytes) => ("sha1", bytes),
        Digest::Sha2(bytes) => match bytes.len() {
            28 => ("sha224", bytes),
            32 => ("sha256", bytes),
            48 => ("sha384", bytes),
            _ => ("sha512", bytes),
        },
        Digest::Other(number) => return Err(number),
    };
    Ok(Recorded { algorithm, hex: assay_core::identity::hex(bytes) })
}

/// Whether a file is what was recorded, where a link leads elsewhere what it leads to. `None`: it is
/// not there.
pub(super) fn same(host: &Host<'_>, path: &Path, as_is: &Recorded) -> Result<Option<bool>, Gap> {
    match host.stat(path)? {
        None => return Ok(None),
        Some(s) if s.kind == FileKind::File => {}
        Some(_) => return Ok(Some(false)),
    }
    let hex = match as_is.algorithm {
        "sha1" => {
            let mut hash = Sha1::new();
            read(host, path, &mut |piece| hash.update(piece))?
                .then(|| assay_core::identity::hex(&hash.finalize()))
        }
        "sha224" => of::<Sha224>(host, path)?,
        "sha256" => of::<Sha256>(host, path)?,
        "sha384" => of::<Sha384>(host, path)?,
        "sha512" => of::<Sha512>(host, path)?,
        _ => {
            let mut hash = Md5::new();
            read(host, path, &mut |piece| hash.update(piece))?
                .then(|| assay_core::identity::hex(&hash.finalize()))
        }
    };
    Ok(hex.map(|hex| hex == as_is.hex))
}

fn of<D: sha2::Digest>(host: &Host<'_>, path: &Path) -> Result<Option<String>, Gap> {
    let mut hash = D::new();
    let there = read(host, path, &mut |piece| hash.update(piece))?;
    Ok(there.then(|| assay_core::identity::hex(&hash.finalize())))
}

/// Hands on a file's content. `false`: it is not there.
fn read(host: &Host<'_>, path: &Path, take: &mut dyn FnMut(&[u8])) -> Result<bool, Gap> {
    match host.root().pieces(path, take) {
        Ok(()) => Ok(true),
        Err(Miss::Absent) => Ok(false),
        Err(miss) => Err(crate::gap(path, &miss)),
    }
}

/// The capabilities that a text of `cap_from_text(3)` gives: lists of names, then what is done with
/// them (`cap_net_raw,cap_net_admin=ep`). A list that is empty stands for all.
fn capabilities(text: &str) -> BTreeSet<String> {
    let mut out = BTreeSet::new();
    for clause in text.split_whitespace() {
        let at = clause.find(['=', '+', '-']).unwrap_or(clause.len());
        let (names, action) = clause.split_at(at);
        let flags = action.trim_start_matches(['=', '+', '-']);
        let names = names.split(',').map(str::to_ascii_lowercase).filter(|n| !n.is_empty());
        if action.starts_with('-') {
            for name in names {
                out.remove(&name);
            }
        } else if !flags.is_empty() {
            let before = out.len();
            out.extend(names);
            if out.len() == before && at == 0 {
                out.insert("all".to_owned());
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_capabilities() {
        let of = |text| capabilities(text).into_iter().collect::<Vec<_>>().join(" ");
        assert_eq!(of("cap_net_raw=p"), "cap_net_raw");
        assert_eq!(of("= cap_net_admin,cap_net_raw+ep"), "cap_net_admin cap_net_raw");
        assert_eq!(of("cap_net_raw,cap_chown=ep cap_chown-e"), "cap_net_raw");
        assert_eq!(of("=ep"), "all");
        assert_eq!(of("cap_setuid="), "");
        assert_eq!(of(""), "");
    }
}
