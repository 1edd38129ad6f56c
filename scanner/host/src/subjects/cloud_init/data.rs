//! What cloud-init is given: configuration in YAML, scripts, several in one as MIME. Values of secrets
//! never leave this module.

use serde_json::Value;

use crate::systemd::boolean;

/// A secret: what holds it, of which kind (`password`, `hash`, `key`, `token`), and its line.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Secret {
    pub(super) what: String,
    pub(super) kind: &'static str,
    pub(super) line: u32,
}

/// What one file says.
#[derive(Debug, Default)]
pub(super) struct Read {
    pub(super) secrets: Vec<Secret>,
    /// `ssh_pwauth` with its line: true, false or `unchanged`.
    pub(super) ssh_pwauth: Option<(Value, u32)>,
    /// `disable_root` with its line.
    pub(super) disable_root: Option<(Value, u32)>,
}

/// Deepest nesting that is looked into.
const MAX_DEPTH: usize = 24;

/// Most secrets of one file.
const MAX_SECRETS: usize = 200;

pub(super) fn read(text: &str) -> Read {
    let mut out = Read::default();
    scan(text, &mut out);
    for (part, offset) in parts(text) {
        let parsed: Option<Value> = yaml_serde::from_str(part).ok();
        let Some(Value::Object(map)) = parsed else { continue };
        let at = |key: &str| offset + line_of(part, key, 0);
        let truth = |v: &Value| match v {
            Value::Bool(b) => Value::Bool(*b),
            Value::String(s) => boolean(s).map_or_else(|| v.clone(), Value::Bool),
            Value::Number(n) => Value::Bool(n.as_i64() != Some(0)),
            other => other.clone(),
        };
        if let Some(value) = map.get("ssh_pwauth") {
            out.ssh_pwauth = Some((truth(value), at("ssh_pwauth")));
        }
        if let Some(value) = map.get("disable_root") {
            out.disable_root = Some((truth(value), at("disable_root")));
        }
        walk(&Value::Object(map), "", part, offset, 0, &mut out);
    }
    out.secrets.sort_by(|a, b| a.line.cmp(&b.line).then_with(|| a.what.cmp(&b.what)));
    out.secrets.dedup();
    out.secrets.truncate(MAX_SECRETS);
    out
}

/// The parts that are cloud-config, with the number of lines before each. Files in cloud.cfg.d need
/// no header; scripts are no YAML.
fn parts(text: &str) -> Vec<(&str, u32)> {
    if text.starts_with("#!") {
        return Vec::new();
    }
    let mime = text.get(..400.min(text.len())).unwrap_or("").to_lowercase();
    if !mime.contains("content-type:") {
        return vec![(text, 0)];
    }
    let mut out = Vec::new();
    let mut from = 0;
    while let Some(at) = text.get(from..).and_then(|t| t.find("#cloud-config")) {
        let start = from + at;
        let rest = text.get(start..).unwrap_or("");
        let end = rest.find("\n--").unwrap_or(rest.len());
        let before = text.get(..start).unwrap_or("").matches('\n').count();
        out.push((rest.get(..end).unwrap_or(""), u32::try_from(before).unwrap_or(0)));
        from = start + end.max(1);
    }
    out
}

/// The line of the `nth` occurrence of a key.
fn line_of(text: &str, key: &str, nth: usize) -> u32 {
    let spelled = |l: &str| {
        let l = l.trim_start().trim_start_matches("- ").trim_start_matches(['{', '"', '\'', ' ']);
        l.strip_prefix(key)
            .is_some_and(|r| r.trim_start_matches(['"', '\'']).trim_start().starts_with(':'))
    };
    let mut found =
        (1_u32..).zip(text.lines()).filter(|(_, l)| spelled(l) || inline(l, key)).map(|(n, _)| n);
    found.nth(nth).unwrap_or(1)
}

/// A key inside braces.
fn inline(line: &str, key: &str) -> bool {
    [format!("{key}:"), format!("\"{key}\":"), format!("'{key}':")].iter().any(|k| {
        line.find(k.as_str()).is_some_and(|at| {
            line.get(..at).is_some_and(|b| b.ends_with(['{', ' ', ',']) && b.contains(['{', ',']))
        })
    })
}

/// Keys whose values are passwords, their hashes, keys.
const KEYS: [(&str, &str); 14] = [
    ("password", "password"),
    ("plain_text_passwd", "password"),
    ("passwd", "hash"),
    ("hashed_passwd", "hash"),
    ("rsa_private", "key"),
    ("dsa_private", "key"),
    ("ecdsa_private", "key"),
    ("ed25519_private", "key"),
    ("secret", "token"),
    ("token", "token"),
    ("api_key", "token"),
    ("secret_key", "token"),
    ("access_key", "token"),
    ("validation_key", "key"),
];

fn walk(value: &Value, path: &str, text: &str, offset: u32, depth: usize, out: &mut Read) {
    if depth > MAX_DEPTH || out.secrets.len() >= MAX_SECRETS {
        return;
    }
    match value {
        Value::Object(map) => {
            let random = map
                .get("type")
                .and_then(Value::as_str)
                .is_some_and(|t| t.eq_ignore_ascii_case("random"));
            for (key, inner) in map {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                if key == "chpasswd" {
                    chpasswd(inner, &path, text, offset, out);
                }
                let known = KEYS.iter().find(|(k, _)| k == key);
                if let (Some((_, kind)), Some(said)) = (known, inner.as_str()) {
                    // A locked or random password is none.
                    let none = random
                        || said.is_empty()
                        || ["*", "!", "!!", "x", "RANDOM", "R"].contains(&said)
                        || said.starts_with("$ANSIBLE");
                    let kind = if *kind == "hash" && !said.starts_with(['$', '_']) {
                        "password"
                    } else {
                        kind
                    };
                    let kind = if kind == "password"
                        && said.starts_with("$6$")
                            | said.starts_with("$y$")
                            | said.starts_with("$5$")
                    {
                        "hash"
                    } else {
                        kind
                    };
                    if !none {
                        let before = out
                            .secrets
                            .iter()
                            .filter(|s| s.what.rsplit('.').next() == Some(key.as_str()))
                            .count();
                        let line = offset + line_of(text, key, before).max(1);
                        out.secrets.push(Secret { what: path.clone(), kind, line });
                    }
                }
                walk(inner, &path, text, offset, depth + 1, out);
            }
        }
        Value::Array(list) => {
            for inner in list {
                walk(inner, path, text, offset, depth + 1, out);
            }
        }
        _ => {}
    }
}

/// `chpasswd.list`: `user:password` in lines or as a list; `RANDOM` makes one up.
fn chpasswd(value: &Value, path: &str, text: &str, offset: u32, out: &mut Read) {
    let Some(list) = value.get("list") else { return };
    let lines: Vec<&str> = match list {
        Value::String(s) => s.lines().collect(),
        Value::Array(all) => all.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    for entry in lines {
        let Some((user, password)) = entry.trim().split_once(':') else { continue };
        if password.is_empty() || password == "R" || password == "RANDOM" {
            continue;
        }
        let line = (1_u32..)
            .zip(text.lines())
            .find(|(_, l)| l.contains(entry.trim()))
            .map_or(1, |(n, _)| n);
        let kind = if password.starts_with('$') { "hash" } else { "password" };
        out.secrets.push(Secret {
            what: format!("{path}.list: {user}"),
            kind,
            line: offset + line,
        });
    }
}

/// Secrets in any text: private keys, cloud keys, passwords in commands.
fn scan(text: &str, out: &mut Read) {
    for (line, raw) in (1_u32..).zip(text.lines()) {
        let l = raw.trim();
        if l.starts_with('#') && !l.starts_with("#!") {
            continue;
        }
        let mut add = |what: &str, kind: &'static str| {
            if out.secrets.len() < MAX_SECRETS {
                out.secrets.push(Secret { what: what.to_owned(), kind, line });
            }
        };
        if l.contains("-----BEGIN ") && l.contains("PRIVATE KEY-----") {
            add("a private key", "key");
        }
        let key = l.find("AKIA").and_then(|i| l.get(i..i + 20));
        if key.is_some_and(|k| k.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())) {
            add("an access key", "token");
        }
        let piped = l.contains("chpasswd")
            && (l.contains("echo") || l.contains("printf") || l.contains("<<<"))
            && l.contains(':');
        if piped && !l.contains("$(") {
            add("chpasswd in a command", "password");
        }
        if l.starts_with("rootpw") && !l.contains("--lock") {
            add("rootpw", if l.contains("--iscrypted") { "hash" } else { "password" });
        }
        for name in ["PASSWORD=", "PASSWD=", "SECRET=", "TOKEN=", "API_KEY=", "SECRET_ACCESS_KEY="]
        {
            let upper = l.to_ascii_uppercase();
            let Some(at) = upper.find(name) else { continue };
            let value = l.get(at + name.len()..).unwrap_or("").trim_matches(['"', '\'']);
            if !value.is_empty() && !value.starts_with(['$', '`', '<', '*']) {
                add("a variable", "password");
                break;
            }
        }
    }
}
