//! What the command of a job runs.

use std::path::{Path, PathBuf};

/// Words that run what follows them.
const PASSES_ON: [&str; 31] = [
    "sh",
    "bash",
    "dash",
    "zsh",
    "ksh",
    "python",
    "python3",
    "perl",
    "ruby",
    "php",
    "node",
    "env",
    "nice",
    "ionice",
    "nohup",
    "timeout",
    "flock",
    "chronic",
    "exec",
    "sudo",
    "command",
    "systemd-cat",
    "setsid",
    "if",
    "then",
    "!",
    "time",
    ".",
    "source",
    "eval",
    "run-one",
];

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
    let (mut expect, mut parts, mut entering) = (true, false, false);
    let mut folder: Option<PathBuf> = None;
    let spaced = command
        .replace("&&", " ; ")
        .replace("||", " ; ")
        .replace(['|', ';', '(', ')', '{', '}', '&'], " ; ");
    for word in spaced.split_whitespace().take(500) {
        let word = word.trim_matches(['"', '\'', '`']);
        if word == ";" {
            (expect, parts, entering) = (true, false, false);
            continue;
        }
        if entering {
            entering = false;
            folder = Some(match &folder {
                Some(folder) => folder.join(word),
                None => PathBuf::from(word),
            });
            folder = folder.filter(|f| f.is_absolute());
            continue;
        }
        let name = word.rsplit('/').next().unwrap_or(word);
        if !expect || word.starts_with('-') || (word.contains('=') && !word.starts_with('/')) {
            continue;
        }
        let plain = |path: PathBuf| Named { path, searched: false, directory: parts };
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
            entering = name == "cd";
        }
        let number = word.bytes().all(|b| b.is_ascii_digit() || b == b's' || b == b'm');
        parts |= name == "run-parts";
        expect = PASSES_ON.contains(&name) || number || name == "run-parts";
    }
    out.dedup();
    out
}
