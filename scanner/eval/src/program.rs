//! Programs: rules compiled together, one aggregate entry point for many rules.
//!
//! The aggregate is a list with one set for each rule. A set holds `["p"]` where the rule passes,
//! `["f", member]` for each failure and `["n", member]` for each reason not to apply. When the
//! aggregate raises an error, each rule is run by its own entry point, so that one rule's mistake
//! stays its own.

use std::fmt::Write as _;
use std::sync::Arc;

use regorus::languages::rego::compiler::Compiler;
use regorus::rvm::program::Program as Bytecode;
use regorus::rvm::vm::{RegoVM, VmError};
use regorus::{CompiledPolicy, Engine, Value};

use crate::load::{Module, Rule};

/// Rules in one program: the aggregate is one array literal, and the bytecode has 255 registers.
pub(crate) const RULES_PER_PROGRAM: usize = 150;

/// Instructions that one evaluation may take. Not a time limit: same input, same bytes.
pub(crate) const MAX_INSTRUCTIONS: usize = 5_000_000;

const AGGREGATE: &str = "data.assay_run.all";

/// Some rules, compiled together.
#[derive(Clone)]
pub(crate) struct Program {
    bytecode: Arc<Bytecode>,
    policy: CompiledPolicy,
    rules: usize,
}

impl std::fmt::Debug for Program {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Program").field("rules", &self.rules).finish_non_exhaustive()
    }
}

/// How one rule's run ended.
#[derive(Debug, Clone)]
pub(crate) enum Output {
    /// The rule's set.
    Set(Value),
    /// It raised an error.
    Error(String),
    /// It took more instructions than it may.
    Limit,
}

/// An engine that holds the modules of some rules and the generated entry points.
pub(crate) fn engine(rules: &[&Rule], lib: &[Module]) -> Result<Engine, String> {
    let mut engine = Engine::new();
    engine.set_strict_builtin_errors(true);
    for module in needed(rules, lib) {
        engine.add_policy(module.file.clone(), module.text.clone()).map_err(|e| e.to_string())?;
    }
    for rule in rules {
        engine
            .add_policy(rule.meta.file.clone(), rule.source.clone())
            .map_err(|e| e.to_string())?;
    }
    engine
        .add_policy("assay_run.rego".to_owned(), entry_points(rules))
        .map_err(|e| e.to_string())?;
    Ok(engine)
}

/// The library modules that rules could name, themselves or through others.
fn needed<'l>(rules: &[&Rule], lib: &'l [Module]) -> Vec<&'l Module> {
    let (mut out, mut rest): (Vec<&Module>, Vec<&Module>) = (Vec::new(), lib.iter().collect());
    loop {
        // No reference leaves out the last part of a package's name.
        let named = |m: &&Module| {
            let package = m.text.lines().find_map(|l| l.strip_prefix("package "));
            let name = package.and_then(|p| p.trim().rsplit('.').next()).unwrap_or_default();
            rules.iter().any(|r| r.source.contains(name))
                || out.iter().any(|o| o.text.contains(name))
        };
        let (more, left): (Vec<_>, Vec<_>) = rest.into_iter().partition(named);
        if more.is_empty() {
            out.sort_by(|a, b| a.file.cmp(&b.file));
            return out;
        }
        out.extend(more);
        rest = left;
    }
}

fn entry_points(rules: &[&Rule]) -> String {
    let mut text = String::from("package assay_run\nimport rego.v1\n");
    let mut all = String::new();
    for (n, rule) in rules.iter().enumerate() {
        let package = &rule.meta.package;
        // Writing to a String cannot fail.
        let _ = writeln!(text, "r{n} contains [\"p\"] if data.{package}.pass == true");
        let _ = writeln!(text, "r{n} contains [\"f\", x] if some x in data.{package}.fail");
        if rule.narrows {
            let _ = writeln!(
                text,
                "r{n} contains [\"n\", x] if some x in data.{package}.not_applicable"
            );
        }
        let _ = write!(all, "{}r{n}", if n == 0 { "" } else { ", " });
    }
    let _ = writeln!(text, "all := [{all}]");
    text
}

impl Program {
    /// Compiles some rules together.
    pub(crate) fn compile(rules: &[&Rule], lib: &[Module]) -> Result<Self, String> {
        let mut engine = engine(rules, lib)?;
        let policy =
            engine.compile_with_entrypoint(&AGGREGATE.into()).map_err(|e| e.to_string())?;
        let mut names = vec![AGGREGATE.to_owned()];
        names.extend((0..rules.len()).map(|n| format!("data.assay_run.r{n}")));
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let bytecode = Compiler::compile_from_policy(&policy, &names).map_err(|e| e.to_string())?;
        Ok(Self { bytecode, policy, rules: rules.len() })
    }

    /// A machine that runs this program.
    pub(crate) fn machine(&self) -> RegoVM {
        let mut vm = RegoVM::new_with_policy(self.policy.clone());
        vm.set_strict_builtin_errors(true);
        vm.set_max_instructions(MAX_INSTRUCTIONS);
        vm.load_program(Arc::clone(&self.bytecode));
        vm
    }

    /// Runs all rules on one input: one output for each, in order.
    pub(crate) fn run(&self, vm: &mut RegoVM, input: Value) -> Vec<Output> {
        vm.set_input(input);
        if let Ok(Value::Array(sets)) = vm.execute_entry_point_by_index(0)
            && sets.len() == self.rules
        {
            return sets.iter().cloned().map(Output::Set).collect();
        }
        (1..=self.rules)
            .map(|n| match vm.execute_entry_point_by_index(n) {
                Ok(value) => Output::Set(value),
                Err(VmError::InstructionLimitExceeded { .. }) => Output::Limit,
                Err(e) => Output::Error(e.to_string()),
            })
            .collect()
    }
}

/// The interpreter's answer for the n-th rule of an engine.
pub(crate) fn interpret(engine: &mut Engine, n: usize, input: Value) -> Output {
    engine.set_input(input);
    match engine.eval_rule(format!("data.assay_run.r{n}")) {
        Ok(value) => Output::Set(value),
        Err(e) => Output::Error(e.to_string()),
    }
}

/// Whether both engines take a rule.
pub(crate) fn try_compile(rule: &Rule, lib: &[Module]) -> Result<(), String> {
    Program::compile(&[rule], lib).map(|_| ())
}
