//! Generalised time, as `NOTBEFORE` and `NOTAFTER` have it.

use std::str::FromStr;

use assay_core::Timestamp;

/// `yyyymmddHH[MM[SS]]`, then `Z`, an offset `±HHMM`, or nothing, which is local time and read as
/// UTC. In seconds since 1970.
pub(super) fn seconds(text: &str) -> Option<i64> {
    let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
    let zone = text.get(digits.len()..)?;
    // A fraction of a second changes nothing here.
    let zone = match zone.strip_prefix('.') {
        Some(rest) => rest.trim_start_matches(|c: char| c.is_ascii_digit()),
        None => zone,
    };
    let part = |from: usize| digits.get(from..from + 2);
    let (year, month, day, hour) = (digits.get(0..4)?, part(4)?, part(6)?, part(8)?);
    let (minute, second) = (part(10).unwrap_or("00"), part(12).unwrap_or("00"));
    let offset = match zone {
        "" | "Z" => "Z".to_owned(),
        zone => format!("{}:{}", zone.get(0..3)?, zone.get(3..5)?),
    };
    let rfc = format!("{year}-{month}-{day}T{hour}:{minute}:{second}{offset}");
    Timestamp::from_str(&rfc).ok().map(|t| t.as_second())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manual_s_examples() {
        assert_eq!(seconds("20170214083000Z"), Some(1_487_061_000));
        assert_eq!(seconds("2017021408Z"), Some(1_487_059_200));
        assert_eq!(seconds("20160315220000-0500"), Some(1_458_097_200));
        assert_eq!(seconds("20151201235900"), Some(1_449_014_340));
        assert_eq!(seconds("2017"), None);
        assert_eq!(seconds("20171301000000Z"), None);
    }
}
