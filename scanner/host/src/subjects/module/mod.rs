//! `linux.module`: modules of the kernel that few hosts need, and whether each can be loaded.

mod forced;
mod installed;
mod modprobe;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use assay_core::{Gap, GapState, Resource};
use serde_json::json;

use crate::boot::{self, Entries, Entry};
use crate::{Host, Miss, Origin, Output, Setting, Subject};
use installed::Installed;
use modprobe::{Config, Does};

const KIND: &str = "linux.module";

/// The subject.
pub(crate) static SUBJECT: Subject = Subject { name: "module", types: &[KIND], collect };

/// The modules that are judged: drivers of rare file systems, of removable storage, of rare
/// protocols. `uas` needs `usb_storage`.
const MODULES: [&str; 24] = [
    "appletalk",
    "atm",
    "ax25",
    "can",
    "cramfs",
    "dccp",
    "firewire_core",
    "freevxfs",
    "gfs2",
    "hfs",
    "hfsplus",
    "ipx",
    "jffs2",
    "n_hdlc",
    "netrom",
    "rds",
    "rose",
    "sctp",
    "squashfs",
    "tipc",
    "uas",
    "udf",
    "usb_storage",
    "x25",
];

fn collect(host: &Host<'_>, out: &mut dyn Output) {
    if !boot::starts(host) && host.stat("/etc/modprobe.d").is_ok_and(|s| s.is_none()) {
        return out.listed(KIND, Ok(()));
    }
    let wanted: BTreeSet<String> = MODULES.iter().map(|m| (*m).to_owned()).collect();
    let config = modprobe::config(host);
    let installed = installed::installed(host, &wanted);
    let entries = boot::entries(host);
    let locked = super::sysctl::effective(host, "kernel.modules_disabled");
    let forced = forced::all(host);
    for name in MODULES {
        let mut doc = host.document(KIND, name);
        doc.properties.insert("Name".to_owned(), name.into());
        match &installed {
            Ok(all) => {
                let of = |map: &BTreeMap<String, Vec<String>>| {
                    json!(map.get(name).cloned().unwrap_or_default())
                };
                doc.properties.insert("Kernels".to_owned(), json!(all.kernels));
                doc.properties.insert("PresentIn".to_owned(), of(&all.loadable));
                doc.properties.insert("BuiltInto".to_owned(), of(&all.built_in));
            }
            Err(gap) => {
                for facet in ["Kernels", "PresentIn", "BuiltInto"] {
                    doc.lose(facet, gap.clone());
                }
            }
        }
        let why = Why {
            config: &config,
            entries: &entries,
            locked: &locked,
            forced: &forced,
            installed: installed.as_ref().ok(),
        };
        set(&mut doc, "Explicit", why.explicit(name));
        set(&mut doc, "Automatic", why.automatic(name));
        if host.running() {
            set_running(host, name, &mut doc);
        }
        out.put(doc);
    }
    out.listed(KIND, Ok(()));
}

fn set(out: &mut Resource, facet: &str, value: Result<Setting, Gap>) {
    match value {
        Ok(setting) => {
            out.properties.insert(facet.to_owned(), setting.json());
        }
        Err(gap) => out.lose(facet, gap),
    }
}

fn set_running(host: &Host<'_>, name: &str, out: &mut Resource) {
    let path = Path::new("/proc/modules");
    match host.root().read(path) {
        Ok(bytes) => {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            let loaded = text.lines().any(|l| l.split(' ').next() == Some(name));
            out.properties.insert("RunningLoaded".to_owned(), loaded.into());
        }
        // A kernel without loadable modules has no such file.
        Err(Miss::Absent) if host.stat(Path::new("/proc/stat")).is_ok_and(|s| s.is_some()) => {
            out.properties.insert("RunningLoaded".to_owned(), false.into());
        }
        Err(miss) => out.lose("RunningLoaded", crate::gap(path, &miss)),
    }
}

/// What decides over loads.
struct Why<'a> {
    config: &'a Result<Config, Gap>,
    entries: &'a Result<Entries, Gap>,
    locked: &'a Result<Setting, Gap>,
    /// What is loaded around the configuration.
    forced: &'a Result<BTreeMap<String, Setting>, Gap>,
    /// What the kernels have, where it is known.
    installed: Option<&'a Installed>,
}

impl Why<'_> {
    /// Whether `modprobe NAME` loads a module.
    fn explicit(&self, name: &str) -> Result<Setting, Gap> {
        if let Some(shut) = self.shut(name) {
            return Ok(shut);
        }
        if let Some(forced) = self.forced.as_ref().map_err(Clone::clone)?.get(name) {
            return Ok(forced.clone());
        }
        let config = self.config.as_ref().map_err(Clone::clone)?;
        if let Some(gap) = &config.blind {
            return Err(gap.clone());
        }
        if let Some(stopped) = install(config, name)? {
            return Ok(stopped);
        }
        // The name itself may lead to a module that is none.
        if let Some(alias) =
            config.alias(name).filter(|a| matches!(a.rest.as_str(), "off" | "null"))
        {
            return Ok(Setting::in_file(false, &alias.file, alias.line));
        }
        Ok(open(config, name))
    }

    /// Whether a request of the kernel's (a mount, a socket, a device) loads it.
    fn automatic(&self, name: &str) -> Result<Setting, Gap> {
        if let Some(shut) = self.shut(name) {
            return Ok(shut);
        }
        if let Some(forced) = self.forced.as_ref().map_err(Clone::clone)?.get(name) {
            return Ok(forced.clone());
        }
        let config = self.config.as_ref().map_err(Clone::clone)?;
        if let Some(gap) = &config.blind {
            return Err(gap.clone());
        }
        if let Some(stopped) = install(config, name)?
            && stopped.value == false
        {
            return Ok(stopped);
        }
        if self.never_asked(config, name) {
            return Ok(Setting::of(false, Origin::Default));
        }
        // A blacklist leaves those alone that need the module and are asked for themselves.
        if !self.brought(config, name) {
            if let Some(line) = config.blacklist(name) {
                return Ok(Setting::in_file(false, &line.file, line.line));
            }
            if let Some(line) = unasked(config, name) {
                return Ok(Setting::in_file(false, &line.file, line.line));
            }
            if let Some(entry) = self.kernel_blacklist(name) {
                return Ok(by_kernel(entry));
            }
        }
        Ok(open(config, name))
    }

    /// The entries' word that stops loads by alias.
    fn kernel_blacklist(&self, name: &str) -> Option<&Entry> {
        let entries = self.entries.as_ref().ok()?;
        every(entries, |e| names(e, "modprobe.blacklist", name, true))
    }

    /// Whether no kernel asks for the module, nor for one that needs it, under any name: a
    /// distribution can leave such names out.
    fn never_asked(&self, config: &Config, name: &str) -> bool {
        let Some(installed) = self.installed.filter(|i| !i.unnamed) else { return false };
        let leads = |l: &modprobe::Line| l.word == "alias" && modprobe::fold(&l.rest) == name;
        installed.loadable.contains_key(name)
            && !installed.asked.contains_key(name)
            && !config.lines.iter().any(leads)
    }

    /// Whether another module that is asked for brings this one.
    fn brought(&self, config: &Config, name: &str) -> bool {
        let users = self.installed.and_then(|i| i.asked.get(name)).into_iter().flatten();
        let open = |user: &&String| {
            user.as_str() != name
                && config.blacklist(user).is_none()
                && self.kernel_blacklist(user).is_none()
                && !matches!(install(config, user), Ok(Some(s)) if s.value == false)
        };
        users.filter(open).count() > 0
    }

    /// What the kernel itself refuses.
    fn shut(&self, name: &str) -> Option<Setting> {
        if let Ok(locked) = self.locked
            && locked.value == 1
        {
            let mut out = locked.clone();
            out.value = false.into();
            return Some(out);
        }
        let entries = self.entries.as_ref().ok()?;
        // Compared letter by letter: the kernel's own names have underscores.
        let refused = every(entries, |e| names(e, "module_blacklist", name, false));
        let no_usb = || {
            every(entries, |e| {
                e.words
                    .iter()
                    .any(|w| !w.after && matches!(w.key().as_str(), "nousb" | "usbcore.nousb"))
            })
        };
        let usb = matches!(name, "usb_storage" | "uas");
        refused.or_else(|| if usb { no_usb() } else { None }).map(by_kernel)
    }
}

/// The names by which the kernel asks for a module, as far as they are the same everywhere.
fn requests(name: &str) -> Vec<String> {
    let all: &[&str] = match name {
        "cramfs" | "freevxfs" | "gfs2" | "hfs" | "hfsplus" | "jffs2" | "squashfs" | "udf" => {
            return vec![format!("fs-{name}")];
        }
        "usb_storage" => &["usb:v1234p5678d0100dc00dsc00dp00ic08isc06ip50in00"],
        "sctp" => &["net-pf-2-proto-132", "net-pf-10-proto-132"],
        "dccp" => &["net-pf-2-proto-33-type-6", "net-pf-10-proto-33-type-6"],
        "appletalk" => &["net-pf-5"],
        "ax25" => &["net-pf-3"],
        "can" => &["net-pf-29"],
        "ipx" => &["net-pf-4"],
        "netrom" => &["net-pf-6"],
        "rds" => &["net-pf-21"],
        "rose" => &["net-pf-11"],
        "tipc" => &["net-pf-30"],
        "x25" => &["net-pf-9"],
        _ => &[],
    };
    all.iter().map(|a| (*a).to_owned()).collect()
}

/// The line that leads every request for a module to nothing.
fn unasked<'c>(config: &'c Config, name: &str) -> Option<&'c modprobe::Line> {
    let requests = requests(name);
    let off = |request: &String| {
        config.alias(&modprobe::fold(request)).filter(|a| matches!(a.rest.as_str(), "off" | "null"))
    };
    if requests.iter().all(|r| off(r).is_some()) { requests.iter().find_map(off) } else { None }
}

/// Loadable: with the line that one may take for a lock and that is none.
fn open(config: &Config, name: &str) -> Setting {
    match config.blacklist(name) {
        Some(line) => Setting::in_file(true, &line.file, line.line),
        None => Setting::of(true, Origin::Default),
    }
}

fn by_kernel(entry: &Entry) -> Setting {
    let mut out = Setting::in_file(false, entry.file.as_ref(), entry.line);
    out.origin = Origin::Kernel;
    out
}

/// What the `install` line of a module decides.
fn install(config: &Config, name: &str) -> Result<Option<Setting>, Gap> {
    let Some(line) = config.install(name) else { return Ok(None) };
    let loads = match modprobe::does(&line.rest) {
        Does::Nothing => false,
        Does::Loads => true,
        Does::Unknown => {
            let detail = format!(
                "{}:{}: only running `{}` would tell what it does",
                line.file.display(),
                line.line,
                line.rest
            );
            return Err(Gap::new(GapState::Unsupported, detail));
        }
    };
    Ok(Some(Setting::in_file(loads, &line.file, line.line)))
}

/// Whether a word of an entry that holds a list of modules names one.
fn names(entry: &Entry, word: &str, name: &str, folded: bool) -> bool {
    let lists = entry.words.iter().filter(|w| !w.after && w.key() == word);
    let mut all = lists.filter_map(|w| w.value.as_deref()).flat_map(|v| v.split(','));
    all.any(|m| if folded { modprobe::fold(m) == name } else { m == name })
}

/// The first entry, where every entry that is not for recovery fits. Without generated ones the
/// sources count, which are one entry cut in pieces.
fn every(entries: &Entries, fits: impl Fn(&Entry) -> bool) -> Option<&Entry> {
    let generated: Vec<&Entry> = entries.generated.iter().filter(|e| !e.recovery).collect();
    if generated.is_empty() {
        return entries.planned.iter().filter(|e| !e.recovery).find(|e| fits(e));
    }
    if generated.iter().all(|e| fits(e)) { generated.first().copied() } else { None }
}
