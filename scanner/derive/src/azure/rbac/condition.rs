//! Conditions of role assignments (Azure ABAC): whether one lets its holder give out a role.
//!
//! A condition is an expression over the action, the request and the resource. It is evaluated for
//! the action `Microsoft.Authorization/roleAssignments/write` with the role that would be given out;
//! every other attribute may have any value, so a comparison of one is neither true nor false
//! (Kleene's logic). Only a condition that is then *false* keeps the role from being given out.
//! Grammar: <https://learn.microsoft.com/azure/role-based-access-control/conditions-format>.

use std::iter::Peekable;
use std::vec::IntoIter;

/// What gives out a role.
const WRITE: &str = "Microsoft.Authorization/roleAssignments/write";
/// The attribute that names the role that is given out.
const ROLE: &str = "microsoft.authorization/roleassignments:roledefinitionid";

/// A condition that this program cannot read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the condition cannot be read: {0}")]
pub(super) struct Unreadable(String);

/// Whether the holder may give out the role with this GUID (in lower case), as far as the condition
/// goes.
pub(super) fn may_assign(condition: &str, role: &str) -> Result<bool, Unreadable> {
    let tokens = tokens(condition)?;
    let mut parser = Parser { tokens: tokens.into_iter().peekable(), role, depth: 0 };
    let value = parser.or()?;
    match parser.tokens.next() {
        None => Ok(value != Some(false)),
        Some(t) => Err(Unreadable(format!("unexpected {t:?}"))),
    }
}

/// True, false, or neither.
type Truth = Option<bool>;

const fn not(a: Truth) -> Truth {
    match a {
        Some(v) => Some(!v),
        None => None,
    }
}

const fn and(a: Truth, b: Truth) -> Truth {
    match (a, b) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Open,
    Close,
    Not,
    And,
    Or,
    /// `ActionMatches{'…'}`, `SubOperationMatches{'…'}`: the function and its text.
    Function(String, String),
    /// `@Request[…]`: the source without `@` and the attribute, both in lower case.
    Attribute(String, String),
    /// `{…}`: the values in lower case.
    Set(Vec<String>),
    /// A value, an operator or `Exists`.
    Word(String),
}

fn tokens(text: &str) -> Result<Vec<Token>, Unreadable> {
    let mut out = Vec::new();
    let mut rest = text.trim_start();
    while let Some(c) = rest.chars().next() {
        let (token, after) = match c {
            '(' => (Token::Open, tail(rest, 1)),
            ')' => (Token::Close, tail(rest, 1)),
            '!' => (Token::Not, tail(rest, 1)),
            '&' if rest.starts_with("&&") => (Token::And, tail(rest, 2)),
            '|' if rest.starts_with("||") => (Token::Or, tail(rest, 2)),
            '{' => {
                let (inner, after) = enclosed(rest, '}')?;
                (Token::Set(values(inner)), after)
            }
            '\'' => {
                let (inner, after) = enclosed(rest, '\'')?;
                (Token::Word(format!("'{}", inner.to_ascii_lowercase())), after)
            }
            _ => word(rest)?,
        };
        out.push(token);
        rest = after.trim_start();
    }
    Ok(out)
}

/// A word with the bracket or brace that follows it.
fn word(rest: &str) -> Result<(Token, &str), Unreadable> {
    let end =
        rest.find(|c: char| c.is_whitespace() || "(){}[]!'".contains(c)).unwrap_or(rest.len());
    if end == 0 {
        return Err(Unreadable(format!(
            "unexpected `{}`",
            rest.chars().take(1).collect::<String>()
        )));
    }
    let (name, after) = rest.split_at(end);
    if after.starts_with('[') {
        let (inner, after) = enclosed(after, ']')?;
        let source = name.trim_start_matches('@').to_ascii_lowercase();
        return Ok((Token::Attribute(source, inner.trim().to_ascii_lowercase()), after));
    }
    let function = ["actionmatches", "suboperationmatches"].contains(&&*name.to_ascii_lowercase());
    if function && after.starts_with('{') {
        let (inner, after) = enclosed(after, '}')?;
        let text = inner.trim().trim_matches('\'').to_owned();
        return Ok((Token::Function(name.to_ascii_lowercase(), text), after));
    }
    let token = match name.to_ascii_lowercase().as_str() {
        "and" => Token::And,
        "or" => Token::Or,
        "not" => Token::Not,
        other => Token::Word(other.to_owned()),
    };
    Ok((token, after))
}

/// What stands between the first character and the next `close`, and what follows.
fn enclosed(rest: &str, close: char) -> Result<(&str, &str), Unreadable> {
    let inner = tail(rest, 1);
    let end = inner.find(close).ok_or_else(|| Unreadable(format!("no closing `{close}`")))?;
    Ok((inner.get(..end).unwrap_or_default(), tail(inner, end + close.len_utf8())))
}

fn tail(text: &str, from: usize) -> &str {
    text.get(from..).unwrap_or_default()
}

fn values(inner: &str) -> Vec<String> {
    let plain = |v: &str| v.trim().trim_matches('\'').to_ascii_lowercase();
    inner.split(',').map(plain).filter(|v| !v.is_empty()).collect()
}

struct Parser<'a> {
    tokens: Peekable<IntoIter<Token>>,
    role: &'a str,
    depth: usize,
}

impl Parser<'_> {
    fn or(&mut self) -> Result<Truth, Unreadable> {
        let mut value = self.and()?;
        while self.tokens.next_if_eq(&Token::Or).is_some() {
            let right = self.and()?;
            value = not(and(not(value), not(right)));
        }
        Ok(value)
    }

    fn and(&mut self) -> Result<Truth, Unreadable> {
        let mut value = self.unary()?;
        while self.tokens.next_if_eq(&Token::And).is_some() {
            let right = self.unary()?;
            value = and(value, right);
        }
        Ok(value)
    }

    fn unary(&mut self) -> Result<Truth, Unreadable> {
        // A condition has at most a few thousand characters; the depth keeps the stack bounded.
        self.depth += 1;
        if self.depth > 64 {
            return Err(Unreadable("it is nested too deeply".into()));
        }
        let value = match self.tokens.next() {
            Some(Token::Not) => not(self.unary()?),
            Some(Token::Open) => {
                let value = self.or()?;
                if self.tokens.next() != Some(Token::Close) {
                    return Err(Unreadable("no closing `)`".into()));
                }
                value
            }
            Some(Token::Function(name, text)) if name == "actionmatches" => {
                Some(super::power::matches(&text, WRITE))
            }
            Some(Token::Function(..)) => None,
            // `Exists @Resource[…]`
            Some(Token::Word(w)) if w == "exists" => match self.tokens.next() {
                Some(Token::Attribute(..)) => None,
                other => return Err(Unreadable(format!("`exists` before {other:?}"))),
            },
            Some(left @ (Token::Attribute(..) | Token::Set(_) | Token::Word(_))) => {
                self.comparison(&left)?
            }
            other => return Err(Unreadable(format!("unexpected {other:?}"))),
        };
        self.depth -= 1;
        Ok(value)
    }

    fn comparison(&mut self, left: &Token) -> Result<Truth, Unreadable> {
        let Some(Token::Word(operator)) = self.tokens.next() else {
            return Err(Unreadable("an attribute without operator".into()));
        };
        let right = match self.tokens.next() {
            Some(Token::Set(values)) => Some(values),
            Some(Token::Word(value)) => Some(vec![value.trim_start_matches('\'').to_owned()]),
            Some(Token::Attribute(..)) => None,
            other => return Err(Unreadable(format!("{operator} before {other:?}"))),
        };
        let asked =
            matches!(left, Token::Attribute(source, name) if source == "request" && name == ROLE);
        let Some(right) = right.filter(|_| asked) else { return Ok(None) };
        let (quantifier, function) = operator.split_once(':').unwrap_or(("", &operator));
        let holds = |value: &String| match function {
            "guidequals" => Some(value == self.role),
            "guidnotequals" => Some(value != self.role),
            _ => None,
        };
        let each: Option<Vec<bool>> = right.iter().map(holds).collect();
        // One value on the left: `ForAny…` and `ForAll…` ask the same.
        Ok(each.and_then(|each| match quantifier {
            "foranyofanyvalues" | "forallofanyvalues" => Some(each.contains(&true)),
            "foranyofallvalues" | "forallofallvalues" => Some(!each.contains(&false)),
            "" => match each.as_slice() {
                [one] => Some(*one),
                _ => None,
            },
            _ => None,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWNER: &str = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635";
    const BACKUP: &str = "5e467623-bb1f-42f4-a55d-6e525e11384b";

    fn only(inner: &str) -> String {
        format!(
            "((!(ActionMatches{{'Microsoft.Authorization/roleAssignments/write'}})) OR ({inner})) \
             AND ((!(ActionMatches{{'Microsoft.Authorization/roleAssignments/delete'}})) OR \
             (@Resource[Microsoft.Authorization/roleAssignments:RoleDefinitionId] \
             ForAnyOfAnyValues:GuidEquals {{{BACKUP}}}))"
        )
    }

    #[test]
    fn which_roles_a_condition_lets_out() {
        let role = "@Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId]";
        let kind = "@Request[Microsoft.Authorization/roleAssignments:PrincipalType]";
        for (inner, owner, backup) in [
            (
                format!(
                    "{role} ForAnyOfAnyValues:GuidEquals {{{BACKUP}, {}}}",
                    "a795c7a0-d4a2-40c1-ae25-d81f01202912"
                ),
                false,
                true,
            ),
            (
                format!(
                    "{role} ForAnyOfAllValues:GuidNotEquals {{{OWNER}, 18d7d88d-d35e-4fb5-a5c3-7773c20a72d9}}"
                ),
                false,
                true,
            ),
            // Unequal to any of two values holds for every value.
            (format!("{role} ForAnyOfAnyValues:GuidNotEquals {{{OWNER}, {BACKUP}}}"), true, true),
            (format!("{role} GuidEquals {BACKUP}"), false, true),
            (
                format!("{kind} ForAnyOfAnyValues:StringEqualsIgnoreCase {{'User', 'Group'}}"),
                true,
                true,
            ),
            (
                format!(
                    "{role} ForAnyOfAnyValues:GuidEquals {{{BACKUP}}} AND {kind} ForAnyOfAnyValues:StringEqualsIgnoreCase {{'User'}}"
                ),
                false,
                true,
            ),
            (
                format!(
                    "{role} ForAnyOfAnyValues:GuidEquals {{{BACKUP}}} OR {kind} ForAnyOfAnyValues:StringEqualsIgnoreCase {{'User'}}"
                ),
                true,
                true,
            ),
            (format!("!({role} ForAnyOfAnyValues:GuidEquals {{{OWNER}}})"), false, true),
            (
                format!("NOT {role} ForAnyOfAnyValues:GuidEquals {{{}}}", OWNER.to_uppercase()),
                false,
                true,
            ),
            (format!("{role}ForAnyOfAnyValues:GuidEquals{{{BACKUP}}}"), false, true),
            // About the resource, not about what is given out.
            (
                format!(
                    "@Resource[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {{{BACKUP}}}"
                ),
                true,
                true,
            ),
        ] {
            let condition = only(&inner);
            assert_eq!(may_assign(&condition, OWNER), Ok(owner), "{inner}");
            assert_eq!(may_assign(&condition, BACKUP), Ok(backup), "{inner}");
        }
    }

    #[test]
    fn conditions_of_data_actions_do_not_keep_roles_in() {
        let blob = "((!(ActionMatches{'Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read'} \
                    AND SubOperationMatches{'Blob.List'})) OR (@Resource[Microsoft.Storage/storageAccounts/blobServices/containers:name] StringEquals 'x y'))";
        assert_eq!(may_assign(blob, OWNER), Ok(true));
        let any = "(!(ActionMatches{'Microsoft.Authorization/*'})) OR (Exists @Principal[x:y])";
        assert_eq!(may_assign(any, OWNER), Ok(true));
        let never = "!(ActionMatches{'Microsoft.Authorization/roleAssignments/*'})";
        assert_eq!(may_assign(never, OWNER), Ok(false));
    }

    #[test]
    fn what_is_no_condition_is_not_read() {
        for text in
            ["(", "a", "@Request[x", "@Request[a:b] StringEquals", ") (", "x {", &"(".repeat(100)]
        {
            assert!(may_assign(text, OWNER).is_err(), "{text}");
        }
        assert!(may_assign("", OWNER).is_err());
    }
}
