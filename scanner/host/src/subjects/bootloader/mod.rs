//! `linux.boot`: who can read and change what boots the host, who can edit an entry, whether what
//! was generated is what the sources say, and which shells a boot gives without a password.

mod agree;
mod password;
mod rescue;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

use assay_core::{Gap, Resource};
use serde_json::Value;

use crate::boot::{self, Entries};
use crate::{FileKind, Host, Output, Subject};

const KIND: &str = "linux.boot";

/// The subject.
pub(crate) static SUBJECT: Subject = Subject { name: "boot", types: &[KIND], collect };

fn collect(host: &Host<'_>, out: &mut dyn Output) {
    if !boot::starts(host) && host.stat("/etc/default/grub").is_ok_and(|s| s.is_none()) {
        return out.listed(KIND, Ok(()));
    }
    out.put(document(host));
    out.listed(KIND, Ok(()));
}

fn set(out: &mut Resource, facet: &str, value: Result<Value, Gap>) {
    match value {
        Ok(value) => {
            out.properties.insert(facet.to_owned(), value);
        }
        Err(gap) => out.lose(facet, gap),
    }
}

fn document(host: &Host<'_>) -> Resource {
    let mut out = host.document(KIND, "");
    let entries = boot::entries(host);
    let with = |f: &dyn Fn(&Entries) -> Result<Value, Gap>| {
        entries.as_ref().map_err(Clone::clone).and_then(f)
    };
    set(&mut out, "Loader", with(&|e| Ok(e.loader.map_or(Value::Null, Value::from))));
    set(&mut out, "Generated", with(&|e| Ok((!e.generated.is_empty()).into())));
    set(&mut out, "Files", files(host).map(Value::from));
    set(&mut out, "EditProtected", with(&|e| password::protected(host, e)));
    set(&mut out, "Disagreements", with(&|e| agree::disagreements(host, e).map(Value::from)));
    set(&mut out, "PasswordlessShells", rescue::shells(host, &entries).map(Value::from));
    out
}

/// Who can read and change the files that hold boot entries.
fn files(host: &Host<'_>) -> Result<Vec<Value>, Gap> {
    let mut paths: Vec<PathBuf> = Vec::new();
    for base in ["/boot/grub", "/boot/grub2"] {
        for name in ["grub.cfg", "custom.cfg", "user.cfg"] {
            paths.push(PathBuf::from(base).join(name));
        }
    }
    paths.push("/boot/loader/loader.conf".into());
    paths.push("/boot/extlinux.conf".into());
    paths.push("/boot/extlinux/extlinux.conf".into());
    for path in host.list("/boot/loader/entries")?.unwrap_or_default() {
        if path.extension().is_some_and(|e| e == "conf") {
            paths.push(path);
        }
    }
    // Sources that hold passwords of the menu.
    for path in host.list("/etc/grub.d")?.unwrap_or_default() {
        let file = host.stat(&path)?.is_some_and(|s| s.kind == FileKind::File);
        let Some(found) = (if file { host.text(&path)? } else { None }) else { continue };
        let says = |l: &str| {
            let mut words = l.split_whitespace().skip_while(|w| *w == "echo");
            let first = words.next().unwrap_or("").trim_start_matches(['\'', '"']);
            (first == "password_pbkdf2" || first == "password") && words.count() >= 2
        };
        if found.text.lines().any(says) {
            paths.push(path);
        }
    }
    let mut out = Vec::new();
    for path in paths {
        if let Some(access) = host.access(&path)? {
            out.push(access.json());
        }
    }
    Ok(out)
}
