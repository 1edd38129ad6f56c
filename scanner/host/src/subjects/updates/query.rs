//! Single answers, for tests against the programs themselves.

use std::cmp::Ordering;

use super::apt::Conf;
use super::version;
use crate::{Host, packages};

/// Every option of apt's merged configuration, in the order and the words of `apt-config dump`: name
/// and value. `Err`: apt refuses the configuration, at this file and line.
///
/// # Errors
/// See above.
pub fn apt_options(host: &Host<'_>) -> Result<Vec<(String, String)>, String> {
    let conf = Conf::load(host);
    match (&conf.refused, &conf.gap) {
        (Some((at, why)), _) => Err(format!("{}:{}: {why}", at.file.display(), at.line)),
        (None, Some(gap)) => Err(gap.detail.clone()),
        (None, None) => Ok(conf.dump()),
    }
}

/// The order of two versions of Debian packages, as `dpkg --compare-versions` has it.
#[must_use]
pub fn debian_order(a: &str, b: &str) -> Ordering {
    version::compare(a, b)
}

/// The order of two versions of rpm packages, `epoch:version-release`.
#[must_use]
pub fn rpm_order(a: &str, b: &str) -> Ordering {
    packages::rpm::version::compare(a, b)
}

/// The order of two versions of apk packages, as `apk version -t` has it.
#[must_use]
pub fn apk_order(a: &str, b: &str) -> Ordering {
    packages::apk::compare(a, b)
}
