//! The words of a period, the same in every format.

use assay_core::Timestamp;
use assay_core::tailoring::Waiver;
use assay_reports::text::{count, number, percent};

use crate::period::{
    ApprovalsChanged, Cell, ControlPeriod, Declaration, Episode, FrameworkPeriod, Incomplete,
    Night, NightState, Period, Rate, State, Tally,
};
use crate::view::ApprovalRow;

/// Approvals of one run that are named.
const MAX_APPROVALS: usize = 50;

/// The first characters of a digest, for people to compare.
pub(super) fn short(digest: &str) -> &str {
    digest.get(..12).unwrap_or(digest)
}

/// A moment to the minute, in UTC.
pub(super) fn minute(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M").to_string()
}

/// A time of day, in UTC.
pub(super) fn clock(at: Timestamp) -> String {
    at.strftime("%H:%M").to_string()
}

/// A span, in its two largest units.
pub(super) fn span(seconds: i64) -> String {
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86400);
    match (days, hours, minutes) {
        (0, 0, m) => format!("{m} min"),
        (0, h, m) => format!("{h} h {} min", m % 60),
        (d, h, _) => format!("{d} d {} h", h % 24),
    }
}

/// What was declared.
pub(super) fn declared(d: &Declaration) -> String {
    let when = d.schedule.map_or_else(|| "no schedule".to_owned(), |s| format!("{s} UTC"));
    let kept = d.retention.map_or_else(
        || "for ever".to_owned(),
        |days| format!("for {}", count(days.into(), "day", "days")),
    );
    let mut out = format!("{when}, rows kept {kept}");
    if d.holds_from > d.recorded {
        out.push_str(&format!(
            "; an entry before it was recorded later, so a clock was wrong: it holds from {}",
            minute(d.holds_from)
        ));
    }
    out
}

/// How many runs were due, and what became of them.
pub(super) fn runs(p: &Period) -> String {
    let n = |state| p.count(state) as u64;
    let removed = p.nights.iter().filter(|n| n.state == NightState::Removed && n.due.is_some());
    let removed = removed.count() as u64;
    let due = n(NightState::Ran) + n(NightState::Missing) + removed;
    let extra = p.nights.iter().filter(|n| n.due.is_none()).count() as u64;
    let scheduled = p.declarations.iter().any(|d| d.schedule.is_some());
    let mut out = if due > 0 {
        format!(
            "{} due, {} came, {} missing",
            count(due, "run was", "runs were"),
            number(n(NightState::Ran) + removed),
            number(n(NightState::Missing))
        )
    } else if scheduled {
        "no run was due".to_owned()
    } else {
        "no schedule was declared: a night without a run cannot be told from one that was not due"
            .to_owned()
    };
    if removed > 0 {
        out.push_str(&format!(
            ", of which {} had their rows removed after retention",
            number(removed)
        ));
    }
    if n(NightState::Due) > 0 {
        out.push_str(&format!("; {} due now", number(n(NightState::Due))));
    }
    if extra > 0 {
        out.push_str(&format!("; {} without being due", count(extra, "run came", "runs came")));
    }
    out
}

/// What became of a night, with what an auditor should know of its runs.
pub(super) fn night(n: &Night) -> String {
    let mut out = vec![n.state.as_str().to_owned()];
    for r in &n.runs {
        let behind = n.due.map_or(0, |due| r.started.as_second() - due.as_second());
        if behind >= 3600 {
            out.push(format!("started {} after it was due", span(behind)));
        }
        if r.interrupted {
            out.push("interrupted".to_owned());
        }
        let after = r.recorded.as_second() - r.ended.as_second();
        if after < -300 {
            out.push(format!("recorded {} before it ended: a clock is wrong", span(-after)));
        } else if r.late {
            out.push(format!("added late, {} after it ended", span(after)));
        } else if after >= 86_400 {
            out.push(format!("recorded {} after it ended", span(after)));
        }
        if !r.changed.is_empty() {
            out.push(format!("other {} than before", r.changed.join(", ")));
        }
        if r.removed && n.state != NightState::Removed {
            out.push("rows removed after retention".to_owned());
        }
    }
    out.join("; ")
}

/// How often a control deviated; over what.
pub(super) fn rate(r: &Rate) -> String {
    if r.tests == 0 {
        return if r.not_assessed > 0 { "nothing could be tested" } else { "not tested" }
            .to_owned();
    }
    let mut out = format!(
        "{} of {} ({})",
        count(r.deviations, "deviation", "deviations"),
        count(r.tests, "test", "tests"),
        percent(r.share())
    );
    if r.excepted > 0 {
        out.push_str(&format!(", {} of them excepted", number(r.excepted)));
    }
    out
}

/// Over what a rate is, where that is not everything.
pub(super) fn partial(r: &Rate) -> Option<String> {
    if r.is_whole() {
        return None;
    }
    let mut why = Vec::new();
    if r.incomplete_runs > 0 {
        why.push(format!(
            "{} of {} did not see all",
            number(r.incomplete_runs),
            count(r.runs, "run", "runs")
        ));
    }
    if r.missing_runs > 0 {
        why.push(count(r.missing_runs, "run is missing", "runs are missing"));
    }
    Some(format!("over an incomplete population: {}", why.join(", ")))
}

/// The failures of a severity, in one line.
pub(super) fn tally(t: &Tally) -> String {
    let mut out = vec![
        format!("{} seen", number(t.all)),
        format!("{} open", number(t.open)),
        format!("{} fixed", number(t.fixed)),
    ];
    if t.excepted > 0 {
        out.push(format!("{} excepted", number(t.excepted)));
    }
    if t.unknown > 0 {
        out.push(format!("{} not assessed at the end", number(t.unknown)));
    }
    let mut out = out.join(", ");
    if let (Some(median), Some(longest)) = (t.median, t.longest) {
        out.push_str(&format!(
            "; from first seen to fix {} (the one in the middle), {} (the longest)",
            span(median),
            span(longest)
        ));
    }
    out
}

/// How a failure went.
pub(super) fn episode(e: &Episode) -> String {
    let blind = blind(e);
    match (e.state, e.fixed, e.last_seen) {
        (State::Fixed, Some(fixed), last) => {
            let most = span(e.at_most().unwrap_or_default());
            match (blind, last) {
                (None, _) => format!("fixed {}, {most} after it was first seen", minute(fixed)),
                (Some(blind), Some(last)) => format!(
                    "fixed between {} and {}, {} to {most} after it was first seen; in between unknown: {blind}",
                    minute(last),
                    minute(fixed),
                    span(e.at_least()),
                ),
                (Some(blind), None) => {
                    format!("fixed until {}; before unknown: {blind}", minute(fixed))
                }
            }
        }
        (State::Unknown, _, Some(last)) => format!(
            "not assessed since; last seen failing {}, neither fixed nor failing: {}",
            minute(last),
            blind.unwrap_or_default()
        ),
        (State::Unknown, ..) => format!(
            "known from before the ledger, and not assessed in it: {}",
            blind.unwrap_or_default()
        ),
        (state, ..) => {
            let mut out = match (state, e.at_least()) {
                (State::Excepted, 0) => State::Excepted.as_str().to_owned(),
                (State::Excepted, n) => {
                    format!("{}; stands for {}", State::Excepted.as_str(), span(n))
                }
                (_, 0) => "open".to_owned(),
                (_, n) => format!("open for {}", span(n)),
            };
            if let (Some(blind), Some(last)) = (blind, e.last_seen) {
                out.push_str(&format!("; last seen {}, since then {blind}", minute(last)));
            }
            out
        }
    }
}

/// Since when nobody could look.
fn blind(e: &Episode) -> Option<String> {
    let mut why = Vec::new();
    if e.unknown_since > 0 {
        why.push(format!("{} could not look", count(e.unknown_since, "run", "runs")));
    }
    if e.missing_since > 0 {
        why.push(count(e.missing_since, "run is missing", "runs are missing"));
    }
    (!why.is_empty()).then(|| why.join(", "))
}

/// When a failure was seen first.
pub(super) fn since(e: &Episode) -> String {
    match (e.older, e.from_first_run) {
        (true, _) => format!("known before {}", minute(e.first_seen)),
        (_, true) => format!("there in the first run, {}", minute(e.first_seen)),
        _ => format!("first seen {}", minute(e.first_seen)),
    }
}

/// Earlier trouble of a failure that was there again.
pub(super) fn gaps(e: &Episode) -> Option<String> {
    let mut why = Vec::new();
    let unknown = e.unknown_runs.saturating_sub(e.unknown_since);
    if unknown > 0 {
        why.push(format!("{} could not look", count(unknown, "run", "runs")));
    }
    let missing = e.missing_runs.saturating_sub(e.missing_since);
    if missing > 0 {
        why.push(count(missing, "run is missing", "runs are missing"));
    }
    (!why.is_empty()).then(|| format!("while it stood {}", why.join(" and ")))
}

/// Who accepted an exception, why, until when.
pub(super) fn waiver(w: Option<&Waiver>) -> String {
    let Some(w) = w else { return "no waiver is recorded".to_owned() };
    let ticket = w.ticket.as_ref().map(|t| format!(", {t}")).unwrap_or_default();
    format!(
        "{} (owner {}, approved by {} on {}, expires {}{ticket})",
        w.reason, w.owner, w.approver, w.approved, w.expires
    )
}

/// Approvals that one run has and another has not: so many, then how many more.
#[must_use]
pub fn approvals(rows: &[ApprovalRow]) -> Vec<String> {
    let mut out: Vec<String> = rows.iter().take(MAX_APPROVALS).map(approval).collect();
    let more = rows.len().saturating_sub(MAX_APPROVALS) as u64;
    if more > 0 {
        out.push(format!("and {} more", number(more)));
    }
    out
}

/// What changed between two runs, a line for each approval: what became of it, and which it is.
pub(super) fn changed(c: &ApprovalsChanged) -> impl Iterator<Item = (&'static str, String)> {
    let both = [("gone", &c.gone), ("new", &c.new)].into_iter();
    both.flat_map(|(word, rows)| approvals(rows).into_iter().map(move |text| (word, text)))
}

/// An approval.
fn approval(r: &ApprovalRow) -> String {
    let by = r.approver.as_ref().map_or_else(String::new, |a| format!(" by {a}"));
    let counts = if r.counts { "" } else { ", without effect" };
    let digest = short(&r.sha256);
    format!("{} {}{by}, {}{counts} ({digest})", r.kind.words(), r.subject, r.signing.as_str())
}

/// A listing that was not complete.
pub(super) fn incomplete(i: &Incomplete) -> String {
    format!(
        "{} in {} {}: {} in {}",
        i.kind,
        i.account,
        i.region,
        i.states.join(", ").replace('_', " "),
        count(i.runs, "run", "runs")
    )
}

/// How a control stood, day by day, counted: `pass 27, missing run 2`.
pub(super) fn counted(c: &ControlPeriod) -> String {
    let all = Cell::ALL.iter().filter(|cell| **cell != Cell::None);
    let parts: Vec<String> = all
        .filter(|cell| c.days(**cell) > 0)
        .map(|cell| format!("{} {}", cell.as_str(), c.days(*cell)))
        .collect();
    parts.join(", ")
}

/// Controls that no machine says anything of, on any day.
pub(super) fn manual(f: &FrameworkPeriod) -> Vec<&str> {
    f.controls.iter().filter(|c| is_manual(c)).map(|c| c.id.as_str()).collect()
}

/// Whether a control is manual whenever there is a run.
pub(super) fn is_manual(c: &ControlPeriod) -> bool {
    let says =
        |cell: &Cell| !matches!(cell, Cell::Missing | Cell::Removed | Cell::Due | Cell::None);
    c.cells.iter().any(says) && c.cells.iter().filter(|c| says(c)).all(|c| *c == Cell::Manual)
}

/// What the letters mean, those that occur.
pub(super) fn legend(p: &Period) -> String {
    let used = |cell: &&Cell| {
        p.frameworks.iter().flat_map(|f| &f.controls).any(|c| c.cells.contains(*cell))
    };
    let all: Vec<String> =
        Cell::ALL.iter().filter(used).map(|c| format!("{} {}", c.letter(), c.as_str())).collect();
    all.join(", ")
}

/// The command that computes a rank by hand.
pub(super) const BY_HAND: &str =
    "rank = sha256 of digest, seed and line: printf '%s\\n%s\\n%s' DIGEST SEED LINE | sha256sum";
