//! The services: one file each. Adding one is a file, its `mod` and its line in the list.
//!
//! Most of them are tables: which lists prove a population (`population`), which calls add to its
//! documents (`child`); how ARM's objects become facets, `row` says.

mod child;
mod compute;
mod containers;
pub(crate) mod crosscheck;
mod databases;
mod directory;
mod keyvault;
mod monitor;
mod network;
mod policy;
mod population;
mod recovery;
mod row;
mod security;
mod sql;
mod storage;
mod web;

use crate::Service;

static ALL: &[&Service] = &[
    &compute::SERVICE,
    &containers::SERVICE,
    &databases::COSMOS_SERVICE,
    &databases::MYSQL_SERVICE,
    &databases::POSTGRESQL_SERVICE,
    &directory::SERVICE,
    &keyvault::SERVICE,
    &monitor::SERVICE,
    &network::SERVICE,
    &policy::SERVICE,
    &recovery::SERVICE,
    &security::SERVICE,
    &sql::SERVICE,
    &storage::SERVICE,
    &web::SERVICE,
];

/// All services, in the order of their names.
#[must_use]
pub fn services() -> Vec<&'static Service> {
    let mut all = ALL.to_vec();
    all.sort_by_key(|s| s.name);
    all
}

#[cfg(test)]
mod tests;
