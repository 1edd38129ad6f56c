//! The `# METADATA` block of a rule: YAML in a comment, parsed strictly.

use std::collections::BTreeMap;

use assay_core::rule::{Param, ParamType, Related, Remediation};
use assay_core::{RuleMeta, Severity};
use serde::Deserialize;
use serde_json::Value;

use super::error::LoadError;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Block {
    title: String,
    description: String,
    scope: String,
    custom: Custom,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Custom {
    id: String,
    severity: Severity,
    objective: String,
    resource: OneOrMany,
    remediation: Remediation,
    #[serde(default)]
    aliases: Aliases,
    #[serde(default)]
    references: Vec<String>,
    #[serde(default)]
    related: Vec<Related>,
    #[serde(default)]
    params: BTreeMap<String, Param>,
    #[serde(default)]
    limits: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Aliases {
    /// The rule's name in catalogues of this project.
    #[serde(default)]
    catalogue: Vec<String>,
    #[serde(default)]
    prowler: Vec<String>,
    #[serde(default)]
    trivy: Vec<String>,
    #[serde(default)]
    securityhub: Vec<String>,
}

/// Reads the metadata of a rule's file.
pub(crate) fn parse(file: &str, text: &str) -> Result<RuleMeta, LoadError> {
    let lines: Vec<&str> = text.lines().collect();
    let mut starts = lines.iter().enumerate().filter(|(_, l)| l.trim_end() == "# METADATA");
    let Some((start, _)) = starts.next() else {
        return Err(LoadError::at(file, 1, "no `# METADATA` block; a rule's file begins with one"));
    };
    if let Some((again, _)) = starts.next() {
        return Err(LoadError::at(file, again + 1, "a second `# METADATA` block; keep one"));
    }
    let mut yaml = String::new();
    let mut next = "";
    for line in lines.iter().skip(start + 1) {
        next = line;
        let Some(rest) = line.strip_prefix('#') else { break };
        yaml.push_str(rest.strip_prefix(' ').unwrap_or(rest));
        yaml.push('\n');
    }
    let package_line = lines.iter().position(|l| l.starts_with("package "));
    if !next.starts_with("package ") {
        return Err(LoadError::at(
            file,
            start + 1,
            "the `# METADATA` block stands directly before `package`, without an empty line",
        ));
    }
    let block: Block = yaml_serde::from_str(&yaml).map_err(|e| {
        let line = e.location().map_or(start + 1, |l| start + 1 + l.line());
        LoadError::at(file, line, format!("metadata: {}", words(&e.to_string())))
    })?;
    let line = |needle: &str| {
        let found = lines.iter().skip(start).position(|l| l.contains(needle));
        found.map_or(start + 1, |n| start + n + 1)
    };
    check(file, &block, &line)?;
    let package = package_of(file)?;
    let declared = lines
        .get(package_line.unwrap_or(0))
        .and_then(|l| l.strip_prefix("package "))
        .map_or("", |p| p.split('#').next().unwrap_or(p).trim());
    if declared != package {
        let at = package_line.unwrap_or(0) + 1;
        let message =
            format!("package {declared} does not match the file; write `package {package}`");
        return Err(LoadError::at(file, at, message));
    }
    Ok(meta(file, package, block))
}

fn meta(file: &str, package: String, block: Block) -> RuleMeta {
    let Block { title, description, scope: _, custom } = block;
    let mut aliases = BTreeMap::new();
    let named = [
        ("catalogue", custom.aliases.catalogue),
        ("prowler", custom.aliases.prowler),
        ("securityhub", custom.aliases.securityhub),
        ("trivy", custom.aliases.trivy),
    ];
    for (tool, ids) in named {
        if !ids.is_empty() {
            aliases.insert(tool.to_owned(), ids);
        }
    }
    RuleMeta {
        id: custom.id,
        title,
        description,
        severity: custom.severity,
        objective: custom.objective,
        resources: match custom.resource {
            OneOrMany::One(one) => vec![one],
            OneOrMany::Many(many) => many,
        },
        remediation: custom.remediation,
        aliases,
        references: custom.references,
        related: custom.related,
        params: custom.params,
        limits: custom.limits,
        package,
        file: file.to_owned(),
    }
}

fn check(file: &str, block: &Block, line: &dyn Fn(&str) -> usize) -> Result<(), LoadError> {
    let fail = |needle: &str, message: String| Err(LoadError::at(file, line(needle), message));
    if block.scope != "package" {
        return fail("scope:", format!("scope is `{}`; write `scope: package`", block.scope));
    }
    for (name, text) in [
        ("title:", &block.title),
        ("description:", &block.description),
        ("remediation:", &block.custom.remediation.text),
    ] {
        if text.trim().is_empty() {
            return fail(name, format!("`{name}` is empty; say it in words"));
        }
    }
    let id = &block.custom.id;
    let parts: Vec<&str> = id.split('-').collect();
    let shaped = matches!(parts.as_slice(), [provider, service, number]
        if word(provider) && word(service)
            && number.len() == 3 && number.bytes().all(|b| b.is_ascii_digit()));
    if !shaped {
        return fail("id:", format!("id `{id}` is not <PROVIDER>-<SERVICE>-<NNN>, as AWS-S3-009"));
    }
    let provider = file.split('/').nth(1).unwrap_or_default();
    let folder = parts.first().map(|p| folder(p)).unwrap_or_default();
    if folder != provider {
        return fail(
            "id:",
            format!(
                "id `{id}` does not belong in rules/{provider}; move the file to rules/{folder}"
            ),
        );
    }
    for (name, param) in &block.custom.params {
        if let Some(default) = &param.default
            && !fits(param.kind, default)
        {
            let message =
                format!("the default of param `{name}` is not {}", kind_words(param.kind));
            return fail(name, message);
        }
    }
    Ok(())
}

/// The folder of a provider's rules, by the first part of their ids.
fn folder(part: &str) -> String {
    match part {
        "AZ" => "azure".to_owned(),
        other => other.to_ascii_lowercase(),
    }
}

fn word(part: &str) -> bool {
    !part.is_empty() && part.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}

/// Whether a value is of a parameter's type.
#[must_use]
pub fn fits(kind: ParamType, value: &Value) -> bool {
    let whole = |v: &Value| v.is_i64() || v.is_u64();
    let all = |v: &Value, f: &dyn Fn(&Value) -> bool| v.as_array().is_some_and(|a| a.iter().all(f));
    match kind {
        ParamType::Integer => whole(value),
        ParamType::Number => value.is_number(),
        ParamType::String => value.is_string(),
        ParamType::Boolean => value.is_boolean(),
        ParamType::Strings => all(value, &Value::is_string),
        ParamType::Integers => all(value, &whole),
    }
}

/// A parameter's type in words.
#[must_use]
pub const fn kind_words(kind: ParamType) -> &'static str {
    match kind {
        ParamType::Integer => "a whole number",
        ParamType::Number => "a number",
        ParamType::String => "a text",
        ParamType::Boolean => "true or false",
        ParamType::Strings => "a list of texts",
        ParamType::Integers => "a list of whole numbers",
    }
}

/// The package that belongs to a file: `rules/aws/s3/x.rego` is `rules.aws.s3.x`.
fn package_of(file: &str) -> Result<String, LoadError> {
    let stem = file.strip_suffix(".rego").unwrap_or(file);
    let parts: Vec<&str> = stem.split('/').collect();
    let plain = |p: &&str| {
        p.bytes().next().is_some_and(|b| b.is_ascii_lowercase())
            && p.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
    };
    if parts.len() != 4 || !parts.iter().all(plain) {
        let message = "a rule lies in rules/<provider>/<service>/<name>.rego, in lower case";
        return Err(LoadError::at(file, 1, message));
    }
    Ok(parts.join("."))
}

/// What the YAML reader said, without its own idea of the place.
fn words(message: &str) -> String {
    match message.rfind(" at line ") {
        Some(end) => message.get(..end).unwrap_or(message).to_owned(),
        None => message.to_owned(),
    }
}
