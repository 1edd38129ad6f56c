//! Unit names: `prefix.type`, `prefix@.type` (a template), `prefix@instance.type`.

/// Types of units that files describe.
const TYPES: [&str; 11] = [
    "service",
    "socket",
    "target",
    "timer",
    "path",
    "mount",
    "automount",
    "swap",
    "slice",
    "scope",
    "device",
];

/// Longest name.
const MAX: usize = 255;

/// Whether this is the name of a unit.
pub(crate) fn valid(name: &str) -> bool {
    let ok = |c: char| c.is_ascii_alphanumeric() || ":-_.\\@".contains(c);
    name.len() <= MAX
        && name.chars().all(ok)
        && !name.starts_with('.')
        && !name.starts_with('@')
        && kind(name).is_some_and(|k| TYPES.contains(&k))
        && name.rfind('.').is_some_and(|dot| dot > 0)
}

/// The type: what comes after the last dot.
pub(crate) fn kind(name: &str) -> Option<&str> {
    name.rsplit_once('.').map(|(_, kind)| kind)
}

/// Prefix, instance (`None` for plain names, empty for templates) and type.
pub(crate) fn parts(name: &str) -> Option<(&str, Option<&str>, &str)> {
    let (stem, kind) = name.rsplit_once('.')?;
    Some(match stem.split_once('@') {
        Some((prefix, instance)) => (prefix, Some(instance), kind),
        None => (stem, None, kind),
    })
}

/// The template of an instance. `None` for anything else.
pub(crate) fn template(name: &str) -> Option<String> {
    match parts(name)? {
        (prefix, Some(instance), kind) if !instance.is_empty() => Some(format!("{prefix}@.{kind}")),
        _ => None,
    }
}

/// Whether this is a template.
pub(crate) fn is_template(name: &str) -> bool {
    matches!(parts(name), Some((_, Some(""), _)))
}

/// The name with another instance; unchanged where it takes none.
pub(crate) fn instantiate(template: &str, instance: &str) -> String {
    match parts(template) {
        Some((prefix, Some(_), kind)) => format!("{prefix}@{instance}.{kind}"),
        _ => template.to_owned(),
    }
}

/// Names whose `.d`, `.wants`… directories hold for this name too, the most specific first: itself,
/// its template, and the same for each prefix that ends in a dash.
pub(crate) fn chain(name: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut left = Some(name.to_owned());
    while let Some(name) = left.take() {
        if let Some(template) = template(&name) {
            chain_of(&template, &mut out, &name);
        } else {
            out.push(name.clone());
        }
        left = shorter(&name);
    }
    let mut seen = std::collections::BTreeSet::new();
    out.retain(|n| seen.insert(n.clone()));
    out
}

/// An instance, then its template with all the template's prefixes.
fn chain_of(template: &str, out: &mut Vec<String>, instance: &str) {
    out.push(instance.to_owned());
    let mut left = Some(template.to_owned());
    while let Some(name) = left {
        left = shorter(&name);
        out.push(name);
    }
}

/// `foo-bar-baz.service` → `foo-bar-.service` → `foo-.service`.
fn shorter(name: &str) -> Option<String> {
    let (prefix, instance, kind) = parts(name)?;
    let trimmed = prefix.trim_end_matches('-');
    let (head, _) = trimmed.rsplit_once('-')?;
    let head = head.trim_end_matches('-');
    if head.is_empty() {
        return None;
    }
    Some(match instance {
        Some(i) => format!("{head}-@{i}.{kind}"),
        None => format!("{head}-.{kind}"),
    })
}

/// `\x2d` and dashes undone, as `%I` gives it.
pub(crate) fn unescape(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '-' => out.push('/'),
            '\\' => {
                let code: String = chars.clone().take(3).collect();
                let byte = code.strip_prefix('x').and_then(|h| u8::from_str_radix(h, 16).ok());
                match byte {
                    Some(b) if code.len() == 3 => {
                        out.push(char::from(b));
                        chars.nth(2);
                    }
                    _ => out.push(c),
                }
            }
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_what_holds_for_them() {
        assert!(valid("ssh.service") && valid("getty@tty1.service") && valid("-.mount"));
        assert!(!valid("ssh") && !valid("a b.service") && !valid(".service") && !valid("x.conf"));
        assert_eq!(template("getty@tty1.service").unwrap(), "getty@.service");
        assert!(is_template("getty@.service") && template("getty@.service").is_none());
        assert_eq!(
            chain("foo-bar-baz.service"),
            ["foo-bar-baz.service", "foo-bar-.service", "foo-.service"]
        );
        assert_eq!(
            chain("a-b@i.service"),
            ["a-b@i.service", "a-b@.service", "a-@.service", "a-@i.service"]
        );
        assert_eq!(unescape(r"dev-disk\x2dby"), "dev/disk-by");
    }
}
