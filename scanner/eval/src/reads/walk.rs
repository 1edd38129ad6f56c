//! Walks the syntax tree of one rule or function and notes what it reads of `input` and what it
//! calls.
//!
//! An over-approximation: binding a variable to a part of `input` claims that whole part, a dynamic
//! step claims every member. Aliases are followed only to check paths against type files.

use std::collections::{BTreeMap, BTreeSet};

use assay_core::Segment;
use regorus::Value;
use regorus::unstable::{AssignOp, Expr, Literal, LiteralStmt, Query, Rule, RuleBody, RuleHead};

/// A path below `input`, `input` itself being empty.
pub(crate) type InputPath = Vec<Segment>;
/// Variables that stand for a part of `input`.
pub(crate) type Aliases = BTreeMap<String, InputPath>;

/// What is known of the module in which a rule stands.
#[derive(Debug, Default, Clone)]
pub(crate) struct Scope {
    /// The package, without `data.`.
    pub(crate) package: String,
    /// Names of rules and functions of the package.
    pub(crate) names: BTreeSet<String>,
    /// Imported names and the package or rule that they stand for.
    pub(crate) imports: BTreeMap<String, Vec<String>>,
    /// Rules that only name a part of `input`.
    pub(crate) aliases: Aliases,
}

/// What a rule or function touches.
#[derive(Debug, Default, Clone)]
pub(crate) struct Node {
    /// Paths below `input`, with the line of the first read.
    pub(crate) reads: BTreeMap<InputPath, u32>,
    /// References to rules and functions: whole `data` paths, with a line.
    pub(crate) calls: BTreeMap<Vec<String>, u32>,
    /// What a rule may not do.
    pub(crate) problems: Vec<(u32, String)>,
}

/// One step of a reference.
enum Step<'a> {
    Key(String),
    Dynamic(&'a Expr),
}

/// The name of a rule or function: the first step of its head.
pub(crate) fn name(rule: &Rule) -> Option<String> {
    let refr = match rule {
        Rule::Spec { head, .. } => match head {
            RuleHead::Compr { refr, .. }
            | RuleHead::Set { refr, .. }
            | RuleHead::Func { refr, .. } => refr,
        },
        Rule::Default { refr, .. } => refr,
    };
    match chain(refr).0 {
        Expr::Var { value: Value::String(s), .. } => Some(s.to_string()),
        _ => None,
    }
}

/// The part of `input` that a rule without conditions names (`block := input.properties.X`).
pub(crate) fn alias(rule: &Rule, scope: &Scope) -> Option<InputPath> {
    let Rule::Spec { head: RuleHead::Compr { assign: Some(assign), .. }, bodies, .. } = rule else {
        return None;
    };
    let bare = bodies.iter().all(|b| b.query.stmts.is_empty());
    if !bare || bodies.len() > 1 {
        return None;
    }
    Walk { scope, node: &mut Node::default() }.resolve(&assign.value, &scope.aliases)
}

/// Notes what one definition touches.
pub(crate) fn rule(rule: &Rule, scope: &Scope, node: &mut Node) {
    let mut walk = Walk { scope, node };
    match rule {
        Rule::Default { value, .. } => walk.expr(value, &scope.aliases),
        Rule::Spec { head, bodies, .. } => {
            if bodies.is_empty() {
                walk.head(head, &scope.aliases);
            }
            for (n, body) in bodies.iter().enumerate() {
                let mut env = scope.aliases.clone();
                if let RuleHead::Func { args, .. } = head {
                    for arg in args {
                        forget(arg, &mut env);
                    }
                }
                walk.body(body, &mut env);
                if n == 0 || body.assign.is_none() {
                    walk.head(head, &env);
                }
            }
        }
    }
}

struct Walk<'a> {
    scope: &'a Scope,
    node: &'a mut Node,
}

impl Walk<'_> {
    fn head(&mut self, head: &RuleHead, env: &Aliases) {
        match head {
            RuleHead::Set { key, .. } => {
                if let Some(key) = key {
                    self.expr(key, env);
                }
            }
            RuleHead::Func { assign, args, .. } => {
                for arg in args {
                    if !matches!(arg.as_ref(), Expr::Var { .. }) {
                        self.expr(arg, env);
                    }
                }
                if let Some(assign) = assign {
                    self.expr(&assign.value, env);
                }
            }
            RuleHead::Compr { refr, assign, .. } => {
                for step in chain(refr).1 {
                    if let Step::Dynamic(e) = step {
                        self.expr(e, env);
                    }
                }
                if let Some(assign) = assign {
                    self.expr(&assign.value, env);
                }
            }
        }
    }

    fn body(&mut self, body: &RuleBody, env: &mut Aliases) {
        self.query(&body.query, env);
        if let Some(assign) = &body.assign {
            self.expr(&assign.value, env);
        }
    }

    fn query(&mut self, query: &Query, env: &mut Aliases) {
        for stmt in &query.stmts {
            self.stmt(stmt, env);
        }
    }

    fn stmt(&mut self, stmt: &LiteralStmt, env: &mut Aliases) {
        if !stmt.with_mods.is_empty() {
            self.node.problems.push((stmt.span.line, "`with` is not available to rules".into()));
        }
        match &stmt.literal {
            Literal::SomeVars { vars, .. } => {
                for v in vars {
                    env.remove(v.text());
                }
            }
            Literal::SomeIn { key, value, collection, .. } => {
                self.expr(collection, env);
                let base = self.resolve(collection, env);
                if let Some(key) = key {
                    forget(key, env);
                }
                forget(value, env);
                if let (Some(mut path), Some(var)) = (base, variable(value)) {
                    path.push(Segment::Any);
                    env.insert(var, path);
                } else if variable(value).is_none() {
                    self.expr(value, env);
                }
            }
            Literal::Expr { expr, .. } | Literal::NotExpr { expr, .. } => self.statement(expr, env),
            Literal::Every { key, value, domain, query, .. } => {
                self.expr(domain, env);
                let mut inner = env.clone();
                if let Some(key) = key {
                    inner.remove(key.text());
                }
                inner.remove(value.text());
                if let Some(mut path) = self.resolve(domain, env) {
                    path.push(Segment::Any);
                    inner.insert(value.text().to_owned(), path);
                }
                self.query(query, &mut inner);
            }
        }
    }

    fn statement(&mut self, expr: &Expr, env: &mut Aliases) {
        let Expr::AssignExpr { op, lhs, rhs, .. } = expr else {
            self.expr(expr, env);
            return;
        };
        self.expr(rhs, env);
        let path = self.resolve(rhs, env);
        match variable(lhs) {
            Some(var) => {
                let known = env.contains_key(&var) && matches!(op, AssignOp::Eq);
                if known {
                    self.expr(lhs, env);
                } else if let Some(path) = path {
                    env.insert(var, path);
                } else {
                    env.remove(&var);
                }
            }
            None => {
                if matches!(op, AssignOp::ColEq) {
                    forget(lhs, env);
                } else {
                    self.expr(lhs, env);
                }
            }
        }
    }

    fn expr(&mut self, expr: &Expr, env: &Aliases) {
        match expr {
            Expr::String { .. }
            | Expr::RawString { .. }
            | Expr::Number { .. }
            | Expr::Bool { .. }
            | Expr::Null { .. } => {}
            Expr::Var { .. } | Expr::RefDot { .. } | Expr::RefBrack { .. } => {
                self.reference(expr, env)
            }
            Expr::Array { items, .. } | Expr::Set { items, .. } => {
                for item in items {
                    self.expr(item, env);
                }
            }
            Expr::Object { fields, .. } => {
                for (_, key, value) in fields {
                    self.expr(key, env);
                    self.expr(value, env);
                }
            }
            Expr::ArrayCompr { term, query, .. } | Expr::SetCompr { term, query, .. } => {
                let mut inner = env.clone();
                self.query(query, &mut inner);
                self.expr(term, &inner);
            }
            Expr::ObjectCompr { key, value, query, .. } => {
                let mut inner = env.clone();
                self.query(query, &mut inner);
                self.expr(key, &inner);
                self.expr(value, &inner);
            }
            Expr::Call { fcn, params, .. } => {
                self.reference(fcn, env);
                for param in params {
                    self.expr(param, env);
                }
            }
            Expr::UnaryExpr { expr, .. } => self.expr(expr, env),
            Expr::BinExpr { lhs, rhs, .. }
            | Expr::BoolExpr { lhs, rhs, .. }
            | Expr::ArithExpr { lhs, rhs, .. }
            | Expr::AssignExpr { lhs, rhs, .. } => {
                self.expr(lhs, env);
                self.expr(rhs, env);
            }
            Expr::Membership { key, value, collection, .. } => {
                if let Some(key) = key {
                    self.expr(key, env);
                }
                self.expr(value, env);
                self.expr(collection, env);
            }
        }
    }

    fn reference(&mut self, expr: &Expr, env: &Aliases) {
        let line = expr.span().line;
        let (base, steps) = chain(expr);
        for step in &steps {
            if let Step::Dynamic(e) = step {
                self.expr(e, env);
            }
        }
        let Expr::Var { value: Value::String(var), .. } = base else {
            self.expr(base, env);
            return;
        };
        if let Some(path) = self.resolve(expr, env) {
            self.node.reads.entry(path).or_insert(line);
        }
        let keys: Vec<String> = steps
            .iter()
            .map_while(|s| match s {
                Step::Key(k) => Some(k.clone()),
                Step::Dynamic(_) => None,
            })
            .collect();
        let target = if var.as_ref() == "data" {
            Some(keys)
        } else if self.scope.names.contains(var.as_ref()) {
            let mut path: Vec<String> = self.scope.package.split('.').map(str::to_owned).collect();
            path.push(var.to_string());
            Some(path)
        } else {
            self.scope.imports.get(var.as_ref()).map(|import| {
                let mut path = import.clone();
                path.extend(keys);
                path
            })
        };
        if let Some(target) = target {
            self.node.calls.entry(target).or_insert(line);
        }
    }

    /// The part of `input` for which an expression stands, if it is a reference into it.
    fn resolve(&self, expr: &Expr, env: &Aliases) -> Option<InputPath> {
        let (base, steps) = chain(expr);
        let Expr::Var { value: Value::String(var), .. } = base else { return None };
        let mut path =
            if var.as_ref() == "input" { Vec::new() } else { env.get(var.as_ref())?.clone() };
        path.extend(steps.into_iter().map(|s| match s {
            Step::Key(k) => Segment::Key(k),
            Step::Dynamic(_) => Segment::Any,
        }));
        Some(path)
    }
}

/// A reference taken apart: what it starts with, and its steps.
fn chain(expr: &Expr) -> (&Expr, Vec<Step<'_>>) {
    let mut steps = Vec::new();
    let mut at = expr;
    loop {
        match at {
            Expr::RefDot { refr, field, .. } => {
                steps.push(match &field.1 {
                    Value::String(s) => Step::Key(s.to_string()),
                    _ => Step::Key(field.0.text().to_owned()),
                });
                at = refr;
            }
            Expr::RefBrack { refr, index, .. } => {
                steps.push(match index.as_ref() {
                    Expr::String { value: Value::String(s), .. }
                    | Expr::RawString { value: Value::String(s), .. } => Step::Key(s.to_string()),
                    Expr::Number { span, .. } => Step::Key(span.text().to_owned()),
                    other => Step::Dynamic(other),
                });
                at = refr;
            }
            _ => break,
        }
    }
    steps.reverse();
    (at, steps)
}

/// The name of a plain variable.
fn variable(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Var { value: Value::String(s), .. } => Some(s.to_string()),
        _ => None,
    }
}

/// Forgets the variables of a pattern: they are bound anew.
fn forget(pattern: &Expr, env: &mut Aliases) {
    match pattern {
        Expr::Var { value: Value::String(s), .. } => {
            env.remove(s.as_ref());
        }
        Expr::Array { items, .. } | Expr::Set { items, .. } => {
            for item in items {
                forget(item, env);
            }
        }
        Expr::Object { fields, .. } => {
            for (_, _, value) in fields {
                forget(value, env);
            }
        }
        _ => {}
    }
}
