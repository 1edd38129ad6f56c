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
#[cfg(collects)]
mod progress;

use std::process::ExitCode;

use crate::args::LogFormat;
use crate::exit::{INTERNAL, INTERRUPTED, Interrupted, USAGE, Usage};

// Fewer cycles and less memory than the system's allocator where many small values are parsed.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = match args::parse(std::env::args_os().collect()) {
        Ok(cli) => cli,
        Err(e) if e.use_stderr() && args::wants_json(std::env::args_os()) => {
            let text = e.to_string();
            let text = text.strip_prefix("error: ").unwrap_or(&text);
            say(LogFormat::Json, text.trim_end(), None, USAGE);
            return ExitCode::from(USAGE);
        }
        Err(e) => {
            let _ = e.print();
            return ExitCode::from(if e.use_stderr() { USAGE } else { 0 });
        }
    };
    let format = cli.global.log_format;
    match log::init(&cli.global).and_then(|()| commands::run(cli)) {
        Ok(outcome) => outcome.into(),
        Err(e) => render(&e, format),
    }
}

/// The one place where an error becomes text and an exit code.
fn render(error: &anyhow::Error, format: LogFormat) -> ExitCode {
    if broken_pipe(error) {
        return ExitCode::SUCCESS;
    }
    let usage = error.chain().find_map(|e| e.downcast_ref::<Usage>());
    let code = match usage {
        Some(_) => USAGE,
        None if error.chain().any(|e| e.is::<Interrupted>()) => INTERRUPTED,
        None => INTERNAL,
    };
    let message = format!("{error:#}");
    say(format, &message, usage.and_then(|u| u.help.as_deref()), code);
    ExitCode::from(code)
}

/// The last line of a run that failed: as the log lines are, but whatever `--log` says.
fn say(format: LogFormat, message: &str, help: Option<&str>, code: u8) {
    let message = assay_reports::text::plain_lines(message);
    let help = help.map(assay_reports::text::plain_lines);
    let mut fields = serde_json::json!({"message": message, "exit_code": code});
    let mut text = format!("error: {message}");
    if let (Some(fields), Some(help)) = (fields.as_object_mut(), help) {
        text.push_str(&format!("\n help: {help}"));
        fields.insert("help".to_owned(), help.into());
    }
    log::line(format, "ERROR", &text, &fields);
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
