//! Puts a signature beside its entry, in the file that holds it, and leaves the rest as it is.

use std::path::{Path, PathBuf};

use assay_core::approval::ApprovalKind;
use serde::Deserialize;

use super::people::Files;
use super::place::Places;
use super::place::Step::{Item, Key};
use crate::exit::Usage;

/// The key under which a signature stands.
const FIELD: &str = "signature";

/// A file that holds entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Holder {
    /// `assay.toml`.
    Config,
    /// `attestations.yaml`.
    Attestations,
    /// `soa.yaml`.
    Soa,
}

/// Where an entry stands.
#[derive(Debug, Clone)]
pub(crate) struct Spot {
    /// The file.
    pub(crate) path: PathBuf,
    /// What it is.
    holder: Holder,
    kind: ApprovalKind,
    /// The framework, for choices of scope.
    framework: String,
    /// Its index in its file.
    index: usize,
}

impl Spot {
    /// The place of an entry of a tailoring: its kind, index there and, for a choice of scope, the
    /// framework. `excluded` is how many controls `assay.toml` excludes: the others are of the
    /// statement of applicability.
    pub(crate) fn new(
        config: &Path,
        files: &Files,
        kind: ApprovalKind,
        index: usize,
        framework: &str,
        excluded: usize,
    ) -> Self {
        let (holder, path, index) = match (kind, &files.attestations, &files.soa) {
            (ApprovalKind::Attestation, Some(path), _) => {
                (Holder::Attestations, path.as_path(), index)
            }
            (ApprovalKind::ExcludedControl, _, Some(path)) if index >= excluded => {
                (Holder::Soa, path.as_path(), index - excluded)
            }
            _ => (Holder::Config, config, index),
        };
        Self { path: path.to_path_buf(), holder, kind, framework: framework.to_owned(), index }
    }

    /// The file's text with a signature beside the entry.
    ///
    /// # Errors
    /// The entry is written in a way that is not understood; the signature is in the message.
    pub(crate) fn put(&self, text: &str, signature: &str) -> Result<String, Usage> {
        let put = match self.holder {
            Holder::Config => self.toml(text, signature)?,
            Holder::Attestations => yaml(text, self.index, signature),
            Holder::Soa => excluding(text, self.index).and_then(|n| yaml(text, n, signature)),
        };
        put.ok_or_else(|| by_hand(&self.path, signature))
    }

    fn toml(&self, text: &str, signature: &str) -> Result<Option<String>, Usage> {
        let places = Places::read("assay.toml", text)?;
        let table = match self.kind {
            ApprovalKind::Waiver => "waive",
            ApprovalKind::AcceptedGap => "accept_gap",
            ApprovalKind::Deselected => "deselect",
            ApprovalKind::ExcludedControl => "exclude_control",
            ApprovalKind::Floor => "floor",
            ApprovalKind::Parameter => "param",
            ApprovalKind::LeftOut => "leave_out",
            ApprovalKind::Scope => {
                return Ok(places.with(&[Key("scope"), Key(&self.framework)], FIELD, signature));
            }
            ApprovalKind::Attestation => return Ok(None),
        };
        Ok(places.with(&[Key(table), Item(self.index)], FIELD, signature))
    }
}

/// Said where an entry stands in a form that is not edited.
pub(crate) fn by_hand(path: &Path, signature: &str) -> Usage {
    Usage::new(
        format!("cannot put the signature into {}", path.display()),
        format!("put it beside the entry yourself: `{FIELD}` with the value \"{signature}\""),
    )
}

/// The index in the file of the `n`-th control that a statement of applicability excludes.
fn excluding(text: &str, n: usize) -> Option<usize> {
    #[derive(Deserialize)]
    struct Line {
        applicable: bool,
    }
    let all: Vec<Line> = yaml_serde::from_str(text).ok()?;
    all.iter().enumerate().filter(|(_, l)| !l.applicable).map(|(i, _)| i).nth(n)
}

/// A list in YAML's block style, with a signature in its `n`-th entry. Whoever calls reads the
/// result again: what is not written so is not understood here.
fn yaml(text: &str, n: usize, signature: &str) -> Option<String> {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let first = lines.iter().find(|l| l.trim_start().starts_with('-') && l.trim() != "---")?;
    let indent = first.len() - first.trim_start().len();
    let begins = |l: &str| {
        let (lead, rest) = l.split_at_checked(indent).unwrap_or(("", ""));
        lead.trim().is_empty() && l.trim() != "---" && rest.starts_with("- ")
    };
    let mut starts = (0..lines.len()).filter(|i| lines.get(*i).is_some_and(|l| begins(l))).skip(n);
    let start = starts.next()?;
    let end = starts.next().unwrap_or(lines.len());
    let head = lines.get(start)?;
    let key = head.get(indent + 1..)?;
    let column = indent + 1 + key.len() - key.trim_start().len();
    if key.trim_start().starts_with('{') {
        return None;
    }
    let is_field = |l: &str| {
        let at_key = l.get(column..).is_some_and(|k| k.starts_with(FIELD));
        at_key && l.get(column + FIELD.len()..).is_some_and(|r| r.trim_start().starts_with(':'))
    };
    let old = (start..end).find(|i| lines.get(*i).is_some_and(|l| is_field(l)));
    let blank = |l: &&str| l.trim().is_empty() || l.trim_start().starts_with('#');
    let body = lines.get(start..end)?;
    let at = match old {
        Some(i) => i,
        None => end - body.iter().rev().take_while(|l| blank(l)).count(),
    };
    let lead = match old {
        Some(i) if i == start => head.get(..column)?.to_owned(),
        _ => " ".repeat(column),
    };
    let mut out: String = lines.get(..at)?.concat();
    if !out.is_empty() && !out.ends_with('\n') {
        out.push('\n');
    }
    out.push_str(&format!("{lead}{FIELD}: \"{signature}\"\n"));
    out.push_str(&lines.get(at + usize::from(old.is_some())..)?.concat());
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn toml(text: &str, path: &[super::super::place::Step<'_>]) -> Option<String> {
        Places::read("assay.toml", text).unwrap().with(path, FIELD, "NEW")
    }

    #[test]
    fn a_signature_goes_into_its_table_and_nothing_else_moves() {
        let text = "# mine\n[[waive]]\nrule = \"A\" # why\n\n[[waive]]\nrule = \"B\"\n\
                    tags = {a = \"b\"}\nsignature = \"OLD\" # lee\n\n[scope.gdpr]\nroles = [\n  \"x\",\n]\n";
        let first = toml(text, &[Key("waive"), Item(0)]).unwrap();
        assert_eq!(first, text.replacen("# why\n", "# why\nsignature = \"NEW\"\n", 1));
        let second = toml(text, &[Key("waive"), Item(1)]).unwrap();
        assert_eq!(second, text.replace("OLD", "NEW"));
        let scope = toml(text, &[Key("scope"), Key("gdpr")]).unwrap();
        assert_eq!(scope, text.replacen("\n]\n", "\n]\nsignature = \"NEW\"\n", 1));
    }

    #[test]
    fn tables_below_stay_below() {
        let text = "[[waive]]\nrule = \"A\"\n[waive.tags]\nteam = \"x\"\n";
        let new = toml(text, &[Key("waive"), Item(0)]).unwrap();
        assert_eq!(new, text.replacen("\"A\"\n", "\"A\"\nsignature = \"NEW\"\n", 1));
        assert_eq!(toml("waive = [{rule = \"A\"}]", &[Key("waive"), Item(0)]), None);
        assert_eq!(toml("waive = 1", &[Key("waive"), Item(0)]), None);
        let last = toml("[[waive]]\nrule = \"A\"", &[Key("waive"), Item(0)]).unwrap();
        assert_eq!(last, "[[waive]]\nrule = \"A\"\nsignature = \"NEW\"");
    }

    #[test]
    fn lists_in_yaml_keep_their_comments() {
        let text = "# ours\n- framework: gdpr\n  statement: |\n    - no entry\n\n# next\n\
                    - framework: soc2\n  signature: OLD\n  owner: a\n";
        let first = yaml(text, 0, "NEW").unwrap();
        assert_eq!(first, text.replacen("entry\n", "entry\n  signature: \"NEW\"\n", 1));
        assert_eq!(yaml(text, 1, "NEW").unwrap(), text.replace("OLD", "\"NEW\""));
        assert_eq!(yaml(text, 2, "NEW"), None);
        assert_eq!(yaml("- {a: b}\n", 0, "NEW"), None);
        assert_eq!(yaml("-   a: b", 0, "NEW").unwrap(), "-   a: b\n    signature: \"NEW\"\n");
        assert_eq!(
            yaml("- signature: x\n  a: b\n", 0, "N").unwrap(),
            "- signature: \"N\"\n  a: b\n"
        );
        assert_eq!(excluding("- {applicable: true}\n- {applicable: false}\n", 0), Some(1));
    }
}
