//! Files of packages, close together: a server has a hundred thousand of them.

use std::collections::HashMap;

/// What a package records of a file's content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Digest<'a> {
    /// MD5.
    Md5(&'a [u8]),
    /// SHA-1.
    Sha1(&'a [u8]),
    /// SHA-2, by its length: 224, 256, 384 or 512 bits.
    Sha2(&'a [u8]),
    /// One by an algorithm of this number of RFC 4880, which is not computed.
    Other(u8),
}

/// A file as its package describes it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct File<'a> {
    /// Its path.
    pub(crate) path: &'a str,
    /// The place of its package.
    pub(crate) package: usize,
    /// Permission bits and SUID, SGID, sticky. `None`: the database does not say.
    pub(crate) mode: Option<u16>,
    /// Its capabilities, in the words of `cap_to_text(3)`; empty: none. `None`: the database does not
    /// say.
    pub(crate) capabilities: Option<&'a str>,
    /// Its content, of a regular file that is to stay as it is.
    pub(crate) digest: Option<Digest<'a>>,
}

/// What is kept of a file.
#[derive(Debug, Clone, Copy)]
struct Kept {
    directory: u32,
    name: u32,
    length: u16,
    mode: u16,
    package: u32,
    digest: u32,
    algorithm: u8,
}

/// A mode that is not known.
const NO_MODE: u16 = u16::MAX;

/// The files of all packages.
#[derive(Debug, Default)]
pub(crate) struct Files {
    directories: Vec<String>,
    by_name: HashMap<String, u32>,
    names: String,
    digests: Vec<u8>,
    kept: Vec<Kept>,
    /// Capabilities by the place of their file.
    capabilities: HashMap<usize, String>,
    /// Whether the database says which file has which.
    tells_capabilities: bool,
}

impl Files {
    /// No files yet.
    pub(super) fn new(tells_capabilities: bool) -> Self {
        Self { tells_capabilities, ..Self::default() }
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.kept.len()
    }

    /// The number of a directory; its name ends with a slash.
    pub(super) fn directory(&mut self, name: &str) -> Option<u32> {
        if let Some(number) = self.by_name.get(name) {
            return Some(*number);
        }
        let number = u32::try_from(self.directories.len()).ok()?;
        self.directories.push(name.to_owned());
        self.by_name.insert(name.to_owned(), number);
        Some(number)
    }

    /// Adds a file in a directory. `None`: there are too many.
    pub(super) fn add(
        &mut self,
        directory: u32,
        name: &str,
        package: usize,
        mode: Option<u16>,
    ) -> Option<()> {
        self.kept.push(Kept {
            directory,
            name: u32::try_from(self.names.len()).ok()?,
            length: u16::try_from(name.len()).ok()?,
            mode: mode.unwrap_or(NO_MODE),
            package: u32::try_from(package).ok()?,
            digest: 0,
            algorithm: 0,
        });
        self.names.push_str(name);
        Some(())
    }

    /// Changes the mode of the file that was added last.
    pub(super) fn set_mode(&mut self, mode: u16) {
        if let Some(last) = self.kept.last_mut() {
            last.mode = mode;
        }
    }

    /// Gives the file that was added last a digest, by the number of its algorithm in RFC 4880.
    pub(super) fn set_digest(&mut self, algorithm: u8, digest: &[u8]) -> Option<()> {
        let from = u32::try_from(self.digests.len()).ok()?;
        if let Some(last) = self.kept.last_mut() {
            (last.digest, last.algorithm) = (from, algorithm);
            self.digests.extend(digest);
        }
        Some(())
    }

    /// Gives the file that was added last capabilities.
    pub(super) fn set_capabilities(&mut self, text: &str) {
        if let Some(last) = self.kept.len().checked_sub(1) {
            self.capabilities.insert(last, text.to_owned());
        }
    }

    /// Says that no more come.
    pub(super) fn done(&mut self) {
        self.by_name = HashMap::new();
        self.kept.shrink_to_fit();
        self.names.shrink_to_fit();
        self.digests.shrink_to_fit();
    }

    /// Hands on every file.
    pub(crate) fn each(&self, take: &mut dyn FnMut(&File<'_>)) {
        let mut path = String::new();
        for (place, kept) in self.kept.iter().enumerate() {
            let number = |n: u32| usize::try_from(n).unwrap_or(usize::MAX);
            let from = number(kept.name);
            let name = self.names.get(from..from + usize::from(kept.length)).unwrap_or("");
            path.clear();
            path.push_str(self.directories.get(number(kept.directory)).map_or("", |d| d));
            path.push_str(name);
            let capabilities = self.capabilities.get(&place).map(String::as_str);
            take(&File {
                path: &path,
                package: number(kept.package),
                mode: (kept.mode != NO_MODE).then_some(kept.mode),
                capabilities: capabilities.or(self.tells_capabilities.then_some("")),
                digest: self.digest(kept),
            });
        }
    }

    fn digest(&self, kept: &Kept) -> Option<Digest<'_>> {
        let bytes = |n: usize| {
            let from = usize::try_from(kept.digest).ok()?;
            self.digests.get(from..from.checked_add(n)?)
        };
        match kept.algorithm {
            0 => None,
            1 => bytes(16).map(Digest::Md5),
            2 => bytes(20).map(Digest::Sha1),
            8 => bytes(32).map(Digest::Sha2),
            9 => bytes(48).map(Digest::Sha2),
            10 => bytes(64).map(Digest::Sha2),
            11 => bytes(28).map(Digest::Sha2),
            other => Some(Digest::Other(other)),
        }
    }
}
