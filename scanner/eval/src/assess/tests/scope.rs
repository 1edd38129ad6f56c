//! Rules of providers that nobody asked for.

use super::*;

#[test]
fn rules_of_a_provider_out_of_scope_change_nothing() {
    let alone = World::new(vec![verdict("R1", "b", Status::Pass)]).run().1;
    let mut world = World::new(vec![verdict("R1", "b", Status::Pass)]);
    let mut other = rule("L1", Severity::Critical);
    other.meta.file = "rules/linux/ssh/x.rego".into();
    other.meta.resources = vec!["linux.sshd".into()];
    world.rules.push(other);
    let a = world.run().1;
    assert_eq!((&a.summary, &a.frameworks), (&alone.summary, &alone.frameworks));
    let l1 = a.rules.iter().find(|r| r.meta.id == "L1").unwrap();
    assert!(l1.out_of_scope && l1.accounts.is_empty());
}

#[test]
fn a_host_is_no_account_of_a_cloud() {
    let mut world = World::new(vec![verdict("R1", "b", Status::Pass)]);
    let mut other = rule("L1", Severity::Critical);
    other.meta.file = "rules/linux/ssh/x.rego".into();
    other.meta.resources = vec!["linux.sshd".into()];
    world.rules.push(other);
    world.manifest.scope.providers.push("linux".into());
    world.manifest.scope.accounts.push("web".into());
    let mut l = listing(ListingState::Failed);
    (l.provider, l.account) = ("linux".into(), "web".into());
    (l.region, l.kind) = ("global".into(), "linux.sshd".into());
    world.manifest.listings.push(l);
    let a = world.run().1;
    let accounts = |id: &str| -> Vec<(String, Status)> {
        let rule = a.rules.iter().find(|r| r.meta.id == id).unwrap();
        rule.accounts.iter().map(|a| (a.account.clone(), a.status)).collect()
    };
    assert_eq!(accounts("R1"), [(ACCOUNT.to_owned(), Status::Pass)]);
    assert_eq!(accounts("L1"), [("web".to_owned(), Status::NotAssessed)]);
}
