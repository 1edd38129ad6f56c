//! Whole roots through the subject.

use std::collections::BTreeMap;

use assay_core::{Gap, Resource};
use serde_json::{Value, json};

use super::SUBJECT;
use crate::{Host, Memory, Miss, Output, Standing};

#[derive(Default)]
struct Taken {
    documents: Vec<Resource>,
    listed: BTreeMap<&'static str, Result<(), Gap>>,
}

impl Output for Taken {
    fn put(&mut self, document: Resource) {
        self.documents.push(document);
    }

    fn listed(&mut self, kind: &'static str, result: Result<(), Gap>) {
        self.listed.insert(kind, result);
    }
}

fn run(m: &Memory) -> Taken {
    let host = Host::new(m, "h", "2026-11-24T00:00:00Z".parse().unwrap());
    let mut taken = Taken::default();
    (SUBJECT.collect)(&host, &mut taken);
    taken
}

fn root(config: &str) -> Memory {
    let mut m = Memory::new(Standing::AtRest);
    m.file("/usr/sbin/sshd", "\u{7f}ELF OpenSSH_9.2p1 Debian");
    m.file("/etc/passwd", "root:x:0:0::/root:/bin/sh\nann:x:1000:1000::/home/ann:/bin/sh\n");
    m.file("/etc/group", "root:x:0:\nann:x:1000:\nadmins:x:50:ann\nssh_keys:x:999:\n");
    m.file("/etc/ssh/sshd_config", config);
    m
}

fn server(config: &str) -> Resource {
    let taken = run(&root(config));
    taken.documents.into_iter().find(|d| d.kind == "linux.sshd").unwrap()
}

fn lines(r: &Resource, facet: &str) -> Vec<Value> {
    r.properties[facet].as_array().unwrap().clone()
}

/// Checks documents against the type files: every facet is named there and fits.
pub(crate) fn fit(documents: &[Resource]) {
    let folder =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies/types/linux");
    let kinds: std::collections::BTreeSet<&str> =
        documents.iter().map(|d| d.kind.as_str()).collect();
    let files = kinds.iter().map(|kind| {
        let name = format!("{kind}.yaml");
        let text = std::fs::read_to_string(folder.join(&name)).unwrap();
        (name, yaml_serde::from_str::<Value>(&text).unwrap())
    });
    let types = assay_core::typedef::TypeRegistry::from_files(files).unwrap();
    for document in documents {
        let mut checked = document.clone();
        let misfits = types.get(&document.kind).unwrap().check(&mut checked);
        assert_eq!(misfits, 0, "{}: {:?}", document.id, checked.gaps);
    }
}

#[test]
fn documents_fit_their_type_files() {
    let mut m = root(
        "Port 22\nListenAddress 0.0.0.0\nSubsystem sftp internal-sftp\nAcceptEnv *\nSetEnv A=1\n\
        IPQoS cs0 cs1\nRekeyLimit 1G 1h\nLogVerbose a:b\nChannelTimeout session:*=5m\nPermitRootLogin yes\n\
        PermitEmptyPasswords yes\nBanner /nope\nHostKey /etc/ssh/k\nNoSuch 1\nMatch User root\n\
        PermitRootLogin no\nClientAliveInterval 5\nTrustedUserCAKeys /etc/ssh/ca.pub\nForceCommand x\n",
    );
    m.file("/usr/lib/systemd/systemd", "").symlink("/sbin/init", "/usr/lib/systemd/systemd");
    let unit = "[Service]\nExecStart=/usr/sbin/sshd -D -oMaxAuthTries=9 -oCiphers=+3des-cbc -f /etc/ssh/sshd_config\n";
    m.file("/usr/lib/systemd/system/ssh.service", unit);
    m.file(
        "/etc/ssh/k",
        "-----BEGIN RSA PRIVATE KEY-----\nMAYCAQACAQM=\n-----END RSA PRIVATE KEY-----\n",
    );
    let key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFB";
    m.file("/root/.ssh/authorized_keys", key).file("/etc/ssh/ca.pub", key);
    let taken = run(&m);
    assert!(taken.listed.values().all(Result::is_ok), "{:?}", taken.listed);
    assert_eq!(taken.documents.len(), 4, "a server, its key, a file of keys, an authority");
    for document in &taken.documents {
        assert_eq!(
            document.gaps.keys().collect::<Vec<_>>(),
            Vec::<&String>::new(),
            "{}",
            document.id
        );
    }
    fit(&taken.documents);
    // Settings of nobody fit too.
    fit(&run(&root("")).documents);
}

#[test]
fn no_program_no_document() {
    let mut m = Memory::new(Standing::AtRest);
    m.file("/etc/ssh/sshd_config", "PermitRootLogin yes\n");
    let taken = run(&m);
    assert!(taken.documents.is_empty());
    assert!(taken.listed.len() == 3 && taken.listed.values().all(Result::is_ok));
}

#[test]
fn an_unreadable_file_is_no_absence() {
    let mut m = root("PermitRootLogin no\n");
    m.unreadable("/etc/ssh/sshd_config", Miss::Denied);
    let taken = run(&m);
    assert!(taken.listed["linux.sshd"].is_err());
}

#[test]
fn root_is_let_in_only_where_a_connection_of_his_says_so() {
    let no = [
        "PermitRootLogin no\nPermitRootLogin yes\n",
        "PermitRootLogin no\n#PermitRootLogin yes\n",
        "PermitRootLogin no\nMatch User ann\nPermitRootLogin yes\n",
        "PermitRootLogin no\nMatch User !ann\nPermitRootLogin yes\n",
        "PermitRootLogin no\nMatch Group admins\nPermitRootLogin yes\n",
        "PermitRootLogin no\nMatch Address !10.0.0.0/8\nPermitRootLogin yes\n",
        "PermitRootLogin no\nMatch LocalPort 2222\nPermitRootLogin yes\n",
        "PermitRootLogin no\nMatch Host *.example.org\nPermitRootLogin yes\n",
        "PermitRootLogin no\nMatch User root\nPermitRootLogin no\nMatch User r*\nPermitRootLogin yes\n",
        "PermitRootLogin yes\nDenyUsers root\n",
        "PermitRootLogin yes\nMatch all\nPermitRootLogin no\n",
        "ListenAddress 192.0.2.1\nPermitRootLogin no\nMatch LocalAddress 192.0.2.9\nPermitRootLogin yes\n",
    ];
    for config in no {
        assert_eq!(lines(&server(config), "RootLogin"), Vec::<Value>::new(), "{config}");
    }
    let yes = [
        ("PermitRootLogin YES\nPermitRootLogin no\n", 1),
        ("PermitRootLogin no\nMatch Address 10.0.0.0/8\nPermitRootLogin=yes\n", 3),
        ("PermitRootLogin no\nMatch User *,!ann\n  \"permitrootlogin\" yes\n", 3),
        ("PermitRootLogin no\nMatch Group root\nPermitRootLogin yes\n", 3),
        ("Port 22\nPort 2222\nPermitRootLogin no\nMatch LocalPort 2222\nPermitRootLogin yes\n", 5),
        ("UseDNS yes\nPermitRootLogin no\nMatch Host *.example.org\nPermitRootLogin yes\n", 4),
        ("PermitRootLogin no\nMatch Host 10.1.*\nPermitRootLogin yes\n", 3),
        ("PermitRootLogin no\nMatch all\nPermitRootLogin yes\n", 3),
    ];
    for (config, line) in yes {
        let found = lines(&server(config), "RootLogin");
        assert_eq!(found.len(), 1, "{config}: {found:?}");
        assert_eq!(
            (&found[0]["Permit"], &found[0]["line"]),
            (&json!("yes"), &json!(line)),
            "{config}"
        );
        assert!(found[0].get("OnlyBarredBy").is_none(), "{config}");
    }
    for (list, name) in [("AllowUsers ann", "AllowUsers"), ("AllowGroups admins", "AllowGroups")] {
        let found = lines(&server(&format!("PermitRootLogin yes\n{list}\n")), "RootLogin");
        assert_eq!(found[0]["OnlyBarredBy"], name);
    }
}

#[test]
fn includes_keep_their_blocks_to_themselves_and_nest() {
    let mut m =
        root("Include sshd_config.d/*.conf\nPasswordAuthentication no\nPermitRootLogin no\n");
    m.file("/etc/ssh/sshd_config.d/10-a.conf", "Match User ann\nInclude /etc/ssh/more/[ab].conf\n");
    m.file(
        "/etc/ssh/more/a.conf",
        "PasswordAuthentication yes\nMatch User root\nPermitRootLogin yes\n",
    );
    m.file("/etc/ssh/more/c.conf", "PasswordAuthentication yes\n");
    m.file("/etc/ssh/sshd_config.d/20-b.conf.bak", "PermitRootLogin yes\n");
    let taken = run(&m);
    let r = &taken.documents[0];
    assert_eq!(lines(r, "RootLogin"), Vec::<Value>::new());
    let password = lines(r, "PasswordLogin");
    let named: Vec<_> = password.iter().filter(|p| p["Confined"] == true).collect();
    assert_eq!(named.len(), 1, "{password:?}");
    assert_eq!(named[0]["file"], "/etc/ssh/more/a.conf");
    assert_eq!(named[0]["Context"], "Match User ann");
}

#[test]
fn a_password_counts_where_it_alone_lets_somebody_in() {
    let alone = |config: &str| lines(&server(config), "PasswordLogin").len();
    assert_eq!(alone(""), 1);
    assert_eq!(alone("AuthenticationMethods publickey,password\n"), 0);
    assert_eq!(alone("PasswordAuthentication no\n"), 0, "keyboard-interactive without PAM");
    assert_eq!(alone("PasswordAuthentication no\nUsePAM yes\n"), 1);
    assert_eq!(
        alone("PasswordAuthentication no\nChallengeResponseAuthentication no\nUsePAM yes\n"),
        0
    );
    let r = server("PasswordAuthentication no\nPermitEmptyPasswords yes\n");
    assert_eq!(lines(&r, "EmptyPasswords")[0]["Accepted"], false);
    assert_eq!(lines(&server("PermitEmptyPasswords yes\n"), "EmptyPasswords").len(), 1);
}

#[test]
fn options_of_the_unit_win_over_the_file_and_lose_to_a_block() {
    let mut m = root("PermitRootLogin no\nCiphers aes256-ctr\n");
    m.file("/usr/lib/systemd/systemd", "");
    m.symlink("/sbin/init", "/usr/lib/systemd/systemd");
    let unit =
        "[Service]\nEnvironmentFile=-/etc/default/ssh\nExecStart=/usr/sbin/sshd -D $SSHD_OPTS\n";
    m.file("/usr/lib/systemd/system/ssh.service", unit);
    m.file(
        "/etc/default/ssh",
        "# options\nSSHD_OPTS='-oPermitRootLogin=yes -o \"Ciphers +3des-cbc\"'\n",
    );
    let taken = run(&m);
    let r = &taken.documents[0];
    let root = lines(r, "RootLogin");
    assert_eq!((&root[0]["file"], &root[0]["line"]), (&json!("/etc/default/ssh"), &json!(2)));
    assert_eq!(root[0]["origin"], "environment");
    let weaker = lines(r, "StartOptions").iter().filter(|o| o["Weakens"] == true).count();
    assert_eq!(weaker, 2);
    m.file("/etc/ssh/sshd_config", "PermitRootLogin no\nMatch User root\nPermitRootLogin no\n");
    assert_eq!(lines(&run(&m).documents[0], "RootLogin"), Vec::<Value>::new());
    // A drop-in empties the command and starts another file.
    m.file(
        "/etc/systemd/system/ssh.service.d/x.conf",
        "[Service]\nExecStart=\nExecStart=/usr/sbin/sshd -D -f /srv/other\n",
    );
    m.file("/srv/other", "PermitRootLogin yes\n");
    assert_eq!(lines(&run(&m).documents[0], "RootLogin")[0]["file"], "/srv/other");
}

#[test]
fn keys() {
    let mut m = root("AuthorizedKeysFile .ssh/authorized_keys /etc/ssh/keys/%u\n");
    let key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFB";
    m.file(
        "/home/ann/.ssh/authorized_keys",
        format!("# x\nfrom=\"10.0.0.0/8, x\" {key} ann@x\n{key}\nrubbish\n"),
    );
    m.owned("/home/ann/.ssh/authorized_keys", 1000, 1000, 0o600);
    m.owned("/home/ann", 1000, 1000, 0o755).owned("/home/ann/.ssh", 1000, 1000, 0o700);
    m.file("/etc/ssh/keys/root", format!("{key} boss\n")).owned("/etc/ssh/keys/root", 0, 0, 0o666);
    m.file(
        "/etc/ssh/ssh_host_rsa_key.bak",
        "-----BEGIN RSA PRIVATE KEY-----\nMAYCAQACAQM=\n-----END RSA PRIVATE KEY-----\n",
    );
    m.owned("/etc/ssh/ssh_host_rsa_key.bak", 0, 999, 0o640);
    let taken = run(&m);
    assert!(taken.listed.values().all(Result::is_ok), "{:?}", taken.listed);
    let of = |id: &str| taken.documents.iter().find(|d| d.id.ends_with(id)).unwrap();
    let ann = of("/home/ann/.ssh/authorized_keys");
    let held = lines(ann, "Keys");
    assert_eq!(held.len(), 2);
    assert_eq!(held[0]["Options"], json!(["from=\"10.0.0.0/8, x\""]));
    assert_eq!((&held[0]["Comment"], &held[1]["line"]), (&json!("ann@x"), &json!(3)));
    assert_eq!(ann.properties["Access"]["writers"], json!([]));
    assert_eq!(of("keys/root").properties["Access"]["writers"], json!(["everyone"]));
    let copy = of("ssh_host_rsa_key.bak");
    assert_eq!(copy.properties["Used"], false);
    assert_eq!(copy.properties["Access"]["readers"], json!([]), "a group that nobody is in");
}

#[test]
fn hostile_input_ends_and_does_not_panic() {
    let mut seed = 0x1234_5678_9abc_def1_u64;
    let mut next = || {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed
    };
    let valid = "Include x\nMatch User a Address 10.0.0.0/8,!10.1.*\nCiphers +a\nAllowUsers *@[::1]\nBanner \"x\n";
    for _ in 0..400 {
        let cut = usize::try_from(next() % valid.len() as u64).unwrap();
        let mut bytes = valid.as_bytes()[..cut].to_vec();
        bytes.extend((0..next() % 80).map(|_| next().to_le_bytes()[0]));
        let mut m = root("");
        m.file("/etc/ssh/sshd_config", &bytes).file("/root/.ssh/authorized_keys", &bytes);
        m.file("/etc/ssh/ssh_host_rsa_key", &bytes).file("/etc/default/ssh", &bytes);
        assert_eq!(run(&m).listed.len(), 3);
    }
    // A file that includes itself.
    let taken = run(&root("Include sshd_config\n"));
    assert!(taken.listed["linux.sshd"].is_err());
    // Blocks that tell too many connections apart.
    let mut config = String::new();
    for n in 0..200 {
        config.push_str(&format!(
            "Match Address 10.{n}.0.0/16\nPort\nMatch LocalAddress 10.{n}.0.1\nMatch RDomain r{n}\n"
        ));
    }
    let r = server(&config);
    assert!(r.gaps.contains_key("/RootLogin"));
}

#[test]
fn a_version_that_cannot_be_read_is_a_gap_and_so_is_what_rests_on_it() {
    let mut m = root("Ciphers +aes128-cbc\n");
    m.unreadable("/usr/sbin/sshd", Miss::Failed("left out".into()));
    let sshd = |m: &Memory| {
        let taken = run(m);
        taken.documents.into_iter().find(|d| d.kind == "linux.sshd").unwrap()
    };
    let blind = sshd(&m);
    for facet in ["Version", "Ciphers", "KexAlgorithms", "MACs"] {
        assert!(!blind.properties.contains_key(facet), "{facet}");
        assert!(blind.gaps.contains_key(&format!("/{facet}")), "{facet}");
    }
    assert!(blind.properties.contains_key("PermitRootLogin"), "the rest does not rest on it");
    m.file(
        crate::dpkg::STATUS,
        "Package: openssh-server\nStatus: install ok installed\nVersion: 1:9.2p1-2+deb12u3\n",
    );
    let told = sshd(&m);
    assert_eq!(told.properties["Version"], "9.2");
    assert!(told.properties.contains_key("Ciphers"));
}
