//! Resource Graph: the few queries that the collector asks.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Estate;
use super::answer::{Answer, put};

/// Answers a query. Understood are a filter `type in~ ('a','b')` or `type =~ 'a'`, and a
/// `summarize … count() by type, subscriptionId`; everything else of the text is taken as said by
/// the order of ids and whole rows.
pub(super) fn answer(estate: &Estate, body: &[u8], page: usize) -> Answer {
    let Ok(asked) = serde_json::from_slice::<Value>(body) else {
        return Answer::error(400, "BadRequest", "no JSON");
    };
    let text = asked.get("query").and_then(Value::as_str).unwrap_or_default();
    let subscriptions: Vec<String> = asked
        .get("subscriptions")
        .and_then(Value::as_array)
        .map(|all| all.iter().filter_map(Value::as_str).map(str::to_lowercase).collect())
        .unwrap_or_default();
    let option = |name: &str| asked.get("options").and_then(|o| o.get(name));
    let top = option("$top").and_then(Value::as_u64).map_or(page, |n| (n as usize).min(page));
    let from = option("$skipToken").and_then(Value::as_str).and_then(|t| t.parse().ok());
    let from: usize = from.unwrap_or(0);
    let kinds = quoted(text);
    let rows = estate.rows(&subscriptions, &kinds);
    let rows: Vec<Value> = if text.contains("summarize") {
        let mut counts: BTreeMap<(String, String), u64> = BTreeMap::new();
        for row in &rows {
            let one = |k: &str| row.get(k).and_then(Value::as_str).unwrap_or_default().to_owned();
            *counts.entry((one("type"), one("subscriptionId"))).or_default() += 1;
        }
        // The name of the count stands before it: `summarize n=count()`.
        let name = text.split("summarize").nth(1).and_then(|t| t.split("count()").next());
        let name = name.map(|t| t.trim().trim_end_matches('=').trim()).filter(|n| !n.is_empty());
        let name = name.unwrap_or("count_");
        let row = |((kind, sub), n)| json!({"type": kind, "subscriptionId": sub, name: n});
        counts.into_iter().map(row).collect()
    } else {
        rows
    };
    let data: Vec<&Value> = rows.iter().skip(from).take(top).collect();
    let more = from + data.len() < rows.len();
    let mut out = json!({
        "totalRecords": rows.len(), "count": data.len(), "data": data,
        "resultTruncated": if more { "true" } else { "false" }, "facets": [],
    });
    if more {
        put(&mut out, "$skipToken", (from + top).to_string().into());
    }
    Answer::of(200, &out)
}

/// The texts in quotes behind the first mention of `type`, in lower case.
fn quoted(text: &str) -> Vec<String> {
    let Some((_, rest)) = text.split_once("type ").filter(|_| text.contains("where type")) else {
        return Vec::new();
    };
    let clause = rest.split('|').next().unwrap_or_default();
    clause.split('\'').skip(1).step_by(2).map(str::to_lowercase).collect()
}
