//! The facets of a tenant that say who is not covered.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use assay_core::rule::RelatedScope;
use assay_core::{Gap, Resource};
use serde_json::{Value, json};

use super::coverage::Coverage;
use super::people::{Groups, Person};
use super::policy::Policy;
use super::question::{Apps, Control, Population, Question};
use super::{Directory, TENANT, roles};
use crate::azure::lacks;
use crate::{Deriver, Need, World};

/// A facet of a tenant: who is not covered.
#[derive(Debug)]
pub(crate) struct Covered {
    name: &'static str,
    question: Question,
}

/// `privileged_mfa`: holders of privileged directory roles that sign in without MFA.
pub(crate) static PRIVILEGED_MFA: Covered = Covered {
    name: "privileged_mfa",
    question: Question {
        control: Control::Mfa,
        population: Population::Privileged,
        apps: Apps::All,
        nobody: "no policy asks for MFA",
    },
};

/// `user_mfa`: everybody else that signs in without MFA.
pub(crate) static USER_MFA: Covered = Covered {
    name: "user_mfa",
    question: Question {
        control: Control::Mfa,
        population: Population::Ordinary,
        apps: Apps::All,
        nobody: "no policy asks for MFA",
    },
};

/// `management_mfa`: who reaches the management API or the admin portals without MFA.
pub(crate) static MANAGEMENT_MFA: Covered = Covered {
    name: "management_mfa",
    question: Question {
        control: Control::Mfa,
        population: Population::Everybody,
        apps: Apps::Management,
        nobody: "no policy asks for MFA there",
    },
};

/// `legacy_authentication`: who may sign in with protocols that know no MFA.
pub(crate) static LEGACY_AUTHENTICATION: Covered = Covered {
    name: "legacy_authentication",
    question: Question {
        control: Control::Block,
        population: Population::Everybody,
        apps: Apps::Legacy,
        nobody: "no policy blocks legacy authentication",
    },
};

impl Deriver for Covered {
    fn name(&self) -> &'static str {
        self.name
    }

    fn types(&self) -> &'static [&'static str] {
        &[TENANT]
    }

    // Policies, roles and people are asked for where they matter: security defaults are an answer
    // of their own.
    fn reads(&self) -> &'static [&'static str] {
        &["/SecurityDefaults"]
    }

    fn needs(&self) -> &'static [Need] {
        &[]
    }

    fn looks(&self) -> &'static [Need] {
        &[
            // The tenant itself: others load it too, with what somebody names.
            Need {
                kind: TENANT,
                scope: RelatedScope::Account,
                facets: &[
                    "ConditionalAccessPolicies",
                    "DirectoryRoleAssignments",
                    "DirectoryRoleEligibilitySchedules",
                ],
            },
            Need {
                kind: Directory::USERS,
                scope: RelatedScope::Account,
                facets: &[
                    "accountEnabled",
                    "externalUserState",
                    "perUserMfaState",
                    "userPrincipalName",
                    "userType",
                ],
            },
            Need {
                kind: Directory::GROUPS,
                scope: RelatedScope::Account,
                facets: &["displayName", "transitiveMembers"],
            },
        ]
    }

    fn derive(&self, doc: &Resource, world: &dyn World) -> Result<Value, Gap> {
        let defaults = doc.properties.get("SecurityDefaults").and_then(|d| d.get("isEnabled"));
        if defaults == Some(&Value::Bool(true)) {
            return Ok(json!({"by": "security_defaults", "holes": []}));
        }
        let policies = Policy::all(known(doc, "ConditionalAccessPolicies")?)?;
        let directory = Directory::of(world);
        let groups = Groups::of(self.named_groups(&policies).iter(), &directory, world);
        let mut coverage = Coverage::new(&self.question, &policies, &groups);
        if coverage.total() {
            return coverage.answer();
        }
        let holders = Holders::of(doc, &directory, world)?;
        self.people(&holders, &directory, world, &mut coverage);
        coverage.answer()
    }
}

impl Covered {
    fn named_groups(&self, policies: &[Policy]) -> BTreeSet<String> {
        let sides = policies.iter().flat_map(|p| [&p.include, &p.exclude]);
        sides.flat_map(|people| people.groups.iter().cloned()).collect()
    }

    fn people(
        &self,
        holders: &Holders,
        directory: &Directory,
        world: &dyn World,
        into: &mut Coverage<'_>,
    ) {
        if let Some(gap) = &holders.unsure {
            into.unsure(gap.clone());
        }
        if let Some(gap) = Directory::unlisted(world, &[Directory::USERS]) {
            into.unsure(gap);
        }
        for (id, doc) in directory.users() {
            for roles in self.states(holders, id) {
                match Person::of(id, doc, roles) {
                    Ok(Some(who)) => into.add(&who),
                    Ok(None) => {}
                    Err(gap) => into.unsure(gap),
                }
            }
        }
        if self.question.population != Population::Privileged {
            Person::foreign().for_each(|who| into.add(&who));
        }
    }
}

impl Covered {
    /// The roles with which an account must be covered. Whoever may activate a privileged role is
    /// an ordinary user before, and an administrator after.
    fn states(&self, holders: &Holders, id: &str) -> Vec<BTreeSet<String>> {
        let privileged = holders.privileged.contains(id);
        let now = holders.now.get(id).cloned().unwrap_or_default();
        match self.question.population {
            Population::Everybody => vec![now],
            Population::Ordinary if privileged => Vec::new(),
            Population::Ordinary => vec![now],
            Population::Privileged => {
                let eligible = holders.eligible.get(id).into_iter().flatten();
                let mut states: Vec<_> =
                    eligible.map(|role| now.iter().chain(role).cloned().collect()).collect();
                if privileged {
                    states.push(now);
                }
                states
            }
        }
    }
}

/// A facet that is known.
fn known<'a>(doc: &'a Resource, name: &str) -> Result<&'a Value, Gap> {
    match lacks(doc, name) {
        Some(gap) => Err(gap),
        None => Ok(doc.properties.get(name).unwrap_or(&Value::Null)),
    }
}

/// Who holds which directory roles.
#[derive(Debug, Default)]
pub(super) struct Holders {
    /// Roles over the whole tenant, by account: those that policies see.
    now: BTreeMap<String, BTreeSet<String>>,
    /// Privileged roles that may be activated, by account; `None`: one that policies do not see,
    /// because it is over a part of the tenant.
    eligible: BTreeMap<String, BTreeSet<Option<String>>>,
    /// Accounts with a privileged role now, over whatever part of the tenant.
    privileged: BTreeSet<String>,
    /// Members of a group that holds a role were not read.
    unsure: Option<Gap>,
}

impl Holders {
    fn of(doc: &Resource, directory: &Arc<Directory>, world: &dyn World) -> Result<Self, Gap> {
        let mut out = Self::default();
        let facets =
            [("DirectoryRoleAssignments", true), ("DirectoryRoleEligibilitySchedules", false)];
        for (facet, active) in facets {
            let list = known(doc, facet)?.as_array().map(Vec::as_slice).unwrap_or_default();
            for line in list {
                let part = |name| roles::part(line, name);
                let (principal, role) = (part("principalId"), part("roleDefinitionId"));
                let whole = part("directoryScopeId") == "/";
                let accounts = match directory.behind(&principal, world, Directory::members) {
                    Ok(accounts) => accounts,
                    Err(gap) => {
                        out.unsure.get_or_insert(gap);
                        continue;
                    }
                };
                let privileged = roles::privileged(&role).is_some();
                for account in accounts {
                    if privileged && active {
                        out.privileged.insert(account.clone());
                    }
                    if privileged && !active {
                        let seen = whole.then(|| role.clone());
                        out.eligible.entry(account).or_default().insert(seen);
                    } else if whole && active {
                        out.now.entry(account).or_default().insert(role.clone());
                    }
                }
            }
        }
        Ok(out)
    }
}
