//! Tables of cron that write kernel settings whenever the host starts.

use std::path::PathBuf;

use assay_core::Gap;

use super::late::{command, runs};
use super::table::Write;
use crate::Host;

/// The writes of `@reboot` lines, where a cron starts.
///
/// # Errors
/// A table that cannot be read.
pub(super) fn reboot(host: &Host<'_>, out: &mut Vec<Write>) -> Result<(), Gap> {
    let mut any = false;
    for unit in ["cron.service", "crond.service", "cronie.service", "dcron.service"] {
        any |= runs(host, unit)?;
    }
    if !any {
        return Ok(());
    }
    let mut paths = vec![PathBuf::from("/etc/crontab")];
    paths.extend(host.list("/etc/cron.d")?.unwrap_or_default());
    for base in ["/var/spool/cron/crontabs", "/var/spool/cron"] {
        paths.push(PathBuf::from(base).join("root"));
    }
    for path in paths {
        let file = host.stat(&path)?.is_some_and(|s| s.kind == crate::FileKind::File);
        let Some(found) = (if file { host.text(&path)? } else { None }) else { continue };
        for (number, line) in (1_u32..).zip(found.text.lines()) {
            if let Some(line) = line.trim_start().strip_prefix("@reboot") {
                command(host, line, &path, number, out)?;
            }
        }
    }
    Ok(())
}
