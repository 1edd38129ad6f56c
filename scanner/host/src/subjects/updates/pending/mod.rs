//! Security updates that the lists on the disk know and the host does not have.
//!
//! What counts as one is the distribution's own marking: the release that a list belongs to (apt), the
//! type of an advisory (rpm). Where nothing is marked, only that nothing newer is offered at all proves
//! that no security update is missing.

mod apk;
mod rpm;

use std::cmp::Ordering;
use std::collections::BTreeMap;

use assay_core::{Gap, GapState};
use serde_json::{Value, json};

use super::apt::{self, Apt, List};
use super::{decode, version};
use crate::dpkg::{self, Installed, Paragraphs};
use crate::{Host, gap};
pub(super) use apk::apk;
pub(super) use rpm::{Source, rpm};

/// Days after which lists that know no update prove nothing.
pub(super) const MAX_AGE: i64 = 7;
/// Most updates that are named.
const MAX_PENDING: usize = 2_000;
/// Most packages that a reason names.
const MAX_EXAMPLES: usize = 5;

/// A newer version of a package that a list without marks offers.
#[derive(Debug)]
struct Newer {
    name: String,
    have: String,
    offered: String,
}

/// The reason why newer versions prove nothing: who offers them, the first few, why.
fn unmarked(whose: &str, all: &[Newer], why: &str) -> Gap {
    let first: Vec<String> = all
        .iter()
        .take(MAX_EXAMPLES)
        .map(|n| format!("{} {} (installed: {})", n.name, n.offered, n.have))
        .collect();
    let more = if all.len() > first.len() { ", …" } else { "" };
    let detail = format!(
        "{whose} offers newer versions of {} installed packages ({}{more}), and {why}",
        all.len(),
        first.join(", ")
    );
    Gap::new(GapState::Unsupported, detail)
}

/// Days from one time to another. Lists of the future are of today.
fn days(host: &Host<'_>, then: assay_core::Timestamp) -> i64 {
    host.now().as_second().saturating_sub(then.as_second()).max(0) / 86_400
}

/// The lists of releases with security updates, as documents hold them.
pub(super) fn described(lists: &[List]) -> Value {
    let one = |l: &List| {
        json!({
            "Origin": l.release.origin, "Suite": l.release.suite, "Codename": l.release.codename,
            "Date": l.release.date.map(|d| d.to_string()), "file": l.file.display().to_string(), "line": 1,
        })
    };
    lists.iter().filter(|l| l.release.security()).map(one).collect::<Vec<_>>().into()
}

/// Every pending security update: `{Package, Architecture, Installed, Candidate, Held}`.
///
/// # Errors
/// What cannot be read; lists that are missing, or too old to prove that there is none.
pub(super) fn apt(
    host: &Host<'_>,
    apt: &Apt,
    installed: &super::Installed,
) -> Result<(Vec<List>, Result<Value, Gap>), Gap> {
    if let Some(gap) = &apt.conf.gap {
        return Err(gap.clone());
    }
    let sources = apt.sources.as_ref().map_err(Clone::clone)?;
    let lists = apt::lists(host, &apt.conf, &sources.all)?;
    let found = updates(host, &lists, installed);
    Ok((lists, found))
}

fn updates(host: &Host<'_>, lists: &[List], installed: &super::Installed) -> Result<Value, Gap> {
    let security: Vec<&List> = lists.iter().filter(|l| l.release.security()).collect();
    let unsure = |detail: String| Err(Gap::new(GapState::Unsupported, detail));
    if security.is_empty() {
        return unsure("there is no package list of a source with security updates".to_owned());
    }
    let Some(installed) = installed.as_ref().map_err(Clone::clone)? else {
        return Err(gap(dpkg::STATUS.as_ref(), &crate::Miss::Absent));
    };
    let native = installed.values().find(|p| p.name == "dpkg").map(|p| p.architecture.clone());
    let native = native.unwrap_or_default();
    let proper = |a: &str| if a == "all" { native.clone() } else { a.to_owned() };
    let by_name: BTreeMap<(&str, String), &Installed> =
        installed.values().map(|p| ((p.name.as_str(), proper(&p.architecture)), p)).collect();
    let mut newest: BTreeMap<(String, String), String> = BTreeMap::new();
    let mut lost: Option<Gap> = None;
    for list in &security {
        if list.packages.is_empty() {
            let detail = format!("{} has no list of packages beside it", list.file.display());
            lost.get_or_insert(Gap::new(GapState::Unsupported, detail));
        }
        for file in &list.packages {
            let mut split = Paragraphs::default();
            let mut take = |paragraph: &str| {
                let field = |name| dpkg::field(paragraph, name);
                let (Some(name), Some(offered)) = (field("Package"), field("Version")) else {
                    return;
                };
                let architecture = proper(field("Architecture").unwrap_or(""));
                let Some(have) = by_name.get(&(name, architecture.clone())) else { return };
                if version::compare(&have.version, offered) == Ordering::Less {
                    let best = newest.entry((name.to_owned(), architecture)).or_default();
                    if best.is_empty() || version::compare(best, offered) == Ordering::Less {
                        *best = offered.to_owned();
                    }
                }
            };
            if let Err(gap) = decode::text(host, file, &mut |piece| split.feed(piece, &mut take)) {
                lost.get_or_insert(gap);
            }
            split.end(&mut take);
        }
    }
    let pending: Vec<Value> = newest
        .iter()
        .take(MAX_PENDING)
        .filter_map(|((name, architecture), candidate)| {
            let have = by_name.get(&(name.as_str(), architecture.clone()))?;
            Some(json!({
                "Package": name, "Architecture": have.architecture, "Installed": have.version,
                "Candidate": candidate, "Held": have.held,
            }))
        })
        .collect();
    // What is known to be missing is missing, however old the lists are.
    if !pending.is_empty() {
        return Ok(pending.into());
    }
    if let Some(gap) = lost {
        return Err(gap);
    }
    let oldest = security.iter().map(|l| l.release.date).min().flatten();
    let Some(oldest) = oldest else {
        return unsure("the package lists with security updates have no date".to_owned());
    };
    let age = host.now().as_second().saturating_sub(oldest.as_second()) / 86_400;
    if age > MAX_AGE {
        return unsure(format!(
            "the package lists with security updates are of {oldest}, {age} days old; after {MAX_AGE} \
             days they do not prove that nothing is missing"
        ));
    }
    Ok(pending.into())
}
