//! End-to-end tests. They drive the built `assay` as a user would, and read what it wrote.
//!
//! `ASSAY_BIN` names the program (else: `assay` in the target folder, beside this binary);
//! `ASSAY_TEST_PYTHON` a Python with the packages of `fixtures/lab/requirements.txt`,
//! `ASSAY_TEST_DEBIAN` an installed Debian root. A test that needs what is missing says `SKIP`, its
//! name and the reason on standard error, and in the file `ASSAY_TEST_SKIPS`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "tests may panic and look at their environment"
)]

mod accounts;
mod approvals;
mod azure;
mod bad_input;
mod blind;
mod debian;
mod demo;
mod denied;
mod errors;
mod faults;
mod formats;
mod hosts;
mod lab;
mod ledger;
mod overrides;
mod paging;
mod people;
mod seal;
mod support;
mod trust;
