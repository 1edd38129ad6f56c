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
    let mut out = Vec::new();
    lines(host, &mut |text, path, line| {
        let uri = text.split_whitespace().find(|w| !w.starts_with('@'));
        let Some(uri) = uri else { return };
        let (id, place) = (uri.to_owned(), (path.to_owned(), line));
        out.push(Repository { id, uris: vec![uri.to_owned()], place, problems: Vec::new() });
    })?;
    Ok(out)
}

/// Hands on every line that is no comment: text, file, line.
fn lines(host: &Host<'_>, take: &mut dyn FnMut(&str, &Path, u32)) -> Result<(), Gap> {
    let mut files = vec![Path::new("/etc/apk/repositories").to_owned()];
    files.extend(host.list("/etc/apk/repositories.d")?.unwrap_or_default());
    for path in files {
        let Some(found) = host.text(&path)? else { continue };
        for (line, text) in (1_u32..).zip(found.text.lines()) {
            let text = text.trim();
            if !text.is_empty() && !text.starts_with('#') {
                take(text, &path, line);
            }
        }
    }
    Ok(())
}

/// The addresses from which packages are taken without being asked for: those without a tag.
///
/// # Errors
/// What cannot be read.
pub(super) fn addresses(host: &Host<'_>) -> Result<Vec<String>, Gap> {
    let mut out = Vec::new();
    lines(host, &mut |text, _, _| {
        let words: Vec<&str> = text.split_whitespace().collect();
        if let Some(uri) = words.last().filter(|_| !text.starts_with('@')) {
            out.push((*uri).to_owned());
        }
    })?;
    Ok(out)
}

/// Packages that `/etc/apk/world` ties to a version, in order.
///
/// # Errors
/// What cannot be read.
pub(super) fn held(host: &Host<'_>) -> Result<Vec<String>, Gap> {
    let world = host.text("/etc/apk/world")?;
    let mut out: Vec<String> = Vec::new();
    for word in world.iter().flat_map(|w| w.text.split_whitespace()) {
        let name = word.split(['=', '<', '>', '~']).next().unwrap_or(word);
        // At least some version is no tie; nor is a package that must not be there.
        let rest = word.get(name.len()..).unwrap_or("");
        if !rest.is_empty() && !rest.starts_with('>') && !name.starts_with('!') {
            out.push(name.split('@').next().unwrap_or(name).to_owned());
        }
    }
    out.sort();
    out.dedup();
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
        for (line, text) in (1_u32..).zip(found.text.lines()) {
            let option = text.split('#').next().unwrap_or("").trim().trim_start_matches("--");
            if option == "allow-untrusted"
                || option.split('=').map(str::trim).eq(["allow-untrusted", "yes"])
            {
                out.push(Problem::on("packages without a signature are installed", &path, line));
            }
        }
    }
    let mut keys = vec![Path::new("/etc/apk/keys").to_owned()];
    keys.extend(host.few("/etc/apk/keys", 500)?);
    for path in keys {
        let Some(access) = host.access(&path)? else { continue };
        if let Some(who) = access.writers.first() {
            let why = format!("{who} can change the keys in {}", path.display());
            out.push(Problem::on(why, &path, 1));
        }
    }
    Ok(out)
}
