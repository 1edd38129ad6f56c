//! IAM policy documents: one reading of them for every service.
//!
//! A document is normalised once ([`statements`]): string or list everywhere, any letter case,
//! every element accounted for. What does not follow the grammar is a [`PolicyError`], never a
//! default: a statement that we cannot read may grant anything. Judgements that many rules share
//! live here too: whom a statement lets in ([`exposure`]), what a pattern covers ([`pattern`]).

pub mod condition;
pub mod document;
pub mod exposure;
pub mod facet;
pub mod pattern;
pub mod principal;
#[cfg(test)]
mod tests;

pub use condition::{Condition, Operator, Quantifier};
pub use document::{Effect, Selector, Statement, statements};
pub use exposure::{Exposure, exposures, fixed_for_s3};
pub use facet::statements_json;
pub use principal::Principals;

/// Why a document is not an IAM policy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// The document, or a part of it, is of the wrong JSON type.
    #[error("{at} of the policy must be {want}")]
    Type {
        /// Pointer into the document.
        at: String,
        /// What it must be.
        want: &'static str,
    },
    /// An element that the grammar does not have.
    #[error("{at} of the policy is not an element of the policy grammar")]
    Unknown {
        /// Pointer into the document.
        at: String,
    },
    /// An element that the grammar demands, or a pair that excludes itself.
    #[error("the statement {at} of the policy needs exactly one of {want}")]
    OneOf {
        /// Pointer into the document.
        at: String,
        /// The elements.
        want: &'static str,
    },
}

impl PolicyError {
    /// The gap of a facet that holds such a document.
    #[must_use]
    pub fn gap(&self) -> assay_core::Gap {
        assay_core::Gap::new(assay_core::GapState::Malformed, self.to_string())
    }
}
