//! Flags of the commands about rules.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

#[derive(Debug, Args)]
pub(crate) struct RulesArgs {
    /// How to print them
    #[arg(long, value_enum, default_value_t = RulesFormat::Text)]
    pub(crate) format: RulesFormat,
    /// Own rules: a folder laid out like `policies/`
    #[arg(long = "policies", value_name = "DIR")]
    pub(crate) policies: Option<PathBuf>,
}

/// Formats of the rule catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum RulesFormat {
    /// A line each
    Text,
    /// Everything about them
    Json,
    /// An OSCAL component definition: which rule proves which control
    Oscal,
}

/// Formats of lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ListFormat {
    Text,
    Json,
}

#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// A rule's id, or an alias of another tool (`s3_bucket_object_versioning`)
    pub(crate) id: String,
    /// Own rules: a folder laid out like `policies/`
    #[arg(long = "policies", value_name = "DIR")]
    pub(crate) policies: Option<PathBuf>,
    /// A snapshot or an output folder: for each resource the verdict, every value that the rule
    /// read, the file and line that decided it, what lost to it, and the call that told it. Or a
    /// resource, as `--resource` takes it, of `./assay-out`
    #[arg(long, value_name = "DIR|RESOURCE")]
    pub(crate) on: Option<PathBuf>,
    /// Only resources with this id, name or account (`*` stands for anything)
    #[arg(long, value_name = "PATTERN", requires = "on")]
    pub(crate) resource: Option<String>,
    /// Beside each pass the smallest change of its document, or around it, that makes the rule fail
    /// (beside a failure, pass), replayed on both engines; exits 3 where none is found for a pass
    #[arg(long, requires = "on")]
    pub(crate) counterfactual: bool,
    /// Configuration with the rule's parameters; without it `assay.toml` in the current folder,
    /// where there is one
    #[arg(long, value_name = "FILE", requires = "on")]
    pub(crate) config: Option<PathBuf>,
    /// How to print what --on shows; `json` leaves nothing out
    #[arg(long, value_enum, default_value_t = ListFormat::Text, requires = "on")]
    pub(crate) format: ListFormat,
}

#[derive(Debug, Args)]
pub(crate) struct TestArgs {
    /// A folder laid out like `policies/`, or only own rules in `DIR/rules`, which then use the
    /// built-in types, objectives and library; without it the built-in rules
    pub(crate) path: Option<PathBuf>,
    /// Only rules whose id or file contains this
    #[arg(long, value_name = "TEXT")]
    pub(crate) only: Option<String>,
}
