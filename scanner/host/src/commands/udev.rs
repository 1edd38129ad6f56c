//! The device manager: programs that its rules start, and settings of the kernel that they make
//! (udev(7)).

use std::path::Path;
use std::sync::Arc;

use assay_core::Gap;

use super::Found;
use crate::merged::{Piece, directories, pieces};
use crate::systemd::Place;

/// Longest rule, in bytes, with the lines that go on from it.
const MAX_RULE: usize = 64 << 10;

/// An assignment of a rule: `RUN+="x"`, `SYSCTL{key}="1"`.
struct Said<'t> {
    key: &'t str,
    attribute: &'t str,
    value: String,
}

/// The lines of its rules, where it starts.
pub(super) fn lines(found: &mut Found<'_, '_>) -> Result<(), Gap> {
    if !found.runs("systemd-udevd.service")? {
        return Ok(());
    }
    let unit: Arc<str> = "systemd-udevd.service".into();
    for Piece { path, text, .. } in pieces(found.host, &directories("udev/rules.d"), ".rules")? {
        let text = text?;
        if !text.contains("RUN") && !text.contains("SYSCTL") {
            continue;
        }
        let file: Arc<str> = path.display().to_string().into();
        for (number, rule) in rules(&text) {
            let place = Place { file: file.clone(), line: number };
            for said in assignments(&rule) {
                match (said.key, said.attribute) {
                    ("RUN", "" | "program") => {
                        let text = program(&said.value);
                        found.push(&text, &place, &unit, true)?;
                        found.programs(&text, &unit, true)?;
                    }
                    ("SYSCTL", key) if !key.is_empty() => {
                        let text = format!("sysctl -w \"{}={}\"", names(key), names(&said.value));
                        found.push(&text, &place, &unit, true)?;
                    }
                    _ => {}
                }
            }
        }
    }
    Ok(())
}

/// Programs that rules start, with the place of each: for who can change them.
pub(crate) fn programs(text: &str) -> Vec<(u32, String)> {
    let all = rules(text).into_iter().flat_map(|(n, rule)| {
        let said = assignments(&rule).into_iter();
        let runs = said.filter(|s| {
            matches!(
                (s.key, s.attribute),
                ("RUN", "" | "program") | ("PROGRAM", "") | ("IMPORT", "program")
            )
        });
        runs.map(|s| (n, program(&s.value))).collect::<Vec<_>>()
    });
    all.collect()
}

/// Programs without a path lie in a directory of their own.
fn program(value: &str) -> String {
    let value = names(value);
    if value.starts_with('/') || value.is_empty() {
        return value;
    }
    let first = value.split_whitespace().next().unwrap_or("");
    let inside = Path::new("/usr/lib/udev").join(first.trim_matches('\''));
    value.replacen(first, &inside.display().to_string(), 1)
}

/// What stands for the device's own name, for interfaces: any that is no loopback.
fn names(text: &str) -> String {
    ["$name", "$kernel", "%k", "$env{INTERFACE}", "%E{INTERFACE}", "$env{ID_NET_NAME}"]
        .iter()
        .fold(text.to_owned(), |t, name| t.replace(name, "eth0"))
}

/// The rules with the numbers of their first lines; a backslash at the end goes on.
fn rules(text: &str) -> Vec<(u32, String)> {
    let mut out = Vec::new();
    let mut lines = (1_u32..).zip(text.lines());
    while let Some((number, line)) = lines.next() {
        if line.trim_start().starts_with('#') {
            continue;
        }
        let mut whole = line.to_owned();
        while whole.ends_with('\\') && whole.len() < MAX_RULE {
            whole.pop();
            let Some((_, next)) = lines.next() else { break };
            if !next.trim_start().starts_with('#') {
                whole.push_str(next);
            } else {
                whole.push('\\');
            }
        }
        if whole.len() <= MAX_RULE && !whole.trim().is_empty() {
            out.push((number, whole));
        }
    }
    out
}

/// What a rule assigns: `=`, `+=` and `:=`, not what it compares.
fn assignments(rule: &str) -> Vec<Said<'_>> {
    let mut out = Vec::new();
    let mut rest = rule;
    while let Some((head, after)) = rest.split_once('"') {
        let mut value = String::new();
        let mut chars = after.char_indices();
        let mut end = after.len();
        while let Some((at, c)) = chars.next() {
            match c {
                '"' => {
                    end = at + 1;
                    break;
                }
                // Only a quote is escaped.
                '\\' if after.get(at + 1..).is_some_and(|r| r.starts_with('"')) => {
                    value.push('"');
                    chars.next();
                }
                c => value.push(c),
            }
        }
        rest = after.get(end..).unwrap_or("");
        let head = head.trim_start_matches([',', ' ', '\t']).trim_end();
        let head = head.strip_suffix('e').filter(|h| h.ends_with('=')).unwrap_or(head);
        let compares = head.ends_with("==") || head.ends_with("!=");
        let Some(name) = head.strip_suffix('=').filter(|_| !compares) else { continue };
        let name = name.trim_end_matches(['+', ':', '-']).trim_end();
        if head.ends_with("-=") {
            continue;
        }
        let (key, attribute) = match name.split_once('{') {
            Some((key, attribute)) => (key, attribute.trim_end_matches('}')),
            None => (name, ""),
        };
        out.push(Said { key, attribute, value });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_rules_assign() {
        let text = "# RUN+=\"/no\"\nACTION==\"add\", \\\n RUN+=\"/bin/x -a \\\"b\\\"\", SYSCTL{net.ipv4.ip_forward}=\"1\"\nRUN-=\"/c\", RUN{builtin}+=\"kmod\", RUN=e\"own '%k'\", X!=\"y\"\n";
        let all: Vec<String> = rules(text)
            .iter()
            .flat_map(|(n, r)| {
                let said = assignments(r);
                said.into_iter()
                    .map(|s| format!("{n} {} {} {}", s.key, s.attribute, s.value))
                    .collect::<Vec<_>>()
            })
            .collect();
        assert_eq!(
            all,
            [
                "2 RUN  /bin/x -a \"b\"",
                "2 SYSCTL net.ipv4.ip_forward 1",
                "4 RUN builtin kmod",
                "4 RUN  own '%k'",
            ]
        );
        assert_eq!(programs(text)[1], (4, "/usr/lib/udev/own 'eth0'".to_owned()));
    }
}
