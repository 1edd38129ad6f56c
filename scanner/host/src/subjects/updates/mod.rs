//! `linux.packages`: what is installed. `linux.updates`: whether security updates come by themselves,
//! from whom, which are missing, and whether the newest kernel runs.

mod apk;
mod apt;
mod decode;
mod dnf;
mod held;
mod ini;
mod kernels;
mod lz4;
mod packages;
mod pending;
mod problem;
mod query;
mod repodata;
mod scheduled;
mod timers;
mod version;
mod xml;
mod zypper;

#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_lists;
#[cfg(test)]
mod tests_repositories;

use assay_core::{Gap, GapState, Resource};
use serde_json::{Value, json};

pub use query::{apk_order, apt_options, debian_order, rpm_order};

use crate::packages::{self as bases, Kind};
use crate::systemd::{self, Init, Units};
use crate::{Host, Output, Subject, dpkg};
use apt::Apt;
use dnf::{Dnf, Repository};
use problem::{Problem, Updater};

/// The subject.
pub(crate) static SUBJECT: Subject =
    Subject { name: "updates", types: &[packages::KIND, KIND], collect };

const KIND: &str = "linux.updates";
/// Most package sources that are named.
const MAX_NAMED: usize = 500;

/// The package managers of a host.
struct Managers {
    apt: Option<Apt>,
    dnf: Option<Dnf>,
    zypper: bool,
    apk: bool,
}

fn collect(host: &Host<'_>, out: &mut dyn Output) {
    let installed = dpkg::installed(host);
    let managers = managers(host);
    let held = managers.as_ref().map_err(Clone::clone).and_then(|m| held(host, m));
    packages::collect(host, &installed, &held, out);
    let managers = match managers {
        Ok(managers) => managers,
        Err(gap) => return out.listed(KIND, Err(gap)),
    };
    let Managers { apt: None, dnf: None, zypper: false, apk: false } = &managers else {
        out.put(document(host, &managers, &installed, &held));
        return out.listed(KIND, Ok(()));
    };
    for (path, name) in [
        ("/var/lib/pacman", "pacman"),
        ("/var/db/pkg", "portage"),
        ("/nix/store", "nix"),
        ("/var/db/xbps", "xbps"),
        ("/usr/bin/opkg", "opkg"),
        ("/usr/bin/rpm-ostree", "rpm-ostree"),
        ("/usr/bin/bootc", "bootc"),
        ("/usr/lib/snapd/snapd", "snapd"),
    ] {
        if host.stat(path).is_ok_and(|s| s.is_some()) {
            let gap = Gap::new(GapState::Unsupported, format!("updates by {name} are not read"));
            return out.listed(KIND, Err(gap));
        }
    }
    out.listed(KIND, Ok(()));
}

fn managers(host: &Host<'_>) -> Result<Managers, Gap> {
    Ok(Managers {
        apt: apt::load(host)?,
        dnf: dnf::load(host)?,
        zypper: zypper::there(host)?,
        apk: apk::there(host)?,
    })
}

/// Names of the packages of rpm or apk that are kept at their version.
fn held(host: &Host<'_>, managers: &Managers) -> Result<Vec<String>, Gap> {
    let Some(database) = bases::database(host)? else { return Ok(Vec::new()) };
    match database.kind {
        Kind::Rpm => held::held(host, managers.dnf.as_ref(), &database),
        Kind::Apk => apk::held(host),
    }
}

/// The database of dpkg, where there is one.
type Installed = Result<Option<dpkg::Packages>, Gap>;

fn document(
    host: &Host<'_>,
    managers: &Managers,
    installed: &Installed,
    held: &Result<Vec<String>, Gap>,
) -> Resource {
    let mut r = host.document(KIND, "");
    let there = [
        ("apt", managers.apt.is_some()),
        ("dnf", managers.dnf.is_some()),
        ("zypper", managers.zypper),
        ("apk", managers.apk),
    ];
    let names: Vec<&str> = there.iter().filter(|(_, is)| *is).map(|(n, _)| *n).collect();
    facet(&mut r, "Managers", Ok(names.into()));
    let units = systemd::units(host);
    let units = units.as_deref().map_err(|gap| (*gap).clone());
    let schedules = units.clone().and_then(|u| scheduled::scheduled(host, u));
    facet(
        &mut r,
        "Automatic",
        units.clone().and_then(|u| automatic(host, managers, u, &schedules)),
    );
    let timers =
        units.and_then(|u| timers::timers(host, u, schedules.as_ref().map_err(Clone::clone)?));
    facet(&mut r, "Timers", timers);
    let repositories = repositories(host, managers);
    facet(&mut r, "Sources", sources(managers, &repositories));
    facet(&mut r, "Unsigned", unsigned(host, managers, &repositories));
    missing(host, managers, installed, held, &mut r);
    kernels(host, installed, &mut r);
    r
}

fn facet(r: &mut Resource, name: &str, value: Result<Value, Gap>) {
    match value {
        Ok(value) => {
            r.properties.insert(name.to_owned(), value);
        }
        Err(gap) => r.lose(name, gap),
    }
}

/// Every program that is to install updates by itself. `null`: the host has no init and no such
/// program: it is an image that is built anew.
fn automatic(
    host: &Host<'_>,
    managers: &Managers,
    units: &Units,
    schedules: &Result<Vec<scheduled::Scheduled>, Gap>,
) -> Result<Value, Gap> {
    let mut all: Vec<Updater> = Vec::new();
    if let Some(apt) = &managers.apt {
        if units.init == Init::None && host.stat("/usr/bin/unattended-upgrade")?.is_none() {
            return Ok(Value::Null);
        }
        let environment = units.unit("apt-daily-upgrade.service").environment(host)?;
        let first = environment.get("APT_CONFIG").map(|(file, _)| std::path::Path::new(file));
        all.push(apt::automatic(host, apt, first)?);
    }
    if let Some(dnf) = &managers.dnf {
        all.extend(dnf::automatic(host, dnf, units)?);
    }
    if managers.zypper {
        all.extend(zypper::automatic(host, units)?);
    }
    if all.is_empty() && units.init == Init::None {
        return Ok(Value::Null);
    }
    let schedules = schedules.as_ref().map_err(Clone::clone)?;
    for s in schedules {
        let command = crate::Setting::in_file(s.what.as_str(), &s.file, s.line).json();
        let settings = vec![("Command".to_owned(), command)];
        all.push(Updater { tool: "schedule", days: None, problems: Vec::new(), settings });
    }
    Ok(all.iter().map(Updater::json).collect::<Vec<_>>().into())
}

/// The repositories of all managers but apt.
fn repositories(host: &Host<'_>, managers: &Managers) -> Result<Vec<Repository>, Gap> {
    let mut out = Vec::new();
    if let Some(dnf) = &managers.dnf {
        out.extend(dnf.repositories()?);
    }
    if managers.zypper {
        out.extend(zypper::repositories(host)?);
    }
    if managers.apk {
        out.extend(apk::repositories(host)?);
    }
    Ok(out)
}

/// The sources that are enabled: `{Name, Uris, file, line}`.
fn sources(managers: &Managers, repositories: &Result<Vec<Repository>, Gap>) -> Result<Value, Gap> {
    let mut out = Vec::new();
    if let Some(apt) = &managers.apt {
        if let Some(gap) = &apt.conf.gap {
            return Err(gap.clone());
        }
        for s in &apt.sources.as_ref().map_err(Clone::clone)?.all {
            let uris: Vec<String> = s.uris.iter().map(|u| bare(u)).collect();
            out.push(json!({
                "Name": s.suites.join(" "), "Uris": uris, "file": s.file.display().to_string(), "line": s.line,
            }));
        }
    }
    for r in repositories.as_ref().map_err(Clone::clone)? {
        let uris: Vec<String> = r.uris.iter().map(|u| bare(u)).collect();
        out.push(json!({
            "Name": bare(&r.id), "Uris": uris, "file": r.place.0.display().to_string(), "line": r.place.1,
        }));
    }
    out.truncate(MAX_NAMED);
    Ok(out.into())
}

/// An address without a name and password in it.
fn bare(uri: &str) -> String {
    let Some((scheme, rest)) = uri.split_once("://") else { return uri.to_owned() };
    let (host, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
    let host = host.rsplit_once('@').map_or(host, |(_, h)| h);
    format!("{scheme}://{host}{path}")
}

fn unsigned(
    host: &Host<'_>,
    managers: &Managers,
    repositories: &Result<Vec<Repository>, Gap>,
) -> Result<Value, Gap> {
    let mut out: Vec<Problem> = Vec::new();
    if let Some(apt) = &managers.apt {
        out.extend(apt::unsigned(host, apt)?);
    }
    for r in repositories.as_ref().map_err(Clone::clone)? {
        out.extend(r.problems.iter().cloned());
    }
    if managers.apk {
        out.extend(apk::unsigned(host)?);
    }
    Ok(out.iter().map(Problem::json).collect::<Vec<_>>().into())
}

/// Pending updates, and the lists that tell.
fn missing(
    host: &Host<'_>,
    managers: &Managers,
    installed: &Installed,
    held: &Result<Vec<String>, Gap>,
    r: &mut Resource,
) {
    let found = match &managers.apt {
        Some(apt) => pending::apt(host, apt, installed)
            .map(|(lists, found)| (pending::described(&lists), found)),
        None => others(host, managers, held),
    };
    match found {
        Ok((lists, found)) => {
            facet(r, "SecurityLists", Ok(lists));
            facet(r, "Pending", found);
        }
        Err(gap) => {
            r.lose("SecurityLists", gap.clone());
            r.lose("Pending", gap);
        }
    }
}

/// The same where there is no apt.
fn others(
    host: &Host<'_>,
    managers: &Managers,
    held: &Result<Vec<String>, Gap>,
) -> Result<(Value, Result<Value, Gap>), Gap> {
    let Some(database) = bases::database(host)? else {
        let detail = "there is no package database: what is installed is not known";
        return Err(Gap::new(GapState::Unsupported, detail));
    };
    if database.kind == Kind::Apk {
        let addresses = apk::addresses(host)?;
        return Ok((json!([]), pending::apk(host, &addresses, &database)));
    }
    let mut repositories = Vec::new();
    if let Some(dnf) = &managers.dnf {
        repositories.extend(dnf.repositories()?.into_iter().map(|r| (pending::Source::Dnf, r.id)));
    }
    if managers.zypper {
        let all = zypper::repositories(host)?.into_iter();
        repositories.extend(all.map(|r| (pending::Source::Zypp, r.id)));
    }
    let held = held.as_ref().map_err(Clone::clone)?;
    Ok(pending::rpm(host, &repositories, &database, held))
}

fn kernels(host: &Host<'_>, installed: &Installed, r: &mut Resource) {
    match kernels::installed(host, installed) {
        Ok(all) => {
            if host.running() {
                facet(r, "RunningKernel", kernels::running(host, &all, installed));
            }
            facet(r, "Kernels", Ok(all.into()));
        }
        Err(gap) => {
            if host.running() {
                r.lose("RunningKernel", gap.clone());
            }
            r.lose("Kernels", gap);
        }
    }
}
