//! Conditions: `test`, `[` and `[[`.

use super::*;
use crate::FileKind;

impl Shell<'_, '_> {
    /// `[[ … ]]`.
    pub(in crate::subjects::login) fn conditional(&mut self, words: &[Word]) -> Option<bool> {
        let mut args = Vec::new();
        for (n, word) in words.iter().enumerate() {
            let before = n.checked_sub(1).and_then(|n| words.get(n));
            let matches = before.is_some_and(|w| {
                matches!(w.as_slice(), [Part::Text(t, false)] if matches!(t.as_str(), "=" | "==" | "!="))
            });
            let text = if matches { self.pattern(word) } else { self.single(word) };
            args.push(match text.as_deref() {
                Some("&&") => Some("-a".to_owned()),
                Some("||") => Some("-o".to_owned()),
                _ => text,
            });
        }
        Test { shell: self, args: &args, at: 0, patterns: true, depth: 0 }.whole()
    }

    /// `[ … ]`.
    pub(in crate::subjects::login) fn test(&mut self, args: &[Option<String>]) -> Option<bool> {
        Test { shell: self, args, at: 0, patterns: false, depth: 0 }.whole()
    }

    fn file(&self, op: &str, path: &str) -> Option<bool> {
        if path.is_empty() {
            return Some(false);
        }
        if !path.starts_with('/') || volatile(path) {
            return None;
        }
        let path = Path::new(path);
        let stat =
            if matches!(op, "-h" | "-L") { self.host.lstat(path) } else { self.host.stat(path) };
        let Some(stat) = stat.ok()? else { return Some(false) };
        Some(match op {
            "-f" => stat.kind == FileKind::File,
            "-d" => stat.kind == FileKind::Directory,
            "-h" | "-L" => stat.kind == FileKind::Link,
            "-s" => stat.size > 0,
            "-x" if self.uid == 0 => stat.kind == FileKind::Directory || stat.mode & 0o111 != 0,
            "-r" | "-w" if self.uid == 0 => true,
            "-r" => return (stat.mode & 0o004 != 0 || stat.uid == self.uid).then_some(true),
            "-x" => return (stat.mode & 0o001 != 0 || stat.uid == self.uid).then_some(true),
            "-e" => true,
            _ => return None,
        })
    }
}

/// The arguments of a test while they are read.
struct Test<'t, 'a, 'r> {
    shell: &'t mut Shell<'a, 'r>,
    args: &'t [Option<String>],
    at: usize,
    patterns: bool,
    depth: u32,
}

impl Test<'_, '_, '_> {
    fn word(&self, ahead: usize) -> Option<&str> {
        self.args.get(self.at.saturating_add(ahead)).and_then(|a| a.as_deref())
    }

    fn left(&self) -> usize {
        self.args.len().saturating_sub(self.at)
    }

    fn whole(&mut self) -> Option<bool> {
        if self.args.is_empty() {
            return Some(false);
        }
        let result = self.or();
        if self.left() > 0 { None } else { result }
    }

    fn or(&mut self) -> Option<bool> {
        let mut result = self.and();
        while self.word(0) == Some("-o") {
            self.at = self.at.saturating_add(1);
            let right = self.and();
            result = match (result, right) {
                (Some(true), _) | (_, Some(true)) => Some(true),
                (Some(false), Some(false)) => Some(false),
                _ => None,
            };
        }
        result
    }

    fn and(&mut self) -> Option<bool> {
        let mut result = self.one();
        while self.word(0) == Some("-a") {
            self.at = self.at.saturating_add(1);
            let right = self.one();
            result = match (result, right) {
                (Some(false), _) | (_, Some(false)) => Some(false),
                (Some(true), Some(true)) => Some(true),
                _ => None,
            };
        }
        result
    }

    fn one(&mut self) -> Option<bool> {
        self.depth = self.depth.saturating_add(1);
        if self.depth > 60 || self.left() == 0 {
            return None;
        }
        let binary = self.word(1).is_some_and(|op| {
            matches!(
                op,
                "=" | "=="
                    | "!="
                    | "=~"
                    | "<"
                    | ">"
                    | "-eq"
                    | "-ne"
                    | "-lt"
                    | "-le"
                    | "-gt"
                    | "-ge"
                    | "-nt"
                    | "-ot"
                    | "-ef"
            )
        });
        if binary && self.left() >= 3 {
            let (a, op, b) = (
                self.word(0).map(str::to_owned),
                self.word(1)?.to_owned(),
                self.word(2).map(str::to_owned),
            );
            self.at = self.at.saturating_add(3);
            return self.compare(&a?, &op, &b?);
        }
        if self.word(0) == Some("!") && self.left() > 1 {
            self.at = self.at.saturating_add(1);
            return self.one().map(|r| !r);
        }
        if self.word(0) == Some("(") {
            self.at = self.at.saturating_add(1);
            let result = self.or();
            self.at = self.at.saturating_add(1);
            return result;
        }
        let unary = self.word(0).is_some_and(|w| w.len() == 2 && w.starts_with('-'));
        if unary && self.left() > 1 && !matches!(self.word(1), Some("-a" | "-o")) {
            let op = self.word(0)?.to_owned();
            let arg = self.word(1).map(str::to_owned);
            self.at = self.at.saturating_add(2);
            let arg = arg?;
            return match op.as_str() {
                "-n" => Some(!arg.is_empty()),
                "-z" => Some(arg.is_empty()),
                "-t" => Some(true),
                "-v" => match self.shell.get(&arg) {
                    Val::Known(_) => Some(true),
                    Val::Unset => Some(false),
                    Val::Unknown(_) => None,
                },
                _ => self.shell.file(&op, &arg),
            };
        }
        let arg = self.word(0).map(str::to_owned);
        self.at = self.at.saturating_add(1);
        arg.map(|a| !a.is_empty())
    }

    fn compare(&self, a: &str, op: &str, b: &str) -> Option<bool> {
        let same = |a: &str| if self.patterns { fnmatch(b, a) } else { a == b };
        let numbers = || Some((a.trim().parse::<i64>().ok()?, b.trim().parse::<i64>().ok()?));
        match op {
            "=" | "==" => Some(same(a)),
            "!=" => Some(!same(a)),
            "-eq" => numbers().map(|(a, b)| a == b),
            "-ne" => numbers().map(|(a, b)| a != b),
            "-lt" => numbers().map(|(a, b)| a < b),
            "-le" => numbers().map(|(a, b)| a <= b),
            "-gt" => numbers().map(|(a, b)| a > b),
            "-ge" => numbers().map(|(a, b)| a >= b),
            _ => None,
        }
    }
}
