//! The syntax of shell scripts, as far as start-up files use it.

mod compound;
mod word;

use std::rc::Rc;

/// A piece of a word.
#[derive(Debug, Clone)]
pub(super) enum Part {
    /// Text, and whether it is quoted.
    Text(String, bool),
    /// A parameter: its name, the operator and word behind it, and whether it is quoted.
    Param { name: String, op: String, arg: Word, quoted: bool },
    /// The output of a command.
    Command(String),
    /// What is not understood.
    Unknown,
}

/// A word before its expansion.
pub(super) type Word = Vec<Part>;

/// An assignment: name, whether it appends, value.
pub(super) type Assign = (String, bool, Word);

/// A command.
#[derive(Debug, Clone)]
pub(super) enum Node {
    Simple {
        assigns: Vec<Assign>,
        words: Vec<Word>,
        line: u32,
    },
    /// Runs in shells of its own.
    Apart,
    And(Box<Node>, Box<Node>),
    Or(Box<Node>, Box<Node>),
    Not(Box<Node>),
    List(Vec<Node>),
    If(Vec<(Node, Node)>, Box<Node>),
    Loop(Box<Node>),
    For {
        name: String,
        words: Vec<Word>,
        body: Box<Node>,
        line: u32,
    },
    Case {
        word: Word,
        arms: Vec<(Vec<Word>, Node)>,
    },
    Function(String, Rc<Node>),
    /// `[[ … ]]`.
    Test(Vec<Word>),
    /// `(( … ))`: the result is not worked out.
    Arith,
}

/// The text breaks the grammar, or nests too deeply.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Bad;

type Result<T> = std::result::Result<T, Bad>;

const MAX_DEPTH: u32 = 40;

/// Most links of a chain of commands: each is a step down when it runs.
const MAX_CHAIN: u32 = 60;

struct Parser {
    src: Vec<char>,
    at: usize,
    line: u32,
    depth: u32,
    heredocs: Vec<(String, bool)>,
}

/// Reads a script whose first line has this number.
pub(super) fn parse(text: &str, line: u32) -> Result<Node> {
    let mut p = Parser { src: text.chars().collect(), at: 0, line, depth: 0, heredocs: Vec::new() };
    let list = p.list(&[])?;
    if p.at < p.src.len() { Err(Bad) } else { Ok(list) }
}

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

impl Parser {
    fn peek(&self) -> Option<char> {
        self.src.get(self.at).copied()
    }

    fn ahead(&self, n: usize) -> Option<char> {
        self.src.get(self.at.saturating_add(n)).copied()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at = self.at.saturating_add(1);
        if c == '\n' {
            self.line = self.line.saturating_add(1);
        }
        Some(c)
    }

    fn eat(&mut self, text: &str) -> bool {
        let fits = text.chars().enumerate().all(|(n, c)| self.ahead(n) == Some(c));
        if fits {
            for _ in text.chars() {
                self.next();
            }
        }
        fits
    }

    fn blanks(&mut self) {
        loop {
            match self.peek() {
                Some(' ' | '\t' | '\r') => {
                    self.next();
                }
                Some('\\') if self.ahead(1) == Some('\n') => {
                    self.next();
                    self.next();
                }
                Some('#') => {
                    while self.peek().is_some_and(|c| c != '\n') {
                        self.next();
                    }
                }
                _ => return,
            }
        }
    }

    fn newlines(&mut self) {
        loop {
            self.blanks();
            if self.peek() != Some('\n') {
                return;
            }
            self.next();
            for (end, strip) in std::mem::take(&mut self.heredocs) {
                self.skip_here(&end, strip);
            }
        }
    }

    fn skip_here(&mut self, end: &str, strip: bool) {
        while self.peek().is_some() {
            let mut line = String::new();
            while let Some(c) = self.next() {
                if c == '\n' {
                    break;
                }
                line.push(c);
            }
            let line = if strip { line.trim_start_matches('\t') } else { &line };
            if line == end {
                return;
            }
        }
    }

    /// A reserved word at this place.
    fn reserved(&self) -> String {
        let word: String = (0..9)
            .map_while(|n| self.ahead(n))
            .take_while(|c| c.is_ascii_alphabetic() || "{}![]".contains(*c))
            .collect();
        let after = self.ahead(word.chars().count());
        let ends = after.is_none_or(|c| c.is_whitespace() || ";&|()<>".contains(c));
        if ends { word } else { String::new() }
    }

    fn expect(&mut self, word: &str) -> Result<()> {
        self.newlines();
        if self.reserved() == word && self.eat(word) { Ok(()) } else { Err(Bad) }
    }

    fn list(&mut self, ends: &[&str]) -> Result<Node> {
        self.depth = self.depth.saturating_add(1);
        if self.depth > MAX_DEPTH {
            return Err(Bad);
        }
        let mut out = Vec::new();
        loop {
            self.newlines();
            let stop = match self.peek() {
                None | Some(')') => true,
                Some(';') if self.ahead(1) == Some(';') => true,
                Some(';') => {
                    self.next();
                    continue;
                }
                _ => ends.contains(&self.reserved().as_str()),
            };
            if stop {
                break;
            }
            let node = self.and_or()?;
            self.blanks();
            if self.peek() == Some('&') {
                self.next();
                out.push(Node::Apart);
            } else {
                out.push(node);
            }
        }
        self.depth = self.depth.saturating_sub(1);
        Ok(Node::List(out))
    }

    fn and_or(&mut self) -> Result<Node> {
        let mut left = self.pipeline()?;
        for _ in 0..MAX_CHAIN {
            self.blanks();
            if self.eat("&&") {
                self.newlines();
                left = Node::And(Box::new(left), Box::new(self.pipeline()?));
            } else if self.eat("||") {
                self.newlines();
                left = Node::Or(Box::new(left), Box::new(self.pipeline()?));
            } else {
                return Ok(left);
            }
        }
        Err(Bad)
    }

    fn pipeline(&mut self) -> Result<Node> {
        self.blanks();
        if self.reserved() == "!" {
            self.next();
            self.depth = self.depth.saturating_add(1);
            if self.depth > MAX_DEPTH {
                return Err(Bad);
            }
            let inner = self.pipeline()?;
            self.depth = self.depth.saturating_sub(1);
            return Ok(Node::Not(Box::new(inner)));
        }
        let mut node = self.command()?;
        loop {
            self.blanks();
            if self.peek() == Some('|') && self.ahead(1) != Some('|') {
                self.next();
                if self.peek() == Some('&') {
                    self.next();
                }
                self.newlines();
                self.command()?;
                node = Node::Apart;
            } else {
                return Ok(node);
            }
        }
    }

    fn command(&mut self) -> Result<Node> {
        self.depth = self.depth.saturating_add(1);
        if self.depth > MAX_DEPTH {
            return Err(Bad);
        }
        self.blanks();
        let node = self.compound()?;
        let node = match node {
            Some(node) => {
                while self.redirect()? {}
                node
            }
            None => self.simple()?,
        };
        self.depth = self.depth.saturating_sub(1);
        Ok(node)
    }

    /// Whether a redirection stood here.
    fn redirect(&mut self) -> Result<bool> {
        self.blanks();
        let digits =
            (0..4).take_while(|n| self.ahead(*n).is_some_and(|c| c.is_ascii_digit())).count();
        let first = self.ahead(digits);
        let both = self.peek() == Some('&') && self.ahead(1) == Some('>');
        if !(both || matches!(first, Some('<' | '>'))) {
            return Ok(false);
        }
        for _ in 0..digits.saturating_add(usize::from(both)) {
            self.next();
        }
        let here = self.eat("<<<");
        if !here && self.eat("<<") {
            let strip = self.eat("-");
            self.blanks();
            let word = self.word(false)?;
            let text = word.iter().map(|p| if let Part::Text(t, _) = p { t.as_str() } else { "" });
            self.heredocs.push((text.collect(), strip));
            return Ok(true);
        }
        while self.peek().is_some_and(|c| "<>&|".contains(c)) {
            self.next();
        }
        self.blanks();
        if self.peek() == Some('(') {
            self.next();
            self.balanced('(', ')', 1)?;
        } else {
            self.word(false)?;
        }
        Ok(true)
    }

    fn simple(&mut self) -> Result<Node> {
        let line = self.line;
        let (mut assigns, mut words) = (Vec::new(), Vec::<Word>::new());
        let start = self.at;
        loop {
            self.blanks();
            if self.peek().is_none_or(|c| "\n;|)".contains(c)) {
                break;
            }
            if self.redirect()? {
                continue;
            }
            if self.peek() == Some('&') {
                break;
            }
            if self.peek() == Some('(') {
                // A function: one name, and a pair of brackets behind it.
                let [name] = words.as_slice() else { return Err(Bad) };
                let [Part::Text(name, false)] = name.as_slice() else { return Err(Bad) };
                let name = name.clone();
                self.next();
                self.blanks();
                if !self.eat(")") {
                    return Err(Bad);
                }
                self.newlines();
                return Ok(Node::Function(name, Rc::new(self.command()?)));
            }
            let name = (0..200).map_while(|n| self.ahead(n)).take_while(|c| is_name(*c)).count();
            let append =
                self.ahead(name) == Some('+') && self.ahead(name.saturating_add(1)) == Some('=');
            let assign = name > 0 && (append || self.ahead(name) == Some('='));
            if assign && words.is_empty() {
                let text: String = (0..name).filter_map(|n| self.ahead(n)).collect();
                for _ in 0..name.saturating_add(1).saturating_add(usize::from(append)) {
                    self.next();
                }
                let value = if self.eat("(") {
                    self.balanced('(', ')', 1)?;
                    vec![Part::Unknown]
                } else {
                    self.word(false)?
                };
                assigns.push((text, append, value));
            } else {
                let before = self.at;
                words.push(self.word(false)?);
                if self.at == before {
                    return Err(Bad);
                }
            }
        }
        if self.at == start {
            return Err(Bad);
        }
        Ok(Node::Simple { assigns, words, line })
    }
}
