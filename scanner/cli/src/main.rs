//! The program `assay`: reads the command line, runs one subcommand, renders its error once.

#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        reason = "tests may panic"
    )
)]

mod args;
mod commands;
mod config;
mod exit;
mod log;
mod out;
#[cfg(feature = "aws")]
mod progress;

use std::process::ExitCode;

use clap::Parser;

use crate::exit::{INTERNAL, INTERRUPTED, Interrupted, USAGE, Usage};

// Fewer cycles and less memory than the system's allocator where many small values are parsed.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = match args::Cli::try_parse() {
        Ok(cli) => cli,
        Err(e) => {
            let _ = e.print();
            return ExitCode::from(if e.use_stderr() { USAGE } else { 0 });
        }
    };
    if let Err(e) = log::init(&cli.global) {
        return render(&e);
    }
    match commands::run(cli) {
        Ok(outcome) => outcome.into(),
        Err(e) => render(&e),
    }
}

/// The one place where an error becomes text and an exit code.
#[expect(clippy::print_stderr, reason = "the program speaks to its user")]
fn render(error: &anyhow::Error) -> ExitCode {
    if broken_pipe(error) {
        return ExitCode::SUCCESS;
    }
    eprintln!("error: {}", assay_reports::text::plain_lines(&format!("{error:#}")));
    let usage = error.chain().find_map(|e| e.downcast_ref::<Usage>());
    if let Some(help) = usage.and_then(|u| u.help.as_deref()) {
        eprintln!(" help: {help}");
    }
    ExitCode::from(match usage {
        Some(_) => USAGE,
        None if error.is::<Interrupted>() => INTERRUPTED,
        None => INTERNAL,
    })
}

/// `assay rules | head` is not an error.
fn broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|e| {
        // serde_json hides the system's error, but tells its kind.
        let kind = e
            .downcast_ref::<std::io::Error>()
            .map(std::io::Error::kind)
            .or_else(|| e.downcast_ref::<serde_json::Error>()?.io_error_kind());
        kind == Some(std::io::ErrorKind::BrokenPipe)
    })
}
