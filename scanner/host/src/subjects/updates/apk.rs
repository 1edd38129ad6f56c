//! apk: its repositories and keys. Source: apk-repositories(5), apk(8).

use std::path::Path;

use assay_core::Gap;

use super::dnf::Repository;
use super::problem::Problem;
use crate::Host;

/// Whether there is apk.
///
/// # Errors
/// What cannot be read.
pub(super) fn there(host: &Host<'_>) -> Result<bool, Gap> {
    Ok(host.stat("/sbin/apk")?.is_some()
        || host.stat("/usr/bin/apk")?.is_some()
        || host.stat("/etc/apk/repositories")?.is_some())
}

/// The repositories: lines that are no comments, perhaps with a tag before them.
///
/// # Errors
/// What cannot be read.
pub(super) fn repositories(host: &Host<'_>) -> Result<Vec<Repository>, Gap> {
    let mut files = vec![Path::new("/etc/apk/repositories").to_owned()];
    files.extend(host.list("/etc/apk/repositories.d")?.unwrap_or_default());
    let mut out = Vec::new();
    for path in files {
        let Some(found) = host.text(&path)? else { continue };
        for (line, text) in (1_u32..).zip(found.text.lines().take(5_000)) {
            let text = text.trim();
            let uri = text.split_whitespace().find(|w| !w.starts_with('@'));
            let Some(uri) = uri.filter(|_| !text.starts_with('#')) else { continue };
            let (id, place) = (uri.to_owned(), (path.clone(), line));
            out.push(Repository { id, uris: vec![uri.to_owned()], place, problems: Vec::new() });
        }
    }
    Ok(out)
}

/// What lets packages in that nobody signed, and who else can change the keys.
///
/// # Errors
/// What cannot be read.
pub(super) fn unsigned(host: &Host<'_>) -> Result<Vec<Problem>, Gap> {
    let mut out = Vec::new();
    // apk 3 takes its long options from here.
    let mut files = vec![Path::new("/etc/apk/config").to_owned()];
    files.extend(host.list("/etc/apk/config.d")?.unwrap_or_default());
    for path in files {
        let Some(found) = host.text(&path)? else { continue };
        for (line, text) in (1_u32..).zip(found.text.lines().take(5_000)) {
            let option = text.split('#').next().unwrap_or("").trim().trim_start_matches("--");
            if option == "allow-untrusted"
                || option.split('=').map(str::trim).eq(["allow-untrusted", "yes"])
            {
                out.push(Problem::on("packages without a signature are installed", &path, line));
            }
        }
    }
    let mut keys = vec![Path::new("/etc/apk/keys").to_owned()];
    keys.extend(host.list("/etc/apk/keys")?.unwrap_or_default().into_iter().take(500));
    for path in keys {
        let Some(access) = host.access(&path)? else { continue };
        if let Some(who) = access.writers.first() {
            let why = format!("{who} can change the keys in {}", path.display());
            out.push(Problem::on(why, &path, 1));
        }
    }
    Ok(out)
}
