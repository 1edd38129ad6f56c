//! Single reads: what is no answer, and what is not declared.

use std::sync::Arc;

use assay_collect::{Cancel, Session, silent};
use assay_core::GapState;
use azure_core::http::HttpClient;
use serde_json::{Value, json};

use super::support::*;
use crate::client::Client;
use crate::credential::choose;
use crate::cx::{Estate, Options, Subscription};
use crate::fake::{Fake, Fault, Harm};
use crate::{Access, Cloud, Cx, Operation, RESOURCE_GRAPH, Scope, Service};

static ANYTHING: Operation = Operation::arm("Microsoft.X:things/read", "/things/{name}", "1");
static QUERIES: Service = Service {
    name: "queries",
    scope: Scope::Subscription,
    operations: &[&RESOURCE_GRAPH, &ANYTHING, &RESTART],
    types: &[],
    collect: |_| Box::pin(async {}),
};

/// A context outside of any collection.
async fn context(fake: &Arc<Fake>) -> (Cx, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("snapshot");
    let writer = assay_snapshot::SnapshotWriter::create(&target, types()).unwrap();
    let session = Arc::new(Session::new(writer, silent(), Cancel::new()));
    let access = Access::to(Arc::clone(fake) as Arc<dyn HttpClient>);
    let who = choose(&plan(fake), &access).await.unwrap();
    let client =
        Client::new(Cloud::Public, &access.http, &who.credential, who.secrets, access.first_wait);
    let here = Subscription { id: ONE.to_owned(), name: "Production".to_owned() };
    let all = vec![here.clone()];
    let estate = Estate::new(session, Arc::new(client), TENANT.into(), all, Options::default());
    (Cx::new(Arc::new(estate), &QUERIES, Some(here)), folder)
}

/// All rows of a query over both subscriptions.
pub(super) fn all_rows(fake: &Arc<Fake>, query: &str) -> Vec<Value> {
    runtime().block_on(async {
        let (cx, _folder) = context(fake).await;
        let subscriptions = [ONE.to_owned(), TWO.to_owned()];
        let (mut all, mut skip) = (Vec::new(), None);
        loop {
            let called = cx.resource_graph("all", query, &subscriptions, skip.as_deref()).await;
            let page = called.result.unwrap();
            assert!(!page.truncated);
            all.extend(page.rows);
            skip = page.skip;
            if skip.is_none() {
                return all;
            }
        }
    })
}

#[test]
fn rows_come_in_order_and_all_of_them() {
    let fake = Fake::new(estate(12, 0)).pages_of(5).shared();
    let rows = all_rows(
        &fake,
        "resources | where type in~ ('microsoft.keyvault/vaults') | order by id asc",
    );
    let ids: Vec<&str> = rows.iter().map(|r| r["id"].as_str().unwrap()).collect();
    assert!(ids.len() == 24 && ids.is_sorted());
    let counts = all_rows(&fake, "resources | summarize n=count() by type, subscriptionId");
    assert_eq!(counts.iter().map(|r| r["n"].as_u64().unwrap()).sum::<u64>(), 24);
}

#[test]
fn a_page_of_rows_that_is_none_is_malformed() {
    const QUERY: &str = "/providers/microsoft.resourcegraph/resources";
    let page = |rows: Value, truncated: Value| {
        json!({"data": rows, "totalRecords": 1, "resultTruncated": truncated}).to_string()
    };
    for body in [
        "{}".to_owned(),
        page(json!([1]), json!("false")),
        page(json!({"columns": [], "rows": []}), json!("false")),
        page(json!([]), json!(null)),
        json!({"data": [], "resultTruncated": "false"}).to_string(),
    ] {
        let fault = Fault::at(QUERY, Harm::Body(body.clone()));
        let fake = Fake::new(estate(1, 0)).with_fault(fault).shared();
        let error = runtime().block_on(async {
            let (cx, _folder) = context(&fake).await;
            cx.resource_graph("all", "resources", &[], None).await.result.unwrap_err()
        });
        assert_eq!(error.state, GapState::Malformed, "{body}");
    }
    let cut = Fault::at(QUERY, Harm::Body(page(json!([]), json!("true"))));
    let fake = Fake::new(estate(1, 0)).with_fault(cut).shared();
    runtime().block_on(async {
        let (cx, _folder) = context(&fake).await;
        let rows = cx.resource_graph("all", "resources", &[], None).await.result.unwrap();
        assert!(rows.truncated, "cut, and no token to go on");
    });
}

#[test]
fn only_what_is_declared_and_reads_is_sent() {
    static OTHER: Operation = Operation::arm("Microsoft.X:others/read", "/others", "1");
    let fake = Fake::new(estate(1, 0)).shared();
    runtime().block_on(async {
        let (cx, _folder) = context(&fake).await;
        let undeclared = cx.get(&OTHER, &[]).await.result.unwrap_err();
        assert_eq!(undeclared.code, "UndeclaredOperation");
        let id = vault_id(ONE, 0);
        let writes = cx.get(&RESTART, &[("id", &id)]).await.result.unwrap_err();
        assert_eq!(writes.code, "UndeclaredOperation");
        let elsewhere = "https://management.azure.com.evil.example/things/a";
        let link = cx.page(&ANYTHING, &[("name", "a")], Some(elsewhere)).await.result.unwrap_err();
        assert_eq!(link.state, GapState::Malformed);
        let dots = cx.get(&ANYTHING, &[("name", "..")]).await.result.unwrap_err();
        assert_eq!(dots.code, "NotSent");
    });
    assert_eq!(fake.calls().total(), 0, "nothing of it left the program");
}

#[test]
fn absence_is_said_by_the_caller() {
    let missing = Fault::at("/things/a", Harm::Missing("ThingNotFound"));
    let fake = Fake::new(estate(1, 0)).with_fault(missing).shared();
    runtime().block_on(async {
        let (cx, _folder) = context(&fake).await;
        let called = cx.get(&ANYTHING, &[("name", "a")]).await;
        assert_eq!(called.result.as_ref().unwrap_err().state, GapState::Failed);
        let facet = called.absent_on(&["ThingNotFound"], |v| Some(v.clone()));
        assert_eq!(facet, crate::Facet::absent(&facet_call(&facet)));
    });
}

fn facet_call(facet: &crate::Facet) -> String {
    match facet {
        crate::Facet::Known { call, .. } => call.clone(),
        crate::Facet::Unknown(gap) => panic!("{gap:?}"),
    }
}
