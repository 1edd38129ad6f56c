//! Flags of Azure.

use clap::{Args, ValueEnum};

/// What to collect from Azure.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct AzureArgs {
    /// Only these subscriptions, by id; without it every one that the identity can read
    #[arg(long = "subscription", value_name = "ID", num_args = 1.., value_parser = guid)]
    pub(crate) subscriptions: Vec<String>,
    /// Only the subscriptions below this management group, by its id
    #[arg(long, value_name = "ID", conflicts_with = "subscriptions")]
    pub(crate) management_group: Option<String>,
    /// Which cloud: it decides where to sign in and whom to ask [default: public]
    #[arg(long = "cloud", value_enum, value_name = "CLOUD")]
    pub(crate) cloud_name: Option<CloudName>,
}

/// The clouds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum CloudName {
    /// Worldwide
    Public,
    /// Operated by 21Vianet
    China,
    /// For the government of the United States
    Usgov,
}

#[derive(Debug, Args)]
pub(crate) struct PermissionsAzure {
    /// Only for these services
    #[arg(long = "service", value_name = "SERVICE")]
    pub(crate) services: Vec<String>,
    #[command(flatten)]
    pub(crate) azure: AzureArgs,
    /// Print only the custom role, as `az role definition create --role-definition @FILE` takes it
    #[arg(long, conflicts_with_all = ["graph", "check"])]
    pub(crate) role: bool,
    /// Print only the application permissions of Microsoft Graph, one a line
    #[arg(long, conflicts_with = "check")]
    pub(crate) graph: bool,
    /// Ask Azure and Microsoft Graph with the identity that a scan would use, and print what is
    /// missing. Deny assignments are not seen
    #[arg(long)]
    pub(crate) check: bool,
}

/// A subscription's id: `8-4-4-4-12` hexadecimal digits.
pub(crate) fn guid(text: &str) -> Result<String, String> {
    let text = text.trim().to_ascii_lowercase();
    let lengths: Vec<usize> = text.split('-').map(str::len).collect();
    if lengths == [8, 4, 4, 4, 12] && text.bytes().all(|b| b == b'-' || b.is_ascii_hexdigit()) {
        Ok(text)
    } else {
        Err("no subscription id; `az account list --output table` shows names with their ids"
            .into())
    }
}
