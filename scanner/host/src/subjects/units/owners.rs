//! Which package a file comes from.

use std::collections::BTreeMap;
use std::path::Path;

use crate::Host;
use crate::packages;

/// Files of packages, as far as units, scripts and generators go.
#[derive(Debug)]
pub(crate) struct Owners {
    files: Option<BTreeMap<String, String>>,
}

/// Most package lists that are read.
const MAX_LISTS: usize = 50_000;

impl Owners {
    /// Reads the database of dpkg, rpm or apk. A host with none that can be read: nothing is known.
    pub(crate) fn load(host: &Host<'_>) -> Self {
        Self { files: dpkg(host).or_else(|| other(host)) }
    }

    /// Whether a database was read.
    pub(crate) const fn knows(&self) -> bool {
        self.files.is_some()
    }

    /// The package of a file.
    pub(crate) fn of(&self, path: &Path) -> Option<&str> {
        let files = self.files.as_ref()?;
        files.get(&key(&path.display().to_string())).map(String::as_str)
    }
}

/// Where `/lib` and `/usr/lib` are one directory, packages may name either.
fn key(path: &str) -> String {
    path.strip_prefix("/usr").filter(|p| p.starts_with("/lib/")).unwrap_or(path).to_owned()
}

fn wanted(path: &str) -> bool {
    ["/systemd/", "/etc/init.d/", "/etc/xinetd.d/"].iter().any(|part| path.contains(part))
}

/// `/var/lib/dpkg/info/<package>.list`: one path in each line.
fn dpkg(host: &Host<'_>) -> Option<BTreeMap<String, String>> {
    let root = host.root();
    let info = Path::new("/var/lib/dpkg/info");
    let mut out = BTreeMap::new();
    let names = root.list(info).ok()?;
    let mut any = false;
    for name in names.iter().take(MAX_LISTS) {
        let Some(package) = name.to_str().and_then(|n| n.strip_suffix(".list")) else { continue };
        // A database that cannot be read whole answers nothing.
        let text = root.read(&info.join(name)).ok()?;
        any = true;
        let package = package.split(':').next().unwrap_or(package);
        for line in String::from_utf8_lossy(&text).lines().filter(|l| wanted(l)) {
            out.insert(key(line), package.to_owned());
        }
    }
    any.then_some(out)
}

/// The database of rpm or apk.
fn other(host: &Host<'_>) -> Option<BTreeMap<String, String>> {
    let database = packages::database(host).ok()??;
    let mut out = BTreeMap::new();
    database.files.each(&mut |file| {
        if wanted(file.path)
            && let Some(package) = database.packages.get(file.package)
        {
            out.insert(key(file.path), package.name.clone());
        }
    });
    Some(out)
}
