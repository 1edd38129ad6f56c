//! Which releases `unattended-upgrades` takes packages from. Source: the comments of its
//! `50unattended-upgrades`, and its program.

use super::conf::{Conf, Value};
use super::release::Release;
use crate::systemd::matches;

/// A release that carries security updates, with the facts that patterns ask for.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    /// Its head.
    pub(super) release: Release,
    /// Suites of which it may have any; empty: the one of its head.
    pub(super) suites: Vec<String>,
    /// Hosts from which it may come; empty: not known.
    pub(super) sites: Vec<String>,
}

/// One entry of the two lists.
#[derive(Debug)]
pub(super) struct Pattern<'a> {
    /// The entry.
    pub(super) value: &'a Value,
    /// Its words: key and value.
    words: Vec<(String, String)>,
}

/// The distribution as patterns name it.
#[derive(Debug, Clone)]
pub(super) struct Distribution {
    /// `Debian`.
    pub(super) id: String,
    /// `bookworm`.
    pub(super) codename: String,
}

/// Every pattern in force, those of `Allowed-Origins` first.
///
/// # Errors
/// An entry at which the program gives up.
pub(super) fn patterns<'a>(
    conf: &'a Conf,
    distribution: &Distribution,
) -> Result<Vec<Pattern<'a>>, &'a Value> {
    let mut out = Vec::new();
    for value in conf.list("Unattended-Upgrade::Allowed-Origins") {
        let words = legacy(&value.text, distribution).ok_or(value)?;
        out.push(Pattern { value, words });
    }
    for value in conf.list("Unattended-Upgrade::Origins-Pattern") {
        let words = modern(&value.text, distribution).ok_or(value)?;
        out.push(Pattern { value, words });
    }
    Ok(out)
}

/// `Debian:bookworm-security`, or with a blank between.
fn legacy(text: &str, distribution: &Distribution) -> Option<Vec<(String, String)>> {
    let hidden = text.replace("\\:", "\u{1}");
    let parts: Vec<&str> = if hidden.contains(':') {
        hidden.split(':').collect()
    } else {
        hidden.split_whitespace().collect()
    };
    let [origin, archive] = parts.as_slice() else { return None };
    let word = |key: &str, value: &str| {
        let value = substitute(&value.replace('\u{1}', ":"), distribution)?;
        Some((key.to_owned(), substitute(&value, distribution)?))
    };
    Some(vec![word("o", origin)?, word("a", archive)?])
}

/// `origin=Debian,codename=${distro_codename}-security`.
fn modern(text: &str, distribution: &Distribution) -> Option<Vec<(String, String)>> {
    let text = substitute(text, distribution)?;
    if text.trim().is_empty() {
        return Some(Vec::new());
    }
    let hidden = text.trim().replace("\\,", "\u{1}");
    hidden
        .split(',')
        .map(|token| {
            let (key, value) = token.split_once('=')?;
            let known = [
                "o",
                "origin",
                "l",
                "label",
                "a",
                "suite",
                "archive",
                "c",
                "component",
                "site",
                "n",
                "codename",
            ];
            let key = key.trim();
            let fits = known.contains(&key) && !value.contains('=');
            // The program replaces a second time, in each value.
            let value = substitute(&value.trim().replace('\u{1}', ","), distribution)?;
            fits.then(|| (key.to_owned(), value))
        })
        .collect()
}

/// `${distro_id}` and `${distro_codename}`; other names make the program give up.
fn substitute(text: &str, distribution: &Distribution) -> Option<String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        if let Some(after) = after.strip_prefix('$') {
            out.push('$');
            rest = after;
            continue;
        }
        let (name, after) = match after.strip_prefix('{') {
            Some(inner) => inner.split_once('}')?,
            None => {
                let end = after.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
                after.split_at(end.unwrap_or(after.len()))
            }
        };
        out.push_str(match name {
            "distro_id" => &distribution.id,
            "distro_codename" => &distribution.codename,
            _ => return None,
        });
        rest = after;
    }
    out.push_str(rest);
    Some(out)
}

impl Pattern<'_> {
    /// Whether it takes a release, its main component at least.
    pub(super) fn takes(&self, wanted: &Wanted) -> bool {
        let r = &wanted.release;
        let any = |all: &[String], one: &str, value: &str| {
            if all.is_empty() { matches(value, one) } else { all.iter().any(|s| matches(value, s)) }
        };
        !self.words.is_empty()
            && self.words.iter().all(|(key, value)| match key.as_str() {
                "o" | "origin" => matches(value, &r.origin),
                "l" | "label" => matches(value, &r.label),
                "a" | "suite" | "archive" => any(&wanted.suites, &r.suite, value),
                "n" | "codename" => matches(value, &r.codename),
                "c" | "component" => matches(value, "main"),
                _ => wanted.sites.is_empty() || any(&wanted.sites, "", value),
            })
    }
}

/// The release with the security updates of a distribution, as far as it is known without lists.
pub(super) fn expected(distribution: &Distribution, version: Option<u32>) -> Option<Wanted> {
    let name = &distribution.codename;
    let release = |label: &str, suite: &str, codename: String| Release {
        origin: distribution.id.clone(),
        label: label.to_owned(),
        suite: suite.to_owned(),
        codename,
        date: None,
    };
    let ages = ["stable", "oldstable", "oldoldstable", "oldoldoldstable"];
    match distribution.id.as_str() {
        "Debian" if version.is_some_and(|v| v < 11) => Some(Wanted {
            release: release("Debian-Security", "", name.clone()),
            suites: ages.map(str::to_owned).to_vec(),
            sites: Vec::new(),
        }),
        "Debian" => Some(Wanted {
            release: release("Debian-Security", "", format!("{name}-security")),
            suites: ages.map(|a| format!("{a}-security")).to_vec(),
            sites: Vec::new(),
        }),
        "Ubuntu" => Some(Wanted {
            release: release("Ubuntu", &format!("{name}-security"), name.clone()),
            suites: Vec::new(),
            sites: Vec::new(),
        }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_take_what_the_program_takes() {
        let debian = Distribution { id: "Debian".to_owned(), codename: "bookworm".to_owned() };
        let wanted = expected(&debian, Some(12)).unwrap();
        let takes = |text: &str| {
            let value = Value { text: text.to_owned(), at: None };
            let words = modern(text, &debian);
            words.map(|words| Pattern { value: &value, words }.takes(&wanted))
        };
        for yes in [
            "origin=Debian,codename=${distro_codename}-security,label=Debian-Security",
            "o=Debian,n=$distro_codename-security",
            "origin=*",
            " o = ${distro_id} , a=oldstable-security",
            "l=Debian-Sec*,c=main,site=anything.example",
            "o=[DX]ebian",
        ] {
            assert_eq!(takes(yes), Some(true), "{yes}");
        }
        for no in [
            "origin=Debian,codename=${distro_codename},label=Debian-Security",
            "origin=Debian,codename=bookworm-updates",
            "o=debian",
            "",
            "o=Debian,c=contrib",
            "o=Ubuntu",
        ] {
            assert_eq!(takes(no), Some(false), "{no}");
        }
        for broken in ["o=$$", "o=Debian,", "x=Debian", "o=${nope}", "Debian", "o=a=b"] {
            assert_eq!(takes(broken), None, "{broken}");
        }
        assert!(legacy("Debian bookworm", &debian).is_some());
        assert!(legacy("${distro_id}:${distro_codename}-security", &debian).is_some());
        assert!(legacy("a:b:c", &debian).is_none());
        assert!(legacy("a\\:b:c", &debian).is_some());
    }
}
