use assay_core::{Gap, Resource};
use serde_json::{Value, json};

use super::*;
use crate::{Memory, Standing};

struct Taken(Vec<Resource>);

impl Output for Taken {
    fn put(&mut self, document: Resource) {
        self.0.push(document);
    }
    fn listed(&mut self, _: &'static str, result: Result<(), Gap>) {
        result.unwrap();
    }
}

fn documents(m: &Memory) -> Vec<Resource> {
    let mut out = Taken(Vec::new());
    let host = Host::new(m, "h", "2026-01-01T00:00:00Z".parse().unwrap());
    (SUBJECT.collect)(&host, &mut out);
    out.0
}

fn docker(exec: &str, json: &str) -> Memory {
    let mut m = Memory::new(Standing::AtRest);
    m.file("/usr/lib/systemd/systemd", "x").symlink("/sbin/init", "/usr/lib/systemd/systemd");
    m.file(
        "/usr/lib/systemd/system/docker.service",
        format!("[Service]\nEnvironmentFile=-/etc/default/docker\nExecStart={exec}\n"),
    );
    m.file("/usr/bin/dockerd", "x");
    if !json.is_empty() {
        m.file("/etc/docker/daemon.json", json);
    }
    m
}

fn open(m: &Memory) -> Vec<(String, u64)> {
    let p = documents(m).remove(0).properties;
    let all = p["Listeners"].as_array().unwrap().clone();
    let open =
        all.into_iter().filter(|l| l["remote"] == json!(true) && l["verified"] == json!(false));
    open.map(|l| (l["file"].as_str().unwrap().to_owned(), l["line"].as_u64().unwrap())).collect()
}

#[test]
fn docker_listens_by_flag_file_environment_and_socket() {
    let unit = "/usr/lib/systemd/system/docker.service".to_owned();
    assert!(documents(&Memory::new(Standing::AtRest)).is_empty());
    for closed in [
        "/usr/bin/dockerd -H fd://",
        "/usr/bin/dockerd -H tcp://127.0.0.1:2375",
        "/usr/bin/dockerd --tlsverify -H tcp://0.0.0.0:2376",
        "/usr/bin/dockerd -H unix:///x",
    ] {
        assert_eq!(open(&docker(closed, "")), [], "{closed}");
    }
    for opened in [
        "/usr/bin/dockerd -H fd:// -H tcp://0.0.0.0:2375",
        "/usr/bin/dockerd -H=tcp://10.0.0.1:2375",
        "/usr/bin/dockerd --host=tcp://[::]:2375 --tls",
        "/usr/bin/dockerd --host tcp://h:1 --tlsverify=false",
    ] {
        assert_eq!(open(&docker(opened, "")), [(unit.clone(), 3)], "{opened}");
    }
    let m =
        docker("/usr/bin/dockerd", "{\n \"hosts\": [\n  \"fd://\",\n  \"tcp://0.0.0.0:2375\"]\n}");
    assert_eq!(open(&m), [("/etc/docker/daemon.json".to_owned(), 4)]);
    let mut m = docker("/usr/bin/dockerd $DOCKER_OPTS", "");
    m.file("/etc/default/docker", "#x\nDOCKER_OPTS=\"-H tcp://0.0.0.0:2375\"\n");
    assert_eq!(open(&m), [("/etc/default/docker".to_owned(), 2)]);
    let m =
        docker("/usr/bin/dockerd", "{\"hosts\": [\"tcp://0.0.0.0:2376\"], \"tlsverify\": true}");
    assert_eq!(open(&m), []);
    let broken = documents(&docker("/usr/bin/dockerd", "{")).remove(0);
    assert!(broken.gaps.contains_key("/Listeners"));
}

#[test]
fn defaults_of_docker_podman_and_containerd() {
    let names = |r: &Resource| -> Vec<Value> {
        r.properties["UnsafeDefaults"]
            .as_array()
            .unwrap()
            .iter()
            .map(|d| d["setting"].clone())
            .collect()
    };
    assert_eq!(
        names(&documents(&docker("/usr/bin/dockerd", ""))[0]),
        [json!("icc"), json!("no-new-privileges")]
    );
    // A finding lies in a file that is there.
    let place = |m: &Memory| documents(m)[0].properties["UnsafeDefaults"][0]["file"].clone();
    assert_eq!(place(&docker("/usr/bin/dockerd", "")), "/usr/lib/systemd/system/docker.service");
    assert_eq!(place(&docker("/usr/bin/dockerd", "{}")), "/etc/docker/daemon.json");
    let mut alone = Memory::new(Standing::AtRest);
    alone.file("/usr/bin/dockerd", "x");
    assert_eq!(place(&alone), "/usr/bin/dockerd");
    let m = docker(
        "/usr/bin/dockerd --icc=false",
        "{\"no-new-privileges\": true, \"insecure-registries\": [\"localhost:5000\"]}",
    );
    assert_eq!(names(&documents(&m)[0]), Vec::<Value>::new());
    let mut m = Memory::new(Standing::AtRest);
    m.file("/usr/bin/podman", "x").file(
        "/etc/containers/containers.conf",
        "[containers]\nprivileged = true\nseccomp_profile = \"unconfined\"\n",
    );
    m.file("/etc/containers/containers.conf.d/x.conf", "[containers]\nprivileged = false\n");
    m.file("/usr/bin/containerd", "x").file(
        "/etc/containerd/config.toml",
        "version = 2\n[grpc]\n  tcp_address = \"0.0.0.0:9\"\n",
    );
    let all = documents(&m);
    assert_eq!(names(&all[0]), [json!("seccomp_profile")]);
    assert_eq!(all[1].properties["Listeners"][0]["line"], json!(3));
}

#[test]
fn who_may_speak_to_the_daemon() {
    let names = |m: &Memory| {
        let all = documents(m)[0].properties["UnsafeDefaults"].as_array().unwrap().clone();
        all.iter().map(|d| d["setting"].as_str().unwrap().to_owned()).collect::<Vec<_>>().join(" ")
    };
    let safe = r#"{"icc": false, "no-new-privileges": true}"#;
    let mut m = docker("/usr/bin/dockerd -H fd://", safe);
    m.file(
        "/usr/lib/systemd/system/docker.socket",
        "[Socket]\nListenStream=/run/docker.sock\nSocketMode=0660\nSocketGroup=docker\n",
    );
    m.file("/usr/lib/systemd/system/default.target", "[Unit]\nWants=docker.socket\n");
    assert_eq!(names(&m), "");
    m.file("/etc/systemd/system/docker.socket.d/a.conf", "[Socket]\nSocketMode=0666\n");
    assert_eq!(names(&m), "SocketMode");
    m.file("/etc/systemd/system/docker.socket.d/a.conf", "[Socket]\nSocketGroup=users\n");
    assert_eq!(names(&m), "group");
    let m = docker("/usr/bin/dockerd -G staff", safe);
    assert_eq!(names(&m), "group");
    let m = docker(
        "/usr/bin/dockerd",
        r#"{"icc": false, "no-new-privileges": true, "group": "staff"}"#,
    );
    assert_eq!(names(&m), "group");
}
