//! Names from audited systems are shown in every output of a ledger, and executed in none.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub,
    reason = "tests may panic"
)]

#[allow(dead_code, reason = "every test uses a part of it")]
mod common;

use assay_core::tailoring::Waiver;
use assay_ledger::Period;
use assay_ledger::period::Ask;
use assay_ledger::render::{
    Table, write_csv, write_findings, write_html, write_markdown, write_text,
};
use common::{Estate, at, judge, library, new};

const NAMES: [&str; 9] = [
    "<script>alert(1)</script>",
    "=cmd|' /C calc'!A0",
    "@SUM(1+1)",
    "\u{1b}[31mred\u{1b}]0;title\u{7}",
    "\u{9b}2Jc1",
    "left\u{202e}tfel",
    "[x](javascript:alert(1))",
    "| a | b |\n\n# heading",
    "</style><img src=x onerror=alert(1)>",
];

const TABLES: [Table; 6] =
    [Table::Controls, Table::Runs, Table::Rates, Table::Failures, Table::Exceptions, Table::Sample];

#[test]
fn nothing_hostile_is_executed() {
    let (_dir, mut ledger) = new();
    let mut estate = Estate::default();
    for name in NAMES {
        estate.bucket(name, false);
    }
    estate.bucket(&"long".repeat(2500), false);
    let waivers: Vec<Waiver> = NAMES
        .iter()
        .map(|name| Waiver {
            rule: "AWS-S3-009".into(),
            resource: format!("arn:aws:s3:::{name}"),
            key: None,
            tags: std::collections::BTreeMap::new(),
            reason: (*name).into(),
            owner: (*name).into(),
            approver: "lee".into(),
            approved: "2026-10-25".parse().unwrap(),
            expires: "2027-01-01".parse().unwrap(),
            ticket: Some((*name).into()),
            signature: None,
        })
        .collect();
    for (day, waivers) in [(1, &[] as &[Waiver]), (2, &waivers)] {
        let started = at(&format!("2026-11-0{day}T02:00:00Z"));
        judge(&library(&[]), &estate, started, waivers, None).add(&mut ledger, started).unwrap();
    }
    let ask = Ask { sample: Some((99, "=seed".into())), ..Ask::default() };
    let p = Period::read(&ledger, &ask, at("2026-11-03T00:00:00Z")).unwrap();
    assert_eq!((p.failures.len(), p.exceptions.len()), (10, 9));
    let made = |write: &dyn Fn(&mut Vec<u8>)| {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8(out).unwrap()
    };
    let obeyed = |text: &str| {
        text.chars().any(|c| (c.is_control() && !"\r\n".contains(c)) || c == '\u{202e}')
    };

    let text = made(&|out| write_text(&p, 100, out).unwrap());
    assert!(!obeyed(&text) && text.contains("\\u{1b}[31mred"), "{text}");

    let page = made(&|out| write_markdown(&p, out).unwrap());
    assert!(!obeyed(&page), "{page}");
    for bad in ["<script", "</style", "<img", "](javascript:", "javascript:", "\n# heading"] {
        assert!(!page.contains(bad), "{bad} in {page}");
    }
    assert!(page.contains("&lt;script&gt;"));
    assert!(page.contains(&"long".repeat(2500)), "an auditor sees whole names");

    let page = made(&|out| write_html(&p, out).unwrap());
    assert!(!obeyed(&page), "{page}");
    for bad in ["<script", "<img", "</style><", "href=\"javascript:"] {
        assert!(!page.contains(bad), "{bad} in {page}");
    }
    assert!(page.contains("&#60;script&#62;") && page.contains(&"long".repeat(2500)));

    let mut tables: Vec<String> =
        TABLES.iter().map(|t| made(&|out| write_csv(&p, *t, out).unwrap())).collect();
    tables.push(made(&|out| write_findings(&ledger, out).unwrap()));
    for table in &tables {
        assert!(!obeyed(table), "{table}");
        let mut rows = csv::ReaderBuilder::new().from_reader(table.as_bytes());
        let mut n = 0;
        for row in rows.records() {
            n += 1;
            for cell in &row.unwrap() {
                assert!(!cell.starts_with(['=', '@', '+', '|']), "{cell}");
            }
        }
        assert!(n > 0, "{table}");
    }
    // One row for each, read back by another parser.
    let rows = |t: usize| csv::Reader::from_reader(tables[t].as_bytes()).records().count();
    assert_eq!((rows(3), rows(4), rows(5), rows(6)), (10, 9, 10, 20));

    // JSON is data: what is read back is what was written.
    let json = serde_json::to_string(&p).unwrap();
    assert!(!json.contains('\u{1b}'));
    let back: serde_json::Value = serde_json::from_str(&json).unwrap();
    let names: Vec<&str> = back["failures"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| f["resource"].as_str().unwrap())
        .collect();
    for name in NAMES {
        assert!(names.contains(&format!("arn:aws:s3:::{name}").as_str()), "{name}");
    }
}
