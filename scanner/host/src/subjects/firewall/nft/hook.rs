//! Where a chain hooks in.

use super::lex::Token;

/// The order of a chain that packets to this host come through.
pub(super) fn order(tokens: &[Token]) -> Option<i64> {
    let after =
        |word: &str| tokens.iter().position(|t| t.is(word)).and_then(|i| tokens.get(i + 1..));
    let kind = after("type")?.first()?;
    let hook = after("hook")?.first()?;
    if !kind.is("filter") {
        return None;
    }
    let base = match hook.text.as_str() {
        "ingress" => -10_000,
        "prerouting" => -5_000,
        "input" => 1_000,
        _ => return None,
    };
    let words = after("priority")?;
    let mut priority = 0;
    let mut sign = 1;
    for word in words.iter().take_while(|t| !t.ends()) {
        let named = [
            ("raw", -300),
            ("mangle", -150),
            ("dstnat", -100),
            ("filter", 0),
            ("security", 50),
            ("srcnat", 100),
        ];
        let value = named
            .iter()
            .find(|(n, _)| word.is(n))
            .map(|(_, v)| *v)
            .or_else(|| word.text.parse::<i64>().ok());
        match (word.text.as_str(), value) {
            ("-", _) => sign = -1,
            ("+", _) => sign = 1,
            (_, Some(v)) => priority += sign * v.clamp(-100_000, 100_000),
            _ => break,
        }
    }
    Some(base + priority)
}
