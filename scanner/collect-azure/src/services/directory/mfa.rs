//! The per-user MFA state, which only Graph's beta tells, one call for each account. It is read
//! where it decides: for holders of directory roles, for accounts that an enabled conditional access
//! policy leaves out, and for some others. Elsewhere the facet is not there, which nobody takes for
//! an answer. While security defaults are on, they cover everybody and none is read.

use std::collections::BTreeSet;

use super::groups::Members;
use super::names::Names;
use super::object;
use crate::{Cx, Operation};

const FACET: &str = "perUserMfaState";
/// Accounts beside those that roles and policies name.
const OTHERS: usize = 200;
/// Accounts that are read at the same time.
const READS: usize = 80;

pub(crate) static REQUIREMENTS: Operation = Operation::graph(
    "MicrosoftGraph:users/authentication/requirements",
    "/beta/users/{user}/authentication/requirements",
    &["Policy.Read.All"],
);

/// Adds the state to the documents of the accounts for which it decides.
pub(super) async fn collect(cx: &Cx, names: &Names, members: &Members, enabled: &BTreeSet<String>) {
    let Some(def) = cx.type_def(super::USERS).filter(|d| d.facets.contains_key(FACET)) else {
        return;
    };
    let Some(shape) = def.facets.get(FACET).map(|f| &f.shape) else { return };
    let users: Vec<String> = chosen(names, members, enabled).into_iter().collect();
    for some in users.chunks(READS) {
        let answers = cx.gets(&REQUIREMENTS, "user", some).await;
        for (user, called) in some.iter().zip(answers) {
            let mut draft = cx.resource(super::USERS, cx.graph_id("users", user), user.as_str());
            draft.set(FACET, called.facet(|a| object::one_member(shape, a, FACET)));
            cx.fold(draft).await;
        }
    }
}

/// Enabled accounts that are asked for, in order of their ids.
fn chosen(names: &Names, members: &Members, enabled: &BTreeSet<String>) -> BTreeSet<String> {
    if names.defaults {
        return BTreeSet::new();
    }
    let named = names.holders.iter().chain(&names.excluded);
    let through_groups = named.clone().filter_map(|id| members.get(id)).flatten();
    let mut out: BTreeSet<String> =
        named.chain(through_groups).filter(|id| enabled.contains(*id)).cloned().collect();
    let others: Vec<String> =
        enabled.iter().filter(|id| !out.contains(*id)).take(OTHERS).cloned().collect();
    out.extend(others);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(ids: &[&str]) -> BTreeSet<String> {
        ids.iter().map(|n| (*n).to_owned()).collect()
    }

    #[test]
    fn those_for_whom_it_decides_and_some_others() {
        let many: BTreeSet<String> = (0..300).map(|n| format!("u{n:03}")).collect();
        let names = Names {
            holders: set(&["u290", "admins"]),
            excluded: set(&["u291", "gone"]),
            ..Names::default()
        };
        let members = Members::from([("admins".to_owned(), set(&["u292", "off"]))]);
        let out = chosen(&names, &members, &many);
        assert_eq!(out.len(), 203);
        assert!(["u000", "u199", "u290", "u291", "u292"].iter().all(|id| out.contains(*id)));
        assert!(!out.contains("gone") && !out.contains("off") && !out.contains("u200"));
        let covered = Names { defaults: true, ..names };
        assert!(chosen(&covered, &members, &many).is_empty());
    }
}
