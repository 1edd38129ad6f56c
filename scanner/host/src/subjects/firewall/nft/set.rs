//! Values of nft: single ones, and the elements of sets and maps.

use super::super::model::{Field, Value, Verdict, address, numbers, port, protocol};
use super::Token;

/// What is inside the braces at the beginning, and the rest after them.
pub(super) fn braces(tokens: &[Token]) -> (&[Token], &[Token]) {
    if tokens.first().is_none_or(|t| !t.is("{")) {
        return (&[], tokens);
    }
    let mut depth = 0_i32;
    for (i, token) in tokens.iter().enumerate() {
        depth += i32::from(token.is("{")) - i32::from(token.is("}"));
        if depth == 0 {
            return (tokens.get(1..i).unwrap_or(&[]), tokens.get(i + 1..).unwrap_or(&[]));
        }
    }
    (tokens.get(1..).unwrap_or(&[]), &[])
}

/// Elements of a set: `(key, nothing)`, or of a map: `(key, value)`.
pub(super) fn elements(tokens: &[Token]) -> Vec<(Vec<Token>, Vec<Token>)> {
    let mut out = Vec::new();
    for part in tokens.split(|t| t.is(",")) {
        let mut words: Vec<Token> = Vec::new();
        for token in part.iter().filter(|t| !t.is("\n")) {
            // `22: accept` as well as `22 : accept`.
            match token.text.strip_suffix(':').filter(|k| !k.is_empty() && !k.ends_with(':')) {
                Some(key) => {
                    words.push(Token { text: key.to_owned(), ..token.clone() });
                    words.push(Token { text: ":".to_owned(), ..token.clone() });
                }
                None => words.push(token.clone()),
            }
        }
        let part = words;
        if part.is_empty() {
            continue;
        }
        let colon = part.iter().position(|t| t.is(":"));
        match colon {
            Some(i) => out.push((
                part.iter().take(i).cloned().collect(),
                part.iter().skip(i + 1).cloned().collect(),
            )),
            None => out.push((part, Vec::new())),
        }
    }
    out
}

pub(super) fn verdict_of(tokens: &[Token]) -> Option<Verdict> {
    let (first, rest) = tokens.split_first()?;
    Some(match first.text.as_str() {
        "accept" => Verdict::Accept,
        "drop" | "reject" => Verdict::Drop,
        "return" => Verdict::Return,
        "jump" | "goto" => Verdict::Jump(rest.first()?.text.clone(), first.is("goto")),
        _ => return None,
    })
}

/// The values that an element or a single value stands for.
pub(super) fn value_of(field: Field, tokens: &[Token]) -> Vec<Value> {
    let text: String = tokens.iter().map(|t| t.text.as_str()).collect();
    if text.contains(" . ") || tokens.iter().any(|t| t.is(".")) {
        return vec![Value::Other];
    }
    // An element may carry options after its value.
    let text = tokens.first().map_or(text.as_str(), |t| {
        if tokens.len() > 1 && !tokens.iter().any(|t| t.is("-")) {
            t.text.as_str()
        } else {
            text.as_str()
        }
    });
    if text == "*" {
        return vec![match field {
            Field::Port | Field::Within(..) => Value::Range(0, u16::MAX),
            Field::Interface => Value::Word("*".to_owned()),
            _ => Value::Other,
        }];
    }
    vec![match field {
        Field::Port => port(text),
        Field::Within(..) => numbers(text),
        Field::Source | Field::Destination => address(text),
        Field::Protocol => protocol(text),
        Field::Family => Value::Word(match text {
            "ipv4" | "ip" | "2" | "0x0800" => "4".to_owned(),
            "ipv6" | "ip6" | "10" | "0x86dd" => "6".to_owned(),
            other => other.to_owned(),
        }),
        _ => Value::Word(text.to_owned()),
    }]
}
