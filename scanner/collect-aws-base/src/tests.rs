//! The whole way of a call, against a small server on this machine.

mod server;

use std::sync::Arc;
use std::time::Duration;

use assay_collect::{Cancel, Session, silent};
use assay_core::manifest::{Scope as ManifestScope, SnapshotState};
use assay_core::{Call, CallResult, GapState, Listing, ListingState, TypeRegistry};
use assay_snapshot::{Head, Snapshot, SnapshotWriter, Source};
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use aws_types::region::Region;
use serde_json::{Value, json};

use super::*;
use server::{Answer, Server};

const LIST: WireOperation = WireOperation {
    service: "SSM",
    endpoint_prefix: "ssm",
    reach: Reach::Regional,
    operation: "List",
    protocol: Protocol::Json11 { target_prefix: "AmazonSSM" },
};

static SERVICE: Service = Service {
    name: "things",
    scope: Scope::Regional,
    operations: &["things:List"],
    actions: &["things:List"],
    types: &["T::A::B"],
    collect: |cx| Box::pin(collect(cx)),
};

/// A collector as the services write them.
async fn collect(cx: Cx) {
    let mut listing = cx.listing("T::A::B");
    let mut token = Value::Null;
    loop {
        let called = cx.wire("things:List", &[], LIST, &json!({"Token": token})).await;
        let Some(page) = listing.page(called) else { break };
        for name in page["Names"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            let mut draft = cx.resource("T::A::B", cx.arn("t", name), name);
            draft.set("Name", Facet::known(name, &page.id));
            cx.put(draft).await;
        }
        match listing.more(page["Next"].as_str()) {
            Some(next) => token = next.into(),
            None => break,
        }
    }
    listing.complete();
}

struct Outcome {
    listing: Listing,
    calls: Vec<Call>,
    documents: u64,
}

fn base(endpoint: &str) -> SdkConfig {
    let keys = aws_credential_types::Credentials::new("AKIDTEST", "secret", None, None, "test");
    SdkConfig::builder()
        .region(Region::new("eu-west-1"))
        .behavior_version(
            aws_smithy_runtime_api::client::behavior_version::BehaviorVersion::latest(),
        )
        .endpoint_url(endpoint)
        .credentials_provider(aws_credential_types::provider::SharedCredentialsProvider::new(keys))
        .identity_cache(aws_smithy_runtime::client::identity::IdentityCache::lazy().build())
        .build()
}

/// Collects the things of a server and reads the snapshot.
async fn run(answers: Vec<Answer>, service: &'static Service, cancel: Cancel) -> Outcome {
    let server = Server::start(answers);
    let type_file = json!({"type": "T::A::B", "title": "t", "doc": "d", "tags": false,
        "listing": {"scope": "regional", "operation": "things:List"}, "facets": {"Name": "string"}});
    let types = Arc::new(TypeRegistry::from_files([("T-A-B.yaml", type_file)]).unwrap());
    let folder =
        std::env::temp_dir().join(format!("assay-base-{}-{}", std::process::id(), server.port));
    let writer = SnapshotWriter::create(&folder, types).unwrap();
    let session = Arc::new(Session::new(writer, silent(), cancel));
    let endpoint = format!("http://127.0.0.1:{}", server.port);
    let base = base(&endpoint);
    let http = guarded(https());
    let account = Arc::new(AccountContext {
        account: "111122223333".into(),
        partition: "aws".into(),
        caller: String::new(),
        regions: vec!["eu-west-1".into()],
        home: "us-east-1".into(),
        sdk: Box::new(move |region| {
            let times = TimeoutConfig::builder()
                .connect_timeout(Duration::from_secs(2))
                .operation_attempt_timeout(Duration::from_millis(300))
                .operation_timeout(Duration::from_millis(900))
                .build();
            let config = sdk_config(&base, region, http.clone());
            let slow = config.timeout_config().cloned().unwrap();
            assert!(slow.operation_timeout().is_some());
            let retries = config.retry_config().cloned().unwrap();
            config
                .into_builder()
                .timeout_config(times)
                .retry_config(retries.with_initial_backoff(Duration::from_millis(1)))
                .build()
        }),
        options: Options::default(),
    });
    let cx = Cx::new(Arc::clone(&session), account, service, Some("eu-west-1"));
    (service.collect)(cx).await;
    let now = assay_collect::now();
    let head = Head {
        tool_version: "0".into(),
        state: SnapshotState::Complete,
        started: now,
        ended: now,
        scope: ManifestScope::default(),
        callers: [].into(),
    };
    Arc::into_inner(session).unwrap().finish(head).unwrap();
    let snapshot = Snapshot::open(&folder).unwrap();
    snapshot.verify().unwrap();
    let mut calls = Vec::new();
    snapshot.calls(&mut |c| calls.push(c)).unwrap();
    let listing = snapshot.manifest().listings[0].clone();
    let documents = snapshot.manifest().segments.iter().map(|s| s.count).sum();
    std::fs::remove_dir_all(&folder).unwrap();
    Outcome { listing, calls, documents }
}

fn page(names: &[&str], next: Option<&str>) -> Answer {
    Answer::json(200, json!({"Names": names, "Next": next}))
}

fn error(status: u16, code: &str) -> Answer {
    Answer::json(status, json!({"__type": format!("com.amazonaws#{code}"), "message": "m"}))
}

fn gap_of(o: &Outcome) -> GapState {
    o.listing.gap.as_ref().unwrap().state
}

#[tokio::test]
async fn pages_are_read_to_the_end_and_recorded() {
    let pages = vec![page(&["a"], Some("1")), page(&["b", "c"], Some("2")), page(&["d"], None)];
    let o = run(pages, &SERVICE, Cancel::new()).await;
    assert_eq!((o.listing.state, o.listing.pages, o.documents), (ListingState::Complete, 3, 4));
    assert_eq!(o.listing.count, 4);
    assert_eq!(o.calls.len(), 3);
    assert_eq!(o.calls[0].id, "aws/111122223333/eu-west-1/things:List");
    assert_eq!(o.calls[1].id, "aws/111122223333/eu-west-1/things:List#2");
    for c in &o.calls {
        assert_eq!((c.result.clone(), c.attempts), (CallResult::Ok, 1));
        assert_eq!(c.request_ids, ["id-1"]);
        assert_eq!(c.body_sha256[0].len(), 64);
    }
}

#[tokio::test]
async fn a_repeated_token_is_partial() {
    let pages = vec![page(&["a"], Some("1")), page(&["b"], Some("1")), page(&["c"], None)];
    let o = run(pages, &SERVICE, Cancel::new()).await;
    assert_eq!((o.listing.state, o.documents), (ListingState::Partial, 2));
}

#[tokio::test]
async fn throttling_is_waited_out() {
    let answers = vec![
        error(400, "ThrottlingException"),
        error(503, "ThrottlingException"),
        page(&["a"], None),
    ];
    let o = run(answers, &SERVICE, Cancel::new()).await;
    assert_eq!((o.listing.state, o.documents), (ListingState::Complete, 1));
    assert_eq!(o.calls[0].attempts, 3);
}

#[tokio::test]
async fn denied_after_a_page_is_partial_and_before_is_denied() {
    let o = run(vec![error(400, "AccessDeniedException")], &SERVICE, Cancel::new()).await;
    assert_eq!((o.listing.state, gap_of(&o)), (ListingState::Denied, GapState::Denied));
    let answers = vec![page(&["a"], Some("1")), error(400, "AccessDeniedException")];
    let o = run(answers, &SERVICE, Cancel::new()).await;
    assert_eq!((o.listing.state, gap_of(&o)), (ListingState::Partial, GapState::Denied));
    assert!(o.listing.gap.unwrap().operation.unwrap() == "things:List");
}

#[tokio::test]
async fn garbage_is_malformed_and_a_web_page_is_unsupported() {
    let o = run(vec![Answer::text(200, "<html>hello")], &SERVICE, Cancel::new()).await;
    assert_eq!((o.listing.state, gap_of(&o)), (ListingState::Failed, GapState::Malformed));
    let o = run(vec![Answer::text(404, "<html>not here")], &SERVICE, Cancel::new()).await;
    assert_eq!((o.listing.state, gap_of(&o)), (ListingState::Failed, GapState::Unsupported));
}

#[tokio::test]
async fn no_answer_in_time_is_failed() {
    let o = run(vec![Answer::silence(), Answer::silence()], &SERVICE, Cancel::new()).await;
    assert_eq!((o.listing.state, gap_of(&o)), (ListingState::Failed, GapState::Failed));
}

#[tokio::test]
async fn an_undeclared_operation_is_refused() {
    static LIAR: Service = Service { operations: &["things:Other"], ..BARE };
    const BARE: Service = Service {
        name: "liar",
        scope: Scope::Regional,
        operations: &[],
        actions: &[],
        types: &["T::A::B"],
        collect: |cx| Box::pin(collect(cx)),
    };
    let o = run(vec![page(&["a"], None)], &LIAR, Cancel::new()).await;
    assert_eq!((o.listing.state, o.documents), (ListingState::Failed, 0));
    assert!(o.listing.gap.unwrap().detail.starts_with("UndeclaredOperation"));
    assert_eq!(o.calls[0].attempts, 0, "nothing was sent");
}

#[tokio::test]
async fn an_interrupted_listing_was_not_attempted() {
    let cancel = Cancel::new();
    cancel.cancel();
    let o = run(vec![page(&["a"], None)], &SERVICE, cancel).await;
    assert_eq!(o.listing.state, ListingState::NotAttempted);
}
