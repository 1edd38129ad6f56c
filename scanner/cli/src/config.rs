//! `assay.toml`: parsed strictly, with the place underlined where something is wrong.

mod check;
mod choices;
mod ledger;
pub(crate) mod people;
mod place;
mod signers;
pub(crate) mod write;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use assay_core::tailoring::{AcceptGap, Date, Tailoring, Waiver};
use serde::Deserialize;
use serde_json::Value;

use crate::args::FailOn;
use crate::exit::Usage;
pub(crate) use check::Known;
use check::{
    Wrong, approved, check_control, check_framework, check_gap, check_param, check_params,
    check_scope, check_waiver, once,
};
use choices::{FlatDeselected, FlatExcluded, FlatFloor, FlatLeftOut, FlatParameter, FlatScope};
pub(crate) use ledger::{LedgerPlan, load as load_ledger};
use place::Places;
use place::Step::{Item, Key};

/// The file that is read where none is named.
pub(crate) const DEFAULT: &str = "assay.toml";

/// The file, as its author wrote it.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
struct File {
    fail_on: Option<FailOn>,
    #[serde(default)]
    aws: AwsSection,
    #[serde(default)]
    azure: AzureSection,
    ledger: Option<ledger::Section>,
    #[serde(default)]
    params: BTreeMap<String, BTreeMap<String, Value>>,
    #[serde(default)]
    waive: Vec<Waiver>,
    #[serde(default)]
    accept_gap: Vec<AcceptGap>,
    #[serde(default)]
    deselect: Vec<FlatDeselected>,
    #[serde(default)]
    exclude_control: Vec<FlatExcluded>,
    #[serde(default)]
    floor: Vec<FlatFloor>,
    #[serde(default)]
    param: Vec<FlatParameter>,
    #[serde(default)]
    scope: BTreeMap<String, FlatScope>,
    #[serde(default)]
    leave_out: Vec<FlatLeftOut>,
    #[serde(default)]
    approvals: ApprovalsSection,
}

/// The `[approvals]` table.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct ApprovalsSection {
    /// Whose signatures make an approval count: OpenSSH's `allowed_signers`, from this file on.
    allowed_signers: Option<PathBuf>,
    /// The accounts that all approvals are for: part of what is signed.
    accounts: Option<Vec<String>>,
}

/// The `[aws]` table: defaults for `scan aws` and `collect aws`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(feature = "aws"), expect(dead_code, reason = "read by the aws feature"))]
pub(crate) struct AwsSection {
    /// As `--profile`.
    pub(crate) profile: Option<String>,
    /// As `--organization`.
    #[serde(default)]
    pub(crate) organization: bool,
    /// As `--account`.
    #[serde(default)]
    pub(crate) accounts: Vec<String>,
    /// As `--exclude-account`.
    #[serde(default)]
    pub(crate) exclude_accounts: Vec<String>,
    /// As `--role`.
    pub(crate) role: Option<String>,
    /// As `--external-id`.
    pub(crate) external_id: Option<String>,
    /// As `--region`.
    #[serde(default)]
    pub(crate) regions: Vec<String>,
    /// As `--exclude-region`.
    #[serde(default)]
    pub(crate) exclude_regions: Vec<String>,
    /// As `--exclude-service`.
    #[serde(default)]
    pub(crate) exclude_services: Vec<String>,
    /// As the opposite of `--no-generate-credential-report`.
    pub(crate) generate_credential_report: Option<bool>,
}

/// The `[azure]` table: defaults for `scan azure` and `collect azure`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(feature = "azure"), expect(dead_code, reason = "read by the azure feature"))]
pub(crate) struct AzureSection {
    /// As `--cloud`.
    pub(crate) cloud: Option<String>,
    /// As `--subscription`.
    #[serde(default)]
    pub(crate) subscriptions: Vec<String>,
    /// As `--management-group`.
    pub(crate) management_group: Option<String>,
    /// As `--exclude-service`.
    #[serde(default)]
    pub(crate) exclude_services: Vec<String>,
}

/// A checked configuration.
#[derive(Debug, Default)]
pub(crate) struct Config {
    /// Threshold of exit code 1.
    pub(crate) fail_on: Option<FailOn>,
    /// Defaults for AWS.
    #[cfg_attr(not(feature = "aws"), expect(dead_code, reason = "read by the aws feature"))]
    pub(crate) aws: AwsSection,
    /// Defaults for Azure.
    #[cfg_attr(not(feature = "azure"), expect(dead_code, reason = "read by the azure feature"))]
    pub(crate) azure: AzureSection,
    /// The ledger.
    pub(crate) ledger: Option<LedgerPlan>,
    /// All that changes a verdict.
    pub(crate) tailoring: Tailoring,
}

/// How a configuration is read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Load<'a> {
    /// Whose signatures count, in place of the file's own list.
    pub(crate) signers: Option<&'a Path>,
    /// Refuse choices that do not count on this day, and that nothing safe stands in for; `None`:
    /// take them too, they are to be signed.
    pub(crate) today: Option<Date>,
}

/// Reads the named file, or `assay.toml` in the current folder where there is one.
///
/// # Errors
/// [`Usage`] with the line underlined: syntax, unknown keys, unknown ids, a waiver without owner…
pub(crate) fn load(path: Option<&Path>, known: &Known, how: Load<'_>) -> Result<Config, Usage> {
    let path = match path {
        Some(p) => p,
        None if Path::new(DEFAULT).exists() => Path::new(DEFAULT),
        None => return parse(DEFAULT, "", known, how),
    };
    let text = std::fs::read_to_string(path).map_err(|e| {
        Usage::new(
            format!("cannot read configuration {}: {e}", path.display()),
            "name an existing file with --config, or leave it out",
        )
    })?;
    parse(&path.display().to_string(), &text, known, how)
}

/// `assay.toml` in the current folder without what judges, for a step that judges nothing: ids are
/// not looked up.
///
/// # Errors
/// [`Usage`] with the line underlined.
#[cfg(clouds)]
pub(crate) fn load_clouds() -> Result<Config, Usage> {
    let Ok(text) = std::fs::read_to_string(DEFAULT) else { return Ok(Config::default()) };
    let file = read(DEFAULT, &text)?.0;
    Ok(Config { aws: file.aws, azure: file.azure, ..Config::default() })
}

/// The file and the places in it, as far as its shape goes.
fn read<'a>(name: &'a str, text: &'a str) -> Result<(File, Places<'a>), Usage> {
    let places = Places::read(name, text)?;
    let file = toml::from_str(text).map_err(|e| places.error(e.span(), e.message()))?;
    Ok((file, places))
}

fn parse(name: &str, text: &str, known: &Known, how: Load<'_>) -> Result<Config, Usage> {
    let (file, places) = read(name, text)?;
    check_params(&file.params, known, &places)?;
    let each = |table: &'static str, n: usize, found: Result<(), Wrong>| {
        found.map_err(|(field, m)| places.at_value(&[Key(table), Item(n), Key(field)], &m))
    };
    for (n, w) in file.waive.iter().enumerate() {
        each("waive", n, check_waiver(w, known))?;
    }
    for (n, g) in file.accept_gap.iter().enumerate() {
        each("accept_gap", n, check_gap(g))?;
    }
    for (n, d) in file.deselect.iter().enumerate() {
        each("deselect", n, known.rule(&d.rule).and(approved(&d.reason, &d.approver)))?;
    }
    for (n, x) in file.exclude_control.iter().enumerate() {
        each("exclude_control", n, check_control(&x.framework, &x.control, known))?;
        each("exclude_control", n, approved(&x.reason, &x.approver))?;
    }
    for (n, f) in file.floor.iter().enumerate() {
        each("floor", n, check_framework(&f.framework, known))?;
        each("floor", n, approved(&f.reason, &f.approver))?;
        let earlier = file.floor.iter().take(n).any(|o| o.framework == f.framework);
        each("floor", n, once(earlier, "framework", "the framework has a floor already"))?;
    }
    for (n, p) in file.param.iter().enumerate() {
        each("param", n, check_param(p, known))?;
        let same = |o: &FlatParameter| o.rule == p.rule && o.name == p.name;
        let earlier = file.param.iter().take(n).any(same)
            || file.params.get(&p.rule).is_some_and(|all| all.contains_key(&p.name));
        each("param", n, once(earlier, "name", "the parameter is set already"))?;
    }
    for (framework, s) in &file.scope {
        check_scope(framework, s, known).map_err(|(field, m)| match field {
            "" => places.at_key(&[Key("scope"), Key(framework)], &m),
            _ => places.at_value(&[Key("scope"), Key(framework), Key(field)], &m),
        })?;
    }
    for (n, l) in file.leave_out.iter().enumerate() {
        each("leave_out", n, l.what().and(approved(&l.reason, &l.approver)))?;
    }
    let (fail_on, aws, azure) = (file.fail_on, file.aws.clone(), file.azure.clone());
    let ledger = file.ledger.as_ref().map(|l| l.plan(name, &places)).transpose()?;
    let ApprovalsSection { allowed_signers: list, accounts } = file.approvals.clone();
    let mut tailoring = choices::tailoring(file, known);
    tailoring.allowed_signers = match (how.signers, list) {
        (Some(list), _) => Some(signers::read(Path::new(""), list).map_err(Usage::plain)?),
        (None, Some(list)) => {
            let at = [Key("approvals"), Key("allowed_signers")];
            let found = signers::read(Path::new(name), &list);
            Some(found.map_err(|m| places.at_value(&at, &m))?)
        }
        (None, None) => None,
    };
    tailoring.approval_accounts = signers::accounts(accounts, &places)?;
    if let Some(today) = how.today {
        signers::check(&tailoring, today, &places)?;
    }
    Ok(Config { fail_on, ledger, aws, azure, tailoring })
}

#[cfg(test)]
mod tests;
