//! The same questions to sshd itself: generated configurations, same answers.

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

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use assay_host::{Host, Memory, Query, Standing, sshd_answer};
use common::skip;
use serde_json::Value;

const SSHD: &str = "/usr/sbin/sshd";

/// A small generator of numbers: the same every time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % sides
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.roll(from.len())]
    }
}

const VALUES: &[(&str, &[&str])] = &[
    (
        "PermitRootLogin",
        &["yes", "no", "prohibit-password", "without-password", "forced-commands-only", "YES"],
    ),
    ("PasswordAuthentication", &["yes", "no", "No"]),
    ("PermitEmptyPasswords", &["yes", "no"]),
    ("KbdInteractiveAuthentication", &["yes", "no"]),
    ("ChallengeResponseAuthentication", &["yes", "no"]),
    ("SkeyAuthentication", &["yes", "no"]),
    ("PubkeyAuthentication", &["yes", "no"]),
    ("HostbasedAuthentication", &["yes", "no"]),
    ("IgnoreRhosts", &["yes", "no", "shosts-only"]),
    ("MaxAuthTries", &["3", "10", "006"]),
    ("MaxSessions", &["0", "4"]),
    ("ClientAliveInterval", &["0", "5m", "1h30m", "300"]),
    ("ClientAliveCountMax", &["0", "3"]),
    ("AllowTcpForwarding", &["yes", "all", "no", "local", "remote"]),
    ("AllowAgentForwarding", &["yes", "no"]),
    ("AllowStreamLocalForwarding", &["yes", "no", "local"]),
    ("X11Forwarding", &["yes", "no"]),
    ("DisableForwarding", &["yes", "no"]),
    ("PermitTunnel", &["yes", "no", "ethernet"]),
    ("GatewayPorts", &["yes", "no", "clientspecified"]),
    ("Banner", &["none", "/etc/issue.net", "\"/etc/is sue\"", "NONE"]),
    ("LogLevel", &["INFO", "verbose", "QUIET", "DEBUG"]),
    ("AllowUsers", &["alice bob", "root@10.0.0.0/8", "*"]),
    ("DenyUsers", &["mallory", "root"]),
    ("AllowGroups", &["wheel 'ssh users'", "*"]),
    ("DenyGroups", &["games"]),
    ("AcceptEnv", &["LANG LC_*", "LD_*", "\"A B\" C # D", "X\\ Y"]),
    ("AuthenticationMethods", &["any", "publickey", "publickey,password keyboard-interactive"]),
    ("AuthorizedKeysFile", &[".ssh/authorized_keys", "/etc/keys/%u %h/k", "none"]),
    ("TrustedUserCAKeys", &["none", "/etc/ssh/ca.pub"]),
    ("ForceCommand", &["none", "internal-sftp -l INFO", "/bin/echo \"a b\" # c"]),
    ("ChrootDirectory", &["none", "/srv/%u"]),
    (
        "PubkeyAcceptedAlgorithms",
        &["+ssh-rsa", "-ssh-ed25519*", "^rsa-sha2-256", "ssh-ed25519,rsa-sha2-512"],
    ),
    ("PermitUserRC", &["yes", "no"]),
    ("PermitTTY", &["yes", "no"]),
    ("RequiredRSASize", &["2048", "3072"]),
    ("ExposeAuthInfo", &["yes", "no"]),
    ("Protocol", &["2"]),
];

const GLOBAL: &[(&str, &[&str])] = &[
    (
        "Ciphers",
        &["aes256-ctr", "+3des-cbc", "-chacha20*", "^aes256-gcm@openssh.com", "-aes*,chacha*"],
    ),
    (
        "MACs",
        &["+hmac-md5", "-*-etm@openssh.com", "hmac-sha2-512,hmac-sha2-256", "-umac-64*,hmac-sha1*"],
    ),
    ("KexAlgorithms", &["curve25519-sha256", "+diffie-hellman-group1-sha1", "-diffie*"]),
    ("HostKeyAlgorithms", &["+ssh-rsa", "ssh-ed25519"]),
    ("CASignatureAlgorithms", &["-ecdsa*", "+ssh-rsa"]),
    ("LoginGraceTime", &["0", "30", "1m30", "2H"]),
    ("MaxStartups", &["5", "10:30:60", "100:1:1000"]),
    ("StrictModes", &["yes", "no"]),
    ("UsePAM", &["yes", "no"]),
    ("UseDNS", &["yes", "no"]),
    ("PermitUserEnvironment", &["yes", "no", "LANG,LC_*"]),
    ("Compression", &["delayed", "no"]),
    ("SyslogFacility", &["AUTHPRIV", "local3"]),
    ("Port", &["22", "2222"]),
    ("IgnoreUserKnownHosts", &["yes", "no"]),
    ("TCPKeepAlive", &["no"]),
    ("KeepAlive", &["yes"]),
    ("PrintMotd", &["no"]),
    ("UsePrivilegeSeparation", &["sandbox"]),
    ("FingerprintHash", &["md5"]),
];

const MATCHES: &[&str] = &[
    "User root",
    "user=nobody",
    "User *,!root",
    "User !root",
    "User r*",
    "User root,daemon",
    "Group daemon",
    "Group root,daemon",
    "Group !daemon,*",
    "Address 10.0.0.0/8",
    "Address 10.0.0.0/8,!10.1.0.0/16",
    "Address !10.1.0.0/16",
    "Address 2001:db8::/32",
    "Address 192.0.2.*",
    "Host *.example.org",
    "Host client.EXAMPLE.org",
    "LocalAddress 198.51.100.1",
    "LocalPort 2222",
    "User root Address 10.0.0.0/8",
    "Group=daemon LocalPort = 22 # those",
    "All",
    "\"User\" \"root\"",
];

/// What sshd refuses.
const BAD: &[&str] = &[
    "PermitRootLogin maybe",
    "PermitRootLogin no yes",
    "PermitRootLogin",
    "NoSuchKeyword 1",
    "Match Final\nX11Forwarding no",
    "Match !User root",
    "Match User",
    "Match User root All",
    "Match Address 10.0.0.1/8",
    "Match User root\nCiphers aes128-ctr",
    "Ciphers +nosuch",
    "LoginGraceTime 5x",
    "MaxStartups 10:30",
    "AcceptEnv \"A",
    "MaxAuthTries -1",
    "AllowUsers \"\"",
    "AuthenticationMethods any publickey",
];

fn line(d: &mut Dice, global: bool, names: &mut Vec<String>) -> String {
    let table = if global && d.roll(4) == 0 { GLOBAL } else { VALUES };
    let (name, values) = table[d.roll(table.len())];
    let value = d.pick(values);
    names.push(name.to_ascii_lowercase());
    let name = match d.roll(4) {
        0 => name.to_ascii_lowercase(),
        1 => name.to_ascii_uppercase(),
        _ => name.to_owned(),
    };
    let between = d.pick(&[" ", "\t", "=", " = ", "  ", "= "]);
    let before = d.pick(&["", "", "  ", "\t"]);
    let after = d.pick(&["", "", " ", "\r", "\t\x0c"]);
    let comment = if d.roll(6) == 0 { "# PermitRootLogin yes\n\n" } else { "" };
    // A quoted value cannot be quoted again, and a command takes its quotes.
    let bare = value.chars().all(|c| c.is_ascii_alphanumeric() || "-.:,*@/%_+^".contains(c));
    let value = match d.roll(6) {
        0 if bare && !name.eq_ignore_ascii_case("forcecommand") => format!("\"{value}\""),
        1 if bare && !name.eq_ignore_ascii_case("forcecommand") => format!("'{value}'"),
        _ => value.to_owned(),
    };
    format!("{comment}{before}{name}{between}{value}{after}\n")
}

/// One configuration: its files.
fn generate(d: &mut Dice, folder: &Path) -> BTreeMap<PathBuf, String> {
    let mut files = BTreeMap::new();
    let mut names = Vec::new();
    let count = 1 + d.roll(4);
    for file in 0..count {
        let mut text = String::new();
        // Files that are included inside a block must not set what blocks cannot.
        let mut global = file == 0;
        for _ in 0..d.roll(14) {
            match d.roll(12) {
                0 | 1 => {
                    let _ = writeln!(text, "{} {}", d.pick(&["Match", "match"]), d.pick(MATCHES));
                    global = false;
                }
                2 if file + 1 < count => {
                    let next = folder.join(format!("d{}", file + 1));
                    let pattern =
                        d.pick(&["*.conf", "1-x.conf", "[0-9]*.conf", "none-*", "?-x.conf"]);
                    let _ = writeln!(text, "Include {}/{pattern}", next.display());
                }
                _ => text.push_str(&line(d, global, &mut names)),
            }
        }
        if file == 0 {
            if d.roll(12) == 0 {
                let _ = writeln!(text, "{}", d.pick(BAD));
            }
            files.insert(folder.join("sshd_config"), text);
        } else {
            let below = folder.join(format!("d{file}"));
            files.insert(below.join("1-x.conf"), text.clone());
            files.insert(below.join("2-x.conf"), line(d, false, &mut names));
            files.insert(below.join(".3-x.conf"), "NoSuchKeyword 1\n".to_owned());
            files.insert(below.join("4-x.conf.bak"), "NoSuchKeyword 1\n".to_owned());
        }
    }
    files
}

/// What sshd prints, by keyword. `None`: it refuses. Empty: it reads everything and then sees that
/// no method of authentication is left, which is a matter of the connection.
fn ask(config: &Path, q: &Query) -> Option<BTreeMap<String, Vec<String>>> {
    let connection = format!(
        "user={},host={},addr={},laddr={},lport={}",
        q.user, q.host, q.address, q.local_address, q.local_port
    );
    let out = Command::new(SSHD).args(["-T", "-f"]).arg(config).args(["-C", &connection]).output();
    let out = out.expect("sshd runs");
    if String::from_utf8_lossy(&out.stderr).contains("cannot be satisfied") {
        return Some(BTreeMap::new());
    }
    if !out.status.success() {
        return None;
    }
    let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in String::from_utf8_lossy(&out.stdout).lines() {
        let (name, value) = line.split_once(' ').unwrap_or((line, ""));
        all.entry(name.to_owned()).or_default().push(value.to_owned());
    }
    Some(all)
}

/// Keywords whose default sshd prints in another form, or that are worked out of several.
const OTHERWISE: &[&str] = &[
    "ListenAddress",
    "HostKey",
    "Port",
    "IPQoS",
    "RekeyLimit",
    "SetEnv",
    "Subsystem",
    "PidFile",
    "StreamLocalBindMask",
    "LogVerbose",
    "ChannelTimeout",
    "HostCertificate",
    "RDomain",
    "DebianBanner",
    "GSSAPIKexAlgorithms",
    "SecurityKeyProvider",
];

fn printed(name: &str, value: &Value) -> Option<Vec<String>> {
    if OTHERWISE.contains(&name) {
        return None;
    }
    let words = |v: &Value| -> Vec<String> {
        v.as_array().unwrap().iter().map(|w| w.as_str().unwrap().to_owned()).collect()
    };
    Some(match (name, value) {
        (_, Value::String(s)) if s == "prohibit-password" => vec!["without-password".to_owned()],
        (_, Value::String(s)) => vec![s.clone()],
        (_, Value::Number(n)) => vec![n.to_string()],
        ("AcceptEnv" | "AllowUsers" | "DenyUsers" | "AllowGroups" | "DenyGroups", v) => words(v),
        ("AuthorizedKeysFile", v) if words(v) == ["none"] => vec!["none".to_owned()],
        (
            "AuthorizedKeysFile"
            | "AuthenticationMethods"
            | "PubkeyAuthOptions"
            | "PermitOpen"
            | "PermitListen",
            v,
        ) => {
            vec![words(v).join(" ")]
        }
        (_, Value::Array(_)) => vec![words(value).join(",")],
        _ => panic!("{name}: {value}"),
    })
}

fn version() -> (u32, u32) {
    let out = Command::new(SSHD).arg("-V").output().expect("sshd runs");
    let text = String::from_utf8_lossy(&out.stderr).into_owned();
    let number = text.split("OpenSSH_").nth(1).unwrap_or("9.2");
    let number: String = number.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
    let (major, minor) = number.split_once('.').unwrap_or(("9", "2"));
    (major.parse().unwrap(), minor.parse().unwrap())
}

fn groups(user: &str) -> Vec<String> {
    let out = Command::new("id").args(["-Gn", user]).output().unwrap();
    String::from_utf8_lossy(&out.stdout).split_whitespace().map(str::to_owned).collect()
}

#[test]
fn generated_configurations_have_the_answers_of_sshd() {
    if !Path::new(SSHD).exists() {
        return skip("sshd_answers", "sshd is not installed");
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("sshd");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    let empty = folder.join("empty");
    std::fs::write(&empty, "# nothing\n").unwrap();
    let version = version();
    let people: Vec<(&str, Vec<String>)> =
        ["root", "nobody", "daemon"].into_iter().map(|u| (u, groups(u))).collect();
    let query = |d: &mut Dice, config: &Path| {
        let (user, groups) = people[d.roll(people.len())].clone();
        Query {
            config: config.display().to_string(),
            user: user.to_owned(),
            groups,
            host: d.pick(&["client.example.org", "other.invalid"]).to_owned(),
            address: d.pick(&["10.0.0.7", "10.1.2.3", "192.0.2.9", "2001:db8::5"]).to_owned(),
            local_address: d.pick(&["198.51.100.1", "198.51.100.2"]).to_owned(),
            local_port: if d.roll(2) == 0 { 22 } else { 2222 },
            version,
        }
    };
    let mut d = Dice(0x5eed_1234_abcd_0007);
    if ask(&empty, &query(&mut d, &empty)).is_none() {
        return skip("sshd_answers", "sshd -T does not run here");
    }
    let (mut fine, mut refused) = (0, 0);
    let mut wrong: BTreeMap<String, String> = BTreeMap::new();
    for round in 0..250 {
        let at = folder.join(format!("r{round}"));
        let files = generate(&mut d, &at);
        let mut root = Memory::new(Standing::AtRest);
        for (path, text) in &files {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
            root.file(path, text);
        }
        let config = at.join("sshd_config");
        let host = Host::new(&root, "h", "2026-11-24T00:00:00Z".parse().unwrap());
        for _ in 0..2 {
            let q = query(&mut d, &config);
            let ours = sshd_answer(&host, &q);
            let Some(theirs) = ask(&config, &q) else {
                if ours.is_ok() {
                    wrong.insert(format!("round {round}"), format!("sshd refuses: {files:#?}"));
                }
                refused += 1;
                continue;
            };
            let ours = match ours {
                Ok(ours) => ours,
                Err(e) => {
                    let what = format!("sshd takes it: {e:?} {files:#?}");
                    wrong.insert(format!("round {round}"), what);
                    continue;
                }
            };
            for (name, value) in &ours {
                let Some(mut printed) = printed(name, value) else { continue };
                let key = name.to_ascii_lowercase();
                let Some(want) = theirs.get(&key) else {
                    // Empty lists, and what this build does not have, are not printed.
                    continue;
                };
                let mut want = want.clone();
                if name == "Compression" || name == "LogLevel" {
                    printed = vec![printed[0].to_ascii_lowercase()];
                    want = vec![want[0].to_ascii_lowercase().replace("silent", "quiet")];
                }
                if printed != want {
                    let what = format!("{printed:?}, sshd {want:?} for {q:?} in {files:#?}");
                    wrong.entry(name.clone()).or_insert(what);
                }
            }
            fine += 1;
        }
        if wrong.is_empty() {
            std::fs::remove_dir_all(&at).unwrap();
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(fine > 200 && refused > 10, "{fine} answered, {refused} refused");
}
