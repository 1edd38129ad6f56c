//! Tests that compare with real programs, run again where those are: in an installed Debian.
//!
//! Few machines have auditd, rsyslog and sshd all at once, and nobody wants their daemons on a
//! machine only for tests. The Debian root of the tests has them.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Result, bail};

use crate::run::{cargo, check, command, root, target_dir};
use crate::tools::Tools;

/// A line of the list of skips: `name: why`, of the host's tests `file/name: why`.
fn name(line: &str) -> &str {
    line.split_once(": ").map_or(line, |(name, _)| name)
}

/// Runs the files of tests in which something was skipped again, inside of the Debian root: what is
/// skipped in both.
pub(crate) fn again(tools: &Tools, skipped: Vec<String>) -> Result<Vec<String>> {
    let files: BTreeSet<&str> =
        skipped.iter().filter_map(|line| Some(name(line).split_once('/')?.0)).collect();
    let Some(debian) = tools.get("debian").filter(|_| !files.is_empty()) else {
        return Ok(skipped);
    };
    let script = root().join("scanner/xtask/in-debian.sh");
    let shared = format!("{}\n{}", root().display(), target_dir()?.display());
    let mut probe = command(&script)?;
    probe.arg("true").env("ASSAY_TEST_DEBIAN", debian).env("ASSAY_TEST_SHARED", &shared);
    if !probe.output()?.status.success() {
        // In a container, mostly: no overlay can be mounted.
        return Ok(skipped);
    }
    let list = target_dir()?.join("tools").join("skipped-again");
    std::fs::write(&list, "")?;
    let mut c = cargo(&["test", "--release", "--workspace", "--no-fail-fast"])?;
    for file in files {
        c.args(["--test", file]);
    }
    c.arg("--config").arg(format!("target.'cfg(unix)'.runner = [{:?}]", text(&script)?));
    tools.export(&mut c);
    c.env("ASSAY_TEST_SHARED", &shared).env("ASSAY_TEST_SKIPS", &list);
    check(c)?;
    let still = std::fs::read_to_string(&list)?;
    let still: BTreeSet<&str> = still.lines().map(name).collect();
    let here = |line: &String| !name(line).contains('/') || still.contains(name(line));
    Ok(skipped.into_iter().filter(here).collect())
}

fn text(path: &Path) -> Result<&str> {
    match path.to_str() {
        Some(text) => Ok(text),
        None => bail!("the path of this folder is not UTF-8: {}", path.display()),
    }
}
