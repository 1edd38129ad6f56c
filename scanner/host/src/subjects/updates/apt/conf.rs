//! The configuration of apt as apt merges it: the files of `apt.conf.d` by name, then `apt.conf`;
//! nested scopes, lists, `#clear`, `#include`. Source: apt.conf(5), and apt-config itself in the tests.
//!
//! A file that apt cannot parse stops it: every
//! program of apt then refuses to work, and so says [`Conf::refused`].

use std::path::{Path, PathBuf};

use assay_core::Gap;

use super::words::{counts, joined, quoted, split, stripped};
use crate::{FileKind, Host};

/// How deep files may include others; apt itself stops at ten.
const MAX_DEPTH: u32 = 10;
/// Most nodes of the tree.
const MAX_NODES: usize = 200_000;
const MAX_FILES: usize = 2_000;

/// A file and a line of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct At {
    /// The file.
    pub(crate) file: PathBuf,
    /// Its line, from 1.
    pub(crate) line: u32,
}

/// A value that some line set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Value {
    /// The value.
    pub(crate) text: String,
    /// Where it was set; `None`: built in.
    pub(crate) at: Option<At>,
}

/// A node of the tree.
#[derive(Debug, Default)]
struct Node {
    tag: String,
    value: Option<Value>,
    /// Values that it had before.
    lost: Vec<Value>,
    parent: usize,
    children: Vec<usize>,
}

/// The merged configuration.
#[derive(Debug)]
pub(crate) struct Conf {
    nodes: Vec<Node>,
    files: usize,
    /// Where apt gives up, and why.
    pub(crate) refused: Option<(At, &'static str)>,
    /// A file that could not be read: what it says is not known.
    pub(crate) gap: Option<Gap>,
}

/// Values that are built into apt, as far as they are asked for.
const BUILT_IN: &[(&str, &str)] = &[
    ("Dir", "/"),
    ("Dir::State", "var/lib/apt"),
    ("Dir::State::lists", "lists/"),
    ("Dir::State::status", "/var/lib/dpkg/status"),
    ("Dir::Etc", "etc/apt"),
    ("Dir::Etc::sourcelist", "sources.list"),
    ("Dir::Etc::sourceparts", "sources.list.d"),
    ("Dir::Etc::main", "apt.conf"),
    ("Dir::Etc::parts", "apt.conf.d"),
    ("Dir::Etc::preferences", "preferences"),
    ("Dir::Etc::preferencesparts", "preferences.d"),
];

impl Conf {
    /// The configuration of a host.
    pub(crate) fn load(host: &Host<'_>) -> Self {
        Self::after(host, None)
    }

    /// The same where `APT_CONFIG` names a file that is read first.
    pub(crate) fn after(host: &Host<'_>, first: Option<&Path>) -> Self {
        let root = Node::default();
        let mut conf = Self { nodes: vec![root], files: 0, refused: None, gap: None };
        for (name, value) in BUILT_IN {
            conf.set(name, Value { text: (*value).to_owned(), at: None });
        }
        if let Some(first) = first {
            conf.file(host, first, 0, false);
        }
        if let Some(parts) = conf.path("Dir::Etc::parts").filter(|_| conf.refused.is_none()) {
            conf.directory(host, Path::new(&parts), 0);
        }
        if let Some(main) = conf.path("Dir::Etc::main").filter(|_| conf.refused.is_none()) {
            conf.file(host, Path::new(&main), 0, false);
        }
        conf
    }

    /// The last value of an option.
    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        self.find(name).and_then(|n| self.nodes.get(n)?.value.as_ref())
    }

    /// The same as a program with its own `Binary::<program>` subtree sees it.
    pub(crate) fn get_for(&self, program: &str, name: &str) -> Option<&Value> {
        self.get(&format!("Binary::{program}::{name}")).or_else(|| self.get(name))
    }

    /// Values that an option had before its last.
    pub(crate) fn lost(&self, name: &str) -> &[Value] {
        self.find(name).and_then(|n| self.nodes.get(n)).map_or(&[], |n| n.lost.as_slice())
    }

    /// The values right below a list, in order; empty ones do not count.
    pub(crate) fn list(&self, name: &str) -> Vec<&Value> {
        let children =
            self.find(name).and_then(|n| self.nodes.get(n)).map(|n| n.children.as_slice());
        let all = children.unwrap_or(&[]).iter().filter_map(|c| self.nodes.get(*c));
        all.filter_map(|n| n.value.as_ref()).filter(|v| !v.text.is_empty()).collect()
    }

    /// The names right below an option.
    pub(crate) fn below(&self, name: &str) -> Vec<&str> {
        let children =
            self.find(name).and_then(|n| self.nodes.get(n)).map(|n| n.children.as_slice());
        let all = children.unwrap_or(&[]).iter().filter_map(|c| self.nodes.get(*c));
        all.map(|n| n.tag.as_str()).collect()
    }

    /// Where an option of files leads: relative values hang below the option above them. `None`:
    /// nowhere (`/dev/null`).
    pub(crate) fn path(&self, name: &str) -> Option<String> {
        let mut here = self.nodes.get(self.find(name)?)?;
        let mut out = here.value.as_ref().map(|v| v.text.clone()).filter(|v| !v.is_empty())?;
        while here.parent != 0 && !out.starts_with('/') && !out.starts_with("./") {
            here = self.nodes.get(here.parent)?;
            if let Some(above) = here.value.as_ref().filter(|v| !v.text.is_empty()) {
                let slash = if above.text.ends_with('/') { "" } else { "/" };
                out = format!("{}{slash}{out}", above.text);
            }
        }
        let root = self.get("RootDir").map_or("", |v| v.text.trim_end_matches('/'));
        (!out.starts_with("/dev/null")).then(|| format!("{root}{out}"))
    }

    /// Every option as `apt-config dump` prints it: name and value, in order.
    pub(crate) fn dump(&self) -> Vec<(String, String)> {
        let mut out = Vec::new();
        let first = self.nodes.first().map(|r| r.children.clone()).unwrap_or_default();
        let mut stack: Vec<(usize, String)> =
            first.into_iter().rev().map(|n| (n, String::new())).collect();
        while let Some((n, above)) = stack.pop() {
            let Some(node) = self.nodes.get(n) else { continue };
            let name = format!("{above}{}", node.tag);
            let value = node.value.as_ref().map_or("", |v| v.text.as_str());
            out.push((name.clone(), value.to_owned()));
            stack.extend(node.children.iter().rev().map(|c| (*c, format!("{name}::"))));
        }
        out
    }

    fn find(&self, name: &str) -> Option<usize> {
        let (mut here, parts) = (0, split(name));
        for part in parts {
            if part.is_empty() {
                return None;
            }
            here = self.child(here, part)?;
        }
        (here != 0).then_some(here)
    }

    fn child(&self, of: usize, tag: &str) -> Option<usize> {
        let children = &self.nodes.get(of)?.children;
        let mut all = children.iter().copied();
        all.find(|c| self.nodes.get(*c).is_some_and(|n| n.tag.eq_ignore_ascii_case(tag)))
    }

    fn set(&mut self, name: &str, value: Value) {
        let mut here = 0;
        for part in split(name) {
            let known = if part.is_empty() { None } else { self.child(here, part) };
            here = match known {
                Some(child) => child,
                None if self.nodes.len() >= MAX_NODES => return self.too_much(),
                None => {
                    let new = self.nodes.len();
                    self.nodes.push(Node { tag: part.to_owned(), parent: here, ..Node::default() });
                    if let Some(node) = self.nodes.get_mut(here) {
                        node.children.push(new);
                    }
                    new
                }
            };
        }
        if let Some(node) = self.nodes.get_mut(here).filter(|_| here != 0)
            && let Some(before) = node.value.replace(value)
        {
            node.lost.push(before);
        }
    }

    /// `#clear`: the option keeps its name and loses its value and all below it.
    fn clear(&mut self, name: &str, at: &At) {
        let Some(n) = self.find(name) else { return };
        if let Some(node) = self.nodes.get_mut(n) {
            let before = node.value.replace(Value { text: String::new(), at: Some(at.clone()) });
            node.lost.extend(before);
            node.children.clear();
        }
    }

    fn too_much(&mut self) {
        let detail = "the configuration of apt is larger than is read";
        self.gap.get_or_insert_with(|| Gap::new(assay_core::GapState::Malformed, detail));
    }

    /// Reads the files of a directory that count.
    fn directory(&mut self, host: &Host<'_>, directory: &Path, depth: u32) {
        let paths = match host.list(directory) {
            Ok(paths) => paths.unwrap_or_default(),
            Err(gap) => {
                self.gap.get_or_insert(gap);
                return;
            }
        };
        for path in paths {
            let name =
                path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
            if counts(&name, &["conf", ""]) && is_file(host, &path) && self.refused.is_none() {
                self.file(host, &path, depth, true);
            }
        }
    }

    fn file(&mut self, host: &Host<'_>, path: &Path, depth: u32, must: bool) {
        self.files += 1;
        if self.files > MAX_FILES {
            return self.too_much();
        }
        match host.text(path) {
            Ok(Some(found)) => self.read(host, path, &found.text, depth),
            Ok(None) if must => {
                let at = At { file: path.to_owned(), line: 1 };
                self.refused = Some((at, "it includes a file that is not there"));
            }
            Ok(None) => {}
            Err(gap) => {
                self.gap.get_or_insert(gap);
            }
        }
    }

    fn read(&mut self, host: &Host<'_>, path: &Path, text: &str, depth: u32) {
        let (mut pending, mut first) = (String::new(), 1);
        let mut scope = String::new();
        let mut stack: Vec<String> = Vec::new();
        let mut comment = false;
        let mut at = At { file: path.to_owned(), line: 0 };
        for raw in text.split('\n') {
            at.line = at.line.saturating_add(1);
            let line = stripped(raw, &mut comment);
            let mut quote = false;
            let mut start = 0;
            for (i, c) in line.char_indices() {
                if c == '"' {
                    quote = !quote;
                }
                if quote || !matches!(c, '{' | ';' | '}') {
                    continue;
                }
                let piece = line.get(start..i).unwrap_or("").trim();
                start = i + 1;
                if pending.is_empty() {
                    first = at.line;
                } else if !piece.is_empty() {
                    pending.push(' ');
                }
                pending.push_str(piece);
                if pending.is_empty() {
                    match c {
                        '{' => return self.refuse(at, "a block starts without a name"),
                        '}' => scope = stack.pop().unwrap_or_default(),
                        _ => {}
                    }
                    continue;
                }
                let statement = std::mem::take(&mut pending);
                let here = At { file: at.file.clone(), line: first };
                if let Err(why) =
                    self.statement(host, &statement, c, (&mut scope, &mut stack), &here, depth)
                {
                    return self.refuse(here, why);
                }
                if self.refused.is_some() {
                    return;
                }
                if c == '}' {
                    scope = stack.pop().unwrap_or_default();
                }
            }
            let rest = line.get(start..).unwrap_or("").trim();
            if pending.is_empty() {
                first = at.line;
            } else if !rest.is_empty() {
                pending.push(' ');
            }
            pending.push_str(rest);
        }
        if !pending.is_empty() {
            at.line = first;
            self.refuse(at, "junk at the end of the file");
        }
    }

    /// One statement, and the character that ends it.
    fn statement(
        &mut self,
        host: &Host<'_>,
        text: &str,
        end: char,
        (scope, stack): (&mut String, &mut Vec<String>),
        at: &At,
        depth: u32,
    ) -> Result<(), &'static str> {
        let Some((mut tag, rest)) = quoted(text) else { return Err("a name is malformed") };
        let (mut word, mut none) = (String::new(), false);
        let mut left = rest;
        if let Some((value, after)) = joined(rest).or_else(|| quoted(rest)) {
            (word, left) = (value, after);
        } else if end == '{' {
            none = true;
        } else {
            word = std::mem::take(&mut tag);
        }
        if !left.is_empty() {
            return Err("junk after a value");
        }
        if end == '{' {
            stack.push(scope.clone());
            if !scope.is_empty() {
                scope.push_str("::");
            }
            scope.push_str(&std::mem::take(&mut tag));
        }
        let item = match (scope.is_empty(), end) {
            (true, _) => tag.clone(),
            (false, '{') => scope.clone(),
            (false, _) => format!("{scope}::{tag}"),
        };
        if let Some(directive) = tag.strip_prefix('#') {
            if !scope.is_empty() {
                return Err("directives are for the top level");
            }
            return self.directive(host, directive, &word, at, depth);
        }
        if tag.is_empty() && !none && word == "#clear" {
            return Err("#clear needs the name of an option");
        }
        if !none {
            self.set(&item, Value { text: word, at: Some(at.clone()) });
        }
        Ok(())
    }

    fn directive(
        &mut self,
        host: &Host<'_>,
        directive: &str,
        word: &str,
        at: &At,
        depth: u32,
    ) -> Result<(), &'static str> {
        match directive {
            "clear" => self.clear(word, at),
            "include" if depth > MAX_DEPTH => return Err("files include each other too deep"),
            "include" if word.len() > 2 && word.ends_with('/') => {
                if !matches!(host.stat(word), Ok(Some(s)) if s.kind == FileKind::Directory) {
                    return Err("it includes a directory that is not there");
                }
                self.directory(host, Path::new(word), depth + 1);
            }
            "include" => self.file(host, Path::new(word), depth + 1, true),
            "x-apt-configure-index" => {}
            _ => return Err("a directive is not known"),
        }
        Ok(())
    }

    fn refuse(&mut self, at: At, why: &'static str) {
        self.refused.get_or_insert((at, why));
    }
}

/// A regular file, links followed; what cannot be told is read, and then is a gap.
fn is_file(host: &Host<'_>, path: &Path) -> bool {
    host.stat(path).map_or(true, |s| s.is_some_and(|s| s.kind == FileKind::File))
}
