//! `Match` blocks: which connections they take.

use super::lex;
use super::load::Place;
use super::pattern::{self, Answer};

/// What a criterion looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Looks {
    /// The name of the user.
    User,
    /// One of the user's groups.
    Group,
    /// The client's host name, or its address where names are not looked up.
    Host,
    /// The client's address.
    Address,
    /// The server's address.
    LocalAddress,
    /// The server's port.
    LocalPort,
    /// The routing domain.
    RDomain,
    /// Whether the user does not exist.
    InvalidUser,
    /// The version of sshd.
    Version,
}

/// One criterion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Criterion {
    /// What it looks at.
    pub(super) looks: Looks,
    /// Its patterns.
    pub(super) patterns: String,
}

/// A `Match` line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Block {
    /// All must hold; none: `all`.
    pub(super) criteria: Vec<Criterion>,
    /// The line.
    pub(super) place: Place,
    /// The line as it is written, in one spelling.
    pub(super) text: String,
}

/// A connection, as far as `Match` and the access lists can tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Connection {
    /// The user who logs in.
    pub(super) user: String,
    /// The names of the user's groups.
    pub(super) groups: Vec<String>,
    /// Whether the user's number is 0. `None`: there is no such user.
    pub(super) root: Option<bool>,
    /// The client's host name.
    pub(super) host: String,
    /// The client's address.
    pub(super) address: String,
    /// The server's address.
    pub(super) local_address: String,
    /// The server's port.
    pub(super) local_port: u16,
    /// The routing domain, empty for none.
    pub(super) domain: String,
}

impl Criterion {
    /// Whether it takes a connection.
    pub(super) fn takes(&self, c: &Connection) -> bool {
        let p = self.patterns.as_str();
        match self.looks {
            Looks::User => pattern::list(&c.user, p) == Answer::Yes,
            Looks::Group => {
                let mut found = false;
                for group in &c.groups {
                    match pattern::list(group, p) {
                        Answer::Never => return false,
                        Answer::Yes => found = true,
                        Answer::No => {}
                    }
                }
                found
            }
            Looks::Host => pattern::hosts(&c.host, p) == Answer::Yes,
            Looks::Address => pattern::addresses(Some(&c.address), p) == Ok(Answer::Yes),
            Looks::LocalAddress => pattern::addresses(Some(&c.local_address), p) == Ok(Answer::Yes),
            Looks::LocalPort => p.parse() == Ok(c.local_port),
            Looks::RDomain => pattern::list(&c.domain, p) == Answer::Yes,
            Looks::InvalidUser => c.root.is_none(),
            Looks::Version => true,
        }
    }

    /// Whether it names some connections, rather than all, or all but some.
    fn names(&self) -> bool {
        let mut positive = self.patterns.split(',').filter(|p| !p.starts_with('!'));
        !matches!(self.looks, Looks::Version)
            && positive.all(|p| p.chars().any(|c| c != '*' && c != '?') && !p.ends_with("/0"))
    }
}

impl Block {
    /// From what follows `Match`.
    ///
    /// # Errors
    /// What sshd says against it.
    pub(super) fn parse(text: &str, place: Place) -> Result<Self, String> {
        let mut rest = Some(text);
        let mut criteria = Vec::new();
        let mut count = 0;
        let mut written = vec!["Match".to_owned()];
        while let Some(name) = lex::word(&mut rest).filter(|n| !n.is_empty()) {
            if name.starts_with('#') {
                break;
            }
            count += 1;
            if name.eq_ignore_ascii_case("all") {
                let next = lex::word(&mut rest).filter(|n| !n.is_empty() && !n.starts_with('#'));
                if count > 1 || next.is_some() {
                    return Err("Match all stands with other criteria".to_owned());
                }
                return Ok(Self { criteria, place, text: "Match all".to_owned() });
            }
            if name.eq_ignore_ascii_case("invalid-user") {
                criteria.push(Criterion { looks: Looks::InvalidUser, patterns: String::new() });
                written.push("Invalid-User".to_owned());
                continue;
            }
            let patterns = lex::word(&mut rest).filter(|p| !p.is_empty() && !p.starts_with('#'));
            let patterns = patterns.ok_or_else(|| format!("Match {name} names nothing"))?;
            let (looks, title) =
                looks(&name).ok_or_else(|| format!("Match {name} is not known"))?;
            check(looks, &patterns)?;
            written.push(format!("{title} {patterns}"));
            criteria.push(Criterion { looks, patterns });
        }
        if count == 0 {
            return Err("Match has no criterion".to_owned());
        }
        Ok(Self { criteria, place, text: written.join(" ") })
    }

    /// Whether it is `Match all`.
    pub(super) const fn all(&self) -> bool {
        self.criteria.is_empty()
    }

    /// Whether it takes a connection.
    pub(super) fn takes(&self, c: &Connection) -> bool {
        self.criteria.iter().all(|k| k.takes(c))
    }

    /// Whether it is confined to connections that it names, rather than to all, or to all but some.
    pub(super) fn names(&self) -> bool {
        self.criteria.iter().any(Criterion::names)
    }
}

fn looks(name: &str) -> Option<(Looks, &'static str)> {
    const NAMES: &[(&str, Looks)] = &[
        ("User", Looks::User),
        ("Group", Looks::Group),
        ("Host", Looks::Host),
        ("Address", Looks::Address),
        ("LocalAddress", Looks::LocalAddress),
        ("LocalPort", Looks::LocalPort),
        ("RDomain", Looks::RDomain),
        ("Version", Looks::Version),
    ];
    NAMES.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(n, l)| (*l, *n))
}

fn check(looks: Looks, patterns: &str) -> Result<(), String> {
    let good = match looks {
        Looks::Address | Looks::LocalAddress => pattern::addresses(None, patterns).is_ok(),
        Looks::LocalPort => patterns.parse::<u16>().is_ok_and(|p| p > 0),
        _ => true,
    };
    if good { Ok(()) } else { Err(format!("Match criterion {patterns:?} cannot be read")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Block, String> {
        Block::parse(text, Place { file: "f".into(), line: 1 })
    }

    #[test]
    fn spellings() {
        assert_eq!(parse("user=bob").unwrap().text, "Match User bob");
        assert_eq!(parse("USER bob Address 10.0.0.0/8 # x").unwrap().criteria.len(), 2);
        assert!(parse("all").unwrap().all());
        assert!(parse("all # x").unwrap().all());
        for bad in
            ["all user x", "user x all", "final", "!user x", "user", "Address 10.0.0.1/8", ""]
        {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_block_is_confined_only_by_what_it_names() {
        for (text, want) in [
            ("User bob", true),
            ("User *", false),
            ("User *,!root", false),
            ("Address 0.0.0.0/0,::/0", false),
            ("Address 10.0.0.0/8,!10.1.0.0/16", true),
            ("all", false),
            ("User * LocalPort 2222", true),
        ] {
            assert_eq!(parse(text).unwrap().names(), want, "{text}");
        }
    }
}
