//! Log lines on standard error, as text or JSON.

use anyhow::Result;
use serde_json::{Value, json};
use tracing_subscriber::EnvFilter;

use crate::args::{Global, LogFormat};
use crate::exit::Usage;

/// Levels, as people write them.
const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];

/// A filter is levels and `target=level` pairs. A bare word that is no level would be taken for a
/// target, and then nothing is logged.
fn check(filter: &str) -> Result<(), Usage> {
    let is_level = |word: &str| LEVELS.iter().any(|l| l.eq_ignore_ascii_case(word));
    for part in filter.split(',').map(str::trim) {
        let level = part.rsplit_once('=').map_or(part, |(_, level)| level);
        if !is_level(level) {
            return Err(Usage::new(
                format!("--log {filter}: `{level}` is no level"),
                "use error, warn, info, debug or trace, or pairs as assay=debug",
            ));
        }
    }
    Ok(())
}

/// Sets the process's log up.
pub(crate) fn init(global: &Global) -> Result<()> {
    check(&global.log)?;
    // The SDK's own chatter is not ours: only its errors matter, and those come back as gaps.
    let filter = EnvFilter::try_new(format!("{},aws_config=error,aws_runtime=error", global.log))
        .map_err(|e| {
        Usage::new(format!("--log {}: {e}", global.log), "use error, warn, info, debug or trace")
    })?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let done = match global.log_format {
        LogFormat::Text => builder.with_ansi(false).with_target(false).try_init(),
        LogFormat::Json => builder.json().try_init(),
    };
    done.map_err(|e| anyhow::anyhow!("cannot start the log: {e}"))
}

/// One line of the program's own on standard error, whatever `--log` says: `text` as it is, or a
/// JSON object with the fields.
#[expect(clippy::print_stderr, reason = "the program speaks to its user")]
pub(crate) fn line(format: LogFormat, level: &str, text: &str, fields: &Value) {
    match format {
        LogFormat::Text => eprintln!("{text}"),
        LogFormat::Json => {
            #[expect(clippy::disallowed_methods, reason = "a log line has the time of the day")]
            let now = jiff::Timestamp::now();
            eprintln!(
                "{}",
                json!({"timestamp": now, "level": level, "fields": fields, "target": "assay"})
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_that_is_no_level_is_an_error() {
        for good in ["warn", "DEBUG", "off", "warn,assay=trace", "assay_collect=debug"] {
            assert!(check(good).is_ok(), "{good}");
        }
        for bad in ["nope", "", "warn,", "assay=loud", "warn,nope"] {
            assert!(check(bad).is_err(), "{bad}");
        }
    }
}
