//! Words: expansion, patterns, tests.

use std::path::Path;

use super::run::{Shell, volatile};
use super::state::{UMASK, Val};
use super::syntax::{Node, Part, Word, parse};
use crate::FileKind;

/// Longest text that an expansion may give.
const MAX_TEXT: usize = 65_536;

impl Shell<'_, '_> {
    /// The value of a variable.
    pub(super) fn get(&self, name: &str) -> Val {
        if let Some(var) = self.state.vars.get(name) {
            return var.value.clone();
        }
        let known = |text: &str| Val::Known(text.to_owned());
        let bash = self.shell == "bash";
        match name {
            "HOME" | "PWD" => known(&self.home),
            "USER" | "LOGNAME" => known(&self.user),
            "SHELL" => known(&format!("/bin/{}", self.shell)),
            "PS1" => known("$ "),
            "-" => known(if bash { "himBHs" } else { "im" }),
            "0" => known(&format!("-{}", self.shell)),
            "UID" | "EUID" if self.shell != "sh" && self.shell != "dash" => {
                known(&self.uid.to_string())
            }
            "BASH" if bash => known("/bin/bash"),
            "BASH_VERSION" if bash => known("5.2"),
            "ZSH_VERSION" if self.shell == "zsh" => known("5.9"),
            "BASH" | "BASH_VERSION" | "ZSH_VERSION" | "KSH_VERSION" | "POSIXLY_CORRECT"
            | "PROMPT_COMMAND" | "TMOUT" | "UID" | "EUID" => Val::Unset,
            // No login program sets these; `/etc/environment` and earlier files were read.
            "BASH_ENV"
            | "BASH_COMPLETION_VERSINFO"
            | "PROFILEREAD"
            | "XDG_CACHE_HOME"
            | "XDG_CONFIG_DIRS"
            | "XDG_CONFIG_HOME"
            | "XDG_DATA_DIRS"
            | "XDG_DATA_HOME"
            | "XDG_STATE_HOME" => Val::Unset,
            "#" => known(&self.args.len().to_string()),
            "@" | "*" => known(&self.args.join(" ")),
            "?" => match self.state.status {
                Some(true) => known("0"),
                Some(false) => known("1"),
                None => Val::Unknown("a status".to_owned()),
            },
            _ if name.bytes().all(|b| b.is_ascii_digit()) => {
                let at = name.parse::<usize>().unwrap_or(usize::MAX);
                match self.args.get(at.wrapping_sub(1)) {
                    Some(a) if a == "\u{fffd}" => Val::Unknown("an argument".to_owned()),
                    Some(a) => known(a),
                    None => Val::Unset,
                }
            }
            _ => Val::Unknown(format!("{name} comes from outside")),
        }
    }

    /// A word as one text.
    pub(super) fn single(&mut self, word: &Word) -> Option<String> {
        let mut out = String::new();
        for (n, part) in word.iter().enumerate() {
            match part {
                Part::Text(t, false) if n == 0 || out.ends_with([':', '=']) => {
                    out.push_str(&self.tilde(t)?);
                }
                Part::Text(t, _) => out.push_str(t),
                Part::Param { name, op, arg, .. } => out.push_str(&self.param(name, op, arg)?),
                Part::Command(text) => out.push_str(&self.output(text)?),
                Part::Unknown => return None,
            }
            if out.len() > MAX_TEXT {
                return None;
            }
        }
        Some(out)
    }

    /// `~` and `:~` of an unquoted text.
    fn tilde(&self, text: &str) -> Option<String> {
        if !text.contains('~') {
            return Some(text.to_owned());
        }
        let mut out = Vec::new();
        for piece in text.split(':') {
            match piece.strip_prefix('~') {
                Some(rest) if rest.is_empty() || rest.starts_with('/') => {
                    out.push(format!("{}{rest}", self.home));
                }
                Some(_) => return None,
                None => out.push(piece.to_owned()),
            }
        }
        Some(out.join(":"))
    }

    /// A word as fields: split where it is not quoted, and file names filled in.
    pub(super) fn expand(&mut self, word: &Word) -> Option<Vec<String>> {
        let splits =
            word.iter().any(|p| matches!(p, Part::Param { quoted: false, .. } | Part::Command(_)));
        let quoted = word
            .iter()
            .any(|p| matches!(p, Part::Text(_, true) | Part::Param { quoted: true, .. }));
        let text = self.single(word)?;
        let globs =
            word.iter().any(|p| matches!(p, Part::Text(t, false) if t.contains(['*', '?', '['])));
        if let [Part::Text(t, false)] = word.as_slice()
            && t == "["
        {
            return Some(vec![text]);
        }
        let fields: Vec<String> = if splits && !quoted {
            let ifs = match self.state.vars.get("IFS").map(|v| v.value.clone()) {
                None | Some(Val::Unset) => " \t\n".to_owned(),
                Some(Val::Known(ifs)) => ifs,
                Some(Val::Unknown(_)) => return None,
            };
            let blank = ifs.chars().all(char::is_whitespace);
            let fields = text.split(|c| ifs.contains(c)).map(str::to_owned);
            fields.filter(|f| !blank || !f.is_empty()).collect()
        } else {
            vec![text]
        };
        if !globs {
            return Some(fields);
        }
        let mut out = Vec::new();
        for field in fields {
            match self.glob(&field)? {
                names if names.is_empty() => out.push(field),
                names => out.extend(names),
            }
        }
        Some(out)
    }

    /// The names that fit a pattern whose directory is plain. The order of names with letters of
    /// both cases depends on the language of the session: then it cannot be told.
    fn glob(&mut self, pattern: &str) -> Option<Vec<String>> {
        let (directory, last) = pattern.rsplit_once('/')?;
        if directory.contains(['*', '?', '[']) || volatile(pattern) {
            return None;
        }
        let names =
            self.host.list(Path::new(if directory.is_empty() { "/" } else { directory })).ok()?;
        let mut out = Vec::new();
        for path in names.unwrap_or_default().into_iter().take(5000) {
            let name = path.file_name().map(|n| n.to_string_lossy().into_owned())?;
            if (!name.starts_with('.') || last.starts_with('.')) && fnmatch(last, &name) {
                out.push(format!("{directory}/{name}"));
            }
        }
        Some(out)
    }

    /// A word as a pattern: what is quoted stands for itself.
    pub(super) fn pattern(&mut self, word: &Word) -> Option<String> {
        let mut out = String::new();
        for part in word {
            let one = vec![part.clone()];
            let text = self.single(&one)?;
            if matches!(part, Part::Text(_, true) | Part::Param { quoted: true, .. }) {
                for c in text.chars() {
                    if "*?[\\".contains(c) {
                        out.push('\\');
                    }
                    out.push(c);
                }
            } else {
                out.push_str(&text);
            }
        }
        Some(out)
    }

    fn param(&mut self, name: &str, op: &str, arg: &Word) -> Option<String> {
        let value = match self.get(name) {
            Val::Known(v) => Some(v),
            Val::Unset => None,
            Val::Unknown(_) => return None,
        };
        let set = value.as_ref().is_some_and(|v| !v.is_empty() || !op.starts_with(':'));
        match op {
            ":-" | "-" if !set => self.single(arg),
            ":=" | "=" if !set => {
                let text = self.single(arg)?;
                let place = self.place();
                self.state.set(name, Val::Known(text.clone()), place, false);
                Some(text)
            }
            ":+" | "+" => {
                if set {
                    self.single(arg)
                } else {
                    Some(String::new())
                }
            }
            "#" | "##" | "%" | "%%" => {
                let pattern = self.pattern(arg)?;
                Some(trimmed(&value.unwrap_or_default(), op, &pattern))
            }
            _ => Some(value.unwrap_or_default()),
        }
    }

    /// What a command prints, for the few whose answer is known.
    fn output(&mut self, text: &str) -> Option<String> {
        let Ok(Node::List(list)) = parse(text, 1) else { return None };
        let [Node::Simple { assigns, words, .. }] = list.as_slice() else { return None };
        if !assigns.is_empty() || words.len() > 100 {
            return None;
        }
        let mut args = Vec::new();
        for word in words {
            args.extend(self.expand(word)?);
        }
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let (name, args) = args.split_first()?;
        let group = if self.uid == 0 || self.own_group { Some(self.user.clone()) } else { None };
        match (name.rsplit('/').next().unwrap_or(name), args) {
            ("id", ["-u" | "-ru"]) => Some(self.uid.to_string()),
            ("id", ["-un" | "-nu"]) | ("whoami" | "logname", []) => Some(self.user.clone()),
            ("id", ["-gn" | "-ng"]) => group,
            ("umask", []) => match self.get(UMASK) {
                Val::Known(mask) => Some(mask),
                _ => None,
            },
            ("echo", args) if !args.first().is_some_and(|a| a.starts_with('-')) => {
                Some(args.join(" "))
            }
            ("uname", [] | ["-s"]) => Some("Linux".to_owned()),
            _ => None,
        }
    }

    /// `[[ … ]]`.
    pub(super) fn conditional(&mut self, words: &[Word]) -> Option<bool> {
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
    pub(super) fn test(&mut self, args: &[Option<String>]) -> Option<bool> {
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

/// `${x#p}` and its kin.
fn trimmed(text: &str, op: &str, pattern: &str) -> String {
    let mut cuts: Vec<usize> = text.char_indices().map(|(n, _)| n).collect();
    cuts.push(text.len());
    if cuts.len() > 2000 {
        return text.to_owned();
    }
    if matches!(op, "##" | "%") {
        cuts.reverse();
    }
    for cut in cuts {
        let (start, end) = text.split_at(cut);
        if op.starts_with('#') && fnmatch(pattern, start) {
            return end.to_owned();
        }
        if op.starts_with('%') && fnmatch(pattern, end) {
            return start.to_owned();
        }
    }
    text.to_owned()
}

/// Whether a text fits a pattern of the shell, as a whole.
pub(super) fn fnmatch(pattern: &str, text: &str) -> bool {
    let p: Vec<char> = pattern.chars().collect();
    let t: Vec<char> = text.chars().collect();
    let (mut i, mut j) = (0_usize, 0_usize);
    let mut star: Option<(usize, usize)> = None;
    while j < t.len() {
        let step = match p.get(i) {
            Some('*') => {
                star = Some((i, j));
                i = i.saturating_add(1);
                continue;
            }
            Some('?') => Some(1),
            Some('[') => set(p.get(i..).unwrap_or_default(), t.get(j).copied()),
            Some('\\') => (p.get(i.saturating_add(1)) == t.get(j)).then_some(2),
            Some(c) => (Some(c) == t.get(j)).then_some(1),
            None => None,
        };
        match (step, star) {
            (Some(n), _) => {
                i = i.saturating_add(n);
                j = j.saturating_add(1);
            }
            (None, Some((at, from))) => {
                star = Some((at, from.saturating_add(1)));
                i = at.saturating_add(1);
                j = from.saturating_add(1);
            }
            (None, None) => return false,
        }
    }
    p.get(i..).unwrap_or_default().iter().all(|c| *c == '*')
}

/// `[a-z]` at the start of a pattern: its length where a character fits.
fn set(pattern: &[char], c: Option<char>) -> Option<usize> {
    let c = c?;
    let end = pattern.iter().skip(2).position(|c| *c == ']');
    let Some(end) = end.map(|n| n.saturating_add(2)) else {
        return (c == '[').then_some(1);
    };
    let inner = pattern.get(1..end)?;
    let negated = matches!(inner.first(), Some('!' | '^'));
    let inner = if negated { inner.get(1..)? } else { inner };
    let mut hit = false;
    let mut n = 0;
    while let Some(a) = inner.get(n) {
        match (inner.get(n.saturating_add(1)), inner.get(n.saturating_add(2))) {
            (Some('-'), Some(b)) => {
                hit |= *a <= c && c <= *b;
                n = n.saturating_add(3);
            }
            _ => {
                hit |= *a == c;
                n = n.saturating_add(1);
            }
        }
    }
    (hit != negated).then_some(end.saturating_add(1))
}

/// A mask as `umask` takes it, in octal or in words. `Err(true)`: the shell refuses it.
/// `Err(false)`: it changes a mask that is not known.
pub(super) fn mask(text: &str, old: Option<u32>) -> Result<u32, bool> {
    if text.starts_with(|c: char| c.is_ascii_digit()) {
        return match u32::from_str_radix(text, 8) {
            Ok(mask) if mask <= 0o7777 => Ok(mask & 0o777),
            _ => Err(true),
        };
    }
    let mut allowed = !old.unwrap_or(0) & 0o777;
    let mut exact = old.is_some();
    for clause in text.split(',') {
        let op = clause.find(['=', '+', '-']).ok_or(true)?;
        let (who, rest) = clause.split_at(op);
        let mut bits = 0;
        for c in rest.chars().skip(1) {
            bits |= match c {
                'r' => 4,
                'w' => 2,
                'x' => 1,
                'X' | 's' | 't' => 0,
                _ => return Err(true),
            };
        }
        let mut field = 0;
        for c in who.chars() {
            field |= match c {
                'u' => 0o700,
                'g' => 0o070,
                'o' => 0o007,
                'a' => 0o777,
                _ => return Err(true),
            };
        }
        let field = if who.is_empty() { 0o777 } else { field };
        let bits = (bits * 0o111) & field;
        match rest.chars().next() {
            Some('=') => {
                allowed = (allowed & !field) | bits;
                exact |= field == 0o777 || text.matches('=').count() >= 3;
            }
            Some('+') => allowed |= bits,
            _ => allowed &= !bits,
        }
    }
    if exact { Ok(!allowed & 0o777) } else { Err(false) }
}
