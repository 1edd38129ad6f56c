//! Quotas that count down: a bucket of reads for each subscription, windows of queries and of what is
//! asked of the directory.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// How much may be asked.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quotas {
    /// Reads that a subscription's bucket holds (Azure: 250). It refills by 25 a second.
    pub reads: u32,
    /// Queries of Resource Graph in a window (Azure: 15).
    pub queries: u32,
    /// Requests of Microsoft Graph in a window.
    pub graph: u32,
    /// The window (Azure: 5 seconds).
    pub window: Duration,
}

impl Default for Quotas {
    fn default() -> Self {
        Self { reads: 250, queries: 15, graph: 1_000, window: Duration::from_secs(5) }
    }
}

type Told = Vec<(&'static str, String)>;

/// The quotas as they stand.
#[derive(Debug)]
pub(super) struct Buckets {
    quotas: Quotas,
    reads: BTreeMap<String, (f64, Instant)>,
    queries: Option<(u32, Instant)>,
    graph: Option<(u32, Instant)>,
}

impl Buckets {
    pub(super) const fn new(quotas: Quotas) -> Self {
        Self { quotas, reads: BTreeMap::new(), queries: None, graph: None }
    }

    /// Takes one request; the headers of its answer, or those of a refusal.
    pub(super) fn take(&mut self, api: &str, path: &str) -> Result<Told, Told> {
        match api {
            "arm" => self.read(crate::id::subscription(path).unwrap_or_default()),
            "query" => self.query(),
            "graph" => self.graph(),
            _ => Ok(Vec::new()),
        }
    }

    fn read(&mut self, subscription: String) -> Result<Told, Told> {
        let now = Instant::now();
        let full = f64::from(self.quotas.reads);
        let (left, at) = self.reads.entry(subscription).or_insert((full, now));
        *left = (*left + (now - *at).as_secs_f64() * 25.0).min(full);
        *at = now;
        if *left < 1.0 {
            return Err(vec![("retry-after", "1".to_owned())]);
        }
        *left -= 1.0;
        let left = left.floor().to_string();
        Ok(vec![("x-ms-ratelimit-remaining-subscription-reads", left)])
    }

    /// Microsoft Graph says nothing before most of its limit is used, and then how much.
    fn graph(&mut self) -> Result<Told, Told> {
        let now = Instant::now();
        let (used, end) = match self.graph {
            Some(open) if open.1 > now => open,
            _ => (0, now + self.quotas.window),
        };
        if used >= self.quotas.graph {
            let rest = (end - now).as_secs_f64().ceil().max(1.0);
            return Err(vec![("retry-after", rest.to_string())]);
        }
        self.graph = Some((used + 1, end));
        let share = f64::from(used + 1) / f64::from(self.quotas.graph);
        let told = (share >= 0.8).then(|| ("x-ms-throttle-limit-percentage", share.to_string()));
        Ok(told.into_iter().collect())
    }

    fn query(&mut self) -> Result<Told, Told> {
        let now = Instant::now();
        let fresh = (self.quotas.queries, now + self.quotas.window);
        let (left, end) = match self.queries {
            Some(open) if open.1 > now => open,
            _ => fresh,
        };
        let rest = (end - now).as_secs_f64();
        let told = |left: u32| {
            vec![
                ("x-ms-user-quota-remaining", left.to_string()),
                ("x-ms-user-quota-resets-after", format!("00:00:{rest:09.6}")),
            ]
        };
        let Some(after) = left.checked_sub(1) else {
            let mut headers = told(0);
            headers.push(("x-ms-retry-after-ms", ((rest * 1000.0).ceil() as u64).to_string()));
            return Err(headers);
        };
        self.queries = Some((after, end));
        Ok(told(after))
    }
}
