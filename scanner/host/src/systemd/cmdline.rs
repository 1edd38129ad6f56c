//! The kernel's command line at the next start, from the boot loader's own files.

use std::path::{Path, PathBuf};

use assay_core::Gap;

use super::unit::Place;
use crate::Host;

/// A word of the command line with its place.
pub type Word = (String, Place);

/// Files of a boot loader's menu, as GRUB writes them.
const MENUS: [&str; 2] = ["/boot/grub/grub.cfg", "/boot/grub2/grub.cfg"];

/// The words that the kernel gets. `None`: no file of a boot loader is there.
///
/// The first entry of the menu counts, rescue and recovery entries aside. What the boot loader reads
/// goes before what its generator would write next time.
///
/// # Errors
/// A file that cannot be read.
pub fn kernel_words(host: &Host<'_>) -> Result<Option<Vec<Word>>, Gap> {
    for directory in ["/boot/loader/entries", "/efi/loader/entries", "/boot/efi/loader/entries"] {
        let mut entries = host.list(directory)?.unwrap_or_default();
        entries.retain(|p| {
            p.extension().is_some_and(|e| e == "conf") && !rescue(&p.display().to_string())
        });
        // The newest version comes first in the menu.
        if let Some(path) = entries.last() {
            let found = lines(host, path, |l| l.strip_prefix("options"))?;
            if let Some(words) = found.filter(|w| !w.is_empty()) {
                return Ok(Some(resolved(host, words)?));
            }
        }
    }
    for menu in MENUS {
        if let Some(words) = menu_words(host, Path::new(menu))? {
            return Ok(Some(words));
        }
    }
    for path in
        ["/boot/extlinux.conf", "/boot/extlinux/extlinux.conf", "/boot/syslinux/syslinux.cfg"]
    {
        let append =
            |l: &str| l.get(..6).filter(|k| k.eq_ignore_ascii_case("append")).map(str::len);
        if let Some(words) = lines(host, Path::new(path), |l| l.get(append(l)?..))? {
            return Ok(Some(words));
        }
    }
    if let Some(words) = lines(host, Path::new("/etc/kernel/cmdline"), |l| l.get(..))? {
        return Ok(Some(words));
    }
    grub_defaults(host)
}

fn rescue(text: &str) -> bool {
    let text = text.to_lowercase();
    text.contains("rescue") || text.contains("recovery")
}

fn split(text: &str, place: &Place) -> Vec<Word> {
    super::parse::words(text).into_iter().map(|w| (w, place.clone())).collect()
}

/// The words of every line that `pick` wants.
fn lines(
    host: &Host<'_>,
    path: &Path,
    pick: impl Fn(&str) -> Option<&str>,
) -> Result<Option<Vec<Word>>, Gap> {
    let Some(found) = host.text(path)? else { return Ok(None) };
    let mut out = Vec::new();
    let mut any = false;
    for (number, line) in (1_u32..).zip(found.text.lines()) {
        let line = line.trim();
        if let Some(rest) = (!line.starts_with('#')).then(|| pick(line)).flatten() {
            any = true;
            out.extend(split(
                rest,
                &Place { file: path.display().to_string().into(), line: number },
            ));
        }
    }
    Ok(any.then_some(out))
}

/// The first entry's `linux` line of a menu.
fn menu_words(host: &Host<'_>, path: &Path) -> Result<Option<Vec<Word>>, Gap> {
    let Some(found) = host.text(path)? else { return Ok(None) };
    for (number, line) in (1_u32..).zip(found.text.lines()) {
        let mut parts = line.trim().splitn(3, char::is_whitespace);
        let head = parts.next().unwrap_or("");
        if !["linux", "linux16", "linuxefi"].contains(&head) || rescue(line) {
            continue;
        }
        let place = Place { file: path.display().to_string().into(), line: number };
        let _kernel = parts.next();
        return Ok(Some(split(parts.next().unwrap_or(""), &place)));
    }
    Ok(None)
}

/// `$kernelopts` of the entries is a variable of GRUB's environment block.
fn resolved(host: &Host<'_>, words: Vec<Word>) -> Result<Vec<Word>, Gap> {
    if !words.iter().any(|(w, _)| w == "$kernelopts") {
        return Ok(words);
    }
    let mut out: Vec<Word> = words.into_iter().filter(|(w, _)| w != "$kernelopts").collect();
    let path = Path::new("/boot/grub2/grubenv");
    out.extend(lines(host, path, |l| l.strip_prefix("kernelopts="))?.unwrap_or_default());
    Ok(out)
}

/// What GRUB's generator would write: `/etc/default/grub`, then `/etc/default/grub.d/*.cfg`.
fn grub_defaults(host: &Host<'_>) -> Result<Option<Vec<Word>>, Gap> {
    let mut files = vec![PathBuf::from("/etc/default/grub")];
    let mut more = host.list("/etc/default/grub.d")?.unwrap_or_default();
    more.retain(|p| p.extension().is_some_and(|e| e == "cfg"));
    files.extend(more);
    let keys = ["GRUB_CMDLINE_LINUX", "GRUB_CMDLINE_LINUX_DEFAULT"];
    let mut values: [Vec<Word>; 2] = [Vec::new(), Vec::new()];
    let mut any = false;
    for path in files {
        let Some(found) = host.text(&path)? else { continue };
        any = true;
        let file: std::sync::Arc<str> = path.display().to_string().into();
        for (key, value, line) in super::environment::variables(&found.text) {
            let key = key.trim_start_matches("export ").to_owned();
            let (key, append) = key.strip_suffix('+').map_or((key.as_str(), false), |k| (k, true));
            for (name, slot) in keys.iter().zip(values.iter_mut()) {
                if key != *name {
                    continue;
                }
                let old = std::mem::take(slot);
                if append {
                    slot.extend(old.iter().cloned());
                }
                for word in super::parse::words(&value) {
                    if word == format!("${name}") || word == format!("${{{name}}}") {
                        slot.extend(old.iter().cloned());
                    } else {
                        slot.push((word, Place { file: file.clone(), line }));
                    }
                }
            }
        }
    }
    Ok(any.then(|| values.into_iter().flatten().collect()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Memory, Standing};

    fn of(m: &Memory) -> Option<Vec<String>> {
        let host = Host::new(m, "h", "2026-01-01T00:00:00Z".parse().unwrap());
        let words = kernel_words(&host).unwrap();
        words.map(|w| w.into_iter().map(|(w, p)| format!("{w}@{}:{}", p.file, p.line)).collect())
    }

    #[test]
    fn what_the_loader_reads_goes_before_what_would_be_written() {
        let mut m = Memory::new(Standing::AtRest);
        assert_eq!(of(&m), None);
        m.file(
            "/etc/default/grub",
            "GRUB_CMDLINE_LINUX=\"a=1\"\nGRUB_CMDLINE_LINUX_DEFAULT=quiet\n",
        );
        m.file("/etc/default/grub.d/x.cfg", "GRUB_CMDLINE_LINUX=\"$GRUB_CMDLINE_LINUX b\"\n");
        assert_eq!(
            of(&m).unwrap(),
            [
                "a=1@/etc/default/grub:1",
                "b@/etc/default/grub.d/x.cfg:1",
                "quiet@/etc/default/grub:2"
            ]
        );
        let menu = "menuentry x {\n\tlinux\t/vmlinuz root=/dev/sda ro apparmor=0\n}\n";
        m.file("/boot/grub/grub.cfg", menu);
        assert_eq!(of(&m).unwrap().last().unwrap(), "apparmor=0@/boot/grub/grub.cfg:2");
    }
}
