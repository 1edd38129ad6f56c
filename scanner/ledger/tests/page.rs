//! The page of a period: what nobody looked at is never green in it, and it asks nobody for anything.

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

use assay_ledger::Period;
use assay_ledger::entry::Declared;
use assay_ledger::period::{Ask, Cell, NightState};
use assay_ledger::render::write_html;
use common::{at, judge, library, new, small};
use serde_json::json;

/// Nights with all that there can be: good ones, some without a run, one that failed, one of which
/// nobody could look at the buckets, one whose rows were removed, and one that is due.
fn made() -> (tempfile::TempDir, Period) {
    let (dir, mut ledger) = new();
    let declared = Declared { schedule: Some("daily 02:00".parse().unwrap()), retention: Some(30) };
    ledger.declare(&declared, at("2026-10-27T12:00:00Z")).unwrap();
    let mut good = small();
    good.documents.retain(|d| d.name != "sg-1" && d.kind == "AWS::S3::Bucket" && d.name == "web");
    good.group("sg-1", json!([]));
    for day in ["10-28", "10-29", "10-31", "11-01", "11-03", "11-04", "11-06"] {
        let started = at(&format!("2026-{day}T02:00:00Z"));
        let estate = match day {
            "11-03" => small(),
            "11-04" => good.clone().denied(),
            _ => good.clone(),
        };
        let judged = judge(&library(&[]), &estate, started, &[], Some(&ledger));
        judged.add(&mut ledger, started + jiff::Span::new().minutes(7)).unwrap();
    }
    ledger.prune(at("2026-11-28T12:00:00Z"), false).unwrap();
    let ask = Ask { to: Some("2026-11-09".parse().unwrap()), ..Ask::default() };
    let mut p = Period::read(&ledger, &ask, at("2026-11-09T12:00:00Z")).unwrap();
    // Two rules prove no control alone: as if people had attested what is manual in SOC 2.
    let soc2 = p.frameworks.iter_mut().find(|f| f.id == "soc2_2017").unwrap();
    let cells = soc2.controls.iter_mut().flat_map(|c| &mut c.cells);
    cells.filter(|c| **c == Cell::Manual).for_each(|c| *c = Cell::Pass);
    (dir, p)
}

/// The cells of each row of the grids, with their class: of one framework after the other.
fn cells(page: &str) -> Vec<Vec<(String, String)>> {
    let mut out = Vec::new();
    for grid in page.split("<table class=\"grid\">").skip(1) {
        let grid = grid.split("</table>").next().unwrap();
        for row in grid.split("<tbody>").nth(1).unwrap().split("</tr>") {
            let cells = row.split("<td class=\"").skip(1).map(|td| {
                let (class, rest) = td.split_once("\">").unwrap();
                (class.to_owned(), rest.split("</td>").next().unwrap().to_owned())
            });
            let cells: Vec<_> = cells.collect();
            if !cells.is_empty() {
                out.push(cells);
            }
        }
    }
    out
}

#[test]
fn what_nobody_looked_at_is_never_green() {
    let (_dir, p) = made();
    assert_eq!(p.count(NightState::Missing), 5, "30 October; 2, 5, 7 and 8 November");
    let mut page = Vec::new();
    write_html(&p, &mut page).unwrap();
    let page = String::from_utf8(page).unwrap();
    let rows = cells(&page);
    let mut at_row = 0;
    let (mut green, mut missing) = (0, 0);
    for f in &p.frameworks {
        let shown: Vec<_> = f
            .controls
            .iter()
            .filter(|c| {
                let said = c.cells.iter().filter(|c| {
                    !matches!(c, Cell::Missing | Cell::Removed | Cell::Due | Cell::None)
                });
                let said: Vec<_> = said.collect();
                said.is_empty() || said.iter().any(|c| **c != Cell::Manual)
            })
            .collect();
        // One grid a month: October, November.
        let mut from = 0;
        for days in [p.days.iter().filter(|d| d.month() == 10).count(), 9] {
            for c in &shown {
                let found = &rows[at_row];
                at_row += 1;
                assert_eq!(found.len(), days, "{}", c.id);
                for (n, (class, letter)) in found.iter().enumerate() {
                    let cell = c.cells[from + n];
                    assert_eq!(*letter, cell.letter().to_string(), "{}", c.id);
                    assert_eq!(class == "pass", cell == Cell::Pass, "{} {cell:?}", c.id);
                    green += u64::from(class == "pass");
                    let night = p.nights.iter().find(|x| x.day == p.days[from + n]);
                    if night.is_some_and(|x| x.state == NightState::Missing) {
                        assert_eq!((class.as_str(), letter.as_str()), ("missing", "?"), "{}", c.id);
                        missing += 1;
                    }
                }
            }
            from += days;
        }
    }
    assert_eq!(at_row, rows.len(), "no grid is left");
    assert!(green > 0 && missing > 0, "{green} {missing}");
    assert!(page.contains("5 runs that were due are missing"));
    assert!(page.contains("<tr class=\"gap\">"));
}

#[test]
fn the_page_asks_nobody_for_anything() {
    let (_dir, p) = made();
    let mut page = Vec::new();
    write_html(&p, &mut page).unwrap();
    let page = String::from_utf8(page).unwrap();
    for bad in ["http:", "https:", "<script", "<link", "<img", "url(http", " style=", "@import"] {
        assert!(!page.contains(bad), "{bad}");
    }
    let style = page.split("<style>").nth(1).unwrap().split("</style>").next().unwrap();
    let hash = assay_reports::csp_hash(style);
    assert!(
        page.contains(&format!("style-src &#39;sha256-{hash}&#39;"))
            || page.contains(&format!("style-src 'sha256-{hash}'"))
    );
    assert!(page.contains("default-src 'none'"));
    // The same input gives the same bytes.
    let mut again = Vec::new();
    write_html(&p, &mut again).unwrap();
    assert_eq!(page.as_bytes(), again);
}
