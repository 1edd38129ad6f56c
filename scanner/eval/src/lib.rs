//! From a snapshot and rules to verdicts and an assessment.
//!
//! `load` reads content, `reads` finds what a rule rests on, `set` makes rules ready, `evaluate`
//! judges every document behind the gate, `assess` turns verdicts into results. `cases` proves that
//! rules do what they say, `property` that less evidence never says more.

#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        reason = "tests may panic"
    )
)]

pub mod assess;
pub mod bare;
mod block;
pub mod cases;
pub mod counterfactual;
mod document;
pub mod evaluate;
pub mod explain;
mod gate;
mod judge;
pub mod load;
mod place;
mod program;
pub mod property;
pub mod reads;
mod run;
pub mod set;
mod spool;
mod subject;
#[cfg(test)]
mod tests;
mod world;

pub use evaluate::{EvalError, evaluate, evaluate_once};
pub use explain::explain;
pub use load::{Library, LoadError, Rule};
pub use set::{Params, RuleSet, SetError};
