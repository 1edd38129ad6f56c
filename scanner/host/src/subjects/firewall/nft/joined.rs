//! What a rule of nft looks at together: combinations (`ip saddr . tcp dport`), and what it is taken
//! apart by.

use super::super::model::{Field, Test, Truth, Value, protocol};
use super::Token;
use super::rule::Parser;
use super::set::{braces, elements, value_of};

/// Elements of a set or map: key and value.
pub(super) type Elements = Vec<(Vec<Token>, Vec<Token>)>;

/// What a rule is taken apart by: the elements of a map of verdicts, or of a set of combinations.
pub(super) struct Split {
    pub(super) fields: Vec<Field>,
    pub(super) elements: Elements,
    pub(super) map: bool,
}

/// The tests of one key: `192.0.2.1 . 22` is two.
pub(super) fn tests_of(fields: &[Field], key: &[Token]) -> Vec<Test> {
    let test =
        |field: Field, key: &[Token]| Test { field, negated: false, values: value_of(field, key) };
    if let [field] = fields {
        return vec![test(*field, key)];
    }
    let parts: Vec<&[Token]> = key.split(|t| t.is(".")).collect();
    if parts.len() != fields.len() {
        return vec![Test::known(Truth::No)];
    }
    fields.iter().zip(parts).map(|(field, key)| test(*field, key)).collect()
}

impl Parser<'_> {
    /// One more part of a combination.
    pub(super) fn part(&mut self) -> Field {
        let word = self.take();
        match word.as_str() {
            "iif" | "iifname" => Field::Interface,
            "tcp" | "udp" | "th" => {
                if word != "th" {
                    let values = vec![protocol(&word)];
                    self.tests.push(Test { field: Field::Protocol, negated: false, values });
                }
                if self.take() == "dport" { Field::Port } else { Field::Within(0, u16::MAX) }
            }
            "ip" | "ip6" => {
                let family = if word == "ip" { "4" } else { "6" };
                let values = vec![Value::Word(family.to_owned())];
                self.tests.push(Test { field: Field::Family, negated: false, values });
                match self.take().as_str() {
                    "saddr" => Field::Source,
                    "daddr" => Field::Destination,
                    "protocol" | "nexthdr" => Field::Protocol,
                    _ => Field::Known(Truth::May),
                }
            }
            "meta" => match self.take().as_str() {
                "iif" | "iifname" => Field::Interface,
                "l4proto" => Field::Protocol,
                "nfproto" | "protocol" => Field::Family,
                "mark" => Field::Within(0, 0),
                _ => Field::Known(Truth::May),
            },
            "ct" => match self.take().as_str() {
                "state" => Field::State,
                "mark" => Field::Within(0, 0),
                _ => Field::Known(Truth::May),
            },
            "ether" | "vlan" | "socket" | "rt" | "fib" => {
                self.take();
                Field::Known(Truth::May)
            }
            _ => Field::Known(Truth::May),
        }
    }

    /// The combinations that are looked for: a set, a named set, or one.
    pub(super) fn combinations(&mut self) -> Elements {
        if self.peek() == "{" {
            let (inside, rest) = braces(self.rest);
            self.rest = rest;
            return elements(inside);
        }
        if let Some(name) = self.peek().strip_prefix('@').map(str::to_owned) {
            self.take();
            return self.sets.get(&name).cloned().unwrap_or_default();
        }
        let mut key = Vec::new();
        while let Some((first, rest)) = self.rest.split_first() {
            let dot = first.is(".");
            key.push(first.clone());
            self.rest = rest;
            if !dot && self.peek() != "." {
                break;
            }
        }
        vec![(key, Vec::new())]
    }
}
