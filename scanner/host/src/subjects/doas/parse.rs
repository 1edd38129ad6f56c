//! The grammar of doas.conf(5). One mistake anywhere, and doas refuses to run.

use super::lex::{Mistake, Token, tokens};

/// A rule.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Rule {
    /// `permit` rather than `deny`.
    pub(super) permit: bool,
    /// No password is asked for.
    pub(super) nopass: bool,
    /// The caller's environment is handed on.
    pub(super) keepenv: bool,
    /// What it runs is not logged.
    pub(super) nolog: bool,
    /// `NAME`, `NAME=VALUE`, `-NAME` of `setenv`.
    pub(super) environment: Vec<String>,
    /// A user, or `:group`.
    pub(super) identity: String,
    /// The target user. `None`: any.
    pub(super) target: Option<String>,
    /// The command. `None`: any.
    pub(super) command: Option<String>,
    /// Its arguments. `None`: any.
    pub(super) args: Option<Vec<String>>,
    /// Its file, as an index into those of the policy.
    pub(super) file: usize,
    /// Its line, from 1.
    pub(super) line: u32,
}

/// The rules of a text, and what doas says against it.
pub(super) fn rules(text: &str, file: usize) -> (Vec<Rule>, Vec<Mistake>) {
    let (tokens, mut errors) = tokens(text);
    let mut out = Vec::new();
    for line in tokens.split(|(t, _)| *t == Token::End) {
        let Some((_, number)) = line.first() else { continue };
        match (Words { tokens: line, at: 0 }).rule() {
            Ok(rule) => out.push(Rule { file, line: *number, ..rule }),
            Err(why) => errors.push((why, *number)),
        }
    }
    (out, errors)
}

struct Words<'t> {
    tokens: &'t [(Token, u32)],
    at: usize,
}

impl Words<'_> {
    fn keyword(&mut self, word: &str) -> bool {
        let found =
            matches!(self.tokens.get(self.at), Some((Token::Word(w, true), _)) if w == word);
        self.at += usize::from(found);
        found
    }

    /// A word that is no keyword.
    fn string(&mut self) -> Option<String> {
        const KEYWORDS: [&str; 10] = [
            "deny", "permit", "as", "cmd", "args", "nopass", "nolog", "persist", "keepenv",
            "setenv",
        ];
        match self.tokens.get(self.at) {
            Some((Token::Word(w, plain), _)) if !(*plain && KEYWORDS.contains(&w.as_str())) => {
                self.at += 1;
                Some(w.clone())
            }
            _ => None,
        }
    }

    fn rule(&mut self) -> Result<Rule, String> {
        let mut rule = Rule::default();
        let mut persist = false;
        if self.keyword("permit") {
            rule.permit = true;
            loop {
                if self.keyword("nopass") {
                    rule.nopass = true;
                } else if self.keyword("persist") {
                    persist = true;
                } else if self.keyword("keepenv") {
                    rule.keepenv = true;
                } else if self.keyword("nolog") {
                    rule.nolog = true;
                } else if self.keyword("setenv") {
                    if !rule.environment.is_empty() {
                        return Err("there are two setenv".to_owned());
                    }
                    rule.environment = self.environment()?;
                } else {
                    break;
                }
            }
            if rule.nopass && persist {
                return Err("nopass and persist stand together".to_owned());
            }
        } else if !self.keyword("deny") {
            return Err("a rule begins with permit or deny".to_owned());
        }
        rule.identity = self.string().ok_or("nobody is named")?;
        if self.keyword("as") {
            rule.target = Some(self.string().ok_or("no target is named")?);
        }
        if self.keyword("cmd") {
            rule.command = Some(self.string().ok_or("no command is named")?);
            if self.keyword("args") {
                let mut args = Vec::new();
                while let Some(word) = self.string() {
                    args.push(word);
                }
                rule.args = Some(args);
            }
        }
        let ends = self.at == self.tokens.len();
        ends.then_some(rule).ok_or_else(|| "there is more than a rule can hold".to_owned())
    }

    fn environment(&mut self) -> Result<Vec<String>, String> {
        let brace = |w: &mut Self, token: &Token| {
            let found = w.tokens.get(w.at).is_some_and(|(t, _)| t == token);
            w.at += usize::from(found);
            found
        };
        if !brace(self, &Token::Open) {
            return Err("setenv is followed by `{`".to_owned());
        }
        let mut out = Vec::new();
        while let Some(word) = self.string() {
            out.push(word);
        }
        if brace(self, &Token::Close) { Ok(out) } else { Err("a `}` is missing".to_owned()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_and_mistakes() {
        let (found, errors) = rules(
            "# x\npermit nopass keepenv setenv { A B=$C -D } :wheel as root cmd /bin/ls args -l\n\
             deny 1000\n\npermit \"as\" as \"cmd\"",
            7,
        );
        assert_eq!(errors, []);
        let first = &found[0];
        assert!(first.permit && first.nopass && first.keepenv && first.file == 7);
        assert_eq!(first.environment, ["A", "B=$C", "-D"]);
        assert_eq!((first.command.as_deref(), first.line), (Some("/bin/ls"), 2));
        assert_eq!(first.args.as_deref(), Some(&["-l".to_owned()][..]));
        assert_eq!((found[1].permit, found[1].identity.as_str()), (false, "1000"));
        assert_eq!((found[2].identity.as_str(), found[2].target.as_deref()), ("as", Some("cmd")));
        for bad in [
            "allow a",
            "permit",
            "permit nopass persist a",
            "permit a cmd",
            "permit a as as",
            "permit a b",
            "permit setenv A a",
            "permit setenv { A a",
            "deny nopass a",
            "permit a args x",
        ] {
            let (found, errors) = rules(bad, 0);
            assert!(found.is_empty() && errors.len() == 1, "{bad}");
        }
    }
}
