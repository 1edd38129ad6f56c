//! The output folder: written beside its final place, renamed when whole, replaced only if ours.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::exit::Usage;

/// Marks a folder as written by this program, so that it may be replaced.
const MARKER: &str = ".assay-output";

/// An output folder that is being written.
///
/// Nothing is seen in the final place before [`Out::finish`]; what an interrupted run leaves lies
/// in `DIR.partial`.
#[derive(Debug)]
pub(crate) struct Out {
    target: PathBuf,
    partial: PathBuf,
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
        fs::write(partial.join(MARKER), "written by assay; may be replaced by it\n")
            .with_context(|| format!("cannot write into {}", partial.display()))?;
        Ok(Self { target: target.to_path_buf(), partial })
    }

    /// Where a file is written now.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.partial.join(name)
    }

    /// Where the files will lie at the end.
    pub(crate) fn target(&self) -> &Path {
        &self.target
    }

    /// Where the files lie until then.
    pub(crate) fn partial(&self) -> &Path {
        &self.partial
    }

    /// Moves the whole folder to its final place. An older one of ours is removed only after the
    /// new one is complete.
    pub(crate) fn finish(self) -> Result<()> {
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
            return Err(e).with_context(|| format!("cannot move the output to {}", self.target.display()));
        }
        if old.exists() {
            fs::remove_dir_all(&old).with_context(|| format!("cannot remove {}", old.display()))?;
        }
        Ok(())
    }
}

fn with_suffix(path: &Path, suffix: &str) -> Result<PathBuf> {
    let name = path.file_name().ok_or_else(|| {
        Usage::new(format!("{} is no folder that can be written", path.display()), "name a folder with --out, as ./assay-out")
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
    if empty || path.join(MARKER).is_file() {
        return Ok(());
    }
    Err(Usage::new(
        format!("{} exists and was not written by assay: it is left alone", path.display()),
        "name another folder with --out, or remove it yourself",
    )
    .into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scratch(name: &str) -> PathBuf {
        let dir = std::env::temp_dir().join(format!("assay-out-test-{}-{name}", std::process::id()));
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
    fn an_unfinished_run_leaves_the_old_result() {
        let base = scratch("unfinished");
        let target = base.join("o");
        let out = Out::prepare(&target).unwrap();
        fs::write(out.path("x"), "old").unwrap();
        out.finish().unwrap();
        let second = Out::prepare(&target).unwrap();
        fs::write(second.path("x"), "half").unwrap();
        drop(second);
        assert_eq!(fs::read_to_string(target.join("x")).unwrap(), "old");
        fs::remove_dir_all(base).unwrap();
    }
}
