//! What the command of a job runs.

use std::path::{Path, PathBuf};

/// A word that runs the command behind it.
struct Wrapper {
    name: &'static str,
    /// Short options whose value is the next word.
    short: &'static str,
    /// Long options whose value is the next word.
    long: &'static [&'static str],
    /// Words of its own before the command: a lock file, a duration, a user.
    operands: usize,
    /// Options that a command follows, wherever they stand.
    again: &'static [&'static str],
}

const fn plain(name: &'static str) -> Wrapper {
    with(name, "", &[], 0)
}

const fn with(
    name: &'static str,
    short: &'static str,
    long: &'static [&'static str],
    operands: usize,
) -> Wrapper {
    Wrapper { name, short, long, operands, again: &[] }
}

/// Of the manuals of util-linux, coreutils, findutils, sudo, OpenDoas, systemd and moreutils.
const WRAPPERS: [Wrapper; 48] = [
    with("sh", "oO", &[], 0),
    with("bash", "oO", &["--rcfile", "--init-file"], 0),
    with("dash", "o", &[], 0),
    with("zsh", "o", &[], 0),
    with("ksh", "o", &[], 0),
    plain("busybox"),
    with("python", "WX", &[], 0),
    with("python3", "WX", &[], 0),
    plain("perl"),
    plain("ruby"),
    with("php", "d", &[], 0),
    plain("node"),
    with("env", "uC", &["--unset", "--chdir"], 0),
    with("nice", "n", &["--adjustment"], 0),
    with("ionice", "cn", &["--class", "--classdata"], 0),
    with("chrt", "TPD", &["--sched-runtime", "--sched-period", "--sched-deadline"], 1),
    with("taskset", "", &[], 1),
    plain("nohup"),
    with("timeout", "ks", &["--kill-after", "--signal"], 1),
    with("flock", "wE", &["--wait", "--timeout", "--conflict-exit-code"], 1),
    plain("chronic"),
    with("stdbuf", "ioe", &["--input", "--output", "--error"], 0),
    with("exec", "a", &[], 0),
    with(
        "sudo",
        "ugCDhpRrtTU",
        &[
            "--user",
            "--group",
            "--close-from",
            "--chdir",
            "--host",
            "--prompt",
            "--chroot",
            "--role",
            "--type",
            "--command-timeout",
            "--other-user",
        ],
        0,
    ),
    with("doas", "uC", &[], 0),
    Wrapper {
        name: "su",
        short: "gGsw",
        long: &["--group", "--supp-group", "--shell", "--whitelist-environment"],
        operands: 1,
        again: &["-c", "--command", "--session-command"],
    },
    Wrapper {
        name: "runuser",
        short: "ugGsw",
        long: &["--user", "--group", "--supp-group", "--shell", "--whitelist-environment"],
        operands: 1,
        again: &["-c", "--command", "--session-command"],
    },
    with("setpriv", "", &["--reuid", "--regid", "--groups", "--bounding-set"], 0),
    with("setuidgid", "", &[], 1),
    with("gosu", "", &[], 1),
    plain("command"),
    with("systemd-cat", "tp", &["--identifier", "--priority", "--stderr-priority"], 0),
    with(
        "systemd-run",
        "uptMHE",
        &["--unit", "--property", "--description", "--slice", "--uid", "--gid", "--setenv"],
        0,
    ),
    with("systemd-inhibit", "", &["--what", "--who", "--why", "--mode"], 0),
    plain("setsid"),
    plain("tini"),
    plain("dumb-init"),
    with("xargs", "adEILnPs", &["--arg-file", "--max-args", "--max-procs", "--replace"], 0),
    Wrapper {
        name: "find",
        short: "",
        long: &[],
        operands: usize::MAX,
        again: &["-exec", "-execdir", "-ok", "-okdir"],
    },
    plain("if"),
    plain("then"),
    plain("!"),
    plain("time"),
    plain("."),
    plain("source"),
    plain("eval"),
    plain("run-one"),
    plain("run-parts"),
];

impl Wrapper {
    /// The option's value is the next word: `-w 5`, `-nw 5`, `--wait 5`, not `-w5` or `--wait=5`.
    fn takes_next(&self, option: &str) -> bool {
        if option.starts_with("--") {
            return self.long.contains(&option);
        }
        option[1..].find(|c| self.short.contains(c)).is_some_and(|at| at + 2 == option.len())
    }
}

/// A file that a command runs or hands to an interpreter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) path: PathBuf,
    /// It was looked for in a directory of PATH.
    pub(crate) searched: bool,
    /// A directory, of which every file is run.
    pub(crate) directory: bool,
}

/// Every path at the place of a command, or behind an interpreter. `path`: where names are searched.
pub(crate) fn programs(command: &str, path: Option<&str>) -> Vec<Named> {
    let mut out: Vec<Named> = Vec::new();
    let spaced = command
        .replace("&&", " ; ")
        .replace("||", " ; ")
        .replace(['|', ';', '(', ')', '{', '}', '&'], " ; ");
    let mut place = Place::default();
    let mut folder: Option<PathBuf> = None;
    for word in spaced.split_whitespace().take(500) {
        let word = word.trim_matches(['"', '\'', '`']);
        if word == ";" {
            place = Place::default();
            continue;
        }
        if place.entering {
            place.entering = false;
            folder = Some(match &folder {
                Some(folder) => folder.join(word),
                None => PathBuf::from(word),
            });
            folder = folder.filter(|f| f.is_absolute());
            continue;
        }
        if !place.commands(word) {
            continue;
        }
        let name = word.rsplit('/').next().unwrap_or(word);
        let directory = place.wrapper.is_some_and(|w| w.name == "run-parts");
        let plain = |path: PathBuf| Named { path, searched: false, directory };
        if word.starts_with('/') {
            out.push(plain(PathBuf::from(word)));
        } else if let (true, Some(folder)) = (word.contains('/'), &folder) {
            out.push(plain(folder.join(word.trim_start_matches("./"))));
        } else if let Some(path) = path
            && !word.contains('/')
        {
            for directory in path.split(':').filter(|d| d.starts_with('/')).take(20) {
                let path = Path::new(directory).join(word);
                out.push(Named { path, searched: true, directory: false });
            }
        }
        if name == "test" || name == "[" || name == "cd" {
            let same = |n: &Named| n.path.file_name().is_some_and(|f| f == name);
            while out.last().is_some_and(same) {
                out.pop();
            }
            place.entering = name == "cd";
        }
        place.runs(name);
    }
    out.dedup();
    out
}

/// Where in a command the next word stands.
#[derive(Default)]
struct Place {
    /// A command was named, and what follows are its words.
    behind: bool,
    /// What runs the command that is to come.
    wrapper: Option<&'static Wrapper>,
    /// Words of the wrapper before it.
    operands: usize,
    /// The next word belongs to this one.
    value: bool,
    /// The next word is a directory that the shell changes to.
    entering: bool,
}

impl Place {
    /// This word is a command.
    fn commands(&mut self, word: &str) -> bool {
        if std::mem::take(&mut self.value) {
            return false;
        }
        let redirection = word.trim_start_matches(|c: char| c.is_ascii_digit());
        if redirection.starts_with(['<', '>']) {
            self.value = redirection.trim_matches(['<', '>']).is_empty();
            return false;
        }
        if self.wrapper.is_some_and(|w| w.again.contains(&word)) {
            (self.behind, self.operands) = (false, 0);
            return false;
        }
        if self.behind {
            return false;
        }
        if word.starts_with('-') {
            self.value = self.wrapper.is_some_and(|w| w.takes_next(word));
            // With the user as an option there is none before the command.
            if self.wrapper.is_some_and(|w| w.name == "runuser")
                && (word == "-u" || word.starts_with("--user"))
            {
                self.operands = 0;
            }
            return false;
        }
        if word.contains('=') && !word.starts_with('/') {
            return false;
        }
        let own = self.operands > 0;
        self.operands = self.operands.saturating_sub(1);
        !own
    }

    /// This command was named.
    fn runs(&mut self, name: &str) {
        self.wrapper = WRAPPERS.iter().find(|w| w.name == name);
        self.behind = self.wrapper.is_none();
        self.operands = self.wrapper.map_or(0, |w| w.operands);
    }
}
