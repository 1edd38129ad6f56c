//! Account management: the alternate contact for security.

use assay_collect_aws_base::{Cx, Scope, Service, client};
use aws_sdk_account::types::{AlternateContact, AlternateContactType};
use serde_json::Value;

use crate::shape::shape;

const CONTACTS: &str = "Assay::AWS::AlternateContacts";

/// Alternate contacts.
pub static SERVICE: Service = Service {
    name: "account",
    scope: Scope::Global,
    operations: &["account:GetAlternateContact"],
    actions: &["account:GetAlternateContact"],
    types: &[CONTACTS],
    collect: |cx| Box::pin(collect(cx)),
};

async fn collect(cx: Cx) {
    let client = client!(cx, aws_sdk_account);
    // One document for each account, whatever the read says.
    let listing = cx.listing(CONTACTS);
    let kind = AlternateContactType::Security;
    let call = client.get_alternate_contact().alternate_contact_type(kind).send();
    let facet = cx
        .call("account:GetAlternateContact", &[("type", "SECURITY")], call)
        .await
        .absent_on(&["ResourceNotFoundException"], |a| a.alternate_contact().map(contact));
    let id = cx.arn("account", "alternate-contacts");
    let mut doc = cx.resource(CONTACTS, id, cx.account());
    doc.set("SecurityContact", facet);
    cx.put(doc).await;
    listing.complete();
}

/// Name and telephone number are personal data that no rule needs: they are not kept.
fn contact(c: &AlternateContact) -> Value {
    shape().with("EmailAddress", c.email_address()).with("Title", c.title()).value()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_what_is_needed_is_kept() {
        let c = AlternateContact::builder()
            .name("Jo")
            .title("CISO")
            .email_address("s@example.com")
            .phone_number("+1")
            .build();
        assert_eq!(contact(&c), json!({"EmailAddress": "s@example.com", "Title": "CISO"}));
    }
}
