use super::*;
use crate::{Memory, Standing};

fn root(files: &[(&str, &str)]) -> Memory {
    let mut m = Memory::new(Standing::AtRest);
    m.file("/usr/lib/systemd/systemd", "x").symlink("/sbin/init", "/usr/lib/systemd/systemd");
    m.symlink("/lib", "usr/lib").file("/etc/os-release", "ID=debian\n");
    for (path, text) in files {
        m.file(path, text);
    }
    m
}

fn doc(m: &Memory) -> Resource {
    document(&Host::new(m, "h", assay_core::Timestamp::UNIX_EPOCH))
}

fn hards(files: &[(&str, &str)]) -> Vec<(String, i64, Option<u64>)> {
    let r = doc(&root(files));
    let all = r.properties["Limits"].as_array().unwrap();
    let one = |l: &Value| {
        let hard = &l["Hard"];
        (
            l["Who"].as_str().unwrap().to_owned(),
            hard["value"].as_i64().unwrap(),
            hard["line"].as_u64(),
        )
    };
    all.iter().map(one).collect()
}

fn hard(who: &str, value: i64, line: Option<u64>) -> (String, i64, Option<u64>) {
    (who.to_owned(), value, line)
}

#[test]
fn later_lines_win_and_soft_ones_are_capped() {
    assert_eq!(hards(&[]), [hard("*", -1, None)]);
    let main = ("/etc/security/limits.conf", "# c\n* hard core 0\n*  soft core unlimited\n");
    assert_eq!(hards(&[main]), [hard("*", 0, Some(2))]);
    let late =
        ("/etc/security/limits.d/a.conf", "@dev hard core unlimited # x\n* - core 100\nbob -\n");
    assert_eq!(
        hards(&[main, late]),
        [hard("*", 100, Some(2)), hard("@dev", -1, Some(1)), hard("bob", -1, Some(3))]
    );
    let ignored = ("/etc/security/limits.d/a.txt", "* hard core unlimited\n");
    assert_eq!(hards(&[main, ignored]), [hard("*", 0, Some(2))]);
}

#[test]
fn a_sign_in_that_never_calls_the_module_is_not_limited() {
    let main = ("/etc/security/limits.conf", "* hard core 0\n");
    let with = ("/etc/pam.d/common", "session required pam_limits.so\n");
    let sshd = ("/etc/pam.d/sshd", "@include common\n");
    assert_eq!(hards(&[main, with, sshd]).len(), 1);
    let without =
        ("/etc/pam.d/common", "#session required pam_limits.so\nauth required pam_limits.so\n");
    assert_eq!(hards(&[main, without, sshd])[1], hard("sessions of sshd", -1, Some(1)));
    // SUSE: the service is the vendor's, the stack that it includes the administrator's.
    let sshd = ("/usr/lib/pam.d/sshd", "session include common\n");
    assert_eq!(hards(&[main, with, sshd]).len(), 1);
    let sshd = ("/etc/pam.d/sshd", "@include common\n");
    let circle = ("/etc/pam.d/common", "@include sshd\n");
    let m = root(&[main, circle, sshd]);
    assert!(doc(&m).gaps.contains_key("/Limits"));
    let own = ("/etc/pam.d/common", "session required pam_limits.so conf=/etc/own\n");
    assert_eq!(hards(&[main, own, sshd]), [hard("*", -1, None)]);
}

#[test]
fn who_gets_dumps_decides_whether_they_stay() {
    let keeps = |files: &[(&str, &str)]| doc(&root(files)).properties["Keeps"].clone();
    assert_eq!(keeps(&[])["value"], true, "a file beside the program");
    let pipe = |to: &str| format!("kernel.core_pattern={to}\n");
    let file = "/etc/sysctl.d/a.conf";
    assert_eq!(keeps(&[(file, &pipe("|/bin/false"))])["line"], 1);
    assert_eq!(keeps(&[(file, &pipe("|/bin/false"))])["value"], false);
    assert_eq!(keeps(&[(file, &pipe("|/opt/x %p"))])["value"], false, "not there");
    assert_eq!(keeps(&[(file, &pipe("|/opt/x %p")), ("/opt/x", "x")])["value"], true);
    let own = pipe("|/lib/systemd/systemd-coredump %P");
    let handler = ("/usr/lib/systemd/systemd-coredump", "x");
    assert_eq!(keeps(&[(file, &own), handler])["origin"], "default");
    let none = ("/etc/systemd/coredump.conf", "[Coredump]\nStorage=none\n");
    assert_eq!(keeps(&[(file, &own), handler, none])["value"], false);
    let late = ("/etc/systemd/coredump.conf.d/z.conf", "[Coredump]\nStorage=external\n");
    let r = doc(&root(&[(file, &own), handler, none, late]));
    assert_eq!(r.properties["Keeps"]["file"], late.0);
    assert_eq!(r.properties["Storage"]["others"][0]["file"], none.0);
    let size = (
        "/etc/systemd/coredump.conf.d/z.conf",
        "[Other]\nStorage=none\n[Coredump]\nProcessSizeMax=0K\n",
    );
    assert_eq!(keeps(&[(file, &own), handler, size])["line"], 4);
}

#[test]
fn services_that_dump() {
    let names = |files: &[(&str, &str)]| {
        let r = doc(&root(files));
        let all = r.properties["Services"].as_array().unwrap().clone();
        all.into_iter().map(|s| s["Unit"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert!(names(&[]).is_empty());
    assert_eq!(names(&[("/etc/os-release", "ID=fedora\n")]), ["DefaultLimitCORE"]);
    let conf = ("/etc/systemd/system.conf.d/a.conf", "[Manager]\nDefaultLimitCORE=0:infinity\n");
    assert!(names(&[("/etc/os-release", "ID=fedora\n"), conf]).is_empty());
    let units = [
        ("/usr/lib/systemd/system/default.target", "[Unit]\nWants=x.service\n"),
        ("/usr/lib/systemd/system/x.service", "[Service]\nExecStart=/bin/x\n"),
        ("/etc/systemd/system/x.service.d/a.conf", "[Service]\nLimitCORE=1G\n"),
    ];
    let mut m = root(&units);
    m.file("/bin/x", "x").owned("/bin/x", 0, 0, 0o755);
    assert_eq!(doc(&m).properties["Services"][0]["Limit"]["line"], 2);
}

#[test]
fn no_bytes_break_it() {
    let seed = b"* hard core 0\n@a - core\n- - -\n[Coredump]\nStorage=\xff\n@include sshd\nsession include x\0\n";
    for cut in 0..seed.len() {
        let mut m = root(&[]);
        for path in [
            "/etc/security/limits.conf",
            "/etc/systemd/coredump.conf",
            "/etc/pam.d/sshd",
            "/etc/systemd/system.conf",
        ] {
            m.file(path, &seed[cut..]);
        }
        doc(&m);
    }
}
