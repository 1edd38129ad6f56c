//! Ids of documents.
//!
//! ARM compares ids without regard to case, and Resource Graph, lists and references spell one
//! resource in several ways. So every id is written in one form: resource groups and names in lower
//! case, the type as its type file spells it, else as it came.

/// The form of an ARM id in which documents carry it.
///
/// `types` gives the documented spelling of a type
/// (`microsoft.keyvault/vaults` → `Microsoft.KeyVault/vaults`).
#[must_use]
pub fn canonical<'t>(id: &str, types: impl Fn(&str) -> Option<&'t str>) -> String {
    let parts: Vec<&str> = id.split('/').filter(|s| !s.is_empty()).collect();
    let mut out = String::with_capacity(id.len());
    let mut rest = parts.as_slice();
    while let Some((first, after)) = rest.split_first() {
        if first.eq_ignore_ascii_case("providers")
            && let Some((namespace, after)) = after.split_first()
        {
            let (used, end) = one_provider(after);
            let mut spelled: Vec<&str> = vec![namespace];
            spelled.extend(used.iter().step_by(2));
            // The longest known type: a child of a known parent is spelled like its parent.
            let whole = spelled.join("/");
            let known = (2..=spelled.len()).rev().find_map(|n| {
                let head = spelled.get(..n)?.join("/");
                Some((n, types(&head.to_ascii_lowercase())?.to_owned()))
            });
            let text = match known {
                Some((n, name)) => {
                    let tail = spelled.get(n..).unwrap_or_default();
                    tail.iter().fold(name, |all, part| format!("{all}/{part}"))
                }
                None => whole,
            };
            out.push_str("/providers");
            let mut steps = text.split('/');
            if let Some(namespace) = steps.next() {
                out.push('/');
                out.push_str(namespace);
            }
            for pair in used.chunks(2) {
                out.push('/');
                out.push_str(steps.next().unwrap_or_default());
                if let Some(name) = pair.get(1) {
                    out.push('/');
                    out.push_str(&name.to_lowercase());
                }
            }
            rest = end;
            continue;
        }
        let step = match first.to_ascii_lowercase().as_str() {
            "subscriptions" => "subscriptions".to_owned(),
            "resourcegroups" => "resourceGroups".to_owned(),
            "tenants" => "tenants".to_owned(),
            _ => first.to_lowercase(),
        };
        out.push('/');
        out.push_str(&step);
        rest = after;
        if let Some((value, after)) = rest.split_first()
            && ["subscriptions", "resourceGroups", "tenants"].contains(&step.as_str())
        {
            out.push('/');
            out.push_str(&value.to_lowercase());
            rest = after;
        }
    }
    out
}

/// The type and name pairs of one provider, and what follows: an extension's own `providers`.
fn one_provider<'a, 'b>(after: &'a [&'b str]) -> (&'a [&'b str], &'a [&'b str]) {
    let end = after
        .iter()
        .enumerate()
        .find(|(n, s)| n % 2 == 0 && s.eq_ignore_ascii_case("providers"))
        .map_or(after.len(), |(n, _)| n);
    after.split_at(end)
}

/// The type of an ARM id, as it is spelled there: that of its last provider.
#[must_use]
pub fn kind(id: &str) -> Option<String> {
    let parts: Vec<&str> = id.split('/').filter(|s| !s.is_empty()).collect();
    let at = parts.iter().rposition(|s| s.eq_ignore_ascii_case("providers"))?;
    let (namespace, pairs) = parts.get(at + 1..)?.split_first()?;
    let mut out = (*namespace).to_owned();
    for step in pairs.iter().step_by(2) {
        out.push('/');
        out.push_str(step);
    }
    (!pairs.is_empty()).then_some(out)
}

/// The subscription of an ARM id, in lower case.
#[must_use]
pub fn subscription(id: &str) -> Option<String> {
    let mut parts = id.split('/').filter(|s| !s.is_empty());
    let first = parts.next()?;
    first.eq_ignore_ascii_case("subscriptions").then(|| parts.next().map(str::to_lowercase))?
}

/// The id of an object of Microsoft Graph: `graph:<tenant>/<kind>/<object id>`.
#[must_use]
pub fn graph(tenant: &str, kind: &str, object: &str) -> String {
    format!("graph:{}/{kind}/{object}", tenant.to_lowercase())
}

/// A location as Resource Manager spells it in ids: `West Europe` is `westeurope`. Without one,
/// `global`.
#[must_use]
pub fn region(location: Option<&str>) -> String {
    let text: String = location
        .unwrap_or_default()
        .chars()
        .filter(|c| !c.is_whitespace())
        .flat_map(char::to_lowercase)
        .collect();
    if text.is_empty() { "global".to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spelled(id: &str) -> String {
        canonical(id, |lower| match lower {
            "microsoft.keyvault/vaults" => Some("Microsoft.KeyVault/vaults"),
            "microsoft.authorization/roleassignments" => {
                Some("Microsoft.Authorization/roleAssignments")
            }
            _ => None,
        })
    }

    #[test]
    fn one_resource_has_one_id() {
        let wanted =
            "/subscriptions/aa-bb/resourceGroups/prod/providers/Microsoft.KeyVault/vaults/kv";
        for id in [
            wanted,
            "/SUBSCRIPTIONS/AA-BB/RESOURCEGROUPS/PROD/PROVIDERS/MICROSOFT.KEYVAULT/VAULTS/KV",
            "/subscriptions/aa-bb/resourcegroups/Prod/providers/microsoft.keyvault/vaults/Kv/",
        ] {
            assert_eq!(spelled(id), wanted);
        }
        assert_eq!(spelled(&format!("{wanted}/keys/Main")), format!("{wanted}/keys/main"));
        let grant = "/providers/Microsoft.Authorization/roleAssignments/11";
        assert_eq!(spelled(&grant.to_uppercase()), grant);
        assert_eq!(
            spelled(&format!("{wanted}/PROVIDERS/microsoft.authorization/roleassignments/11")),
            format!("{wanted}{grant}")
        );
        assert_eq!(spelled("/subscriptions/AA"), "/subscriptions/aa");
        assert_eq!(spelled(""), "");
    }

    #[test]
    fn types_and_subscriptions_are_read_from_ids() {
        let id = "/subscriptions/AA/resourceGroups/r/providers/Microsoft.Sql/servers/s/databases/d";
        assert_eq!(kind(id).as_deref(), Some("Microsoft.Sql/servers/databases"));
        assert_eq!(subscription(id).as_deref(), Some("aa"));
        assert_eq!(kind("/subscriptions/AA"), None);
        assert_eq!(subscription("/providers/Microsoft.Management/managementGroups/x"), None);
    }

    #[test]
    fn locations_have_one_spelling() {
        assert_eq!(region(Some("West Europe")), "westeurope");
        assert_eq!(region(Some("")), "global");
        assert_eq!(region(None), "global");
    }
}
