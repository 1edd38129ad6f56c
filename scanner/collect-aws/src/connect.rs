//! The first steps: configuration, credentials, identity.

use std::sync::Arc;

use assay_collect::{Called, Session};
use assay_collect_aws_base::{AccountContext, Cx, Options, Scope, Service, client};
use assay_collect_aws_base::{chain, guarded, https, sdk_config};
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::ProvideCredentials as _;
use aws_credential_types::provider::error::CredentialsError;

use crate::{AwsPlan, CollectError};

/// The identity as a service: asked first.
pub(crate) static IDENTITY: Service = Service {
    name: "sts",
    scope: Scope::Global,
    operations: &["sts:GetCallerIdentity"],
    // Needs no permission; AWS answers it even where a policy denies it.
    actions: &[],
    types: &["Assay::AWS::Account"],
    collect: |_| Box::pin(async {}),
};

/// The caller's identity and how it was proved.
pub(crate) struct Identity {
    pub(crate) account: AccountContext,
    /// Id of the call.
    pub(crate) call: String,
}

/// Loads the configuration. The region is the chain's, else one of the partition that the plan's
/// regions belong to.
pub(crate) async fn configuration(plan: &AwsPlan) -> SdkConfig {
    let mut loader = aws_config::defaults(BehaviorVersion::latest()).http_client(https());
    if let Some(profile) = &plan.profile {
        loader = loader.profile_name(profile);
    }
    let config = loader.load().await;
    if config.region().is_some() {
        return config;
    }
    let partition = plan.regions.first().map_or("aws", |r| partition_of(r));
    config.into_builder().region(Region::new(home_of(partition))).build()
}

/// Asks AWS who the caller is.
pub(crate) async fn identity(
    plan: &AwsPlan,
    base: SdkConfig,
    session: &Arc<Session>,
) -> Result<Identity, CollectError> {
    let Some(credentials) = base.credentials_provider() else {
        return Err(CollectError::NoCredentials("the chain is empty".to_owned()));
    };
    let profile = plan.profile.as_deref();
    credentials.provide_credentials().await.map_err(|e| credentials_error(&e, profile))?;
    let region = base.region().map_or("us-east-1", |r| r.as_ref()).to_owned();
    let http = guarded(https());
    let sdk = {
        let base = base.clone();
        Box::new(move |region: &str| sdk_config(&base, region, http.clone()))
    };
    let mut account = AccountContext {
        account: "caller".to_owned(),
        partition: partition_of(&region).to_owned(),
        caller: String::new(),
        regions: Vec::new(),
        home: region.clone(),
        sdk,
        options: Options {
            credential_report: plan.credential_report,
            estate_key: plan.estate_key.clone(),
            concurrency: plan.concurrency,
        },
    };
    let shared = Arc::new(account);
    let cx = Cx::new(Arc::clone(session), Arc::clone(&shared), &IDENTITY, None);
    let sts = client!(cx, aws_sdk_sts);
    let call = sts.get_caller_identity().send();
    let mut called = cx.call("sts:GetCallerIdentity", &[], call).await;
    let found = match &called.result {
        Ok(out) => out.account().zip(out.arn()).map(|(a, b)| (a.to_owned(), b.to_owned())),
        Err(_) => None,
    };
    drop(cx);
    let Some((id, arn)) = found else {
        return Err(identity_error(called, &region));
    };
    let name = format!("aws/{id}/{region}/sts:GetCallerIdentity");
    called.pending.amend(|c| {
        c.id.clone_from(&name);
        c.account.clone_from(&id);
    });
    account = Arc::into_inner(shared).ok_or_else(|| CollectError::Unreachable {
        region: region.clone(),
        detail: "the identity is still in use".to_owned(),
    })?;
    account.partition = arn.split(':').nth(1).unwrap_or("aws").to_owned();
    account.home = home_of(&account.partition).to_owned();
    account.account = id;
    account.caller = arn;
    Ok(Identity { account, call: name })
}

fn identity_error<T>(called: Called<T>, region: &str) -> CollectError {
    let (code, detail) = match called.result {
        Ok(_) => (String::new(), "the answer names no account".to_owned()),
        Err(e) => (e.code, e.detail),
    };
    if let Some(url) = bad_endpoint(&detail) {
        return CollectError::BadEndpoint(url);
    }
    let text = format!("{code}: {detail}");
    match code.as_str() {
        "Interrupted" => CollectError::Interrupted,
        "NoCredentials" => CollectError::NoCredentials(detail),
        c if c.contains("Expired") => CollectError::Expired(text),
        "InvalidClientTokenId"
        | "UnrecognizedClientException"
        | "InvalidAccessKeyId"
        | "SignatureDoesNotMatch"
        | "InvalidSignatureException"
        | "AuthFailure"
        | "AccessDenied"
        | "AccessDeniedException"
        | "IncompleteSignature" => CollectError::Refused(text),
        _ => CollectError::Unreachable { region: region.to_owned(), detail: text },
    }
}

fn credentials_error(error: &CredentialsError, profile: Option<&str>) -> CollectError {
    let text = tried(&chain(error));
    let lower = text.to_ascii_lowercase();
    if lower.contains("expired") {
        return CollectError::Expired(text);
    }
    match (error, profile) {
        (CredentialsError::InvalidConfiguration(_), _) => CollectError::BadConfiguration(text),
        (_, Some(name)) => CollectError::Profile { name: one_line(name), detail: text },
        _ => CollectError::NoCredentials(text),
    }
}

/// What the chain of credentials says, without saying the same for each link.
fn tried(chain: &str) -> String {
    const EMPTY: &str = "the credential provider was not enabled";
    let said = chain.replace(&format!("{EMPTY}: "), "").replace(EMPTY, "nothing set up");
    let lines: Vec<&str> = said.lines().map(str::trim).filter(|l| !l.is_empty()).collect();
    one_line(&lines.join("; ").replace("Attempted:;", "Attempted:"))
}

/// One line of bounded length: it comes from outside.
fn one_line(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(300).collect()
}

/// The endpoint that the SDK could not make a request's address of.
fn bad_endpoint(detail: &str) -> Option<String> {
    let (_, after) = detail.split_once("failed to apply endpoint `")?;
    Some(one_line(after.split('`').next().unwrap_or_default()))
}

/// The partition of a region, by its name.
pub(crate) fn partition_of(region: &str) -> &'static str {
    const PREFIXES: &[(&str, &str)] = &[
        ("cn-", "aws-cn"),
        ("us-gov-", "aws-us-gov"),
        ("us-iso-", "aws-iso"),
        ("us-isob-", "aws-iso-b"),
        ("eusc-", "aws-eusc"),
    ];
    PREFIXES.iter().find(|(p, _)| region.starts_with(p)).map_or("aws", |(_, name)| name)
}

/// The region in which a partition's global services are asked.
pub(crate) fn home_of(partition: &str) -> &'static str {
    match partition {
        "aws-cn" => "cn-north-1",
        "aws-us-gov" => "us-gov-west-1",
        "aws-iso" => "us-iso-east-1",
        "aws-iso-b" => "us-isob-east-1",
        "aws-eusc" => "eusc-de-east-1",
        _ => "us-east-1",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_endpoint_is_named() {
        let said = "dispatch failure: other: failed to apply endpoint `notaurl`";
        assert_eq!(bad_endpoint(said).as_deref(), Some("notaurl"));
        assert_eq!(bad_endpoint("dispatch failure: io error"), None);
    }

    #[test]
    fn the_profile_is_named_and_nothing_is_said_twice() {
        let e = CredentialsError::not_loaded(
            "no credentials found in chain. Attempted:\n Environment: the credential provider was \
             not enabled: environment variable not set\n Profile: the credential provider was not \
             enabled",
        );
        let text = credentials_error(&e, Some("audit")).to_string();
        assert!(text.contains("the AWS profile `audit` gives no credentials"), "{text}");
        assert_eq!(text.matches("not enabled").count(), 0, "{text}");
        assert!(text.contains("Attempted: Environment: environment variable not set"), "{text}");
        assert!(matches!(credentials_error(&e, None), CollectError::NoCredentials(_)));
    }
}
