//! doas: who may run what as whom. Its answers have the form of those of sudo, so that the same rules
//! judge both.

mod grants;
mod lex;
mod parse;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use assay_core::{Gap, GapState, Resource};
use serde_json::{Value, json};

use self::grants::{Grant, grants, uid};
use self::parse::{Rule, rules};
use crate::subjects::sudo::ast::{Args, What};
use crate::subjects::sudo::contexts::DANGEROUS;
use crate::subjects::sudo::names::Names;
use crate::subjects::sudo::program::Program;
use crate::subjects::sudo::risk::{self, Gives};
use crate::{Access, FileKind, Host, Origin, Output, Setting, Subject};

/// The policy of doas.
pub(crate) static SUBJECT: Subject = Subject { name: "doas", types: &[KIND], collect };

const KIND: &str = "linux.doas";
/// Where the program lies.
const PROGRAMS: [&str; 4] = ["/usr/bin/doas", "/usr/local/bin/doas", "/bin/doas", "/usr/sbin/doas"];
/// Where it looks for commands that are named without a path.
const SAFE_PATH: [&str; 6] =
    ["/bin", "/sbin", "/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin"];
/// Alpine's doas reads the files here after `doas.conf`.
const DIRECTORY: &str = "/etc/doas.d";
/// Most files that are read.
const MAX_FILES: usize = 500;

fn collect(host: &Host<'_>, out: &mut dyn Output) {
    let listed = document(host).map(|found| {
        if let Some(r) = found {
            out.put(r);
        }
    });
    out.listed(KIND, listed);
}

/// A file of the policy.
struct Seen {
    path: String,
    access: Access,
    /// Why doas refuses to run because of it.
    refused: Option<&'static str>,
}

/// The files that doas reads. `None`: it is not installed, or not enabled.
fn files(host: &Host<'_>) -> Result<Option<Vec<PathBuf>>, Gap> {
    let mut program = None;
    for path in PROGRAMS {
        if program.is_none() && host.stat(path)?.is_some_and(|s| s.kind == FileKind::File) {
            program = Some(path);
        }
    }
    let Some(program) = program else { return Ok(None) };
    let local = PathBuf::from("/usr/local/etc/doas.conf");
    let main = PathBuf::from("/etc/doas.conf");
    let mut out = Vec::new();
    for path in [main, local.clone()] {
        if path == local && !program.starts_with("/usr/local") {
            continue;
        }
        if host.stat(&path)?.is_some() {
            out.push(path);
        }
    }
    let inside = host.list(DIRECTORY)?.unwrap_or_default();
    let inside: Vec<PathBuf> =
        inside.into_iter().filter(|p| p.extension().is_some_and(|e| e == "conf")).collect();
    if !inside.is_empty() && knows(host, program, DIRECTORY)? {
        out.extend(inside);
    }
    if out.len() > MAX_FILES {
        let detail = format!("{DIRECTORY}: more than {MAX_FILES} files");
        return Err(Gap::new(GapState::Malformed, detail));
    }
    Ok((!out.is_empty()).then_some(out))
}

/// Whether a program holds a text.
fn knows(host: &Host<'_>, program: &str, text: &str) -> Result<bool, Gap> {
    let bytes = host.root().read(Path::new(program));
    let bytes = bytes.map_err(|miss| crate::gap(Path::new(program), &miss))?;
    Ok(bytes.windows(text.len()).any(|w| w == text.as_bytes()))
}

fn document(host: &Host<'_>) -> Result<Option<Resource>, Gap> {
    let Some(paths) = files(host)? else { return Ok(None) };
    let names = Names::read(host)?;
    let mut seen = Vec::new();
    let (mut all, mut errors, mut lost) = (Vec::new(), Vec::new(), None);
    for path in &paths {
        let Some(access) = host.access(path)? else { continue };
        let refused = if access.stat.mode & 0o022 != 0 {
            Some("its group or everyone can write to it")
        } else if access.stat.uid != 0 {
            Some("its owner is not root")
        } else {
            None
        };
        let shown = path.display().to_string();
        match host.text(path) {
            Ok(found) => {
                let text = found.map(|f| f.text).unwrap_or_else(|| "".into());
                let (more, wrong) = rules(&text, seen.len());
                all.extend(more);
                errors.extend(
                    wrong.into_iter().map(|(w, l)| json!({"Why": w, "file": shown, "line": l})),
                );
            }
            Err(gap) => lost = Some(gap),
        }
        seen.push(Seen { path: shown, access, refused });
    }
    // It does not run at all: nobody gets anything by it.
    if !errors.is_empty() || seen.iter().any(|f| f.refused.is_some()) {
        all.clear();
    }
    let mut r = host.document(KIND, "");
    let found = match lost {
        Some(gap) => Err(gap),
        None => grants(&names, &all).ok_or_else(|| {
            Gap::new(GapState::Malformed, "it has more rules than are compared".to_owned())
        }),
    };
    let files = seen.iter().map(|f| {
        json!({
            "file": f.path, "line": 1, "Access": f.access.json(),
            "Owner": f.access.stat.uid, "Refused": f.refused,
        })
    });
    r.properties.insert("Files".to_owned(), files.collect());
    r.properties.insert("Errors".to_owned(), errors.into());
    match found {
        Ok(found) => {
            let named =
                |rule: &Rule| seen.get(rule.file).map_or("", |f| f.path.as_str()).to_owned();
            let list: Result<Value, Gap> =
                found.iter().map(|g| grant(host, &names, g, &named(g.rule))).collect();
            match list {
                Ok(list) => r.properties.insert("Grants".to_owned(), list).map_or((), drop),
                Err(gap) => r.lose("Grants", gap),
            }
            r.properties.insert("env_reset".to_owned(), reset(&found, &named));
            r.properties.insert("env_keep".to_owned(), kept(&found, &named));
            r.properties.insert("secure_path".to_owned(), safe_path());
            r.properties.insert("OpenPath".to_owned(), Value::Array(Vec::new()));
            r.properties.insert("Logged".to_owned(), logged(&found, &named));
        }
        Err(gap) => {
            for facet in ["Grants", "env_reset", "env_keep", "secure_path", "OpenPath", "Logged"] {
                r.lose(facet, gap.clone());
            }
        }
    }
    Ok(Some(r))
}

fn setting(value: impl Into<Value>, file: &str, line: u32) -> Value {
    Setting::in_file(value, Path::new(file), line).json()
}

fn grant(host: &Host<'_>, names: &Names, g: &Grant<'_>, file: &str) -> Result<Value, Gap> {
    let rule = g.rule;
    let target = rule.target.as_deref().unwrap_or("root");
    let root = uid(names, target) == Some(0);
    let (mut gives, mut program) = (Some(Gives::Everything.as_str()), Program::default());
    let mut command = "ALL".to_owned();
    if let Some(name) = &rule.command {
        let args = match &rule.args {
            None => Args::Any,
            Some(all) if all.is_empty() => Args::None,
            Some(all) => Args::Glob(exactly(&all.join(" "))),
        };
        let path = path(host, name)?;
        program = Program::look(host, &path)?;
        if let Some(script) = risk::script(&program.names, &args) {
            program.writers.extend(Program::look(host, &script)?.writers);
        }
        command.clone_from(name);
        match rule.args.as_deref() {
            Some([]) => command.push_str(" \"\""),
            args => command.extend(args.into_iter().flatten().map(|a| format!(" {a}"))),
        }
        gives = risk::judge(&What::Path(path, args), &program.names, false).map(Gives::as_str);
    } else if g.but {
        gives = Some("everything_but");
    }
    let own = uid(names, target).filter(|u| *u != 0).map(|u| format!("user {u}"));
    program.writers.retain(|w| own.as_deref() != w.split(" through").next());
    let set_env = rule.keepenv && rule.command.is_some();
    Ok(json!({
        "User": g.person.label,
        "As": target,
        "Root": root,
        "Command": command,
        "Pinned": false,
        "Authenticate": setting(!rule.nopass, file, rule.line),
        "Password": "own",
        "Gives": gives,
        "SetEnv": set_env.then(|| setting(true, file, rule.line)),
        "Writers": program.writers,
        "Certain": true,
        "file": file,
        "line": rule.line,
    }))
}

/// A text as a pattern that stands for it alone.
fn exactly(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if "*?[\\".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// The path of a command as doas finds it.
fn path(host: &Host<'_>, name: &str) -> Result<String, Gap> {
    if name.contains('/') {
        return Ok(name.to_owned());
    }
    for folder in SAFE_PATH {
        let path = format!("{folder}/{name}");
        if host.stat(&path)?.is_some() {
            return Ok(path);
        }
    }
    Ok(format!("/usr/bin/{name}"))
}

/// The first line of each person that says something, as a setting that is false.
fn lines(all: &[Grant<'_>], says: fn(&Rule) -> bool, file: &dyn Fn(&Rule) -> String) -> Vec<Value> {
    let mut out: Vec<Value> = Vec::new();
    for g in all.iter().filter(|g| says(g.rule)) {
        if !out.iter().any(|o| o.get("For").is_some_and(|f| *f == g.person.label)) {
            let setting = setting(false, &file(g.rule), g.rule.line);
            out.push(json!({"For": g.person.label, "Setting": setting}));
        }
    }
    out
}

/// Everybody gets a new environment, but for whom a rule keeps his own.
fn reset(all: &[Grant<'_>], file: &dyn Fn(&Rule) -> String) -> Value {
    let mut out =
        vec![json!({"For": "everyone", "Setting": Setting::of(true, Origin::Default).json()})];
    out.extend(lines(all, |r| r.keepenv, file));
    out.into()
}

/// Variables that make programs run the caller's code, and whose value is the caller's.
fn kept(all: &[Grant<'_>], file: &dyn Fn(&Rule) -> String) -> Value {
    let mut out = Vec::new();
    let mut seen = std::collections::BTreeSet::new();
    for g in all {
        for word in &g.rule.environment {
            let (name, value) = word.split_once('=').unwrap_or((word.as_str(), "$"));
            let new = seen.insert((g.person.label.clone(), word.clone()));
            if new && value.starts_with('$') && DANGEROUS.contains(&name) {
                let setting = setting(word.as_str(), &file(g.rule), g.rule.line);
                out.push(json!({"For": g.person.label, "Name": name, "Setting": setting}));
            }
        }
    }
    out.into()
}

fn safe_path() -> Value {
    let path = Setting::of(SAFE_PATH.join(":"), Origin::Default);
    json!([{"For": "everyone", "Setting": path.json()}])
}

fn logged(all: &[Grant<'_>], file: &dyn Fn(&Rule) -> String) -> Value {
    let mut out =
        vec![json!({"For": "everyone", "Setting": Setting::of(true, Origin::Default).json()})];
    out.extend(lines(all, |r| r.nolog, file));
    out.into()
}
