//! The commands, one after the other, on the bundled estate.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use crate::exit::{Outcome, Usage};

/// A scratch folder that goes with the test.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let dir =
            std::env::temp_dir().join(format!("assay-ledger-test-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&dir);
        fs::create_dir_all(&dir).unwrap();
        Self(dir)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Runs a command line; an error with its help as text.
fn assay(args: &[&str]) -> Result<Outcome, String> {
    let all: Vec<OsString> = ["assay", "--quiet"].iter().chain(args).map(OsString::from).collect();
    let cli = crate::args::parse(all).map_err(|e| e.to_string())?;
    crate::commands::run(cli).map_err(|e| {
        let help = e.chain().find_map(|e| e.downcast_ref::<Usage>()).and_then(|u| u.help.clone());
        format!("{e:#}\n{}", help.unwrap_or_default())
    })
}

fn text(path: &Path) -> String {
    path.display().to_string()
}

#[test]
fn a_run_is_added_verified_reported_and_never_overwritten() {
    let dir = Scratch::new("whole");
    let (out, ledger) = (text(&dir.path("out")), text(&dir.path("runs.ledger")));
    let file = ["--ledger", ledger.as_str()];
    let with = |args: &[&str]| assay(&[args, &file].concat());

    assert!(with(&["ledger", "head"]).unwrap_err().contains("there is no ledger"));
    assay(&["demo", "--out", &out]).unwrap();
    // Changed, and refused; mended, and taken.
    let html = dir.path("out").join("report.html");
    let page = fs::read(&html).unwrap();
    fs::write(&html, b"green").unwrap();
    let e = with(&["ledger", "add", &out]).unwrap_err();
    assert!(e.contains("report.html has changed") && e.contains("assay verify"), "{e}");
    assert!(!Path::new(&ledger).exists(), "nothing was begun");
    fs::write(&html, page).unwrap();
    with(&["ledger", "add", &out]).unwrap();
    let e = with(&["ledger", "add", &out]).unwrap_err();
    assert!(e.contains("in the ledger already: entry 1"), "{e}");

    // The folder is whole with its receipt, and no target any more: with the ledger or without,
    // with its receipt or without.
    assert_eq!(assay(&["verify", &out]).unwrap(), Outcome::Clean);
    let e = assay(&["demo", "--out", &out]).unwrap_err();
    assert!(e.contains("never replaced") && e.contains("--out"), "{e}");
    fs::remove_file(dir.path("out").join(crate::out::RECEIPT)).unwrap();
    let e = with(&["demo", "--out", &out]).unwrap_err();
    assert!(e.contains("never replaced"), "{e}");
    assert!(html.exists());

    // The same snapshot judged again is no new night.
    let again = text(&dir.path("again"));
    let e = with(&["evaluate", &out, "--out", &again]).unwrap_err();
    assert!(e.contains("as entry 1") && e.contains("--no-ledger"), "{e}");
    assert!(!Path::new(&again).exists());

    assert_eq!(with(&["ledger", "verify"]).unwrap(), Outcome::Clean);
    let made = text(&dir.path("made"));
    for format in ["text", "json", "csv", "markdown", "html"] {
        with(&["ledger", "report", "--format", format, "--output", &made]).unwrap();
        assert!(fs::metadata(&made).unwrap().len() > 1000, "{format}");
    }
    for format in ["jsonl", "csv"] {
        with(&["ledger", "export", "--format", format, "--output", &made]).unwrap();
        assert!(fs::metadata(&made).unwrap().len() > 1000, "{format}");
    }
    let e = with(&["ledger", "report", "--framework", "pci"]).unwrap_err();
    assert!(e.contains("framework pci"), "{e}");
    let e = with(&["ledger", "report", "--from", "2026-12-01", "--to", "2026-11-01"]).unwrap_err();
    assert!(e.contains("--to is before --from"), "{e}");
    assert!(with(&["ledger", "report", "--sample", "3"]).unwrap_err().contains("--seed"));
    assert!(with(&["ledger", "verify", "--head", "abc"]).unwrap_err().contains("no digest"));
    let other = "0".repeat(64);
    assert_eq!(with(&["ledger", "verify", "--head", &other]).unwrap(), Outcome::Findings);
    assert!(with(&["ledger", "prune"]).unwrap_err().contains("no retention is declared"));
    assert!(with(&["ledger", "declare"]).unwrap_err().contains("nothing to declare"));
}

/// The bundled snapshot as of another night.
fn night(from: &Path, to: &Path, ended: &str) {
    fn copy(from: &Path, to: &Path) {
        fs::create_dir_all(to).unwrap();
        for entry in fs::read_dir(from).unwrap() {
            let entry = entry.unwrap();
            if entry.file_type().unwrap().is_dir() {
                copy(&entry.path(), &to.join(entry.file_name()));
            } else {
                fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
            }
        }
    }
    copy(from, to);
    let path = to.join("manifest.json");
    let mut manifest: assay_core::Manifest =
        serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    manifest.ended = ended.parse().unwrap();
    manifest.started = manifest.ended - jiff::Span::new().minutes(4);
    manifest.root_digest = assay_snapshot::root_digest(&manifest).unwrap();
    fs::write(path, serde_json::to_vec(&manifest).unwrap()).unwrap();
}

#[test]
fn with_a_ledger_the_last_run_is_the_baseline_and_the_new_one_is_added() {
    let dir = Scratch::new("nightly");
    let bundled = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/demo/snapshot");
    let config = dir.path("assay.toml");
    fs::write(
        &config,
        "[ledger]\nfile = \"runs.ledger\"\nschedule = \"daily 02:00\"\nretention = 400\n",
    )
    .unwrap();
    let config = text(&config);
    let ledger = text(&dir.path("runs.ledger"));
    assay(&["ledger", "declare", "--config", &config]).unwrap();
    for day in ["01", "02"] {
        let snapshot = dir.path(&format!("snapshot-{day}"));
        night(&bundled, &snapshot, &format!("2027-01-{day}T02:05:00Z"));
        let out = text(&dir.path(&format!("out-{day}")));
        let judge = ["evaluate", &text(&snapshot), "--out", &out, "--config", &config];
        assay(&[&judge[..], &["--rule", "AWS-S3-*"]].concat()).unwrap();
    }
    let entries = assay_ledger::Ledger::open(Path::new(&ledger)).unwrap().entries().unwrap();
    assert_eq!(entries.len(), 3);
    let (first, second) = (entries[1].run().unwrap(), entries[2].run().unwrap());
    assert_eq!(first.baseline, None);
    assert_eq!(second.baseline.as_ref(), Some(&first.snapshot));
    assert_eq!(second.rules, first.rules);

    // What the ledger gives as baseline is what the folder gives: the same bytes.
    let out = text(&dir.path("out-02"));
    let replay = |more: &[&str]| assay(&[&["verify", &out, "--replay"], more].concat());
    assert!(replay(&[]).unwrap_err().contains("--ledger"));
    assert_eq!(replay(&["--ledger", &ledger]).unwrap(), Outcome::Clean);
    assert_eq!(replay(&["--baseline", &text(&dir.path("out-01"))]).unwrap(), Outcome::Clean);

    // Nothing changed between both; and a baseline of one's own is refused.
    let diff = assay(&["diff", &text(&dir.path("out-01")), &out]).unwrap();
    assert_eq!(diff, Outcome::Clean);
    let snapshot = text(&dir.path("snapshot-02"));
    let e = assay(&["evaluate", &snapshot, "--config", &config, "--baseline", &out]).unwrap_err();
    assert!(e.contains("always the baseline"), "{e}");
    let other = text(&dir.path("other"));
    let alone = ["evaluate", &snapshot, "--config", &config, "--no-ledger", "--out", &other];
    assay(&[&alone[..], &["--rule", "AWS-S3-009"]].concat()).unwrap();
    // The ledger does not lie where a run would wipe it out.
    let inside = text(&dir.path("other").join("l"));
    let e = assay(&["evaluate", &snapshot, "--ledger", &inside, "--out", &other]).unwrap_err();
    assert!(e.contains("lies in the output folder"), "{e}");
}
