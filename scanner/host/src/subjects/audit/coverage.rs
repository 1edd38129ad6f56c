//! Which key steps of an intrusion leave a record. Not the text of the rules counts but what happens
//! to events: each step is one, goes through the rules as in the kernel, and is recorded or not.

use std::collections::BTreeSet;

use assay_core::Gap;
use serde_json::{Value, json};

use super::event::{Event, Fate, fate};
use super::load::{Kernel, World};
use super::rule::Abi;

/// A step: what to say of it, and its event.
type Step = (String, Event);

/// The classes that miss something: `{Class, Missing, file, line}`.
pub(super) fn missing(
    kernel: &Kernel,
    world: &World<'_, '_>,
    people: &[u32],
) -> Result<Vec<Value>, Gap> {
    let mut out = Vec::new();
    for (class, steps) in steps(world, people)? {
        let mut lacks: BTreeSet<String> = BTreeSet::new();
        let mut place = None;
        for (what, event) in &steps {
            if kernel.enabled.0 == 0 {
                lacks.insert(what.clone());
                place = kernel.enabled.1.clone();
                continue;
            }
            match fate(&kernel.rules, event) {
                Fate::Recorded => {}
                Fate::Hidden(rule) => {
                    lacks.insert(what.clone());
                    place = place.or_else(|| Some(rule.place.clone()));
                }
                Fate::Unseen => {
                    lacks.insert(what.clone());
                }
            }
        }
        let mut entry = json!({"Class": class, "Missing": lacks});
        let place = place.or_else(|| kernel.refused.iter().find(|r| r.2).map(|r| r.1.clone()));
        if let (Some(place), Some(entry)) =
            (place.filter(|_| !lacks.is_empty()), entry.as_object_mut())
        {
            entry.insert("file".to_owned(), (*place.file).into());
            entry.insert("line".to_owned(), place.line.into());
        }
        out.push(entry);
    }
    Ok(out)
}

/// Interfaces through which a program can reach the kernel.
pub(super) fn interfaces(world: &World<'_, '_>) -> &'static [Abi] {
    match world.names.machine.as_str() {
        "x86_64" => &[Abi::B64, Abi::B32],
        "i386" | "arm" => &[Abi::B32],
        _ => &[Abi::B64],
    }
}

fn steps(world: &World<'_, '_>, people: &[u32]) -> Result<Vec<(&'static str, Vec<Step>)>, Gap> {
    let abis = interfaces(world);
    let mut identity = Vec::new();
    let mut privilege = Vec::new();
    let mut classes = Vec::new();
    for path in ["/etc/passwd", "/etc/shadow", "/etc/group", "/etc/gshadow"] {
        write(world, path, path, people, abis, &mut identity)?;
    }
    write(world, "/etc/sudoers", "/etc/sudoers", people, abis, &mut privilege)?;
    if world.host.list("/etc/sudoers.d")?.is_some() {
        write(world, "/etc/sudoers.d", "/etc/sudoers.d/file", people, abis, &mut privilege)?;
    }
    for program in ["/usr/bin/sudo", "/usr/bin/su", "/bin/su", "/usr/bin/doas"] {
        if world.host.stat(program)?.is_none() {
            continue;
        }
        let real = world.host.root().resolve(program.as_ref());
        let real = real.map_or_else(|_| program.to_owned(), |p| p.display().to_string());
        // One program under two names.
        if privilege.iter().any(|(_, e): &Step| e.path == real) {
            continue;
        }
        for (abi, who) in abis.iter().take(1).flat_map(|a| people.iter().map(move |p| (*a, *p))) {
            let mut event = Event::of(&world.names, "execve", abi, who, who);
            (event.perm, event.euid) = (1, 0);
            event.path.clone_from(&real);
            event.exe.clone_from(&real);
            privilege.push((format!("{program} run by a user"), event));
        }
    }
    let mut call = |class, what: &'static [&'static str], args: [Option<u32>; 4]| {
        let mut steps = Vec::new();
        for name in what {
            for (abi, who) in abis.iter().flat_map(|a| people.iter().map(move |p| (*a, *p))) {
                let mut event = Event::of(&world.names, name, abi, who, 0);
                event.args = args;
                let bits = if abi == Abi::B32 && abis.len() > 1 { " (32 bit)" } else { "" };
                steps.push((format!("{name}{bits}"), event));
            }
        }
        classes.push((class, steps));
    };
    call("time", &["adjtimex", "settimeofday", "clock_settime"], [Some(0), None, None, None]);
    call("module", &["init_module", "finit_module", "delete_module"], [None; 4]);
    call("mount", &["mount"], [None; 4]);
    let mut out = vec![("identity", identity), ("privilege", privilege)];
    out.extend(classes);
    Ok(out)
}

/// Changes of a file by people who became root.
fn write(
    world: &World<'_, '_>,
    needs: &str,
    path: &str,
    people: &[u32],
    abis: &[Abi],
    out: &mut Vec<Step>,
) -> Result<(), Gap> {
    if world.host.stat(needs)?.is_none() {
        return Ok(());
    }
    let real = world.host.root().resolve(needs.as_ref());
    let real = real.map_or_else(|_| needs.to_owned(), |p| p.display().to_string());
    let real = format!("{real}{}", path.strip_prefix(needs).unwrap_or(""));
    for (abi, who) in abis.iter().flat_map(|a| people.iter().map(move |p| (*a, *p))) {
        let mut event = Event::of(&world.names, "openat", abi, who, 0);
        event.perm = 2;
        event.path.clone_from(&real);
        let bits = if abi == Abi::B32 && abis.len() > 1 { " (32 bit)" } else { "" };
        out.push((format!("changes of {needs}{bits}"), event));
    }
    Ok(())
}
