//! What a granted program gives beyond its own purpose, from the manuals of the programs: a shell
//! escape, an option that runs another program, an option that writes a file of the caller's choice.

mod programs;

use super::ast::{Args, What};
use super::glob::{self, Slash};
use programs::{FOLDERS, INTERACTIVE, KEYS, PLAIN_SHELLS, READERS, RUNNERS, SHELLS, WRITERS};

/// What a grant gives as its target user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Gives {
    /// `ALL`.
    Everything,
    /// A program whose purpose it is to run other programs.
    Shell,
    /// A program that can be made to run others.
    Escape,
    /// A program that writes files of the caller's choice.
    Write,
    /// A program that shows files of the caller's choice.
    Read,
}

impl Gives {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Everything => "everything",
            Self::Shell => "shell",
            Self::Escape => "escape",
            Self::Write => "write",
            Self::Read => "read",
        }
    }
}

/// What a grant gives. `names` are the last parts of the program's path and of what it links to;
/// `noexec`: the program cannot start others.
pub(crate) fn judge(what: &What, names: &[String], noexec: bool) -> Option<Gives> {
    let free = |gives: Option<Gives>| match gives {
        Some(Gives::Shell | Gives::Escape) if noexec => None,
        gives => gives,
    };
    match what {
        What::All => Some(Gives::Everything),
        What::Alias(_) | What::List => None,
        What::Edit(args) => edit(args),
        What::Regex(path, args) => free(patterned(expression(path), args)),
        What::Path(path, args) if path.ends_with('/') => free(patterned(
            |p| p.rsplit_once('/').is_some_and(|(d, _)| path.trim_end_matches('/') == d),
            args,
        )),
        What::Path(path, args) if glob::is_pattern(path) => {
            free(patterned(|p| glob::matches(path, p, Slash::Apart), args))
        }
        What::Path(_, args) => {
            let all = names.iter().filter_map(|n| program(n, args, noexec));
            all.min()
        }
    }
}

/// The worst of all listed programs that a pattern lets run.
fn patterned(matches: impl Fn(&str) -> bool, args: &Args) -> Option<Gives> {
    let lists = [SHELLS, RUNNERS, INTERACTIVE, WRITERS, READERS];
    let all = lists.iter().flat_map(|l| l.iter());
    let hit = all.filter(|n| FOLDERS.iter().any(|f| matches(&format!("{f}{n}"))));
    hit.filter_map(|n| program(n, args, false)).min()
}

fn program(name: &str, args: &Args, noexec: bool) -> Option<Gives> {
    let name = family(name);
    let open = open(args);
    let bare = matches!(args, Args::None);
    let text = match args {
        Args::Glob(text) | Args::Regex(text) => text.as_str(),
        _ => "",
    };
    let runs = if SHELLS.contains(&name) && (open || bare || becomes_root(name, text)) {
        Some(Gives::Shell)
    } else if INTERACTIVE.contains(&name)
        && !(bare && ["less", "more", "man"].contains(&name))
        && (open || !text.split_whitespace().any(|w| w == "--no-pager"))
        || RUNNERS.contains(&name) && open && !harmless(name, text)
        || (RUNNERS.contains(&name) || SHELLS.contains(&name)) && ends_in_shell(text)
    {
        Some(Gives::Escape)
    } else {
        None
    };
    let edits =
        ["vi", "vim", "nano", "emacs", "ed", "ex", "joe", "pico", "visudo", "vipw", "mcedit"];
    let writes = (WRITERS.contains(&name) && (open || writes_key(name, text)))
        || (name == "passwd" && (bare || ["root", "--", "-- root"].contains(&text)))
        || (noexec && edits.iter().any(|e| name.starts_with(e)) && !bare);
    let runs = runs.filter(|_| !noexec);
    let reads = READERS.contains(&name) && open;
    let writes = runs.or_else(|| writes.then_some(Gives::Write));
    writes.or_else(|| reads.then_some(Gives::Read))
}

/// The script that an interpreter is told to run: its first argument that is a path.
pub(crate) fn script(names: &[String], args: &Args) -> Option<String> {
    let Args::Glob(text) = args else { return None };
    if !names.iter().any(|n| SHELLS.contains(&family(n))) {
        return None;
    }
    let words = text.split_whitespace().map(|w| w.trim_matches(['"', '\'']));
    let first = words.take_while(|w| *w != "-c").find(|w| w.starts_with('/'))?;
    (!glob::is_pattern(first)).then(|| glob::literal(first))
}

/// Whether arguments that are fixed hand on to a shell that is given nothing to run:
/// `find /var -exec /bin/sh \\;`.
fn ends_in_shell(args: &str) -> bool {
    let words: Vec<&str> = args.split_whitespace().map(|w| w.trim_matches(['"', '\''])).collect();
    let shell = |w: &str| w.rsplit('/').next().is_some_and(|n| PLAIN_SHELLS.contains(&n));
    let idle = |w: &&str| w.trim_start_matches('\\') == ";" || ["-i", "-p", "-l", "+"].contains(w);
    words
        .iter()
        .enumerate()
        .any(|(at, word)| shell(word) && words.get(at + 1..).unwrap_or_default().iter().all(idle))
}

/// `python3.11` is a python3.
fn family(name: &str) -> &str {
    let plain = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    if SHELLS.contains(&name) || RUNNERS.contains(&name) { name } else { plain }
}

/// Whether the caller can choose arguments.
fn open(args: &Args) -> bool {
    match args {
        Args::Any => true,
        Args::None => false,
        Args::Glob(text) => glob::is_pattern(text) && text.contains('*'),
        Args::Regex(text) => {
            [".*", ".+", "[^", "\\S", "\\w", ".{"].iter().any(|loose| text.contains(loose))
        }
    }
}

fn becomes_root(name: &str, args: &str) -> bool {
    let user = args.split_whitespace().find(|a| !a.starts_with('-') || *a == "--");
    ["su", "runuser"].contains(&name)
        && !args.is_empty()
        && !args.contains("-c")
        && user.is_none_or(|u| u == "root")
}

/// Free arguments behind these words open nothing.
fn harmless(name: &str, args: &str) -> bool {
    let mut words = args.split_whitespace();
    let verb = words.find(|w| !w.starts_with('-')).unwrap_or_default();
    match name {
        "systemctl" => [
            "start",
            "stop",
            "restart",
            "reload",
            "status",
            "is-active",
            "show",
            "kill",
            "enable",
            "disable",
            "try-restart",
            "reload-or-restart",
        ]
        .contains(&verb),
        _ => false,
    }
}

fn writes_key(name: &str, args: &str) -> bool {
    let writers = ["cp", "mv", "tee", "install", "ln", "chmod", "chown", "chgrp", "setfacl", "dd"];
    let key = |w: &str| {
        let path = w.strip_prefix("of=").unwrap_or(w);
        path.starts_with('/') && KEYS.iter().any(|k| path.starts_with(k))
    };
    match name {
        "cp" | "mv" | "install" | "ln" => args.split_whitespace().last().is_some_and(key),
        _ => writers.contains(&name) && args.split_whitespace().any(key),
    }
}

fn edit(args: &Args) -> Option<Gives> {
    let risky = match args {
        Args::Any => true,
        Args::None => false,
        Args::Glob(text) => text.split_whitespace().any(|path| {
            let plain = KEYS.iter().any(|k| {
                !k.ends_with("bin/") && (path.starts_with(k) || path == k.trim_end_matches('/'))
            });
            // A wildcard matches no slash here, so it stays in its folder.
            let folder = path.rsplit_once('/').map_or("", |(f, _)| f);
            plain
                || glob::is_pattern(folder)
                || (glob::is_pattern(path)
                    && KEYS
                        .iter()
                        .any(|k| !k.ends_with('/') && glob::matches(path, k, Slash::Apart)))
        }),
        Args::Regex(text) => {
            let matches = expression(text);
            KEYS.iter().any(|k| matches(k))
        }
    };
    risky.then_some(Gives::Write)
}

/// What a regular expression of sudoers (extended, of POSIX) matches. One that cannot be read here is
/// taken to match everything.
fn expression(regex: &str) -> impl Fn(&str) -> bool {
    let limit = 1 << 20;
    let built = regex::RegexBuilder::new(regex).size_limit(limit).dfa_size_limit(limit).build();
    move |text| built.as_ref().map_or(true, |r| r.is_match(text))
}
