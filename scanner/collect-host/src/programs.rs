//! Programs of the running host that are asked what no file holds: the rules in its kernel.
//!
//! This list is all that a scan of a running host ever starts. Each only lists; it is started by its
//! full path, without a shell, with nothing but fixed arguments, with an empty environment, and only
//! where nobody but root can change it. What would load a part of the kernel that is not loaded is
//! not started: that part holds no rules.

use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use assay_host::{Miss, Question, Root};

/// Where each program lies, and its arguments.
pub(crate) type Asked = (Question, &'static [&'static str], &'static [&'static str]);

/// Every program that is started.
pub(crate) const PROGRAMS: [Asked; 5] = [
    (Question::Nftables, &["/usr/sbin/nft", "/sbin/nft", "/usr/bin/nft"], &["list", "ruleset"]),
    (Question::Iptables, &["/usr/sbin/iptables-nft-save", "/usr/sbin/iptables-save"], &[]),
    (Question::Ip6tables, &["/usr/sbin/ip6tables-nft-save", "/usr/sbin/ip6tables-save"], &[]),
    (
        Question::LegacyIptables,
        &["/usr/sbin/iptables-legacy-save", "/usr/sbin/iptables-save", "/sbin/iptables-save"],
        &[],
    ),
    (
        Question::LegacyIp6tables,
        &["/usr/sbin/ip6tables-legacy-save", "/usr/sbin/ip6tables-save", "/sbin/ip6tables-save"],
        &[],
    ),
];

/// Largest answer, in bytes.
const MAX_ANSWER: u64 = 32 << 20;
/// A program that takes longer is given up.
const PATIENCE: Duration = Duration::from_secs(20);

/// Asks a program of the running host.
pub(crate) fn ask(root: &dyn Root, question: Question) -> Result<Vec<u8>, Miss> {
    if nothing(root, question)? {
        return Ok(Vec::new());
    }
    // Without root's rights the kernel tells nobody its rules.
    if !rustix::process::geteuid().is_root() {
        return Err(Miss::Denied);
    }
    let asked = PROGRAMS.iter().find(|(own, ..)| *own == question);
    let Some((_, paths, arguments)) = asked else { return Err(Miss::Absent) };
    for path in *paths {
        match assay_host::access(root, Path::new(path)) {
            Err(Miss::Absent) => {}
            Err(miss) => return Err(miss),
            Ok(access) if access.stat.uid != 0 || !access.writers.is_empty() => {
                return Err(Miss::Failed(format!(
                    "{path} is not started: not only root can change it"
                )));
            }
            Ok(_) => return run(path, arguments),
        }
    }
    Err(Miss::Absent)
}

/// Whether the part of the kernel that would hold the answer is not there.
fn nothing(root: &dyn Root, question: Question) -> Result<bool, Miss> {
    let names = match question {
        Question::Nftables | Question::Iptables | Question::Ip6tables => {
            return Ok(!loaded(root, "nf_tables")?);
        }
        Question::LegacyIptables => "/proc/net/ip_tables_names",
        Question::LegacyIp6tables => "/proc/net/ip6_tables_names",
    };
    match root.read(Path::new(names)) {
        Ok(tables) => Ok(tables.iter().all(u8::is_ascii_whitespace)),
        Err(Miss::Absent) => Ok(true),
        Err(miss) => Err(miss),
    }
}

/// Whether a part of the kernel is loaded or built in; also where nothing could load it.
fn loaded(root: &dyn Root, module: &str) -> Result<bool, Miss> {
    let text = |path: &str| match root.read(Path::new(path)) {
        Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
        Err(Miss::Absent) => Ok(None),
        Err(miss) => Err(miss),
    };
    let Some(modules) = text("/proc/modules")? else { return Ok(true) };
    if modules.lines().any(|l| l.split(' ').next() == Some(module)) {
        return Ok(true);
    }
    let release = text("/proc/sys/kernel/osrelease")?.unwrap_or_default();
    let list = text(&format!("/lib/modules/{}/modules.builtin", release.trim()))?;
    Ok(list.is_none_or(|l| l.contains(&format!("/{module}.ko"))))
}

/// Starts a program and takes its answer.
fn run(path: &str, arguments: &[&str]) -> Result<Vec<u8>, Miss> {
    let failed = |why: String| Miss::Failed(format!("{path}: {why}"));
    let mut command = Command::new(path);
    command.args(arguments).env_clear().env("LC_ALL", "C").env("PATH", "/usr/sbin:/usr/bin");
    command.current_dir("/").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|e| failed(e.to_string()))?;
    let (sender, answers) = mpsc::channel();
    let (out, errors) = (child.stdout.take(), child.stderr.take());
    std::thread::scope(|scope| {
        let complaint = scope.spawn(move || taken(errors, 4096));
        scope.spawn(move || sender.send(taken(out, MAX_ANSWER + 1)));
        let answer = answers.recv_timeout(PATIENCE);
        let late = answer.is_err();
        let large = answer.as_ref().is_ok_and(|a| a.len() as u64 > MAX_ANSWER);
        if late || large {
            // What it started keeps no pipe open for long: it starts nothing.
            let _ = child.kill();
        }
        let status = child.wait().map_err(|e| failed(e.to_string()))?;
        let complaint = complaint.join().unwrap_or_default();
        match answer {
            Ok(answer) if status.success() && !large => Ok(answer),
            Ok(answer) if large => Err(Miss::TooLarge(answer.len() as u64)),
            Err(_) => Err(failed(format!("it took longer than {} seconds", PATIENCE.as_secs()))),
            Ok(_) => {
                let text = String::from_utf8_lossy(&complaint).into_owned();
                let why = text.lines().next().unwrap_or("it ended with an error").to_owned();
                let denied = why.contains("not permitted") || why.contains("ermission denied");
                Err(if denied { Miss::Denied } else { failed(why) })
            }
        }
    })
}

fn taken(from: Option<impl Read>, most: u64) -> Vec<u8> {
    let mut out = Vec::new();
    if let Some(from) = from {
        // What broke off shows in how the program ended.
        let _ = from.take(most).read_to_end(&mut out);
    }
    out
}

#[cfg(test)]
mod tests {
    use assay_host::{Memory, Standing};

    use super::*;

    #[test]
    fn nothing_is_started_but_what_lists() {
        for (question, paths, arguments) in PROGRAMS {
            assert!(Question::ALL.contains(&question));
            for path in paths {
                let name = path.rsplit('/').next().unwrap();
                let lists = name.ends_with("-save") && arguments.is_empty()
                    || name == "nft" && *arguments == ["list", "ruleset"];
                assert!(lists && path.starts_with('/'), "{path} {arguments:?}");
            }
        }
        assert_eq!(PROGRAMS.len(), Question::ALL.len());
    }

    #[test]
    fn a_part_of_the_kernel_that_is_not_loaded_is_not_asked() {
        let mut m = Memory::new(Standing::Running);
        m.file("/proc/modules", "ext4 1 0 - Live 0x0\n")
            .file("/proc/sys/kernel/osrelease", "6.1\n");
        m.file("/lib/modules/6.1/modules.builtin", "kernel/net/ipv4/x.ko\n");
        // A program that must not be started.
        m.file("/usr/sbin/nft", "#!/bin/false\n");
        assert_eq!(ask(&m, Question::Nftables), Ok(Vec::new()));
        assert_eq!(ask(&m, Question::LegacyIptables), Ok(Vec::new()));
        assert!(!loaded(&m, "nf_tables").unwrap());
        m.file("/lib/modules/6.1/modules.builtin", "kernel/net/netfilter/nf_tables.ko\n");
        assert!(loaded(&m, "nf_tables").unwrap());
        m.file("/proc/net/ip_tables_names", "filter\n");
        assert!(!nothing(&m, Question::LegacyIptables).unwrap());
    }

    #[test]
    fn programs_that_others_can_change_are_not_started() {
        let mut m = Memory::new(Standing::Running);
        m.file("/usr/sbin/nft", "x").owned("/usr/sbin/nft", 0, 0, 0o757);
        match ask(&m, Question::Nftables) {
            Err(Miss::Denied) => assert!(!rustix::process::geteuid().is_root()),
            Err(Miss::Failed(why)) => assert!(why.contains("not started"), "{why}"),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_runs_too_long_or_fails_says_so() {
        assert_eq!(run("/bin/echo", &["a", "b"]).unwrap(), b"a b\n");
        assert!(matches!(run("/bin/false", &[]), Err(Miss::Failed(_))));
        assert!(matches!(run("/no/such", &[]), Err(Miss::Failed(_))));
    }
}
