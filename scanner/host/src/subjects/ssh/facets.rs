//! The facets of a server: each keyword, and what several keywords mean together.

use std::path::Path;

use assay_core::{Gap, GapState, Resource};
use serde_json::{Map, Value, json};

use super::Seen;
use super::allow::{self, Lists};
use super::context::Context;
use super::effective::Decision;
use super::keyword::{self, KEYWORDS, Kind};
use super::options;
use super::pattern::{self, Answer};
use crate::Host;

/// Every keyword as a facet: a setting, or for what `Match` can set the list of settings that some
/// connection meets, each with the contexts in which it is met.
pub(super) fn keywords(seen: &Seen<'_>, r: &mut Resource) {
    for keyword in KEYWORDS {
        if !keyword.matchable {
            let Some(decision) = seen.global(keyword.name) else { continue };
            match &decision.refused {
                Some(why) => r.lose(keyword.name, refused(&decision, why)),
                None => {
                    let setting = decision.setting().json();
                    r.properties.insert(keyword.name.to_owned(), setting);
                }
            }
            continue;
        }
        let contexts = match &seen.contexts {
            Ok(contexts) => contexts,
            Err(gap) => {
                r.lose(keyword.name, gap.clone());
                continue;
            }
        };
        let mut found: Vec<(Decision, Vec<&str>)> = Vec::new();
        for context in contexts {
            // Only root's connections meet what is said of root.
            let root = context.connections.iter().any(|c| c.root == Some(true));
            if keyword.name == "PermitRootLogin" && !root {
                continue;
            }
            let decision = seen.server.decide(keyword, &context.active);
            let same = |d: &Decision| {
                d.place == decision.place
                    && d.value == decision.value
                    && d.origin == decision.origin
            };
            match found.iter_mut().find(|(d, _)| same(d)) {
                Some((_, names)) => names.push(&context.name),
                None => found.push((decision, vec![&context.name])),
            }
        }
        if let Some((decision, why)) =
            found.iter().find_map(|(d, _)| d.refused.as_ref().map(|w| (d, w)))
        {
            r.lose(keyword.name, refused(decision, why));
            continue;
        }
        let list = found.iter().map(|(decision, names)| {
            let mut setting = decision.setting().json();
            if let Some(object) = setting.as_object_mut() {
                object.insert("Context".to_owned(), joined(names).into());
            }
            setting
        });
        r.properties.insert(keyword.name.to_owned(), list.collect());
    }
}

/// Takes out what rests on a version that cannot be read: the version, and the lists of algorithms,
/// whose defaults and edits differ with it.
pub(super) fn lose_version(r: &mut Resource, gap: &Gap) {
    r.lose("Version", gap.clone());
    for keyword in KEYWORDS.iter().filter(|k| matches!(k.kind, Kind::Algorithms(_))) {
        r.lose(keyword.name, gap.clone());
    }
}

fn refused(decision: &Decision, why: &str) -> Gap {
    let at = decision.place.as_ref().map(|p| format!("{}:{}: ", p.file, p.line));
    let detail = format!("{}{why}: sshd refuses it", at.unwrap_or_default());
    Gap::new(GapState::Malformed, detail)
}

/// A few names of contexts.
fn joined(names: &[&str]) -> String {
    const SHOWN: usize = 3;
    let mut out = names.iter().take(SHOWN).copied().collect::<Vec<_>>().join("; ");
    if names.len() > SHOWN {
        out.push_str(&format!("; and {} more", names.len() - SHOWN));
    }
    out
}

/// What the keywords of one context say.
struct In<'a> {
    seen: &'a Seen<'a>,
    context: &'a Context,
    lists: Lists,
}

impl In<'_> {
    fn get(&self, name: &str) -> Result<Decision, Gap> {
        let unknown = || Gap::new(GapState::Unsupported, format!("{name} is not known"));
        let keyword = keyword::find(name).ok_or_else(unknown)?;
        let decision = self.seen.server.decide(keyword, &self.context.active);
        match &decision.refused {
            Some(why) => Err(refused(&decision, why)),
            None => Ok(decision),
        }
    }

    fn is(&self, name: &str, word: &str) -> Result<bool, Gap> {
        Ok(self.get(name)?.value == word)
    }

    fn number(&self, name: &str) -> Result<u64, Gap> {
        Ok(self.get(name)?.value.as_u64().unwrap_or(0))
    }

    /// Whether somebody who is let in meets this context.
    fn used(&self) -> bool {
        self.context.connections.iter().any(|c| self.lists.admit(c))
    }

    /// Whether some list of methods is done with this method alone.
    fn suffices(&self, method: &str) -> Result<bool, Gap> {
        let methods = self.get("AuthenticationMethods")?;
        Ok(allow::words(Some(&methods)).iter().any(|list| {
            *list == "any" || list.split(',').all(|m| m.split(':').next() == Some(method))
        }))
    }

    /// The keyword through which a password alone lets somebody in.
    fn password(&self) -> Result<Option<(&'static str, Decision)>, Gap> {
        let password = self.get("PasswordAuthentication")?;
        if password.value == "yes" && self.suffices("password")? {
            return Ok(Some(("password", password)));
        }
        // Through PAM, keyboard-interactive asks for the password too.
        let interactive = self.get("KbdInteractiveAuthentication")?;
        let pam = self.is("UsePAM", "yes")?;
        if pam && interactive.value == "yes" && self.suffices("keyboard-interactive")? {
            return Ok(Some(("keyboard-interactive", interactive)));
        }
        Ok(None)
    }

    fn placed(&self, decision: &Decision, mut members: Map<String, Value>) -> Value {
        members.insert("Context".to_owned(), self.context.name.as_str().into());
        members.insert("origin".to_owned(), decision.origin.as_str().into());
        if let Some(place) = &decision.place {
            members.insert("file".to_owned(), (*place.file).into());
            members.insert("line".to_owned(), place.line.into());
        }
        members.into()
    }
}

fn members(pairs: &[(&str, Value)]) -> Map<String, Value> {
    pairs.iter().map(|(k, v)| ((*k).to_owned(), v.clone())).collect()
}

/// Gives the lines of a facet for one context.
type Each = fn(&Host<'_>, &In<'_>) -> Result<Vec<Value>, Gap>;

const COMBINED: &[(&str, Each)] = &[
    ("RootLogin", root_login),
    ("PasswordLogin", password_login),
    ("EmptyPasswords", empty_passwords),
    ("Forwarding", forwarding),
    ("AccessLists", access_lists),
    ("Idle", idle),
    ("UserEnvironment", user_environment),
    ("Banners", banners),
    ("KeySources", key_sources),
];

/// What several keywords mean together, in every context: each a list of lines.
pub(super) fn combined(host: &Host<'_>, seen: &Seen<'_>, r: &mut Resource) {
    for (name, each) in COMBINED {
        let lines = (|| {
            let mut lines: Vec<Value> = Vec::new();
            for context in seen.contexts.as_ref().map_err(Clone::clone)? {
                let lists = Lists::of(&seen.server, &context.active);
                for line in each(host, &In { seen, context, lists })? {
                    // One line of the configuration is one line here, whatever the contexts.
                    let same = |a: &Value| bare(a) == bare(&line);
                    if !lines.iter().any(same) {
                        lines.push(line);
                    }
                }
            }
            Ok(lines)
        })();
        match lines {
            Ok(lines) => {
                r.properties.insert((*name).to_owned(), lines.into());
            }
            Err(gap) => r.lose(name, gap),
        }
    }
    r.properties.insert("StartOptions".to_owned(), options::of(seen));
}

fn bare(line: &Value) -> Value {
    let mut line = line.clone();
    if let Some(o) = line.as_object_mut() {
        o.remove("Context");
    }
    line
}

fn root_login(_: &Host<'_>, c: &In<'_>) -> Result<Vec<Value>, Gap> {
    let roots = c.context.connections.iter().filter(|k| k.root == Some(true));
    // A list that turns root away by name is a decision. One that only does not have him changes
    // with the next member of a group: then PermitRootLogin is what stands between.
    let mut left = roots.filter(|k| !c.lists.denies(k)).map(|k| c.lists.overlooks(k));
    let permit = c.get("PermitRootLogin")?;
    let Some(first) = left.next().filter(|_| permit.value != "no") else { return Ok(Vec::new()) };
    let out = if first.is_none() || left.any(|l| l.is_none()) { None } else { first };
    let mut line = members(&[("Permit", permit.value.clone())]);
    line.extend(out.map(|list| ("OnlyBarredBy".to_owned(), list.into())));
    Ok(vec![c.placed(&permit, line)])
}

fn password_login(_: &Host<'_>, c: &In<'_>) -> Result<Vec<Value>, Gap> {
    let Some((through, decision)) = c.password()?.filter(|_| c.used()) else {
        return Ok(Vec::new());
    };
    let blocks = &c.seen.server.config.blocks;
    let confined = decision.chain.iter().any(|b| blocks.get(*b).is_some_and(|b| b.names()));
    let line = members(&[("Through", through.into()), ("Confined", confined.into())]);
    Ok(vec![c.placed(&decision, line)])
}

fn empty_passwords(_: &Host<'_>, c: &In<'_>) -> Result<Vec<Value>, Gap> {
    let empty = c.get("PermitEmptyPasswords")?;
    if empty.value != "yes" || !c.used() {
        return Ok(Vec::new());
    }
    let accepted = c.password()?.is_some();
    Ok(vec![c.placed(&empty, members(&[("Accepted", accepted.into())]))])
}

fn forwarding(_: &Host<'_>, c: &In<'_>) -> Result<Vec<Value>, Gap> {
    let mut out = Vec::new();
    if !c.used() {
        return Ok(out);
    }
    let disabled = c.is("DisableForwarding", "yes")?;
    let none = |name: &str| Ok::<_, Gap>(c.get(name)?.value == json!(["none"]));
    let closed = none("PermitOpen")? && none("PermitListen")?;
    for (kind, name) in [
        ("agent", "AllowAgentForwarding"),
        ("tcp", "AllowTcpForwarding"),
        ("streamlocal", "AllowStreamLocalForwarding"),
        ("x11", "X11Forwarding"),
        ("tunnel", "PermitTunnel"),
    ] {
        let decision = c.get(name)?;
        let off = decision.value == "no" || (kind == "tcp" && closed);
        if !off && (!disabled || kind == "tunnel") {
            let line = members(&[("Kind", kind.into()), ("Value", decision.value.clone())]);
            out.push(c.placed(&decision, line));
        }
    }
    Ok(out)
}

fn access_lists(_: &Host<'_>, c: &In<'_>) -> Result<Vec<Value>, Gap> {
    let limiting = c.lists.limiting();
    // Where none limits, the list that names everybody says where.
    let decision = match limiting {
        Some(d) => d.clone(),
        None => {
            let users = c.get("AllowUsers")?;
            if users.place.is_some() { users } else { c.get("AllowGroups")? }
        }
    };
    Ok(vec![c.placed(&decision, members(&[("Limited", limiting.is_some().into())]))])
}

fn idle(_: &Host<'_>, c: &In<'_>) -> Result<Vec<Value>, Gap> {
    if !c.used() {
        return Ok(Vec::new());
    }
    let interval = c.get("ClientAliveInterval")?;
    let count = c.get("ClientAliveCountMax")?;
    let (seconds, max) = (c.number("ClientAliveInterval")?, c.number("ClientAliveCountMax")?);
    // Before 8.2, no answer was waited for where the count was 0.
    let old = c.seen.server.version.is_some_and(|v| v < super::Version(8, 2));
    let total = match (seconds, max) {
        (0, _) => None,
        (_, 0) => old.then_some(seconds),
        (s, m) => s.checked_mul(m),
    };
    let decides = if max == 0 && seconds != 0 { &count } else { &interval };
    Ok(vec![c.placed(decides, members(&[("Seconds", total.into())]))])
}

/// Variables through which a user changes what the programs of a session do.
pub(super) const DANGEROUS: &[&str] = &[
    "BASH_ENV",
    "ENV",
    "GCONV_PATH",
    "GIT_SSH_COMMAND",
    "IFS",
    "LD_AUDIT",
    "LD_LIBRARY_PATH",
    "LD_PRELOAD",
    "LOCPATH",
    "NODE_OPTIONS",
    "PATH",
    "PERL5LIB",
    "PERL5OPT",
    "PROMPT_COMMAND",
    "PYTHONPATH",
    "PYTHONSTARTUP",
    "RUBYLIB",
    "RUBYOPT",
    "SHELL",
    "SHELLOPTS",
];

fn user_environment(_: &Host<'_>, c: &In<'_>) -> Result<Vec<Value>, Gap> {
    let mut out = Vec::new();
    if !c.used() {
        return Ok(out);
    }
    let permit = c.get("PermitUserEnvironment")?;
    let words = permit.value.as_str().unwrap_or("").to_owned();
    let names: Vec<&str> = match words.to_ascii_lowercase().as_str() {
        "no" => Vec::new(),
        "yes" => DANGEROUS.to_vec(),
        _ => {
            DANGEROUS.iter().copied().filter(|n| pattern::list(n, &words) == Answer::Yes).collect()
        }
    };
    if !names.is_empty() {
        let line = [("Option", "PermitUserEnvironment".into()), ("Pattern", words.into())];
        out.push(c.placed(&permit, members(&line)));
    }
    let accept = c.get("AcceptEnv")?;
    for (words, place) in &accept.parts {
        for word in words.as_array().into_iter().flatten().filter_map(Value::as_str) {
            if DANGEROUS.iter().any(|n| pattern::matches(n, word)) {
                let mut at = accept.clone();
                at.place = Some(place.clone());
                let line = [("Option", "AcceptEnv".into()), ("Pattern", word.into())];
                out.push(c.placed(&at, members(&line)));
            }
        }
    }
    Ok(out)
}

fn banners(host: &Host<'_>, c: &In<'_>) -> Result<Vec<Value>, Gap> {
    let banner = c.get("Banner")?;
    let path = banner.value.as_str().unwrap_or("none").to_owned();
    let shown = if path == "none" {
        false
    } else {
        host.text(Path::new(&path))?.is_some_and(|f| !f.text.trim().is_empty())
    };
    let line = members(&[("Path", path.into()), ("Shown", shown.into())]);
    Ok(vec![c.placed(&banner, line)])
}

/// Keys from elsewhere than the files of the users: programs, and authorities.
fn key_sources(_: &Host<'_>, c: &In<'_>) -> Result<Vec<Value>, Gap> {
    let mut out = Vec::new();
    if !c.used() || c.is("PubkeyAuthentication", "no")? {
        return Ok(out);
    }
    for name in ["AuthorizedKeysCommand", "TrustedUserCAKeys"] {
        let decision = c.get(name)?;
        let value = decision.value.as_str().unwrap_or("none").to_owned();
        let Some(path) = value.split_whitespace().next().filter(|p| *p != "none") else { continue };
        let line = members(&[("Source", name.into()), ("Path", path.into())]);
        out.push(c.placed(&decision, line));
    }
    Ok(out)
}
