//! Whether GRUB's generated menu is the one that its sources would give now.

use assay_core::Gap;
use serde_json::{Value, json};

use super::password::superusers;
use crate::Host;
use crate::boot::{Entries, Entry, Word};

/// Words that the generator adds by itself.
fn automatic(word: &Word) -> bool {
    let key = word.key();
    let names = [
        "root",
        "ro",
        "rw",
        "rootflags",
        "rootfstype",
        "initrd",
        "single",
        "recovery",
        "nomodeset",
        "dis_ucode_ldr",
        "vt.handoff",
        "boot",
        "resume",
        "zfs",
        "bootfs",
        "placeholder",
        "systemd.machine_id",
        "vt_handoff",
        "crashkernel",
        "BOOT_IMAGE",
    ];
    // Some generators name the usual inits.
    let init = key == "init"
        && word.value.as_deref().is_some_and(|v| v.ends_with("/init") || v.ends_with("/systemd"));
    init || names.contains(&key.as_str())
}

/// What differs: `{What, file, line}`.
pub(super) fn disagreements(host: &Host<'_>, entries: &Entries) -> Result<Vec<Value>, Gap> {
    let mut out: Vec<Value> = Vec::new();
    if entries.grub.is_empty() || entries.generated.is_empty() {
        return Ok(out);
    }
    let made: Vec<&Entry> = entries.generated.iter().filter(|e| by_sources(e)).collect();
    if !made.is_empty() && !entries.planned.is_empty() {
        words(entries, &made, &mut out);
    }
    let planned = superusers(host)?.filter(|(_, _, users)| !users.is_empty());
    for menu in entries.grub.iter().filter(|g| !g.stub) {
        let Ok(now) = &menu.superusers else { continue };
        let now = now.as_ref().filter(|s| s.value != "");
        match (&planned, now) {
            (Some((path, line, _)), None) => out.push(json!({
                "What": "the sources ask for a password, the generated menu does not",
                "file": path.display().to_string(), "line": line,
            })),
            (None, Some(setting)) => {
                let Some((file, line)) = &setting.place else { continue };
                // A file beside the menu, or Red Hat's way of keeping the password, is a source.
                if file.ends_with("/grub.cfg")
                    && !menu.files.iter().any(|f| f.ends_with("user.cfg"))
                {
                    out.push(json!({
                        "What": "the generated menu asks for a password, the sources do not",
                        "file": file, "line": line,
                    }));
                }
            }
            _ => {}
        }
    }
    Ok(out)
}

/// Entries that are made from the variables of `/etc/default/grub`.
fn by_sources(entry: &Entry) -> bool {
    entry.part.as_deref().is_some_and(|p| p.ends_with("10_linux"))
        || entry.file.contains("/loader/entries/") && !entry.recovery
}

fn words(entries: &Entries, made: &[&Entry], out: &mut Vec<Value>) {
    let planned = |word: &Word, entry: &Entry| {
        let sources = entries.planned.iter().filter(|p| applies(p, entry));
        sources.flat_map(|p| &p.words).any(|w| w.text() == word.text())
    };
    let mut seen: Vec<String> = Vec::new();
    let mut put = |what: String, at: &Entry, out: &mut Vec<Value>| {
        if !seen.contains(&what) {
            out.push(json!({"What": what, "file": at.file, "line": at.line}));
            seen.push(what);
        }
    };
    for entry in made {
        for word in entry.words.iter().filter(|w| !automatic(w) && !w.name.is_empty()) {
            if !planned(word, entry) {
                let what = format!("the generated menu says {}, its sources do not", word.text());
                put(what, entry, out);
            }
        }
        for source in entries.planned.iter().filter(|p| applies(p, entry)) {
            for word in source.words.iter().filter(|w| !automatic(w)) {
                if !entry.words.iter().any(|w| w.text() == word.text()) {
                    let what =
                        format!("the sources say {}, the generated menu does not", word.text());
                    put(what, source, out);
                }
            }
        }
    }
}

/// Whether a source reaches an entry.
fn applies(source: &Entry, entry: &Entry) -> bool {
    match source.title.as_str() {
        "GRUB_CMDLINE_LINUX_DEFAULT" => !entry.recovery,
        "GRUB_CMDLINE_LINUX_RECOVERY" => entry.recovery,
        "kernel-install" => entry.part.is_none(),
        _ => true,
    }
}
