//! What a granted program gives beyond its own purpose, from the manuals of the programs: a shell
//! escape, an option that runs another program, an option that writes a file of the caller's choice.

use super::ast::{Args, What};
use super::glob::{self, Slash};

/// What a grant gives as its target user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Gives {
    /// `ALL`.
    Everything,
    /// A program whose purpose it is to run other programs.
    Shell,
    /// A program that can be made to run others.
    Escape,
    /// A program that writes files of the caller's choice.
    Write,
}

impl Gives {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Everything => "everything",
            Self::Shell => "shell",
            Self::Escape => "escape",
            Self::Write => "write",
        }
    }
}

/// They run what they are told: free arguments, or none, are a shell.
const SHELLS: &[&str] = &[
    "sh",
    "bash",
    "rbash",
    "dash",
    "zsh",
    "ksh",
    "ksh93",
    "mksh",
    "csh",
    "tcsh",
    "fish",
    "ash",
    "busybox",
    "su",
    "runuser",
    "sudo",
    "doas",
    "pkexec",
    "python",
    "python2",
    "python3",
    "perl",
    "ruby",
    "irb",
    "lua",
    "node",
    "nodejs",
    "php",
    "tclsh",
    "wish",
    "expect",
    "guile",
    "gawk",
    "awk",
    "mawk",
    "nawk",
    "env",
    "nsenter",
    "chroot",
    "unshare",
    "systemd-run",
    "screen",
    "tmux",
    "script",
    "machinectl",
];
/// They run what their arguments say, though none alone is no shell.
const RUNNERS: &[&str] = &[
    "find",
    "xargs",
    "nice",
    "ionice",
    "nohup",
    "timeout",
    "stdbuf",
    "setsid",
    "taskset",
    "chrt",
    "flock",
    "watch",
    "time",
    "setpriv",
    "capsh",
    "strace",
    "ltrace",
    "gdb",
    "ld.so",
    "perf",
    "start-stop-daemon",
    "run-parts",
    "logsave",
    "rlwrap",
    "unbuffer",
    "sshpass",
    "parallel",
    "valgrind",
    "torsocks",
    "proxychains",
    "tar",
    "bsdtar",
    "zip",
    "7z",
    "rsync",
    "scp",
    "ssh",
    "sftp",
    "sed",
    "make",
    "gmake",
    "cmake",
    "rake",
    "ant",
    "mvn",
    "gcc",
    "cc",
    "g++",
    "c++",
    "go",
    "cargo",
    "docker",
    "podman",
    "nerdctl",
    "ctr",
    "crictl",
    "runc",
    "crun",
    "lxc",
    "lxc-attach",
    "kubectl",
    "virsh",
    "vagrant",
    "systemctl",
    "service",
    "invoke-rc.d",
    "apt",
    "apt-get",
    "aptitude",
    "dpkg",
    "rpm",
    "yum",
    "dnf",
    "zypper",
    "apk",
    "snap",
    "pip",
    "pip2",
    "pip3",
    "gem",
    "npm",
    "yarn",
    "cpan",
    "easy_install",
    "git",
    "svn",
    "hg",
    "crontab",
    "at",
    "batch",
    "tcpdump",
    "nmap",
    "socat",
    "nc",
    "ncat",
    "netcat",
    "ip",
    "openvpn",
    "dhclient",
    "wget",
    "curl",
    "split",
    "sort",
    "mount",
    "insmod",
    "modprobe",
    "kexec",
    "update-alternatives",
    "ansible",
    "ansible-playbook",
    "puppet",
    "facter",
    "salt-call",
    "terraform",
    "msgattrib",
    "cpio",
    "cpulimit",
    "dmsetup",
    "debugfs",
    "iptables-save",
    "openssl",
    "sqlite3",
    "java",
    "jshell",
    "jjs",
    "bpftrace",
    "ebpf",
    "ld",
    "ldconfig",
    "rpmquery",
    "rpmdb",
    "gtester",
    "hping3",
    "nft",
    "certbot",
    "logrotate",
    "multitime",
    "softlimit",
    "setarch",
    "linux32",
    "linux64",
    "aa-exec",
    "choom",
    "ssh-agent",
    "ssh-keygen",
    "dotnet",
    "bundle",
    "composer",
];
/// They let whoever sits at them run a shell, whatever their arguments are.
const INTERACTIVE: &[&str] = &[
    "vi",
    "vim",
    "vim.basic",
    "vim.tiny",
    "vim.nox",
    "vim.gtk3",
    "nvim",
    "view",
    "vimdiff",
    "rvim",
    "rview",
    "gvim",
    "ex",
    "ed",
    "red",
    "nano",
    "rnano",
    "pico",
    "emacs",
    "emacs-nox",
    "jed",
    "joe",
    "mcedit",
    "mc",
    "micro",
    "kak",
    "less",
    "lessfile",
    "more",
    "most",
    "pg",
    "man",
    "info",
    "lftp",
    "ftp",
    "telnet",
    "mysql",
    "mariadb",
    "psql",
    "w3m",
    "lynx",
    "elinks",
    "links",
    "mutt",
    "alpine",
    "mail",
    "mailx",
    "journalctl",
    "visudo",
    "vipw",
    "vigr",
    "ghci",
    "iex",
    "bconsole",
    "byebug",
    "ncdu",
    "ranger",
    "nnn",
    "iftop",
    "gimp",
    "cowsay",
    "cowthink",
    "editor",
    "pager",
    "sensible-editor",
    "sensible-pager",
    "check-mk-agent",
    "aptitude-curses",
    "slsh",
];
/// They write, own or open files of the caller's choice.
const WRITERS: &[&str] = &[
    "cp",
    "mv",
    "dd",
    "tee",
    "install",
    "ln",
    "chmod",
    "chown",
    "chgrp",
    "setfacl",
    "setcap",
    "truncate",
    "patch",
    "shred",
    "rm",
    "mknod",
    "unzip",
    "ar",
    "gzip",
    "bzip2",
    "xz",
    "cpio",
    "sponge",
    "useradd",
    "usermod",
    "userdel",
    "adduser",
    "addgroup",
    "groupadd",
    "groupmod",
    "gpasswd",
    "passwd",
    "chpasswd",
    "newusers",
    "chage",
    "visudo",
    "sysctl",
    "rename",
    "touch",
    "mkfs",
    "losetup",
    "uuencode",
    "wall",
    "genisoimage",
    "xxd",
    "csplit",
    "jq",
    "yq",
    "crudini",
    "augtool",
    "iconv",
    "wipefs",
];
/// Where the programs of the lists live.
const FOLDERS: &[&str] =
    &["/bin/", "/usr/bin/", "/sbin/", "/usr/sbin/", "/usr/local/bin/", "/usr/local/sbin/"];
/// Files that make whoever writes them root.
const KEYS: &[&str] = &[
    "/etc/passwd",
    "/etc/shadow",
    "/etc/group",
    "/etc/gshadow",
    "/etc/sudoers",
    "/etc/sudoers.d/",
    "/etc/pam.d/",
    "/etc/pam.conf",
    "/etc/crontab",
    "/etc/cron",
    "/var/spool/cron",
    "/etc/profile",
    "/etc/bash.bashrc",
    "/etc/environment",
    "/etc/ld.so",
    "/etc/ssh/",
    "/root/",
    "/etc/systemd/",
    "/usr/lib/systemd/",
    "/lib/systemd/",
    "/etc/init.d/",
    "/etc/rc.local",
    "/etc/doas.conf",
    "/etc/security/",
    "/etc/polkit-1/",
    "/etc/udev/",
    "/etc/modprobe.d/",
    "/etc/apt/apt.conf",
    "/boot/",
    "/etc/sudo.conf",
    "/etc/login.defs",
    "/etc/nsswitch.conf",
    "/etc/update-motd.d/",
    "/usr/bin/",
    "/bin/",
    "/sbin/",
    "/usr/sbin/",
    "/usr/local/bin/",
    "/usr/local/sbin/",
];

/// What a grant gives. `names` are the last parts of the program's path and of what it links to;
/// `noexec`: the program cannot start others.
pub(crate) fn judge(what: &What, names: &[String], noexec: bool) -> Option<Gives> {
    let free = |gives: Option<Gives>| match gives {
        Some(Gives::Shell | Gives::Escape) if noexec => None,
        gives => gives,
    };
    match what {
        What::All => Some(Gives::Everything),
        What::Alias(_) | What::List => None,
        What::Edit(args) => edit(args),
        What::Regex(path, args) => free(patterned(|p| regex_may_match(path, p), args)),
        What::Path(path, args) if path.ends_with('/') => free(patterned(
            |p| p.rsplit_once('/').is_some_and(|(d, _)| path.trim_end_matches('/') == d),
            args,
        )),
        What::Path(path, args) if glob::is_pattern(path) => {
            free(patterned(|p| glob::matches(path, p, Slash::Apart), args))
        }
        What::Path(_, args) => {
            let all = names.iter().filter_map(|n| program(n, args, noexec));
            all.min()
        }
    }
}

/// The worst of all listed programs that a pattern lets run.
fn patterned(matches: impl Fn(&str) -> bool, args: &Args) -> Option<Gives> {
    let lists = [SHELLS, RUNNERS, INTERACTIVE, WRITERS];
    let all = lists.iter().flat_map(|l| l.iter());
    let hit = all.filter(|n| FOLDERS.iter().any(|f| matches(&format!("{f}{n}"))));
    hit.filter_map(|n| program(n, args, false)).min()
}

fn program(name: &str, args: &Args, noexec: bool) -> Option<Gives> {
    let name = family(name);
    let open = open(args);
    let bare = matches!(args, Args::None);
    let text = match args {
        Args::Glob(text) | Args::Regex(text) => text.as_str(),
        _ => "",
    };
    let runs = if SHELLS.contains(&name) && (open || bare || becomes_root(name, text)) {
        Some(Gives::Shell)
    } else if INTERACTIVE.contains(&name) && !(bare && ["less", "more", "man"].contains(&name))
        || RUNNERS.contains(&name) && open && !harmless(name, text)
    {
        Some(Gives::Escape)
    } else {
        None
    };
    let edits =
        ["vi", "vim", "nano", "emacs", "ed", "ex", "joe", "pico", "visudo", "vipw", "mcedit"];
    let writes = (WRITERS.contains(&name) && (open || writes_key(name, text)))
        || (name == "passwd" && (bare || ["root", "--", "-- root"].contains(&text)))
        || (noexec && edits.iter().any(|e| name.starts_with(e)) && !bare);
    let runs = runs.filter(|_| !noexec);
    runs.or_else(|| writes.then_some(Gives::Write))
}

/// `python3.11` is a python3.
fn family(name: &str) -> &str {
    let plain = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    if SHELLS.contains(&name) || RUNNERS.contains(&name) { name } else { plain }
}

/// Whether the caller can choose arguments.
fn open(args: &Args) -> bool {
    match args {
        Args::Any => true,
        Args::None => false,
        Args::Glob(text) => glob::is_pattern(text) && text.contains('*'),
        Args::Regex(text) => {
            [".*", ".+", "[^", "\\S", "\\w", ".{"].iter().any(|loose| text.contains(loose))
        }
    }
}

fn becomes_root(name: &str, args: &str) -> bool {
    let user = args.split_whitespace().find(|a| !a.starts_with('-') || *a == "--");
    ["su", "runuser"].contains(&name)
        && !args.is_empty()
        && !args.contains("-c")
        && user.is_none_or(|u| u == "root")
}

/// Free arguments behind these words open nothing.
fn harmless(name: &str, args: &str) -> bool {
    let mut words = args.split_whitespace();
    let verb = words.find(|w| !w.starts_with('-')).unwrap_or_default();
    match name {
        "systemctl" => [
            "start",
            "stop",
            "restart",
            "reload",
            "status",
            "is-active",
            "show",
            "kill",
            "enable",
            "disable",
            "try-restart",
            "reload-or-restart",
        ]
        .contains(&verb),
        _ => false,
    }
}

fn writes_key(name: &str, args: &str) -> bool {
    let writers = ["cp", "mv", "tee", "install", "ln", "chmod", "chown", "chgrp", "setfacl", "dd"];
    let key = |w: &str| {
        let path = w.strip_prefix("of=").unwrap_or(w);
        path.starts_with('/') && KEYS.iter().any(|k| path.starts_with(k))
    };
    match name {
        "cp" | "mv" | "install" | "ln" => args.split_whitespace().last().is_some_and(key),
        _ => writers.contains(&name) && args.split_whitespace().any(key),
    }
}

fn edit(args: &Args) -> Option<Gives> {
    let risky = match args {
        Args::Any => true,
        Args::None => false,
        Args::Glob(text) => text.split_whitespace().any(|path| {
            let plain = KEYS.iter().any(|k| {
                !k.ends_with("bin/") && (path.starts_with(k) || path == k.trim_end_matches('/'))
            });
            // A wildcard matches no slash here, so it stays in its folder.
            let folder = path.rsplit_once('/').map_or("", |(f, _)| f);
            plain
                || glob::is_pattern(folder)
                || (glob::is_pattern(path)
                    && KEYS
                        .iter()
                        .any(|k| !k.ends_with('/') && glob::matches(path, k, Slash::Apart)))
        }),
        Args::Regex(text) => KEYS.iter().any(|k| regex_may_match(text, k)),
    };
    risky.then_some(Gives::Write)
}

/// Whether a regular expression may match a path, from what it says plainly: its literal start, and
/// whether something loose follows. Errs on the side of a match.
fn regex_may_match(regex: &str, path: &str) -> bool {
    let body = regex.trim_start_matches('^').trim_end_matches('$');
    let body = body.strip_prefix("(?i)").unwrap_or(body);
    let cut = body.find(|c: char| "\\.[](){}*+?|^$".contains(c)).unwrap_or(body.len());
    let (start, rest) = body.split_at(cut);
    if rest.is_empty() {
        return start == path;
    }
    let Some(tail) = path.strip_prefix(start) else { return false };
    let loose = [".*", ".+", "[^", "\\S", "\\w", ".{", "]+", "]*"];
    if loose.iter().any(|l| rest.contains(l)) {
        return true;
    }
    // Plain alternatives: `(a|b)`.
    rest.split(|c: char| "()|".contains(c)).any(|part| !part.is_empty() && part == tail)
}
