//! Stored passwords: what kind of thing is stored. The hash itself never leaves this file.

/// What a password field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// A hash that a password can match.
    Set,
    /// Nothing can match: `!`, `*` and the like, a hash behind `!` included.
    Locked,
    /// Nothing at all: no password is asked for where the program allows that.
    Empty,
    /// The hash is kept elsewhere, and there is no such line.
    Absent,
}

impl State {
    /// The word used in documents.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Set => "set",
            Self::Locked => "locked",
            Self::Empty => "empty",
            Self::Absent => "absent",
        }
    }
}

/// A password field, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Secret {
    /// What it holds.
    pub(crate) state: State,
    /// The scheme of the hash, also of one behind a lock.
    pub(crate) scheme: Option<&'static str>,
    /// How often the scheme repeats itself, where the hash says so: rounds of SHA-crypt, the cost of
    /// bcrypt (a power of two).
    pub(crate) rounds: Option<u64>,
}

impl Secret {
    /// No line holds it.
    pub(crate) const ABSENT: Self = Self { state: State::Absent, scheme: None, rounds: None };

    /// Reads a field of `/etc/shadow`, or a hash in `/etc/passwd`.
    pub(crate) fn read(field: &str) -> Self {
        if field.is_empty() {
            return Self { state: State::Empty, scheme: None, rounds: None };
        }
        let inner = field.trim_start_matches(['!', '*']);
        let (scheme, rounds) = scheme(inner);
        let open = inner.len() == field.len() && scheme.is_some();
        Self { state: if open { State::Set } else { State::Locked }, scheme, rounds }
    }
}

/// The scheme of a hash by its prefix, from crypt(5). `None`: no password gives this text.
fn scheme(hash: &str) -> (Option<&'static str>, Option<u64>) {
    let prefixes = [
        ("$y$", "yescrypt"),
        ("$gy$", "gost-yescrypt"),
        ("$7$", "scrypt"),
        ("$2a$", "bcrypt"),
        ("$2b$", "bcrypt"),
        ("$2x$", "bcrypt-x"),
        ("$2y$", "bcrypt"),
        ("$6$", "sha512crypt"),
        ("$5$", "sha256crypt"),
        ("$sha1", "sha1crypt"),
        ("$md5", "sunmd5"),
        ("$1$", "md5crypt"),
        ("$3$", "nthash"),
    ];
    if let Some((prefix, name)) = prefixes.iter().find(|(p, _)| hash.starts_with(p)) {
        let rest = hash.strip_prefix(prefix).unwrap_or_default();
        let number = |text: &str| {
            let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
            digits.parse::<u64>().ok()
        };
        let rounds = match *name {
            "sha512crypt" | "sha256crypt" => match rest.strip_prefix("rounds=") {
                Some(rest) => number(rest).map(|n| n.clamp(1000, 999_999_999)),
                None => Some(5000),
            },
            "bcrypt" | "bcrypt-x" => number(rest),
            _ => None,
        };
        return (Some(name), rounds);
    }
    let plain = hash.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.' || b == b'/');
    match hash.len() {
        20 if hash.starts_with('_') => (Some("bsdicrypt"), None),
        13 if plain => (Some("descrypt"), None),
        // bigcrypt: a salt and a block of eleven for every eight characters.
        n if plain && n > 13 && n <= 178 && (n - 2).is_multiple_of(11) => (Some("bigcrypt"), None),
        _ if hash.starts_with('$') && hash.len() > 3 => (Some("unknown"), None),
        _ => (None, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locks_and_schemes() {
        let read = |t: &str| {
            let s = Secret::read(t);
            (s.state.as_str(), s.scheme.unwrap_or("-"))
        };
        assert_eq!(read(""), ("empty", "-"));
        for locked in ["!", "!!", "*", "!*", "x", "*LK*", "NP", "!locked", "*NP*", "disabled"] {
            assert_eq!(read(locked), ("locked", "-"), "{locked}");
        }
        assert_eq!(read("!$6$salt$hash"), ("locked", "sha512crypt"));
        assert_eq!(read("$y$j9T$salt$hash"), ("set", "yescrypt"));
        assert_eq!(read("$1$salt$hash"), ("set", "md5crypt"));
        assert_eq!(read("$sha1$40000$x$y"), ("set", "sha1crypt"));
        assert_eq!(read("ab0123456789."), ("set", "descrypt"));
        assert_eq!(read("_J9..salt0123456789."), ("set", "bsdicrypt"));
        assert_eq!(Secret::read("$6$rounds=1000$s$h").rounds, Some(1000));
        assert_eq!(Secret::read("$6$s$h").rounds, Some(5000));
        assert_eq!(Secret::read("$2b$04$abc").rounds, Some(4));
    }
}
