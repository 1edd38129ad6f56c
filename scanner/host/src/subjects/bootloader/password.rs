//! Whether a boot entry can be edited by whoever sits at the console.

use std::path::{Path, PathBuf};

use assay_core::Gap;
use serde_json::Value;

use crate::boot::Entries;
use crate::{Host, Origin, Setting};

/// The setting `EditProtected`; `null` where there is no menu.
pub(super) fn protected(host: &Host<'_>, entries: &Entries) -> Result<Value, Gap> {
    let setting = match entries.loader {
        None | Some("firmware") => return Ok(Value::Null),
        Some("systemd-boot") => editor(host)?,
        Some("extlinux") => extlinux(host)?,
        Some(_) => grub(host, entries)?,
    };
    Ok(setting.json())
}

/// GRUB asks for a password before it edits, where `superusers` names somebody when the menu is
/// shown. Every configuration that shows one has to.
fn grub(host: &Host<'_>, entries: &Entries) -> Result<Setting, Gap> {
    let mut good: Option<Setting> = None;
    for menu in entries.grub.iter().filter(|g| !g.stub) {
        let named = menu.superusers.as_ref().map_err(Clone::clone)?;
        match named {
            Some(setting) if names(setting) => {
                let mut out = setting.clone();
                out.value = true.into();
                good = good.or(Some(out));
            }
            Some(setting) => {
                let mut out = setting.clone();
                out.value = false.into();
                return Ok(out);
            }
            None => return Ok(Setting::in_file(false, &menu.path, 1)),
        }
    }
    if let Some(good) = good {
        return Ok(good);
    }
    // Nothing is generated yet: what the sources would give.
    Ok(match superusers(host)? {
        Some((path, line, users)) => Setting::in_file(!users.is_empty(), &path, line),
        None => Setting::of(false, Origin::Default),
    })
}

fn names(setting: &Setting) -> bool {
    setting
        .value
        .as_str()
        .is_some_and(|v| v.split([' ', ',', ';', '&', '|']).any(|w| !w.is_empty()))
}

/// The last `superusers` of the scripts that make GRUB's menu: those that may be executed.
pub(super) fn superusers(host: &Host<'_>) -> Result<Option<(PathBuf, u32, String)>, Gap> {
    let mut out = None;
    for path in host.list("/etc/grub.d")?.unwrap_or_default() {
        let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let runs = host
            .stat(&path)?
            .is_some_and(|s| s.mode & 0o111 != 0 && s.kind == crate::FileKind::File);
        if !runs || name.ends_with('~') || name.starts_with('.') || name == "README" {
            continue;
        }
        let Some(found) = host.text(&path)? else { continue };
        for (number, line) in (1_u32..).zip(found.text.lines()) {
            let line = line.trim();
            let line = line.strip_prefix("echo ").unwrap_or(line).trim_start_matches(['\'', '"']);
            if let Some(users) = line.strip_prefix("set superusers=") {
                // A shell script that copies the Red Hat way asks for a file of its own.
                let users = users.trim_matches(['"', '\'', '\\', ' ']).to_owned();
                out = Some((path.clone(), number, users));
            }
        }
    }
    Ok(out)
}

/// systemd-boot edits unless `editor` is off.
fn editor(host: &Host<'_>) -> Result<Setting, Gap> {
    let mut out = Setting::of(false, Origin::Default);
    for base in ["/boot", "/efi", "/boot/efi"] {
        let path = Path::new(base).join("loader/loader.conf");
        let Some(found) = host.text(&path)? else { continue };
        for (number, line) in (1_u32..).zip(found.text.lines()) {
            let mut words = line.split_whitespace();
            if words.next() == Some("editor") {
                let value = words.next().and_then(crate::systemd::boolean);
                out = Setting::in_file(value == Some(false), &path, number);
            }
        }
        break;
    }
    Ok(out)
}

/// syslinux takes options unless it is told not to, or has a password.
fn extlinux(host: &Host<'_>) -> Result<Setting, Gap> {
    let mut out = Setting::of(false, Origin::Default);
    for path in
        ["/boot/extlinux.conf", "/boot/extlinux/extlinux.conf", "/boot/syslinux/syslinux.cfg"]
    {
        let Some(found) = host.text(path)? else { continue };
        for (number, line) in (1_u32..).zip(found.text.lines()) {
            let line = line.trim().to_ascii_lowercase();
            let words: Vec<&str> = line.split_whitespace().collect();
            if matches!(words.as_slice(), ["allowoptions", "0"] | ["menu", "master", "passwd", _]) {
                out = Setting::in_file(true, Path::new(path), number);
            }
        }
    }
    Ok(out)
}
