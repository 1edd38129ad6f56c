//! Whether an approval is signed, and whether it counts.

use assay_core::approval::{ApprovalKind, ApprovalResult, Signing};
use assay_core::assessment::Assessment;

use crate::text::clip;

/// What became of an approval, in words; nothing where the assessment does not say.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Sign {
    pub(super) words: String,
    pub(super) refused: bool,
}

/// What became of the approval of an entry of the tailoring.
pub(super) fn sign(a: &Assessment, kind: ApprovalKind, index: usize) -> Sign {
    let mut all = a.approvals.iter();
    match all.find(|r| r.kind == kind && r.index == index) {
        Some(r) => Sign { words: words(a, r), refused: !r.counts },
        None => Sign { words: String::new(), refused: false },
    }
}

fn words(a: &Assessment, r: &ApprovalResult) -> String {
    let reason = clip(r.reason.as_deref().unwrap_or_default(), 200);
    if !r.counts {
        return format!("does not count: {reason}");
    }
    match (r.signing, &r.key) {
        (Signing::Signed, Some(key)) => format!("signed, {}", clip(key, 80)),
        // Where nobody has to sign, every row would say so.
        (Signing::Unsigned, _) if a.tailoring.allowed_signers.is_none() => String::new(),
        (signing, _) if reason.is_empty() => signing.as_str().to_owned(),
        (signing, _) => format!("{}: {reason}", signing.as_str()),
    }
}

/// Whose signatures count, and for what.
pub(super) fn signers(a: &Assessment) -> String {
    let tied = &a.tailoring.approval_accounts;
    let tied = match tied.is_empty() {
        true => String::new(),
        false => format!(
            " All of them are for {} only, and nothing is judged of another account.",
            clip(&tied.join(", "), 400)
        ),
    };
    let who = match &a.tailoring.allowed_signers {
        None => "Nobody has to sign: an approval counts as it is written.".to_owned(),
        Some(s) => format!(
            "An approval counts only with its approver's SSH signature, checked against {} \
             (sha256 {}).",
            clip(&s.file, 200),
            s.sha256
        ),
    };
    who + &tied
}
