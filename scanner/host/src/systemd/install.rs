//! What `systemctl is-enabled` says.

use super::files::Entry;
use super::unit::{Load, Source};
use super::{Units, name};

/// The state of a unit's files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Enablement {
    /// Links of its `[Install]` section are there.
    Enabled,
    /// It has an `[Install]` section, but no link of it.
    Disabled,
    /// It has nothing to install.
    Static,
    /// It only installs others (`Also=`).
    Indirect,
    /// It is another name of a unit.
    Alias,
    /// Its file lies elsewhere.
    Linked,
    /// It is masked.
    Masked,
    /// A generator makes it from a script.
    Generated,
    /// There is no such unit.
    NotFound,
}

impl Enablement {
    /// The word of `systemctl`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Enabled => "enabled",
            Self::Disabled => "disabled",
            Self::Static => "static",
            Self::Indirect => "indirect",
            Self::Alias => "alias",
            Self::Linked => "linked",
            Self::Masked => "masked",
            Self::Generated => "generated",
            Self::NotFound => "not-found",
        }
    }
}

pub(super) fn of(units: &Units, wanted: &str) -> Enablement {
    let unit = units.unit(wanted);
    let own = units.files.names.get(wanted).and_then(|all| all.first());
    match (&unit.load, own) {
        (_, Some((_, Entry::Alias(_)))) if !matches!(unit.load, Load::NotFound) => {
            return Enablement::Alias;
        }
        (Load::Masked(_), _) => return Enablement::Masked,
        (Load::NotFound, _) => return Enablement::NotFound,
        _ => {}
    }
    if unit.source == Source::Script {
        return Enablement::Generated;
    }
    let aliases = unit.install("Alias");
    let instance = unit.install("DefaultInstance").pop();
    let known = |link: &str| {
        link == wanted
            || aliases.iter().any(|a| a == link)
            || name::is_template(wanted)
                && name::template(link).as_deref() == Some(wanted)
                && instance.as_ref().is_none_or(|i| name::instantiate(wanted, i) == link)
    };
    let config = std::path::Path::new("/etc/systemd/system");
    let mut vendor = false;
    for (path, target) in units.files.links() {
        let Some(base) = path.file_name().and_then(|n| n.to_str()) else { continue };
        if (base == wanted || target == wanted) && known(base) {
            if path.starts_with(config) {
                return Enablement::Enabled;
            }
            vendor = true;
        }
    }
    let by_alias = aliases.iter().any(|a| {
        units.files.names.get(a).into_iter().flatten().any(|(path, entry)| {
            path.starts_with(config) && *entry == Entry::Alias(wanted.to_owned())
        })
    });
    if by_alias {
        return Enablement::Enabled;
    }
    if vendor && name::template(wanted).is_some() {
        return Enablement::Static;
    }
    if let Some((_, Entry::File { linked: true, .. })) = own {
        return Enablement::Linked;
    }
    let installs = ["WantedBy", "RequiredBy", "UpheldBy", "Alias"];
    if installs.iter().any(|k| !unit.install(k).is_empty()) {
        Enablement::Disabled
    } else if !unit.install("Also").is_empty() {
        Enablement::Indirect
    } else {
        Enablement::Static
    }
}
