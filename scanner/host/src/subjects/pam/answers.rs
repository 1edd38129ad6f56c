//! What modules can answer, by their manuals, to somebody in a given position.

use std::path::Path;

use super::condition;
use super::control::{
    AUTH_ERR, CODES, IGNORE, MAXTRIES, PERM_DENIED, SERVICE_ERR, SUCCESS, USER_UNKNOWN,
};
use super::entry::{ACCOUNT, AUTH, Entry, Module};
use super::flow::{Codes, only};
use super::services::as_root;
use super::world::World;

/// Who asks.
#[derive(Clone, Copy)]
pub(super) struct Asker<'a> {
    pub(super) world: &'a World<'a>,
    pub(super) service: &'a str,
    /// The type of the stack.
    pub(super) kind: usize,
    /// Whether he knows the password of the account.
    pub(super) knows: bool,
    /// Whether the group that pam_wheel trusts is his.
    pub(super) trusted: bool,
}

const ACCT_EXPIRED: u8 = 13;
const AUTHINFO_UNAVAIL: u8 = 9;

/// Modules that look a password up in the files of the host.
const LOCAL: [&str; 5] = ["pam_unix", "pam_unix_auth", "pam_unix2", "pam_pwdb", "pam_tcb"];

/// Whether a module checks, and stores, passwords of the host itself.
pub(super) fn local(module: &Module) -> bool {
    LOCAL.contains(&module.name.as_str())
}

impl Asker<'_> {
    /// The answers of an entry. Locks are up to whoever asks.
    pub(super) fn codes(&self, entry: &Entry) -> Codes {
        let Some(m) = entry.module() else { return only(PERM_DENIED) };
        let yes = only(SUCCESS);
        let no = only(AUTH_ERR);
        let has = |word: &str| m.args.iter().any(|a| a == word);
        match m.name.as_str() {
            "pam_permit" => yes,
            "pam_deny" => no,
            "pam_debug" => only(debug(m, self.kind)),
            "pam_env" | "pam_faildelay" | "pam_issue" | "pam_keyinit" | "pam_mail"
            | "pam_group" | "pam_warn" | "pam_echo" | "pam_motd" | "pam_umask" | "pam_limits" => {
                only(IGNORE)
            }
            // They keep the password for later; none of them judges it.
            "pam_gnome_keyring" | "pam_kwallet" | "pam_kwallet5" | "pam_mount" | "pam_ecryptfs"
            | "pam_cap" => yes | only(IGNORE),
            "pam_nologin" if has("successok") => yes | no,
            "pam_nologin" => only(IGNORE) | no,
            "pam_securetty" | "pam_shells" | "pam_usertype" => yes | no,
            "pam_localuser" | "pam_access" | "pam_time" => yes | only(PERM_DENIED),
            "pam_tally" | "pam_tally2" => yes | no,
            "pam_faillock" if self.kind == ACCOUNT => yes,
            "pam_lastlog" => yes | no | only(IGNORE),
            "pam_rhosts" | "pam_rhosts_auth" => yes | no,
            "pam_listfile" => self.listfile(m),
            "pam_sepermit" | "pam_selinux_permit" => self.sepermit(m),
            "pam_succeed_if" => condition::codes(&m.args, self.world, self.service, true),
            "pam_wheel" => self.wheel(m),
            // It asks who runs the program, not who wants to get in.
            "pam_rootok" if as_root(self.service) => yes,
            "pam_rootok" | "pam_timestamp" => no,
            // It asks whom `users=` names, else `ftp` and `anonymous`, for any word at all.
            "pam_ftp" => {
                let named = m.args.iter().rev().find_map(|a| a.strip_prefix("users="));
                let guests: Vec<&str> = named.unwrap_or("ftp,anonymous").split(',').collect();
                let people = self.world.people.as_deref();
                match people.is_none_or(|all| all.iter().any(|p| guests.contains(&p.name.as_str())))
                {
                    true => yes | no,
                    false => no,
                }
            }
            "pam_exec" if self.kind == AUTH && !self.knows => exec(m),
            "pam_u2f" if has("nouserok") => yes | only(IGNORE) | no,
            _ if self.kind == ACCOUNT => self.account(m),
            _ if local(m) && self.knows => yes,
            _ if local(m) => no | only(MAXTRIES),
            _ if self.knows => yes | only(USER_UNKNOWN) | only(AUTHINFO_UNAVAIL),
            _ => no | only(USER_UNKNOWN) | only(AUTHINFO_UNAVAIL) | only(PERM_DENIED),
        }
    }

    /// Of a local account; an expired one where the caller knows nothing.
    fn account(&self, m: &Module) -> Codes {
        match local(m) || m.name == "pam_unix_acct" {
            true if self.knows => only(SUCCESS),
            true => only(ACCT_EXPIRED),
            false if self.knows => only(SUCCESS) | only(USER_UNKNOWN) | only(IGNORE),
            false => only(USER_UNKNOWN) | only(PERM_DENIED),
        }
    }

    /// pam_wheel(8) to a caller outside of the group.
    fn wheel(&self, m: &Module) -> Codes {
        let has = |word: &str| m.args.iter().any(|a| a == word);
        let mut out = match (has("deny"), has("trust")) {
            (false, _) => only(PERM_DENIED),
            (true, false) => only(IGNORE),
            (true, true) => only(if self.trusted { SUCCESS } else { PERM_DENIED }),
        };
        if has("trust") && self.trusted {
            out |= only(SUCCESS);
        }
        out
    }

    /// pam_listfile(8): entries of its file let in, or keep out.
    fn listfile(&self, m: &Module) -> Codes {
        let value = |name: &str| m.args.iter().rev().find_map(|a| a.strip_prefix(name));
        let onerr = match value("onerr=") {
            Some("succeed") => only(SUCCESS),
            Some("fail") => only(AUTH_ERR),
            _ => only(SERVICE_ERR),
        };
        let (Some(file), Some(sense)) = (value("file="), value("sense=")) else { return onerr };
        let Ok(found) = self.world.host.text(Path::new(file)) else {
            return only(SUCCESS) | only(AUTH_ERR);
        };
        let Some(found) = found else { return onerr };
        let (listed, not) = match sense {
            "allow" => (only(SUCCESS), only(AUTH_ERR)),
            "deny" => (only(AUTH_ERR), only(SUCCESS)),
            _ => return onerr,
        };
        let ignore = if value("apply=").is_some() { only(IGNORE) } else { 0 };
        let empty = found.text.lines().all(|l| l.trim().is_empty());
        // Whoever calls from outside is in no list of callers.
        if empty || value("item=") == Some("ruser") { not | ignore } else { listed | not | ignore }
    }

    /// pam_sepermit(8) lets the users of its list in, confined, without a password.
    fn sepermit(&self, m: &Module) -> Codes {
        let named = m.args.iter().rev().find_map(|a| a.strip_prefix("conf="));
        let file = named.unwrap_or("/etc/security/sepermit.conf");
        let entries = |text: &str| {
            text.lines().any(|l| !l.split('#').next().unwrap_or_default().trim().is_empty())
        };
        let closed = only(IGNORE) | only(AUTH_ERR);
        match self.world.host.text(Path::new(file)) {
            Ok(None) => closed,
            Ok(Some(found)) if !entries(&found.text) => closed,
            _ => closed | only(SUCCESS),
        }
    }
}

/// pam_exec(8): without the password, its program cannot check one.
fn exec(m: &Module) -> Codes {
    // Of another type it does nothing.
    if m.args.iter().filter_map(|a| a.strip_prefix("type=")).any(|t| t != "auth") {
        return only(IGNORE);
    }
    let program = m.args.iter().find(|a| a.starts_with('/')).map(String::as_str);
    let always = program.and_then(|p| p.rsplit('/').next()) == Some("true");
    let given = m.args.iter().any(|a| a == "expose_authtok");
    match (always, given) {
        (true, _) => only(SUCCESS),
        (false, true) => only(AUTH_ERR),
        (false, false) => only(SUCCESS) | only(AUTH_ERR),
    }
}

/// pam_debug(8) answers what it is told.
fn debug(m: &Module, kind: usize) -> u8 {
    let event = match kind {
        AUTH => "auth=",
        ACCOUNT => "acct=",
        _ => "chauthtok=",
    };
    let told = m.args.iter().find_map(|a| a.strip_prefix(event));
    let code = told.and_then(|t| CODES.iter().position(|c| *c == t));
    code.and_then(|c| u8::try_from(c).ok()).unwrap_or(SUCCESS)
}
