//! `summary.md`: how it stands, for a job's summary page or a pull request's comment.

use std::io::Write;

use assay_core::assessment::Assessment;
use assay_core::{Severity, Status};

use crate::error::RenderError;
use crate::text::{clip, count, number, percent, plain, short_id, time};
use crate::words;

/// Findings that are shown.
const MAX_FINDINGS: usize = 50;
/// Causes that are shown.
const MAX_CAUSES: usize = 20;
/// Longest cell, in characters.
const MAX_CELL: usize = 160;

/// Writes `summary.md`, far below the 1 MiB that a job summary may have.
///
/// # Errors
/// When the output cannot be written.
pub fn write_markdown(a: &Assessment, out: &mut dyn Write) -> Result<(), RenderError> {
    writeln!(out, "# Assay: {}\n", escape(&words::subject(&a.snapshot.scope)))?;
    writeln!(out, "**{}**\n", escape(&words::headline(a)))?;
    let s = &a.summary;
    writeln!(
        out,
        "Score {} at a coverage of {} ({} judged, collection ended {}).\n",
        percent(s.score),
        percent(s.coverage),
        count(s.resources, "resource", "resources"),
        time(a.snapshot.ended)
    )?;
    severities(a, out)?;
    frameworks(a, out)?;
    findings(a, out)?;
    causes(a, out)?;
    approvals(a, out)?;
    writeln!(out, "\nSnapshot `{}`, rules `{}`.", a.snapshot.root_digest, a.rules_digest)?;
    out.flush()?;
    Ok(())
}

fn severities(a: &Assessment, out: &mut dyn Write) -> Result<(), RenderError> {
    writeln!(out, "| open failures | |\n|---|---:|")?;
    for severity in Severity::ALL {
        let n = a.summary.failures.get(severity.as_str()).copied().unwrap_or_default();
        writeln!(out, "| {severity} | {} |", number(n))?;
    }
    writeln!(out, "| not assessed (verdicts) | {} |", number(a.summary.verdicts.not_assessed))?;
    writeln!(out, "| waived (verdicts) | {} |\n", number(a.summary.verdicts.waived))?;
    Ok(())
}

fn frameworks(a: &Assessment, out: &mut dyn Write) -> Result<(), RenderError> {
    if a.frameworks.is_empty() {
        return Ok(());
    }
    writeln!(out, "## Controls\n")?;
    write!(out, "| framework |")?;
    Status::ALL.iter().try_for_each(|s| write!(out, " {} |", words::status(*s).to_lowercase()))?;
    writeln!(out, " rests on |")?;
    writeln!(out, "|---|{}---|", "---:|".repeat(Status::ALL.len()))?;
    for f in &a.frameworks {
        write!(out, "| {} |", escape(&f.title))?;
        Status::ALL.iter().try_for_each(|s| write!(out, " {} |", number(f.counts.of(*s))))?;
        let l = &f.line;
        writeln!(
            out,
            " {} tested, {} attested, {} inherited, {} unseen of {} |",
            l.tested, l.attested, l.inherited, l.unseen, l.of
        )?;
    }
    writeln!(out)?;
    for choice in words::parts_in_scope(a) {
        writeln!(out, "{}\n", escape(&choice))?;
    }
    Ok(())
}

fn findings(a: &Assessment, out: &mut dyn Write) -> Result<(), RenderError> {
    let open: Vec<_> = a.top.iter().filter(|f| f.status == Status::Fail).collect();
    if open.is_empty() {
        return Ok(());
    }
    writeln!(out, "## Worst findings\n\n| severity | rule | resource | what |\n|---|---|---|---|")?;
    for f in open.iter().take(MAX_FINDINGS) {
        let place = match &f.place {
            Some(p) => format!("{} {p}", f.account),
            None => short_id(&f.resource).to_owned(),
        };
        writeln!(
            out,
            "| {} | {} | {} | {} |",
            f.severity,
            escape(&f.rule),
            escape(&place),
            escape(&f.message)
        )?;
    }
    let all: u64 = a.summary.failures.values().sum();
    let shown = u64::try_from(open.len().min(MAX_FINDINGS)).unwrap_or(u64::MAX);
    if all > shown {
        writeln!(out, "\n{} of {} shown.", number(shown), count(all, "failure", "failures"))?;
    }
    writeln!(out)?;
    Ok(())
}

fn causes(a: &Assessment, out: &mut dyn Write) -> Result<(), RenderError> {
    if a.causes.is_empty() {
        return Ok(());
    }
    writeln!(out, "## Not assessed\n\n| verdicts | why | next step |\n|---:|---|---|")?;
    for c in a.causes.iter().take(MAX_CAUSES) {
        writeln!(
            out,
            "| {} | {} | {} |",
            number(c.verdicts),
            escape(&words::cause_line(&c.cause)),
            if c.accepted { "accepted".to_owned() } else { escape(&words::next_step(c)) }
        )?;
    }
    if a.causes.len() > MAX_CAUSES {
        writeln!(out, "\n{} more causes in the report.", a.causes.len() - MAX_CAUSES)?;
    }
    Ok(())
}

fn approvals(a: &Assessment, out: &mut dyn Write) -> Result<(), RenderError> {
    let refused: Vec<_> = a.approvals.iter().filter(|r| !r.counts).collect();
    if refused.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "\n## Approvals that do not count\n\n| approval | of what | why |\n|---|---|---|"
    )?;
    for r in refused.iter().take(MAX_CAUSES) {
        let why = r.reason.as_deref().unwrap_or_default();
        writeln!(out, "| {} | {} | {} |", r.kind.words(), escape(&r.subject), escape(why))?;
    }
    if refused.len() > MAX_CAUSES {
        writeln!(out, "\n{} more approvals in the report.", refused.len() - MAX_CAUSES)?;
    }
    Ok(())
}

/// A text as one cell of at most 160 characters: nothing in it is Markdown or HTML.
fn escape(text: &str) -> String {
    cell(&clip(text, MAX_CELL))
}

/// A text as one cell, whole: nothing in it is Markdown or HTML.
#[must_use]
pub fn cell(text: &str) -> String {
    let mut out = String::new();
    for c in plain(text).chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '(' | ')' | '#' | '!' | '|' | '~' => {
                out.push('\\');
                out.push(c);
            }
            // A bare address becomes a link, a name behind @ a mention: a character without width
            // would hide, so the sign is written as an entity.
            '@' => out.push_str("&#64;"),
            ':' => out.push_str("&#58;"),
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_hostile_is_markup() {
        assert_eq!(escape("[x](javascript:y)"), "\\[x\\]\\(javascript&#58;y\\)");
        assert_eq!(escape("<script>|a|"), "&lt;script&gt;\\|a\\|");
        assert_eq!(escape("https://evil.example @team"), "https&#58;//evil.example &#64;team");
        assert_eq!(escape("a\nb"), "a b");
    }
}
