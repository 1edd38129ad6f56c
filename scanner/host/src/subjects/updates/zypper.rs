//! libzypp's repositories and SUSE's ways to update by itself. Sources: zypp.conf and zypper(8),
//! the sysconfig of yast2-online-update-configuration.

use std::path::Path;

use assay_core::Gap;

use super::dnf::{Repository, files};
use super::ini::{self, Entry};
use super::problem::{Problem, Updater};
use crate::Host;
use crate::systemd::Units;

/// Whether there is zypper.
///
/// # Errors
/// What cannot be read.
pub(super) fn there(host: &Host<'_>) -> Result<bool, Gap> {
    Ok(host.stat("/usr/bin/zypper")?.is_some() || host.stat("/etc/zypp")?.is_some())
}

/// The repositories that are enabled.
///
/// # Errors
/// What cannot be read.
pub(super) fn repositories(host: &Host<'_>) -> Result<Vec<Repository>, Gap> {
    let mut main = ini::read(host, Path::new("/usr/etc/zypp/zypp.conf"))?;
    main.extend(ini::read(host, Path::new("/etc/zypp/zypp.conf"))?);
    for path in files(host, "/etc/zypp/zypp.conf.d", ".conf")? {
        main.extend(ini::read(host, &path)?);
    }
    let mut out = Vec::new();
    for path in files(host, "/etc/zypp/repos.d", ".repo")? {
        let all = ini::read(host, &path)?;
        for id in ini::sections(&all) {
            out.extend(repository(&main, &all, id));
        }
    }
    Ok(out)
}

fn repository(main: &[Entry], all: &[Entry], id: &str) -> Option<Repository> {
    let first = all.iter().find(|e| e.section == id)?;
    let of = |key: &str| ini::last(all, id, key).or_else(|| ini::last(main, "main", key));
    let on = |key: &str| of(key).and_then(Entry::truth);
    if ini::last(all, id, "enabled").and_then(Entry::truth) == Some(false) {
        return None;
    }
    let general = on("gpgcheck").unwrap_or(true);
    let metadata = on("repo_gpgcheck").unwrap_or(general);
    // Packages are checked on their own where the metadata was not.
    let packages = on("pkg_gpgcheck").unwrap_or(general && !metadata);
    let mut problems = Vec::new();
    if !metadata && !packages {
        let keys = ["pkg_gpgcheck", "repo_gpgcheck", "gpgcheck"];
        let off = keys.iter().filter_map(|k| of(k)).find(|e| e.truth() == Some(false));
        let (file, line) = off.map_or((&first.file, first.line), |e| (&e.file, e.line));
        let what = off.map_or("gpgcheck", |e| e.key.as_str());
        problems.push(Problem::on(format!("{id}: {what} is off"), file, line));
    }
    let uris: Vec<String> = ["baseurl", "mirrorlist"]
        .iter()
        .filter_map(|k| ini::last(all, id, k))
        .flat_map(|e| e.value.split_whitespace())
        .map(str::to_owned)
        .collect();
    if let Some(e) = ini::last(all, id, "baseurl").filter(|e| e.value.contains("ssl_verify=no")) {
        let why = format!("{id}: the certificate of its server is not checked");
        problems.push(Problem::on(why, &e.file, e.line));
    }
    let place = (first.file.clone(), first.line);
    Some(Repository { id: id.to_owned(), uris, place, problems })
}

/// The ways to update by itself that are installed.
///
/// # Errors
/// What cannot be read.
pub(super) fn automatic(host: &Host<'_>, units: &Units) -> Result<Vec<Updater>, Gap> {
    let mut out = Vec::new();
    for (tool, timer) in
        [("transactional-update", "transactional-update.timer"), ("os-update", "os-update.timer")]
    {
        if units.has(timer) {
            // Its configuration installs updates; whether the timer runs is another rule's business.
            let (problems, settings) = (Vec::new(), Vec::new());
            out.push(Updater { tool, days: None, problems, settings });
        }
    }
    let path = Path::new("/etc/sysconfig/automatic_online_update");
    let all = ini::read(host, path)?;
    if let Some(on) = ini::last(&all, "", "AOU_ENABLE_CRONJOB") {
        let value = on.value.trim_matches('"');
        let off = || Problem::on(format!("AOU_ENABLE_CRONJOB={value}"), path, on.line);
        let problems = if value == "true" { Vec::new() } else { vec![off()] };
        out.push(Updater {
            tool: "yast2-online-update",
            days: None,
            problems,
            settings: Vec::new(),
        });
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Memory, Standing};

    #[test]
    fn one_kind_of_check_is_enough() {
        let mut m = Memory::new(Standing::AtRest);
        m.file("/etc/zypp/zypp.conf", "[main]\n# gpgcheck = off\n");
        m.file(
            "/etc/zypp/repos.d/a.repo",
            "[a]\nenabled=1\nbaseurl=http://a/\n[b]\ngpgcheck=0\n[c]\ngpgcheck=0\nrepo_gpgcheck=1\n\
             [d]\nrepo_gpgcheck=off\n[e]\nrepo_gpgcheck=0\npkg_gpgcheck=0\n[f]\nenabled=0\ngpgcheck=0\n",
        );
        let host = Host::new(&m, "h", assay_core::Timestamp::UNIX_EPOCH);
        let all = repositories(&host).unwrap();
        let bad: Vec<&str> =
            all.iter().filter(|r| !r.problems.is_empty()).map(|r| r.id.as_str()).collect();
        assert_eq!(bad, ["b", "e"]);
    }
}
