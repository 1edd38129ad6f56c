//! Who else than root can read or change a file: mode, owner, ACL, and the directories above it.

use std::path::Path;

use serde_json::{Value, json};

use crate::{FileKind, Miss, Root, Stat};

/// The access to one name.
///
/// In a document: `{path, kind, mode, uid, gid, readers, writers}`, the shape `access` of type files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// The path without links.
    pub path: String,
    /// What it is.
    pub stat: Stat,
    /// Who else than root can read the content: `everyone`, `user 1000`, `group 4`.
    pub readers: Vec<String>,
    /// Who else than root can change or replace it: as above, ` through /dir` appended where a
    /// directory above lets them replace it.
    pub writers: Vec<String>,
}

impl Access {
    /// As documents hold it.
    #[must_use]
    pub fn json(&self) -> Value {
        json!({
            "path": self.path,
            "kind": self.stat.kind.as_str(),
            "mode": format!("{:04o}", self.stat.mode),
            "uid": self.stat.uid,
            "gid": self.stat.gid,
            "readers": self.readers,
            "writers": self.writers,
        })
    }
}

const READ: u32 = 4;
const WRITE: u32 = 2;
const SEARCH: u32 = 1;
const EVERYONE: &str = "everyone";
const STICKY: u32 = 0o1000;

/// The access to a path, links followed.
///
/// # Errors
/// See [`Miss`].
pub fn of(root: &dyn Root, path: &Path) -> Result<Access, Miss> {
    let path = root.resolve(path)?;
    let stat = root.lstat(&path)?;
    let acl = acl_that_matters(root, &path, &stat)?;
    let mut readers = holders(&stat, &acl, READ);
    let mut writers = holders(&stat, &acl, WRITE);
    // From the root down: who gets as far as each directory.
    let mut above: Vec<&Path> = path.ancestors().skip(1).collect();
    above.reverse();
    let mut searchers = vec![EVERYONE.to_owned()];
    let mut replacers = Vec::new();
    for above in above {
        let directory = root.lstat(above)?;
        let acl = acl_that_matters(root, above, &directory)?;
        searchers = both(&searchers, &holders(&directory, &acl, SEARCH));
        // In a sticky directory only the owner of a name, or of the directory, can replace it.
        let sticky = directory.mode & STICKY != 0;
        let through = both(&searchers, &holders(&directory, &acl, WRITE));
        let through =
            through.into_iter().filter(|who| !sticky || *who == format!("user {}", directory.uid));
        let through: Vec<String> =
            through.map(|who| format!("{who} through {}", above.display())).collect();
        replacers.push(through);
    }
    readers = both(&searchers, &readers);
    writers = both(&searchers, &writers);
    writers.extend(replacers.into_iter().rev().flatten());
    Ok(Access { path: path.display().to_string(), stat, readers, writers })
}

/// Who has both of two permissions. Who is in which group is not known here: a user and a group may
/// be the same person, so whoever has one stays while anybody has the other.
fn both(a: &[String], b: &[String]) -> Vec<String> {
    let everyone = |list: &[String]| list.iter().any(|who| who == EVERYONE);
    if a.is_empty() || b.is_empty() {
        return Vec::new();
    }
    match (everyone(a), everyone(b)) {
        (true, _) => b.to_vec(),
        (false, true) => a.to_vec(),
        (false, false) => {
            let user = |who: &String| who.starts_with("user ");
            let groups = |list: &[String]| list.iter().any(|who| !user(who));
            // Two users are two people.
            let stays = |who: &&String| a.contains(who) || !user(who) || groups(a);
            b.iter().filter(stays).cloned().collect()
        }
    }
}

/// Who beside root has a permission by owner, mode and ACL.
fn holders(stat: &Stat, acl: &[Entry], bit: u32) -> Vec<String> {
    let mut out = Vec::new();
    if stat.kind == FileKind::Link {
        return out;
    }
    // The owner can always give himself what the mode denies him.
    if stat.uid != 0 {
        out.push(format!("user {}", stat.uid));
    }
    let mask = acl.iter().find(|e| e.tag == MASK).map_or(7, |e| e.perm);
    let group = acl.iter().find(|e| e.tag == GROUP_OBJ).map_or((stat.mode >> 3) & 7, |e| e.perm);
    if group & mask & bit != 0 && stat.gid != 0 {
        out.push(format!("group {}", stat.gid));
    }
    for entry in acl.iter().filter(|e| e.perm & mask & bit != 0 && e.id != 0) {
        match entry.tag {
            USER => out.push(format!("user {}", entry.id)),
            GROUP => out.push(format!("group {}", entry.id)),
            _ => {}
        }
    }
    if stat.mode & bit != 0 {
        out.push("everyone".to_owned());
    }
    out
}

/// Tags of ACL entries, from `linux/posix_acl.h`.
const USER: u16 = 0x02;
const GROUP_OBJ: u16 = 0x04;
const GROUP: u16 = 0x08;
const MASK: u16 = 0x10;

struct Entry {
    tag: u16,
    perm: u32,
    id: u32,
}

/// The ACL of a name; where it cannot be read, an empty one if none could let anybody else in: the
/// group's bits of the mode are the most that an ACL gives to the users and groups that it names.
fn acl_that_matters(root: &dyn Root, path: &Path, stat: &Stat) -> Result<Vec<Entry>, Miss> {
    match acl(root, path) {
        Err(miss) => {
            let hides = |bit: u32| (stat.mode >> 3) & bit != 0 && stat.mode & bit == 0;
            if hides(READ) || hides(WRITE) || hides(SEARCH) { Err(miss) } else { Ok(Vec::new()) }
        }
        ok => ok,
    }
}

/// The access ACL of a name: empty where it has none. Version 2 of the attribute: a header of four
/// bytes, then entries of tag, permissions (16 bits each) and id (32 bits), little endian.
fn acl(root: &dyn Root, path: &Path) -> Result<Vec<Entry>, Miss> {
    let Some(bytes) = root.xattr(path, "system.posix_acl_access")? else { return Ok(Vec::new()) };
    let bad = || Miss::Failed("its ACL cannot be read".to_owned());
    let (head, body) = bytes.split_first_chunk::<4>().ok_or_else(bad)?;
    if u32::from_le_bytes(*head) != 2 || !body.len().is_multiple_of(8) {
        return Err(bad());
    }
    let entry = |b: &[u8]| {
        let [t0, t1, p0, p1, i0, i1, i2, i3] = *b.first_chunk::<8>()?;
        Some(Entry {
            tag: u16::from_le_bytes([t0, t1]),
            perm: u32::from(u16::from_le_bytes([p0, p1])),
            id: u32::from_le_bytes([i0, i1, i2, i3]),
        })
    };
    body.chunks(8).map(|b| entry(b).ok_or_else(bad)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Memory, Standing};

    #[test]
    fn everybody_who_can_replace_a_file_is_named() {
        let mut m = Memory::new(Standing::AtRest);
        m.file("/opt/x/run", "").owned("/opt/x", 1000, 1000, 0o755);
        let a = of(&m, Path::new("/opt/x/run")).unwrap();
        assert_eq!(a.readers, ["everyone"]);
        assert_eq!(a.writers, ["user 1000 through /opt/x"]);
        m.owned("/opt/x", 0, 50, 0o1777);
        assert!(of(&m, Path::new("/opt/x/run")).unwrap().writers.is_empty(), "sticky");
    }

    #[test]
    fn a_closed_directory_closes_what_is_in_it() {
        let mut m = Memory::new(Standing::AtRest);
        m.file("/boot/grub/grub.cfg", "").owned("/boot/grub/grub.cfg", 0, 0, 0o666);
        m.owned("/boot", 0, 0, 0o700);
        let a = of(&m, Path::new("/boot/grub/grub.cfg")).unwrap();
        assert!(a.readers.is_empty() && a.writers.is_empty());
        m.owned("/boot", 0, 4, 0o750);
        let a = of(&m, Path::new("/boot/grub/grub.cfg")).unwrap();
        assert_eq!(
            (a.readers, a.writers),
            (vec!["group 4".to_owned()], vec!["group 4".to_owned()])
        );
        m.owned("/boot", 0, 0, 0o711).owned("/boot/grub", 0, 0, 0o722);
        let a = of(&m, Path::new("/boot/grub/grub.cfg")).unwrap();
        assert!(a.readers.is_empty(), "a directory that nobody can search");
        m.owned("/boot/grub", 1000, 0, 0o700).owned("/boot/grub/grub.cfg", 1001, 0, 0o600);
        let a = of(&m, Path::new("/boot/grub/grub.cfg")).unwrap();
        assert_eq!(a.writers, ["user 1000 through /boot/grub"]);
    }

    #[test]
    fn an_acl_adds_and_its_mask_takes_away() {
        let mut m = Memory::new(Standing::AtRest);
        m.file("/s", "").owned("/s", 0, 42, 0o640);
        let entry = |tag: u16, perm: u16, id: u32| {
            [tag.to_le_bytes().as_slice(), &perm.to_le_bytes(), &id.to_le_bytes()].concat()
        };
        let none = u32::MAX;
        let mut acl = 2_u32.to_le_bytes().to_vec();
        for e in [entry(1, 6, none), entry(2, 6, 1000), entry(4, 4, none), entry(16, 4, none)] {
            acl.extend(e);
        }
        acl.extend(entry(32, 0, none));
        m.attribute("/s", "system.posix_acl_access", &acl);
        let a = of(&m, Path::new("/s")).unwrap();
        assert_eq!(a.readers, ["group 42", "user 1000"]);
        assert!(a.writers.is_empty(), "the mask");
    }
}
