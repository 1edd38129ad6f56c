//! Whose signatures count: the list that `[approvals] allowed_signers` names, and what is refused
//! where a signature does not hold.

use std::path::Path;

use assay_core::approval::{AllowedSigners, ApprovalKind};
use assay_core::identity::sha256;
use assay_core::tailoring::Tailoring;
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

/// Refuses what cannot be left aside without making something better: parameters and deselected
/// rules. Without such a choice a rule would be judged by another yardstick, or be judged at all.
///
/// Everything else that is not signed changes nothing, and is named in the results.
pub(super) fn check(tailoring: &Tailoring, places: &Places<'_>) -> Result<(), Usage> {
    let signed = |rule: &str, name: &str| {
        tailoring.parameters.iter().any(|p| p.rule == rule && p.name == name)
    };
    for (rule, values) in &tailoring.params {
        if let Some(name) = values.keys().find(|name| !signed(rule, name)) {
            let m = "with allowed signers a parameter needs an approval: write it as [[param]] with \
                     rule, name, value, reason, approver and approved, and sign it with `assay approve`";
            return Err(places.at_key(&[Key("params"), Key(rule), Key(name)], m));
        }
    }
    for a in assay_eval::assess::approvals(tailoring).into_iter().filter(|a| !a.counts) {
        let (table, field) = match a.kind {
            ApprovalKind::Parameter => ("param", "name"),
            ApprovalKind::Deselected => ("deselect", "rule"),
            _ => continue,
        };
        let field = if a.key.is_some() { "signature" } else { field };
        let m = format!(
            "the {} {} does not count: {}; `assay approve` signs it",
            a.kind.words(),
            a.subject,
            a.reason.unwrap_or_default()
        );
        return Err(places.at_value(&[Key(table), Item(a.index), Key(field)], &m));
    }
    Ok(())
}
