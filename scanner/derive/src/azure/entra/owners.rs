//! `outside_owners` of a service principal: what makes it privileged, and which of its owners could
//! not change it without being one. An owner adds a credential and signs in as the program.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use assay_core::rule::RelatedScope;
use assay_core::{Gap, Resource};
use serde_json::{Value, json};

use super::{Directory, TENANT, permissions, roles};
use crate::azure::{because, lacks, last_segment, strange, text};
use crate::{Deriver, Need, World, memo};

const APPLICATIONS: &str = "Microsoft.Graph/applications";

/// The deriver.
#[derive(Debug)]
pub(crate) struct OutsideOwners;

impl Deriver for OutsideOwners {
    fn name(&self) -> &'static str {
        "outside_owners"
    }

    fn types(&self) -> &'static [&'static str] {
        &[Directory::PRINCIPALS]
    }

    fn reads(&self) -> &'static [&'static str] {
        &["/appId", "/appOwnerOrganizationId"]
    }

    fn needs(&self) -> &'static [Need] {
        &[]
    }

    fn looks(&self) -> &'static [Need] {
        const ACCOUNT: RelatedScope = RelatedScope::Account;
        &[
            permissions::LOOKS,
            Need {
                kind: TENANT,
                scope: ACCOUNT,
                facets: &["DirectoryRoleAssignments", "DirectoryRoleEligibilitySchedules"],
            },
            Need {
                kind: Directory::USERS,
                scope: ACCOUNT,
                facets: &["accountEnabled", "userPrincipalName"],
            },
            Need {
                kind: Directory::GROUPS,
                scope: ACCOUNT,
                facets: &["displayName", "transitiveMembers"],
            },
            Need { kind: APPLICATIONS, scope: ACCOUNT, facets: &["appId", "owners"] },
        ]
    }

    fn derive(&self, doc: &Resource, world: &dyn World) -> Result<Value, Gap> {
        let directory = Directory::of(world);
        let held = Held::of(&directory, world);
        let id = last_segment(&doc.id);
        let powers = powers(&id, &held, world)?;
        let owners = if powers.is_empty() {
            Vec::new()
        } else {
            Owners { held: &held, directory: &directory, world }.outside(doc, &id)?
        };
        Ok(json!({"powers": powers, "owners": owners}))
    }
}

/// What makes a principal privileged.
fn powers(id: &str, held: &Held, world: &dyn World) -> Result<Vec<String>, Gap> {
    let permissions = permissions::of(id, world);
    let mut sure: Vec<String> = permissions.iter().flatten().cloned().collect();
    let roles = held.privileged.get(id).into_iter().flatten();
    sure.extend(roles.map(|role| (*role).to_owned()));
    // One power is enough; that there is none, both must say.
    match permissions.err().or_else(|| held.unsure.clone()) {
        Some(gap) if sure.is_empty() => Err(gap),
        _ => Ok(sure),
    }
}

/// Directory roles by their holders, directly and through groups.
#[derive(Debug, Default)]
struct Held {
    /// The privileged ones that are active.
    privileged: BTreeMap<String, BTreeSet<&'static str>>,
    /// Who has power over applications, now or after activating it: over all of them, or over the
    /// one with this object id.
    over: BTreeSet<(String, Option<String>)>,
    /// What was not read of it.
    unsure: Option<Gap>,
}

impl Held {
    fn of(directory: &Directory, world: &dyn World) -> Arc<Self> {
        memo(world, "azure/roles-of-principals", || Self::read(directory, world))
    }

    fn read(directory: &Directory, world: &dyn World) -> Self {
        let mut out = Self::default();
        let tenants = world.related(TENANT, RelatedScope::Account);
        let Some(tenant) = tenants.first() else {
            out.unsure = Some(strange("the tenant's roles were not read"));
            return out;
        };
        for (facet, active) in
            [("DirectoryRoleAssignments", true), ("DirectoryRoleEligibilitySchedules", false)]
        {
            if let Some(gap) = lacks(tenant, facet) {
                out.unsure.get_or_insert(gap);
            }
            let lines = tenant.properties.get(facet).and_then(Value::as_array);
            for line in lines.into_iter().flatten() {
                out.line(line, active, directory, world);
            }
        }
        out
    }

    fn line(&mut self, line: &Value, active: bool, directory: &Directory, world: &dyn World) {
        let part = |name| roles::part(line, name);
        let role = part("roleDefinitionId");
        let (name, over) = (roles::privileged(&role), roles::over_applications(&role));
        if name.is_none() && !over {
            return;
        }
        let scope = part("directoryScopeId");
        let scope = (scope != "/").then(|| last_segment(&scope));
        // Programs in a group hold its roles too.
        match directory.behind(&part("principalId"), world, Directory::everything) {
            Err(gap) => drop(self.unsure.get_or_insert(gap)),
            Ok(all) => {
                for holder in all {
                    if over {
                        self.over.insert((holder.clone(), scope.clone()));
                    }
                    if let Some(name) = name.filter(|_| active) {
                        self.privileged.entry(holder).or_default().insert(name);
                    }
                }
            }
        }
    }

    /// Whether somebody may change one of these objects without owning it.
    fn may_change(&self, who: &str, objects: &[&str]) -> bool {
        let one = |scope: Option<String>| self.over.contains(&(who.to_owned(), scope));
        one(None) || objects.iter().any(|object| one(Some((*object).to_owned())))
    }
}

struct Owners<'a> {
    held: &'a Held,
    directory: &'a Directory,
    world: &'a dyn World,
}

impl Owners<'_> {
    /// The owners of a service principal, and of its application where that is registered here, who
    /// could not change it otherwise.
    fn outside(&self, doc: &Resource, principal: &str) -> Result<Vec<Value>, Gap> {
        let mut found = BTreeMap::new();
        let applications = self.applications();
        let mut owned = vec![("service principal", doc)];
        owned.extend(self.application(doc, &applications)?.map(|a| ("application", a)));
        let ids: Vec<String> = owned.iter().map(|(_, d)| last_segment(&d.id)).collect();
        let mut ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        ids.push(principal);
        for (what, object) in owned {
            // Each owner is a finding of its own: none may be lost for what is not known of others.
            if let Some(gap) = lacks(object, "owners") {
                return Err(gap);
            }
            let owners = object.properties.get("owners").and_then(Value::as_array);
            let id = |o: &Value| Some(o.get("id")?.as_str()?.to_ascii_lowercase());
            for owner in owners.into_iter().flatten().filter_map(id) {
                if let Some(name) = self.outsider(&owner, &ids)? {
                    found.entry(owner).or_insert((name, what));
                }
            }
        }
        let one = |(id, (name, of))| json!({"id": id, "name": name, "of": of});
        Ok(found.into_iter().map(one).collect())
    }

    fn applications(&self) -> Arc<BTreeMap<String, Arc<Resource>>> {
        memo(self.world, "azure/applications", || {
            let all = self.world.related(APPLICATIONS, RelatedScope::Account);
            let by =
                |d: &Arc<Resource>| Some((text(d, "appId")?.to_ascii_lowercase(), Arc::clone(d)));
            all.iter().filter_map(by).collect()
        })
    }

    /// The application of a service principal. `None`: it has none in this tenant.
    fn application<'d>(
        &self,
        doc: &Resource,
        all: &'d BTreeMap<String, Arc<Resource>>,
    ) -> Result<Option<&'d Resource>, Gap> {
        let here = text(doc, "appOwnerOrganizationId")
            .is_some_and(|home| home.eq_ignore_ascii_case(&doc.account));
        let Some(app) = text(doc, "appId").filter(|_| here) else { return Ok(None) };
        if let Some(found) = all.get(&app.to_ascii_lowercase()) {
            return Ok(Some(found));
        }
        let missing = self.world.lacking(APPLICATIONS, RelatedScope::Account, &["appId"]);
        missing.map_or(Ok(None), |m| Err(because(m)))
    }

    /// The name of an owner who may not change these objects otherwise, and can sign in.
    fn outsider(&self, id: &str, objects: &[&str]) -> Result<Option<String>, Gap> {
        if self.held.may_change(id, objects) {
            return Ok(None);
        }
        if let Some(gap) = &self.held.unsure {
            return Err(gap.clone());
        }
        if let Some(user) = self.directory.user(id) {
            if let Some(gap) = lacks(user, "accountEnabled") {
                return Err(gap);
            }
            let enabled = user.properties.get("accountEnabled") != Some(&Value::Bool(false));
            let name = text(user, "userPrincipalName").unwrap_or(id);
            return Ok(enabled.then(|| name.to_owned()));
        }
        if let Some(program) = self.directory.principal(id) {
            let own = permissions::of(id, self.world)?;
            let name = text(program, "displayName").unwrap_or(id);
            return Ok(own.is_empty().then(|| name.to_owned()));
        }
        let kinds = [Directory::USERS, Directory::PRINCIPALS];
        let stranger = || strange(format!("owner {id} is in no listing"));
        Err(Directory::unlisted(self.world, &kinds).unwrap_or_else(stranger))
    }
}

#[cfg(test)]
#[path = "owners_tests.rs"]
mod tests;
