//! Commands made of others: conditions, loops, cases, groups.

use std::rc::Rc;

use super::*;

impl Parser {
    pub(super) fn compound(&mut self) -> Result<Option<Node>> {
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

    pub(super) fn conditional(&mut self) -> Result<Node> {
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

    pub(super) fn body(&mut self) -> Result<Node> {
        self.newlines();
        if self.peek() == Some(';') {
            self.next();
        }
        self.expect("do")?;
        let body = self.list(&["done"])?;
        self.expect("done")?;
        Ok(body)
    }

    pub(super) fn repeated(&mut self) -> Result<Node> {
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

    pub(super) fn case(&mut self) -> Result<Node> {
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
}
