//! Conditions of rsyslog, as far as facility, severity and program decide them: property filters and
//! expressions of its script.

use super::reach::{FACILITY, SEVERITY, selects};

/// Deepest nesting.
const MAX_DEPTH: usize = 40;

/// Whether a condition holds for a message of a program. `None`: something else decides.
pub(super) fn holds(condition: &str, program: &str) -> Option<bool> {
    let text = condition.trim();
    if let Some(rest) = text.strip_prefix(':') {
        return filter(rest, program);
    }
    let tokens = tokens(text)?;
    let mut p = Parser { tokens: &tokens, program };
    let answer = p.either(0)?;
    if p.tokens.is_empty() { answer } else { None }
}

/// `:property, !compare, "value"`.
fn filter(text: &str, program: &str) -> Option<bool> {
    let mut parts = text.splitn(3, ',').map(str::trim);
    let (name, how, rest) = (parts.next()?, parts.next()?, parts.next()?);
    let value = rest.strip_prefix('"')?.split('"').next()?.to_owned();
    let (how, not) = how.strip_prefix('!').map_or((how, false), |h| (h, true));
    let Some(have) = property(name, program) else { return unseen(how, &value, not) };
    let answer = match how {
        "isequal" => have == value,
        "startswith" => have.starts_with(&value),
        "contains" => have.contains(&value),
        "isempty" => have.is_empty(),
        _ => return None,
    };
    Some(answer != not)
}

/// What a filter says of a property that is not followed, as the text of a message: one that every
/// text passes, or that only leaves some texts out.
fn unseen(how: &str, value: &str, not: bool) -> Option<bool> {
    let all = match how {
        "contains" | "startswith" => value.is_empty(),
        "regex" | "ereregex" => regex::Regex::new(value).is_ok_and(|r| r.is_match("")),
        "isequal" => false,
        _ => return None,
    };
    if all { Some(!not) } else { not.then_some(true) }
}

/// A property of the message that is followed.
fn property(name: &str, program: &str) -> Option<String> {
    let name = name.trim_start_matches('$').to_ascii_lowercase();
    Some(match name.as_str() {
        "syslogfacility-text" => FACILITY.to_owned(),
        "syslogfacility" => "10".to_owned(),
        "syslogseverity-text" | "syslogpriority-text" => "info".to_owned(),
        "syslogseverity" | "syslogpriority" => SEVERITY.to_string(),
        "pri-text" => format!("{FACILITY}.info"),
        "pri" => (10 * 8 + SEVERITY).to_string(),
        "programname" | "app-name" => program.to_owned(),
        "fromhost-ip" => "127.0.0.1".to_owned(),
        _ => return None,
    })
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Mark(String),
    Word(String),
    Text(String),
}

fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut out = Vec::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            c if c.is_whitespace() => {}
            '\'' | '"' => {
                let mut text = String::new();
                loop {
                    match chars.next()? {
                        d if d == c => break,
                        '\\' => text.extend(chars.next()),
                        d => text.push(d),
                    }
                }
                out.push(Token::Text(text));
            }
            '(' | ')' | '[' | ']' | ',' => out.push(Token::Mark(c.to_string())),
            '=' | '!' | '<' | '>' => {
                let mut mark = c.to_string();
                mark.extend(chars.next_if(|d| *d == '=' || *d == '>'));
                out.push(Token::Mark(mark));
            }
            c => {
                let mut word = c.to_string();
                while let Some(d) =
                    chars.next_if(|d| d.is_ascii_alphanumeric() || "-_$!.".contains(*d))
                {
                    word.push(d);
                }
                out.push(Token::Word(word));
            }
        }
        if out.len() > 2000 {
            return None;
        }
    }
    Some(out)
}

struct Parser<'a> {
    tokens: &'a [Token],
    program: &'a str,
}

/// What a part says: nothing where it is malformed, `None` inside where it cannot be told.
type Said = Option<Option<bool>>;

impl Parser<'_> {
    fn take(&mut self) -> Option<Token> {
        let (first, rest) = self.tokens.split_first()?;
        self.tokens = rest;
        Some(first.clone())
    }

    fn word(&mut self, word: &str) -> bool {
        let hit =
            matches!(self.tokens.first(), Some(Token::Word(w)) if w.eq_ignore_ascii_case(word));
        if hit {
            self.take();
        }
        hit
    }

    fn mark(&mut self, mark: &str) -> bool {
        let hit = matches!(self.tokens.first(), Some(Token::Mark(m)) if m == mark);
        if hit {
            self.take();
        }
        hit
    }

    fn either(&mut self, depth: usize) -> Said {
        let mut all = vec![self.both(depth)?];
        while self.word("or") {
            all.push(self.both(depth)?);
        }
        let sure = all.contains(&Some(true));
        Some(if sure {
            Some(true)
        } else if all.contains(&None) {
            None
        } else {
            Some(false)
        })
    }

    fn both(&mut self, depth: usize) -> Said {
        let mut all = vec![self.not(depth)?];
        while self.word("and") {
            all.push(self.not(depth)?);
        }
        let never = all.contains(&Some(false));
        Some(if never {
            Some(false)
        } else if all.contains(&None) {
            None
        } else {
            Some(true)
        })
    }

    fn not(&mut self, depth: usize) -> Said {
        let mut odd = false;
        while self.word("not") || self.mark("!") {
            odd = !odd;
        }
        let said = self.one(depth)?;
        Some(said.map(|b| b != odd))
    }

    fn one(&mut self, depth: usize) -> Said {
        if depth > MAX_DEPTH {
            return None;
        }
        if self.mark("(") {
            let inside = self.either(depth + 1)?;
            return self.mark(")").then_some(inside);
        }
        if self.word("prifilt") {
            let open = self.mark("(");
            let Some(Token::Text(selector)) = self.take() else { return None };
            return (open && self.mark(")")).then(|| Some(selects(&selector)));
        }
        let left = self.operand()?;
        let how = match self.tokens.first() {
            Some(Token::Mark(m))
                if ["==", "!=", "<>", "<", ">", "<=", ">="].contains(&m.as_str()) =>
            {
                m.clone()
            }
            Some(Token::Word(w)) if !["and", "or"].contains(&w.to_ascii_lowercase().as_str()) => {
                w.to_ascii_lowercase()
            }
            _ => return Some(None),
        };
        self.take();
        let mut wanted = Vec::new();
        if self.mark("[") {
            while !self.mark("]") {
                wanted.push(self.operand()?);
                self.mark(",");
            }
        } else {
            wanted.push(self.operand()?);
        }
        let Some(left) = left else { return Some(None) };
        let all: Option<Vec<String>> = wanted.into_iter().collect();
        let Some(all) = all else { return Some(None) };
        let number = |t: &str| t.parse::<i64>().ok();
        let order = |w: &String| Some(number(&left)?.cmp(&number(w)?));
        let any = |f: &dyn Fn(&String) -> bool| Some(all.iter().any(f));
        Some(match how.as_str() {
            "==" | "isequal" => any(&|w| left == *w),
            "!=" | "<>" => Some(!all.contains(&left)),
            "contains" => any(&|w| left.contains(w.as_str())),
            "contains_i" => any(&|w| left.to_lowercase().contains(&w.to_lowercase())),
            "startswith" => any(&|w| left.starts_with(w.as_str())),
            "<" => all.first().and_then(order).map(|o| o.is_lt()),
            "<=" => all.first().and_then(order).map(|o| o.is_le()),
            ">" => all.first().and_then(order).map(|o| o.is_gt()),
            ">=" => all.first().and_then(order).map(|o| o.is_ge()),
            _ => None,
        })
    }

    /// A value; `None` inside: it cannot be told.
    fn operand(&mut self) -> Option<Option<String>> {
        match self.take()? {
            Token::Text(text) => Some(Some(text)),
            Token::Word(name) if name.starts_with('$') => Some(property(&name, self.program)),
            Token::Word(number) if number.bytes().all(|b| b.is_ascii_digit()) => Some(Some(number)),
            Token::Word(_) | Token::Mark(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::holds;

    #[test]
    fn conditions_on_what_is_known() {
        for yes in [
            "$syslogfacility-text == 'authpriv' or $syslogfacility-text == 'auth'",
            "$syslogfacility == 10 and ($syslogseverity <= 6)",
            "not ($syslogfacility-text == \"mail\")",
            "$programname == ['su', 'sshd']",
            ":syslogfacility-text, isequal, \"authpriv\"",
            ":programname, !isequal, \"cron\"",
            ":msg, !contains, \"never seen\"",
            ":msg, contains, \"\"",
            ":rawmsg, regex, \".*\"",
            "prifilt(\"auth,authpriv.*\")",
            "$msg contains 'x' or $pri-text startswith 'auth'",
        ] {
            assert_eq!(holds(yes, "sshd"), Some(true), "{yes}");
        }
        for no in [
            "$syslogseverity < 3",
            "$programname == 'cron' and $msg contains 'x'",
            ":programname, startswith, \"nginx\"",
            ":msg, !regex, \".*\"",
        ] {
            assert_eq!(holds(no, "sshd"), Some(false), "{no}");
        }
        for open in [
            "$msg contains 'x'",
            "$hostname == 'a'",
            ":msg, regex, \"x\"",
            "(",
            "$a ==",
            "'",
            "$programname == [",
        ] {
            assert_eq!(holds(open, "sshd"), None, "{open}");
        }
        assert_eq!(holds(&"(".repeat(5000), "x"), None);
        assert_eq!(holds(&"not ".repeat(5000), "x"), None);
    }
}
