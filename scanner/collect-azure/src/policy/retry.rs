//! Retries: how often, and how long between them.

use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use azure_core::http::StatusCode;
use azure_core::http::headers::{RETRY_AFTER, RETRY_AFTER_MS, X_MS_RETRY_AFTER_MS};
use azure_core::http::policies::{RetryHeaders, RetryPolicy};
use azure_core::sleep::sleep;
use azure_core::time::Duration;

/// Attempts of one request.
const ATTEMPTS: u32 = 8;
/// After so long no attempt is made any more.
const WHOLE: Duration = Duration::minutes(4);
/// Longest wait between two attempts, also where the provider asks for more: then the last attempts
/// are refused, and the gap says throttled.
const LONGEST: Duration = Duration::minutes(2);

/// Exponential waits, never shorter than the provider asks for.
#[derive(Debug)]
pub(crate) struct Retries {
    headers: RetryHeaders,
    first: Duration,
    spread: AtomicU64,
}

impl Retries {
    /// Retries whose first wait is about so long.
    pub(crate) fn new(first: Duration) -> Self {
        let retry_headers = vec![X_MS_RETRY_AFTER_MS, RETRY_AFTER_MS, RETRY_AFTER];
        Self { headers: RetryHeaders { retry_headers }, first, spread: AtomicU64::new(0) }
    }

    /// Up to a quarter of a wait, other for each: so that refused requests do not come back together.
    fn jitter(&self, wait: Duration) -> Duration {
        let n = self.spread.fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::Relaxed);
        wait * ((n >> 60) as f64 / 60.0)
    }
}

#[async_trait]
impl RetryPolicy for Retries {
    fn is_expired(&self, since_start: Duration, retries: u32) -> bool {
        retries + 1 >= ATTEMPTS || since_start >= WHOLE
    }

    fn retry_headers(&self) -> Option<&RetryHeaders> {
        Some(&self.headers)
    }

    fn retry_status_codes(&self) -> &[StatusCode] {
        &[]
    }

    fn sleep_duration(&self, retries: u32) -> Duration {
        (self.first * 2_i32.saturating_pow(retries.saturating_sub(1).min(16))).min(LONGEST)
    }

    async fn wait(&self, retries: u32, asked: Option<Duration>) {
        let wait = asked.unwrap_or_default().max(self.sleep_duration(retries)).min(LONGEST);
        sleep(wait + self.jitter(wait)).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_end() {
        let r = Retries::new(Duration::milliseconds(300));
        assert_eq!(r.sleep_duration(1), Duration::milliseconds(300));
        assert_eq!(r.sleep_duration(3), Duration::milliseconds(1200));
        assert_eq!(r.sleep_duration(60), LONGEST);
        assert!(!r.is_expired(Duration::seconds(5), 6));
        assert!(r.is_expired(Duration::seconds(5), 7) && r.is_expired(WHOLE, 1));
        let one = Duration::seconds(1);
        assert!((0..99).all(|_| r.jitter(one) <= Duration::milliseconds(250)));
    }
}
