//! Flags of AWS.

use clap::Args;

/// What to collect from AWS.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct AwsArgs {
    /// A profile of the AWS configuration files [env: AWS_PROFILE]
    #[arg(long, value_name = "NAME")]
    pub(crate) profile: Option<String>,
    /// Every account of the caller's organisation, each by --role
    #[arg(long)]
    pub(crate) organization: bool,
    /// These accounts, by id, in place of the caller's own; with --organization only these of it
    #[arg(long = "account", value_name = "ID", num_args = 1.., value_parser = account)]
    pub(crate) accounts: Vec<String>,
    /// Leave these accounts out (printed as left out by choice)
    #[arg(long = "exclude-account", value_name = "ID", num_args = 1.., value_parser = account)]
    pub(crate) exclude_accounts: Vec<String>,
    /// The role to assume in every account but the caller's own: its name, with its path where it
    /// has one
    #[arg(long, value_name = "NAME", value_parser = role)]
    pub(crate) role: Option<String>,
    /// What the role's trust policy asks for as `sts:ExternalId`
    #[arg(long, value_name = "TEXT")]
    pub(crate) external_id: Option<String>,
    /// Only these regions; without it all enabled ones
    #[arg(long = "region", value_name = "REGION")]
    pub(crate) regions: Vec<String>,
    /// Leave these regions out (printed as left out by choice)
    #[arg(long = "exclude-region", value_name = "REGION")]
    pub(crate) exclude_regions: Vec<String>,
    /// Do not ask IAM to make a new credential report; read the last one
    #[arg(long)]
    pub(crate) no_generate_credential_report: bool,
}

/// An account's id: twelve digits.
fn account(text: &str) -> Result<String, String> {
    match text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit()) {
        true => Ok(text.to_owned()),
        false => Err("an account's id has twelve digits, leading zeros included \
                      (`aws organizations list-accounts` shows them)"
            .to_owned()),
    }
}

/// A role's name, which may come with its path: the account's part of the ARN is put before it.
fn role(text: &str) -> Result<String, String> {
    let name = text.trim_start_matches('/');
    // The characters of IAM's names, and the slashes of a path.
    let fine = |c: char| c.is_ascii_alphanumeric() || "+=,.@_-/".contains(c);
    match !name.is_empty() && !name.ends_with('/') && name.chars().all(fine) {
        true => Ok(name.to_owned()),
        false => Err("write the role's name, as `AssayReader` or `audit/AssayReader`; the same \
                      role is assumed in every account"
            .to_owned()),
    }
}

#[derive(Debug, Args)]
pub(crate) struct PermissionsAws {
    /// Of who scans an organisation: the policy that lets its caller list the accounts and assume
    /// this role in them
    #[arg(long, value_name = "NAME", value_parser = role, conflicts_with = "services")]
    pub(crate) caller_of: Option<String>,
    /// Only for these services
    #[arg(long = "service", value_name = "SERVICE")]
    pub(crate) services: Vec<String>,
}
