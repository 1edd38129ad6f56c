//! What a repository says of itself in its `Release` file.

use assay_core::Timestamp;

/// The head of a `Release` file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Release {
    /// Who makes it.
    pub(crate) origin: String,
    /// What it is called.
    pub(crate) label: String,
    /// Its suite (`stable-security`); apt calls it archive.
    pub(crate) suite: String,
    /// Its codename (`bookworm-security`).
    pub(crate) codename: String,
    /// When it was made.
    pub(crate) date: Option<Timestamp>,
}

impl Release {
    /// Reads the fields before the digests. A signature around them is passed over.
    pub(crate) fn read(text: &str) -> Self {
        let mut out = Self::default();
        for line in text.lines().take(2_000) {
            let Some((key, value)) = line.split_once(':') else { continue };
            let value = value.trim().to_owned();
            match key.to_ascii_lowercase().as_str() {
                "origin" => out.origin = value,
                "label" => out.label = value,
                "suite" => out.suite = value,
                "codename" => out.codename = value,
                "date" => out.date = date(&value),
                "md5sum" | "sha1" | "sha256" | "sha512" => break,
                _ => {}
            }
        }
        out
    }

    /// Whether it carries security updates.
    pub(crate) fn security(&self) -> bool {
        let of = |text: &str| text.ends_with("-security");
        of(&self.suite) || of(&self.codename) || self.label.contains("Security")
    }
}

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// `Sat, 22 Nov 2025 14:13:12 UTC`.
fn date(text: &str) -> Option<Timestamp> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let [_, day, month, year, time, ..] = words.as_slice() else { return None };
    let month = MONTHS.iter().position(|m| m.eq_ignore_ascii_case(month))? + 1;
    let (day, year): (u8, u16) = (day.parse().ok()?, year.parse().ok()?);
    let clock: Vec<u8> = time.split(':').map(str::parse).collect::<Result<_, _>>().ok()?;
    let [hour, minute, second] = clock.as_slice() else { return None };
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_head_of_a_signed_file() {
        let text = "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nOrigin: Debian\nLabel: Debian-Security\n\
                    Suite: oldstable-security\nCodename: bookworm-security\nDate: Sat,  1 Nov 2025 14:13:12 UTC\n\
                    SHA256:\n x 1 Origin: no\nOrigin: no\n";
        let got = Release::read(text);
        assert!(got.security());
        assert_eq!(got.origin, "Debian");
        assert_eq!(got.date.unwrap().to_string(), "2025-11-01T14:13:12Z");
        assert_eq!(date("x"), None);
        assert_eq!(date("Sat, 99 Nov 2025 14:13:12 UTC"), None);
    }
}
