//! Where a resource lies: a virtual path that code scanning accepts as a file.
//!
//! `cloud/<provider>/<account>/<region>/<type>/<name>`, percent-encoded, one path for each
//! resource. The file does not exist; path filters and stable alerts work all the same. What a file
//! of a host decides lies at `host/<name>/<file>`, the rest of a host at
//! `host/<name>/<subject>/<item>`.

use std::collections::HashMap;
use std::fmt::Write as _;

use assay_core::identity::sha256;
use assay_core::{Failure, Verdict};

/// Longest name that stays as it is; longer ones are cut and told apart by a digest.
const MAX_NAME: usize = 120;

/// Longest path on a host that stays as it is.
const MAX_PATH: usize = 600;
/// The provider whose accounts are hosts.
const HOST: &str = "linux";

/// The virtual path of a verdict's resource.
///
/// The name stands alone where it is the one thing that the id adds to account, region and type.
/// Otherwise (a security group's name, an IAM path, an odd or long name) a short digest of the id
/// follows it, so that two resources never share a path.
#[must_use]
pub fn resource_path(v: &Verdict) -> String {
    path(v, v.provider != HOST && !stands_alone(&v.resource, &v.name))
}

/// A path on a host: each step encoded, too long ones cut and told apart by a digest.
fn host_path(host: &str, path: &str, digest_of: Option<&String>) -> String {
    let mut out = String::from("host/");
    encode(host, false, &mut out);
    let cut: String = path.chars().take(MAX_PATH).collect();
    for step in cut.split('/').filter(|s| !s.is_empty()) {
        out.push('/');
        encode(step, false, &mut out);
    }
    let long = (cut.len() < path.len()).then_some(path);
    if let Some(id) = digest_of.map(String::as_str).or(long) {
        out.push('~');
        out.push_str(sha256(id.as_bytes()).get(..8).unwrap_or_default());
    }
    out
}

fn path(v: &Verdict, with_digest: bool) -> String {
    if v.provider == HOST {
        let prefix = format!("host:{}/", v.account);
        let item = v.resource.strip_prefix(&prefix).unwrap_or(&v.resource);
        return host_path(&v.account, item, with_digest.then_some(&v.resource));
    }
    let mut out = String::from("cloud");
    for (part, keep_colon) in
        [(&v.provider, false), (&v.account, false), (&v.region, false), (&v.kind, true)]
    {
        out.push('/');
        encode(part, keep_colon, &mut out);
    }
    out.push('/');
    let name: String = v.name.chars().take(MAX_NAME).collect();
    encode(&name, false, &mut out);
    if with_digest {
        out.push('~');
        out.push_str(sha256(v.resource.as_bytes()).get(..8).unwrap_or_default());
    }
    out
}

/// True if the id is `…:<name>`, `…:<word>/<name>` or `…:<word>:<name>`, and the name is short.
fn stands_alone(id: &str, name: &str) -> bool {
    if name.is_empty() || name == "." || name == ".." || name.chars().count() > MAX_NAME {
        return false;
    }
    let rest = id.strip_prefix("arn:").and_then(|r| r.splitn(5, ':').nth(4)).unwrap_or(id);
    if rest == name {
        return true;
    }
    rest.strip_suffix(name)
        .and_then(|w| w.strip_suffix(['/', ':']))
        .is_some_and(|word| !word.is_empty() && !word.contains(['/', ':']))
}

fn encode(part: &str, keep_colon: bool, out: &mut String) {
    if part.is_empty() || part == "." || part == ".." {
        out.push('_');
        return;
    }
    for b in part.bytes() {
        match b {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                out.push(char::from(b));
            }
            b':' if keep_colon => out.push(':'),
            _ => {
                let _ = write!(out, "%{b:02X}");
            }
        }
    }
}

/// The paths given out in one file: should two ids ever claim one path, the later gets a digest.
#[derive(Debug, Default)]
pub(super) struct Paths {
    owner: HashMap<String, String>,
}

impl Paths {
    /// The path of a failure: the file that decides it, which many resources may share, or that
    /// of the verdict's resource, never one of another resource.
    pub(super) fn of(&mut self, v: &Verdict, f: &Failure) -> String {
        if let (HOST, Some(place)) = (v.provider.as_str(), &f.place) {
            return host_path(&v.account, &place.file, None);
        }
        let wanted = resource_path(v);
        match self.owner.get(&wanted) {
            Some(id) if *id == v.resource => wanted,
            Some(_) => path(v, true),
            None => {
                self.owner.insert(wanted.clone(), v.resource.clone());
                wanted
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stands_alone_only_where_the_id_adds_nothing() {
        assert!(stands_alone("arn:aws:s3:::logs", "logs"));
        assert!(stands_alone("arn:aws:iam::1:user/ann", "ann"));
        assert!(stands_alone("arn:aws:rds:eu-west-1:1:db:main", "main"));
        assert!(!stands_alone("arn:aws:iam::1:role/team/ci", "ci"));
        assert!(!stands_alone("arn:aws:ec2:eu-west-1:1:security-group/sg-1", "web"));
        assert!(!stands_alone("arn:aws:s3:::..", ".."));
        let long = "x".repeat(300);
        assert!(!stands_alone(&format!("arn:aws:s3:::{long}"), &long));
    }

    #[test]
    fn files_of_hosts_are_paths() {
        let path = |p: &str| host_path("web-1", p, None);
        assert_eq!(
            path("/etc/ssh/sshd_config.d/50-x.conf"),
            "host/web-1/etc/ssh/sshd_config.d/50-x.conf"
        );
        assert_eq!(path("/srv/../a b/ü"), "host/web-1/srv/_/a%20b/%C3%BC");
        assert_eq!(path("/a\nb"), "host/web-1/a%0Ab");
        let long = path(&format!("/{}", "x/".repeat(2000)));
        assert!(long.len() < 700 && long.contains('~'));
    }

    #[test]
    fn odd_names_are_encoded() {
        let mut out = String::new();
        encode("a/b c%ü\u{202e}", false, &mut out);
        assert_eq!(out, "a%2Fb%20c%25%C3%BC%E2%80%AE");
    }
}
