//! The services: one file each. Adding one is a file, its `mod` and its line in the list.

use crate::Service;

static ALL: &[&Service] = &[];

/// All services, in the order of their names.
#[must_use]
pub fn services() -> Vec<&'static Service> {
    let mut all = ALL.to_vec();
    all.sort_by_key(|s| s.name);
    all
}
