//! A small service, its types, and a tenant for it.

use std::path::Path;
use std::sync::{Arc, Mutex};

use assay_collect::{Cancel, Event, Events};
use assay_core::resource::Resource;
use assay_core::typedef::TypeRegistry;
use assay_core::{Call, Listing};
use assay_snapshot::{Snapshot, SnapshotWriter, Source as _};
use futures_util::future::BoxFuture;
use serde_json::{Value, json};

use crate::collect::collect_services;
use crate::fake::{Estate, Fake};
use crate::{Access, AzurePlan, CollectError, Collected, Cx, Facet, Operation, Scope, Service, id};

pub(super) const TENANT: &str = "99999999-0000-0000-0000-000000000000";
pub(super) const ONE: &str = "aaaaaaaa-0000-0000-0000-000000000001";
pub(super) const TWO: &str = "bbbbbbbb-0000-0000-0000-000000000002";
pub(super) const VAULT: &str = "Microsoft.KeyVault/vaults";
pub(super) const USER: &str = "Microsoft.Graph/users";

static VAULTS: Operation = Operation::arm(
    "Microsoft.KeyVault:vaults/read",
    "/subscriptions/{subscription}/providers/Microsoft.KeyVault/vaults",
    "2023-07-01",
);
static SETTINGS: Operation = Operation::arm(
    "Microsoft.Insights:diagnosticSettings/read",
    "{id}/providers/Microsoft.Insights/diagnosticSettings",
    "2021-05-01-preview",
);
pub(super) static RESTART: Operation =
    Operation::arm_list_action("Microsoft.Web:sites/restart/action", "{id}/restart", "2023-01-01");
static USERS: Operation =
    Operation::graph("MicrosoftGraph:users", "/v1.0/users?$top=999", &["User.Read.All"]);

/// Vaults with their diagnostic settings, as a service would collect them.
pub(super) static VAULT_SERVICE: Service = Service {
    name: "keyvault",
    scope: Scope::Subscription,
    operations: &[&VAULTS, &SETTINGS, &RESTART],
    types: &[VAULT],
    collect: |cx| Box::pin(vaults(cx)),
};

/// Users of the directory.
pub(super) static USER_SERVICE: Service = Service {
    name: "users",
    scope: Scope::Tenant,
    operations: &[&USERS],
    types: &[USER],
    collect: |cx| Box::pin(users(cx)),
};

async fn vaults(cx: Cx) {
    let mut listing = cx.listing(VAULT);
    let mut next: Option<String> = None;
    loop {
        let Some(page) = listing.page(cx.page(&VAULTS, &[], next.as_deref()).await) else { return };
        let work = page.value.iter().map(|v| one_vault(cx.clone(), v.clone(), page.id.clone()));
        let work: Vec<BoxFuture<'static, bool>> = work.map(|f| Box::pin(f) as _).collect();
        if cx.bounded(work, 32).await.contains(&false) {
            listing.stop_malformed("a vault has no id", &page.id);
        }
        next = listing.more(page.next.as_deref());
        if next.is_none() {
            break listing.complete();
        }
    }
}

async fn one_vault(cx: Cx, vault: Value, call: String) -> bool {
    let Some(whole) = vault["id"].as_str() else { return false };
    let mut draft = cx.resource(VAULT, cx.canonical(whole), vault["name"].as_str().unwrap_or(""));
    draft.region(&id::region(vault["location"].as_str()));
    let soft = vault["properties"].get("enableSoftDelete").cloned().unwrap_or(Value::Null);
    draft.set("enableSoftDelete", Facet::known(soft, &call));
    let settings = cx.list(&SETTINGS, &[("id", whole)]).await;
    draft.set("diagnosticSettings", settings.facet(|all| Some(json!(all.len()))));
    cx.put(draft).await;
    true
}

async fn users(cx: Cx) {
    let mut listing = cx.listing(USER);
    let mut next: Option<String> = None;
    loop {
        let Some(page) = listing.page(cx.page(&USERS, &[], next.as_deref()).await) else { return };
        for user in &page.value {
            let name = user["id"].as_str().unwrap_or_default();
            let mut draft = cx.resource(USER, cx.graph_id("users", name), name);
            draft.set("enabled", Facet::expected(user.get("accountEnabled").cloned(), &page.id));
            cx.put(draft).await;
        }
        next = listing.more(page.next.as_deref());
        if next.is_none() {
            break listing.complete();
        }
    }
}

/// The types of these services and of discovery.
pub(super) fn types() -> Arc<TypeRegistry> {
    let def = |name: &str, scope: &str, tags: bool, facets: Value| {
        let value = json!({
            "type": name, "title": "t", "doc": "https://example.org", "tags": tags,
            "listing": {"scope": scope, "operation": "x:y"}, "facets": facets,
        });
        (format!("{}.yaml", assay_core::typedef::stem(name)), value)
    };
    let files = [
        def(
            VAULT,
            "global",
            true,
            json!({"enableSoftDelete": "boolean?", "diagnosticSettings": "integer"}),
        ),
        def(USER, "tenant", false, json!({"enabled": "boolean"})),
        def(
            crate::SUBSCRIPTION,
            "global",
            true,
            json!({"displayName": "string", "state": "string"}),
        ),
        def(
            crate::TENANT,
            "tenant",
            false,
            json!({"displayName": "string?", "tenantId": "string"}),
        ),
    ];
    Arc::new(TypeRegistry::from_files(files).unwrap())
}

pub(super) fn vault_id(subscription: &str, n: usize) -> String {
    format!("/subscriptions/{subscription}/resourceGroups/RG/providers/{VAULT}/kv{n:05}")
}

/// A tenant with two subscriptions that hold so many vaults each, and so many users.
pub(super) fn estate(vaults: usize, users: usize) -> Estate {
    let mut resources = Vec::new();
    for n in 0..vaults {
        for subscription in [ONE, TWO] {
            resources.push(json!({
                "id": vault_id(subscription, n), "name": format!("kv{n:05}"),
                "type": VAULT, "location": "West Europe",
                "properties": {"enableSoftDelete": n % 2 == 0},
            }));
        }
    }
    let users: Vec<Value> =
        (0..users).map(|n| json!({"id": format!("u{n:05}"), "accountEnabled": true})).collect();
    Estate::from_value(&json!({
        "tenant": TENANT, "displayName": "Fabrikam",
        "subscriptions": [
            {"id": ONE.to_uppercase(), "displayName": "Production", "tags": {"stage": "prod"}},
            {"id": TWO, "displayName": "Test"},
        ],
        "management_groups": {"corp": [ONE, "cccccccc-0000-0000-0000-000000000003"]},
        "resources": resources,
        "graph": {"/v1.0/users": users},
    }))
    .unwrap()
}

/// What a collection left behind.
pub(super) struct Left {
    pub(super) collected: Collected,
    pub(super) documents: Vec<Resource>,
    pub(super) calls: Vec<Call>,
    pub(super) events: Vec<Event>,
    pub(super) folder: tempfile::TempDir,
}

impl Left {
    pub(super) fn listing(&self, account: &str, kind: &str) -> &Listing {
        let all = &self.collected.manifest.listings;
        let found = all.iter().find(|l| l.account == account && l.kind == kind);
        found.unwrap_or_else(|| panic!("no listing of {kind} in {account}"))
    }

    pub(super) fn of(&self, kind: &str) -> Vec<&Resource> {
        self.documents.iter().filter(|d| d.kind == kind).collect()
    }
}

/// A plan with the fake's own environment.
pub(super) fn plan(fake: &Fake) -> AzurePlan {
    AzurePlan {
        environment: fake.environment(),
        tool_version: "0".to_owned(),
        ..AzurePlan::default()
    }
}

/// Collects with both services.
pub(super) fn run(fake: &Arc<Fake>, plan: AzurePlan) -> Result<Left, CollectError> {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("snapshot");
    let writer = SnapshotWriter::create(&target, types()).unwrap();
    let seen: Arc<Mutex<Vec<Event>>> = Arc::default();
    let events: Events = {
        let seen = Arc::clone(&seen);
        Arc::new(move |e| seen.lock().unwrap().push(e))
    };
    let access = Access::to(Arc::clone(fake) as Arc<dyn azure_core::http::HttpClient>);
    let all: [&'static Service; 2] = [&VAULT_SERVICE, &USER_SERVICE];
    let collected =
        runtime().block_on(collect_services(&all, plan, access, writer, events, Cancel::new()))?;
    let (documents, calls) = read(&target);
    let events = std::mem::take(&mut *seen.lock().unwrap());
    Ok(Left { collected, documents, calls, events, folder })
}

pub(super) fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

fn read(target: &Path) -> (Vec<Resource>, Vec<Call>) {
    let snapshot = Snapshot::open(target).unwrap();
    let mut documents = Vec::new();
    for segment in snapshot.segments() {
        let mut lines = snapshot.lines(segment).unwrap();
        while let Some(line) = lines.next().unwrap() {
            documents.push(line.resource().unwrap());
        }
    }
    let mut calls = Vec::new();
    snapshot.calls(&mut |c| calls.push(c)).unwrap();
    (documents, calls)
}
