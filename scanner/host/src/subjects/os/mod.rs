//! `linux.os`: which distribution it is.

mod support;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::{Host, Output, Setting, Subject};

/// The subject.
pub(crate) static SUBJECT: Subject = Subject { name: "os", types: &["linux.os"], collect };

fn collect(host: &Host<'_>, out: &mut dyn Output) {
    // The file of `/etc` alone counts where both are there.
    let mut found = Ok(None);
    for path in ["/etc/os-release", "/usr/lib/os-release"] {
        found = host.text(path);
        if !matches!(found, Ok(None)) {
            break;
        }
    }
    let found = match found {
        Err(gap) => return out.listed("linux.os", Err(gap)),
        Ok(None) => return out.listed("linux.os", Ok(())),
        Ok(Some(found)) => found,
    };
    let mut values = BTreeMap::new();
    for (line, text) in (1_u32..).zip(found.text.lines().take(1000)) {
        let text = text.trim();
        if let Some((key, value)) = text.split_once('=').filter(|_| !text.starts_with('#')) {
            values.insert(key.to_owned(), (unquoted(value), line));
        }
    }
    let mut r = host.document("linux.os", "");
    for (facet, key, default) in [
        ("Id", "ID", Some("linux")),
        ("VersionId", "VERSION_ID", None),
        ("Codename", "VERSION_CODENAME", None),
        ("PrettyName", "PRETTY_NAME", Some("Linux")),
        ("IdLike", "ID_LIKE", None),
    ] {
        let value = match values.get(key) {
            Some((value, line)) => Setting::in_file(value.as_str(), &found.path, *line),
            None => {
                let default = default.map_or(Value::Null, Value::from);
                Setting::of(default, crate::Origin::Default)
            }
        };
        r.properties.insert(facet.to_owned(), value.json());
    }
    let word = |key: &str| values.get(key).map(|(v, _)| v.as_str()).unwrap_or_default();
    r.properties.insert("Family".to_owned(), json!(family(word("ID"), word("ID_LIKE"))));
    let version = values.get("VERSION_ID").map(|(v, _)| v.as_str());
    match support::of(host, word("ID"), version) {
        Ok(support) => {
            r.properties.insert("Support".to_owned(), support);
        }
        Err(gap) => r.lose("Support", gap),
    }
    out.put(r);
    out.listed("linux.os", Ok(()));
}

/// The value of an assignment as a shell reads it: quotes, and backslashes before special characters.
fn unquoted(value: &str) -> String {
    let value = value.trim();
    if let Some(inner) = value.strip_prefix('\'').and_then(|v| v.strip_suffix('\'')) {
        return inner.to_owned();
    }
    let inner = value.strip_prefix('"').and_then(|v| v.strip_suffix('"')).unwrap_or(value);
    let mut out = String::new();
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        if c == '\\' {
            out.extend(chars.next());
        } else {
            out.push(c);
        }
    }
    out
}

/// The family of a distribution.
fn family(id: &str, like: &str) -> &'static str {
    let all = std::iter::once(id).chain(like.split_whitespace());
    for word in all {
        match word {
            "debian" | "ubuntu" => return "debian",
            "rhel" | "fedora" | "centos" | "rocky" | "almalinux" | "ol" | "amzn" => return "rhel",
            "suse" | "sles" | "opensuse" | "opensuse-leap" | "opensuse-tumbleweed" => return "suse",
            "alpine" => return "alpine",
            "arch" => return "arch",
            _ => {}
        }
    }
    "other"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Memory, Standing};
    use assay_core::{Gap, Resource};

    struct Taken(Vec<Resource>);

    impl Output for Taken {
        fn put(&mut self, document: Resource) {
            self.0.push(document);
        }
        fn listed(&mut self, _: &'static str, result: Result<(), Gap>) {
            result.unwrap();
        }
    }

    #[test]
    fn the_file_of_etc_hides_the_other() {
        let mut m = Memory::new(Standing::AtRest);
        m.file("/usr/lib/os-release", "ID=debian\nVERSION_ID=\"12\"\n");
        m.file("/etc/os-release", "# x\nID='rocky'\nID_LIKE=\"rhel centos\"\n");
        let host = Host::new(&m, "h", assay_core::Timestamp::UNIX_EPOCH);
        let mut out = Taken(Vec::new());
        collect(&host, &mut out);
        let os = &out.0[0].properties;
        assert_eq!(os["Id"]["value"], "rocky");
        assert_eq!(os["Id"]["line"], 2);
        assert!(os["VersionId"]["value"].is_null());
        assert_eq!(os["Family"], "rhel");
    }
}
