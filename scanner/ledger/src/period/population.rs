//! Who was there to be tested: the resources of the period's runs, with a digest.

use std::collections::{BTreeMap, BTreeSet};

use assay_core::manifest::ListingState;
use serde::Serialize;

use crate::LedgerError;
use crate::canon::{Lines, canonical};
use crate::entry::section;
use crate::store::Ledger;
use crate::view::{Member, View};

/// The populations of a time.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Populations {
    /// Resources, each once however often it was seen.
    pub resources: u64,
    /// sha256 over the canonical lines `["<type>","<account>","<region>","<id>"]` of all of them,
    /// in the order of their bytes, each with a line end.
    pub sha256: String,
    /// By type.
    pub types: Vec<Population>,
    /// Listings that were not complete in some run: what they would have named is not among them.
    pub incomplete: Vec<Incomplete>,
}

/// The population of a type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Population {
    /// The type.
    #[serde(rename = "type")]
    pub kind: String,
    /// Resources.
    pub resources: u64,
    /// As [`Populations::sha256`], over this type alone: the digest of a report that asks for no
    /// other type.
    pub sha256: String,
}

/// A listing that was not complete.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Incomplete {
    /// The type.
    #[serde(rename = "type")]
    pub kind: String,
    /// The account.
    pub account: String,
    /// The region.
    pub region: String,
    /// The states that it had, the best first.
    pub states: Vec<&'static str>,
    /// Runs in which it was not complete.
    pub runs: u64,
}

/// A resource of a population.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) member: Member,
    /// Its canonical line.
    pub(crate) line: String,
    /// Runs that saw it.
    pub(crate) runs: u64,
}

/// Reads the populations of runs: each part once, however many runs have it.
pub(super) fn read(
    ledger: &Ledger,
    runs: &[u64],
    types: &[String],
    incomplete: Vec<Incomplete>,
) -> Result<(Populations, Vec<Seen>), LedgerError> {
    let mut parts: BTreeMap<i64, u64> = BTreeMap::new();
    for seq in runs {
        for (_, part) in ledger.parts(*seq, section::POPULATIONS)? {
            *parts.entry(part).or_default() += 1;
        }
    }
    let mut lines: BTreeMap<String, u64> = BTreeMap::new();
    for (part, runs) in parts {
        ledger.lines(part, &mut |_, line| {
            *lines.entry(line.to_owned()).or_default() += runs;
            Ok(())
        })?;
    }
    let mut members = Vec::with_capacity(lines.len());
    let (mut whole, mut by_type) = (Lines::default(), BTreeMap::<String, (u64, Lines)>::new());
    for (line, runs) in lines {
        let member: Member = serde_json::from_str(&line).map_err(|e| LedgerError::Changed {
            path: ledger.path().to_owned(),
            what: format!("a row of the populations cannot be read: {e}"),
        })?;
        debug_assert_eq!(canonical(&member).ok().as_deref(), Some(line.as_str()));
        if !types.is_empty() && !types.contains(&member.0) {
            continue;
        }
        whole.add(&line);
        let (n, of_type) = by_type.entry(member.0.clone()).or_default();
        *n += 1;
        of_type.add(&line);
        members.push(Seen { member, line, runs });
    }
    let incomplete =
        incomplete.into_iter().filter(|i| types.is_empty() || types.contains(&i.kind)).collect();
    let populations = Populations {
        resources: members.len() as u64,
        sha256: whole.digest(),
        types: by_type
            .into_iter()
            .map(|(kind, (resources, lines))| Population {
                kind,
                resources,
                sha256: lines.digest(),
            })
            .collect(),
        incomplete,
    };
    Ok((populations, members))
}

/// Collects listings that were not complete.
#[derive(Default)]
pub(super) struct Listings {
    open: BTreeMap<(String, String, String), (BTreeSet<ListingState>, u64)>,
}

impl Listings {
    pub(super) fn take(&mut self, view: &View) {
        for l in view.listings.iter().filter(|l| l.state != ListingState::Complete) {
            let key = (l.kind.clone(), l.account.clone(), l.region.clone());
            let (states, runs) = self.open.entry(key).or_default();
            states.insert(l.state);
            *runs += 1;
        }
    }

    pub(super) fn finish(self) -> Vec<Incomplete> {
        self.open
            .into_iter()
            .map(|((kind, account, region), (states, runs))| Incomplete {
                kind,
                account,
                region,
                states: states.into_iter().map(ListingState::as_str).collect(),
                runs,
            })
            .collect()
    }
}
