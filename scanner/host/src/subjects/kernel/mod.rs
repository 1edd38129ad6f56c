//! `linux.kernel`: what the boot entries tell the kernel, and whether it refuses code that is not
//! signed.

mod disarm;
#[cfg(test)]
mod tests;

use std::path::Path;

use assay_core::{Gap, GapState, Resource};
use serde_json::{Value, json};

use crate::boot::{self, Builds, Entries, Entry};
use crate::{Host, Miss, Origin, Output, Setting, Subject, gap};

const KIND: &str = "linux.kernel";

/// The subject.
pub(crate) static SUBJECT: Subject = Subject { name: "kernel", types: &[KIND], collect };

fn collect(host: &Host<'_>, out: &mut dyn Output) {
    if !boot::starts(host) && host.stat("/etc/default/grub").is_ok_and(|s| s.is_none()) {
        return out.listed(KIND, Ok(()));
    }
    out.put(document(host));
    out.listed(KIND, Ok(()));
}

fn document(host: &Host<'_>) -> Resource {
    let mut out = host.document(KIND, "");
    let entries = boot::entries(host);
    match &entries {
        Ok(entries) => {
            let generated = entries.generated.iter().map(|e| (e, true));
            let all = generated.chain(entries.planned.iter().map(|e| (e, false)));
            let lines: Vec<Value> = all.map(|(e, now)| line(e, now)).collect();
            out.properties.insert("CommandLines".to_owned(), lines.into());
            out.properties.insert("Disarmed".to_owned(), disarmed(entries).into());
        }
        Err(gap) => {
            out.lose("CommandLines", gap.clone());
            out.lose("Disarmed", gap.clone());
        }
    }
    match refuses(host, &entries, &boot::builds(host)) {
        Ok(setting) => {
            out.properties.insert("UnsignedCodeRefused".to_owned(), setting.json());
        }
        Err(gap) => out.lose("UnsignedCodeRefused", gap),
    }
    if host.running() {
        let path = Path::new("/proc/cmdline");
        match host.root().read(path) {
            Ok(bytes) => {
                let words = boot::words(&String::from_utf8_lossy(&bytes));
                let found = disarm::disarmed(&words);
                let found: Vec<Value> = found
                    .into_iter()
                    .map(|(word, what)| json!({"Option": word, "Protection": what}))
                    .collect();
                out.properties.insert("RunningDisarmed".to_owned(), found.into());
            }
            Err(miss) => out.lose("RunningDisarmed", gap(path, &miss)),
        }
    }
    out
}

fn line(entry: &Entry, generated: bool) -> Value {
    let words: Vec<String> = entry.words.iter().map(boot::Word::text).collect();
    json!({
        "Title": entry.title, "Words": words, "Generated": generated, "Recovery": entry.recovery,
        "file": entry.file, "line": entry.line,
    })
}

/// Each word that disarms once for what starts now, and once for what the sources hold for later.
fn disarmed(entries: &Entries) -> Vec<Value> {
    let mut out: Vec<Value> = Vec::new();
    let mut seen: Vec<(String, bool)> = Vec::new();
    let all = entries.generated.iter().map(|e| (e, true));
    for (entry, now) in all.chain(entries.planned.iter().map(|e| (e, false))) {
        for (word, what) in disarm::disarmed(&entry.words) {
            let key = (word, now);
            if seen.contains(&key) {
                continue;
            }
            out.push(json!({
                "Option": key.0, "Protection": what, "Entry": entry.title, "Generated": now,
                "file": entry.file, "line": entry.line,
            }));
            seen.push(key);
        }
    }
    out
}

/// Whether the kernel refuses code that is not signed: lockdown by the entries or the build, else
/// what the running host says of lockdown and secure boot.
fn refuses(
    host: &Host<'_>,
    entries: &Result<Entries, Gap>,
    builds: &Result<Builds, Gap>,
) -> Result<Setting, Gap> {
    let entries = entries.as_ref().map_err(Clone::clone)?;
    let locks = |e: &&Entry| {
        let last = e.words.iter().rfind(|w| !w.after && w.key() == "lockdown");
        last.and_then(|w| w.value.as_deref())
            .is_some_and(|v| v == "integrity" || v == "confidentiality")
    };
    if let Some(first) = entries.generated.first()
        && entries.generated.iter().all(|e| locks(&e))
    {
        let mut out = Setting::in_file(true, first.file.as_ref(), first.line);
        out.origin = Origin::Kernel;
        return Ok(out);
    }
    let forced =
        ["INTEGRITY", "CONFIDENTIALITY"].map(|w| format!("CONFIG_LOCK_DOWN_KERNEL_FORCE_{w}"));
    if let Ok(builds) = builds
        && !builds.is_empty()
        && builds.iter().all(|b| forced.iter().any(|o| b.option(o) == Some("y")))
    {
        return Ok(Setting::of(true, Origin::Default));
    }
    if !host.running() {
        let detail = "nothing on the disk locks the kernel down, and only the running host tells \
                      whether its firmware checks signatures";
        return Err(Gap::new(GapState::Unsupported, detail));
    }
    let locked = locked(host)?;
    Ok(Setting::of(locked || secure(host)?, Origin::Running))
}

/// Lockdown as the running kernel says it. A kernel without it has no such file.
fn locked(host: &Host<'_>) -> Result<bool, Gap> {
    let path = Path::new("/sys/kernel/security/lockdown");
    match host.root().read(path) {
        Ok(bytes) => {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            Ok(text.contains("[integrity]") || text.contains("[confidentiality]"))
        }
        Err(Miss::Absent) => Ok(false),
        Err(miss) => Err(gap(path, &miss)),
    }
}

/// Secure boot as the firmware says it, unless the loader was told to check nothing.
fn secure(host: &Host<'_>) -> Result<bool, Gap> {
    let variable = |name: &str| -> Result<Option<u8>, Gap> {
        let path = Path::new("/sys/firmware/efi/efivars").join(name);
        match host.root().read(&path) {
            // Four bytes of attributes, then the value.
            Ok(bytes) => Ok(bytes.get(4).copied()),
            Err(Miss::Absent) => Ok(None),
            Err(miss) => Err(gap(&path, &miss)),
        }
    };
    let on = variable("SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c")? == Some(1);
    let unchecked = variable("MokSBStateRT-605dab50-e046-4300-abb6-3dd810dd8b23")? == Some(1);
    Ok(on && !unchecked)
}
