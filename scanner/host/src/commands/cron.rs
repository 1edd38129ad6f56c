//! What cron runs as root.

use std::path::PathBuf;
use std::sync::Arc;

use assay_core::Gap;

use super::{Found, script};
use crate::FileKind;
use crate::systemd::Place;

/// Most files of one directory.
const MAX_FILES: usize = 2000;

/// The lines of root's tables, where a cron starts.
pub(super) fn lines(found: &mut Found<'_, '_>) -> Result<(), Gap> {
    let mut any = false;
    for unit in ["cron.service", "crond.service", "cronie.service", "dcron.service"] {
        any |= found.runs(unit)?;
    }
    if !any {
        return Ok(());
    }
    let host = found.host;
    let unit: Arc<str> = "".into();
    let mut tables = vec![(PathBuf::from("/etc/crontab"), true)];
    let more = host.few("/etc/cron.d", MAX_FILES)?;
    tables.extend(more.into_iter().map(|p| (p, true)));
    for base in ["/var/spool/cron/crontabs", "/var/spool/cron", "/etc/crontabs"] {
        tables.push((PathBuf::from(base).join("root"), false));
    }
    for (path, with_user) in tables {
        if host.stat(&path)?.is_none_or(|s| s.kind != FileKind::File) {
            continue;
        }
        let Some(text) = host.text(&path)? else { continue };
        let file: Arc<str> = path.display().to_string().into();
        for (number, line) in (1_u32..).zip(text.text.lines()) {
            let Some((command, boot)) = command(line.trim(), with_user) else { continue };
            let place = Place { file: file.clone(), line: number };
            found.push(command, &place, &unit, boot)?;
            found.programs(command, &unit, boot)?;
        }
    }
    for often in ["hourly", "daily", "weekly", "monthly"] {
        let directory = format!("/etc/cron.{often}");
        for path in host.few(directory, MAX_FILES)? {
            let name = path.file_name().map(|n| n.to_string_lossy().into_owned());
            if name.is_some_and(|n| !n.contains('.')) {
                script::read(found, &path, false, &unit, false)?;
            }
        }
    }
    Ok(())
}

/// The command of a line that runs as root, and whether it runs whenever the host starts.
fn command(line: &str, with_user: bool) -> Option<(&str, bool)> {
    if line.starts_with('#') {
        return None;
    }
    let boot = line.starts_with("@reboot");
    let fields = if line.starts_with('@') { 1 } else { 5 };
    let mut rest = line;
    for _ in 0..fields {
        rest = rest.split_once(char::is_whitespace)?.1.trim_start();
    }
    if with_user {
        let (user, command) = rest.split_once(char::is_whitespace)?;
        rest = command.trim_start();
        if user != "root" && user != "0" {
            return None;
        }
    }
    Some((rest, boot))
}

#[cfg(test)]
mod tests {
    use super::command;

    #[test]
    fn fields_before_commands() {
        assert_eq!(command("@reboot root x -y", true), Some(("x -y", true)));
        assert_eq!(command("*/5 * * * *  root\tx", true), Some(("x", false)));
        assert_eq!(command("0 1 * * * x", false), Some(("x", false)));
        for none in ["# x", "PATH=/a", "", "0 1 * * * alice x"] {
            assert_eq!(command(none, true), None, "{none}");
        }
    }
}
