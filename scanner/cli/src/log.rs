//! Log lines on standard error, as text or JSON.

use anyhow::Result;
use tracing_subscriber::EnvFilter;

use crate::args::{Global, LogFormat};
use crate::exit::Usage;

/// Sets the process's log up.
pub(crate) fn init(global: &Global) -> Result<()> {
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
