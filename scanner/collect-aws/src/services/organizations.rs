//! AWS Organizations: the accounts of the organisation.
//!
//! Only the management account and delegated administrators may list them; elsewhere the listing is
//! `denied`. An account outside any organisation has proved that there are none.

use assay_collect_aws_base::{Cx, Scope, Service, client};
use aws_sdk_organizations::types::Account;
use serde_json::{Map, Value};

const ACCOUNT: &str = "AWS::Organizations::Account";

/// The descriptor.
pub static SERVICE: Service = Service {
    name: "organizations",
    scope: Scope::Global,
    operations: &["organizations:ListAccounts"],
    actions: &["organizations:ListAccounts"],
    types: &[ACCOUNT],
    collect: |cx| Box::pin(collect(cx)),
};

async fn collect(cx: Cx) {
    let client = client!(cx, aws_sdk_organizations);
    let mut listing = cx.listing(ACCOUNT);
    let mut token = None;
    loop {
        let call = client.list_accounts().set_next_token(token).send();
        let called = cx.call("organizations:ListAccounts", &[], call).await;
        let called = called.or_absent(&["AWSOrganizationsNotInUseException"]);
        let Some(page) = listing.page(called) else { break };
        let Some(answer) = &page.answer else { break };
        for account in answer.accounts() {
            let (Some(arn), Some(id)) = (account.arn(), account.id()) else {
                listing.stop_malformed("an account lacks its ARN or id", &page.id);
                continue;
            };
            let mut draft = cx.resource(ACCOUNT, arn, account.name().unwrap_or(id));
            draft.set_all(map_account(account), &page.id);
            cx.put(draft).await;
        }
        match listing.more(answer.next_token()) {
            Some(next) => token = Some(next),
            None => break,
        }
    }
    listing.complete();
}

/// The facets that an answer gives; what it lacks stays unknown.
fn map_account(account: &Account) -> Map<String, Value> {
    let text = |v: Option<&str>| v.map(Value::from);
    let facets = [
        ("AccountId", text(account.id())),
        ("AccountName", text(account.name())),
        ("State", text(account.state().map(|s| s.as_str()))),
        ("JoinedMethod", text(account.joined_method().map(|m| m.as_str()))),
        ("JoinedTimestamp", text(account.joined_timestamp().map(|t| t.to_string()).as_deref())),
    ];
    facets.into_iter().filter_map(|(k, v)| Some((k.to_owned(), v?))).collect()
}
