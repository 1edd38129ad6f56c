//! Evaluation: the whole of it, and beside it the bare engine over the same documents.
//!
//! Two bounds, each in a process of its own, over the same snapshot with the same programs:
//!
//! - **bare** parses, sets and executes inputs that are ready in memory: documents as rules see
//!   them, derived facets and related documents included. It executes what the gate lets run and
//!   nothing else, so it does no work that the whole run does not do.
//! - **joined** makes those inputs too: it reads and decompresses segments, puts related documents
//!   together and derives facets (who may do what, what is reachable), which no rule could do for
//!   itself. What the whole run adds to it is digests, the gate, verdicts with their evidence, and
//!   their order over the estate.
//!
//! The estate is many small accounts (232 documents in 82 segments each): what is paid once for an
//! account or a segment weighs most there.
//!
//! Measured on two busy cores (CPU seconds, medians of three, November 2026):
//!
//! | resources | whole | bare | joined | whole ÷ bare | whole ÷ joined | peak, of it before |
//! |---|---|---|---|---|---|---|
//! | 10,208 | 1.10 | 0.42 | 1.05 | 2.6 | 1.05 | 131, 73 MiB |
//! | 100,224 | 12.1 | 4.1 | 11.1 | 2.9 | 1.08 | 190, 119 MiB |
//!
//! The aim of 1.25 × bare is not reached: more than half of the whole run makes inputs. Without the
//! manifest, which grows with accounts and types, memory grows by 13 MiB for ten times the estate.

use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use assay_eval::bare::{self, Bare};
use assay_eval::{RuleSet, evaluate};
use assay_snapshot::{Snapshot, Source};
use serde_json::{Value, json};

use crate::{Scratch, again, cpu_seconds, estate, median, peak_mib, rss_mib};

/// Runs for each figure.
const RUNS: usize = 3;

/// Prints the figures for 10,000 and 100,000 resources.
pub(crate) fn run() -> Result<()> {
    println!("evaluation, all rules (medians of {RUNS} runs)");
    for wanted in ["10000", "100000"] {
        let scratch = Scratch::new(wanted)?;
        let dir = scratch.0.join("snapshot");
        let dir = dir.to_str().context("the temporary folder's path is not UTF-8")?;
        again(&["evaluate-make", dir, wanted])?;
        let full = measure("full", dir)?;
        let bare = measure("bare", dir)?;
        let joined = measure("joined", dir)?;
        let figure =
            |v: &[Value], k: &str| median(v.iter().filter_map(|x| x.get(k)?.as_f64()).collect());
        let (resources, pairs) = (figure(&full, "resources"), figure(&full, "pairs"));
        println!(
            "  {resources:.0} resources, {pairs:.0} rule × resource: {:.0} resources/s, {:.0} ns CPU a pair, peak {:.0} MiB ({:.0} MiB before, with rules and manifest)",
            resources / figure(&full, "wall"),
            figure(&full, "cpu") * 1e9 / pairs,
            figure(&full, "peak_mib"),
            figure(&full, "ready_mib"),
        );
        println!(
            "  bare engine (parse, set input, execute): {:.0} ns CPU a pair; whole ÷ bare: CPU {:.2}, wall {:.2}",
            figure(&bare, "cpu") * 1e9 / pairs,
            figure(&full, "cpu") / figure(&bare, "cpu"),
            figure(&full, "wall") / figure(&bare, "wall"),
        );
        println!(
            "  the same with reading, joins and derived facets: {:.0} ns CPU a pair; whole ÷ this: CPU {:.2}, wall {:.2}",
            figure(&joined, "cpu") * 1e9 / pairs,
            figure(&full, "cpu") / figure(&joined, "cpu"),
            figure(&full, "wall") / figure(&joined, "wall"),
        );
    }
    Ok(())
}

fn measure(mode: &str, dir: &str) -> Result<Vec<Value>> {
    (0..RUNS)
        .map(|_| {
            let text = again(&["evaluate-one", mode, dir])?;
            serde_json::from_str(text.trim()).context("a measurement printed no JSON")
        })
        .collect()
}

/// One measurement, in a process of its own.
pub(crate) fn one(mode: &str, dir: &Path) -> Result<()> {
    let snapshot = Snapshot::open(dir)?;
    let library = estate::library()?;
    let set = RuleSet::new(&library, &std::collections::BTreeMap::new())?;
    set.compile()?;
    let ready = rss_mib();
    let prepared = match mode {
        "bare" => Some(Bare::prepare(&set, &snapshot)?),
        "full" | "joined" => None,
        other => bail!("no mode {other}"),
    };
    let (start, cpu) = (Instant::now(), cpu_seconds());
    let mut pairs = 0_u64;
    match prepared {
        Some(prepared) => pairs = prepared.run(),
        None if mode == "joined" => pairs = bare::joined(&set, &snapshot)?,
        None => evaluate(&set, &snapshot, &mut |_, _| pairs += 1)?,
    }
    let resources: u64 = snapshot.segments().iter().map(|s| s.count).sum();
    println!(
        "{}",
        json!({
            "resources": resources, "pairs": pairs, "wall": start.elapsed().as_secs_f64(),
            "cpu": cpu_seconds() - cpu, "ready_mib": ready, "peak_mib": peak_mib(),
        })
    );
    Ok(())
}
