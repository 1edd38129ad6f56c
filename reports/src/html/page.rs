//! The page: everything that its template names.

use std::sync::LazyLock;

use askama::Template;
use assay_core::Severity;
use assay_core::assessment::{AccountSummary, Assessment, BaselineResult, Counts};
use assay_core::identity::sha256;
use assay_core::manifest::SnapshotState;

use super::chart::{Bar, ORDER};
use super::controls::{BASES, FrameworkView, frameworks};
use super::lists::{
    CauseView, Group, ListingView, PopulationView, causes, few, groups, listings, populations,
};
use super::people::{AttestationView, GapView, WaiverView, attestations, gaps, waivers};
use super::rules::{RuleView, rules};
use super::scan::Scan;
use super::shell::{STYLE, csp_hash, printed_footer};
use super::show;
use super::tailoring::{Tailored, tailored};
use super::view::{Count, FindingView, WorstRule, findings, present, worst};
use crate::text::{count, number};
use crate::words;

/// The page's one script.
pub(super) const JS: &str = include_str!("../../templates/report.js");

static JS_HASH: LazyLock<String> = LazyLock::new(|| csp_hash(JS));

/// Rules in the summary's table.
const MAX_WORST: usize = 12;
/// Rows of the longer tables.
const MAX_ROWS: usize = 500;
/// Accounts in the summary's table.
const MAX_ACCOUNTS: usize = 100;

/// Rule results, as the summary shows them.
pub(super) struct Results {
    pub(super) bar: Bar,
    pub(super) rows: Vec<Count>,
    pub(super) of: u64,
}

/// An account, as the summary shows it.
pub(super) struct AccountView<'a> {
    pub(super) id: &'a str,
    pub(super) caller: &'a str,
    pub(super) s: &'a AccountSummary,
    pub(super) bar: Bar,
}

/// What a baseline adds: what became of failures since.
pub(super) struct Trend<'a> {
    pub(super) b: &'a BaselineResult,
    pub(super) bar: Bar,
    pub(super) rows: Vec<Count>,
}

/// Everything that the template names.
#[derive(Template)]
#[template(path = "report.html")]
pub(super) struct Page<'a> {
    a: &'a Assessment,
    css: String,
    css_hash: String,
    js_hash: &'static str,
    report_id: String,
    report_digest: String,
    snapshot_id: &'a str,
    rules_id: &'a str,
    subject: String,
    title: String,
    headline: String,
    headline_class: &'static str,
    interrupted: bool,
    blank: bool,
    seen_all: bool,
    left_out: usize,
    results: Results,
    severities: Vec<(&'static str, u64)>,
    accounts: Vec<AccountView<'a>>,
    more_accounts: usize,
    trend: Option<Trend<'a>>,
    groups: Vec<Group>,
    status_names: Vec<&'static str>,
    legend: Vec<(&'static str, &'static str)>,
    basis_legend: [(&'static str, &'static str); 5],
    frameworks: Vec<FrameworkView<'a>>,
    worst: Vec<WorstRule<'a>>,
    failing_rules: String,
    more_worst: String,
    unseen_number: String,
    unseen_words: String,
    total: u64,
    embedded: u64,
    left: u64,
    shown: u64,
    findings: Vec<FindingView<'a>>,
    causes: Vec<CauseView<'a>>,
    listings: Vec<ListingView<'a>>,
    more_listings: usize,
    rules: Vec<RuleView<'a>>,
    rule_picks: Vec<Count>,
    populations: Vec<PopulationView<'a>>,
    more_populations: usize,
    waivers: Vec<WaiverView<'a>>,
    attestations: Vec<AttestationView<'a>>,
    gaps: Vec<GapView<'a>>,
    tailored: Tailored<'a>,
    scope_accounts: String,
    callers: Vec<(&'a String, &'a String)>,
}

impl<'a> Page<'a> {
    /// Gathers everything.
    pub(super) fn new(a: &'a Assessment, scan: &'a Scan) -> Self {
        let report_digest = sha256(
            format!(
                "{}\n{}\n{}\n{}\n{}",
                a.snapshot.root_digest,
                a.rules_digest,
                a.tailoring_digest,
                a.clocks.now,
                a.clocks.today
            )
            .as_bytes(),
        );
        let report_id = report_digest.get(..12).unwrap_or_default().to_owned();
        let (snapshot_id, rules_id) = (short(&a.snapshot.root_digest), short(&a.rules_digest));
        let foot =
            [("Assay report", report_id.as_str()), ("snapshot", snapshot_id), ("rules", rules_id)];
        let css = format!("{STYLE}{}", printed_footer(&foot));
        let scope = &a.snapshot.scope;
        let subject = words::subject(scope);
        let failures: u64 = a.summary.failures.values().sum();
        let blank = words::nothing_assessed(&a.summary.verdicts);
        let unseen = a.summary.verdicts.not_assessed > 0
            || !a.incomplete_listings.is_empty()
            || !a.causes.is_empty()
            || a.summary.rule_results.not_assessed > 0
            || a.snapshot.state == SnapshotState::Interrupted;
        let (unseen_number, unseen_words) = unseen_count(a);
        let all_worst = worst(a);
        let findings = findings(a);
        Self {
            css_hash: csp_hash(&css),
            css,
            js_hash: &JS_HASH,
            report_id,
            report_digest,
            snapshot_id,
            rules_id,
            title: format!("Audit of {subject}"),
            subject,
            headline: words::headline(a),
            // Green only where something was looked at and nothing was left unseen.
            headline_class: if failures > 0 {
                "fail"
            } else if blank || unseen {
                "unseen"
            } else {
                "pass"
            },
            interrupted: a.snapshot.state == SnapshotState::Interrupted,
            blank,
            seen_all: !unseen && !blank,
            left_out: scope.left_out_regions.len()
                + scope.left_out_accounts.len()
                + scope.left_out_services.len(),
            results: results(&a.summary.rule_results),
            severities: Severity::ALL
                .into_iter()
                .map(|s| (s.as_str(), a.summary.failures.get(s.as_str()).copied().unwrap_or(0)))
                .collect(),
            accounts: accounts(a),
            more_accounts: a.summary.accounts.len().saturating_sub(MAX_ACCOUNTS),
            trend: a.baseline.as_ref().map(trend),
            groups: groups(a),
            status_names: ORDER.into_iter().map(words::status).collect(),
            legend: ORDER.into_iter().map(|s| (words::status_class(s), words::status(s))).collect(),
            basis_legend: BASES,
            frameworks: frameworks(a),
            failing_rules: count(all_worst.len() as u64, "rule", "rules"),
            more_worst: match all_worst.len().saturating_sub(MAX_WORST) {
                0 => String::new(),
                n => count(n as u64, "more rule", "more rules"),
            },
            unseen_number,
            unseen_words,
            worst: all_worst.into_iter().take(MAX_WORST).collect(),
            total: scan.findings.offered(),
            left: scan.findings.left_out(),
            embedded: scan.findings.offered() - scan.findings.left_out(),
            shown: findings.len() as u64,
            findings,
            causes: causes(a, MAX_ROWS),
            listings: listings(a, MAX_ROWS),
            more_listings: a.incomplete_listings.len().saturating_sub(MAX_ROWS),
            rules: rules(a, scan),
            rule_picks: rule_picks(a),
            populations: populations(a, MAX_ROWS),
            more_populations: a.populations.len().saturating_sub(MAX_ROWS),
            waivers: waivers(a),
            attestations: attestations(a),
            gaps: gaps(a),
            tailored: tailored(a),
            scope_accounts: few(&scope.accounts, 50),
            callers: a.snapshot.callers.iter().take(MAX_ACCOUNTS).collect(),
            a,
        }
    }
}

/// How much was not looked at, in the unit that says most.
fn unseen_count(a: &Assessment) -> (String, String) {
    let listings = a.incomplete_listings.len() as u64;
    let also = match listings {
        0 => String::new(),
        n => format!(", {} incomplete", count(n, "listing", "listings")),
    };
    let (n, what) = match (a.summary.verdicts.not_assessed, a.summary.rule_results.not_assessed) {
        (0, 0) => return (number(listings), "listings incomplete".to_owned()),
        (0, n) => (n, if n == 1 { "rule result" } else { "rule results" }),
        (n, _) => (n, if n == 1 { "verdict" } else { "verdicts" }),
    };
    (number(n), format!("{what} not assessed{also}"))
}

fn results(counts: &Counts) -> Results {
    Results {
        bar: Bar::new(counts, "rule results"),
        rows: present(counts),
        of: counts.pass + counts.fail + counts.waived + counts.not_assessed,
    }
}

/// The statuses of the rules that are shown.
fn rule_picks(a: &Assessment) -> Vec<Count> {
    let mut counts = Counts::default();
    for r in a.rules.iter().filter(|r| !r.out_of_scope) {
        counts.add(r.status, 1);
    }
    present(&counts)
}

fn accounts(a: &Assessment) -> Vec<AccountView<'_>> {
    let all = a.summary.accounts.iter().take(MAX_ACCOUNTS);
    all.map(|(id, s)| AccountView {
        id,
        caller: a.snapshot.callers.get(id).map_or("caller not recorded", String::as_str),
        s,
        bar: Bar::new(&s.rule_results, "rule results"),
    })
    .collect()
}

fn trend(b: &BaselineResult) -> Trend<'_> {
    let unchanged = b.failures.saturating_sub(b.fixed + b.carried);
    let parts = [
        ("new", "New", b.new),
        ("still", "Unchanged", unchanged),
        ("unseen", "No longer assessed", b.carried),
        ("pass", "Fixed", b.fixed),
    ];
    Trend {
        b,
        bar: Bar::of(parts, "failures of now and of before"),
        rows: parts.into_iter().map(|(class, name, n)| Count { class, name, n }).collect(),
    }
}

/// The first characters of a digest, for people to compare.
fn short(digest: &str) -> &str {
    digest.get(..12).unwrap_or(digest)
}
