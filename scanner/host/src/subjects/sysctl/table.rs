//! Who wins: for one key, over everything that writes it while the host starts.

use std::path::PathBuf;

use assay_core::Gap;

use super::pattern::matches;
use super::read::{Line, Lines, is_pattern};
use crate::{Origin, Setting};

/// A write outside the files of sysctl.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Write {
    /// The key as a path.
    pub key: String,
    /// The value.
    pub value: String,
    /// The file that says it.
    pub file: PathBuf,
    /// Its line, from 1.
    pub line: u32,
}

/// Everything that writes, in the order in which it does.
#[derive(Debug, Default)]
pub(super) struct Table {
    /// Before init: the kernel's command line.
    pub first: Vec<Write>,
    /// The files.
    pub files: Lines,
    /// After the files: a firewall's own file, scripts.
    pub late: Vec<Write>,
    /// Something late that could not be read.
    pub late_gap: Option<Gap>,
}

/// One write that reaches a key, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reach<'t> {
    /// The value.
    pub value: &'t str,
    /// Its file.
    pub file: &'t std::path::Path,
    /// Its line.
    pub line: u32,
    /// What kind of thing says it.
    pub origin: Origin,
    /// Whether the key itself is named, not a pattern.
    pub named: bool,
    /// The place in the order of the files.
    piece: Option<usize>,
}

impl Table {
    /// The writes that reach a key, in order.
    pub(super) fn reach<'t>(&'t self, key: &str) -> Vec<Reach<'t>> {
        let outside = |w: &'t Write, origin| Reach {
            value: &w.value,
            file: &w.file,
            line: w.line,
            origin,
            named: true,
            piece: None,
        };
        let own = self.files.kept.iter().any(|l| l.key == key);
        let reaches =
            |l: &&Line| l.key == key || (!own && is_pattern(&l.key) && matches(&l.key, key));
        let applied = self.files.applies(key);
        let first = self.first.iter().filter(|w| w.key == key).map(|w| outside(w, Origin::Kernel));
        let files = self.files.kept.iter().filter(|l| applied && reaches(l)).filter_map(|l| {
            Some(Reach {
                value: l.value.as_deref()?,
                file: &l.file,
                line: l.line,
                origin: Origin::File,
                named: l.key == key,
                piece: Some(l.piece),
            })
        });
        let late = self.late.iter().filter(|w| w.key == key).map(|w| outside(w, Origin::File));
        first.chain(files).chain(late).collect()
    }

    /// The value that wins, among those that the kernel takes. `None`: nobody sets the key.
    ///
    /// # Errors
    /// Something that could not be read may decide.
    pub(super) fn winner(
        &self,
        key: &str,
        takes: &dyn Fn(&str) -> bool,
    ) -> Result<Option<Setting>, Gap> {
        if let Some(gap) = &self.late_gap {
            return Err(gap.clone());
        }
        let all = self.reach(key);
        let at = all.iter().rposition(|r| takes(r.value));
        let winner = at.and_then(|at| all.get(at));
        let late = winner.is_some_and(|w| w.origin == Origin::File && w.piece.is_none());
        if !late {
            let after = winner.filter(|w| w.named).and_then(|w| w.piece);
            let hides = |place: usize| after.is_none_or(|own| place > own);
            if let Some((_, gap)) = self.files.blind.iter().find(|(place, _)| hides(*place)) {
                return Err(gap.clone());
            }
        }
        let Some(winner) = winner else { return Ok(None) };
        let mut setting = Setting::in_file(winner.value, winner.file, winner.line);
        setting.origin = winner.origin;
        for (i, loser) in all.iter().enumerate() {
            if Some(i) != at {
                setting = setting.beating(loser.value, loser.file, loser.line);
            }
        }
        for lost in self.files.lost.iter().filter(|l| l.key == key) {
            let value = lost.value.as_deref().unwrap_or("");
            setting = setting.beating(value, &lost.file, lost.line);
        }
        // The order of reading, as far as names tell it.
        setting.others.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
        Ok(Some(setting))
    }

    /// Every write to `forwarding` of a family's interfaces, in order, with the names it reaches.
    /// `net.ipv4.ip_forward` is the one of all interfaces under an older name.
    pub(super) fn steps(
        &self,
        general: &[&str],
        names: &[String],
        family: &str,
    ) -> Vec<(Vec<String>, Setting)> {
        let keys: Vec<(String, String)> = general
            .iter()
            .map(|n| (*n).to_owned())
            .chain(names.iter().cloned())
            .map(|n| (format!("net/{family}/conf/{n}/forwarding"), n))
            .collect();
        let reached = |written: &str, pattern: bool| -> Vec<String> {
            if family == "ipv4" && written == "net/ipv4/ip_forward" {
                return vec!["all".to_owned()];
            }
            let fits = |key: &String| {
                key == written
                    || (pattern
                        && self.files.applies(key)
                        && matches(written, key)
                        && !self.files.kept.iter().any(|l| l.key == *key))
            };
            keys.iter().filter(|(key, _)| fits(key)).map(|(_, n)| n.clone()).collect()
        };
        let outside = |w: &Write, origin| {
            let mut setting = Setting::in_file(w.value.as_str(), &w.file, w.line);
            setting.origin = origin;
            (reached(&w.key, false), setting)
        };
        let files = self.files.kept.iter().filter_map(|l| {
            let value = l.value.as_deref()?;
            let pattern = is_pattern(&l.key);
            let forwards = l.key.ends_with("forwarding") || l.key == "net/ipv4/ip_forward";
            let reached = if forwards || pattern { reached(&l.key, pattern) } else { Vec::new() };
            Some((reached, Setting::in_file(value, &l.file, l.line)))
        });
        let first = self.first.iter().map(|w| outside(w, Origin::Kernel));
        let late = self.late.iter().map(|w| outside(w, Origin::File));
        first.chain(files).chain(late).filter(|(names, _)| !names.is_empty()).collect()
    }

    /// The built-in value, where nobody sets the key: with the file that hides an assignment, and
    /// what was written and not taken.
    pub(super) fn built_in(&self, key: &str, value: impl Into<serde_json::Value>) -> Setting {
        let mut out = Setting::of(value, Origin::Default);
        let fits = |l: &Line| {
            l.value.is_some() && (l.key == key || is_pattern(&l.key) && matches(&l.key, key))
        };
        for refused in self.reach(key) {
            out = out.beating(refused.value, refused.file, refused.line);
        }
        for (line, by, at) in self.files.hidden.iter().filter(|(l, _, _)| fits(l)) {
            out.place = out.place.or_else(|| Some((by.display().to_string(), *at)));
            out = out.beating(line.value.as_deref().unwrap_or(""), &line.file, line.line);
        }
        out
    }

    /// The winner as a number within a range. `None`: nobody sets it to something that the kernel
    /// takes.
    ///
    /// # Errors
    /// As [`Table::winner`].
    pub(super) fn number(&self, key: &str, range: (i64, i64)) -> Result<Option<Setting>, Gap> {
        let takes = |text: &str| number(text).is_some_and(|n| range.0 <= n && n <= range.1);
        let winner = self.winner(key, &takes)?;
        Ok(winner.map(|mut setting| {
            if let Some(n) = setting.value.as_str().and_then(number) {
                setting.value = n.into();
            }
            setting
        }))
    }

    /// The names that stand for interfaces in keys of a family (`net/ipv4/conf/<name>/…`), the
    /// general ones and the loopback left out.
    pub(super) fn interfaces(&self, family: &str) -> Vec<String> {
        let prefix = format!("net/{family}/conf/");
        let files = self.files.kept.iter().map(|l| l.key.as_str());
        let keys = files.chain(self.first.iter().chain(&self.late).map(|w| w.key.as_str()));
        let mut out: Vec<String> = keys
            .filter_map(|k| k.strip_prefix(&prefix)?.split_once('/'))
            .map(|(name, _)| name.to_owned())
            .filter(|n| !matches!(n.as_str(), "all" | "default" | "lo" | "*"))
            .collect();
        out.sort();
        out.dedup();
        out
    }
}

/// A number as the kernel reads one: decimal, octal (`0…`) or hexadecimal (`0x…`), the first of the
/// line; what follows must be set off by a blank.
pub(super) fn number(text: &str) -> Option<i64> {
    let word = text.split_ascii_whitespace().next()?;
    let (sign, digits) = match word.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, word),
    };
    let (radix, digits) = match digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        Some(hex) => (16, hex),
        None if digits.len() > 1 && digits.starts_with('0') => (8, digits),
        None => (10, digits),
    };
    if !digits.starts_with(|c: char| c.is_ascii_hexdigit()) {
        return None;
    }
    i64::from_str_radix(digits, radix).ok().map(|n| sign * n)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_the_kernel_reads_them() {
        let all = ["2", " 02 ", "0x2", "2 # on", "2#on", "two", "-1", "", "08", "+1", "0"];
        let read: Vec<Option<i64>> = all.iter().map(|t| number(t)).collect();
        let two = Some(2);
        assert_eq!(read, [two, two, two, two, None, None, Some(-1), None, None, None, Some(0)]);
    }
}
