//! Wildcard patterns of policies: `*` is any run of characters, `?` is exactly one.
//!
//! Everything here is linear or quadratic in the patterns' lengths, whatever they hold.

/// Whether a text (that itself holds no wildcard) matches a pattern.
#[must_use]
pub fn matches(pattern: &str, text: &str) -> bool {
    let (p, t) = (chars(pattern), chars(text));
    let (mut i, mut j) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while j < t.len() {
        match p.get(i) {
            Some('*') => {
                star = Some((i, j));
                i += 1;
            }
            Some('?') => {
                i += 1;
                j += 1;
            }
            Some(c) if Some(c) == t.get(j) => {
                i += 1;
                j += 1;
            }
            _ => match star {
                Some((si, sj)) => {
                    star = Some((si, sj + 1));
                    i = si + 1;
                    j = sj + 1;
                }
                None => return false,
            },
        }
    }
    p.iter().skip(i).all(|c| *c == '*')
}

/// Whether every text that `narrow` matches is also matched by `wide`.
///
/// Always right where it says yes. Where `wide` holds a `?` beside a `*` it may say no although
/// yes would be right (`*?` over `*a`): no policy is written so.
#[must_use]
pub fn covers(wide: &str, narrow: &str) -> bool {
    if wide == "*" || wide == narrow {
        return true;
    }
    // What both spell out at the start must be the same.
    if wide
        .bytes()
        .zip(narrow.bytes())
        .take_while(|(w, n)| !wild(*w) && !wild(*n))
        .any(|(w, n)| w != n)
    {
        return false;
    }
    // The usual spellings: a plain name, a name and a star at its end, a plain `narrow`.
    match wide.find(['*', '?']) {
        None => return false,
        Some(at) if wide.get(at..) == Some("*") => {
            return wide.get(..at).is_some_and(|head| narrow.starts_with(head));
        }
        Some(_) if !has_wildcard(narrow) => return matches(wide, narrow),
        Some(_) => {}
    }
    let (w, n) = (normal(wide), normal(narrow));
    // row[i]: the first i symbols of `wide` cover the symbols of `narrow` read so far.
    let mut row = vec![false; w.len() + 1];
    set(&mut row, 0, true);
    spread(&w, &mut row);
    for s in &n {
        let mut next = vec![false; w.len() + 1];
        for (i, c) in w.iter().enumerate() {
            let open = at(&row, i) || (*c == '*' && at(&row, i + 1));
            if !open {
                continue;
            }
            match c {
                '*' => set(&mut next, i + 1, true),
                '?' if *s != '*' => set(&mut next, i + 1, true),
                c if c == s => set(&mut next, i + 1, true),
                _ => {}
            }
        }
        spread(&w, &mut next);
        row = next;
    }
    at(&row, w.len())
}

/// Whether some text matches both patterns.
#[must_use]
pub fn intersects(a: &str, b: &str) -> bool {
    if a == "*" || b == "*" || a == b {
        return true;
    }
    let spelt = |(x, y): &(u8, u8)| !wild(*x) && !wild(*y);
    if a.bytes().zip(b.bytes()).take_while(spelt).any(|(x, y)| x != y) {
        return false;
    }
    let (a, b) = (chars(a), chars(b));
    // row[i]: the first i symbols of `a` and the symbols of `b` read so far have a text in common.
    let mut row = vec![false; a.len() + 1];
    set(&mut row, 0, true);
    spread(&a, &mut row);
    for s in &b {
        let mut next = vec![false; a.len() + 1];
        if *s == '*' {
            // `b`'s star takes nothing, or any number of `a`'s symbols.
            let mut seen = false;
            for (i, slot) in next.iter_mut().enumerate() {
                seen |= at(&row, i);
                *slot = seen;
            }
        } else {
            for (i, c) in a.iter().enumerate() {
                if *c == '*' {
                    if at(&row, i) || at(&row, i + 1) {
                        set(&mut next, i + 1, true);
                    }
                } else if at(&row, i) && (*c == '?' || *s == '?' || c == s) {
                    set(&mut next, i + 1, true);
                }
            }
            spread(&a, &mut next);
        }
        row = next;
    }
    at(&row, a.len())
}

/// Whether a pattern holds a wildcard.
#[must_use]
pub fn has_wildcard(pattern: &str) -> bool {
    pattern.contains(['*', '?'])
}

/// Whether some pattern of a list covers the given one.
#[must_use]
pub fn any_covers(wide: &[String], narrow: &str) -> bool {
    wide.iter().any(|w| covers(w, narrow))
}

/// Whether some pattern of a list has a text in common with the given one.
#[must_use]
pub fn any_intersects(list: &[String], other: &str) -> bool {
    list.iter().any(|p| intersects(p, other))
}

const fn wild(b: u8) -> bool {
    matches!(b, b'*' | b'?')
}

fn chars(s: &str) -> Vec<char> {
    s.chars().collect()
}

/// The symbols with each run of wildcards in one form: the `?` first, then at most one `*`.
fn normal(pattern: &str) -> Vec<char> {
    let mut out = Vec::new();
    let mut star = false;
    for c in pattern.chars() {
        match c {
            '*' => star = true,
            '?' => out.push('?'),
            c => {
                if std::mem::take(&mut star) {
                    out.push('*');
                }
                out.push(c);
            }
        }
    }
    if star {
        out.push('*');
    }
    out
}

/// A star may also take nothing.
fn spread(symbols: &[char], row: &mut [bool]) {
    for (i, c) in symbols.iter().enumerate() {
        if *c == '*' && at(row, i) {
            set(row, i + 1, true);
        }
    }
}

fn at(row: &[bool], i: usize) -> bool {
    row.get(i).copied().unwrap_or(false)
}

fn set(row: &mut [bool], i: usize, value: bool) {
    if let Some(slot) = row.get_mut(i) {
        *slot = value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_match() {
        for (p, t, want) in [
            ("*", "", true),
            ("*", "anything", true),
            ("s3:*", "s3:getobject", true),
            ("s3:get*", "s3:putobject", false),
            ("s3:?etobject", "s3:getobject", true),
            ("s3:?etobject", "s3:etobject", false),
            ("a*b*c", "aXXbYYc", true),
            ("a*b*c", "aXXbYY", false),
            ("a*bc", "abcbc", true),
            ("", "", true),
            ("", "x", false),
            ("x", "", false),
            ("a**", "a", true),
            ("arn:aws:iam::*:role/*", "arn:aws:iam::123456789012:role/x/y", true),
        ] {
            assert_eq!(matches(p, t), want, "{p} on {t}");
        }
    }

    #[test]
    fn patterns_cover() {
        for (w, n, want) in [
            ("*", "s3:*", true),
            ("s3:*", "*", false),
            ("s3:*", "s3:get*", true),
            ("s3:get*", "s3:*", false),
            ("s3:get*", "s3:get*acl", true),
            ("s3:*acl", "s3:get*acl", true),
            ("s3:*acl", "s3:get*", false),
            ("s3:g?t*", "s3:get*", true),
            ("s3:get*", "s3:g?t*", false),
            ("*?", "?*", true),
            ("?*", "*?", true),
            ("?*", "*", false),
            ("**", "*", true),
            ("a*", "a?", true),
            ("a?", "a*", false),
            ("a?", "ab", true),
            ("*a*", "bab", true),
            ("*a*", "*a", true),
            ("*a", "*a*", false),
            ("a*b*c", "a*b*b*c", true),
            ("a*b*b*c", "a*b*c", false),
            ("arn:*:iam::*:role/*", "arn:aws:iam::123456789012:role/app", true),
        ] {
            assert_eq!(covers(w, n), want, "{w} over {n}");
        }
    }

    #[test]
    fn patterns_intersect() {
        for (a, b, want) in [
            ("s3:get*", "s3:*object", true),
            ("s3:get*", "s3:put*", false),
            ("a?c", "ab*", true),
            ("a?c", "ab", false),
            ("*x", "y*", true),
            ("", "*", true),
            ("", "?", false),
            ("a*", "*b", true),
            ("abc", "a*d", false),
            ("iam:*", "sts:*", false),
            ("??", "*", true),
            ("a*b", "a", false),
        ] {
            assert_eq!(intersects(a, b), want, "{a} and {b}");
            assert_eq!(intersects(b, a), want, "{b} and {a}");
        }
    }

    /// On every short pattern and text over a small alphabet the three questions agree.
    #[test]
    fn the_three_questions_agree() {
        let alphabet = ['a', 'b', '*', '?'];
        let mut patterns = vec![String::new()];
        for _ in 0..3 {
            let longer: Vec<String> = patterns
                .iter()
                .flat_map(|p| alphabet.iter().map(move |c| format!("{p}{c}")))
                .collect();
            patterns.extend(longer);
        }
        patterns.sort();
        patterns.dedup();
        let mut texts = vec![String::new()];
        for _ in 0..5 {
            // `z` stands for all letters that no pattern names.
            let longer: Vec<String> = texts
                .iter()
                .flat_map(|p| ['a', 'b', 'z'].iter().map(move |c| format!("{p}{c}")))
                .collect();
            texts.extend(longer);
        }
        texts.sort();
        texts.dedup();
        let table: Vec<Vec<bool>> =
            patterns.iter().map(|p| texts.iter().map(|t| matches(p, t)).collect()).collect();
        for (a, ra) in patterns.iter().zip(&table) {
            for (b, rb) in patterns.iter().zip(&table) {
                let both = ra.iter().zip(rb).any(|(x, y)| *x && *y);
                assert_eq!(intersects(a, b), both, "{a} and {b}");
                let inside = ra.iter().zip(rb).all(|(x, y)| *x || !*y);
                if a.contains('?') {
                    assert!(inside || !covers(a, b), "{a} over {b}");
                } else {
                    assert_eq!(covers(a, b), inside, "{a} over {b}");
                }
            }
        }
    }

    #[test]
    fn long_patterns_stay_fast() {
        let p = "a*".repeat(500);
        let t = "a".repeat(2000) + "b";
        assert!(!matches(&(p.clone() + "c"), &t));
        assert!(covers(&p, &(p.clone() + "a")));
        assert!(intersects(&p, &t));
    }
}
