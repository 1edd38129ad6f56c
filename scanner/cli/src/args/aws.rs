//! Flags of AWS.

use clap::Args;

/// What to collect from AWS.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct AwsArgs {
    /// A profile of the AWS configuration files [env: AWS_PROFILE]
    #[arg(long, value_name = "NAME")]
    pub(crate) profile: Option<String>,
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

#[derive(Debug, Args)]
pub(crate) struct PermissionsAws {
    /// Only for these services
    #[arg(long = "service", value_name = "SERVICE")]
    pub(crate) services: Vec<String>,
}
