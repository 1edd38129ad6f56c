//! What takes the effect from a security unit although it starts.

use assay_core::Gap;
use serde_json::{Value, json};

use super::owners::Owners;
use super::roles::Role;
use crate::Host;
use crate::systemd::{Assignment, Command, Load, Place, Starts, Unit, Units, Why, triggered};

/// Everything that makes the unit a no-op: `{why, file, line}`, in order.
pub(super) fn of(
    host: &Host<'_>,
    units: &Units,
    unit: &Unit,
    starts: &Starts,
    role: &Role,
    owners: &Owners,
) -> Result<Value, Gap> {
    let mut out: Vec<(String, Place)> = Vec::new();
    match starts {
        Starts::No(Why::Refused(why, place)) => {
            let place = place.clone().or_else(|| unit.place());
            out.extend(place.map(|p| (format!("systemd refuses it: {why}"), p)));
        }
        Starts::No(why @ Why::Program(_, place)) => {
            out.push((why.to_string(), place.clone()));
        }
        Starts::AtBoot(_) | Starts::OnDemand(_) => match unit.kind() {
            "timer" => timer(host, units, unit, &mut out),
            "service" => service(host, unit, role, &mut out)?,
            _ => {}
        },
        Starts::No(_) | Starts::Unknown(_) => {}
    }
    // What the unit's own package ships is its normal way of working.
    let shipped = |p: &Place| owners.of(std::path::Path::new(&*p.file)).is_some();
    out.retain(|(_, place)| !shipped(place) || starts_not(starts));
    out.sort_by(|a, b| a.1.cmp(&b.1).then_with(|| a.0.cmp(&b.0)));
    out.dedup();
    let out = out.into_iter();
    Ok(out.map(|(why, p)| json!({"why": why, "file": &*p.file, "line": p.line})).collect())
}

const fn starts_not(starts: &Starts) -> bool {
    matches!(starts, Starts::No(_))
}

type Reasons = Vec<(String, Place)>;

fn timer(host: &Host<'_>, units: &Units, unit: &Unit, out: &mut Reasons) {
    let stem = unit.name.strip_suffix(".timer").unwrap_or(&unit.name);
    for (name, place) in triggered(unit) {
        if name != format!("{stem}.service") {
            out.push((format!("it starts {name}"), place.clone()));
        }
        if let Load::Masked(mask) = &units.unit(&name).load {
            out.push((format!("{name}, which it starts, is masked"), mask.clone()));
        }
    }
    let year = host.now().to_string().get(..4).and_then(|y| y.parse::<u32>().ok()).unwrap_or(0);
    let mut due = unit.elapses();
    let once =
        |a: &&Assignment| a.key == "OnCalendar" && fixed_year(&a.value).is_some_and(|y| y != year);
    if !due.is_empty()
        && due.iter().all(once)
        && let Some(last) = due.pop()
    {
        out.push((format!("it is due in another year: {}", last.value), last.place()));
    }
}

/// The year that a calendar expression fixes.
fn fixed_year(text: &str) -> Option<u32> {
    let date = text.split_whitespace().find(|w| w.matches('-').count() == 2)?;
    date.split('-').next()?.parse().ok()
}

fn service(host: &Host<'_>, unit: &Unit, role: &Role, out: &mut Reasons) -> Result<(), Gap> {
    let starts = unit.commands("ExecStart");
    let runs = |c: &Command| {
        let words = std::iter::once(&c.program).chain(&c.arguments);
        let mut words = words.flat_map(|w| w.split_whitespace());
        words.any(|w| role.programs.contains(&w.rsplit('/').next().unwrap_or(w)))
    };
    // Of all types only oneshot loads without a command.
    let emptied = |a: &&Assignment| {
        a.section == "Service" && a.key == "ExecStart" && a.value.trim().is_empty()
    };
    if starts.is_empty()
        && let Some(a) = unit.assignments.iter().rfind(emptied)
    {
        out.push(("it runs nothing: its ExecStart is emptied".to_owned(), a.place()));
    }
    let mut idle = starts.iter().filter(|c| !c.does_nothing()).count() == 0;
    if let (true, Some(first)) = (idle, starts.first()) {
        out.push((format!("it only runs {}", first.line()), first.place.clone()));
    } else if !role.programs.is_empty()
        && !starts.iter().any(runs)
        && let Some(first) = starts.first()
    {
        idle = true;
        out.push((format!("it runs {} instead of its program", first.line()), first.place.clone()));
    }
    for command in &starts {
        let arguments = unit.arguments(host, command)?;
        for (argument, place) in &arguments {
            if !idle && harmless(command.name(), argument) {
                let why = format!("{} {argument} changes nothing", command.name());
                out.push((why, place.clone()));
            }
        }
    }
    for command in unit.commands("ExecCondition").iter().chain(&unit.commands("ExecStartPre")) {
        if command.name() == "false" && !command.may_fail {
            out.push((
                format!("{} always fails before it starts", command.key),
                command.place.clone(),
            ));
        }
    }
    for key in ["ExecStartPre", "ExecStart", "ExecStartPost", "ExecReload"] {
        let undone = unit.commands(key).into_iter().filter(|c| undoes(&c.line()));
        out.extend(undone.map(|c| (format!("{key} undoes it: {}", c.line()), c.place)));
    }
    confinement(unit, role, &starts, out);
    Ok(())
}

/// Settings under which the program cannot do its work.
fn confinement(unit: &Unit, role: &Role, starts: &[Command], out: &mut Reasons) {
    let privileged = !starts.is_empty() && starts.iter().all(|c| c.privileged);
    if unit.is("Service", "PrivateNetwork", false)
        && ["firewall", "time", "intrusion"].contains(&role.what)
    {
        out.extend(
            last(unit, "PrivateNetwork").map(|p| ("it runs in a network of its own".to_owned(), p)),
        );
    }
    if let Some(a) = unit.last("Service", "NetworkNamespacePath") {
        out.push(("it runs in another network".to_owned(), a.place()));
    }
    let families = unit.list("Service", "RestrictAddressFamilies");
    if role.what == "firewall"
        && let Some(a) = families.last()
    {
        let mut words = families.iter().flat_map(|a| a.value.split_whitespace());
        let denied = families.first().is_some_and(|a| a.value.trim_start().starts_with('~'));
        if words.any(|w| w.trim_start_matches('~') == "AF_NETLINK") == denied {
            out.push(("it may not speak to the kernel over netlink".to_owned(), a.place()));
        }
    }
    for key in ["RootDirectory", "RootImage"] {
        if let Some(a) = unit.last("Service", key).filter(|a| a.value != "/") {
            out.push(("it runs in another root".to_owned(), a.place()));
        }
    }
    if let Some(a) = unit.last("Service", "RuntimeMaxSec") {
        let restarts = unit.last("Service", "Restart").is_some_and(|r| r.value == "always");
        if !restarts && a.value != "infinity" {
            out.push((format!("it is stopped after {}", a.value), a.place()));
        }
    }
    for key in
        ["InaccessiblePaths", "InaccessibleDirectories", "InaccessibleFiles", "TemporaryFileSystem"]
    {
        for a in unit.list("Service", key) {
            let hides = |path: &str| {
                let path = path.trim_start_matches(['-', '+']).split(':').next().unwrap_or("");
                let mut watched = starts
                    .iter()
                    .map(|c| c.program.as_str())
                    .chain(configured(role.what).iter().copied());
                path.len() > 1 && watched.any(|w| std::path::Path::new(w).starts_with(path))
            };
            if a.value.split_whitespace().any(hides) {
                out.push((format!("{key} hides what it works with"), a.place()));
            }
        }
    }
    for a in ["BindPaths", "BindReadOnlyPaths"].iter().flat_map(|k| unit.list("Service", k)) {
        let over = |word: &str| word.trim_start_matches('-').split(':').nth(1).map(str::to_owned);
        let covers = |path: String| configured(role.what).contains(&path.as_str());
        if a.value.split_whitespace().filter_map(over).any(covers) {
            out.push((format!("{} puts another file over its own", a.key), a.place()));
        }
    }
    if privileged || role.needs.is_empty() {
        return;
    }
    let ambient: String = unit
        .list("Service", "AmbientCapabilities")
        .iter()
        .map(|a| format!("{} ", a.value))
        .collect();
    let user = unit.last("Service", "User").filter(|a| !["root", "0"].contains(&a.value.as_str()));
    let dynamic = unit
        .is("Service", "DynamicUser", false)
        .then(|| unit.last("Service", "DynamicUser"))
        .flatten();
    for cap in role.needs {
        if let Some(a) = user.or(dynamic).filter(|_| !ambient.contains(cap)) {
            out.push((format!("it runs without {cap}"), a.place()));
        }
        if let Some(place) = unit.lacks_capability(cap) {
            out.push((format!("{cap} is taken from it"), place));
        }
    }
}

fn last(unit: &Unit, key: &str) -> Option<Place> {
    unit.last("Service", key).map(Assignment::place)
}

fn configured(what: &str) -> &'static [&'static str] {
    match what {
        "audit" => &["/etc/audit/auditd.conf", "/etc/audit/rules.d", "/var/log/audit"],
        "confinement" => &["/etc/apparmor.d"],
        "firewall" => &[
            "/etc/nftables.conf",
            "/etc/ufw/ufw.conf",
            "/etc/iptables/rules.v4",
            "/etc/firewalld/firewalld.conf",
        ],
        "logging" => &["/etc/rsyslog.conf", "/var/log/syslog", "/var/log/messages"],
        "intrusion" => &["/etc/fail2ban/jail.conf", "/var/log/auth.log"],
        _ => &[],
    }
}

/// Arguments with which a program only looks.
fn harmless(program: &str, argument: &str) -> bool {
    if ["--version", "--help", "--dry-run"].contains(&argument) {
        return true;
    }
    match program {
        "nft" => ["-c", "--check", "-v", "-h"].contains(&argument),
        "iptables-restore" | "ip6tables-restore" => ["-t", "--test"].contains(&argument),
        "rsyslogd" => argument.starts_with("-N"),
        "syslog-ng" => ["-s", "--syntax-only"].contains(&argument),
        "chronyd" => ["-x", "-Q", "-p", "-v"].contains(&argument),
        "fail2ban-server" | "fail2ban-client" => ["-t", "--test", "-V", "-d"].contains(&argument),
        "apparmor_parser" => ["-N", "-R", "--remove", "-Q", "-K0"].contains(&argument),
        _ => false,
    }
}

/// Commands that take the protection away again.
fn undoes(line: &str) -> bool {
    let words: Vec<&str> = line.split([' ', ';', '&', '|']).filter(|w| !w.is_empty()).collect();
    let has = |name: &str, arguments: &[&str]| {
        let at = words.iter().position(|w| w.rsplit('/').next() == Some(name));
        at.and_then(|i| words.get(i + 1..))
            .is_some_and(|rest| arguments.iter().all(|a| rest.contains(a)))
    };
    let accept = |name| has(name, &["-P", "INPUT", "ACCEPT"]);
    has("nft", &["flush", "ruleset"])
        || has("nft", &["delete", "table"])
        || ["iptables", "ip6tables"]
            .iter()
            .any(|n| has(n, &["-F"]) || has(n, &["--flush"]) || accept(n))
        || has("auditctl", &["-D"])
        || has("auditctl", &["-e", "0"])
        || has("ufw", &["disable"])
        || ["stop", "kill", "disable", "mask"].iter().any(|verb| has("systemctl", &[verb]))
        || words.iter().any(|w| {
            ["aa-teardown", "aa-disable", "aa-complain"]
                .contains(&w.rsplit('/').next().unwrap_or(w))
        })
        || ["pkill", "kill", "killall"].iter().any(|n| {
            has(n, &[])
                && !words.contains(&"-HUP")
                && !words.contains(&"$MAINPID")
                && !line.contains("USR")
        })
}
