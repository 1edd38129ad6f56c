//! `attestations.yaml` and `soa.yaml`: what people say of controls, and which controls apply.

use std::path::{Path, PathBuf};

use assay_core::tailoring::{Approval, Attestation, Date, ExcludedControl, Tailoring};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::check::{Known, Wrong, approved, check_control, filled};
use crate::exit::Usage;

/// The file that is read where none is named.
const ATTESTATIONS: &str = "attestations.yaml";
/// The statement of applicability that is read where none is named.
const SOA: &str = "soa.yaml";
/// The most that such a file may hold.
const MAX: u64 = 4 << 20;

/// One line of the statement of applicability.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Applicability {
    framework: String,
    control: String,
    applicable: bool,
    justification: String,
    approver: String,
    #[serde(deserialize_with = "assay_core::tailoring::day")]
    approved: Date,
    signature: Option<String>,
}

/// The files that were read.
#[derive(Debug, Clone, Default)]
pub(crate) struct Files {
    /// Attestations.
    pub(crate) attestations: Option<PathBuf>,
    /// The statement of applicability.
    pub(crate) soa: Option<PathBuf>,
}

/// Adds both files to the tailoring, where they are named or lie in the current folder.
///
/// # Errors
/// [`Usage`] naming file, entry and field.
pub(crate) fn add(
    tailoring: &mut Tailoring,
    attestations: Option<&Path>,
    soa: Option<&Path>,
    known: &Known,
) -> Result<Files, Usage> {
    let files = Files { attestations: chosen(attestations, ATTESTATIONS), soa: chosen(soa, SOA) };
    if let Some(path) = &files.attestations {
        let all: Vec<Attestation> = read(path)?;
        for (n, a) in all.iter().enumerate() {
            check_attestation(a, path, known).map_err(|w| wrong(path, n, w))?;
        }
        tailoring.attestations.extend(all);
    }
    if let Some(path) = &files.soa {
        let all: Vec<Applicability> = read(path)?;
        for (n, a) in all.iter().enumerate() {
            check_control(&a.framework, &a.control, known)
                .and(approved(&a.justification, &a.approver))
                .map_err(|w| wrong(path, n, w))?;
            let twice = |x: &ExcludedControl| x.framework == a.framework && x.control == a.control;
            if tailoring.excluded.iter().any(twice) {
                let why = format!("{} {} is excluded already", a.framework, a.control);
                return Err(wrong(path, n, ("control", why)));
            }
        }
        tailoring.excluded.extend(all.into_iter().filter(|a| !a.applicable).map(|a| {
            ExcludedControl {
                framework: a.framework,
                control: a.control,
                approval: Approval {
                    reason: a.justification,
                    approver: a.approver,
                    approved: a.approved,
                    signature: a.signature,
                },
            }
        }));
    }
    Ok(files)
}

fn chosen(named: Option<&Path>, default: &str) -> Option<PathBuf> {
    named.map(Path::to_path_buf).or_else(|| {
        let default = PathBuf::from(default);
        default.is_file().then_some(default)
    })
}

/// A list of entries.
fn read<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>, Usage> {
    let bad = |why: String| {
        Usage::new(
            format!("{}: {why}", path.display()),
            "the README shows what an entry holds; a file is a list of entries",
        )
    };
    if std::fs::metadata(path).map_err(|e| bad(e.to_string()))?.len() > MAX {
        return Err(bad("it is larger than 4 MiB".to_owned()));
    }
    let text = std::fs::read_to_string(path).map_err(|e| bad(e.to_string()))?;
    if text.trim().is_empty() {
        return Ok(Vec::new());
    }
    yaml_serde::from_str(&text).map_err(|e| bad(e.to_string()))
}

fn wrong(path: &Path, entry: usize, (field, why): Wrong) -> Usage {
    Usage::new(
        format!("{}: entry {}, {field}: {why}", path.display(), entry + 1),
        "correct the entry",
    )
}

/// An attestation is whole, names a control, has two people, and its file is the one it names.
fn check_attestation(a: &Attestation, path: &Path, known: &Known) -> Result<(), Wrong> {
    check_control(&a.framework, &a.control, known)?;
    filled(
        "an attestation",
        &[("statement", &a.statement), ("owner", &a.owner), ("approver", &a.approver)],
    )?;
    if a.owner.trim().eq_ignore_ascii_case(a.approver.trim()) {
        return Err(("approver", "the approver must be another person than the owner".into()));
    }
    if a.valid_until < a.date {
        return Err(("valid_until", format!("it ends before it begins ({})", a.date)));
    }
    if let Some(i) = &a.inherited {
        filled(
            "an inherited control",
            &[("inherited.provider", &i.provider), ("inherited.report", &i.report)],
        )?;
        if i.to < i.from {
            return Err(("inherited.to", format!("the period ends before it begins ({})", i.from)));
        }
    }
    match (&a.file, &a.sha256) {
        (None, None) => Ok(()),
        (None, Some(_)) => Err(("sha256", "there is no file whose digest this is".into())),
        (Some(_), None) => Err(("file", "name its digest in `sha256` (`sha256sum FILE`)".into())),
        (Some(file), Some(sha)) => {
            let file = path.parent().unwrap_or(Path::new("")).join(file);
            let found = crate::out::digest(&file)
                .map_err(|e| ("file", format!("cannot read {}: {e}", file.display())))?;
            if found.eq_ignore_ascii_case(sha) {
                return Ok(());
            }
            let why = format!("{} has the digest {found}: it is another file", file.display());
            Err(("sha256", why))
        }
    }
}
