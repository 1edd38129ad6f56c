//! System-wide settings for TLS: OpenSSL's defaults, and crypto-policies.

use std::path::{Path, PathBuf};

use assay_core::Gap;
use serde_json::Value;

use super::conf;
use crate::{Host, Origin, Output, Setting};

/// Where OpenSSL's configuration lies, by distribution.
const FILES: &[&str] =
    &["/etc/pki/tls/openssl.cnf", "/etc/ssl/openssl.cnf", "/etc/ssl1.1/openssl.cnf"];

/// Puts the one document.
///
/// # Errors
/// None: what cannot be read is a gap of its facet. A host without OpenSSL's configuration and
/// without crypto-policies has no document.
pub(super) fn collect(host: &Host<'_>, kind: &str, out: &mut dyn Output) -> Result<(), Gap> {
    let path = file(host)?;
    let policy = policy(host);
    if path.is_none() && matches!(policy, Ok(None)) {
        return Ok(());
    }
    let mut r = host.document(kind, "");
    match path.as_deref().map(|p| conf::read(host, p)) {
        Some(Err(gap)) => {
            for facet in ["MinProtocol", "SecurityLevel"] {
                r.lose(facet, gap.clone());
            }
        }
        found => {
            let lines = found.and_then(Result::ok).flatten().unwrap_or_default();
            let used = conf::follow(&lines, &["openssl_conf", "ssl_conf", "system_default"]);
            r.properties.insert("MinProtocol".to_owned(), protocol(&used).json());
            r.properties.insert("SecurityLevel".to_owned(), level(&used).json());
        }
    }
    match policy {
        Ok(Some(setting)) => {
            r.properties.insert("CryptoPolicy".to_owned(), setting.json());
        }
        Ok(None) => {
            r.properties.insert("CryptoPolicy".to_owned(), Value::Null);
        }
        Err(gap) => r.lose("CryptoPolicy", gap),
    }
    out.put(r);
    Ok(())
}

/// The file that is read: the one that the environment of every session names, else the usual one.
fn file(host: &Host<'_>) -> Result<Option<PathBuf>, Gap> {
    if let Some(found) = host.text("/etc/environment")? {
        let named = found.text.lines().rev().find_map(|l| {
            let l = l.trim();
            l.strip_prefix("export ").unwrap_or(l).strip_prefix("OPENSSL_CONF=")
        });
        if let Some(path) = named {
            return Ok(Some(PathBuf::from(path.trim().trim_matches(['"', '\'']))));
        }
    }
    for path in FILES {
        if host.stat(path)?.is_some() {
            return Ok(Some(PathBuf::from(path)));
        }
    }
    Ok(None)
}

/// A command's name: all before the first dot only tells repeated ones apart.
fn command(line: &conf::Line) -> String {
    let name = line.name.split_once('.').map_or(line.name.as_str(), |(_, n)| n);
    name.to_ascii_lowercase()
}

fn setting(
    decides: Option<&conf::Line>,
    all: &[&conf::Line],
    value: impl Fn(&str) -> Value,
) -> Setting {
    let Some(line) = decides else { return Setting::of("default", Origin::Default) };
    let mut setting = Setting::in_file(value(&line.value), &line.file, line.line);
    for other in all.iter().filter(|l| **l != line) {
        setting = setting.beating(value(&other.value), &other.file, other.line);
    }
    setting
}

/// The oldest version of TLS. The last line wins; versions of DTLS are another matter.
fn protocol(lines: &[&conf::Line]) -> Setting {
    let mine: Vec<&conf::Line> = lines
        .iter()
        .copied()
        .filter(|l| {
            command(l) == "minprotocol" && !l.value.to_ascii_uppercase().starts_with("DTLS")
        })
        .collect();
    setting(mine.last().copied(), &mine, |v| v.into())
}

/// The security level: the last `@SECLEVEL=` of the last list of ciphers that has one.
fn level(lines: &[&conf::Line]) -> Setting {
    let of = |v: &str| {
        let (_, after) = v
            .to_ascii_uppercase()
            .rsplit_once("@SECLEVEL=")
            .map(|(a, b)| (a.len(), b.to_owned()))?;
        let digits: String = after.chars().take_while(char::is_ascii_digit).collect();
        Some(digits)
    };
    // A later list of ciphers takes the place of an earlier one, but its level stays.
    let mine: Vec<&conf::Line> = lines
        .iter()
        .copied()
        .filter(|l| command(l) == "cipherstring" && of(&l.value).is_some())
        .collect();
    setting(mine.last().copied(), &mine, |v| of(v).map_or(Value::Null, Value::from))
}

/// The policy that is set. `None`: the host has no crypto-policies.
fn policy(host: &Host<'_>) -> Result<Option<Setting>, Gap> {
    let mut state = None;
    for path in ["/etc/crypto-policies/state/current", "/etc/crypto-policies/config"] {
        let Some(found) = host.text(path)? else { continue };
        let said = found.text.lines().enumerate().find_map(|(n, l)| {
            let l = l.split('#').next().unwrap_or("").trim();
            (!l.is_empty()).then(|| (l.to_ascii_uppercase(), n + 1))
        });
        let Some((value, line)) = said else { continue };
        let line = u32::try_from(line).unwrap_or(u32::MAX);
        // What was generated last is in force; what is configured follows at the next update.
        state = Some(match state {
            None => Setting::in_file(value, Path::new(path), line),
            Some(setting) => Setting::beating(setting, value, Path::new(path), line),
        });
    }
    Ok(state)
}
