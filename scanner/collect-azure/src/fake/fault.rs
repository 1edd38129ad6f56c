//! What goes wrong, and where.

use super::answer::Answer;

/// How an answer goes wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Harm {
    /// 403 `AuthorizationFailed`.
    Denied,
    /// 404 with this code.
    Missing(&'static str),
    /// Any status with this code.
    Status(u16, &'static str),
    /// Any status with this code, as a file says it.
    Refused(u16, String),
    /// The body breaks off.
    Broken,
    /// Another body, whatever it is.
    Body(String),
    /// 503 with a date in `Retry-After` that has passed.
    Busy,
}

/// Something that goes wrong.
#[derive(Debug, Clone)]
pub struct Fault {
    part: String,
    action: String,
    query: String,
    harm: Harm,
    from: usize,
}

impl Fault {
    /// Harm to every request whose path contains a text, in any case. `*` as its last character is
    /// anything; without one the path must end with the text. A `*` inside is anything too.
    #[must_use]
    pub fn at(part: &str, harm: Harm) -> Self {
        let part = part.to_lowercase();
        Self { part, action: String::new(), query: String::new(), harm, from: 0 }
    }

    /// Harm to every request of Resource Manager that needs an RBAC action
    /// (`Microsoft.Sql/servers/read`): as a role without it would have it.
    #[must_use]
    pub fn action(action: &str, harm: Harm) -> Self {
        Self { action: action.to_lowercase(), ..Self::at("*", harm) }
    }

    /// Only where the query holds a text, in any case.
    #[must_use]
    pub fn asking(mut self, text: &str) -> Self {
        self.query = text.to_lowercase();
        self
    }

    /// Only for pages that begin behind so many members.
    #[must_use]
    pub const fn from(mut self, member: usize) -> Self {
        self.from = member;
        self
    }

    pub(super) fn meets(&self, path: &str, query: &str, from: usize) -> bool {
        let there = match self.part.strip_suffix('*') {
            Some(part) => path.contains(part),
            None => match self.part.split_once('*') {
                Some((before, end)) => {
                    path.split_once(before).is_some_and(|(_, rest)| rest.ends_with(end))
                }
                None => path.ends_with(&self.part),
            },
        };
        let needs = || crate::id::kind(path).map(|kind| format!("{kind}/read"));
        let there = there && (self.action.is_empty() || needs().as_ref() == Some(&self.action));
        there && from >= self.from && query.contains(&self.query)
    }

    pub(super) fn harm(&self, answer: Answer) -> Answer {
        match &self.harm {
            Harm::Denied => {
                Answer::error(403, "AuthorizationFailed", "the client has no authorization")
            }
            Harm::Missing(code) => Answer::error(404, code, "not found"),
            Harm::Status(status, code) => Answer::error(*status, code, said(*status)),
            Harm::Refused(status, code) => Answer::error(*status, code, said(*status)),
            Harm::Broken => {
                let mut answer = answer;
                answer.body.truncate(answer.body.len() / 2);
                answer
            }
            Harm::Body(text) => Answer { body: text.clone().into_bytes(), ..answer },
            Harm::Busy => {
                let mut answer = Answer::error(503, "ServerBusy", "later");
                let past = "Fri, 01 Jan 2021 00:00:00 GMT".to_owned();
                answer.headers.push(("retry-after", past));
                answer
            }
        }
    }
}

/// What the message of a refusal says.
const fn said(status: u16) -> &'static str {
    match status {
        401 => "The access token is missing or invalid.",
        403 => "The client does not have authorization to perform this action.",
        404 => "The resource was not found.",
        409 => "The kind of the resource does not have this.",
        429 => "Too many requests.",
        _ => "The server could not answer.",
    }
}
