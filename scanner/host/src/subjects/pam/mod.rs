//! PAM: what the stacks of the services in use really ask for.
//!
//! libpam's files become stacks ([`config`]), a stack becomes every way through it that the answers
//! of its modules allow ([`flow`]), and questions are put to those ways: does somebody get in who
//! knows nothing, is a failure counted, is a bad password stored.

mod access;
mod answers;
mod condition;
mod config;
mod control;
mod document;
mod entry;
mod faillock;
mod files;
mod flow;
mod lex;
mod modules;
mod options;
mod password;
mod quality;
mod services;
#[cfg(test)]
mod tests;
mod world;

use std::path::Path;

use assay_core::Gap;

use crate::{Host, Output, Subject};
use answers::Asker;
use config::Config;
use flow::{Codes, Marks, Scene};
use modules::Modules;
use world::World;

/// The subject.
pub(crate) static SUBJECT: Subject = Subject { name: "pam", types: &["linux.pam"], collect };

fn collect(host: &Host<'_>, out: &mut dyn Output) {
    let result = document::put(host, out);
    out.listed("linux.pam", result);
}

/// The configuration of a host. `None`: it has no modules.
///
/// # Errors
/// A directory that cannot be looked at.
fn config<'h>(host: &'h Host<'h>) -> Result<Option<Config<'h>>, Gap> {
    match Modules::of(host)? {
        Some(modules) => Config::of(host, modules).map(Some),
        None => Ok(None),
    }
}

/// What libpam answers for a service whose modules are all told what to say (`pam_debug`,
/// `pam_permit`, `pam_deny`): the code of `pam_authenticate` (`auth`) or of `pam_acct_mgmt`
/// (`account`). `None`: the configuration is refused, or not everything is told. For tests against
/// libpam itself.
///
/// # Errors
/// What could not be read or followed.
pub fn pam_answer(host: &Host<'_>, service: &str, kind: &str) -> Result<Option<u8>, String> {
    struct Told<'a>(Asker<'a>);
    impl Scene for Told<'_> {
        fn codes(&self, _: usize, entry: &entry::Entry, _: Marks) -> Codes {
            self.0.codes(entry)
        }
    }
    let answer = || -> Result<Option<u8>, Gap> {
        let Some(config) = config(host)? else { return Ok(None) };
        let kind = if kind == "auth" { entry::AUTH } else { entry::ACCOUNT };
        let stacks = config.stacks(service)?;
        let Some(stack) = stacks.get(kind) else { return Ok(None) };
        if stack.is_empty() {
            return Ok(Some(control::PERM_DENIED));
        }
        let world = World { host, people: None };
        let asker = Asker { world: &world, service, kind, knows: false, trusted: false };
        let run = flow::walk(stack, &Told(asker))?;
        Ok(match run.ends.as_slice() {
            [end] => Some(end.status),
            _ => None,
        })
    };
    answer().map_err(|gap| gap.detail)
}

/// Whether a file is one that services share.
fn common(file: &str) -> bool {
    const NAMES: [&str; 13] = [
        "common-auth",
        "common-auth-pc",
        "common-account",
        "common-password",
        "system-auth",
        "system-auth-ac",
        "password-auth",
        "password-auth-ac",
        "system-login",
        "system-local-login",
        "system-remote-login",
        "system-services",
        "base-auth",
    ];
    Path::new(file).file_name().and_then(|n| n.to_str()).is_some_and(|n| NAMES.contains(&n))
}
