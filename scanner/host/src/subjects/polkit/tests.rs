use super::*;
use crate::{Memory, Standing};

#[derive(Default)]
struct Kept(Vec<Resource>);

impl Output for Kept {
    fn put(&mut self, document: Resource) {
        self.0.push(document);
    }
    fn listed(&mut self, _: &'static str, _: Result<(), Gap>) {}
}

fn root(files: &[(&str, &str)]) -> Memory {
    let mut m = Memory::new(Standing::AtRest);
    m.file("/usr/lib/polkit-1/polkitd", "x");
    m.file(
        "/etc/passwd",
        "root:x:0:0::/root:/bin/sh\nalice:x:1000:1000::/:\nbob:x:1001:1001::/:\n",
    );
    m.file("/etc/group", "root:x:0:\nops:x:50:bob\nwheel:x:51:\nalice:x:1000:\n");
    for (path, text) in files {
        m.file(path, text);
    }
    m
}

fn read(files: &[(&str, &str)]) -> Resource {
    let m = root(files);
    let mut kept = Kept::default();
    collect(&Host::new(&m, "h", assay_core::Timestamp::UNIX_EPOCH), &mut kept);
    kept.0.pop().unwrap()
}

/// `user: command, session (file:line)`, `+` where the own password is asked for.
fn granted(files: &[(&str, &str)]) -> Vec<String> {
    let r = read(files);
    let all = r.properties.get("Grants").unwrap_or_else(|| panic!("{:?}", r.gaps));
    let one = |g: &Value| {
        let sign = if g["Authenticate"]["value"] == true { "+" } else { "-" };
        let text = |n: &str| g[n].as_str().unwrap().to_owned();
        let file = text("file");
        let file = file.rsplit('/').next().unwrap();
        format!(
            "{sign}{}: {}, {} ({file}:{})",
            text("User"),
            text("Command"),
            text("Session"),
            g["line"]
        )
    };
    all.as_array().unwrap().iter().map(one).collect()
}

fn rule(body: &str) -> Vec<String> {
    let text = format!("polkit.addRule(function(action, subject) {{\n{body}\n}});");
    granted(&[("/etc/polkit-1/rules.d/10-x.rules", &text)])
}

const UNITS: &str = "org.freedesktop.systemd1.manage-units";

#[test]
fn rules_in_their_usual_forms() {
    let all = ["-%wheel: pkexec any program, in any session (10-x.rules:3)"];
    assert_eq!(rule("if (subject.isInGroup(\"wheel\"))\n  return polkit.Result.YES;"), all);
    let units = [format!("-ALL: {UNITS}, in any session (10-x.rules:2)")];
    assert_eq!(rule(&format!("if (action.id == '{UNITS}') return 'yes';")), units);
    let prefix = "var p = 'org.freedesktop.systemd1.';\nif (action.id.indexOf(p) === 0 && subject.user == \"alice\") {\n\
        polkit.log(\"a\" + action);\nreturn polkit.Result.YES; }";
    // An action as text is not followed; it is only logged where alice asks.
    assert!(
        read(&[(
            "/etc/polkit-1/rules.d/10-x.rules",
            &format!("polkit.addRule(function(action, subject) {{{prefix}}});")
        )])
        .gaps
        .contains_key("/Grants")
    );
    let prefix = prefix.replace("\"a\" + action", "\"a\" + action.id");
    assert_eq!(rule(&prefix)[0], format!("-alice: {UNITS}, in any session (10-x.rules:5)"));
    let here = "if (subject.local && subject.active && /^org\\.freedesktop\\.policykit\\.exec$/.test(action.id))\nreturn polkit.Result.YES";
    assert_eq!(rule(here), ["-ALL: pkexec any program, at the machine (10-x.rules:3)"]);
    let list = "var ok = ['a', 'org.freedesktop.machine1.host-shell'];\nif (ok.indexOf(action.id) >= 0 && !subject.isInGroup('wheel')) return polkit.Result.AUTH_SELF_KEEP;";
    assert_eq!(
        rule(list),
        ["+ALL: org.freedesktop.machine1.host-shell, in any session (10-x.rules:3)"]
    );
    let switch = format!(
        "switch (action.id) {{ case 'x':\ncase '{UNITS}':\nreturn subject.user === 'bob' ? polkit.Result.YES : polkit.Result.NOT_HANDLED;\ndefault: return null; }}"
    );
    assert_eq!(rule(&switch), [format!("-bob: {UNITS}, in any session (10-x.rules:4)")]);
    let looped = "for (var i = 0; i < subject.groups.length; i++) { if (subject.groups[i] == 'ops') return 'yes'; }";
    assert_eq!(rule(looped), ["-%ops: pkexec any program, in any session (10-x.rules:2)"]);
    let some = "return ['ops', 'wheel'].some(function (g) { return subject.isInGroup(g); }) ? 'yes' : 'no';";
    assert_eq!(rule(some).len(), 1);
}

#[test]
fn what_gives_no_root_is_no_grant() {
    assert!(rule("if (action.id == 'org.freedesktop.login1.reboot') return 'yes';").is_empty());
    let one = format!(
        "if (action.id == '{UNITS}' && action.lookup('unit') == 'nginx.service' && action.lookup('verb') == 'restart' && subject.isInGroup('wheel')) return polkit.Result.YES;"
    );
    assert!(rule(&one).is_empty());
    assert!(rule("return polkit.Result.NO;\nreturn 'yes';").is_empty());
    assert!(rule("return polkit.Result.AUTH_ADMIN;").is_empty());
    assert!(rule("var none;\nreturn none.more ? 'yes' : 'yes';").is_empty(), "it throws");
    let program = |p: &str| {
        rule(&format!(
            "if (action.id == 'org.freedesktop.policykit.exec' && action.lookup('program') == '{p}' && subject.user == 'alice') return polkit.Result.YES;"
        ))
    };
    assert!(program("/usr/bin/id").is_empty());
    assert_eq!(
        program("/usr/bin/vim"),
        ["-alice: pkexec /usr/bin/vim, in any session (10-x.rules:2)"]
    );
}

#[test]
fn the_first_rule_that_answers_decides() {
    let yes = "polkit.addRule(function(a, s) { return 'yes'; });";
    let no = "polkit.addRule(function(a, s) { if (a.id.startsWith('org.')) return polkit.Result.AUTH_ADMIN; });";
    let files = [
        ("/usr/share/polkit-1/rules.d/10-first.rules", no),
        ("/etc/polkit-1/rules.d/20-later.rules", yes),
        ("/etc/polkit-1/rules.d/00-off.rules.bak", yes),
    ];
    assert!(granted(&files).iter().all(|g| !g.contains("pkexec any")));
    let files =
        [("/usr/share/polkit-1/rules.d/50-a.rules", no), ("/etc/polkit-1/rules.d/50-a.rules", yes)];
    assert_eq!(granted(&files), ["-ALL: pkexec any program, in any session (50-a.rules:1)"]);
    assert_eq!(read(&files).properties["Grants"][0]["file"], "/etc/polkit-1/rules.d/50-a.rules");
}

#[test]
fn what_cannot_be_told_is_a_gap() {
    for body in [
        "polkit.spawn(['/bin/true']); return 'yes';",
        "try { return 'yes'; } catch (e) {}",
        "return subject.isInNetGroup('x') ? 'yes' : 'no';",
        "eval('x')",
        "while (true) {}",
        "return new Date() > 3 ? 'yes' : 'no';",
        "return /(?=a)/.test(action.id) ? 'yes' : 'no';",
    ] {
        let text = format!("polkit.addRule(function(action, subject) {{\n{body}\n}});");
        let r = read(&[("/etc/polkit-1/rules.d/10-x.rules", &text)]);
        assert!(r.gaps.contains_key("/Grants") && !r.properties.contains_key("Grants"), "{body}");
        assert!(r.gaps["/Grants"].detail.starts_with("/etc/polkit-1/rules.d/10-x.rules:"));
    }
    for text in ["polkit.addRule((a, s) => 'yes');", "\0", "polkit.addRule(function() {", "let"] {
        let r = read(&[("/etc/polkit-1/rules.d/10-x.rules", text)]);
        assert!(r.gaps.contains_key("/Grants"), "{text}");
    }
}

#[test]
fn defaults_of_actions() {
    let policy = |word: &str| {
        format!(
            "<policyconfig><action id=\"org.freedesktop.policykit.exec\"><defaults>\n<allow_any>auth_admin</allow_any><allow_inactive>no</allow_inactive>\n<allow_active>{word}</allow_active></defaults></action>\n<action id=\"x.edit\"><annotate key=\"org.freedesktop.policykit.exec.path\">/usr/bin/nano</annotate><defaults><allow_any>yes</allow_any></defaults></action></policyconfig>"
        )
    };
    let path = "/usr/share/polkit-1/actions/x.policy";
    let want = [
        "-ALL: pkexec any program, at the machine (x.policy:3)",
        "-ALL: x.edit (/usr/bin/nano), in any session (x.policy:4)",
    ];
    assert_eq!(granted(&[(path, &policy("yes"))]), want);
    assert_eq!(granted(&[(path, &policy("auth_admin_keep"))]), want[1..]);
    let no = ("/etc/polkit-1/rules.d/0.rules", "polkit.addRule(function() { return 'no' });");
    assert!(granted(&[(path, &policy("yes")), no]).is_empty());
}

#[test]
fn pkla_files_count_where_something_reads_them() {
    let pkla = (
        "/etc/polkit-1/localauthority/50-local.d/x.pkla",
        "[a]\nIdentity=unix-group:ops;unix-user:alice\nAction=org.freedesktop.policykit.*;x\nResultAny=yes\nResultActive=no\n",
    );
    assert!(granted(&[pkla]).is_empty(), "no helper");
    let compat = (
        "/usr/share/polkit-1/rules.d/49-polkit-pkla-compat.rules",
        "polkit.addAdminRule(function(action, subject) { return polkit.spawn(['x']); });\npolkit.addRule(function(action, subject) {\nvar params = ['/usr/sbin/pkla-check-authorization',\n subject.user, subject.local ? 'true' : 'false',\n subject.active ? 'true' : 'false', action.id];\nvar res = polkit.spawn(params);\nif (res == '')\n return null;\nreturn res.replace(/\\n$/, '');\n});",
    );
    let helper = ("/usr/sbin/pkla-check-authorization", "x");
    let want = "-%ops: pkexec any program, in any session (x.pkla:4)";
    assert_eq!(granted(&[pkla, compat, helper]), [want]);
    let mut m = Memory::new(Standing::AtRest);
    m.file("/usr/lib/policykit-1/polkitd", "x").file("/etc/passwd", "root:x:0:0:::\n");
    m.file("/etc/group", "ops:x:50:\n").file(pkla.0, pkla.1);
    m.file("/etc/polkit-1/rules.d/x.rules", "polkit.addRule(function() { return 'yes'; })");
    let mut kept = Kept::default();
    collect(&Host::new(&m, "h", assay_core::Timestamp::UNIX_EPOCH), &mut kept);
    let grants = &kept.0[0].properties["Grants"];
    assert_eq!((&grants[0]["User"], grants.as_array().unwrap().len()), (&json!("%ops"), 1));
    let late = (
        "/etc/polkit-1/localauthority/90-mandatory.d/y.pkla",
        "[b]\nIdentity=unix-user:*\nAction=*\nResultAny=auth_admin\nResultInactive=no\nResultActive=no\n",
    );
    assert!(
        granted(&[pkla, late, compat, helper]).iter().all(|g| g.contains("%ops")),
        "a user is asked after his groups"
    );
}

#[test]
fn any_text_ends_in_bounded_time() {
    let words = [
        "polkit.addRule(",
        "function(action, subject) ",
        "{",
        "}",
        ")",
        "(",
        "if ",
        "else ",
        "return ",
        "'yes'",
        "polkit.Result.YES",
        "action.id",
        "subject.user",
        " == ",
        " && ",
        "!",
        ";",
        "\n",
        "var x = ",
        "x",
        "[",
        "]",
        ",",
        ".indexOf",
        "/a/",
        "/",
        "\"",
        "\\",
        "for ",
        "while (true) ",
        "switch ",
        "case ",
        ":",
        "?",
        "+",
        "++",
        "-",
        "é",
        "\0",
        "0",
        "1e9",
        "//",
        "/*",
    ];
    let mut state = 3_u64;
    let mut next = move |n: usize| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % n
    };
    for _ in 0..400 {
        let text: String = (0..next(60)).map(|_| words[next(words.len())]).collect();
        read(&[("/etc/polkit-1/rules.d/x.rules", &text)]);
        read(&[("/usr/share/polkit-1/actions/x.policy", &text)]);
    }
    for long in [
        "(".repeat(100_000),
        "!".repeat(100_000),
        "a.".repeat(100_000),
        "1+".repeat(100_000),
        "[".repeat(100_000),
        "if(1)".repeat(50_000),
        "function a(){".repeat(50_000),
        "polkit.addRule(function(){return null});".repeat(5_000),
        "<action id=\"a\"><allow_any>".repeat(50_000),
        "<!--".repeat(100_000),
        "a=".repeat(100_000),
        "a?".repeat(100_000),
    ] {
        read(&[
            ("/etc/polkit-1/rules.d/x.rules", &long),
            ("/usr/share/polkit-1/actions/x.policy", &long),
        ]);
    }
}
