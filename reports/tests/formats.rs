//! Every format over made-up estates: the same bytes twice, hostile names, sums, limits.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests may panic"
)]

mod synth;

use std::collections::{BTreeMap, BTreeSet};

use assay_core::assessment::Counts;
use assay_core::{Status, Verdict};
use assay_reports::*;
use serde_json::Value;
use synth::{Plan, blind, estate};

#[expect(clippy::ptr_arg, reason = "a slice cannot become a trait object")]
fn bytes(a: &Assessment, v: &Vec<Verdict>, format: Format) -> Vec<u8> {
    let mut out = Vec::new();
    render(a, v, format, &mut out).unwrap();
    out
}

fn text(a: &Assessment, v: &Vec<Verdict>, format: Format) -> String {
    String::from_utf8(bytes(a, v, format)).unwrap()
}

fn hostile() -> (Assessment, Vec<Verdict>) {
    estate(Plan { findings: 300, accounts: 2, hostile: true })
}

fn sarif(a: &Assessment, v: &Vec<Verdict>) -> Value {
    serde_json::from_slice(&bytes(a, v, Format::Sarif)).unwrap()
}

/// What a browser would show of the page, with the findings unpacked.
fn unpack(html: &str) -> String {
    use base64::Engine as _;
    use std::io::Read as _;
    let start = html.find("id=\"data\">").unwrap() + "id=\"data\">".len();
    let end = start + html[start..].find("</script>").unwrap();
    let packed = base64::engine::general_purpose::STANDARD.decode(&html[start..end]).unwrap();
    let mut out = String::new();
    flate2::read::GzDecoder::new(packed.as_slice()).read_to_string(&mut out).unwrap();
    out
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    for plan in [Plan::of(0), Plan { findings: 200, accounts: 3, hostile: true }] {
        let (a, v) = estate(plan);
        for format in Format::ALL {
            assert_eq!(bytes(&a, &v, format), bytes(&a, &v, format), "{format:?}");
        }
    }
}

#[test]
fn verdicts_come_back_as_they_went() {
    let (a, v) = hostile();
    let packed = bytes(&a, &v, Format::Verdicts);
    let back: Vec<_> =
        VerdictReader::new("test", packed.as_slice()).unwrap().map(Result::unwrap).collect();
    assert_eq!(back, v);
    let cut = &packed[..packed.len() / 2];
    let last = VerdictReader::new("test", cut).unwrap().last().unwrap();
    assert!(last.is_err(), "half a file must not be taken for a whole one");
}

#[test]
fn findings_are_lines_with_the_keys_of_the_design() {
    let (a, v) = hostile();
    let lines = text(&a, &v, Format::Findings);
    let expected: usize =
        v.iter().filter(|v| Which::Notable.takes(v.status)).map(|v| v.findings().len()).sum();
    assert_eq!(lines.lines().count(), expected);
    let first = lines.lines().next().unwrap();
    let mut at = 0;
    for key in [
        "rule",
        "severity",
        "status",
        "resource",
        "type",
        "account",
        "region",
        "key",
        "at",
        "message",
        "fingerprint",
        "cause",
        "evidence",
    ] {
        let found = first[at..].find(&format!("\"{key}\":")).unwrap_or_else(|| panic!("{key}"));
        at += found;
    }
}

#[test]
fn the_assessment_comes_back_as_it_went() {
    let (a, v) = hostile();
    let back: Assessment = serde_json::from_slice(&bytes(&a, &v, Format::Assessment)).unwrap();
    assert_eq!(back, a);
}

#[test]
fn no_terminal_escape_reaches_the_terminal() {
    let (a, _) = hostile();
    for width in [1, 60, 80, 200] {
        let mut out = Vec::new();
        let options = SummaryOptions {
            width,
            folder: Some("out\u{1b}[2J".into()),
            files: vec!["report.html".into()],
            colour: false,
        };
        write_summary(&a, &options, &mut out).unwrap();
        let shown = String::from_utf8(out).unwrap();
        assert!(
            !shown.chars().any(|c| c.is_control() && c != '\n'),
            "control character at {width}"
        );
        assert!(!shown.contains('\u{202e}'));
        assert!(shown.lines().count() <= if width < 100 { 55 } else { 40 }, "too long:\n{shown}");
        for line in shown.lines() {
            assert!(text::width(line) <= width.clamp(60, 120) + 24, "too long: {line}");
        }
    }
}

#[test]
fn a_score_is_never_shown_without_its_coverage() {
    for (a, v) in [estate(Plan::of(50)), blind(), estate(Plan::of(0))] {
        let shown = text(&a, &v, Format::Summary);
        let line = shown.lines().find(|l| l.contains("Score")).unwrap();
        assert!(line.contains("coverage"), "{line}");
    }
}

#[test]
fn the_summary_says_on_what_each_framework_rests() {
    let (a, v) = estate(Plan::of(60));
    let shown = text(&a, &v, Format::Summary);
    for f in &a.frameworks {
        let rests = format!("{} tested", f.line.tested);
        let unseen = format!("{} unseen of {}", f.line.unseen, f.line.of);
        assert!(shown.contains(&rests) && shown.contains(&unseen), "{}\n{shown}", f.id);
    }
}

#[test]
fn notifications_are_sentences() {
    let (a, v) = estate(Plan::of(400));
    let sarif = sarif(&a, &v);
    let mut steps = 0;
    for run in sarif["runs"].as_array().unwrap() {
        let notes = &run["invocations"][0]["toolExecutionNotifications"];
        for note in notes.as_array().unwrap() {
            let said = note["message"]["text"].as_str().unwrap();
            assert!(said.ends_with(['.', '!', '?', '…']), "{said}");
            assert!(!said.contains("  ") && !said.contains(".."), "{said}");
            if let Some((before, _)) = said.split_once(" Next step: ") {
                steps += 1;
                assert!(before.ends_with(['.', '!', '?', '…']), "{said}");
            }
            assert!(!said.contains(" 1 verdicts") && !said.contains(" 1 rules"), "{said}");
        }
    }
    assert!(steps > 0);
}

#[test]
fn nothing_assessed_is_said_plainly_and_is_not_green() {
    let (a, v) = blind();
    assert!(text(&a, &v, Format::Summary).contains("Nothing was assessed"));
    let html = text(&a, &v, Format::Html);
    assert!(html.contains("class=\"headline unseen\""));
    assert!(html.contains("Nothing was assessed"));
    assert!(!html.contains("class=\"pill pass\""));
    let sarif = sarif(&a, &v);
    let run = &sarif["runs"][0];
    assert_eq!(run["invocations"][0]["executionSuccessful"], false);
    assert_eq!(run["results"].as_array().unwrap().len(), 0);
    // Its category is not the account's own: the account's alerts stay as they are.
    assert_eq!(run["automationDetails"]["id"], "assay/not-assessed/");
}

#[test]
fn no_output_says_compliant() {
    let (a, v) = estate(Plan::of(60));
    for format in [Format::Summary, Format::Html, Format::Sarif] {
        assert!(!text(&a, &v, format).to_lowercase().contains("compliant"), "{format:?}");
    }
}

#[test]
fn statuses_add_up_to_the_controls() {
    let (a, v) = estate(Plan::of(60));
    let html = text(&a, &v, Format::Html);
    for f in &a.frameworks {
        assert_eq!(f.counts.total(), f.controls.len() as u64);
        for c in &f.controls {
            assert!(html.contains(&format!("<span class=\"c-id\">{}</span>", c.id)), "{}", c.id);
        }
    }
    let shown = html.matches("<li id=\"control-").count();
    assert_eq!(shown, a.frameworks.iter().map(|f| f.controls.len()).sum::<usize>());
}

#[test]
fn hostile_names_stay_text_in_the_page() {
    let (a, v) = hostile();
    let html = text(&a, &v, Format::Html);
    assert!(!html.contains("<script>alert"));
    assert!(!html.contains("<img"));
    assert_eq!(html.matches("</style>").count(), 1);
    assert_eq!(html.matches("<script").count(), 2);
    assert_eq!(html.matches("</script>").count(), 2);
    assert!(!html.contains("href=\"javascript:"), "no link of a hostile text");
    assert!(!html.chars().any(|c| c.is_control() && c != '\n' && c != '\t'));
    assert!(!html.contains('\u{202e}'));
    assert!(!html.contains(" style="), "the policy forbids inline styles");
    for line in unpack(&html).lines() {
        serde_json::from_str::<Value>(line).unwrap();
    }
}

#[test]
fn the_policy_of_the_page_names_its_style_and_its_script() {
    use base64::Engine as _;
    use sha2::Digest as _;
    let (a, v) = estate(Plan::of(5));
    let html = text(&a, &v, Format::Html);
    assert!(html.contains("default-src 'none'"));
    for (open, close) in [("<style>", "</style>"), ("<script>", "</script>")] {
        let start = html.rfind(open).unwrap() + open.len();
        let end = start + html[start..].find(close).unwrap();
        let hash = base64::engine::general_purpose::STANDARD
            .encode(sha2::Sha256::digest(&html.as_bytes()[start..end]));
        assert!(html.contains(&format!("'sha256-{hash}'")), "{open}");
    }
}

#[test]
fn the_page_holds_every_finding() {
    let (a, v) = estate(Plan { findings: 5_000, accounts: 2, hostile: false });
    let rows: usize = unpack(&text(&a, &v, Format::Html))
        .lines()
        .skip(1)
        .map(|l| serde_json::from_str::<Value>(l).unwrap()["rule"].as_array().unwrap().len())
        .sum();
    let findings = text(&a, &v, Format::Findings).lines().count();
    assert_eq!(rows, findings);
}

#[test]
fn sarif_holds_open_failures_only() {
    let (a, v) = hostile();
    let sarif = sarif(&a, &v);
    let mut expected = BTreeSet::new();
    for verdict in &v {
        let stale = verdict.status == Status::NotAssessed && !verdict.failures.is_empty();
        if verdict.status == Status::Fail || stale {
            expected.extend(verdict.failures.iter().map(|f| f.fingerprint.clone()));
        }
    }
    let mut got = BTreeSet::new();
    let mut paths: BTreeMap<String, String> = BTreeMap::new();
    for run in sarif["runs"].as_array().unwrap() {
        let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
        for r in run["results"].as_array().unwrap() {
            got.insert(
                r["partialFingerprints"]["primaryLocationLineHash"].as_str().unwrap().to_owned(),
            );
            let index = r["ruleIndex"].as_u64().unwrap();
            assert_eq!(rules[usize::try_from(index).unwrap()]["id"], r["ruleId"]);
            let location = &r["locations"][0];
            let path = location["physicalLocation"]["artifactLocation"]["uri"].as_str().unwrap();
            assert!(path.is_ascii() && path.starts_with("cloud/aws/"));
            assert!(!path.split('/').any(|s| s.is_empty() || s == "." || s == ".."));
            let id = location["logicalLocations"][0]["fullyQualifiedName"].as_str().unwrap();
            let owner = paths.entry(path.to_owned()).or_insert_with(|| id.to_owned());
            assert_eq!(owner, id, "one path, one resource");
            let message = r["message"]["text"].as_str().unwrap();
            assert!(!message.contains("[click]("));
            assert!(message.chars().count() < 2_500);
            assert!(!message.chars().any(char::is_control));
        }
    }
    assert_eq!(got, expected);
    let ids: BTreeSet<_> = paths.values().collect();
    assert_eq!(ids.len(), paths.len(), "one resource, one path");
}

#[test]
fn sarif_keeps_the_worst_and_states_the_rest() {
    let (a, v) = estate(Plan { findings: 1_000, accounts: 1, hostile: false });
    let options = SarifOptions { max_results: 100, ..SarifOptions::default() };
    let mut out = Vec::new();
    write_sarif(&a, &v, &options, &mut out).unwrap();
    let sarif: Value = serde_json::from_slice(&out).unwrap();
    let run = &sarif["runs"][0];
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), 100);
    assert!(results.iter().all(|r| r["properties"]["severity"] == "critical"));
    let said =
        run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"].as_str().unwrap();
    assert!(said.starts_with("100 of "), "{said}");
}

#[test]
fn each_account_has_a_run_and_many_accounts_share_them() {
    for (accounts, at_most) in [(1, 1), (2, 2), (19, 19), (45, SARIF_MAX_RUNS)] {
        let (a, v) = estate(Plan { findings: 1_200, accounts, hostile: false });
        let sarif = sarif(&a, &v);
        let runs = sarif["runs"].as_array().unwrap();
        assert!(runs.len() <= at_most);
        let mut categories = BTreeSet::new();
        for run in runs {
            let id = run["automationDetails"]["id"].as_str().unwrap();
            assert!(id.ends_with('/') && categories.insert(id.to_owned()), "{id}");
        }
        let results: usize = runs.iter().map(|r| r["results"].as_array().unwrap().len()).sum();
        let open: usize = v
            .iter()
            .filter(|v| v.status == Status::Fail || v.status == Status::NotAssessed)
            .map(|v| v.failures.len())
            .sum();
        assert_eq!(results, open);
    }
}

#[test]
fn a_rule_that_only_the_verdicts_know_still_has_a_descriptor() {
    let (mut a, v) = estate(Plan::of(60));
    a.rules.clear();
    a.summary.rule_results = Counts::default();
    let sarif = sarif(&a, &v);
    let run = &sarif["runs"][0];
    assert!(!run["results"].as_array().unwrap().is_empty());
    assert!(
        run["tool"]["driver"]["rules"]
            .as_array()
            .unwrap()
            .iter()
            .all(|r| r["help"]["text"].is_string())
    );
}

#[test]
fn hostile_names_stay_data_in_every_exchange_format() {
    let (a, v) = hostile();
    for format in [Format::Csv, Format::Junit, Format::Ocsf, Format::Oscal, Format::Markdown] {
        let shown = text(&a, &v, format);
        let bad = |c: char| (c.is_control() && c != '\n' && c != '\r') || c == '\u{202e}';
        assert!(!shown.contains(bad), "{format:?}");
        // A spreadsheet gets ids and messages whole.
        let whole = format == Format::Csv;
        assert!(whole || !shown.contains(&"x".repeat(9_000)), "{format:?} clips");
    }
    let csv = text(&a, &v, Format::Csv);
    assert!(csv.contains("'=cmd|") && csv.lines().all(|l| l.ends_with('\r') || !l.is_empty()));
    assert!(!csv.split("\r\n").any(|l| l.split(',').any(|c| c.starts_with('='))));
    let junit = text(&a, &v, Format::Junit);
    assert!(!junit.contains("<script") && junit.contains("&lt;script&gt;"));
    let markdown = text(&a, &v, Format::Markdown);
    for raw in ["<script", "<img", "](javascript", "http://", "https://"] {
        assert!(!markdown.contains(raw), "{raw}");
    }
    assert!(markdown.len() < 1 << 20, "a job summary holds 1 MiB");
    for line in text(&a, &v, Format::Ocsf).lines() {
        let event: Value = serde_json::from_str(line).unwrap();
        let (code, id) =
            (&event["compliance"]["status_code"], event["compliance"]["status_id"].as_u64());
        let green = id == Some(1);
        assert_eq!(green, code == "pass", "{line}");
    }
    let oscal: Value = serde_json::from_str(&text(&a, &v, Format::Oscal)).unwrap();
    assert!(oscal["assessment-results"]["results"][0]["findings"].is_array());
}

#[test]
fn what_nobody_looked_at_is_green_in_no_format() {
    let (a, v) = blind();
    let oscal: Value = serde_json::from_str(&text(&a, &v, Format::Oscal)).unwrap();
    let result = &oscal["assessment-results"]["results"][0];
    assert!(result.get("findings").is_none(), "neither satisfied nor not");
    let ocsf = text(&a, &v, Format::Ocsf);
    assert!(!ocsf.contains("\"status\":\"Pass\""));
    assert!(text(&a, &v, Format::Markdown).contains("Nothing was assessed"));
    let junit = text(&a, &v, Format::Junit);
    assert!(!junit.contains("<testcase") || junit.contains("<error"));
}
