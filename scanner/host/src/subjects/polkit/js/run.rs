//! Runs scripts: once to gather their rules, then the rules with a question.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use super::ast::{Expression, Function, Statement, What};
use super::value::{Scope, Value};
use super::{builtin, operators, parse};

/// Steps of one question.
const MAX_STEPS: u32 = 20_000;
/// Functions that call each other.
const MAX_CALLS: u32 = 20;

/// Why a script does not go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::subjects::polkit) enum Stop {
    /// It does what is not known here.
    Unknown(String),
    /// It throws: polkit says no.
    Thrown,
}

impl Stop {
    pub(super) fn unknown(what: &str) -> Self {
        Self::Unknown(format!("{what} is not followed"))
    }
}

/// Who asks for what.
#[derive(Debug, Clone, Default)]
pub(in crate::subjects::polkit) struct Question {
    pub(in crate::subjects::polkit) action: String,
    pub(in crate::subjects::polkit) user: String,
    pub(in crate::subjects::polkit) groups: Vec<String>,
    /// The session sits at the machine; and it is the one in front.
    pub(in crate::subjects::polkit) local: bool,
    pub(in crate::subjects::polkit) active: bool,
    /// Details of the action; `None`: it has no such detail. Others may be anything.
    pub(in crate::subjects::polkit) details: BTreeMap<String, Option<String>>,
}

/// What a rule says, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::subjects::polkit) struct Answer {
    pub(in crate::subjects::polkit) result: String,
    /// The script, by its place in the list of all, and the line.
    pub(in crate::subjects::polkit) script: usize,
    pub(in crate::subjects::polkit) line: u32,
}

/// Asks the helper for `.pkla` files.
pub(in crate::subjects::polkit) type Pkla<'a> =
    &'a dyn Fn(&Question) -> Result<Option<String>, Stop>;

/// The rules of all scripts.
#[derive(Debug, Default)]
pub(in crate::subjects::polkit) struct Rules {
    rules: Vec<(usize, Rc<Function>, Rc<Scope>)>,
    global: Rc<Scope>,
    /// Texts that the scripts hold.
    pub(in crate::subjects::polkit) texts: Vec<String>,
}

/// Runs something for a question.
pub(in crate::subjects::polkit) struct Engine<'a> {
    pub(super) question: &'a Question,
    pub(super) pkla: Option<Pkla<'a>>,
    steps: Cell<u32>,
    calls: Cell<u32>,
    line: Cell<u32>,
    /// Where rules are put while scripts are read.
    gathered: Option<&'a RefCell<Vec<Closure>>>,
}

/// A function with the names around it.
type Closure = (Rc<Function>, Rc<Scope>);

/// What a statement leads to.
enum Flow {
    On,
    Break,
    Continue,
    Return(Value),
}

impl Rules {
    /// Adds the rules of a script; its names are those of all scripts.
    ///
    /// # Errors
    /// What is not followed, and the line.
    pub(in crate::subjects::polkit) fn add(
        &mut self,
        script: usize,
        text: &str,
    ) -> Result<(), (String, u32)> {
        let statements = parse::script(text)?;
        let scope = Rc::clone(&self.global);
        let gathered = RefCell::default();
        let question = Question::default();
        let mut engine = Engine::new(&question, None);
        engine.gathered = Some(&gathered);
        match engine.block(&statements, &scope) {
            Ok(Flow::On) => {}
            Ok(_) => return Err(("it ends outside of a function".to_owned(), engine.line.get())),
            // What it did before it failed stays.
            Err(Stop::Thrown) => {}
            Err(Stop::Unknown(why)) => return Err((why, engine.line.get())),
        }
        for (function, scope) in gathered.into_inner() {
            self.rules.push((script, function, scope));
        }
        for placed in super::lex::tokens(text)? {
            if let super::lex::Token::Text(t) = placed.token
                && !self.texts.iter().any(|known| **known == *t)
            {
                self.texts.push(t.to_string());
            }
        }
        Ok(())
    }

    /// The first answer of a rule. `None`: no rule says anything.
    ///
    /// # Errors
    /// The script and the line that is not followed.
    pub(in crate::subjects::polkit) fn ask(
        &self,
        question: &Question,
        pkla: Option<Pkla<'_>>,
    ) -> Result<Option<Answer>, (String, usize, u32)> {
        for (script, function, scope) in &self.rules {
            let engine = Engine::new(question, pkla);
            let said = |result: &str| {
                let line = engine.line.get();
                Some(Answer { result: result.to_owned(), script: *script, line })
            };
            match engine.invoke(function, scope, &[Value::Action, Value::Subject]) {
                Ok(Value::Text(text)) if !text.is_empty() => return Ok(said(&text)),
                Ok(value) if !value.truthy() => {}
                // No text: polkit refuses.
                Ok(_) | Err(Stop::Thrown) => return Ok(said("no")),
                Err(Stop::Unknown(why)) => return Err((why, *script, engine.line.get())),
            }
        }
        Ok(None)
    }
}

impl<'a> Engine<'a> {
    fn new(question: &'a Question, pkla: Option<Pkla<'a>>) -> Self {
        let gathered = None;
        let (steps, calls, line) = (Cell::default(), Cell::default(), Cell::new(1));
        Self { question, pkla, steps, calls, line, gathered }
    }

    /// Calls a function.
    pub(super) fn invoke(
        &self,
        function: &Rc<Function>,
        around: &Rc<Scope>,
        args: &[Value],
    ) -> Result<Value, Stop> {
        self.calls.set(self.calls.get() + 1);
        if self.calls.get() > MAX_CALLS {
            return Err(Stop::unknown("a long chain of calls"));
        }
        let scope = Rc::new(Scope { around: Some(Rc::clone(around)), ..Scope::default() });
        for (at, name) in function.params.iter().enumerate() {
            scope.set(name, args.get(at).cloned().unwrap_or(Value::Undefined));
        }
        let out = match self.block(&function.body, &scope)? {
            Flow::Return(value) => value,
            _ => Value::Undefined,
        };
        self.calls.set(self.calls.get() - 1);
        Ok(out)
    }

    fn step(&self) -> Result<(), Stop> {
        self.steps.set(self.steps.get() + 1);
        if self.steps.get() > MAX_STEPS { Err(Stop::unknown("a long run")) } else { Ok(()) }
    }

    fn block(&self, all: &[Statement], scope: &Rc<Scope>) -> Result<Flow, Stop> {
        // Functions are there before the first statement runs.
        for statement in all {
            if let What::Define(name, function) = &statement.what {
                scope.set(name, Value::Function(Rc::clone(function), Rc::clone(scope)));
            }
        }
        for statement in all {
            match self.statement(statement, scope)? {
                Flow::On => {}
                other => return Ok(other),
            }
        }
        Ok(Flow::On)
    }

    fn statement(&self, s: &Statement, scope: &Rc<Scope>) -> Result<Flow, Stop> {
        self.step()?;
        self.line.set(s.line);
        Ok(match &s.what {
            What::Expression(e) => {
                self.value(e, scope)?;
                Flow::On
            }
            What::Declare(all) => {
                for (name, value) in all {
                    match value {
                        Some(e) => scope.set(name, self.value(e, scope)?),
                        None if scope.names.borrow().contains_key(name) => {}
                        None => scope.set(name, Value::Undefined),
                    }
                }
                Flow::On
            }
            What::If(condition, then, other) => {
                if self.value(condition, scope)?.truthy() {
                    self.statement(then, scope)?
                } else if let Some(other) = other {
                    self.statement(other, scope)?
                } else {
                    Flow::On
                }
            }
            What::Return(value) => Flow::Return(match value {
                Some(e) => self.value(e, scope)?,
                None => Value::Undefined,
            }),
            What::Block(all) => self.block(all, scope)?,
            What::For(first, condition, step, body) => {
                if let Some(first) = first {
                    self.statement(first, scope)?;
                }
                loop {
                    self.step()?;
                    if let Some(condition) = condition
                        && !self.value(condition, scope)?.truthy()
                    {
                        return Ok(Flow::On);
                    }
                    match self.statement(body, scope)? {
                        Flow::Break => return Ok(Flow::On),
                        Flow::Return(value) => return Ok(Flow::Return(value)),
                        Flow::On | Flow::Continue => {}
                    }
                    if let Some(step) = step {
                        self.value(step, scope)?;
                    }
                }
            }
            What::Switch(value, cases) => self.switch(value, cases, scope)?,
            What::Define(..) => Flow::On,
            What::Break => Flow::Break,
            What::Continue => Flow::Continue,
        })
    }

    fn switch(
        &self,
        value: &Expression,
        cases: &[(Option<Expression>, Vec<Statement>)],
        scope: &Rc<Scope>,
    ) -> Result<Flow, Stop> {
        let value = self.value(value, scope)?;
        let mut start = None;
        for (at, (case, _)) in cases.iter().enumerate() {
            if let Some(case) = case
                && self.value(case, scope)?.strictly(&value)
            {
                start = Some(at);
                break;
            }
        }
        let start = start.or_else(|| cases.iter().position(|(case, _)| case.is_none()));
        for (_, body) in start.and_then(|s| cases.get(s..)).unwrap_or_default() {
            match self.block(body, scope)? {
                Flow::On => {}
                Flow::Break => return Ok(Flow::On),
                other => return Ok(other),
            }
        }
        Ok(Flow::On)
    }

    fn value(&self, e: &Expression, scope: &Rc<Scope>) -> Result<Value, Stop> {
        self.step()?;
        Ok(match e {
            Expression::Undefined => Value::Undefined,
            Expression::Null => Value::Null,
            Expression::Bool(b) => Value::Bool(*b),
            Expression::Number(n) => Value::Number(*n),
            Expression::Text(t) => Value::Text(Rc::clone(t)),
            Expression::Regex(pattern, flags) => builtin::regex(pattern, flags)?,
            Expression::List(all) => Value::list(self.values(all, scope)?),
            Expression::Object(all) => {
                let mut out = BTreeMap::new();
                for (key, value) in all {
                    out.insert(Rc::clone(key), self.value(value, scope)?);
                }
                Value::Object(Rc::new(RefCell::new(out)))
            }
            Expression::Name(name) => match scope.get(name) {
                Some(value) => value,
                None if **name == *"polkit" => Value::Polkit,
                None => return Err(Stop::unknown(name)),
            },
            Expression::Member(of, name) => {
                builtin::member(&self.value(of, scope)?, name, self.question)?
            }
            Expression::Index(of, index) => {
                let (of, index) = (self.value(of, scope)?, self.value(index, scope)?);
                self.index(&of, &index)?
            }
            Expression::Call(callee, args) => self.call(callee, args, scope)?,
            Expression::Unary(operator, of) => operators::unary(operator, &self.value(of, scope)?)?,
            Expression::Binary("&&", a, b) => {
                let a = self.value(a, scope)?;
                if a.truthy() { self.value(b, scope)? } else { a }
            }
            Expression::Binary("||", a, b) => {
                let a = self.value(a, scope)?;
                if a.truthy() { a } else { self.value(b, scope)? }
            }
            Expression::Binary(operator, a, b) => {
                let (a, b) = (self.value(a, scope)?, self.value(b, scope)?);
                operators::binary(operator, &a, &b)?
            }
            Expression::Choice(condition, yes, no) => {
                let which = if self.value(condition, scope)?.truthy() { yes } else { no };
                self.value(which, scope)?
            }
            Expression::Assign(target, operator, value) => {
                self.assign(target, operator, value, scope)?
            }
            Expression::Function(f) => Value::Function(Rc::clone(f), Rc::clone(scope)),
        })
    }

    fn values(&self, all: &[Expression], scope: &Rc<Scope>) -> Result<Vec<Value>, Stop> {
        all.iter().map(|e| self.value(e, scope)).collect()
    }

    fn index(&self, of: &Value, index: &Value) -> Result<Value, Stop> {
        match (of, index) {
            (Value::List(list), Value::Number(n)) => {
                let at = format!("{n}").parse::<usize>().ok();
                Ok(at.and_then(|at| list.borrow().get(at).cloned()).unwrap_or(Value::Undefined))
            }
            (_, Value::Text(name)) => builtin::member(of, name, self.question),
            (Value::Undefined | Value::Null, _) => Err(Stop::Thrown),
            _ => Err(Stop::unknown("an index")),
        }
    }

    fn call(
        &self,
        callee: &Expression,
        args: &[Expression],
        scope: &Rc<Scope>,
    ) -> Result<Value, Stop> {
        if let Expression::Member(of, name) = callee {
            let of = self.value(of, scope)?;
            let args = self.values(args, scope)?;
            if let Value::Object(members) = &of {
                let found = members.borrow().get(name).cloned();
                return match found {
                    Some(Value::Function(f, scope)) => self.invoke(&f, &scope, &args),
                    _ => Err(Stop::unknown(name)),
                };
            }
            if let (Value::Polkit, Some(gathered)) = (&of, self.gathered) {
                match (&**name, args.first()) {
                    ("addRule", Some(Value::Function(f, scope))) => {
                        gathered.borrow_mut().push((Rc::clone(f), Rc::clone(scope)));
                        return Ok(Value::Undefined);
                    }
                    // Who counts as an administrator where a password is asked for.
                    ("addAdminRule", _) => return Ok(Value::Undefined),
                    _ => {}
                }
            }
            return builtin::call(self, &of, name, &args);
        }
        match self.value(callee, scope)? {
            Value::Function(f, around) => {
                let args = self.values(args, scope)?;
                self.invoke(&f, &around, &args)
            }
            _ => Err(Stop::unknown("a call")),
        }
    }

    fn assign(
        &self,
        target: &Expression,
        operator: &str,
        value: &Expression,
        scope: &Rc<Scope>,
    ) -> Result<Value, Stop> {
        let Expression::Name(name) = target else {
            return Err(Stop::unknown("a change of a member"));
        };
        let mut value = self.value(value, scope)?;
        if !operator.is_empty() {
            let old = scope.get(name).ok_or(Stop::Thrown)?;
            value = operators::binary(operator, &old, &value)?;
        }
        match scope.with(name) {
            // What one question changes, the next would meet.
            Some(holder) if self.gathered.is_none() && holder.around.is_none() => {
                return Err(Stop::unknown("a change of what all rules share"));
            }
            Some(holder) => holder.set(name, value.clone()),
            None => return Err(Stop::unknown("a new name without var")),
        }
        Ok(value)
    }
}
