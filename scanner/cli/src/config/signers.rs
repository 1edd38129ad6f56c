//! Whose signatures count: the list that `[approvals] allowed_signers` names, and what is refused
//! where a signature does not hold.

use std::path::Path;

use assay_core::approval::{AllowedSigners, ApprovalKind, Signing};
use assay_core::identity::sha256;
use assay_core::tailoring::{Date, Tailoring};
use assay_snapshot::seal::Signers;

use super::place::Places;
use super::place::Step::{Item, Key};
use crate::exit::Usage;

/// The largest list that is read.
const MAX: usize = 1 << 20;

/// Reads the list; its path counts from the folder of the configuration.
pub(super) fn read(config: &Path, list: &Path) -> Result<AllowedSigners, String> {
    let path = config.parent().unwrap_or(Path::new("")).join(list);
    let text = std::fs::read_to_string(&path)
        .map_err(|e| format!("cannot read the allowed signers {}: {e}", path.display()))?;
    if text.len() > MAX {
        return Err(format!("the allowed signers {} are larger than 1 MiB", path.display()));
    }
    Signers::parse(&path, &text).map_err(|e| e.to_string())?;
    let sha256 = sha256(text.as_bytes());
    Ok(AllowedSigners { file: list.display().to_string(), sha256, text })
}

/// The accounts that the approvals are for, in order.
pub(super) fn accounts(
    named: Option<Vec<String>>,
    places: &Places<'_>,
) -> Result<Vec<String>, Usage> {
    let Some(mut all) = named else { return Ok(Vec::new()) };
    if all.is_empty() || all.iter().any(|a| a.trim().is_empty()) {
        let m = "name the accounts, subscriptions and hosts that the approvals are for, or leave it out";
        return Err(places.at_value(&[Key("approvals"), Key("accounts")], m));
    }
    all.sort();
    all.dedup();
    Ok(all)
}

/// Refuses what does not count on a day and cannot be left aside without making something better:
/// parameters and deselected rules. Without such a choice a rule would be judged by another
/// yardstick, or be judged at all.
///
/// Everything else that does not count changes nothing, and is named in the results.
pub(super) fn check(tailoring: &Tailoring, today: Date, places: &Places<'_>) -> Result<(), Usage> {
    let signed = |rule: &str, name: &str| {
        tailoring.parameters.iter().any(|p| p.rule == rule && p.name == name)
    };
    for (rule, values) in &tailoring.params {
        if tailoring.allowed_signers.is_some()
            && let Some(name) = values.keys().find(|name| !signed(rule, name))
        {
            let m = "with allowed signers a parameter needs an approval: write it as [[param]] with \
                     rule, name, value, reason, approver and approved, and sign it with `assay approve`";
            return Err(places.at_key(&[Key("params"), Key(rule), Key(name)], m));
        }
    }
    for a in assay_eval::assess::approvals(tailoring, today).into_iter().filter(|a| !a.counts) {
        let (table, field) = match a.kind {
            ApprovalKind::Parameter => ("param", "name"),
            ApprovalKind::Deselected => ("deselect", "rule"),
            _ => continue,
        };
        let field = if a.key.is_some() { "signature" } else { field };
        let next = if a.signing == Signing::Signed || tailoring.allowed_signers.is_none() {
            "leave it out until then"
        } else {
            "`assay approve` signs it"
        };
        let m = format!(
            "the {} {} does not count: {}; {next}",
            a.kind.words(),
            a.subject,
            a.reason.unwrap_or_default()
        );
        return Err(places.at_value(&[Key(table), Item(a.index), Key(field)], &m));
    }
    Ok(())
}
