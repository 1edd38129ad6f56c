//! Running programs, and the tasks that are one program each.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::tools::Tools;

/// The repository's root. Cargo tells it at run time: the folder in which this program was built
/// may be that of another clone that shares the target folder.
pub(crate) fn root() -> PathBuf {
    let here = std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    here.ancestors().nth(2).unwrap_or(&here).to_path_buf()
}

/// The target folder of this build: two levels above this program.
pub(crate) fn target_dir() -> Result<PathBuf> {
    let me = std::env::current_exe().context("cannot tell where this program lies")?;
    me.ancestors()
        .nth(2)
        .map(Path::to_path_buf)
        .context("this program lies outside a target folder")
}

/// The built program.
pub(crate) fn assay() -> Result<PathBuf> {
    Ok(target_dir()?.join("release").join(format!("assay{}", std::env::consts::EXE_SUFFIX)))
}

/// A command in the repository's root, on this build's target folder.
pub(crate) fn command(program: impl AsRef<OsStr>) -> Result<Command> {
    let mut c = Command::new(program);
    c.current_dir(root()).env("CARGO_TARGET_DIR", target_dir()?);
    // Cargo tells this program its own package; a build script that watches these variables
    // (ring's does) would otherwise run again each time a build is started from here.
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            c.env_remove(&name);
        }
    }
    Ok(c)
}

/// Cargo, in the repository's root.
pub(crate) fn cargo(args: &[&str]) -> Result<Command> {
    let mut c = command(option_env!("CARGO").unwrap_or("cargo"))?;
    c.args(args);
    Ok(c)
}

/// Runs to the end; an error names the command.
pub(crate) fn check(mut c: Command) -> Result<()> {
    let status = c.status().with_context(|| format!("cannot start {c:?}"))?;
    if !status.success() {
        bail!("{} ended with {status}", Path::new(c.get_program()).display());
    }
    Ok(())
}

/// Runs to the end and gives what it printed.
pub(crate) fn output(mut c: Command) -> Result<String> {
    let out = c.stderr(Stdio::inherit()).output().with_context(|| format!("cannot start {c:?}"))?;
    if !out.status.success() {
        bail!("{} ended with {}", Path::new(c.get_program()).display(), out.status);
    }
    String::from_utf8(out.stdout).context("the program printed something that is not UTF-8")
}

/// `cargo xtask bench`.
pub(crate) fn bench(only: Option<&str>, root: Option<&Path>) -> Result<()> {
    // Hosts need neither the other providers nor Python.
    let host = only == Some("host");
    let mut build = cargo(&["build", "--release", "-p", "assay-cli", "-p", "assay-bench"])?;
    if host {
        build.args(["--no-default-features", "--features", "assay-cli/host"]);
    }
    check(build)?;
    let tools = match (host, root) {
        (true, Some(_)) => Tools::set_up(&[])?,
        (true, None) => Tools::set_up(&["debian"])?,
        (false, _) => Tools::set_up(&["python", "debian"])?,
    };
    let program = target_dir()?.join("release").join("assay-bench");
    let mut c = command(program)?;
    c.args(only).args(root).env("ASSAY_BIN", assay()?);
    tools.export(&mut c);
    check(c)
}

/// `cargo xtask demo`.
pub(crate) fn demo() -> Result<()> {
    check(cargo(&["build", "--release", "-p", "assay-cli"])?)?;
    let larkspur = ["-p", "assay-collect-azure", "--features", "fake", "--example", "larkspur"];
    check(cargo(&[&["build", "--release"][..], &larkspur].concat())?)?;
    let tools = Tools::set_up(&["python"])?;
    let Some(python) = tools.python() else {
        bail!("the demo estate is made with Python and moto: {}", tools.why("python"));
    };
    let mut c = command(python)?;
    c.arg("fixtures/demo/make.py").env("ASSAY_BIN", assay()?);
    check(c)
}
