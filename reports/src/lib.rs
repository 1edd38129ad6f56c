//! What each reader gets of an assessment: one file a format.
//!
//! A format is a pure function of the [`Assessment`] and of the stream of verdicts: the same input
//! gives the same bytes. Verdicts are read one by one, as often as a format needs
//! ([`VerdictSource`]), so memory stays bounded however many there are.
//!
//! Everything that comes from an audited system is hostile here: names and messages are escaped
//! for the format they go into (see [`text`]).

#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        reason = "tests may panic"
    )
)]

mod assessment;
mod controls;
mod csv;
mod error;
mod findings;
mod html;
mod junit;
mod markdown;
mod ocsf;
mod oscal;
mod sarif;
mod select;
mod source;
mod summary;
pub mod text;
mod verdicts;
mod words;

use std::io::Write;

pub use assay_core::assessment::Assessment;
pub use assessment::write_assessment;
pub use csv::{cell as csv_cell, write_csv};
pub use error::RenderError;
pub use findings::{FindingsWriter, Which, write_findings};
pub use html::{HTML_MAX_FINDINGS, STYLE, csp_hash, printed_footer, write_html, write_page};
pub use junit::write_junit;
pub use markdown::{cell as markdown_cell, write_markdown};
pub use ocsf::write_ocsf;
pub use oscal::{Component, write_component_definition, write_oscal};
pub use sarif::{SARIF_MAX_RESULTS, SARIF_MAX_RUNS, SarifOptions, resource_path, write_sarif};
pub use source::{VerdictFile, VerdictIter, VerdictSource};
pub use summary::{SummaryOptions, write_summary};
pub use verdicts::{VerdictReader, VerdictWriter};

/// The formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// `assessment.json`: everything but the verdicts.
    Assessment,
    /// `findings.ndjson`: a line for each failure, waived failure and not-assessed verdict.
    Findings,
    /// `verdicts.ndjson.zst`: every rule × resource.
    Verdicts,
    /// `results.sarif`: open failures for GitHub code scanning.
    Sarif,
    /// `report.html`: one offline file for a person.
    Html,
    /// The terminal's summary, without colour, 80 columns wide.
    Summary,
    /// `findings.csv`: the findings, for spreadsheets.
    Csv,
    /// `junit.xml`: every verdict, for build systems.
    Junit,
    /// `findings.ocsf.ndjson`: every verdict as an OCSF compliance finding.
    Ocsf,
    /// `oscal.json`: OSCAL assessment results.
    Oscal,
    /// `summary.md`: how it stands, for a job's summary page.
    Markdown,
}

impl Format {
    /// All formats.
    pub const ALL: [Self; 11] = [
        Self::Assessment,
        Self::Findings,
        Self::Verdicts,
        Self::Sarif,
        Self::Html,
        Self::Summary,
        Self::Csv,
        Self::Junit,
        Self::Ocsf,
        Self::Oscal,
        Self::Markdown,
    ];

    /// The word used on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Assessment => "json",
            Self::Findings => "ndjson",
            Self::Verdicts => "verdicts",
            Self::Sarif => "sarif",
            Self::Html => "html",
            Self::Summary => "summary",
            Self::Csv => "csv",
            Self::Junit => "junit",
            Self::Ocsf => "ocsf",
            Self::Oscal => "oscal",
            Self::Markdown => "markdown",
        }
    }

    /// The name of its file in an output folder.
    #[must_use]
    pub const fn file_name(self) -> &'static str {
        match self {
            Self::Assessment => "assessment.json",
            Self::Findings => "findings.ndjson",
            Self::Verdicts => "verdicts.ndjson.zst",
            Self::Sarif => "results.sarif",
            Self::Html => "report.html",
            Self::Summary => "summary.txt",
            Self::Csv => "findings.csv",
            Self::Junit => "junit.xml",
            Self::Ocsf => "findings.ocsf.ndjson",
            Self::Oscal => "oscal.json",
            Self::Markdown => "summary.md",
        }
    }
}

/// Renders one format with its defaults.
///
/// # Errors
/// When the verdicts cannot be read or the output cannot be written.
pub fn render(
    assessment: &Assessment,
    verdicts: &dyn VerdictSource,
    format: Format,
    out: &mut dyn Write,
) -> Result<(), RenderError> {
    match format {
        Format::Assessment => write_assessment(assessment, out),
        Format::Findings => write_findings(verdicts, Which::Notable, out),
        Format::Verdicts => {
            let mut writer = VerdictWriter::new(out)?;
            for verdict in verdicts.open()? {
                writer.write(&verdict?)?;
            }
            writer.finish()?;
            Ok(())
        }
        Format::Sarif => write_sarif(assessment, verdicts, &SarifOptions::default(), out),
        Format::Html => write_html(assessment, verdicts, out),
        Format::Summary => write_summary(assessment, &SummaryOptions::default(), out),
        Format::Csv => write_csv(assessment, verdicts, Which::Notable, out),
        Format::Junit => write_junit(assessment, verdicts, out),
        Format::Ocsf => write_ocsf(assessment, verdicts, Which::All, out),
        Format::Oscal => write_oscal(assessment, verdicts, out),
        Format::Markdown => write_markdown(assessment, out),
    }
}
