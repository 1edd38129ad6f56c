//! Payloads in every text that somebody else may have written, in every format: nothing executes,
//! nothing breaks out of its place.
//!
//! The table is payload × format. What is compared is a tame rendering of the same estate: a
//! payload may change texts, never the structure around them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests may panic"
)]

mod readers;
mod synth;

use std::collections::BTreeSet;

use assay_core::Verdict;
use assay_core::approval::{AllowedSigners, ApprovalResult, Signing};
use assay_core::counterfactual::{Change, Counterfactual};
use assay_core::tailoring::{Deselected, LeftOut, LeftOutKind, Parameter, ScopeChoice};
use assay_reports::{Assessment, Format, SummaryOptions, Which, render, write_summary};
use readers::{elements, json_lines, structure, tags};
use serde_json::Value;
use synth::{Plan, attacks, estate};

/// Keys whose texts come from audited systems, from people's files, or from rules of others.
const FREE: &[&str] = &[
    "title",
    "description",
    "limits",
    "text",
    "terraform",
    "cloudformation",
    "bicep",
    "cli",
    "message",
    "at",
    "key",
    "detail",
    "what",
    "operation",
    "reason",
    "statement",
    "owner",
    "approver",
    "link",
    "file",
    "ticket",
    "approval_accounts",
    "resource",
    "name",
    "coverage",
    "why",
    "report",
    "source",
    "reads",
    "references",
    "examples",
    "regions",
    "region",
    "calls",
    "callers",
    "parameters",
    "params",
    "tags",
    "objectives",
    "region_choice",
    "left_out_regions",
    "reapprove",
    "subject",
    "names",
    "parts",
    "pointer",
    "from",
    "to",
    "default",
    "actions",
    "resources",
    "accounts",
    "account",
    "type",
    "prowler",
    "CT",
];

/// What a payload must not be put into: the numbers of a summary, days, and what is counted.
const KEPT: &[&str] = &["started", "ended", "approved", "expires", "date", "valid_until"];

fn payloads() -> Vec<String> {
    let more = [
        "\" onmouseover=\"alert(1)",
        "' onfocus='alert(1)",
        "--><script>alert(1)</script>",
        "]]><failure/>",
        "javascript:alert(1)",
        "&lt;script&gt;alert(1)&lt;/script&gt;",
        "+1+cmd|' /C calc'!A0",
        "-2+3",
        "@SUM(A1:A9)",
        "\t=1+1",
        "\r\n# heading\r\n| a | b |",
        "</code></pre><iframe src=//evil.example>",
        "![x](https://evil.example/x.png) <https://evil.example>",
        "`<svg onload=alert(1)>`",
        "\u{feff}\u{200b}\u{2028}=1",
        "\u{e0041}\u{202e}\u{2066}x",
    ];
    attacks().into_iter().chain(more.map(str::to_owned)).collect()
}

/// Puts a payload into every free text.
fn poison(v: &mut Value, key: &str, payload: &str) {
    match v {
        // A choice among words is no text.
        Value::String(s)
            if key == "what" && ["region", "account", "service"].contains(&s.as_str()) => {}
        Value::String(s) if FREE.contains(&key) => payload.clone_into(s),
        Value::Array(all) => all.iter_mut().for_each(|x| poison(x, key, payload)),
        Value::Object(map) => {
            // The values of a map carry the map's own key, those of a struct their own.
            let map_of_texts = ["callers", "parameters", "params", "tags", "objectives"];
            for (name, x) in map.iter_mut().filter(|(k, _)| !KEPT.contains(&k.as_str())) {
                let inner = if map_of_texts.contains(&key) && x.is_string() { key } else { name };
                poison(x, inner, payload);
            }
        }
        _ => {}
    }
}

/// An estate in which every free text is the payload.
fn poisoned(payload: &str) -> (Assessment, Vec<Verdict>) {
    let (mut a, v) = estate(Plan { findings: 24, accounts: 2, hostile: false });
    a.rules[0].counterfactual = Some(Counterfactual {
        resource: "r".into(),
        document: "d".into(),
        changes: vec![Change {
            document: Some("x".into()),
            pointer: "/A".into(),
            from: Some(Value::from("a")),
            to: Some(Value::from("b")),
        }],
        message: "m".into(),
        at: "/A".into(),
        tried: 3,
    });
    approve(&mut a);
    let mut json = serde_json::to_value(&a).unwrap();
    poison(&mut json, "", payload);
    let a = serde_json::from_value(json).unwrap();
    let mut json = serde_json::to_value(&v).unwrap();
    poison(&mut json, "", payload);
    (a, serde_json::from_value(json).unwrap())
}

#[expect(clippy::ptr_arg, reason = "a slice cannot become a trait object")]
fn shown(a: &Assessment, v: &Vec<Verdict>, format: Format) -> Vec<u8> {
    let mut out = Vec::new();
    render(a, v, format, &mut out).unwrap();
    out
}

/// Puts approvals of every kind into the estate: some count, some do not.
fn approve(a: &mut Assessment) {
    let t = &mut a.tailoring;
    let approval = t.floors[0].approval.clone();
    t.allowed_signers =
        Some(AllowedSigners { file: "file".into(), sha256: String::new(), text: String::new() });
    t.approval_accounts = vec!["account".into()];
    t.scope = vec![ScopeChoice {
        framework: "soc2_2017".into(),
        parts: vec!["part".into()],
        approval: approval.clone(),
    }];
    t.left_out = vec![LeftOut {
        what: LeftOutKind::Region,
        names: vec!["name".into()],
        approval: approval.clone(),
    }];
    t.deselected = vec![Deselected {
        rule: a.rules[1].meta.id.clone(),
        by_flag: false,
        approval: Some(approval.clone()),
    }];
    t.parameters = vec![Parameter {
        rule: "AWS-IAM-010".into(),
        name: "max_age_days".into(),
        value: Value::from("value"),
        approval,
    }];
    let all = t.approvals();
    a.approvals = all
        .iter()
        .enumerate()
        .map(|(i, e)| ApprovalResult {
            kind: e.kind,
            index: e.index,
            subject: e.subject.clone(),
            approver: e.approver.map(str::to_owned),
            signing: if i % 2 == 0 { Signing::Signed } else { Signing::Invalid },
            key: Some("key".into()),
            reason: Some("reason".into()),
            counts: i % 2 == 0,
            sha256: String::new(),
        })
        .collect();
    assert!(a.approvals.len() > 6, "every kind is there");
}

fn hidden(c: char) -> bool {
    matches!(c, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

/// No character that moves a cursor, hides, or turns text around.
fn visible(text: &str, breaks: &[char]) -> Result<(), String> {
    match text.chars().find(|c| (c.is_control() && !breaks.contains(c)) || hidden(*c)) {
        Some(c) => Err(format!("{:?} is written as it is", c)),
        None => Ok(()),
    }
}

fn html(page: &str, tame: &str) -> Result<(), String> {
    visible(page, &['\n', '\t'])?;
    let (is, was) = (structure(page), structure(tame));
    if let Some(new) = is.difference(&was).next() {
        return Err(format!("{new:?} is not in a tame page"));
    }
    for (name, attributes) in tags(page) {
        for (attribute, value) in attributes {
            let follows = ["href", "src", "action", "data", "formaction"];
            let link = follows.contains(&attribute.as_str());
            let fine = value.starts_with('#') || value.starts_with("https://");
            if attribute.starts_with("on") || (link && !fine) {
                return Err(format!("<{name} {attribute}={value:?}>"));
            }
        }
    }
    for close in ["</script>", "</style>"] {
        if page.matches(close).count() != tame.matches(close).count() {
            return Err(format!("{close} comes from a text"));
        }
    }
    Ok(())
}

fn csv(bytes: &[u8], rows: usize) -> Result<(), String> {
    let text = std::str::from_utf8(bytes).unwrap();
    visible(text, &['\n', '\r'])?;
    let mut reader = csv::ReaderBuilder::new().flexible(false).from_reader(bytes);
    let mut n = 0;
    for row in reader.records() {
        let row = row.map_err(|e| e.to_string())?;
        n += 1;
        let formula = |c: &&str| c.starts_with(['=', '+', '-', '@', '\t', '\r']);
        if let Some(cell) = row.iter().find(formula) {
            return Err(format!("a cell is a formula: {cell:.40}"));
        }
    }
    if n == rows { Ok(()) } else { Err(format!("{n} rows of {rows}")) }
}

fn markdown(text: &str, tame: &str) -> Result<(), String> {
    visible(text, &['\n'])?;
    let raw = ["<script", "<img", "<iframe", "<svg", "](", "http:", "https:", "<http"];
    if let Some(found) = raw.into_iter().find(|r| text.contains(r)) {
        return Err(format!("`{found}` is markup"));
    }
    let headings = |t: &str| t.lines().filter(|l| l.starts_with('#')).count();
    let cells = |t: &str| {
        let bars = |l: &str| l.replace("\\|", "").matches('|').count();
        t.lines().filter(|l| l.starts_with('|')).map(bars).collect::<BTreeSet<_>>()
    };
    if headings(text) != headings(tame) || cells(text) != cells(tame) {
        return Err("a text makes headings or cells".to_owned());
    }
    Ok(())
}

fn sarif(bytes: &[u8]) -> Result<(), String> {
    let text = std::str::from_utf8(bytes).unwrap();
    visible(text, &['\n'])?;
    let whole: Value = serde_json::from_str(text).map_err(|e| e.to_string())?;
    for run in whole["runs"].as_array().unwrap() {
        for r in run["results"].as_array().unwrap() {
            let message = r["message"]["text"].as_str().unwrap();
            // A link of SARIF is `[text](target)`.
            let linked = message.replace("\\[", "").replace("\\]", "").contains("](");
            if linked {
                return Err(format!("a message links: {message:.60}"));
            }
            let uri = r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].as_str();
            let uri = uri.unwrap();
            let steps: Vec<&str> = uri.split('/').collect();
            let climbs = steps.iter().any(|s| matches!(*s, "" | "." | ".."));
            let starts = uri.starts_with("cloud/") || uri.starts_with("host/");
            if !uri.is_ascii() || uri.contains(['<', '"', ' ']) || climbs || !starts {
                return Err(format!("{uri:.60} is no tame path"));
            }
        }
    }
    Ok(())
}

/// Whether a rendering with a payload is as safe as one without.
fn check(format: Format, bytes: &[u8], tame: &[u8], findings: usize) -> Result<(), String> {
    let text = || String::from_utf8(bytes.to_vec()).map_err(|e| e.to_string());
    let tame_text = || String::from_utf8(tame.to_vec()).unwrap();
    match format {
        Format::Html => html(&text()?, &tame_text()),
        Format::Summary => visible(&text()?, &['\n']),
        Format::Csv => csv(bytes, findings),
        Format::Junit => {
            visible(&text()?, &['\n'])?;
            let count = |all: Vec<String>| {
                let mut all: Vec<String> = all.into_iter().filter(|e| e != "testsuite").collect();
                all.sort();
                all
            };
            let (is, was) = (count(elements(&text()?)?), count(elements(&tame_text())?));
            if is == was { Ok(()) } else { Err("elements differ".to_owned()) }
        }
        Format::Markdown => markdown(&text()?, &tame_text()),
        Format::Ocsf => visible(&text()?, &['\n']).and_then(|()| {
            let n = json_lines(bytes)?.len();
            let was = json_lines(tame)?.len();
            if n == was { Ok(()) } else { Err(format!("{n} events of {was}")) }
        }),
        Format::Oscal => {
            visible(&text()?, &['\n'])?;
            serde_json::from_slice::<Value>(bytes).map(drop).map_err(|e| e.to_string())
        }
        Format::Sarif => sarif(bytes),
        // Data for programs: every text as it is, and every line whole.
        Format::Findings => match json_lines(bytes)?.len() {
            n if n == findings => Ok(()),
            n => Err(format!("{n} lines of {findings}")),
        },
        Format::Assessment => {
            let raw = text()?;
            if let Some(c) = raw.chars().find(|c| c.is_ascii_control() && *c != '\n') {
                return Err(format!("{c:?} is raw in JSON"));
            }
            serde_json::from_str::<Assessment>(&raw).map(drop).map_err(|e| e.to_string())
        }
        Format::Verdicts => {
            let plain = zstd::decode_all(bytes).map_err(|e| e.to_string())?;
            json_lines(&plain).map(drop)
        }
    }
}

#[test]
fn no_payload_leaves_its_place_in_any_format() {
    let (tame, tame_verdicts) = poisoned("tame");
    let notable = |v: &[Verdict]| {
        let of = v.iter().filter(|v| Which::Notable.takes(v.status));
        of.map(|v| v.findings().len()).sum::<usize>()
    };
    let before = Format::ALL.map(|f| shown(&tame, &tame_verdicts, f));
    let mut broken = Vec::new();
    for payload in payloads() {
        let (a, v) = poisoned(&payload);
        for (format, before) in Format::ALL.into_iter().zip(&before) {
            let after = shown(&a, &v, format);
            if let Err(why) = check(format, &after, before, notable(&v)) {
                broken.push(format!("{format:?}, {payload:.40?}: {why}"));
            }
        }
    }
    assert!(broken.is_empty(), "{} of them:\n{}", broken.len(), broken.join("\n"));
}

#[test]
fn the_payload_is_in_what_people_declare_too() {
    let (a, _) = poisoned("payload-here");
    let json = serde_json::to_value(&a.tailoring).unwrap().to_string();
    for place in ["waivers", "attestations", "floors", "excluded", "params"] {
        assert!(json.contains(place), "{place} is in the estate");
    }
    assert!(json.matches("payload-here").count() > 10, "{json}");
    let page = String::from_utf8(shown(&a, &Vec::new(), Format::Html)).unwrap();
    assert!(page.matches("payload-here").count() > 500, "the page shows what is poisoned");
}

#[test]
fn ten_thousand_letters_are_cut_where_people_read() {
    let long = "x".repeat(10_000);
    let (a, v) = poisoned(&long);
    let run = "x".repeat(4_100);
    for format in [Format::Summary, Format::Markdown, Format::Junit, Format::Ocsf] {
        let text = String::from_utf8(shown(&a, &v, format)).unwrap();
        assert!(!text.contains(&run), "{format:?}");
    }
    let mut out = Vec::new();
    let options = SummaryOptions { width: 80, ..SummaryOptions::default() };
    write_summary(&a, &options, &mut out).unwrap();
    assert!(String::from_utf8(out).unwrap().lines().all(|l| l.chars().count() < 120));
}

/// The checks are not blind: each of them refuses what it is there for.
#[test]
fn the_checks_see_what_they_look_for() {
    let tame = "<p class=\"a\">x</p><a href=\"#x\">y</a>";
    assert!(html(tame, tame).is_ok());
    for bad in [
        "<p class=\"a\">x</p><script>alert(1)</script>",
        "<p class=\"a\" onclick=\"x\">x</p>",
        "<a href=\"javascript:alert(1)\">y</a>",
        "<p class=\"a\">\u{202e}x</p>",
        "<p class=\"a\">\u{1b}[2Jx</p>",
    ] {
        assert!(html(bad, tame).is_err(), "{bad}");
    }
    assert!(csv(b"a,b\r\n'=1,2\r\n", 1).is_ok());
    assert!(csv(b"a,b\r\n=1,2\r\n", 1).is_err());
    assert!(csv(b"a,b\r\n1,2\r\n", 2).is_err());
    assert!(markdown("| a |\n", "| b |\n").is_ok());
    for bad in ["| [a](b) |\n", "| a | b |\n", "# a\n| a |\n", "| <img src=x> |\n"] {
        assert!(markdown(bad, "| b |\n").is_err(), "{bad}");
    }
    assert!(elements("<a><b/></a>").is_ok());
    assert!(elements("<a><b></a>").is_err());
    assert!(json_lines(b"{\"a\":\"\\u001b\"}\n").is_ok());
    assert!(json_lines(b"{\"a\":\"\x1b\"}\n").is_err());
}
