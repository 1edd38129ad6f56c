//! Reading listings page by page, and the document of one member.

use std::collections::BTreeSet;
use std::future::Future;

use assay_collect_aws_base::{Cx, Draft, ListingGuard};
use assay_core::{Gap, GapState};
use aws_sdk_ec2::types::Tag;
use serde_json::{Map, Value};

use crate::map;

/// Reads every page of an operation and hands each to a block. A page without its list, or a call
/// that fails, stops the listing.
macro_rules! pages {
    ($cx:expr, $listing:ident, $operation:literal, $request:expr, $list:ident, |$items:ident, $call:ident| $body:block) => {{
        let mut token: Option<String> = None;
        loop {
            let request = $request.set_next_token(token.take());
            let Some(got) = $listing.page($cx.call($operation, &[], request.send()).await) else {
                break;
            };
            let ($call, answer) = (got.id, got.answer);
            let Some($items) = answer.$list else {
                $listing.stop($crate::page::lacking(stringify!($list), &$call));
                break;
            };
            $body
            match $listing.more(answer.next_token.as_deref()) {
                Some(next) => token = Some(next),
                None => break,
            }
        }
    }};
}
pub(crate) use pages;

/// One call of a paged operation that is no listing of a type, as [`gather`] wants it.
macro_rules! ask {
    ($cx:expr, $operation:literal, $params:expr, $request:expr, $list:ident) => {
        |token| async move {
            let called = $cx.call($operation, $params, $request.set_next_token(token).send()).await;
            match called.result {
                Ok(answer) => Ok($crate::page::Page {
                    items: answer.$list,
                    next: answer.next_token,
                    call: called.id,
                }),
                Err(e) => Err(e.gap()),
            }
        }
    };
}
pub(crate) use ask;

/// A page of something that is no listing of a type.
pub(crate) struct Page<T> {
    /// Its items.
    pub(crate) items: Option<Vec<T>>,
    /// The token of the next page.
    pub(crate) next: Option<String>,
    /// Id of the call.
    pub(crate) call: String,
}

/// Reads all pages. Gives the items and the id of the first call.
///
/// # Errors
/// The gap of the first page that could not be read: a part is not taken for the whole.
pub(crate) async fn gather<T, F: Future<Output = Result<Page<T>, Gap>>>(
    mut ask: impl FnMut(Option<String>) -> F,
) -> Result<(Vec<T>, String), Gap> {
    let (mut all, mut first, mut seen) = (Vec::new(), None, BTreeSet::new());
    let mut token = None;
    loop {
        let page = ask(token.take()).await?;
        all.extend(page.items.ok_or_else(|| lacking("its list", &page.call))?);
        let call = first.get_or_insert(page.call).clone();
        match page.next.filter(|t| !t.is_empty()) {
            None => return Ok((all, call)),
            Some(next) if !seen.insert(next.clone()) => {
                return Err(Gap::new(GapState::Malformed, "the provider repeated a page token"));
            }
            Some(next) => token = Some(next),
        }
    }
}

/// The gap of an answer without something that it always has.
pub(crate) fn lacking(what: &str, call: &str) -> Gap {
    let mut gap = Gap::new(GapState::Malformed, format!("the answer lacks {what}"));
    gap.call = Some(call.to_owned());
    gap
}

/// One member of a page.
pub(crate) struct Found<'a> {
    /// Its type.
    pub(crate) kind: &'static str,
    /// The word before its id in an ARN.
    pub(crate) noun: &'static str,
    /// Its id.
    pub(crate) id: Option<&'a String>,
    /// The account in its ARN, where that is not the own one.
    pub(crate) owner: Option<&'a str>,
    /// Its tags; the API leaves the element out where there are none.
    pub(crate) tags: Option<&'a Vec<Tag>>,
}

/// The document of a member. One without an id stops the listing.
pub(crate) fn draft(
    cx: &Cx,
    listing: &mut ListingGuard,
    found: &Found<'_>,
    facets: Map<String, Value>,
    call: &str,
) -> Option<Draft> {
    let Some(id) = found.id else {
        listing.stop(lacking("the id of a member", call));
        return None;
    };
    let owner = found.owner.unwrap_or(cx.account());
    let (partition, region) = (cx.partition(), cx.region());
    let arn = format!("arn:{partition}:ec2:{region}:{owner}:{}/{id}", found.noun);
    let mut draft = cx.resource(found.kind, arn, id);
    draft.set_all(facets, call).tags(map::tags(found.tags), call);
    Some(draft)
}
