use std::path::{Path, PathBuf};

use super::commands;
use super::jobs::{Job, parse};
use super::*;
use crate::{Memory, Standing};

#[derive(Default)]
struct Taken(Vec<Resource>, Vec<bool>);

impl Output for Taken {
    fn put(&mut self, document: Resource) {
        self.0.push(document);
    }
    fn listed(&mut self, _: &'static str, result: Result<(), Gap>) {
        self.1.push(result.is_ok());
    }
}

fn run(m: &Memory) -> Taken {
    let host = Host::new(m, "h", assay_core::Timestamp::UNIX_EPOCH);
    let mut out = Taken::default();
    collect(&host, &mut out);
    out
}

fn debian() -> Memory {
    let mut m = Memory::new(Standing::AtRest);
    m.file("/etc/debian_version", "12").file("/usr/sbin/cron", "").file("/usr/bin/at", "");
    m
}

#[test]
fn a_crontab_is_read_as_cron_does() {
    let text = "# x\nPATH=/opt/bin:/usr/bin\n*/5 * * * * root cd / && run-it --all 2>&1 % input\n\
                @reboot\tbob /home/bob/start\n MAILTO = root\n";
    let jobs = parse(Path::new("/etc/crontab"), text, None);
    assert_eq!(jobs.len(), 2);
    assert_eq!((jobs[0].user.as_str(), jobs[0].line), ("root", 3));
    assert_eq!(jobs[1].user, "bob");
    let found = programs(&jobs[0]);
    assert!(found.contains(&PathBuf::from("/opt/bin/run-it")), "{found:?}");
    assert_eq!(programs(&jobs[1]), [PathBuf::from("/home/bob/start")]);
    let text = "APP = \"/opt/app\"\n1 2 3 4 5 root $APP/bin/a; ${APP}/b $NONE ${APP\n";
    let jobs = parse(Path::new("/etc/crontab"), text, None);
    assert_eq!(programs(&jobs[0]), [PathBuf::from("/opt/app/bin/a"), PathBuf::from("/opt/app/b")]);
    let own =
        parse(Path::new("/var/spool/cron/crontabs/ann"), "1 2 3 4 5 sh /opt/x.sh a", Some("ann"));
    assert_eq!(programs(&own[0]), [PathBuf::from("/opt/x.sh")]);
}

fn programs(job: &Job) -> Vec<PathBuf> {
    commands::programs(&job.command, job.path.as_deref()).into_iter().map(|n| n.path).collect()
}

#[test]
fn commands_behind_commands() {
    for (command, want) in [
        ("/usr/bin/flock -n /run/x.lock /usr/bin/nice -n 5 /opt/x", "flock nice x"),
        ("/usr/bin/flock -nw 5 /run/x.lock -c '/opt/x a'", "flock x"),
        ("/usr/bin/flock --wait 5 -E 0 /run/x.lock /opt/x", "flock x"),
        ("/usr/bin/timeout -k 5s 1h /opt/x /opt/y", "timeout x"),
        ("/usr/bin/sudo -u alice -- /opt/x", "sudo x"),
        ("/usr/bin/sudo --user alice -H /opt/x", "sudo x"),
        ("/bin/su - alice -c '/opt/x --all'", "su x"),
        ("/bin/su -c /opt/x alice", "su x"),
        ("/usr/sbin/runuser -u alice -- /opt/x", "runuser x"),
        ("/usr/sbin/runuser -u alice /opt/x -c /opt/y", "runuser x"),
        ("/usr/sbin/runuser alice -c /opt/x", "runuser x"),
        ("/usr/bin/ionice -c 3 -n7 /opt/x", "ionice x"),
        ("/usr/bin/chrt -r 5 /opt/x", "chrt x"),
        ("/usr/bin/env -u HOME A=1 /opt/x", "env x"),
        ("/bin/bash -eo pipefail -c '/opt/x && /opt/y'", "bash x y"),
        ("/usr/bin/nohup >/dev/null 2> /tmp/log /opt/x", "nohup x"),
        ("/usr/bin/find /srv -name a -exec /opt/x {} +", "find x"),
        ("/usr/bin/find /srv /opt/data -delete", "find"),
        ("/opt/x /opt/y > /opt/z", "x"),
        ("/usr/bin/systemd-cat -t tick /opt/x", "systemd-cat x"),
    ] {
        let found = commands::programs(command, None);
        let names: Vec<_> =
            found.iter().map(|n| n.path.file_name().unwrap().to_str().unwrap()).collect();
        assert_eq!(names.join(" "), want, "{command}");
    }
}

#[test]
fn what_is_not_there_yet_and_what_a_directory_holds() {
    let mut m = debian();
    m.file("/opt/open/x", "").owned("/opt/open", 1000, 0, 0o755).file("/opt/parts/one", "");
    m.owned("/opt/parts/one", 1000, 0, 0o755).file("/usr/bin/tool", "");
    let writers = |command: &str, path: &str| -> Vec<String> {
        let mut m = m.clone();
        m.file("/etc/cron.d/x", format!("{path}\n* * * * * root {command}\n"));
        let t = run(&m);
        let job = t.0.iter().find(|r| r.id.contains("cron.d/x")).unwrap();
        let all = job.properties["Programs"].as_array().unwrap();
        let writers = all.iter().flat_map(|p| p["writers"].as_array().unwrap());
        writers.map(|w| w.as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(writers("/opt/open/missing", ""), ["user 1000"]);
    assert_eq!(writers("tool", "PATH=/opt/open:/usr/bin"), ["user 1000"]);
    assert!(writers("tool", "PATH=/usr/bin:/opt/open").is_empty());
    assert_eq!(writers("run-parts --report /opt/parts", ""), ["user 1000"]);
    assert_eq!(writers("cd /opt/open && ./missing -a", ""), ["user 1000"]);
    assert!(writers("cd / && test -d /opt/open", "").is_empty());
    assert_eq!(writers(". /opt/parts/one", ""), ["user 1000"]);
    assert!(writers("/nowhere/at/all", "").is_empty());
}

#[test]
fn files_that_cron_does_not_take_are_no_jobs() {
    let mut m = debian();
    let job = "* * * * * root /opt/x\n";
    m.file("/etc/cron.d/good", job)
        .file("/etc/cron.d/with.dot", job)
        .file("/etc/cron.d/loose", job);
    m.owned("/etc/cron.d/loose", 0, 0, 0o666).file("/opt/x", "").owned("/opt/x", 1000, 0, 0o755);
    let t = run(&m);
    let jobs: Vec<_> =
        t.0.iter().filter(|r| r.kind == "linux.cron_job").map(|r| r.id.as_str()).collect();
    assert_eq!(jobs, ["host:h/cron_job//etc/cron.d/good:1"]);
    let job = t.0.iter().find(|r| r.kind == "linux.cron_job").unwrap();
    assert_eq!(job.properties["Programs"][0]["writers"][0], "user 1000");
    m.file("/etc/passwd", "bob:x:1000:1000::/:/bin/sh\n");
    m.file("/etc/cron.d/good", "* * * * * bob /opt/x\n");
    let t = run(&m);
    let job = t.0.iter().find(|r| r.kind == "linux.cron_job").unwrap();
    assert_eq!(job.properties["Programs"][0]["writers"], json!([]), "it is his own");
}

#[test]
fn who_may_make_schedules() {
    let rule = |m: &Memory, facet: &str| {
        let t = run(m);
        let d = t.0.iter().find(|r| r.kind == "linux.cron").unwrap();
        d.properties[facet]["Rule"].as_str().unwrap().to_owned()
    };
    let mut m = debian();
    assert_eq!(rule(&m, "CronAccess"), "everyone");
    assert_eq!(rule(&m, "AtAccess"), "root");
    m.file("/etc/cron.deny", "").file("/etc/at.deny", "x");
    assert_eq!(rule(&m, "CronAccess"), "deny");
    m.file("/etc/cron.allow", "root\n").file("/etc/at.allow", "");
    assert_eq!(rule(&m, "CronAccess"), "allow");
    assert_eq!(rule(&m, "AtAccess"), "allow");
    // Alpine: the applets that need root's rights are links to a program of their own.
    let mut m = Memory::new(Standing::AtRest);
    m.file("/bin/bbsuid", "x").owned("/bin/bbsuid", 0, 0, 0o4111);
    m.symlink("/usr/bin/crontab", "/bin/bbsuid").file("/etc/cron.allow", "root\n");
    assert_eq!(rule(&m, "CronAccess"), "everyone", "no list is read");
    m.owned("/bin/bbsuid", 0, 0, 0o755);
    assert_eq!(rule(&m, "CronAccess"), "root");
}

#[test]
fn users_own_their_schedules_and_nothing_more() {
    let mut m = debian();
    m.file("/var/spool/cron/crontabs/ann", "").owned(
        "/var/spool/cron/crontabs/ann",
        1000,
        101,
        0o600,
    );
    m.owned("/var/spool/cron/crontabs", 0, 101, 0o1730);
    m.file("/etc/cron.daily/job", "").owned("/etc/cron.daily", 0, 0, 0o700);
    m.file("/etc/crontab", "");
    let t = run(&m);
    let d = t.0.iter().find(|r| r.kind == "linux.cron").unwrap();
    let of = |path: &str| {
        let all = d.properties["Schedules"].as_array().unwrap();
        let s = all.iter().find(|s| s["File"]["path"] == path).unwrap();
        (s["Readers"].as_array().unwrap().len(), s["Writers"].as_array().unwrap().len())
    };
    assert_eq!(of("/var/spool/cron/crontabs/ann"), (0, 0));
    assert_eq!(of("/etc/cron.daily/job"), (0, 0), "nobody gets into its directory");
    assert_eq!(of("/etc/crontab"), (1, 0));
}

#[test]
fn a_host_without_a_scheduler_has_nothing_to_judge() {
    let t = run(&Memory::new(Standing::AtRest));
    assert!(t.0.is_empty());
    assert_eq!(t.1, [true, true]);
}

#[test]
fn arbitrary_bytes_do_no_harm() {
    let mut seed = 3_u64;
    let mut next = || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize
    };
    let words =
        ["*", " ", "\t", "\n", "root", "@", "=", "%", "/x", "&&", "|", "é", "\"", "\0", "1"];
    for _ in 0..2000 {
        let n = next() % 60;
        let text: String = (0..n).map(|_| words[next() % words.len()]).collect();
        for job in parse(Path::new("/etc/crontab"), &text, None) {
            assert!(programs(&job).len() < 600);
        }
    }
}
