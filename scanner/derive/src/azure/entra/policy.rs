//! A conditional access policy, as far as these questions need it.
//!
//! <https://learn.microsoft.com/graph/api/resources/conditionalaccesspolicy>

use assay_core::Gap;
use serde_json::Value;

use crate::azure::strange;

/// A kind of client program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Client {
    /// A browser.
    Browser,
    /// A mobile app or desktop program with modern authentication.
    App,
    /// Exchange ActiveSync.
    ActiveSync,
    /// A program with basic authentication: IMAP, POP, SMTP, old Office.
    Other,
}

impl Client {
    pub(super) const fn describe(self) -> &'static str {
        match self {
            Self::Browser => "browsers",
            Self::App => "mobile apps and desktop clients",
            Self::ActiveSync => "Exchange ActiveSync",
            Self::Other => "other legacy clients",
        }
    }
}

/// What a policy demands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Grant {
    /// Nobody gets in.
    Block,
    /// MFA in every case.
    Mfa,
    /// MFA, or one of these.
    MfaOr(Vec<String>),
    /// Something else, or nothing.
    Other,
}

/// People that a policy names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct People {
    /// Ids in lower case, or `all`, `none`, `guestsorexternalusers`.
    pub(super) users: Vec<String>,
    pub(super) groups: Vec<String>,
    pub(super) roles: Vec<String>,
    /// Kinds of guests, in lower case, and whether of every tenant.
    pub(super) guests: Option<(Vec<String>, bool)>,
}

impl People {
    pub(super) fn all(&self) -> bool {
        self.users.iter().any(|u| u == "all")
    }

    pub(super) fn nobody(&self) -> bool {
        *self == Self::default()
    }
}

/// A policy.
#[derive(Debug, Clone)]
pub(super) struct Policy {
    /// Where it stands in its list.
    pub(super) place: usize,
    pub(super) id: String,
    pub(super) name: String,
    /// It only reports what it would do.
    pub(super) report_only: bool,
    pub(super) include: People,
    pub(super) exclude: People,
    /// Application ids in lower case, or `all`, `office365`, `microsoftadminportals`.
    pub(super) applications: Vec<String>,
    pub(super) left_out: Vec<String>,
    pub(super) clients: Vec<Client>,
    /// Conditions under which alone it holds: a word for keys and a phrase.
    pub(super) narrowed: Option<(&'static str, &'static str)>,
    pub(super) grant: Grant,
}

impl Policy {
    /// Reads a list of policies; those that are disabled or concern no sign-in of a person to an
    /// application are left out.
    ///
    /// # Errors
    /// A gap, where a policy holds what this program does not understand.
    pub(super) fn all(list: &Value) -> Result<Vec<Self>, Gap> {
        let list = list.as_array().map(Vec::as_slice).unwrap_or_default();
        let mut out = Vec::new();
        for (place, value) in list.iter().enumerate() {
            if word(value, "state") != "disabled" {
                out.extend(Self::read(place, value)?);
            }
        }
        Ok(out)
    }

    fn read(place: usize, value: &Value) -> Result<Option<Self>, Gap> {
        let name = value.get("displayName").and_then(Value::as_str).unwrap_or_default().to_owned();
        let conditions = value.get("conditions").unwrap_or(&Value::Null);
        let part = |name: &str| conditions.get(name).filter(|v| !v.is_null());
        let (Some(users), Some(applications)) = (part("users"), part("applications")) else {
            return Ok(None);
        };
        let included = words(applications, "includeApplications");
        let filter = applications.get("applicationFilter").filter(|f| !f.is_null());
        if included.is_empty() && filter.is_none() {
            return Ok(None);
        }
        let clients = words(conditions, "clientAppTypes");
        Ok(Some(Self {
            place,
            id: value.get("id").and_then(Value::as_str).unwrap_or_default().to_owned(),
            report_only: word(value, "state") != "enabled",
            include: people(users, "include"),
            exclude: people(users, "exclude"),
            applications: included,
            left_out: words(applications, "excludeApplications"),
            clients: clients.iter().flat_map(|c| client(c)).copied().collect(),
            narrowed: narrowed(conditions, filter.is_some()),
            grant: grant(value.get("grantControls"), &name)?,
            name,
        }))
    }

    /// Where the policy stands, for a finding.
    pub(super) fn at(&self, below: &str) -> String {
        format!("/ConditionalAccessPolicies/{}{below}", self.place)
    }
}

fn client(word: &str) -> &'static [Client] {
    match word {
        "all" => &[Client::Browser, Client::App, Client::ActiveSync, Client::Other],
        "browser" => &[Client::Browser],
        "mobileappsanddesktopclients" => &[Client::App],
        "exchangeactivesync" => &[Client::ActiveSync],
        "other" => &[Client::Other],
        // `easSupported` is a part of Exchange ActiveSync only.
        _ => &[],
    }
}

/// The first condition that leaves sign-ins out.
fn narrowed(conditions: &Value, filter: bool) -> Option<(&'static str, &'static str)> {
    let part = |name: &str| conditions.get(name).filter(|v| !v.is_null());
    let some = |of: &str, name: &str| part(of).map(|v| words(v, name)).unwrap_or_default();
    let limits = |list: &[String]| !list.is_empty() && !list.iter().any(|w| w == "all");
    if limits(&some("locations", "includeLocations")) {
        return Some(("locations", "holds at some locations only"));
    }
    if !some("locations", "excludeLocations").is_empty() {
        return Some(("locations", "leaves out trusted or named locations"));
    }
    if limits(&some("platforms", "includePlatforms"))
        || !some("platforms", "excludePlatforms").is_empty()
    {
        return Some((
            "platforms",
            "holds on some platforms only, and a client says itself which it has",
        ));
    }
    if part("devices").and_then(|d| d.get("deviceFilter")).is_some_and(|f| !f.is_null()) {
        return Some(("devices", "holds for some devices only"));
    }
    let risks = ["signInRiskLevels", "userRiskLevels", "servicePrincipalRiskLevels"];
    if risks.iter().any(|r| !words(conditions, r).is_empty()) || part("insiderRiskLevels").is_some()
    {
        return Some(("risk", "holds only where a risk was noticed"));
    }
    let flows = part("authenticationFlows").and_then(|f| f.get("transferMethods"));
    if flows.and_then(Value::as_str).is_some_and(|w| !w.is_empty() && w != "none") {
        return Some(("flows", "holds for some ways of signing in only"));
    }
    filter.then_some(("application_filter", "holds for applications with certain attributes only"))
}

/// Built-in authentication strengths, each of which needs MFA.
const STRENGTHS: [&str; 3] = [
    "00000000-0000-0000-0000-000000000002",
    "00000000-0000-0000-0000-000000000003",
    "00000000-0000-0000-0000-000000000004",
];

fn grant(controls: Option<&Value>, name: &str) -> Result<Grant, Gap> {
    let Some(controls) = controls.filter(|c| !c.is_null()) else { return Ok(Grant::Other) };
    let built_in = words(controls, "builtInControls");
    if built_in.iter().any(|c| c == "block") {
        return Ok(Grant::Block);
    }
    let mut mfa = built_in.iter().any(|c| c == "mfa");
    let mut instead: Vec<String> = built_in.into_iter().filter(|c| c != "mfa").collect();
    if let Some(strength) = controls.get("authenticationStrength").filter(|s| !s.is_null()) {
        let needs = match strength.get("requirementsSatisfied").and_then(Value::as_str) {
            Some(w) if w.eq_ignore_ascii_case("mfa") => true,
            Some(w) if w.eq_ignore_ascii_case("none") => false,
            _ if STRENGTHS.contains(&word(strength, "id").as_str()) => true,
            _ => {
                return Err(strange(format!(
                    "the authentication strength of policy {name} does not say whether it needs MFA"
                )));
            }
        };
        if needs {
            mfa = true;
        } else {
            instead.push("an authentication strength without MFA".into());
        }
    }
    if !words(controls, "termsOfUse").is_empty() {
        instead.push("terms of use".into());
    }
    if !words(controls, "customAuthenticationFactors").is_empty() {
        instead.push("a custom control".into());
    }
    // Without an operator several controls would be a riddle: the weaker reading.
    let every = word(controls, "operator") == "and";
    Ok(match (mfa, every || instead.is_empty()) {
        (true, true) => Grant::Mfa,
        (true, false) => Grant::MfaOr(instead),
        (false, _) => Grant::Other,
    })
}

fn people(users: &Value, side: &str) -> People {
    let list = |what: &str| words(users, &format!("{side}{what}"));
    let guests = users.get(format!("{side}GuestsOrExternalUsers")).filter(|v| !v.is_null());
    let guests = guests.map(|g| {
        let kinds = word(g, "guestOrExternalUserTypes");
        let kinds: Vec<String> = kinds.split(',').map(|k| k.trim().to_owned()).collect();
        let of = g.get("externalTenants").map(|t| word(t, "membershipKind")).unwrap_or_default();
        (kinds, of != "enumerated")
    });
    let guests = guests.filter(|(kinds, _)| kinds.iter().any(|k| !k.is_empty() && k != "none"));
    let mut users = list("Users");
    users.retain(|u| u != "none");
    People { users, groups: list("Groups"), roles: list("Roles"), guests }
}

/// A word in lower case; empty where it is missing.
fn word(value: &Value, name: &str) -> String {
    value.get(name).and_then(Value::as_str).unwrap_or_default().to_ascii_lowercase()
}

/// Words in lower case; none where the list is missing or null.
fn words(value: &Value, name: &str) -> Vec<String> {
    let list = value.get(name).and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_str).map(str::to_ascii_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_a_grant_demands() {
        for (controls, want) in [
            (json!(null), Grant::Other),
            (json!({"operator": "OR", "builtInControls": ["mfa"]}), Grant::Mfa),
            (json!({"operator": "OR", "builtInControls": ["Block"]}), Grant::Block),
            (json!({"operator": "AND", "builtInControls": ["mfa", "compliantDevice"]}), Grant::Mfa),
            (
                json!({"operator": "OR", "builtInControls": ["mfa", "compliantDevice"]}),
                Grant::MfaOr(vec!["compliantdevice".into()]),
            ),
            (json!({"operator": "OR", "builtInControls": ["compliantDevice"]}), Grant::Other),
            (
                json!({"operator": "OR", "builtInControls": ["mfa"], "termsOfUse": ["t"]}),
                Grant::MfaOr(vec!["terms of use".into()]),
            ),
            (
                json!({"operator": "OR", "builtInControls": [], "authenticationStrength":
                    {"id": "x", "requirementsSatisfied": "mfa"}}),
                Grant::Mfa,
            ),
            (
                json!({"operator": "OR", "authenticationStrength":
                    {"id": "00000000-0000-0000-0000-000000000004"}}),
                Grant::Mfa,
            ),
            (
                json!({"operator": "OR", "authenticationStrength":
                    {"id": "x", "requirementsSatisfied": "none"}}),
                Grant::Other,
            ),
        ] {
            assert_eq!(grant(Some(&controls), "p").unwrap(), want, "{controls}");
        }
        let unknown = json!({"operator": "OR", "authenticationStrength": {"id": "x"}});
        assert!(grant(Some(&unknown), "p").is_err());
    }

    #[test]
    fn which_conditions_leave_sign_ins_out() {
        for (conditions, want) in [
            (json!({}), None),
            (json!({"locations": {"includeLocations": ["All"], "excludeLocations": []}}), None),
            (
                json!({"locations": {"includeLocations": ["All"], "excludeLocations": ["AllTrusted"]}}),
                Some("locations"),
            ),
            (json!({"locations": {"includeLocations": ["x"]}}), Some("locations")),
            (json!({"platforms": {"includePlatforms": ["all"], "excludePlatforms": []}}), None),
            (
                json!({"platforms": {"includePlatforms": ["all"], "excludePlatforms": ["iOS"]}}),
                Some("platforms"),
            ),
            (json!({"platforms": {"includePlatforms": ["windows"]}}), Some("platforms")),
            (json!({"devices": {"deviceFilter": {"mode": "exclude"}}}), Some("devices")),
            (json!({"devices": {"deviceFilter": null}}), None),
            (json!({"signInRiskLevels": ["high"], "userRiskLevels": []}), Some("risk")),
            (json!({"signInRiskLevels": [], "userRiskLevels": []}), None),
            (json!({"authenticationFlows": {"transferMethods": "deviceCodeFlow"}}), Some("flows")),
            (json!({"authenticationFlows": {"transferMethods": "none"}}), None),
        ] {
            assert_eq!(narrowed(&conditions, false).map(|n| n.0), want, "{conditions}");
        }
    }

    #[test]
    fn policies_that_concern_nobody_are_left_out() {
        let policy = |state: &str, users: Value, applications: Value| {
            json!({"id": "p", "displayName": "p", "state": state, "grantControls": null,
                "conditions": {"clientAppTypes": ["all"], "users": users, "applications": applications}})
        };
        let all = json!({"includeUsers": ["All"]});
        let apps = json!({"includeApplications": ["All"]});
        let list = json!([
            policy("enabled", all.clone(), apps.clone()),
            policy("disabled", all.clone(), apps.clone()),
            policy("enabledForReportingButNotEnforced", all.clone(), apps.clone()),
            policy("enabled", json!(null), apps),
            policy("enabled", all, json!({"includeUserActions": ["urn:user:registerdevice"]})),
        ]);
        let read = Policy::all(&list).unwrap();
        let kept: Vec<_> = read.iter().map(|p| (p.place, p.report_only)).collect();
        assert_eq!(kept, [(0, false), (2, true)]);
    }
}
