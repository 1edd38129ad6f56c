//! How the installed kernels were built: `/boot/config-*`, or `config` beside their modules.

use std::collections::BTreeMap;

use assay_core::{Gap, GapState};

use crate::Host;

/// One kernel's options.
#[derive(Debug, Clone)]
pub(crate) struct Build {
    /// The kernel's version, as its files are named.
    pub version: String,
    options: BTreeMap<String, String>,
}

impl Build {
    /// An option (`CONFIG_LSM`), quotes taken off; `None` where it is not set.
    pub(crate) fn option(&self, name: &str) -> Option<&str> {
        self.options.get(name).map(String::as_str)
    }
}

/// The builds of all kernels.
pub(crate) type Builds = Vec<Build>;

/// Most kernels that are looked at.
const MAX_KERNELS: usize = 64;

/// The options of every installed kernel that has them on the disk; empty where none has.
///
/// # Errors
/// A file that is there and cannot be read.
pub(crate) fn builds(host: &Host<'_>) -> Result<Builds, Gap> {
    let mut out = Vec::new();
    for path in host.list("/boot")?.unwrap_or_default() {
        let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        if let Some(version) = name.strip_prefix("config-") {
            add(host, &path, version, &mut out)?;
        }
    }
    for base in ["/usr/lib/modules", "/lib/modules"] {
        for path in host.list(base)?.unwrap_or_default() {
            let version = path.file_name().map(|n| n.to_string_lossy().into_owned());
            let version = version.unwrap_or_default();
            add(host, &path.join("config"), &version, &mut out)?;
        }
    }
    Ok(out)
}

fn add(
    host: &Host<'_>,
    path: &std::path::Path,
    version: &str,
    out: &mut Builds,
) -> Result<(), Gap> {
    if out.iter().any(|b| b.version == version) || out.len() >= MAX_KERNELS {
        return Ok(());
    }
    let Some(found) = host.text(path)? else { return Ok(()) };
    let options: BTreeMap<String, String> = found
        .text
        .lines()
        .filter(|l| l.starts_with("CONFIG_"))
        .filter_map(|l| l.split_once('='))
        .map(|(k, v)| (k.to_owned(), v.trim().trim_matches('"').to_owned()))
        .collect();
    // An empty stand-in says nothing.
    if !options.is_empty() {
        out.push(Build { version: version.to_owned(), options });
    }
    Ok(())
}

/// What every build agrees on.
///
/// # Errors
/// No build is on the disk, or they disagree: the default cannot be told.
pub(crate) fn agreed<T: PartialEq>(
    builds: &Builds,
    what: &str,
    f: impl Fn(&Build) -> T,
) -> Result<T, Gap> {
    let gap = |detail: String| Err(Gap::new(GapState::Unsupported, detail));
    let mut all = builds.iter().map(|b| (b, f(b)));
    let Some((_, first)) = all.next() else {
        return gap(format!(
            "nobody configures {what}, and its default depends on the kernel's build, which is not in /boot"
        ));
    };
    if all.all(|(_, other)| other == first) {
        return Ok(first);
    }
    gap(format!("nobody configures {what}, and the installed kernels differ in its default"))
}
