//! GRUB's generated configuration: run as far as it decides who may edit an entry and what each
//! entry gives the kernel.

mod run;
mod tokens;

use std::path::{Path, PathBuf};

use assay_core::{Gap, GapState};

use super::Entry;
use crate::{Host, Setting};

/// One configuration file of GRUB with all that it takes in.
#[derive(Debug)]
pub(crate) struct Grub {
    /// The file.
    pub path: PathBuf,
    /// The value of `superusers` when the menu is shown; `None` where nothing sets it.
    pub superusers: Result<Option<Setting>, Gap>,
    /// Its entries that start a kernel.
    pub entries: Vec<Entry>,
    /// Whether it shows the entries of `/boot/loader/entries`.
    pub loader: bool,
    /// Whether it only passes on to another configuration.
    pub stub: bool,
    /// Every file that took part.
    pub files: Vec<PathBuf>,
    /// The variables of its environment block and those it sets.
    pub variables: std::collections::BTreeMap<String, String>,
}

/// Every generated configuration of GRUB; empty where there is none.
///
/// # Errors
/// One is there and cannot be read.
pub(crate) fn grub(host: &Host<'_>) -> Result<Vec<Grub>, Gap> {
    let mut paths: Vec<PathBuf> =
        ["/boot/grub/grub.cfg", "/boot/grub2/grub.cfg"].iter().map(PathBuf::from).collect();
    for base in ["/boot/efi/EFI", "/efi/EFI", "/boot/EFI"] {
        for vendor in host.list(base)?.unwrap_or_default() {
            paths.push(vendor.join("grub.cfg"));
        }
    }
    let mut out: Vec<Grub> = Vec::new();
    let mut seen: Vec<PathBuf> = Vec::new();
    for path in paths {
        if !host.stat(&path).is_ok_and(|s| s.is_some_and(|s| s.kind == crate::FileKind::File)) {
            match host.stat(&path) {
                Ok(_) => continue,
                // A plain file where a directory is looked for (`EFI/readme/grub.cfg`).
                Err(gap) if gap.state == GapState::Failed => continue,
                Err(gap) => return Err(gap),
            }
        }
        let real = host.root().resolve(&path).unwrap_or_else(|_| path.clone());
        if seen.contains(&real) {
            continue;
        }
        seen.push(real);
        if let Some(grub) = run::run(host, &path)? {
            out.push(grub);
        }
    }
    Ok(out)
}

/// The text of a file of GRUB's, where `$prefix` and `$config_directory` are the directory of the
/// configuration.
fn read(host: &Host<'_>, path: &Path) -> Result<Option<std::sync::Arc<str>>, Gap> {
    Ok(host.text(path)?.map(|found| found.text))
}
