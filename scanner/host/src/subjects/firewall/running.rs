//! The rules in the kernel now: what they let in, and where that differs from the configuration.

use std::path::Path;
use std::sync::Arc;

use assay_core::{Gap, GapState, Resource};
use serde_json::{Value, json};

use super::super::units::at;
use super::model::Ruleset;
use super::{
    Configured, Inbound, Reached, SOURCES4, SOURCES6, facet, inbound, iptables, nft, reached,
};
use crate::systemd::Place;
use crate::{Host, Question};

/// What the kernel holds, with the texts that its places point into.
struct Now {
    set: Ruleset,
    texts: Vec<(Arc<str>, String)>,
}

/// Puts `RunningInbound4`, `RunningInbound6` and `RunningDrift`.
pub(super) fn facets(host: &Host<'_>, configured: Result<&Configured, &Gap>, r: &mut Resource) {
    let now = match read(host) {
        Ok(now) => now,
        Err(gap) => {
            for facet in ["RunningInbound4", "RunningInbound6", "RunningDrift"] {
                r.lose(facet, gap.clone());
            }
            return;
        }
    };
    facet(r, "RunningInbound4", now.inbound(&SOURCES4).map(|i| now.json(&i)));
    facet(r, "RunningInbound6", now.inbound(&SOURCES6).map(|i| now.json(&i)));
    facet(r, "RunningDrift", configured.map_err(Clone::clone).and_then(|c| now.drift(c)));
}

/// Reads all of them.
fn read(host: &Host<'_>) -> Result<Now, Gap> {
    let mut now = Now { set: Ruleset::default(), texts: Vec::new() };
    let listing = told(host, Question::Nftables)?;
    let name = Path::new(Question::Nftables.as_str());
    nft::load_text(host, &listing, name, None, &mut now.set)?;
    // Rules of iptables hold what nft cannot say: iptables says it.
    let foreign = listing.lines().any(|l| {
        l.contains("managed by iptables") || l.trim_start().starts_with("xt ") || l.contains(" xt ")
    });
    now.texts.push((name.display().to_string().into(), listing));
    let mut ask = |question: Question, six: bool, mark: &str| -> Result<(), Gap> {
        let text = told(host, question)?;
        let file: Arc<str> = question.as_str().into();
        let mut own = Ruleset::default();
        iptables::load(&text, &file, six, false, &mut own);
        for (key, table) in own.tables {
            let name = key.rsplit(' ').next().unwrap_or("");
            now.set.tables.remove(&format!("nft {} {name}", if six { "ip6" } else { "ip" }));
            now.set.tables.insert(format!("{mark}{key}"), table);
        }
        now.texts.push((file, text));
        Ok(())
    };
    if foreign {
        ask(Question::Iptables, false, "")?;
        ask(Question::Ip6tables, true, "")?;
    }
    ask(Question::LegacyIptables, false, "legacy ")?;
    ask(Question::LegacyIp6tables, true, "legacy ")?;
    Ok(now)
}

/// An answer. Where there may be rules, a program that is not there leaves them unseen.
fn told(host: &Host<'_>, question: Question) -> Result<String, Gap> {
    host.ask(question)?.ok_or_else(|| {
        let detail = format!("the host has no program for `{}`", question.as_str());
        Gap::new(GapState::Unsupported, detail)
    })
}

impl Now {
    fn inbound(&self, sources: &[&'static str]) -> Result<Inbound, Gap> {
        inbound(&self.set, sources, None, "no rule is in the kernel that would deny it")
    }

    /// The rule at a place, as it was listed.
    fn rule(&self, place: Option<&Place>) -> Option<&str> {
        let place = place?;
        let (_, text) = self.texts.iter().find(|(file, _)| *file == place.file)?;
        let line = usize::try_from(place.line).ok()?.checked_sub(1)?;
        text.lines().nth(line).map(str::trim)
    }

    fn json(&self, found: &Inbound) -> Value {
        let mut out = json!({"denied": found.denied, "protocol": found.protocol, "why": found.why});
        if let (Some(map), Some(rule)) = (out.as_object_mut(), self.rule(found.place.as_ref())) {
            map.insert("rule".to_owned(), rule.into());
        }
        out
    }

    /// Where the kernel lets in what the configuration denies, and the other way round.
    fn drift(&self, configured: &Configured) -> Result<Value, Gap> {
        let mut out: Vec<Value> = Vec::new();
        for (family, sources) in [("IPv4", &SOURCES4), ("IPv6", &SOURCES6)] {
            let (now, then) = (self.inbound(sources)?, configured.inbound(sources)?);
            let entry = |looser: bool, protocol: &str, port: Option<u16>| json!({"Looser": looser, "Family": family, "Protocol": protocol, "Port": port});
            if now.denied != then.denied {
                let looser = then.denied;
                let open = if looser { &now } else { &then };
                let mut entry = entry(looser, open.protocol, None);
                self.place(&mut entry, looser, open.place.as_ref());
                out.push(entry);
                continue;
            }
            for looser in [true, false] {
                let (a, b) = (&self.set, &configured.set);
                let all = if looser {
                    reached((a, sources), (b, sources))?
                } else {
                    reached((b, sources), (a, sources))?
                };
                for (protocol, port, place) in all as Vec<Reached> {
                    let mut entry = entry(looser, protocol, Some(port));
                    self.place(&mut entry, looser, place.as_ref());
                    out.push(entry);
                }
            }
        }
        Ok(out.into())
    }

    /// The rule that lets in: of the kernel as text, of the configuration as a place.
    fn place(&self, entry: &mut Value, looser: bool, place: Option<&Place>) {
        let Some(map) = entry.as_object_mut() else { return };
        if looser {
            if let Some(rule) = self.rule(place) {
                map.insert("Rule".to_owned(), rule.into());
            }
        } else if let Some(more) = place.map(at) {
            map.extend(more.as_object().cloned().unwrap_or_default());
        }
    }
}
