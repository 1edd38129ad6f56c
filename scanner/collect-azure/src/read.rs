//! Reading: one object, one page, all pages, one page of Resource Graph.

use std::sync::Arc;

use assay_collect::Called;
use assay_core::GapState;
use azure_core::http::Url;
use serde_json::{Value, json};

use crate::policy::Trace;
use crate::problem::Problem;
use crate::{Api, Cx, Operation};

/// Pages that [`Cx::list`] reads at most.
const PAGES: usize = 1_000;
/// Rows of a page of Resource Graph: its limit.
const TOP: u32 = 1_000;

/// The query of Resource Graph. Services that call [`Cx::resource_graph`] declare it.
pub static RESOURCE_GRAPH: Operation = Operation::resource_graph();

/// One page of a collection.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// Its members.
    pub value: Vec<Value>,
    /// The address of the next page, for [`Cx::page`].
    pub next: Option<String>,
}

/// One page of a query's rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Rows {
    /// The rows, each an object.
    pub rows: Vec<Value>,
    /// Rows of the whole query, as this page says it: another number than on the page before means
    /// that the population changed meanwhile.
    pub total: u64,
    /// The provider cut the answer and gives no further pages: what is missing is unknown.
    pub truncated: bool,
    /// The token of the next page.
    pub skip: Option<String>,
}

impl Cx {
    /// Reads one object. `params` fill the operation's placeholders and become part of the call's
    /// id.
    pub async fn get(
        &self,
        operation: &'static Operation,
        params: &[(&str, &str)],
    ) -> Called<Value> {
        let trace = Trace::new(operation);
        let call = async {
            let url = self.address(operation, params)?;
            let answer = self.client().send(&trace, url, None).await?;
            if answer.is_object() {
                Ok(answer)
            } else {
                Err(Problem::malformed("the answer is no object"))
            }
        };
        self.run(Arc::clone(&trace), params, call).await
    }

    /// Reads one page. `next` is what the page before named; it must stay within the operation.
    pub async fn page(
        &self,
        operation: &'static Operation,
        params: &[(&str, &str)],
        next: Option<&str>,
    ) -> Called<Page> {
        let trace = Trace::new(operation);
        let call = self.one_page(&trace, params, next);
        self.run(Arc::clone(&trace), params, call).await
    }

    /// Reads all pages of a small collection (the children of a resource) as one call: all or
    /// nothing.
    pub async fn list(
        &self,
        operation: &'static Operation,
        params: &[(&str, &str)],
    ) -> Called<Vec<Value>> {
        let trace = Trace::new(operation);
        let call = self.pages(&trace, params, None);
        self.run(Arc::clone(&trace), params, call).await
    }

    /// All pages of a collection, of which the first may be there already.
    pub(crate) async fn pages(
        &self,
        trace: &Arc<Trace>,
        params: &[(&str, &str)],
        first: Option<Result<Value, Problem>>,
    ) -> Result<Vec<Value>, Problem> {
        let mut all = Vec::new();
        let mut next: Option<String> = None;
        let mut first = first;
        for _ in 0..PAGES {
            let page = match first.take() {
                Some(answer) => page(trace.operation(), answer?)?,
                None => self.one_page(trace, params, next.as_deref()).await?,
            };
            all.extend(page.value);
            match page.next {
                None => return Ok(all),
                same if same == next => {
                    return Err(Problem::malformed("the provider repeated a page"));
                }
                more => next = more,
            }
        }
        Err(Problem::new(GapState::Failed, "TooManyPages", "the collection has no end"))
    }

    async fn one_page(
        &self,
        trace: &Arc<Trace>,
        params: &[(&str, &str)],
        next: Option<&str>,
    ) -> Result<Page, Problem> {
        let operation = trace.operation();
        let url = match next {
            None => self.address(operation, params)?,
            Some(text) => self.next_address(operation, text)?,
        };
        page(operation, self.client().send(trace, url, None).await?)
    }

    /// The address of a next page: it comes from outside, and the token goes with it.
    fn next_address(&self, operation: &Operation, text: &str) -> Result<Url, Problem> {
        let url = Url::parse(text)
            .map_err(|_| Problem::malformed("the link to the next page is no address"))?;
        if operation.covers(self.client().cloud(), operation.method(), &url) {
            Ok(url)
        } else {
            Err(Problem::malformed("the link to the next page leads elsewhere"))
        }
    }

    /// Reads one page of a query over some subscriptions, at most 1,000 rows. The query must order
    /// its rows (`| order by id asc`): pages of rows in no order miss some. `skip` is the token of
    /// the page before. `name` tells this query from others and becomes part of the call's id.
    pub async fn resource_graph(
        &self,
        name: &str,
        query: &str,
        subscriptions: &[String],
        skip: Option<&str>,
    ) -> Called<Rows> {
        let trace = Trace::new(&RESOURCE_GRAPH);
        let call = async {
            let mut options = json!({"resultFormat": "objectArray", "$top": TOP});
            if let (Some(map), Some(skip)) = (options.as_object_mut(), skip) {
                map.insert("$skipToken".to_owned(), skip.into());
            }
            let body = json!({"query": query, "subscriptions": subscriptions, "options": options});
            let url = self.address(&RESOURCE_GRAPH, &[])?;
            let answer = self.client().send(&trace, url, Some(&body)).await?;
            rows(answer)
        };
        self.run(Arc::clone(&trace), &[("query", name)], call).await
    }
}

/// The page that an answer is.
fn page(operation: &Operation, mut answer: Value) -> Result<Page, Problem> {
    let value = match answer.get_mut("value").map(Value::take) {
        Some(Value::Array(value)) => value,
        _ => return Err(Problem::malformed("the page has no list `value`")),
    };
    let link = if operation.api == Api::Graph { "@odata.nextLink" } else { "nextLink" };
    let next = match answer.get(link) {
        None | Some(Value::Null) => None,
        Some(Value::String(s)) => Some(s.clone()).filter(|s| !s.is_empty()),
        Some(_) => return Err(Problem::malformed("the link to the next page is no text")),
    };
    Ok(Page { value, next })
}

fn rows(mut answer: Value) -> Result<Rows, Problem> {
    let rows = match answer.get_mut("data").map(Value::take) {
        Some(Value::Array(rows)) if rows.iter().all(Value::is_object) => rows,
        _ => return Err(Problem::malformed("the page has no list of rows")),
    };
    let total = answer
        .get("totalRecords")
        .and_then(Value::as_u64)
        .ok_or_else(|| Problem::malformed("the page does not say how many rows there are"))?;
    let skip = match answer.get("$skipToken") {
        None | Some(Value::Null) => None,
        Some(Value::String(s)) => Some(s.clone()).filter(|s| !s.is_empty()),
        Some(_) => return Err(Problem::malformed("the token of the next page is no text")),
    };
    // `"true"` also where a further page can be asked for; without a token the rest is lost.
    let truncated = match answer.get("resultTruncated").and_then(Value::as_str) {
        Some(text) if text.eq_ignore_ascii_case("false") => false,
        Some(text) if text.eq_ignore_ascii_case("true") => skip.is_none(),
        _ => return Err(Problem::malformed("the page does not say whether it is whole")),
    };
    Ok(Rows { rows, total, truncated, skip })
}
