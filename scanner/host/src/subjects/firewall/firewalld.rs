//! firewalld: zones, as far as packets to this host go.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use assay_core::{Gap, GapState};

use super::model::{
    Chain, Field, Rule, Ruleset, Table, Test, Truth, Value, Verdict, address, port, protocol,
};
use crate::Host;
use crate::systemd::Place;

/// An element of an XML file: its name, its attributes, whether it opens, closes, or both.
struct Tag {
    name: String,
    attributes: BTreeMap<String, String>,
    closes: bool,
    opens: bool,
    line: u32,
}

/// The tags of a file, in order. Comments and declarations are left out.
fn tags(text: &str) -> Vec<Tag> {
    let mut out = Vec::new();
    let mut line = 1_u32;
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        let (before, after) = rest.split_at(at);
        line += lines(before);
        let end = if after.starts_with("<!--") {
            after.find("-->").map(|e| e + 3)
        } else {
            after.find('>').map(|e| e + 1)
        };
        let Some((tag, next)) = end.and_then(|e| after.split_at_checked(e)) else { break };
        if !tag.starts_with("<!") && !tag.starts_with("<?") {
            let inner = tag.trim_start_matches('<').trim_end_matches('>');
            let (closing, inner) = inner.strip_prefix('/').map_or((false, inner), |i| (true, i));
            let (single, inner) = inner.strip_suffix('/').map_or((false, inner), |i| (true, i));
            let mut parts = inner.splitn(2, char::is_whitespace);
            let name = parts.next().unwrap_or("").to_owned();
            let attributes = attributes(parts.next().unwrap_or(""));
            out.push(Tag { name, attributes, closes: closing || single, opens: !closing, line });
        }
        line += lines(tag);
        rest = next;
    }
    out
}

fn lines(text: &str) -> u32 {
    u32::try_from(text.matches('\n').count()).unwrap_or(u32::MAX)
}

fn attributes(text: &str) -> BTreeMap<String, String> {
    let mut out = BTreeMap::new();
    let mut rest = text;
    while let Some((key, after)) = rest.split_once('=') {
        let after = after.trim_start();
        let Some(quote) = after.chars().next().filter(|c| matches!(c, '"' | '\'')) else { break };
        let Some((value, next)) = after.get(1..).and_then(|a| a.split_once(quote)) else { break };
        out.insert(key.trim().to_owned(), value.to_owned());
        rest = next;
    }
    out
}

/// Adds the zones to a ruleset. Gives the files that were loaded.
pub(super) fn load(host: &Host<'_>, set: &mut Ruleset) -> Result<Vec<Place>, Gap> {
    let conf = Path::new("/etc/firewalld/firewalld.conf");
    let mut default = ("public".to_owned(), Place::of(conf));
    if let Some(found) = host.text(conf)? {
        for (line, text) in (1_u32..).zip(found.text.lines()) {
            if let Some(zone) = text.trim().strip_prefix("DefaultZone=") {
                default = (zone.trim().to_owned(), Place { file: default.1.file.clone(), line });
            }
        }
    }
    let mut zones: BTreeMap<String, PathBuf> = BTreeMap::new();
    for directory in ["/usr/lib/firewalld/zones", "/etc/firewalld/zones"] {
        for path in host.list(directory)?.unwrap_or_default() {
            let stem = path.file_stem().map(|s| s.to_string_lossy().into_owned());
            if let (Some(stem), Some("xml")) = (stem, path.extension().and_then(|e| e.to_str())) {
                zones.insert(stem, path);
            }
        }
    }
    let mut table = Table { families: (true, true), ..Table::default() };
    let mut input = Chain { hook: Some(1000), ..Chain::default() };
    let mut bound = Vec::new();
    let mut services = Services::new();
    let mut places = vec![default.1.clone()];
    for (name, path) in &zones {
        let Some(found) = host.text(path)? else { continue };
        let place = Place::of(path);
        let zone = zone(
            host,
            &mut services,
            &found.text,
            &place.file,
            name,
            &mut input.rules,
            &mut bound,
        )?;
        table.chains.insert(name.clone(), zone);
        if path.starts_with("/etc") {
            places.push(place);
        }
    }
    // Zones of sources come before zones of interfaces, these before the default.
    input.rules.extend(bound);
    let verdict = Verdict::Jump(default.0.clone(), true);
    input.rules.push(Rule { tests: Vec::new(), verdict, place: default.1.clone() });
    input.policy = Some((Verdict::Drop, default.1));
    table.chains.insert("INPUT".to_owned(), input);
    set.tables.insert("firewalld".to_owned(), table);
    Ok(places)
}

/// A rich rule while it is read: its tests, what it does.
type Rich = (Vec<Test>, Option<(Verdict, Place)>);

/// One zone as a chain; what binds it goes to `sources` and `interfaces`.
fn zone(
    host: &Host<'_>,
    known: &mut Services,
    text: &str,
    file: &Arc<str>,
    name: &str,
    sources: &mut Vec<Rule>,
    interfaces: &mut Vec<Rule>,
) -> Result<Chain, Gap> {
    let mut chain = Chain::default();
    let mut denied = Vec::new();
    let mut end = Rule {
        tests: Vec::new(),
        verdict: Verdict::Drop,
        place: Place { file: file.clone(), line: 1 },
    };
    let mut rich: Option<Rich> = None;
    for tag in tags(text) {
        let place = Place { file: file.clone(), line: tag.line };
        let get = |key: &str| tag.attributes.get(key).map_or("", String::as_str);
        let jump = Verdict::Jump(name.to_owned(), true);
        let not = ["yes", "true", "True"].contains(&get("invert"));
        let one = |field: Field, value: Value| Test { field, negated: not, values: vec![value] };
        let ported = || {
            let mut tests = vec![one(Field::Protocol, protocol(get("protocol")))];
            if !get("port").is_empty() {
                tests.push(one(Field::Port, port(get("port"))));
            }
            tests
        };
        if !tag.opens {
            if tag.name == "rule"
                && let Some((tests, Some((verdict, place)))) = rich.take()
            {
                let into = if verdict == Verdict::Drop { &mut denied } else { &mut chain.rules };
                into.push(Rule { tests, verdict, place });
            }
            continue;
        }
        match (tag.name.as_str(), &mut rich) {
            ("zone", _) => {
                end.place = place;
                end.verdict =
                    if get("target") == "ACCEPT" { Verdict::Accept } else { Verdict::Drop };
            }
            ("interface", _) => {
                let test = one(Field::Interface, Value::Word(get("name").to_owned()));
                interfaces.push(Rule { tests: vec![test], verdict: jump, place });
            }
            ("source", None) => {
                let value =
                    if get("address").is_empty() { Value::Other } else { address(get("address")) };
                sources.push(Rule { tests: vec![one(Field::Source, value)], verdict: jump, place });
            }
            ("rule", _) => {
                let family = get("family");
                let family = (!family.is_empty())
                    .then(|| Value::Word(family.trim_start_matches("ipv").to_owned()));
                rich = Some((family.into_iter().map(|f| one(Field::Family, f)).collect(), None));
            }
            ("source", Some((tests, _))) => {
                let value =
                    if get("address").is_empty() { Value::Other } else { address(get("address")) };
                tests.push(one(Field::Source, value));
            }
            ("destination", Some((tests, _))) => {
                tests.push(one(Field::Destination, address(get("address"))))
            }
            ("port", Some((tests, _))) => tests.extend(ported()),
            ("protocol", Some((tests, _))) => {
                tests.push(one(Field::Protocol, protocol(get("value"))))
            }
            ("service", None) => {
                if chain.rules.len() > MAX_RULES {
                    let detail = format!("{file}: more rules than are read");
                    return Err(Gap::new(GapState::Malformed, detail));
                }
                for (word, number) in service(host, get("name"), known)? {
                    let tests = vec![one(Field::Protocol, word), one(Field::Port, number)];
                    chain.rules.push(Rule {
                        tests,
                        verdict: Verdict::Accept,
                        place: place.clone(),
                    });
                }
            }
            ("service", Some((tests, _))) => {
                let (words, ports) = service(host, get("name"), known)?.into_iter().unzip();
                tests.push(Test { field: Field::Protocol, negated: false, values: words });
                tests.push(Test { field: Field::Port, negated: false, values: ports });
            }
            (
                "icmp-type" | "icmp-block" | "source-port" | "masquerade" | "forward-port" | "mark",
                Some((tests, _)),
            ) => {
                tests.push(Test::known(Truth::No));
            }
            ("accept", Some((_, action))) => *action = Some((Verdict::Accept, place)),
            ("drop" | "reject", Some((_, action))) => *action = Some((Verdict::Drop, place)),
            ("port", None) => {
                chain.rules.push(Rule { tests: ported(), verdict: Verdict::Accept, place })
            }
            ("protocol", None) => {
                let test = one(Field::Protocol, protocol(get("value")));
                chain.rules.push(Rule { tests: vec![test], verdict: Verdict::Accept, place });
            }
            _ => {}
        }
        if tag.name == "rule" && tag.closes {
            rich = None;
        }
    }
    denied.append(&mut chain.rules);
    chain.rules = denied;
    chain.rules.push(end);
    Ok(chain)
}

/// Most rules of a zone that services make.
const MAX_RULES: usize = 100_000;
/// Most services that one takes in, and most ports of one.
const MAX_SERVICES: usize = 64;
const MAX_PORTS: usize = 4096;

/// Protocols and ports of services by their names, as far as they were asked.
type Services = BTreeMap<String, Vec<(Value, Value)>>;

/// Protocol and port of everything that a service is.
fn service(host: &Host<'_>, name: &str, known: &mut Services) -> Result<Vec<(Value, Value)>, Gap> {
    if let Some(found) = known.get(name) {
        return Ok(found.clone());
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_+.".contains(c);
    let (mut out, mut seen) = (Vec::new(), BTreeSet::new());
    let mut left = vec![name.to_owned()];
    while let Some(one) = left.pop() {
        if one.is_empty() || !one.chars().all(plain) || !seen.insert(one.clone()) {
            continue;
        }
        if seen.len() > MAX_SERVICES || out.len() > MAX_PORTS {
            let detail = format!("the service {name} of firewalld takes in too much");
            return Err(Gap::new(GapState::Malformed, detail));
        }
        for directory in ["/etc/firewalld/services", "/usr/lib/firewalld/services"] {
            let path = Path::new(directory).join(format!("{one}.xml"));
            let Some(found) = host.text(path)? else { continue };
            for tag in tags(&found.text).into_iter().filter(|t| t.opens) {
                let get = |key: &str| tag.attributes.get(key).map_or("", String::as_str);
                match tag.name.as_str() {
                    "port" => {
                        let number = if get("port").is_empty() { "0-65535" } else { get("port") };
                        out.push((protocol(get("protocol")), port(number)));
                    }
                    "include" if !seen.contains(get("service")) => {
                        left.push(get("service").to_owned());
                    }
                    _ => {}
                }
            }
            break;
        }
    }
    known.insert(name.to_owned(), out.clone());
    Ok(out)
}
