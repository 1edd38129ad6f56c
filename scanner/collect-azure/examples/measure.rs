//! Measures the collection of a large made-up tenant: memory, calls, and the fewest calls possible.
//!
//! ```console
//! $ cargo run --release -p assay-collect-azure --features fake --example measure -- 50000
//! ```
//!
//! The tenant answers out of thin air, so the memory is the collector's. It has 20 subscriptions;
//! every list of a subscription holds its share of the resources. Beside them it has a directory of
//! 20,000 people and 3,000 programs, of which some offer permissions and some have many owners. No
//! request is asked twice by a perfect collector: the fewest calls are the different addresses that
//! were asked.

#![expect(clippy::print_stdout, reason = "a tool that prints figures")]

use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use assay_collect::{Cancel, silent};
use assay_collect_azure::{Access, AzurePlan, collect};
use assay_eval::Library;
use assay_policies::Content;
use assay_snapshot::SnapshotWriter;
use async_trait::async_trait;
use azure_core::http::headers::Headers;
use azure_core::http::{AsyncRawResponse, HttpClient, Request};
use serde_json::{Value, json};

const SUBSCRIPTIONS: u64 = 20;
const PAGE: u64 = 1_000;
const TENANT: &str = "99999999-0000-0000-0000-000000000000";
const PEOPLE: u64 = 20_000;
const PROGRAMS: u64 = 3_000;
/// The types that the tenant has, each in equal numbers.
const KINDS: [&str; 5] = [
    "microsoft.storage/storageaccounts",
    "microsoft.network/networksecuritygroups",
    "microsoft.network/publicipaddresses",
    "microsoft.compute/disks",
    "microsoft.compute/virtualmachines",
];

/// The tenant: what a request asks for is all it knows.
#[derive(Debug)]
struct Air {
    each: u64,
    calls: AtomicU64,
    asked: Mutex<HashSet<u64>>,
}

impl Air {
    fn answer(&self, request: &Request) -> Value {
        let url = request.url();
        let path = url.path().to_lowercase();
        if url.host_str().is_some_and(|h| h.starts_with("login.")) {
            return json!({"token_type": "Bearer", "expires_in": 3599, "access_token": "opaque"});
        }
        self.calls.fetch_add(1, Ordering::Relaxed);
        let mut hasher = std::hash::DefaultHasher::new();
        std::hash::Hash::hash(&(url.as_str(), bytes(request)), &mut hasher);
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.insert(std::hash::Hasher::finish(&hasher));
        drop(asked);
        if path.ends_with("/$batch") {
            return self.batch(request);
        }
        self.told(url)
    }

    fn batch(&self, request: &Request) -> Value {
        let base = request.url().as_str().trim_end_matches("/$batch");
        let asked: Value = serde_json::from_slice(&bytes(request)).unwrap_or_default();
        let one = |r: &Value| {
            let url = format!("{base}{}", r.get("url")?.as_str()?).parse().ok()?;
            Some(json!({"id": r.get("id")?, "status": 200, "body": self.told(&url)}))
        };
        let all = asked.get("requests").and_then(Value::as_array).into_iter().flatten();
        json!({"responses": all.filter_map(one).collect::<Vec<_>>()})
    }

    fn told(&self, url: &azure_core::http::Url) -> Value {
        let path = url.path().to_lowercase();
        let parts: Vec<&str> = path.split('/').filter(|s| !s.is_empty()).collect();
        match parts.as_slice() {
            ["tenants"] => json!({"value": [{"tenantId": TENANT, "displayName": "Air"}]}),
            ["subscriptions"] => {
                json!({"value": (0..SUBSCRIPTIONS).map(subscription).collect::<Vec<_>>()})
            }
            ["subscriptions", id, "providers", namespace, kind] => {
                let kind = format!("{namespace}/{kind}");
                if !KINDS.contains(&kind.as_str()) {
                    return json!({"value": []});
                }
                let from = url.query_pairs().find(|(k, _)| k == "$skiptoken");
                let from = from.and_then(|(_, v)| v.parse().ok()).unwrap_or(0);
                let end = (from + PAGE).min(self.each);
                let value: Vec<Value> = (from..end).map(|n| resource(id, &kind, n)).collect();
                let mut out = json!({"value": value});
                if end < self.each
                    && let Some(object) = out.as_object_mut()
                {
                    let next = format!("https://management.azure.com{path}?$skiptoken={end}");
                    object.insert("nextLink".to_owned(), next.into());
                }
                out
            }
            ["providers", "microsoft.resourcegraph", "resources"] => {
                let rows: Vec<Value> = (0..SUBSCRIPTIONS)
                    .flat_map(|s| KINDS.iter().map(move |k| (s, *k)))
                    .map(|(s, k)| json!({"type": k, "subscriptionId": guid(s), "n": self.each}))
                    .collect();
                json!({"data": rows, "totalRecords": rows.len(), "resultTruncated": "false"})
            }
            ["v1.0", "users"] => listed(url, PEOPLE, person),
            ["v1.0", "reports", ..] => listed(url, PEOPLE, registration),
            ["v1.0", "serviceprincipals" | "applications"] => listed(url, PROGRAMS, program),
            ["v1.0", "serviceprincipals" | "applications", _, "owners"] => {
                listed(url, 30, |n| json!({"id": guid(n)}))
            }
            ["v1.0", "serviceprincipals", _, "approleassignedto"] => listed(
                url,
                40,
                |n| json!({"id": guid(n), "appRoleId": guid(0), "principalId": guid(n), "principalType": "ServicePrincipal"}),
            ),
            // A child: an empty list, and an object without a word.
            _ => json!({"id": path, "name": "default", "value": [], "properties": {}}),
        }
    }
}

/// A page of a collection of Microsoft Graph, as long as the query asks for.
fn listed(url: &azure_core::http::Url, all: u64, one: impl Fn(u64) -> Value) -> Value {
    let pair = |name: &str| {
        let found = url.query_pairs().find(|(k, _)| k.eq_ignore_ascii_case(name));
        found.and_then(|(_, v)| v.parse::<u64>().ok())
    };
    let (from, top) = (pair("$skiptoken").unwrap_or(0), pair("$top").unwrap_or(PAGE));
    let end = (from + top).min(all);
    let mut out = json!({"value": (from..end).map(one).collect::<Vec<_>>()});
    if end < all
        && let Some(object) = out.as_object_mut()
    {
        let path = url.path();
        let next = format!("https://graph.microsoft.com{path}?$top={top}&$skiptoken={end}");
        object.insert("@odata.nextLink".to_owned(), next.into());
    }
    out
}

fn person(n: u64) -> Value {
    json!({
        "id": guid(n), "displayName": format!("Person {n}"), "userPrincipalName": format!("p{n}@air.example"),
        "userType": "Member", "accountEnabled": true, "createdDateTime": "2024-01-01T00:00:00Z",
        "signInActivity": {"lastSignInDateTime": "2026-11-01T00:00:00Z"},
    })
}

fn registration(n: u64) -> Value {
    json!({
        "id": guid(n), "userPrincipalName": format!("p{n}@air.example"), "isAdmin": false,
        "isMfaRegistered": true, "isMfaCapable": true, "methodsRegistered": ["fido2SecurityKey"],
        "systemPreferredAuthenticationMethods": ["push"], "lastUpdatedDateTime": "2026-11-01T00:00:00Z",
    })
}

/// One in thirty offers a permission to programs, one in a hundred has more owners than come along.
fn program(n: u64) -> Value {
    let owners = if n % 100 == 7 { 20 } else { n % 3 };
    let kind = if n.is_multiple_of(30) { "Application" } else { "User" };
    json!({
        "id": guid(n), "displayName": format!("program {n}"), "appId": guid(n), "accountEnabled": true,
        "servicePrincipalType": "Application", "appOwnerOrganizationId": TENANT,
        "passwordCredentials": [], "keyCredentials": [],
        "owners": (0..owners).map(|o| json!({"@odata.type": "#microsoft.graph.user", "id": guid(o)})).collect::<Vec<_>>(),
        "appRoles": [{"id": guid(0), "value": "Air.Read", "isEnabled": true, "allowedMemberTypes": [kind]}],
    })
}

fn bytes(request: &Request) -> Vec<u8> {
    match request.body() {
        azure_core::http::Body::Bytes(bytes) => bytes.to_vec(),
        azure_core::http::Body::SeekableStream(_) => Vec::new(),
    }
}

fn guid(n: u64) -> String {
    format!("{n:08x}-0000-0000-0000-000000000000")
}

fn subscription(n: u64) -> Value {
    json!({"subscriptionId": guid(n), "displayName": format!("s{n}"), "state": "Enabled", "tenantId": TENANT})
}

/// About one and a half kilobytes, as a storage account has.
fn resource(subscription: &str, kind: &str, n: u64) -> Value {
    let name = format!("r{n:06}");
    let id = format!(
        "/subscriptions/{subscription}/resourceGroups/rg{}/providers/{kind}/{name}",
        n % 50
    );
    json!({
        "id": id, "name": name, "type": kind, "location": "westeurope", "kind": "StorageV2",
        "tags": {"team": "data", "stage": "prod"}, "sku": {"name": "Standard_LRS", "tier": "Standard"},
        "properties": {
            "minimumTlsVersion": "TLS1_2", "supportsHttpsTrafficOnly": true,
            "allowBlobPublicAccess": false, "allowSharedKeyAccess": true,
            "publicNetworkAccess": "Enabled", "provisioningState": "Succeeded",
            "networkAcls": {"bypass": "AzureServices", "defaultAction": "Deny", "ipRules": [], "virtualNetworkRules": []},
            "encryption": {"keySource": "Microsoft.Storage", "services": {"blob": {"enabled": true}, "file": {"enabled": true}}},
            "primaryEndpoints": {"blob": format!("https://{name}.blob.core.windows.net/")},
            "padding": "x".repeat(600),
        },
    })
}

#[async_trait]
impl HttpClient for Air {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        let body = self.answer(request).to_string().into_bytes();
        Ok(AsyncRawResponse::from_bytes(200.into(), Headers::new(), body))
    }
}

/// Peak memory of this process in MiB, as the kernel counts it.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"));
    let kib = line.and_then(|l| l.trim().trim_end_matches("kB").trim().parse::<u64>().ok());
    kib.unwrap_or(0) / 1024
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let total: u64 = std::env::args().nth(1).map_or(Ok(50_000), |n| n.parse())?;
    let library = Library::load(&Content::embedded()).map_err(|_| "the rules do not load")?;
    let air = Arc::new(Air {
        each: total / SUBSCRIPTIONS / KINDS.len() as u64,
        calls: AtomicU64::new(0),
        asked: Mutex::default(),
    });
    let environment = [
        ("AZURE_TENANT_ID", TENANT),
        ("AZURE_CLIENT_ID", "11111111-0000-0000-0000-000000000000"),
        ("AZURE_CLIENT_SECRET", "of no use to anybody"),
    ];
    let plan = AzurePlan {
        environment: environment.map(|(k, v)| (k.to_owned(), v.to_owned())).into(),
        tool_version: "0".to_owned(),
        ..AzurePlan::default()
    };
    let folder = tempfile::tempdir()?;
    let writer = SnapshotWriter::create(&folder.path().join("snapshot"), Arc::new(library.types))?;
    let access = Access::to(Arc::clone(&air) as Arc<dyn HttpClient>);
    let before = peak();
    let started = assay_collect::now();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let collected = runtime.block_on(collect(plan, access, writer, silent(), Cancel::new()))?;
    let seconds = assay_collect::now().duration_since(started).as_secs_f64();
    let documents: u64 = collected.manifest.segments.iter().map(|s| s.count).sum();
    let calls = air.calls.load(Ordering::Relaxed);
    let fewest = air.asked.lock().unwrap_or_else(PoisonError::into_inner).len();
    println!("documents {documents}, seconds {seconds:.1}");
    println!("peak memory {} MiB, of which {before} before the collection", peak());
    println!("calls {calls}, fewest possible {fewest}");
    Ok(())
}
