//! SNS: topics of a region and who confirmed a subscription.
//!
//! One listing of all subscriptions instead of a call for each topic. It shows the account's own
//! subscriptions only, so a topic without one of them is asked for its own count.

use assay_collect_aws_base::{Cx, Scope, Service, client};
use std::collections::BTreeMap;

use assay_collect::{Facet, bounded};
use assay_core::{Gap, GapState};
use aws_sdk_sns::Client;
use aws_sdk_sns::types::Subscription;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use crate::shape::shape;

const TOPIC: &str = "AWS::SNS::Topic";
const SUBSCRIPTION: &str = "AWS::SNS::Subscription";
/// Topics read at once.
const READS: usize = 6;

/// Topics and subscriptions.
pub static SERVICE: Service = Service {
    name: "sns",
    scope: Scope::Regional,
    operations: &["sns:ListTopics", "sns:ListSubscriptions", "sns:GetTopicAttributes"],
    actions: &["sns:ListTopics", "sns:ListSubscriptions", "sns:GetTopicAttributes"],
    types: &[TOPIC, SUBSCRIPTION],
    collect: |cx| Box::pin(collect(cx)),
};

/// Confirmed subscriptions by topic, with the call that gave them.
type Confirmed = BTreeMap<String, (u64, String)>;

async fn collect(cx: Cx) {
    let client = client!(cx, aws_sdk_sns);
    let confirmed = subscriptions(&cx, &client).await;
    let mut listing = cx.listing(TOPIC);
    let mut token = None;
    loop {
        let call = client.list_topics().set_next_token(token).send();
        let called = cx.call("sns:ListTopics", &[], call).await;
        let Some(page) = listing.page(called) else { return };
        let arns: Vec<&str> = page.topics().iter().filter_map(|t| t.topic_arn()).collect();
        if arns.len() < page.topics().len() {
            listing.stop(Gap::new(GapState::Malformed, "a topic has no ARN"));
        }
        let reads: Vec<_> =
            arns.iter().map(|arn| topic(&cx, &client, &confirmed, &page.id, arn)).collect();
        bounded(reads, READS).await;
        token = listing.more(page.next_token());
        if token.is_none() {
            break;
        }
    }
    listing.complete();
}

async fn subscriptions(cx: &Cx, client: &Client) -> Confirmed {
    let mut confirmed = Confirmed::new();
    let mut listing = cx.listing(SUBSCRIPTION);
    let mut token = None;
    loop {
        let call = client.list_subscriptions().set_next_token(token).send();
        let called = cx.call("sns:ListSubscriptions", &[], call).await;
        let Some(page) = listing.page(called) else { return confirmed };
        for s in page.subscriptions() {
            let (Some(arn), Some(topic)) = (s.subscription_arn(), s.topic_arn()) else {
                let why = "a subscription has no ARN or no topic";
                listing.stop(Gap::new(GapState::Malformed, why));
                continue;
            };
            // What was deleted is listed for a while.
            if arn == "Deleted" {
                continue;
            }
            if !pending(s) {
                confirmed.entry(topic.to_owned()).or_insert_with(|| (0, page.id.clone())).0 += 1;
            }
            let id = if arn.starts_with("arn:") { arn.to_owned() } else { pending_id(s, topic) };
            let name = id.rsplit(':').next().unwrap_or(&id).to_owned();
            let mut doc = cx.resource(SUBSCRIPTION, &id, &name);
            doc.set_all(describe(s), &page.id);
            cx.put(doc).await;
        }
        token = listing.more(page.next_token());
        if token.is_none() {
            break;
        }
    }
    listing.complete();
    confirmed
}

/// A subscription that nobody confirmed has the words `PendingConfirmation` in place of its ARN.
fn pending(s: &Subscription) -> bool {
    !s.subscription_arn().is_some_and(|a| a.starts_with("arn:"))
}

/// An id for it that does not show the address.
fn pending_id(s: &Subscription, topic: &str) -> String {
    let digest = Sha256::new()
        .chain_update(s.protocol().unwrap_or(""))
        .chain_update("\n")
        .chain_update(s.endpoint().unwrap_or(""))
        .finalize();
    let hex: String = digest.iter().take(8).map(|b| format!("{b:02x}")).collect();
    format!("{topic}:pending-{hex}")
}

async fn topic(cx: &Cx, client: &Client, confirmed: &Confirmed, listed: &str, arn: &str) {
    let name = arn.rsplit(':').next().unwrap_or(arn);
    let mut doc = cx.resource(TOPIC, arn, name);
    doc.set("TopicArn", Facet::known(arn, listed));
    let count = match confirmed.get(arn) {
        Some((count, call)) => Facet::known(*count, call),
        None => {
            let call = client.get_topic_attributes().topic_arn(arn).send();
            let called = cx.call("sns:GetTopicAttributes", &[("topic", arn)], call).await;
            called.facet(|a| {
                let count = a.attributes()?.get("SubscriptionsConfirmed")?;
                count.parse::<u64>().ok().map(Value::from)
            })
        }
    };
    doc.set("SubscriptionsConfirmed", count);
    cx.put(doc).await;
}

fn describe(s: &Subscription) -> Map<String, Value> {
    shape()
        .with("TopicArn", s.topic_arn())
        .with("Protocol", s.protocol())
        .with("PendingConfirmation", Some(json!(pending(s))))
        .members()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pending_subscription_has_an_id_without_its_address() {
        let s = Subscription::builder()
            .subscription_arn("PendingConfirmation")
            .protocol("email")
            .endpoint("someone@example.com")
            .topic_arn("arn:aws:sns:eu-west-1:1:t")
            .build();
        assert_eq!(describe(&s)["PendingConfirmation"], true);
        let id = pending_id(&s, "arn:aws:sns:eu-west-1:1:t");
        assert!(id.starts_with("arn:aws:sns:eu-west-1:1:t:pending-") && !id.contains("someone"));
    }

    #[test]
    fn a_confirmed_one_has_an_arn() {
        let s = Subscription::builder().subscription_arn("arn:aws:sns:r:1:t:x").build();
        assert!(!pending(&s));
    }
}
