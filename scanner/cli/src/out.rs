//! The output folder: written beside its final place, renamed when whole, replaced only if ours.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use assay_snapshot::seal;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::exit::Usage;

/// Marks a folder as written by this program, so that it may be replaced; holds the digests of its
/// files, so that `verify` can check them.
pub(crate) const MARKER: &str = ".assay-output";

/// Says in which ledger a folder's run is: such a folder is never replaced.
pub(crate) const RECEIPT: &str = ".assay-ledger";

/// What the marker says.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Marker {
    /// Version of the marker's layout.
    schema: String,
    /// sha256 of each file beside it, by name. Empty while the folder is being written.
    files: BTreeMap<String, String>,
}

const SCHEMA: &str = "assay/output/1";

/// An output folder that is being written.
///
/// Nothing is seen in the final place before [`Out::finish`]. A run that fails takes `DIR.partial`
/// away again, unless it was told to [`Out::keep`] it.
#[derive(Debug)]
pub(crate) struct Out {
    target: PathBuf,
    partial: PathBuf,
    /// Whether nobody needs `DIR.partial` any more.
    litter: bool,
}

impl Drop for Out {
    fn drop(&mut self) {
        if self.litter {
            // Best effort: the next run clears it too.
            let _ = fs::remove_dir_all(&self.partial);
        }
    }
}

impl Out {
    /// Prepares `DIR.partial`.
    ///
    /// # Errors
    /// [`Usage`] where the folder exists and is not ours; else what the file system says.
    pub(crate) fn prepare(target: &Path) -> Result<Self> {
        refuse_foreign(target)?;
        let partial = with_suffix(target, ".partial")?;
        refuse_foreign(&partial)?;
        if partial.exists() {
            fs::remove_dir_all(&partial)
                .with_context(|| format!("cannot remove the left-over {}", partial.display()))?;
        }
        fs::create_dir_all(&partial)
            .with_context(|| format!("cannot create {}", partial.display()))?;
        write_marker(&partial, BTreeMap::new())?;
        Ok(Self { target: target.to_path_buf(), partial, litter: true })
    }

    /// What was written so far stays, even if the run fails: a snapshot took its time.
    #[cfg_attr(not(collects), allow(dead_code, reason = "used by the collecting features"))]
    pub(crate) const fn keep(&mut self) {
        self.litter = false;
    }

    /// Where a file is written now.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.partial.join(name)
    }

    /// Where the files will lie at the end.
    pub(crate) fn target(&self) -> &Path {
        &self.target
    }

    /// Moves the whole folder to its final place. An older one of ours is removed only after the
    /// new one is complete.
    pub(crate) fn finish(mut self) -> Result<()> {
        write_marker(&self.partial, digests(&self.partial)?)?;
        let old = with_suffix(&self.target, ".old")?;
        if old.exists() {
            refuse_foreign(&old)?;
            fs::remove_dir_all(&old).with_context(|| format!("cannot remove {}", old.display()))?;
        }
        if self.target.exists() {
            fs::rename(&self.target, &old)
                .with_context(|| format!("cannot move {} away", self.target.display()))?;
        }
        if let Err(e) = fs::rename(&self.partial, &self.target) {
            if old.exists() {
                // Best effort: the older result goes back to where it was.
                let _ = fs::rename(&old, &self.target);
            }
            return Err(e)
                .with_context(|| format!("cannot move the output to {}", self.target.display()));
        }
        self.litter = false;
        if old.exists() {
            fs::remove_dir_all(&old).with_context(|| format!("cannot remove {}", old.display()))?;
        }
        Ok(())
    }
}

fn write_marker(dir: &Path, files: BTreeMap<String, String>) -> Result<()> {
    let marker = Marker { schema: SCHEMA.to_owned(), files };
    let path = dir.join(MARKER);
    let mut text = serde_json::to_string_pretty(&marker)?;
    text.push('\n');
    fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))
}

/// Checks that some files of an output folder are as they were written, before anything is made of
/// them.
///
/// # Errors
/// [`Usage`] naming the first file that is not, or the missing digests.
pub(crate) fn trust(dir: &Path, names: &[&str]) -> Result<()> {
    let dir = if dir.as_os_str().is_empty() { Path::new(".") } else { dir };
    let help = format!(
        "`assay verify {0}` names every mismatch; restore {0} from its copy, hidden files \
         included, or judge its snapshot again with `assay evaluate`",
        dir.display()
    );
    let refused = |why: String| anyhow::Error::from(Usage::new(why, help.clone()));
    let path = dir.join(MARKER);
    let text = fs::read_to_string(&path).map_err(|e| {
        refused(format!(
            "cannot trust {}: the digests of its files cannot be read from {MARKER}: {e}",
            dir.display()
        ))
    })?;
    let marker: Marker = serde_json::from_str(&text)
        .map_err(|e| refused(format!("{} is damaged: {e}", path.display())))?;
    if marker.files.is_empty() {
        return Err(refused(format!("{} was never finished", dir.display())));
    }
    for name in names {
        let file = dir.join(name);
        let Some(sha) = marker.files.get(*name) else {
            return Err(refused(format!("{} was not written by assay", file.display())));
        };
        let found =
            digest(&file).map_err(|e| refused(format!("cannot read {}: {e}", file.display())))?;
        if found != *sha {
            return Err(refused(format!(
                "{} has changed since it was written (sha256 {found}, was {sha})",
                file.display()
            )));
        }
    }
    Ok(())
}

/// sha256 of a file.
pub(crate) fn digest(path: &Path) -> std::io::Result<String> {
    let mut hash = Sha256::new();
    std::io::copy(&mut fs::File::open(path)?, &mut hash)?;
    Ok(assay_core::identity::hex(&hash.finalize()))
}

/// sha256 of every file directly in a folder but the marker, by name.
fn digests(dir: &Path) -> Result<BTreeMap<String, String>> {
    let mut out = BTreeMap::new();
    for entry in fs::read_dir(dir).with_context(|| format!("cannot read {}", dir.display()))? {
        let path = entry.with_context(|| format!("cannot read {}", dir.display()))?.path();
        let Some(name) = path.file_name().map(|n| n.to_string_lossy().into_owned()) else {
            continue;
        };
        if name == MARKER || name == RECEIPT || is_seal(&name) || !path.is_file() {
            continue;
        }
        let sha = digest(&path).with_context(|| format!("cannot read {}", path.display()))?;
        out.insert(name, sha);
    }
    Ok(out)
}

/// Whether a file is one of a seal's.
fn is_seal(name: &str) -> bool {
    [seal::STATEMENT, seal::ENVELOPE, seal::SIGNATURE].contains(&name)
}

/// The files of an output folder with their digests, as they were when it was written.
///
/// # Errors
/// [`Usage`] where the digests cannot be read.
pub(crate) fn files(dir: &Path) -> Result<BTreeMap<String, String>> {
    let path = dir.join(MARKER);
    let bad = |why: String| {
        Usage::new(
            format!("cannot read {}: {why}", path.display()),
            "name a folder that `assay scan`, `assay evaluate` or `assay demo` wrote",
        )
    };
    let text = fs::read_to_string(&path).map_err(|e| bad(e.to_string()))?;
    let marker: Marker = serde_json::from_str(&text).map_err(|e| bad(e.to_string()))?;
    Ok(marker.files)
}

/// Whether a folder was written by this program.
pub(crate) fn is_output(dir: &Path) -> bool {
    dir.join(MARKER).is_file()
}

/// What `verify` found in an output folder.
#[derive(Debug)]
pub(crate) struct Verified {
    /// Files whose digest was compared.
    pub(crate) checked: usize,
    /// What does not match.
    pub(crate) problems: Vec<String>,
}

/// Compares every file of an output folder with the digests written beside it.
pub(crate) fn verify(dir: &Path) -> Result<Verified> {
    let path = dir.join(MARKER);
    let text =
        fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let marker: Marker = match serde_json::from_str(&text) {
        Ok(m) => m,
        Err(e) => {
            return Ok(Verified { checked: 0, problems: vec![format!("{}: {e}", path.display())] });
        }
    };
    let have = digests(dir)?;
    let mut problems = Vec::new();
    if marker.files.is_empty() {
        problems.push(format!("{} was never finished", dir.display()));
    }
    for (name, sha) in &marker.files {
        match have.get(name) {
            None => problems.push(format!("{name} is missing")),
            Some(found) if found != sha => problems.push(format!(
                "{name} has changed since it was written (sha256 {found}, was {sha})"
            )),
            Some(_) => {}
        }
    }
    for name in have.keys().filter(|n| !marker.files.contains_key(*n)) {
        problems.push(format!("{name} was not written by assay"));
    }
    Ok(Verified { checked: marker.files.len(), problems })
}

fn with_suffix(path: &Path, suffix: &str) -> Result<PathBuf> {
    let name = path.file_name().ok_or_else(|| {
        Usage::new(
            format!("{} is no folder that can be written", path.display()),
            "name a folder with --out, as ./assay-out",
        )
    })?;
    let mut name = name.to_os_string();
    name.push(suffix);
    Ok(path.with_file_name(name))
}

fn refuse_foreign(path: &Path) -> Result<()> {
    let Ok(meta) = fs::symlink_metadata(path) else { return Ok(()) };
    if !meta.is_dir() {
        return Err(Usage::new(
            format!("{} exists and is not a folder", path.display()),
            "name another folder with --out",
        )
        .into());
    }
    let empty = fs::read_dir(path)
        .with_context(|| format!("cannot look into {}", path.display()))?
        .next()
        .is_none();
    if path.join(seal::STATEMENT).exists() || path.join(seal::SIGNATURE).exists() {
        return Err(Usage::new(
            format!("{} is signed: it is never replaced", path.display()),
            "name another folder with --out",
        )
        .into());
    }
    if path.join(RECEIPT).exists() {
        return Err(recorded(path).into());
    }
    if empty || path.join(MARKER).is_file() {
        return Ok(());
    }
    Err(Usage::new(
        format!("{} exists and was not written by assay: it is left alone", path.display()),
        "name another folder with --out, or remove it yourself",
    )
    .into())
}

/// Why a folder whose run is in a ledger is no target.
pub(crate) fn recorded(path: &Path) -> Usage {
    Usage::new(
        format!("the run in {} is in a ledger: it is never replaced", path.display()),
        "name another folder with --out, one for each run: --out runs/2026-11-30",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scratch(name: &str) -> PathBuf {
        let dir =
            std::env::temp_dir().join(format!("assay-out-test-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&dir);
        fs::create_dir_all(&dir).unwrap();
        dir
    }

    #[test]
    fn our_own_folder_is_replaced_and_a_foreign_one_never() {
        let base = scratch("replace");
        let target = base.join("o");
        for text in ["one", "two"] {
            let out = Out::prepare(&target).unwrap();
            fs::write(out.path("x"), text).unwrap();
            out.finish().unwrap();
            assert_eq!(fs::read_to_string(target.join("x")).unwrap(), text);
        }
        let foreign = base.join("mine");
        fs::create_dir(&foreign).unwrap();
        fs::write(foreign.join("thesis.txt"), "years of work").unwrap();
        let error = Out::prepare(&foreign).unwrap_err();
        assert!(error.downcast_ref::<Usage>().is_some());
        assert!(foreign.join("thesis.txt").exists());
        fs::remove_dir_all(base).unwrap();
    }

    #[test]
    fn a_changed_byte_is_named() {
        let base = scratch("verify");
        let out = Out::prepare(&base.join("o")).unwrap();
        fs::write(out.path("a"), "one").unwrap();
        fs::write(out.path("b"), "two").unwrap();
        out.finish().unwrap();
        assert_eq!(verify(&base.join("o")).unwrap().problems, Vec::<String>::new());
        fs::write(base.join("o/a"), "onE").unwrap();
        fs::remove_file(base.join("o/b")).unwrap();
        fs::write(base.join("o/c"), "").unwrap();
        let problems = verify(&base.join("o")).unwrap().problems.join(" ");
        assert!(problems.contains("a has changed") && problems.contains("b is missing"));
        assert!(problems.contains("c was not written"), "{problems}");
        fs::remove_dir_all(base).unwrap();
    }

    #[test]
    fn only_what_is_unchanged_is_trusted() {
        let base = scratch("trust");
        let dir = base.join("o");
        let out = Out::prepare(&dir).unwrap();
        fs::write(out.path("a"), "one").unwrap();
        fs::write(out.path("b"), "two").unwrap();
        out.finish().unwrap();
        trust(&dir, &["a", "b"]).unwrap();
        fs::write(dir.join("b"), "twO").unwrap();
        trust(&dir, &["a"]).unwrap();
        let refused = |names: &[&str]| trust(&dir, names).unwrap_err();
        let e = refused(&["a", "b"]);
        assert!(e.to_string().contains("b has changed"), "{e}");
        assert!(e.downcast_ref::<Usage>().unwrap().help.as_ref().unwrap().contains("verify"));
        fs::write(dir.join("c"), "").unwrap();
        assert!(refused(&["c"]).to_string().contains("not written by assay"));
        fs::remove_file(dir.join(MARKER)).unwrap();
        assert!(refused(&["a"]).to_string().contains(MARKER));
        fs::remove_dir_all(base).unwrap();
    }

    #[test]
    fn an_unfinished_run_leaves_the_old_result() {
        let base = scratch("unfinished");
        let target = base.join("o");
        let out = Out::prepare(&target).unwrap();
        fs::write(out.path("x"), "old").unwrap();
        out.finish().unwrap();
        let second = Out::prepare(&target).unwrap();
        fs::write(second.path("x"), "half").unwrap();
        drop(second);
        assert!(!base.join("o.partial").exists(), "a failed run leaves nothing behind");
        let mut kept = Out::prepare(&target).unwrap();
        kept.keep();
        drop(kept);
        assert!(base.join("o.partial").exists());
        assert_eq!(fs::read_to_string(target.join("x")).unwrap(), "old");
        fs::remove_dir_all(base).unwrap();
    }
}
