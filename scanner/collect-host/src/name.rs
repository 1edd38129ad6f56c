//! The name of a host in ids.

use std::path::Path;

use assay_host::Root;

/// Longest name: that of a domain name.
const MAX: usize = 253;

/// The name that the host gives itself in `/etc/hostname`: its first line that is neither empty nor
/// a comment, as `hostname(5)` has it. What cannot stand in an id becomes `-`.
#[must_use]
pub fn host_name(root: &dyn Root) -> Option<String> {
    let text = root.read(Path::new("/etc/hostname")).ok()?;
    let text = String::from_utf8_lossy(&text);
    let line = text.lines().map(str::trim).find(|l| !l.is_empty() && !l.starts_with('#'))?;
    tame(line)
}

/// A name made fit for ids: letters, digits, `.`, `_` and `-`. `None`: nothing is left.
#[must_use]
pub(crate) fn tame(name: &str) -> Option<String> {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    let out: String = name.chars().take(MAX).map(|c| if fits(c) { c } else { '-' }).collect();
    let out = out.trim_matches(['.', '-']);
    (!out.is_empty()).then(|| out.to_owned())
}

#[cfg(test)]
mod tests {
    use assay_host::{Memory, Standing};

    use super::*;

    #[test]
    fn names_are_tamed() {
        let mut m = Memory::new(Standing::AtRest);
        m.file("/etc/hostname", "# mine\n\n web-1.example \n");
        assert_eq!(host_name(&m).as_deref(), Some("web-1.example"));
        assert_eq!(tame("../../x y\u{1b}[0m").as_deref(), Some("x-y--0m"));
        assert_eq!(tame("..").as_deref(), None);
        m.file("/etc/hostname", "\n");
        assert_eq!(host_name(&m), None);
    }
}
