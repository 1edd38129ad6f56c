//! A period as one offline page: no script, no network, every name escaped.

use std::borrow::Borrow;
use std::io::Write;

use askama::Template;
use assay_core::tailoring::Date;
use assay_reports::text::{count, number, percent, time};
use assay_reports::{RenderError, STYLE, csp_hash, printed_footer, write_page};

use super::words;
use crate::LedgerError;
use crate::period::{Cell, Episode, Exception, FrameworkPeriod, NightState, Period, State};

/// Rows of the longest tables; what is left out is counted, and the tables of CSV hold all.
const MOST: usize = 5_000;

/// The style of what only this page has.
const GRID: &str = include_str!("../../templates/period.css");

/// Writes a period as one HTML file.
///
/// # Errors
/// When the output cannot be written.
pub fn write_html(p: &Period, out: &mut dyn Write) -> Result<(), LedgerError> {
    write_page(&Page::new(p), out).map_err(|e| match e {
        RenderError::Write(e) => LedgerError::Write(e),
        other => LedgerError::Form(other.to_string()),
    })?;
    Ok(out.flush()?)
}

/// A run, or a night without one.
struct Row {
    day: Date,
    due: String,
    entry: String,
    coverage: String,
    resources: String,
    failures: String,
    state: String,
    /// Nothing is known of it.
    gap: bool,
}

/// What a letter means.
struct Letter {
    class: &'static str,
    letter: char,
    words: &'static str,
}

/// A framework.
struct Framework<'a> {
    anchor: String,
    title: &'a str,
    months: Vec<Month<'a>>,
    manual: String,
    manual_n: usize,
    rates: Vec<RateRow<'a>>,
}

/// The controls of a framework in a month.
struct Month<'a> {
    name: String,
    days: Vec<i8>,
    rows: Vec<Cells<'a>>,
}

/// A control in a month.
struct Cells<'a> {
    id: &'a str,
    title: &'a str,
    cells: &'a [Cell],
}

/// How often a control deviated.
struct RateRow<'a> {
    id: &'a str,
    title: &'a str,
    days: String,
    rate: String,
    partial: String,
}

/// A failure.
struct Failed<'a> {
    e: &'a Episode,
    class: &'static str,
    since: String,
    how: String,
}

/// An exception.
struct Excepted<'a> {
    e: &'a Exception,
    when: String,
    waiver: String,
}

/// Everything that the template names.
#[derive(Template)]
#[template(path = "period.html")]
struct Page<'a> {
    p: &'a Period,
    css: String,
    css_hash: String,
    head: &'a str,
    as_of: String,
    headline: (&'static str, String),
    missing: usize,
    runs_line: String,
    tally: Vec<(&'static str, String)>,
    rows: Vec<Row>,
    legend: Vec<Letter>,
    frameworks: Vec<Framework<'a>>,
    failures: Vec<Failed<'a>>,
    more_failures: usize,
    exceptions: Vec<Excepted<'a>>,
    more_exceptions: usize,
    approvals: Vec<(Date, u64, &'static str, String)>,
    population: String,
    incomplete: Vec<String>,
    by_hand: &'static str,
    declarations: Vec<(String, String)>,
    holds: String,
}

impl<'a> Page<'a> {
    fn new(p: &'a Period) -> Self {
        let head = words::short(&p.head.digest);
        let (from, to) = (p.from.to_string(), p.to.to_string());
        let foot = [("Assay period", from.as_str()), ("to", &to), ("ledger head", head)];
        let css = format!("{STYLE}{GRID}{}", printed_footer(&foot));
        let holds: Vec<String> = p.holds.iter().map(ToString::to_string).collect();
        let all = &p.populations;
        let approvals = p
            .approvals
            .iter()
            .flat_map(|c| words::changed(c).map(|(word, text)| (c.day, c.entry, word, text)));
        Self {
            p,
            css_hash: csp_hash(&css),
            css,
            head,
            as_of: time(p.as_of),
            headline: headline(p),
            missing: p.count(NightState::Missing),
            runs_line: words::runs(p),
            tally: p.tally.iter().map(|t| (t.severity.as_str(), words::tally(t))).collect(),
            rows: rows(p),
            legend: legend(p),
            frameworks: p.frameworks.iter().map(|f| framework(p, f)).collect(),
            failures: p.failures.iter().take(MOST).map(failed).collect(),
            more_failures: p.failures.len().saturating_sub(MOST),
            exceptions: p.exceptions.iter().take(MOST).map(excepted).collect(),
            more_exceptions: p.exceptions.len().saturating_sub(MOST),
            approvals: approvals.collect(),
            population: format!(
                "{} of {}, with this digest:",
                count(all.resources, "resource", "resources"),
                count(all.types.len() as u64, "type", "types")
            ),
            incomplete: all.incomplete.iter().map(words::incomplete).collect(),
            by_hand: words::BY_HAND,
            declarations: p
                .declarations
                .iter()
                .map(|d| (words::minute(d.recorded), words::declared(d)))
                .collect(),
            holds: holds.join(", "),
        }
    }
}

/// What an auditor should know first; nothing of it is green.
fn headline(p: &Period) -> (&'static str, String) {
    let missing = p.count(NightState::Missing) as u64;
    let gone = p.count(NightState::Removed) as u64;
    let of = |state| p.failures.iter().filter(|e| e.state == state).count() as u64;
    let (open, unknown) = (of(State::Open), of(State::Unknown));
    let last = p.nights.iter().flat_map(|n| &n.runs).max_by_key(|r| (r.ended, r.entry));
    let mut parts = Vec::new();
    if missing > 0 {
        parts.push(count(missing, "run that was due is missing", "runs that were due are missing"));
    }
    if gone > 0 {
        parts.push(format!("of {} only the digests are left", count(gone, "night", "nights")));
    }
    match last {
        None => parts.push("no run came".to_owned()),
        Some(last) => {
            parts.push(match open {
                0 => "no failure was open in the last run".to_owned(),
                n => format!("{} open at the end", count(n, "failure is", "failures are")),
            });
            if unknown > 0 {
                let n = count(unknown, "failure", "failures");
                parts.push(format!("of {n} nobody could say it in the last run"));
            }
            parts.push(format!("the last run assessed {}", percent(last.coverage)));
        }
    }
    let class = match (open > 0, missing + gone + unknown > 0 || last.is_none()) {
        (true, _) => "fail",
        (_, true) => "unseen",
        _ => "",
    };
    let mut text = parts.join("; ");
    if let Some(first) = text.get(..1).map(str::to_uppercase) {
        text.replace_range(..1, &first);
    }
    (class, format!("{text}."))
}

fn rows(p: &Period) -> Vec<Row> {
    let none = || "–".to_owned();
    let mut out = Vec::new();
    for n in &p.nights {
        let due = n.due.map_or_else(none, words::clock);
        let state = words::night(n);
        if n.runs.is_empty() {
            out.push(Row {
                day: n.day,
                due: due.clone(),
                entry: none(),
                coverage: none(),
                resources: none(),
                failures: none(),
                state: state.clone(),
                gap: n.state == NightState::Missing,
            });
        }
        out.extend(n.runs.iter().map(|r| Row {
            day: n.day,
            due: due.clone(),
            entry: r.entry.to_string(),
            coverage: percent(r.coverage),
            resources: number(r.resources),
            failures: number(r.failures),
            state: state.clone(),
            gap: r.removed,
        }));
    }
    out
}

/// How a cell looks: of all only a pass is green.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "the template hands it so")]
const fn class(cell: &Cell) -> &'static str {
    match cell {
        Cell::Fail => "fail",
        Cell::Missing => "missing",
        Cell::NotAssessed | Cell::Removed | Cell::Due => "unseen",
        Cell::Manual => "manual",
        Cell::Excepted => "waived",
        Cell::Pass => "pass",
        Cell::NotApplicable | Cell::None => "na",
    }
}

fn legend(p: &Period) -> Vec<Letter> {
    let used = |cell: &&Cell| {
        p.frameworks.iter().flat_map(|f| &f.controls).any(|c| c.cells.contains(*cell))
    };
    let letter = |c: &Cell| Letter { class: class(c), letter: c.letter(), words: c.as_str() };
    Cell::ALL.iter().filter(used).map(letter).collect()
}

fn framework<'a>(p: &'a Period, f: &'a FrameworkPeriod) -> Framework<'a> {
    let shown: Vec<_> = f.controls.iter().filter(|c| !words::is_manual(c)).collect();
    let mut months = Vec::new();
    let mut from = 0;
    while let (Some(first), false) = (p.days.get(from), shown.is_empty()) {
        let here = p.days.iter().skip(from);
        let days: Vec<i8> = here
            .take_while(|d| (d.year(), d.month()) == (first.year(), first.month()))
            .map(|d| d.day())
            .collect();
        let to = from + days.len();
        let cells = |c: &'a crate::period::ControlPeriod| Cells {
            id: &c.id,
            title: &c.title,
            cells: c.cells.get(from..to).unwrap_or_default(),
        };
        months.push(Month {
            name: first.strftime("%Y-%m").to_string(),
            rows: shown.iter().map(|c| cells(c)).collect(),
            days,
        });
        from = to;
    }
    let manual = words::manual(f);
    let tested = f.controls.iter().filter(|c| c.rate.tests > 0 || c.rate.not_assessed > 0);
    Framework {
        anchor: anchor(&f.id),
        title: &f.title,
        months,
        manual_n: manual.len(),
        manual: manual.join(", "),
        rates: tested
            .map(|c| RateRow {
                id: &c.id,
                title: &c.title,
                days: words::counted(c),
                rate: words::rate(&c.rate),
                partial: words::partial(&c.rate).unwrap_or_default(),
            })
            .collect(),
    }
}

fn failed(e: &Episode) -> Failed<'_> {
    let mut how = words::episode(e);
    if let Some(gaps) = words::gaps(e) {
        how.push_str("; ");
        how.push_str(&gaps);
    }
    let class = match e.state {
        State::Open => "fail",
        State::Unknown => "unseen",
        State::Excepted => "waived",
        State::Fixed => "pass",
    };
    Failed { e, class, since: words::since(e), how }
}

fn excepted(e: &Exception) -> Excepted<'_> {
    let when = format!(
        "{}, {} to {}",
        count(e.runs, "run", "runs"),
        words::minute(e.first),
        words::minute(e.last)
    );
    Excepted { e, when, waiver: words::waiver(e.waiver.as_ref()) }
}

/// The place of a framework in the page, of its id's letters and digits.
fn anchor(id: &str) -> String {
    let tame = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    format!("f-{}", id.chars().map(tame).collect::<String>())
}

/// A number of things in a list.
fn n(of: impl Borrow<usize>) -> String {
    number(*of.borrow() as u64)
}

/// A number of everything else.
fn num(of: impl Borrow<u64>) -> String {
    number(*of.borrow())
}
