//! pam_faillock(8) and faillock.conf(5): what an entry does.

use std::path::Path;

use assay_core::Gap;

use super::entry::Entry;
use super::options::{Chosen, number, options};
use crate::Host;

/// The file where no entry names another.
const FILE: &str = "/etc/security/faillock.conf";
/// The vendor's, where distributions keep one.
const VENDOR: [&str; 2] = ["/usr/etc/security/faillock.conf", "/usr/share/security/faillock.conf"];
/// The largest time that counts: a week.
const MAX_TIME: i64 = 604_800;

/// When an entry is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum When {
    Before,
    AfterFailure,
    AfterSuccess,
}

/// An entry for the module.
#[derive(Debug, Clone)]
pub(super) struct Faillock {
    pub(super) when: When,
    pub(super) deny: Chosen,
    pub(super) unlock_time: Chosen,
    pub(super) fail_interval: Chosen,
    pub(super) even_deny_root: bool,
    /// Where failures are kept.
    pub(super) directory: String,
    /// Its file is missing or broken: the module answers `service_err`.
    pub(super) broken: bool,
}

impl Faillock {
    /// What an entry says, over the file.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub(super) fn of(host: &Host<'_>, entry: &Entry) -> Result<Self, Gap> {
        let mut out = Self {
            when: When::Before,
            deny: Chosen::new(3),
            unlock_time: Chosen::new(600),
            fail_interval: Chosen::new(900),
            even_deny_root: false,
            directory: "/var/run/faillock".to_owned(),
            broken: false,
        };
        let args = entry.module().map(|m| m.args.clone()).unwrap_or_default();
        let named = args.iter().rev().find_map(|a| a.strip_prefix("conf="));
        let mut file = options(host, Path::new(named.unwrap_or(FILE)))?;
        if named.is_none() && file.is_none() {
            for path in VENDOR {
                if file.is_none() {
                    file = options(host, Path::new(path))?;
                }
            }
        }
        out.broken = file.is_none() && named.is_some();
        if let Some(file) = file {
            out.broken |= file.broken;
            for (name, value, line) in &file.all {
                out.set(name, value, &file.path, *line);
            }
        }
        for arg in &args {
            match arg.as_str() {
                "preauth" => out.when = When::Before,
                "authfail" => out.when = When::AfterFailure,
                "authsucc" => out.when = When::AfterSuccess,
                _ => {
                    let (name, value) = arg.split_once('=').unwrap_or((arg, ""));
                    out.set(name, value, Path::new(&entry.file), entry.line);
                }
            }
        }
        Ok(out)
    }

    fn set(&mut self, name: &str, value: &str, file: &Path, line: u32) {
        let time = || match value {
            "never" => Some(0),
            _ => number(value).filter(|n| (0..=MAX_TIME).contains(n)),
        };
        match name {
            "dir" if value.starts_with('/') => value.clone_into(&mut self.directory),
            // It is kept in 16 bits.
            "deny" => {
                if let Some(n) = number(value) {
                    self.deny.take(n.rem_euclid(65_536), file, line);
                }
            }
            "fail_interval" => {
                if let Some(n) = time().filter(|_| value != "never") {
                    self.fail_interval.take(n, file, line);
                }
            }
            "unlock_time" => {
                if let Some(n) = time() {
                    self.unlock_time.take(n, file, line);
                }
            }
            "even_deny_root" => self.even_deny_root = true,
            _ => {}
        }
    }
}
