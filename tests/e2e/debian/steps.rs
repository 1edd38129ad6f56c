//! What is done to a root file system: the steps of the files in `fixtures/hosts/debian`.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

/// One change. Paths are relative to the root.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub(super) enum Step {
    /// A file with this text, replacing what is there; folders above it are made.
    Write { write: PathBuf, text: String, mode: Option<String> },
    /// Text at the end of a file.
    Append { append: PathBuf, text: String },
    /// One text for another, everywhere in a file that must hold it.
    Replace { replace: PathBuf, old: String, new: String },
    /// A file, link or whole folder goes.
    Remove { remove: PathBuf },
    /// A folder, with its mode.
    Folder { folder: PathBuf, mode: Option<String> },
    /// A symbolic link.
    Link { link: PathBuf, to: String },
    /// Permission bits, in octal.
    Mode { mode: String, of: Vec<PathBuf> },
    /// Numeric owner and group.
    Owner { owner: String, of: Vec<PathBuf> },
    /// A copy of another file, its bits included.
    Copy { copy: PathBuf, to: PathBuf },
    /// `setfacl` or `setcap` with one argument before the path.
    Tool { tool: String, with: Vec<String>, of: PathBuf },
}

impl Step {
    /// The paths that the step changes.
    pub(super) fn paths(&self) -> Vec<&Path> {
        match self {
            Self::Write { write: path, .. }
            | Self::Append { append: path, .. }
            | Self::Replace { replace: path, .. }
            | Self::Remove { remove: path }
            | Self::Folder { folder: path, .. }
            | Self::Link { link: path, .. }
            | Self::Copy { to: path, .. }
            | Self::Tool { of: path, .. } => vec![path],
            Self::Mode { of, .. } | Self::Owner { of, .. } => {
                of.iter().map(PathBuf::as_path).collect()
            }
        }
    }

    /// Changes the root.
    pub(super) fn apply(&self, root: &Path) {
        match self {
            Self::Write { write, text, mode } => {
                let path = root.join(write);
                above(&path);
                let _ = fs::remove_file(&path);
                fs::write(&path, text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
                set_mode(&path, mode.as_deref().unwrap_or("644"));
            }
            Self::Append { append, text } => {
                let path = root.join(append);
                let mut all = read(&path);
                all.push_str(text);
                fs::write(&path, all).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
            }
            Self::Replace { replace, old, new } => {
                let path = root.join(replace);
                let all = read(&path);
                assert!(all.contains(old), "{} does not hold {old:?}", path.display());
                fs::write(&path, all.replace(old, new)).expect("written");
            }
            Self::Remove { remove } => {
                let path = root.join(remove);
                let kind = fs::symlink_metadata(&path)
                    .unwrap_or_else(|e| panic!("{}: {e}", path.display()));
                let gone =
                    if kind.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
                gone.unwrap_or_else(|e| panic!("{}: {e}", path.display()));
            }
            Self::Folder { folder, mode } => {
                let path = root.join(folder);
                fs::create_dir_all(&path).expect("folder");
                set_mode(&path, mode.as_deref().unwrap_or("755"));
            }
            Self::Link { link, to } => {
                let path = root.join(link);
                above(&path);
                let _ = fs::remove_file(&path);
                symlink(to, &path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
            }
            Self::Mode { mode, of } => of.iter().for_each(|p| set_mode(&root.join(p), mode)),
            Self::Owner { owner, of } => {
                let (user, group) = owner.split_once(':').expect("uid:gid");
                for path in of {
                    let (user, group) = (user.parse().ok(), group.parse().ok());
                    std::os::unix::fs::lchown(root.join(path), user, group).expect("owner");
                }
            }
            Self::Copy { copy, to } => {
                above(&root.join(to));
                fs::copy(root.join(copy), root.join(to)).expect("copied");
            }
            Self::Tool { tool, with, of } => {
                assert!(["setfacl", "setcap"].contains(&tool.as_str()), "{tool}");
                let done = Command::new(tool).args(with).arg(root.join(of)).status();
                assert!(done.expect("the tool starts").success(), "{tool} on {}", of.display());
            }
        }
    }
}

/// What paths were before steps changed them; puts it back.
#[derive(Debug)]
pub(super) struct Undo {
    root: PathBuf,
    kept: PathBuf,
    paths: Vec<PathBuf>,
}

impl Undo {
    /// Keeps what the steps will change, in a folder beside the root.
    pub(super) fn keep(root: &Path, steps: &[Step]) -> Self {
        let kept = root.with_extension("kept");
        let _ = fs::remove_dir_all(&kept);
        let mut paths: Vec<PathBuf> = Vec::new();
        for path in steps.iter().flat_map(Step::paths) {
            let top = first_missing(root, path);
            if !paths.iter().any(|p| top.starts_with(p)) {
                paths.push(top);
            }
        }
        for path in &paths {
            let from = root.join(path);
            if fs::symlink_metadata(&from).is_ok() {
                let to = kept.join(path);
                fs::create_dir_all(to.parent().expect("a parent")).expect("kept");
                cp(&from, &to);
            }
        }
        Self { root: root.to_owned(), kept, paths }
    }

    /// Everything as it was.
    pub(super) fn restore(self) {
        for path in &self.paths {
            let (now, before) = (self.root.join(path), self.kept.join(path));
            match fs::symlink_metadata(&now) {
                Ok(m) if m.is_dir() => fs::remove_dir_all(&now).expect("removed"),
                Ok(_) => fs::remove_file(&now).expect("removed"),
                Err(_) => {}
            }
            if fs::symlink_metadata(&before).is_ok() {
                cp(&before, &now);
            }
        }
        let _ = fs::remove_dir_all(&self.kept);
    }
}

/// The path itself, or the highest folder above it that is not there yet.
fn first_missing(root: &Path, path: &Path) -> PathBuf {
    let mut above: Vec<&Path> = path.ancestors().filter(|a| !a.as_os_str().is_empty()).collect();
    above.reverse();
    let missing = above.iter().find(|a| fs::symlink_metadata(root.join(a)).is_err());
    missing.map_or_else(|| path.to_owned(), |a| (*a).to_owned())
}

/// A copy with everything that `cp -a` carries.
pub(crate) fn cp(from: &Path, to: &Path) {
    let done = Command::new("cp").args(["-a", "--reflink=auto", "-T"]).arg(from).arg(to).status();
    assert!(done.expect("cp starts").success(), "cp {} {}", from.display(), to.display());
}

fn above(path: &Path) {
    let dir = path.parent().expect("a parent");
    fs::create_dir_all(dir).unwrap_or_else(|e| panic!("{}: {e}", dir.display()));
}

fn set_mode(path: &Path, mode: &str) {
    let bits = u32::from_str_radix(mode, 8).expect("an octal mode");
    fs::set_permissions(path, fs::Permissions::from_mode(bits))
        .unwrap_or_else(|e| panic!("{}: {e}", path.display()));
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}
