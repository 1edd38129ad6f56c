//! `assay explain ID --on DIR`: why a rule judged each resource of a snapshot as it did.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use assay_core::manifest::CallResult;
use assay_core::verdict::Status;
use assay_core::{Call, ListingState, Verdict};
use assay_eval::explain::{Explained, Seen};
use assay_eval::{EvalError, Library, Rule, RuleSet, assess::glob};
use assay_policies::Content;
use assay_reports::text::{clip, count, plain, time};
use assay_snapshot::{Snapshot, Source};

use super::show;
use super::turn::Turns;
use crate::args::{ExplainArgs, ListFormat};
use crate::config;
use crate::exit::{Outcome, Usage};

/// Resources that are shown as text; the worst first come into it.
pub(super) const SHOWN: usize = 20;
/// Lines of one value that are shown as text.
const LINES: usize = 40;

/// The output folder in which a resource is looked for that is named without one.
const FOLDER: &str = "./assay-out";

/// What is asked about.
pub(super) struct Asked<'a> {
    pub(super) args: &'a ExplainArgs,
    /// A snapshot or an output folder.
    pub(super) dir: PathBuf,
    /// Which resources.
    pub(super) pattern: Option<&'a str>,
    pub(super) content: &'a Content,
    pub(super) library: &'a Library,
}

/// The folder and the resources that `--on` and `--resource` mean: `--on` names a folder, or a
/// resource of the usual one.
pub(super) fn place<'a>(
    on: &'a Path,
    resource: Option<&'a str>,
) -> Result<(PathBuf, Option<&'a str>)> {
    if resource.is_some() || on.exists() {
        return Ok((on.to_path_buf(), resource));
    }
    let folder = PathBuf::from(FOLDER);
    match on.to_str() {
        Some(pattern) if folder.exists() => Ok((folder, Some(pattern))),
        _ => Err(Usage::new(
            format!("{} is no folder, and there is no {FOLDER} to look for it in", on.display()),
            "name an output folder with --on, and the resource with --resource",
        )
        .into()),
    }
}

impl Asked<'_> {
    /// Explains rules on a snapshot.
    pub(super) fn run(&self, out: &mut impl Write, rules: &[&Rule]) -> Result<Outcome> {
        let known = super::super::content::known(self.library);
        let today = Some(super::super::judge::today(None)?);
        let how = config::Load { signers: None, today };
        let config = config::load(self.args.config.as_deref(), &known, how)?;
        let snapshot = super::super::evaluate::open(&self.dir)?;
        let mut outcome = Outcome::Clean;
        for (i, rule) in rules.iter().enumerate() {
            let id = rule.meta.id.as_str();
            let set = RuleSet::select(self.library, &config.tailoring.params, |m| m.id == id)
                .map_err(|e| Usage::plain(e.to_string()))?;
            let mut all = Vec::new();
            assay_eval::explain(&set, &snapshot, &mut |e| {
                if wanted(self.pattern, &e.verdict) {
                    all.push(e);
                }
            })
            .map_err(unreadable)?;
            let calls = calls(&snapshot, &all)?;
            if self.args.format == ListFormat::Text {
                // The worst first: what is left out is what people ask for last.
                all.sort_by_key(|e| e.verdict.status);
            }
            let turns = match self.args.counterfactual {
                true => Turns::find(self, &config.tailoring.params, &snapshot, rule, &all)?,
                false => Turns::default(),
            };
            if turns.unproved() {
                outcome = Outcome::Unseen;
            }
            if i > 0 {
                writeln!(out)?;
            }
            match self.args.format {
                ListFormat::Json => json(out, rule, &all, &calls, &turns)?,
                ListFormat::Text => self.text(out, rule, &all, &calls, &snapshot, &turns)?,
            }
        }
        Ok(outcome)
    }

    fn text(
        &self,
        out: &mut impl Write,
        rule: &Rule,
        all: &[Explained],
        calls: &BTreeMap<String, Call>,
        snapshot: &Snapshot,
        turns: &Turns,
    ) -> Result<()> {
        let m = &rule.meta;
        writeln!(out, "{}  {}  ({})", m.id, m.title, m.severity)?;
        if let Some(pattern) = self.pattern.filter(|_| all.is_empty()) {
            return Err(Usage::new(
                format!("no resource that {} judges is called {pattern}", m.id),
                "leave --resource out to see which there are",
            )
            .into());
        }
        if all.is_empty() {
            return nobody(out, rule, snapshot);
        }
        if let Some(params) = all.first().map(|e| &e.params).filter(|p| !p.is_empty()) {
            let params = serde_json::Value::Object(params.clone());
            writeln!(out, "Parameters")?;
            show::lines(&params, LINES).iter().try_for_each(|line| writeln!(out, "  {line}"))?;
        }
        for explained in all.iter().take(SHOWN) {
            one(out, explained, calls)?;
            turns.show(out, &explained.verdict)?;
        }
        let rest = all.get(SHOWN..).unwrap_or_default();
        if !rest.is_empty() {
            let mut counts: BTreeMap<Status, u64> = BTreeMap::new();
            rest.iter().for_each(|e| *counts.entry(e.verdict.status).or_default() += 1);
            let counts: Vec<String> =
                counts.iter().map(|(s, n)| format!("{n} {}", words(*s))).collect();
            writeln!(
                out,
                "\n{} not shown ({}); --resource 'PATTERN' chooses, --format json shows all",
                count(rest.len() as u64, "more resource is", "more resources are"),
                counts.join(", ")
            )?;
        }
        Ok(())
    }
}

pub(super) fn unreadable(e: EvalError) -> anyhow::Error {
    match e {
        EvalError::Snapshot(e) => super::super::evaluate::usage(e),
        other => other.into(),
    }
}

fn wanted(pattern: Option<&str>, v: &Verdict) -> bool {
    pattern.is_none_or(|p| [&v.resource, &v.name, &v.account].into_iter().any(|t| glob(p, t)))
}

/// The calls that told anything of what is shown, by id.
fn calls(snapshot: &Snapshot, all: &[Explained]) -> Result<BTreeMap<String, Call>> {
    let ids: BTreeSet<&String> =
        all.iter().flat_map(|e| e.reads.iter().flat_map(|r| &r.calls)).collect();
    let mut found = BTreeMap::new();
    snapshot
        .calls(&mut |call| {
            if ids.contains(&call.id) {
                found.insert(call.id.clone(), call);
            }
        })
        .map_err(super::super::evaluate::usage)?;
    Ok(found)
}

fn json(
    out: &mut impl Write,
    rule: &Rule,
    all: &[Explained],
    calls: &BTreeMap<String, Call>,
    turns: &Turns,
) -> Result<()> {
    let calls: Vec<&Call> = calls.values().collect();
    let mut all = serde_json::json!({"rule": rule.meta.id, "resources": all, "calls": calls});
    if let (Some(turns), Some(all)) = (turns.json(), all.as_object_mut()) {
        all.insert("counterfactuals".to_owned(), turns);
    }
    serde_json::to_writer_pretty(&mut *out, &all).context("cannot write what --on shows")?;
    writeln!(out)?;
    Ok(())
}

const fn words(status: Status) -> &'static str {
    match status {
        Status::Fail => "fail",
        Status::NotAssessed => "not assessed",
        Status::Manual => "manual",
        Status::Waived => "waived",
        Status::Pass => "pass",
        Status::NotApplicable => "not applicable",
    }
}

/// There is no document to judge: what the listings say of that.
fn nobody(out: &mut impl Write, rule: &Rule, snapshot: &Snapshot) -> Result<()> {
    writeln!(out, "\nThe snapshot holds no {}.", rule.meta.resources.join(" and no "))?;
    let listings = snapshot.manifest().listings.iter();
    let mut any = false;
    for l in listings.filter(|l| rule.meta.resources.iter().any(|kind| l.kind == *kind)) {
        any = true;
        let said = match (l.state, &l.gap) {
            (ListingState::Complete, _) => "looked, and there is none".to_owned(),
            (state, Some(gap)) => format!("{}: {}", state.as_str(), gap.detail),
            (state, None) => state.as_str().to_owned(),
        };
        writeln!(out, "  {} in {}, {}: {}", l.kind, plain(&l.account), l.region, plain(&said))?;
    }
    if !any {
        writeln!(out, "  nobody looked for it: the scan was not asked for its provider")?;
    }
    Ok(())
}

fn one(out: &mut impl Write, explained: &Explained, calls: &BTreeMap<String, Call>) -> Result<()> {
    let v = &explained.verdict;
    writeln!(out, "\n{}  {}", words(v.status).to_uppercase(), plain(&v.resource))?;
    for f in &v.failures {
        let place = f.place.as_ref().map(|p| format!("  ← {p}")).unwrap_or_default();
        writeln!(out, "  {}{}", clip(&plain(&f.message), 400), plain(&place))?;
    }
    if let Some(cause) = &v.cause {
        let line = match cause.what.as_str() {
            "" => format!("{} ({})", cause.detail, cause.kind.as_str()),
            what => format!("{what} is not known: {} ({})", cause.detail, cause.kind.as_str()),
        };
        writeln!(out, "  {}", clip(&plain(&line), 400))?;
    }
    if !v.reason.is_empty() {
        writeln!(out, "  {}", clip(&plain(&v.reason), 400))?;
    }
    for seen in &explained.reads {
        facet(out, seen)?;
    }
    if !explained.beside.is_empty() {
        writeln!(out, "  Beside it, named by the rule")?;
        for seen in &explained.beside {
            facet(out, seen)?;
        }
    }
    let ids: BTreeSet<&String> = explained.reads.iter().flat_map(|r| &r.calls).collect();
    if !ids.is_empty() {
        writeln!(out, "  Told by")?;
    }
    for id in ids {
        match calls.get(id) {
            Some(call) => {
                let said = match &call.result {
                    CallResult::Ok => "answered".to_owned(),
                    CallResult::Absent { code } => format!("not there ({code})"),
                    CallResult::Gap { gap } => format!("{}: {}", gap.state.as_str(), gap.detail),
                };
                let line = format!("{} at {}: {said}  [{id}]", call.operation, time(call.ended));
                writeln!(out, "    {}", clip(&plain(&line), 300))?;
            }
            None => writeln!(out, "    {} (not in the call log)", plain(id))?,
        }
    }
    writeln!(out, "  Document sha256 {}", v.evidence.document)?;
    Ok(())
}

fn facet(out: &mut impl Write, seen: &Seen) -> Result<()> {
    let name = seen.what.trim_start_matches('/');
    if let Some(unknown) = &seen.unknown {
        let line = format!("{name}: not known, {}: {}", unknown.kind.as_str(), unknown.detail);
        writeln!(out, "  {}", clip(&plain(&line), 400))?;
    }
    let Some(value) = &seen.value else {
        if seen.unknown.is_none() {
            writeln!(out, "  {}: –", plain(name))?;
        }
        return Ok(());
    };
    let lines = show::lines(value, LINES);
    match lines.as_slice() {
        [only] if seen.unknown.is_none() => {
            writeln!(out, "  {}: {}", plain(name), only.trim_start_matches("- "))?;
        }
        lines => {
            writeln!(out, "  {}:", plain(name))?;
            lines.iter().try_for_each(|line| writeln!(out, "    {line}"))?;
        }
    }
    Ok(())
}
