//! `assay waive FINGERPRINT…`: writes correct waivers for findings into `assay.toml`.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, IsTerminal, Write};
use std::path::Path;

use anyhow::{Context, Result};
use assay_core::Status;
use assay_core::tailoring::Date;
use assay_core::verdict::Finding;
use assay_reports::Format;
use assay_reports::text::plain;

use crate::args::{Global, WaiveArgs};
use crate::config::Load;
use crate::exit::{Outcome, Usage};

/// Shortest beginning of a fingerprint that is taken.
const SHORTEST: usize = 8;

/// What every waiver of one call says.
struct Words {
    reason: String,
    owner: String,
    approver: String,
    approved: Date,
    expires: String,
    ticket: Option<String>,
}

/// Runs the subcommand.
pub(crate) fn run(args: &WaiveArgs, global: &Global) -> Result<Outcome> {
    super::trusted_assessment(&args.from, &[Format::Findings.file_name()])?;
    let findings = wanted(&args.from, &args.fingerprints)?;
    let words = words(args)?;
    let mut text = match fs::read_to_string(&args.config) {
        Ok(text) => text,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(e) => {
            return Err(Usage::new(
                format!("cannot read {}: {e}", args.config.display()),
                "name the configuration with --config",
            )
            .into());
        }
    };
    for f in &findings {
        if !text.is_empty() {
            text.push_str(if text.ends_with('\n') { "\n" } else { "\n\n" });
        }
        text.push_str(&entry(f, &words)?);
    }
    let signers = replace(&args.config, &text)?;
    if !global.quiet {
        let mut stdout = std::io::stdout().lock();
        for f in &findings {
            writeln!(
                stdout,
                "waived until {}: {} {}{}",
                words.expires,
                f.rule,
                plain(&f.resource),
                if f.key.is_empty() { String::new() } else { format!(" {}", plain(&f.key)) }
            )?;
        }
        writeln!(stdout, "wrote {}; judge again to see it", args.config.display())?;
        if signers {
            let who = plain(&words.approver);
            writeln!(stdout, "it counts once {who} has signed it: `assay approve --as {who}`")?;
        }
    }
    Ok(Outcome::Clean)
}

/// The open failures with these fingerprints, each once, in their order.
fn wanted(dir: &Path, prints: &[String]) -> Result<Vec<Finding>> {
    for p in prints {
        if p.len() < SHORTEST || !p.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(Usage::new(
                format!("{p} is no fingerprint"),
                format!("give at least {SHORTEST} hexadecimal digits; findings.ndjson holds them"),
            )
            .into());
        }
    }
    let path = dir.join(Format::Findings.file_name());
    let file = File::open(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut found: Vec<Vec<Finding>> = prints.iter().map(|_| Vec::new()).collect();
    for line in BufReader::new(file).lines() {
        let line = line.with_context(|| format!("cannot read {}", path.display()))?;
        let f: Finding = serde_json::from_str(&line)
            .with_context(|| format!("{} is damaged", path.display()))?;
        if f.status != Status::Fail {
            continue;
        }
        for (p, to) in prints.iter().zip(&mut found) {
            if f.fingerprint.starts_with(&p.to_ascii_lowercase()) {
                to.push(f.clone());
            }
        }
    }
    let mut out: Vec<Finding> = Vec::new();
    for (p, mut all) in prints.iter().zip(found) {
        match (all.len(), all.pop()) {
            (1, Some(f)) => {
                if out.iter().all(|o| o.fingerprint != f.fingerprint) {
                    out.push(f);
                }
            }
            (0, _) | (_, None) => {
                return Err(Usage::new(
                    format!("no open failure in {} has the fingerprint {p}", dir.display()),
                    "only failures are waived: what was not assessed is accepted with [[accept_gap]]",
                )
                .into());
            }
            (n, Some(_)) => {
                return Err(Usage::new(
                    format!("{n} failures in {} begin with {p}", dir.display()),
                    "give more of the fingerprint",
                )
                .into());
            }
        }
    }
    Ok(out)
}

/// From the flags; what they lack is asked for on a terminal.
fn words(args: &WaiveArgs) -> Result<Words> {
    #[expect(clippy::disallowed_methods, reason = "the day of the approval, written down")]
    let today = jiff::tz::TimeZone::UTC.to_datetime(jiff::Timestamp::now()).date();
    let missing: Vec<&str> = [
        ("--reason", &args.reason),
        ("--owner", &args.owner),
        ("--approver", &args.approver),
        ("--expires", &args.expires),
    ]
    .into_iter()
    .filter_map(|(name, given)| given.is_none().then_some(name))
    .collect();
    if !missing.is_empty() && !std::io::stdin().is_terminal() {
        return Err(Usage::new(
            format!("a waiver needs {}", missing.join(", ")),
            "who asks on a terminal is asked for them",
        )
        .into());
    }
    let ask = |given: &Option<String>, what: &str| -> Result<String> {
        match given {
            Some(text) => Ok(text.clone()),
            None => asked(what),
        }
    };
    Ok(Words {
        reason: ask(&args.reason, "Why is it accepted?")?,
        owner: ask(&args.owner, "Who answers for it?")?,
        approver: ask(&args.approver, "Who approved it (another person)?")?,
        approved: match &args.approved {
            None => today,
            Some(text) => text.parse().map_err(|e| {
                Usage::new(format!("--approved {text}: {e}"), "write a day as 2026-11-30")
            })?,
        },
        expires: ask(&args.expires, "Until which day (2026-11-30), a year at most?")?,
        ticket: args.ticket.clone(),
    })
}

/// One line of the terminal.
fn asked(what: &str) -> Result<String> {
    let mut stdout = std::io::stdout().lock();
    write!(stdout, "{what} ")?;
    stdout.flush()?;
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).context("cannot read the answer")?;
    Ok(line.trim().to_owned())
}

/// A waiver of exactly one failure.
fn entry(f: &Finding, w: &Words) -> Result<String> {
    let mut out = String::from("[[waive]]\n");
    let mut put = |name: &str, text: &str| -> Result<()> {
        // A JSON string is a TOML string too.
        writeln!(out, "{name} = {}", serde_json::to_string(text)?)?;
        Ok(())
    };
    put("rule", &f.rule)?;
    put("resource", &f.resource)?;
    if !f.key.is_empty() {
        put("key", &f.key)?;
    }
    put("reason", &w.reason)?;
    put("owner", &w.owner)?;
    put("approver", &w.approver)?;
    if let Some(ticket) = &w.ticket {
        put("ticket", ticket)?;
    }
    let expires: Date = w.expires.parse().map_err(|e| {
        Usage::new(format!("`{}` is no day: {e}", w.expires), "write a day as 2026-11-30")
    })?;
    writeln!(out, "approved = {}\nexpires = {expires}", w.approved)?;
    Ok(out)
}

/// Writes the configuration where it holds as a whole; else it stays as it was. Says whether
/// somebody has to sign.
fn replace(path: &Path, text: &str) -> Result<bool> {
    let library = super::content::load(None)?;
    let mut partial = path.as_os_str().to_owned();
    partial.push(".partial");
    let partial = Path::new(&partial);
    fs::write(partial, text).with_context(|| format!("cannot write {}", partial.display()))?;
    let how = Load { signers: None, today: None };
    match crate::config::load(Some(partial), &super::content::known(&library), how) {
        Err(e) => {
            // Best effort: the configuration itself was not touched.
            let _ = fs::remove_file(partial);
            Err(e.into())
        }
        Ok(config) => {
            fs::rename(partial, path)
                .with_context(|| format!("cannot write {}", path.display()))?;
            Ok(config.tailoring.allowed_signers.is_some())
        }
    }
}
