//! Which modules the installed kernels have.

use std::collections::{BTreeMap, BTreeSet};

use assay_core::Gap;

use super::modprobe::fold;
use crate::Host;

/// Most kernels that are looked at.
const MAX_KERNELS: usize = 64;

/// What the installed kernels have.
#[derive(Debug, Default)]
pub(super) struct Installed {
    /// The kernels whose list of modules is on the disk.
    pub kernels: Vec<String>,
    /// Module to the kernels that can load it: its file is there.
    pub loadable: BTreeMap<String, Vec<String>>,
    /// Module to the kernels that it is a part of.
    pub built_in: BTreeMap<String, Vec<String>>,
    /// Module to those that kernels ask for by themselves and that bring it: itself, or one that
    /// needs it (`modules.alias` and `modules.dep` of every kernel).
    pub asked: BTreeMap<String, BTreeSet<String>>,
    /// Whether a kernel that can load modules says nothing of such names.
    pub unnamed: bool,
}

/// Looks for the modules of a list.
///
/// # Errors
/// A list that is there and cannot be read.
pub(super) fn installed(host: &Host<'_>, wanted: &BTreeSet<String>) -> Result<Installed, Gap> {
    let mut out = Installed::default();
    let mut seen = Vec::new();
    for base in ["/usr/lib/modules", "/lib/modules"] {
        for kernel in host.list(base)?.unwrap_or_default() {
            let version =
                kernel.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
            if seen.contains(&version) {
                continue;
            }
            crate::at_most(&base, "kernels", seen.len() + 1, MAX_KERNELS)?;
            let Some(list) = host.text(kernel.join("modules.dep"))? else { continue };
            // An empty list is left behind by a kernel that was removed.
            if list.text.trim().is_empty() && host.text(kernel.join("modules.builtin"))?.is_none() {
                continue;
            }
            seen.push(version.clone());
            match host.text(kernel.join("modules.alias"))? {
                Some(aliases) => asked(&list.text, &aliases.text, wanted, &mut out.asked),
                None => out.unnamed = true,
            }
            for path in list.text.lines().filter_map(|l| l.split(':').next()) {
                let name = module(path);
                if wanted.contains(&name) && host.stat(kernel.join(path))?.is_some() {
                    out.loadable.entry(name).or_default().push(version.clone());
                }
            }
            if let Some(list) = host.text(kernel.join("modules.builtin"))? {
                for name in list.text.lines().map(module) {
                    if wanted.contains(&name) {
                        out.built_in.entry(name).or_default().push(version.clone());
                    }
                }
            }
            out.kernels.push(version);
        }
    }
    Ok(out)
}

/// Adds what `modules.alias` leads to, where that is a module that is judged or needs one by
/// `modules.dep`.
fn asked(
    needs: &str,
    aliases: &str,
    wanted: &BTreeSet<String>,
    out: &mut BTreeMap<String, BTreeSet<String>>,
) {
    let mut users: BTreeMap<String, Vec<&String>> = BTreeMap::new();
    for line in needs.lines() {
        let Some((user, needed)) = line.split_once(':') else { continue };
        for path in std::iter::once(user).chain(needed.split_whitespace()) {
            if let Some(name) = wanted.get(&module(path)) {
                users.entry(module(user)).or_default().push(name);
            }
        }
    }
    for line in aliases.lines().filter(|l| l.starts_with("alias ")) {
        let Some(target) = line.split_whitespace().next_back() else { continue };
        let target = fold(target);
        for name in users.get(&target).into_iter().flatten() {
            out.entry((*name).clone()).or_default().insert(target.clone());
        }
    }
}

/// The module of a file: `kernel/fs/x/usb-storage.ko.xz` is `usb_storage`.
fn module(path: &str) -> String {
    let name = path.rsplit('/').next().unwrap_or(path);
    fold(name.split(".ko").next().unwrap_or(name))
}
