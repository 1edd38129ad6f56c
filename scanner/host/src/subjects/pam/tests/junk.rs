//! Hostile input.

use super::*;

#[test]
fn circles_and_junk_end() {
    let m = debian(
        "auth include common-auth\nauth sufficient pam_permit.so\n",
        ACCOUNT_OK,
        PASSWORD_OK,
    );
    run(&m);
    let twice = "auth include common-auth\nauth include common-auth\n".repeat(3);
    let t = run(&debian(&twice, ACCOUNT_OK, PASSWORD_OK));
    assert!(t.0[0].gaps.contains_key("/Bypasses"), "too many entries are a gap");
    let long = format!("auth required pam_unix.so {}\n", "x".repeat(5000));
    let t = run(&debian(&long, ACCOUNT_OK, PASSWORD_OK));
    assert!(t.0[0].gaps.contains_key("/Checks"));
    let mut m = debian(AUTH_OK, ACCOUNT_OK, PASSWORD_OK);
    m.unreadable("/etc/pam.d/common-auth", crate::Miss::Denied);
    let t = run(&m);
    assert!(t.0[0].gaps.contains_key("/Bypasses") && !t.0[0].properties.contains_key("Bypasses"));
    assert!(t.0[0].properties.contains_key("Stores") || t.0[0].gaps.contains_key("/Stores"));
}

#[test]
fn arbitrary_text_does_no_harm() {
    let mut seed = 5_u64;
    let mut next = || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(seed >> 33).unwrap()
    };
    let words = [
        "auth ",
        "account ",
        "password ",
        "session ",
        "-",
        "@include ",
        "include ",
        "substack ",
        "required ",
        "[success=",
        "default=ignore",
        "1",
        "99999999999",
        "]",
        "[",
        "\\",
        "\\\n",
        "\n",
        "\r",
        "\0",
        "#",
        "pam_unix.so ",
        "pam_permit.so ",
        "common-auth",
        "sshd",
        "/",
        "..",
        "é",
        "deny=",
        "minlen=",
        "sufficient ",
        "pam_faillock.so ",
        "pam_succeed_if.so ",
        "uid ",
        ">= ",
    ];
    for round in 0..150 {
        let n = next() % 60;
        let text: String = (0..n).map(|_| words[next() % words.len()]).collect();
        let mut m = debian(&text, &text, &text);
        m.file("/etc/security/faillock.conf", &text).file("/etc/security/pwquality.conf", &text);
        assert_eq!(run(&m).0.len(), 1, "{round}");
    }
    for cut in 0..LOCKED.len() {
        run(&debian(&LOCKED[..cut], ACCOUNT_OK, PASSWORD_OK));
    }
}
