//! The conditions of pam_succeed_if(8).

use super::control::{AUTH_ERR, SERVICE_ERR, SUCCESS};
use super::flow::{Codes, only};
use super::services::as_root;
use super::world::{Person, World};

/// Words that are no part of a condition.
const OPTIONS: [&str; 6] = ["debug", "use_uid", "quiet", "quiet_fail", "quiet_success", "audit"];

/// The answers of the module. `outsider`: the caller is in no group that a condition names.
pub(super) fn codes(args: &[String], world: &World<'_>, service: &str, outsider: bool) -> Codes {
    let words: Vec<&str> =
        args.iter().map(String::as_str).filter(|a| !OPTIONS.contains(a)).collect();
    let conditions = words.chunks_exact(3);
    if !conditions.remainder().is_empty() {
        return only(SERVICE_ERR) | only(AUTH_ERR);
    }
    let either = only(SUCCESS) | only(AUTH_ERR);
    let caller = args.iter().any(|a| a == "use_uid");
    let answer = |person: Option<&Person>| {
        let mut all = Some(true);
        for condition in conditions.clone() {
            let [left, how, right] = condition else { continue };
            match holds(left, how, right, person, service, outsider) {
                Some(true) => {}
                Some(false) => return only(AUTH_ERR),
                None => all = None,
            }
        }
        if all == Some(true) { only(SUCCESS) } else { either }
    };
    if caller {
        let asks = if as_root(service) { Person::root() } else { Person::ordinary() };
        return answer(Some(&asks));
    }
    match &world.people {
        None => answer(None),
        Some(people) => people.iter().fold(0, |codes, p| codes | answer(Some(p))),
    }
}

/// Whether a condition holds; `None`: that cannot be told.
fn holds(
    left: &str,
    how: &str,
    right: &str,
    person: Option<&Person>,
    service: &str,
    outsider: bool,
) -> Option<bool> {
    let (left, how) = (left.to_ascii_lowercase(), how.to_ascii_lowercase());
    let group = |groups: &[String]| right.split(':').any(|r| groups.iter().any(|g| g == r));
    match (left.as_str(), how.as_str()) {
        ("ruser", "ingroup") if outsider => return Some(false),
        ("ruser", "notingroup") if outsider => return Some(true),
        ("ruser", "=" | "in") if outsider => return Some(false),
        ("ruser", ..) => return None,
        (_, "ingroup") => return person.map(|p| group(&p.groups)),
        (_, "notingroup") => return person.map(|p| !group(&p.groups)),
        _ => {}
    }
    let text = match left.as_str() {
        "service" => service.to_owned(),
        "rhost" | "tty" => return None,
        "user" | "login" | "name" => person?.name.clone(),
        "uid" => person?.uid.to_string(),
        "gid" => person?.gid.to_string(),
        "shell" => person?.shell.clone(),
        "home" | "dir" | "homedir" => person?.home.clone(),
        _ => return Some(false),
    };
    let numbers = || Some((text.parse::<i64>().ok()?, right.parse::<i64>().ok()?));
    let number = |f: fn(&i64, &i64) -> bool| Some(numbers().is_some_and(|(a, b)| f(&a, &b)));
    match how.as_str() {
        "<" | "lt" => number(i64::lt),
        "<=" | "le" => number(i64::le),
        ">" | "gt" => number(i64::gt),
        ">=" | "ge" => number(i64::ge),
        "eq" => number(i64::eq),
        "ne" => number(i64::ne),
        "=" => Some(text == right),
        "!=" => Some(text != right),
        "in" => Some(right.split(':').any(|r| r == text)),
        "notin" => Some(!right.split(':').any(|r| r == text)),
        // Patterns and netgroups.
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Host, Memory, Standing};

    #[test]
    fn conditions_are_tried_on_the_accounts() {
        let mut m = Memory::new(Standing::AtRest);
        m.file("/etc/passwd", "root:x:0:0::/root:/bin/sh\nann:x:1000:1000::/home/ann:/bin/sh\n");
        m.file("/etc/group", "root:x:0:\nann:x:1000:\nempty:x:50:\nfull:x:51:ann\n");
        let host = Host::new(&m, "h", assay_core::Timestamp::UNIX_EPOCH);
        let world = World::of(&host);
        let of = |text: &str, service: &str| {
            let args: Vec<String> = text.split(' ').map(str::to_owned).collect();
            codes(&args, &world, service, true)
        };
        let codes = |text: &str| of(text, "sshd");
        let (yes, no) = (only(SUCCESS), only(AUTH_ERR));
        assert_eq!(codes("user ingroup empty quiet"), no);
        assert_eq!(codes("user ingroup x:full"), yes | no);
        assert_eq!(codes("uid >= 0"), yes);
        assert_eq!(of("UID = 0 use_uid quiet", "su"), no);
        assert_eq!(of("UID = 0 use_uid quiet", "sshd"), yes, "sshd is root when it asks");
        assert_eq!(codes("user != root uid < 1000"), no);
        assert_eq!(codes("service in sshd:login"), yes);
        assert_eq!(codes("tty = x"), yes | no);
        assert_eq!(codes("ruser ingroup full"), no);
        assert_eq!(codes("uid"), only(SERVICE_ERR) | no);
    }
}
