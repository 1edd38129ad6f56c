//! Files: who may write, read and run what, from one walk over all names.

mod capability;
mod dpkg;
mod ids;
mod keys;
mod known;
mod loader;
mod notable;
mod packages;
mod search;
mod secrets;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

use assay_core::{Gap, Resource};
use serde_json::{Value, json};

use crate::{Access, Host, Output, Stat, Subject};
use ids::Ids;
use notable::{FirstNames, Notable};
use packages::{Packages, Recorded, Rights};
use secrets::{Key, exposed, leaks, private_keys};

/// The type.
const FILESYSTEM: &str = "linux.filesystem";

/// Files and directories.
pub(super) static SUBJECT: Subject = Subject { name: "filesystem", types: &[FILESYSTEM], collect };

/// Account databases; those with secrets are read by nobody.
const ACCOUNTS: [(&str, bool); 13] = [
    ("/etc/passwd", false),
    ("/etc/passwd-", false),
    ("/etc/group", false),
    ("/etc/group-", false),
    ("/etc/shadow", true),
    ("/etc/shadow-", true),
    ("/etc/gshadow", true),
    ("/etc/gshadow-", true),
    ("/etc/master.passwd", true),
    ("/etc/tcb", true),
    ("/etc/security/opasswd", true),
    // Copies that older releases of Debian make every day.
    ("/var/backups/shadow.bak", true),
    ("/var/backups/gshadow.bak", true),
];

/// Facets that rest on the walk.
const WALKED: [&str; 9] = [
    "WorldWritable",
    "StickyMissing",
    "Unowned",
    "Logs",
    "Devices",
    "SuidPrograms",
    "Capabilities",
    "PrivateKeys",
    "AclLeaks",
];

fn collect(host: &Host<'_>, out: &mut dyn Output) {
    let mut doc = host.document(FILESYSTEM, "");
    let ids = Ids::read(host);
    let notable = notable::walk(host, ids.as_ref().ok());
    doc.properties.insert("Names".to_owned(), notable.walked.names.into());
    let skipped: Vec<Value> = notable
        .walked
        .skipped
        .iter()
        .map(|(path, why)| json!({"Path": text(path), "Reason": why}))
        .collect();
    doc.properties.insert("LeftOut".to_owned(), skipped.into());
    set(
        &mut doc,
        "SearchPath",
        ids.as_ref().map_err(Gap::clone).and_then(|i| search::path(host, i)),
    );
    set(&mut doc, "Preload", loader::preloads(host));
    set(
        &mut doc,
        "LoaderPath",
        ids.as_ref().map_err(Gap::clone).and_then(|i| loader::directories(host, i)),
    );
    set(&mut doc, "AccountFiles", ids.as_ref().map_err(Gap::clone).and_then(|i| accounts(host, i)));
    match incomplete(&notable) {
        Some(gap) => {
            for facet in WALKED {
                doc.lose(facet, gap.clone());
            }
        }
        None => walked(host, &notable, ids.as_ref(), &mut doc),
    }
    packaged(host, &notable, incomplete(&notable), &mut doc);
    out.put(doc);
    out.listed(FILESYSTEM, Ok(()));
}

fn set(doc: &mut Resource, facet: &str, value: Result<Value, Gap>) {
    match value {
        Ok(value) => {
            doc.properties.insert(facet.to_owned(), value);
        }
        Err(gap) => doc.lose(facet, gap),
    }
}

/// Why a walk did not see everything, if so.
fn incomplete(notable: &Notable) -> Option<Gap> {
    let (path, miss) = notable.walked.missed.first()?;
    let mut gap = crate::gap(path, miss);
    if let Some(more) = notable.walked.missed_count.checked_sub(1).filter(|n| *n > 0) {
        gap.detail.push_str(&format!(" (and {more} more)"));
    }
    Some(gap)
}

/// The facets that the walk alone gives.
fn walked(host: &Host<'_>, notable: &Notable, ids: Result<&Ids, &Gap>, doc: &mut Resource) {
    set(doc, "WorldWritable", files(host, &notable.writable));
    set(doc, "StickyMissing", files(host, &notable.no_sticky));
    set(doc, "Logs", files(host, &notable.logs));
    set(doc, "Devices", files(host, &notable.devices));
    let unowned = match ids {
        Err(gap) => Err(gap.clone()),
        Ok(Ids { elsewhere: Some(gap), .. }) if notable.unowned.count > 0 => Err(gap.clone()),
        Ok(ids) => files(host, &notable.unowned).map(|list| with_numbers(list, ids)),
    };
    set(doc, "Unowned", unowned);
}

/// Says which number of a file has no name.
fn with_numbers(mut list: Value, ids: &Ids) -> Value {
    for entry in list.as_array_mut().into_iter().flatten() {
        let number = |key: &str| {
            entry
                .pointer(&format!("/File/{key}"))
                .and_then(Value::as_u64)
                .and_then(|n| u32::try_from(n).ok())
        };
        let mut missing = Vec::new();
        missing.extend(number("uid").filter(|n| ids.no_user(*n)).map(|n| format!("user {n}")));
        missing.extend(number("gid").filter(|n| ids.no_group(*n)).map(|n| format!("group {n}")));
        if let Some(map) = entry.as_object_mut() {
            map.insert("Missing".to_owned(), json!(missing));
        }
    }
    list
}

/// Files of one sort with who can access them.
fn files(host: &Host<'_>, some: &FirstNames<Stat>) -> Result<Value, Gap> {
    let mut out = Vec::new();
    for path in some.first.keys() {
        if let Some(access) = own_access(host, path)? {
            out.push(json!({"File": access.json()}));
        }
    }
    Ok(out.into())
}

/// The access to a name itself, not to what a link leads to.
fn own_access(host: &Host<'_>, path: &Path) -> Result<Option<Access>, Gap> {
    let Some(stat) = host.lstat(path)? else { return Ok(None) };
    if stat.kind == crate::FileKind::Link {
        let path = text(path);
        return Ok(Some(Access { path, stat, readers: Vec::new(), writers: Vec::new() }));
    }
    host.access(path)
}

/// The account databases: who can change them, and who can read those with secrets.
fn accounts(host: &Host<'_>, ids: &Ids) -> Result<Value, Gap> {
    let mut out = Vec::new();
    for (name, secret) in ACCOUNTS {
        let Some(access) = host.access(name)? else { continue };
        let readers = if secret { ids.real(&access.readers)? } else { Vec::new() };
        out.push(json!({
            "Name": name, "Secret": secret, "File": access.json(),
            "Readers": readers, "Writers": ids.real(&access.writers)?,
        }));
    }
    Ok(out.into())
}

/// The facets that need to know which package a file belongs to.
fn packaged(host: &Host<'_>, notable: &Notable, lost: Option<Gap>, doc: &mut Resource) {
    let keys = if lost.is_none() { Some(private_keys(host, notable)) } else { None };
    let mut ask: HashSet<String> = HashSet::new();
    ask.extend(notable.suid.first.keys().map(|p| text(p)));
    ask.extend(notable.capabilities.first.keys().map(|p| text(p)));
    if let Some(Ok(keys)) = &keys {
        ask.extend(keys.iter().map(|k| text(&k.path)));
    }
    let base = Packages::open(host).and_then(|p| p.owners(host, &ask).map(|owners| (p, owners)));
    match &base {
        Err(gap) => {
            for facet in ["SuidPrograms", "Capabilities", "ModifiedPrograms"] {
                doc.lose(facet, gap.clone());
            }
        }
        Ok((packages, owners)) => {
            let modified = modified(host, packages, &notable.suid);
            if lost.is_none() {
                let altered: HashSet<String> =
                    modified.iter().flatten().map(|(path, _)| path.clone()).collect();
                let suid = modified.as_ref().map_err(Gap::clone);
                let given = Given { owners, rights: &packages.rights(&ask) };
                set(
                    doc,
                    "SuidPrograms",
                    suid.and_then(|_| suid_programs(host, notable, &given, &altered)),
                );
                set(doc, "Capabilities", capabilities(host, notable, &given));
            }
            set(
                doc,
                "ModifiedPrograms",
                modified.and_then(|list| {
                    let mut out = Vec::new();
                    for (path, package) in list {
                        let Some(access) = host.access(Path::new(&path))? else { continue };
                        // The package's name of it, wherever a link in its place leads.
                        let mut file = access.json();
                        if let Some(map) = file.as_object_mut() {
                            map.insert("path".to_owned(), path.into());
                        }
                        out.push(json!({"File": file, "Package": package}));
                    }
                    Ok(out.into())
                }),
            );
        }
    }
    let none = HashMap::new();
    let owners = base.as_ref().map_or(&none, |(_, owners)| owners);
    if let Some(keys) = keys {
        let ids = Ids::read(host);
        let shown = |keys: &[Key], ids: &Ids| exposed(host, keys, owners, ids);
        let both = |f: &Judge<'_>| match (&keys, &ids) {
            (Ok(keys), Ok(ids)) => f(keys, ids),
            (Err(gap), _) | (_, Err(gap)) => Err(gap.clone()),
        };
        set(doc, "PrivateKeys", both(&shown));
        set(doc, "AclLeaks", both(&|keys, ids| leaks(host, keys, owners, ids)));
    }
}

/// What is said of keys, given who is who.
type Judge<'f> = dyn Fn(&[Key], &Ids) -> Result<Value, Gap> + 'f;

/// What packages give to files: whose each is, and with which rights.
struct Given<'a> {
    owners: &'a HashMap<String, String>,
    rights: &'a HashMap<String, Rights>,
}

impl Given<'_> {
    /// Whether a program carries its bits by its package, or, where the database does not say, in
    /// some distribution.
    fn bits(&self, path: &str, mode: u32) -> bool {
        match self.rights.get(path).and_then(|r| r.mode) {
            Some(given) => mode & 0o6000 & !u32::from(given) == 0,
            None => known::suid(path),
        }
    }

    /// The same for capabilities.
    fn capabilities(&self, path: &str, all: &[&str]) -> bool {
        match self.rights.get(path).and_then(|r| r.capabilities.as_ref()) {
            Some(given) => all.iter().all(|c| given.contains(*c) || given.contains("all")),
            None => known::capabilities(path, all),
        }
    }
}

fn suid_programs(
    host: &Host<'_>,
    notable: &Notable,
    given: &Given<'_>,
    altered: &HashSet<String>,
) -> Result<Value, Gap> {
    let mut out = Vec::new();
    for (path, stat) in &notable.suid.first {
        let Some(access) = host.access(path)? else { continue };
        let name = text(path);
        // The kernel ignores the bits of scripts.
        let script = host.root().head(path, 2).is_ok_and(|h| h == b"#!");
        out.push(json!({
            "File": access.json(),
            "Suid": stat.mode & 0o4000 != 0,
            "Sgid": stat.mode & 0o2010 == 0o2010,
            "Package": given.owners.get(&name),
            "Known": given.bits(&name, stat.mode),
            "Altered": altered.contains(&name),
            "Script": script,
        }));
    }
    Ok(out.into())
}

fn capabilities(host: &Host<'_>, notable: &Notable, given: &Given<'_>) -> Result<Value, Gap> {
    if let Some(gap) = &notable.capability_gap {
        return Err(gap.clone());
    }
    let mut out = Vec::new();
    for (path, found) in &notable.capabilities.first {
        let Some(access) = host.access(path)? else { continue };
        let name = text(path);
        let all: Vec<&str> =
            found.permitted.iter().chain(&found.inheritable).map(String::as_str).collect();
        out.push(json!({
            "File": access.json(),
            "Permitted": found.permitted,
            "Inheritable": found.inheritable,
            "Effective": found.effective,
            "NamespaceRoot": found.root,
            "Package": given.owners.get(&name),
            "Known": given.capabilities(&name, &all),
        }));
    }
    Ok(out.into())
}

/// Packaged programs whose content is not what the package brought: (path, package).
fn modified(
    host: &Host<'_>,
    packages: &Packages,
    suid: &FirstNames<Stat>,
) -> Result<Vec<(String, String)>, Gap> {
    let suid: HashSet<String> = suid.first.keys().map(|p| text(p)).collect();
    let recorded: BTreeMap<String, (String, Recorded)> =
        packages.digests(host, &|path| is_program(path) || suid.contains(path))?;
    let mut out = Vec::new();
    for (path, (package, digest)) in recorded {
        if packages::same(host, Path::new(&path), &digest)? == Some(false)
            && out.len() < notable::MAX
        {
            out.push((path, package));
        }
    }
    Ok(out)
}

/// Programs, modules of PAM, and what every program loads.
fn is_program(path: &str) -> bool {
    let in_folder = |folder: &str| {
        path.strip_prefix(folder).is_some_and(|rest| !rest.is_empty() && !rest.contains('/'))
    };
    ["/usr/bin/", "/usr/sbin/", "/bin/", "/sbin/"].iter().any(|f| in_folder(f))
        || path.contains("/security/pam_")
        || ["/libc.so.6", "/libpam.so.0", "/lib/systemd/systemd"].iter().any(|e| path.ends_with(e))
        || path.rsplit('/').next().is_some_and(|n| n.starts_with("ld-linux"))
}

/// A path as documents hold it.
fn text(path: &Path) -> String {
    path.display().to_string()
}
