//! Each declared operation denied in turn: only what rests on it becomes unknown.

use std::collections::{BTreeMap, BTreeSet};

use assay_core::ListingState;

use super::support::*;
use crate::fake::{Fault, Harm};
use crate::{Api, Operation, services};

/// What refuses an operation and no other.
fn refusal(operation: &Operation) -> Fault {
    if let Some(action) = operation.action() {
        return Fault::action(&action, Harm::Denied);
    }
    let (path, query) = operation.path.split_once('?').unwrap_or((operation.path, ""));
    let place = match path.split_once('{') {
        Some((before, after)) => format!("{before}*{}", after.split_once('}').unwrap().1),
        None => path.to_owned(),
    };
    let fault = Fault::at(&place, Harm::Denied);
    // The same path with and without the last sign-ins.
    if query.contains("signInActivity") { fault.asking("signInActivity") } else { fault }
}

/// Facets that are read, or not read, by what another facet says.
const FOLLOW: &[(&str, &str)] = &[
    // Whether a database's own audit goes through diagnostic settings.
    ("Microsoft.Sql:servers/databases/auditingSettings/read", "diagnosticSettings"),
    ("Microsoft.Authorization:policyAssignments/read", "PolicySetDefinitions"),
    // Whose groups' members and whose MFA state are read.
    ("Microsoft.Authorization:roleAssignments/read", "transitiveMembers"),
    ("MicrosoftGraph:roleManagement/directory/roleAssignments", "transitiveMembers"),
    ("MicrosoftGraph:identity/conditionalAccess/policies", "transitiveMembers"),
];

#[test]
fn only_what_rests_on_a_denied_operation_is_unknown() {
    let before = collected(larkspur());
    let mut tried = BTreeSet::new();
    for operation in services().iter().flat_map(|s| s.operations) {
        // Single resources are asked for only where Resource Graph knows of more: see `missing`;
        // owners alone only where there are many: see `principals`.
        let single = operation.path.contains("resourceGroups/{group}")
            || operation.path.ends_with("/owners?$select=id&$top=999");
        if operation.api == Api::ResourceGraph || single || !tried.insert(operation.name) {
            continue;
        }
        let after = collected(larkspur().with_fault(refusal(operation)));
        let denied = |call: &str| {
            let call = before.calls.get(call).or_else(|| after.calls.get(call));
            // The users that were listed with their sign-ins lose them, or are not listed at all.
            let users = operation.name == "MicrosoftGraph:users";
            call.is_some_and(|c| {
                c.operation == operation.name || (users && c.operation.starts_with(operation.name))
            })
        };
        // Which listings lost their state: those that the operation lists, and those below them.
        let states: BTreeMap<_, _> =
            before.manifest.listings.iter().map(|l| ((&l.account, &l.kind), l)).collect();
        let mut lost = BTreeSet::new();
        for l in &after.manifest.listings {
            let old = states[&(&l.account, &l.kind)];
            if l.state != old.state {
                assert_ne!(l.state, ListingState::Complete, "{}: {}", operation.name, l.kind);
                let by = l.gap.as_ref().and_then(|g| g.operation.clone());
                let by = by.unwrap_or_else(|| panic!("{}: {:?}", l.kind, l.gap));
                assert_eq!(by, operation.name, "{} of {}", l.kind, l.account);
                lost.insert((l.account.to_string(), l.kind.to_string()));
            }
        }
        let mut changes = lost.len();
        for (key, old) in &before.documents {
            let Some(new) = after.documents.get(key) else {
                let place = (old.account.clone(), old.kind.clone());
                assert!(lost.contains(&place), "{}: {} vanished", operation.name, old.id);
                continue;
            };
            for (facet, value) in &old.properties {
                match new.properties.get(facet) {
                    Some(now) => assert_eq!(now, value, "{}: {} {facet}", operation.name, old.id),
                    None => {
                        changes += 1;
                        let source = old.sources.get(facet).unwrap();
                        let follows =
                            FOLLOW.iter().any(|(o, f)| *o == operation.name && f == facet);
                        assert!(
                            denied(source) || follows,
                            "{}: {} lost {facet}, which {source} gave",
                            operation.name,
                            old.id
                        );
                    }
                }
            }
        }
        for (key, new) in &after.documents {
            let old = &before.documents[key];
            assert!(new.properties.keys().all(|f| old.properties.contains_key(f)), "{}", new.id);
        }
        assert!(changes > 0, "denying {} changes nothing", operation.name);
    }
    assert!(tried.len() > 40, "{}", tried.len());
}
