//! Patterns, and masks of permissions.

/// `${x#p}` and its kin.
pub(super) fn trimmed(text: &str, op: &str, pattern: &str) -> String {
    let mut cuts: Vec<usize> = text.char_indices().map(|(n, _)| n).collect();
    cuts.push(text.len());
    if cuts.len() > 2000 {
        return text.to_owned();
    }
    if matches!(op, "##" | "%") {
        cuts.reverse();
    }
    for cut in cuts {
        let (start, end) = text.split_at(cut);
        if op.starts_with('#') && fnmatch(pattern, start) {
            return end.to_owned();
        }
        if op.starts_with('%') && fnmatch(pattern, end) {
            return start.to_owned();
        }
    }
    text.to_owned()
}

/// Whether a text fits a pattern of the shell, as a whole.
pub(in crate::subjects::login) fn fnmatch(pattern: &str, text: &str) -> bool {
    let p: Vec<char> = pattern.chars().collect();
    let t: Vec<char> = text.chars().collect();
    let (mut i, mut j) = (0_usize, 0_usize);
    let mut star: Option<(usize, usize)> = None;
    while j < t.len() {
        let step = match p.get(i) {
            Some('*') => {
                star = Some((i, j));
                i = i.saturating_add(1);
                continue;
            }
            Some('?') => Some(1),
            Some('[') => set(p.get(i..).unwrap_or_default(), t.get(j).copied()),
            Some('\\') => (p.get(i.saturating_add(1)) == t.get(j)).then_some(2),
            Some(c) => (Some(c) == t.get(j)).then_some(1),
            None => None,
        };
        match (step, star) {
            (Some(n), _) => {
                i = i.saturating_add(n);
                j = j.saturating_add(1);
            }
            (None, Some((at, from))) => {
                star = Some((at, from.saturating_add(1)));
                i = at.saturating_add(1);
                j = from.saturating_add(1);
            }
            (None, None) => return false,
        }
    }
    p.get(i..).unwrap_or_default().iter().all(|c| *c == '*')
}

/// `[a-z]` at the start of a pattern: its length where a character fits.
fn set(pattern: &[char], c: Option<char>) -> Option<usize> {
    let c = c?;
    let end = pattern.iter().skip(2).position(|c| *c == ']');
    let Some(end) = end.map(|n| n.saturating_add(2)) else {
        return (c == '[').then_some(1);
    };
    let inner = pattern.get(1..end)?;
    let negated = matches!(inner.first(), Some('!' | '^'));
    let inner = if negated { inner.get(1..)? } else { inner };
    let mut hit = false;
    let mut n = 0;
    while let Some(a) = inner.get(n) {
        match (inner.get(n.saturating_add(1)), inner.get(n.saturating_add(2))) {
            (Some('-'), Some(b)) => {
                hit |= *a <= c && c <= *b;
                n = n.saturating_add(3);
            }
            _ => {
                hit |= *a == c;
                n = n.saturating_add(1);
            }
        }
    }
    (hit != negated).then_some(end.saturating_add(1))
}

/// A mask as `umask` takes it, in octal or in words. `Err(true)`: the shell refuses it.
/// `Err(false)`: it changes a mask that is not known.
pub(in crate::subjects::login) fn mask(text: &str, old: Option<u32>) -> Result<u32, bool> {
    if text.starts_with(|c: char| c.is_ascii_digit()) {
        return match u32::from_str_radix(text, 8) {
            Ok(mask) if mask <= 0o7777 => Ok(mask & 0o777),
            _ => Err(true),
        };
    }
    let mut allowed = !old.unwrap_or(0) & 0o777;
    let mut exact = old.is_some();
    for clause in text.split(',') {
        let op = clause.find(['=', '+', '-']).ok_or(true)?;
        let (who, rest) = clause.split_at(op);
        let mut bits = 0;
        for c in rest.chars().skip(1) {
            bits |= match c {
                'r' => 4,
                'w' => 2,
                'x' => 1,
                'X' | 's' | 't' => 0,
                _ => return Err(true),
            };
        }
        let mut field = 0;
        for c in who.chars() {
            field |= match c {
                'u' => 0o700,
                'g' => 0o070,
                'o' => 0o007,
                'a' => 0o777,
                _ => return Err(true),
            };
        }
        let field = if who.is_empty() { 0o777 } else { field };
        let bits = (bits * 0o111) & field;
        match rest.chars().next() {
            Some('=') => {
                allowed = (allowed & !field) | bits;
                exact |= field == 0o777 || text.matches('=').count() >= 3;
            }
            Some('+') => allowed |= bits,
            _ => allowed &= !bits,
        }
    }
    if exact { Ok(!allowed & 0o777) } else { Err(false) }
}
