//! The choices of `assay.toml` as their author writes them, and what they become.
//!
//! They are the core types, but flat: `deny_unknown_fields` and `flatten` exclude each other.

use assay_core::Severity;
use assay_core::tailoring::{
    Approval, Date, Deselected, ExcludedControl, Floor, LeftOut, LeftOutKind, Parameter,
    ScopeChoice, Tailoring,
};
use serde::Deserialize;
use serde_json::Value;

use super::File;
use super::check::{Known, Wrong};

/// A choice, with who approved it and why.
macro_rules! choice {
    ($(#[$doc:meta])* $name:ident { $($(#[$attribute:meta])* $field:ident: $kind:ty,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub(super) struct $name {
            $($(#[$attribute])* pub(super) $field: $kind,)*
            pub(super) reason: String,
            pub(super) approver: String,
            #[serde(deserialize_with = "assay_core::tailoring::day")]
            pub(super) approved: Date,
            pub(super) signature: Option<String>,
        }

        impl $name {
            fn approval(&self) -> Approval {
                Approval {
                    reason: self.reason.clone(),
                    approver: self.approver.clone(),
                    approved: self.approved,
                    signature: self.signature.clone(),
                }
            }
        }
    };
}

choice!(
    /// A rule left out.
    FlatDeselected { rule: String, }
);
choice!(
    /// A control that does not apply.
    FlatExcluded { framework: String, control: String, }
);
choice!(
    /// A severity floor.
    FlatFloor { framework: String, severity: Severity, }
);
choice!(
    /// A parameter.
    FlatParameter { rule: String, name: String, value: Value, }
);
choice!(
    /// Which parts of a framework are in scope: `categories` or `roles`, as the framework has it.
    FlatScope { categories: Option<Vec<String>>, roles: Option<Vec<String>>, }
);
choice!(
    /// What a collection leaves out: one of the three.
    FlatLeftOut {
        regions: Option<Vec<String>>,
        accounts: Option<Vec<String>>,
        services: Option<Vec<String>>,
    }
);

impl FlatScope {
    /// The parts, and the word that was used for them.
    pub(super) fn parts(&self) -> Vec<(&'static str, &Vec<String>)> {
        [("categories", &self.categories), ("roles", &self.roles)]
            .into_iter()
            .filter_map(|(word, parts)| Some((word, parts.as_ref()?)))
            .collect()
    }
}

impl FlatLeftOut {
    fn named(&self) -> Vec<(LeftOutKind, &Vec<String>)> {
        [
            (LeftOutKind::Region, &self.regions),
            (LeftOutKind::Account, &self.accounts),
            (LeftOutKind::Service, &self.services),
        ]
        .into_iter()
        .filter_map(|(what, names)| Some((what, names.as_ref()?)))
        .collect()
    }

    /// It names things of one kind.
    pub(super) fn what(&self) -> Result<(), Wrong> {
        match self.named().as_slice() {
            [(what, names)] if names.iter().all(|n| n.trim().is_empty()) => {
                Err((what.many(), "what is left out needs a name".to_owned()))
            }
            [_] => Ok(()),
            [] => Err(("regions", "name the `regions`, `accounts` or `services`".to_owned())),
            [_, (what, _), ..] => {
                Err((what.many(), "it takes one of `regions`, `accounts`, `services`".to_owned()))
            }
        }
    }
}

/// Everything of the file that changes a result.
pub(super) fn tailoring(file: File, known: &Known) -> Tailoring {
    let mut params = file.params;
    for p in &file.param {
        params.entry(p.rule.clone()).or_default().insert(p.name.clone(), p.value.clone());
    }
    Tailoring {
        params,
        deselected: file
            .deselect
            .iter()
            .map(|d| Deselected {
                rule: d.rule.clone(),
                by_flag: false,
                approval: Some(d.approval()),
            })
            .collect(),
        floors: file
            .floor
            .iter()
            .map(|f| Floor {
                framework: f.framework.clone(),
                severity: f.severity,
                approval: f.approval(),
            })
            .collect(),
        excluded: file
            .exclude_control
            .iter()
            .map(|x| ExcludedControl {
                framework: x.framework.clone(),
                control: x.control.clone(),
                approval: x.approval(),
            })
            .collect(),
        waivers: file.waive,
        accepted_gaps: file.accept_gap,
        attestations: Vec::new(),
        parameters: file
            .param
            .iter()
            .map(|p| Parameter {
                rule: p.rule.clone(),
                name: p.name.clone(),
                value: p.value.clone(),
                approval: p.approval(),
            })
            .collect(),
        scope: file
            .scope
            .iter()
            .map(|(framework, s)| ScopeChoice {
                framework: framework.clone(),
                parts: known.in_scope(framework, s),
                approval: s.approval(),
            })
            .collect(),
        left_out: file
            .leave_out
            .iter()
            .flat_map(|l| {
                l.named().into_iter().map(|(what, names)| LeftOut {
                    what,
                    names: names.clone(),
                    approval: l.approval(),
                })
            })
            .collect(),
        approval_accounts: Vec::new(),
        allowed_signers: None,
    }
}
