//! The events that somebody must hear about, as CloudTrail writes them.
//!
//! Each required event is run in two variants that differ in who, where and how, so that a filter
//! that only hears one user, one address or one region does not count as hearing the event.

use serde_json::{Value, json};

/// One kind of alert: a derived facet.
pub(crate) struct Kind {
    /// Name of the derived facet.
    pub(crate) facet: &'static str,
    /// The groups of events; each must be heard whole.
    pub(crate) groups: &'static [Group],
}

/// Events that belong together: one failure names a group.
pub(crate) struct Group {
    /// Stable name.
    pub(crate) key: &'static str,
    /// What must be heard.
    pub(crate) events: &'static [Spec],
}

/// One required event.
#[derive(Clone, Copy)]
pub(crate) struct Spec {
    /// Event source without `.amazonaws.com`.
    pub(crate) service: &'static str,
    /// Event name.
    pub(crate) name: &'static str,
    /// Whether the service is global: its events arise in one region of the partition.
    pub(crate) global: bool,
    /// Whether the call only reads.
    pub(crate) read_only: bool,
    /// What makes the event worth an alert.
    pub(crate) what: What,
}

/// What is special about an event.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum What {
    /// The call itself.
    Call,
    /// Made by the root user.
    Root,
    /// Refused with this error code.
    Denied(&'static str),
    /// The root user signs in to the console.
    RootSignIn,
    /// A sign-in to the console fails.
    FailedSignIn,
    /// A user signs in to the console without a second factor.
    SignInWithoutMfa,
}

const fn call(service: &'static str, name: &'static str, global: bool) -> Spec {
    Spec { service, name, global, read_only: false, what: What::Call }
}

const fn iam(name: &'static str) -> Spec {
    call("iam", name, true)
}

const fn denied(service: &'static str, name: &'static str, code: &'static str) -> Spec {
    Spec { service, name, global: false, read_only: true, what: What::Denied(code) }
}

const fn sign_in(what: What) -> Spec {
    Spec { service: "signin", name: "ConsoleLogin", global: false, read_only: false, what }
}

/// Every kind of alert.
pub(crate) const KINDS: [Kind; 6] = [
    Kind {
        facet: "alert_root_activity",
        groups: &[Group {
            key: "root-activity",
            events: &[
                sign_in(What::RootSignIn),
                Spec { what: What::Root, ..iam("CreateAccessKey") },
                Spec { what: What::Root, ..call("ec2", "RunInstances", false) },
            ],
        }],
    },
    Kind {
        facet: "alert_denied_access",
        groups: &[
            Group {
                key: "denied-calls",
                events: &[
                    denied("ec2", "DescribeInstances", "Client.UnauthorizedOperation"),
                    denied("secretsmanager", "ListSecrets", "AccessDenied"),
                    denied("kms", "ListKeys", "AccessDeniedException"),
                ],
            },
            Group { key: "failed-sign-ins", events: &[sign_in(What::FailedSignIn)] },
        ],
    },
    Kind {
        facet: "alert_sign_in_without_mfa",
        groups: &[Group { key: "sign-in-without-mfa", events: &[sign_in(What::SignInWithoutMfa)] }],
    },
    Kind {
        facet: "alert_identity_policy_changes",
        groups: &[Group {
            key: "identity-policy-changes",
            events: &[
                iam("CreatePolicy"),
                iam("DeletePolicy"),
                iam("CreatePolicyVersion"),
                iam("DeletePolicyVersion"),
                iam("PutUserPolicy"),
                iam("PutGroupPolicy"),
                iam("PutRolePolicy"),
                iam("DeleteUserPolicy"),
                iam("DeleteGroupPolicy"),
                iam("DeleteRolePolicy"),
                iam("AttachUserPolicy"),
                iam("AttachGroupPolicy"),
                iam("AttachRolePolicy"),
                iam("DetachUserPolicy"),
                iam("DetachGroupPolicy"),
                iam("DetachRolePolicy"),
            ],
        }],
    },
    Kind {
        facet: "alert_audit_changes",
        groups: &[
            Group {
                key: "trail-changes",
                events: &[
                    call("cloudtrail", "UpdateTrail", false),
                    call("cloudtrail", "DeleteTrail", false),
                    call("cloudtrail", "StopLogging", false),
                ],
            },
            Group {
                key: "recorder-changes",
                events: &[
                    call("config", "StopConfigurationRecorder", false),
                    call("config", "PutConfigurationRecorder", false),
                    call("config", "DeleteDeliveryChannel", false),
                    call("config", "PutDeliveryChannel", false),
                ],
            },
        ],
    },
    Kind {
        facet: "alert_key_loss",
        groups: &[Group {
            key: "key-loss",
            events: &[call("kms", "DisableKey", false), call("kms", "ScheduleKeyDeletion", false)],
        }],
    },
];

impl Spec {
    /// `iam:PutRolePolicy`
    pub(crate) fn label(self) -> String {
        match self.what {
            What::Call => format!("{}:{}", self.service, self.name),
            What::Root => format!("{}:{} by root", self.service, self.name),
            What::Denied(code) => format!("{}:{} refused ({code})", self.service, self.name),
            What::RootSignIn => "console sign-in by root".to_owned(),
            What::FailedSignIn => "failed console sign-in".to_owned(),
            What::SignInWithoutMfa => "console sign-in without MFA".to_owned(),
        }
    }

    /// `iam.amazonaws.com`
    pub(crate) fn source(self) -> String {
        format!("{}.amazonaws.com", self.service)
    }

    /// `AwsApiCall` or `AwsConsoleSignIn`.
    pub(crate) fn kind(self) -> &'static str {
        if self.service == "signin" { "AwsConsoleSignIn" } else { "AwsApiCall" }
    }

    /// The event, in one of two variants.
    pub(crate) fn event(self, account: &str, partition: &str, region: &str, second: bool) -> Value {
        let (ip, agent) = if second {
            ("203.0.113.77", "aws-cli/2.31.3 md/command")
        } else {
            ("198.51.100.14", "Mozilla/5.0 (X11; Linux x86_64)")
        };
        let mut event = json!({
            "eventVersion": "1.11",
            "userIdentity": self.identity(account, partition, second),
            "eventTime": "2026-01-15T10:20:30Z",
            "eventSource": self.source(),
            "eventName": self.name,
            "awsRegion": region,
            "sourceIPAddress": ip,
            "userAgent": agent,
            "requestParameters": {"name": if second { "beta" } else { "alpha" }},
            "responseElements": null,
            "eventID": "00000000-0000-4000-8000-000000000000",
            "readOnly": self.read_only,
            "eventType": self.kind(),
            "managementEvent": true,
            "recipientAccountId": account,
            "eventCategory": "Management",
        });
        let mut set = |name: &str, value: Value| {
            if let Some(members) = event.as_object_mut() {
                members.insert(name.to_owned(), value);
            }
        };
        let login = |result: &str| json!({"ConsoleLogin": result});
        let mfa = |used: &str| json!({"MobileVersion": "No", "MFAUsed": used});
        match self.what {
            What::Call | What::Root => {}
            What::Denied(code) => {
                set("errorCode", json!(code));
                set("errorMessage", json!("User is not authorized to perform this operation"));
            }
            What::RootSignIn => {
                set("responseElements", login("Success"));
                set("additionalEventData", mfa(if second { "Yes" } else { "No" }));
            }
            What::FailedSignIn => {
                set("errorMessage", json!("Failed authentication"));
                set("responseElements", login("Failure"));
                set("additionalEventData", mfa(if second { "Yes" } else { "No" }));
            }
            What::SignInWithoutMfa => {
                set("responseElements", login("Success"));
                set("additionalEventData", mfa("No"));
            }
        }
        event
    }

    fn identity(self, account: &str, partition: &str, second: bool) -> Value {
        let root = matches!(self.what, What::Root | What::RootSignIn);
        let user = if second { "bob" } else { "alice" };
        if root {
            return json!({"type": "Root", "principalId": account, "accountId": account,
                "arn": format!("arn:{partition}:iam::{account}:root")});
        }
        if second && self.service != "signin" {
            return json!({"type": "AssumedRole", "accountId": account,
                "principalId": "AROAEXAMPLE:session",
                "arn": format!("arn:{partition}:sts::{account}:assumed-role/deploy/session")});
        }
        json!({"type": "IAMUser", "accountId": account, "userName": user,
            "principalId": format!("AIDA{user}"),
            "arn": format!("arn:{partition}:iam::{account}:user/{user}")})
    }
}

/// What everybody does all day. An alarm that hears this hears everything, which is no alert.
pub(crate) const NOISE: Spec = Spec {
    service: "ec2",
    name: "DescribeInstanceStatus",
    global: false,
    read_only: true,
    what: What::Call,
};

/// An event as `EventBridge` delivers it.
pub(crate) fn envelope(spec: Spec, region: &str, event: &Value) -> Value {
    let kind = if spec.kind() == "AwsConsoleSignIn" {
        "AWS Console Sign In via CloudTrail"
    } else {
        "AWS API Call via CloudTrail"
    };
    json!({
        "version": "0",
        "id": "00000000-0000-4000-8000-000000000001",
        "detail-type": kind,
        "source": format!("aws.{}", spec.service),
        "account": event.get("recipientAccountId"),
        "time": "2026-01-15T10:20:30Z",
        "region": region,
        "resources": [],
        "detail": event,
    })
}
