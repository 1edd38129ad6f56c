//! logrotate: the modes with which it makes logs anew (logrotate(8)).

use std::path::{Path, PathBuf};

use assay_core::Gap;
use serde_json::{Value, json};

use crate::systemd::matches;
use crate::{FileKind, Host};

/// Most files, and deepest include.
const MAX_FILES: usize = 2000;
const MAX_DEPTH: usize = 8;

/// Logs of one block, and the mode that it gives them.
struct Block {
    patterns: Vec<String>,
    mode: Option<(u32, PathBuf, u32)>,
}

/// What is read so far.
#[derive(Default)]
struct State {
    blocks: Vec<Block>,
    /// The mode that holds for blocks which say none.
    general: Option<(u32, PathBuf, u32)>,
    files: usize,
}

/// Of these files those that everybody can read after they were rotated:
/// `{Path, Mode, Readable, file, line}`.
///
/// # Errors
/// A file that cannot be read.
pub(super) fn readable(host: &Host<'_>, written: &[Value]) -> Result<Vec<Value>, Gap> {
    let mut state = State::default();
    if host.stat("/usr/sbin/logrotate")?.is_none() {
        return Ok(Vec::new());
    }
    file(host, Path::new("/etc/logrotate.conf"), 0, &mut state)?;
    let mut out = Vec::new();
    for block in &state.blocks {
        let Some((mode, at, line)) = &block.mode else { continue };
        let paths = written.iter().filter_map(|f| f.get("Path")?.as_str());
        let hit = |p: &&str| block.patterns.iter().any(|pattern| matches(pattern, p));
        let mut hits: Vec<&str> = paths.filter(hit).collect();
        hits.sort_unstable();
        hits.dedup();
        for path in hits.into_iter().filter(|_| mode & 4 != 0) {
            out.push(json!({
                "Path": path, "Mode": format!("{mode:04o}"), "Readable": true,
                "file": at.display().to_string(), "line": line,
            }));
        }
    }
    Ok(out)
}

fn file(host: &Host<'_>, path: &Path, depth: usize, state: &mut State) -> Result<(), Gap> {
    let Some(stat) = host.stat(path)? else { return Ok(()) };
    state.files += 1;
    if depth > MAX_DEPTH || state.files > MAX_FILES {
        return Ok(());
    }
    if stat.kind == FileKind::Directory {
        let left_out = [
            ".rpmsave",
            ".rpmorig",
            ".rpmnew",
            "~",
            ".disabled",
            ".swp",
            ".ucf-old",
            ".ucf-dist",
            ".ucf-new",
        ];
        for inside in host.list(path)?.unwrap_or_default() {
            let name =
                inside.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
            let out = name.contains(".dpkg-") || left_out.iter().any(|e| name.ends_with(e));
            if !out && host.stat(&inside)?.is_some_and(|s| s.kind == FileKind::File) {
                file(host, &inside, depth + 1, state)?;
            }
        }
        return Ok(());
    }
    // It ignores files that others than root may have written.
    if stat.kind != FileKind::File || stat.uid != 0 || stat.mode & 0o022 != 0 {
        return Ok(());
    }
    let Some(found) = host.text(path)? else { return Ok(()) };
    let mut patterns: Vec<String> = Vec::new();
    let mut block: Option<Block> = None;
    let mut script = false;
    for (number, line) in (1_u32..).zip(found.text.lines()) {
        let line = line.trim();
        if script {
            script = line != "endscript";
            continue;
        }
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let words: Vec<&str> = line.split_whitespace().collect();
        let mode = || words.get(1).and_then(|m| u32::from_str_radix(m, 8).ok());
        let said = || mode().map(|m| (m, path.to_owned(), number));
        match (words.first().copied().unwrap_or(""), &mut block) {
            ("postrotate" | "prerotate" | "firstaction" | "lastaction" | "preremove", _) => {
                script = true
            }
            ("}", Some(_)) => state.blocks.extend(block.take()),
            ("create", Some(b)) => b.mode = said(),
            ("nocreate", Some(b)) => b.mode = None,
            (_, Some(_)) => {}
            ("create", None) => state.general = said(),
            ("nocreate", None) => state.general = None,
            ("include", None) => {
                if let Some(target) = words.get(1).filter(|t| t.starts_with('/')) {
                    file(host, Path::new(target), depth + 1, state)?;
                }
            }
            (first, None) if first.starts_with(['/', '"', '{']) => {
                let opens = line.ends_with('{');
                let names = words.iter().map(|w| w.trim_matches(['"', '\'', '{']).to_owned());
                patterns.extend(names.filter(|w| w.starts_with('/')));
                if opens {
                    let patterns = std::mem::take(&mut patterns);
                    block = Some(Block { patterns, mode: state.general.clone() });
                }
            }
            (_, None) => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Memory, Standing};

    #[test]
    fn the_mode_of_the_block_or_of_the_file() {
        let of = |text: &str| {
            let mut m = Memory::new(Standing::AtRest);
            m.file("/usr/sbin/logrotate", "")
                .file("/etc/logrotate.conf", "weekly\ncreate\ninclude /etc/logrotate.d\n");
            m.file("/etc/logrotate.d/a", text)
                .file("/etc/logrotate.d/b.dpkg-old", "/var/log/auth.log {\n create 666\n}\n");
            let host = Host::new(&m, "h", assay_core::Timestamp::UNIX_EPOCH);
            let all = readable(&host, &[json!({"Path": "/var/log/auth.log"})]).unwrap();
            all.iter()
                .map(|f| format!("{}:{}", f["Mode"].as_str().unwrap(), f["line"]))
                .collect::<Vec<_>>()
                .join(" ")
        };
        assert_eq!(of("/var/log/auth.log {\n  weekly\n  create 0644 root adm\n}\n"), "0644:3");
        assert_eq!(
            of(
                "/var/log/mail.log\n/var/log/a*.log\n{\n create 664 a b\n postrotate\n  create 666\n endscript\n}\n"
            ),
            "0664:4"
        );
        assert_eq!(of("create 0666\n\"/var/log/auth.log\" {\n}\n"), "0666:1");
        for none in [
            "/var/log/auth.log {\n create 0640 a b\n}\n",
            "/var/log/x {\n create 0644\n}\n",
            "/var/log/auth.log {\n create 0644\n nocreate\n}\n",
            "/var/log/auth.log {\n",
        ] {
            assert_eq!(of(none), "", "{none}");
        }
    }
}
