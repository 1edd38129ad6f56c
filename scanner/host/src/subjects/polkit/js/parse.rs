//! From tokens to a tree. Only what [`super`] can run is taken: the rest is a mistake here, whatever
//! it means elsewhere.

use std::rc::Rc;

use super::ast::{Expression, Function, Statement, What};
use super::lex::{Placed, Token, tokens};

/// How deep parts may lie in each other.
const MAX_DEPTH: usize = 60;
/// Most operators in a row.
const MAX_ROW: usize = 400;

type Parsed<T> = Result<T, (String, u32)>;

/// Operators by how tightly they bind.
const BINARY: [&[&str]; 6] = [
    &["||"],
    &["&&"],
    &["===", "!==", "==", "!="],
    &["<", ">", "<=", ">="],
    &["+", "-"],
    &["*", "/", "%"],
];

/// Reads a script.
///
/// # Errors
/// What is wrong, and the line.
pub(super) fn script(text: &str) -> Parsed<Vec<Statement>> {
    let tokens = tokens(text)?;
    let mut p = Parser { tokens, at: 0, depth: 0 };
    let mut out = Vec::new();
    while p.at < p.tokens.len() {
        out.push(p.statement()?);
    }
    Ok(out)
}

struct Parser {
    tokens: Vec<Placed>,
    at: usize,
    depth: usize,
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at).map(|p| &p.token)
    }

    fn line(&self) -> u32 {
        let here = self.tokens.get(self.at).or_else(|| self.tokens.last());
        here.map_or(1, |p| p.line)
    }

    fn wrong<T>(&self) -> Parsed<T> {
        let what = match self.peek() {
            None => "it ends too early".to_owned(),
            Some(Token::Word(word)) => format!("{word} is not expected"),
            Some(Token::Sign(sign)) => format!("`{sign}` is not expected"),
            Some(_) => "a value is not expected".to_owned(),
        };
        Err((what, self.line()))
    }

    fn sign(&mut self, sign: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Sign(s)) if *s == sign);
        self.at += usize::from(found);
        found
    }

    fn word(&mut self, word: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Word(w)) if **w == *word);
        self.at += usize::from(found);
        found
    }

    fn need(&mut self, sign: &str) -> Parsed<()> {
        if self.sign(sign) { Ok(()) } else { self.wrong() }
    }

    fn name(&mut self) -> Parsed<Rc<str>> {
        const RESERVED: [&str; 30] = [
            "break",
            "case",
            "catch",
            "class",
            "const",
            "continue",
            "default",
            "delete",
            "do",
            "else",
            "finally",
            "for",
            "function",
            "if",
            "in",
            "instanceof",
            "let",
            "new",
            "null",
            "return",
            "switch",
            "this",
            "throw",
            "try",
            "typeof",
            "var",
            "void",
            "while",
            "with",
            "yield",
        ];
        match self.peek() {
            Some(Token::Word(w)) if !RESERVED.contains(&&**w) => {
                let word = Rc::clone(w);
                self.at += 1;
                Ok(word)
            }
            _ => self.wrong(),
        }
    }

    /// The end of a statement: written, or where a line or a block ends.
    fn end(&mut self) -> Parsed<()> {
        let next = self.tokens.get(self.at);
        let implied = next.is_none_or(|p| p.fresh || p.token == Token::Sign("}"));
        if self.sign(";") || implied { Ok(()) } else { self.wrong() }
    }

    fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(("it is nested more deeply than is read".to_owned(), self.line()));
        }
        let out = read(self);
        self.depth -= 1;
        out
    }

    fn statement(&mut self) -> Parsed<Statement> {
        let line = self.line();
        let what = self.deeper(Self::what)?;
        Ok(Statement { line, what })
    }

    fn what(&mut self) -> Parsed<What> {
        if self.sign(";") {
            return Ok(What::Block(Vec::new()));
        }
        if self.sign("{") {
            return self.block().map(What::Block);
        }
        if self.word("var") || self.word("const") || self.word("let") {
            let out = self.declarations()?;
            self.end()?;
            return Ok(out);
        }
        if self.word("if") {
            self.need("(")?;
            let condition = self.expression()?;
            self.need(")")?;
            let then = Box::new(self.statement()?);
            let other = if self.word("else") { Some(Box::new(self.statement()?)) } else { None };
            return Ok(What::If(condition, then, other));
        }
        if self.word("return") {
            let next = self.tokens.get(self.at);
            let bare = next
                .is_none_or(|p| p.fresh || [Token::Sign("}"), Token::Sign(";")].contains(&p.token));
            let value = if bare { None } else { Some(self.expression()?) };
            self.end()?;
            return Ok(What::Return(value));
        }
        if self.word("for") {
            return self.repeat();
        }
        if self.word("while") {
            self.need("(")?;
            let condition = self.expression()?;
            self.need(")")?;
            return Ok(What::For(None, Some(condition), None, Box::new(self.statement()?)));
        }
        if self.word("switch") {
            return self.switch();
        }
        if self.word("break") {
            self.end()?;
            return Ok(What::Break);
        }
        if self.word("continue") {
            self.end()?;
            return Ok(What::Continue);
        }
        if self.word("function") {
            let name = self.name()?;
            return Ok(What::Define(name, Rc::new(self.function()?)));
        }
        let value = self.expression()?;
        self.end()?;
        Ok(What::Expression(value))
    }

    fn block(&mut self) -> Parsed<Vec<Statement>> {
        let mut out = Vec::new();
        while !self.sign("}") {
            out.push(self.statement()?);
        }
        Ok(out)
    }

    fn declarations(&mut self) -> Parsed<What> {
        let mut out = Vec::new();
        loop {
            let name = self.name()?;
            let value = if self.sign("=") { Some(self.assignment()?) } else { None };
            out.push((name, value));
            if !self.sign(",") {
                return Ok(What::Declare(out));
            }
        }
    }

    fn repeat(&mut self) -> Parsed<What> {
        self.need("(")?;
        let line = self.line();
        let first = if self.word("var") || self.word("let") {
            Some(self.declarations()?)
        } else if matches!(self.peek(), Some(Token::Sign(";"))) {
            None
        } else {
            Some(What::Expression(self.expression()?))
        };
        let first = first.map(|what| Box::new(Statement { line, what }));
        self.need(";")?;
        let stop = matches!(self.peek(), Some(Token::Sign(";")));
        let condition = if stop { None } else { Some(self.expression()?) };
        self.need(";")?;
        let stop = matches!(self.peek(), Some(Token::Sign(")")));
        let step = if stop { None } else { Some(self.expression()?) };
        self.need(")")?;
        Ok(What::For(first, condition, step, Box::new(self.statement()?)))
    }

    fn switch(&mut self) -> Parsed<What> {
        self.need("(")?;
        let value = self.expression()?;
        self.need(")")?;
        self.need("{")?;
        let mut cases = Vec::new();
        while !self.sign("}") {
            let case = if self.word("case") {
                Some(self.expression()?)
            } else if self.word("default") {
                None
            } else {
                return self.wrong();
            };
            self.need(":")?;
            let mut body = Vec::new();
            while !matches!(self.peek(), Some(Token::Word(w)) if ["case", "default"].contains(&&**w))
                && !matches!(self.peek(), Some(Token::Sign("}")))
            {
                body.push(self.statement()?);
            }
            cases.push((case, body));
        }
        Ok(What::Switch(value, cases))
    }

    /// Parameters and body.
    fn function(&mut self) -> Parsed<Function> {
        self.need("(")?;
        let mut params = Vec::new();
        while !self.sign(")") {
            params.push(self.name()?);
            if !matches!(self.peek(), Some(Token::Sign(")"))) {
                self.need(",")?;
            }
        }
        self.need("{")?;
        Ok(Function { params, body: self.block()? })
    }

    fn expression(&mut self) -> Parsed<Expression> {
        self.assignment()
    }

    fn assignment(&mut self) -> Parsed<Expression> {
        self.deeper(|p| {
            let left = p.choice()?;
            for (sign, operator) in [("=", ""), ("+=", "+"), ("-=", "-")] {
                if p.sign(sign) {
                    let fits = matches!(
                        left,
                        Expression::Name(_) | Expression::Member(..) | Expression::Index(..)
                    );
                    if !fits {
                        return p.wrong();
                    }
                    let value = p.assignment()?;
                    return Ok(Expression::Assign(Box::new(left), operator, Box::new(value)));
                }
            }
            Ok(left)
        })
    }

    fn choice(&mut self) -> Parsed<Expression> {
        let condition = self.binary(0)?;
        if !self.sign("?") {
            return Ok(condition);
        }
        let yes = self.assignment()?;
        self.need(":")?;
        let no = self.assignment()?;
        Ok(Expression::Choice(Box::new(condition), Box::new(yes), Box::new(no)))
    }

    fn binary(&mut self, level: usize) -> Parsed<Expression> {
        let Some(signs) = BINARY.get(level) else { return self.unary() };
        let mut left = self.binary(level + 1)?;
        let mut row = 0;
        while let Some(sign) = signs.iter().find(|s| self.sign(s)) {
            row += 1;
            if row > MAX_ROW {
                return Err(("it is longer than is read".to_owned(), self.line()));
            }
            let right = self.binary(level + 1)?;
            left = Expression::Binary(sign, Box::new(left), Box::new(right));
        }
        Ok(left)
    }

    fn unary(&mut self) -> Parsed<Expression> {
        self.deeper(|p| {
            for sign in ["!", "-", "+"] {
                if p.sign(sign) {
                    let sign = if sign == "!" {
                        "!"
                    } else if sign == "-" {
                        "-"
                    } else {
                        "+"
                    };
                    return Ok(Expression::Unary(sign, Box::new(p.unary()?)));
                }
            }
            if p.word("typeof") {
                return Ok(Expression::Unary("typeof", Box::new(p.unary()?)));
            }
            for (sign, operator) in [("++", "+"), ("--", "-")] {
                if p.sign(sign) {
                    let target = p.postfix()?;
                    let one = Box::new(Expression::Number(1.0));
                    return Ok(Expression::Assign(Box::new(target), operator, one));
                }
            }
            let value = p.postfix()?;
            let here = p.tokens.get(p.at).is_some_and(|t| !t.fresh);
            for (sign, operator, back) in [("++", "+", "-"), ("--", "-", "+")] {
                if here && p.sign(sign) {
                    let one = || Box::new(Expression::Number(1.0));
                    let changed = Expression::Assign(Box::new(value), operator, one());
                    // The value before the change.
                    return Ok(Expression::Binary(back, Box::new(changed), one()));
                }
            }
            Ok(value)
        })
    }

    fn postfix(&mut self) -> Parsed<Expression> {
        let mut value = self.primary()?;
        let mut row = 0;
        loop {
            row += 1;
            if row > MAX_DEPTH {
                return Err(("it is longer than is read".to_owned(), self.line()));
            }
            if self.sign(".") {
                let Some(Token::Word(name)) = self.peek() else { return self.wrong() };
                let name = Rc::clone(name);
                self.at += 1;
                value = Expression::Member(Box::new(value), name);
            } else if self.sign("[") {
                let index = self.expression()?;
                self.need("]")?;
                value = Expression::Index(Box::new(value), Box::new(index));
            } else if self.sign("(") {
                value = Expression::Call(Box::new(value), self.list(")")?);
            } else {
                return Ok(value);
            }
        }
    }

    fn list(&mut self, end: &str) -> Parsed<Vec<Expression>> {
        let mut out = Vec::new();
        while !self.sign(end) {
            out.push(self.assignment()?);
            if !matches!(self.peek(), Some(Token::Sign(s)) if *s == end) {
                self.need(",")?;
            }
        }
        Ok(out)
    }

    fn primary(&mut self) -> Parsed<Expression> {
        if self.sign("(") {
            let value = self.expression()?;
            self.need(")")?;
            return Ok(value);
        }
        if self.sign("[") {
            return self.list("]").map(Expression::List);
        }
        if self.sign("{") {
            return self.object();
        }
        if self.word("function") {
            if matches!(self.peek(), Some(Token::Word(_))) {
                self.at += 1;
            }
            return Ok(Expression::Function(Rc::new(self.function()?)));
        }
        for (word, value) in [
            ("true", Expression::Bool(true)),
            ("false", Expression::Bool(false)),
            ("null", Expression::Null),
            ("undefined", Expression::Undefined),
        ] {
            if self.word(word) {
                return Ok(value);
            }
        }
        let value = match self.peek() {
            Some(Token::Number(n)) => Expression::Number(*n),
            Some(Token::Text(t)) => Expression::Text(Rc::clone(t)),
            Some(Token::Regex(p, f)) => Expression::Regex(Rc::clone(p), Rc::clone(f)),
            _ => return self.name().map(Expression::Name),
        };
        self.at += 1;
        Ok(value)
    }

    fn object(&mut self) -> Parsed<Expression> {
        let mut out = Vec::new();
        while !self.sign("}") {
            let key = match self.peek() {
                Some(Token::Text(t) | Token::Word(t)) => Rc::clone(t),
                _ => return self.wrong(),
            };
            self.at += 1;
            self.need(":")?;
            out.push((key, self.assignment()?));
            if !matches!(self.peek(), Some(Token::Sign("}"))) {
                self.need(",")?;
            }
        }
        Ok(Expression::Object(out))
    }
}
