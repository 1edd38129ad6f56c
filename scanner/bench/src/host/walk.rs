//! The walk over a root, beside the least that a walk which looks at every name can cost.

use std::path::Path;

use anyhow::{Context, Result, bail};
use assay_collect_host::Folder;
use assay_core::{Gap, Resource, Timestamp};
use assay_host::{Host, Output, Root, WalkPlan};
use serde_json::{Value, json};

use crate::{again, median};

/// Walks in one process; the first one warms the caches and is not counted.
const WALKS: usize = 11;
/// Processes.
const RUNS: usize = 3;

/// Prints the figures and their ratios.
pub(super) fn run(root: &Path) -> Result<()> {
    let root = root.to_str().context("the root's path is not UTF-8")?;
    println!("one walk (medians of {RUNS} × {} walks)", WALKS - 1);
    let mut plain = 0.0;
    for (mode, what) in [
        ("plain", "read_dir and lstat"),
        ("walk", "the walk"),
        ("files", "all about files: walk, ACLs, owners, digests of programs"),
    ] {
        let runs: Vec<Value> = (0..RUNS)
            .map(|_| {
                serde_json::from_str(again(&["host-walk", mode, root])?.trim()).context("no JSON")
            })
            .collect::<Result<_>>()?;
        let of = |k: &str| median(runs.iter().filter_map(|r| r.get(k)?.as_f64()).collect());
        let seconds = of("seconds");
        if mode == "plain" {
            plain = seconds;
        }
        println!(
            "  {:6.1} ms CPU {:5.2} × plain  {what}: {:.0} names",
            seconds * 1e3,
            seconds / plain,
            of("names")
        );
    }
    Ok(())
}

/// One measurement, in a process of its own.
pub(crate) fn one(mode: &str, root: &Path) -> Result<()> {
    let folder = Folder::open(root).with_context(|| format!("cannot open {}", root.display()))?;
    let walk: &dyn Fn() -> Result<u64> = match mode {
        "plain" => &|| plain(root),
        "walk" => &|| {
            let mut bytes = 0;
            let walked = folder.walk(&WalkPlan::default(), &mut |met| bytes += met.stat.size);
            // Somebody uses what the walk looks at.
            std::hint::black_box(bytes);
            Ok(walked.names)
        },
        "files" => &|| files(&folder),
        other => bail!("no mode {other}"),
    };
    let mut names = 0;
    let mut seconds = Vec::new();
    for _ in 0..WALKS {
        let start = cpu_nanoseconds()?;
        names = walk()?;
        seconds.push((cpu_nanoseconds()? - start) as f64 / 1e9);
    }
    println!("{}", json!({"names": names, "seconds": median(seconds.split_off(1))}));
    Ok(())
}

/// CPU time of this thread, in nanoseconds: the first figure of /proc/self/schedstat
/// (Documentation/scheduler/sched-stats.rst).
fn cpu_nanoseconds() -> Result<u64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat")
        .context("this kernel does not tell how long a thread ran")?;
    text.split_whitespace().next().and_then(|n| n.parse().ok()).context("no figure")
}

/// What every walk has to do: list each directory, and look at each name.
fn plain(dir: &Path) -> Result<u64> {
    let (mut names, mut bytes) = (0, 0);
    let mut open = vec![dir.to_owned()];
    while let Some(dir) = open.pop() {
        for entry in std::fs::read_dir(&dir).with_context(|| format!("{}", dir.display()))? {
            let entry = entry?;
            let meta = entry.metadata()?;
            names += 1;
            bytes += meta.len();
            if meta.is_dir() {
                open.push(entry.path());
            }
        }
    }
    std::hint::black_box(bytes);
    Ok(names)
}

/// The subject that walks, documents and all.
fn files(root: &dyn Root) -> Result<u64> {
    struct Taken(u64);
    impl Output for Taken {
        fn put(&mut self, document: Resource) {
            let names = document.properties.get("Names").and_then(Value::as_u64);
            self.0 = names.unwrap_or(self.0);
        }
        fn listed(&mut self, _: &'static str, _: Result<(), Gap>) {}
    }
    let subjects = assay_host::all();
    let subject = subjects.iter().find(|s| s.name == "filesystem").context("nobody walks")?;
    let host = Host::new(root, "bench", Timestamp::UNIX_EPOCH);
    let mut taken = Taken(0);
    (subject.collect)(&host, &mut taken);
    Ok(taken.0)
}
