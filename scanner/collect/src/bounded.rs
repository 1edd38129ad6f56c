//! Running many futures, a few at a time.

use std::future::Future;

use futures_util::StreamExt as _;
use futures_util::stream;

/// Runs futures, at most `limit` at a time, and gives their results in the order in which they were
/// handed in. The iterator is read as room frees up, so its items need not exist all at once.
pub async fn bounded<F: Future>(
    futures: impl IntoIterator<Item = F>,
    limit: usize,
) -> Vec<F::Output> {
    stream::iter(futures).buffered(limit.max(1)).collect().await
}
