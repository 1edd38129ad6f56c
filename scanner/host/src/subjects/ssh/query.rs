//! The answer for one connection: what `sshd -T -C` prints.

use std::collections::BTreeMap;

use serde_json::Value;

use super::algorithm::Version;
use super::criterion::Connection;
use super::effective::Server;
use super::keyword::KEYWORDS;
use super::load::Config;
use crate::Host;

/// A connection, as `sshd -C` takes it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query {
    /// The configuration file.
    pub config: String,
    /// The user.
    pub user: String,
    /// The names of the user's groups.
    pub groups: Vec<String>,
    /// The client's host name.
    pub host: String,
    /// The client's address.
    pub address: String,
    /// The server's address.
    pub local_address: String,
    /// The server's port.
    pub local_port: u16,
    /// Major and minor version of OpenSSH.
    pub version: (u32, u32),
}

/// Every keyword's value for a connection, as `linux.sshd` documents hold values. `sshd -T -C` is
/// the program's own form of it.
///
/// # Errors
/// What makes sshd refuse the configuration; one line for each fault.
pub fn sshd_answer(host: &Host<'_>, query: &Query) -> Result<BTreeMap<String, Value>, Vec<String>> {
    let config = Config::read(host, &query.config).map_err(|gap| vec![gap.detail])?;
    let config = config.ok_or_else(|| vec![format!("{}: there is none", query.config)])?;
    let version = Some(Version(query.version.0, query.version.1));
    let server = Server { config: &config, command: &[], version, patched: &[] };
    let mut faults: Vec<String> = config.problems.iter().map(|p| p.what.clone()).collect();
    faults.extend(config.statements.iter().filter_map(|s| server.value(s).err()));
    if !faults.is_empty() {
        return Err(faults);
    }
    let connection = Connection {
        user: query.user.clone(),
        groups: query.groups.clone(),
        root: Some(query.user == "root"),
        host: query.host.clone(),
        address: query.address.clone(),
        local_address: query.local_address.clone(),
        local_port: query.local_port,
        domain: String::new(),
    };
    let active: Vec<bool> = config.blocks.iter().map(|b| b.takes(&connection)).collect();
    let answers = KEYWORDS.iter().map(|k| (k.name.to_owned(), server.decide(k, &active).value));
    Ok(answers.collect())
}
