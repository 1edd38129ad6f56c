//! `modprobe.d` as libkmod reads it: files merged by name, the first `install` that fits wins,
//! `blacklist` stops loads by alias only (modprobe.d(5)).

use std::path::{Path, PathBuf};

use assay_core::{Gap, GapState};

use crate::Host;
use crate::merged::{directories, pieces};
use crate::subjects::sysctl::pattern::matches;

/// One line that matters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    /// `install`, `blacklist` or `alias`.
    pub word: &'static str,
    /// The name or pattern, folded.
    pub name: String,
    /// The rest.
    pub rest: String,
    /// Its file.
    pub file: PathBuf,
    /// Its line, from 1.
    pub line: u32,
}

/// The lines in order, and the first file that could not be read.
#[derive(Debug, Default)]
pub(super) struct Config {
    pub lines: Vec<Line>,
    pub blind: Option<Gap>,
}

/// Most lines that are read.
const MAX_LINES: usize = 65_536;

/// Reads them.
///
/// # Errors
/// A directory that cannot be listed.
pub(super) fn config(host: &Host<'_>) -> Result<Config, Gap> {
    let mut out = Config::default();
    for piece in pieces(host, &directories("modprobe.d"), ".conf")? {
        match piece.text {
            Ok(text) => parse(&piece.path, &text, &mut out.lines),
            Err(gap) => out.blind = out.blind.or(Some(gap)),
        }
        if out.lines.len() > MAX_LINES {
            let detail = format!("more than {MAX_LINES} lines in modprobe.d");
            return Err(Gap::new(GapState::Malformed, detail));
        }
    }
    Ok(out)
}

fn parse(path: &Path, text: &str, out: &mut Vec<Line>) {
    let mut lines = (1_u32..).zip(text.split('\n'));
    while let Some((number, line)) = lines.next() {
        let mut whole = line.to_owned();
        // The backslash and the end of the line go.
        while whole.ends_with('\\') {
            whole.pop();
            let Some((_, next)) = lines.next() else { break };
            whole.push_str(next);
        }
        if whole.starts_with('#') {
            continue;
        }
        let mut rest = whole.as_str();
        let Some(word) = take(&mut rest) else { continue };
        let word = match word {
            "install" => "install",
            "blacklist" => "blacklist",
            "alias" => "alias",
            _ => continue,
        };
        let Some(name) = take(&mut rest) else { continue };
        if word != "blacklist" && rest.trim().is_empty() {
            continue;
        }
        out.push(Line {
            word,
            name: fold(name),
            rest: rest.trim().to_owned(),
            file: path.to_owned(),
            line: number,
        });
    }
}

fn take<'t>(rest: &mut &'t str) -> Option<&'t str> {
    let text = rest.trim_start_matches([' ', '\t']);
    let end = text.find([' ', '\t']).unwrap_or(text.len());
    let (word, after) = text.split_at(end);
    *rest = after;
    (!word.is_empty()).then_some(word)
}

/// A name as it is compared: `-` and `_` are one, but not inside brackets.
pub(super) fn fold(name: &str) -> String {
    let mut inside = false;
    let fold = |c| {
        match c {
            '[' => inside = true,
            ']' => inside = false,
            '-' if !inside => return '_',
            _ => {}
        }
        c
    };
    name.chars().map(fold).collect()
}

impl Config {
    /// The `install` line of a module: the first that fits.
    pub(super) fn install(&self, module: &str) -> Option<&Line> {
        self.lines.iter().find(|l| l.word == "install" && matches(&l.name, module))
    }

    /// Its `blacklist` line: names are not patterns.
    pub(super) fn blacklist(&self, module: &str) -> Option<&Line> {
        self.lines.iter().find(|l| l.word == "blacklist" && l.name == module)
    }

    /// An alias that sends the module's own name elsewhere.
    pub(super) fn alias(&self, module: &str) -> Option<&Line> {
        self.lines.iter().find(|l| l.word == "alias" && matches(&l.name, module))
    }
}

/// What an `install` command does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Does {
    /// Nothing: the module is not loaded.
    Nothing,
    /// It calls modprobe or insmod.
    Loads,
    /// Only running it would tell.
    Unknown,
}

/// What a command does: a shell runs it.
pub(super) fn does(command: &str) -> Does {
    if command.contains("modprobe") || command.contains("insmod") {
        return Does::Loads;
    }
    let command = command.split(" #").next().unwrap_or("");
    let mut words = command.split_whitespace();
    let first = words.next().unwrap_or("");
    let name = first.rsplit('/').next().unwrap_or("");
    let plain = !command.contains([';', '|', '&', '`', '$', '<', '>', '(']);
    match name {
        "true" | "false" | ":" | "exit" | "echo" | "logger" if plain => Does::Nothing,
        // A shell that is asked to do nothing.
        "sh" | "bash" | "dash"
            if plain
                && words.next() == Some("-c")
                && command.ends_with(['e', '\'', '"', '0', '1']) =>
        {
            let inner: String = words.collect::<Vec<_>>().join(" ");
            let inner = inner.trim_matches(['\'', '"']);
            let name = inner.split_whitespace().next().unwrap_or("");
            match name.rsplit('/').next().unwrap_or("") {
                "true" | "false" | ":" | "exit" => Does::Nothing,
                _ => Does::Unknown,
            }
        }
        _ => Does::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands() {
        for nothing in ["/bin/true", "/usr/bin/false  # c", "/bin/sh -c 'exit 0'", ":", "false"] {
            assert_eq!(does(nothing), Does::Nothing, "{nothing}");
        }
        assert_eq!(does("/bin/true; /sbin/modprobe -i x"), Does::Loads);
        for unknown in ["/usr/local/bin/x", "/bin/true && /bin/x", "/bin/sh -c x", ""] {
            assert_eq!(does(unknown), Does::Unknown, "{unknown}");
        }
    }

    #[test]
    fn lines() {
        let mut out = Vec::new();
        let text = "# install a /x\n # install b /x\ninstall c-[a-b] \\\n /bin/true\n\tblacklist d-e f\ninstall g\nInstall h /x\nalias usb-x off\nremove i /x";
        parse(Path::new("/f"), text, &mut out);
        let got: Vec<(&str, &str, &str, u32)> =
            out.iter().map(|l| (l.word, l.name.as_str(), l.rest.as_str(), l.line)).collect();
        let expected = [
            ("install", "c_[a-b]", "/bin/true", 3),
            ("blacklist", "d_e", "f", 5),
            ("alias", "usb_x", "off", 8),
        ];
        assert_eq!(got, expected);
    }
}
