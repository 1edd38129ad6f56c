//! What a login shell does: lets in, ends at once, or is not there.

use std::collections::BTreeMap;
use std::path::Path;

use assay_core::{Gap, GapState};

use super::lines::numbered;
use crate::{FileKind, Host, Stat};

/// Programs that end at once, or that serve one purpose only.
const ENDS: [&str; 8] =
    ["nologin", "false", "true", "sync", "shutdown", "halt", "poweroff", "git-shell"];

/// Directories in which only the system's own programs lie.
const SYSTEM: [&str; 5] = ["/bin", "/sbin", "/usr/bin", "/usr/sbin", "/usr/lib"];

/// What a shell does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Its user can work with it.
    Login,
    /// It ends at once.
    None,
    /// There is no such program: every login fails.
    Missing,
}

impl Kind {
    /// The word used in documents.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::None => "none",
            Self::Missing => "missing",
        }
    }
}

/// Judges shells, each path once.
pub(crate) struct Shells<'a, 'r> {
    host: &'a Host<'r>,
    known: BTreeMap<String, Result<Kind, Gap>>,
    /// The shells that `/etc/shells` lists, as files.
    real: Result<Vec<Stat>, Gap>,
}

impl<'a, 'r> Shells<'a, 'r> {
    /// Reads `/etc/shells`.
    pub(crate) fn new(host: &'a Host<'r>) -> Self {
        Self { host, known: BTreeMap::new(), real: real(host) }
    }

    /// What the shell of a user does; nothing stands for `/bin/sh`.
    pub(crate) fn kind(&mut self, shell: &str) -> Result<Kind, Gap> {
        let shell = if shell.is_empty() { "/bin/sh" } else { shell };
        if let Some(known) = self.known.get(shell) {
            return known.clone();
        }
        let kind = self.judge(shell);
        self.known.insert(shell.to_owned(), kind.clone());
        kind
    }

    fn judge(&self, shell: &str) -> Result<Kind, Gap> {
        if !shell.starts_with('/') {
            return Ok(Kind::Missing);
        }
        let path = Path::new(shell);
        let Some(stat) = self.host.stat(path)? else { return Ok(Kind::Missing) };
        if stat.kind != FileKind::File || stat.mode & 0o111 == 0 {
            return Ok(Kind::Missing);
        }
        let real = self.host.root().resolve(path).map_err(|m| crate::gap(path, &m))?;
        let name = |p: &Path| p.file_name().map(|n| n.to_string_lossy().into_owned());
        let mut word = name(&real).unwrap_or_default();
        // Programs in one file tell their names apart by how they are called.
        if matches!(word.as_str(), "busybox" | "toybox" | "coreutils" | "bbsuid") {
            word = name(path).unwrap_or_default();
        }
        let system = SYSTEM.iter().any(|d| real.starts_with(d));
        let ends = system && ENDS.contains(&word.as_str()) && !self.is_shell(&stat)?;
        Ok(if ends { Kind::None } else { Kind::Login })
    }

    /// A shell under another name: the same file, or one of exactly its size.
    fn is_shell(&self, stat: &Stat) -> Result<bool, Gap> {
        let real = self.real.as_ref().map_err(Clone::clone)?;
        Ok(real.iter().any(|r| {
            let same = r.inode != 0 && (r.inode, r.device) == (stat.inode, stat.device);
            same || (r.size == stat.size && stat.size > 4096)
        }))
    }
}

/// The usual shells, and those that `/etc/shells` lists.
fn real(host: &Host<'_>) -> Result<Vec<Stat>, Gap> {
    let mut out = Vec::new();
    let usual = ["/bin/sh", "/bin/bash", "/bin/dash", "/bin/zsh", "/usr/bin/fish"];
    let listed = host.text("/etc/shells")?;
    let listed = listed.as_ref().map_or("", |f| &f.text);
    let listed = numbered(listed).map(|(_, l)| l.trim()).filter(|l| l.starts_with('/'));
    for path in usual.into_iter().chain(listed.take(100)) {
        if ENDS.iter().any(|n| path.ends_with(n)) {
            continue;
        }
        let stat = match host.stat(path) {
            // Of a file in the place of a directory nobody logs in through.
            Err(gap) if gap.state == GapState::Malformed => None,
            other => other?,
        };
        out.extend(stat.filter(|s| s.kind == FileKind::File));
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Memory, Standing};

    #[test]
    fn a_name_is_no_proof() {
        let mut m = Memory::new(Standing::AtRest);
        for (path, content) in [
            ("/usr/bin/bash", vec![0; 9000]),
            ("/usr/sbin/nologin", vec![0; 5000]),
            ("/usr/bin/false", vec![0; 9000]),
            ("/tmp/nologin", vec![0; 10]),
        ] {
            m.file(path, content).owned(path, 0, 0, 0o755);
        }
        m.symlink("/bin", "usr/bin").symlink("/sbin/nologin", "/usr/sbin/nologin");
        m.symlink("/usr/bin/sh", "bash").symlink("/usr/sbin/halt", "/bin/bash");
        let host = Host::new(&m, "h", assay_core::Timestamp::UNIX_EPOCH);
        let mut shells = Shells::new(&host);
        let mut kind = |s: &str| shells.kind(s).unwrap().as_str();
        assert_eq!(kind("/bin/bash"), "login");
        assert_eq!(kind(""), "login");
        assert_eq!(kind("/sbin/nologin"), "none");
        assert_eq!(kind("/usr/sbin/nologin"), "none");
        assert_eq!(kind("/usr/sbin/halt"), "login", "a link to a shell");
        assert_eq!(kind("/bin/false"), "login", "a copy of a shell");
        assert_eq!(kind("/tmp/nologin"), "login");
        assert_eq!(kind("/bin/bash\r"), "missing");
        assert_eq!(kind("bash"), "missing");
    }
}
