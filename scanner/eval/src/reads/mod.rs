//! What a rule reads: from the syntax trees of its module and of the library.

mod kinds;
mod literals;
mod walk;

use std::collections::{BTreeMap, BTreeSet};

use regorus::unstable::{Expr, Module};
use regorus::{Engine, Value};

use crate::load::LoadError;
pub(crate) use kinds::Classifier;
pub use kinds::{Read, Reads};
pub(crate) use literals::Literals;
pub(crate) use walk::InputPath;
use walk::{Node, Scope};

/// One module's rules and functions.
#[derive(Debug, Clone)]
pub(crate) struct Unit {
    file: String,
    package: String,
    nodes: BTreeMap<String, Node>,
    imports: Vec<(u32, Vec<String>)>,
}

/// What one output of a rule (`pass`, `fail`, `not_applicable`) reads.
#[derive(Debug, Clone, Default)]
pub(crate) struct Touched {
    /// Paths below `input`, with the file and line of a read.
    pub(crate) paths: BTreeMap<InputPath, (String, u32)>,
    /// Mistakes.
    pub(crate) problems: Vec<LoadError>,
}

impl Unit {
    /// Parses a module.
    pub(crate) fn parse(file: &str, text: &str) -> Result<Self, LoadError> {
        let mut engine = Engine::new();
        engine.add_policy(file.to_owned(), text.to_owned()).map_err(|e| {
            let message = e.to_string();
            LoadError::at(file, line_of(&message, file), message.trim().to_owned())
        })?;
        let Some(module) = engine.get_modules().first() else {
            return Err(LoadError::at(file, 1, "the file holds no module"));
        };
        Self::of(file, module)
    }

    fn of(file: &str, module: &Module) -> Result<Self, LoadError> {
        let mut scope =
            Scope { package: dotted(&module.package.refr).join("."), ..Scope::default() };
        let mut imports = Vec::new();
        for import in &module.imports {
            let path = dotted(&import.refr);
            let line = import.span.line;
            match path.first().map(String::as_str) {
                Some("data") => {
                    let target: Vec<String> = path.iter().skip(1).cloned().collect();
                    let name = import.r#as.as_ref().map(|s| s.text().to_owned());
                    if let Some(name) = name.or_else(|| path.last().cloned()) {
                        scope.imports.insert(name, target.clone());
                    }
                    imports.push((line, target));
                }
                Some("rego") => {}
                _ => {
                    let message =
                        "import only `rego.v1` and `data.lib.<name>`; read `input` in full";
                    return Err(LoadError::at(file, line as usize, message));
                }
            }
        }
        scope.names = module.policy.iter().filter_map(|r| walk::name(r)).collect();
        for _ in 0..3 {
            for rule in &module.policy {
                if let (Some(name), Some(path)) = (walk::name(rule), walk::alias(rule, &scope)) {
                    scope.aliases.insert(name, path);
                }
            }
        }
        let mut nodes: BTreeMap<String, Node> = BTreeMap::new();
        for rule in &module.policy {
            let Some(name) = walk::name(rule) else {
                let message = "a rule's head starts with a name";
                return Err(LoadError::at(file, rule.span().line as usize, message));
            };
            walk::rule(rule, &scope, nodes.entry(name).or_default());
        }
        Ok(Self { file: file.to_owned(), package: scope.package, nodes, imports })
    }

    /// The package, without `data.`.
    pub(crate) fn package(&self) -> &str {
        &self.package
    }

    /// Whether the module defines a name.
    pub(crate) fn defines(&self, name: &str) -> bool {
        self.nodes.contains_key(name)
    }

    /// What a name of this module reads, through everything that it calls.
    pub(crate) fn touched(&self, name: &str, lib: &[Self]) -> Touched {
        let mut out = Touched::default();
        let mut seen = BTreeSet::new();
        let mut todo = vec![(self, name.to_owned())];
        while let Some((unit, name)) = todo.pop() {
            if !seen.insert((unit.package.clone(), name.clone())) {
                continue;
            }
            let Some(node) = unit.nodes.get(&name) else { continue };
            for (path, line) in &node.reads {
                out.paths.entry(path.clone()).or_insert_with(|| (unit.file.clone(), *line));
            }
            for (line, message) in &node.problems {
                out.problems.push(LoadError::at(&unit.file, *line as usize, message.clone()));
            }
            for (target, line) in &node.calls {
                match self.find(target, lib) {
                    Some(found) => todo.push(found),
                    None => out.problems.push(LoadError::at(
                        &unit.file,
                        *line as usize,
                        format!(
                            "data.{} is not there; a rule may use its own package and policies/lib",
                            target.join(".")
                        ),
                    )),
                }
            }
        }
        out
    }

    /// Imports that lead nowhere.
    pub(crate) fn dangling(&self, lib: &[Self]) -> Vec<LoadError> {
        self.imports
            .iter()
            .filter(|(_, target)| {
                let name = target.join(".");
                !lib.iter().any(|u| u.package == name) && self.find(target, lib).is_none()
            })
            .map(|(line, target)| {
                let message =
                    format!("import data.{}: no such module in policies/lib", target.join("."));
                LoadError::at(&self.file, *line as usize, message)
            })
            .collect()
    }

    fn find<'a>(&'a self, target: &[String], lib: &'a [Self]) -> Option<(&'a Self, String)> {
        std::iter::once(self).chain(lib).find_map(|unit| {
            let package: Vec<&str> = unit.package.split('.').collect();
            let below =
                target.len() > package.len() && package.iter().zip(target).all(|(a, b)| a == b);
            let name = target.get(package.len()).filter(|_| below)?;
            unit.nodes.contains_key(name).then(|| (unit, name.clone()))
        })
    }
}

/// The names of a reference of plain steps: `data.lib.net`.
fn dotted(expr: &Expr) -> Vec<String> {
    match expr {
        Expr::Var { value: Value::String(s), .. } => vec![s.to_string()],
        Expr::RefDot { refr, field, .. } => {
            let mut path = dotted(refr);
            path.push(field.0.text().to_owned());
            path
        }
        Expr::RefBrack { refr, index, .. } => {
            let mut path = dotted(refr);
            if let Expr::String { value: Value::String(s), .. } = index.as_ref() {
                path.push(s.to_string());
            }
            path
        }
        _ => Vec::new(),
    }
}

/// The line in an error of regorus: `--> file:12:3`.
pub(crate) fn line_of(message: &str, file: &str) -> usize {
    let needle = format!("{file}:");
    message
        .find(&needle)
        .and_then(|at| message.get(at + needle.len()..))
        .and_then(|rest| rest.split(':').next())
        .and_then(|n| n.parse().ok())
        .unwrap_or(1)
}
