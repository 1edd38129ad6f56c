//! Who a token speaks for, as far as it says so itself.

use std::collections::BTreeSet;

use azure_core::base64::decode_url_safe;
use serde_json::Value;

/// The claims of an access token that name its holder. The token's form is its issuer's own affair:
/// what cannot be read stays unknown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Who {
    /// The tenant.
    pub(crate) tenant: Option<String>,
    /// The person, or the application.
    pub(crate) name: Option<String>,
    /// The object in the directory.
    pub(crate) object: Option<String>,
}

impl Who {
    /// Reads a token.
    pub(crate) fn of(token: &str) -> Self {
        let claims = claims(token);
        let text = |name: &str| {
            let value = claims.as_ref()?.get(name)?.as_str()?;
            let fits = value.len() <= 200 && !value.chars().any(char::is_control);
            (fits && !value.is_empty()).then(|| value.to_owned())
        };
        let person = text("upn").or_else(|| text("unique_name"));
        let application =
            || text("appid").or_else(|| text("azp")).map(|id| format!("application {id}"));
        Self {
            tenant: text("tid").map(|t| t.to_lowercase()),
            name: person.or_else(application),
            object: text("oid"),
        }
    }

    /// The application permissions that a token grants.
    pub(crate) fn roles(token: &str) -> BTreeSet<String> {
        let claims = claims(token);
        let all = claims.as_ref().and_then(|c| c.get("roles")?.as_array());
        all.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    }

    /// One line for people and for the manifest.
    pub(crate) fn say(&self, source: &str) -> String {
        let name = self.name.as_deref().unwrap_or("an unnamed identity");
        match &self.object {
            Some(object) => format!("{name} (object {object}, by {source})"),
            None => format!("{name} (by {source})"),
        }
    }
}

fn claims(token: &str) -> Option<Value> {
    let part = token.split('.').nth(1)?;
    let bytes = decode_url_safe(part.trim_end_matches('=')).ok()?;
    serde_json::from_slice(&bytes).ok()
}

#[cfg(test)]
mod tests {
    use azure_core::base64::encode_url_safe;

    use super::*;

    #[test]
    fn claims_name_the_holder() {
        let token = |claims: &str| format!("e30.{}.sig", encode_url_safe(claims));
        let who = Who::of(&token(r#"{"tid":"AA","appid":"app","oid":"obj"}"#));
        assert_eq!(who.tenant.as_deref(), Some("aa"));
        assert_eq!(who.say("client secret"), "application app (object obj, by client secret)");
        let who = Who::of(&token(r#"{"upn":"lee@example.org","appid":"app"}"#));
        assert_eq!(who.say("Azure CLI"), "lee@example.org (by Azure CLI)");
        for opaque in ["", "opaque", "a.b.c", &token("{\"upn\":\"a\\u001b[31m\"}")] {
            assert_eq!(Who::of(opaque), Who::default());
        }
    }
}
