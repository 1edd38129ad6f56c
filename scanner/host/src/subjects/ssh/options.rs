//! Options of the command line beside what the files say, and whether they weaken it.

use serde_json::{Value, json};

use super::Seen;
use super::facets::DANGEROUS;
use super::pattern;

/// The options of the command line that decide, beside what the files say without them.
pub(super) fn of(seen: &Seen<'_>) -> Value {
    let without = super::Server { command: &[], ..seen.server };
    let none: Vec<bool> =
        seen.server.config.blocks.iter().map(super::criterion::Block::all).collect();
    let mut out = Vec::new();
    let mut done: Vec<&str> = Vec::new();
    for (statement, _) in &seen.start.command {
        let name = statement.keyword.name;
        if done.contains(&name) {
            continue;
        }
        done.push(name);
        let now = seen.server.decide(statement.keyword, &none);
        let file = without.decide(statement.keyword, &none);
        let weaker = now.refused.is_none() && weaker(name, &now.value, &file.value);
        out.push(json!({
            "Option": name, "Value": now.value, "FileValue": file.value, "Weakens": weaker,
            "file": &*statement.place.file, "line": statement.place.line,
        }));
    }
    if let Some((path, place)) = &seen.start.config {
        let usual = matches!(path.as_str(), "/etc/ssh/sshd_config" | "/usr/etc/ssh/sshd_config");
        out.push(json!({
            "Option": "-f", "Value": path, "FileValue": "/etc/ssh/sshd_config",
            "Weakens": !usual && seen.start.item.is_empty(),
            "file": &*place.file, "line": place.line,
        }));
    }
    out.into()
}

/// Whether a value is worse than another.
fn weaker(name: &str, now: &Value, file: &Value) -> bool {
    let order = |words: &[&str]| {
        let at = |v: &Value| words.iter().position(|w| v == w).unwrap_or(0);
        at(now) > at(file)
    };
    let number = |v: &Value| v.as_u64().unwrap_or(0);
    let endless = |v: &Value| if number(v) == 0 { u64::MAX } else { number(v) };
    match name {
        "PermitRootLogin" => order(&["no", "forced-commands-only", "prohibit-password", "yes"]),
        "LogLevel" => ["QUIET", "FATAL", "ERROR"].iter().any(|w| now == w) && now != file,
        "MaxAuthTries" => number(now) > number(file),
        "MaxStartups" => {
            let full = |v: &Value| v.as_str()?.rsplit(':').next()?.parse::<u64>().ok();
            full(now) > full(file)
        }
        "LoginGraceTime" | "ClientAliveInterval" => endless(now) > endless(file),
        "Ciphers"
        | "MACs"
        | "KexAlgorithms"
        | "HostKeyAlgorithms"
        | "PubkeyAcceptedAlgorithms"
        | "CASignatureAlgorithms"
        | "HostbasedAcceptedAlgorithms" => {
            // What neither the file nor the default offers.
            let had = file.as_array().cloned().unwrap_or_default();
            let new = now.as_array().cloned().unwrap_or_default();
            new.iter().any(|a| !had.contains(a) && a.as_str().is_some_and(poor))
        }
        "AllowUsers" | "AllowGroups" => {
            let wide = |w: &Value| w.as_str().is_some_and(|w| w.chars().all(|c| c == '*'));
            now.as_array().is_some_and(|l| l.iter().any(wide))
        }
        "AcceptEnv" => now
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .any(|w| DANGEROUS.iter().any(|n| pattern::matches(n, w))),
        "PermitUserEnvironment" => now != "no" && file == "no",
        "Banner" => now == "none" && file != "none",
        // Flags of which `no` is the safe word.
        "AllowAgentForwarding"
        | "AllowStreamLocalForwarding"
        | "AllowTcpForwarding"
        | "GSSAPIAuthentication"
        | "GatewayPorts"
        | "HostbasedAuthentication"
        | "KbdInteractiveAuthentication"
        | "KerberosAuthentication"
        | "PasswordAuthentication"
        | "PermitEmptyPasswords"
        | "PermitTunnel"
        | "X11Forwarding" => now != "no" && file == "no",
        // And of which it is not.
        "DisableForwarding"
        | "IgnoreRhosts"
        | "IgnoreUserKnownHosts"
        | "StrictModes"
        | "UsePAM" => now == "no" && file != "no",
        "AuthorizedKeysFile"
        | "AuthorizedKeysCommand"
        | "TrustedUserCAKeys"
        | "AuthenticationMethods" => now != file,
        _ => false,
    }
}

/// Algorithms that no longer protect.
fn poor(name: &str) -> bool {
    ["cbc", "arcfour", "md5", "sha1", "umac-64", "ripemd", "ssh-rsa", "ssh-dss", "none"]
        .iter()
        .any(|p| name.contains(p))
}
