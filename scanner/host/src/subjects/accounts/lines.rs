//! Lines and numbers of the account files, as the C library reads them.

use std::path::Path;
use std::sync::Arc;

use assay_core::Gap;

use crate::{Host, Miss, gap};

/// The C library of the host's programs: it decides which lines count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Libc {
    /// The GNU C library.
    Gnu,
    /// musl, as in Alpine: no name service switch, and an empty number is zero.
    Musl,
}

impl Libc {
    /// Which one the host has: musl only where its loader is there and no other.
    pub(crate) fn of(host: &Host<'_>) -> Result<Self, Gap> {
        let mut musl = false;
        for directory in ["/lib", "/lib64"] {
            let path = Path::new(directory);
            let names = match host.root().list(path) {
                Ok(names) => names,
                Err(Miss::Absent) => continue,
                Err(miss) => return Err(gap(path, &miss)),
            };
            for name in names {
                let name = name.to_string_lossy();
                if name.starts_with("ld-linux") || name.starts_with("ld64.so") {
                    return Ok(Self::Gnu);
                }
                musl |= name.starts_with("ld-musl-");
            }
        }
        Ok(if musl { Self::Musl } else { Self::Gnu })
    }

    /// A user or group id. `None`: the library skips the line.
    pub(crate) fn id(self, text: &str) -> Option<u32> {
        match self {
            Self::Gnu => gnu_number(text),
            Self::Musl => musl_number(text),
        }
    }

    /// A line without its end. `None`: it is empty or a comment.
    pub(crate) fn line(self, line: &str) -> Option<&str> {
        // C strings end at the first NUL.
        let line = line.split('\0').next()?;
        match self {
            Self::Gnu => {
                let line = line.trim_start_matches(is_space);
                (!line.is_empty() && !line.starts_with('#')).then_some(line)
            }
            Self::Musl => (!line.is_empty()).then_some(line),
        }
    }
}

/// `isspace` of the C locale.
pub(crate) const fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r' | '\x0b' | '\x0c')
}

/// `strtoul` in base 10: blanks, a sign and leading zeros are allowed, and `-0` is 0. What does not
/// fit 32 bits makes the library skip the line, most negative numbers included.
pub(crate) fn gnu_number(text: &str) -> Option<u32> {
    let text = text.trim_start_matches(is_space);
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let value =
        digits.parse::<u64>().map_or(u64::MAX, |n| if negative { n.wrapping_neg() } else { n });
    u32::try_from(value).ok()
}

/// Digits only, of which there may be none; too many wrap around.
fn musl_number(text: &str) -> Option<u32> {
    text.bytes().try_fold(0_u32, |n, b| {
        let digit = b.is_ascii_digit().then(|| u32::from(b.wrapping_sub(b'0')))?;
        Some(n.wrapping_mul(10).wrapping_add(digit))
    })
}

/// Where a line stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    /// Its file.
    pub(crate) file: Arc<Path>,
    /// Its number, from 1; 0 where the file has no lines.
    pub(crate) line: u32,
}

impl Place {
    /// As people read it.
    pub(crate) fn words(&self) -> String {
        format!("{}:{}", self.file.display(), self.line)
    }
}

/// The numbered lines of a text.
pub(crate) fn numbered(text: &str) -> impl Iterator<Item = (u32, &str)> {
    (1_u32..).zip(text.split('\n'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_strtoul() {
        for zero in ["0", "00", "+0", "-0", " 0", "\t+000"] {
            assert_eq!(gnu_number(zero), Some(0), "{zero:?}");
        }
        for none in ["", "0x0", "0 ", "+", "1a", "--1"] {
            assert_eq!(gnu_number(none), None, "{none:?}");
        }
        assert_eq!(gnu_number("4294967295"), Some(u32::MAX));
        assert_eq!(gnu_number("4294967296"), None);
        assert_eq!(gnu_number("-1"), None);
        assert_eq!(gnu_number("-18446744073709551615"), Some(1));
        assert_eq!(Libc::Musl.id(""), Some(0));
        assert_eq!(Libc::Musl.id("+0"), None);
        assert_eq!(Libc::Musl.id("4294967296"), Some(0));
    }
}
