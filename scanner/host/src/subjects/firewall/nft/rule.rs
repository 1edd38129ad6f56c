//! One rule of nft: its tests and what it says.

use super::super::model::{Field, Rule, Test, Truth, Value, Verdict, numbers, protocol};
use super::joined::{Split, tests_of};
use super::set::{braces, elements, value_of, verdict_of};
use super::{Sets, Token};

/// How long packets of strangers are, in bytes.
const LENGTH: Field = Field::Within(20, 1500);

/// Most rules times tests that one rule with a map of verdicts is taken apart into.
const MAX_TAKEN_APART: usize = 500_000;

/// Words that end an expression.
fn ends(word: &str) -> bool {
    ["accept", "drop", "reject", "return", "jump", "goto", "counter", "log", "\n", ";"]
        .contains(&word)
}

pub(super) struct Parser<'a> {
    pub(super) rest: &'a [Token],
    pub(super) sets: &'a Sets,
    pub(super) tests: Vec<Test>,
}

/// The rules that one rule is: one for each element of a verdict map, else one.
pub(super) fn parse(tokens: &[Token], sets: &Sets) -> Vec<Rule> {
    let Some(first) = tokens.first() else { return Vec::new() };
    let place = first.place.clone();
    let mut p = Parser { rest: tokens, sets, tests: Vec::new() };
    let mut out = Vec::new();
    // Of what is looked at together, each combination is a rule of its own.
    let mut ways: Vec<Vec<Test>> = vec![Vec::new()];
    while let Some((word, rest)) = p.rest.split_first() {
        p.rest = rest;
        if word.quoted || word.ends() {
            continue;
        }
        let verdict = match word.text.as_str() {
            "accept" => Some(Verdict::Accept),
            "drop" | "reject" => Some(Verdict::Drop),
            // With `bypass` packets pass where nobody takes them.
            "queue" if p.rest.iter().any(|t| t.is("bypass")) => Some(Verdict::Accept),
            "queue" => Some(Verdict::Drop),
            "notrack" => Some(Verdict::Untrack),
            "return" => Some(Verdict::Return),
            "jump" | "goto" => {
                p.rest.first().map(|t| Verdict::Jump(t.text.clone(), word.is("goto")))
            }
            _ => None,
        };
        if let Some(verdict) = verdict {
            for way in ways {
                let tests = p.tests.iter().cloned().chain(way).collect();
                out.push(Rule { tests, verdict: verdict.clone(), place: place.clone() });
            }
            return out;
        }
        if let Some(split) = p.expression(word) {
            let rules = split.elements.len().saturating_mul(ways.len());
            // Greater ones than any host has would be for some packets.
            if rules.saturating_mul(p.tests.len() + 1) > MAX_TAKEN_APART {
                p.tests.push(Test::known(Truth::May));
                out.push(Rule { tests: p.tests, verdict: Verdict::Accept, place });
                return out;
            }
            let mut next = Vec::new();
            for (key, value) in &split.elements {
                let key = tests_of(&split.fields, key);
                for way in &ways {
                    let all = way.iter().chain(&key).cloned();
                    if !split.map {
                        next.push(all.collect());
                    } else if let Some(verdict) = verdict_of(value) {
                        let tests = p.tests.iter().cloned().chain(all).collect();
                        out.push(Rule { tests, verdict, place: place.clone() });
                    }
                }
            }
            if !split.map {
                ways = next;
            }
        }
    }
    if out.is_empty() {
        out.push(Rule { tests: p.tests, verdict: Verdict::Continue, place });
    }
    out
}

impl Parser<'_> {
    pub(super) fn take(&mut self) -> String {
        let Some((first, rest)) = self.rest.split_first() else { return String::new() };
        self.rest = rest;
        first.text.clone()
    }

    pub(super) fn peek(&self) -> &str {
        self.rest.first().filter(|t| !t.quoted).map_or("", |t| t.text.as_str())
    }

    /// One expression that begins with this word. Gives the elements of a verdict map.
    fn expression(&mut self, word: &Token) -> Option<Split> {
        let field = match word.text.as_str() {
            "iif" | "iifname" => Field::Interface,
            "tcp" | "udp" | "sctp" | "dccp" | "udplite" | "th" => {
                let part = self.take();
                if word.text != "th" {
                    let value = protocol(&word.text);
                    self.tests.push(Test {
                        field: Field::Protocol,
                        negated: false,
                        values: vec![value],
                    });
                }
                match part.as_str() {
                    "dport" => Field::Port,
                    "flags" => return self.flags(),
                    // Who sends chooses it.
                    "sport" => Field::Within(0, u16::MAX),
                    "option" => {
                        self.take();
                        Field::Known(Truth::May)
                    }
                    _ => Field::Known(Truth::May),
                }
            }
            family @ ("ip" | "ip6") => {
                let part = self.take();
                let only = Value::Word(if family == "ip" { "4" } else { "6" }.to_owned());
                self.tests.push(Test { field: Field::Family, negated: false, values: vec![only] });
                match part.as_str() {
                    "saddr" => Field::Source,
                    "daddr" => Field::Destination,
                    "protocol" | "nexthdr" => Field::Protocol,
                    "version" => Field::Known(Truth::Yes),
                    // From afar none comes with all of its hops left.
                    "ttl" | "hoplimit" => Field::Within(1, 254),
                    "length" => LENGTH,
                    "dscp" => Field::Within(0, 63),
                    "ecn" | "frag-off" | "flowlabel" => Field::Within(0, 0),
                    "hdrlength" => Field::Within(5, 5),
                    "id" | "checksum" => Field::Known(Truth::May),
                    _ => Field::Known(Truth::No),
                }
            }
            "meta" => match self.take().as_str() {
                "iif" | "iifname" => Field::Interface,
                "l4proto" => Field::Protocol,
                "nfproto" | "protocol" => Field::Family,
                "pkttype" => return self.one_of(&["host", "unicast"]),
                "mark" | "priority" | "nftrace" if self.peek() == "set" => {
                    self.take();
                    self.take();
                    return None;
                }
                "mark" | "priority" | "iifgroup" => Field::Within(0, 0),
                "iiftype" => return self.one_of(&["ether", "1"]),
                "length" => LENGTH,
                "time" | "hour" | "day" | "random" | "cpu" | "iifkind" => Field::Known(Truth::May),
                _ => Field::Known(Truth::No),
            },
            "pkttype" => return self.one_of(&["host", "unicast"]),
            "mark" | "iifgroup" => Field::Within(0, 0),
            "iiftype" => return self.one_of(&["ether", "1"]),
            "ct" => {
                let part = self.take();
                match part.as_str() {
                    "state" => Field::State,
                    "direction" => return self.one_of(&["original"]),
                    "mark" | "label" | "helper" | "zone" | "event" if self.peek() == "set" => {
                        self.take();
                        self.take();
                        return None;
                    }
                    "mark" | "zone" => Field::Within(0, 0),
                    "l3proto" => Field::Family,
                    "protocol" => Field::Protocol,
                    "original" | "reply" if self.peek() == "packets" || self.peek() == "bytes" => {
                        self.take();
                        Field::Known(Truth::May)
                    }
                    "count" | "packets" | "bytes" | "avgpkt" | "expiration" => {
                        Field::Known(Truth::May)
                    }
                    _ => Field::Known(Truth::No),
                }
            }
            "fib" => return self.fib(),
            "limit" | "quota" => {
                if self.peek() != "rate" && word.is("quota") || word.is("limit") {
                    self.tests.push(Test::known(Truth::May));
                }
                self.skip_words(&[
                    "rate", "over", "until", "name", "burst", "packets", "bytes", "mbytes",
                    "kbytes",
                ]);
                return None;
            }
            "counter" | "log" | "comment" | "add" | "update" | "delete" | "set" | "dup" | "fwd" => {
                self.statement(&word.text);
                return None;
            }
            "ether" => match self.take().as_str() {
                "type" => Field::Family,
                _ => Field::Known(Truth::No),
            },
            // Any bits of the packet: which they are is not known.
            raw if raw.starts_with("@nh") || raw.starts_with("@th") || raw.starts_with("@ih") => {
                while self.peek() == "," {
                    self.take();
                    self.take();
                }
                Field::Known(Truth::May)
            }
            "icmp" | "icmpv6" | "igmp" | "vlan" | "arp" | "socket" | "rt" | "ipsec" | "exthdr"
            | "ah" | "esp" | "comp" | "osf" | "hbh" | "frag" | "mh" | "dst" | "gre" | "vxlan"
            | "geneve" => {
                self.take();
                Field::Known(Truth::No)
            }
            "jhash" | "symhash" | "numgen" => Field::Known(Truth::May),
            _ => return None,
        };
        self.relation(field)
    }

    /// The operator and the value after a field.
    fn relation(&mut self, field: Field) -> Option<Split> {
        let mut fields = vec![field];
        while self.peek() == "." {
            self.take();
            fields.push(self.part());
        }
        let joined = fields.len() > 1;
        if self.peek() == "vmap" {
            self.take();
            let elements = if self.peek() == "{" {
                let (inside, rest) = braces(self.rest);
                self.rest = rest;
                elements(inside)
            } else {
                let name = self.take();
                self.sets.get(name.trim_start_matches('@')).cloned().unwrap_or_default()
            };
            return Some(Split { fields, elements, map: true });
        }
        let mut negated = false;
        let mut order = None;
        match self.peek() {
            "!=" | "ne" => {
                negated = true;
                self.take();
            }
            "==" | "eq" => {
                self.take();
            }
            op @ ("<" | ">" | "<=" | ">=" | "lt" | "gt" | "le" | "ge") => {
                order = Some(op.to_owned());
                self.take();
            }
            "&" => {
                while !["==", "!=", ""].contains(&self.peek()) {
                    self.take();
                }
                let differs = self.take() == "!=";
                let wanted = numbers(&self.take());
                // Bits of what is zero are zero; those of other fields may be anything.
                self.tests.push(Test::known(match field {
                    Field::Within(0, 0) if (wanted == Value::Range(0, 0)) != differs => Truth::Yes,
                    Field::Within(0, 0) => Truth::No,
                    Field::Within(..) | Field::Known(Truth::May) => Truth::May,
                    _ => Truth::No,
                }));
                return None;
            }
            _ => {}
        }
        let bare = |f| matches!(f, Field::Known(_) | Field::Within(..));
        if bare(field) && (self.rest.is_empty() || ends(self.peek())) {
            // A test without a value.
            self.tests.push(Test::known(Truth::May));
            return None;
        }
        if joined {
            let elements = self.combinations();
            if negated {
                // All but a few packets.
                self.tests.push(Test::known(Truth::Yes));
                return None;
            }
            return Some(Split { fields, elements, map: false });
        }
        let mut values = self.values(field);
        if let (Some(op), Some(Value::Range(n, _))) = (&order, values.first().cloned()) {
            values = vec![match op.as_str() {
                "<" | "lt" => Value::Range(0, n.saturating_sub(1)),
                "<=" | "le" => Value::Range(0, n),
                ">" | "gt" => Value::Range(n.saturating_add(1), u16::MAX),
                _ => Value::Range(n, u16::MAX),
            }];
        }
        self.tests.push(Test { field, negated, values });
        None
    }

    fn values(&mut self, field: Field) -> Vec<Value> {
        if self.peek() == "{" {
            let (inside, rest) = braces(self.rest);
            self.rest = rest;
            return elements(inside).iter().flat_map(|(key, _)| value_of(field, key)).collect();
        }
        let mut out = Vec::new();
        while let Some((first, rest)) = self.rest.split_first() {
            self.rest = rest;
            if let Some(name) = first.text.strip_prefix('@') {
                let set = self.sets.get(name).cloned().unwrap_or_default();
                out.extend(set.iter().flat_map(|(key, _)| value_of(field, key)));
            } else {
                out.extend(value_of(field, std::slice::from_ref(first)));
            }
            if self.peek() != "," {
                break;
            }
            self.take();
        }
        out
    }

    /// A field of which this packet has one of these values.
    fn one_of(&mut self, have: &[&str]) -> Option<Split> {
        if self.peek() == "vmap" {
            return self.relation(Field::Known(Truth::May));
        }
        let negated = ["!=", "ne"].contains(&self.peek());
        let values = {
            if ["!=", "ne", "==", "eq"].contains(&self.peek()) {
                self.take();
            }
            self.values(Field::State)
        };
        let hit = values.iter().any(|v| matches!(v, Value::Word(w) if have.contains(&w.as_str())));
        self.tests.push(Test::known(if hit != negated { Truth::Yes } else { Truth::No }));
        None
    }

    /// `tcp flags`: of a packet that opens a connection, SYN alone is set.
    fn flags(&mut self) -> Option<Split> {
        let mut text = Vec::new();
        let ends = [
            "accept", "drop", "reject", "jump", "goto", "return", "counter", "log", "ct", "limit",
            "tcp", "ip", "ip6", "meta", "iifname", "add", "comment",
        ];
        while !self.rest.is_empty()
            && !ends.contains(&self.peek())
            && !self.rest.first().is_some_and(Token::ends)
        {
            text.push(self.take());
        }
        let negated = text.iter().any(|t| t == "!=");
        let wanted: Vec<&str> = match text.iter().position(|t| t == "==" || t == "!=") {
            Some(i) => text.iter().skip(i + 1).map(String::as_str).collect(),
            None => text.iter().take_while(|t| *t != "/").map(String::as_str).collect(),
        };
        let wanted: Vec<&&str> =
            wanted.iter().filter(|w| !["(", ")", "|", ",", "{", "}"].contains(*w)).collect();
        let alone = wanted.iter().all(|w| **w == "syn") && !wanted.is_empty();
        self.tests.push(Test::known(if alone != negated { Truth::Yes } else { Truth::No }));
        None
    }

    /// `fib`: packets to this host go to a local address, and have a way back.
    fn fib(&mut self) -> Option<Split> {
        let mut kind = false;
        while !["type", "oif", "oifname", ""].contains(&self.peek()) {
            self.take();
        }
        if self.take() == "type" {
            kind = true;
        }
        if self.peek() == "vmap" {
            return self.relation(Field::Known(Truth::No));
        }
        if kind {
            return self.one_of(&["local", "unicast"]);
        }
        // `oif missing` and `oif 0`: no way back.
        let word = self.take();
        let exists = word == "exists" || word == "!=";
        if ["!=", "==", "eq"].contains(&word.as_str()) {
            self.take();
        }
        self.tests.push(Test::known(if exists { Truth::Yes } else { Truth::No }));
        None
    }

    fn skip_words(&mut self, known: &[&str]) {
        while let Some((first, rest)) = self.rest.split_first() {
            let number = first.text.starts_with(|c: char| c.is_ascii_digit());
            if !known.contains(&first.text.as_str())
                && !number
                && !first.text.starts_with('/')
                && !first.text.ends_with("/second")
                && !first.text.ends_with("/minute")
                && !first.quoted
            {
                break;
            }
            self.rest = rest;
        }
    }

    /// A statement that decides nothing.
    fn statement(&mut self, word: &str) {
        match word {
            "counter" => self.skip_words(&["packets", "bytes", "name"]),
            "log" => self.skip_words(&[
                "prefix",
                "level",
                "group",
                "flags",
                "snaplen",
                "queue-threshold",
                "all",
                "emerg",
                "alert",
                "crit",
                "err",
                "warn",
                "warning",
                "notice",
                "info",
                "debug",
                "audit",
                "skuid",
                "ether",
                "options",
                "sequence",
                ",",
            ]),
            "comment" => {
                self.take();
            }
            "add" | "update" | "delete" | "set" => {
                // `add @set { … }`: a limit in it holds for some packets.
                let _set = self.take();
                let (inside, rest) = braces(self.rest);
                if inside.iter().any(|t| t.is("limit") || t.is("ct")) {
                    self.tests.push(Test::known(Truth::May));
                }
                self.rest = rest;
            }
            _ => {}
        }
    }
}
