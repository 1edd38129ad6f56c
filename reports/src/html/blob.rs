//! The findings as columns, gzip and base64, written as a stream.
//!
//! The first line of the JSON lines inside is the head (rules and statuses); each other line is a
//! chunk: an array for each column, texts that repeat as indexes into the chunk's words.

use std::collections::{BTreeMap, HashMap};
use std::io::Write;

use assay_core::assessment::Assessment;
use assay_core::{Status, Verdict};
use base64::engine::general_purpose::STANDARD;
use base64::write::EncoderWriter;
use flate2::{Compression, GzBuilder};
use serde::Serialize;
use serde_json::json;

use super::scan::{Scan, each_finding};
use super::view::{card_anchor, service};
use crate::error::RenderError;
use crate::select::Rank;
use crate::source::VerdictSource;
use crate::text::clip;
use crate::words;

/// Rows in a chunk.
const CHUNK: usize = 2_000;
/// Longest text of a cell, in characters.
const MAX_TEXT: usize = 2_000;

#[derive(Default, Serialize)]
struct Chunk {
    words: Vec<String>,
    rule: Vec<usize>,
    status: Vec<usize>,
    account: Vec<usize>,
    region: Vec<usize>,
    #[serde(rename = "type")]
    kind: Vec<usize>,
    key: Vec<usize>,
    at: Vec<usize>,
    message: Vec<usize>,
    name: Vec<String>,
    id: Vec<String>,
    print: Vec<String>,
    document: Vec<String>,
    calls: Vec<String>,
    #[serde(skip)]
    index: HashMap<String, usize>,
}

impl Chunk {
    fn word(&mut self, text: &str) -> usize {
        if let Some(i) = self.index.get(text) {
            return *i;
        }
        let i = self.words.len();
        self.words.push(clip(text, MAX_TEXT).into_owned());
        self.index.insert(text.to_owned(), i);
        i
    }
}

/// Writes the blob.
pub(super) fn write(
    a: &Assessment,
    verdicts: &dyn VerdictSource,
    scan: &Scan,
    out: &mut dyn Write,
) -> Result<(), RenderError> {
    // No time and no file name in the header: the same findings give the same bytes.
    let mut gzip =
        GzBuilder::new().mtime(0).write(EncoderWriter::new(out, &STANDARD), Compression::new(6));
    let (head, rules) = head(a, scan);
    // One large write: the compressor is slow with many small ones.
    let mut line = serde_json::to_vec(&head)?;
    line.push(b'\n');
    gzip.write_all(&line)?;
    let mut chunk = Chunk::default();
    for verdict in verdicts.open()? {
        let v = verdict?;
        let Some(rule) = rules.get(&v.rule).copied() else { continue };
        each_finding(&v, &mut |status, key, fingerprint, at, message| {
            if !scan.findings.keeps(&Rank::new(&v, status, fingerprint)) {
                return Ok(());
            }
            row(&mut chunk, &v, rule, status, key, at, message);
            chunk.print.push(fingerprint.to_owned());
            if chunk.rule.len() == CHUNK {
                flush(&mut chunk, &mut gzip)?;
            }
            Ok(())
        })?;
    }
    if !chunk.rule.is_empty() {
        flush(&mut chunk, &mut gzip)?;
    }
    gzip.finish()?.finish()?;
    Ok(())
}

fn flush(chunk: &mut Chunk, out: &mut dyn Write) -> Result<(), RenderError> {
    let mut line = serde_json::to_vec(&chunk)?;
    line.push(b'\n');
    out.write_all(&line)?;
    *chunk = Chunk::default();
    Ok(())
}

fn row(
    c: &mut Chunk,
    v: &Verdict,
    rule: usize,
    status: Status,
    key: &str,
    at: &str,
    message: &str,
) {
    c.rule.push(rule);
    c.status.push(Status::ALL.iter().position(|s| *s == status).unwrap_or(0));
    let word = c.word(&v.account);
    c.account.push(word);
    let word = c.word(&v.region);
    c.region.push(word);
    let word = c.word(&v.kind);
    c.kind.push(word);
    let word = c.word(key);
    c.key.push(word);
    let word = c.word(at);
    c.at.push(word);
    let word = c.word(message);
    c.message.push(word);
    c.name.push(clip(&v.name, MAX_TEXT).into_owned());
    c.id.push(clip(&v.resource, MAX_TEXT).into_owned());
    c.document.push(v.evidence.document.clone());
    c.calls.push(clip(&v.evidence.calls.join("  "), MAX_TEXT).into_owned());
}

/// The head, and the index of each rule in it. Rules that only the verdicts know come last.
fn head(a: &Assessment, scan: &Scan) -> (serde_json::Value, BTreeMap<String, usize>) {
    let mut index = BTreeMap::new();
    let mut rules = Vec::new();
    for r in &a.rules {
        index.insert(r.meta.id.clone(), rules.len());
        rules.push(json!({
            "id": r.meta.id, "title": r.meta.title, "severity": r.meta.severity,
            "service": service(&r.meta.package), "anchor": card_anchor(&r.meta.id),
        }));
    }
    for (id, severity) in &scan.rules {
        if !index.contains_key(id) {
            index.insert(id.clone(), rules.len());
            rules.push(json!({
                "id": id, "title": "", "severity": severity, "service": "other", "anchor": "rules",
            }));
        }
    }
    // The order in which a reader wants them: open failures, then what nobody saw, then the rest.
    let statuses: Vec<_> = Status::ALL
        .into_iter()
        .enumerate()
        .map(
            |(i, s)| json!({"name": words::status(s), "class": words::status_class(s), "order": i}),
        )
        .collect();
    (json!({"rules": rules, "statuses": statuses}), index)
}
