use super::*;
use crate::{Memory, Standing};

fn at(read: Reader, files: &[(&str, &str)]) -> String {
    let mut m = Memory::new(Standing::AtRest);
    for (path, text) in files {
        m.file(path, text);
    }
    let host = Host::new(&m, "h", "2026-01-01T00:00:00Z".parse().unwrap());
    let found = read(&host).unwrap().unwrap();
    let place = found.setting.place.map_or(String::new(), |(f, l)| format!(" {f}:{l}"));
    format!("{}{place}", if found.local { "local" } else { "open" })
}

const MAIN: &str = "/etc/postfix/main.cf";
const MASTER: &str = "/etc/postfix/master.cf";

#[test]
fn postfix_interfaces_and_services() {
    let smtp = (MASTER, "smtp inet n - y - - smtpd\npickup unix n - y 60 1 pickup\n");
    let main = |text| at(agents::postfix, &[(MAIN, text), smtp]);
    assert_eq!(main("myhostname = x\n"), "open");
    assert_eq!(
        main("inet_interfaces = all\ninet_interfaces = loopback-only\n"),
        "local /etc/postfix/main.cf:2"
    );
    assert_eq!(
        main("inet_interfaces = loopback-only\n#inet_interfaces = x\ninet_interfaces =\n  all\n"),
        "open /etc/postfix/main.cf:3"
    );
    assert_eq!(
        main("a = 127.0.0.1\ninet_interfaces = $a, [::1]\n"),
        "local /etc/postfix/main.cf:2"
    );
    let null = (MASTER, "#smtp inet n - y - - smtpd\n127.0.0.1:10025 inet n - y - - smtpd\n");
    assert_eq!(
        at(agents::postfix, &[(MAIN, "inet_interfaces = all\n"), null]),
        "local /etc/postfix/main.cf:1"
    );
    let own = (MASTER, "smtp inet n - y - - smtpd\n0.0.0.0:2525 inet n - y - - smtpd\n");
    assert_eq!(
        at(agents::postfix, &[(MAIN, "inet_interfaces = localhost\n"), own]),
        "open /etc/postfix/master.cf:2"
    );
}

#[test]
fn exim_sendmail_and_opensmtpd() {
    let answers = "/etc/exim4/update-exim4.conf.conf";
    assert_eq!(
        at(agents::exim, &[(answers, "dc_local_interfaces='127.0.0.1 ; ::1'\n")]),
        format!("local {answers}:1")
    );
    assert_eq!(
        at(agents::exim, &[(answers, "dc_local_interfaces=''\n")]),
        format!("open {answers}:1")
    );
    assert_eq!(
        at(
            agents::exim,
            &[
                (answers, "dc_local_interfaces=''\n"),
                ("/etc/default/exim4", "QUEUERUNNER='queueonly'\n")
            ]
        ),
        "local /etc/default/exim4:1"
    );
    assert_eq!(
        at(
            agents::exim,
            &[
                ("/etc/exim4/exim4.conf", "local_interfaces = <; 127.0.0.1.25 ; ::1\n"),
                (answers, "")
            ]
        ),
        "local /etc/exim4/exim4.conf:1"
    );
    let cf = "/etc/mail/sendmail.cf";
    assert_eq!(
        at(agents::sendmail, &[(cf, "O DaemonPortOptions=Name=MTA, Addr=127.0.0.1\n")]),
        format!("local {cf}:1")
    );
    assert_eq!(
        at(
            agents::sendmail,
            &[(cf, "O DaemonPortOptions=Name=MTA, Addr=127.0.0.1\nO DaemonPortOptions=Port=587\n")]
        ),
        format!("open {cf}:2")
    );
    assert_eq!(
        at(agents::opensmtpd, &[("/etc/smtpd.conf", "listen on lo\nlisten on all\n")]),
        "open /etc/smtpd.conf:2"
    );
}
