//! The document: what was found in the stacks, each fact once for all services that share it.

use std::collections::BTreeMap;

use assay_core::Gap;
use serde_json::{Map, Value, json};

use super::access::{Locks, bypasses, checks, closes, counts, locks, outsider, tally};
use super::answers::local;
use super::config::Config;
use super::control::CODES;
use super::entry::{ACCOUNT, AUTH, Entry, PASSWORD, TYPES};
use super::faillock::When;
use super::options::Chosen;
use super::password::{Store, stores};
use super::services::{ACCOUNTS, AUTHENTICATES, CHANGES, OTHER, Service, used};
use super::world::World;
use super::{common, config, files};
use crate::subjects::accounts::facet;
use crate::subjects::ssh;
use crate::{Host, Output, Setting};

/// Facts by their text, with the services that share them.
#[derive(Default)]
struct Facts(BTreeMap<String, (Map<String, Value>, Vec<String>)>);

impl Facts {
    /// Adds one about an entry.
    fn add(&mut self, service: &str, kind: usize, entry: &Entry, more: Value) {
        let mut fact = Map::new();
        fact.insert("Type".to_owned(), TYPES.get(kind).copied().unwrap_or_default().into());
        fact.insert("Control".to_owned(), entry.control.as_str().into());
        let module = entry.module().map(|m| m.name.as_str()).unwrap_or_default();
        fact.insert("Module".to_owned(), module.into());
        if let Value::Object(more) = more {
            fact.extend(more);
        }
        fact.insert("file".to_owned(), entry.file.as_str().into());
        fact.insert("line".to_owned(), entry.line.into());
        let key = format!("{}:{:08}:{}", entry.file, entry.line, Value::from(fact.clone()));
        let (_, services) = self.0.entry(key).or_insert_with(|| (fact, Vec::new()));
        if !services.iter().any(|s| s == service) {
            services.push(service.to_owned());
        }
    }

    /// As the document holds them: each with a key that stays while lines move.
    fn json(self) -> Value {
        let mut known: BTreeMap<String, usize> = BTreeMap::new();
        let mut out = Vec::new();
        for (mut fact, services) in self.0.into_values() {
            let words = ["Type", "file", "Control", "Module"]
                .map(|n| fact.get(n).and_then(Value::as_str).unwrap_or_default().to_owned());
            let first = services.first().map(String::as_str).unwrap_or_default();
            let mut key = format!("{}/{first}", words.join("/"));
            let count = known.entry(key.clone()).or_default();
            *count += 1;
            if *count > 1 {
                key.push_str(&format!("#{count}"));
            }
            fact.insert("Key".to_owned(), key.into());
            fact.insert("Services".to_owned(), services.into());
            out.push(Value::from(fact));
        }
        out.into()
    }
}

/// Puts it, where there are modules at all.
///
/// # Errors
/// Where not even the services can be told.
pub(super) fn put(host: &Host<'_>, out: &mut dyn Output) -> Result<(), Gap> {
    let Some(config) = config(host)? else { return Ok(()) };
    let services = used(host, &config)?;
    let world = World::of(host);
    let mut r = host.document("linux.pam", "");
    facet(&mut r, "Services", listed(&config, &services));
    facet(&mut r, "Bypasses", ways_in(&world, &config, &services));
    facet(&mut r, "EmptyPasswords", empty_passwords(&world, &config, &services));
    facet(&mut r, "Checks", doors(&world, &config, &services));
    facet(&mut r, "Stores", changes(&world, &config, &services));
    facet(&mut r, "Su", su(&world, &config, &services));
    facet(&mut r, "Uncovered", uncovered(&world, &config, &services));
    facet(&mut r, "Files", files::of(host, &config));
    let asks = ssh::uses_pam(host).map(|s| s.map_or(Value::Null, |s| s.json()));
    facet(&mut r, "SshdUsesPam", asks);
    out.put(r);
    Ok(())
}

/// The services in use: `{Name, Asks, File}`.
fn listed(config: &Config<'_>, services: &[Service]) -> Result<Value, Gap> {
    let mut out = Vec::new();
    for service in services {
        let words = [(AUTHENTICATES, "auth"), (ACCOUNTS, "account"), (CHANGES, "password")];
        let asks: Vec<&str> =
            words.iter().filter(|(bit, _)| service.asks & bit != 0).map(|(_, w)| *w).collect();
        let stacks = config.stacks(&service.name)?;
        let file = stacks.file.as_ref().map(|f| f.display().to_string());
        out.push(json!({
            "Name": service.name,
            "Asks": asks,
            "File": file,
            "Refused": stacks.of.is_none(),
        }));
    }
    Ok(out.into())
}

/// What is done with a service and its stack.
type Each<'a> = &'a mut dyn FnMut(&str, &[Entry]) -> Result<(), Gap>;

/// The services that ask something, with the stack that answers.
fn each(
    config: &Config<'_>,
    services: &[Service],
    asks: u8,
    kind: usize,
    f: Each<'_>,
) -> Result<(), Gap> {
    for service in services.iter().filter(|s| s.asks & asks != 0) {
        let stacks = config.stacks(&service.name)?;
        if let Some(stack) = stacks.get(kind) {
            f(&service.name, stack)?;
        }
    }
    Ok(())
}

fn is_su(service: &str) -> bool {
    service == "su" || service == "su-l"
}

fn ways_in(world: &World<'_>, config: &Config<'_>, services: &[Service]) -> Result<Value, Gap> {
    let mut facts = Facts::default();
    for (asks, kind) in [(AUTHENTICATES, AUTH), (ACCOUNTS, ACCOUNT)] {
        each(config, services, asks, kind, &mut |service, stack| {
            // What pam_wheel trusts is the business of su.
            for way in bypasses(world, service, kind, stack, !is_su(service))? {
                if let Some(entry) = stack.get(way.at) {
                    let code = CODES.get(usize::from(way.code)).copied().unwrap_or_default();
                    facts.add(service, kind, entry, json!({"Answer": code}));
                }
            }
            Ok(())
        })?;
    }
    Ok(facts.json())
}

fn empty_passwords(
    world: &World<'_>,
    config: &Config<'_>,
    services: &[Service],
) -> Result<Value, Gap> {
    let mut facts = Facts::default();
    each(config, services, AUTHENTICATES, AUTH, &mut |service, stack| {
        for at in checks(world, service, stack, &locks(world, stack)?)? {
            let Some(entry) = stack.get(at) else { continue };
            let args = entry.module().map(|m| m.args.as_slice()).unwrap_or_default();
            if args.iter().any(|a| a.starts_with("nullok")) {
                facts.add(service, AUTH, entry, json!({}));
            }
        }
        Ok(())
    })?;
    Ok(facts.json())
}

fn doors(world: &World<'_>, config: &Config<'_>, services: &[Service]) -> Result<Value, Gap> {
    let mut facts = Facts::default();
    each(config, services, AUTHENTICATES, AUTH, &mut |service, stack| {
        let locks = locks(world, stack)?;
        for at in checks(world, service, stack, &locks)? {
            let Some(entry) = stack.get(at) else { continue };
            let lock = lockout(world, service, stack, &locks, at)?;
            facts.add(service, AUTH, entry, lock);
        }
        Ok(())
    })?;
    Ok(facts.json())
}

/// What happens to an account after too many failures at an entry.
fn lockout(
    world: &World<'_>,
    service: &str,
    stack: &[Entry],
    locks: &Locks,
    at: usize,
) -> Result<Value, Gap> {
    let counted = counts(world, service, stack, locks, at)?;
    let closed = closes(world, service, stack, locks, at)?;
    let entry = |at: usize| stack.get(at);
    let counter = locks.iter().find(|(_, l)| l.when == When::AfterFailure);
    let denier = locks.iter().find(|(_, l)| l.when != When::AfterFailure);
    let old = stack.iter().position(|e| tally(e).is_some());
    let any = denier.or(counter).map(|(at, _)| *at).or(old);
    let zero = locks.iter().find(|(_, l)| l.deny.number() == 0);
    let place = |at: usize| entry(at).map(|e| (e.file.clone(), e.line));
    let mut state = Setting::of("enforced", crate::Origin::File);
    state.place = any.and_then(place);
    let mut is = |value: &str, found: Option<(String, u32)>| {
        state.value = value.into();
        state.place = found;
    };
    if any.is_none() {
        is("missing", place(at));
    } else if let Some((zero_at, lock)) = zero.filter(|_| counted && !closed) {
        is("off", lock.deny.0.place.clone().or_else(|| place(*zero_at)));
    } else if !counted {
        is("uncounted", counter.map(|(at, _)| *at).or(any).and_then(place));
    } else if !closed {
        is("never_denies", any.and_then(place));
    }
    let mut out = Map::new();
    out.insert("Lockout".to_owned(), state.json());
    let lock = denier.or(counter).filter(|_| counted && closed);
    let with = lock.and_then(|(at, l)| entry(*at).map(|e| (e, l)));
    for (name, of) in [
        ("Deny", (|l| &l.deny) as fn(&super::faillock::Faillock) -> &Chosen),
        ("UnlockTime", |l| &l.unlock_time),
        ("FailInterval", |l| &l.fail_interval),
    ] {
        let value = with.map(|(e, l)| of(l).json(e));
        out.insert(name.to_owned(), value.unwrap_or(Value::Null));
    }
    let root = with.map(|(_, l)| l.even_deny_root);
    out.insert("LocksRoot".to_owned(), root.into());
    Ok(out.into())
}

fn changes(world: &World<'_>, config: &Config<'_>, services: &[Service]) -> Result<Value, Gap> {
    let mut facts = Facts::default();
    each(config, services, CHANGES, PASSWORD, &mut |service, stack| {
        for store in stores(world, service, stack)? {
            if let Some(entry) = stack.get(store.at) {
                facts.add(service, PASSWORD, entry, stored(stack, entry, &store));
            }
        }
        Ok(())
    })?;
    Ok(facts.json())
}

/// What guards an entry that stores, and how it stores.
fn stored(stack: &[Entry], entry: &Entry, store: &Store) -> Value {
    let judge = store.quality.as_ref().and_then(|(at, q)| stack.get(*at).map(|e| (e, q)));
    let tolerant = judge.filter(|(_, q)| q.enforcing.0.value != true && !store.judged);
    let mut judged = Chosen::new(store.judged);
    if let Some((file, line)) = tolerant.and_then(|(_, q)| q.enforcing.0.place.clone()) {
        judged.take(store.judged, std::path::Path::new(&file), line);
    } else if let Some((judge, _)) = judge.filter(|_| store.judged) {
        judged.take_entry(true, judge);
    }
    let strict = judge.filter(|_| store.judged);
    let length = strict.map_or_else(|| store.minlen.json(entry), |(e, q)| q.length.json(e));
    let none = Chosen::new(0);
    let classes = strict.map_or_else(|| none.json(entry), |(e, q)| q.classes.json(e));
    let (history, remember) = &store.history;
    json!({
        "Judged": judged.json(entry),
        "Judge": judge.and_then(|(e, _)| e.module()).map(|m| m.name.clone()),
        "MinLength": length,
        "MinClasses": classes,
        "Remember": remember.json(stack.get(*history).unwrap_or(entry)),
        "Scheme": store.scheme.json(entry),
        "Rounds": store.rounds.json(entry),
    })
}

fn su(world: &World<'_>, config: &Config<'_>, services: &[Service]) -> Result<Value, Gap> {
    let mut facts = Facts::default();
    let found: Vec<Service> = services.iter().filter(|s| is_su(&s.name)).cloned().collect();
    each(config, &found, AUTHENTICATES, AUTH, &mut |service, stack| {
        let stacks = config.stacks(service)?;
        let account = stacks.get(ACCOUNT).unwrap_or_default();
        let open =
            outsider(world, service, AUTH, stack)? && outsider(world, service, ACCOUNT, account)?;
        let wheel = stack.iter().find(|e| e.is("pam_wheel"));
        let first = stack.iter().find(|e| e.is("pam_rootok")).or_else(|| stack.first());
        if let Some(entry) = wheel.or(first) {
            let weakness = if open { "unrestricted" } else { "none" };
            facts.add(service, AUTH, entry, json!({"Weakness": weakness}));
        }
        for way in bypasses(world, service, AUTH, stack, true)? {
            if let Some(entry) = stack.get(way.at) {
                facts.add(service, AUTH, entry, json!({"Weakness": "passwordless"}));
            }
        }
        Ok(())
    })?;
    Ok(facts.json())
}

/// Entries that check passwords outside of the files that services share, and without a lock of
/// their own; none where this host has no such files.
fn uncovered(world: &World<'_>, config: &Config<'_>, services: &[Service]) -> Result<Value, Gap> {
    if !config.services()?.iter().any(|s| common(s)) {
        return Ok(json!([]));
    }
    let mut facts = Facts::default();
    each(config, services, AUTHENTICATES, AUTH, &mut |service, stack| {
        let locks = locks(world, stack)?;
        for at in checks(world, service, stack, &locks)? {
            let Some(entry) = stack.get(at) else { continue };
            let own = service != OTHER && !common(&entry.file) && entry.module().is_some_and(local);
            if own
                && !(counts(world, service, stack, &locks, at)?
                    && closes(world, service, stack, &locks, at)?)
            {
                facts.add(service, AUTH, entry, json!({}));
            }
        }
        Ok(())
    })?;
    Ok(facts.json())
}
