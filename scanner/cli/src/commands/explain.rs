//! `assay explain ID`: one rule, in full; with `--on`, what it saw.

mod on;
mod show;
mod turn;

use std::io::Write;

use anyhow::Result;
use assay_eval::Library;
use assay_eval::assess::RuleInfo;

use crate::args::ExplainArgs;
use crate::exit::{Outcome, Usage};

/// Runs the subcommand.
pub(crate) fn run(args: &ExplainArgs) -> Result<Outcome> {
    let content = super::content::gather(args.policies.as_deref())?;
    let library = super::content::check(&content)?;
    let wanted = args.id.as_str();
    let hits: Vec<_> = library
        .rules
        .iter()
        .filter(|r| {
            r.meta.id.eq_ignore_ascii_case(wanted)
                || r.meta.aliases.values().flatten().any(|a| a.eq_ignore_ascii_case(wanted))
        })
        .collect();
    if hits.is_empty() {
        if let Some(r) = library.retired.iter().find(|r| r.id.eq_ignore_ascii_case(wanted)) {
            writeln!(std::io::stdout().lock(), "{r}\n{}", r.next_step())?;
            return Ok(Outcome::Clean);
        }
        if let Some(u) = library.unfed.iter().find(|u| u.id.eq_ignore_ascii_case(wanted)) {
            return Err(Usage::new(
                format!("{} ({}) cannot be judged yet: {}", u.id, u.title, u.reason),
                "`assay rules` lists the rules that are judged",
            )
            .into());
        }
        return Err(Usage::new(
            format!("no rule has the id or alias {wanted}"),
            nearest(&library, wanted),
        )
        .into());
    }
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    if let Some(what) = &args.on {
        let (dir, pattern) = on::place(what, args.resource.as_deref())?;
        let asked = on::Asked { args, dir, pattern, content: &content, library: &library };
        let outcome = asked.run(&mut out, &hits)?;
        out.flush()?;
        return Ok(outcome);
    }
    for (i, rule) in hits.iter().enumerate() {
        if i > 0 {
            writeln!(out, "\n{}\n", "─".repeat(72))?;
        }
        explain(&mut out, &library, &rule.info())?;
    }
    out.flush()?;
    Ok(Outcome::Clean)
}

fn nearest(library: &Library, wanted: &str) -> String {
    let head = wanted.to_uppercase();
    let head = head.rsplit_once('-').map_or(head.as_str(), |(h, _)| h);
    let near: Vec<&str> = library
        .rules
        .iter()
        .map(|r| r.meta.id.as_str())
        .filter(|id| !head.is_empty() && id.starts_with(head))
        .take(6)
        .collect();
    if near.is_empty() {
        "`assay rules` lists the ids".to_owned()
    } else {
        format!("did you mean one of {}?", near.join(", "))
    }
}

fn explain(out: &mut impl Write, library: &Library, rule: &RuleInfo) -> Result<()> {
    let m = &rule.meta;
    writeln!(out, "{}  {}  ({})", m.id, m.title, m.severity)?;
    writeln!(out, "\n{}", m.description)?;
    writeln!(out, "\nJudged on   {}", m.resources.join(", "))?;
    writeln!(out, "Objective   {}", m.objective)?;
    for (framework, control, decides) in super::rules::controls(library, m) {
        writeln!(out, "  {} {framework} {control}", if decides { "decides " } else { "supports" })?;
    }
    writeln!(out, "\nReads (unknown: not assessed)")?;
    for r in &rule.reads {
        writeln!(out, "  {r}")?;
    }
    for r in &m.related {
        writeln!(
            out,
            "  {} in the {}: {}",
            r.kind,
            format!("{:?}", r.scope).to_lowercase(),
            r.facets.join(", ")
        )?;
    }
    if !m.params.is_empty() {
        writeln!(out, "\nParameters (in assay.toml: [params.{}])", m.id)?;
        for (name, p) in &m.params {
            let default = p.default.as_ref().map_or_else(
                || "no default: not assessed until declared".to_owned(),
                |d| format!("default {d}"),
            );
            writeln!(out, "  {name}: {} ({default})", p.description)?;
        }
    }
    if !m.limits.is_empty() {
        writeln!(out, "\nLimits\n  {}", m.limits)?;
    }
    writeln!(out, "\nTo fix\n  {}", m.remediation.text)?;
    for (what, text) in [
        ("command", &m.remediation.cli),
        ("Terraform", &m.remediation.terraform),
        ("CloudFormation", &m.remediation.cloudformation),
        ("Bicep", &m.remediation.bicep),
    ] {
        if !text.is_empty() {
            writeln!(out, "\n{what}:\n{}", indent(text))?;
        }
    }
    if !m.aliases.is_empty() {
        writeln!(out, "\nSimilar checks elsewhere (similar, not the same verdict)")?;
        for (tool, ids) in &m.aliases {
            writeln!(out, "  {tool}: {}", ids.join(", "))?;
        }
    }
    for url in &m.references {
        writeln!(out, "  {url}")?;
    }
    writeln!(out, "\n{} (sha256 {})\n{}", m.file, rule.sha256, indent(&rule.source))?;
    Ok(())
}

fn indent(text: &str) -> String {
    text.lines().map(|l| format!("    {l}")).collect::<Vec<_>>().join("\n")
}
