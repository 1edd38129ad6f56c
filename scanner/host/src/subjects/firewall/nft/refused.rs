//! Files that nft refuses as a whole for what they name and nobody makes: nothing of them is loaded.

use std::collections::BTreeSet;

use super::lex::Token;
use super::{FAMILIES, Ruleset};

/// Whether nft refuses a file: a rule of it jumps to a chain, asks a set or goes into a chain that is
/// nowhere, or it names a variable that nothing defines, or a port that there is not. What earlier
/// files made counts too; sets are looked for only where the file begins anew.
pub(super) fn refused(tokens: &[Token], before: &Ruleset) -> bool {
    let chains = made(tokens, &["chain"]);
    let sets = made(tokens, &["set", "map", "flowtable", "meter"]);
    let anew = tokens.windows(2).any(|w| matches!(w, [a, b] if a.is("flush") && b.is("ruleset")));
    let chain = |name: &str| {
        chains.contains(name) || before.tables.values().any(|t| t.chains.contains_key(name))
    };
    let tables = made(tokens, &["table"]);
    let table = |name: &str| {
        let known = |key: &String| key.rsplit(' ').next() == Some(name);
        tables.contains(name) || before.tables.keys().any(known)
    };
    let bits = |name: &str| ["ll", "nh", "th", "ih"].iter().any(|b| name.starts_with(b));
    tokens.iter().enumerate().any(|(at, token)| {
        let rest = tokens.get(at + 1..).unwrap_or_default();
        let Some(next) = rest.first().filter(|t| !t.quoted) else { return false };
        if token.quoted {
            return false;
        }
        match token.text.as_str() {
            "jump" | "goto" => !next.is("{") && !next.ends() && !chain(&next.text),
            "dport" | "sport" => next.text.parse::<u64>().is_ok_and(|n| n > 65_535),
            "rule" => {
                let at = usize::from(FAMILIES.iter().any(|f| next.is(f)));
                rest.get(at).is_some_and(|t| !table(&t.text))
                    || rest.get(at + 1).is_some_and(|c| !chain(&c.text))
            }
            text if text.len() > 1 && text.starts_with('$') => true,
            text => text
                .strip_prefix('@')
                .is_some_and(|name| anew && !bits(name) && !sets.contains(name)),
        }
    })
}

/// The names that follow some words, with those of families and tables on the way.
fn made<'a>(tokens: &'a [Token], words: &[&str]) -> BTreeSet<&'a str> {
    let mut out = BTreeSet::new();
    for (at, _) in tokens.iter().enumerate().filter(|(_, t)| words.iter().any(|w| t.is(w))) {
        let names = tokens.iter().skip(at + 1).take(3).take_while(|t| !t.is("{") && !t.ends());
        out.extend(names.map(|t| t.text.as_str()));
    }
    out
}
