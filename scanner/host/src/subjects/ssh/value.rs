//! What the arguments of a keyword mean.

use serde_json::Value;

use super::algorithm::{self, Version};
use super::keyword::{Default, Keyword, Kind};

/// The value of a keyword from its arguments; `rest` is all that follows it on its line.
///
/// # Errors
/// What sshd says against it: it would not start.
pub(super) fn parse(
    keyword: &Keyword,
    arguments: &[String],
    rest: &str,
    version: Option<Version>,
) -> Result<Value, String> {
    let name = keyword.name;
    let one = || match arguments {
        [one] if !one.is_empty() => Ok(one.as_str()),
        [] => Err(format!("{name} has no argument")),
        [_] => Err(format!("{name} has an empty argument")),
        _ => Err(format!("{name} has too many arguments")),
    };
    let bad = |word: &str| format!("{name} does not know {word:?}");
    match keyword.kind {
        Kind::Choice(words) => {
            let word = one()?;
            let found = words.iter().find(|(w, _)| w.eq_ignore_ascii_case(word));
            found.map(|(_, v)| Value::from(*v)).ok_or_else(|| bad(word))
        }
        Kind::Seconds => {
            let word = one()?;
            seconds(word).map(Value::from).ok_or_else(|| bad(word))
        }
        Kind::Number => {
            let word = one()?;
            let number = word.parse::<u32>().ok().filter(|n| i32::try_from(*n).is_ok());
            number.map(Value::from).ok_or_else(|| bad(word))
        }
        Kind::Word => one().map(Value::from),
        Kind::Path => Ok(match one()? {
            none if none.eq_ignore_ascii_case("none") => "none".into(),
            path if path.starts_with('/') => path.into(),
            path => format!("/{path}").into(),
        }),
        Kind::Rest => match rest {
            "" => Err(format!("{name} has no argument")),
            none if none.eq_ignore_ascii_case("none") => Ok("none".into()),
            rest => Ok(rest.into()),
        },
        Kind::Words | Kind::Gather => {
            if arguments.is_empty() || arguments.iter().any(String::is_empty) {
                return Err(format!("{name} has an empty argument"));
            }
            let any = arguments.iter().any(|a| a == "any");
            if name == "AuthenticationMethods" && any && arguments.len() > 1 {
                return Err("any stands alone in AuthenticationMethods".to_owned());
            }
            Ok(arguments.into())
        }
        Kind::Each if name == "ListenAddress" => {
            // A routing domain may follow.
            let address = arguments.first().filter(|a| !a.is_empty());
            address.map(|a| vec![a.clone()].into()).ok_or_else(|| format!("{name} has no argument"))
        }
        Kind::Each => one().map(|word| vec![word].into()),
        Kind::Named => match arguments {
            [_, command, ..] if !command.is_empty() => Ok(vec![arguments.join(" ")].into()),
            _ => Err(format!("{name} lacks its command")),
        },
        Kind::Algorithms(of) => algorithm::apply(of, one()?, version).map(Value::from),
        Kind::Startups => {
            let word = one()?;
            startups(word).map(Value::from).ok_or_else(|| bad(word))
        }
        Kind::Ignored => Ok(Value::Null),
    }
}

/// What holds where nobody sets a keyword.
pub(super) fn default(keyword: &Keyword, version: Option<Version>) -> Value {
    match (keyword.default, keyword.kind) {
        (Default::OfVersion, Kind::Algorithms(of)) => algorithm::default(of, version).into(),
        (Default::OfVersion, _) => Value::Null,
        (Default::Text(text), _) => text.into(),
        (Default::Number(number), _) => number.into(),
        (Default::List(list), _) => list.to_vec().into(),
    }
}

/// A time as sshd writes it: numbers with units, added up (`1h30m`, `90`).
pub(super) fn seconds(text: &str) -> Option<u64> {
    let mut total: u64 = 0;
    let mut rest = text;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let number: u64 = rest.get(..digits)?.parse().ok()?;
        let mut after = rest.get(digits..)?.chars();
        let unit = match after.next().map(|c| c.to_ascii_lowercase()) {
            None | Some('s') => 1,
            Some('m') => 60,
            Some('h') => 3600,
            Some('d') => 86_400,
            Some('w') => 604_800,
            Some(_) => return None,
        };
        total = total.checked_add(number.checked_mul(unit)?)?;
        rest = after.as_str();
    }
    i32::try_from(total).is_ok().then_some(total)
}

/// `MaxStartups`, always as `start:rate:full`.
fn startups(text: &str) -> Option<String> {
    let number = |s: &str| s.parse::<u32>().ok();
    let mut parts = text.split(':');
    let start = number(parts.next()?)?;
    match (parts.next(), parts.next(), parts.next()) {
        (None, None, None) if start > 0 => Some(format!("{start}:30:{start}")),
        (Some(rate), Some(full), None) => {
            let (rate, full) = (number(rate)?, number(full)?);
            let fine = start > 0 && start <= full && (1..=100).contains(&rate);
            fine.then(|| format!("{start}:{rate}:{full}"))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        for (text, want) in [
            ("90", Some(90)),
            ("1m30", Some(90)),
            ("1H30M", Some(5400)),
            ("1w", Some(604_800)),
            ("0", Some(0)),
            ("", None),
            ("-5", None),
            ("5x", None),
            ("m", None),
            ("99999999999999999999", None),
            ("99999999999", None),
        ] {
            assert_eq!(seconds(text), want, "{text}");
        }
    }

    #[test]
    fn startups_have_two_forms() {
        assert_eq!(startups("5").unwrap(), "5:30:5");
        assert_eq!(startups("10:30:60").unwrap(), "10:30:60");
        for bad in ["0", "10:30", "10:0:60", "20:30:10", "x", "1:2:3:4", ""] {
            assert_eq!(startups(bad), None, "{bad}");
        }
    }
}
