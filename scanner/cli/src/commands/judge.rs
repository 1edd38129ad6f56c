//! Judging a snapshot and writing the outputs: what `demo`, `scan` and `evaluate` share.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufWriter, IsTerminal, Write};
use std::path::Path;

use anyhow::{Context, Result};
use assay_core::assessment::{Assessment, failures_at_or_above};
use assay_core::tailoring::{Clocks, Date};
use assay_eval::assess::{AssessInput, Assessor, Baseline, CallLog, RuleInfo};
use assay_eval::counterfactual::{BRIEF, Passed, Seeker};
use assay_eval::{EvalError, Library, RuleSet, evaluate_once};
use assay_policies::Content;
use assay_reports::{
    FindingsWriter, Format, RenderError, SummaryOptions, VerdictFile, VerdictSource, VerdictWriter,
    Which,
};
use assay_snapshot::{Snapshot, Source};

use crate::args::{FailOn, Global, JudgeArgs, Verdicts, When};
use crate::config::{self, Config, LedgerPlan};
use crate::exit::{Outcome, Usage};
use crate::out::Out;

mod choice;

pub(super) use choice::today;
use choice::{deselect, same_estate};

/// Everything that decides a judgement, checked before anything is collected.
pub(super) struct Judge {
    content: Content,
    library: Library,
    config: Config,
    set: RuleSet,
    how: How,
}

/// What decides a judgement beside rules and configuration.
struct How {
    baseline: Option<Baseline>,
    ledger: Option<LedgerPlan>,
    fail_on: FailOn,
    today: Date,
    which: Which,
    formats: Vec<Format>,
    /// Whether counterfactuals are looked for.
    turns: bool,
}

impl Judge {
    /// Reads rules, configuration and baseline.
    ///
    /// # Errors
    /// [`Usage`] for everything that the user can mend.
    pub(super) fn prepare(args: &JudgeArgs) -> Result<Self> {
        let content = super::content::gather(args.policies.as_deref())?;
        let library = super::content::check(&content)?;
        let known = super::content::known(&library);
        let today = today(args.now.as_deref())?;
        let signers = args.declared.allowed_signers.as_deref();
        let how = config::Load { signers, today: Some(today) };
        let mut config = config::load(args.declared.config.as_deref(), &known, how)?;
        config::people::add(
            &mut config.tailoring,
            args.declared.attestations.as_deref(),
            args.declared.soa.as_deref(),
            &known,
        )?;
        deselect(&mut config.tailoring, &library, &args.rules)?;
        let mut formats: Vec<Format> = args.formats.iter().map(|f| f.rendered()).collect();
        formats.sort();
        formats.dedup();
        let how = How {
            baseline: args.baseline.as_deref().map(baseline).transpose()?,
            ledger: super::ledger::plan(args, config.ledger.take())?,
            fail_on: args.fail_on.or(config.fail_on).unwrap_or(FailOn::High),
            today,
            which: match args.verdicts {
                Verdicts::Findings => Which::Notable,
                Verdicts::All => Which::All,
            },
            formats,
            turns: args.counterfactuals,
        };
        let judge = Self::of(content, library, config, how)?;
        if args.policies.is_some() {
            // The mistakes of own rules are named before anything is collected.
            judge.set.compile().map_err(|e| Usage::plain(e.to_string()))?;
        }
        Ok(judge)
    }

    /// The same, with counterfactuals.
    pub(super) fn with_counterfactuals(mut self) -> Self {
        self.how.turns = true;
        self
    }

    /// Everything that decided an earlier judgement, as its output folder records it.
    ///
    /// # Errors
    /// The rules are not recorded or do not load, or the baseline cannot be read.
    pub(super) fn again(
        content: Content,
        earlier: &Assessment,
        baseline: Option<Baseline>,
        which: Which,
        formats: Vec<Format>,
    ) -> Result<Self> {
        let library = super::content::check(&content)?;
        let config = Config { tailoring: earlier.tailoring.clone(), ..Config::default() };
        let how = How {
            baseline,
            ledger: None,
            fail_on: FailOn::None,
            today: earlier.clocks.today,
            which,
            formats,
            // The cases are recorded exactly where they were needed.
            turns: content.cases().next().is_some(),
        };
        Self::of(content, library, config, how)
    }

    /// Selects the rules that run.
    fn of(content: Content, library: Library, config: Config, how: How) -> Result<Self> {
        let deselected: BTreeSet<&str> =
            config.tailoring.deselected.iter().map(|d| d.rule.as_str()).collect();
        let set = RuleSet::select(&library, &config.tailoring.params, |m| {
            !deselected.contains(m.id.as_str())
        })
        .map_err(|e| Usage::plain(e.to_string()))?;
        Ok(Self { content, library, config, set, how })
    }

    /// Prepares the output folder: one whose run is in the ledger is no target.
    pub(super) fn prepare_out(&self, target: &Path) -> Result<Out> {
        if let Some(plan) = &self.how.ledger {
            super::ledger::refuse_recorded(plan, target)?;
        }
        Out::prepare(target)
    }

    /// The checked configuration.
    #[cfg_attr(not(clouds), expect(dead_code, reason = "read by the clouds' features"))]
    pub(super) const fn config(&self) -> &Config {
        &self.config
    }

    /// The loaded content.
    #[cfg_attr(not(collects), expect(dead_code, reason = "read by the aws feature"))]
    pub(super) const fn library(&self) -> &Library {
        &self.library
    }

    /// Judges a snapshot, writes every output, prints the summary, decides the exit code.
    /// With a ledger its last run is the baseline, and the new run is added to it.
    pub(super) fn run(mut self, snapshot: &Snapshot, out: Out, global: &Global) -> Result<Outcome> {
        if let Some(plan) = &self.how.ledger {
            self.how.baseline = super::ledger::baseline_for(plan, snapshot)?;
        }
        let assessment = self.write(snapshot, &out)?;
        let target = out.target().to_path_buf();
        out.finish()?;
        if !global.quiet {
            summary(&assessment, &self.how.formats, &target, global)?;
        }
        if let Some(plan) = &self.how.ledger {
            super::ledger::record(&target, plan, global)?;
        }
        Ok(outcome(&assessment, self.how.fail_on))
    }

    /// Judges a snapshot and writes every output.
    pub(super) fn write(&self, snapshot: &Snapshot, out: &Out) -> Result<Assessment> {
        super::content::record(&self.content, self.how.turns, &out.path(super::content::RECORDED))?;
        let assessment = self.judge(snapshot, out)?;
        let verdicts = VerdictFile::new(out.path(Format::Verdicts.file_name()));
        for format in self.how.formats.iter().copied() {
            match format {
                // Written while judging.
                Format::Assessment | Format::Findings | Format::Verdicts => {}
                Format::Csv => write(out, format, |w| {
                    assay_reports::write_csv(&assessment, &verdicts, self.how.which, w)
                })?,
                _ => write(out, format, |w| {
                    assay_reports::render(&assessment, &verdicts, format, w)
                })?,
            }
        }
        Ok(assessment)
    }

    fn judge(&self, snapshot: &Snapshot, out: &Out) -> Result<Assessment> {
        let rules: Vec<RuleInfo> = self.library.rules.iter().map(assay_eval::Rule::info).collect();
        let objectives: Vec<_> = self.library.objectives.values().cloned().collect();
        let actions = actions();
        let calls = CallLog::read(snapshot).map_err(super::evaluate::usage)?;
        let manifest = snapshot.manifest();
        same_estate(manifest, &self.config.tailoring)?;
        let mut assessor = Assessor::new(
            AssessInput {
                manifest,
                calls: &calls,
                rules: &rules,
                types: &self.library.types,
                objectives: &objectives,
                frameworks: &self.library.frameworks,
                tailoring: &self.config.tailoring,
                clocks: Clocks { now: manifest.ended, today: self.how.today },
                rules_digest: self.library.digest.clone(),
                actions: &actions,
                tool_version: env!("CARGO_PKG_VERSION").to_owned(),
            },
            self.how.baseline.clone(),
        );
        let create = |f: Format| -> Result<BufWriter<File>> {
            let path = out.path(f.file_name());
            let file =
                File::create(&path).with_context(|| format!("cannot create {}", path.display()))?;
            Ok(BufWriter::new(file))
        };
        let mut all = VerdictWriter::new(create(Format::Verdicts)?)?;
        let mut findings = FindingsWriter::new(create(Format::Findings)?, self.how.which);
        let mut failed: Option<RenderError> = None;
        let mut put = |verdict: &assay_core::Verdict| {
            if failed.is_none() {
                let done = all.write(verdict).and_then(|()| findings.write(verdict));
                failed = done.err();
            }
        };
        let mut passed = Passed::default();
        evaluate_once(&self.set, snapshot, &mut |verdict, tags| {
            if self.how.turns {
                passed.see(&verdict);
            }
            assessor.take(verdict, tags).iter().for_each(&mut put);
        })
        .map_err(unreadable)?;
        let (rest, mut assessment) = assessor.finish();
        let seeker = Seeker {
            library: &self.library,
            content: &self.content,
            params: &self.config.tailoring.params,
            most: BRIEF,
        };
        seeker.fill(snapshot, &passed, &mut assessment).map_err(unreadable)?;
        rest.iter().for_each(&mut put);
        if let Some(e) = failed {
            return Err(e.into());
        }
        all.finish()?.flush().context("cannot write the verdicts")?;
        findings.finish()?.flush().context("cannot write the findings")?;
        let none: &dyn VerdictSource = &Vec::new();
        write(out, Format::Assessment, |w| {
            assay_reports::render(&assessment, none, Format::Assessment, w)
        })?;
        Ok(assessment)
    }
}

fn unreadable(e: EvalError) -> anyhow::Error {
    match e {
        EvalError::Snapshot(e) => super::evaluate::usage(e),
        other => other.into(),
    }
}

fn write(
    out: &Out,
    format: Format,
    render: impl FnOnce(&mut dyn Write) -> Result<(), RenderError>,
) -> Result<()> {
    let path = out.path(format.file_name());
    let file = File::create(&path).with_context(|| format!("cannot create {}", path.display()))?;
    let mut w = BufWriter::new(file);
    render(&mut w).with_context(|| format!("cannot write {}", path.display()))?;
    w.flush().with_context(|| format!("cannot write {}", path.display()))
}

/// What an operation needs in the provider's permission system, by operation.
fn actions() -> BTreeMap<String, Vec<String>> {
    let all: [BTreeMap<String, Vec<String>>; 2] = [
        #[cfg(feature = "aws")]
        super::aws::actions(),
        #[cfg(not(feature = "aws"))]
        BTreeMap::new(),
        #[cfg(feature = "azure")]
        super::azure::actions(),
        #[cfg(not(feature = "azure"))]
        BTreeMap::new(),
    ];
    all.into_iter().flatten().collect()
}

/// An earlier output folder as baseline.
pub(super) fn baseline(dir: &Path) -> Result<Baseline> {
    let earlier = super::trusted_assessment(dir, &[Format::Verdicts.file_name()])?;
    let file = VerdictFile::new(dir.join(Format::Verdicts.file_name()));
    let mut verdicts = Vec::new();
    for v in file
        .open()
        .map_err(|e| Usage::new(e.to_string(), "name a whole output folder with --baseline"))?
    {
        let v =
            v.map_err(|e| Usage::new(e.to_string(), "name a whole output folder with --baseline"))?;
        if !v.failures.is_empty() {
            verdicts.push(v);
        }
    }
    Ok(Baseline::new(earlier.snapshot.root_digest, earlier.snapshot.ended, verdicts))
}

/// Prints the summary to standard output.
fn summary(
    assessment: &Assessment,
    formats: &[Format],
    target: &Path,
    global: &Global,
) -> Result<()> {
    let stdout = std::io::stdout();
    let terminal = stdout.is_terminal();
    // What people open first.
    let mut files: Vec<Format> = [Format::Html, Format::Sarif]
        .into_iter()
        .filter(|f| formats.contains(f))
        .chain([Format::Findings, Format::Assessment])
        .collect();
    let more: Vec<Format> = formats.iter().copied().filter(|f| !files.contains(f)).collect();
    files.extend(more);
    files.retain(|f| *f != Format::Verdicts);
    let options = SummaryOptions {
        width: width(),
        colour: colour(global.color, terminal),
        folder: Some(target.display().to_string()),
        files: files.iter().map(|f| f.file_name().to_owned()).collect(),
    };
    let mut out = BufWriter::new(stdout.lock());
    assay_reports::write_summary(assessment, &options, &mut out)?;
    out.flush()?;
    Ok(())
}

/// Whether to write colour.
pub(super) fn colour(when: When, terminal: bool) -> bool {
    match when {
        When::Always => true,
        When::Never => false,
        When::Auto => terminal && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty()),
    }
}

/// Columns of the terminal, 100 where there is none.
pub(super) fn width() -> usize {
    let columns = std::env::var_os("COLUMNS").and_then(|v| v.to_str()?.parse().ok());
    columns.or_else(|| terminal_size::terminal_size().map(|(w, _)| usize::from(w.0))).unwrap_or(100)
}

/// 1 beats 3.
fn outcome(assessment: &Assessment, fail_on: FailOn) -> Outcome {
    let summary = &assessment.summary;
    let failing = fail_on.severity().map_or(0, |s| failures_at_or_above(summary, s));
    if failing > 0 {
        Outcome::Findings
    } else if summary.unaccepted_gaps > 0 {
        Outcome::Unseen
    } else {
        Outcome::Clean
    }
}
