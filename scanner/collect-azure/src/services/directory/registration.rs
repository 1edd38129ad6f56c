//! The report of who registered which second factor.
//!
//! Graph gives it to tenants with a premium licence only. A refusal is the cause why nothing is known
//! of anybody; an account that the report does not name is unknown too, for the report lags.

use std::collections::BTreeMap;
use std::sync::Arc;

use assay_collect::Facet;
use assay_core::{Gap, GapState};
use serde_json::{Map, Value};

use super::{object, population::id};
use crate::{Cx, Operation};

/// The facet of a user.
pub(super) const FACET: &str = "registrationDetails";
/// What of a row is kept.
const MEMBERS: [&str; 5] =
    ["isMfaRegistered", "isMfaCapable", "isAdmin", "methodsRegistered", "lastUpdatedDateTime"];

/// Without `$top`: of the query's parameters Graph's documentation names `$filter` and `$orderby`.
pub(crate) static REGISTRATION: Operation = Operation::graph(
    "MicrosoftGraph:reports/authenticationMethods/userRegistrationDetails",
    "/v1.0/reports/authenticationMethods/userRegistrationDetails",
    &["AuditLog.Read.All"],
);

/// What the report said.
pub(super) struct Report {
    /// By object id in lower case: what is said, as JSON (it is little so), and the call.
    rows: BTreeMap<String, (Box<str>, Arc<str>)>,
    /// Why nothing is known of anybody else.
    rest: Gap,
}

impl Report {
    /// The facet of an account.
    pub(super) fn of(&self, user: &str) -> Facet {
        match self.rows.get(&user.to_ascii_lowercase()) {
            Some((row, call)) => Facet::expected(serde_json::from_str::<Value>(row).ok(), call),
            None => Facet::Unknown(self.rest.clone()),
        }
    }
}

/// Reads the report. `None`: no type file asks for it.
pub(super) async fn read(cx: &Cx) -> Option<Report> {
    let shape = &cx.type_def(super::USERS)?.facets.get(FACET)?.shape;
    let mut rows = BTreeMap::new();
    let mut seen: Vec<String> = Vec::new();
    let mut strange = None;
    loop {
        let called = cx.page(&REGISTRATION, &[], seen.last().map(String::as_str)).await;
        let call: Arc<str> = called.id.as_str().into();
        let page = match called.result {
            Ok(page) => page,
            Err(e) => return Some(Report { rows, rest: e.gap() }),
        };
        for row in &page.value {
            match id(row).zip(object::one(shape, &picked(row))) {
                Some((user, kept)) => {
                    let kept = kept.to_string().into_boxed_str();
                    rows.insert(user.to_ascii_lowercase(), (kept, Arc::clone(&call)));
                }
                None => strange = Some(gap(GapState::Malformed, "a row names no account", &call)),
            }
        }
        match page.next {
            Some(next) if seen.contains(&next) => {
                let rest = gap(GapState::Malformed, "the provider repeated a page", &call);
                return Some(Report { rows, rest });
            }
            Some(next) => seen.push(next),
            None => {
                let unnamed = "the report of registrations does not name the account";
                let rest = strange.unwrap_or_else(|| gap(GapState::Unresolved, unnamed, &call));
                return Some(Report { rows, rest });
            }
        }
    }
}

/// The members of a row that are kept: of some hundred thousand accounts little is a lot.
fn picked(row: &Value) -> Value {
    let kept: Map<String, Value> =
        MEMBERS.into_iter().filter_map(|m| Some((m.to_owned(), row.get(m)?.clone()))).collect();
    Value::Object(kept)
}

fn gap(state: GapState, detail: &str, call: &str) -> Gap {
    let mut gap = Gap::new(state, detail);
    gap.call = Some(call.to_owned());
    gap.operation = Some(REGISTRATION.name.to_owned());
    gap
}
