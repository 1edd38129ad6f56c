//! Lines of sysctl files, and the order in which their readers apply them.
//!
//! systemd-sysctl merges `sysctl.d` by file name and keeps one assignment for each key, the last;
//! a key with an assignment (or an exclusion, `-key`) of its own is left out of patterns. procps and
//! BusyBox, on hosts without systemd, read `/etc/sysctl.conf` at the end.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use assay_core::{Gap, GapState};

use crate::merged::{Piece, directories, piece, pieces};
use crate::systemd::{Init, Starts, Why, units};
use crate::{Host, boot};

/// Most assignments that are read.
const MAX_LINES: usize = 65_536;

/// One assignment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    /// The key as a path below `/proc/sys`; may be a pattern.
    pub key: String,
    /// What it gets; `None` takes the key out of patterns.
    pub value: Option<String>,
    /// Its file.
    pub file: PathBuf,
    /// Its line, from 1.
    pub line: u32,
    /// The place of its file in the order of reading.
    pub piece: usize,
}

/// What the files say.
#[derive(Debug, Default)]
pub(super) struct Lines {
    /// The assignments that are applied, in the order in which they are.
    pub kept: Vec<Line>,
    /// Those that a later one of the same key replaced.
    pub lost: Vec<Line>,
    /// Files that could not be read, by their place in the order.
    pub blind: Vec<(usize, Gap)>,
    /// Assignments that a file of the same name hides, or that nothing applies, with what does it.
    pub hidden: Vec<(Line, PathBuf, u32)>,
    /// Where the service applies some keys only: the beginnings of these.
    pub prefixes: Option<Vec<String>>,
}

impl Lines {
    /// Whether the service applies assignments of a key.
    pub(super) fn applies(&self, key: &str) -> bool {
        let below = |p: &String| {
            key.strip_prefix(p.as_str()).is_some_and(|r| r.is_empty() || r.starts_with('/'))
        };
        self.prefixes.as_ref().is_none_or(|all| all.iter().any(below))
    }
}

/// Reads the files that are applied while the host starts.
///
/// # Errors
/// A directory that cannot be listed.
pub(super) fn lines(host: &Host<'_>) -> Result<Lines, Gap> {
    let systemd = boot::systemd(host);
    let mut out = Lines::default();
    let service = if systemd {
        service(host)?
    } else {
        left_out(host)?.map(Service::stopped).unwrap_or_default()
    };
    let stopped = service.stopped.clone();
    let mut files = pieces(host, &directories("sysctl.d"), ".conf")?;
    if !service.files.is_empty() {
        files = service.files.iter().map(|path| piece(host, path.clone())).collect();
    }
    if !systemd {
        files.push(piece(host, PathBuf::from("/etc/sysctl.conf")));
    }
    let mut read: Vec<Line> = Vec::new();
    for (number, Piece { path, text, hides }) in files.into_iter().enumerate() {
        for hidden in hides {
            let real = |p: &Path| host.root().resolve(p).ok();
            if real(&hidden) == real(&path) {
                continue;
            }
            // What cannot be read there has no say anyway.
            if let Ok(Some(found)) = host.text(&hidden) {
                let all = parse(&hidden, &found.text, number);
                out.hidden.extend(all.into_iter().map(|l| (l, path.clone(), 1)));
            }
        }
        match text {
            Ok(text) => read.extend(parse(&path, &text, number)),
            Err(gap) => out.blind.push((number, gap)),
        }
        if read.len() > MAX_LINES {
            let detail = format!("more than {MAX_LINES} assignments in the files of sysctl");
            return Err(Gap::new(GapState::Malformed, detail));
        }
    }
    if let Some((file, line)) = stopped {
        out.hidden = read.into_iter().map(|l| (l, file.clone(), line)).collect();
        out.blind.clear();
        return Ok(out);
    }
    if let (Some(prefixes), Some((file, line))) = (service.prefixes, service.place) {
        out.prefixes = Some(prefixes);
        let (kept, left): (Vec<Line>, Vec<Line>) =
            read.into_iter().partition(|l| is_pattern(&l.key) || out.applies(&l.key));
        out.hidden.extend(left.into_iter().map(|l| (l, file.clone(), line)));
        read = kept;
    }
    let last: BTreeMap<String, (usize, u32)> =
        read.iter().map(|l| (l.key.clone(), (l.piece, l.line))).collect();
    for line in read {
        if last.get(&line.key) == Some(&(line.piece, line.line)) {
            out.kept.push(line);
        } else {
            out.lost.push(line);
        }
    }
    Ok(out)
}

/// What the service makes of the files at boot.
#[derive(Debug, Default)]
struct Service {
    /// What keeps it from applying any.
    stopped: Option<(PathBuf, u32)>,
    /// The files that it is told to read instead of all.
    files: Vec<PathBuf>,
    /// The beginnings of the keys that it is told to apply.
    prefixes: Option<Vec<String>>,
    /// The command that tells it so.
    place: Option<(PathBuf, u32)>,
}

impl Service {
    fn stopped(place: (PathBuf, u32)) -> Self {
        Self { stopped: Some(place), ..Self::default() }
    }
}

/// How the service that applies the files is started. A root without its unit is taken as one that
/// was cut out of a host that has it.
fn service(host: &Host<'_>) -> Result<Service, Gap> {
    const UNIT: &str = "systemd-sysctl.service";
    let units = units(host)?;
    let file = PathBuf::from("/usr/lib/systemd/system").join(UNIT);
    let starts = units.starts(UNIT);
    match &starts {
        Starts::AtBoot(_) | Starts::OnDemand(_) | Starts::No(Why::NotFound) => {}
        Starts::No(Why::NotWanted) if !units.starts("sysinit.target").may() => {}
        Starts::No(_) => {
            let place = starts.place().map(|p| (PathBuf::from(&*p.file), p.line));
            return Ok(Service::stopped(place.unwrap_or((file, 1))));
        }
        Starts::Unknown(gap) => return Err(gap.clone()),
    }
    let unit = units.unit(UNIT);
    let commands = unit.commands("ExecStart");
    let own = commands.iter().filter(|c| c.name().ends_with("sysctl"));
    if commands.is_empty() {
        return Ok(Service::default());
    }
    // Under it the kernel's settings are read only.
    if unit.is("Service", "ProtectKernelTunables", false)
        && let Some(said) = unit.last("Service", "ProtectKernelTunables")
        && !commands.iter().any(|c| c.privileged)
    {
        return Ok(Service::stopped((PathBuf::from(&*said.file), said.line)));
    }
    let mut out = Service::default();
    let mut prefixes = Vec::new();
    let mut any = false;
    for command in own {
        any = true;
        let arguments = unit.arguments(host, command)?;
        let mut words = arguments.iter().map(|(w, _)| w.as_str());
        let (mut named, mut files) = (Vec::new(), Vec::new());
        while let Some(word) = words.next() {
            match word.strip_prefix("--prefix") {
                Some("") => named.extend(words.next()),
                Some(value) => named.extend(value.strip_prefix('=')),
                None if !word.starts_with('-') => files.push(PathBuf::from(word)),
                None => {}
            }
        }
        if named.is_empty() && files.is_empty() {
            return Ok(Service::default());
        }
        let key = |p: &str| normal(p.strip_prefix("/proc/sys").unwrap_or(p));
        // One that is told no keys applies all of its files.
        prefixes.extend(if named.is_empty() {
            vec![String::new()]
        } else {
            named.into_iter().map(key).collect()
        });
        out.files.extend(files);
        out.place = Some((PathBuf::from(&*command.place.file), command.place.line));
    }
    if !any {
        let place = commands.first().map(|c| (PathBuf::from(&*c.place.file), c.place.line));
        return Ok(Service::stopped(place.unwrap_or((file, 1))));
    }
    out.prefixes = Some(prefixes).filter(|all| !all.iter().any(String::is_empty));
    Ok(out)
}

/// The same under OpenRC, whose service `sysctl` applies the files: its script, where no runlevel has
/// it.
fn left_out(host: &Host<'_>) -> Result<Option<(PathBuf, u32)>, Gap> {
    const SCRIPT: &str = "/etc/init.d/sysctl";
    let units = units(host)?;
    if units.init != Init::OpenRc || host.stat(SCRIPT)?.is_none() {
        return Ok(None);
    }
    match units.starts("sysctl.service") {
        Starts::Unknown(gap) => Err(gap),
        Starts::No(_) => Ok(Some((PathBuf::from(SCRIPT), 1))),
        _ => Ok(None),
    }
}

/// The assignments of one file. Other lines are passed over, as their readers do.
pub(super) fn parse(path: &Path, text: &str, piece: usize) -> Vec<Line> {
    let mut out = Vec::new();
    for (number, line) in (1_u32..).zip(text.split('\n')) {
        let line = line.trim();
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        let (key, value) = match line.split_once('=') {
            Some((key, value)) => (key.strip_prefix('-').unwrap_or(key), Some(value.trim())),
            None => match line.strip_prefix('-') {
                Some(key) => (key, None),
                None => continue,
            },
        };
        out.push(Line {
            key: normal(key),
            value: value.map(str::to_owned),
            file: path.to_owned(),
            line: number,
            piece,
        });
    }
    out
}

/// A key as a path: where a dot comes first, dots separate and slashes stand for dots in names.
pub(super) fn normal(key: &str) -> String {
    let key = key.trim();
    let dots = key.find(['.', '/']).is_some_and(|at| key.get(at..=at) == Some("."));
    let swap = |c| match c {
        '.' => '/',
        '/' => '.',
        c => c,
    };
    let path: String = if dots { key.chars().map(swap).collect() } else { key.to_owned() };
    let parts: Vec<&str> = path.split('/').filter(|p| !p.is_empty() && *p != ".").collect();
    parts.join("/")
}

/// The key as one writes it.
pub(super) fn dotted(path: &str) -> String {
    path.chars()
        .map(|c| match c {
            '/' => '.',
            '.' => '/',
            c => c,
        })
        .collect()
}

/// Whether a key is a pattern.
pub(super) fn is_pattern(key: &str) -> bool {
    key.contains(['*', '?', '['])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separators() {
        assert_eq!(
            normal("net.ipv4.conf.enp3s0/200.forwarding"),
            "net/ipv4/conf/enp3s0.200/forwarding"
        );
        assert_eq!(
            normal("net/ipv4/conf/enp3s0.200/forwarding"),
            "net/ipv4/conf/enp3s0.200/forwarding"
        );
        assert_eq!(normal(" /kernel//x "), "kernel/x");
        assert_eq!(dotted("net/ipv4/conf/a.1/b"), "net.ipv4.conf.a/1.b");
    }

    #[test]
    fn lines_of_all_kinds() {
        let text = "# c\n;c\n a.b = 1 # x\n-c.d=2\n- e.f\n-g.h\nnonsense\n=\nk=\n";
        let all: Vec<(String, Option<String>, u32)> =
            parse(Path::new("/x"), text, 0).into_iter().map(|l| (l.key, l.value, l.line)).collect();
        let some = |s: &str| Some(s.to_owned());
        let expected = vec![
            ("a/b".to_owned(), some("1 # x"), 3),
            ("c/d".to_owned(), some("2"), 4),
            ("e/f".to_owned(), None, 5),
            ("g/h".to_owned(), None, 6),
            (String::new(), some(""), 8),
            ("k".to_owned(), some(""), 9),
        ];
        assert_eq!(all, expected);
    }
}
