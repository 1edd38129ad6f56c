//! Stacks of the type password: what stands before a new password is stored, and how it is stored.

use std::collections::BTreeMap;
use std::path::Path;

use assay_core::Gap;

use super::answers::{Asker, local};
use super::control::{AUTHTOK_ERR, IGNORE, MAXTRIES, SUCCESS, USER_UNKNOWN};
use super::entry::{Entry, PASSWORD};
use super::flow::{Codes, Marks, Scene, only, walk};
use super::options::{Chosen, number, options, space};
use super::quality::{Quality, judges};
use super::world::World;
use crate::Host;

/// Schemes that pam_unix knows, as its words name them.
const SCHEMES: [&str; 8] =
    ["md5", "bigcrypt", "sha256", "sha512", "blowfish", "des", "gost_yescrypt", "yescrypt"];
const PWHISTORY: &str = "/etc/security/pwhistory.conf";

/// An entry that stores passwords of the host.
#[derive(Debug)]
pub(super) struct Store {
    /// Its place in the stack.
    pub(super) at: usize,
    /// Whether everything that reaches it was judged.
    pub(super) judged: bool,
    /// The entry that judges, and what it asks.
    pub(super) quality: Option<(usize, Quality)>,
    /// How many old passwords are refused, and the entry that does.
    pub(super) history: (usize, Chosen),
    pub(super) scheme: Chosen,
    /// Rounds of SHA-crypt.
    pub(super) rounds: Chosen,
    /// The shortest password that pam_unix itself takes.
    pub(super) minlen: Chosen,
}

/// The entries of a stack that store, with what guards them.
///
/// # Errors
/// A file that cannot be read, a stack that cannot be followed.
pub(super) fn stores(world: &World<'_>, service: &str, stack: &[Entry]) -> Result<Vec<Store>, Gap> {
    let mut qualities: BTreeMap<usize, Quality> = BTreeMap::new();
    let mut histories: BTreeMap<usize, Chosen> = BTreeMap::new();
    for (at, entry) in stack.iter().enumerate() {
        if let Some(quality) = Quality::of(world.host, entry)? {
            qualities.insert(at, quality);
        }
        if entry.is("pam_pwhistory") {
            histories.insert(at, pwhistory(world.host, entry)?);
        }
    }
    let asker = Asker { world, service, kind: PASSWORD, knows: true, trusted: true };
    let mut out = Vec::new();
    for (at, entry) in stack.iter().enumerate() {
        if !entry.module().is_some_and(local) {
            continue;
        }
        let stored = |refuse: &dyn Fn(usize) -> bool| -> Result<bool, Gap> {
            let scene = Change { asker, target: at, refuse };
            let run = walk(stack, &scene)?;
            Ok(run.ends.iter().any(|e| e.marks & STORED != 0))
        };
        let scene = Change { asker, target: at, refuse: &|_| false };
        if !walk(stack, &scene)?.successes().any(|e| e.marks & STORED != 0) {
            continue;
        }
        let strict = |a: usize| qualities.get(&a).is_some_and(|q| q.enforcing.0.value == true);
        let judged = !stored(&strict)?;
        let guard = |a: &usize| *a < at || judged;
        let quality = qualities.iter().find(|(a, _)| guard(a) && judged && strict(**a));
        let quality = quality.or_else(|| qualities.iter().find(|(a, _)| guard(a)));
        let own = remember(entry);
        let refused = |a: usize| histories.get(&a).is_some_and(|h| h.number() > 0);
        let history = if own.number() > 0 {
            (at, own)
        } else if !stored(&refused)? {
            let found = histories.iter().find(|(a, _)| refused(**a));
            found.map_or((at, own), |(a, h)| (*a, h.clone()))
        } else {
            // Of those that do not help, the one that says so.
            let found = histories.iter().find(|(_, h)| h.number() == 0);
            found.map_or((at, own), |(a, h)| (*a, h.clone()))
        };
        let (scheme, rounds) = scheme(world.host, entry)?;
        out.push(Store {
            at,
            judged,
            quality: quality.map(|(a, q)| (*a, q.clone())),
            history,
            scheme,
            rounds,
            minlen: minlen(entry),
        });
    }
    Ok(out)
}

/// A password that some entries refuse.
struct Change<'a> {
    asker: Asker<'a>,
    target: usize,
    refuse: &'a dyn Fn(usize) -> bool,
}

const STORED: Marks = 1;
/// An entry before has asked for the new password.
const ASKED: Marks = 2;

impl Scene for Change<'_> {
    fn codes(&self, at: usize, entry: &Entry, marks: Marks) -> Codes {
        let Some(m) = entry.module() else { return only(AUTHTOK_ERR) };
        if (self.refuse)(at) {
            return only(AUTHTOK_ERR) | only(MAXTRIES);
        }
        let waits = m.args.iter().any(|a| a == "use_authtok" || a == "use_first_pass");
        let nothing = waits && marks & ASKED == 0;
        if local(m) || entry.is("pam_pwhistory") {
            return only(if nothing { AUTHTOK_ERR } else { SUCCESS });
        }
        match m.name.as_str() {
            "pam_deny" => only(AUTHTOK_ERR),
            _ if judges(entry) => only(if nothing { AUTHTOK_ERR } else { SUCCESS }),
            "pam_permit" | "pam_debug" | "pam_localuser" | "pam_usertype" | "pam_succeed_if" => {
                self.asker.codes(entry)
            }
            // Keepers of other passwords, and directories that do not know a local account.
            _ => only(SUCCESS) | only(USER_UNKNOWN) | only(IGNORE),
        }
    }

    fn mark(&self, at: usize, entry: &Entry, code: u8, marks: Marks) -> Marks {
        let asks = judges(entry) || entry.is("pam_pwhistory") || entry.module().is_some_and(local);
        let mut marks = marks;
        if asks && code == SUCCESS {
            marks |= ASKED;
        } else if asks && (self.refuse)(at) {
            // What was refused is forgotten.
            marks &= !ASKED;
        }
        if at == self.target && code == SUCCESS {
            marks |= STORED;
        }
        marks
    }
}

/// pam_pwhistory(8): how many old passwords it refuses.
fn pwhistory(host: &Host<'_>, entry: &Entry) -> Result<Chosen, Gap> {
    let mut out = Chosen::new(10);
    let args = entry.module().map(|m| m.args.clone()).unwrap_or_default();
    let named = args.iter().rev().find_map(|a| a.strip_prefix("conf="));
    if let Some(file) = options(host, Path::new(named.unwrap_or(PWHISTORY)))? {
        for (name, value, line) in &file.all {
            if let ("remember", Some(n)) = (name.as_str(), number(value)) {
                out.take(n.clamp(0, 400), &file.path, *line);
            }
        }
    }
    for arg in &args {
        if let Some((name, value)) = arg.split_once('=')
            && name.eq_ignore_ascii_case("remember")
        {
            out.take_entry(number(value).unwrap_or(0).clamp(0, 400), entry);
        }
    }
    Ok(out)
}

/// What pam_unix remembers itself.
fn remember(entry: &Entry) -> Chosen {
    let mut out = Chosen::new(0);
    for value in values(entry, "remember=") {
        out.take_entry(number(value).unwrap_or(0).clamp(0, 400), entry);
    }
    out
}

/// The shortest password that pam_unix takes.
fn minlen(entry: &Entry) -> Chosen {
    let mut out = Chosen::new(6);
    for value in values(entry, "minlen=") {
        out.take_entry(number(value).unwrap_or(0).max(0), entry);
    }
    out
}

fn values<'e>(entry: &'e Entry, name: &str) -> impl Iterator<Item = &'e str> {
    let args = entry.module().map(|m| m.args.as_slice()).unwrap_or_default();
    args.iter().filter_map(move |a| a.strip_prefix(name))
}

/// The scheme of new hashes, and the rounds of SHA-crypt: the last word of the entry that names one,
/// else the first line of login.defs that does, else DES. pam_unix looks at the start of words only.
fn scheme(host: &Host<'_>, entry: &Entry) -> Result<(Chosen, Chosen), Gap> {
    let mut scheme = Chosen::new("des");
    let mut rounds = Chosen::new(5000);
    let mut path = Path::new("/etc/login.defs");
    if host.stat(path)?.is_none() {
        path = Path::new("/usr/etc/login.defs");
    }
    if let Some(found) = host.text(path)? {
        let first = |wanted: &str| {
            (1_u32..).zip(found.text.split('\n')).find_map(|(number, line)| {
                let line = line.split('#').next().unwrap_or_default().trim_start_matches(space);
                let end = line.find([' ', '\t', '=']).unwrap_or(line.len());
                let (name, value) = line.split_at(end);
                let value = value.trim_start_matches(|c| space(c) || c == '=');
                name.eq_ignore_ascii_case(wanted).then(|| (value.to_ascii_lowercase(), number))
            })
        };
        if let Some((value, line)) = first("ENCRYPT_METHOD")
            && let Some(name) = SCHEMES.iter().find(|s| value.starts_with(**s))
        {
            scheme.take(*name, path, line);
            if name.starts_with("sha")
                && let Some((value, line)) = first("SHA_CRYPT_MAX_ROUNDS")
                && let Some(n) = number(&value)
            {
                rounds.take(n, path, line);
            }
        }
    }
    for arg in entry.module().map(|m| m.args.as_slice()).unwrap_or_default() {
        if let Some(name) = SCHEMES.iter().find(|s| arg.starts_with(**s)) {
            scheme.take_entry(*name, entry);
        }
        if let Some(value) = arg.strip_prefix("rounds=") {
            rounds.take_entry(number(value).unwrap_or(0), entry);
        }
    }
    // Fewer than these are as if none were named.
    if rounds.number() < 1000 {
        rounds.0.value = 5000.into();
    }
    Ok((scheme, rounds))
}
