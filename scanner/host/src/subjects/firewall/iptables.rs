//! Files of iptables-save and what iptables-restore makes of them.

use std::sync::Arc;

use super::model::{
    Chain, Field, Rule, Ruleset, Table, Test, Truth, Value, Verdict, address, numbers, port,
    protocol,
};
use crate::systemd::Place;

/// Chains that packets to this host go through, with their order.
fn hook(table: &str, chain: &str) -> Option<i64> {
    Some(match (table, chain) {
        ("raw", "PREROUTING") => -300,
        ("mangle", "PREROUTING") => -150,
        ("mangle", "INPUT") => 850,
        ("filter", "INPUT") => 1000,
        ("security", "INPUT") => 1050,
        _ => return None,
    })
}

/// Adds a file's committed tables to a ruleset. `six`: of ip6tables. Gives the number of rules.
///
/// A table without its `COMMIT` is not loaded. `keep`: what the tables held before stays.
pub(super) fn load(text: &str, file: &Arc<str>, six: bool, keep: bool, set: &mut Ruleset) -> usize {
    let mut open: Option<(String, Table)> = None;
    let mut count = 0;
    for (number, line) in (1_u32..).zip(text.lines()) {
        let line = line.trim();
        let place = Place { file: file.clone(), line: number };
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(name) = line.strip_prefix('*') {
            let key = key(name.trim(), six);
            let before = set.tables.get(&key).filter(|_| keep).cloned();
            let fresh = Table { families: (!six, six), ..Table::default() };
            open = Some((name.trim().to_owned(), before.unwrap_or(fresh)));
        } else if line == "COMMIT" {
            if let Some((name, table)) = open.take() {
                set.tables.insert(key(&name, six), table);
            }
        } else if let Some((name, table)) = &mut open {
            if let Some(rest) = line.strip_prefix(':') {
                let mut words = rest.split_whitespace();
                let (chain, policy) = (words.next().unwrap_or(""), words.next().unwrap_or("-"));
                declare(table, name, chain, policy, place);
            } else if command(table, name, line, &place) {
                count += 1;
            }
        }
    }
    count
}

fn key(name: &str, six: bool) -> String {
    format!("{} {name}", if six { "iptables6" } else { "iptables4" })
}

fn declare(table: &mut Table, name: &str, chain: &str, policy: &str, place: Place) {
    let entry = table.chains.entry(chain.to_owned()).or_default();
    entry.hook = hook(name, chain);
    if policy != "-" {
        let verdict = if policy == "ACCEPT" { Verdict::Accept } else { Verdict::Drop };
        entry.policy = Some((verdict, place));
    }
}

/// One command line of iptables itself, without its program's name. `true`: it added a rule.
pub(super) fn line(words: &[String], six: bool, place: &Place, set: &mut Ruleset) -> bool {
    let mut name = "filter".to_owned();
    let mut rest = Vec::new();
    let mut words = words.iter().peekable();
    while let Some(word) = words.next() {
        match word.as_str() {
            "-t" | "--table" => name = words.next().cloned().unwrap_or_default(),
            "-w" | "--wait" => {
                words.next_if(|w| w.bytes().all(|b| b.is_ascii_digit()));
            }
            "-4" | "-6" | "--ipv4" | "--ipv6" | "-v" | "-n" => {}
            _ => rest.push(word.clone()),
        }
    }
    let fresh = || {
        let chains = ["INPUT", "FORWARD", "OUTPUT", "PREROUTING", "POSTROUTING"];
        let chain = |c: &&str| (c.to_string(), Chain { hook: hook(&name, c), ..Chain::default() });
        Table {
            families: (!six, six),
            chains: chains.iter().map(chain).collect(),
            ..Table::default()
        }
    };
    let table = set.tables.entry(key(&name, six)).or_insert_with(fresh);
    words_of(table, &name, &rest, place)
}

/// One command of a table. `true`: it added a rule.
fn command(table: &mut Table, name: &str, line: &str, place: &Place) -> bool {
    words_of(table, name, &crate::systemd::words(line), place)
}

fn words_of(table: &mut Table, name: &str, words: &[String], place: &Place) -> bool {
    // Counters may stand before the command.
    let mut words: &[String] = words;
    if let Some((first, rest)) = words.split_first()
        && first.starts_with('[')
    {
        words = rest;
    }
    let Some((verb, rest)) = words.split_first() else { return false };
    let Some((chain, rest)) = rest.split_first() else {
        if matches!(verb.as_str(), "-F" | "--flush") {
            table.chains.values_mut().for_each(|c| c.rules.clear());
        }
        return false;
    };
    match verb.as_str() {
        "-P" | "--policy" => {
            let policy = rest.first().map_or("ACCEPT", String::as_str);
            declare(table, name, chain, policy, place.clone());
        }
        "-N" | "--new-chain" => {
            table.chains.entry(chain.clone()).or_default();
        }
        "-F" | "--flush" => {
            if let Some(c) = table.chains.get_mut(chain) {
                c.rules.clear();
            }
        }
        "-X" | "--delete-chain" => {
            table.chains.remove(chain);
        }
        "-A" | "--append" | "-I" | "--insert" => {
            let insert = verb.starts_with("-I") || verb == "--insert";
            let at = rest.first().filter(|_| insert).and_then(|w| w.parse::<usize>().ok());
            let rest = if at.is_some() { rest.get(1..).unwrap_or(&[]) } else { rest };
            let fresh = || Chain { hook: hook(name, chain), ..Chain::default() };
            let entry = table.chains.entry(chain.clone()).or_insert_with(fresh);
            let rule = rule(rest, place);
            let index = at.unwrap_or(1).saturating_sub(1).min(entry.rules.len());
            if insert {
                entry.rules.insert(index, rule);
            } else {
                entry.rules.push(rule);
            }
            return true;
        }
        _ => {}
    }
    false
}

/// Options that take no value.
const FLAGS: [&str; 14] = [
    "--notrack",
    "--queue-bypass",
    "--syn",
    "-f",
    "--fragment",
    "--rcheck",
    "--update",
    "--set",
    "--remove",
    "--rsource",
    "--rdest",
    "--rttl",
    "--ahres",
    "--soft",
];

/// Reads the words of a rule after its chain.
pub(super) fn rule(words: &[String], place: &Place) -> Rule {
    let mut tests = Vec::new();
    let mut verdict = Verdict::Continue;
    let mut negated = false;
    let mut words = words.iter().map(String::as_str).peekable();
    while let Some(word) = words.next() {
        if word == "!" {
            negated = true;
            continue;
        }
        let mut value = "";
        if word.starts_with('-') && !FLAGS.contains(&word) {
            if words.peek() == Some(&"!") {
                words.next();
                negated = true;
            }
            if words.peek().is_some_and(|w| !w.starts_with("--")) {
                value = words.next().unwrap_or("");
            }
        }
        let not = std::mem::take(&mut negated);
        let mut test =
            |field: Field, values: Vec<Value>| tests.push(Test { field, negated: not, values });
        let list = |f: fn(&str) -> Value| value.split(',').map(f).collect::<Vec<_>>();
        match word {
            "-p" | "--protocol" | "--proto" => test(Field::Protocol, list(protocol)),
            "-s" | "--source" | "--src" | "--src-range" => test(Field::Source, list(address)),
            "-d" | "--destination" | "--dst" | "--dst-range" => {
                test(Field::Destination, list(address))
            }
            "-i" | "--in-interface" => test(Field::Interface, vec![Value::Word(value.to_owned())]),
            "--dport" | "--destination-port" | "--dports" | "--destination-ports" | "--ports" => {
                test(Field::Port, list(port));
            }
            "--state" | "--ctstate" => {
                test(Field::State, list(|w| Value::Word(w.to_owned())));
            }
            "--syn" => test(Field::Known(Truth::Yes), Vec::new()),
            "--tcp-flags" => {
                let wanted = words.next().unwrap_or("");
                let syn = value.split(',').any(|f| f == "SYN" || f == "ALL") && wanted == "SYN";
                test(Field::Known(if syn { Truth::Yes } else { Truth::No }), Vec::new());
            }
            // A packet to this host goes to one of its own addresses.
            "--dst-type" => {
                let local = value.split(',').any(|t| t == "LOCAL" || t == "UNICAST");
                test(Field::Known(if local { Truth::Yes } else { Truth::No }), Vec::new());
            }
            "--pkt-type" => {
                test(
                    Field::Known(if value == "unicast" { Truth::Yes } else { Truth::No }),
                    Vec::new(),
                );
            }
            "--limit" | "--hashlimit-upto" | "--hashlimit-above" | "--connlimit-above"
            | "--connlimit-upto" | "--hitcount" | "--seconds" | "--timestart" | "--timestop"
            | "--weekdays" | "--probability" | "--every" => {
                test(Field::Known(Truth::May), Vec::new())
            }
            // Who sends chooses these.
            "--sport" | "--source-port" | "--sports" | "--source-ports" => {
                test(Field::Within(0, u16::MAX), list(port));
            }
            "--dscp" | "--dscp-class" => test(Field::Within(0, 63), list(numbers)),
            "--ttl-eq" | "--hl-eq" => test(Field::Within(1, 254), list(numbers)),
            "--ttl-gt" | "--hl-gt" | "--ttl-lt" | "--hl-lt" => {
                let range = match (numbers(value), word.ends_with("gt")) {
                    (Value::Range(n, _), true) => Value::Range(n.saturating_add(1), u16::MAX),
                    (Value::Range(n, _), false) => Value::Range(0, n.saturating_sub(1)),
                    (other, _) => other,
                };
                test(Field::Within(1, 254), vec![range]);
            }
            "--length" => test(Field::Within(20, 1500), list(numbers)),
            "--mark" => test(Field::Within(0, 0), list(numbers)),
            "--src-type" => {
                let usual = value.split(',').any(|t| t == "UNICAST");
                test(Field::Known(if usual { Truth::Yes } else { Truth::No }), Vec::new());
            }
            "--ctdir" => {
                let first = value.eq_ignore_ascii_case("original");
                test(Field::Known(if first { Truth::Yes } else { Truth::No }), Vec::new());
            }
            "--string" | "--hex-string" | "--u32" | "--bytecode" | "--quota" | "--packet"
            | "--tos" | "--tcp-option" | "--mss" => test(Field::Known(Truth::May), Vec::new()),
            "--match-set" | "--mac-source" | "--icmp-type" | "--icmpv6-type" | "--ctstatus"
            | "--helper" | "--uid-owner" | "-o" | "--out-interface" | "--physdev-in"
            | "--rcheck" | "--update" | "--remove" | "--fragment" | "-f" | "--source-country"
            | "--path" | "--socket-exists" => {
                test(Field::Known(Truth::No), Vec::new());
            }
            "--notrack" => verdict = Verdict::Untrack,
            "--queue-bypass" => verdict = Verdict::Accept,
            "-j" | "--jump" | "-g" | "--goto" => verdict = target(value, word.contains('g')),
            _ => {}
        }
    }
    Rule { tests, verdict, place: place.clone() }
}

fn target(name: &str, gone: bool) -> Verdict {
    match name {
        "ACCEPT" => Verdict::Accept,
        "DROP" | "REJECT" | "TARPIT" => Verdict::Drop,
        "RETURN" => Verdict::Return,
        "NOTRACK" => Verdict::Untrack,
        "LOG" | "NFLOG" | "ULOG" | "MARK" | "CONNMARK" | "SET" | "TRACE" | "CT" | "AUDIT"
        | "TCPMSS" | "CHECKSUM" | "" => Verdict::Continue,
        "QUEUE" | "NFQUEUE" => Verdict::Drop,
        chain => Verdict::Jump(chain.to_owned(), gone),
    }
}
