//! Rules that are left out: by somebody who may, or by a flag for one run.

use serde::{Deserialize, Serialize};

use super::{Approval, Date, day_if_any};

/// A rule left out by choice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Flat")]
pub struct Deselected {
    /// The rule's id.
    pub rule: String,
    /// Left out on the command line (`--rule`), for one run: nobody approves that.
    #[serde(skip_serializing_if = "crate::skip::is_false")]
    pub by_flag: bool,
    /// Why, who, when; `None` where a flag left it out. (Earlier releases wrote the day of the run,
    /// so that the same choice had another digest every day.)
    #[serde(flatten)]
    pub approval: Option<Approval>,
}

impl Deselected {
    /// Why.
    #[must_use]
    pub fn reason(&self) -> &str {
        self.approval.as_ref().map_or("left out by --rule", |a| a.reason.as_str())
    }
}

/// As it is written. Half an approval is a mistake, never none.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Flat {
    rule: String,
    #[serde(default)]
    by_flag: bool,
    reason: Option<String>,
    approver: Option<String>,
    #[serde(default, deserialize_with = "day_if_any")]
    approved: Option<Date>,
    signature: Option<String>,
}

impl TryFrom<Flat> for Deselected {
    type Error = &'static str;

    fn try_from(f: Flat) -> Result<Self, Self::Error> {
        let approval = match (f.reason, f.approver, f.approved, f.signature) {
            (Some(reason), Some(approver), Some(approved), signature) => {
                Some(Approval { reason, approver, approved, signature })
            }
            (None, None, None, None) if f.by_flag => None,
            _ => return Err("a rule that is left out needs reason, approver and approved"),
        };
        Ok(Self { rule: f.rule, by_flag: f.by_flag, approval })
    }
}
