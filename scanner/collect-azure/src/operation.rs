//! What a service may ask, declared: the name, the request and the permission that it needs.

use azure_core::http::{Method, Url};
use serde_json::Value;

use crate::Cloud;

/// Which API answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Api {
    /// Azure Resource Manager.
    Arm,
    /// Azure Resource Graph, which lies behind Resource Manager's host and has quotas of its own.
    ResourceGraph,
    /// Microsoft Graph.
    Graph,
}

/// One operation: everything that the pipeline lets through is an instance of one.
#[derive(Debug, PartialEq, Eq)]
pub struct Operation {
    /// What calls and gaps say: the RBAC action with `:` for its first `/`
    /// (`Microsoft.KeyVault:vaults/keys/read`), or `MicrosoftGraph:` and the path of the collection.
    pub name: &'static str,
    /// Which API answers.
    pub api: Api,
    /// Whether it is a POST that reads: Resource Graph, and actions named `list…`.
    pub post: bool,
    /// `/subscriptions/{subscription}/providers/…` or `{id}/…`, with a query after `?`. `{id}` is a
    /// whole ARM id and stands first; any other name in braces is one segment.
    pub path: &'static str,
    /// `api-version`; empty for Microsoft Graph, whose version is part of the path.
    pub version: &'static str,
    /// Application permissions of Microsoft Graph, of which one is enough; the smallest stands first.
    /// For Resource Manager the action is the name.
    pub needs: &'static [&'static str],
    /// Whether it needs no permission: everybody who has a token may ask.
    pub free: bool,
}

impl Operation {
    /// A GET of Resource Manager.
    #[must_use]
    pub const fn arm(name: &'static str, path: &'static str, version: &'static str) -> Self {
        Self { name, api: Api::Arm, post: false, path, version, needs: &[], free: false }
    }

    /// A POST of Resource Manager that lists what a GET leaves out. The last segment of its path
    /// must begin with `list`: anything else is refused.
    #[must_use]
    pub const fn arm_list_action(
        name: &'static str,
        path: &'static str,
        version: &'static str,
    ) -> Self {
        Self { name, api: Api::Arm, post: true, path, version, needs: &[], free: false }
    }

    /// A GET of Microsoft Graph, with the application permissions of which one is enough.
    #[must_use]
    pub const fn graph(
        name: &'static str,
        path: &'static str,
        needs: &'static [&'static str],
    ) -> Self {
        Self { name, api: Api::Graph, post: false, path, version: "", needs, free: false }
    }

    /// A query of Resource Graph.
    #[must_use]
    pub(crate) const fn resource_graph() -> Self {
        Self {
            name: "Microsoft.ResourceGraph:resources/read",
            api: Api::ResourceGraph,
            post: true,
            path: "/providers/Microsoft.ResourceGraph/resources",
            version: "2022-10-01",
            needs: &[],
            free: false,
        }
    }

    /// The same, where everybody who has a token may ask.
    #[must_use]
    pub const fn free(self) -> Self {
        Self { free: true, ..self }
    }

    /// The RBAC action that it needs, for Resource Manager and Resource Graph.
    #[must_use]
    pub fn action(&self) -> Option<String> {
        (self.api != Api::Graph && !self.free).then(|| self.name.replacen(':', "/", 1))
    }

    /// Whether it only reads: a GET, a query of Resource Graph, or an action that lists.
    #[must_use]
    pub fn reads(&self) -> bool {
        match (self.post, self.api) {
            (false, _) => true,
            (true, Api::ResourceGraph) => {
                self.path == "/providers/Microsoft.ResourceGraph/resources"
            }
            (true, Api::Arm) => {
                let last = self.template().0.rsplit('/').next().unwrap_or_default();
                last.starts_with("list") && self.name.to_ascii_lowercase().ends_with("/action")
            }
            (true, Api::Graph) => false,
        }
    }

    /// The HTTP method.
    #[must_use]
    pub const fn method(&self) -> Method {
        if self.post { Method::Post } else { Method::Get }
    }

    fn template(&self) -> (&'static str, &'static str) {
        self.path.split_once('?').unwrap_or((self.path, ""))
    }

    /// The address of an instance. Values come from an audited system: a segment cannot leave its
    /// place.
    ///
    /// # Errors
    /// A value is missing, or is no segment or id.
    pub fn url(&self, cloud: Cloud, params: &[(&str, &str)]) -> Result<Url, String> {
        let value = |name: &str| {
            let found = params.iter().find(|(n, _)| *n == name).map(|(_, v)| *v);
            found.filter(|v| !v.is_empty()).ok_or_else(|| format!("`{name}` is missing"))
        };
        let mut url = cloud.base(self.api).ok_or("the cloud has no address")?;
        let (path, query) = self.template();
        {
            let mut segments = url.path_segments_mut().map_err(|()| "the cloud has no address")?;
            segments.clear();
            for step in path.split('/').filter(|s| !s.is_empty()) {
                match placeholder(step) {
                    Some("id") => {
                        for part in value("id")?.split('/').filter(|s| !s.is_empty()) {
                            segments.push(segment(part)?);
                        }
                    }
                    Some(name) => {
                        let one = value(name)?;
                        if one.contains('/') {
                            return Err(format!("`{name}` is more than one segment"));
                        }
                        segments.push(segment(one)?);
                    }
                    None => {
                        segments.push(step);
                    }
                }
            }
        }
        if !query.is_empty() {
            let mut pairs = url.query_pairs_mut();
            for pair in query.split('&') {
                let (key, text) = pair.split_once('=').unwrap_or((pair, ""));
                pairs.append_pair(key, &filled(text, &value)?);
            }
        }
        if !self.version.is_empty() {
            url.query_pairs_mut().append_pair("api-version", self.version);
        }
        Ok(url)
    }

    /// Whether a request is an instance of this operation: method, host and path.
    #[must_use]
    pub fn covers(&self, cloud: Cloud, method: Method, url: &Url) -> bool {
        self.reads()
            && method == self.method()
            && url.scheme() == "https"
            && url.port().is_none()
            && url.username().is_empty()
            && url.host_str() == Some(cloud.host(self.api))
            && self.covers_path(url.path())
    }

    /// The version of Microsoft Graph that answers: the first segment of the path.
    fn graph_version(&self) -> Option<&'static str> {
        let (first, _) = self.path.strip_prefix('/')?.split_once('/')?;
        (self.api == Api::Graph && !self.post).then_some(first)
    }

    /// The address that takes several instances in one request, for Microsoft Graph.
    pub(crate) fn batch(&self, cloud: Cloud) -> Option<Url> {
        let mut url = cloud.base(self.api)?;
        url.set_path(&format!("/{}/$batch", self.graph_version()?));
        Some(url)
    }

    /// The address of an instance as a batch names it: what follows the version.
    pub(crate) fn in_batch(&self, address: &Url) -> Option<String> {
        let path = address.path().strip_prefix(&format!("/{}", self.graph_version()?))?;
        Some(address.query().map_or_else(|| path.to_owned(), |query| format!("{path}?{query}")))
    }

    /// Whether a request is a batch of instances of this operation and of nothing else.
    pub(crate) fn covers_batch(
        &self,
        cloud: Cloud,
        method: Method,
        url: &Url,
        body: &[u8],
    ) -> bool {
        let (Some(version), true) = (self.graph_version(), method == Method::Post) else {
            return false;
        };
        if self.batch(cloud).as_ref() != Some(url) {
            return false;
        }
        let inner = |one: &Value| {
            let text = |name: &str| one.get(name).and_then(Value::as_str);
            let known = |key: &String| ["id", "method", "url"].contains(&key.as_str());
            let plain = one.as_object().is_some_and(|o| o.keys().all(known));
            let base = format!("https://{}/{version}", cloud.host(self.api));
            let address = text("url").filter(|u| u.starts_with('/'));
            let address = address.and_then(|u| Url::parse(&format!("{base}{u}")).ok());
            plain
                && text("method") == Some("GET")
                && address.is_some_and(|a| self.covers(cloud, Method::Get, &a))
        };
        let body: Option<Value> = serde_json::from_slice(body).ok();
        let Some(Value::Object(body)) = body else { return false };
        let requests = body.get("requests").and_then(Value::as_array);
        body.len() == 1 && requests.is_some_and(|all| !all.is_empty() && all.iter().all(inner))
    }

    fn covers_path(&self, path: &str) -> bool {
        let mut wanted: Vec<&str> =
            self.template().0.split('/').filter(|s| !s.is_empty()).collect();
        let mut have: Vec<&str> = path.split('/').filter(|s| !s.is_empty()).collect();
        if wanted.first().is_some_and(|s| *s == "{id}") {
            wanted.remove(0);
            let Some(extra) = have.len().checked_sub(wanted.len()).filter(|n| *n > 0) else {
                return false;
            };
            have.drain(..extra);
        }
        wanted.len() == have.len()
            && wanted
                .iter()
                .zip(have)
                .all(|(w, h)| placeholder(w).is_some() || w.eq_ignore_ascii_case(h))
    }
}

fn placeholder(step: &str) -> Option<&str> {
    step.strip_prefix('{')?.strip_suffix('}')
}

fn segment(text: &str) -> Result<&str, String> {
    match text {
        "." | ".." => Err("a name of dots cannot be asked for".to_owned()),
        _ => Ok(text),
    }
}

/// The text of a query's value with its placeholders filled.
fn filled<'v>(
    text: &str,
    value: &impl Fn(&str) -> Result<&'v str, String>,
) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').ok_or("a brace is not closed")?;
        out.push_str(before);
        out.push_str(value(name)?);
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEYS: Operation =
        Operation::arm("Microsoft.KeyVault:vaults/keys/read", "{id}/keys", "2023-07-01");
    const USERS: Operation =
        Operation::graph("MicrosoftGraph:users", "/v1.0/users?$top=999", &["User.Read.All"]);
    const VAULT: &str = "/subscriptions/s/resourceGroups/r g/providers/Microsoft.KeyVault/vaults/v";

    fn url(op: &Operation, params: &[(&str, &str)]) -> String {
        op.url(Cloud::Public, params).unwrap().to_string()
    }

    #[test]
    fn addresses_are_made_of_templates() {
        assert_eq!(
            url(&KEYS, &[("id", VAULT)]),
            "https://management.azure.com/subscriptions/s/resourceGroups/r%20g/providers/\
             Microsoft.KeyVault/vaults/v/keys?api-version=2023-07-01"
        );
        assert_eq!(url(&USERS, &[]), "https://graph.microsoft.com/v1.0/users?%24top=999");
        let op =
            Operation::arm("X:y/read", "/subscriptions/{subscription}/x?$filter=a eq '{b}'", "1");
        assert_eq!(
            url(&op, &[("subscription", "s"), ("b", "c&d")]),
            "https://management.azure.com/subscriptions/s/x?%24filter=a+eq+%27c%26d%27&api-version=1"
        );
    }

    #[test]
    fn a_hostile_name_stays_a_segment() {
        let asked = url(&KEYS, &[("id", "/subscriptions/s/a?b#c%2f..")]);
        assert!(asked.contains("/a%3Fb%23c%252f../keys?"), "{asked}");
        assert!(KEYS.url(Cloud::Public, &[("id", "/a/../b")]).is_err());
        let one = Operation::arm("X:y/read", "/subscriptions/{subscription}/x", "1");
        assert!(one.url(Cloud::Public, &[("subscription", "a/b")]).is_err());
        assert!(one.url(Cloud::Public, &[]).is_err());
    }

    #[test]
    fn only_instances_are_covered() {
        let covers = |op: &Operation, method, text: &str| {
            op.covers(Cloud::Public, method, &Url::parse(text).unwrap())
        };
        let whole = url(&KEYS, &[("id", VAULT)]);
        assert!(covers(&KEYS, Method::Get, &whole));
        assert!(covers(&KEYS, Method::Get, &whole.to_uppercase().replace("HTTPS", "https")));
        assert!(covers(&KEYS, Method::Get, &whole.replace(".com/", ".com:443/")));
        for method in [Method::Post, Method::Put, Method::Delete, Method::Patch, Method::Head] {
            assert!(!covers(&KEYS, method, &whole), "{method}");
        }
        for other in [
            whole.replace("management.azure.com", "evil.example"),
            whole.replace("https:", "http:"),
            whole.replace(".com/", ".com:8443/"),
            whole.replace(".com/", ".com@evil.example/"),
            whole.replace("/keys?", "/secrets?"),
            "https://management.azure.com/keys".to_owned(),
        ] {
            assert!(!covers(&KEYS, Method::Get, &other), "{other}");
        }
    }

    #[test]
    fn a_batch_holds_instances_and_nothing_else() {
        use serde_json::json;
        const OWNERS: Operation =
            Operation::graph("MicrosoftGraph:x/owners", "/v1.0/x/{id2}/owners?$top=9", &["A"]);
        let at = OWNERS.batch(Cloud::Public).unwrap();
        assert_eq!(at.as_str(), "https://graph.microsoft.com/v1.0/$batch");
        assert_eq!(KEYS.batch(Cloud::Public), None);
        let whole = OWNERS.url(Cloud::Public, &[("id2", "a?b")]).unwrap();
        let inner = OWNERS.in_batch(&whole).unwrap();
        assert_eq!(inner, "/x/a%3Fb/owners?%24top=9");
        let one = json!({"id": "0", "method": "GET", "url": inner});
        let covers = |method, url: &Url, body: &Value| {
            OWNERS.covers_batch(Cloud::Public, method, url, body.to_string().as_bytes())
        };
        let good = json!({"requests": [one, one]});
        assert!(covers(Method::Post, &at, &good));
        assert!(!covers(Method::Get, &at, &good) && !covers(Method::Post, &whole, &good));
        let beta = Url::parse("https://graph.microsoft.com/beta/$batch").unwrap();
        assert!(!covers(Method::Post, &beta, &good));
        let with = |key: &str, value: Value| {
            let mut bad = one.clone();
            bad[key] = value;
            json!({"requests": [one, bad]})
        };
        for bad in [
            with("method", json!("DELETE")),
            with("method", json!("get")),
            with("url", json!("/x/a")),
            with("url", json!("/x/a/../b/owners")),
            with("url", json!("https://evil.example/x/a/owners")),
            with("url", json!("@evil.example/v1.0/x/a/owners")),
            with("body", json!({})),
            with("headers", json!({})),
            json!({"requests": []}),
            json!({"requests": [one], "more": 1}),
            json!([one]),
        ] {
            // An address that leads up lands on what it leads to, or nowhere.
            let lands = bad["requests"][1]["url"] == "/x/a/../b/owners";
            assert_eq!(covers(Method::Post, &at, &bad), lands, "{bad}");
        }
    }

    #[test]
    fn a_post_reads_only_where_it_lists() {
        let post = Operation::arm_list_action;
        assert!(Operation::resource_graph().reads());
        assert!(post("Microsoft.Web:sites/config/list/action", "{id}/config/x/list", "1").reads());
        assert!(!post("Microsoft.Web:sites/restart/action", "{id}/restart", "1").reads());
        assert!(!post("Microsoft.Web:sites/write", "{id}/listeners", "1").reads());
    }
}
