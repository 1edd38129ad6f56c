//! Hosts: a scan of a root beside the tools that people use for it, the walk beside the least that a
//! walk can cost, and a tree of a million names.
//!
//! `cargo xtask bench host [ROOT]`; without a root the installed Debian of the tests. The scan and
//! the other tools run as programs of their own under GNU time, which tells their CPU seconds and
//! their peak memory.

mod others;
mod walk;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::{Scratch, median};
pub(crate) use walk::one as walk_one;

/// Runs for each figure.
const RUNS: usize = 5;
/// Names of the large tree.
const MANY: usize = 1_000_000;

/// What one run of a program took.
struct Taken {
    /// User and system, in seconds.
    cpu: f64,
    /// In seconds.
    wall: f64,
    /// Peak, in MiB; of the largest process where there are several.
    peak: f64,
    /// What it printed.
    printed: String,
    code: i32,
}

/// Prints all figures of hosts.
pub(crate) fn run(root: Option<&str>) -> Result<()> {
    let scratch = Scratch::new("host")?;
    if !Path::new(TIME).is_file() {
        println!("SKIPPED hosts: they are measured with GNU time, Debian's package `time`");
        return Ok(());
    }
    let root = root
        .map(PathBuf::from)
        .or_else(|| std::env::var_os("ASSAY_TEST_DEBIAN").map(PathBuf::from));
    match root {
        Some(root) => {
            let own = scan(&root, &scratch.0)?;
            walk::run(&root)?;
            others::run(&root, &scratch.0, own)?;
        }
        None => println!("SKIPPED a Debian root: name one, or let `cargo xtask test` install it"),
    }
    many(&scratch.0)
}

/// The program that measures others.
const TIME: &str = "/usr/bin/time";

/// Runs a program once.
fn taken(program: &Path, args: &[&str]) -> Result<Taken> {
    let out = Command::new(TIME)
        .args(["-q", "-f", "\nassay-bench %U %S %e %M"])
        .arg(program)
        .args(args)
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("cannot start {}", program.display()))?;
    let errors = String::from_utf8_lossy(&out.stderr);
    let line = errors.lines().rev().find_map(|l| l.strip_prefix("assay-bench "));
    let line = line.with_context(|| format!("{}: {errors}", program.display()))?;
    let figures: Vec<f64> = line.split_whitespace().filter_map(|f| f.parse().ok()).collect();
    let [user, system, wall, kib] = figures.as_slice() else { bail!("GNU time printed {line}") };
    Ok(Taken {
        cpu: user + system,
        wall: *wall,
        peak: kib / 1024.0,
        printed: String::from_utf8_lossy(&out.stdout).into_owned(),
        code: out.status.code().unwrap_or(-1),
    })
}

/// Medians of CPU seconds, wall seconds and peak MiB.
fn medians(runs: &[Taken]) -> (f64, f64, f64) {
    let of = |figure: fn(&Taken) -> f64| median(runs.iter().map(figure).collect());
    (of(|t| t.cpu), of(|t| t.wall), of(|t| t.peak))
}

/// The built program: `ASSAY_BIN`, or the one beside this.
fn assay() -> Result<PathBuf> {
    if let Some(path) = std::env::var_os("ASSAY_BIN") {
        return Ok(path.into());
    }
    let me = std::env::current_exe().context("cannot tell where this program lies")?;
    Ok(me.with_file_name("assay"))
}

fn text(path: &Path) -> Result<&str> {
    path.to_str().with_context(|| format!("{} is not UTF-8", path.display()))
}

/// `assay scan host --root` and its two halves. Gives the CPU seconds of the whole.
fn scan(root: &Path, scratch: &Path) -> Result<f64> {
    let program = assay()?;
    let (out, snapshot) = (scratch.join("out"), scratch.join("out/snapshot"));
    let again = scratch.join("again");
    let (out, snapshot, again) = (text(&out)?, text(&snapshot)?, text(&again)?);
    let root = text(root)?;
    let scan = ["scan", "host", "--root", root, "--name", "bench", "--fail-on", "none", "--quiet"];
    let all = [scan.as_slice(), &["--out", out]].concat();
    let collected = scratch.join("collected");
    let collect = ["collect", "host", "--root", root, "--name", "bench", "--quiet"];
    let collect = [collect.as_slice(), &["--out", text(&collected)?]].concat();
    let evaluate = ["evaluate", snapshot, "--fail-on", "none", "--quiet", "--out", again];
    println!("{root} (medians of {RUNS} runs)");
    let mut whole = 0.0;
    for (what, args) in
        [("scan host --root", all.as_slice()), ("  collect", &collect), ("  evaluate", &evaluate)]
    {
        let runs: Vec<Taken> = (0..RUNS).map(|_| taken(&program, args)).collect::<Result<_>>()?;
        if let Some(bad) = runs.iter().find(|r| !matches!(r.code, 0 | 3)) {
            bail!("{what} ended with {}", bad.code);
        }
        let (cpu, wall, peak) = medians(&runs);
        println!("  {what:18} {cpu:6.2} s CPU {wall:6.2} s wall {peak:6.1} MiB peak");
        if whole == 0.0 {
            whole = cpu;
        }
    }
    println!("  {}", judged(Path::new(out))?);
    Ok(whole)
}

/// What a scan judged.
fn judged(out: &Path) -> Result<String> {
    let path = out.join("assessment.json");
    let text = std::fs::read_to_string(&path)
        .with_context(|| format!("cannot read {}", path.display()))?;
    let assessment: Value = serde_json::from_str(&text).context("no assessment")?;
    let rules = assessment.get("rules").and_then(Value::as_array).cloned().unwrap_or_default();
    let count = |status: &str| {
        rules.iter().filter(|r| r.get("status").and_then(Value::as_str) == Some(status)).count()
    };
    let names = count("pass") + count("fail") + count("not_applicable") + count("waived");
    Ok(format!(
        "{names} rules evaluated: {} pass, {} fail, {} not applicable; {} not assessed",
        count("pass"),
        count("fail"),
        count("not_applicable"),
        count("not_assessed")
    ))
}

/// A root with a million names.
fn many(scratch: &Path) -> Result<()> {
    let root = scratch.join("many");
    println!("a tree of {MANY} names (one run)");
    std::fs::create_dir_all(root.join("etc"))?;
    std::fs::write(root.join("etc/os-release"), "ID=debian\nVERSION_ID=\"12\"\n")?;
    let mut made = 2;
    'all: for outer in 0.. {
        for inner in 0..100 {
            let dir = root.join(format!("srv/{outer:03}/{inner:03}"));
            std::fs::create_dir_all(&dir)?;
            for name in 0..100 {
                std::fs::File::create(dir.join(format!("name-{name:03}")))?;
            }
            made += 101;
            if made >= MANY {
                break 'all;
            }
        }
    }
    let out = scratch.join("many-out");
    let args = [
        "scan",
        "host",
        "--root",
        text(&root)?,
        "--name",
        "many",
        "--fail-on",
        "none",
        "--quiet",
        "--out",
        text(&out)?,
    ];
    let run = taken(&assay()?, &args)?;
    println!(
        "  {:.2} s CPU {:.2} s wall {:.1} MiB peak (ended with {})",
        run.cpu, run.wall, run.peak, run.code
    );
    Ok(())
}
