//! New passwords: judged, stored, remembered.

use super::*;

#[test]
fn passwords_are_judged_before_they_are_stored() {
    let with = |password: &str, conf: &str| {
        let mut m = debian(AUTH_OK, ACCOUNT_OK, password);
        m.file("/etc/security/pwquality.conf", conf);
        places(&facet(&m, "Stores"), "Judged").join(" ")
    };
    let c = "/etc/pam.d/common-password";
    assert_eq!(with(PASSWORD_OK, ""), format!("{c}:1 true"));
    assert_eq!(
        with(PASSWORD_OK, "minlen = 14\nenforcing = 0\n"),
        "/etc/security/pwquality.conf:2 false"
    );
    let args = PASSWORD_OK.replace("retry=3", "retry=3 enforcing=1");
    assert_eq!(with(&args, "enforcing = 0\n"), format!("{c}:1 true"));
    let none = PASSWORD_OK
        .replace("password requisite pam_pwquality.so retry=3\n", "")
        .replace("use_authtok ", "");
    assert_eq!(with(&none, ""), format!("{c}:1 false"));
    let jumped = format!(
        "password [success=1 default=ignore] pam_permit.so\n{}",
        PASSWORD_OK.replace("use_authtok ", "")
    );
    assert_eq!(with(&jumped, ""), format!("{c}:3 false"));
    let asks = PASSWORD_OK
        .replace("requisite pam_pwquality", "required pam_pwquality")
        .replace("use_authtok ", "");
    assert_eq!(with(&asks, ""), format!("{c}:2 false"), "it asks again");
    let waits = PASSWORD_OK.replace("requisite pam_pwquality", "required pam_pwquality");
    assert_eq!(with(&waits, ""), format!("{c}:1 true"));
    let after = "password [success=1 default=ignore] pam_unix.so yescrypt\npassword requisite pam_deny.so\npassword required pam_pwquality.so\n";
    assert_eq!(with(after, ""), format!("{c}:1 false"));
}

#[test]
fn the_length_that_is_left() {
    let with = |args: &str, conf: &str, piece: &str| {
        let password = PASSWORD_OK.replace("retry=3", args);
        let mut m = debian(AUTH_OK, ACCOUNT_OK, &password);
        m.file("/etc/security/pwquality.conf", conf);
        m.file("/etc/security/pwquality.conf.d/50-x.conf", piece);
        let s = facet(&m, "Stores")[0].clone();
        let at =
            |v: &Value| format!("{} {}:{}", v["value"], v["file"].as_str().unwrap(), v["line"]);
        (at(&s["MinLength"]), at(&s["MinClasses"]))
    };
    let conf = "/etc/security/pwquality.conf";
    let piece = "/etc/security/pwquality.conf.d/50-x.conf";
    let (length, classes) =
        with("retry=3", "minlen = 14\n minclass=4\n", "minlen = 8\nminclass = 1\n");
    assert_eq!((length, classes), (format!("14 {conf}:1"), format!("4 {conf}:2")));
    assert_eq!(with("minlen=9", "minlen = 14\n", "").0, "9 /etc/pam.d/common-password:1");
    assert_eq!(with("", "#minlen = 14\n", "minlen = 12\n").0, format!("12 {piece}:1"));
    assert_eq!(with("", "minlen = 14\ndcredit = 4\nucredit=4\n", "").0, format!("7 {conf}:3"));
    assert_eq!(with("", "minlen = 3\n", "").0, format!("6 {conf}:1"));
    assert_eq!(
        with("", "dcredit=-1\nucredit=-1\nlcredit=-1\nocredit=-1\n", "").1,
        format!("4 {conf}:4")
    );
    assert_eq!(with("", "nonsense = 1\nminlen = 20\n", "").0, "8 /etc/pam.d/common-password:1");
}

#[test]
fn the_scheme_and_the_history() {
    let with = |args: &str, defs: &str| {
        let password = PASSWORD_OK.replace("use_authtok yescrypt", args);
        let mut m = debian(AUTH_OK, ACCOUNT_OK, &password);
        m.file("/etc/login.defs", defs);
        let s = facet(&m, "Stores")[0].clone();
        let at =
            |v: &Value| format!("{} {}:{}", v["value"], v["file"].as_str().unwrap(), v["line"]);
        (at(&s["Scheme"]).replace('"', ""), at(&s["Remember"]))
    };
    let c = "/etc/pam.d/common-password";
    assert_eq!(with("sha512 md5", "ENCRYPT_METHOD SHA512\n").0, format!("md5 {c}:2"));
    assert_eq!(with("md5 sha512", "").0, format!("sha512 {c}:2"));
    let defs = "# ENCRYPT_METHOD DES\nENCRYPT_METHOD MD5\nENCRYPT_METHOD YESCRYPT\n";
    assert_eq!(with("use_authtok", defs).0, "md5 /etc/login.defs:2", "the first counts");
    assert_eq!(with("use_authtok", "").0, format!("des {c}:2"));
    assert_eq!(with("yescrypt remember=24", "").1, format!("24 {c}:2"));
    let history = PASSWORD_OK.replace(
        "password [succ",
        "password requisite pam_pwhistory.so remember=7 use_authtok\npassword [succ",
    );
    let m = debian(AUTH_OK, ACCOUNT_OK, &history);
    assert_eq!(places(&facet(&m, "Stores"), "Remember"), [format!("{c}:2 7")]);
    let m = debian(AUTH_OK, ACCOUNT_OK, &history.replace("remember=7", "remember=0"));
    assert_eq!(places(&facet(&m, "Stores"), "Remember"), [format!("{c}:2 0")]);
    let m = debian(
        AUTH_OK,
        ACCOUNT_OK,
        &history.replace("requisite pam_pwhistory", "optional pam_pwhistory"),
    );
    assert_eq!(places(&facet(&m, "Stores"), "Remember"), [format!("{c}:2 7")], "the token is gone");
}
