//! The kinds of connections that the configuration tells apart.
//!
//! From every pattern of the configuration come sample users, addresses, names and ports that fit it
//! and that do not. Samples that no pattern tells apart are one. Every combination is a connection;
//! connections that the same `Match` blocks take are one context.

use std::collections::BTreeMap;
use std::net::IpAddr;

use assay_core::{Gap, GapState};

use super::criterion::{Connection, Looks};
use super::load::Config;
use super::pattern::{self, Network};
use super::world::World;

/// Most combinations that are looked at.
const MAX_CONNECTIONS: usize = 60_000;
/// Most questions whether a block takes a connection.
const MAX_QUESTIONS: usize = 3_000_000;
/// Most contexts times statements: each context asks for every keyword.
const MAX_ANSWERS: usize = 500_000;

/// Connections that the same blocks take.
#[derive(Debug, Clone)]
pub(super) struct Context {
    /// For each block whether it takes them.
    pub(super) active: Vec<bool>,
    /// Samples of them, all that some pattern tells apart.
    pub(super) connections: Vec<Connection>,
    /// What they are, for people.
    pub(super) name: String,
}

/// What the listening side adds.
#[derive(Debug, Clone, Default)]
pub(super) struct Listening {
    /// The ports, where they are known.
    pub(super) ports: Vec<u16>,
    /// The addresses; empty: any.
    pub(super) addresses: Vec<IpAddr>,
    /// Whether names of clients are looked up.
    pub(super) names: bool,
}

/// Every context that some connection reaches, the one that no block takes first if there is one.
///
/// # Errors
/// The blocks tell too many kinds of connections apart.
pub(super) fn all(
    config: &Config,
    world: &World,
    listening: &Listening,
) -> Result<Vec<Context>, Gap> {
    let lists = access_lists(config);
    let users = users(config, world, &lists);
    let addresses = addresses(config, &lists);
    let hosts = if listening.names { hosts(config, &lists) } else { vec![None] };
    let local = local_addresses(config, listening);
    let ports = ports(config, listening);
    let domains = domains(config);
    let count =
        [users.len(), addresses.len(), hosts.len(), local.len(), ports.len(), domains.len()];
    let count = count.into_iter().try_fold(1_usize, usize::checked_mul);
    let too_many = || {
        let what = "its Match blocks tell more kinds of connections apart than are looked at";
        Gap::new(GapState::Unsupported, what)
    };
    let questions = count.and_then(|c| c.checked_mul(config.blocks.len()));
    if count.is_none_or(|c| c > MAX_CONNECTIONS) || questions.is_none_or(|q| q > MAX_QUESTIONS) {
        return Err(too_many());
    }
    let mut found: BTreeMap<Vec<bool>, Vec<Connection>> = BTreeMap::new();
    for user in &users {
        for address in &addresses {
            for host in &hosts {
                for here in &local {
                    for port in &ports {
                        for domain in &domains {
                            let mut c = user.clone();
                            c.address.clone_from(address);
                            c.host = host.clone().unwrap_or_else(|| address.clone());
                            c.local_address.clone_from(here);
                            c.local_port = *port;
                            c.domain.clone_from(domain);
                            let active = config.blocks.iter().map(|b| b.takes(&c)).collect();
                            found.entry(active).or_default().push(c);
                        }
                    }
                }
            }
        }
    }
    if found.len() > 1 && found.len().saturating_mul(config.statements.len()) > MAX_ANSWERS {
        return Err(too_many());
    }
    let contexts = found.into_iter().map(|(active, connections)| {
        let name = name(config, &active);
        Context { active, connections, name }
    });
    Ok(contexts.collect())
}

fn name(config: &Config, active: &[bool]) -> String {
    let on = config.blocks.iter().zip(active).filter(|(b, on)| **on && !b.all());
    let mut names: Vec<&str> = on.map(|(b, _)| b.text.as_str()).collect();
    names.dedup();
    if names.is_empty() { "any other connection".to_owned() } else { names.join(" + ") }
}

/// The entries of `AllowUsers` and its like, which tell connections apart too.
struct Lists<'a> {
    users: Vec<&'a str>,
    groups: Vec<&'a str>,
}

fn access_lists(config: &Config) -> Lists<'_> {
    let of = |names: [&str; 2]| {
        let found = config.statements.iter().filter(|s| names.contains(&s.keyword.name));
        found.flat_map(|s| s.arguments.iter().map(String::as_str)).collect()
    };
    Lists { users: of(["AllowUsers", "DenyUsers"]), groups: of(["AllowGroups", "DenyGroups"]) }
}

/// The patterns of the criteria of one kind.
fn criteria(config: &Config, looks: Looks) -> Vec<&str> {
    let all = config.blocks.iter().flat_map(|b| &b.criteria).filter(|c| c.looks == looks);
    all.map(|c| c.patterns.as_str()).collect()
}

/// A name that fits a pattern.
fn instance(pattern: &str) -> String {
    pattern.trim_start_matches('!').replace(['*', '?'], "x")
}

/// The users, without those that nothing tells from another.
fn users(config: &Config, world: &World, lists: &Lists<'_>) -> Vec<Connection> {
    let blank = |user: String, groups: Vec<String>, root| Connection {
        user,
        groups,
        root,
        host: String::new(),
        address: String::new(),
        local_address: String::new(),
        local_port: 0,
        domain: String::new(),
    };
    let named = criteria(config, Looks::User);
    let grouped = criteria(config, Looks::Group);
    let mut all: Vec<Connection> = Vec::new();
    for user in &world.users {
        all.push(blank(user.name.clone(), user.groups.clone(), Some(user.uid == 0)));
    }
    if world.others || world.users.is_empty() {
        let mut names: Vec<String> =
            named.iter().flat_map(|p| p.split(',')).map(instance).collect();
        names.extend(lists.users.iter().map(|u| instance(u.split('@').next().unwrap_or(u))));
        names.push("somebody".to_owned());
        let mut groups: Vec<String> =
            grouped.iter().flat_map(|p| p.split(',')).map(instance).collect();
        groups.extend(lists.groups.iter().map(|g| instance(g)));
        for name in names {
            if all.iter().any(|c| c.user == name) {
                continue;
            }
            all.push(blank(name.clone(), Vec::new(), Some(false)));
            for group in &groups {
                all.push(blank(name.clone(), vec![group.clone()], Some(false)));
            }
        }
    }
    let mut seen = Vec::new();
    all.retain(|c| {
        let mut signature = vec![c.root == Some(true)];
        let blocks = config.blocks.iter().flat_map(|b| &b.criteria);
        let blocks = blocks.filter(|k| matches!(k.looks, Looks::User | Looks::Group));
        signature.extend(blocks.map(|k| k.takes(c)));
        let user_part = |u: &&str| u.rsplit_once('@').map_or(*u, |(user, _)| user).to_owned();
        signature.extend(lists.users.iter().map(|u| pattern::matches(&c.user, &user_part(u))));
        let fits = |g: &&str| c.groups.iter().any(|mine| pattern::matches(mine, g));
        signature.extend(lists.groups.iter().map(fits));
        let new = !seen.contains(&signature);
        if new {
            seen.push(signature);
        }
        new
    });
    all
}

fn addresses(config: &Config, lists: &Lists<'_>) -> Vec<String> {
    let hosts: Vec<&str> =
        lists.users.iter().filter_map(|u| u.rsplit_once('@').map(|(_, host)| host)).collect();
    let mut patterns = criteria(config, Looks::Address);
    let by_host = criteria(config, Looks::Host);
    let mut all: Vec<String> = vec!["203.0.113.77".to_owned(), "2001:db8:ffff::77".to_owned()];
    for list in patterns.iter().chain(&by_host).chain(&hosts) {
        all.extend(samples(list));
    }
    patterns.extend(&hosts);
    distinct(all, |a| {
        let by_address = patterns.iter().map(|p| pattern::addresses(Some(a), p));
        let by_name = by_host.iter().chain(&hosts).map(|p| Ok(pattern::hosts(a, p)));
        by_address.chain(by_name).collect()
    })
}

/// Addresses around the entries of a list.
fn samples(list: &str) -> Vec<String> {
    let mut out = Vec::new();
    for entry in list.split(',') {
        let entry = entry.trim_start_matches('!');
        if let Ok(Some(network)) = Network::parse(entry) {
            out.extend(network.edges().iter().map(ToString::to_string));
        } else {
            // A wildcard: numbers in the places of its stars, if that gives an address.
            let one = entry.replace(['*', '?'], "1");
            let parts = entry.split('.').count();
            let padded = format!("{one}{}", ".1".repeat(4_usize.saturating_sub(parts)));
            let tries = [one, padded, entry.replace('*', "1.1"), entry.replace('*', "1.1.1")];
            out.extend(tries.into_iter().filter(|t| t.parse::<IpAddr>().is_ok()));
        }
    }
    out
}

fn hosts(config: &Config, lists: &Lists<'_>) -> Vec<Option<String>> {
    let mut patterns = criteria(config, Looks::Host);
    patterns.extend(lists.users.iter().filter_map(|u| u.rsplit_once('@').map(|(_, h)| h)));
    let mut all = vec!["client.invalid".to_owned()];
    let entries = patterns.iter().flat_map(|p| p.split(','));
    all.extend(entries.map(|e| instance(e).to_ascii_lowercase()));
    let kept = distinct(all, |h| patterns.iter().map(|p| pattern::hosts(h, p)).collect());
    // A client without a name has its address for a name.
    kept.into_iter().map(Some).chain([None]).collect()
}

fn local_addresses(config: &Config, listening: &Listening) -> Vec<String> {
    let patterns = criteria(config, Looks::LocalAddress);
    let all: Vec<String> = if listening.addresses.is_empty() {
        let mut all = vec!["198.51.100.7".to_owned(), "2001:db8:eeee::7".to_owned()];
        all.extend(patterns.iter().flat_map(|p| samples(p)));
        all
    } else {
        listening.addresses.iter().map(ToString::to_string).collect()
    };
    distinct(all, |a| patterns.iter().map(|p| pattern::addresses(Some(a), p)).collect())
}

fn ports(config: &Config, listening: &Listening) -> Vec<u16> {
    let wanted = criteria(config, Looks::LocalPort);
    let mut all = listening.ports.clone();
    if all.is_empty() {
        all.push(22);
        all.extend(wanted.iter().filter_map(|p| p.parse::<u16>().ok()));
    }
    distinct(all, |port| wanted.iter().map(|p| p.parse() == Ok(*port)).collect::<Vec<bool>>())
}

fn domains(config: &Config) -> Vec<String> {
    let patterns = criteria(config, Looks::RDomain);
    let mut all = vec![String::new()];
    all.extend(patterns.iter().flat_map(|p| p.split(',')).map(instance));
    distinct(all, |d| patterns.iter().map(|p| pattern::list(d, p)).collect())
}

/// The first of each kind.
fn distinct<T, S: PartialEq>(all: Vec<T>, signature: impl Fn(&T) -> Vec<S>) -> Vec<T> {
    let mut seen: Vec<Vec<S>> = Vec::new();
    let mut out = Vec::new();
    for item in all {
        let signature = signature(&item);
        if !seen.contains(&signature) {
            seen.push(signature);
            out.push(item);
        }
    }
    out
}
