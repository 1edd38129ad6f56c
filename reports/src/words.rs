//! The words for statuses and causes, and the next step that each cause asks for. One place, so
//! that the terminal and the page say the same.

use std::collections::BTreeMap;

use assay_core::Status;
use assay_core::approval::ApprovalKind;
use assay_core::assessment::{Assessment, Basis, CauseCount, Counts};
use assay_core::manifest::Scope;
use assay_core::verdict::{Cause, CauseKind};

use crate::text::{count, number, plain};

/// The status for people.
pub(crate) const fn status(status: Status) -> &'static str {
    match status {
        Status::Fail => "Fail",
        Status::NotAssessed => "Not assessed",
        Status::Manual => "Manual",
        Status::Waived => "Waived",
        Status::Pass => "Pass",
        Status::NotApplicable => "Not applicable",
    }
}

/// The status as a CSS class and a token in the page's data.
pub(crate) const fn status_class(status: Status) -> &'static str {
    match status {
        Status::Fail => "fail",
        Status::NotAssessed => "unseen",
        Status::Manual => "manual",
        Status::Waived => "waived",
        Status::Pass => "pass",
        Status::NotApplicable => "na",
    }
}

/// The kind of a cause for people.
pub(crate) const fn cause(kind: CauseKind) -> &'static str {
    match kind {
        CauseKind::Denied => "access denied",
        CauseKind::Failed => "call failed",
        CauseKind::Throttled => "throttled",
        CauseKind::Unsupported => "not supported here",
        CauseKind::Malformed => "unexpected answer",
        CauseKind::Unresolved => "known only once applied",
        CauseKind::NotAttempted => "not read",
        CauseKind::ListingIncomplete => "listing incomplete",
        CauseKind::ParameterUndeclared => "parameter not declared",
        CauseKind::RuleError => "rule error",
        CauseKind::NoVerdict => "rule gave no verdict",
        CauseKind::Limit => "limit reached",
        CauseKind::StaleFailure => "known, not readable now",
        CauseKind::RuleNotRun => "known, rule not run now",
    }
}

/// The parts of frameworks that are in scope by a choice that counts, one text for each choice:
/// which, how many controls that leaves out, who approved it when.
pub(crate) fn parts_in_scope(a: &Assessment) -> Vec<String> {
    let refused = |i: usize| {
        let mut all = a.approvals.iter().filter(|r| r.kind == ApprovalKind::Scope && !r.counts);
        all.any(|r| r.index == i)
    };
    let mut out = Vec::new();
    for (_, s) in a.tailoring.scope.iter().enumerate().filter(|(i, _)| !refused(*i)) {
        let Some(f) = a.frameworks.iter().find(|f| f.id == s.framework) else { continue };
        let outside = f
            .controls
            .iter()
            .filter(|c| c.basis == Basis::Excluded && c.reason.starts_with("outside the "))
            .count();
        out.push(format!(
            "{}: {} in scope, {} outside ({}, {})",
            plain(f.title.split(" (").next().unwrap_or(&f.title)),
            plain(&s.parts.join(", ").replace('_', " ")),
            count(outside as u64, "control", "controls"),
            plain(&s.approval.approver),
            s.approval.approved
        ));
    }
    out
}

/// Why an earlier failure is carried.
pub(crate) const fn stale(kind: CauseKind) -> &'static str {
    match kind {
        CauseKind::RuleNotRun => "its rule did not run now",
        _ => "it could not be read now",
    }
}

/// What to do about a cause.
pub(crate) fn next_step(cause: &CauseCount) -> String {
    let c = &cause.cause;
    match c.kind {
        CauseKind::Denied if of_host(cause) => ROOT.to_owned(),
        CauseKind::Denied => match permission(cause) {
            Some(p) => format!("allow {p}"),
            None => format!("grant what {} prints", permissions_of(&[cause])),
        },
        CauseKind::ListingIncomplete | CauseKind::StaleFailure => match permission(cause) {
            Some(p) => format!("make {p} succeed for the caller, then scan again"),
            None => "see the listing's own cause, then scan again".to_owned(),
        },
        CauseKind::RuleNotRun => {
            "run its rule again, or judge once without --baseline to forget it".to_owned()
        }
        CauseKind::Failed => "scan again; if it stays, see the call in calls.ndjson".to_owned(),
        CauseKind::Throttled => "scan again at a quieter time".to_owned(),
        CauseKind::NotAttempted => "scan again without leaving it out or stopping".to_owned(),
        CauseKind::ParameterUndeclared => match c.what.strip_prefix("params/") {
            Some(name) => format!("declare `{}` in assay.toml", plain(name)),
            None => "declare it in assay.toml".to_owned(),
        },
        CauseKind::Unresolved => "judge the applied resource, or give a plan".to_owned(),
        CauseKind::Unsupported => "look at it by hand, or accept the gap".to_owned(),
        CauseKind::NoVerdict => {
            "`assay explain` names the rule's limits; report it if they do not say why".to_owned()
        }
        CauseKind::Malformed | CauseKind::RuleError | CauseKind::Limit => {
            "report it: Assay should have understood this".to_owned()
        }
    }
}

/// What to do about several causes of one kind.
pub(crate) fn next_steps(causes: &[&CauseCount], max: usize) -> String {
    let [first, rest @ ..] = causes else { return String::new() };
    if rest.is_empty() {
        return next_step(first);
    }
    let names = |of: &dyn Fn(&CauseCount) -> Option<String>| {
        let mut names: Vec<String> = Vec::new();
        for name in causes.iter().filter_map(|c| of(c)) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        let shown = names.iter().take(max).cloned().collect::<Vec<_>>().join(", ");
        match names.len().saturating_sub(max) {
            0 => shown,
            more => format!("{shown} and {more} more"),
        }
    };
    match first.cause.kind {
        CauseKind::Denied => {
            let asked = |c: &CauseCount| permission(c).filter(|_| !of_host(c));
            let shown = names(&asked);
            if shown.is_empty() {
                return next_step(first);
            }
            let mut text = format!("allow {shown}");
            if text.ends_with(" more") {
                text.push_str("; all that is needed: ");
                text.push_str(&permissions_of(causes));
            }
            if causes.iter().any(|c| of_host(c)) {
                text.push_str("; on hosts ");
                text.push_str(ROOT);
            }
            text
        }
        CauseKind::ListingIncomplete | CauseKind::StaleFailure => {
            format!("make {} succeed for the caller, then scan again", names(&permission))
        }
        CauseKind::ParameterUndeclared => {
            let parameter = |c: &CauseCount| {
                c.cause.what.strip_prefix("params/").map(|n| plain(n).into_owned())
            };
            format!("declare {} in assay.toml", names(&parameter))
        }
        _ => next_step(first),
    }
}

/// What lets a collector read all of a host.
const ROOT: &str = "scan as root";

/// Whether a host's file was closed, not a provider's operation.
fn of_host(cause: &CauseCount) -> bool {
    cause.cause.operation.as_deref().is_some_and(|o| o.starts_with("linux:"))
}

/// The commands that print what the callers need. Azure's operations are paths
/// (`Microsoft.Storage/storageAccounts/read`), its graph's permissions have dots alone.
fn permissions_of(causes: &[&CauseCount]) -> String {
    let azure = |c: &CauseCount| {
        let said = permission(c).unwrap_or_default();
        said.contains('/') || (said.contains('.') && !said.contains(':'))
    };
    match (causes.iter().any(|c| azure(c)), causes.iter().all(|c| azure(c))) {
        (true, true) => "`assay permissions azure`",
        (true, false) => "`assay permissions aws` and `assay permissions azure`",
        (false, _) => "`assay permissions aws`",
    }
    .to_owned()
}

/// The permissions or the operation that would have told: what the provider said is missing, else
/// what the collector declares, else the operation's own name.
pub(crate) fn permission(cause: &CauseCount) -> Option<String> {
    if let Some(said) = said_by_provider(&cause.cause.detail) {
        return Some(said);
    }
    if !cause.actions.is_empty() {
        return Some(plain(&cause.actions.join(", ")).into_owned());
    }
    cause.cause.operation.as_deref().map(|o| plain(o).into_owned())
}

/// `… is not authorized to perform: s3:GetBucketAcl on resource: …`
fn said_by_provider(detail: &str) -> Option<String> {
    let (_, after) = detail.split_once("not authorized to perform: ")?;
    let action = after.split_whitespace().next()?.trim_end_matches(['.', ',']);
    let shaped = action.split_once(':').is_some_and(|(service, name)| {
        let ok =
            |s: &str| !s.is_empty() && s.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        ok(service) && ok(name)
    });
    shaped.then(|| action.to_owned())
}

/// What is not known and why, in one line.
pub(crate) fn cause_line(c: &Cause) -> String {
    let mut line = cause(c.kind).to_owned();
    if !c.what.is_empty() {
        line.push_str(": ");
        line.push_str(&plain(&c.what));
    }
    if let Some(op) = &c.operation {
        line.push_str(" (");
        line.push_str(&plain(op));
        line.push(')');
    }
    line
}

/// Who was looked at: `account 1234`, `host web-1`, `3 accounts`.
pub(crate) fn subject(scope: &Scope) -> String {
    let (one, many) =
        if scope.providers == ["linux"] { ("host", "hosts") } else { ("account", "accounts") };
    match scope.accounts.as_slice() {
        [] => format!("no {one}"),
        [name] => format!("{one} {name}"),
        all => count(all.len() as u64, one, many),
    }
}

/// Rules whose provider the snapshot was not asked for, counted by provider. Those that were left
/// out by name are not counted again.
pub(crate) fn out_of_scope(a: &Assessment) -> BTreeMap<&str, u64> {
    let mut out: BTreeMap<&str, u64> = BTreeMap::new();
    for r in a.rules.iter().filter(|r| r.out_of_scope && !r.deselected) {
        // `rules.<provider>.<service>.<name>`
        *out.entry(r.meta.package.split('.').nth(1).unwrap_or("other")).or_default() += 1;
    }
    out
}

/// True if no rule gave a result anywhere.
pub(crate) const fn nothing_assessed(counts: &Counts) -> bool {
    counts.pass + counts.fail + counts.waived == 0
}

/// The one sentence that says how it stands.
pub(crate) fn headline(a: &Assessment) -> String {
    let s = &a.summary;
    let failures: u64 = s.failures.values().sum();
    let unseen = s.verdicts.not_assessed;
    if nothing_assessed(&s.verdicts) {
        return if a.rules.iter().all(|r| r.deselected || r.out_of_scope) {
            "Nothing was assessed: no rule ran.".to_owned()
        } else if unseen > 0 || !a.incomplete_listings.is_empty() {
            "Nothing was assessed: nothing in scope could be looked at.".to_owned()
        } else {
            "Nothing was assessed: no rule gave a result.".to_owned()
        };
    }
    let found = if failures == 0 {
        "No open failure among what was looked at".to_owned()
    } else {
        let worst = ["critical", "high"]
            .into_iter()
            .filter_map(|w| {
                s.failures.get(w).filter(|n| **n > 0).map(|n| format!("{} {w}", number(*n)))
            })
            .collect::<Vec<_>>()
            .join(", ");
        let of = if worst.is_empty() { String::new() } else { format!(" ({worst})") };
        format!("{}{of}", count(failures, "open failure", "open failures"))
    };
    if unseen == 0 && a.incomplete_listings.is_empty() {
        format!("{found}; everything in scope was looked at.")
    } else {
        let listings = u64::try_from(a.incomplete_listings.len()).unwrap_or(u64::MAX);
        let mut parts = Vec::new();
        if unseen > 0 {
            parts.push(count(unseen, "verdict", "verdicts"));
        }
        if listings > 0 {
            parts.push(count(listings, "listing", "listings"));
        }
        format!("{found}; {} could not be assessed.", parts.join(" and "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn denied(detail: &str, operation: Option<&str>) -> CauseCount {
        CauseCount {
            cause: Cause {
                kind: CauseKind::Denied,
                what: "/Acl".to_owned(),
                operation: operation.map(str::to_owned),
                detail: detail.to_owned(),
            },
            verdicts: 1,
            rules: 1,
            accepted: false,
            accounts: Vec::new(),
            actions: Vec::new(),
        }
    }

    #[test]
    fn a_denied_call_names_the_permission() {
        let said =
            "User: x is not authorized to perform: s3:GetEncryptionConfiguration on resource: y";
        assert_eq!(
            next_step(&denied(said, Some("s3:GetBucketEncryption"))),
            "allow s3:GetEncryptionConfiguration"
        );
        assert_eq!(next_step(&denied("no", Some("iam:GetUser"))), "allow iam:GetUser");
        assert_eq!(
            next_step(&denied("not authorized to perform: `rm -rf` on", Some("iam:GetUser"))),
            "allow iam:GetUser"
        );
    }
}
