//! ufw: its policies, its files of rules, put together as its init script does.

use std::path::Path;
use std::sync::Arc;

use assay_core::Gap;

use super::iptables;
use super::model::{Field, Rule, Ruleset, Test, Value, Verdict};
use crate::Host;
use crate::systemd::{Place, variables};

/// Whether ufw is switched on (`ENABLED=yes`), with the line that says so. `None`: ufw is not there.
pub(super) fn enabled(host: &Host<'_>) -> Result<Option<(bool, Place)>, Gap> {
    let path = Path::new("/etc/ufw/ufw.conf");
    let Some(found) = host.text(path)? else { return Ok(None) };
    let said = variables(&found.text).into_iter().rfind(|(k, _, _)| k == "ENABLED");
    let file: Arc<str> = path.display().to_string().into();
    Ok(Some(match said {
        Some((_, value, line)) => (value.eq_ignore_ascii_case("yes"), Place { file, line }),
        None => (false, Place { file, line: 1 }),
    }))
}

/// Adds ufw's rules to a ruleset. Gives the files that were loaded.
pub(super) fn load(host: &Host<'_>, set: &mut Ruleset) -> Result<Vec<Place>, Gap> {
    let mut places = Vec::new();
    let defaults = Path::new("/etc/default/ufw");
    let file: Arc<str> = defaults.display().to_string().into();
    let said = host.text(defaults)?.map(|f| variables(&f.text)).unwrap_or_default();
    let last = |key: &str| said.iter().rfind(|(k, _, _)| k == key);
    let policy = last("DEFAULT_INPUT_POLICY");
    let verdict = match policy.map(|(_, v, _)| v.to_ascii_uppercase()).as_deref() {
        Some("ACCEPT") => Verdict::Accept,
        _ => Verdict::Drop,
    };
    let at = Place { file: file.clone(), line: policy.map_or(1, |(_, _, line)| *line) };
    for six in [false, true] {
        let mark = if six { "6" } else { "" };
        let mut part = Ruleset::default();
        let off = last("IPV6").filter(|(_, v, _)| six && !v.eq_ignore_ascii_case("yes"));
        let mut text = format!("*filter\n:INPUT - [0:0]\n:ufw{mark}-user-input - [0:0]\nCOMMIT\n");
        // Without IPv6 rules, only the loopback is let in.
        if off.is_some() {
            text = "*filter\n:INPUT DROP [0:0]\nCOMMIT\n".to_owned();
        }
        iptables::load(&text, &file, six, false, &mut part);
        if off.is_none() {
            for name in ["before", "user", "after"] {
                let path = format!("/etc/ufw/{name}{mark}.rules");
                if let Some(found) = host.text(&path)? {
                    let at: Arc<str> = path.as_str().into();
                    iptables::load(&found.text, &at, six, true, &mut part);
                    places.push(Place { file: at, line: 1 });
                }
            }
        }
        let at = off
            .map_or_else(|| at.clone(), |(_, _, line)| Place { file: file.clone(), line: *line });
        for table in part.tables.values_mut() {
            let jump = |name: &str| Rule {
                tests: Vec::new(),
                verdict: Verdict::Jump(format!("ufw{mark}-{name}"), false),
                place: at.clone(),
            };
            let Some(input) = table.chains.get_mut("INPUT") else { continue };
            if off.is_none() {
                let order = [
                    "before-logging-input",
                    "before-input",
                    "after-input",
                    "after-logging-input",
                    "reject-input",
                    "track-input",
                ];
                input.rules.extend(order.map(jump));
                input.policy = Some((verdict.clone(), at.clone()));
            } else {
                input.policy = Some((Verdict::Drop, at.clone()));
                let lo = Test {
                    field: Field::Interface,
                    negated: false,
                    values: vec![Value::Word("lo".to_owned())],
                };
                input.rules.push(Rule {
                    tests: vec![lo],
                    verdict: Verdict::Accept,
                    place: at.clone(),
                });
            }
            if let Some(before) = table.chains.get_mut(&format!("ufw{mark}-before-input")) {
                before.rules.push(jump("user-input"));
            }
        }
        let renamed = part.tables.into_iter().map(|(k, t)| (format!("ufw {k}"), t));
        set.tables.extend(renamed);
    }
    Ok(places)
}
