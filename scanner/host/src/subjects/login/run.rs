//! Runs start-up files on paper: what they set, where that can be told.

mod commands;

use std::path::Path;
use std::rc::Rc;

use super::state::{State, UMASK, Val, Var};
use super::syntax::{Node, Part, Word, parse};
use super::words::fnmatch;
use crate::Host;

/// Most commands of one session.
const MAX_STEPS: u32 = 30_000;

/// Deepest nesting of files, functions and `eval`.
const MAX_DEPTH: usize = 8;

/// What comes after a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flow {
    Next,
    Return,
    /// The shell ends.
    Exit,
    Break,
    Continue,
}

/// Programs whose output, given to `eval`, sets nothing that is asked for.
const HARMLESS: [&str; 8] = [
    "dircolors",
    "lesspipe",
    "lesspipe.sh",
    "lessfile",
    "locale-check",
    "ssh-agent",
    "gpg-agent",
    "keychain",
];

/// A shell on paper.
pub(super) struct Shell<'a, 'r> {
    pub(super) host: &'a Host<'r>,
    pub(super) state: State,
    /// Who logs in: name, user id, whether his group has his name, home.
    pub(super) user: String,
    pub(super) uid: u32,
    pub(super) own_group: bool,
    pub(super) home: String,
    /// Name of the shell's program.
    pub(super) shell: String,
    /// Arguments of the function or file that runs.
    pub(super) args: Vec<String>,
    /// The file that runs, and where it was called from, for functions.
    file: String,
    site: Option<(String, u32)>,
    line: u32,
    steps: u32,
    depth: usize,
    pending: Vec<Vec<State>>,
}

impl<'a, 'r> Shell<'a, 'r> {
    pub(super) fn new(host: &'a Host<'r>, user: &str, uid: u32, home: &str, shell: &str) -> Self {
        Self {
            host,
            state: State::default(),
            user: user.to_owned(),
            uid,
            own_group: true,
            home: home.to_owned(),
            shell: shell.to_owned(),
            args: Vec::new(),
            file: String::new(),
            site: None,
            line: 1,
            steps: 0,
            depth: 0,
            pending: Vec::new(),
        }
    }

    pub(super) fn place(&self) -> (String, u32) {
        self.site.clone().unwrap_or_else(|| (self.file.clone(), self.line))
    }

    fn taint(&mut self, why: &str) {
        let (file, line) = self.place();
        self.state.taint(&format!("{file}:{line}: {why}"));
    }

    /// Runs a file. Whether it is there.
    pub(super) fn source(&mut self, path: &str) -> bool {
        // Completion only defines functions, and these directories differ between running and not.
        if path.starts_with("/usr/share/bash-completion/") {
            return true;
        }
        if volatile(path) {
            self.taint("reads a file that only a running host has");
            return true;
        }
        let text = match self.host.text(Path::new(path)) {
            Ok(Some(found)) => found.text,
            Ok(None) => {
                self.state.status = Some(false);
                return false;
            }
            Err(gap) => {
                self.state.taint(&gap.detail);
                return true;
            }
        };
        let old = (std::mem::replace(&mut self.file, path.to_owned()), self.line, self.site.take());
        self.text(&text, 1);
        (self.file, self.line, self.site) = old;
        true
    }

    /// Runs a text whose `return` ends it.
    pub(super) fn text(&mut self, text: &str, line: u32) -> Flow {
        if self.depth >= MAX_DEPTH {
            self.taint("files nest too deeply");
            return Flow::Next;
        }
        let Ok(node) = parse(text, line) else {
            self.taint("the file is no script that can be read");
            return Flow::Next;
        };
        self.frame(&node)
    }

    fn frame(&mut self, node: &Node) -> Flow {
        if self.depth >= MAX_DEPTH {
            self.taint("calls nest too deeply");
            return Flow::Next;
        }
        self.depth = self.depth.saturating_add(1);
        self.pending.push(Vec::new());
        let flow = self.run(node);
        for state in self.pending.pop().unwrap_or_default() {
            let now = std::mem::take(&mut self.state);
            self.state = now.join(state);
        }
        self.depth = self.depth.saturating_sub(1);
        if flow == Flow::Exit { Flow::Exit } else { Flow::Next }
    }

    /// Runs what may run, or not: both states are joined.
    fn either(&mut self, then: Option<&Node>, other: Option<&Node>) -> Flow {
        let before = self.state.clone();
        let one = then.map_or(Flow::Next, |n| self.run(n));
        let after = std::mem::replace(&mut self.state, before);
        let two = other.map_or(Flow::Next, |n| self.run(n));
        match (one, two) {
            (a, b)
                if a != b && [a, b].iter().any(|f| matches!(f, Flow::Break | Flow::Continue)) =>
            {
                let now = std::mem::take(&mut self.state);
                self.state = after.join(now);
                self.taint("when the loop ends cannot be told from files");
                Flow::Next
            }
            (a, b) if a == b => {
                let now = std::mem::take(&mut self.state);
                self.state = after.join(now);
                a
            }
            // A session that ends needs nothing; a file that ends early goes on behind it.
            (Flow::Exit, b) => b,
            (a, Flow::Exit) => {
                self.state = after;
                a
            }
            (Flow::Return, b) => {
                if let Some(frame) = self.pending.last_mut() {
                    frame.push(after);
                }
                b
            }
            (a, _) => {
                let ended = std::mem::replace(&mut self.state, after);
                if let Some(frame) = self.pending.last_mut() {
                    frame.push(ended);
                }
                a
            }
        }
    }

    pub(super) fn run(&mut self, node: &Node) -> Flow {
        self.steps = self.steps.saturating_add(1);
        if self.steps > MAX_STEPS {
            self.taint("the start-up files do too much to be followed");
            return Flow::Exit;
        }
        match node {
            Node::List(list) => {
                for node in list {
                    let flow = self.run(node);
                    if flow != Flow::Next {
                        return flow;
                    }
                }
                Flow::Next
            }
            Node::Apart | Node::Arith => {
                self.state.status = None;
                Flow::Next
            }
            Node::And(a, b) | Node::Or(a, b) => {
                let flow = self.run(a);
                if flow != Flow::Next {
                    return flow;
                }
                let wanted = matches!(node, Node::And(..));
                match self.state.status {
                    Some(s) if s == wanted => self.run(b),
                    Some(_) => Flow::Next,
                    None => self.either(Some(b), None),
                }
            }
            Node::Not(inner) => {
                let flow = self.run(inner);
                self.state.status = self.state.status.map(|s| !s);
                flow
            }
            Node::If(arms, other) => self.branches(arms, other),
            Node::Loop(body) => {
                let flow = self.either(Some(body), None);
                looped(flow)
            }
            Node::For { name, words, body, line } => self.each(name, words, body, *line),
            Node::Case { word, arms } => self.case(word, arms),
            Node::Function(name, body) => {
                self.state.functions.insert(name.clone(), Some(Rc::clone(body)));
                self.state.status = Some(true);
                Flow::Next
            }
            Node::Test(words) => {
                self.state.status = self.conditional(words);
                Flow::Next
            }
            Node::Simple { assigns, words, line } => {
                self.line = *line;
                self.simple(assigns, words)
            }
        }
    }

    fn branches(&mut self, arms: &[(Node, Node)], other: &Node) -> Flow {
        let Some(((cond, body), rest)) = arms.split_first() else { return self.run(other) };
        let flow = self.run(cond);
        if flow != Flow::Next {
            return flow;
        }
        match self.state.status {
            Some(true) => self.run(body),
            Some(false) => self.branches(rest, other),
            None => {
                let rest = Node::If(rest.to_vec(), Box::new(other.clone()));
                self.either(Some(body), Some(&rest))
            }
        }
    }

    fn each(&mut self, name: &str, words: &[Word], body: &Node, line: u32) -> Flow {
        self.line = line;
        let mut all = Vec::new();
        for word in words {
            match self.expand(word) {
                Some(fields) => all.extend(fields),
                None => {
                    let place = self.place();
                    self.state.set(name, Val::Unknown("a loop's variable".into()), place, false);
                    let flow = self.either(Some(body), None);
                    return looped(flow);
                }
            }
        }
        for value in all {
            let place = self.place();
            self.state.set(name, Val::Known(value), place, false);
            match self.run(body) {
                Flow::Next | Flow::Continue => {}
                Flow::Break => break,
                flow => return flow,
            }
        }
        Flow::Next
    }

    fn case(&mut self, word: &Word, arms: &[(Vec<Word>, Node)]) -> Flow {
        let text = self.single(word);
        for (n, (patterns, body)) in arms.iter().enumerate() {
            let mut hit = Some(false);
            for pattern in patterns {
                let fits = match (&text, self.pattern(pattern)) {
                    (Some(t), Some(p)) => Some(fnmatch(&p, t)),
                    (None, Some(p)) if p == "*" => Some(true),
                    _ => None,
                };
                hit = match (hit, fits) {
                    (Some(true), _) | (_, Some(true)) => Some(true),
                    (Some(false), Some(false)) => Some(false),
                    _ => None,
                };
            }
            match hit {
                Some(true) => return self.run(body),
                Some(false) => {}
                None => {
                    let rest = arms.get(n.saturating_add(1)..).unwrap_or_default().to_vec();
                    let rest = Node::Case { word: word.clone(), arms: rest };
                    return self.either(Some(body), Some(&rest));
                }
            }
        }
        Flow::Next
    }

    fn simple(&mut self, assigns: &[super::syntax::Assign], words: &[Word]) -> Flow {
        let mut fields = Vec::new();
        for word in words {
            match self.expand(word) {
                Some(f) => fields.extend(f.into_iter().map(Some)),
                None => fields.push(None),
            }
        }
        if fields.is_empty() {
            self.state.status = Some(true);
            for (name, append, word) in assigns {
                self.assign(name, *append, word);
            }
            return Flow::Next;
        }
        // The words of these are assignments too.
        self.command(&fields, words)
    }

    pub(super) fn assign(&mut self, name: &str, append: bool, word: &Word) {
        let value = self.single(word);
        let keeps =
            append || word.iter().any(|p| matches!(p, Part::Param { name: n, .. } if n == name));
        let old = if append { Some(self.get(name)) } else { None };
        let place = self.place();
        let value = match (value, old) {
            (Some(new), None) => Val::Known(new),
            (Some(new), Some(Val::Known(old))) => Val::Known(old + &new),
            (Some(new), Some(Val::Unset)) => Val::Known(new),
            _ => Val::Unknown(format!(
                "{}:{}: the value cannot be told from files",
                place.0, place.1
            )),
        };
        let value = match value {
            Val::Known(v) if v.len() > 65_536 => Val::Unknown("a value is too long".to_owned()),
            other => other,
        };
        self.state.set(name, value, place, keeps);
    }
}

/// What a loop makes of how its body ended.
fn looped(flow: Flow) -> Flow {
    if matches!(flow, Flow::Break | Flow::Continue) { Flow::Next } else { flow }
}

/// Places that differ between a host that runs and its disk.
pub(super) fn volatile(path: &str) -> bool {
    ["/proc/", "/sys/", "/run/", "/dev/", "/tmp/", "/var/run/", "/var/tmp/"]
        .iter()
        .any(|d| path.starts_with(d))
}
