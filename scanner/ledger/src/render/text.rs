//! A period on a terminal.

use std::io::Write;

use assay_core::tailoring::Date;
use assay_reports::text::{count, fit, number, percent, plain, time, width, wrap};

use super::words;
use crate::LedgerError;
use crate::period::{FrameworkPeriod, NightState, Period};

/// Writes a period for a terminal of so many columns.
///
/// # Errors
/// When the output cannot be written.
pub fn write_text(p: &Period, columns: usize, out: &mut dyn Write) -> Result<(), LedgerError> {
    let mut page = Page { out, columns: columns.max(60) };
    page.head(p)?;
    page.nights(p)?;
    page.title("Controls by day")?;
    page.line(&words::legend(p))?;
    page.line("A day shows the worst of its runs.")?;
    for f in &p.frameworks {
        page.matrix(p, f)?;
    }
    page.rates(p)?;
    page.failures(p)?;
    page.exceptions(p)?;
    page.approvals(p)?;
    page.populations(p)?;
    page.sample(p)?;
    Ok(page.out.flush()?)
}

struct Page<'a> {
    out: &'a mut dyn Write,
    columns: usize,
}

impl Page<'_> {
    fn title(&mut self, text: &str) -> Result<(), LedgerError> {
        Ok(writeln!(self.out, "\n{text}")?)
    }

    /// A line, broken where it is too long; what follows is indented.
    fn line(&mut self, text: &str) -> Result<(), LedgerError> {
        self.hang("  ", "  ", text)
    }

    fn hang(&mut self, first: &str, rest: &str, text: &str) -> Result<(), LedgerError> {
        let room = self.columns.saturating_sub(width(rest)).max(30);
        let lines = wrap(&plain(text), room);
        for (n, line) in lines.iter().enumerate() {
            writeln!(self.out, "{}{line}", if n == 0 { first } else { rest })?;
        }
        Ok(())
    }

    fn head(&mut self, p: &Period) -> Result<(), LedgerError> {
        writeln!(self.out, "Period {} to {}, as of {}", p.from, p.to, time(p.as_of))?;
        self.line(&format!("{}, head {}", count(p.head.seq, "entry", "entries"), p.head.digest))?;
        for d in &p.declarations {
            self.line(&format!(
                "declared {} UTC (entry {}): {}",
                words::minute(d.recorded),
                d.entry,
                words::declared(d)
            ))?;
        }
        if !p.holds.is_empty() {
            let holds: Vec<String> = p.holds.iter().map(ToString::to_string).collect();
            self.line(&format!("held by entry {}", holds.join(", ")))?;
        }
        Ok(())
    }

    fn nights(&mut self, p: &Period) -> Result<(), LedgerError> {
        self.title("Runs and coverage")?;
        self.line(&words::runs(p))?;
        if p.nights.is_empty() {
            return Ok(());
        }
        writeln!(
            self.out,
            "\n  {:10}  {:5}  {:>5}  {:>8}  {:>9}  {:>8}  what became of it",
            "day", "due", "entry", "coverage", "resources", "failures"
        )?;
        for n in &p.nights {
            let due = n.due.map_or_else(|| "–".to_owned(), words::clock);
            let state = words::night(n);
            let mut first = true;
            for r in &n.runs {
                let state = if first { state.as_str() } else { "" };
                let line = format!(
                    "{:10}  {due:5}  {:>5}  {:>8}  {:>9}  {:>8}  {state}",
                    n.day.to_string(),
                    r.entry,
                    percent(r.coverage),
                    number(r.resources),
                    number(r.failures),
                );
                writeln!(self.out, "  {}", line.trim_end())?;
                first = false;
            }
            if n.runs.is_empty() {
                let none = "–";
                writeln!(
                    self.out,
                    "  {:10}  {due:5}  {none:>5}  {none:>8}  {none:>9}  {none:>8}  {}",
                    n.day.to_string(),
                    if n.state == NightState::Missing { state.to_uppercase() } else { state }
                )?;
            }
        }
        Ok(())
    }

    fn matrix(&mut self, p: &Period, f: &FrameworkPeriod) -> Result<(), LedgerError> {
        writeln!(self.out, "\n  {}", plain(&f.title))?;
        let manual = words::manual(f);
        let shown: Vec<_> = f.controls.iter().filter(|c| !words::is_manual(c)).collect();
        let id = shown.iter().map(|c| width(&c.id)).max().unwrap_or(0).max(7);
        // As many days as fit beside a title that can still be read.
        let days = self.columns.saturating_sub(id + 6 + 30).clamp(14, 62);
        let mut from = 0;
        while from < p.days.len() && !shown.is_empty() {
            let here: Vec<&Date> = p.days.iter().skip(from).take(days).collect();
            let room = self.columns.saturating_sub(id + here.len() + 6).clamp(16, 48);
            let [months, tens, ones] = calendar(&here);
            for (n, line) in [months, tens, ones].into_iter().enumerate() {
                let word = if n == 2 { "control" } else { "" };
                let line = format!("  {word:id$}  {:room$}  {line}", "");
                writeln!(self.out, "{}", line.trim_end())?;
            }
            for c in &shown {
                let title = fit(&plain(&c.title), room);
                let pad = " ".repeat(room.saturating_sub(width(&title)));
                let cells: String =
                    c.cells.iter().skip(from).take(days).map(|c| c.letter()).collect();
                writeln!(self.out, "  {:id$}  {title}{pad}  {cells}", plain(&c.id))?;
            }
            from += days;
        }
        if !manual.is_empty() {
            self.line(&format!(
                "manual on every day with a run ({}): {}",
                manual.len(),
                manual.join(", ")
            ))?;
        }
        Ok(())
    }

    fn rates(&mut self, p: &Period) -> Result<(), LedgerError> {
        self.title("Deviation rates")?;
        self.line(
            "A test is a decisive rule on a resource in a run. Exceptions count as deviations.",
        )?;
        for f in &p.frameworks {
            let tested: Vec<_> =
                f.controls.iter().filter(|c| c.rate.tests > 0 || c.rate.not_assessed > 0).collect();
            if tested.is_empty() {
                continue;
            }
            writeln!(self.out, "\n  {}", plain(&f.title))?;
            let id = tested.iter().map(|c| width(&c.id)).max().unwrap_or(0);
            for c in tested {
                let mut text = words::rate(&c.rate);
                if let Some(why) = words::partial(&c.rate) {
                    text.push_str("; ");
                    text.push_str(&why);
                }
                let first = format!("  {:id$}  ", plain(&c.id));
                let rest = " ".repeat(width(&first));
                self.hang(&first, &rest, &text)?;
            }
        }
        Ok(())
    }

    fn failures(&mut self, p: &Period) -> Result<(), LedgerError> {
        self.title("Failures, from first seen to fix")?;
        if p.failures.is_empty() {
            return self.line("none was seen");
        }
        for t in &p.tally {
            self.hang(
                "  ",
                "            ",
                &format!("{:8}  {}", t.severity.as_str(), words::tally(t)),
            )?;
        }
        let mut rule = "";
        for e in &p.failures {
            if e.rule != rule {
                rule = &e.rule;
                writeln!(self.out)?;
                self.hang("  ", "    ", &format!("{} {rule}  {}", e.severity, e.title))?;
            }
            let key = if e.key.is_empty() { String::new() } else { format!(" ({})", e.key) };
            self.hang("    ", "      ", &format!("{}{key}: {}", e.resource, e.message))?;
            let mut text = format!("{}; {}", words::since(e), words::episode(e));
            if let Some(gaps) = words::gaps(e) {
                text.push_str("; ");
                text.push_str(&gaps);
            }
            self.hang("      ", "      ", &text)?;
        }
        Ok(())
    }

    fn exceptions(&mut self, p: &Period) -> Result<(), LedgerError> {
        self.title("Exceptions")?;
        if p.exceptions.is_empty() {
            return self.line("none was made");
        }
        for e in &p.exceptions {
            let key = if e.key.is_empty() { String::new() } else { format!(" ({})", e.key) };
            self.hang(
                "  ",
                "    ",
                &format!("{} {}  {}{key}: {}", e.severity, e.rule, e.resource, e.result),
            )?;
            self.hang(
                "      ",
                "      ",
                &format!(
                    "in {} from {} to {}: {}",
                    count(e.runs, "run", "runs"),
                    words::minute(e.first),
                    words::minute(e.last),
                    words::waiver(e.waiver.as_ref())
                ),
            )?;
        }
        Ok(())
    }

    fn approvals(&mut self, p: &Period) -> Result<(), LedgerError> {
        self.title("Approvals that came and went")?;
        if p.approvals.is_empty() {
            return self
                .line("none: every run had those of the run before, as far as runs keep them");
        }
        for c in &p.approvals {
            self.line(&format!("{}, entry {}", c.day, c.entry))?;
            for (word, text) in words::changed(c) {
                self.hang("      ", "        ", &format!("{word}: {text}"))?;
            }
        }
        Ok(())
    }

    fn populations(&mut self, p: &Period) -> Result<(), LedgerError> {
        self.title("Populations")?;
        let all = &p.populations;
        self.line(&format!(
            "{} of {}, digest {}",
            count(all.resources, "resource", "resources"),
            count(all.types.len() as u64, "type", "types"),
            all.sha256
        ))?;
        for t in &all.types {
            writeln!(self.out, "  {:>9}  {}  {}", number(t.resources), t.sha256, plain(&t.kind))?;
        }
        if all.incomplete.is_empty() {
            return self.line("every listing was complete in every run");
        }
        self.line("incomplete: what these listings would have named is not in the population")?;
        for i in &all.incomplete {
            self.hang("    ", "      ", &words::incomplete(i))?;
        }
        Ok(())
    }

    fn sample(&mut self, p: &Period) -> Result<(), LedgerError> {
        let Some(sample) = &p.sample else { return Ok(()) };
        self.title("Sample")?;
        self.line(&format!("population digest {}", sample.population))?;
        self.line(&format!(
            "seed {:?}: {} of {}, in the order of their ranks",
            sample.seed,
            number(sample.drawn.len() as u64),
            number(sample.of)
        ))?;
        self.line(words::BY_HAND)?;
        for d in &sample.drawn {
            let rank = words::short(&d.rank);
            let text = format!(
                "{} {} {} {}, seen in {}",
                d.kind,
                d.account,
                d.region,
                d.resource,
                count(d.runs, "run", "runs")
            );
            self.hang(&format!("  {rank}  "), "                ", &text)?;
        }
        Ok(())
    }
}

/// The head of columns of days: months, tens and ones.
fn calendar(days: &[&Date]) -> [String; 3] {
    let (mut months, mut tens, mut ones) = (String::new(), String::new(), String::new());
    for (n, d) in days.iter().enumerate() {
        // A month's name begins at its first day, where there is room for it.
        let room = days.get(n..).unwrap_or_default().iter().take_while(|x| x.month() == d.month());
        if n == 0 || (d.day() == 1 && room.count() >= 8) {
            months.push_str(&" ".repeat(n.saturating_sub(months.len())));
            months.push_str(&d.strftime("%Y-%m").to_string());
        }
        tens.push(digit(d.day() / 10));
        ones.push(digit(d.day() % 10));
    }
    [months, tens, ones]
}

fn digit(n: i8) -> char {
    u32::try_from(n).ok().and_then(|n| char::from_digit(n, 10)).unwrap_or(' ')
}
