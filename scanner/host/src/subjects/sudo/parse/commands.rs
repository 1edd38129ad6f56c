//! Commands of an entry, with what stands before them: target users, options, tags, digests.

use super::super::ast::{Args, CmdSpec, Command, Runas, Tags, What};
use super::super::moment;
use super::{Parsed, Parser};

impl Parser<'_> {
    pub(super) fn alias_commands(&mut self) -> Parsed<Vec<Command>> {
        let mut out = vec![self.command(true)?];
        while self.c.take(',') {
            out.push(self.command(true)?);
        }
        Ok(out)
    }

    pub(super) fn commands(&mut self) -> Parsed<Vec<CmdSpec>> {
        let mut out: Vec<CmdSpec> = Vec::new();
        loop {
            let before = out.last();
            let mut spec = CmdSpec {
                runas: before.and_then(|b| b.runas.clone()),
                tags: before.map(|b| b.tags.clone()).unwrap_or_default(),
                not_before: before.and_then(|b| b.not_before),
                not_after: before.and_then(|b| b.not_after),
                chroot: before.and_then(|b| b.chroot),
                command: Command {
                    negated: false,
                    digest: false,
                    what: What::All,
                    place: self.place(),
                },
            };
            if self.c.take('(') {
                spec.runas = Some(self.runas()?);
            }
            self.options(&mut spec)?;
            self.tags(&mut spec.tags);
            spec.command = self.command(true)?;
            out.push(spec);
            if !self.c.take(',') {
                return Ok(out);
            }
        }
    }

    fn runas(&mut self) -> Parsed<Runas> {
        let mut runas = Runas { users: Vec::new(), groups: Vec::new() };
        if self.c.take(')') {
            return Ok(runas);
        }
        if !self.c.take(':') {
            runas.users = self.members(false)?;
            if self.c.take(')') {
                return Ok(runas);
            }
            self.expect(':')?;
        }
        runas.groups = self.members(false)?;
        self.expect(')')?;
        Ok(runas)
    }

    fn options(&mut self, spec: &mut CmdSpec) -> Parsed<()> {
        loop {
            self.c.blanks();
            let mark = self.c.mark();
            let name = self.c.capitals();
            let known = [
                "ROLE",
                "TYPE",
                "CWD",
                "CHROOT",
                "TIMEOUT",
                "NOTBEFORE",
                "NOTAFTER",
                "APPARMOR_PROFILE",
                "PRIVS",
                "LIMITPRIVS",
            ];
            if !known.contains(&name.as_str()) {
                return Ok(());
            }
            self.c.skip(name.len());
            if !self.c.take('=') {
                self.c.back(mark);
                return Ok(());
            }
            let value = self.c.word(&[',', '=', ':', '(', ')']).ok_or("an option has no value")?;
            let time = || moment::seconds(&value).ok_or(format!("{value} is no time"));
            match name.as_str() {
                "NOTBEFORE" => spec.not_before = Some(time()?),
                "NOTAFTER" => spec.not_after = Some(time()?),
                "CHROOT" => spec.chroot = Some(value == "*"),
                _ => {}
            }
        }
    }

    fn tags(&mut self, tags: &mut Tags) {
        loop {
            self.c.blanks();
            let place = self.place();
            let mark = self.c.mark();
            let name = self.c.capitals();
            self.c.skip(name.len());
            if !self.c.take(':') {
                self.c.back(mark);
                return;
            }
            match name.as_str() {
                "PASSWD" => tags.authenticate = Some((true, place)),
                "NOPASSWD" => tags.authenticate = Some((false, place)),
                "NOEXEC" => tags.noexec = Some((true, place)),
                "EXEC" => tags.noexec = Some((false, place)),
                "SETENV" => tags.setenv = Some((true, place)),
                "NOSETENV" => tags.setenv = Some((false, place)),
                "FOLLOW" | "NOFOLLOW" | "MAIL" | "NOMAIL" | "LOG_INPUT" | "NOLOG_INPUT"
                | "LOG_OUTPUT" | "NOLOG_OUTPUT" | "INTERCEPT" | "NOINTERCEPT" => {}
                _ => {
                    self.c.back(mark);
                    return;
                }
            }
        }
    }

    /// A command; without arguments where `args` is false, as in the scope of Defaults.
    pub(super) fn command(&mut self, args: bool) -> Parsed<Command> {
        let mut digest = false;
        while self.digest()? {
            digest = true;
            self.c.take(',');
        }
        let negated = self.c.negations();
        let place = self.place();
        let what = self.what(args)?;
        Ok(Command { negated, digest, what, place })
    }

    fn digest(&mut self) -> Parsed<bool> {
        self.c.blanks();
        let mark = self.c.mark();
        for name in ["sha224", "sha256", "sha384", "sha512"] {
            if self.keyword(name, |c| c.is_whitespace() || c == ':') {
                if !self.c.take(':') {
                    self.c.back(mark);
                    return Ok(false);
                }
                let mut length = 0;
                while self.c.peek().is_some_and(|c| c.is_ascii_alphanumeric() || "+/=".contains(c))
                {
                    self.c.skip(1);
                    length += 1;
                }
                return if length > 0 { Ok(true) } else { Err("a digest is missing".to_owned()) };
            }
        }
        Ok(false)
    }

    fn what(&mut self, args: bool) -> Parsed<What> {
        let ends = |c: char| c.is_whitespace() || ",:=".contains(c);
        if self.keyword("sudoedit", ends) {
            return Ok(What::Edit(if args { self.args()? } else { Args::Any }));
        }
        if self.keyword("list", ends) {
            return Ok(What::List);
        }
        let name = self.c.capitals();
        if name.starts_with(|c: char| c.is_ascii_uppercase()) && self.keyword(&name, ends) {
            return Ok(if name == "ALL" { What::All } else { What::Alias(name) });
        }
        match self.c.peek() {
            Some('/') => {
                let path = self.path();
                if path.rsplit('/').next() == Some("sudoedit") {
                    return Err("sudoedit is named without a path".to_owned());
                }
                Ok(What::Path(path, if args { self.args()? } else { Args::Any }))
            }
            Some('^') => {
                let path = self.regex().ok_or("a regular expression does not end in `$`")?;
                Ok(What::Regex(path, if args { self.args()? } else { Args::Any }))
            }
            _ => Err("a command is a full path".to_owned()),
        }
    }

    fn path(&mut self) -> String {
        let mut out = String::new();
        while let Some(c) = self.c.peek() {
            if c.is_whitespace() || ",:=".contains(c) {
                break;
            }
            self.c.skip(1);
            self.unescape(c, &mut out);
        }
        out
    }

    /// Takes the backslash away before what is special to sudoers; before wildcards it stays.
    fn unescape(&mut self, c: char, out: &mut String) {
        match (c, self.c.peek()) {
            ('\\', Some(next)) => {
                if !",:= \t#".contains(next) {
                    out.push('\\');
                }
                out.push(next);
                self.c.skip(1);
            }
            _ => out.push(c),
        }
    }

    fn args(&mut self) -> Parsed<Args> {
        self.c.blanks();
        if self.c.peek() == Some('^') {
            let regex = self.regex().ok_or("a regular expression does not end in `$`")?;
            return Ok(Args::Regex(regex));
        }
        let mut out = String::new();
        while let Some(c) = self.c.peek() {
            match c {
                ',' | ':' | '=' => break,
                '#' => return Err("a `#` in arguments needs a backslash".to_owned()),
                c if c.is_whitespace() => {
                    self.c.blanks();
                    out.push(' ');
                }
                c => {
                    self.c.skip(1);
                    self.unescape(c, &mut out);
                }
            }
        }
        Ok(match out.trim_end() {
            "" => Args::Any,
            "\"\"" => Args::None,
            text => Args::Glob(text.to_owned()),
        })
    }

    /// `^…$`, up to the first `$` that ends a word.
    fn regex(&mut self) -> Option<String> {
        let mut out = String::new();
        while let Some(c) = self.c.bump() {
            out.push(c);
            let ends = || {
                let next = self.c.peek();
                next.is_none_or(|n| n.is_whitespace() || ",:=".contains(n))
            };
            match c {
                '\\' => out.extend(self.c.bump()),
                '$' if ends() => return Some(out),
                _ => {}
            }
        }
        None
    }
}
