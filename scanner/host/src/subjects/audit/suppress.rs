//! Rules that keep from the record what others, or the system by itself, would record.

use std::collections::BTreeMap;

use assay_core::{Gap, GapState};
use serde_json::{Value, json};

use super::coverage::interfaces;
use super::event::{Event, Fate, fate, left_out, takes};
use super::load::{Kernel, World};
use super::rule::{Abi, List, Op, Rule, Want};

/// Types of records that the system makes without a rule, or of which every event consists.
const WANTED: [(u32, &str); 20] = [
    (1006, "LOGIN"),
    (1100, "USER_AUTH"),
    (1101, "USER_ACCT"),
    (1103, "CRED_ACQ"),
    (1105, "USER_START"),
    (1108, "USER_CHAUTHTOK"),
    (1112, "USER_LOGIN"),
    (1114, "ADD_USER"),
    (1115, "DEL_USER"),
    (1116, "ADD_GROUP"),
    (1117, "DEL_GROUP"),
    (1123, "USER_CMD"),
    (1132, "GRP_MGMT"),
    (1300, "SYSCALL"),
    (1302, "PATH"),
    (1305, "CONFIG_CHANGE"),
    (1309, "EXECVE"),
    (1400, "AVC"),
    (1701, "ANOM_ABEND"),
    (2300, "USER_ROLE_CHANGE"),
];

/// Programs that stand for everything: whoever runs them can do anything.
const SHELLS: [&str; 22] = [
    "sh", "bash", "dash", "zsh", "ksh", "fish", "busybox", "python3", "python", "perl", "ruby",
    "sudo", "su", "env", "sshd", "ssh", "login", "curl", "wget", "nc", "passwd", "useradd",
];

/// Most times that an event is held against a rule.
const MAX_WORK: usize = 20_000_000;

/// What is hidden: `{Rule, Hides, file, line}`, one for each rule that hides.
pub(super) fn hidden(
    kernel: &Kernel,
    world: &World<'_, '_>,
    people: &[u32],
) -> Result<Vec<Value>, Gap> {
    let mut out: BTreeMap<(String, u32), (String, Vec<String>)> = BTreeMap::new();
    let mut note = |rule: &Rule, what: String| {
        let at = (rule.place.file.to_string(), rule.place.line);
        let entry = out.entry(at).or_insert_with(|| (rule.text.clone(), Vec::new()));
        if !entry.1.contains(&what) {
            entry.1.push(what);
        }
    };
    let suppressors: Vec<&Rule> = kernel
        .rules
        .iter()
        .filter(|r| r.list == List::Exclude || (r.never && r.list != List::Filesystem))
        .collect();
    let actors = actors(&suppressors, people);
    let mut left = MAX_WORK;
    for rule in kernel.rules.iter().filter(|r| r.list == List::Exit && !r.never) {
        let much =
            || Gap::new(GapState::Malformed, "too many audit rules to be compared".to_owned());
        for event in events(rule, world, &actors, &mut left).ok_or_else(much)? {
            left = left.checked_sub(kernel.rules.len()).ok_or_else(much)?;
            if let Fate::Hidden(by) = fate(&kernel.rules, &event) {
                note(by, format!("{} ({}:{})", rule.text, rule.place.file, rule.place.line));
            }
        }
    }
    for (kind, name) in WANTED {
        for (auid, uid, exe) in &actors {
            let mut event = Event::of(&world.names, "sendto", Abi::B64, *auid, *uid);
            (event.kind, event.exe) = (kind, exe.clone());
            if let Some(by) = left_out(&kernel.rules, &event) {
                note(by, format!("records of type {name}"));
            }
            let mut user = kernel.rules.iter().filter(|r| r.list == List::User);
            let first = user.find(|r| takes(r, &event) == Some(true));
            if let Some(by) = first.filter(|r| r.never && (1100..1200).contains(&kind)) {
                note(by, format!("records of type {name}"));
            }
        }
    }
    let everybody =
        Event::of(&world.names, "clone", Abi::B64, people.first().copied().unwrap_or(1000), 0);
    for rule in &kernel.rules {
        if rule.list == List::Task && rule.never && takes(rule, &everybody) == Some(true) {
            note(rule, "every system call".to_owned());
        }
        let quiet = |f: &Want| matches!(f, Want::Text(t) if t == "tracefs" || t == "debugfs");
        let fs = rule.fields.iter().find(|f| f.name == "fstype" && f.op == Op::Is);
        if rule.list == List::Filesystem && rule.never && fs.is_some_and(|f| !quiet(&f.want)) {
            note(rule, "everything on a file system".to_owned());
        }
    }
    let json = |((file, line), (rule, hides)): ((String, u32), (String, Vec<String>))| {
        let more = hides.len().saturating_sub(3);
        let mut text = hides.into_iter().take(3).collect::<Vec<_>>().join("; ");
        if more > 0 {
            text.push_str(&format!("; and {more} more"));
        }
        json!({"Rule": rule, "Hides": text, "file": file, "line": line})
    };
    Ok(out.into_iter().map(json).collect())
}

/// Who does something: people as themselves and as root, services, and whom the rules name.
fn actors(suppressors: &[&Rule], people: &[u32]) -> Vec<(u32, u32, String)> {
    let usual = "/usr/local/bin/program".to_owned();
    let who = people.first().copied().unwrap_or(1000);
    let mut out = vec![
        (who, who, usual.clone()),
        (who, 0, usual.clone()),
        (u32::MAX, 0, usual.clone()),
        (u32::MAX, 33, usual.clone()),
    ];
    for field in suppressors.iter().flat_map(|r| &r.fields).take(500) {
        match (&field.want, field.name) {
            (Want::Number(id), "auid")
                if *id != u32::MAX && (*id == 0 || people.contains(id) || *id >= who) =>
            {
                out.push((*id, 0, usual.clone()));
                out.push((*id, *id, usual.clone()));
            }
            (Want::Text(exe), "exe") => {
                let name = exe.rsplit('/').next().unwrap_or(exe);
                if SHELLS.iter().any(|s| {
                    name == *s
                        || name.strip_prefix(s).is_some_and(|r| {
                            r.starts_with(|c: char| c.is_ascii_digit() || c == '.')
                        })
                }) {
                    out.push((who, 0, exe.clone()));
                    out.push((who, who, exe.clone()));
                }
            }
            _ => {}
        }
    }
    out.dedup();
    out.truncate(40);
    out
}

/// Calls that show what a rule for all of them wants.
const ANY: [&str; 5] = ["execve", "openat", "connect", "unlinkat", "fchmodat"];
/// Calls that use a permission.
const BY_PERM: [(u32, &str); 4] = [(1, "execve"), (2, "openat"), (4, "openat"), (8, "fchmodat")];

/// What the making of one event costs.
const EVENT: usize = 100;

/// Events that a rule wants. `None`: there is no time left.
fn events(
    rule: &Rule,
    world: &World<'_, '_>,
    actors: &[(u32, u32, String)],
    left: &mut usize,
) -> Option<Vec<Event>> {
    let perm = rule.fields.iter().find(|f| f.name == "perm");
    let perm = perm.and_then(|f| if let Want::Number(bits) = f.want { Some(bits) } else { None });
    let object = rule.fields.iter().any(|f| f.name == "path" || f.name == "dir");
    let mut calls: Vec<(Abi, &'static str, u32)> = Vec::new();
    for abi in interfaces(world) {
        match (&rule.calls, perm) {
            (Some(_), _) => {
                let known = super::calls::known(rule, *abi, &world.names);
                calls.extend(
                    known.into_iter().map(|(name, bits)| (*abi, name, perm.unwrap_or(bits))),
                );
            }
            (None, perm) if perm.is_some() || object => {
                let bits = perm.unwrap_or(15);
                let some = BY_PERM.iter().filter(|(bit, _)| bits & bit != 0);
                calls.extend(some.map(|(bit, name)| (*abi, *name, *bit)));
            }
            (None, _) => calls.extend(ANY.iter().map(|name| (*abi, *name, 0))),
        }
    }
    let mut out = Vec::new();
    for (abi, name, bits) in calls.into_iter().take(60) {
        let blank = Event::of(&world.names, name, abi, 0, 0);
        for (auid, uid, exe) in actors {
            *left = left.checked_sub(EVENT)?;
            let mut event = Event { auid: *auid, perm: bits, exe: exe.clone(), ..blank.clone() };
            (event.uid, event.euid, event.gid) = (*uid, *uid, *uid);
            for field in &rule.fields {
                if super::event::holds(field, &event) != Some(true) {
                    event.fit(field);
                }
            }
            if takes(rule, &event) == Some(true) {
                out.push(event);
            }
        }
    }
    Some(out)
}
