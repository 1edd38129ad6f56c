//! The descriptor of a service.

use futures_util::future::BoxFuture;

use crate::Cx;

/// Whether a service is asked once for an account or once in each region.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Once for the account.
    Global,
    /// Once in each region.
    Regional,
}

/// All facts of one service's collector.
pub struct Service {
    /// The name that flags and events use (`s3`).
    pub name: &'static str,
    /// Where it is asked.
    pub scope: Scope,
    /// Every operation that it may call, as `service:Operation`. The client refuses anything else.
    pub operations: &'static [&'static str],
    /// The IAM actions that these operations need.
    pub actions: &'static [&'static str],
    /// The types whose listings it is responsible for. It may write documents of these types only.
    pub types: &'static [&'static str],
    /// Collects. Never fails: what it cannot read becomes gaps and listing states.
    pub collect: fn(Cx) -> BoxFuture<'static, ()>,
}

impl std::fmt::Debug for Service {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Service").field("name", &self.name).finish_non_exhaustive()
    }
}
