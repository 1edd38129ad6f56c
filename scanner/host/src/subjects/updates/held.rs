//! rpm packages that are kept at their version: locks of dnf, yum and zypper, packages that are left
//! out of every update.

use std::path::Path;

use assay_core::Gap;

use super::dnf::Dnf;
use crate::Host;
use crate::packages::Database;
use crate::systemd::matches;

/// Names of the packages that are kept, in order.
///
/// # Errors
/// A file that cannot be read.
pub(super) fn held(
    host: &Host<'_>,
    dnf: Option<&Dnf>,
    database: &Database,
) -> Result<Vec<String>, Gap> {
    let mut patterns: Vec<String> = dnf.map(Dnf::excluded).unwrap_or_default();
    for path in ["/etc/dnf/plugins/versionlock.list", "/etc/yum/pluginconf.d/versionlock.list"] {
        let Some(found) = host.text(path)? else { continue };
        let lines = found.text.lines().map(str::trim);
        // A line is a whole package (`bash-0:5.1.8-9.el9.*`), or a pattern of names; `!` forbids one
        // version only.
        patterns.extend(lines.filter(|l| !l.is_empty() && !l.starts_with(['#', '!'])).map(
            |line| {
                line.split_once(':')
                    .map_or(line, |(name, _)| name.rsplit_once('-').map_or(name, |(n, _)| n))
                    .to_owned()
            },
        ));
    }
    // dnf 5: `[[packages]]` with `name = "bash"`. zypper: `solvable_name: bash`.
    for (path, key, separator) in
        [("/etc/dnf/versionlock.toml", "name", '='), ("/etc/zypp/locks", "solvable_name", ':')]
    {
        let Some(found) = host.text(Path::new(path))? else { continue };
        for line in found.text.lines() {
            if let Some((name, value)) = line.split_once(separator)
                && name.trim() == key
            {
                patterns.push(value.trim().trim_matches(['"', '\'']).to_owned());
            }
        }
    }
    let kept = |name: &str| patterns.iter().any(|p| matches(p, name));
    let mut out: Vec<String> =
        database.packages.iter().map(|p| p.name.clone()).filter(|n| kept(n)).collect();
    out.sort();
    out.dedup();
    Ok(out)
}
