//! The values of fields, as auditctl reads them.

use super::names::{TYPES, number as named};
use super::rule::{Abi, List, Names, Op, Want};

/// A number as C reads it: `0x` and a leading zero count, what follows is ignored.
pub(super) fn integer(text: &str) -> Option<u32> {
    let (text, minus) = text.strip_prefix('-').map_or((text, false), |t| (t, true));
    let (digits, radix) = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(hex) => (hex, 16),
        None if text.starts_with('0') && text.len() > 1 => (text, 8),
        None => (text, 10),
    };
    let end = digits.find(|c: char| !c.is_digit(radix)).unwrap_or(digits.len());
    let value = u64::from_str_radix(digits.get(..end)?, radix).ok()?;
    let value = u32::try_from(value & 0xffff_ffff).ok()?;
    Some(if minus { value.wrapping_neg() } else { value })
}

/// Permissions as bits: execute 1, write 2, read 4, attributes 8.
pub(super) fn bits(text: &str) -> Result<u32, String> {
    if text.len() > 4 {
        return Err(format!("{text} is no permission"));
    }
    text.chars().try_fold(0, |bits, c| match c.to_ascii_lowercase() {
        'x' => Ok(bits | 1),
        'w' => Ok(bits | 2),
        'r' => Ok(bits | 4),
        'a' => Ok(bits | 8),
        _ => Err(format!("{text} is no permission")),
    })
}

/// What a field is compared with.
pub(super) fn want(
    field: &str,
    op: Op,
    value: &str,
    list: List,
    calls_added: bool,
    names: &Names,
) -> Result<Want, String> {
    let exit_only = [
        "path", "dir", "perm", "filetype", "exit", "success", "devmajor", "devminor", "inode",
        "ppid",
    ];
    let exit_only = exit_only.contains(&field) || field.starts_with("obj_");
    if exit_only && list != List::Exit {
        return Err(format!("{field} is for the exit list only"));
    }
    let shared = ["pid", "uid", "gid", "auid", "msgtype", "exe", "sessionid"];
    if list == List::Exclude && !shared.contains(&field) && !field.starts_with("subj_") {
        return Err(format!("{field} is not for the exclude list"));
    }
    let digit = value.starts_with(|c: char| c.is_ascii_digit());
    let signed = digit
        || value.strip_prefix('-').is_some_and(|v| v.starts_with(|c: char| c.is_ascii_digit()));
    let number = || integer(value).map(Want::Number).ok_or_else(|| format!("{value} is no number"));
    match field {
        "uid" | "euid" | "suid" | "fsuid" | "auid" | "obj_uid" | "sessionid" if signed => number(),
        "uid" | "euid" | "suid" | "fsuid" | "auid" | "obj_uid" | "sessionid" => match value {
            "unset" => Ok(Want::Number(u32::MAX)),
            name => names
                .users
                .get(name)
                .copied()
                .map(Want::Number)
                .ok_or_else(|| format!("there is no user {name}")),
        },
        "gid" | "egid" | "sgid" | "fsgid" | "obj_gid" if digit => number(),
        "gid" | "egid" | "sgid" | "fsgid" | "obj_gid" => {
            let id = names.groups.get(value).copied();
            id.map(Want::Number).ok_or_else(|| format!("there is no group {value}"))
        }
        "exit" if signed => number(),
        "exit" => {
            Ok(Want::Number(errno(value).ok_or_else(|| format!("there is no error {value}"))?))
        }
        "msgtype" if list != List::Exclude && list != List::User => {
            Err("msgtype is for the exclude and user lists only".to_owned())
        }
        "msgtype" if digit => number(),
        "msgtype" => {
            let known = named(TYPES, value);
            known.map(Want::Number).ok_or_else(|| format!("there is no type of record {value}"))
        }
        "arch" => {
            if calls_added {
                return Err("arch must be given before -S".to_owned());
            }
            if op != Op::Is && op != Op::Not {
                return Err("arch is compared with = and != only".to_owned());
            }
            abi(value, names).map(Want::Abi)
        }
        "perm" if op != Op::Is => Err("perm is compared with = only".to_owned()),
        "perm" => bits(value).map(Want::Number),
        "a0" | "a1" | "a2" | "a3" | "saddr_fam" if signed => number(),
        "path" | "dir" | "exe" | "filetype" | "fstype" => Ok(Want::Text(value.to_owned())),
        text if text.starts_with("obj_") || text.starts_with("subj_") => {
            Ok(Want::Text(value.to_owned()))
        }
        _ if digit => number(),
        _ => Err(format!("{value} is no value of {field}")),
    }
}

fn abi(value: &str, names: &Names) -> Result<Abi, String> {
    let wide = !matches!(names.machine.as_str(), "i386" | "arm");
    match value.to_ascii_lowercase().as_str() {
        "b64" if wide => Ok(Abi::B64),
        "b32" => Ok(Abi::B32),
        "x86_64" | "aarch64" | "ppc64le" | "ppc64" | "s390x" | "riscv64" => Ok(Abi::B64),
        "i386" | "i486" | "i586" | "i686" | "arm" | "armv7l" | "ppc" | "s390" => Ok(Abi::B32),
        "0xc000003e" | "c000003e" | "3221225534" => Ok(Abi::B64),
        "0x40000003" | "40000003" | "1073741827" => Ok(Abi::B32),
        _ => Err(format!("there is no machine {value}")),
    }
}

/// Errors that rules name; others are taken as one that no event has.
fn errno(text: &str) -> Option<u32> {
    let (minus, name) = text.strip_prefix('-').map_or((false, text), |n| (true, n));
    let known = match name.to_ascii_uppercase().as_str() {
        "EPERM" => 1,
        "ENOENT" => 2,
        "EINTR" => 4,
        "EACCES" => 13,
        "EBUSY" => 16,
        "EEXIST" => 17,
        "EINVAL" => 22,
        "EROFS" => 30,
        "ENOSYS" => 38,
        other if other.len() > 3 && other.starts_with('E') && other != "EBOGUS" => 4095,
        _ => return None,
    };
    Some(if minus { 0_u32.wrapping_sub(known) } else { known })
}
