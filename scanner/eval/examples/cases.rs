//! Runs the cases of a folder of content: `cargo run --release -p assay-eval --example cases --
//! policies [FILTER]`.

#![expect(clippy::print_stdout, reason = "an example talks on the terminal")]

use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let Some(dir) = args.next() else {
        println!("usage: cases DIR [FILTER]");
        return ExitCode::from(2);
    };
    let filter = args.next().unwrap_or_default();
    let content = match assay_policies::Content::from_dir(Path::new(&dir)) {
        Ok(content) => content,
        Err(e) => {
            println!("{e}");
            return ExitCode::from(2);
        }
    };
    let report = assay_eval::cases::run_cases(&content, &filter);
    println!("{report}");
    if report.ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
