//! The tools that people use for hosts, over the same root: oscap with Debian's content, and Lynis.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::{Taken, medians, taken, text};

/// Runs for each figure.
const RUNS: usize = 3;
/// Where Debian's `ssg-debian` puts its content.
const CONTENT: &str = "/usr/share/xml/scap/ssg/content";

/// Prints the figures beside our own CPU seconds.
pub(super) fn run(root: &Path, scratch: &Path, own: f64) -> Result<()> {
    println!("others (medians of {RUNS} runs)");
    oscap(root, scratch, own)?;
    lynis(root, own)
}

fn there(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let more = [PathBuf::from("/usr/sbin"), PathBuf::from("/usr/bin")];
    std::env::split_paths(&path).chain(more).map(|d| d.join(program)).find(|p| p.is_file())
}

fn show(what: &str, runs: &[Taken], own: f64, rules: &str) {
    let (cpu, wall, peak) = medians(runs);
    println!(
        "  {what:18} {cpu:6.2} s CPU {wall:6.2} s wall {peak:6.1} MiB peak; {rules}; CPU ÷ ours {:.1}",
        cpu / own
    );
}

/// Every profile of the newest content. Content for an older Debian asks for that release and skips
/// everything else: the question is taken out of a copy.
fn oscap(root: &Path, scratch: &Path, own: f64) -> Result<()> {
    let Some(program) = there("oscap-chroot") else {
        println!(
            "  SKIPPED oscap: Debian's packages openscap-scanner and openscap-utils are not there"
        );
        return Ok(());
    };
    let found = (10..20).rev().map(|n| Path::new(CONTENT).join(format!("ssg-debian{n}-ds.xml")));
    let Some(content) = found.into_iter().find(|p| p.is_file()) else {
        println!("  SKIPPED oscap: Debian's package ssg-debian is not there");
        return Ok(());
    };
    let xml =
        std::fs::read_to_string(&content).with_context(|| format!("{}", content.display()))?;
    let profiles: Vec<&str> =
        xml.split("Profile id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    let copy = scratch.join("content.xml");
    let asks = |l: &&str| {
        !(l.contains("<xccdf") && l.contains(":platform ") && l.contains("debian_linux"))
    };
    let kept: Vec<&str> = xml.split_inclusive('\n').filter(asks).collect();
    std::fs::write(&copy, kept.concat())?;
    let copy = text(&copy)?;
    for profile in profiles {
        let args = [text(root)?, "xccdf", "eval", "--profile", profile, copy];
        let runs: Vec<Taken> = (0..RUNS).map(|_| taken(&program, &args)).collect::<Result<_>>()?;
        let results = |word: &str| {
            let lines = runs.first().map_or("", |r| r.printed.as_str()).lines();
            lines.filter(|l| l.starts_with("Result") && l.ends_with(word)).count()
        };
        let name = profile.rsplit("profile_").next().unwrap_or(profile);
        let rules = format!(
            "{name}: {} rules evaluated ({} pass, {} fail), {} not",
            results("\tpass") + results("\tfail"),
            results("\tpass"),
            results("\tfail"),
            results("\tnotapplicable")
                + results("\tnotchecked")
                + results("\tunknown")
                + results("\terror"),
        );
        show("oscap-chroot", &runs, own, &rules);
    }
    Ok(())
}

fn lynis(root: &Path, own: f64) -> Result<()> {
    let Some(program) = there("lynis") else {
        println!("  SKIPPED lynis: Debian's package lynis is not there");
        return Ok(());
    };
    let args = [
        "audit",
        "system",
        "--forensics",
        "--rootdir",
        text(root)?,
        "--quick",
        "--no-colors",
        "--no-log",
    ];
    let runs: Vec<Taken> = (0..RUNS).map(|_| taken(&program, &args)).collect::<Result<_>>()?;
    let printed = runs.first().map_or("", |r| r.printed.as_str());
    let of = |what: &str| {
        let line = printed.lines().find(|l| l.contains(what)).unwrap_or_default();
        line.rsplit(':').next().unwrap_or_default().trim().to_owned()
    };
    let rules =
        format!("{} tests performed, index {}", of("Tests performed"), of("Hardening index"));
    show("lynis --rootdir", &runs, own, &rules);
    Ok(())
}
