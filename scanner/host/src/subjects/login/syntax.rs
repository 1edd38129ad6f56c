//! The syntax of shell scripts, as far as start-up files use it.

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

    fn compound(&mut self) -> Result<Option<Node>> {
        if self.eat("((") {
            self.balanced('(', ')', 2)?;
            return Ok(Some(Node::Arith));
        }
        if self.eat("(") {
            self.list(&[])?;
            return if self.eat(")") { Ok(Some(Node::Apart)) } else { Err(Bad) };
        }
        let word = self.reserved();
        Ok(Some(match word.as_str() {
            "{" => {
                self.next();
                let list = self.list(&["}"])?;
                self.expect("}")?;
                list
            }
            "if" => self.conditional()?,
            "while" | "until" => {
                self.eat(&word);
                self.list(&["do"])?;
                Node::Loop(Box::new(self.body()?))
            }
            "for" | "select" => {
                self.eat(&word);
                self.repeated()?
            }
            "case" => self.case()?,
            "function" => {
                self.eat("function");
                self.blanks();
                let mut name = String::new();
                while let Some(c) =
                    self.peek().filter(|c| !c.is_whitespace() && !"();{".contains(*c))
                {
                    name.push(c);
                    self.next();
                }
                self.blanks();
                if self.eat("(") {
                    self.blanks();
                    if !self.eat(")") {
                        return Err(Bad);
                    }
                }
                self.newlines();
                Node::Function(name, Rc::new(self.command()?))
            }
            "[[" => {
                self.eat("[[");
                let mut words = Vec::new();
                loop {
                    self.newlines();
                    if self.reserved() == "]]" {
                        self.eat("]]");
                        return Ok(Some(Node::Test(words)));
                    }
                    let mut operator = ["&&", "||", "(", ")", "<", ">"].into_iter();
                    if let Some(op) = operator.find(|op| self.eat(op)) {
                        words.push(vec![Part::Text(op.to_owned(), false)]);
                        continue;
                    }
                    let before = self.at;
                    words.push(self.word(true)?);
                    if self.at == before {
                        return Err(Bad);
                    }
                }
            }
            _ => return Ok(None),
        }))
    }

    fn conditional(&mut self) -> Result<Node> {
        self.eat("if");
        let mut arms = Vec::new();
        let mut other = Node::List(Vec::new());
        loop {
            if arms.len() > 100 {
                return Err(Bad);
            }
            let cond = self.list(&["then"])?;
            self.expect("then")?;
            let body = self.list(&["elif", "else", "fi"])?;
            arms.push((cond, body));
            self.newlines();
            match self.reserved().as_str() {
                "elif" => {
                    self.eat("elif");
                }
                "else" => {
                    self.eat("else");
                    other = self.list(&["fi"])?;
                    self.expect("fi")?;
                    break;
                }
                _ => {
                    self.expect("fi")?;
                    break;
                }
            }
        }
        Ok(Node::If(arms, Box::new(other)))
    }

    fn body(&mut self) -> Result<Node> {
        self.newlines();
        if self.peek() == Some(';') {
            self.next();
        }
        self.expect("do")?;
        let body = self.list(&["done"])?;
        self.expect("done")?;
        Ok(body)
    }

    fn repeated(&mut self) -> Result<Node> {
        self.blanks();
        let line = self.line;
        if self.eat("((") {
            self.balanced('(', ')', 2)?;
            return Ok(Node::Loop(Box::new(self.body()?)));
        }
        let mut name = String::new();
        while let Some(c) = self.peek().filter(|c| is_name(*c)) {
            name.push(c);
            self.next();
        }
        self.newlines();
        let mut words = Vec::new();
        if self.reserved() == "in" {
            self.eat("in");
            loop {
                self.blanks();
                if self.peek().is_none_or(|c| c == '\n' || c == ';') {
                    break;
                }
                let before = self.at;
                words.push(self.word(false)?);
                if self.at == before {
                    return Err(Bad);
                }
            }
        } else {
            let all =
                Part::Param { name: "@".into(), op: String::new(), arg: Vec::new(), quoted: true };
            words.push(vec![all]);
        }
        Ok(Node::For { name, words, body: Box::new(self.body()?), line })
    }

    fn case(&mut self) -> Result<Node> {
        self.eat("case");
        self.blanks();
        let word = self.word(false)?;
        self.expect("in")?;
        let mut arms = Vec::new();
        loop {
            if arms.len() > 100 {
                return Err(Bad);
            }
            self.newlines();
            if self.reserved() == "esac" {
                self.eat("esac");
                return Ok(Node::Case { word, arms });
            }
            self.eat("(");
            let mut patterns = Vec::new();
            loop {
                self.blanks();
                patterns.push(self.word(false)?);
                self.blanks();
                if !self.eat("|") {
                    break;
                }
            }
            if !self.eat(")") {
                return Err(Bad);
            }
            let body = self.list(&["esac"])?;
            arms.push((patterns, body));
            if !(self.eat(";;&") || self.eat(";;")) && self.reserved() != "esac" {
                return Err(Bad);
            }
        }
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

    /// Skips to the end of a bracket that is open.
    fn balanced(&mut self, open: char, close: char, depth: u32) -> Result<String> {
        let mut depth = depth;
        let mut out = String::new();
        while let Some(c) = self.next() {
            match c {
                '\'' => {
                    out.push(c);
                    while let Some(q) = self.next() {
                        out.push(q);
                        if q == '\'' {
                            break;
                        }
                    }
                    continue;
                }
                '\\' => {
                    out.push(c);
                    out.extend(self.next());
                    continue;
                }
                c if c == open => depth = depth.saturating_add(1),
                c if c == close => {
                    depth = depth.saturating_sub(1);
                    if depth == 0 {
                        return Ok(out);
                    }
                }
                _ => {}
            }
            out.push(c);
        }
        Err(Bad)
    }

    fn word(&mut self, test: bool) -> Result<Word> {
        let mut out = Vec::new();
        let mut text = String::new();
        while let Some(c) = self.peek() {
            match c {
                ' ' | '\t' | '\n' | ';' | '&' | '|' | '<' | '>' | ')' => break,
                '(' => {
                    if text.ends_with(['?', '*', '+', '@', '!', '=']) || test && !text.is_empty() {
                        self.next();
                        self.balanced('(', ')', 1)?;
                        out.push(Part::Unknown);
                    } else {
                        break;
                    }
                }
                '\\' => {
                    self.next();
                    match self.next() {
                        Some('\n') | None => {}
                        Some(c) => {
                            flush(&mut out, &mut text, false);
                            out.push(Part::Text(c.to_string(), true));
                        }
                    }
                }
                '\'' => {
                    self.next();
                    flush(&mut out, &mut text, false);
                    let mut inner = String::new();
                    loop {
                        match self.next() {
                            None => return Err(Bad),
                            Some('\'') => break,
                            Some(c) => inner.push(c),
                        }
                    }
                    out.push(Part::Text(inner, true));
                }
                '"' => {
                    self.next();
                    flush(&mut out, &mut text, false);
                    self.quoted(&mut out)?;
                }
                '`' => {
                    self.next();
                    flush(&mut out, &mut text, false);
                    out.push(self.backquoted()?);
                }
                '$' => {
                    flush(&mut out, &mut text, false);
                    self.dollar(&mut out, false)?;
                }
                _ => {
                    text.push(c);
                    self.next();
                }
            }
        }
        flush(&mut out, &mut text, false);
        Ok(out)
    }

    fn quoted(&mut self, out: &mut Word) -> Result<()> {
        let mut text = String::new();
        loop {
            match self.peek() {
                None => return Err(Bad),
                Some('"') => {
                    self.next();
                    // An empty pair of quotes is a word too.
                    out.push(Part::Text(text, true));
                    return Ok(());
                }
                Some('\\') => {
                    self.next();
                    match self.next() {
                        Some(c @ ('$' | '`' | '"' | '\\')) => text.push(c),
                        Some('\n') => {}
                        Some(c) => text.extend(['\\', c]),
                        None => return Err(Bad),
                    }
                }
                Some('`') => {
                    self.next();
                    flush(out, &mut text, true);
                    out.push(self.backquoted()?);
                }
                Some('$') => {
                    flush(out, &mut text, true);
                    self.dollar(out, true)?;
                }
                Some(c) => {
                    text.push(c);
                    self.next();
                }
            }
        }
    }

    fn backquoted(&mut self) -> Result<Part> {
        let mut inner = String::new();
        loop {
            match self.next() {
                None => return Err(Bad),
                Some('`') => return Ok(Part::Command(inner)),
                Some('\\') => match self.next() {
                    Some(c @ ('`' | '\\' | '$')) => inner.push(c),
                    Some(c) => inner.extend(['\\', c]),
                    None => return Err(Bad),
                },
                Some(c) => inner.push(c),
            }
        }
    }

    fn dollar(&mut self, out: &mut Word, quoted: bool) -> Result<()> {
        self.next();
        let plain = |name: String| Part::Param { name, op: String::new(), arg: Vec::new(), quoted };
        match self.peek() {
            Some('(') if self.ahead(1) == Some('(') => {
                self.eat("((");
                self.balanced('(', ')', 2)?;
                out.push(Part::Unknown);
            }
            Some('(') => {
                self.next();
                out.push(Part::Command(self.balanced('(', ')', 1)?));
            }
            Some('{') => {
                self.next();
                out.push(self.braced(quoted)?);
            }
            Some('\'' | '"') if !quoted => {
                // `$'…'`: escapes are not read.
                out.push(Part::Unknown);
            }
            Some(c) if c.is_ascii_digit() || "?#@*$!-".contains(c) => {
                self.next();
                out.push(plain(c.to_string()));
            }
            Some(c) if is_name(c) => {
                let mut name = String::new();
                while let Some(c) = self.peek().filter(|c| is_name(*c)) {
                    name.push(c);
                    self.next();
                }
                out.push(plain(name));
            }
            _ => out.push(Part::Text("$".to_owned(), quoted)),
        }
        Ok(())
    }

    fn braced(&mut self, quoted: bool) -> Result<Part> {
        self.depth = self.depth.saturating_add(1);
        if self.depth > MAX_DEPTH {
            return Err(Bad);
        }
        let inner = self.balanced('{', '}', 1)?;
        self.depth = self.depth.saturating_sub(1);
        let special = inner.starts_with(['?', '@', '*', '$', '!', '-']);
        let end = if special { 1 } else { inner.find(|c| !is_name(c)).unwrap_or(inner.len()) };
        let (name, rest) = inner.split_at(end);
        if name.is_empty() {
            return Ok(Part::Unknown);
        }
        let ops = [":-", ":=", ":+", ":?", "##", "%%", "-", "=", "+", "?", "#", "%"];
        let op = ops.into_iter().find(|op| rest.starts_with(op)).unwrap_or_default();
        if op.is_empty() && !rest.is_empty() {
            return Ok(Part::Unknown);
        }
        let arg = rest.get(op.len()..).unwrap_or_default();
        let mut p = Self {
            src: format!("{arg}\"").chars().collect(),
            at: 0,
            line: self.line,
            depth: self.depth.saturating_add(1),
            heredocs: Vec::new(),
        };
        let mut word = Vec::new();
        if p.depth > MAX_DEPTH {
            return Err(Bad);
        }
        // Patterns keep their special characters; quotes inside them are rare.
        let bare = arg.replace(['"', '\''], "");
        p.src = format!("{bare}\"").chars().collect();
        p.quoted(&mut word)?;
        for part in &mut word {
            if let Part::Text(_, quoted) = part {
                *quoted = false;
            }
        }
        Ok(Part::Param { name: name.to_owned(), op: op.to_owned(), arg: word, quoted })
    }
}

fn flush(out: &mut Word, text: &mut String, quoted: bool) {
    if !text.is_empty() {
        out.push(Part::Text(std::mem::take(text), quoted));
    }
}
