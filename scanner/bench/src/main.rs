//! `cargo xtask bench`: prints figures, asserts nothing. Each measurement runs in a process of its
//! own, so that its peak memory is its own. Two noisy cores: quote ratios and medians.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a tool that prints figures")]
#![expect(clippy::disallowed_methods, reason = "a tool that measures time and reads its settings")]

mod estate;
mod evaluate;
mod host;
mod render;
mod scan;

use std::path::PathBuf;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail};

// The program's allocator: what is measured is what runs.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        [] => all(),
        ["scan"] => scan::run(),
        ["evaluate"] => evaluate::run(),
        ["render"] => render::run(),
        ["host"] => host::run(None),
        ["host", root] => host::run(Some(root)),
        ["host-walk", mode, dir] => host::walk_one(mode, &PathBuf::from(dir)),
        ["evaluate-make", dir, n] => parse(n).and_then(|n| estate::make(&PathBuf::from(dir), n)),
        ["evaluate-one", mode, dir] => evaluate::one(mode, &PathBuf::from(dir)),
        _ => Err(anyhow::anyhow!("assay-bench [scan|evaluate|render|host [ROOT]]")),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("error: {e:#}");
            ExitCode::FAILURE
        }
    }
}

fn all() -> Result<()> {
    evaluate::run()?;
    render::run()?;
    host::run(None)?;
    scan::run()
}

fn parse(n: &str) -> Result<u64> {
    n.parse().with_context(|| format!("{n} is no number"))
}

/// Runs this program again in a process of its own and gives what it printed.
fn again(args: &[&str]) -> Result<String> {
    let me = std::env::current_exe().context("cannot tell where this program lies")?;
    // With it, every error that the parser of Rego tries and takes back would record a backtrace.
    let out = Command::new(me)
        .args(args)
        .env_remove("RUST_BACKTRACE")
        .output()
        .context("cannot start a measurement")?;
    if !out.status.success() {
        bail!("{args:?}: {}", String::from_utf8_lossy(&out.stderr));
    }
    Ok(String::from_utf8_lossy(&out.stdout).into_owned())
}

/// Peak memory of this process in MiB.
fn peak_mib() -> u64 {
    status_mib("VmHWM:")
}

/// Memory that this process has now, in MiB.
fn rss_mib() -> u64 {
    status_mib("VmRSS:")
}

/// A size that the kernel tells of this process, in MiB (proc(5)).
fn status_mib(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix(name)).unwrap_or_default();
    line.split_whitespace().next().and_then(|n| n.parse::<u64>().ok()).unwrap_or(0) / 1024
}

/// CPU seconds of this process so far, user and system.
fn cpu_seconds() -> f64 {
    // Fields 14 and 15 of /proc/self/stat, in clock ticks of 1/100 s (proc(5)); the name in
    // parentheses may hold blanks.
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let rest = stat.rsplit(')').next().unwrap_or_default();
    let ticks: f64 =
        rest.split_whitespace().skip(11).take(2).filter_map(|f| f.parse::<f64>().ok()).sum();
    ticks / 100.0
}

/// The middle of some figures.
fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}

/// A scratch folder that goes away at the end.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Result<Self> {
        let dir = std::env::temp_dir().join(format!("assay-bench-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&dir)
            .with_context(|| format!("cannot create {}", dir.display()))?;
        Ok(Self(dir))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // Best effort: it lies in the system's temporary folder.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
