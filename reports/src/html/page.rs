//! The page: everything that its template names.

use std::sync::LazyLock;

use askama::Template;
use assay_core::Severity;
use assay_core::assessment::{AccountSummary, Assessment, Counts};
use assay_core::identity::sha256;
use assay_core::manifest::SnapshotState;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::chart::{Bar, ORDER};
use super::lists::{
    AttestationView, CauseView, GapView, Group, ListingView, PopulationView, Tailored, WaiverView,
    attestations, causes, few, gaps, groups, listings, populations, tailored, waivers,
};
use super::scan::Scan;
use super::show;
use super::view::{
    Count, FindingView, FrameworkView, RuleLine, RuleView, findings, frameworks, present, rules,
    worst,
};
use crate::text::{count, number};
use crate::words;

/// The page's one script.
pub(super) const JS: &str = include_str!("../../templates/report.js");
/// The page's style sheet, without the footer of printed pages.
const CSS: &str = include_str!("../../templates/report.css");

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
    accounts: Vec<(&'a String, &'a AccountSummary)>,
    groups: Vec<Group>,
    status_names: Vec<&'static str>,
    legend: Vec<(&'static str, &'static str)>,
    frameworks: Vec<FrameworkView<'a>>,
    worst: Vec<RuleLine<'a>>,
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
    populations: Vec<PopulationView<'a>>,
    more_populations: usize,
    waivers: Vec<WaiverView<'a>>,
    attestations: Vec<AttestationView<'a>>,
    gaps: Vec<GapView<'a>>,
    tailored: Vec<Tailored>,
    scope_accounts: String,
    callers: Vec<(&'a String, &'a String)>,
}

impl<'a> Page<'a> {
    /// Gathers everything.
    pub(super) fn new(a: &'a Assessment, scan: &Scan) -> Self {
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
        let css = format!("{CSS}{}", printed_footer(&report_id));
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
            accounts: a.summary.accounts.iter().take(MAX_ACCOUNTS).collect(),
            groups: groups(a),
            status_names: ORDER.into_iter().map(words::status).collect(),
            legend: ORDER.into_iter().map(|s| (words::status_class(s), words::status(s))).collect(),
            frameworks: frameworks(a, scan),
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

/// Report id and page number at the foot of each printed page. The id is hexadecimal.
fn printed_footer(report_id: &str) -> String {
    format!(
        "@page{{@bottom-left{{content:\"Assay report {report_id}\";font:8pt sans-serif;color:#444}}\
         @bottom-right{{content:counter(page) \" / \" counter(pages);font:8pt sans-serif;color:#444}}}}\n"
    )
}

fn csp_hash(text: &str) -> String {
    STANDARD.encode(Sha256::digest(text.as_bytes()))
}
