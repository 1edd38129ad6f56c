//! The project's own tasks, run as `cargo xtask …`.
//!
//! It stays small on purpose: it drives cargo and the built `assay`, so that changing a rule does
//! not rebuild the tool that checks it.

mod debian;
#[cfg(test)]
mod edges;
mod generate;
mod real;
mod run;
mod scaffold;
mod test;
mod tools;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Tasks of the Assay repository.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Set up what the tests need, run everything, name what was skipped
    Test(test::TestArgs),
    /// Write the generated files (rule catalogue, permissions), or check that they are current
    Generate {
        /// Only check; fail where a file is stale
        #[arg(long)]
        check: bool,
    },
    /// Write the files of a new rule
    New {
        #[command(subcommand)]
        what: scaffold::New,
    },
    /// Measure: calls and time of a scan, evaluation, rendering, hosts beside other tools
    Bench(BenchArgs),
    /// Make the bundled demo snapshot again (needs Python)
    Demo,
}

#[derive(Debug, clap::Args)]
struct BenchArgs {
    /// `scan`, `evaluate`, `render`, `host`; all of them without it
    only: Option<String>,
    /// With `host`: the root to scan; without it the Debian of the tests
    root: Option<std::path::PathBuf>,
}

#[expect(clippy::print_stderr, reason = "a command line tool speaks to its terminal")]
fn main() -> ExitCode {
    let result = match Cli::parse().task {
        Task::Test(args) => test::run(&args),
        Task::Generate { check } => generate::run(check),
        Task::New { what } => scaffold::run(&what),
        Task::Bench(args) => run::bench(args.only.as_deref(), args.root.as_deref()),
        Task::Demo => run::demo(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("error: {e:#}");
            ExitCode::FAILURE
        }
    }
}
