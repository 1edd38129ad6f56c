//! `login.defs` and `/etc/default/useradd`: what new accounts get.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use assay_core::Gap;
use serde_json::Value;

use super::lines::{is_space, numbered};
use crate::{Host, Origin, Setting};

/// The assignments of a file, or of several, in the order in which they are read.
#[derive(Debug, Clone, Default)]
pub(crate) struct Defs {
    /// By name: value, file, line.
    pub(crate) all: BTreeMap<String, Vec<(String, PathBuf, u32)>>,
}

impl Defs {
    /// `/etc/login.defs`. Where the vendor's file lies in `/usr/etc`, that one comes first unless
    /// `/etc` has its own, and then the pieces in `login.defs.d`, those of `/etc` over the vendor's.
    pub(crate) fn login(host: &Host<'_>) -> Result<Self, Gap> {
        let mut out = Self::default();
        let own = Path::new("/etc/login.defs");
        let vendor = Path::new("/usr/etc/login.defs");
        match host.text(own)? {
            Some(found) => out.take(own, &found.text),
            None => {
                if let Some(found) = host.text(vendor)? {
                    out.take(vendor, &found.text);
                }
            }
        }
        // Only programs built for the split know the directories.
        if host.stat(vendor)?.is_some() {
            let mut pieces = BTreeMap::new();
            for directory in ["/usr/etc/login.defs.d", "/etc/login.defs.d"] {
                for path in host.list(directory)?.unwrap_or_default() {
                    if path.extension().is_some_and(|e| e == "defs")
                        && let Some(name) = path.file_name()
                    {
                        pieces.insert(name.to_owned(), path);
                    }
                }
            }
            for path in pieces.into_values() {
                if let Some(found) = host.text(&path)? {
                    out.take(&path, &found.text);
                }
            }
        }
        Ok(out)
    }

    /// Adds the lines of a file: a name, blanks, a value that quotes may enclose.
    fn take(&mut self, path: &Path, text: &str) {
        for (number, line) in numbered(text) {
            let line = line.trim_matches(is_space);
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let end = line.find([' ', '\t']).unwrap_or(line.len());
            let (name, rest) = line.split_at(end);
            let rest = rest.trim_start_matches([' ', '"', '\t']);
            let value = rest.split('"').next().unwrap_or_default();
            let all = self.all.entry(name.to_owned()).or_default();
            all.push((value.to_owned(), path.to_owned(), number));
        }
    }

    /// The last value of a name.
    pub(crate) fn last(&self, name: &str) -> Option<&(String, PathBuf, u32)> {
        self.all.get(name).and_then(|v| v.last())
    }

    /// A number: the last assignment counts, and one that is no number is as if there were none.
    pub(crate) fn number(&self, name: &str, default: Option<i64>) -> Setting {
        self.read(name, |v| number(v).map(Value::from), default.map_or(Value::Null, Value::from))
    }

    /// `yes` or anything else.
    pub(crate) fn flag(&self, name: &str) -> bool {
        self.last(name).is_some_and(|(v, _, _)| v.eq_ignore_ascii_case("yes"))
    }

    fn read(&self, name: &str, f: impl Fn(&str) -> Option<Value>, default: Value) -> Setting {
        let all = self.all.get(name).map(Vec::as_slice).unwrap_or_default();
        let Some(((text, file, line), losers)) = all.split_last() else {
            return Setting::of(default, Origin::Default);
        };
        let mut setting = match f(text) {
            Some(value) => Setting::in_file(value, file, *line),
            // The program complains and takes its default.
            None => Setting::in_file(default, file, *line),
        };
        for (text, file, line) in losers {
            setting = setting.beating(f(text).unwrap_or(Value::Null), file, *line);
        }
        setting
    }
}

/// `strtol` in base 0: decimal, octal behind `0`, hexadecimal behind `0x`.
pub(crate) fn number(text: &str) -> Option<i64> {
    let text = text.trim_start_matches(is_space);
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let value = if let Some(hex) = digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        i64::from_str_radix(hex, 16)
    } else if digits.len() > 1 && digits.starts_with('0') {
        i64::from_str_radix(digits, 8)
    } else {
        digits.parse()
    };
    if digits.starts_with(['+', '-']) {
        return None;
    }
    value.ok().map(|v| if negative { v.saturating_neg() } else { v })
}

/// What `useradd` gives: `NAME=value` at the start of a line, the last counts.
pub(crate) fn useradd(host: &Host<'_>) -> Result<Defs, Gap> {
    let mut out = Defs::default();
    for path in ["/etc/default/useradd", "/usr/etc/default/useradd"] {
        let path = Path::new(path);
        let Some(found) = host.text(path)? else { continue };
        for (number, line) in numbered(&found.text) {
            if let Some((name, value)) = line.split_once('=')
                && name.bytes().all(|b| b.is_ascii_uppercase() || b == b'_')
            {
                let all = out.all.entry(name.to_owned()).or_default();
                all.push((value.trim_matches('"').to_owned(), path.to_owned(), number));
            }
        }
        break;
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Memory, Standing};

    fn defs(text: &str) -> Defs {
        let mut m = Memory::new(Standing::AtRest);
        m.file("/etc/login.defs", text);
        let host = Host::new(&m, "h", assay_core::Timestamp::UNIX_EPOCH);
        Defs::login(&host).unwrap()
    }

    #[test]
    fn the_last_value_wins_and_numbers_have_bases() {
        let d = defs("PASS_MAX_DAYS 90\n#PASS_MAX_DAYS 1\n\tPASS_MAX_DAYS\t\"0x10\" x\n");
        let s = d.number("PASS_MAX_DAYS", Some(-1));
        assert_eq!(s.value, 16);
        assert_eq!(s.place, Some(("/etc/login.defs".to_owned(), 3)));
        assert_eq!(s.others.len(), 1);
        assert_eq!(defs("UMASK 027").number("UMASK", None).value, 0o27);
        assert_eq!(defs("PASS_MIN_DAYS many").number("PASS_MIN_DAYS", Some(-1)).value, -1);
        assert_eq!(defs("").number("PASS_MAX_DAYS", Some(-1)).origin, Origin::Default);
    }

    #[test]
    fn a_vendor_file_yields_to_etc() {
        let mut m = Memory::new(Standing::AtRest);
        m.file("/usr/etc/login.defs", "PASS_MAX_DAYS 99999\nUMASK 022\n");
        m.file("/etc/login.defs.d/50-own.defs", "PASS_MAX_DAYS 365\n");
        let host = Host::new(&m, "h", assay_core::Timestamp::UNIX_EPOCH);
        let d = Defs::login(&host).unwrap();
        assert_eq!(d.number("PASS_MAX_DAYS", None).value, 365);
        assert_eq!(d.number("UMASK", None).value, 18);
    }
}
