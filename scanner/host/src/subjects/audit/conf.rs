//! `auditd.conf` as the daemon reads it, from auditd.conf(5): words between blanks (tabs are none),
//! names and words in any case, the last of a name counts, and the first mistake ends the start.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use assay_core::Gap;

use super::rule::Names;
use crate::systemd::Place;
use crate::{FileKind, Host, Origin, Setting};

/// What it says.
#[derive(Debug, Default)]
pub(super) struct Conf {
    /// Every option that a rule judges, its word in lower case.
    pub(super) options: BTreeMap<&'static str, Setting>,
    /// Why the daemon does not start with it.
    pub(super) refused: Option<(String, Place)>,
}

/// The values that an option takes.
enum Takes {
    Words(&'static [&'static str]),
    /// The same, and a program behind `exec`.
    Action(&'static [&'static str]),
    Number,
    Percent,
    Any,
    Group,
}

const YES_NO: Takes = Takes::Words(&["yes", "no"]);
const SPACE: &[&str] =
    &["ignore", "syslog", "rotate", "email", "exec", "suspend", "single", "halt"];

fn takes(name: &str) -> Option<Takes> {
    Some(match name {
        "local_events" | "write_logs" | "verify_email" | "use_libwrap" | "enable_krb5"
        | "distribute_network" => YES_NO,
        "log_format" => Takes::Words(&["raw", "nolog", "enriched"]),
        "flush" => Takes::Words(&["none", "incremental", "incremental_async", "data", "sync"]),
        "max_log_file_action" => {
            Takes::Words(&["ignore", "syslog", "suspend", "rotate", "keep_logs", "exec"])
        }
        "name_format" => Takes::Words(&["none", "hostname", "fqd", "numeric", "user"]),
        "transport" => Takes::Words(&["tcp", "krb5"]),
        "overflow_action" => Takes::Words(&["ignore", "syslog", "suspend", "single", "halt"]),
        "space_left_action" | "admin_space_left_action" => Takes::Action(SPACE),
        "disk_full_action" => {
            Takes::Action(&["ignore", "syslog", "rotate", "exec", "suspend", "single", "halt"])
        }
        "disk_error_action" => {
            Takes::Action(&["ignore", "syslog", "exec", "suspend", "single", "halt"])
        }
        "space_left" | "admin_space_left" => Takes::Percent,
        "log_group" => Takes::Group,
        "priority_boost"
        | "freq"
        | "num_logs"
        | "max_log_file"
        | "tcp_listen_port"
        | "tcp_listen_queue"
        | "tcp_max_per_addr"
        | "tcp_client_max_idle"
        | "q_depth"
        | "max_restarts"
        | "end_of_event_timeout" => Takes::Number,
        "log_file" | "name" | "action_mail_acct" | "tcp_client_ports" | "krb5_principal"
        | "krb5_key_file" | "plugin_dir" | "report_interval" | "dispatcher" | "disp_qos" => {
            Takes::Any
        }
        _ => return None,
    })
}

/// Options that rules judge, with what the daemon does where they are missing.
const JUDGED: [(&str, &str); 13] = [
    ("local_events", "yes"),
    ("write_logs", "yes"),
    ("log_format", "raw"),
    ("num_logs", "0"),
    ("max_log_file", "0"),
    ("max_log_file_action", "ignore"),
    ("space_left", "0"),
    ("space_left_action", "ignore"),
    ("admin_space_left", "0"),
    ("admin_space_left_action", "ignore"),
    ("disk_full_action", "ignore"),
    ("disk_error_action", "syslog"),
    ("tcp_listen_port", "0"),
];

/// Reads it. `links`: the daemon follows a link in its place.
pub(super) fn read(
    host: &Host<'_>,
    directory: &str,
    links: bool,
    names: &Names,
) -> Result<Conf, Gap> {
    let path = Path::new(directory).join("auditd.conf");
    let mut out = Conf::default();
    for (name, default) in JUDGED {
        out.options.insert(name, Setting::of(default, Origin::Default));
    }
    let Some(stat) = host.lstat(&path)? else { return Ok(out) };
    let file: Arc<str> = path.display().to_string().into();
    let at = |line| Place { file: Arc::clone(&file), line };
    if stat.kind == FileKind::Link && !links {
        out.refused = Some(("its configuration is a link".to_owned(), at(1)));
    }
    let Some(target) = host.stat(&path)? else { return Ok(out) };
    if target.uid != 0 || target.mode & 0o002 != 0 {
        let why = "others than root own or write its configuration";
        out.refused = out.refused.or_else(|| Some((why.to_owned(), at(1))));
    }
    let Some(found) = host.text(&path)? else { return Ok(out) };
    for (number, line) in (1_u32..).zip(found.text.split('\n')) {
        if let Err(why) = take(line, &path, number, names, &mut out.options) {
            out.refused = out.refused.or_else(|| Some((why, at(number))));
            break;
        }
    }
    let number = |name: &str| {
        let value = out.options.get(name).and_then(|s| s.value.as_str());
        value.and_then(|v| v.parse::<u64>().ok())
    };
    if let (Some(warn), Some(last)) = (number("space_left"), number("admin_space_left"))
        && out.options.get("space_left").is_some_and(|s| s.origin == Origin::File)
        && warn > 0
        && warn <= last
    {
        let why = "space_left must be more than admin_space_left".to_owned();
        let place = out.options.get("space_left").and_then(|s| s.place.clone());
        let line = place.map_or(1, |p| p.1);
        out.refused = out.refused.or_else(|| Some((why, at(line))));
    }
    Ok(out)
}

fn take(
    line: &str,
    path: &Path,
    number: u32,
    names: &Names,
    out: &mut BTreeMap<&'static str, Setting>,
) -> Result<(), String> {
    // A longer line is passed over.
    if line.len() >= 159 {
        return Ok(());
    }
    let words: Vec<&str> = line.split(' ').filter(|w| !w.is_empty()).collect();
    let (name, value, option) = match words.as_slice() {
        [] => return Ok(()),
        [first, ..] if first.starts_with('#') => return Ok(()),
        [name, "=", value] => (*name, *value, None),
        [name, "=", value, option, ..] => (*name, *value, Some(*option)),
        [name, "="] => return Err(format!("{name} lacks a value")),
        [name, ..] => return Err(format!("{name} has no equal sign between blanks")),
    };
    let name = name.to_ascii_lowercase();
    let kind = takes(&name).ok_or_else(|| format!("there is no option {name}"))?;
    if option.is_some() && !matches!(kind, Takes::Action(_)) {
        return Err(format!("{name} takes one word"));
    }
    let lower = value.to_ascii_lowercase();
    let digits = |v: &str| v.bytes().all(|b| b.is_ascii_digit());
    let good = match kind {
        Takes::Any => true,
        Takes::Words(all) => all.contains(&lower.as_str()),
        Takes::Action(all) => {
            let program = option.is_some_and(|o| o.starts_with('/'));
            all.contains(&lower.as_str()) && (lower != "exec" || program)
        }
        Takes::Number => digits(value),
        Takes::Percent => digits(value.strip_suffix('%').unwrap_or(value)),
        Takes::Group => {
            value.starts_with(|c: char| c.is_ascii_digit()) || names.groups.contains_key(value)
        }
    };
    if !good {
        return Err(format!("{name} cannot be {value}"));
    }
    if let Some((known, _)) = JUDGED.iter().find(|(known, _)| *known == name) {
        let mut new = Setting::in_file(lower, path, number);
        if let Some(Setting { value, place: Some((file, line)), others, .. }) = out.get(known) {
            new.others.clone_from(others);
            new = new.beating(value.clone(), Path::new(file), *line);
        }
        out.insert(known, new);
    }
    Ok(())
}
