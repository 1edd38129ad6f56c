//! Whether the audit daemon starts, and what loads the rules on the way.

use assay_core::Gap;

use crate::systemd::{Place, Source, Starts, Unit, Units, variables, words};
use crate::{Host, boot};

/// What is done to the kernel's rules while the host starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// augenrules writes the file from its directory.
    Merge,
    /// A file is loaded.
    File(String),
    /// A command line of auditctl.
    Command(String, Place),
}

/// The daemon.
#[derive(Debug)]
pub(super) struct Daemon {
    pub(super) starts: bool,
    pub(super) why_not: Option<String>,
    pub(super) place: Option<Place>,
    /// The directory of its configuration.
    pub(super) directory: String,
    /// It follows a link to its configuration.
    pub(super) links: bool,
    /// It switches auditing off in the kernel: `-s disable`.
    pub(super) disables: Option<Place>,
}

/// The service of the daemon.
pub(super) const AUDITD: &str = "auditd.service";

/// How the daemon starts.
pub(super) fn daemon(host: &Host<'_>, units: &Units) -> Result<Daemon, Gap> {
    let starts = match units.starts(AUDITD) {
        Starts::Unknown(gap) => return Err(gap),
        known => known,
    };
    let mut out = Daemon {
        starts: starts.may(),
        why_not: None,
        place: starts.place().cloned(),
        directory: "/etc/audit".to_owned(),
        links: false,
        disables: None,
    };
    if let Starts::No(why) = &starts {
        out.why_not = Some(why.to_string());
        return Ok(out);
    }
    let unit = units.unit(AUDITD);
    if unit.source == Source::Script {
        return Ok(out);
    }
    let commands = unit.commands("ExecStart");
    let Some(command) = commands.iter().find(|c| c.name() == "auditd" && !c.does_nothing()) else {
        out.starts = false;
        if let Some(first) = commands.first() {
            out.why_not = Some(format!("it runs {} instead of its program", first.line()));
            out.place = Some(first.place.clone());
        }
        return Ok(out);
    };
    let arguments = unit.arguments(host, command)?;
    let mut all = arguments.iter();
    while let Some((argument, place)) = all.next() {
        if let Some(value) = argument.strip_prefix("-c") {
            let next =
                if value.is_empty() { all.next().map(|a| a.0.as_str()) } else { Some(value) };
            next.unwrap_or("/etc/audit").trim_end_matches('/').clone_into(&mut out.directory);
        } else if let Some(value) = argument.strip_prefix("-s") {
            let value = value.trim_start_matches('=');
            let next =
                if value.is_empty() { all.next().map(|a| a.0.as_str()) } else { Some(value) };
            out.disables = (next == Some("disable")).then(|| place.clone());
        }
        out.links |= argument == "-l";
    }
    Ok(out)
}

/// Everything that is done to the rules by what starts, in order: the daemon's own unit, the one
/// that loads rules beside it, then others.
pub(super) fn steps(host: &Host<'_>, units: &Units, daemon: &Daemon) -> Result<Vec<Step>, Gap> {
    let mut out = Vec::new();
    let first = [AUDITD, "audit-rules.service"];
    let rest = units.all().filter(|u| !first.contains(&u.name.as_str()) && touches(u));
    for unit in first.into_iter().map(|n| units.unit(n)).chain(rest) {
        let starts = units.starts(&unit.name);
        if unit.name == AUDITD && !daemon.starts || !starts.may() || !unit.loaded() {
            continue;
        }
        if unit.source == Source::Script {
            script(host, unit, &mut out)?;
            continue;
        }
        for key in ["ExecStartPre", "ExecStart", "ExecStartPost"] {
            for command in unit.commands(key) {
                let arguments = unit.arguments(host, &command)?.into_iter().map(|a| a.0);
                let line: Vec<String> =
                    std::iter::once(command.program.clone()).chain(arguments).collect();
                pieces(&line, &command.place, &mut out);
            }
        }
    }
    Ok(out)
}

fn touches(unit: &Unit) -> bool {
    let mentions = |v: &str| v.contains("auditctl") || v.contains("augenrules");
    unit.source == Source::Files && unit.assignments.iter().any(|a| mentions(&a.value))
}

/// A command line, also through a shell.
fn pieces(line: &[String], place: &Place, out: &mut Vec<Step>) {
    let shell =
        line.iter().position(|w| w.starts_with('-') && w.contains('c') && !w.starts_with("--"));
    let base = |w: &str| w.rsplit('/').next().unwrap_or(w).to_owned();
    let name = line.first().map(|w| base(w)).unwrap_or_default();
    if ["sh", "bash", "dash"].contains(&name.as_str())
        && let Some(script) = shell.and_then(|i| line.get(i + 1))
    {
        for part in script.split([';', '&', '|', '\n']) {
            step(&words(part), place, out);
        }
        return;
    }
    step(line, place, out);
}

fn step(line: &[String], place: &Place, out: &mut Vec<Step>) {
    let base = |w: &String| w.rsplit('/').next().unwrap_or(w).to_owned();
    let Some(at) = line.iter().position(|w| ["auditctl", "augenrules"].contains(&base(w).as_str()))
    else {
        return;
    };
    let rest = line.get(at + 1..).unwrap_or_default();
    if line.get(at).map(base).as_deref() == Some("augenrules") {
        if !rest.iter().any(|w| w == "--check") {
            out.push(Step::Merge);
        }
        if rest.iter().any(|w| w == "--load") {
            out.push(Step::File(super::merge::RULES.to_owned()));
        }
        return;
    }
    match rest {
        [option, file] if option == "-R" => out.push(Step::File(file.clone())),
        _ => out.push(Step::Command(rest.join(" "), place.clone())),
    }
}

/// What a script of init does, by its settings.
fn script(host: &Host<'_>, unit: &Unit, out: &mut Vec<Step>) -> Result<(), Gap> {
    let text = match &unit.fragment {
        Some(path) => host.text(path)?.map(|f| f.text).unwrap_or_default(),
        None => "".into(),
    };
    let mut merges = text.contains("augenrules");
    let mut file = super::merge::RULES.to_owned();
    for path in ["/etc/default/auditd", "/etc/sysconfig/auditd", "/etc/conf.d/auditd"] {
        let Some(found) = host.text(path)? else { continue };
        for (name, value, _) in variables(&found.text) {
            match name.as_str() {
                "USE_AUGENRULES" => merges &= !value.to_ascii_lowercase().starts_with('n'),
                "RULEFILE_STARTUP" => file = value,
                _ => {}
            }
        }
    }
    if merges {
        out.push(Step::Merge);
    }
    out.push(Step::File(file));
    Ok(())
}

/// The boot entries: whether the kernel audits from its start, and how many records it keeps until
/// the daemon takes them. `None`: no boot loader is on the disk.
pub(super) fn entries(host: &Host<'_>) -> Result<Option<Vec<serde_json::Value>>, Gap> {
    let all = boot::entries(host)?;
    let mut list: Vec<&boot::Entry> = all.generated.iter().filter(|e| !e.recovery).collect();
    let planned: Vec<boot::Entry>;
    if list.is_empty() {
        let sources: Vec<&boot::Entry> = all.planned.iter().filter(|e| !e.recovery).collect();
        let Some(first) = sources.first() else { return Ok(None) };
        // Each entry gets the words of all sources.
        let says = |e: &&&boot::Entry| e.words.iter().any(|w| w.key() == "audit");
        let mut one = (*sources.iter().rfind(says).unwrap_or(first)).clone();
        one.words = sources.iter().flat_map(|e| e.words.clone()).collect();
        planned = vec![one];
        list = planned.iter().collect();
    }
    let entry = |e: &&boot::Entry| {
        let last =
            |key: &str| e.words.iter().rfind(|w| !w.after && w.key() == key && w.value.is_some());
        let audit = last("audit").and_then(|w| w.value.clone());
        let on = audit.as_deref().is_some_and(|v| v == "on" || number(v).is_some_and(|n| n != 0));
        let off = audit.is_some() && !on;
        let backlog =
            last("audit_backlog_limit").and_then(|w| number(w.value.as_deref().unwrap_or("")));
        serde_json::json!({
            "Title": e.title, "Audit": on, "Off": off, "Backlog": backlog, "file": e.file, "line": e.line,
        })
    };
    Ok(Some(list.iter().map(entry).collect()))
}

fn number(text: &str) -> Option<i64> {
    super::value::integer(text).map(i64::from)
}
