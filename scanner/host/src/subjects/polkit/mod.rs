//! polkit: who gets root by it without saying who he is. Its answers have the form of those of sudo,
//! so that the same rules judge both.
//!
//! Rules are scripts. They are run here, over a small part of the language and with made-up questions:
//! each kind of person that they name, in each kind of session, for each action that gives root. What
//! a script does beyond that part is not guessed: then nothing is said about who gets what.

mod actions;
mod ask;
mod js;
mod pkla;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use assay_core::{Gap, GapState, Resource};
use serde_json::{Value, json};

use self::actions::Action;
use self::ask::{Asked, Person, asked, people};
use self::js::{Question, Rules, Stop};
use crate::subjects::sudo::names::Names;
use crate::{FileKind, Host, Output, Setting, Subject};

/// What polkit lets whom do.
pub(crate) static SUBJECT: Subject = Subject { name: "polkit", types: &[KIND], collect };

const KIND: &str = "linux.polkit";
/// The authority, and that of versions that take no scripts.
const PROGRAMS: [&str; 4] = [
    "/usr/lib/polkit-1/polkitd",
    "/usr/libexec/polkit-1/polkitd",
    "/usr/libexec/polkitd",
    "/usr/lib/polkitd",
];
const OLD: [&str; 2] = ["/usr/lib/policykit-1/polkitd", "/usr/libexec/policykit-1/polkitd"];
/// The helper through which newer versions read `.pkla` files.
const HELPERS: [&str; 3] = [
    "/usr/sbin/pkla-check-authorization",
    "/usr/bin/pkla-check-authorization",
    "/usr/libexec/pkla-check-authorization",
];
/// Where scripts lie; of two with one name that of the first is read first.
const DIRECTORIES: [&str; 3] =
    ["/etc/polkit-1/rules.d", "/usr/local/share/polkit-1/rules.d", "/usr/share/polkit-1/rules.d"];
/// Most files of one kind that are read.
const MAX_FILES: usize = 2_000;
/// Sessions: elsewhere, here in the background, here in front; and how reports name them.
const SESSIONS: [(bool, bool, &str); 4] = [
    (false, true, "in any session"),
    (false, false, "without a session"),
    (true, true, "at the machine"),
    (true, false, "at the machine, in the background"),
];

fn collect(host: &Host<'_>, out: &mut dyn Output) {
    let listed = document(host).map(|found| {
        if let Some(r) = found {
            out.put(r);
        }
    });
    out.listed(KIND, listed);
}

fn any(host: &Host<'_>, paths: &[&str]) -> Result<bool, Gap> {
    for path in paths {
        if host.stat(path)?.is_some_and(|s| s.kind == FileKind::File) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn document(host: &Host<'_>) -> Result<Option<Resource>, Gap> {
    let old = any(host, &OLD)?;
    if !old && !any(host, &PROGRAMS)? {
        return Ok(None);
    }
    let names = Names::read(host)?;
    let mut r = host.document(KIND, "");
    let scripts = if old { Ok(Vec::new()) } else { scripts(host) };
    let helper = old || any(host, &HELPERS)?;
    let files = scripts.clone().and_then(|s| files(host, &names, &s, helper));
    crate::subjects::accounts::facet(&mut r, "Files", files);
    let errors = Value::Array(Vec::new());
    r.properties.insert("Errors".to_owned(), errors);
    let grants = scripts.and_then(|scripts| grants(host, &names, &scripts, helper, old));
    crate::subjects::accounts::facet(&mut r, "Grants", grants);
    Ok(Some(r))
}

/// The scripts in the order in which they are read: by name, then by directory.
fn scripts(host: &Host<'_>) -> Result<Vec<PathBuf>, Gap> {
    let mut out = Vec::new();
    for directory in DIRECTORIES {
        for path in host.list(directory)?.unwrap_or_default() {
            if path.extension().is_some_and(|e| e == "rules") {
                out.push(path);
            }
        }
    }
    if out.len() > MAX_FILES {
        return Err(Gap::new(GapState::Malformed, format!("more than {MAX_FILES} scripts")));
    }
    out.sort_by(|a, b| a.file_name().cmp(&b.file_name()));
    Ok(out)
}

/// Every file and directory that decides, and who can change it. polkit's own account owns the
/// directories of scripts on some distributions: it decides anyway.
fn files(host: &Host<'_>, names: &Names, scripts: &[PathBuf], helper: bool) -> Result<Value, Gap> {
    let mut paths: Vec<PathBuf> = DIRECTORIES.iter().map(PathBuf::from).collect();
    paths.extend(scripts.iter().cloned());
    paths.extend(actions::DIRECTORIES.iter().map(PathBuf::from));
    if helper {
        paths.extend(pkla::BASES.iter().map(PathBuf::from));
        paths.extend(pkla::files(host)?);
    }
    let own = ["polkitd", "polkituser"].iter().find_map(|n| names.users.get(*n)).map(|u| u.uid);
    let his = own.map(|uid| format!("user {uid}"));
    let mut out = Vec::new();
    for path in paths {
        let Some(mut access) = host.access(&path)? else { continue };
        access.writers.retain(|w| his.as_deref() != w.split(" through").next());
        let owner = if own == Some(access.stat.uid) { 0 } else { access.stat.uid };
        out.push(json!({
            "file": path.display().to_string(), "line": 1, "Access": access.json(),
            "Owner": owner, "Refused": null,
        }));
    }
    Ok(out.into())
}

/// What polkit says: the word, file and line.
type Said = Option<(String, String, u32)>;

/// A yes: in which session, by which line, and whether the user's own password comes before it.
struct Yes {
    authenticate: bool,
    session: &'static str,
    file: String,
    line: u32,
}

fn grants(
    host: &Host<'_>,
    names: &Names,
    scripts: &[PathBuf],
    helper: bool,
    old: bool,
) -> Result<Value, Gap> {
    let mut rules = Rules::default();
    let lost = |path: &Path, line: u32, why: &str| {
        let detail = format!("{}:{line}: {why}", path.display());
        Gap::new(GapState::Unsupported, detail)
    };
    for (at, path) in scripts.iter().enumerate() {
        let Some(found) = host.text(path)? else { continue };
        rules.add(at, &found.text).map_err(|(why, line)| lost(path, line, &why))?;
    }
    let mut entries = Vec::new();
    if helper {
        for path in pkla::files(host)? {
            if let Some(found) = host.text(&path)? {
                entries.extend(pkla::read(&found.text, &path));
            }
        }
    }
    let actions = actions::all(host)?;
    let (users, groups) = pkla::named(&entries);
    let texts: Vec<String> = rules.texts.iter().cloned().chain(users).chain(groups).collect();
    let ask_pkla = |q: &Question| -> Result<Option<String>, Stop> {
        let found = pkla::answer(&entries, q);
        let found = found.map_err(|()| Stop::Unknown("a netgroup is not known".to_owned()))?;
        Ok(found.map(|(word, ..)| word))
    };
    let answer = |q: &Question| -> Result<Said, Gap> {
        if old {
            let unknown =
                |()| lost(Path::new("/etc/polkit-1/localauthority"), 1, "a netgroup is not known");
            return pkla::answer(&entries, q).map_err(unknown);
        }
        let hook: Option<js::Pkla<'_>> = if helper { Some(&ask_pkla) } else { None };
        let found = rules.ask(q, hook).map_err(|(why, script, line)| {
            lost(scripts.get(script).map_or(Path::new("/"), PathBuf::as_path), line, &why)
        })?;
        let Some(found) = found else { return Ok(None) };
        // The entry that the helper found is the one that decides.
        if helper
            && let Ok(Some((word, file, line))) = pkla::answer(&entries, q)
            && scripts.get(found.script).is_some_and(|s| s.ends_with("49-polkit-pkla-compat.rules"))
        {
            return Ok(Some((word, file, line)));
        }
        let file = scripts.get(found.script).map(|p| p.display().to_string());
        Ok(Some((found.result, file.unwrap_or_default(), found.line)))
    };
    let mut out = Vec::new();
    let people = people(names, &texts);
    // Lines that let any program run: what else they allow is less.
    let mut whole: Vec<(String, u32)> = Vec::new();
    for asked in asked(&actions, &texts) {
        let mut said = whole.clone();
        for person in &people {
            let Some(yes) = yes(person, &asked, &actions, &answer)? else { continue };
            // One line that says yes is one finding, for the first of those whom it lets in.
            let place = (yes.file.clone(), yes.line);
            if said.contains(&place) {
                continue;
            }
            if asked.anything() {
                whole.push(place.clone());
            }
            said.push(place);
            out.push(grant(person, &asked, &yes));
        }
    }
    Ok(out.into())
}

/// Whether somebody gets a yes in some session.
fn yes(
    person: &Person,
    asked: &Asked,
    actions: &BTreeMap<String, Action>,
    answer: &dyn Fn(&Question) -> Result<Said, Gap>,
) -> Result<Option<Yes>, Gap> {
    let mut own = None;
    for (local, active, session) in SESSIONS {
        let question = person.ask(asked, local, active);
        let found = match answer(&question)? {
            Some(found) => Some(found),
            None => actions.get(&question.action).and_then(|a| {
                let word = match (local, active) {
                    (true, true) => &a.active,
                    (true, false) => &a.inactive,
                    (false, _) => &a.any,
                };
                word.as_ref().map(|(word, line)| (word.clone(), a.file.clone(), *line))
            }),
        };
        let Some((word, file, line)) = found else { continue };
        match word.as_str() {
            "yes" => return Ok(Some(Yes { authenticate: false, session, file, line })),
            "auth_self" | "auth_self_keep" => {
                own.get_or_insert(Yes { authenticate: true, session, file, line });
            }
            _ => {}
        }
    }
    Ok(own)
}

fn grant(person: &Person, asked: &Asked, yes: &Yes) -> Value {
    let authenticate = Setting::in_file(yes.authenticate, Path::new(&yes.file), yes.line).json();
    json!({
        "User": person.label,
        "As": "root",
        "Root": true,
        "Command": asked.command,
        "Pinned": false,
        "Authenticate": authenticate,
        "Password": "own",
        "Gives": asked.gives.as_str(),
        "SetEnv": null,
        "Writers": [],
        "Certain": true,
        "Session": yes.session,
        "file": yes.file,
        "line": yes.line,
    })
}
