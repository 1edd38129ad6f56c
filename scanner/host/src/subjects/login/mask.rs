//! The mask that PAM gives a session, before any shell starts: pam_umask(8).

use std::path::{Path, PathBuf};

use assay_core::{Gap, GapState};

use super::session::Person;
use crate::Host;
use crate::subjects::accounts::Defs;

/// A mask in octal, and the place that decides it.
pub(super) type Mask = (String, Option<(String, u32)>);

/// Deepest nesting of included services.
const MAX_DEPTH: usize = 8;

/// The mask at the start of the shell.
pub(super) fn at_login(host: &Host<'_>, defs: &Defs, person: &Person) -> Result<Mask, Gap> {
    let mut line = None;
    for service in ["sshd", "login"] {
        if exists(host, service)? {
            line = find(host, service, 0)?;
            break;
        }
    }
    let Some((options, place)) = line else { return Ok(("0022".to_owned(), None)) };
    let octal = |text: &str| {
        let digits: String = text.trim().chars().take_while(|c| ('0'..='7').contains(c)).collect();
        u32::from_str_radix(&digits, 8).ok().map(|m| m & 0o777)
    };
    let mut usergroups = options.iter().any(|o| o == "usergroups");
    let mut mask = options.iter().rev().find_map(|o| o.strip_prefix("umask=")).and_then(octal);
    let mut decided = mask.map(|_| place);
    if mask.is_none() {
        // Unlike the programs of the shadow suite, PAM takes the first line for a name.
        let first = defs.all.get("UMASK").and_then(|all| all.first());
        if let Some((text, file, line)) = first {
            mask = octal(text);
            decided = Some((file.display().to_string(), *line));
            usergroups |= defs.flag("USERGROUPS_ENAB");
        } else if let Some(found) = host.text("/etc/default/login")? {
            for (line, text) in (1_u32..).zip(found.text.lines()) {
                if let Some(text) = text.trim().strip_prefix("UMASK=") {
                    mask = octal(text);
                    decided = Some(("/etc/default/login".to_owned(), line));
                    break;
                }
            }
        }
    }
    usergroups &= !options.iter().any(|o| o == "nousergroups");
    let mut mask = mask.unwrap_or(0o022);
    if usergroups && person.uid != 0 && person.own_group {
        mask = (mask & !0o070) | ((mask >> 3) & 0o070);
    }
    let own = person.gecos.split(',').find_map(|f| f.trim().strip_prefix("umask=").and_then(octal));
    if let Some(own) = own {
        mask = own;
        decided.clone_from(&person.place);
    }
    Ok((format!("{mask:04o}"), decided))
}

fn directories(service: &str) -> [PathBuf; 3] {
    ["/etc/pam.d", "/usr/lib/pam.d", "/usr/etc/pam.d"].map(|d| Path::new(d).join(service))
}

fn exists(host: &Host<'_>, service: &str) -> Result<bool, Gap> {
    for path in directories(service) {
        if host.stat(&path)?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The last line for pam_umask in the session of a service: its options and its place.
#[expect(clippy::type_complexity, reason = "options and place, of a line that may not be there")]
fn find(
    host: &Host<'_>,
    service: &str,
    depth: usize,
) -> Result<Option<(Vec<String>, (String, u32))>, Gap> {
    if depth > MAX_DEPTH {
        return Err(Gap::new(GapState::Malformed, format!("pam.d/{service}: includes too deep")));
    }
    let service = Path::new(service).file_name().unwrap_or_default().to_string_lossy().into_owned();
    for path in directories(&service) {
        let Some(found) = host.text(&path)? else { continue };
        let mut last = None;
        let mut logical = String::new();
        for (line, text) in (1_u32..).zip(found.text.lines()) {
            let text = text.split('#').next().unwrap_or_default();
            if let Some(start) = text.strip_suffix('\\') {
                logical.push_str(start);
                logical.push(' ');
                continue;
            }
            logical.push_str(text);
            let whole = std::mem::take(&mut logical);
            let words: Vec<&str> = whole.split_whitespace().collect();
            let included = match words.as_slice() {
                ["@include", name, ..] => Some(*name),
                [kind, "include" | "substack", name, ..] if is_session(kind) => Some(*name),
                _ => None,
            };
            if let Some(name) = included {
                last = find(host, name, depth.saturating_add(1))?.or(last);
                continue;
            }
            let module =
                words.iter().position(|w| w.ends_with("pam_umask.so") || *w == "pam_umask");
            if let (Some(kind), Some(at)) = (words.first(), module)
                && is_session(kind)
            {
                let options = words.iter().skip(at.saturating_add(1)).map(|w| (*w).to_owned());
                last = Some((options.collect(), (path.display().to_string(), line)));
            }
        }
        return Ok(last);
    }
    Ok(None)
}

fn is_session(kind: &str) -> bool {
    kind.trim_start_matches('-').eq_ignore_ascii_case("session")
}
