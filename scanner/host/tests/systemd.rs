//! Units against systemd itself: generated trees of unit files, the same files in force, the same
//! commands, the same jobs at boot.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "tests may panic, and name what they skip"
)]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use assay_host::systemd::{Load, Starts, Units, Why};
use assay_host::{Host, Memory, Standing};
use common::skip;

const DIRECTORIES: [&str; 3] =
    ["/etc/systemd/system", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system"];

/// A tree of files that is written to a folder and to memory alike. Absolute links to units lead
/// inside.
#[derive(Default, Clone)]
struct Tree(BTreeMap<String, Result<String, String>>);

impl Tree {
    fn file(&mut self, path: impl Into<String>, text: impl Into<String>) {
        self.0.insert(path.into(), Ok(text.into()));
    }
    fn link(&mut self, path: impl Into<String>, to: impl Into<String>) {
        self.0.insert(path.into(), Err(to.into()));
    }
    fn write(&self, root: &Path) {
        for (path, content) in &self.0 {
            let at = root.join(&path[1..]);
            std::fs::create_dir_all(at.parent().unwrap()).unwrap();
            match content {
                Ok(text) => std::fs::write(&at, text).unwrap(),
                Err(to) => {
                    let inside = to.starts_with('/') && to != "/dev/null";
                    let to = if inside { root.join(&to[1..]) } else { PathBuf::from(to) };
                    std::os::unix::fs::symlink(to, &at).unwrap();
                }
            }
        }
    }
    fn memory(&self) -> Memory {
        let mut m = Memory::new(Standing::AtRest);
        m.file("/usr/lib/systemd/systemd", "x").symlink("/sbin/init", "/usr/lib/systemd/systemd");
        m.file("/bin/true", "x").file("/bin/echo", "x").directory("/dev");
        for (path, content) in &self.0 {
            match content {
                Ok(text) => m.file(path, text),
                Err(to) => m.symlink(path, to),
            };
        }
        m
    }
}

struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides
    }
    fn of<'a>(&mut self, all: &[&'a str]) -> &'a str {
        all[self.roll(all.len())]
    }
}

const SERVICES: [&str; 7] = [
    "a.service",
    "b.service",
    "foo-bar.service",
    "foo-bar-baz.service",
    "c.service",
    "t@1.service",
    "t@2.service",
];
const OTHERS: [&str; 4] = ["s.socket", "u.timer", "extra.target", "more.target"];
/// Not the sysinit target: services come after it, and what is wanted on both sides is a circle.
const TARGETS: [&str; 4] = ["default.target", "multi-user.target", "extra.target", "more.target"];

fn body(dice: &mut Dice, name: &str, whole: bool) -> String {
    let mut out = String::from("[Unit]\n");
    let any: Vec<&str> = SERVICES.iter().chain(&OTHERS).copied().collect();
    // Requirements that cannot be loaded, and conflicts, are left out: what else such a unit pulls in
    // depends on the order of systemd's hash tables.
    if dice.roll(5) == 0 {
        out.push_str(&format!("Wants={} {}\n", dice.of(&any), dice.of(&any)));
    }
    if dice.roll(10) == 0 {
        out.push_str("# a comment \\\n; another\nDescription=a \\\n  # inside\n  b\n");
    }
    if name.ends_with(".service") {
        out.push_str("[Service]\n");
        if whole || dice.roll(3) == 0 {
            for line in [
                "ExecStart=/bin/true\n",
                "ExecStart=/bin/echo \"a b\" %n %i 'c'\n",
                "ExecStart=-@/bin/echo echo x\\x20y \\\n  z\n",
            ] {
                if dice.roll(2) == 0 {
                    out.push_str(line);
                }
            }
        }
        for line in [
            "ExecStart=\n",
            "Type=oneshot\n",
            "Type=simple\n",
            "RemainAfterExit=yes\n",
            "Restart=always\n",
            "ExecStop=/bin/true\n",
            "ExecStart=/bin/echo $A ${B} %% ; /bin/true 1\n",
            "Type=nonsense\n",
            "DefaultDependencies=no\n",
        ] {
            if dice.roll(7) == 0 {
                out.push_str(line);
            }
        }
    } else if name.ends_with(".socket") {
        out.push_str("[Socket]\n");
        for line in [
            "ListenStream=/run/x\n",
            "ListenStream=\n",
            "ListenDatagram=127.0.0.1:99\n",
            "Service=a.service\n",
        ] {
            if dice.roll(2) == 0 {
                out.push_str(line);
            }
        }
    } else if name.ends_with(".timer") {
        out.push_str("[Timer]\n");
        for line in ["OnCalendar=daily\n", "OnCalendar=\n", "OnBootSec=10\n", "Unit=a.service\n"] {
            if dice.roll(2) == 0 {
                out.push_str(line);
            }
        }
    }
    out
}

fn tree(seed: u64) -> Tree {
    let mut dice = Dice(seed);
    let mut tree = Tree::default();
    let vendor = DIRECTORIES[2];
    tree.file(format!("{vendor}/default.target"), "[Unit]\nRequires=multi-user.target\n");
    for name in
        ["multi-user.target", "sysinit.target", "basic.target", "shutdown.target", "extra.target"]
    {
        tree.file(format!("{vendor}/{name}"), "[Unit]\n");
    }
    let files = [
        "a.service",
        "b.service",
        "foo-bar.service",
        "foo-bar-baz.service",
        "c.service",
        "t@.service",
        "t@1.service",
        "s.socket",
        "u.timer",
        "more.target",
    ];
    for name in files {
        for directory in DIRECTORIES {
            let path = format!("{directory}/{name}");
            match dice.roll(12) {
                0..=4 => {
                    let text = body(&mut dice, name, true);
                    tree.file(path, text);
                }
                5 if !name.ends_with(".target") => tree.link(path, "/dev/null"),
                6 => tree.file(path, ""),
                // One alias at most: the order of several is that of a hash table.
                7 if name == "foo-bar.service" => {
                    let to = dice.of(&["a.service", "b.service", "c.service"]);
                    tree.link(
                        path,
                        if dice.roll(2) == 0 { to.to_owned() } else { format!("{vendor}/{to}") },
                    );
                }
                _ => {}
            }
        }
    }
    let drops = [
        "a.service.d",
        "foo-.service.d",
        "foo-bar-.service.d",
        "foo-bar-baz.service.d",
        "service.d",
        "t@.service.d",
        "t@1.service.d",
        "c.service.d",
        "s.socket.d",
        "u.timer.d",
        "b.service.d",
    ];
    for drop in drops {
        for directory in DIRECTORIES {
            for file in ["10.conf", "20.conf", "no.txt"] {
                let path = format!("{directory}/{drop}/{file}");
                let name = drop.trim_end_matches(".d");
                let name = if name == "service" { "x.service" } else { name };
                match dice.roll(10) {
                    0 | 1 => {
                        let text = body(&mut dice, name, false);
                        tree.file(path, text);
                    }
                    2 => tree.link(path, "/dev/null"),
                    3 => tree.file(path, ""),
                    _ => {}
                }
            }
        }
    }
    let any: Vec<&str> = SERVICES.iter().chain(&OTHERS).copied().collect();
    for target in TARGETS {
        for directory in DIRECTORIES {
            for _ in 0..2 {
                let name = dice.of(&any);
                let path = format!("{directory}/{target}.wants/{name}");
                match dice.roll(3) {
                    0 | 1 => tree.link(path, format!("{vendor}/{name}")),
                    2 => tree.link(path, "/dev/null"),
                    _ => {}
                }
            }
        }
    }
    tree
}

/// What systemd says of one unit.
#[derive(Default, Debug)]
struct Dumped {
    load: String,
    fragment: Option<String>,
    drop_ins: Vec<String>,
    commands: Vec<String>,
}

/// Lets systemd load a tree and plan the boot, without doing anything.
fn plan(program: &str, root: &Path) -> Option<(BTreeMap<String, Dumped>, BTreeSet<String>)> {
    let path = DIRECTORIES.map(|d| format!("{}{d}", root.display())).join(":");
    let arguments = ["--test", "--system", "--unit=default.target"];
    let me = Command::new("id").arg("-u").output().ok()?;
    // It refuses to be tested as root.
    let mut command = if me.stdout == b"0\n" {
        let mut c = Command::new("runuser");
        c.args(["-u", "nobody", "--", program]);
        c
    } else {
        Command::new(program)
    };
    let out = command
        .args(arguments)
        .env("SYSTEMD_UNIT_PATH", path)
        .env("SYSTEMD_LOG_LEVEL", "warning")
        .output()
        .ok()?;
    let text = String::from_utf8_lossy(&out.stdout).into_owned();
    let (mut units, mut jobs): (BTreeMap<String, Dumped>, _) = (BTreeMap::new(), BTreeSet::new());
    let mut open: Option<String> = None;
    let mut key = String::new();
    for line in text.lines() {
        let t = line.trim();
        if let Some(name) = t.strip_prefix("-> Unit ").and_then(|n| n.strip_suffix(':')) {
            open = Some(name.to_owned());
            units.insert(name.to_owned(), Dumped::default());
        } else if let Some(action) = t.strip_prefix("Action: ") {
            if let Some(name) = action.strip_suffix(" -> start") {
                jobs.insert(name.to_owned());
            }
            open = None;
        } else if let Some(unit) = open.as_ref().and_then(|n| units.get_mut(n)) {
            let value = |k: &str| t.strip_prefix(k).map(str::trim).map(str::to_owned);
            if let Some(v) = value("Unit Load State:") {
                unit.load = v;
            } else if let Some(v) = value("Fragment Path:") {
                unit.fragment = Some(v);
            } else if let Some(v) = value("DropIn Path:") {
                unit.drop_ins.push(v);
            } else if let Some(v) = t.strip_prefix("-> Exec") {
                key = format!("Exec{}", v.trim_end_matches(':'));
            } else if let Some(v) = value("Command Line:")
                && key == "ExecStart"
            {
                unit.commands.push(v);
            }
        }
    }
    (!units.is_empty()).then_some((units, jobs))
}

#[test]
fn units_are_those_of_systemd() {
    let programs = ["/usr/lib/systemd/systemd", "/lib/systemd/systemd"];
    let Some(program) = programs.into_iter().find(|p| Path::new(p).exists()) else {
        return skip("units_are_those_of_systemd", "systemd is not installed");
    };
    let base = std::env::temp_dir().join(format!("assay-systemd-{}", std::process::id()));
    let (mut compared, mut started) = (0, 0);
    let mut wrong: Vec<String> = Vec::new();
    let mut same = |what: &str, equal: bool, context: &str| {
        if !equal {
            wrong.push(format!("{what}: {context}"));
        }
    };
    for seed in 0..40_u64 {
        let tree = tree(seed);
        let root = base.join(seed.to_string());
        tree.write(&root);
        // A tree whose default target cannot be reached is refused as a whole.
        let Some((dumped, jobs)) = plan(program, &root) else { continue };
        let m = tree.memory();
        let units =
            Units::load(&Host::new(&m, "h", "2026-01-01T00:00:00Z".parse().unwrap())).unwrap();
        let inside = |p: &str| p.strip_prefix(&root.display().to_string()).unwrap_or(p).to_owned();
        for name in SERVICES.iter().chain(&OTHERS) {
            let Some(theirs) = dumped.get(*name) else { continue };
            let ours = units.unit(name);
            // An instance that nothing pulls in: its template.
            if ours.name.contains("@.") {
                continue;
            }
            let context = format!("seed {seed}, {name}: {theirs:?}\n{ours:?}");
            let load = match &ours.load {
                Load::Loaded => "loaded",
                Load::NotFound => "not-found",
                Load::Masked(_) => "masked",
                Load::Refused(..) => "bad-setting",
                Load::Unreadable(_) => "error",
            };
            // The alias of a masked unit is an error.
            let refused = theirs.load == "error" && load != "loaded";
            same("load", refused || load == theirs.load, &context);
            if theirs.load == "error" {
                continue;
            }
            if load == "loaded" && theirs.load == "loaded" {
                let fragment = ours.fragment.as_ref().map(|p| p.display().to_string());
                same("fragment", fragment == theirs.fragment.as_deref().map(inside), &context);
                let drop_ins: Vec<String> =
                    ours.drop_ins.iter().map(|p| p.display().to_string()).collect();
                let wanted: Vec<String> = theirs.drop_ins.iter().map(|p| inside(p)).collect();
                same("drop-ins", drop_ins == wanted, &context);
                let count = ours.commands("ExecStart").len();
                same("commands", count == theirs.commands.len(), &context);
                compared += 1;
            }
            // A condition or a missing program is met later, when the job runs.
            let planned = matches!(
                units.starts(name),
                Starts::AtBoot(_) | Starts::No(Why::Condition(..) | Why::Program(..))
            );
            started += usize::from(planned);
            same(
                &format!("job {:?}", units.starts(name)),
                planned == jobs.contains(*name),
                &context,
            );
        }
    }
    if std::env::var("ASSAY_TEST_KEEP").is_err() {
        std::fs::remove_dir_all(&base).unwrap();
    }
    let first: Vec<&String> = wrong.iter().take(12).collect();
    assert!(wrong.is_empty(), "{} differ: {first:#?}", wrong.len());
    if compared == 0 {
        return skip("units_are_those_of_systemd", "systemd cannot be tried here");
    }
    assert!(compared > 40 && started > 30, "{compared} units, {started} jobs");
}

#[test]
fn states_are_those_of_systemctl() {
    if Command::new("systemctl").arg("--version").output().is_err() {
        return skip("states_are_those_of_systemctl", "systemctl is not installed");
    }
    let base = std::env::temp_dir().join(format!("assay-systemctl-{}", std::process::id()));
    let vendor = DIRECTORIES[2];
    let mut compared = 0;
    for seed in 0..40_u64 {
        let mut dice = Dice(seed);
        let mut tree = Tree::default();
        let names = ["a.service", "b.service", "c.service", "s.socket"];
        for name in names {
            for directory in [DIRECTORIES[0], vendor] {
                let path = format!("{directory}/{name}");
                match dice.roll(8) {
                    0..=3 => {
                        let mut text = String::from("[Service]\nExecStart=/bin/true\n[Install]\n");
                        for line in [
                            "WantedBy=multi-user.target\n",
                            "Alias=al.service\n",
                            "RequiredBy=x.target\n",
                            "WantedBy=\n",
                        ] {
                            if dice.roll(4) == 0
                                && !(name.ends_with("socket") && line.starts_with("Alias"))
                                && !(name.contains('@') && line.starts_with("Alias"))
                            {
                                text.push_str(line);
                            }
                        }
                        tree.file(path, text);
                    }
                    4 => tree.link(path, "/dev/null"),
                    _ => {}
                }
            }
        }
        for name in ["a.service", "b.service", "s.socket", "al.service"] {
            for directory in [DIRECTORIES[0], vendor] {
                if dice.roll(4) == 0 {
                    tree.link(
                        format!("{directory}/multi-user.target.wants/{name}"),
                        format!("{vendor}/{name}"),
                    );
                }
            }
        }
        let root = base.join(seed.to_string());
        std::fs::create_dir_all(&root).unwrap();
        tree.write(&root);
        // systemctl follows links below the root by itself: absolute ones are written as they are.
        for (path, content) in &tree.0 {
            if let Err(to) = content {
                let at = root.join(&path[1..]);
                std::fs::remove_file(&at).unwrap();
                std::os::unix::fs::symlink(to, &at).unwrap();
            }
        }
        let m = tree.memory();
        let units =
            Units::load(&Host::new(&m, "h", "2026-01-01T00:00:00Z".parse().unwrap())).unwrap();
        for name in names {
            let out = Command::new("systemctl")
                .arg(format!("--root={}", root.display()))
                .args(["is-enabled", name])
                .output()
                .unwrap();
            let theirs = String::from_utf8_lossy(&out.stdout).trim().to_owned();
            let theirs = if theirs.is_empty() { "not-found".to_owned() } else { theirs };
            assert_eq!(
                units.enablement(name).as_str(),
                theirs,
                "seed {seed}, {name}: {:#?}",
                tree.0
            );
            compared += 1;
        }
    }
    std::fs::remove_dir_all(&base).unwrap();
    assert!(compared >= 100);
}
