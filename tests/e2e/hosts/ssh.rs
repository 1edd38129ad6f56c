//! Hosts over the system's ssh: a real sshd on loopback, started from an installed Debian with a
//! scratch key and port, and what becomes of hosts that cannot be reached.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::{documents, listings};
use crate::debian::{cp, installed, live::lasting};
use crate::support::{Ran, assay, folder, run, skip, verdicts};

/// A port that nobody listens on now.
fn port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a free port").port()
}

/// An sshd inside a root; it ends with its value.
struct Sshd {
    child: Child,
    port: u16,
}

impl Drop for Sshd {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Sshd {
    /// Starts it in namespaces of its own, where the root is a host that runs. What it needs lies in
    /// `/run`, which says nothing of a host's configuration.
    fn start(root: &Path, options: &[&str]) -> Option<Self> {
        let port = port();
        let script = "mount -t proc proc $R/proc && mount -t sysfs -o ro sys $R/sys && \
            exec chroot $R /usr/sbin/sshd -D -e -f /run/test/sshd_config -p $PORT $OPTIONS";
        let mut c = Command::new("unshare");
        c.args(["--mount", "--pid", "--fork", "--kill-child", "sh", "-c", script]);
        c.env("R", root).env("PORT", port.to_string()).env("OPTIONS", options.join(" "));
        c.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut sshd = Self { child: c.spawn().ok()?, port };
        let end = Instant::now() + Duration::from_secs(20);
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            if Instant::now() > end || sshd.child.try_wait().ok()?.is_some() {
                return None;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Some(sshd)
    }
}

/// The system's ssh with a configuration of the test's own: a wrapper that comes first in `PATH`.
struct Client {
    dir: PathBuf,
}

impl Client {
    fn new(dir: &Path) -> Self {
        let me = Self { dir: dir.to_owned() };
        fs::create_dir_all(dir.join("bin")).expect("folder");
        me.wrapper("");
        me
    }

    /// A wrapper that does something first.
    fn wrapper(&self, first: &str) {
        let path = self.dir.join("bin/ssh");
        let real = "for d in /usr/bin /bin /usr/local/bin; do [ -x $d/ssh ] && ssh=$d/ssh; done";
        let config = self.dir.join("ssh_config");
        let text =
            format!("#!/bin/sh\n{first}\n{real}\nexec $ssh -F {} \"$@\"\n", config.display());
        fs::write(&path, text).expect("write");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("mode");
    }

    fn configure(&self, hosts: &[(&str, u16)]) {
        let mut text = String::new();
        for (name, port) in hosts {
            text.push_str(&format!("Host {name}\n  HostName 127.0.0.1\n  Port {port}\n"));
        }
        text.push_str(&format!(
            "Host *\n  User root\n  IdentityFile {0}/key\n  IdentitiesOnly yes\n  \
             StrictHostKeyChecking no\n  UserKnownHostsFile {0}/known\n  LogLevel ERROR\n",
            self.dir.display()
        ));
        fs::write(self.dir.join("ssh_config"), text).expect("write");
    }

    fn scan(&self, args: &[&str]) -> Ran {
        let mut c = assay(&self.dir);
        let path = std::env::var_os("PATH").unwrap_or_default();
        let mut paths = vec![self.dir.join("bin")];
        paths.extend(std::env::split_paths(&path));
        c.env("PATH", std::env::join_paths(paths).expect("paths"));
        c.args(["scan", "host", "--fail-on", "none", "--verdicts", "all"]).args(args);
        run(&mut c)
    }
}

fn there(program: &str) -> bool {
    std::env::var_os("PATH")
        .is_some_and(|p| std::env::split_paths(&p).any(|d| d.join(program).is_file()))
}

#[test]
fn hosts_over_ssh_say_what_their_disks_say() {
    let test = "hosts::ssh::hosts_over_ssh_say_what_their_disks_say";
    let Some(stock) = installed(test) else { return };
    if !there("ssh") || !there("ssh-keygen") {
        return skip(test, "openssh-client is not installed");
    }
    let dir = folder("host-ssh");
    let root = dir.join("root");
    cp(&stock, &root);
    let client = Client::new(&dir);
    let mut keygen = Command::new("ssh-keygen");
    keygen.args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(dir.join("key"));
    assert!(keygen.status().expect("ssh-keygen starts").success());
    let inside = root.join("run/test");
    fs::create_dir_all(root.join("run/sshd")).expect("folder");
    fs::create_dir_all(&inside).expect("folder");
    for (from, to) in [("key.pub", "keys"), ("key", "host_key")] {
        fs::copy(dir.join(from), inside.join(to)).expect("copied");
        fs::set_permissions(inside.join(to), fs::Permissions::from_mode(0o600)).expect("mode");
    }
    let config = "HostKey /run/test/host_key\nListenAddress 127.0.0.1\nUsePAM no\nStrictModes no\n\
        AuthorizedKeysFile /run/test/keys\nPermitRootLogin yes\nPidFile none\n";
    fs::write(inside.join("sshd_config"), config).expect("write");
    let started = Sshd::start(&root, &[]).zip(Sshd::start(
        &root,
        &["-o", "PubkeyAuthentication=no", "-o", "PasswordAuthentication=yes"],
    ));
    let Some((open, locked)) = started else {
        fs::remove_dir_all(&root).expect("removed");
        return skip(test, "sshd cannot run in Debian here: no namespaces, or no chroot");
    };
    client.configure(&[
        ("one", open.port),
        ("two", open.port),
        ("locked", locked.port),
        ("gone", port()),
    ]);
    let ran = client
        .scan(&["--out", "out", "--ssh", "one", "two", "locked", "gone"])
        .expect(&[3])
        .says(&["locked: ", "Permission denied", "gone: ", "onnection refused"]);
    assert!(ran.stdout.contains("gone"), "{}", ran.stdout);

    // What could not be reached is not assessed, in every listing and every rule.
    let out = dir.join("out");
    for name in ["locked", "gone"] {
        let states = listings(&out, name);
        assert!(
            states.len() > 20 && states.values().all(|s| s != "complete"),
            "{name}: {states:?}"
        );
    }
    let all = verdicts(&out);
    assert!(!all.keys().any(|k| k.1.starts_with("host:gone") || k.1.starts_with("host:locked")));
    let assessment = crate::support::json(&out.join("assessment.json"));
    for rule in assessment["rules"].as_array().expect("rules") {
        for account in rule["accounts"].as_array().into_iter().flatten() {
            if ["locked", "gone"].contains(&account["account"].as_str().unwrap_or_default()) {
                assert_eq!(account["status"], "not_assessed", "{rule}");
            }
        }
    }

    // The same tree, read from its disk: equal, but for what did not come along.
    let args = ["--out", "disk", "--quiet", "--name", "one", "--root"];
    client.scan(&[&args[..], &[root.to_str().expect("UTF-8")]].concat()).expect(&[0, 3]);
    let (there, disk) = (documents(&out.join("snapshot")), documents(&dir.join("disk/snapshot")));
    let (mut equal, mut missing) = (0, 0);
    let states = listings(&out, "one");
    for (id, document) in &disk {
        let Some(far) = there.get(id) else {
            // Its listing says that somebody did not see all.
            let state = states.get(document["type"].as_str().unwrap_or_default());
            assert_ne!(state.map(String::as_str), Some("complete"), "{id} is not there over ssh");
            missing += 1;
            continue;
        };
        let (near, far) = (lasting(document), lasting(far));
        for (facet, value) in near.iter().filter(|(f, _)| !f.starts_with("gap ")) {
            match far.get(facet) {
                Some(other) => {
                    assert_eq!(other, value, "{facet} of {id}");
                    equal += 1;
                }
                // Nobody says that it is absent: it is a gap.
                None => {
                    let gap = far.keys().any(|k| k.starts_with(&format!("gap /{facet}")));
                    assert!(gap, "{facet} of {id} is neither known nor a gap over ssh");
                    missing += 1;
                }
            }
        }
    }
    assert!(equal > 20 * missing && equal > 1000, "{equal} facets are equal, {missing} are gaps");
    // Both names are the same host.
    let of = |name: &str| -> Vec<_> {
        let mine = all.iter().filter(|(k, _)| k.1.starts_with(&format!("host:{name}/")));
        mine.map(|(k, s)| (k.0.clone(), k.1.replacen(name, "", 1), k.2.clone(), s.clone()))
            .collect()
    };
    assert!(of("one").len() > 500 && of("one") == of("two"));

    // An inventory names hosts as its author does.
    let yaml = format!(
        "all:\n  hosts:\n    shop: {{ansible_host: 127.0.0.1, ansible_port: {}, ansible_user: root}}\n    \
         away: {{ansible_host: 127.0.0.1, ansible_port: {}}}\n",
        open.port,
        port()
    );
    fs::write(dir.join("hosts.yml"), yaml).expect("write");
    client.scan(&["--quiet", "--out", "inventory", "--inventory", "hosts.yml"]).expect(&[3]);
    let found = listings(&dir.join("inventory"), "shop");
    assert!(found.values().filter(|s| *s == "complete").count() > 20, "{found:?}");
    assert!(listings(&dir.join("inventory"), "away").values().all(|s| s != "complete"));
    drop((open, locked));
    fs::remove_dir_all(&root).expect("removed");
}

#[test]
fn many_hosts_are_asked_a_few_at_a_time() {
    let test = "hosts::ssh::many_hosts_are_asked_a_few_at_a_time";
    if !there("ssh") {
        return skip(test, "openssh-client is not installed");
    }
    let dir = folder("host-many");
    let client = Client::new(&dir);
    client.configure(&[]);
    fs::create_dir_all(dir.join("running")).expect("folder");
    // How many run with this one; then it hangs a while, as hosts do.
    client.wrapper(&format!(
        "cd {}; touch running/$$; ls running | wc -l >> counts; sleep 0.4; rm running/$$",
        dir.display()
    ));
    let ini = format!(
        "[web]\nweb[01:20] ansible_host=127.0.0.1\n[db]\ndb ansible_host=127.0.0.1\n[all:vars]\nansible_port={}\n",
        port()
    );
    fs::write(dir.join("hosts"), ini).expect("write");
    let ran = client.scan(&["--out", "out", "--inventory", "hosts"]).expect(&[3]);
    for name in ["web01", "web20", "db"] {
        assert!(ran.stderr.contains(&format!("{name}: ")), "{name} is not named\n{}", ran.stderr);
    }
    let counts = fs::read_to_string(dir.join("counts")).expect("counts");
    let counts: Vec<u32> = counts.lines().filter_map(|l| l.trim().parse().ok()).collect();
    assert_eq!(counts.len(), 21);
    let most = counts.iter().max().copied().unwrap_or(0);
    assert!((2..=8).contains(&most), "{most} at a time");
}
