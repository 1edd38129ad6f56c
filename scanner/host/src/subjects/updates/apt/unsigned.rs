//! What lets packages in that nobody signed, and who else can change the keys.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use assay_core::Gap;

use super::super::problem::Problem;

use super::words::truth;
use super::{Apt, Conf, Source, Sources, at};
use crate::{FileKind, Host};

/// Most key files that are looked at.
const MAX_KEYS: usize = 500;

/// Every reason, in order.
///
/// # Errors
/// What cannot be read.
pub(in super::super) fn unsigned(host: &Host<'_>, apt: &Apt) -> Result<Vec<Problem>, Gap> {
    if let Some(gap) = &apt.conf.gap {
        return Err(gap.clone());
    }
    let sources = apt.sources.as_ref().map_err(Clone::clone)?;
    let mut out = Vec::new();
    for source in sources.all.iter().filter(|s| s.binary) {
        options(host, source, &mut out)?;
    }
    general(&apt.conf, sources, &mut out);
    keys(host, &apt.conf, sources, &mut out)?;
    Ok(out)
}

/// The options of one source.
fn options(host: &Host<'_>, source: &Source, out: &mut Vec<Problem>) -> Result<(), Gap> {
    let trusted = source.flag("trusted");
    if let Some((false, line)) = source.flag("check-valid-until") {
        let uris = plain(&source.uris.join(" "));
        out.push(Problem::on(
            format!("{uris} counts however old its index is"),
            &source.file,
            line,
        ));
    }
    for (option, what) in [
        ("trusted", "is trusted without a signature"),
        ("allow-insecure", "may have no signature"),
        ("allow-weak", "may have a weak signature"),
        ("allow-downgrade-to-insecure", "may stop having a signature"),
    ] {
        let Some((true, line)) = source.flag(option) else { continue };
        // A directory of this host that only root can write to is as safe as a signature.
        let local = || -> Result<bool, Gap> {
            for uri in &source.uris {
                if !own(host, uri)? {
                    return Ok(false);
                }
            }
            Ok(!source.uris.is_empty())
        };
        if option != "trusted" && trusted.is_some_and(|(on, _)| on) || local()? {
            continue;
        }
        let uris = source.uris.join(" ");
        out.push(Problem::on(format!("{} {what}", plain(&uris)), &source.file, line));
    }
    Ok(())
}

/// An address without its password.
fn plain(uri: &str) -> String {
    match (uri.split_once("://"), uri.split_once('@')) {
        (Some((scheme, _)), Some((_, rest))) => format!("{scheme}://{rest}"),
        _ => uri.to_owned(),
    }
}

/// Whether an address is a directory of this host that only root can change.
fn own(host: &Host<'_>, uri: &str) -> Result<bool, Gap> {
    let Some(path) = uri.strip_prefix("file:").or_else(|| uri.strip_prefix("copy:")) else {
        return Ok(false);
    };
    let path = format!("/{}", path.trim_start_matches('/'));
    Ok(host.access(&path)?.is_some_and(|a| a.writers.is_empty()))
}

/// Options for every source. Those of single programs of apt count too.
fn general(conf: &Conf, sources: &Sources, out: &mut Vec<Problem>) {
    if sources.all.is_empty() {
        return;
    }
    // `allow-insecure=no` of a source does not take these back.
    for (option, what) in [
        ("Acquire::AllowInsecureRepositories", "sources may have no signature"),
        ("Acquire::AllowWeakRepositories", "sources may have a weak signature"),
        ("Acquire::AllowDowngradeToInsecureRepositories", "sources may stop having a signature"),
        ("APT::Get::AllowUnauthenticated", "packages without a signature are installed"),
        ("APT::Get::Force-Yes", "packages without a signature are installed"),
    ] {
        for name in scopes(conf, option) {
            if let Some(value) = conf.get(&name).filter(|v| truth(&v.text) == Some(true)) {
                out.push(at(format!("{what}: {name}"), value));
            }
        }
    }
    // Old indexes with a good signature hide that there are updates.
    for name in scopes(conf, "Acquire::Check-Valid-Until") {
        if let Some(value) = conf.get(&name).filter(|v| truth(&v.text) == Some(false)) {
            out.push(at(format!("indexes count however old they are: {name}"), value));
        }
    }
    for option in ["APT::Key::gpgvcommand", "Dir::Bin::apt-key", "Dir::Bin::gpgv"] {
        for name in scopes(conf, option) {
            let Some(value) = conf.get(&name).filter(|v| !v.text.is_empty()) else { continue };
            let program = value.text.rsplit('/').next().unwrap_or("");
            if !["gpgv", "gpgv1", "gpgv2", "gpgv-sq", "sqv", "apt-key"].contains(&program) {
                out.push(at(format!("another program checks signatures: {}", value.text), value));
            }
        }
    }
    for hash in ["MD5", "SHA1", "RIPE-MD/160"] {
        let name = format!("APT::Hashes::{hash}::Untrusted");
        if let Some(value) = conf.get(&name).filter(|v| truth(&v.text) == Some(false)) {
            out.push(at(format!("signatures with {hash} are accepted"), value));
        }
    }
    certificates(conf, sources, out);
}

/// An option, and the same for single programs.
fn scopes(conf: &Conf, option: &str) -> Vec<String> {
    let mut out = vec![option.to_owned()];
    out.extend(conf.below("Binary").iter().map(|program| format!("Binary::{program}::{option}")));
    out
}

/// Sources over TLS whose server is not asked for a certificate.
fn certificates(conf: &Conf, sources: &Sources, out: &mut Vec<Problem>) {
    let uris = sources.all.iter().filter(|s| s.binary).flat_map(|s| &s.uris);
    let sites: BTreeSet<String> =
        uris.filter(|u| u.starts_with("https:")).map(|u| super::lists::site(u)).collect();
    let mut seen: Vec<String> = Vec::new();
    for site in &sites {
        for check in ["Verify-Peer", "Verify-Host"] {
            let own = format!("Acquire::https::{site}::{check}");
            let all = format!("Acquire::https::{check}");
            let name = if conf.get(&own).is_some() { own } else { all };
            let off = conf.get(&name).filter(|v| truth(&v.text) == Some(false));
            if let Some(value) = off.filter(|_| !seen.contains(&name)) {
                out.push(at(format!("the certificate of {site} is not checked: {name}"), value));
                seen.push(name);
            }
        }
    }
}

/// Keys that somebody else than root can change.
fn keys(
    host: &Host<'_>,
    conf: &Conf,
    sources: &Sources,
    out: &mut Vec<Problem>,
) -> Result<(), Gap> {
    let etc = conf.path("Dir::Etc").unwrap_or_else(|| "/etc/apt".to_owned());
    let etc = Path::new(&etc);
    let mut files: BTreeSet<(PathBuf, Option<(PathBuf, u32)>)> = BTreeSet::new();
    files.insert((etc.join("trusted.gpg"), None));
    files.insert((etc.join("trusted.gpg.d"), None));
    for path in host.list(etc.join("trusted.gpg.d"))?.unwrap_or_default() {
        files.insert((path, None));
    }
    for source in sources.all.iter().filter(|s| s.binary) {
        let Some((value, line)) = source.options.get("signed-by") else { continue };
        for word in value.split([',', ' ', '\n']).filter(|w| w.starts_with('/')) {
            files.insert((PathBuf::from(word), Some((source.file.clone(), *line))));
        }
    }
    crate::at_most(&etc.display(), "key files", files.len(), MAX_KEYS)?;
    for (path, place) in files {
        let Some(access) = host.access(&path)? else { continue };
        let kind = matches!(access.stat.kind, FileKind::File | FileKind::Directory);
        if let Some(who) = access.writers.first().filter(|_| kind) {
            let why = format!("{who} can change the keys in {}", path.display());
            let (file, line) = place.unwrap_or((path, 1));
            out.push(Problem::on(why, &file, line));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Memory, Standing};

    fn found(m: &Memory) -> Vec<String> {
        let host = Host::new(m, "h", assay_core::Timestamp::UNIX_EPOCH);
        let apt = super::super::load(&host).unwrap().unwrap();
        unsigned(&host, &apt).unwrap().into_iter().map(|p| p.why).collect()
    }

    #[test]
    fn options_and_general_settings() {
        let mut m = Memory::new(Standing::AtRest);
        m.file("/etc/apt/sources.list", "deb http://deb.example/ s main\n");
        assert!(found(&m).is_empty());
        m.file(
            "/etc/apt/apt.conf.d/99x",
            "binary::APT-get { apt::get::allowunauthenticated \"on\"; };\n",
        );
        assert_eq!(found(&m).len(), 1);
        m.file("/etc/apt/apt.conf", "#clear Binary;\nAcquire::https::Verify-Peer \"false\";\n");
        assert!(found(&m).is_empty());
        m.file("/etc/apt/sources.list.d/a.list", "deb [trusted=no] https://a.example/ s main\n");
        assert_eq!(
            found(&m),
            ["the certificate of a.example is not checked: Acquire::https::Verify-Peer"]
        );
        m.file("/etc/apt/apt.conf", "");
        m.file("/etc/apt/apt.conf.d/99x", "");
        m.file("/etc/apt/sources.list.d/a.list", "deb [trusted=yes] file:/srv/r ./\n")
            .directory("/srv/r");
        assert!(found(&m).is_empty());
        m.owned("/srv/r", 0, 0, 0o777);
        assert_eq!(found(&m).len(), 1);
    }
}
