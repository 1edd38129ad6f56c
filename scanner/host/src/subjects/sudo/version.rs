//! Which sudo it is. Some defaults were set when it was built, and one changed with a version.

use crate::{Host, gap};
use assay_core::Gap;

/// Where distributions put the policy plug-in and the program.
const BINARIES: &[&str] = &[
    "/usr/libexec/sudo/sudoers.so",
    "/usr/lib/sudo/sudoers.so",
    "/usr/lib64/sudo/sudoers.so",
    "/usr/libexec/sudo/sudoers.so.0",
];
/// The program itself.
pub(crate) const PROGRAMS: &[&str] = &["/usr/bin/sudo", "/usr/local/bin/sudo", "/bin/sudo"];

/// What is built into the program.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Built {
    /// `1.9.13p3`.
    pub(crate) version: Option<String>,
    /// Minutes of `--with-timeout`.
    timeout: Option<f64>,
    /// A binary that cannot be read, and may say what is not known of the others.
    unread: Option<Gap>,
}

impl Built {
    /// Reads it from the binaries.
    pub(crate) fn read(host: &Host<'_>) -> Result<Self, Gap> {
        let (mut built, mut lost) = (Self::default(), None);
        for path in BINARIES.iter().chain(PROGRAMS) {
            let path = std::path::Path::new(path);
            match host.root().read(path) {
                Ok(bytes) => built.look(&bytes),
                Err(crate::Miss::Absent) => {}
                Err(miss) => lost = Some(gap(path, &miss)),
            }
            if built.version.is_some() && built.timeout.is_some() {
                break;
            }
        }
        // Where the program does not tell, its package does.
        if built.version.is_none() {
            built.version = crate::packages::upstream(host, &["sudo"])?.filter(|v| is_version(v));
        }
        built.unread = lost;
        match &built.unread {
            Some(gap) if built.version.is_none() => Err(gap.clone()),
            _ => Ok(built),
        }
    }

    /// Minutes for which an authentication holds, as the program was built; sudo's own default is
    /// five.
    ///
    /// # Errors
    /// A binary that would tell cannot be read.
    pub(crate) fn timeout(&self) -> Result<f64, Gap> {
        match (self.timeout, &self.unread) {
            (Some(minutes), _) => Ok(minutes),
            (None, Some(gap)) => Err(gap.clone()),
            (None, None) => Ok(5.0),
        }
    }

    fn look(&mut self, bytes: &[u8]) {
        for word in bytes.split(|b| *b == 0 || *b == b' ' || *b == b'\n') {
            if word.len() > 64 {
                continue;
            }
            let Ok(text) = std::str::from_utf8(word) else { continue };
            if self.timeout.is_none()
                && let Some(minutes) = text.strip_prefix("--with-timeout=")
            {
                self.timeout = minutes.trim_matches('\'').parse().ok();
            }
            if self.version.is_none() && is_version(text) {
                self.version = Some(text.to_owned());
            }
        }
    }

    /// Since 1.9.14 commands run in a pseudo terminal unless told otherwise.
    pub(crate) fn pty(&self) -> Option<bool> {
        let version = self.version.as_deref()?;
        let mut parts = version.split(['.', 'p']).map(str::parse::<u32>);
        let mut part = || parts.next()?.ok();
        Some((part()?, part()?, part()?) >= (1, 9, 14))
    }
}

/// `1.8.31`, `1.9.13p3`.
fn is_version(text: &str) -> bool {
    let (main, patch) = text.split_once('p').map_or((text, "0"), |(m, p)| (m, p));
    let parts: Vec<_> = main.split('.').collect();
    let number = |t: &&str| !t.is_empty() && t.len() < 4 && t.bytes().all(|b| b.is_ascii_digit());
    parts.len() == 3
        && parts.first() == Some(&"1")
        && parts.get(1).is_some_and(|p| ["7", "8", "9"].contains(p))
        && parts.iter().all(number)
        && number(&patch)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn found_in_the_program() {
        let mut b = Built::default();
        b.look(b"\x00junk 11.9.13\x00--with-x --with-timeout=15 --y\x00Sudo version %s\n\x001.9.13p3\x00");
        assert_eq!(
            b,
            Built { version: Some("1.9.13p3".to_owned()), timeout: Some(15.0), unread: None }
        );
        assert_eq!(b.pty(), Some(false));
        b.version = Some("1.9.15p5".to_owned());
        assert_eq!(b.pty(), Some(true));
        assert_eq!(Built::default().pty(), None);
    }

    #[test]
    fn the_package_tells_where_the_program_does_not() {
        use crate::{Memory, Miss, Standing};
        let mut m = Memory::new(Standing::AtRest);
        m.file("/usr/bin/sudo", "").unreadable("/usr/bin/sudo", Miss::Failed("left out".into()));
        let read = |m: &Memory| {
            Built::read(&Host::new(m, "h", assay_core::Timestamp::UNIX_EPOCH)).map(|b| {
                assert!(b.timeout().is_err(), "no package tells how it was built");
                b.version
            })
        };
        assert!(read(&m).is_err());
        m.file("/lib/apk/db/installed", "P:sudo\nV:1.9.15_p5-r0\n");
        assert_eq!(read(&m), Ok(Some("1.9.15p5".to_owned())));
        m.file(
            crate::dpkg::STATUS,
            "Package: sudo\nStatus: install ok installed\nVersion: 1.9.13p3-1+deb12u1\n",
        );
        assert_eq!(read(&m), Ok(Some("1.9.13p3".to_owned())));
    }
}
