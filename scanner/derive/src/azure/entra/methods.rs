//! `authentication_methods` of a tenant: which weak and which strong second factors it allows.

use std::collections::BTreeSet;

use assay_core::{Gap, Resource};
use serde_json::{Value, json};

use super::TENANT;
use crate::azure::strange;
use crate::{Deriver, Need, World};

/// A code that can be asked for on the phone, forwarded, or taken over with the number.
const WEAK: [&str; 2] = ["sms", "voice"];
/// Passkeys, Microsoft Authenticator, certificates.
const STRONG: [&str; 3] = ["fido2", "microsoftauthenticator", "x509certificate"];

/// The deriver.
#[derive(Debug)]
pub(crate) struct AuthenticationMethods;

impl Deriver for AuthenticationMethods {
    fn name(&self) -> &'static str {
        "authentication_methods"
    }

    fn types(&self) -> &'static [&'static str] {
        &[TENANT]
    }

    fn reads(&self) -> &'static [&'static str] {
        &["/AuthenticationMethodsPolicy"]
    }

    fn needs(&self) -> &'static [Need] {
        &[]
    }

    fn derive(&self, doc: &Resource, _: &dyn World) -> Result<Value, Gap> {
        let policy = doc.properties.get("AuthenticationMethodsPolicy").unwrap_or(&Value::Null);
        let text = |v: &Value, name: &str| {
            v.get(name).and_then(Value::as_str).unwrap_or_default().to_ascii_lowercase()
        };
        let methods = policy.get("authenticationMethodConfigurations").and_then(Value::as_array);
        let allowed: BTreeSet<String> = methods
            .into_iter()
            .flatten()
            .filter(|m| text(m, "state") == "enabled")
            .map(|m| text(m, "id"))
            .collect();
        let of = |some: &[&str]| -> Vec<String> {
            some.iter().filter(|m| allowed.contains(**m)).map(|m| (*m).to_owned()).collect()
        };
        let (weak, strong) = (of(&WEAK), of(&STRONG));
        let migration = text(policy, "policyMigrationState");
        // What the policy allows is allowed, whatever the older settings say.
        if weak.is_empty() && migration != "migrationcomplete" {
            return Err(strange(format!(
                "the migration of the authentication methods policy is not complete ({}): the older \
                 settings of MFA and of password resets allow methods too, and no API tells them",
                if migration.is_empty() { "no state" } else { &migration }
            )));
        }
        Ok(json!({"weak": weak, "strong": strong}))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Fixed, derive};

    fn said(state: Value, enabled: &[&str]) -> Result<Value, String> {
        let mut doc = Resource::new(TENANT, "/tenants/t", "azure", "t", "global", "t");
        let method = |id: &&str| {
            let on = enabled.contains(id);
            json!({"id": id, "state": if on { "enabled" } else { "disabled" }})
        };
        let all = ["Fido2", "Sms", "Voice", "Email", "MicrosoftAuthenticator"];
        let policy = json!({
            "policyMigrationState": state,
            "authenticationMethodConfigurations": all.iter().map(method).collect::<Vec<_>>(),
        });
        doc.properties.insert("AuthenticationMethodsPolicy".into(), policy);
        let world = Fixed::around(&doc, []);
        derive(&AuthenticationMethods, &doc, &world).map_err(|u| u.gap.detail)
    }

    #[test]
    fn older_settings_leave_open_what_the_policy_does_not_allow() {
        let done = || json!("migrationComplete");
        let answer = |weak: Value, strong: Value| Ok(json!({"weak": weak, "strong": strong}));
        assert_eq!(said(done(), &["Fido2", "Email"]), answer(json!([]), json!(["fido2"])));
        assert_eq!(said(done(), &[]), answer(json!([]), json!([])));
        for state in [json!("preMigration"), json!("migrationInProgress"), json!(null)] {
            let found = said(state.clone(), &["Sms", "Fido2"]);
            assert_eq!(found, answer(json!(["sms"]), json!(["fido2"])), "{state}");
            assert!(said(state, &["Fido2"]).unwrap_err().contains("older settings"));
        }
    }
}
