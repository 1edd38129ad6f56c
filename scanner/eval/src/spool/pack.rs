//! Verdicts as bytes: what all verdicts of a segment or a document share is written once.
//!
//! A pack is a list of records, each behind a byte that says which it is: a segment (type,
//! provider, account, region) or a document with its verdicts. Numbers are seven bits a byte, the
//! low ones first; texts have their length in front.

use std::collections::BTreeMap;

use assay_core::manifest::SegmentInfo;
use assay_core::verdict::{Cause, Evidence, Failure, Place};
use assay_core::{Status, Verdict};

use crate::document::Judgement;
use crate::evaluate::Each;
use crate::set::RuleSet;

const SEGMENT: u8 = 0;
const DOCUMENT: u8 = 1;

/// Verdicts being packed.
#[derive(Default)]
pub(crate) struct Pack {
    bytes: Vec<u8>,
    /// The path of the segment that the next document belongs to, unless another is named.
    segment: String,
}

impl Pack {
    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Adds what was said of a document.
    pub(crate) fn put(&mut self, set: &RuleSet, info: &SegmentInfo, judged: &Judgement) {
        if self.segment != info.path {
            self.segment.clone_from(&info.path);
            self.bytes.push(SEGMENT);
            for text in [&info.kind, &info.provider, &info.account, &info.region] {
                self.text(text);
            }
        }
        let Some(first) = judged.verdicts.first() else { return };
        self.bytes.push(DOCUMENT);
        for text in [&first.resource, &first.name, &first.evidence.document] {
            self.text(text);
        }
        match &judged.tags {
            None => self.number(0),
            Some(tags) => {
                self.number(tags.len() as u64 + 1);
                for text in tags.iter().flat_map(|(key, value)| [key, value]) {
                    self.text(text);
                }
            }
        }
        self.number(judged.verdicts.len() as u64);
        let mut before: &[String] = &[];
        for verdict in &judged.verdicts {
            self.verdict(set, verdict);
            before = self.calls(&verdict.evidence.calls, before);
        }
    }

    fn verdict(&mut self, set: &RuleSet, v: &Verdict) {
        // A verdict is of a rule of the set.
        let rule = set.rules.binary_search_by(|r| r.meta.id.as_str().cmp(&v.rule));
        self.number(rule.unwrap_or(set.rules.len()) as u64);
        let status = Status::ALL.iter().position(|s| *s == v.status);
        self.number(status.unwrap_or(Status::ALL.len()) as u64);
        self.number(v.failures.len() as u64);
        for f in &v.failures {
            // Waivers come later.
            for text in [&f.key, &f.message, &f.at, &f.fingerprint] {
                self.text(text);
            }
            self.text(f.place.as_ref().map_or("", |p| &p.file));
            self.number(f.place.as_ref().and_then(|p| p.line).unwrap_or(0).into());
        }
        // The few kinds of causes are named as their format names them.
        let cause = v.cause.as_ref().and_then(|c| serde_json::to_string(c).ok());
        self.text(cause.as_deref().unwrap_or(""));
        self.text(&v.reason);
    }

    /// Calls, unless they are those of the verdict before.
    fn calls<'c>(&mut self, calls: &'c [String], before: &[String]) -> &'c [String] {
        if calls == before {
            self.number(0);
        } else {
            self.number(calls.len() as u64 + 1);
            for call in calls {
                self.text(call);
            }
        }
        calls
    }

    fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.bytes.extend_from_slice(text.as_bytes());
    }

    fn number(&mut self, mut n: u64) {
        while n >= 0x80 {
            self.bytes.push((n & 0x7f) as u8 | 0x80);
            n >>= 7;
        }
        self.bytes.push(n as u8);
    }
}

/// Hands out the verdicts of a pack; `None` where the bytes are none.
pub(super) fn unpack(set: &RuleSet, bytes: &[u8], each: &mut Each<'_>) -> Option<()> {
    let mut from = Bytes(bytes);
    let mut segment = [const { String::new() }; 4];
    while !from.0.is_empty() {
        if from.byte()? == SEGMENT {
            for text in &mut segment {
                from.text()?.clone_into(text);
            }
            continue;
        }
        let (resource, name, document) = (from.text()?, from.text()?, from.text()?);
        let tags = match from.number()? {
            0 => None,
            n => {
                let mut tags = BTreeMap::new();
                for _ in 1..n {
                    tags.insert(from.text()?.to_owned(), from.text()?.to_owned());
                }
                Some(tags)
            }
        };
        let mut calls = Vec::new();
        for _ in 0..from.number()? {
            let rule = &set.rules.get(from.place()?)?.meta;
            let [kind, provider, account, region] = segment.clone();
            let mut verdict = Verdict {
                rule: rule.id.clone(),
                severity: rule.severity,
                status: *Status::ALL.get(from.place()?)?,
                resource: resource.to_owned(),
                kind,
                provider,
                account,
                region,
                name: name.to_owned(),
                failures: from.failures()?,
                cause: from.cause()?,
                reason: from.text()?.to_owned(),
                evidence: Evidence { document: document.to_owned(), calls: Vec::new() },
            };
            if let Some(others) = from.calls()? {
                calls = others;
            }
            verdict.evidence.calls.extend_from_slice(&calls);
            each(verdict, tags.as_ref());
        }
    }
    Some(())
}

/// What is left to read.
struct Bytes<'b>(&'b [u8]);

impl<'b> Bytes<'b> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn number(&mut self) -> Option<u64> {
        let (mut n, mut shift) = (0, 0);
        loop {
            let byte = self.byte()?;
            n |= u64::from(byte & 0x7f).checked_shl(shift)?;
            if byte < 0x80 {
                return Some(n);
            }
            shift += 7;
        }
    }

    fn place(&mut self) -> Option<usize> {
        self.number().and_then(|n| usize::try_from(n).ok())
    }

    fn text(&mut self) -> Option<&'b str> {
        let length = self.place()?;
        let (text, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        std::str::from_utf8(text).ok()
    }

    /// Calls; `None` within where they are those before.
    fn calls(&mut self) -> Option<Option<Vec<String>>> {
        match self.number()? {
            0 => Some(None),
            n => {
                let all = (1..n).map(|_| self.text().map(ToOwned::to_owned)).collect();
                Option::<Vec<String>>::map(all, Some)
            }
        }
    }

    fn failures(&mut self) -> Option<Vec<Failure>> {
        (0..self.number()?)
            .map(|_| {
                let mut text = || self.text().map(ToOwned::to_owned);
                let (key, message, at, fingerprint) = (text()?, text()?, text()?, text()?);
                let file = text()?;
                let line = u32::try_from(self.number()?).ok().filter(|l| *l > 0);
                let place = (!file.is_empty()).then_some(Place { file, line });
                Some(Failure { key, message, at, fingerprint, waiver: None, place })
            })
            .collect()
    }

    fn cause(&mut self) -> Option<Option<Cause>> {
        match self.text()? {
            "" => Some(None),
            text => serde_json::from_str(text).ok().map(Some),
        }
    }
}
