//! The grammar of sudoers(5). An entry with an error is dropped whole, as sudo does; of a line of
//! aliases, those before the error stay.

mod commands;

use std::rc::Rc;

use super::ast::{Default, Member, Op, Place, Policy, Privilege, Scope, UserSpec, Who};
use super::cursor::Cursor;
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
