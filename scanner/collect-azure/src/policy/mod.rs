//! Policies of the pipeline, in the order in which a request meets them.

#![expect(
    elided_lifetimes_in_paths,
    reason = "the trait of the pipeline leaves them out, and its macro takes no other spelling"
)]

mod guard;
mod pace;
mod retry;
mod watch;

use std::sync::Arc;

use azure_core::error::ErrorKind;
use azure_core::http::policies::Policy;

pub(crate) use guard::Guard;
pub(crate) use pace::{Pace, asked_to_wait};
pub(crate) use retry::Retries;
pub(crate) use watch::{Seen, Trace, Watch};

type Next<'p> = (&'p Arc<dyn Policy>, &'p [Arc<dyn Policy>]);

/// The next policy and those behind it. The transport stands last and has none.
fn next(policies: &[Arc<dyn Policy>]) -> azure_core::Result<Next<'_>> {
    let broken = || azure_core::Error::with_message(ErrorKind::Other, "the pipeline has no end");
    policies.split_first().ok_or_else(broken)
}
