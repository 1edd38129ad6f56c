//! The first steps: the tenant, and the subscriptions in scope.

use std::collections::BTreeMap;
use std::sync::Arc;

use assay_collect::{CallError, Called, Facet, ListingGuard, Place, Session};
use serde_json::Value;

use crate::credential::Named;
use crate::cx::Estate;
use crate::{
    Api, AzurePlan, CollectError, Cx, GLOBAL, Operation, PROVIDER, SUBSCRIPTION, Scope, Service,
    Subscription, TENANT,
};

static TENANTS: Operation =
    Operation::arm("Microsoft.Resources:tenants/read", "/tenants", "2022-12-01").free();
pub(crate) static SUBSCRIPTIONS: Operation =
    Operation::arm("Microsoft.Resources:subscriptions/read", "/subscriptions", "2022-12-01");
static ONE: Operation = Operation::arm(
    "Microsoft.Resources:subscriptions/read",
    "/subscriptions/{asked}",
    "2022-12-01",
);
static DESCENDANTS: Operation = Operation::arm(
    "Microsoft.Management:managementGroups/descendants/read",
    "/providers/Microsoft.Management/managementGroups/{group}/descendants",
    "2020-05-01",
);

/// Discovery as a service: asked first.
pub(crate) static SERVICE: Service = Service {
    name: "discovery",
    scope: Scope::Tenant,
    operations: &[&TENANTS, &SUBSCRIPTIONS, &ONE, &DESCENDANTS],
    types: &[TENANT, SUBSCRIPTION],
    collect: |_| Box::pin(async {}),
};

/// What discovery found.
pub(crate) struct Found {
    pub(crate) tenant: String,
    pub(crate) subscriptions: Vec<Subscription>,
    /// `requested` or `discovered`.
    pub(crate) choice: &'static str,
    /// Subscriptions that could be read and are left out by choice.
    pub(crate) others: Vec<String>,
    tenants: Answer,
    /// The subscriptions as ARM wrote them, by id.
    objects: BTreeMap<String, (Value, String)>,
    /// Those in scope of which nothing could be read.
    lost: BTreeMap<String, CallError>,
    proof: Proof,
}

/// The tenants' object, or why there is none, with the call that says so.
struct Answer(Result<(Option<Value>, String), CallError>);

/// What proves which subscriptions there are.
#[derive(Default)]
struct Proof {
    calls: Vec<String>,
    stop: Option<CallError>,
}

impl Proof {
    fn take<T>(&mut self, called: Called<T>) -> Option<T> {
        match called.result {
            Ok(answer) => {
                self.calls.push(called.id);
                Some(answer)
            }
            Err(e) => {
                self.stop.get_or_insert(e);
                None
            }
        }
    }

    fn listing(&self, session: &Arc<Session>, account: &str, lost: Option<&CallError>) {
        let place = Place {
            provider: PROVIDER.to_owned(),
            account: account.to_owned(),
            region: GLOBAL.to_owned(),
        };
        let mut listing =
            ListingGuard::open(Arc::clone(session), vec![(place, SUBSCRIPTION.to_owned())]);
        match (lost, &self.stop) {
            (Some(e), _) => listing.stopped(e),
            (None, stop) => {
                self.calls.iter().for_each(|c| listing.proved_by(c));
                stop.iter().for_each(|e| listing.stopped(e));
            }
        }
        listing.complete();
    }
}

/// The tenant, and how it was proved.
pub(crate) struct Tenant {
    pub(crate) id: String,
    answer: Answer,
}

/// Asks which tenants there are: the one of the token is in scope. `estate` bears a stand-in for the
/// tenant's id.
pub(crate) async fn tenant(
    plan: &AzurePlan,
    estate: &Arc<Estate>,
    who: &Named,
) -> Result<Tenant, CollectError> {
    let cx = Cx::new(Arc::clone(estate), &SERVICE, None);
    let mut called = cx.list(&TENANTS, &[]).await;
    if let Err(e) = &called.result {
        fatal(plan, e)?;
    }
    let tenants = called.result.as_ref().map(Vec::as_slice).unwrap_or_default();
    let text = |v: &Value| v.get("tenantId")?.as_str().map(str::to_lowercase);
    let only = || if let [one] = tenants { text(one) } else { None };
    let set = || plan.variable("AZURE_TENANT_ID").map(str::to_lowercase);
    let Some(id) = who.who.tenant.clone().or_else(set).or_else(only) else {
        let detail = format!("the token names none, and the list has {}", tenants.len());
        return Err(CollectError::NoTenant(detail));
    };
    let own = tenants.iter().find(|t| text(t).as_deref() == Some(&id)).cloned();
    let call = format!("{PROVIDER}/{id}/{GLOBAL}/{}", TENANTS.name);
    let answer = called.result.clone().map(|_| (own, call.clone()));
    let answer = answer.map_err(|e| CallError { call: call.clone(), ..e });
    called.pending.amend(|c| {
        c.account.clone_from(&id);
        c.id.clone_from(&call);
    });
    Ok(Tenant { id, answer: Answer(answer) })
}

/// Finds the subscriptions in scope.
pub(crate) async fn discover(
    plan: &AzurePlan,
    estate: &Arc<Estate>,
    tenant: Tenant,
    who: &Named,
) -> Result<Found, CollectError> {
    let cx = Cx::new(Arc::clone(estate), &SERVICE, None);
    let mut found = Found {
        tenant: tenant.id,
        subscriptions: Vec::new(),
        choice: "requested",
        others: Vec::new(),
        tenants: tenant.answer,
        objects: BTreeMap::new(),
        lost: BTreeMap::new(),
        proof: Proof::default(),
    };
    if plan.subscriptions.is_empty() {
        found.list(&cx, plan, who).await?;
    } else {
        for id in &plan.subscriptions {
            found.one(&cx, plan, &id.trim().to_lowercase()).await?;
        }
        found.others(&cx).await;
    }
    found.subscriptions.sort_by(|a, b| a.id.cmp(&b.id));
    found.subscriptions.dedup_by(|a, b| a.id == b.id);
    Ok(found)
}

/// Errors after which nothing can be asked.
fn fatal(plan: &AzurePlan, e: &CallError) -> Result<(), CollectError> {
    let host = plan.cloud.host(Api::Arm);
    let detail = format!("{}: {}", e.code, e.detail);
    match e.code.as_str() {
        "Interrupted" => Err(CollectError::Interrupted),
        "NoConnection" | "Timeout" => Err(CollectError::Unreachable { host, detail }),
        "NoToken" | "HTTP 401" => Err(CollectError::Refused(detail)),
        code if code.starts_with("InvalidAuthenticationToken") => {
            Err(CollectError::Refused(detail))
        }
        _ => Ok(()),
    }
}

impl Found {
    /// Every subscription that the identity can read, or those of a management group.
    async fn list(&mut self, cx: &Cx, plan: &AzurePlan, who: &Named) -> Result<(), CollectError> {
        let called = cx.list(&SUBSCRIPTIONS, &[]).await;
        if let Err(e) = &called.result {
            fatal(plan, e)?;
        }
        let id = called.id.clone();
        for object in self.proof.take(called).unwrap_or_default() {
            self.add(object, &id);
        }
        match &plan.management_group {
            Some(group) => self.below(cx, plan, group).await?,
            None => self.choice = "discovered",
        }
        if self.subscriptions.is_empty() && self.proof.stop.is_none() {
            return Err(CollectError::NoSubscription(who.who.say(who.name)));
        }
        Ok(())
    }

    /// Keeps the subscriptions below a management group. One that the group names and the list does
    /// not is in scope, and cannot be seen.
    async fn below(&mut self, cx: &Cx, plan: &AzurePlan, group: &str) -> Result<(), CollectError> {
        let called = cx.list(&DESCENDANTS, &[("group", group)]).await;
        if let Err(e) = &called.result {
            fatal(plan, e)?;
            let detail = format!("{}: {}", e.code, e.detail);
            return Err(CollectError::ManagementGroup { id: group.to_owned(), detail });
        }
        let descendants = self.proof.take(called).unwrap_or_default();
        let is = |v: &Value| {
            v.get("type")?.as_str()?.to_lowercase().ends_with("/subscriptions").then_some(())?;
            v.get("name")?.as_str().map(str::to_lowercase)
        };
        let wanted: Vec<String> = descendants.iter().filter_map(is).collect();
        let left_out = self.subscriptions.extract_if(.., |s| !wanted.contains(&s.id));
        self.others.extend(left_out.map(|s| s.id));
        self.others.sort();
        for id in wanted {
            if !self.subscriptions.iter().any(|s| s.id == id) {
                self.try_one(cx, plan, &id).await?;
            }
        }
        Ok(())
    }

    /// What else could have been read. It is printed, and nothing rests on it.
    async fn others(&mut self, cx: &Cx) {
        let all = cx.list(&SUBSCRIPTIONS, &[]).await.result.unwrap_or_else(|e| {
            cx.warn(format!("which subscriptions are left out is not known ({})", e.code));
            Vec::new()
        });
        let id = |v: &Value| v.get("subscriptionId")?.as_str().map(str::to_lowercase);
        let chosen = |id: &String| self.subscriptions.iter().any(|s| s.id == *id);
        self.others = all.iter().filter_map(id).filter(|id| !chosen(id)).collect();
        self.others.sort();
    }

    /// A subscription that was asked for by its id.
    async fn one(&mut self, cx: &Cx, plan: &AzurePlan, id: &str) -> Result<(), CollectError> {
        self.try_one(cx, plan, id).await?;
        match self.lost.get(id) {
            None => Ok(()),
            Some(e) => Err(CollectError::UnknownSubscription {
                id: id.to_owned(),
                detail: format!("{}: {}", e.code, e.detail),
            }),
        }
    }

    async fn try_one(&mut self, cx: &Cx, plan: &AzurePlan, id: &str) -> Result<(), CollectError> {
        let called = cx.get(&ONE, &[("asked", id)]).await;
        match called.result {
            Ok(object) => {
                self.proof.calls.push(called.id.clone());
                self.add(object, &called.id);
            }
            Err(e) => {
                fatal(plan, &e)?;
                self.subscriptions.push(Subscription { id: id.to_owned(), name: id.to_owned() });
                self.lost.insert(id.to_owned(), e);
            }
        }
        Ok(())
    }

    fn add(&mut self, object: Value, call: &str) {
        let text = |key: &str| object.get(key).and_then(Value::as_str).filter(|t| !t.is_empty());
        match text("subscriptionId").map(str::to_lowercase) {
            Some(id) => {
                let name = text("displayName").unwrap_or(&id).to_owned();
                self.subscriptions.push(Subscription { id: id.clone(), name });
                self.objects.insert(id, (object, call.to_owned()));
            }
            // A member without an id: which subscriptions there are is not known.
            None => {
                let stop = CallError {
                    state: assay_core::GapState::Malformed,
                    code: "UnreadableAnswer".to_owned(),
                    detail: "a subscription has no id".to_owned(),
                    operation: SUBSCRIPTIONS.name,
                    call: call.to_owned(),
                };
                self.proof.stop.get_or_insert(stop);
            }
        }
    }

    /// Writes the documents of the tenant and of each subscription, and the listings that prove
    /// them.
    pub(crate) async fn write(&self, estate: &Arc<Estate>, session: &Arc<Session>) {
        let cx = Cx::new(Arc::clone(estate), &SERVICE, None);
        let mut listing = cx.listing(TENANT);
        let mut draft = cx.tenant_document();
        let facets = facets(&cx, TENANT);
        match &self.tenants.0 {
            Ok((Some(object), call)) => {
                listing.proved_by(call);
                fill(&mut draft, object, &facets, call);
                if let Some(name) = object.get("displayName").and_then(Value::as_str) {
                    name.clone_into(&mut draft.resource.name);
                }
            }
            // The token names the tenant: it is there, whatever the list says.
            Ok((None, call)) => {
                listing.proved_by(call);
                lose(&mut draft, &facets, &missing(call));
            }
            Err(e) => {
                listing.proved_by(&e.call);
                lose(&mut draft, &facets, &e.gap());
            }
        }
        cx.put(draft).await;
        listing.complete();
        self.proof.listing(session, &self.tenant, None);
        let facets = self::facets(&cx, SUBSCRIPTION);
        for subscription in &self.subscriptions {
            let lost = self.lost.get(&subscription.id);
            self.proof.listing(session, &subscription.id, lost);
            if let Some((object, call)) = self.objects.get(&subscription.id) {
                let here = cx.at(subscription);
                let mut draft = here.subscription_document();
                fill(&mut draft, object, &facets, call);
                tags(&mut draft, object, call);
                here.put(draft).await;
            }
        }
    }
}

/// The facets of the list of tenants and of subscriptions; other services fold theirs in.
fn facets(cx: &Cx, kind: &str) -> Vec<String> {
    const TENANT_FACETS: &[&str] =
        &["tenantId", "displayName", "defaultDomain", "domains", "countryCode", "tenantType"];
    const SUBSCRIPTION_FACETS: &[&str] = &[
        "state",
        "displayName",
        "tenantId",
        "subscriptionPolicies",
        "authorizationSource",
        "managedByTenants",
    ];
    let all = if kind == TENANT { TENANT_FACETS } else { SUBSCRIPTION_FACETS };
    let known = |f: &&&str| cx.type_def(kind).is_some_and(|t| t.facets.contains_key(**f));
    all.iter().filter(known).map(|f| (*f).to_owned()).collect()
}

/// Facets of an object that was read whole: what it leaves out is absent.
fn fill(draft: &mut assay_collect::Draft, object: &Value, facets: &[String], call: &str) {
    for facet in facets {
        let value = object.get(facet).cloned().unwrap_or(Value::Null);
        draft.set(facet, Facet::known(value, call));
    }
}

fn lose(draft: &mut assay_collect::Draft, facets: &[String], gap: &assay_core::Gap) {
    for facet in facets {
        draft.set(facet, Facet::Unknown(gap.clone()));
    }
}

fn missing(call: &str) -> assay_core::Gap {
    let mut gap = assay_core::Gap::new(
        assay_core::GapState::Malformed,
        "the list of tenants does not name the token's tenant",
    );
    gap.call = Some(call.to_owned());
    gap
}

fn tags(draft: &mut assay_collect::Draft, object: &Value, call: &str) {
    let none = serde_json::Map::new();
    match object.get("tags") {
        None | Some(Value::Null) => draft.tags(pairs(&none), call),
        Some(Value::Object(map)) => draft.tags(pairs(map), call),
        Some(_) => draft.tags([(None::<String>, None::<String>)], call),
    };
}

fn pairs(map: &serde_json::Map<String, Value>) -> Vec<(Option<String>, Option<String>)> {
    map.iter().map(|(k, v)| (Some(k.clone()), v.as_str().map(str::to_owned))).collect()
}
