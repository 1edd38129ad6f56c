//! What a script is made of.

use std::rc::Rc;

/// A function.
#[derive(Debug)]
pub(super) struct Function {
    pub(super) params: Vec<Rc<str>>,
    pub(super) body: Vec<Statement>,
}

/// A statement, with its line.
#[derive(Debug)]
pub(super) struct Statement {
    pub(super) line: u32,
    pub(super) what: What,
}

#[derive(Debug)]
pub(super) enum What {
    Expression(Expression),
    Declare(Vec<(Rc<str>, Option<Expression>)>),
    If(Expression, Box<Statement>, Option<Box<Statement>>),
    Return(Option<Expression>),
    Block(Vec<Statement>),
    For(Option<Box<Statement>>, Option<Expression>, Option<Expression>, Box<Statement>),
    Switch(Expression, Vec<(Option<Expression>, Vec<Statement>)>),
    Define(Rc<str>, Rc<Function>),
    Break,
    Continue,
}

#[derive(Debug)]
pub(super) enum Expression {
    Undefined,
    Null,
    Bool(bool),
    Number(f64),
    Text(Rc<str>),
    Regex(Rc<str>, Rc<str>),
    List(Vec<Expression>),
    Object(Vec<(Rc<str>, Expression)>),
    Name(Rc<str>),
    Member(Box<Expression>, Rc<str>),
    Index(Box<Expression>, Box<Expression>),
    Call(Box<Expression>, Vec<Expression>),
    Unary(&'static str, Box<Expression>),
    Binary(&'static str, Box<Expression>, Box<Expression>),
    Choice(Box<Expression>, Box<Expression>, Box<Expression>),
    /// Target, operator (empty for `=`), value.
    Assign(Box<Expression>, &'static str, Box<Expression>),
    Function(Rc<Function>),
}
