//! What is asked of the policies: which sign-ins must be covered, and by what.

use std::collections::BTreeSet;

use super::policy::{Client, Grant, Policy};

/// What must be demanded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Control {
    /// MFA, or no access at all.
    Mfa,
    /// No access. A demand for MFA is one to programs that cannot meet it.
    Block,
}

/// Whose sign-ins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Population {
    /// Holders of privileged directory roles.
    Privileged,
    /// Everybody else.
    Ordinary,
    /// Everybody.
    Everybody,
}

/// A question.
#[derive(Debug, Clone, Copy)]
pub(super) struct Question {
    pub(super) control: Control,
    pub(super) population: Population,
    pub(super) apps: Apps,
    /// What a finding says of accounts that no policy concerns.
    pub(super) nobody: &'static str,
}

/// Which applications.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Apps {
    /// All, from modern clients.
    All,
    /// The management API and the admin portals, from modern clients.
    Management,
    /// All, from legacy clients.
    Legacy,
}

/// An application or a group of them, and the client that signs in to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    /// Names by which policies include or exclude it; none stands for every other application.
    pub(super) names: Vec<String>,
    pub(super) client: Client,
    /// The first part of keys.
    pub(super) label: &'static str,
}

/// Windows Azure Service Management API.
const MANAGEMENT: &str = "797f4846-ba00-4fd7-ba43-dac1f8f63013";
/// Exchange Online, the one application behind Exchange ActiveSync.
const EXCHANGE: &str = "00000002-0000-0ff1-ce00-000000000000";

impl Question {
    /// All that must be covered. An application that some policy leaves out is a target of its own,
    /// so that another policy may cover it.
    pub(super) fn targets(&self, policies: &[Policy]) -> Vec<Target> {
        let modern = [Client::Browser, Client::App];
        let target = |names: &[&str], client: Client, label: &'static str| Target {
            names: names.iter().map(|n| (*n).to_owned()).collect(),
            client,
            label,
        };
        match self.apps {
            Apps::Management => modern
                .into_iter()
                .flat_map(|c| {
                    [
                        target(&[MANAGEMENT], c, "management_api/"),
                        target(&["microsoftadminportals"], c, "admin_portals/"),
                    ]
                })
                .collect(),
            Apps::All => modern.into_iter().flat_map(|c| self.every(policies, c)).collect(),
            Apps::Legacy => {
                let mut out = self.every(policies, Client::Other);
                out.push(target(&[EXCHANGE, "office365"], Client::ActiveSync, ""));
                out
            }
        }
    }

    fn every(&self, policies: &[Policy], client: Client) -> Vec<Target> {
        let relevant = policies.iter().filter(|p| matches!(self.fit(p, None), Fit::Counts));
        let left_out: BTreeSet<&String> = relevant.flat_map(|p| &p.left_out).collect();
        let mut out = vec![Target { names: Vec::new(), client, label: "" }];
        let own = |name: &String| Target { names: vec![name.clone()], client, label: "" };
        out.extend(left_out.into_iter().map(own));
        out
    }

    /// How far a policy answers the question for a target, or for any target.
    pub(super) fn fit(&self, policy: &Policy, target: Option<&Target>) -> Fit {
        let named = |list: &[String], names: &[String]| list.iter().any(|a| names.contains(a));
        if let Some(t) = target
            && !policy.applications.iter().any(|a| a == "all")
            && !named(&policy.applications, &t.names)
        {
            return Fit::Irrelevant;
        }
        // A policy that blocks some sign-ins of modern clients is no attempt at MFA.
        let attempt = match (self.control, &policy.grant) {
            (_, Grant::Other) => return Fit::Irrelevant,
            (Control::Mfa, Grant::Block) => false,
            (Control::Mfa, _) => true,
            (Control::Block, Grant::Block) => {
                policy.clients.iter().any(|c| matches!(c, Client::ActiveSync | Client::Other))
            }
            (Control::Block, _) => false,
        };
        let weak = |key: String, message: String| {
            if attempt { Fit::Weak { key, message } } else { Fit::Irrelevant }
        };
        let name = &policy.name;
        if let Some(t) = target {
            if !policy.clients.contains(&t.client) {
                let clients = t.client.describe();
                return weak("clients".into(), format!("policy {name} does not concern {clients}"));
            }
            if let Some(app) = policy.left_out.iter().find(|a| t.names.contains(a)) {
                let message = format!("policy {name} leaves out application {app}");
                return weak(format!("application/{app}"), message);
            }
        }
        if let Grant::MfaOr(instead) = &policy.grant {
            let instead = instead.join(", ");
            return weak(
                "grant".into(),
                format!("policy {name} accepts instead of MFA: {instead}"),
            );
        }
        if policy.report_only {
            return weak("report_only".into(), format!("policy {name} only reports"));
        }
        match policy.narrowed {
            Some((key, phrase)) => weak(key.into(), format!("policy {name} {phrase}")),
            None => Fit::Counts,
        }
    }
}

/// How far a policy answers a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fit {
    /// It demands what is asked, without exception but for people.
    Counts,
    /// It tries to.
    Weak {
        /// A word for keys.
        key: String,
        /// What it lacks.
        message: String,
    },
    /// It is about something else.
    Irrelevant,
}
