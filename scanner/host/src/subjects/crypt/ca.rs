//! Certificates that the host trusts beside those of its distribution.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use assay_core::Gap;
use serde_json::json;

use crate::{FileKind, Host, Output};

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
/// What programs read.
const BUNDLES: &[&str] = &["/etc/ssl/certs/ca-certificates.crt", "/etc/ssl/cert.pem"];
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
    // A file that lies there and came with no package is none of the distribution's.
    let list = host.text("/var/lib/dpkg/info/ca-certificates.list")?;
    let list: Option<BTreeSet<String>> = list.map(|l| l.text.lines().map(str::to_owned).collect());
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

fn walk(host: &Host<'_>, folder: &Path, out: &mut Vec<PathBuf>, depth: usize) -> Result<(), Gap> {
    if host.stat(folder)?.is_none_or(|s| s.kind != FileKind::Directory) {
        return Ok(());
    }
    for path in host.list(folder)?.unwrap_or_default() {
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
