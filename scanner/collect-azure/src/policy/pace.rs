//! Pacing: requests wait before the provider has to refuse them.
//!
//! Resource Manager keeps a bucket of reads for each subscription and says after each answer what is
//! left in it; Resource Graph counts the queries of a user in a window and says when the next one
//! begins; Microsoft Graph tells how much of a limit is used once most of it is. Whoever is refused
//! nevertheless holds back everybody who would ask the same bucket.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use azure_core::http::headers::{
    HeaderName, Headers, RETRY_AFTER, RETRY_AFTER_MS, X_MS_RETRY_AFTER_MS,
};
use azure_core::http::policies::{Policy, PolicyResult, get_retry_after};
use azure_core::http::{Context, Request, StatusCode};
use azure_core::time::OffsetDateTime;
use tokio::time::{Instant, sleep};

use super::Trace;
use crate::{Api, id};

/// Reads by which a bucket of Resource Manager refills in a second:
/// <https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling>.
const REFILL: f64 = 25.0;
/// Requests that may be open before the first answer has said what is left.
const BLIND: u32 = 4;
/// Longest time for which a refusal holds others back.
const LONGEST: Duration = Duration::from_secs(120);
/// What is left, as Resource Manager says it; several of them may be in an answer.
const READS: [&str; 3] = [
    "x-ms-ratelimit-remaining-subscription-reads",
    "x-ms-ratelimit-remaining-subscription-global-reads",
    "x-ms-ratelimit-remaining-tenant-reads",
];
const QUERIES: &str = "x-ms-user-quota-remaining";
const QUERIES_RESET: &str = "x-ms-user-quota-resets-after";
/// Microsoft Graph: the used share of a limit, said from 0.8 on.
const USED: &str = "x-ms-throttle-limit-percentage";

/// The policy. One for all pipelines of a collection.
#[derive(Debug, Clone, Default)]
pub(crate) struct Pace(Arc<Mutex<HashMap<String, Gate>>>);

/// One bucket or window.
#[derive(Debug, Default)]
struct Gate {
    open: u32,
    /// Requests that may still be sent: since `at` in a bucket, until `reset` in a window.
    left: Option<f64>,
    at: Option<Instant>,
    reset: Option<Instant>,
    /// Answers come that say nothing of a quota.
    silent: bool,
    blocked: Option<Instant>,
}

impl Gate {
    /// Takes a place, or says how long to wait before asking again.
    fn enter(&mut self, now: Instant) -> Result<(), Duration> {
        if let Some(until) = self.blocked.filter(|t| *t > now) {
            return Err(until - now);
        }
        self.refill(now);
        match self.left {
            Some(left) if left < 1.0 => {
                let wait = match self.reset {
                    Some(reset) => reset.saturating_duration_since(now),
                    None => Duration::from_secs_f64(((1.0 - left) / REFILL).clamp(0.0, 10.0)),
                };
                return Err(wait.max(Duration::from_millis(2)));
            }
            Some(left) => self.left = Some(left - 1.0),
            None if self.open >= self.blind() => return Err(Duration::from_millis(10)),
            None => {}
        }
        self.open += 1;
        Ok(())
    }

    /// How many may be open while nothing is known.
    const fn blind(&self) -> u32 {
        match (self.silent, self.reset.is_some()) {
            (true, _) => u32::MAX,
            // A new window: one asks how large it is.
            (false, true) => 1,
            (false, false) => BLIND,
        }
    }

    fn refill(&mut self, now: Instant) {
        match self.reset {
            Some(reset) if reset <= now => self.left = None,
            Some(_) => {}
            None => {
                if let (Some(left), Some(at)) = (self.left, self.at) {
                    self.left = Some(left + (now - at).as_secs_f64() * REFILL);
                }
                self.at = Some(now);
            }
        }
    }

    /// An answer said what is left. Other open requests may or may not be counted in it already.
    fn learn(&mut self, now: Instant, said: f64, reset: Option<Duration>) {
        self.silent = false;
        let others = f64::from(self.open.saturating_sub(1));
        self.refill(now);
        let reset = reset.map(|after| now + after);
        let fresh = match (self.reset, reset) {
            (Some(old), Some(new)) => old <= now || new > old + Duration::from_secs(1),
            _ => false,
        };
        let said = said - others;
        self.left = Some(self.left.filter(|_| !fresh).map_or(said, |own| own.min(said)));
        self.at = Some(now);
        if fresh || self.reset.is_none() {
            self.reset = reset;
        }
    }

    fn block(&mut self, now: Instant, wait: Duration) {
        let until = now + wait.min(LONGEST);
        self.blocked = Some(self.blocked.map_or(until, |t| t.max(until)));
    }
}

impl Pace {
    fn with<T>(&self, key: &str, f: impl FnOnce(&mut Gate, Instant) -> T) -> T {
        let mut gates = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !gates.contains_key(key) {
            gates.insert(key.to_owned(), Gate::default());
        }
        // Just inserted where it was missing.
        let gate = gates.entry(key.to_owned()).or_default();
        f(gate, Instant::now())
    }

    async fn enter(&self, key: &str) -> Open {
        loop {
            match self.with(key, Gate::enter) {
                Ok(()) => return Open { pace: self.clone(), key: key.to_owned() },
                // Others may learn more meanwhile: nobody sleeps long without looking.
                Err(wait) => sleep(wait.min(Duration::from_millis(500))).await,
            }
        }
    }
}

/// For how long an answer that refuses for load wants to be left alone, in any form that a provider
/// says it.
pub(crate) fn asked_to_wait(status: StatusCode, headers: &Headers) -> Option<Duration> {
    if !matches!(status, StatusCode::TooManyRequests | StatusCode::ServiceUnavailable) {
        return None;
    }
    let known = [X_MS_RETRY_AFTER_MS, RETRY_AFTER_MS, RETRY_AFTER];
    let wait = get_retry_after(headers, OffsetDateTime::now_utc, &known)?;
    Some(wait.try_into().unwrap_or(Duration::ZERO).min(LONGEST))
}

/// A place in a gate, given back when dropped.
struct Open {
    pace: Pace,
    key: String,
}

impl Open {
    fn answered(&self, status: StatusCode, headers: &Headers) {
        let wait = asked_to_wait(status, headers);
        let text = |name: &'static str| headers.get_optional_str(&HeaderName::from_static(name));
        // What is no quantity says nothing; less than nothing is nothing.
        let number = |name| text(name).and_then(quantity);
        let reads = READS.into_iter().filter_map(number).reduce(f64::min);
        let queries = number(QUERIES);
        let used = number(USED);
        self.pace.with(&self.key, |gate, now| {
            match (queries, reads) {
                (Some(left), _) => gate.learn(now, left, text(QUERIES_RESET).and_then(span)),
                (None, Some(left)) => gate.learn(now, left, None),
                (None, None) if status.is_success() => gate.silent = gate.left.is_none(),
                (None, None) => {}
            }
            if let Some(wait) = wait {
                gate.block(now, wait);
            }
            if let Some(used) = used.filter(|u| (0.8..10.0).contains(u)) {
                gate.block(now, Duration::from_secs_f64(used));
            }
        });
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.pace.with(&self.key, |gate, _| gate.open = gate.open.saturating_sub(1));
    }
}

/// A count that can be one.
fn quantity(text: &str) -> Option<f64> {
    text.trim().parse::<f64>().ok().filter(|n| n.is_finite()).map(|n| n.max(0.0))
}

/// `00:00:05`, with a fraction of the second where there is one.
fn span(text: &str) -> Option<Duration> {
    let mut seconds = 0.0;
    for part in text.trim().split(':') {
        seconds = seconds * 60.0 + part.parse::<f64>().ok()?;
    }
    // Windows are of seconds: nobody is held back for longer than after a refusal.
    Duration::try_from_secs_f64(seconds).ok().map(|d| d.min(LONGEST))
}

/// Which bucket a request draws from.
fn key(ctx: &Context, request: &Request) -> String {
    match ctx.value::<Arc<Trace>>().map(|t| t.operation().api) {
        Some(Api::ResourceGraph) => "queries".to_owned(),
        Some(Api::Graph) => "graph".to_owned(),
        _ => id::subscription(request.url().path()).unwrap_or_else(|| "tenant".to_owned()),
    }
}

#[async_trait]
impl Policy for Pace {
    async fn send(
        &self,
        ctx: &Context,
        request: &mut Request,
        next: &[Arc<dyn Policy>],
    ) -> PolicyResult {
        let open = self.enter(&key(ctx, request)).await;
        let (first, rest) = super::next(next)?;
        let answer = first.send(ctx, request, rest).await;
        if let Ok(answer) = &answer {
            open.answered(answer.status(), answer.headers());
        }
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_bucket_is_never_overdrawn() {
        let (mut gate, mut now) = (Gate::default(), Instant::now());
        assert!((0..BLIND).all(|_| gate.enter(now).is_ok()));
        assert!(gate.enter(now).is_err(), "nothing is known yet");
        gate.learn(now, 5.0, None);
        // Of the five left, three may be drawn already by the others that are open.
        assert!(gate.enter(now).is_ok() && gate.enter(now).is_ok());
        assert!(gate.enter(now).is_err());
        now += SECOND / 25;
        assert!(gate.enter(now).is_ok(), "it refills");
        assert!(gate.enter(now).is_err());
        gate.learn(now, 100.0, None);
        assert!(gate.enter(now).is_err(), "the more careful of two numbers holds");
    }

    #[test]
    fn a_window_is_waited_for() {
        let (mut gate, mut now) = (Gate::default(), Instant::now());
        assert!(gate.enter(now).is_ok());
        gate.learn(now, 1.0, span("00:00:05"));
        gate.open = 0;
        assert!(gate.enter(now).is_ok());
        assert_eq!(gate.enter(now), Err(SECOND * 5));
        gate.open = 0;
        now += SECOND * 5;
        assert!(gate.enter(now).is_ok(), "one asks how large the new window is");
        assert!(gate.enter(now).is_err());
        gate.learn(now, 14.0, span("00:00:05"));
        assert!((0..14).all(|_| gate.enter(now).is_ok()));
        assert!(gate.enter(now).is_err());
    }

    #[test]
    fn a_refusal_holds_others_back_and_silence_does_not() {
        let (mut gate, now) = (Gate::default(), Instant::now());
        gate.silent = true;
        assert!((0..100).all(|_| gate.enter(now).is_ok()));
        gate.block(now, SECOND * 7);
        gate.block(now, SECOND);
        assert_eq!(gate.enter(now), Err(SECOND * 7));
        gate.block(now, SECOND * 100_000);
        assert_eq!(gate.enter(now), Err(LONGEST));
    }

    /// How long others are held back after an answer.
    fn held(status: StatusCode, headers: &[(&'static str, &str)]) -> Option<u64> {
        let mut all = Headers::new();
        for (name, value) in headers {
            all.insert(*name, (*value).to_owned());
        }
        let pace = Pace::default();
        let open = Open { pace: pace.clone(), key: "k".to_owned() };
        open.answered(status, &all);
        let wait = |gate: &mut Gate, now: Instant| gate.blocked.map(|t| t.duration_since(now));
        // A moment of the test itself is not counted.
        pace.with("k", wait).map(|left| (left.as_millis() as u64).div_ceil(100) * 100)
    }

    #[test]
    fn every_form_of_retry_after_holds_back() {
        let busy = StatusCode::TooManyRequests;
        for (headers, wait) in [
            (&[("retry-after", "17")][..], Some(17_000)),
            (&[("retry-after-ms", "1500")], Some(1500)),
            (&[("x-ms-retry-after-ms", "2500")], Some(2500)),
            // Of several the most precise one.
            (&[("retry-after", "9"), ("x-ms-retry-after-ms", "2500")], Some(2500)),
            // A moment that has passed, and one that is far away.
            (&[("retry-after", "Fri, 01 Jan 2021 00:00:00 GMT")], Some(0)),
            (&[("retry-after", "Fri, 01 Jan 2100 00:00:00 GMT")], Some(120_000)),
            (&[("retry-after", "-5")], Some(0)),
            (&[("retry-after", "soon")], None),
            (&[], None),
        ] {
            assert_eq!(held(busy, headers), wait, "{headers:?}");
            assert_eq!(held(StatusCode::ServiceUnavailable, headers), wait, "{headers:?}");
            assert_eq!(held(StatusCode::Ok, headers), None, "{headers:?}");
        }
        let used = |share| held(StatusCode::Ok, &[("x-ms-throttle-limit-percentage", share)]);
        assert_eq!((used("0.5"), used("0.9"), used("1.8")), (None, Some(900), Some(1800)));
    }

    #[test]
    fn spans_are_read() {
        assert_eq!(span("00:00:05"), Some(SECOND * 5));
        assert_eq!(span("00:01:00.5"), Some(Duration::from_millis(60_500)));
        assert_eq!(span("soon"), None);
        assert_eq!(span("-1"), None);
        assert_eq!(span("20:00:00"), Some(LONGEST));
        for text in ["nan", "inf", "-inf", "many", ""] {
            assert_eq!(quantity(text), None, "{text}");
        }
        assert_eq!(quantity(" 12 "), Some(12.0));
        assert_eq!(quantity("-1e9"), Some(0.0));
    }
}
