//! The system calls of a rule by their names.

use super::names::{I386, X86_64, number};
use super::rule::{Abi, Names, Rule};

/// Calls that rules commonly name, with the permission that each uses.
const COMMON: [(&str, u32); 60] = [
    ("execve", 1),
    ("execveat", 1),
    ("open", 2),
    ("openat", 2),
    ("openat2", 2),
    ("creat", 2),
    ("truncate", 2),
    ("ftruncate", 2),
    ("open_by_handle_at", 2),
    ("rename", 2),
    ("renameat", 2),
    ("renameat2", 2),
    ("unlink", 2),
    ("unlinkat", 2),
    ("rmdir", 2),
    ("mkdir", 2),
    ("link", 2),
    ("symlink", 2),
    ("mknod", 2),
    ("mknodat", 2),
    ("chmod", 8),
    ("fchmod", 8),
    ("fchmodat", 8),
    ("chown", 8),
    ("fchown", 8),
    ("lchown", 8),
    ("fchownat", 8),
    ("setxattr", 8),
    ("lsetxattr", 8),
    ("fsetxattr", 8),
    ("removexattr", 8),
    ("lremovexattr", 8),
    ("fremovexattr", 8),
    ("mount", 0),
    ("umount2", 0),
    ("umount", 0),
    ("init_module", 0),
    ("finit_module", 0),
    ("delete_module", 0),
    ("create_module", 0),
    ("query_module", 0),
    ("adjtimex", 0),
    ("settimeofday", 0),
    ("clock_settime", 0),
    ("clock_adjtime", 0),
    ("stime", 0),
    ("sethostname", 0),
    ("setdomainname", 0),
    ("setuid", 0),
    ("setgid", 0),
    ("setreuid", 0),
    ("setresuid", 0),
    ("ptrace", 0),
    ("kexec_load", 0),
    ("bpf", 0),
    ("connect", 0),
    ("socket", 0),
    ("bind", 0),
    ("personality", 0),
    ("process_vm_writev", 0),
];

/// The calls of a rule that are known here, for one interface.
pub(super) fn known(rule: &Rule, abi: Abi, names: &Names) -> Vec<(&'static str, u32)> {
    let Some(calls) = &rule.calls else { return Vec::new() };
    let exists = |name: &str| match (names.machine.as_str(), abi) {
        ("x86_64", Abi::B64) => number(X86_64, name).is_some(),
        ("x86_64" | "i386", Abi::B32) => number(I386, name).is_some(),
        _ => true,
    };
    let wanted = |name: &str| names.call(abi, name).is_ok_and(|n| calls.contains(&n));
    COMMON.iter().copied().filter(|(name, _)| exists(name) && wanted(name)).collect()
}
