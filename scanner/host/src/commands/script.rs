//! Lines of shell scripts.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use assay_core::Gap;

use super::shell::expanded;
use super::{Found, WORDS};
use crate::systemd::Place;
use crate::{FileKind, Host, boot};

/// Largest script that is read, in bytes. A larger one is no script of an administrator.
const MAX_SCRIPT: u64 = 512 << 10;
/// Longest line, in bytes, with those that go on from it.
const MAX_LINE: usize = 16 << 10;
/// Most package lists that are looked through.
const MAX_LISTS: usize = 50_000;

/// Takes the lines of a script. `sourced`: a shell reads it, whatever its bits and its first line say.
pub(super) fn read(
    found: &mut Found<'_, '_>,
    path: &Path,
    sourced: bool,
    unit: &Arc<str>,
    boot: bool,
) -> Result<(), Gap> {
    let host = found.host;
    let Some(stat) = host.stat(path)? else { return Ok(()) };
    let runs = sourced || stat.mode & 0o111 != 0;
    if stat.kind != FileKind::File || !runs || stat.size > MAX_SCRIPT || stat.size == 0 {
        return Ok(());
    }
    let real = host.root().resolve(path).unwrap_or_else(|_| path.to_owned());
    if !found.seen.insert(real.clone()) {
        return Ok(());
    }
    if !sourced {
        // Programs are told by their first bytes; only scripts are read whole.
        let head = match host.root().head(path, 64) {
            Ok(head) => head,
            // What a package brings is left out whatever it holds (over ssh no programs come along).
            Err(_) if packaged(host, &real)? => return Ok(()),
            Err(miss) => return Err(crate::gap(path, &miss)),
        };
        let first = String::from_utf8_lossy(&head).into_owned();
        let first = first.lines().next().unwrap_or("");
        let shell = first.strip_prefix("#!").is_some_and(|p| p.trim_end().contains("sh"));
        if !shell {
            return Ok(());
        }
    }
    let Some(text) = host.text(path)? else { return Ok(()) };
    let text = &text.text;
    if !WORDS.iter().any(|w| text.contains(w)) || packaged(host, &real)? {
        return Ok(());
    }
    let file: Arc<str> = path.display().to_string().into();
    let mut variables = BTreeMap::new();
    let mut lines = (1_u32..).zip(text.lines());
    while let Some((number, line)) = lines.next() {
        let mut whole = line.to_owned();
        while whole.ends_with('\\') && whole.len() < MAX_LINE {
            whole.pop();
            let Some((_, next)) = lines.next() else { break };
            whole.push_str(next);
        }
        if whole == "exit" || whole.starts_with("exit ") {
            break;
        }
        if whole.len() > MAX_LINE || whole.trim_start().starts_with('#') {
            continue;
        }
        boot::assignments(&whole, &mut variables);
        let place = Place { file: file.clone(), line: number };
        let known = |name: &str| variables.get(name)?.as_deref();
        let whole = expanded(&whole, MAX_LINE, known);
        found.push(whole.trim(), &place, unit, boot)?;
    }
    Ok(())
}

/// Whether a script below the directories of packages comes with one. Where no database of Debian's
/// kind is there, all of them are taken for the distribution's.
fn packaged(host: &Host<'_>, path: &Path) -> Result<bool, Gap> {
    let of_packages = [
        "/usr/bin",
        "/usr/sbin",
        "/usr/lib",
        "/usr/libexec",
        "/usr/share",
        "/bin",
        "/sbin",
        "/lib",
    ];
    if !of_packages.iter().any(|p| path.starts_with(p)) {
        return Ok(false);
    }
    let Some(lists) = host.list("/var/lib/dpkg/info")? else { return Ok(true) };
    let own = path.display().to_string();
    let short = own.strip_prefix("/usr").unwrap_or(&own).to_owned();
    for list in lists.iter().filter(|l| l.extension().is_some_and(|e| e == "list")).take(MAX_LISTS)
    {
        let bytes = host.root().read(list).map_err(|miss| crate::gap(list, &miss))?;
        let text = String::from_utf8_lossy(&bytes);
        if text.lines().any(|l| l == own || l == short) {
            return Ok(true);
        }
    }
    Ok(false)
}
