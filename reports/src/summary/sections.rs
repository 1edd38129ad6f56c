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
const RULES: usize = 7;
/// Columns of a framework's bar.
const BAR: usize = 8;
/// Columns of the score's bar.
const SCORE_BAR: usize = 20;
/// Columns that an example needs beside a title.
const EXAMPLE: usize = 10;

impl Page<'_> {
    pub(super) fn heading(&self, title: &str) -> [String; 2] {
        [String::new(), self.paint.ink(Ink::Bold, title)]
    }

    /// Who was looked at, the sentence, the score.
    pub(super) fn head(&self) -> Vec<String> {
        let (a, p) = (self.a, self.paint);
        let scope = &a.snapshot.scope;
        let regions = count(scope.regions.len() as u64, "region", "regions");
        // Hosts have no regions.
        let regions = (scope.providers != ["linux"]).then_some(regions);
        let what = [
            Some(plain(&words::subject(scope)).into_owned()),
            regions,
            Some(count(a.summary.resources, "resource", "resources")),
            Some(format!("{} UTC", a.snapshot.ended.strftime("%Y-%m-%d %H:%M"))),
        ];
        let what: Vec<String> = what.into_iter().flatten().collect();
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
        let bar =
            if self.width > 90 { format!("{}  ", self.bar(r, SCORE_BAR)) } else { String::new() };
        lines.push(format!(
            "  {} {} over {} coverage  {bar}{}",
            p.ink(Ink::Bold, "Score"),
            p.ink(Ink::Bold, &percent(a.summary.score)),
            percent(a.summary.coverage),
            p.ink(Ink::Dim, &format!("({})", tally(r, "rule results"))),
        ));
        if let Some(b) = &a.baseline {
            lines.push(format!(
                "  Since the baseline: {} new, {} fixed, {} carried because nobody could look now",
                number(b.new),
                number(b.fixed),
                number(b.carried)
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
            let rests = control_line(f);
            let used = 2 + title + 2 + BAR + 2 + width(&tally_all(&f.counts)) + 2 + width(&rests);
            let between = if used <= self.width {
                "  ".to_owned()
            } else {
                format!("\n{}", " ".repeat(title + 4))
            };
            let line = format!(
                "  {name}{pad}  {}  {}{between}{}",
                self.bar(&f.counts, BAR),
                self.statuses(&f.counts),
                self.paint.ink(Ink::Dim, &rests)
            );
            lines.extend(line.lines().map(str::to_owned));
        }
        lines
    }

    fn statuses(&self, counts: &Counts) -> String {
        words_of(counts)
            .map(|(s, text)| self.paint.ink(paint::status(s), &text))
            .collect::<Vec<_>>()
            .join(", ")
    }

    fn bar(&self, counts: &Counts, columns: usize) -> String {
        shares(counts, columns)
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
            let room = self.width.saturating_sub(left).max(10);
            let title = fit(&plain(&r.meta.title), room);
            let free = room.saturating_sub(width(&title) + 2);
            let examples = if free >= EXAMPLE { self.examples(r, free) } else { None };
            lines.push(format!(
                "  {}  {:>digits$}  {}{}  {}{}",
                self.paint.ink(paint::severity(severity), &word),
                number(r.failures),
                self.paint.ink(Ink::Cyan, &plain(&r.meta.id)),
                " ".repeat(ids.saturating_sub(width(&r.meta.id))),
                self.paint.ink(Ink::Bold, &title),
                examples
                    .map_or_else(String::new, |e| format!("  {}", self.paint.ink(Ink::Dim, &e))),
            ));
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

    /// What to do next, and where the files are.
    pub(super) fn next(&self, options: &SummaryOptions) -> Vec<String> {
        let mut rows: Vec<(String, &str)> = Vec::new();
        let folder = options.folder.as_deref().map(|f| plain(f.trim_end_matches('/')).into_owned());
        let (first, rest) = match options.files.split_first() {
            Some((first, rest)) => (Some(first), rest),
            None => (None, &[][..]),
        };
        if let (Some(folder), Some(first)) = (&folder, first) {
            rows.push((format!("{folder}/{}", plain(first)), "open it: search, filter, print"));
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
            rows.push((command, "why it matters and how to fix it"));
        }
        if self.a.approvals.iter().any(|r| !r.counts) {
            rows.push(("assay approve".to_owned(), "sign what does not count yet"));
        }
        if let Some(folder) = &folder {
            rows.push((format!("assay verify {folder}"), "that every byte is as it was written"));
        }
        if rows.is_empty() {
            return Vec::new();
        }
        let mut lines = self.heading("Next").to_vec();
        let column = rows.iter().map(|(what, _)| width(what)).max().unwrap_or(0) + 2;
        for (what, why) in &rows {
            let pad = " ".repeat(column - width(what));
            lines.push(format!(
                "  {}{pad}{}",
                self.paint.ink(Ink::Cyan, what),
                self.paint.ink(Ink::Dim, why)
            ));
        }
        if !rest.is_empty() {
            let text = format!("Beside it: {}", plain(&rest.join(", ")));
            lines.push(format!("  {}", self.paint.ink(Ink::Dim, &fit(&text, self.width - 2))));
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

/// The statuses that occur, with their counts.
fn words_of(counts: &Counts) -> impl Iterator<Item = (Status, String)> {
    Status::ALL
        .into_iter()
        .filter(|s| counts.of(*s) > 0)
        .map(|s| (s, format!("{} {}", number(counts.of(s)), words::status(s).to_lowercase())))
}

fn tally_all(counts: &Counts) -> String {
    words_of(counts).map(|(_, text)| text).collect::<Vec<_>>().join(", ")
}

/// On what the controls rest: `18 tested, 105 unseen of 123`. What nobody attested or inherited is
/// not listed.
fn control_line(f: &FrameworkResult) -> String {
    let l = &f.line;
    let mut parts = vec![format!("{} tested", number(l.tested))];
    for (n, word) in [(l.attested, "attested"), (l.inherited, "inherited")] {
        if n > 0 {
            parts.push(format!("{} {word}", number(n)));
        }
    }
    parts.push(format!("{} unseen of {}", number(l.unseen), number(l.of)));
    parts.join(", ")
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
