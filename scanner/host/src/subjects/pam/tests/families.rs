//! What distributions ship, and where they keep it.

use super::*;

#[test]
fn other_families() {
    // `@include` is Debian's alone: elsewhere it is an entry that fails.
    let m = host(&[
        ("/etc/pam.d/sshd", "@include common-auth\nauth sufficient pam_permit.so\n"),
        ("/etc/pam.d/login", "auth sufficient pam_permit.so\n"),
        ("/usr/lib/pam.d/login", "auth required pam_deny.so\n"),
        ("/usr/lib/pam.d/su", "auth substack own\nauth required pam_unix.so\n"),
        ("/usr/lib/pam.d/own", "auth [success=done default=die] pam_permit.so\n"),
        ("/etc/pam.d/other", "auth required pam_deny.so\n"),
    ]);
    assert_eq!(bypasses(&m), ["/etc/pam.d/login:1 \"pam_permit\""]);
    // One file for all.
    let m = host(&[(
        "/etc/pam.conf",
        "LOGIN auth sufficient pam_permit.so\nother auth required pam_deny.so\n",
    )]);
    assert_eq!(bypasses(&m), ["/etc/pam.conf:1 \"pam_permit\""]);
}

/// What distributions ship is right.
#[test]
fn stacks_of_other_distributions() {
    let red = "auth required pam_env.so\nauth required pam_faildelay.so delay=2000000\n\
auth [default=1 ignore=ignore success=ok] pam_usertype.so isregular\n\
auth [default=1 ignore=ignore success=ok] pam_localuser.so\nauth sufficient pam_unix.so\n\
auth [default=1 ignore=ignore success=ok] pam_usertype.so isregular\n\
auth sufficient pam_sss.so forward_pass\nauth required pam_deny.so\n\
account required pam_unix.so\naccount sufficient pam_localuser.so\n\
account sufficient pam_usertype.so issystem\n\
account [default=bad success=ok user_unknown=ignore] pam_sss.so\naccount required pam_permit.so\n\
password requisite pam_pwquality.so local_users_only\n\
password [default=1 ignore=ignore success=ok] pam_localuser.so\n\
password sufficient pam_unix.so yescrypt shadow use_authtok\n\
password [success=1 default=ignore] pam_localuser.so\npassword sufficient pam_sss.so use_authtok\n\
password required pam_deny.so\n";
    let m = host(&[
        ("/etc/pam.d/system-auth", red),
        ("/etc/pam.d/password-auth", red),
        ("/etc/pam.d/postlogin", "session optional pam_umask.so\n"),
        (
            "/etc/pam.d/other",
            "auth required pam_deny.so\naccount required pam_deny.so\npassword required pam_deny.so\n",
        ),
        (
            "/etc/pam.d/sshd",
            "auth substack password-auth\nauth include postlogin\naccount required pam_sepermit.so\naccount required pam_nologin.so\naccount include password-auth\npassword include password-auth\n",
        ),
        (
            "/etc/pam.d/login",
            "auth substack system-auth\nauth include postlogin\naccount required pam_nologin.so\naccount include system-auth\npassword include system-auth\n",
        ),
        (
            "/etc/pam.d/su",
            "auth sufficient pam_rootok.so\n#auth sufficient pam_wheel.so trust use_uid\n#auth required pam_wheel.so use_uid\nauth substack system-auth\nauth include postlogin\naccount sufficient pam_succeed_if.so uid = 0 use_uid quiet\naccount include system-auth\npassword include system-auth\n",
        ),
        (
            "/etc/pam.d/passwd",
            "auth include system-auth\naccount include system-auth\npassword substack system-auth\n-password optional pam_gnome_keyring.so use_authtok\n",
        ),
    ]);
    assert!(bypasses(&m).is_empty(), "{:?}", bypasses(&m));
    let stores = places(&facet(&m, "Stores"), "Judged");
    assert_eq!(stores, ["/etc/pam.d/password-auth:14 true", "/etc/pam.d/system-auth:14 true"]);
    assert!(facet(&m, "Uncovered").as_array().unwrap().is_empty());
    assert_eq!(places(&facet(&m, "Su"), "Weakness"), ["/etc/pam.d/su:1 \"unrestricted\""]);

    // Arch.
    let arch = "auth required pam_faillock.so preauth\n-auth [success=2 default=ignore] pam_systemd_home.so\n\
auth [success=1 default=bad] pam_unix.so try_first_pass\nauth [default=die] pam_faillock.so authfail\n\
auth optional pam_permit.so\nauth required pam_env.so\nauth required pam_faillock.so authsucc\n\
account required pam_unix.so\naccount optional pam_permit.so\n";
    let with = "auth include system-auth\naccount include system-auth\n";
    let m = host(&[
        ("/etc/pam.d/system-auth", arch),
        ("/etc/pam.d/login", with),
        ("/etc/pam.d/sshd", with),
        ("/etc/pam.d/su", with),
        ("/etc/pam.d/other", "auth required pam_deny.so\n"),
    ]);
    assert!(bypasses(&m).is_empty(), "{:?}", bypasses(&m));
    assert_eq!(places(&facet(&m, "Checks"), "Lockout"), ["/etc/pam.d/system-auth:1 \"enforced\""]);

    // SUSE, where the vendor's files lie below /usr.
    let m = host(&[
        (
            "/etc/pam.d/common-auth",
            "auth required pam_env.so\nauth optional pam_gnome_keyring.so\nauth required pam_unix.so try_first_pass\n",
        ),
        ("/etc/pam.d/common-account", "account required pam_unix.so try_first_pass\n"),
        ("/usr/lib/pam.d/login", "auth include common-auth\naccount include common-account\n"),
        (
            "/usr/lib/pam.d/sshd",
            "auth requisite pam_nologin.so\nauth include common-auth\naccount requisite pam_nologin.so\naccount include common-account\n",
        ),
        (
            "/usr/lib/pam.d/su",
            "auth sufficient pam_rootok.so\nauth include common-auth\naccount sufficient pam_rootok.so\naccount include common-account\n",
        ),
        ("/usr/lib/pam.d/other", "auth required pam_deny.so\naccount required pam_deny.so\n"),
    ]);
    assert!(bypasses(&m).is_empty(), "{:?}", bypasses(&m));
}
