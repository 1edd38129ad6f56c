//! apt: its configuration, its sources, its lists, and what `unattended-upgrades` makes of them.

mod automatic;
mod conf;
mod lists;
mod origins;
mod pattern;
mod pins;
mod release;
mod sources;
mod unsigned;
mod words;

use assay_core::Gap;

pub(super) use automatic::automatic;
pub(crate) use conf::Conf;
pub(super) use lists::{List, lists};
pub(super) use sources::{Source, Sources};
pub(super) use unsigned::unsigned;

use super::problem::Problem;
use crate::Host;

/// Everything that apt is told.
#[derive(Debug)]
pub(super) struct Apt {
    /// Its configuration.
    pub(super) conf: Conf,
    /// Its sources.
    pub(super) sources: Result<Sources, Gap>,
}

/// Reads it. `None`: there is no apt.
///
/// # Errors
/// What cannot be read.
pub(super) fn load(host: &Host<'_>) -> Result<Option<Apt>, Gap> {
    let mut there = false;
    for path in
        ["/usr/bin/apt-get", "/usr/bin/apt", "/etc/apt/sources.list", "/etc/apt/sources.list.d"]
    {
        there = there || host.stat(path)?.is_some();
    }
    if !there {
        return Ok(None);
    }
    let conf = Conf::load(host);
    let sources = sources::load(host, &conf);
    Ok(Some(Apt { conf, sources }))
}

/// A problem where a value was set.
fn at(why: impl Into<String>, value: &conf::Value) -> Problem {
    let place = value.at.as_ref();
    Problem { why: why.into(), place: place.map(|at| (at.file.display().to_string(), at.line)) }
}
