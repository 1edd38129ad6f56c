//! Stopping a collection: open calls end, open listings say so, the snapshot is still written.

use std::sync::Arc;

use tokio::sync::watch;

/// A switch that many tasks watch. Clones share it.
#[derive(Debug, Clone)]
pub struct Cancel(Arc<watch::Sender<bool>>);

impl Default for Cancel {
    fn default() -> Self {
        Self::new()
    }
}

impl Cancel {
    /// A switch that is off.
    #[must_use]
    pub fn new() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }

    /// Turns the switch on, for good.
    pub fn cancel(&self) {
        self.0.send_replace(true);
    }

    /// Whether the switch is on.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until the switch is on.
    pub async fn cancelled(&self) {
        let mut receiver = self.0.subscribe();
        // The sender lives as long as `self`, so waiting ends with the switch only.
        let _ = receiver.wait_for(|on| *on).await;
    }
}
