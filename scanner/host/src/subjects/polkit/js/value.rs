//! Values of a running script.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::ast::Function;

/// Names and their values, and the scope around.
#[derive(Debug, Default)]
pub(super) struct Scope {
    pub(super) names: RefCell<BTreeMap<Rc<str>, Value>>,
    pub(super) around: Option<Rc<Scope>>,
}

impl Scope {
    /// The scope that knows a name.
    pub(super) fn with(self: &Rc<Self>, name: &str) -> Option<Rc<Self>> {
        let mut here = Some(Rc::clone(self));
        while let Some(scope) = here {
            if scope.names.borrow().contains_key(name) {
                return Some(scope);
            }
            here = scope.around.clone();
        }
        None
    }

    pub(super) fn get(self: &Rc<Self>, name: &str) -> Option<Value> {
        self.with(name).and_then(|s| s.names.borrow().get(name).cloned())
    }

    pub(super) fn set(&self, name: &Rc<str>, value: Value) {
        self.names.borrow_mut().insert(Rc::clone(name), value);
    }
}

/// A value.
#[derive(Debug, Clone)]
pub(super) enum Value {
    Undefined,
    Null,
    Bool(bool),
    Number(f64),
    Text(Rc<str>),
    List(Rc<RefCell<Vec<Value>>>),
    Object(Rc<RefCell<BTreeMap<Rc<str>, Value>>>),
    Regex(Rc<regex::Regex>, bool),
    Function(Rc<Function>, Rc<Scope>),
    /// What polkit hands over: `polkit`, `polkit.Result`, the action, the subject.
    Polkit,
    Results,
    Action,
    Subject,
}

impl Value {
    pub(super) fn text(text: impl Into<Rc<str>>) -> Self {
        Self::Text(text.into())
    }

    pub(super) fn list(items: Vec<Self>) -> Self {
        Self::List(Rc::new(RefCell::new(items)))
    }

    pub(super) fn truthy(&self) -> bool {
        match self {
            Self::Undefined | Self::Null => false,
            Self::Bool(b) => *b,
            Self::Number(n) => *n != 0.0 && !n.is_nan(),
            Self::Text(t) => !t.is_empty(),
            _ => true,
        }
    }

    /// Where two names stand for one thing.
    pub(super) fn strictly(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Undefined, Self::Undefined) | (Self::Null, Self::Null) => true,
            (Self::Bool(a), Self::Bool(b)) => a == b,
            (Self::Number(a), Self::Number(b)) => a == b,
            (Self::Text(a), Self::Text(b)) => a == b,
            (Self::List(a), Self::List(b)) => Rc::ptr_eq(a, b),
            (Self::Object(a), Self::Object(b)) => Rc::ptr_eq(a, b),
            _ => false,
        }
    }
}
