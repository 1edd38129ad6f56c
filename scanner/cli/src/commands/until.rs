//! Running a collection until its own end, or until somebody stops it.

use std::future::Future;

use anyhow::{Context, Result};
use assay_collect::{Cancel, Events};
use tokio::runtime::Runtime;

use crate::args::Global;
use crate::progress::Progress;

/// A runtime for what asks providers.
pub(super) fn runtime() -> Result<Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        // Little is optimised in the SDKs: their futures are deep.
        .thread_stack_size(16 << 20)
        .enable_all()
        .build()
        .context("cannot start the runtime")
}

/// Runs a collection, with progress. The first Ctrl-C asks it to end by itself; after the second
/// there is no result.
pub(super) fn stopped<F: Future>(
    global: &Global,
    start: impl FnOnce(Events, Cancel) -> F,
) -> Result<Option<F::Output>> {
    let progress = Progress::new(global);
    let cancel = Cancel::new();
    let runtime = runtime()?;
    let result = runtime.block_on(async {
        let collection = start(progress.events(), cancel.clone());
        tokio::pin!(collection);
        tokio::select! {
            done = &mut collection => return Some(done),
            pressed = tokio::signal::ctrl_c() => if pressed.is_err() { return Some(collection.await) },
        }
        progress.line(
            "stopping: what is open ends, the snapshot says that it is partial (Ctrl-C again ends at once)",
        );
        cancel.cancel();
        tokio::select! {
            done = &mut collection => Some(done),
            _ = tokio::signal::ctrl_c() => None,
        }
    });
    runtime.shutdown_background();
    progress.finish();
    Ok(result)
}
