//! What is left out where it says nothing.

/// No.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands it so")]
pub(crate) const fn is_false(value: &bool) -> bool {
    !*value
}

/// None.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands it so")]
pub(crate) const fn is_zero(value: &u64) -> bool {
    *value == 0
}
