//! The first steps: configuration, credentials, identity.

use std::sync::Arc;

use assay_collect::{Called, Session};
use assay_collect_aws_base::{AccountContext, Cx, Options, Scope, Service, client};
use assay_collect_aws_base::{chain, guarded, https, sdk_config};
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::ProvideCredentials as _;
use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::http::SharedHttpClient;

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

/// Who asks in an account, how that was proved, and how the account is reached.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    pub(crate) account: String,
    pub(crate) partition: String,
    /// The ARN.
    pub(crate) caller: String,
    /// Id of the call that said so.
    pub(crate) call: String,
    /// The region of the configuration.
    pub(crate) region: String,
    pub(crate) base: SdkConfig,
    http: SharedHttpClient,
}

impl Identity {
    /// The account, for collectors. Global services are asked in the partition's home.
    pub(crate) fn context(&self, plan: &AwsPlan, regions: Vec<String>) -> AccountContext {
        self.at(plan, regions, home_of(&self.partition))
    }

    /// The same with global services asked in the region of the configuration.
    pub(crate) fn near(&self, plan: &AwsPlan) -> AccountContext {
        self.at(plan, Vec::new(), &self.region)
    }

    fn at(&self, plan: &AwsPlan, regions: Vec<String>, home: &str) -> AccountContext {
        let (base, http) = (self.base.clone(), self.http.clone());
        AccountContext {
            account: self.account.clone(),
            partition: self.partition.clone(),
            caller: self.caller.clone(),
            regions,
            home: home.to_owned(),
            sdk: Box::new(move |region: &str| sdk_config(&base, region, http.clone())),
            options: Options {
                credential_report: plan.credential_report,
                estate_key: plan.estate_key.clone(),
                concurrency: plan.concurrency,
            },
        }
    }

    /// Who this is with other credentials, before AWS was asked.
    pub(crate) fn with(&self, base: SdkConfig) -> Self {
        Self { base, ..self.clone() }
    }
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

/// Who the configuration speaks for, before AWS was asked.
///
/// # Errors
/// There are no usable credentials.
pub(crate) async fn unproved(plan: &AwsPlan, base: SdkConfig) -> Result<Identity, CollectError> {
    let Some(credentials) = base.credentials_provider() else {
        return Err(CollectError::NoCredentials("the chain is empty".to_owned()));
    };
    let profile = plan.profile.as_deref();
    credentials.provide_credentials().await.map_err(|e| credentials_error(&e, profile))?;
    let region = base.region().map_or("us-east-1", |r| r.as_ref()).to_owned();
    Ok(Identity {
        account: "caller".to_owned(),
        partition: partition_of(&region).to_owned(),
        caller: String::new(),
        call: String::new(),
        region,
        base,
        http: guarded(https()),
    })
}

/// Asks AWS who that is.
///
/// # Errors
/// AWS does not say.
pub(crate) async fn proved(
    plan: &AwsPlan,
    who: Identity,
    session: &Arc<Session>,
) -> Result<Identity, CollectError> {
    let cx = Cx::new(Arc::clone(session), Arc::new(who.near(plan)), &IDENTITY, None);
    let sts = client!(cx, aws_sdk_sts);
    let call = sts.get_caller_identity().send();
    let mut called = cx.call("sts:GetCallerIdentity", &[], call).await;
    let found = match &called.result {
        Ok(out) => out.account().zip(out.arn()).map(|(a, b)| (a.to_owned(), b.to_owned())),
        Err(_) => None,
    };
    let Some((account, caller)) = found else {
        return Err(identity_error(called, &who.region));
    };
    let name = format!("aws/{account}/{}/sts:GetCallerIdentity", who.region);
    called.pending.amend(|c| {
        c.id.clone_from(&name);
        c.account.clone_from(&account);
    });
    let partition = caller.split(':').nth(1).unwrap_or("aws").to_owned();
    Ok(Identity { account, partition, caller, call: name, ..who })
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
