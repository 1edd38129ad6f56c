//! Readers of formats that know nothing of the writers: small, strict, and loud.

use std::collections::BTreeSet;

use serde_json::Value;

/// Tags of a page, each with its attributes in order: name, and value for links.
pub(crate) fn tags(page: &str) -> Vec<(String, Vec<(String, String)>)> {
    let mut out = Vec::new();
    let mut rest = page;
    while let Some(start) = rest.find('<') {
        rest = &rest[start + 1..];
        let end = tag_end(rest);
        let tag = &rest[..end];
        rest = &rest[end..];
        let name: String = tag.chars().take_while(|c| !c.is_whitespace() && *c != '>').collect();
        out.push((name.clone(), attributes(&tag[name.len()..])));
        // What is raw text is no markup.
        if name == "script" || name == "style" {
            let close = format!("</{name}>");
            rest = &rest[rest.find(&close).unwrap()..];
        }
    }
    out
}

/// Where a tag ends: at the first `>` outside quotes.
fn tag_end(text: &str) -> usize {
    let mut quote = None;
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (None, '>') => return at,
            (None, '"' | '\'') => quote = Some(c),
            (Some(q), c) if q == c => quote = None,
            _ => {}
        }
    }
    panic!("a tag does not end");
}

fn attributes(mut text: &str) -> Vec<(String, String)> {
    let mut out = Vec::new();
    loop {
        text = text.trim_start().trim_start_matches('/');
        if text.is_empty() {
            return out;
        }
        let end = text.find(|c: char| c == '=' || c.is_whitespace()).unwrap_or(text.len());
        let name = text[..end].to_owned();
        text = &text[end..];
        let mut value = String::new();
        if let Some(after) = text.strip_prefix('=') {
            let quote = after.chars().next().unwrap();
            assert!(quote == '"' || quote == '\'', "{name} is not quoted");
            let close = after[1..].find(quote).unwrap() + 1;
            after[1..close].clone_into(&mut value);
            text = &after[close + 1..];
        }
        out.push((name, value));
    }
}

/// Every (element, attribute) that a page uses.
pub(crate) fn structure(page: &str) -> BTreeSet<(String, String)> {
    let mut all = BTreeSet::new();
    for (name, attributes) in tags(page) {
        all.insert((name.clone(), String::new()));
        all.extend(attributes.into_iter().map(|(a, _)| (name.clone(), a)));
    }
    all
}

/// Elements of XML, in order. It must be well-formed.
pub(crate) fn elements(text: &str) -> Result<Vec<String>, String> {
    use quick_xml::events::Event;
    let mut reader = quick_xml::Reader::from_str(text);
    reader.config_mut().check_end_names = true;
    let mut out = Vec::new();
    loop {
        match reader.read_event().map_err(|e| e.to_string())? {
            Event::Eof => return Ok(out),
            Event::Start(e) | Event::Empty(e) => {
                for a in e.attributes() {
                    a.map_err(|e| e.to_string())?;
                }
                out.push(e.name().as_ref().to_owned());
            }
            _ => {}
        }
    }
}

/// Lines of JSON, each of which a reader takes; without control characters in the raw bytes.
pub(crate) fn json_lines(bytes: &[u8]) -> Result<Vec<Value>, String> {
    let text = std::str::from_utf8(bytes).unwrap();
    if let Some(c) = text.chars().find(|c| c.is_ascii_control() && *c != '\n') {
        return Err(format!("{c:?} is raw in JSON"));
    }
    text.lines().map(|l| serde_json::from_str(l).map_err(|e| e.to_string())).collect()
}
