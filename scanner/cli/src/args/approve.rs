//! `assay approve`.

use std::path::PathBuf;

use clap::Args;

use super::DeclaredArgs;

#[derive(Debug, Args)]
pub(crate) struct ApproveArgs {
    /// Entries to sign, by their id or its first characters; without any, the entries are listed
    #[arg(value_name = "ID")]
    pub(crate) ids: Vec<String>,
    /// Every entry that this person approves and has not signed yet
    #[arg(long = "as", value_name = "PERSON", conflicts_with = "ids")]
    pub(crate) person: Option<String>,
    /// Sign with this key: an unencrypted Ed25519 private key of OpenSSH
    #[arg(long, value_name = "KEYFILE", conflicts_with_all = ["text", "signature"])]
    pub(crate) key: Option<PathBuf>,
    /// Print the text of one entry, to be signed with `ssh-keygen -Y sign -n assay-approval`
    #[arg(long, conflicts_with = "signature")]
    pub(crate) text: bool,
    /// Put this signature, made by `ssh-keygen -Y sign`, beside one entry
    #[arg(long, value_name = "FILE")]
    pub(crate) signature: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) declared: DeclaredArgs,
    /// Own rules: a folder laid out like `policies/`
    #[arg(long = "policies", value_name = "DIR")]
    pub(crate) policies: Option<PathBuf>,
}
