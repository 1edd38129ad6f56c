//! `/etc/fstab`, as fstab(5).

use std::path::Path;

use assay_core::Gap;

use crate::Host;

/// Where it is.
pub(super) const FSTAB: &str = "/etc/fstab";

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    /// Device, tag or other source.
    pub source: String,
    /// Mount point, without needless slashes.
    pub target: String,
    /// Type.
    pub kind: String,
    /// Options as they are written.
    pub options: String,
    /// Line, from 1.
    pub line: u32,
}

/// Most lines that are read.
const MAX_LINES: usize = 8192;

/// Its lines; none where there is none.
///
/// # Errors
/// It is there and cannot be read.
pub(super) fn lines(host: &Host<'_>) -> Result<Vec<Line>, Gap> {
    let Some(found) = host.text(FSTAB)? else { return Ok(Vec::new()) };
    crate::at_most(&FSTAB, "lines", found.text.lines().count(), MAX_LINES)?;
    Ok(parse(&found.text))
}

fn parse(text: &str) -> Vec<Line> {
    let mut out = Vec::new();
    for (number, line) in (1_u32..).zip(text.lines()) {
        let line = line.trim_start_matches([' ', '\t']);
        if line.starts_with('#') {
            continue;
        }
        let mut fields = line.split([' ', '\t']).filter(|f| !f.is_empty());
        let (Some(source), Some(target), Some(kind)) =
            (fields.next(), fields.next(), fields.next())
        else {
            continue;
        };
        let target = unescape(target);
        if !target.starts_with('/') {
            continue;
        }
        out.push(Line {
            source: unescape(source),
            target: normal(&target),
            kind: kind.to_owned(),
            options: unescape(fields.next().unwrap_or("")),
            line: number,
        });
    }
    out
}

/// Blanks are written as octal escapes.
pub(super) fn unescape(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes().peekable();
    let mut rest = text;
    while let Some(b) = bytes.next() {
        rest = rest.get(1..).unwrap_or("");
        let digits =
            text.as_bytes().get(text.len() - rest.len()..).and_then(<[u8]>::first_chunk::<3>);
        match digits {
            Some(d) if b == b'\\' && d.iter().all(|d| (b'0'..=b'7').contains(d)) => {
                let value = d.iter().fold(0_u32, |n, d| n * 8 + u32::from(d - b'0'));
                out.push(u8::try_from(value & 0xff).unwrap_or(b'?'));
                for _ in 0..3 {
                    bytes.next();
                }
                rest = rest.get(3..).unwrap_or("");
            }
            _ => out.push(b),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// A path without needless slashes.
pub(super) fn normal(path: &str) -> String {
    let parts: Vec<&str> = path.split('/').filter(|p| !p.is_empty() && *p != ".").collect();
    format!("/{}", parts.join("/"))
}

/// The unit of a mount point.
pub(super) fn unit(path: &str, suffix: &str) -> String {
    let inner = path.trim_matches('/');
    if inner.is_empty() {
        return format!("-{suffix}");
    }
    let mut out = String::new();
    for (i, b) in inner.bytes().enumerate() {
        match b {
            b'/' => out.push('-'),
            b'.' if i == 0 => out.push_str("\\x2e"),
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b':' | b'_' | b'.' => out.push(char::from(b)),
            b => out.push_str(&format!("\\x{b:02x}")),
        }
    }
    out + suffix
}

/// Whether a path lies at or below a mount point.
pub(super) fn below(path: &str, mount: &str) -> bool {
    Path::new(path).starts_with(mount)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_escapes_and_comments() {
        let text = "# c\n  tmpfs\t/a\\040b tmpfs nosuid,x=\"y\" 0 0 # t\ntmpfs /c tmpfs\n#x\n/dev/x /e\nx rel tmpfs ro\n/dev/é //f//g/ ext4 ro\n\\04 /h \\ \\777";
        let got: Vec<(String, String, u32)> =
            parse(text).into_iter().map(|l| (l.target, l.options, l.line)).collect();
        let expected = [
            ("/a b", "nosuid,x=\"y\"", 2),
            ("/c", "", 3),
            ("/f/g", "ro", 7),
            ("/h", "\u{fffd}", 8),
        ];
        let expected: Vec<_> =
            expected.iter().map(|(a, b, c)| ((*a).to_owned(), (*b).to_owned(), *c)).collect();
        assert_eq!(got, expected);
    }

    #[test]
    fn names_of_units() {
        assert_eq!(unit("/var/tmp", ".mount"), "var-tmp.mount");
        assert_eq!(unit("/", ".mount"), "-.mount");
        assert_eq!(unit("/.a b/c-d", ".mount"), "\\x2ea\\x20b-c\\x2dd.mount");
    }
}
