//! What a collection tells while it runs, for progress bars and logs.

use std::sync::Arc;

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// It is known who asks.
    Identified {
        /// The provider.
        provider: &'static str,
        /// Who asks, with the source of the credentials.
        caller: String,
    },
    /// So many more units (a service in an account and region) will be collected.
    Planned {
        /// Number of units.
        units: usize,
    },
    /// A unit began.
    Started {
        /// The account.
        account: String,
        /// The region, or `global`.
        region: String,
        /// The service.
        service: &'static str,
    },
    /// A unit ended.
    Finished {
        /// The account.
        account: String,
        /// The region, or `global`.
        region: String,
        /// The service.
        service: &'static str,
    },
    /// A call ended.
    Called {
        /// The operation.
        operation: &'static str,
        /// Whether it gave a usable answer.
        ok: bool,
        /// Attempts beyond the first.
        retries: u64,
    },
    /// A resource was written.
    Resource,
    /// Something a person should read, in one line.
    Warning(String),
}

/// Where events go. Called from many tasks: it must not block.
pub type Events = Arc<dyn Fn(Event) + Send + Sync>;

/// Events that nobody reads.
#[must_use]
pub fn silent() -> Events {
    Arc::new(|_| {})
}
