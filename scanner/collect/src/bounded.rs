//! Running many futures, a few at a time.

use std::future::Future;

use futures_util::future::{BoxFuture, FutureExt as _};
use futures_util::stream::{self, StreamExt as _};

/// Runs futures, at most `limit` at a time, and gives their results in the order in which they were
/// handed in.
///
/// Not an `async fn`: that would hold the iterator while it waits, and closures over references are
/// then not general enough for a task that may move between threads.
pub fn bounded<'a, F>(
    futures: impl IntoIterator<Item = F>,
    limit: usize,
) -> BoxFuture<'a, Vec<F::Output>>
where
    F: Future + Send + 'a,
    F::Output: Send + 'a,
{
    let futures: Vec<F> = futures.into_iter().collect();
    stream::iter(futures).buffered(limit.max(1)).collect().boxed()
}
