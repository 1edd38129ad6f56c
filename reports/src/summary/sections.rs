//! The sections of the summary. Each gives its lines, the empty one before it included.

use std::collections::BTreeSet;

use assay_core::assessment::{Counts, FrameworkResult, RuleResult};
use assay_core::manifest::SnapshotState;
use assay_core::{Severity, Status};

use super::paint::{self, Ink};
use super::{Page, SummaryOptions};
use crate::text::{count, fit, number, percent, plain, short_id, width, wrap};
use crate::words;

/// Rules shown among the worst.
const RULES: usize = 8;
/// Columns of a framework's bar.
const BAR: usize = 20;

impl Page<'_> {
    pub(super) fn heading(&self, title: &str) -> [String; 2] {
        [String::new(), self.paint.ink(Ink::Bold, title)]
    }

    /// Who was looked at, the sentence, the score.
    pub(super) fn head(&self) -> Vec<String> {
        let (a, p) = (self.a, self.paint);
        let scope = &a.snapshot.scope;
        let accounts = match scope.accounts.as_slice() {
            [one] => format!("account {}", plain(one)),
            many => count(many.len() as u64, "account", "accounts"),
        };
        let what = [
            accounts,
            count(scope.regions.len() as u64, "region", "regions"),
            count(a.summary.resources, "resource", "resources"),
            format!("{} UTC", a.snapshot.ended.strftime("%Y-%m-%d %H:%M")),
        ];
        let mut lines = vec![
            format!("{}  {}", p.ink(Ink::Bold, "Assay"), fit(&what.join(" · "), self.width - 7)),
            String::new(),
        ];
        let failures: u64 = a.summary.failures.values().sum();
        let ink = if failures > 0 { Ink::RedBold } else { Ink::Bold };
        lines.extend(
            wrap(&words::headline(a), self.width - 2)
                .iter()
                .map(|l| format!("  {}", p.ink(ink, l))),
        );
        if a.snapshot.state == SnapshotState::Interrupted {
            lines.push(format!(
                "  {}",
                p.ink(
                    Ink::Yellow,
                    "The collection was interrupted: what was not read yet is not assessed."
                )
            ));
        }
        let r = &a.summary.rule_results;
        lines.push(format!(
            "  {} {} over {} coverage  {}",
            p.ink(Ink::Bold, "Score"),
            p.ink(Ink::Bold, &percent(a.summary.score)),
            percent(a.summary.coverage),
            p.ink(Ink::Dim, &format!("({})", tally(r, "rule results"))),
        ));
        if let Some(b) = &a.baseline {
            lines.push(format!(
                "  Since the baseline: {} new, {} fixed, {} carried because they could not be read now",
                number(b.new), number(b.fixed), number(b.carried)
            ));
        }
        lines
    }

    /// A line and a bar for each framework.
    pub(super) fn frameworks(&self) -> Vec<String> {
        if self.a.frameworks.is_empty() {
            return Vec::new();
        }
        let mut lines = self.heading("Controls").to_vec();
        let short = |f: &FrameworkResult| {
            plain(f.title.split(" (").next().unwrap_or(&f.title)).into_owned()
        };
        let title = self.a.frameworks.iter().map(|f| width(&short(f))).max().unwrap_or(0).min(24);
        for f in &self.a.frameworks {
            let name = fit(&short(f), title);
            let pad = " ".repeat(title.saturating_sub(width(&name)));
            lines.push(format!(
                "  {name}{pad}  {}  {}",
                self.bar(&f.counts),
                self.statuses(&f.counts)
            ));
            lines.push(format!(
                "  {}  {}",
                " ".repeat(title),
                self.paint.ink(Ink::Dim, &control_line(f))
            ));
        }
        lines
    }

    fn statuses(&self, counts: &Counts) -> String {
        Status::ALL
            .into_iter()
            .filter(|s| counts.of(*s) > 0)
            .map(|s| {
                let text = format!("{} {}", counts.of(s), words::status(s).to_lowercase());
                self.paint.ink(paint::status(s), &text)
            })
            .collect::<Vec<_>>()
            .join(&self.paint.ink(Ink::Dim, " · "))
    }

    fn bar(&self, counts: &Counts) -> String {
        shares(counts, BAR)
            .into_iter()
            .map(|(s, n)| self.paint.ink(paint::status(s), &paint::block(s).to_string().repeat(n)))
            .collect()
    }

    /// The worst findings, by rule.
    pub(super) fn worst(&self) -> Vec<String> {
        let mut rules: Vec<&RuleResult> = self.a.rules.iter().filter(|r| r.failures > 0).collect();
        if rules.is_empty() {
            return Vec::new();
        }
        rules.sort_by(|x, y| {
            (y.meta.severity, y.failures)
                .cmp(&(x.meta.severity, x.failures))
                .then(x.meta.id.cmp(&y.meta.id))
        });
        let mut lines = self.heading("Worst findings").to_vec();
        let shown = rules.iter().take(RULES);
        let ids = shown.clone().map(|r| width(&r.meta.id)).max().unwrap_or(0);
        let digits = shown.clone().map(|r| number(r.failures).len()).max().unwrap_or(0);
        for r in shown {
            let severity = r.meta.severity;
            let word = format!("{:<8}", severity.as_str());
            let left = 2 + 8 + 2 + digits + 2 + ids + 2;
            lines.push(format!(
                "  {}  {:>digits$}  {}{}  {}",
                self.paint.ink(paint::severity(severity), &word),
                number(r.failures),
                self.paint.ink(Ink::Cyan, &plain(&r.meta.id)),
                " ".repeat(ids.saturating_sub(width(&r.meta.id))),
                self.paint.ink(
                    Ink::Bold,
                    &fit(&plain(&r.meta.title), self.width.saturating_sub(left).max(10))
                ),
            ));
            if let Some(where_) = self.examples(r, self.width.saturating_sub(left)) {
                lines.push(format!("{}{}", " ".repeat(left), self.paint.ink(Ink::Dim, &where_)));
            }
        }
        if let Some(rest) = rules.get(RULES..).filter(|r| !r.is_empty()) {
            let failures = rest.iter().map(|r| r.failures).sum();
            let text = format!(
                "… and {} of {}",
                count(failures, "failure", "failures"),
                count(rest.len() as u64, "more rule", "more rules")
            );
            lines.push(format!("  {}", self.paint.ink(Ink::Dim, &text)));
        }
        lines
    }

    /// Names of resources that a rule fails on, as many as fit.
    fn examples(&self, rule: &RuleResult, columns: usize) -> Option<String> {
        let mut names: Vec<String> = Vec::new();
        let mut seen = BTreeSet::new();
        for f in &self.a.top {
            if f.rule == rule.meta.id && f.status == Status::Fail && seen.insert(&f.resource) {
                let name = match &f.place {
                    Some(place) => fit(&plain(&place.to_string()), 48),
                    None => fit(&plain(short_id(&f.resource)), 32),
                };
                names.push(name);
            }
        }
        let mut line = String::new();
        for (i, name) in names.iter().take(4).enumerate() {
            let next = if i == 0 { name.clone() } else { format!("{line}, {name}") };
            if width(&next) > columns.saturating_sub(8) && i > 0 {
                line.push_str(", …");
                break;
            }
            line = next;
        }
        (!line.is_empty()).then(|| fit(&line, columns))
    }

    /// Where the files are, and what to type next.
    pub(super) fn next(&self, options: &SummaryOptions) -> Vec<String> {
        let mut lines = Vec::new();
        if let Some(folder) = &options.folder {
            lines.extend(self.heading("Next"));
            let folder = folder.trim_end_matches('/');
            for file in &options.files {
                let what = match file.as_str() {
                    "report.html" => "read it, search it, print it",
                    "results.sarif" => "upload it to code scanning",
                    "findings.ndjson" => "one finding a line",
                    "assessment.json" => "summary, controls, coverage, gaps",
                    "verdicts.ndjson.zst" => "every rule × resource",
                    "snapshot" => "the evidence",
                    _ => "",
                };
                let path = plain(&format!("{folder}/{file}")).into_owned();
                let pad = " ".repeat(36_usize.saturating_sub(width(&path)).max(2));
                lines.push(format!(
                    "  {}{pad}{}",
                    self.paint.ink(Ink::Cyan, &path),
                    self.paint.ink(Ink::Dim, what)
                ));
            }
        }
        let worst = self
            .a
            .rules
            .iter()
            .filter(|r| r.failures > 0 && r.meta.severity >= Severity::High)
            .max_by(|x, y| {
                (x.meta.severity, x.failures)
                    .cmp(&(y.meta.severity, y.failures))
                    .then(y.meta.id.cmp(&x.meta.id))
            });
        if let Some(r) = worst {
            let command = format!("assay explain {}", plain(&r.meta.id));
            let pad = " ".repeat(36_usize.saturating_sub(width(&command)).max(2));
            if lines.is_empty() {
                lines.extend(self.heading("Next"));
            }
            lines.push(format!(
                "  {}{pad}{}",
                self.paint.ink(Ink::Cyan, &command),
                self.paint.ink(Ink::Dim, "why it matters and how to fix it")
            ));
        }
        lines
    }
}

/// `210 pass · 54 fail …`, all that are not zero.
fn tally(counts: &Counts, of: &str) -> String {
    let parts: Vec<String> = [Status::Pass, Status::Fail, Status::Waived, Status::NotAssessed]
        .into_iter()
        .filter(|s| counts.of(*s) > 0)
        .map(|s| format!("{} {}", number(counts.of(s)), words::status(s).to_lowercase()))
        .collect();
    if parts.is_empty() { format!("no {of}") } else { parts.join(", ") }
}

fn control_line(f: &FrameworkResult) -> String {
    let l = &f.line;
    format!(
        "{} tested, {} attested, {} inherited, {} unseen of {}",
        l.tested, l.attested, l.inherited, l.unseen, l.of
    )
}

/// Divides columns among statuses: nothing that is there vanishes, and the sum is exact.
fn shares(counts: &Counts, columns: usize) -> Vec<(Status, usize)> {
    let total = counts.total();
    if total == 0 {
        return Vec::new();
    }
    let mut out: Vec<(Status, usize)> = Status::ALL
        .into_iter()
        .filter(|s| counts.of(*s) > 0)
        .map(|s| {
            let n = u128::from(counts.of(s)) * columns as u128 / u128::from(total);
            (s, usize::try_from(n).unwrap_or(columns).max(1))
        })
        .collect();
    loop {
        let sum: usize = out.iter().map(|(_, n)| n).sum();
        match (sum.cmp(&columns), out.iter_mut().max_by_key(|(_, n)| *n)) {
            (std::cmp::Ordering::Less, Some((_, n))) => *n += columns - sum,
            (std::cmp::Ordering::Greater, Some((_, n))) if *n > 1 => *n -= 1,
            _ => return out,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_shows_every_status_and_is_never_longer() {
        let counts =
            Counts { fail: 1, not_assessed: 1, manual: 500, pass: 40, ..Counts::default() };
        let bar = shares(&counts, 20);
        assert_eq!(bar.len(), 4);
        assert_eq!(bar.iter().map(|(_, n)| n).sum::<usize>(), 20);
        assert!(shares(&Counts::default(), 20).is_empty());
    }
}
