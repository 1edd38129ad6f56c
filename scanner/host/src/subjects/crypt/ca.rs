//! Certificates that the host trusts beside those of its distribution.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use assay_core::{Gap, GapState};
use serde_json::json;
use sha1::{Digest as _, Sha1};

use crate::packages::{self, Digest};
use crate::{FileKind, Host, Output, Stat};

/// Folders into which administrators put certificates.
const ADDED: &[&str] = &[
    "/usr/local/share/ca-certificates",
    "/etc/pki/ca-trust/source",
    "/etc/pki/ca-trust/source/anchors",
    "/etc/pki/trust/anchors",
    "/usr/share/pki/ca-trust-source/anchors",
    "/usr/share/pki/trust/anchors",
    "/etc/ca-certificates/trust-source/anchors",
];
/// The distribution's own certificates, one in each file.
const PACKAGED: &str = "/usr/share/ca-certificates";
/// The same of the RHEL family and SUSE: files of p11-kit with many certificates in each.
const COLLECTED: [&str; 2] = ["/usr/share/pki/ca-trust-source", "/usr/share/pki/trust"];
/// Folders with certificates that are not trusted.
const BLOCKED: [&str; 2] = ["blocklist", "blacklist"];
/// What programs read.
const BUNDLES: &[&str] = &[
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/ssl/cert.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/var/lib/ca-certificates/ca-bundle.pem",
];
/// Most files in a folder, and how deep folders are followed.
const MAX_FILES: usize = 5000;
const MAX_DEPTH: usize = 4;

/// Puts the one document: a host without a store has none.
///
/// # Errors
/// A folder or file that cannot be read.
pub(super) fn collect(host: &Host<'_>, kind: &str, out: &mut dyn Output) -> Result<(), Gap> {
    let mut found: BTreeMap<String, (PathBuf, u32)> = BTreeMap::new();
    let mut store = false;
    let mut files = Vec::new();
    for folder in ADDED {
        walk(host, Path::new(folder), &mut files, 0)?;
    }
    for path in &files {
        certificates(host, path, &mut found)?;
    }
    let mut own = Vec::new();
    walk(host, Path::new(PACKAGED), &mut own, 0)?;
    for folder in COLLECTED {
        // The folders below them are the administrator's.
        for path in host.few(folder, MAX_FILES)? {
            if host.stat(&path)?.is_some_and(|s| s.kind == FileKind::File) {
                own.push(path);
            }
        }
    }
    // A file that lies there and came with no package is none of the distribution's.
    let list = listed(host, &own)?;
    let mut packaged = BTreeMap::new();
    for path in &own {
        let known = list.as_ref().is_none_or(|l| l.contains(&path.display().to_string()));
        certificates(host, path, if known { &mut packaged } else { &mut found })?;
    }
    // Without the distribution's own files nothing tells its certificates in a bundle from others.
    if !packaged.is_empty() {
        for bundle in BUNDLES {
            store |= host.stat(bundle)?.is_some();
            certificates(host, Path::new(bundle), &mut found)?;
        }
        let mut hashed = Vec::new();
        walk(host, Path::new("/etc/ssl/certs"), &mut hashed, MAX_DEPTH)?;
        for path in &hashed {
            certificates(host, path, &mut found)?;
        }
    }
    store |= !packaged.is_empty() || !found.is_empty();
    if !store {
        // A bundle alone is the distribution's where it is what its package brought.
        for bundle in BUNDLES {
            if let Some(stat) = host.stat(bundle)?.filter(|s| s.size > 0) {
                store = true;
                whole(host, Path::new(bundle), &stat)?;
            }
        }
    }
    if !store {
        return Ok(());
    }
    found.retain(|print, _| !packaged.contains_key(print));
    let mut r = host.document(kind, "");
    let added = found.iter().map(|(print, (file, line))| {
        json!({"Fingerprint": print, "file": file.display().to_string(), "line": line})
    });
    r.properties.insert("Added".to_owned(), added.collect());
    out.put(r);
    Ok(())
}

/// Those of some files that a package brought. `None`: no database tells.
fn listed(host: &Host<'_>, own: &[PathBuf]) -> Result<Option<BTreeSet<String>>, Gap> {
    if let Some(list) = host.text("/var/lib/dpkg/info/ca-certificates.list")? {
        return Ok(Some(list.text.lines().map(str::to_owned).collect()));
    }
    if own.is_empty() {
        return Ok(None);
    }
    let Some(database) = packages::database(host)? else { return Ok(None) };
    let asked = own.iter().map(|p| p.display().to_string()).collect();
    Ok(Some(database.owners(&str::to_owned, &asked).into_keys().collect()))
}

/// Whether a bundle is what its package brought.
///
/// # Errors
/// It is not, or nothing tells: then what was added to it is not known.
fn whole(host: &Host<'_>, bundle: &Path, stat: &Stat) -> Result<(), Gap> {
    let real = host.root().resolve(bundle).map_err(|miss| crate::gap(bundle, &miss))?;
    let mut recorded = None;
    if let Some(database) = packages::database(host)? {
        database.files.each(&mut |file| {
            if Path::new(file.path) == real
                && let Some(Digest::Sha1(digest)) = file.digest
            {
                recorded = Some(digest.to_vec());
            }
        });
    }
    let mut hash = Sha1::new();
    host.pieces(&real, &mut |piece| hash.update(piece))?;
    if recorded.is_some_and(|digest| digest == hash.finalize().as_slice()) {
        return Ok(());
    }
    let detail = format!(
        "{} ({} bytes) is not what a package brought, and nothing tells the distribution's certificates in \
         it from others",
        bundle.display(),
        stat.size
    );
    Err(Gap::new(GapState::Unsupported, detail))
}

fn walk(host: &Host<'_>, folder: &Path, out: &mut Vec<PathBuf>, depth: usize) -> Result<(), Gap> {
    if host.stat(folder)?.is_none_or(|s| s.kind != FileKind::Directory) {
        return Ok(());
    }
    for path in host.list(folder)?.unwrap_or_default() {
        if path.file_name().is_some_and(|name| BLOCKED.iter().any(|b| name == *b)) {
            continue;
        }
        match host.stat(&path)?.map(|s| s.kind) {
            Some(FileKind::Directory) if depth < MAX_DEPTH => walk(host, &path, out, depth + 1)?,
            Some(FileKind::File) if out.len() < MAX_FILES => out.push(path),
            _ => {}
        }
    }
    Ok(())
}

/// The certificates of a file in PEM form, by the sha256 of their DER form.
fn certificates(
    host: &Host<'_>,
    path: &Path,
    out: &mut BTreeMap<String, (PathBuf, u32)>,
) -> Result<(), Gap> {
    let Some(found) = host.text(path)? else { return Ok(()) };
    let mut body: Option<(String, u32)> = None;
    for (number, line) in found.text.lines().enumerate() {
        let line = line.trim();
        if line.starts_with("-----BEGIN ") && line.contains("CERTIFICATE-----") {
            body = Some((String::new(), u32::try_from(number + 1).unwrap_or(u32::MAX)));
        } else if line.starts_with("-----END ") {
            if let Some((text, start)) = body.take()
                && let Some(der) = crate::subjects::ssh::base64(&text)
            {
                let print = assay_core::identity::sha256(&der);
                out.entry(print).or_insert_with(|| (path.to_owned(), start));
            }
        } else if let Some((text, _)) = &mut body {
            text.push_str(line);
        }
    }
    Ok(())
}
