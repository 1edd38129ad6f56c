//! XML in pieces: tags and texts of metadata of any size, one after another.
//!
//! No entities but the five of XML and numbers are known, and no document type is: nothing that is
//! read here grows while it is read.

/// Longest tag, in bytes.
const MAX_TAG: usize = 256 << 10;

/// What comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Event<'a> {
    /// A tag that opens an element: its name, and its attributes as they are written.
    Open(&'a str, &'a str),
    /// A tag that closes one, or the end of one that was open and closed at once.
    Close(&'a str),
    /// Text, as it is written; a text may come in several pieces.
    Text(&'a str),
}

/// Cuts what comes in pieces.
#[derive(Debug, Default)]
pub(super) struct Xml {
    kept: Vec<u8>,
    damaged: bool,
}

impl Xml {
    /// Takes a piece.
    pub(super) fn feed(&mut self, piece: &[u8], take: &mut dyn FnMut(Event<'_>)) {
        if self.damaged {
            return;
        }
        let mut kept = std::mem::take(&mut self.kept);
        kept.extend(piece);
        let mut rest = kept.as_slice();
        loop {
            let at = rest.iter().position(|b| *b == b'<').unwrap_or(rest.len());
            let (before, tag) = rest.split_at(at);
            if !before.is_empty() {
                // A letter that is cut in two spoils a text, never a name or a version.
                take(Event::Text(&String::from_utf8_lossy(before)));
            }
            rest = tag;
            if rest.is_empty() {
                break;
            }
            let Some(length) = length(rest) else {
                self.damaged = rest.len() > MAX_TAG;
                break;
            };
            let (tag, after) = rest.split_at(length);
            self.damaged = !event(tag, take);
            rest = after;
            if self.damaged {
                return;
            }
        }
        self.kept = rest.to_vec();
    }

    /// Whether what came was XML as far as it was looked at, and ended where a tag does.
    pub(super) fn sound(&self) -> bool {
        !self.damaged && self.kept.is_empty()
    }
}

/// The length of a tag, a comment and so on. `None`: its end has not come yet.
fn length(rest: &[u8]) -> Option<usize> {
    let until =
        |end: &[u8]| rest.windows(end.len()).position(|w| w == end).map(|at| at + end.len());
    if rest.len() < 9 && rest.starts_with(b"<!") {
        return None;
    }
    if rest.starts_with(b"<!--") {
        return until(b"-->");
    }
    if rest.starts_with(b"<![CDATA[") {
        return until(b"]]>");
    }
    if rest.starts_with(b"<?") {
        return until(b"?>");
    }
    let mut quote = None;
    let end = rest.iter().position(|b| match (quote, *b) {
        (None, b'>') => true,
        (None, b'"' | b'\'') => {
            quote = Some(*b);
            false
        }
        (Some(q), b) => {
            if q == b {
                quote = None;
            }
            false
        }
        _ => false,
    });
    end.map(|at| at + 1)
}

/// Hands on what a tag says. `false`: it is none, or one that is not read.
fn event(tag: &[u8], take: &mut dyn FnMut(Event<'_>)) -> bool {
    let text = String::from_utf8_lossy(tag);
    if text.starts_with("<!--") || text.starts_with("<?") {
        return true;
    }
    if let Some(plain) = text.strip_prefix("<![CDATA[").and_then(|t| t.strip_suffix("]]>")) {
        take(Event::Text(plain));
        return true;
    }
    let Some(inner) = text.strip_prefix('<').and_then(|t| t.strip_suffix('>')) else {
        return false;
    };
    if inner.starts_with('!') || inner.is_empty() {
        return false;
    }
    if let Some(name) = inner.strip_prefix('/') {
        take(Event::Close(local(name.trim_end())));
        return true;
    }
    let (inner, closed) = inner.strip_suffix('/').map_or((inner, false), |i| (i, true));
    let (name, attributes) = inner.split_at(inner.find(char::is_whitespace).unwrap_or(inner.len()));
    take(Event::Open(local(name), attributes));
    if closed {
        take(Event::Close(local(name)));
    }
    true
}

/// A name without its prefix.
fn local(name: &str) -> &str {
    name.rsplit_once(':').map_or(name, |(_, n)| n)
}

/// The value of an attribute.
pub(super) fn attribute(attributes: &str, name: &str) -> Option<String> {
    let mut rest = attributes;
    loop {
        let (key, after) = rest.split_once('=')?;
        let after = after.trim_start();
        let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let (value, more) = after.get(1..)?.split_once(quote)?;
        if local(key.trim()) == name {
            return Some(plain(value));
        }
        rest = more;
    }
}

/// A text with its entities put in.
pub(super) fn plain(text: &str) -> String {
    let Some((first, mut rest)) = text.split_once('&') else { return text.to_owned() };
    let mut out = first.to_owned();
    loop {
        let end = rest.find(';').filter(|at| *at <= 10);
        let name = end.and_then(|at| rest.get(..at)).unwrap_or("");
        let number = name.strip_prefix('#').and_then(|n| match n.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok(),
            None => n.parse().ok(),
        });
        let letter = match name {
            "amp" => Some('&'),
            "lt" => Some('<'),
            "gt" => Some('>'),
            "quot" => Some('"'),
            "apos" => Some('\''),
            _ => number.and_then(char::from_u32),
        };
        match letter {
            Some(letter) => {
                out.push(letter);
                rest = rest.get(name.len() + 1..).unwrap_or("");
            }
            None => out.push('&'),
        }
        let Some((before, after)) = rest.split_once('&') else { break };
        out.push_str(before);
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn events(text: &[u8], cut: usize) -> (String, bool) {
        let (mut out, mut xml) = (String::new(), Xml::default());
        let mut take = |event: Event<'_>| match event {
            Event::Open(name, attributes) => out.push_str(&format!("({name}{attributes}")),
            Event::Close(name) => out.push_str(&format!("){name}")),
            Event::Text(text) => out.push_str(&plain(text)),
        };
        xml.feed(&text[..cut], &mut take);
        xml.feed(&text[cut..], &mut take);
        let sound = xml.sound();
        (out, sound)
    }

    #[test]
    fn cut_anywhere_it_says_the_same() {
        let text = b"<?xml?><a:b x='1>2' y=\"3\"><!-- <no> -->t&#x41;<c/><![CDATA[<d>]]></a:b>";
        for cut in 0..text.len() {
            // A piece may end within an entity: its letters then come as they are written.
            if (41..46).contains(&cut) {
                continue;
            }
            let (said, sound) = events(text, cut);
            assert_eq!(said, "(b x='1>2' y=\"3\"tA(c)c<d>)b", "{cut}");
            assert!(sound);
        }
        assert!(!events(b"<!DOCTYPE a [<!ENTITY b 'c'>]><a/>", 3).1);
        assert!(!events(b"<a", 1).1);
    }

    #[test]
    fn attributes_and_entities() {
        assert_eq!(attribute(" a=\"1\" b = 'x&quot;y' ", "b").unwrap(), "x\"y");
        assert_eq!(attribute(" ab='1' b='2'", "b").unwrap(), "2");
        assert_eq!(attribute(" a='b=1'", "b"), None);
        assert_eq!(attribute(" a=1", "a"), None);
        assert_eq!(plain("a&amp;&lt;&#65;&no;&"), "a&<A&no;&");
        assert_eq!(plain("&#x110000;&;"), "&#x110000;&;");
    }
}
