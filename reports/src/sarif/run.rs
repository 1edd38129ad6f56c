//! How the results are divided into runs, and what each run says of itself.

use std::collections::{BTreeMap, BTreeSet};

use assay_core::assessment::Assessment;
use assay_core::identity::sha256;
use assay_core::manifest::SnapshotState;
use serde_json::Value;
use serde_sarif::sarif::{Invocation, Message, Notification};

use super::result::{ended, sentence, text};
use super::{SARIF_MAX_RUNS, SarifOptions};
use crate::select::Worst;
use crate::text::{clip, count, number, plain};
use crate::words;

/// Notifications in one run before the rest is only counted.
const MAX_NOTIFICATIONS: usize = 200;

/// One run: a category of its own, so that another account's upload does not replace it.
#[derive(Debug)]
pub(super) struct Run {
    /// Ends in a slash.
    pub(super) category: String,
    /// The accounts in it; `None` is every account that no other run has.
    accounts: Option<BTreeSet<String>>,
    /// Its worst results.
    pub(super) worst: Worst,
}

/// All runs, and which one an account belongs to.
#[derive(Debug)]
pub(super) struct Runs {
    pub(super) all: Vec<Run>,
    merged: bool,
}

impl Runs {
    /// A run for each account; above [`SARIF_MAX_RUNS`] accounts, a fixed number of runs over which
    /// accounts are spread by a digest of their ids, so that none moves when another one joins.
    pub(super) fn plan(a: &Assessment, options: &SarifOptions) -> Self {
        let known: BTreeSet<&String> =
            a.snapshot.scope.accounts.iter().chain(a.summary.accounts.keys()).collect();
        let base = options.category.trim_end_matches('/');
        let new = |category: String, accounts| Run {
            category,
            accounts,
            worst: Worst::new(options.max_results),
        };
        // One run stays free for accounts that only the verdicts know.
        let own = SARIF_MAX_RUNS - 1;
        let merged = known.len() > own;
        let mut all = Vec::new();
        if merged {
            let mut parts: Vec<BTreeSet<String>> = vec![BTreeSet::new(); own];
            for account in known {
                if let Some(part) = parts.get_mut(bucket(account, own)) {
                    part.insert(account.clone());
                }
            }
            for (i, accounts) in parts.into_iter().enumerate() {
                all.push(new(format!("{base}/accounts-{:02}/", i + 1), Some(accounts)));
            }
        } else {
            let providers = providers(a);
            for account in known {
                let provider = providers.get(account.as_str()).copied().unwrap_or("cloud");
                let category = format!("{base}/{}/{}/", slug(provider), slug(account));
                all.push(new(category, Some(BTreeSet::from([account.clone()]))));
            }
        }
        all.push(new(format!("{base}/other/"), None));
        Self { all, merged }
    }

    /// The run of an account.
    pub(super) fn of(&self, account: &str) -> usize {
        let last = self.all.len() - 1;
        if self.merged {
            return bucket(account, last);
        }
        self.all
            .iter()
            .position(|r| r.accounts.as_ref().is_some_and(|s| s.contains(account)))
            .unwrap_or(last)
    }

    /// The runs worth writing. A run without results whose accounts could not be looked at at all
    /// is left out: uploading it would close every alert of its category.
    pub(super) fn written(&self, a: &Assessment) -> Vec<usize> {
        self.all
            .iter()
            .enumerate()
            .filter(|(_, r)| match &r.accounts {
                _ if r.worst.offered() > 0 => true,
                None => false,
                Some(accounts) => accounts.iter().any(|x| {
                    a.summary.accounts.get(x).is_some_and(|s| {
                        let c = &s.rule_results;
                        c.pass + c.fail + c.waived + c.not_applicable > 0
                    })
                }),
            })
            .map(|(i, _)| i)
            .collect()
    }
}

/// A run that only says that nothing was assessed.
pub(super) fn empty(options: &SarifOptions) -> Run {
    Run {
        category: format!("{}/not-assessed/", options.category.trim_end_matches('/')),
        accounts: None,
        worst: Worst::new(0),
    }
}

fn providers(a: &Assessment) -> BTreeMap<&str, &str> {
    let mut out: BTreeMap<&str, &str> = BTreeMap::new();
    if let [only] = a.snapshot.scope.providers.as_slice() {
        let accounts = a.snapshot.scope.accounts.iter().chain(a.summary.accounts.keys());
        out.extend(accounts.map(|account| (account.as_str(), only.as_str())));
    }
    out.extend(a.populations.iter().map(|p| (p.account.as_str(), p.provider.as_str())));
    out
}

fn bucket(account: &str, buckets: usize) -> usize {
    let digest = sha256(account.as_bytes());
    let n = digest.get(..8).and_then(|h| usize::from_str_radix(h, 16).ok()).unwrap_or(0);
    n % buckets.max(1)
}

/// A part of a category: no slash, nothing odd.
fn slug(part: &str) -> String {
    let out: String = part
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '-' })
        .take(100)
        .collect();
    if out.is_empty() { "unnamed".to_owned() } else { out }
}

impl Run {
    fn has(&self, account: &str, others: &BTreeSet<&str>) -> bool {
        match &self.accounts {
            Some(own) => own.contains(account),
            None => !others.contains(account),
        }
    }

    /// Times, success and what was not seen.
    pub(super) fn invocation(&self, a: &Assessment, all: &Runs) -> Invocation {
        let others: BTreeSet<&str> = all
            .all
            .iter()
            .filter_map(|r| r.accounts.as_ref())
            .flatten()
            .map(String::as_str)
            .collect();
        let mine = |account: &str| self.has(account, &others);
        let alone = self.worst.offered() == 0 && self.accounts.is_none();
        let mut notes = Vec::new();
        if alone {
            notes.push(note("error", &words::headline(a)));
        }
        if a.snapshot.state == SnapshotState::Interrupted {
            notes.push(note(
                "error",
                "The collection was interrupted: what was not read yet is not assessed.",
            ));
        }
        for l in a.incomplete_listings.iter().filter(|l| alone || mine(&l.account)) {
            let why = l.gap.as_ref().map_or_else(String::new, |g| {
                let operation = g.operation.as_deref().unwrap_or("the call");
                let state = g.state.as_str().replace('_', " ");
                match g.detail.trim() {
                    "" => format!(" {operation}: {state}."),
                    detail => format!(" {operation}: {state}: {}", ended(detail)),
                }
            });
            notes.push(note(
                "error",
                &format!(
                    "{} in account {}, {} was not listed completely ({}).{why}",
                    l.kind,
                    l.account,
                    l.region,
                    l.state.as_str().replace('_', " "),
                ),
            ));
        }
        for c in &a.causes {
            if alone || c.accounts.is_empty() || c.accounts.iter().any(|x| mine(x)) {
                let detail = match c.cause.detail.trim() {
                    "" => String::new(),
                    some => format!(" {}", sentence(some)),
                };
                notes.push(note(
                    if c.accepted { "note" } else { "error" },
                    &format!(
                        "Not assessed, {}: {} of {}.{detail} Next step: {}",
                        words::cause_line(&c.cause),
                        count(c.verdicts, "verdict", "verdicts"),
                        count(c.rules, "rule", "rules"),
                        ended(&words::next_step(c))
                    ),
                ));
            }
        }
        let unseen =
            a.summary.accounts.iter().any(|(x, s)| mine(x) && s.rule_results.not_assessed > 0);
        let successful = !unseen && !notes.iter().any(|n| n.level == Some(Value::from("error")));
        if notes.len() > MAX_NOTIFICATIONS {
            let more = notes.len() - MAX_NOTIFICATIONS;
            notes.truncate(MAX_NOTIFICATIONS);
            notes.push(note(
                "warning",
                &format!(
                    "{} in assessment.json.",
                    count(more as u64, "more notification is", "more notifications are")
                ),
            ));
        }
        if self.worst.left_out() > 0 {
            notes.insert(0, note("warning", &format!(
                "{} of {} open failures are written here, the worst first (severity, then fingerprint); \
                 the other {} are in findings.ndjson.",
                number(self.worst.offered() - self.worst.left_out()),
                number(self.worst.offered()),
                number(self.worst.left_out()),
            )));
        }
        let mut out = blank(successful);
        out.start_time_utc = Some(a.snapshot.started.to_string());
        out.end_time_utc = Some(a.snapshot.ended.to_string());
        out.tool_execution_notifications = (!notes.is_empty()).then_some(notes);
        out
    }
}

fn note(level: &str, message: &str) -> Notification {
    Notification {
        level: Some(Value::from(level)),
        message: Message { text: Some(text(&clip(&plain(message), 1000))), ..Default::default() },
        associated_rule: None,
        descriptor: None,
        exception: None,
        locations: None,
        properties: None,
        thread_id: None,
        time_utc: None,
    }
}

fn blank(execution_successful: bool) -> Invocation {
    Invocation {
        execution_successful,
        account: None,
        arguments: None,
        command_line: None,
        end_time_utc: None,
        environment_variables: None,
        executable_location: None,
        exit_code: None,
        exit_code_description: None,
        exit_signal_name: None,
        exit_signal_number: None,
        machine: None,
        notification_configuration_overrides: None,
        process_id: None,
        process_start_failure_message: None,
        properties: None,
        response_files: None,
        rule_configuration_overrides: None,
        start_time_utc: None,
        stderr: None,
        stdin: None,
        stdout: None,
        stdout_stderr: None,
        tool_configuration_notifications: None,
        tool_execution_notifications: None,
        working_directory: None,
    }
}
