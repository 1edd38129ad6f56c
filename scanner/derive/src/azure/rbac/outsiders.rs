//! `outsiders` of a role assignment: guests, foreign groups and principals that the directory does
//! not know, directly or through a group.

use assay_core::rule::RelatedScope;
use assay_core::{Gap, Resource};
use serde_json::{Value, json};

use super::ASSIGNMENTS;
use super::power::Level;
use super::role::{LOOKS, role};
use crate::azure::entra::Directory;
use crate::azure::{last_segment, strange, text};
use crate::{Deriver, Need, World};

/// The deriver.
#[derive(Debug)]
pub(crate) struct Outsiders;

impl Deriver for Outsiders {
    fn name(&self) -> &'static str {
        "outsiders"
    }

    fn types(&self) -> &'static [&'static str] {
        &[ASSIGNMENTS]
    }

    fn reads(&self) -> &'static [&'static str] {
        &["/roleDefinitionId", "/condition", "/principalId", "/principalType"]
    }

    fn needs(&self) -> &'static [Need] {
        &[]
    }

    fn looks(&self) -> &'static [Need] {
        &[
            LOOKS,
            Need {
                kind: Directory::USERS,
                scope: RelatedScope::Account,
                facets: &["userPrincipalName", "userType"],
            },
            Need {
                kind: Directory::GROUPS,
                scope: RelatedScope::Account,
                facets: &["displayName", "transitiveMembers"],
            },
            Need { kind: Directory::PRINCIPALS, scope: RelatedScope::Account, facets: &[] },
        ]
    }

    fn derive(&self, doc: &Resource, world: &dyn World) -> Result<Value, Gap> {
        let role = role(doc, world)?;
        let mut found = Vec::new();
        if role.level != Level::None {
            let id = text(doc, "principalId").map(last_segment);
            let id = id.ok_or_else(|| strange("the assignment names no principal"))?;
            let kind = text(doc, "principalType").unwrap_or("Unknown");
            found = outsiders(&id, kind, &Directory::of(world), world)?;
        }
        let found: Vec<Value> = found
            .into_iter()
            .map(|(key, message)| json!({"key": key, "message": message}))
            .collect();
        Ok(json!({"role": role.name, "level": role.level.word(), "found": found}))
    }
}

/// Key and message of each.
fn outsiders(
    id: &str,
    kind: &str,
    directory: &Directory,
    world: &dyn World,
) -> Result<Vec<(String, String)>, Gap> {
    // What the directory does not have is unknown only if the directory was read whole.
    let unknown = |kinds: &[&str]| match Directory::unlisted(world, kinds) {
        Some(gap) => Err(gap),
        None => Ok(vec![(
            id.to_owned(),
            format!("{kind} {id} is not in the directory: it was deleted or belongs elsewhere"),
        )]),
    };
    match kind {
        "User" => match directory.user(id) {
            Some(user) => Ok(guest(id, user, "")?.into_iter().collect()),
            None => unknown(&[Directory::USERS]),
        },
        "Group" => match directory.group(id) {
            Some(group) => members(group, directory, world),
            None => unknown(&[Directory::GROUPS]),
        },
        "ServicePrincipal" if directory.has_principal(id) => Ok(Vec::new()),
        "ServicePrincipal" => unknown(&[Directory::PRINCIPALS]),
        "ForeignGroup" => {
            Ok(vec![(id.to_owned(), format!("group {id} belongs to another tenant"))])
        }
        "Unknown" => match (directory.user(id), directory.group(id)) {
            (Some(user), _) => Ok(guest(id, user, "")?.into_iter().collect()),
            (None, Some(group)) => members(group, directory, world),
            (None, None) if directory.has_principal(id) => Ok(Vec::new()),
            _ => unknown(&[Directory::USERS, Directory::GROUPS, Directory::PRINCIPALS]),
        },
        other => Err(strange(format!("the principal is of the kind {other}"))),
    }
}

/// Guests among the members of a group.
fn members(
    group: &Resource,
    directory: &Directory,
    world: &dyn World,
) -> Result<Vec<(String, String)>, Gap> {
    let through = format!(", through group {}", text(group, "displayName").unwrap_or(&group.id));
    let mut found = Vec::new();
    for id in Directory::members(group)? {
        let Some(user) = directory.user(&id) else {
            let stranger =
                || strange(format!("member {id} of {} is not in the listing of users", group.id));
            return Err(Directory::unlisted(world, &[Directory::USERS]).unwrap_or_else(stranger));
        };
        found.extend(guest(&id, user, &through)?);
    }
    Ok(found)
}

fn guest(id: &str, user: &Resource, through: &str) -> Result<Option<(String, String)>, Gap> {
    if let Some(gap) = crate::azure::lacks(user, "userType") {
        return Err(gap);
    }
    let is = text(user, "userType").is_some_and(|t| t.eq_ignore_ascii_case("Guest"));
    let name = text(user, "userPrincipalName").unwrap_or(id);
    Ok(is.then(|| (id.to_owned(), format!("guest {name}{through}"))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Fixed, derive};

    fn assignment(kind: &str, id: &str) -> Resource {
        let mut doc = Resource::new(ASSIGNMENTS, "/a", "azure", "t", "global", "a");
        for (k, v) in [
            ("roleDefinitionId", json!("/x/8e3af657-a8ff-443c-a75c-2fe8c4bcb635")),
            ("condition", json!(null)),
            ("principalType", json!(kind)),
            ("principalId", json!(id)),
        ] {
            doc.properties.insert(k.into(), v);
        }
        doc
    }

    fn graph(kind: &str, id: &str, properties: Value) -> Resource {
        let mut doc = Resource::new(kind, format!("graph:t/x/{id}"), "azure", "t", "global", id);
        doc.properties = properties.as_object().unwrap().clone();
        doc
    }

    fn directory() -> Vec<Resource> {
        let user = |id: &str, kind: Value| {
            graph(
                Directory::USERS,
                id,
                json!({"userPrincipalName": format!("{id}@x"), "userType": kind}),
            )
        };
        let group = |id: &str, members: Value| {
            graph(Directory::GROUPS, id, json!({"displayName": id, "transitiveMembers": members}))
        };
        let member = |id: &str| json!({"@odata.type": "#microsoft.graph.user", "id": id});
        vec![
            user("member", json!("Member")),
            user("old", json!(null)),
            user("guest", json!("Guest")),
            group("clean", json!([member("member")])),
            group(
                "mixed",
                json!([member("member"), member("guest"), {"@odata.type": "#microsoft.graph.device", "id": "d"}]),
            ),
            group("stale", json!([member("gone")])),
            graph(Directory::GROUPS, "closed", json!({"displayName": "closed"})),
            graph(Directory::PRINCIPALS, "app", json!({})),
        ]
    }

    #[test]
    fn who_is_an_outsider() {
        let world = directory();
        for (kind, id, want) in [
            ("User", "member", Ok(vec![])),
            ("User", "old", Ok(vec![])),
            ("User", "guest", Ok(vec!["guest"])),
            ("User", "nobody", Ok(vec!["nobody"])),
            ("Group", "clean", Ok(vec![])),
            ("Group", "mixed", Ok(vec!["guest"])),
            ("Group", "closed", Err(())),
            ("Group", "stale", Err(())),
            ("Group", "nobody", Ok(vec!["nobody"])),
            ("ServicePrincipal", "app", Ok(vec![])),
            ("ServicePrincipal", "gone", Ok(vec!["gone"])),
            ("ForeignGroup", "f", Ok(vec!["f"])),
            ("Unknown", "app", Ok(vec![])),
            ("Unknown", "guest", Ok(vec!["guest"])),
            ("Unknown", "nobody", Ok(vec!["nobody"])),
            ("Device", "d", Err(())),
        ] {
            let doc = assignment(kind, id);
            let got = derive(&Outsiders, &doc, &Fixed::around(&doc, world.clone())).map_err(|_| ());
            let got = got.map(|v| {
                let found = v["found"].as_array().unwrap().clone();
                found.iter().map(|f| f["key"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
            });
            let want =
                want.map(|w: Vec<&str>| w.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>());
            assert_eq!(got, want, "{kind} {id}");
        }
    }

    #[test]
    fn a_directory_that_was_not_read_whole_has_no_unknown_principals() {
        for (kind, id, listing) in [
            ("User", "nobody", Directory::USERS),
            ("Group", "nobody", Directory::GROUPS),
            ("ServicePrincipal", "gone", Directory::PRINCIPALS),
            ("Unknown", "nobody", Directory::PRINCIPALS),
        ] {
            let doc = assignment(kind, id);
            let world = Fixed::around(&doc, directory()).without(listing);
            assert!(derive(&Outsiders, &doc, &world).is_err(), "{kind}");
        }
        // A guest that was seen is one, whatever else was not.
        let doc = assignment("User", "guest");
        let world = Fixed::around(&doc, directory()).without(Directory::USERS);
        assert!(derive(&Outsiders, &doc, &world).is_ok());
    }
}
