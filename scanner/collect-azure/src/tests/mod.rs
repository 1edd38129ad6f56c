//! What has to hold for every service, and for the spine, over the fake.

mod checking;
mod collection;
mod credentials;
mod quotas;
mod reading;
mod secrets;
mod support;

use std::collections::BTreeSet;

use crate::{Api, Scope, discover, permissions, services};

#[test]
fn descriptors_are_consistent() {
    let mut names = BTreeSet::new();
    for s in services() {
        assert!(names.insert(s.name), "{} is there twice", s.name);
        assert!(!s.operations.is_empty(), "{}", s.name);
        for o in s.operations {
            assert!(o.reads(), "{}: {} does not only read", s.name, o.name);
            assert!(o.name.contains(':'), "{}: {}", s.name, o.name);
            assert_eq!(o.api == Api::Graph, o.version.is_empty(), "{}", o.name);
            assert_eq!(o.api == Api::Graph, !o.needs.is_empty(), "{}", o.name);
            let own = s.scope == Scope::Tenant || !o.path.contains("{tenant}");
            assert!(own, "{}: {} is of the tenant", s.name, o.name);
        }
    }
}

#[test]
fn the_role_only_reads() {
    let all = services();
    let actions = permissions::actions(&all);
    assert!(actions.contains("Microsoft.Resources/subscriptions/read"));
    assert!(!actions.contains("Microsoft.Resources/tenants/read"), "there is no such action");
    for action in &actions {
        let last = action.rsplit('/').next().unwrap().to_ascii_lowercase();
        assert!(last == "read" || last == "action", "{action}");
        assert!(!action.contains('*') && !action.contains(':'), "{action}");
    }
    let role = permissions::role(&all, &["/subscriptions/s".to_owned()]);
    assert_eq!(role["Actions"].as_array().unwrap().len(), actions.len());
    assert_eq!(discover::SERVICE.operations.len(), 4);
}
