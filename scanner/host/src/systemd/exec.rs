//! Command lines of units.

use super::parse::words;
use super::unit::Place;

/// One command of `ExecStart=` and its like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// `ExecStart`, `ExecStartPre`…
    pub key: String,
    /// The program: an absolute path, or a name that is looked up in the fixed search path.
    pub program: String,
    /// The arguments after it, variables not yet replaced.
    pub arguments: Vec<String>,
    /// `-`: that it fails does not matter.
    pub may_fail: bool,
    /// `+` or `!`: it runs with full rights, whatever the unit says.
    pub privileged: bool,
    /// Where it stands.
    pub place: Place,
}

impl Command {
    /// The commands of one value. Several are separated by a word `;`. `expand` replaces the
    /// specifiers of a word.
    pub(crate) fn parse(
        key: &str,
        value: &str,
        place: &Place,
        expand: impl Fn(&str) -> String,
    ) -> Vec<Self> {
        let mut out = Vec::new();
        let all: Vec<String> = words(value).iter().map(|w| expand(w)).collect();
        // An escaped separator is an argument; `words` has taken its backslash as it is no escape.
        for part in all.split(|w| w == ";") {
            let Some((first, rest)) = part.split_first() else { continue };
            let bare = first.trim_start_matches(['-', '@', ':', '+', '!', '|']);
            let flags = first.strip_suffix(bare).unwrap_or("");
            let renamed = flags.contains('@');
            let arguments = rest.iter().skip(usize::from(renamed));
            out.push(Self {
                key: key.to_owned(),
                program: bare.to_owned(),
                arguments: arguments
                    .map(|a| if a == "\\;" { ";".to_owned() } else { a.clone() })
                    .collect(),
                may_fail: flags.contains('-'),
                privileged: flags.contains(['+', '!']),
                place: place.clone(),
            });
        }
        out
    }

    /// The program's name without its directories.
    #[must_use]
    pub fn name(&self) -> &str {
        self.program.rsplit('/').next().unwrap_or(&self.program)
    }

    /// Whether it does nothing at all: `true`, `sleep`, `echo`…, also through a shell or `env`.
    #[must_use]
    pub fn does_nothing(&self) -> bool {
        let text: Vec<&str> = std::iter::once(self.program.as_str())
            .chain(self.arguments.iter().map(String::as_str))
            .collect();
        nothing(&text, 0)
    }

    /// As one line, for people.
    #[must_use]
    pub fn line(&self) -> String {
        let mut out = self.program.clone();
        for a in &self.arguments {
            out.push(' ');
            out.push_str(a);
        }
        out
    }
}

/// Programs that change nothing, whatever their arguments are.
const IDLE: [&str; 14] = [
    "true", "false", ":", "sleep", "echo", "printf", "cat", "exit", "test", "yes", "date", "id",
    "pwd", "logger",
];

/// Programs that start what follows them.
const STARTERS: [&str; 7] = ["env", "nice", "ionice", "setsid", "nohup", "timeout", "stdbuf"];

fn nothing(text: &[&str], depth: usize) -> bool {
    let Some((first, rest)) = text.split_first() else { return true };
    let name = first.rsplit('/').next().unwrap_or(first);
    if IDLE.contains(&name) {
        return true;
    }
    if depth > 4 {
        return false;
    }
    if STARTERS.contains(&name) {
        let at = rest.iter().position(|a| {
            !a.starts_with('-') && !a.contains('=') && !a.starts_with(|c: char| c.is_ascii_digit())
        });
        return at.and_then(|i| rest.get(i..)).is_some_and(|rest| nothing(rest, depth + 1));
    }
    if name == "exec" {
        return nothing(rest, depth + 1);
    }
    if name == "busybox" {
        return nothing(rest, depth + 1);
    }
    if ["sh", "bash", "dash", "ash", "zsh", "ksh"].contains(&name) {
        let script = rest.iter().position(|a| a.starts_with('-') && a.contains('c'));
        let Some(script) = script.and_then(|i| rest.get(i + 1)) else { return false };
        let parts = script.split([';', '\n', '&', '|']);
        let mut parts = parts.map(str::trim).filter(|p| !p.is_empty());
        return parts.all(|part| {
            let split: Vec<&str> = part.split_whitespace().collect();
            !part.contains(['`', '$', '>']) && nothing(&split, depth + 1)
        });
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commands(value: &str) -> Vec<Command> {
        Command::parse("ExecStart", value, &Place { file: "/f".into(), line: 1 }, str::to_owned)
    }

    #[test]
    fn prefixes_arguments_and_separators() {
        let all = commands(r#"-@/bin/sh bash -c "a ; b" ; +/sbin/x 'y z'"#);
        assert_eq!(all.len(), 2);
        assert_eq!((all[0].program.as_str(), all[0].may_fail), ("/bin/sh", true));
        assert_eq!(all[0].arguments, ["-c", "a ; b"]);
        assert!(all[1].privileged && all[1].arguments == ["y z"]);
    }

    #[test]
    fn what_does_nothing() {
        for line in [
            "/bin/true",
            "true",
            "/usr/bin/env FOO=1 true",
            "/bin/sh -c 'exit 0'",
            "/bin/sh -ec 'true; :'",
            "/bin/sleep infinity",
            "/usr/bin/env bash -c 'exec sleep 1'",
        ] {
            assert!(commands(line)[0].does_nothing(), "{line}");
        }
        for line in
            ["/sbin/auditd", "/bin/sh -c 'auditd; true'", "/bin/sh /x", "sh -c 'echo 1 > /x'"]
        {
            assert!(!commands(line)[0].does_nothing(), "{line}");
        }
    }
}
