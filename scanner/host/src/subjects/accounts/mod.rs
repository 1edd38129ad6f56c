//! Accounts: who there is, how he can come in, what he is as good as.

mod defs;
mod documents;
mod groups;
mod home;
mod lines;
mod logins;
mod nsswitch;
mod policy;
mod secret;
mod shells;
mod subids;
mod tables;
mod userdb;

pub(super) use defs::Defs;
pub(super) use shells::{Kind as ShellKind, Shells};
pub(super) use tables::{Tables, User};

use assay_core::{Gap, Resource};
use serde_json::Value;

use crate::{Host, Output, Subject};

/// Users, groups, and what decides about them.
pub(crate) static SUBJECT: Subject =
    Subject { name: "accounts", types: &["linux.user", "linux.group", "linux.accounts"], collect };

fn collect(host: &Host<'_>, out: &mut dyn Output) {
    let tables = match Tables::read(host) {
        Ok(tables) => tables,
        Err(gap) => {
            for kind in SUBJECT.types {
                out.listed(kind, Err(gap.clone()));
            }
            return;
        }
    };
    out.put(policy::document(host, &tables));
    out.listed("linux.accounts", Ok(()));
    documents::users(host, &tables, out);
    documents::groups(host, &tables, out);
}

/// Puts a facet, or its gap.
pub(crate) fn facet(r: &mut Resource, name: &str, value: Result<Value, Gap>) {
    match value {
        Ok(value) => {
            r.properties.insert(name.to_owned(), value);
        }
        Err(gap) => r.lose(name, gap),
    }
}

#[cfg(test)]
mod tests;
