//! rsyslog's configuration put together: includes in place, settings in the order in which they are
//! read, actions with what was in force when they were met. From rsyslog.conf(5).

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use assay_core::Gap;

use super::include::{MAX_FILES, expand};
use super::syntax::{Filter, Statement, What};
use crate::Host;
use crate::systemd::Place;

/// What an action does.
#[derive(Debug, Clone)]
pub(super) enum Act {
    /// Writes a file: path or template, the mode of a new one, and what decides it.
    File(String, u32, Place),
    /// Sends to another host: how, where.
    Forward(String, String),
    Discard,
    Other,
}

/// A ruleset's inside.
#[derive(Debug, Clone)]
pub(super) enum Flow {
    Filter(Filter, Vec<Self>),
    Act(Act, Place),
    Call(String),
    Stop,
}

/// A port that takes messages from the network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Input {
    pub(super) module: String,
    pub(super) protocol: &'static str,
    pub(super) port: String,
    pub(super) address: String,
    pub(super) place: Place,
}

/// Everything that is configured.
#[derive(Debug, Default)]
pub(super) struct Config {
    pub(super) rulesets: BTreeMap<String, Vec<Flow>>,
    pub(super) default: String,
    /// Rulesets that inputs hand their messages to.
    pub(super) bound: BTreeSet<String>,
    pub(super) inputs: Vec<Input>,
    pub(super) modules: BTreeSet<String>,
    /// The last umask.
    pub(super) umask: Option<u32>,
    mode: (u32, Option<Place>),
    module_mode: Option<(u32, Place)>,
    current: String,
    address: String,
    narrow: bool,
    /// Actions of old that follow are for when the one before them does not work.
    standby: bool,
}

/// The ruleset of old.
const DEFAULT: &str = "RSYSLOG_DefaultRuleset";
/// Reads a configuration. `None`: there is no such file.
pub(super) fn read(host: &Host<'_>, path: &Path) -> Result<Option<Config>, Gap> {
    let Some(found) = host.text(path)? else { return Ok(None) };
    let mut left = MAX_FILES;
    let statements = expand(host, path, &found.text, 0, &mut left)?;
    let mut out = Config {
        default: DEFAULT.to_owned(),
        current: DEFAULT.to_owned(),
        mode: (0o644, None),
        ..Config::default()
    };
    let flows = out.define(&statements);
    out.add(flows);
    Ok(Some(out))
}

/// A mode or mask as the directives take it: octal behind a zero.
fn octal(text: &str) -> Option<u32> {
    let text = text.trim();
    (text.starts_with('0') && text.len() <= 5).then(|| u32::from_str_radix(text, 8).ok()).flatten()
}

/// Whether a switch is on.
fn on(text: &str) -> bool {
    text.eq_ignore_ascii_case("on")
}

impl Config {
    fn add(&mut self, flows: Vec<Flow>) {
        let current = self.current.clone();
        self.rulesets.entry(current).or_default().extend(flows);
    }

    /// Goes through statements in order.
    fn define(&mut self, statements: &[Statement]) -> Vec<Flow> {
        let mut out = Vec::new();
        for Statement { place, what } in statements {
            match what {
                What::Directive(name, value) if name == "ruleset" => {
                    let done = std::mem::take(&mut out);
                    self.add(done);
                    value.clone_into(&mut self.current);
                }
                What::Directive(name, value) => self.directive(name, value, place),
                What::Object(name, values) => out.extend(self.object(name, values, place)),
                What::Ruleset(name, inner) => {
                    let flows = self.define(inner);
                    self.rulesets.entry(name.clone()).or_default().extend(flows);
                }
                What::Filter(filter, inner) => {
                    let flows = self.define(inner);
                    let filter = match filter {
                        Filter::Selector(_) if self.narrow => {
                            Filter::Other("$programname".to_owned())
                        }
                        other => other.clone(),
                    };
                    out.push(Flow::Filter(filter, flows));
                }
                What::Action(text) => out.push(Flow::Act(self.legacy(text, place), place.clone())),
                What::Call(name) => out.push(Flow::Call(name.clone())),
                What::Stop => out.push(Flow::Stop),
            }
        }
        out
    }

    fn directive(&mut self, name: &str, value: &str, place: &Place) {
        let word = value.split_whitespace().next().unwrap_or("").trim_matches('"');
        let input = match name {
            "filecreatemode" => {
                if let Some(mode) = octal(word) {
                    self.mode = (mode, Some(place.clone()));
                }
                return;
            }
            "actionexeconlywhenpreviousissuspended" => {
                self.standby = on(word);
                return;
            }
            "resetconfigvariables" => {
                self.mode = (0o644, None);
                self.standby = false;
                self.address.clear();
                return;
            }
            "umask" => {
                self.umask = octal(word).or(self.umask);
                return;
            }
            "defaultruleset" => return word.clone_into(&mut self.default),
            "modload" => {
                let name = word.rsplit('/').next().unwrap_or(word);
                self.modules.insert(name.trim_end_matches(".so").to_ascii_lowercase());
                return;
            }
            "udpserveraddress" => return word.clone_into(&mut self.address),
            "bsd" => {
                self.narrow = !matches!(value.trim_start_matches(['!', '+', '-']).trim(), "" | "*");
                return;
            }
            "inputudpserverbindruleset"
            | "inputtcpserverbindruleset"
            | "inputrelpserverbindruleset"
            | "inputptcpserverbindruleset" => {
                self.bound.insert(word.to_owned());
                return;
            }
            "udpserverrun" => ("imudp", "udp"),
            "inputtcpserverrun" => ("imtcp", "tcp"),
            "inputptcpserverrun" => ("imptcp", "tcp"),
            "inputrelpserverrun" => ("imrelp", "tcp"),
            "inputgssserverrun" => ("imgssapi", "tcp"),
            _ => return,
        };
        let address = if input.0 == "imudp" { self.address.clone() } else { String::new() };
        self.inputs.push(Input {
            module: input.0.to_owned(),
            protocol: input.1,
            port: word.to_owned(),
            address,
            place: place.clone(),
        });
    }

    fn object(
        &mut self,
        name: &str,
        values: &BTreeMap<String, String>,
        place: &Place,
    ) -> Option<Flow> {
        let get = |key: &str| values.get(key).map(String::as_str);
        match name {
            "module" => {
                let load = get("load").unwrap_or("").to_ascii_lowercase();
                let load =
                    load.rsplit('/').next().unwrap_or(&load).trim_end_matches(".so").to_owned();
                if load == "builtin:omfile"
                    && let Some(mode) = get("filecreatemode").and_then(octal)
                {
                    self.module_mode = Some((mode, place.clone()));
                }
                self.modules.insert(load);
            }
            "global" => self.umask = get("umask").and_then(octal).or(self.umask),
            "input" => {
                let kind = get("type").unwrap_or("").to_ascii_lowercase();
                self.bound.extend(get("ruleset").map(str::to_owned));
                let protocol = match kind.as_str() {
                    "imudp" | "imdtls" => "udp",
                    "imtcp" | "imptcp" | "imrelp" | "imgssapi" | "imhttp" => "tcp",
                    _ => return None,
                };
                // imptcp can listen to a path instead.
                let port = get("port").or(get("ports"));
                let port = port.or((kind == "imudp").then_some("514"))?;
                let address = get("address").unwrap_or("").to_owned();
                for port in port.split_whitespace() {
                    self.inputs.push(Input {
                        module: kind.clone(),
                        protocol,
                        port: port.to_owned(),
                        address: address.clone(),
                        place: place.clone(),
                    });
                }
            }
            "action" => return Some(Flow::Act(self.action(values, place), place.clone())),
            _ => {}
        }
        None
    }

    fn action(&self, values: &BTreeMap<String, String>, place: &Place) -> Act {
        let get = |key: &str| values.get(key).map(String::as_str);
        let kind = get("type").unwrap_or("").to_ascii_lowercase();
        if kind == "omfile" {
            let path = get("file").or(get("dynafile")).unwrap_or("").to_owned();
            let own = get("filecreatemode").and_then(octal).map(|m| (m, place.clone()));
            let (mode, by) = own.or(self.module_mode.clone()).unwrap_or((0o644, place.clone()));
            return Act::File(path, mode, by);
        }
        // Nothing reaches it while the one before it works.
        if get("action.execonlywhenpreviousissuspended").is_some_and(on) {
            return Act::Other;
        }
        let target = ["target", "server", "broker", "host", "uri", "brokers"];
        let target = target.iter().find_map(|k| get(k)).unwrap_or("").to_owned();
        let sends = [
            "omfwd",
            "omrelp",
            "omelasticsearch",
            "omkafka",
            "omhttp",
            "omgssapi",
            "omudpspoof",
            "omhiredis",
            "omamqp1",
            "omrabbitmq",
            "omazureeventhubs",
            "omclickhouse",
            "ommongodb",
            "omdtls",
            "omsplunkhec",
        ];
        match kind.as_str() {
            "omdiscard" => Act::Discard,
            kind if sends.contains(&kind) => Act::Forward(kind.to_owned(), target),
            _ => Act::Other,
        }
    }

    /// An action of old.
    fn legacy(&self, text: &str, place: &Place) -> Act {
        let text = text.trim();
        if let Some(rest) = text.strip_prefix('@') {
            let (how, rest) = rest.strip_prefix('@').map_or(("udp", rest), |r| ("tcp", r));
            let rest = match rest.strip_prefix('(') {
                Some(options) => options.split_once(')').map_or("", |(_, r)| r),
                None => rest,
            };
            if self.standby {
                return Act::Other;
            }
            let host = match rest.trim().strip_prefix('[') {
                Some(six) => six.split(']').next().unwrap_or(""),
                None => rest.split([':', ';', ' ', '\t']).find(|w| !w.is_empty()).unwrap_or(""),
            };
            return Act::Forward(how.to_owned(), host.to_owned());
        }
        if let (Some(rest), false) = (text.strip_prefix(":omrelp:"), self.standby) {
            let host = rest.trim_start_matches('[').split([':', ';', ']']).next().unwrap_or("");
            return Act::Forward("omrelp".to_owned(), host.to_owned());
        }
        if text == "~" {
            return Act::Discard;
        }
        let body = text.strip_prefix('-').unwrap_or(text);
        let dynamic = body.strip_prefix('?');
        if dynamic.is_some() || body.starts_with('/') {
            let path = dynamic.unwrap_or(body).split(';').next().unwrap_or("").trim();
            let by = self.mode.1.clone().unwrap_or_else(|| place.clone());
            return Act::File(path.to_owned(), self.mode.0, by);
        }
        Act::Other
    }
}
