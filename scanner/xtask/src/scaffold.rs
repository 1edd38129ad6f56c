//! `cargo xtask new …`: the files of a new rule, ready to be filled in.

use anyhow::{Result, bail};
use clap::Subcommand;

use crate::run::root;

/// What to write.
#[derive(Debug, Subcommand)]
pub(crate) enum New {
    /// A rule and its cases
    Rule {
        /// `AWS-S3-042`; never one that was used before
        id: String,
        /// `aws/s3/bucket_has_a_flaw`: the place below policies/rules, without ending
        path: String,
    },
}

/// Writes the files; never overwrites one.
#[expect(clippy::print_stdout, reason = "a command line tool speaks to its terminal")]
pub(crate) fn run(what: &New) -> Result<()> {
    let New::Rule { id, path } = what;
    let parts: Vec<&str> = path.split('/').collect();
    let good = |s: &&str| {
        !s.is_empty() && s.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    };
    if parts.len() != 3 || !parts.iter().all(good) {
        bail!("the path must be provider/service/name in lower case, as aws/s3/bucket_has_a_flaw");
    }
    let shape: Vec<&str> = id.split('-').collect();
    let number = |s: &&str| s.len() == 3 && s.chars().all(|c| c.is_ascii_digit());
    if shape.len() != 3 || !shape.last().is_some_and(number) || id != &id.to_uppercase() {
        bail!("the id must look like AWS-S3-042");
    }
    let base = root().join("policies/rules").join(path);
    let package = parts.join(".");
    let rule = RULE.replace("{id}", id).replace("{package}", &package);
    for (ending, text) in [("rego", rule.as_str()), ("cases.yaml", CASES)] {
        let file = base.with_extension(ending);
        if file.exists() {
            bail!("{} exists already", file.display());
        }
        if let Some(dir) = file.parent() {
            std::fs::create_dir_all(dir)?;
        }
        std::fs::write(&file, text)?;
        println!("wrote {}", file.strip_prefix(root()).unwrap_or(&file).display());
    }
    println!("next: fill both in, then `cargo run --release -- test policies --only {id}`");
    Ok(())
}

const RULE: &str = r#"# METADATA
# title: Bucket versioning is off
# description: Names the weakness above; says here in a sentence why it matters.
# scope: package
# custom:
#   id: {id}
#   severity: medium
#   objective: resilience.backup
#   resource: AWS::S3::Bucket
#   remediation:
#     text: What a person does to close it.
#     cli: aws s3api put-bucket-versioning --bucket NAME --versioning-configuration Status=Enabled
#   aliases: {}
package rules.{package}

import rego.v1

pass if input.properties.VersioningConfiguration.Status == "Enabled"

fail contains {"message": "versioning was never enabled", "at": "/VersioningConfiguration"} if {
	input.properties.VersioningConfiguration == null
}

fail contains {"message": "versioning is suspended", "at": "/VersioningConfiguration/Status"} if {
	input.properties.VersioningConfiguration.Status == "Suspended"
}
"#;

const CASES: &str = r#"cases:
  - name: enabled
    expect: pass
    resource:
      properties: {VersioningConfiguration: {Status: Enabled}}
  - name: never enabled
    expect: fail
    resource:
      properties: {VersioningConfiguration: null}
  - name: suspended
    expect: fail
    resource:
      properties: {VersioningConfiguration: {Status: Suspended}}
"#;
