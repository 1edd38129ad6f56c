//! AWS Organizations: the accounts of the organisation.
//!
//! Only the management account and delegated administrators may list them; elsewhere the listing is
//! `denied`. An account outside any organisation has proved that there are none.

use std::sync::Arc;

use assay_collect::{ListingGuard, Session};
use assay_collect_aws_base::{Cx, Protocol, Reach, Scope, Service, WireOperation};
use assay_core::Gap;
use serde_json::{Map, Value, json};

use crate::shape::{epoch, shape};

const ACCOUNT: &str = "AWS::Organizations::Account";

const LIST: WireOperation = WireOperation {
    service: "Organizations",
    endpoint_prefix: "organizations",
    reach: Reach::Global,
    operation: "ListAccounts",
    protocol: Protocol::Json11 { target_prefix: "AWSOrganizationsV20161128" },
};

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
    let _members = members(&cx, cx.listing(ACCOUNT), true).await;
}

/// One account of the organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Member {
    pub(crate) id: String,
    /// `ACTIVE`, `SUSPENDED`…; empty where the answer does not say.
    pub(crate) state: String,
}

/// Lists the accounts before anything else, so that each of them can be collected. `keep`: their
/// documents and their listing belong to the snapshot.
pub(crate) async fn discover(
    cx: &Cx,
    session: &Arc<Session>,
    keep: bool,
) -> Result<Vec<Member>, Gap> {
    let listing = match keep {
        true => cx.listing(ACCOUNT),
        false => ListingGuard::open(Arc::clone(session), Vec::new()),
    };
    members(cx, listing, keep).await
}

async fn members(cx: &Cx, mut listing: ListingGuard, keep: bool) -> Result<Vec<Member>, Gap> {
    let mut token: Option<String> = None;
    let mut members = Vec::new();
    loop {
        let mut input = json!({});
        if let (Some(t), Some(map)) = (token.take(), input.as_object_mut()) {
            map.insert("NextToken".to_owned(), t.into());
        }
        let called = cx.wire("organizations:ListAccounts", &[], LIST, &input).await;
        let called = called.or_absent(&["AWSOrganizationsNotInUseException"]);
        let Some(page) = listing.page(called) else { break };
        let Some(answer) = &page.answer else { break };
        let Some(accounts) = answer.get("Accounts").and_then(Value::as_array) else {
            listing.stop_malformed("the answer lacks Accounts", &page.id);
            break;
        };
        for account in accounts {
            let text = |name: &str| account.get(name).and_then(Value::as_str);
            let (Some(arn), Some(id)) = (text("Arn"), text("Id")) else {
                listing.stop_malformed("an account lacks its ARN or id", &page.id);
                continue;
            };
            let state = text("State").or_else(|| text("Status")).unwrap_or_default();
            members.push(Member { id: id.to_owned(), state: state.to_owned() });
            if keep {
                let mut draft = cx.resource(ACCOUNT, arn, text("Name").unwrap_or(id));
                draft.set_all(facets(account), &page.id);
                cx.put(draft).await;
            }
        }
        match listing.more(answer.get("NextToken").and_then(Value::as_str)) {
            Some(next) => token = Some(next),
            None => break,
        }
    }
    let gap = listing.gap().cloned();
    listing.complete();
    gap.map_or(Ok(members), Err)
}

/// The facets that an answer gives; what it lacks stays unknown.
fn facets(account: &Value) -> Map<String, Value> {
    let member = |name: &str| account.get(name).cloned();
    shape()
        .with("AccountId", member("Id"))
        .with("AccountName", member("Name"))
        .with("State", member("State"))
        .with("JoinedMethod", member("JoinedMethod"))
        .with("JoinedTimestamp", account.get("JoinedTimestamp").and_then(epoch))
        .members()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_answer_lacks_stays_unknown() {
        let facets = facets(&json!({"Id": "1", "State": "ACTIVE", "JoinedTimestamp": 1.5e9}));
        assert_eq!(
            Value::Object(facets),
            json!({"AccountId": "1", "State": "ACTIVE",
                   "JoinedTimestamp": "2017-07-14T02:40:00Z"})
        );
    }
}
