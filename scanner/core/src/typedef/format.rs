//! Scalars and formats. Each check is a real one: what passes can be parsed by those who read it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use serde_json::Value;

/// A scalar, or a format that is checked as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scalar {
    /// Any string.
    String,
    /// A whole number that fits 64 bits.
    Integer,
    /// Any JSON number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// RFC 3339 with an offset.
    Time,
    /// An IPv4 or IPv6 block.
    Cidr,
    /// An IPv4 block.
    Cidr4,
    /// An IPv6 block.
    Cidr6,
    /// An IPv4 or IPv6 address.
    Ip,
    /// An Amazon resource name.
    Arn,
    /// An IAM policy document as an object.
    Policy,
    /// Anything, `null` included.
    Any,
}

impl Scalar {
    /// All scalars with the word that a type file uses.
    pub const WORDS: &'static [(&'static str, Self)] = &[
        ("string", Self::String),
        ("integer", Self::Integer),
        ("number", Self::Number),
        ("boolean", Self::Boolean),
        ("time", Self::Time),
        ("cidr", Self::Cidr),
        ("cidr4", Self::Cidr4),
        ("cidr6", Self::Cidr6),
        ("ip", Self::Ip),
        ("arn", Self::Arn),
        ("policy", Self::Policy),
        ("any", Self::Any),
    ];

    /// The scalar that a word names.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::WORDS.iter().find(|(w, _)| *w == word).map(|(_, s)| *s)
    }

    /// Whether a rule may read anything below it.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Policy | Self::Any)
    }

    /// What fits, in words.
    #[must_use]
    pub const fn describe(self) -> &'static str {
        match self {
            Self::String => "a string",
            Self::Integer => "an integer",
            Self::Number => "a number",
            Self::Boolean => "a boolean",
            Self::Time => "an RFC 3339 time",
            Self::Cidr => "a CIDR block",
            Self::Cidr4 => "an IPv4 CIDR block",
            Self::Cidr6 => "an IPv6 CIDR block",
            Self::Ip => "an IP address",
            Self::Arn => "an ARN",
            Self::Policy => "a policy document",
            Self::Any => "any value",
        }
    }

    /// Why a value does not fit, if it does not.
    #[must_use]
    pub fn problem(self, value: &Value) -> Option<&'static str> {
        let fits = match self {
            Self::Any => true,
            Self::String => value.is_string(),
            Self::Integer => value.is_i64() || value.is_u64(),
            Self::Number => value.is_number(),
            Self::Boolean => value.is_boolean(),
            Self::Policy => is_policy(value),
            Self::Time => value.as_str().is_some_and(is_time),
            Self::Cidr => value.as_str().is_some_and(|s| is_cidr4(s) || is_cidr6(s)),
            Self::Cidr4 => value.as_str().is_some_and(is_cidr4),
            Self::Cidr6 => value.as_str().is_some_and(is_cidr6),
            Self::Ip => value.as_str().is_some_and(|s| s.parse::<IpAddr>().is_ok()),
            Self::Arn => value.as_str().is_some_and(is_arn),
        };
        (!fits).then_some(self.describe())
    }
}

/// RFC 3339, section 5.6. jiff also reads other spellings of ISO 8601 (a space, a zone name in
/// brackets), which readers of a snapshot need not know: the first and last bytes exclude them.
fn is_time(s: &str) -> bool {
    let b = s.as_bytes();
    b.len() >= 20
        && b.get(10) == Some(&b'T')
        && b.get(16) == Some(&b':')
        && b.get(4) == Some(&b'-')
        && s.is_ascii()
        && !s.contains(['[', ','])
        && s.parse::<jiff::Timestamp>().is_ok()
}

/// An address, a slash and a prefix length without sign or leading zero.
///
/// Bits below the prefix may be set (`10.0.0.5/24`): EC2 documents that it changes such a block to
/// its canonical form (`AuthorizeSecurityGroupIngress`, `CreateVpc`), CloudFormation templates and
/// `aws:SourceIp` conditions hold both spellings, and every reader of a block masks it.
fn split_cidr(s: &str, max: u8) -> Option<&str> {
    let (addr, len) = s.split_once('/')?;
    let plain = !len.is_empty()
        && len.bytes().all(|b| b.is_ascii_digit())
        && (len == "0" || !len.starts_with('0'));
    (plain && len.parse::<u8>().is_ok_and(|n| n <= max)).then_some(addr)
}

fn is_cidr4(s: &str) -> bool {
    split_cidr(s, 32).is_some_and(|a| a.parse::<Ipv4Addr>().is_ok())
}

fn is_cidr6(s: &str) -> bool {
    split_cidr(s, 128).is_some_and(|a| a.parse::<Ipv6Addr>().is_ok())
}

/// `arn:partition:service:region:account:resource`. Region and account may be empty; the account
/// may be a word (`aws` for managed policies).
fn is_arn(s: &str) -> bool {
    let parts: Vec<&str> = s.splitn(6, ':').collect();
    let [head, partition, service, region, account, resource] = parts.as_slice() else {
        return false;
    };
    let word = |w: &str| w.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.*".contains(&b));
    *head == "arn"
        && (*partition == "aws" || partition.starts_with("aws-"))
        && [partition, service, region, account].into_iter().all(|w| word(w))
        && !service.is_empty()
        && !resource.is_empty()
        && !s.contains(char::is_control)
}

/// An object whose `Statement` is an object or an array of objects. What the statements say is read
/// by whoever judges them.
fn is_policy(value: &Value) -> bool {
    let Some(map) = value.as_object() else {
        return false;
    };
    let version = map.get("Version").is_none_or(Value::is_string);
    version
        && match map.get("Statement") {
            Some(Value::Object(_)) => true,
            Some(Value::Array(list)) => list.iter().all(Value::is_object),
            _ => false,
        }
}
