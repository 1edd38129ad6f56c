//! A Debian root in three states: as it is installed, hardened, and with one planted weakness after
//! the other. Every planted weakness is found, with its file and line; nothing else is flagged.

pub(crate) mod live;
mod steps;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;

use crate::support::{assay, folder, json, lines, root, run, skip, text};
pub(crate) use steps::cp;
use steps::{Step, Undo};

/// `fixtures/hosts/debian/hardened.yaml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Hardened {
    steps: Vec<Step>,
    /// Rules that fail on the hardened root all the same, and why.
    open: BTreeMap<String, String>,
}

/// `fixtures/hosts/debian/harmless.yaml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AllHarmless {
    harmless: Vec<Harmless>,
}

/// What looks like a weakness and is none.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Harmless {
    name: String,
    /// The kind of mistake that others make with it.
    #[serde(rename = "class")]
    _class: String,
    steps: Vec<Step>,
}

impl Harmless {
    /// Whether its steps touch nothing that others touch.
    fn apart(&self, taken: &[PathBuf]) -> bool {
        let paths = self.steps.iter().flat_map(Step::paths);
        let clashes = |p: &Path| taken.iter().any(|t| t.starts_with(p) || p.starts_with(t));
        !paths.into_iter().any(clashes)
    }
}

/// `fixtures/hosts/debian/planted.yaml`, and `spelled.yaml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct All {
    planted: Vec<Planted>,
}

/// One weakness.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Planted {
    name: String,
    /// The kind of mistake that others make with it.
    class: String,
    steps: Vec<Step>,
    finds: Vec<Find>,
}

/// A rule that must fail.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Find {
    rule: String,
    /// The file that decides.
    #[serde(rename = "in")]
    file: Option<PathBuf>,
    /// A text of the line that decides.
    line: Option<String>,
}

/// A failure: rule, resource, key, file, line.
type Failure = (String, String, String, Option<String>, Option<u64>);

fn yaml<T: serde::de::DeserializeOwned>(name: &str) -> T {
    let path = root().join("fixtures/hosts/debian").join(name);
    let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    yaml_serde::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// What a scan of a root says.
struct Scan {
    failures: BTreeSet<Failure>,
    score: f64,
}

fn scan(root_dir: &Path, out: &Path) -> Scan {
    let config = root().join("fixtures/hosts/debian/assay.toml");
    let mut c = assay(root_dir.parent().expect("a parent"));
    c.args(["scan", "host", "--name", "debian", "--fail-on", "none", "--quiet"]);
    c.arg("--root").arg(root_dir).arg("--out").arg(out).arg("--config").arg(config);
    run(&mut c).expect(&[0, 3]);
    let failures = lines(&out.join("findings.ndjson"))
        .iter()
        .filter(|f| text(f, "status") == "fail")
        .map(|f| {
            let place = |name: &str| f.pointer(&format!("/place/{name}")).cloned();
            (
                text(f, "rule").to_owned(),
                text(f, "resource").to_owned(),
                text(f, "key").to_owned(),
                place("file").as_ref().and_then(Value::as_str).map(str::to_owned),
                place("line").as_ref().and_then(Value::as_u64),
            )
        })
        .collect();
    let assessment = json(&out.join("assessment.json"));
    let score = assessment.pointer("/summary/score").and_then(Value::as_f64);
    Scan { failures, score: score.expect("a score") }
}

/// The installed root, and whether this machine can change a copy of it.
pub(crate) fn installed(test: &str) -> Option<PathBuf> {
    let Some(found) = std::env::var_os("ASSAY_TEST_DEBIAN") else {
        skip(test, "no Debian root: it needs root, debootstrap and Debian's packages");
        return None;
    };
    for tool in ["setfacl", "setcap"] {
        let there = std::env::var_os("PATH")
            .is_some_and(|p| std::env::split_paths(&p).any(|d| d.join(tool).is_file()));
        if !there {
            skip(test, &format!("{tool} is not installed"));
            return None;
        }
    }
    Some(found.into())
}

/// What a planted weakness must bring and does not, and what it brings and must not.
fn wrong(planted: &Planted, root_dir: &Path, new: &[&Failure]) -> Vec<String> {
    let mut out = Vec::new();
    for find in &planted.finds {
        let mine: Vec<_> = new.iter().filter(|f| f.0 == find.rule).collect();
        let fits = |f: &&&&Failure| {
            let Some(file) = &find.file else { return true };
            let path = Path::new("/").join(file);
            if f.3.as_deref() != path.to_str() {
                return false;
            }
            let Some(wanted) = &find.line else { return true };
            let lines = fs::read_to_string(root_dir.join(file)).unwrap_or_default();
            let at = f.4.and_then(|l| usize::try_from(l).ok()).and_then(|l| l.checked_sub(1));
            at.and_then(|at| lines.lines().nth(at)).is_some_and(|l| l.contains(wanted.as_str()))
        };
        if !mine.iter().any(|f| fits(&f)) {
            let places: Vec<_> = mine.iter().map(|f| (&f.3, &f.4)).collect();
            out.push(format!("{} is not found at {:?}, only at {places:?}", find.rule, find.file));
        }
    }
    for f in new.iter().filter(|f| !planted.finds.iter().any(|w| w.rule == f.0)) {
        out.push(format!("{} is flagged too: {} {:?} {:?}", f.0, f.1, f.3, f.4));
    }
    out.iter().map(|o| format!("{} ({}): {o}", planted.name, planted.class)).collect()
}

/// Does all that looks wrong and is not, as many at a time as leave each other alone: nothing fails.
fn harmless(tree: &Path, out: &Path, base: &Scan) {
    let mut left = yaml::<AllHarmless>("harmless.yaml").harmless;
    assert!(left.len() >= 40);
    while !left.is_empty() {
        let (mut taken, mut now, mut later) = (Vec::new(), Vec::new(), Vec::new());
        for one in left {
            if one.apart(&taken) {
                taken.extend(one.steps.iter().flat_map(Step::paths).map(Path::to_owned));
                now.push(one);
            } else {
                later.push(one);
            }
        }
        let steps: Vec<Step> = now.iter().flat_map(|one| one.steps.clone()).collect();
        let undo = Undo::keep(tree, &steps);
        steps.iter().for_each(|s| s.apply(tree));
        let found = scan(tree, out);
        let new: Vec<&Failure> = found.failures.difference(&base.failures).collect();
        let names: Vec<&str> = now.iter().map(|one| one.name.as_str()).collect();
        assert!(new.is_empty(), "{new:#?}, for one of {names:?}");
        undo.restore();
        left = later;
    }
}

#[test]
fn every_planted_weakness_is_found_and_nothing_else_is_flagged() {
    let Some(stock) = installed("debian::every_planted_weakness_is_found") else { return };
    let dir = folder("debian");
    let tree = dir.join("root");
    cp(&stock, &tree);
    let as_installed = scan(&tree, &dir.join("out"));
    let hardened: Hardened = yaml("hardened.yaml");
    hardened.steps.iter().for_each(|s| s.apply(&tree));
    let base = scan(&tree, &dir.join("out"));
    let failing: BTreeSet<&str> = base.failures.iter().map(|f| f.0.as_str()).collect();
    let open: BTreeSet<&str> = hardened.open.keys().map(String::as_str).collect();
    assert_eq!(failing, open, "what fails on the hardened root: {:#?}", base.failures);

    let mut all: All = yaml("planted.yaml");
    all.planted.extend(yaml::<All>("spelled.yaml").planted);
    assert!(all.planted.len() >= 400 && all.planted.iter().all(|p| !p.finds.is_empty()));
    let (mut problems, mut worst) = (Vec::new(), f64::MAX);
    for planted in &all.planted {
        let undo = Undo::keep(&tree, &planted.steps);
        planted.steps.iter().for_each(|s| s.apply(&tree));
        let now = scan(&tree, &dir.join("out"));
        let new: Vec<&Failure> = now.failures.difference(&base.failures).collect();
        problems.extend(wrong(planted, &tree, &new));
        worst = worst.min(now.score);
        undo.restore();
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    harmless(&tree, &dir.join("out"), &base);
    let again = scan(&tree, &dir.join("out"));
    assert_eq!(base.failures, again.failures, "something was not put back");

    // All at once, but for what undoes the place of another.
    let mut taken: BTreeSet<PathBuf> = BTreeSet::new();
    for planted in &all.planted {
        let paths: Vec<&Path> = planted.steps.iter().flat_map(Step::paths).collect();
        if paths.iter().all(|p| !taken.contains(*p)) {
            planted.steps.iter().for_each(|s| s.apply(&tree));
            taken.extend(paths.into_iter().map(Path::to_owned));
        }
    }
    let sabotaged = scan(&tree, &dir.join("out"));
    assert!(
        sabotaged.score < as_installed.score && as_installed.score < base.score,
        "sabotaged {} < installed {} < hardened {}",
        sabotaged.score,
        as_installed.score,
        base.score
    );
    fs::remove_dir_all(&tree).expect("removed");
}
