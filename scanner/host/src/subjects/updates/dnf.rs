//! dnf and yum: repositories, and dnf-automatic. Sources: dnf.conf(5), dnf-automatic(8),
//! yum.conf(5).

use std::path::{Path, PathBuf};

use assay_core::{Gap, GapState};
use serde_json::Value;

use super::ini::{self, Entry};
use super::problem::{Problem, Updater};
use crate::systemd::{Units, matches};
use crate::{Host, Setting};

/// Most repositories.
const MAX_REPOSITORIES: usize = 2_000;

/// What dnf and yum are told.
#[derive(Debug)]
pub(super) struct Dnf {
    /// The main configuration, drop-ins after it.
    main: Vec<Entry>,
    /// The repositories of all files.
    repositories: Vec<Entry>,
    /// What overrides repositories; their sections are patterns.
    overrides: Vec<Entry>,
}

/// A repository that is enabled.
#[derive(Debug)]
pub(super) struct Repository {
    /// Its id.
    pub(super) id: String,
    /// Its addresses.
    pub(super) uris: Vec<String>,
    /// Its first line.
    pub(super) place: (PathBuf, u32),
    /// Why what comes from it is not checked.
    pub(super) problems: Vec<Problem>,
}

/// Reads it. `None`: there is neither dnf nor yum.
///
/// # Errors
/// What cannot be read.
pub(super) fn load(host: &Host<'_>) -> Result<Option<Dnf>, Gap> {
    let mut there = false;
    for path in [
        "/usr/bin/dnf",
        "/usr/bin/dnf5",
        "/usr/bin/dnf-3",
        "/usr/bin/yum",
        "/usr/bin/microdnf",
        "/etc/dnf/dnf.conf",
        "/etc/yum.conf",
    ] {
        there = there || host.stat(path)?.is_some();
    }
    if !there {
        return Ok(None);
    }
    let mut main = Vec::new();
    for directory in ["/usr/share/dnf5/libdnf.conf.d", "/etc/dnf/libdnf5.conf.d"] {
        for path in files(host, directory, ".conf")? {
            main.extend(ini::read(host, &path)?);
        }
    }
    // Where dnf is there, /etc/yum.conf is its own file or a link to it.
    let dnf = Path::new("/etc/dnf/dnf.conf");
    let first = if host.stat(dnf)?.is_some() { dnf } else { Path::new("/etc/yum.conf") };
    main.extend(ini::read(host, first)?);
    let directories = match ini::last(&main, "main", "reposdir") {
        Some(e) => e.value.split([' ', ',']).filter(|d| !d.is_empty()).map(str::to_owned).collect(),
        None => [
            "/etc/yum.repos.d",
            "/etc/yum/repos.d",
            "/etc/distro.repos.d",
            "/usr/share/dnf5/repos.d",
        ]
        .map(str::to_owned)
        .to_vec(),
    };
    let mut repositories: Vec<Entry> =
        main.iter().filter(|e| e.section != "main").cloned().collect();
    for directory in &directories {
        for path in files(host, directory, ".repo")? {
            repositories.extend(ini::read(host, &path)?);
        }
    }
    let mut overrides = Vec::new();
    for directory in ["/usr/share/dnf5/repos.override.d", "/etc/dnf/repos.override.d"] {
        for path in files(host, directory, ".repo")? {
            overrides.extend(ini::read(host, &path)?);
        }
    }
    Ok(Some(Dnf { main, repositories, overrides }))
}

pub(super) fn files(host: &Host<'_>, directory: &str, end: &str) -> Result<Vec<PathBuf>, Gap> {
    let mut out = host.list(directory)?.unwrap_or_default();
    out.retain(|p| p.file_name().is_some_and(|n| n.to_string_lossy().ends_with(end)));
    Ok(out)
}

impl Dnf {
    /// Patterns of the packages that are left out of every update.
    pub(super) fn excluded(&self) -> Vec<String> {
        let keys = ["exclude", "excludepkgs"];
        let all =
            self.main.iter().filter(|e| e.section == "main" && keys.contains(&e.key.as_str()));
        all.flat_map(|e| e.value.split([' ', ',']))
            .filter(|p| !p.is_empty())
            .map(str::to_owned)
            .collect()
    }

    fn main(&self, key: &str) -> Option<&Entry> {
        ini::last(&self.main, "main", key)
    }

    /// A key of a repository: overrides, its own line, else the main one.
    fn of<'a>(&'a self, id: &str, keys: &[&str], inherits: bool) -> Option<&'a Entry> {
        let own = |all: &'a [Entry], fits: &dyn Fn(&str) -> bool| {
            all.iter().rfind(|e| fits(&e.section) && keys.contains(&e.key.as_str()))
        };
        own(&self.overrides, &|s| matches(s, id))
            .or_else(|| own(&self.repositories, &|s| s == id))
            .or_else(|| if inherits { keys.iter().find_map(|k| self.main(k)) } else { None })
    }

    /// The repositories that are enabled.
    ///
    /// # Errors
    /// More than are read.
    pub(super) fn repositories(&self) -> Result<Vec<Repository>, Gap> {
        let ids = ini::sections(&self.repositories);
        if ids.len() > MAX_REPOSITORIES {
            let detail = format!("more than {MAX_REPOSITORIES} repositories");
            return Err(Gap::new(GapState::Malformed, detail));
        }
        let enabled = |id: &&str| {
            !id.is_empty()
                && self.of(id, &["enabled"], false).and_then(Entry::truth).unwrap_or(true)
        };
        Ok(ids.into_iter().filter(enabled).filter_map(|id| self.repository(id)).collect())
    }

    fn repository(&self, id: &str) -> Option<Repository> {
        let first = self.repositories.iter().find(|e| e.section == id)?;
        let on = |keys: &[&str]| self.of(id, keys, true).and_then(Entry::truth).unwrap_or(false);
        let uris: Vec<String> = ["baseurl", "mirrorlist", "metalink"]
            .iter()
            .filter_map(|k| self.of(id, &[k], false))
            .flat_map(|e| e.value.split([' ', ',']))
            .filter(|u| !u.is_empty())
            .map(str::to_owned)
            .collect();
        let mut problems = Vec::new();
        let keys = ["gpgcheck", "pkg_gpgcheck"];
        // Signed metadata holds the digests of the packages.
        if !on(&keys) && !on(&["repo_gpgcheck"]) {
            problems.push(match self.of(id, &keys, true) {
                Some(e) => Problem::on(format!("{id}: {}={}", e.key, e.value), &e.file, e.line),
                None => {
                    let why = format!("{id}: gpgcheck is not set, and off by default");
                    Problem::on(why, &first.file, first.line)
                }
            });
        }
        let tls = self.of(id, &["sslverify"], true).filter(|e| e.truth() == Some(false));
        if let Some(e) = tls.filter(|_| uris.iter().any(|u| u.starts_with("https:"))) {
            let why = format!("{id}: the certificate of its server is not checked");
            problems.push(Problem::on(why, &e.file, e.line));
        }
        let place = (first.file.clone(), first.line);
        Some(Repository { id: id.to_owned(), uris, place, problems })
    }
}

/// dnf-automatic or yum-cron. `None`: neither is installed.
///
/// # Errors
/// What cannot be read.
pub(super) fn automatic(host: &Host<'_>, dnf: &Dnf, units: &Units) -> Result<Option<Updater>, Gap> {
    let mut there = ["dnf-automatic.service", "dnf5-automatic.service", "yum-cron.service"]
        .iter()
        .any(|u| units.has(u));
    for path in ["/usr/bin/dnf-automatic", "/usr/bin/dnf-automatic-3", "/usr/sbin/yum-cron"] {
        there = there || host.stat(path)?.is_some();
    }
    if !there {
        return Ok(None);
    }
    let mut all = Vec::new();
    for path in [
        "/etc/yum/yum-cron.conf",
        "/usr/share/dnf5/dnf5-plugins/automatic.conf",
        "/etc/dnf/dnf5-plugins/automatic.conf",
        "/etc/dnf/automatic.conf",
    ] {
        all.extend(ini::read(host, Path::new(path))?);
    }
    let mut problems = Vec::new();
    // This timer installs whatever the file says.
    let install = units.starts("dnf-automatic-install.timer").may();
    let apply = ini::last(&all, "commands", "apply_updates");
    if !install && apply.and_then(Entry::truth) != Some(true) {
        problems.push(match apply {
            Some(e) => Problem::on(format!("apply_updates={}", e.value), &e.file, e.line),
            None => Problem::of("apply_updates is not set, and off by default"),
        });
    }
    let cron = units.unit("yum-cron.service");
    if cron.loaded() && !units.has("dnf-automatic.service") && !units.starts(&cron.name).may() {
        let place = cron.place().map(|p| (p.file.to_string(), p.line));
        problems.push(Problem { why: "yum-cron.service does not start".to_owned(), place });
    }
    if let Some(e) = ini::last(&all, "commands", "upgrade_type")
        .or_else(|| ini::last(&all, "commands", "update_cmd"))
        && !["default", "security", "security-severity:Critical", "minimal", "minimal-security"]
            .contains(&e.value.as_str())
    {
        problems.push(Problem::on(format!("{}={} is not known", e.key, e.value), &e.file, e.line));
    }
    for entry in
        dnf.main.iter().chain(&all).filter(|e| ["exclude", "excludepkgs"].contains(&e.key.as_str()))
    {
        let fits = entry.section == "main" || entry.section == "base";
        if fits && entry.value.split([' ', ',']).any(|p| p == "*") {
            problems.push(Problem::on(
                format!("{}=* leaves every package out", entry.key),
                &entry.file,
                entry.line,
            ));
        }
    }
    let setting =
        |e: &Entry| Setting::in_file(Value::from(e.value.as_str()), &e.file, e.line).json();
    let settings = ["apply_updates", "upgrade_type", "download_updates"]
        .iter()
        .filter_map(|k| ini::last(&all, "commands", k))
        .map(|e| (e.key.clone(), setting(e)))
        .collect();
    Ok(Some(Updater { tool: "dnf-automatic", days: None, problems, settings }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Memory, Standing};

    fn found(m: &Memory) -> Vec<String> {
        let host = Host::new(m, "h", assay_core::Timestamp::UNIX_EPOCH);
        let all = load(&host).unwrap().unwrap().repositories().unwrap();
        all.into_iter().flat_map(|r| r.problems).map(|p| p.why).collect()
    }

    #[test]
    fn what_a_repository_says_beats_the_main_section() {
        let mut m = Memory::new(Standing::AtRest);
        m.file("/etc/dnf/dnf.conf", "[main]\ngpgcheck=1\n");
        m.file(
            "/etc/yum.repos.d/x.repo",
            "[a]\nbaseurl=https://a/\n[b]\ngpgcheck = no\nbaseurl=http://b/\n[c]\ngpgcheck=0\nenabled=0\n\
             [d]\ngpgcheck=0\nrepo_gpgcheck=1\n[e]\nsslverify=False\nbaseurl=https://e/\n",
        );
        assert_eq!(
            found(&m),
            ["b: gpgcheck=no", "e: the certificate of its server is not checked"]
        );
        m.file(
            "/etc/dnf/repos.override.d/9.repo",
            "[[bc]]\nx=1\n[b*]\ngpgcheck=1\n[c]\nenabled=1\n",
        );
        assert_eq!(found(&m), ["c: gpgcheck=0", "e: the certificate of its server is not checked"]);
        m.file("/etc/dnf/dnf.conf", "[main]\nreposdir=/opt/r\n")
            .file("/opt/r/y.repo", "[y]\nbaseurl=x\n");
        assert_eq!(found(&m), ["y: gpgcheck is not set, and off by default"]);
    }
}
