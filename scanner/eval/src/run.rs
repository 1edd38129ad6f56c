//! Who executes programs: machines for bytecode, or the interpreter for cases.

use std::sync::Arc;

use regorus::rvm::vm::RegoVM;
use regorus::{Engine, Value};

use crate::load::Rule;
use crate::program::{self, Output, Program};
use crate::set::{Group, Plan, RuleSet};

/// Executes the groups of one plan. Not shared between threads.
pub(crate) enum Runner {
    /// Bytecode: one machine a group.
    Machines(Vec<(RegoVM, Arc<Program>)>),
    /// The interpreter: one engine a group.
    Interpreter(Vec<Engine>),
}

impl Runner {
    /// Machines for a plan that is ready. What is not compiled gives no output, which is no verdict.
    pub(crate) fn machines(plan: &Plan) -> Self {
        let programs = plan.groups.iter().map_while(Group::program);
        Self::Machines(programs.map(|p| (p.machine(), p)).collect())
    }

    /// Interpreters for a plan, that note which lines they reach.
    pub(crate) fn interpreters(set: &RuleSet, plan: &Plan) -> Result<Self, String> {
        let mut engines = Vec::new();
        for group in &plan.groups {
            let rules: Vec<&Rule> = group
                .rules
                .iter()
                .filter_map(|p| plan.rules.get(*p).and_then(|r| set.rules.get(r.rule)))
                .collect();
            let mut engine = program::engine(&rules, &set.lib)?;
            engine.set_enable_coverage(true);
            engines.push(engine);
        }
        Ok(Self::Interpreter(engines))
    }

    /// Runs a group: one output for each of its rules.
    pub(crate) fn run(&mut self, place: usize, group: &Group, input: Value) -> Vec<Output> {
        match self {
            Self::Machines(machines) => match machines.get_mut(place) {
                Some((machine, program)) => program.run(machine, input),
                None => Vec::new(),
            },
            Self::Interpreter(engines) => match engines.get_mut(place) {
                Some(engine) => (0..group.rules.len())
                    .map(|n| program::interpret(engine, n, input.clone()))
                    .collect(),
                None => Vec::new(),
            },
        }
    }
}
