//! nft's files: tables, chains, rules, in the order in which nft takes them.

mod hook;
mod joined;
mod lex;
mod refused;
mod rule;
mod set;

use std::collections::BTreeMap;
use std::path::Path;

use assay_core::{Gap, GapState};

use self::lex::{Token, Words};
use super::model::{Ruleset, Table, Verdict};
use crate::Host;
use crate::systemd::Place;

/// Sets and maps of a table by name: `(key, verdict)` elements.
type Sets = BTreeMap<String, Vec<(Vec<Token>, Vec<Token>)>>;

/// Most values of all tests, and most rules.
const MAX_VALUES: usize = 4_000_000;

struct Loader<'a> {
    set: &'a mut Ruleset,
    /// Sets by table's key.
    sets: BTreeMap<String, Sets>,
    rules: usize,
    values: usize,
}

/// Adds a file's rules to a ruleset, and gives how many it has. `None`: it is not there.
pub(super) fn load(host: &Host<'_>, path: &Path, set: &mut Ruleset) -> Result<Option<usize>, Gap> {
    let mut words = Words::default();
    if !lex::read(host, path, &mut words, 0)? {
        return Ok(None);
    }
    // A file is taken as a whole or not at all.
    if refused::refused(&words.tokens, set) {
        return Ok(Some(0));
    }
    rules(&words.tokens, path, set).map(Some)
}

/// Adds the rules of a text: of a command, all of it at one place, or of a listing.
pub(super) fn load_text(
    host: &Host<'_>,
    text: &str,
    path: &Path,
    at: Option<&Place>,
    set: &mut Ruleset,
) -> Result<usize, Gap> {
    let mut words = Words::default();
    lex::take(host, text, path, &mut words, 0)?;
    if let Some(place) = at {
        words.tokens.iter_mut().for_each(|t| t.place = place.clone());
    }
    rules(&words.tokens, path, set)
}

fn rules(tokens: &[Token], path: &Path, set: &mut Ruleset) -> Result<usize, Gap> {
    let mut loader = Loader { set, sets: BTreeMap::new(), rules: 0, values: 0 };
    // Sets may be filled after the rules that use them.
    loader.collect_sets(tokens);
    let mut rest = tokens;
    while !rest.is_empty() {
        let (statement, after) = statement(rest);
        loader.top(statement);
        rest = after;
    }
    if loader.values > MAX_VALUES {
        let detail = format!("{}: more rules and values than are read", path.display());
        return Err(Gap::new(GapState::Malformed, detail));
    }
    Ok(loader.rules)
}

/// The tokens up to the end of a statement; braces hold together.
fn statement(tokens: &[Token]) -> (&[Token], &[Token]) {
    let mut depth = 0_i32;
    for (i, token) in tokens.iter().enumerate() {
        if token.is("{") {
            depth += 1;
        } else if token.is("}") {
            depth -= 1;
            if depth <= 0 && block_follows(tokens, i) {
                return tokens.split_at(i + 1);
            }
        } else if token.ends() && depth <= 0 {
            return (tokens.get(..i).unwrap_or(&[]), tokens.get(i + 1..).unwrap_or(&[]));
        }
    }
    (tokens, &[])
}

/// Whether the brace at this place closes a block (of a table, chain or set), not an anonymous set
/// inside a rule.
fn block_follows(tokens: &[Token], _at: usize) -> bool {
    let first =
        tokens.iter().find(|t| !["add", "create", "insert", "\n", ";"].iter().any(|w| t.is(w)));
    first.is_some_and(|t| ["table", "chain", "set", "map"].iter().any(|w| t.is(w)))
        && tokens.iter().take_while(|t| !t.is("{")).count() <= 9
}

/// What is inside the first braces.
fn body(tokens: &[Token]) -> &[Token] {
    let Some(open) = tokens.iter().position(|t| t.is("{")) else { return &[] };
    let close = tokens.iter().rposition(|t| t.is("}")).unwrap_or(tokens.len());
    tokens.get(open + 1..close).unwrap_or(&[])
}

const FAMILIES: [&str; 6] = ["ip", "ip6", "inet", "arp", "bridge", "netdev"];

/// Family and name at the beginning, and the rest. Without a family it is `ip`.
fn named(tokens: &[Token]) -> Option<(String, &[Token])> {
    let (first, rest) = tokens.split_first()?;
    if FAMILIES.iter().any(|f| first.is(f)) {
        let (name, rest) = rest.split_first()?;
        return Some((format!("{} {}", first.text, name.text), rest));
    }
    Some((format!("ip {}", first.text), rest))
}

impl Loader<'_> {
    fn top(&mut self, tokens: &[Token]) {
        let tokens = trim(tokens);
        let Some((verb, rest)) = tokens.split_first() else { return };
        match verb.text.as_str() {
            "flush" => self.flush(rest),
            "delete" | "destroy" => self.delete(rest),
            "table" => self.table(rest),
            "add" | "create" | "insert" | "replace" => self.add(verb.is("insert"), rest),
            "chain" | "rule" | "element" | "set" | "map" => self.add(false, tokens),
            _ => {}
        }
    }

    fn add(&mut self, insert: bool, tokens: &[Token]) {
        let Some((what, rest)) = tokens.split_first() else { return };
        match what.text.as_str() {
            "table" => self.table(rest),
            "chain" => {
                if let Some((key, rest)) = named(rest)
                    && let Some((name, rest)) = rest.split_first()
                {
                    self.chain(&key, &name.text, body(rest));
                }
            }
            "rule" => {
                if let Some((key, rest)) = named(rest)
                    && let Some((name, rest)) = rest.split_first()
                {
                    self.rule(&key, &name.text, rest, insert);
                }
            }
            // `add ip filter input …`: a rule.
            family if FAMILIES.contains(&family) => {
                if let Some((key, rest)) = named(tokens)
                    && let Some((name, rest)) = rest.split_first()
                {
                    self.rule(&key, &name.text, rest, insert);
                }
            }
            _ => {}
        }
    }

    fn flush(&mut self, tokens: &[Token]) {
        match tokens.split_first() {
            Some((what, rest)) if what.is("ruleset") => {
                // What other programs load through iptables goes too.
                match rest.first().map(|t| t.text.as_str()) {
                    Some(family) if FAMILIES.contains(&family) => {
                        let own = format!("nft {family} ");
                        self.set.tables.retain(|key, _| !key.starts_with(&own));
                    }
                    _ => self.set.tables.clear(),
                }
            }
            Some((what, rest)) => {
                let Some((key, rest)) = named(rest) else { return };
                let key = format!("nft {key}");
                let Some(table) = self.set.tables.get_mut(&key) else { return };
                if what.is("table") {
                    table.chains.values_mut().for_each(|c| c.rules.clear());
                } else if what.is("chain")
                    && let Some(name) = rest.first()
                    && let Some(chain) = table.chains.get_mut(&name.text)
                {
                    chain.rules.clear();
                }
            }
            None => {}
        }
    }

    fn delete(&mut self, tokens: &[Token]) {
        let Some((what, rest)) = tokens.split_first() else { return };
        let Some((key, rest)) = named(rest) else { return };
        let key = format!("nft {key}");
        if what.is("table") {
            self.set.tables.remove(&key);
        } else if what.is("chain")
            && let (Some(name), Some(table)) = (rest.first(), self.set.tables.get_mut(&key))
        {
            table.chains.remove(&name.text);
        }
    }

    fn get(&mut self, key: &str) -> &mut Table {
        let family = key.split(' ').next().unwrap_or("ip");
        let families = match family {
            "ip" => (true, false),
            "ip6" => (false, true),
            "inet" | "netdev" => (true, true),
            _ => (false, false),
        };
        let fresh = Table { families, ..Table::default() };
        self.set.tables.entry(format!("nft {key}")).or_insert(fresh)
    }

    fn table(&mut self, tokens: &[Token]) {
        let Some((key, rest)) = named(tokens) else { return };
        self.get(&key);
        let mut rest = body(rest);
        while !rest.is_empty() {
            let (one, after) = statement(rest);
            let one = trim(one);
            match one.split_first() {
                Some((what, more)) if what.is("chain") => {
                    if let Some((name, more)) = more.split_first() {
                        self.chain(&key, &name.text, body(more));
                    }
                }
                Some((what, more)) if what.is("flags") => {
                    self.get(&key).dormant |= more.iter().any(|t| t.is("dormant"));
                }
                _ => {}
            }
            rest = after;
        }
    }

    fn chain(&mut self, key: &str, name: &str, tokens: &[Token]) {
        self.get(key).chains.entry(name.to_owned()).or_default();
        let mut rest = tokens;
        while !rest.is_empty() {
            let (one, after) = statement(rest);
            rest = after;
            let one = trim(one);
            let Some(first) = one.first() else { continue };
            if first.is("type") {
                let hook = hook::order(one);
                let policy = Some((Verdict::Accept, first.place.clone()));
                if let Some(chain) = self.get(key).chains.get_mut(name) {
                    chain.hook = hook;
                    chain.policy = chain.policy.take().or(policy);
                }
            } else if first.is("policy") {
                let drop = one.get(1).is_some_and(|t| t.is("drop"));
                let verdict = if drop { Verdict::Drop } else { Verdict::Accept };
                if let Some(chain) = self.get(key).chains.get_mut(name) {
                    chain.policy = Some((verdict, first.place.clone()));
                }
            } else if !["comment", "flags", "devices", "device"].iter().any(|w| first.is(w)) {
                self.rule(key, name, one, false);
            }
        }
    }

    fn rule(&mut self, key: &str, chain: &str, tokens: &[Token], insert: bool) {
        let mut tokens = trim(tokens);
        if let [word, _, rest @ ..] = tokens
            && ["position", "handle", "index"].iter().any(|w| word.is(w))
        {
            tokens = rest;
        }
        if tokens.is_empty() || self.values > MAX_VALUES {
            return;
        }
        let sets = self.sets.entry(key.to_owned()).or_default();
        let rules = rule::parse(tokens, sets);
        self.rules += 1;
        let tests =
            rules.iter().map(|r| 1 + r.tests.iter().map(|t| 1 + t.values.len()).sum::<usize>());
        self.values += tests.sum::<usize>();
        let chain = self.get(key).chains.entry(chain.to_owned()).or_default();
        if insert {
            chain.rules.splice(0..0, rules);
        } else {
            chain.rules.extend(rules);
        }
    }

    /// Elements of named sets and maps, wherever they stand.
    fn collect_sets(&mut self, tokens: &[Token]) {
        let ends = closed(tokens);
        // What is inside the braces at a place.
        let inside = |at: usize| {
            let end = *ends.get(&at)?;
            Some((at + 1, tokens.get(at + 1..end)?))
        };
        let mut table = String::new();
        for (at, token) in tokens.iter().enumerate() {
            let rest = tokens.get(at + 1..).unwrap_or(&[]);
            if token.is("table")
                && let Some((key, _)) = named(rest)
            {
                table = key;
            } else if token.is("set") || token.is("map") {
                let Some(name) = rest.first() else { continue };
                let own = named(rest).filter(|_| FAMILIES.iter().any(|f| name.is(f)));
                let (key, name, open) = match own {
                    Some((key, more)) => match more.first() {
                        Some(name) => (key, name.text.clone(), at + 4),
                        None => continue,
                    },
                    None => (table.clone(), name.text.clone(), at + 2),
                };
                let Some((from, body)) = inside(open) else { continue };
                let Some(i) = body.iter().position(|t| t.is("elements")) else { continue };
                if let Some((_, elements)) = inside(from + i + 2) {
                    let all = set::elements(elements);
                    self.sets.entry(key).or_default().entry(name).or_default().extend(all);
                }
            } else if token.is("element")
                && let Some((key, more)) = named(rest)
                && let Some((name, more)) = more.split_first()
                && let Some((_, elements)) = inside(tokens.len() - more.len())
            {
                let all = set::elements(elements);
                self.sets.entry(key).or_default().entry(name.text.clone()).or_default().extend(all);
            }
        }
    }
}

/// Where each open brace is closed.
fn closed(tokens: &[Token]) -> BTreeMap<usize, usize> {
    let (mut open, mut out) = (Vec::new(), BTreeMap::new());
    for (at, token) in tokens.iter().enumerate() {
        if token.is("{") {
            open.push(at);
        } else if token.is("}")
            && let Some(from) = open.pop()
        {
            out.insert(from, at);
        }
    }
    out
}

fn trim(mut tokens: &[Token]) -> &[Token] {
    while let Some((first, rest)) = tokens.split_first() {
        if !first.ends() {
            break;
        }
        tokens = rest;
    }
    tokens
}
