//! Port ranges with one answer: a sweep over the ports where an answer may change.

use std::collections::BTreeSet;

use ipnet::IpNet;
use serde_json::{Value, json};

use super::object;
use super::set::AddressSet;

/// Whom something admits, and the pointer to what admits it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Admitted {
    /// The sources.
    pub(crate) set: AddressSet,
    /// Where to look.
    pub(crate) at: String,
}

/// A run of ports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Span {
    /// The first port.
    pub(crate) from: u16,
    /// The last port.
    pub(crate) to: u16,
    /// Who gets in.
    pub(crate) admitted: Admitted,
}

/// Asks once between any two places where the answer may change.
pub(crate) fn sweep(
    ranges: impl IntoIterator<Item = (u16, u16)>,
    mut ask: impl FnMut(u16) -> Admitted,
) -> Vec<Span> {
    let mut starts = BTreeSet::from([0_u16]);
    for (from, to) in ranges {
        starts.insert(from);
        starts.extend(to.checked_add(1));
    }
    let starts: Vec<u16> = starts.into_iter().collect();
    let ends = starts.iter().skip(1).map(|s| s - 1).chain([u16::MAX]);
    starts.iter().zip(ends).map(|(&from, to)| Span { from, to, admitted: ask(from) }).collect()
}

/// A line of `open` or `ranges`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Line {
    /// The protocol.
    pub(crate) protocol: String,
    /// The first port, or -1.
    pub(crate) from: i32,
    /// The last port, or -1.
    pub(crate) to: i32,
    /// The family.
    pub(crate) family: &'static str,
    /// The source.
    pub(crate) cidr: String,
    /// Length of its prefix.
    pub(crate) prefix: u8,
    /// Where to look.
    pub(crate) at: String,
}

impl Line {
    /// As JSON.
    pub(crate) fn json(&self, with_prefix: bool) -> Value {
        let mut out = object([
            ("protocol", json!(self.protocol)),
            ("from", json!(self.from)),
            ("to", json!(self.to)),
            ("family", json!(self.family)),
            ("cidr", json!(self.cidr)),
            ("at", json!(self.at)),
        ]);
        if let (true, Value::Object(map)) = (with_prefix, &mut out) {
            map.insert("prefix".to_owned(), json!(self.prefix));
        }
        out
    }
}

/// What the spans admit: the internet, and smaller public ranges. Neighbouring ports with the same
/// source are one line.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    /// The whole internet.
    pub(crate) open: Vec<Line>,
    /// Smaller public ranges.
    pub(crate) ranges: Vec<Line>,
}

impl Lines {
    /// Adds the spans of a protocol; `ports` is false where they have no meaning.
    pub(crate) fn add(&mut self, protocol: &str, ports: bool, spans: &[Span]) {
        for span in spans {
            let set = &span.admitted.set;
            let (from, to) = if ports { (span.from.into(), span.to.into()) } else { (-1, -1) };
            let line = |cidr: String, prefix| Line {
                protocol: protocol.to_owned(),
                from,
                to,
                family: set.family().as_str(),
                cidr,
                prefix,
                at: span.admitted.at.clone(),
            };
            if set.is_internet() {
                push(&mut self.open, line(set.label(), 0));
            } else {
                let public = set.and(AddressSet::public(set.family()));
                for block in public.blocks() {
                    push(&mut self.ranges, line(block.to_string(), IpNet::prefix_len(&block)));
                }
            }
        }
    }
}

/// Adds a line, or lengthens the one that ends just before it.
fn push(lines: &mut Vec<Line>, new: Line) {
    let before = lines.iter_mut().find(|l| {
        l.protocol == new.protocol && l.cidr == new.cidr && new.from > 0 && l.to == new.from - 1
    });
    match before {
        Some(line) => line.to = new.to,
        None => lines.push(new),
    }
}
