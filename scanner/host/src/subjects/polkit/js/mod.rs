//! As much JavaScript as rules of polkit are written in, run with fixed questions. What is not known
//! here stops the run and says so: such a rule is not judged.

mod ast;
mod builtin;
mod lex;
mod operators;
mod parse;
mod run;
mod value;

pub(super) use builtin::ANYTHING;
pub(super) use run::{Pkla, Question, Rules, Stop};
