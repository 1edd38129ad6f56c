//! `linux.integrity`: tools that watch files for changes, whether each has something to compare with,
//! and whether it runs by itself.

mod aide;
mod schedule;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

use assay_core::Gap;
use serde_json::{Value, json};

use crate::systemd::{Starts, Units, units};
use crate::{FileKind, Host, Origin, Output, Setting, Subject, boot};
use schedule::Schedules;

const KIND: &str = "linux.integrity";

/// The subject.
pub(crate) static SUBJECT: Subject = Subject { name: "integrity", types: &[KIND], collect };

fn collect(host: &Host<'_>, out: &mut dyn Output) {
    // An image is not changed in its place: what is compared is the image.
    if boot::starts(host) {
        let mut doc = host.document(KIND, "");
        match units(host).and_then(|units| tools(host, &units)) {
            Ok(tools) => {
                doc.properties.insert("Tools".to_owned(), tools.into());
            }
            Err(gap) => doc.lose("Tools", gap),
        }
        out.put(doc);
    }
    out.listed(KIND, Ok(()));
}

/// One tool.
struct Tool {
    name: &'static str,
    /// It has a database to compare with.
    initialised: Setting,
    /// Its configuration selects something.
    watches: Setting,
    /// It runs by itself.
    scheduled: Setting,
}

impl Tool {
    fn json(&self) -> Value {
        json!({
            "Name": self.name,
            "Initialised": self.initialised.json(),
            "Watches": self.watches.json(),
            "Scheduled": self.scheduled.json(),
        })
    }
}

/// The tools that are installed.
fn tools(host: &Host<'_>, units: &Units) -> Result<Vec<Value>, Gap> {
    let mut out = Vec::new();
    let schedules = Schedules::read(host, units)?;
    let installed = |paths: &[&str]| -> Result<bool, Gap> {
        for path in paths {
            if host.stat(path)?.is_some_and(|s| s.kind == FileKind::File) {
                return Ok(true);
            }
        }
        Ok(false)
    };
    if installed(&["/usr/bin/aide", "/usr/sbin/aide", "/sbin/aide", "/usr/bin/aide.wrapper"])? {
        let conf = aide::read(host)?;
        out.push(Tool {
            name: "aide",
            initialised: conf.initialised,
            watches: conf.watches,
            scheduled: schedules.of(&["aide", "aide.wrapper", "dailyaidecheck", "aidecheck"]),
        });
    }
    if installed(&["/usr/sbin/tripwire", "/usr/bin/tripwire"])? {
        out.push(Tool {
            name: "tripwire",
            initialised: any_file(host, "/var/lib/tripwire", ".twd")?,
            watches: any_file(host, "/etc/tripwire", ".pol")?,
            scheduled: schedules.of(&["tripwire"]),
        });
    }
    if installed(&["/usr/sbin/samhain", "/usr/local/sbin/samhain"])? {
        let mut initialised = Setting::of(false, Origin::Default);
        for path in ["/var/lib/samhain/samhain_file", "/var/state/samhain/samhain_file"] {
            if host.stat(path)?.is_some_and(|s| s.size > 0) {
                initialised = Setting::in_file(true, path.as_ref(), 1);
            }
        }
        let daemon = starts(units, "samhain.service")?;
        let scheduled = if daemon.value == true { daemon } else { schedules.of(&["samhain"]) };
        out.push(Tool { name: "samhain", initialised, watches: always(), scheduled });
    }
    for (unit, path, name) in [
        ("wazuh-agent.service", "/var/ossec/etc/ossec.conf", "wazuh"),
        ("ossec.service", "/var/ossec/etc/ossec.conf", "ossec"),
    ] {
        if !units.has(unit) {
            continue;
        }
        let Some(found) = host.text(path)? else { continue };
        out.push(Tool {
            name,
            initialised: always(),
            watches: syscheck(&found.text, path),
            scheduled: starts(units, unit)?,
        });
    }
    Ok(out.iter().map(Tool::json).collect())
}

/// What the tool sees to itself.
fn always() -> Setting {
    Setting::of(true, Origin::Default)
}

fn starts(units: &Units, name: &str) -> Result<Setting, Gap> {
    let starts = units.starts(name);
    if let Starts::Unknown(gap) = starts {
        return Err(gap);
    }
    Ok(match starts.place() {
        Some(place) => Setting::in_file(starts.may(), place.file.as_ref().as_ref(), place.line),
        None => Setting::of(starts.may(), Origin::Default),
    })
}

/// Whether a directory has a file that is not empty, of a suffix.
fn any_file(host: &Host<'_>, directory: &str, suffix: &str) -> Result<Setting, Gap> {
    let is_directory =
        |p: &str| host.stat(p).map(|s| s.is_some_and(|s| s.kind == FileKind::Directory));
    let paths: Vec<PathBuf> = if is_directory(directory)? {
        host.list(directory)?.unwrap_or_default()
    } else {
        Vec::new()
    };
    for path in paths {
        let named = path.to_string_lossy().ends_with(suffix);
        if named && host.stat(&path)?.is_some_and(|s| s.kind == FileKind::File && s.size > 0) {
            return Ok(Setting::in_file(true, &path, 1));
        }
    }
    Ok(Setting::of(false, Origin::Default))
}

/// Whether the file watch of OSSEC's configuration is on: its last word.
fn syscheck(text: &str, path: &str) -> Setting {
    let mut inside = false;
    let mut comment = false;
    let mut out = always();
    for (number, line) in (1_u32..).zip(text.lines()) {
        let line = line.trim();
        comment |= line.starts_with("<!--");
        if comment {
            comment = !line.ends_with("-->");
            continue;
        }
        inside |= line.starts_with("<syscheck>");
        if inside && line.contains("<disabled>") {
            let off = line.contains(">yes<");
            out = Setting::in_file(!off, path.as_ref(), number);
        }
        inside &= !line.contains("</syscheck>");
    }
    out
}
