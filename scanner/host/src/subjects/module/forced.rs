//! Modules that a command line loads by their files, or past `modprobe.d`.

use std::collections::BTreeMap;
use std::path::Path;

use assay_core::Gap;

use super::modprobe::fold;
use crate::{Host, Setting, commands};

/// Every such module, with the first line that loads it.
///
/// # Errors
/// Something that is started cannot be read.
pub(super) fn all(host: &Host<'_>) -> Result<BTreeMap<String, Setting>, Gap> {
    let mut out = BTreeMap::new();
    for line in commands::all(host)?.iter() {
        for name in commands::simple(&line.text).iter().flat_map(|words| loaded(words)) {
            let place = (Path::new(&*line.place.file), line.place.line);
            out.entry(name).or_insert_with(|| Setting::in_file(true, place.0, place.1));
        }
    }
    Ok(out)
}

/// The modules that one command loads around the rules.
fn loaded(words: &[String]) -> Vec<String> {
    let base = |w: &String| w.rsplit('/').next().unwrap_or(w).to_owned();
    let Some(at) = words.iter().position(|w| ["insmod", "modprobe"].contains(&base(w).as_str()))
    else {
        return Vec::new();
    };
    let rest = words.get(at + 1..).unwrap_or(&[]);
    // Short options may stand together: `-qi`.
    let short = |w: &str, all: &[&str]| {
        let letters = w.strip_prefix('-').filter(|l| l.chars().all(|c| c.is_ascii_alphabetic()));
        let one = |o: &&str| o.len() == 2 && o.starts_with('-');
        letters.is_some_and(|l| all.iter().filter(|o| one(o)).any(|o| l.contains(&o[1..])))
    };
    let has =
        |all: &[&str]| rest.iter().any(|w| all.contains(&w.as_str()) || short(w.as_str(), all));
    let files = || rest.iter().filter(|w| w.contains(".ko")).map(base);
    if words.get(at).map(base).as_deref() == Some("insmod") {
        let names = files().map(|n| fold(n.split(".ko").next().unwrap_or(&n)));
        return names.collect();
    }
    // `-i` passes by `install` lines; another directory of rules passes by all of them.
    let around = has(&["-i", "--ignore-install"])
        || rest.iter().any(|w| w.starts_with("-C") || w.starts_with("--config"));
    if !around || has(&["-r", "--remove", "-n", "--dry-run", "--show", "-R", "-D", "-c"]) {
        return Vec::new();
    }
    let plain = rest.iter().filter(|w| !w.starts_with('-') && !w.contains(['/', '=']));
    plain.map(|w| fold(w)).collect()
}

#[cfg(test)]
mod tests {
    use super::loaded;

    #[test]
    fn commands_that_pass_by() {
        let of = |text: &str| {
            let words: Vec<String> = text.split(' ').map(str::to_owned).collect();
            loaded(&words).join(" ")
        };
        assert_eq!(
            of("/sbin/insmod /lib/modules/6.1/kernel/drivers/usb-storage.ko.xz"),
            "usb_storage"
        );
        assert_eq!(of("modprobe -i sctp"), "sctp");
        assert_eq!(of("modprobe -qi sctp"), "sctp");
        assert_eq!(of("modprobe -qin sctp"), "", "it only says what it would do");
        assert_eq!(of("modprobe -C /tmp/x usb-storage quirks=1"), "usb_storage");
        for none in ["modprobe sctp", "modprobe -i -r sctp", "modprobe -n -i sctp", "echo insmod"] {
            assert_eq!(of(none), "", "{none}");
        }
    }
}
