//! Which accounts are collected, and the way into those that are not the caller's own.

use std::collections::BTreeSet;
use std::sync::Arc;

use assay_collect::{Session, now};
use assay_collect_aws_base::{Cx, Scope, Service, client};
use assay_core::{Gap, GapState};
use aws_config::SdkConfig;
use aws_config::identity::IdentityCache;
use aws_config::sts::AssumeRoleProvider;
use aws_credential_types::Credentials;
use aws_credential_types::provider::{self, ProvideCredentials, SharedCredentialsProvider, future};

use crate::connect::{Identity, proved};
use crate::services::organizations::{self, Member};
use crate::{AwsPlan, CollectError};

/// The name that AWS logs for the sessions of a collection.
const SESSION: &str = "assay";

/// Credentials are renewed so many seconds before they end.
const EARLY: i64 = 300;

/// Roles are assumed by the caller.
static ASSUME: Service = Service {
    name: "sts",
    scope: Scope::Global,
    operations: &["sts:AssumeRole"],
    // The caller's own policy allows it, not the role's.
    actions: &[],
    types: &["Assay::AWS::Account"],
    collect: |_| Box::pin(async {}),
};

/// One account to collect.
#[derive(Debug)]
pub(crate) enum Chosen {
    /// The caller's own, by the caller's credentials; whether its organisation's accounts were
    /// listed already.
    Own { organization_listed: bool },
    /// Another one, by a role. The organisation may say why nobody gets in.
    Other { id: String, closed: Option<String> },
}

/// The accounts in scope, and those left out by choice, both in order.
#[derive(Debug)]
pub(crate) struct Choice {
    pub(crate) chosen: Vec<Chosen>,
    pub(crate) left_out: Vec<String>,
}

/// Chooses the accounts.
///
/// # Errors
/// The organisation cannot be listed, an account is unknown, none is left, or there is no role.
pub(crate) async fn choose(
    plan: &AwsPlan,
    session: &Arc<Session>,
    caller: &Identity,
) -> Result<Choice, CollectError> {
    let wanted = &plan.accounts;
    let own = caller.account.as_str();
    if wanted.own() {
        let chosen = vec![Chosen::Own { organization_listed: false }];
        return Ok(Choice { chosen, left_out: Vec::new() });
    }
    let named = |id: &str| wanted.only.is_empty() || wanted.only.iter().any(|a| a == id);
    let takes = |id: &str| named(id) && !wanted.left_out.iter().any(|a| a == id);
    let (members, listed) = if wanted.organization {
        let keep = takes(own) && plan.wants(organizations::SERVICE.name);
        let context = Arc::new(caller.context(plan, Vec::new()));
        let cx = Cx::new(Arc::clone(session), context, &organizations::SERVICE, None);
        (members(&cx, session, keep, plan).await?, keep)
    } else {
        let member = |id: &String| Member { id: id.clone(), state: String::new() };
        (wanted.only.iter().map(member).collect(), false)
    };
    let (mut seen, mut chosen, mut left_out) = (BTreeSet::new(), Vec::new(), BTreeSet::new());
    for Member { id, state } in members {
        if !takes(&id) {
            left_out.insert(id);
        } else if seen.insert(id.clone()) {
            chosen.push((id, state));
        }
    }
    chosen.sort();
    if chosen.is_empty() {
        return Err(CollectError::NoAccount);
    }
    if let (None, Some((other, _))) = (&wanted.role, chosen.iter().find(|(id, _)| id != own)) {
        return Err(CollectError::NoRole { own: own.to_owned(), other: other.clone() });
    }
    let chosen = chosen.into_iter().map(|(id, state)| {
        if id == own {
            return Chosen::Own { organization_listed: listed };
        }
        let open = state.is_empty() || state == "ACTIVE";
        let closed = format!("the organisation says that account {id} is {state}");
        Chosen::Other { id, closed: (!open).then_some(closed) }
    });
    Ok(Choice { chosen: chosen.collect(), left_out: left_out.into_iter().collect() })
}

/// The accounts of the organisation, all of them: with some unknown, nobody could say what was not
/// looked at.
async fn members(
    cx: &Cx,
    session: &Arc<Session>,
    keep: bool,
    plan: &AwsPlan,
) -> Result<Vec<Member>, CollectError> {
    let members = organizations::discover(cx, session, keep).await.map_err(|gap| match session
        .cancel()
        .is_cancelled()
    {
        true => CollectError::Interrupted,
        false => CollectError::Organization(gap.detail),
    })?;
    if members.is_empty() {
        let detail = "account is in no organisation".to_owned();
        return Err(CollectError::Organization(format!("{} {detail}", cx.account())));
    }
    let asked = plan.accounts.only.iter().chain(&plan.accounts.left_out);
    for account in asked {
        if !members.iter().any(|m| &m.id == account) {
            let (account, members) = (account.clone(), members.len());
            return Err(CollectError::NotAMember { account, members });
        }
    }
    Ok(members)
}

/// Who the caller is in another account.
///
/// # Errors
/// Why nobody gets in.
pub(crate) async fn enter(
    plan: &AwsPlan,
    session: &Arc<Session>,
    caller: &Identity,
    id: &str,
) -> Result<Identity, Gap> {
    let role = plan.accounts.role.as_deref().unwrap_or_default().trim_start_matches('/');
    let arn = format!("arn:{}:iam::{id}:role/{role}", caller.partition);
    let base = assume(plan, session, caller, &arn).await.map_err(|mut gap| {
        gap.detail = format!(
            "{arn} cannot be assumed: {}; create the role, or let it trust {}",
            gap.detail, caller.caller
        );
        gap
    })?;
    let who = proved(plan, caller.with(base), session).await;
    let who = who.map_err(|e| Gap::new(GapState::Failed, format!("as {arn}: {e}")))?;
    if who.account != id {
        let detail = format!("as {arn}, AWS says that this is account {}", who.account);
        return Err(Gap::new(GapState::Malformed, detail));
    }
    Ok(who)
}

/// The configuration with the credentials of a role.
async fn assume(
    plan: &AwsPlan,
    session: &Arc<Session>,
    caller: &Identity,
    arn: &str,
) -> Result<SdkConfig, Gap> {
    let cx = Cx::new(Arc::clone(session), Arc::new(caller.near(plan)), &ASSUME, None);
    let sts = client!(cx, aws_sdk_sts);
    let external_id = plan.accounts.external_id.clone();
    let call = sts
        .assume_role()
        .role_arn(arn)
        .role_session_name(SESSION)
        .set_external_id(external_id.clone())
        .send();
    let called = cx.call("sts:AssumeRole", &[("RoleArn", arn)], call).await;
    let answer = called.result.as_ref().map_err(assay_collect::CallError::gap)?;
    let Some(given) = answer.credentials() else {
        return Err(Gap::new(GapState::Malformed, "the answer holds no credentials"));
    };
    let mut again = AssumeRoleProvider::builder(arn).session_name(SESSION).configure(&caller.base);
    if let Some(id) = external_id {
        again = again.external_id(id);
    }
    let assumed = Assumed {
        ends: given.expiration().secs(),
        first: Credentials::new(
            given.access_key_id(),
            given.secret_access_key(),
            Some(given.session_token().to_owned()),
            (*given.expiration()).try_into().ok(),
            "AssumeRole",
        ),
        again: again.build().await,
    };
    // One cache for all clients of the account: else each of them would assume the role again.
    Ok(caller
        .base
        .to_builder()
        .credentials_provider(SharedCredentialsProvider::new(assumed))
        .identity_cache(IdentityCache::lazy().build())
        .build())
}

/// The credentials of a role, renewed when they end.
#[derive(Debug)]
struct Assumed {
    first: Credentials,
    /// Seconds since 1970.
    ends: i64,
    again: AssumeRoleProvider,
}

impl ProvideCredentials for Assumed {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async move {
            if now().as_second() + EARLY < self.ends {
                return provider::Result::Ok(self.first.clone());
            }
            self.again.provide_credentials().await
        })
    }
}
