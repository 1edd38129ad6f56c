//! Words: expansion, patterns, tests.

mod pattern;
mod test;

use std::path::Path;

use super::run::{Shell, volatile};
use super::state::{UMASK, Val};
use super::syntax::{Node, Part, Word, parse};
use crate::FileKind;
use pattern::trimmed;
pub(super) use pattern::{fnmatch, mask};

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
            ("run-parts", args) => self.parts(args),
            _ => None,
        }
    }

    /// `run-parts --list`: the files of a directory whose names fit, in order of their bytes.
    fn parts(&self, args: &[&str]) -> Option<String> {
        let (mut list, mut directory) = (false, None);
        let mut names = "^[a-zA-Z0-9_-]+$";
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            match arg.strip_prefix("--regex=") {
                Some(regex) => names = regex,
                None if *arg == "--regex" => names = args.next()?,
                None if *arg == "--list" => list = true,
                None if arg.starts_with('-') => return None,
                None => directory = Some(*arg),
            }
        }
        let directory = directory.filter(|d| list && d.starts_with('/') && !volatile(d))?;
        let names = regex::Regex::new(names).ok()?;
        let mut out = Vec::new();
        for path in self.host.list(directory).ok()?.unwrap_or_default().into_iter().take(5000) {
            let file = self.host.stat(&path).ok()?.is_some_and(|s| s.kind == FileKind::File);
            if file && names.is_match(&path.file_name()?.to_string_lossy()) {
                out.push(path.display().to_string());
            }
        }
        Some(out.join("\n"))
    }
}
