//! Whole hosts.

mod families;
mod junk;
mod passwords;

use assay_core::Resource;
use serde_json::Value;

use super::*;
use crate::{Memory, Standing};

#[derive(Default)]
struct Taken(Vec<Resource>, Option<Result<(), Gap>>);

impl Output for Taken {
    fn put(&mut self, document: Resource) {
        self.0.push(document);
    }
    fn listed(&mut self, _: &'static str, result: Result<(), Gap>) {
        self.1 = Some(result);
    }
}

fn run(m: &Memory) -> Taken {
    let host = Host::new(m, "h", assay_core::Timestamp::UNIX_EPOCH);
    let mut out = Taken::default();
    collect(&host, &mut out);
    crate::subjects::ssh::tests::fit(&out.0);
    out
}

fn facet(m: &Memory, name: &str) -> Value {
    let t = run(m);
    let d = t.0.first().unwrap();
    d.properties.get(name).cloned().unwrap_or_else(|| panic!("{name}: {:?}", d.gaps))
}

const MODULES: &str = "/usr/lib/x86_64-linux-gnu/security";

/// A host with these modules, where login, su, sshd and passwd are installed.
fn host(files: &[(&str, &str)]) -> Memory {
    let mut m = Memory::new(Standing::AtRest);
    for name in [
        "unix",
        "permit",
        "deny",
        "env",
        "faillock",
        "pwquality",
        "pwhistory",
        "wheel",
        "rootok",
        "succeed_if",
        "localuser",
        "usertype",
        "faildelay",
        "nologin",
        "listfile",
        "exec",
        "sss",
    ] {
        m.file(format!("{MODULES}/pam_{name}.so"), "");
    }
    for program in ["/bin/login", "/bin/su", "/usr/sbin/sshd", "/usr/bin/passwd"] {
        m.file(program, "");
    }
    m.file("/etc/passwd", "root:x:0:0::/root:/bin/sh\nann:x:1000:1000::/home/ann:/bin/sh\n");
    m.file("/etc/group", "root:x:0:\nann:x:1000:\nempty:x:60:\n");
    for (path, text) in files {
        m.file(path, text);
    }
    m
}

const AUTH_OK: &str = "auth\t[success=1 default=ignore]\tpam_unix.so\nauth\trequisite\tpam_deny.so\nauth\trequired\tpam_permit.so\n";
const ACCOUNT_OK: &str = "account [success=1 new_authtok_reqd=done default=ignore] pam_unix.so\naccount requisite pam_deny.so\naccount required pam_permit.so\n";
const PASSWORD_OK: &str = "password requisite pam_pwquality.so retry=3\npassword [success=1 default=ignore] pam_unix.so use_authtok yescrypt\npassword requisite pam_deny.so\npassword required pam_permit.so\n";
const ALL: &str = "@include common-auth\n@include common-account\n@include common-password\n";

/// Debian with these common files.
fn debian(auth: &str, account: &str, password: &str) -> Memory {
    let mut m = host(&[
        ("/etc/debian_version", "12.5"),
        ("/etc/pam.d/common-auth", auth),
        ("/etc/pam.d/common-account", account),
        ("/etc/pam.d/common-password", password),
        ("/etc/pam.d/passwd", "@include common-password\n"),
    ]);
    for name in ["login", "sshd", "other"] {
        m.file(format!("/etc/pam.d/{name}"), ALL);
    }
    m.file("/etc/pam.d/su", format!("auth sufficient pam_rootok.so\n{ALL}"));
    m
}

/// `file:line` of each element, with one member.
fn places(list: &Value, member: &str) -> Vec<String> {
    let one = |v: &Value| {
        let of = |v: &Value| format!("{}:{}", v["file"].as_str().unwrap_or("-"), v["line"]);
        let m = &v[member];
        if m.is_object() { format!("{} {}", of(m), m["value"]) } else { format!("{} {m}", of(v)) }
    };
    list.as_array().unwrap().iter().map(one).collect()
}

fn bypasses(m: &Memory) -> Vec<String> {
    places(&facet(m, "Bypasses"), "Module")
}

#[test]
fn a_host_without_modules_has_no_stacks() {
    let mut m = Memory::new(Standing::AtRest);
    m.file("/etc/pam.d/sshd", "auth sufficient pam_permit.so\n").file("/usr/sbin/sshd", "");
    let t = run(&m);
    assert!(t.0.is_empty() && t.1 == Some(Ok(())));
}

#[test]
fn what_debian_ships_lets_nobody_in() {
    let m = debian(AUTH_OK, ACCOUNT_OK, PASSWORD_OK);
    assert!(bypasses(&m).is_empty(), "{:?}", bypasses(&m));
    assert_eq!(facet(&m, "EmptyPasswords"), Value::from(Vec::<Value>::new()));
    assert_eq!(places(&facet(&m, "Checks"), "Lockout"), ["/etc/pam.d/common-auth:1 \"missing\""]);
    let services = &facet(&m, "Checks")[0]["Services"];
    assert_eq!(services.as_array().unwrap().len(), 4, "{services}");
    let stores = facet(&m, "Stores");
    assert_eq!(places(&stores, "Judged"), ["/etc/pam.d/common-password:1 true"]);
    assert_eq!(stores[0]["MinLength"]["value"], 8);
    assert_eq!(stores[0]["Scheme"]["value"], "yescrypt");
    assert_eq!(places(&facet(&m, "Su"), "Weakness"), ["/etc/pam.d/su:1 \"unrestricted\""]);
    assert!(facet(&m, "Uncovered").as_array().unwrap().is_empty());
}

#[test]
fn each_way_in_is_found_at_the_entry_that_opens_it() {
    let with = |auth: &str| bypasses(&debian(auth, ACCOUNT_OK, PASSWORD_OK));
    let at = |line: u32, module: &str| [format!("/etc/pam.d/common-auth:{line} \"{module}\"")];
    assert_eq!(with(&format!("auth sufficient pam_permit.so\n{AUTH_OK}")), at(1, "pam_permit"));
    let jump = AUTH_OK.replace("default=ignore", "default=1");
    assert_eq!(with(&jump), at(1, "pam_unix"));
    let removed =
        AUTH_OK.replace("auth\trequisite\tpam_deny.so\n", "# auth requisite pam_deny.so\n");
    assert_eq!(with(&removed.replace("success=1", "success=ok")), at(3, "pam_permit"));
    let weak = AUTH_OK.replace("requisite", "optional");
    assert_eq!(with(&weak), at(3, "pam_permit"));
    let skip = format!("auth [success=2 default=ignore] pam_succeed_if.so uid >= 1000\n{AUTH_OK}");
    assert_eq!(with(&skip), at(1, "pam_succeed_if"));
    let listed = format!("auth sufficient \\\n  [pam_exec.so] quiet /usr/bin/true\n{AUTH_OK}");
    assert_eq!(with(&listed), at(1, "pam_exec"));
    let later = format!("auth sufficient pam_exec.so type=account /bin/true\n{AUTH_OK}");
    assert!(with(&later).is_empty(), "of another type it does nothing");
    assert!(with(&format!("auth sufficient pam_ftp.so\n{AUTH_OK}")).is_empty(), "nobody is ftp");
    // Two at once.
    let both =
        format!("auth sufficient pam_permit.so\nauth sufficient pam_localuser.so\n{AUTH_OK}");
    assert_eq!(with(&both).len(), 2);
    let twice = format!("{0}{0}{AUTH_OK}", "auth sufficient pam_permit.so\n");
    let found = facet(&debian(&twice, ACCOUNT_OK, PASSWORD_OK), "Bypasses");
    assert_eq!(found[1]["Key"], "auth//etc/pam.d/common-auth/sufficient/pam_permit/login#2");
    // Whoever asks sshd and login is root already.
    for whose in ["pam_rootok.so", "pam_succeed_if.so uid = 0 use_uid"] {
        let module = whose.split('.').next().unwrap();
        assert_eq!(with(&format!("auth sufficient {whose}\n{AUTH_OK}")), at(1, module), "{whose}");
    }
    // What looks like one, and is none.
    for decoy in [
        "auth optional pam_permit.so\n",
        "auth required pam_permit.so\n",
        "# auth sufficient pam_permit.so\n",
        "auth sufficient pam_permit\n",
        "auth sufficient pam_succeed_if.so user ingroup empty\n",
        "auth requisite pam_deny.so\nauth sufficient pam_permit.so\n",
        "auth [success=1 default=ignore] pam_permit.so\nauth sufficient pam_permit.so\n",
        "session sufficient pam_permit.so\n",
        "auth [success=done default=ignore] pam_sss.so use_first_pass\n",
        "auth [success=ok default=done] pam_deny.so\n",
    ] {
        assert!(with(&format!("{decoy}{AUTH_OK}")).is_empty(), "{decoy}");
    }
}

#[test]
fn a_module_is_what_its_link_names() {
    let mut m = debian(&format!("auth sufficient pam_ours.so\n{AUTH_OK}"), ACCOUNT_OK, PASSWORD_OK);
    assert!(bypasses(&m).is_empty());
    m.symlink(format!("{MODULES}/pam_ours.so"), "pam_permit.so");
    assert_eq!(bypasses(&m), ["/etc/pam.d/common-auth:1 \"pam_permit\""]);
    // A copy under another name.
    m.file(format!("{MODULES}/pam_permit.so"), "yes").file(format!("{MODULES}/pam_own.so"), "yes");
    m.file("/etc/pam.d/common-auth", format!("auth sufficient pam_own.so\n{AUTH_OK}"));
    assert_eq!(bypasses(&m), ["/etc/pam.d/common-auth:1 \"pam_permit\""]);
}

#[test]
fn services_without_a_program_do_not_count() {
    let mut m = debian(AUTH_OK, ACCOUNT_OK, PASSWORD_OK);
    m.file("/etc/pam.d/legacy", "auth required pam_permit.so\n");
    m.file("/etc/pam.d/SSHD", "auth required pam_permit.so\n");
    m.file("/usr/lib/pam.d/sshd", "auth required pam_permit.so\n");
    assert!(bypasses(&m).is_empty());
    m.file("/usr/local/bin/legacy", "");
    assert_eq!(bypasses(&m), ["/etc/pam.d/legacy:1 \"pam_permit\""]);
    // Without a file of its own, `other` answers.
    let mut m = debian(AUTH_OK, ACCOUNT_OK, PASSWORD_OK);
    m.file("/etc/pam.d/other", "auth required pam_permit.so\n");
    assert_eq!(facet(&m, "Bypasses")[0]["Services"], serde_json::json!(["other"]));
}

#[test]
fn expired_accounts_and_the_stack_that_asks_for_them() {
    let m =
        debian(AUTH_OK, &format!("account sufficient pam_localuser.so\n{ACCOUNT_OK}"), PASSWORD_OK);
    assert_eq!(bypasses(&m), ["/etc/pam.d/common-account:1 \"pam_localuser\""]);
    let m = debian(
        AUTH_OK,
        "account required pam_unix.so\naccount sufficient pam_localuser.so\naccount required pam_permit.so\n",
        PASSWORD_OK,
    );
    assert!(bypasses(&m).is_empty());
}

#[test]
fn empty_passwords_only_where_they_are_checked() {
    let null = AUTH_OK.replace("pam_unix.so", "pam_unix.so nullok_secure");
    let m = debian(&null, ACCOUNT_OK, &PASSWORD_OK.replace("yescrypt", "yescrypt nullok"));
    assert_eq!(
        places(&facet(&m, "EmptyPasswords"), "Module"),
        ["/etc/pam.d/common-auth:1 \"pam_unix\""]
    );
    let dead = format!("{}auth required pam_deny.so\nauth sufficient pam_unix.so nullok\n", "");
    let m = debian(&dead, ACCOUNT_OK, PASSWORD_OK);
    assert!(facet(&m, "EmptyPasswords").as_array().unwrap().is_empty(), "never gets in");
}

const LOCKED: &str = "auth requisite pam_faillock.so preauth\nauth [success=2 default=ignore] pam_unix.so\nauth [default=die] pam_faillock.so authfail\nauth requisite pam_deny.so\nauth required pam_permit.so\n";

#[test]
fn locks_have_to_count_and_to_deny() {
    let with = |auth: &str, conf: &str| {
        let mut m = debian(auth, ACCOUNT_OK, PASSWORD_OK);
        m.file("/etc/security/faillock.conf", conf);
        places(&facet(&m, "Checks"), "Lockout").join(" ")
    };
    let c = "/etc/pam.d/common-auth";
    assert_eq!(with(LOCKED, "deny = 5\n"), format!("{c}:1 \"enforced\""));
    assert_eq!(with(LOCKED, "deny=5\ndeny = 0 # x\n"), "/etc/security/faillock.conf:2 \"off\"");
    let over = LOCKED.replace("preauth", "preauth deny=4").replace("authfail", "authfail deny=4");
    assert_eq!(with(&over, "deny = 0\n"), format!("{c}:1 \"enforced\""));
    let zero = LOCKED.replace("preauth", "preauth deny=0");
    assert_eq!(with(&zero, "deny = 5\n"), format!("{c}:1 \"off\""));
    let late = "auth requisite pam_faillock.so preauth\nauth [success=2 default=die] pam_unix.so\nauth [default=die] pam_faillock.so authfail\nauth requisite pam_deny.so\nauth required pam_permit.so\n";
    assert_eq!(with(late, ""), format!("{c}:3 \"uncounted\""));
    let blind = LOCKED.replace("auth requisite pam_faillock.so preauth\n", "");
    assert_eq!(with(&blind, ""), format!("{c}:2 \"never_denies\""));
    let optional = LOCKED.replace("requisite pam_faillock", "optional pam_faillock");
    assert_eq!(with(&optional, ""), format!("{c}:1 \"never_denies\""));
    let apart = LOCKED.replace("preauth", "preauth dir=/run/a");
    assert_eq!(with(&apart, ""), format!("{c}:1 \"never_denies\""));
    // The counter is cleared behind each failure.
    let cleared = LOCKED
        .replace("[default=die]", "required")
        .replace("authfail\n", "authfail\nauth optional pam_faillock.so authsucc\n");
    assert_eq!(
        with(&cleared.replace("success=2", "success=3"), ""),
        format!("{c}:3 \"uncounted\"")
    );
    // Red Hat's order.
    let red = "auth required pam_env.so\nauth required pam_faildelay.so delay=2000000\nauth required pam_faillock.so preauth silent\nauth [default=1 ignore=ignore success=ok] pam_usertype.so isregular\nauth [default=1 ignore=ignore success=ok] pam_localuser.so\nauth sufficient pam_unix.so\nauth [default=1 ignore=ignore success=ok] pam_usertype.so isregular\nauth sufficient pam_sss.so forward_pass\nauth required pam_faillock.so authfail\nauth required pam_deny.so\n";
    assert_eq!(with(red, ""), format!("{c}:3 \"enforced\""));
    let m = debian(red, ACCOUNT_OK, PASSWORD_OK);
    assert!(bypasses(&m).is_empty());
    let m = debian(&red.replace("auth required pam_deny.so\n", ""), ACCOUNT_OK, PASSWORD_OK);
    assert_eq!(bypasses(&m), ["/etc/pam.d/common-auth:3 \"pam_faillock\""]);
}

#[test]
fn who_may_use_su() {
    let with = |lines: &str| {
        let mut m = debian(AUTH_OK, ACCOUNT_OK, PASSWORD_OK);
        m.file("/etc/pam.d/su", format!("{lines}{ALL}"));
        assert!(bypasses(&m).is_empty());
        places(&facet(&m, "Su"), "Weakness").join(" ").replace("/etc/pam.d/", "").replace('"', "")
    };
    let root = "auth sufficient pam_rootok.so\n";
    assert_eq!(with(&format!("{root}auth required pam_wheel.so use_uid group=x\n")), "su:2 none");
    assert_eq!(with(&format!("{root}#auth required pam_wheel.so\n")), "su:1 unrestricted");
    assert_eq!(
        with(&format!("{root}auth required pam_wheel.so deny group=nosu\n")),
        "su:2 unrestricted"
    );
    assert_eq!(with(&format!("{root}auth optional pam_wheel.so\n")), "su:2 unrestricted");
    let trust = format!("{root}auth sufficient pam_wheel.so trust\nauth required pam_wheel.so\n");
    assert_eq!(with(&trust), "su:2 none su:2 passwordless");
    let other = format!("{root}auth required pam_succeed_if.so use_uid user ingroup admins\n");
    assert_eq!(with(&other), "su:1 none");
}

#[test]
fn doors_beside_the_common_stack() {
    let mut m = debian(LOCKED, ACCOUNT_OK, PASSWORD_OK);
    m.file("/etc/pam.d/sshd", "auth required pam_unix.so\n@include common-account\n");
    assert_eq!(places(&facet(&m, "Uncovered"), "Module"), ["/etc/pam.d/sshd:1 \"pam_unix\""]);
    m.file("/etc/pam.d/sshd", LOCKED);
    assert!(facet(&m, "Uncovered").as_array().unwrap().is_empty());
    m.file("/etc/ssh/sshd_config", "Port 22\nUsePAM no\n");
    let sshd = facet(&m, "SshdUsesPam");
    assert_eq!((&sshd["value"], &sshd["line"]), (&Value::from(false), &Value::from(2)));
}
