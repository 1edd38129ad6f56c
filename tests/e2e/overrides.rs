//! The answers that the lab gives in moto's place.

use std::process::Command;

use crate::support::{ran, root, skip};

#[test]
fn every_answer_of_ours_fits_the_service_model() {
    let Some(python) = std::env::var_os("ASSAY_TEST_PYTHON") else {
        skip(
            "every_answer_of_ours_fits_the_service_model",
            "ASSAY_TEST_PYTHON is not set (cargo xtask test sets it)",
        );
        return;
    };
    let mut check = Command::new(python);
    check.arg(root().join("fixtures/lab/check_overrides.py"));
    ran(&check.output().expect("Python starts")).expect(&[0]);
}
