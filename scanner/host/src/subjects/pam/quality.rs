//! What modules ask of a new password: pam_pwquality(8), pam_cracklib(8), pam_passwdqc(8).

use std::path::{Path, PathBuf};

use assay_core::Gap;

use super::entry::Entry;
use super::options::{Chosen, number, options};
use crate::{Host, Setting};

const FILE: &str = "/etc/security/pwquality.conf";
const VENDOR: &str = "/usr/etc/security/pwquality.conf";
const PASSWDQC: &str = "/etc/passwdqc.conf";
/// The library takes no smaller length, and cracklib no shorter password.
const FLOOR: i64 = 6;
/// Names of the credits and of what each counts.
const CREDITS: [&str; 4] = ["dcredit", "ucredit", "lcredit", "ocredit"];
/// Other settings that the library knows; any further name ends the reading of a file.
const OTHERS: [&str; 12] = [
    "difok",
    "maxrepeat",
    "maxclassrepeat",
    "maxsequence",
    "gecoscheck",
    "usercheck",
    "usersubstr",
    "badwords",
    "dictpath",
    "retry",
    "enforce_for_root",
    "local_users_only",
];

/// What an entry asks.
#[derive(Debug, Clone)]
pub(super) struct Quality {
    /// The shortest password that it lets pass, in characters.
    pub(super) length: Chosen,
    /// Kinds of characters that a password needs.
    pub(super) classes: Chosen,
    /// Whether it refuses what it does not like.
    pub(super) enforcing: Chosen,
}

/// Whether an entry judges new passwords.
pub(super) fn judges(entry: &Entry) -> bool {
    ["pam_pwquality", "pam_cracklib", "pam_passwdqc"].iter().any(|n| entry.is(n))
}

impl Quality {
    /// What an entry asks. `None`: it judges nothing.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub(super) fn of(host: &Host<'_>, entry: &Entry) -> Result<Option<Self>, Gap> {
        let Some(module) = entry.module() else { return Ok(None) };
        match module.name.as_str() {
            "pam_pwquality" => Settings::pwquality(host, entry).map(|s| Some(s.quality())),
            "pam_cracklib" => {
                let mut s = Settings::new(9, 1, 5);
                for arg in &module.args {
                    s.argument(arg, entry);
                }
                Ok(Some(s.quality()))
            }
            "pam_passwdqc" => passwdqc(host, entry).map(Some),
            _ => Ok(None),
        }
    }
}

/// The settings of pam_pwquality.
struct Settings {
    minlen: Chosen,
    minclass: Chosen,
    credits: [Chosen; 4],
    enforcing: Chosen,
    /// Whether cracklib is asked, which has a limit of its own.
    dictionary: bool,
    floor: i64,
}

impl Settings {
    fn new(minlen: i64, credit: i64, floor: i64) -> Self {
        Self {
            minlen: Chosen::new(minlen),
            minclass: Chosen::new(0),
            credits: [(); 4].map(|()| Chosen::new(credit)),
            enforcing: Chosen::new(true),
            dictionary: true,
            floor,
        }
    }

    /// The pieces of the directory in order, then the file itself, then the words of the entry: the
    /// last wins.
    fn pwquality(host: &Host<'_>, entry: &Entry) -> Result<Self, Gap> {
        let mut out = Self::new(8, 0, FLOOR);
        let mut main = PathBuf::from(FILE);
        if host.stat(&main)?.is_none() && host.stat(VENDOR)?.is_some() {
            main = PathBuf::from(VENDOR);
        }
        let mut files = host.list(format!("{FILE}.d"))?.unwrap_or_default();
        files.retain(|p| p.file_name().is_some_and(|n| n.to_string_lossy().ends_with(".conf")));
        files.push(main);
        for path in files {
            let Some(file) = options(host, &path)? else { continue };
            // A mistake ends the reading, also that of the files behind it.
            let whole =
                file.all.iter().all(|(name, value, line)| out.set(name, value, &path, *line));
            if !whole || file.broken {
                break;
            }
        }
        for arg in entry.module().map(|m| m.args.as_slice()).unwrap_or_default() {
            out.argument(arg, entry);
        }
        Ok(out)
    }

    fn argument(&mut self, arg: &str, entry: &Entry) {
        let (name, value) = arg.split_once('=').unwrap_or((arg, ""));
        self.set(name, value, Path::new(&entry.file), entry.line);
    }

    /// Takes a setting. `false`: it is none.
    fn set(&mut self, name: &str, value: &str, file: &Path, line: u32) -> bool {
        let name = name.to_ascii_lowercase();
        let credit = CREDITS.iter().position(|c| *c == name);
        if let (Some(slot), Some(n)) = (credit.and_then(|c| self.credits.get_mut(c)), whole(value))
        {
            slot.take(n, file, line);
            return true;
        }
        match (name.as_str(), whole(value)) {
            ("minlen", Some(n)) => self.minlen.take(n.max(self.floor), file, line),
            ("minclass", Some(n)) => self.minclass.take(n.min(4), file, line),
            ("enforcing", Some(n)) => self.enforcing.take(n != 0, file, line),
            ("dictcheck", Some(n)) => self.dictionary = n != 0,
            ("badwords" | "dictpath" | "enforce_for_root" | "local_users_only", _) => {}
            (other, Some(_)) => return OTHERS.contains(&other),
            _ => return false,
        }
        true
    }

    fn quality(self) -> Quality {
        let credits: Vec<i64> = self.credits.iter().map(Chosen::number).collect();
        let kinds = i64::try_from(credits.iter().filter(|c| **c < 0).count()).unwrap_or(0);
        let classes = self.minclass.number().max(kinds);
        let length = shortest(self.minlen.number(), classes - kinds, &credits);
        let length = length.max(if self.dictionary { FLOOR } else { 0 });
        let decides = |own: Chosen, value: i64, by: &[&Chosen]| {
            let mut out = own;
            let mut places = std::iter::once(&out).chain(by.iter().copied());
            let placed = places.rfind(|c| c.0.place.is_some()).cloned();
            if let Some(placed) = placed.filter(|_| out.number() != value) {
                out = placed;
            }
            out.0.value = value.into();
            out
        };
        let by: Vec<&Chosen> = self.credits.iter().filter(|c| c.number() != 0).collect();
        Quality {
            length: decides(self.minlen.clone(), length, &by),
            classes: decides(self.minclass.clone(), classes, &by),
            enforcing: self.enforcing,
        }
    }
}

/// The length of the shortest password. A negative credit asks for that many characters of its kind; a
/// positive one counts each of its characters twice, up to itself. `kinds` more kinds are needed.
fn shortest(minlen: i64, kinds: i64, credits: &[i64]) -> i64 {
    let positive = || credits.iter().copied().filter(|c| *c > 0);
    let mut length = credits.iter().filter(|c| **c < 0).map(|c| -c).sum::<i64>();
    let with_bonus = i64::try_from(positive().count()).unwrap_or(0).min(kinds.max(0));
    length += kinds.max(0);
    let left = positive().sum::<i64>() - with_bonus;
    let missing = minlen - length - with_bonus;
    match missing {
        ..=0 => length,
        n if n <= 2 * left => length + (n + 1) / 2,
        n => length + n - left,
    }
}

/// A number that is nothing else.
fn whole(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    plain.then(|| number(text))?.filter(|n| i32::try_from(*n).is_ok())
}

/// pam_passwdqc: `min=N0,N1,N2,N3,N4`, the length for one class, two, a phrase, three, four.
fn passwdqc(host: &Host<'_>, entry: &Entry) -> Result<Quality, Gap> {
    let place = (entry.file.clone(), entry.line);
    let args = entry.module().map(|m| m.args.clone()).unwrap_or_default();
    let mut words: Vec<(String, (String, u32))> = Vec::new();
    let named = args.iter().rev().find_map(|a| a.strip_prefix("config="));
    if let Some(path) = named.or_else(|| args.is_empty().then_some(PASSWDQC))
        && let Some(found) = host.text(path)?
    {
        for (number, line) in (1_u32..).zip(found.text.lines()) {
            let line = line.split('#').next().unwrap_or_default().trim();
            words.push((line.to_owned(), (path.to_owned(), number)));
        }
    }
    words.extend(args.into_iter().map(|a| (a, place.clone())));
    let mut min = Chosen::new("disabled,24,11,8,7");
    let mut enforcing = Chosen::new(true);
    for (word, (file, line)) in &words {
        if let Some(value) = word.strip_prefix("min=") {
            min.take(value, Path::new(file), *line);
        } else if let Some(value) = word.strip_prefix("enforce=") {
            enforcing.take(value != "none", Path::new(file), *line);
        }
    }
    let text = min.0.value.as_str().unwrap_or_default().to_owned();
    let lengths: Vec<Option<i64>> = text.split(',').map(|n| n.trim().parse().ok()).collect();
    let shortest = lengths.iter().flatten().min().copied().unwrap_or(0);
    // A phrase has words instead of classes.
    let kinds = [1, 2, 2, 3, 4];
    let classes = kinds.iter().zip(&lengths).filter(|(_, l)| l.is_some()).map(|(k, _)| *k).min();
    let with = |value: i64| {
        let mut out = min.clone();
        out.0 = Setting { value: value.into(), ..out.0 };
        out
    };
    Ok(Quality { length: with(shortest), classes: with(classes.unwrap_or(0)), enforcing })
}
