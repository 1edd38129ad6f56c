//! Updates against apt and dpkg themselves: generated configurations, same answer.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "tests may panic, and name what they skip"
)]

mod common;

use std::cmp::Ordering;
use std::process::Command;

use assay_host::{Host, Memory, Standing, apt_options, debian_order};
use common::{Dice, Scratch, collect, skip, there};

/// Points apt to a scratch root.
fn apt(program: &str, scratch: &Scratch) -> Command {
    let root = scratch.0.display();
    scratch.put(
        "first.conf",
        &format!(
            "Dir \"{root}/\";\nDir::State::status \"{root}/status\";\nAPT::Sandbox::User \"root\";\n\
             Dir::Log \"{root}/log\";\n"
        ),
    );
    let mut command = Command::new(program);
    command.env("APT_CONFIG", scratch.0.join("first.conf")).env("LC_ALL", "C");
    command
}

fn statement(dice: &mut Dice, scratch: &Scratch) -> String {
    let key = dice.pick(&[
        "Zz::A",
        "zz::a",
        "ZZ::B::C",
        "Zz::L",
        "Zz",
        "zz::l::n",
        "Zz::L::",
        "Zz::B",
        "Zz::a+b.c_d-e",
    ]);
    let value = dice.pick(&[
        "\"1\"",
        "\"a // b\"",
        "\"a # b\"",
        "\"x /* y\"",
        "\"\"",
        "\"a\" \"b\"",
        "\"a\"\"b\"",
        "plain",
        "\"tab\there\"",
        "\"a%41b\"",
        "a%41b",
        "\"a;b\"",
        "\"{}\"",
        "\"ü\"",
        "\" lead\"",
        "a[b c]d",
        "x\"y\"",
        "\"#clear\"",
    ]);
    match dice.roll(26) {
        0..=7 => format!("{key} {value};\n"),
        8 => format!("{key} {{ {value}; }};\n"),
        9 => format!("{key} {{ N {value}; {value};\n M {{ {value}; O \"2\"; }} }};\n"),
        10 => format!("{key}\n  {value}\n;\n"),
        11 => format!("#clear {key};\n"),
        12 => format!("// {key} {value};\n{key} {value}; // {value}\n"),
        13 => format!("# {key} {value};\n{key} {value}; # {value}\n"),
        14 => format!("/* {key}\n {value}; */ {key} {value}; /* x */ /* y\n*/\n"),
        15 => format!("{key} {value}; {key} {value};\n"),
        16 => format!(
            "#include \"{}/inc/{}.conf\";\n",
            scratch.0.display(),
            dice.pick(&["a", "b", "none"])
        ),
        17 => format!("#include \"{}/inc/\";\n", scratch.0.display()),
        18 => format!("{key};\n"),
        19 => format!("\"{key}\" {value};\n"),
        20 => format!("{key} {value} {{ N \"3\"; }};\n"),
        21 => format!("{key} {{\n#clear Zz::A;\n}};\n"),
        22 => format!("{key} {value}; }}\n"),
        23 => format!("{key} {{ \"x\"; :: \"y\"; }};\n"),
        24 => format!("\n\t {key}\t{value} ;;;\n#comment\n#clearly\n"),
        _ => {
            format!("{} {value}{}", key, dice.pick(&["", "\n", ";\n", " junk;\n", "};\n", "\";\n"]))
        }
    }
}

#[test]
fn options_of_apt_are_merged_as_apt_merges_them() {
    if !there("apt-config") {
        return skip("apt_options", "apt-config is not installed");
    }
    let mut dice = Dice(11);
    let (mut same, mut refused) = (0, 0);
    let mut wrong: Vec<String> = Vec::new();
    for round in 0..400 {
        let scratch = Scratch::new(&format!("apt-{round}"));
        let mut m = Memory::new(Standing::AtRest);
        let names = [
            "etc/apt/apt.conf",
            "etc/apt/apt.conf.d/10a",
            "etc/apt/apt.conf.d/9b.conf",
            "etc/apt/apt.conf.d/20x.bak",
            "etc/apt/apt.conf.d/Zz",
            "etc/apt/apt.conf.d/a b",
            "etc/apt/apt.conf.d/.hid",
            "etc/apt/apt.conf.d/10a.conf",
            "etc/apt/apt.conf.d/50_u-x",
            "etc/apt/apt.conf.d/c.x.conf",
            "etc/apt/apt.conf.d/d.",
            "etc/apt/apt.conf.d/10a~",
        ];
        for (name, inside) in
            [("inc/a.conf", "Zz::I \"a\";\n"), ("inc/b.conf", "Zz::I:: \"b\";\n#clear Zz::L;\n")]
        {
            scratch.put(name, inside);
            m.file(scratch.0.join(name), inside);
        }
        for _ in 0..=dice.roll(4) {
            let name = dice.pick(&names);
            let mut text = String::new();
            for _ in 0..=dice.roll(5) {
                text.push_str(&statement(&mut dice, &scratch));
            }
            scratch.put(name, &text);
            m.file(format!("/{name}"), &text);
        }
        let out = apt("apt-config", &scratch).arg("dump").output().unwrap();
        let host = Host::new(&m, "h", assay_core::Timestamp::UNIX_EPOCH);
        let shown = || {
            let files = names.iter().filter_map(|n| {
                let text = std::fs::read_to_string(scratch.0.join(n)).ok()?;
                Some(format!("--- {n}\n{text}"))
            });
            files.collect::<String>()
        };
        let said = String::from_utf8_lossy(&out.stderr).into_owned();
        match apt_options(&host) {
            Err(why) => {
                if out.status.success() {
                    wrong.push(format!("{round}: only we refuse: {why}\n{said}{}", shown()));
                }
                refused += 1;
            }
            Ok(_) if !out.status.success() => {
                wrong.push(format!("{round}: only apt refuses: {said}{}", shown()));
            }
            Ok(all) => {
                let ours: Vec<String> = all
                    .iter()
                    .filter(|(name, _)| name.to_ascii_lowercase().starts_with("zz"))
                    .map(|(name, value)| format!("{name} \"{value}\";"))
                    .collect();
                let text = String::from_utf8_lossy(&out.stdout).into_owned();
                let theirs: Vec<&str> =
                    text.lines().filter(|l| l.to_ascii_lowercase().starts_with("zz")).collect();
                if ours != theirs {
                    wrong.push(format!("{round}: {ours:#?}\n{theirs:#?}\n{}", shown()));
                }
                same += 1;
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong[..wrong.len().min(8)].join("\n"));
    assert!(same > 100 && refused > 20, "{same} {refused}");
}

#[test]
fn versions_are_ordered_as_dpkg_orders_them() {
    if !there("dpkg") {
        return skip("debian_order", "dpkg is not installed");
    }
    let mut dice = Dice(5);
    let mut version = || {
        let mut out = String::new();
        if dice.roll(4) == 0 {
            out.push_str(dice.pick(&["0:", "1:", "2:", "10:"]));
        }
        out.push_str(dice.pick(&["0", "1", "9", "10", "01", "007"]));
        for _ in 0..dice.roll(6) {
            out.push_str(dice.pick(&[
                ".", "+", "~", "a", "b", "Z", "0", "1", "9", "10", "00", "rc", "~~", "+deb12u",
                "-", ".0",
            ]));
        }
        if dice.roll(2) == 0 {
            out.push_str(dice.pick(&["-1", "-0", "-1~bpo", "-1+b1", "-1ubuntu0.1", "-01", "-1.1"]));
        }
        out
    };
    let pairs: Vec<(String, String)> = (0..4_000)
        .map(|_| (version(), version()))
        .map(|(a, b)| (a.trim_end_matches('-').to_owned(), b.trim_end_matches('-').to_owned()))
        .collect();
    // One shell for all of them.
    let script = "while read -r a b; do if dpkg --compare-versions \"$a\" lt \"$b\" 2>/dev/null; then echo l; \
                  elif dpkg --compare-versions \"$a\" eq \"$b\" 2>/dev/null; then echo e; else echo g; fi; done";
    let scratch = Scratch::new("versions");
    let lines: String = pairs.iter().map(|(a, b)| format!("{a} {b}\n")).collect();
    scratch.put("pairs", &lines);
    let input = std::fs::File::open(scratch.0.join("pairs")).unwrap();
    let out = Command::new("sh").args(["-c", script]).stdin(input).output().unwrap();
    let text = String::from_utf8(out.stdout).unwrap();
    assert_eq!(text.lines().count(), pairs.len());
    for ((a, b), said) in pairs.iter().zip(text.lines()) {
        let expected = match said {
            "l" => Ordering::Less,
            "e" => Ordering::Equal,
            _ => Ordering::Greater,
        };
        assert_eq!(debian_order(a, b), expected, "{a} {b}");
    }
}

#[test]
fn sources_without_signatures_are_those_that_apt_takes() {
    if !there("apt-get") {
        return skip("unsigned_sources", "apt-get is not installed");
    }
    let scratch = Scratch::new("unsigned");
    scratch.put("repo/Packages", "");
    scratch.put("status", "");
    for path in [
        "var/lib/apt/lists/partial",
        "var/cache/apt/archives/partial",
        "log",
        "etc/apt/sources.list.d",
        "etc/apt/apt.conf.d",
        "etc/apt/trusted.gpg.d",
        "etc/apt/preferences.d",
        "etc/apt/auth.conf.d",
    ] {
        std::fs::create_dir_all(scratch.0.join(path)).unwrap();
    }
    let uri = format!("file:{}/repo", scratch.0.display());
    let one = |options: &str| format!("deb {options} {uri} ./\n");
    let many = |fields: &str| format!("Types: deb\nURIs: {uri}\nSuites: ./\n{fields}");
    let mut cases: Vec<(&str, String, &str)> = Vec::new();
    for options in [
        "",
        "[trusted=yes]",
        "[trusted=no]",
        "[ trusted=yes ]",
        "[Trusted=yes]",
        "[trusted=YES]",
        "[trusted=true]",
        "[trusted=1]",
        "[trusted=on]",
        "[trusted=with]",
        "[trusted=enable]",
        "[trusted=2]",
        "[trusted=maybe]",
        "[allow-insecure=yes]",
        "[allow-insecure=no]",
        "[allow-insecure=1 arch=amd64]",
        "[arch=amd64 trusted=yes]",
        "[trusted=\"yes\"]",
        "[trusted=no allow-insecure=yes]",
        "[trusted=yes trusted=no]",
        "[trusted=no trusted=yes]",
        "[allow-weak=yes]",
        "[allow-insecure=maybe]",
        "[trusted=0x1]",
    ] {
        cases.push(("x.list", one(options), ""));
    }
    // Allow-Insecure is documented for this format too; not every version of apt obeys it there.
    for fields in [
        "",
        "Trusted: yes\n",
        "trusted: YES\n",
        "TRUSTED:\tTrue\n",
        "Trusted: no\n",
        "# Trusted: yes\n",
        "Trusted:\n yes\n",
        "Trusted: yes\nTrusted: no\n",
        "Trusted: no\nTrusted: yes\n",
        "X: y\n# c\nTrusted: yes\n",
        "Trusted : yes\n",
        "X: y\n Trusted: yes\n",
    ] {
        cases.push(("x.sources", many(fields), ""));
    }
    for conf in [
        "Acquire::AllowInsecureRepositories \"true\";",
        "acquire { allowinsecurerepositories \"1\"; };",
        "Acquire::AllowInsecureRepositories \"no\";",
        "Binary::apt-get::Acquire::AllowInsecureRepositories \"yes\";",
        "Acquire::AllowInsecureRepositories \"yes\"; #clear Acquire;",
    ] {
        cases.push(("x.list", one(""), conf));
        cases.push(("x.list", one("[allow-insecure=no]"), conf));
        cases.push(("x.list", one("[trusted=no]"), conf));
    }
    let mut takes = 0;
    let mut wrong = Vec::new();
    for (name, text, conf) in &cases {
        for old in ["x.list", "x.sources"] {
            let _ = std::fs::remove_file(scratch.0.join("etc/apt/sources.list.d").join(old));
        }
        scratch.put(&format!("etc/apt/sources.list.d/{name}"), text);
        scratch.put("etc/apt/apt.conf.d/x", conf);
        let out = apt("apt-get", &scratch).arg("update").output().unwrap();
        let mut m = Memory::new(Standing::AtRest);
        m.file(format!("/etc/apt/sources.list.d/{name}"), text).file("/etc/apt/apt.conf.d/x", conf);
        let docs = collect("updates", &m);
        let doc = docs.iter().find(|d| d.kind == "linux.updates").unwrap();
        let unsigned = doc.properties["Unsigned"].as_array().unwrap();
        let said = String::from_utf8_lossy(&out.stderr).into_owned();
        // `allow-weak` is no business of this repository: it has no signature at all.
        let found = unsigned.iter().any(|p| !p["Why"].as_str().unwrap().contains("weak"));
        if found != out.status.success() {
            wrong.push(format!("{name}\n{text}\n{conf}\n{unsigned:?}\n{said}"));
        }
        takes += usize::from(found);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(takes > 15, "{takes}");
}
