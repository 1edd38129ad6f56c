//! The values that a rule's text compares with: candidates for what would have changed its mind.

use std::collections::BTreeSet;

use regorus::unstable::{Expr, Literal, Query, Rule, RuleHead};
use regorus::{Engine, Value};

/// Members of what a rule says to people.
const WORDS: [&str; 4] = ["message", "at", "key", "reason"];

/// Scalars of a rule's text.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Literals {
    /// Texts, but for messages and pointers.
    pub(crate) texts: BTreeSet<String>,
    /// Whole numbers.
    pub(crate) numbers: BTreeSet<i64>,
}

impl Literals {
    /// The literals of a module; none where it does not parse.
    pub(crate) fn of(file: &str, text: &str) -> Self {
        let mut out = Self::default();
        let mut engine = Engine::new();
        if engine.add_policy(file.to_owned(), text.to_owned()).is_err() {
            return out;
        }
        let modules = engine.get_modules();
        for rule in modules.iter().flat_map(|m| &m.policy) {
            out.rule(rule);
        }
        out
    }

    /// Adds the scalars of a value of JSON.
    pub(crate) fn add(&mut self, value: &serde_json::Value) {
        match value {
            serde_json::Value::String(s) => self.text(s),
            serde_json::Value::Number(n) => self.numbers.extend(n.as_i64()),
            serde_json::Value::Array(list) => list.iter().for_each(|v| self.add(v)),
            serde_json::Value::Object(map) => map.values().for_each(|v| self.add(v)),
            _ => {}
        }
    }

    fn text(&mut self, text: &str) {
        // Formats of messages and pointers are no values of documents.
        if !text.contains("%s") && !text.contains("%d") && !text.starts_with('/') {
            self.texts.insert(text.to_owned());
        }
    }

    fn rule(&mut self, rule: &Rule) {
        match rule {
            Rule::Default { value, .. } => self.expr(value),
            Rule::Spec { head, bodies, .. } => {
                match head {
                    RuleHead::Set { key, .. } => {
                        if let Some(key) = key {
                            self.expr(key);
                        }
                    }
                    RuleHead::Compr { assign, .. } | RuleHead::Func { assign, .. } => {
                        if let Some(assign) = assign {
                            self.expr(&assign.value);
                        }
                    }
                }
                for body in bodies {
                    self.query(&body.query);
                    if let Some(assign) = &body.assign {
                        self.expr(&assign.value);
                    }
                }
            }
        }
    }

    fn query(&mut self, query: &Query) {
        for stmt in &query.stmts {
            match &stmt.literal {
                Literal::SomeVars { .. } => {}
                Literal::SomeIn { value, collection, .. } => {
                    self.expr(value);
                    self.expr(collection);
                }
                Literal::Expr { expr, .. } | Literal::NotExpr { expr, .. } => self.expr(expr),
                Literal::Every { domain, query, .. } => {
                    self.expr(domain);
                    self.query(query);
                }
            }
        }
    }

    fn expr(&mut self, expr: &Expr) {
        match expr {
            Expr::String { value, .. } | Expr::RawString { value, .. } => {
                if let Value::String(s) = value {
                    self.text(s);
                }
            }
            Expr::Number { value, .. } => {
                self.numbers.extend(serde_json::to_value(value).ok().and_then(|v| v.as_i64()));
            }
            Expr::Bool { .. } | Expr::Null { .. } | Expr::Var { .. } => {}
            Expr::Array { items, .. } | Expr::Set { items, .. } => {
                items.iter().for_each(|e| self.expr(e));
            }
            Expr::Object { fields, .. } => {
                for (_, key, value) in fields {
                    let name = match key.as_ref() {
                        Expr::String { value: Value::String(s), .. } => s.as_ref(),
                        _ => "",
                    };
                    if !WORDS.contains(&name) {
                        self.expr(key);
                        self.expr(value);
                    }
                }
            }
            Expr::ArrayCompr { term, query, .. } | Expr::SetCompr { term, query, .. } => {
                self.query(query);
                self.expr(term);
            }
            Expr::ObjectCompr { key, value, query, .. } => {
                self.query(query);
                self.expr(key);
                self.expr(value);
            }
            Expr::Call { params, .. } => params.iter().for_each(|e| self.expr(e)),
            Expr::UnaryExpr { expr, .. } => self.expr(expr),
            Expr::RefDot { refr, .. } => self.expr(refr),
            // A step is a name of the document, not a value of it.
            Expr::RefBrack { refr, .. } => self.expr(refr),
            Expr::BinExpr { lhs, rhs, .. }
            | Expr::BoolExpr { lhs, rhs, .. }
            | Expr::ArithExpr { lhs, rhs, .. }
            | Expr::AssignExpr { lhs, rhs, .. } => {
                self.expr(lhs);
                self.expr(rhs);
            }
            Expr::Membership { key, value, collection, .. } => {
                if let Some(key) = key {
                    self.expr(key);
                }
                self.expr(value);
                self.expr(collection);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_compared_is_found_and_what_is_said_is_not() {
        let text = r#"package rules.x
import rego.v1

weak := {"TLSv1", "TLSv1.1"}

days(x) := y if y := x * 86400

fail contains {"message": sprintf("%s is old", ["a"]), "at": "/A", "key": "k"} if {
	input.properties["B"].C in weak
	every x in input.properties.D { x.age > 90 }
	not startswith(input.properties.E, "arn:")
}
"#;
        let found = Literals::of("x.rego", text);
        let texts: Vec<&str> = found.texts.iter().map(String::as_str).collect();
        assert_eq!(texts, ["TLSv1", "TLSv1.1", "arn:"]);
        assert_eq!(found.numbers.into_iter().collect::<Vec<_>>(), [90, 86400]);
    }
}
