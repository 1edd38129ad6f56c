//! The grammar of sudoers(5). An entry with an error is dropped whole, as sudo does; of a line of
//! aliases, those before the error stay.

use std::rc::Rc;

use super::ast::{
    Args, CmdSpec, Command, Default, Member, Op, Place, Policy, Privilege, Runas, Scope, Tags,
    UserSpec, What, Who,
};
use super::cursor::Cursor;
use super::moment;
use super::text::Ch;

const WORD_ENDS: [char; 6] = [',', '=', ':', '(', ')', '!'];

type Parsed<T> = Result<T, String>;

/// Reads one logical line into the policy.
pub(super) fn entry(chars: &[Ch], file: &Rc<str>, policy: &mut Policy) {
    let mut p = Parser { c: Cursor::new(chars), file };
    p.c.blanks();
    let place = p.place();
    if let Err(why) = p.entry(policy) {
        policy.errors.push((why, place));
    }
}

struct Parser<'a> {
    c: Cursor<'a>,
    file: &'a Rc<str>,
}

impl Parser<'_> {
    fn place(&self) -> Place {
        Place { file: Rc::clone(self.file), line: self.c.line() }
    }

    fn entry(&mut self, policy: &mut Policy) -> Parsed<()> {
        if self.keyword("Defaults", |c| c.is_whitespace() || "@:!>".contains(c)) {
            return self.defaults(policy);
        }
        for (word, kind) in [
            ("User_Alias", Kind::User),
            ("Runas_Alias", Kind::Runas),
            ("Host_Alias", Kind::Host),
            ("Cmnd_Alias", Kind::Command),
            ("Cmd_Alias", Kind::Command),
        ] {
            if self.keyword(word, char::is_whitespace) {
                return self.aliases(kind, policy);
            }
        }
        let users = self.members(false)?;
        let mut privileges = Vec::new();
        loop {
            let hosts = self.members(true)?;
            self.expect('=')?;
            privileges.push(Privilege { hosts, commands: self.commands()? });
            if !self.c.take(':') {
                break;
            }
        }
        self.end()?;
        policy.specs.push(UserSpec { users, privileges });
        Ok(())
    }

    fn keyword(&mut self, word: &str, after: impl Fn(char) -> bool) -> bool {
        let same = word.chars().enumerate().all(|(i, c)| self.c.look(i) == Some(c));
        let found = same && self.c.look(word.len()).is_none_or(after);
        if found {
            self.c.skip(word.len());
        }
        found
    }

    fn expect(&mut self, c: char) -> Parsed<()> {
        if self.c.take(c) { Ok(()) } else { Err(format!("`{c}` is missing")) }
    }

    fn end(&mut self) -> Parsed<()> {
        if self.c.done() { Ok(()) } else { Err("there is more than an entry can hold".to_owned()) }
    }

    fn members(&mut self, hosts: bool) -> Parsed<Vec<Member>> {
        let mut out = vec![self.member(hosts)?];
        while self.c.take(',') {
            out.push(self.member(hosts)?);
        }
        self.c.blanks();
        Ok(out)
    }

    fn member(&mut self, host: bool) -> Parsed<Member> {
        let negated = self.c.negations();
        let quoted = self.c.peek() == Some('"');
        let word = match self.ipv6().filter(|_| host) {
            Some(address) => Some(address),
            None if self.c.peek() == Some('%') && self.c.look(1) == Some(':') => {
                self.c.skip(2);
                self.c.word(&WORD_ENDS).map(|w| format!("%:{w}"))
            }
            None => self.c.word(&WORD_ENDS),
        };
        let word = word.ok_or("a name is missing")?;
        Ok(Member { negated, who: who(&word, quoted, host) })
    }

    /// An IPv6 address holds colons, which else end a word.
    fn ipv6(&mut self) -> Option<String> {
        let mut word = String::new();
        let mut ahead = 0;
        while let Some(c) = self.c.look(ahead) {
            if !(c.is_ascii_hexdigit() || ":./".contains(c)) {
                break;
            }
            word.push(c);
            ahead += 1;
        }
        let address = word.split('/').next().unwrap_or_default();
        address.parse::<std::net::Ipv6Addr>().ok()?;
        self.c.skip(ahead);
        Some(word)
    }

    fn aliases(&mut self, kind: Kind, policy: &mut Policy) -> Parsed<()> {
        loop {
            self.c.blanks();
            let name = self.c.capitals();
            if !name.starts_with(|c: char| c.is_ascii_uppercase()) || name == "ALL" {
                return Err("an alias has a name in capitals".to_owned());
            }
            self.c.skip(name.chars().count());
            self.expect('=')?;
            let a = &mut policy.aliases;
            let new = match kind {
                Kind::Command => {
                    let list = self.alias_commands()?;
                    !a.commands.contains_key(&name) && a.commands.insert(name, list).is_none()
                }
                kind => {
                    let list = self.members(kind == Kind::Host)?;
                    let map = match kind {
                        Kind::User => &mut a.users,
                        Kind::Runas => &mut a.runas,
                        _ => &mut a.hosts,
                    };
                    !map.contains_key(&name) && map.insert(name, list).is_none()
                }
            };
            if !new {
                return Err("an alias is defined a second time".to_owned());
            }
            if !self.c.take(':') {
                return self.end();
            }
        }
    }

    fn alias_commands(&mut self) -> Parsed<Vec<Command>> {
        let mut out = vec![self.command(true)?];
        while self.c.take(',') {
            out.push(self.command(true)?);
        }
        Ok(out)
    }

    fn commands(&mut self) -> Parsed<Vec<CmdSpec>> {
        let mut out: Vec<CmdSpec> = Vec::new();
        loop {
            let before = out.last();
            let mut spec = CmdSpec {
                runas: before.and_then(|b| b.runas.clone()),
                tags: before.map(|b| b.tags.clone()).unwrap_or_default(),
                not_before: before.and_then(|b| b.not_before),
                not_after: before.and_then(|b| b.not_after),
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
    fn command(&mut self, args: bool) -> Parsed<Command> {
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

    fn defaults(&mut self, policy: &mut Policy) -> Parsed<()> {
        let scope = match self.c.peek() {
            Some('@') => {
                self.c.skip(1);
                Scope::Hosts(self.members(true)?)
            }
            Some(':') => {
                self.c.skip(1);
                Scope::Users(self.members(false)?)
            }
            Some('>') => {
                self.c.skip(1);
                Scope::Runas(self.members(false)?)
            }
            Some('!') => {
                self.c.skip(1);
                let mut list = vec![self.command(false)?];
                while self.c.take(',') {
                    list.push(self.command(false)?);
                }
                Scope::Commands(list)
            }
            _ => Scope::All,
        };
        let scope = Rc::new(scope);
        let mut out = Vec::new();
        loop {
            let negated = self.c.negations();
            let place = self.place();
            let name = self.c.word(&[',', '=', '+', '-', '!']).ok_or("a parameter is missing")?;
            self.c.blanks();
            let kind = self.c.peek();
            if matches!(kind, Some('+' | '-')) {
                self.c.skip(1);
            }
            let op = if self.c.take('=') {
                let value = self.c.word(&[',']).ok_or("a value is missing")?;
                match kind {
                    _ if negated => return Err("a value cannot be negated".to_owned()),
                    Some('+') => Op::Add(value),
                    Some('-') => Op::Remove(value),
                    _ => Op::Set(value),
                }
            } else if matches!(kind, Some('+' | '-')) {
                return Err("`=` is missing".to_owned());
            } else if negated {
                Op::False
            } else {
                Op::True
            };
            out.push(Default { scope: Rc::clone(&scope), name, op, place });
            if !self.c.take(',') {
                break;
            }
        }
        self.end()?;
        policy.defaults.extend(out);
        Ok(())
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    User,
    Runas,
    Host,
    Command,
}

fn who(word: &str, quoted: bool, host: bool) -> Who {
    let rest = |n: usize| word.get(n..).unwrap_or_default().to_owned();
    let capital = word.starts_with(|c: char| c.is_ascii_uppercase())
        && word.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
    match word {
        "ALL" if !quoted => Who::All,
        _ if word.starts_with('+') => Who::Netgroup(rest(1)),
        _ if capital && !quoted => Who::Alias(word.to_owned()),
        _ if host => Who::Name(word.to_owned()),
        _ if word.starts_with("%:") => Who::NonUnix(rest(2)),
        _ if word.starts_with("%#") => Who::Gid(rest(2)),
        _ if word.starts_with('%') => Who::Group(rest(1)),
        _ if word.starts_with('#') => Who::Uid(rest(1)),
        _ => Who::Name(word.to_owned()),
    }
}
