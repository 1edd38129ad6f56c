//! Whole roots through the subject.

use std::collections::BTreeMap;

use assay_core::{Gap, Resource};
use serde_json::{Value, json};

use super::{SUBJECT, SWAP, VOLUME};
use crate::{Host, Memory, Output, Standing};

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
    assert_eq!(taken.listed.len(), 5);
    crate::subjects::ssh::tests::fit(&taken.documents);
    taken
}

fn facet(t: &Taken, id: &str, facet: &str) -> Value {
    let r = t.documents.iter().find(|d| d.id.ends_with(id)).unwrap_or_else(|| panic!("{id}"));
    r.properties.get(facet).cloned().unwrap_or(json!("gap"))
}

#[test]
fn an_empty_root_has_nothing() {
    let taken = run(&Memory::new(Standing::AtRest));
    assert!(taken.documents.is_empty() && taken.listed.values().all(Result::is_ok));
}

#[test]
fn what_lies_in_a_mapping_is_encrypted_and_the_rest_is_not() {
    let mut m = Memory::new(Standing::AtRest);
    let fstab = "UUID=1 / ext4 defaults 0 1\n/dev/mapper/data /srv ext4 defaults 0 2\n\
        PARTUUID=3 /boot ext4 defaults\n/dev/mapper/old /old xfs defaults\n/dev/mapper/sw none swap sw\n\
        /swapfile none swap sw\n/dev/zram0 none swap sw\nnas:/x /mnt nfs defaults\n";
    m.file("/etc/fstab", fstab);
    let crypttab = "# x\ndata UUID=2 /etc/data.key luks\nold /dev/sdb1 none plain,cipher=aes-ecb\n\
        sw /dev/sdc1 /dev/urandom swap,cipher=aes-xts-plain64,size=256\n";
    m.file("/etc/crypttab", crypttab);
    m.file("/etc/data.key", "k").owned("/etc/data.key", 0, 0, 0o644);
    let t = run(&m);
    assert_eq!(facet(&t, "/volume/srv", "Encryption")["value"], "sound");
    assert_eq!(facet(&t, "/volume/srv", "Encryption")["line"], 2);
    assert_eq!(facet(&t, "/volume/old", "Encryption")["value"], "weak");
    assert_eq!(facet(&t, "/volume//", "Encryption")["value"], "none");
    assert_eq!(facet(&t, "/swap/dev/mapper/sw", "Encryption")["value"], "sound");
    assert_eq!(facet(&t, "/swap/swapfile", "Encryption")["value"], "none");
    assert_eq!(facet(&t, "/swap/dev/zram0", "Encryption")["value"], "sound");
    assert!(!t.documents.iter().any(|d| d.id.ends_with("/boot") || d.id.ends_with("/mnt")));
    let key = facet(&t, "encrypted_volume/data", "KeyFile");
    assert_eq!(
        (&key["OnClearDisk"], &key["Access"]["readers"]),
        (&json!(true), &json!(["everyone"]))
    );
    assert_eq!(facet(&t, "encrypted_volume/data", "Format"), "gap");
    assert_eq!(facet(&t, "encrypted_volume/old", "Format")["value"], "plain");
    // A key on a volume that is encrypted itself.
    m.file("/etc/fstab", "/dev/mapper/data / ext4 defaults\n");
    let t = run(&m);
    assert_eq!(facet(&t, "encrypted_volume/data", "KeyFile")["OnClearDisk"], false);
    // A mapping that no line claims may hold anything.
    m.file("/etc/fstab", "UUID=1 / ext4 defaults\n/dev/mapper/vg-home /home ext4 defaults\n");
    let t = run(&m);
    assert_eq!(facet(&t, "/volume/home", "Encryption"), "gap");
}

#[test]
fn openssl_follows_its_sections_and_includes() {
    let mut m = Memory::new(Standing::AtRest);
    let top = "openssl_conf = init\n[init]\nssl_conf = ssl\n[ssl]\nsystem_default = sys\n";
    m.file(
        "/etc/ssl/openssl.cnf",
        format!("{top}[sys]\nMinProtocol = TLSv1.2\n[other]\nMinProtocol = TLSv1\n"),
    );
    assert_eq!(facet(&run(&m), "/crypto", "MinProtocol")["value"], "TLSv1.2");
    m.file(
        "/etc/ssl/openssl.cnf",
        format!("{top}.include /etc/ssl/more\n[sys]\nminprotocol = TLSv1.2\n"),
    );
    m.file(
        "/etc/ssl/more/x.cnf",
        "[sys]\nCipherString = DEFAULT:@SECLEVEL=2:@SECLEVEL=0 # low\nMinProtocol=TLSv1.3\n",
    );
    let t = run(&m);
    assert_eq!(facet(&t, "/crypto", "MinProtocol")["value"], "TLSv1.2");
    let level = facet(&t, "/crypto", "SecurityLevel");
    assert_eq!(
        (&level["value"], &level["file"], &level["line"]),
        (&json!("0"), &json!("/etc/ssl/more/x.cnf"), &json!(2))
    );
    m.file("/etc/environment", "OPENSSL_CONF=/opt/o.cnf\n").file("/opt/o.cnf", "x = y\n");
    assert_eq!(facet(&run(&m), "/crypto", "MinProtocol")["origin"], "default");
    m.file("/etc/ssl/openssl.cnf", ".include /etc/ssl/openssl.cnf\n").file("/etc/environment", "");
    assert_eq!(facet(&run(&m), "/crypto", "MinProtocol"), "gap");
}

#[test]
fn certificates_of_no_package_are_added() {
    let mut m = Memory::new(Standing::AtRest);
    let pem =
        |body: &str| format!("-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n");
    m.file("/usr/share/ca-certificates/mozilla/a.crt", pem("AAAA"));
    m.file("/etc/ssl/certs/ca-certificates.crt", format!("{}{}", pem("AAAA"), pem("BBBB")));
    m.symlink("/etc/ssl/certs/a.pem", "/usr/share/ca-certificates/mozilla/a.crt");
    m.file("/usr/local/share/ca-certificates/own/c.crt", pem("CCCC"));
    let added = facet(&run(&m), "/ca_store", "Added");
    let added = added.as_array().unwrap();
    assert_eq!(added.len(), 2);
    assert!(
        added.iter().any(|a| a["line"] == 4 && a["file"] == "/etc/ssl/certs/ca-certificates.crt")
    );
}

#[test]
fn units_name_swap_and_volumes_too() {
    let mut m = Memory::new(Standing::AtRest);
    m.file("/etc/fstab", "/dev/sda1 / ext4 defaults 0 1\n/dev/sda2 none swap sw 0 0\n");
    m.file("/usr/lib/systemd/systemd", "");
    let unit = |text: &str| format!("[{text}\n[Install]\nWantedBy=local-fs.target\n");
    m.file("/etc/systemd/system/dev-sdb2.swap", unit("Swap]\nWhat=/dev/sdb2"));
    m.file("/etc/systemd/system/dev-sdc2.swap", unit("Swap]\nWhat=/dev/sdc2"));
    m.file("/etc/systemd/system/srv.mount", unit("Mount]\nWhat=/dev/sdd1\nWhere=/srv\nType=xfs"));
    m.file("/usr/lib/systemd/system/local-fs.target", "[Unit]\n");
    m.file("/usr/lib/systemd/system/sysinit.target", "[Unit]\nRequires=local-fs.target\n");
    m.file("/usr/lib/systemd/system/default.target", "[Unit]\nRequires=sysinit.target\n");
    for name in ["dev-sdb2.swap", "srv.mount"] {
        let link = format!("/etc/systemd/system/local-fs.target.wants/{name}");
        m.symlink(&link, format!("/etc/systemd/system/{name}"));
    }
    let taken = run(&m);
    let of = |kind: &str| -> Vec<&str> {
        let all = taken.documents.iter().filter(|d| d.kind.as_str() == kind);
        all.map(|d| d.properties["Source"].as_str().unwrap()).collect()
    };
    assert_eq!(of(SWAP), ["/dev/sda2", "/dev/sdb2"]);
    assert_eq!(of(VOLUME), ["/dev/sda1", "/dev/sdd1"]);
    let unit = taken.documents.iter().find(|d| d.properties["Source"] == "/dev/sdb2").unwrap();
    assert_eq!(unit.properties["Encryption"]["file"], "/etc/systemd/system/dev-sdb2.swap");
}

#[test]
fn added_certificates_of_other_families() {
    let pem =
        |body: &str| format!("-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n");
    let count = |m: &Memory| match facet(&run(m), "/ca_store", "Added") {
        Value::Array(all) => all.len(),
        _ => usize::MAX,
    };
    for (own, bundle, anchors) in [
        (
            "/usr/share/pki/ca-trust-source/ca-bundle.trust.p11-kit",
            "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
            "/etc/pki/ca-trust/source/anchors",
        ),
        (
            "/usr/share/pki/trust/ca-certificates-mozilla.trust.p11-kit",
            "/var/lib/ca-certificates/ca-bundle.pem",
            "/etc/pki/trust/anchors",
        ),
    ] {
        let mut m = Memory::new(Standing::AtRest);
        m.file(own, format!("[p11-kit-object-v1]\ntrusted: true\n{}", pem("AAAA")));
        m.file(bundle, pem("AAAA"));
        assert_eq!(count(&m), 0, "{own}");
        m.file(format!("{anchors}/own.crt"), pem("BBBB"));
        assert_eq!(count(&m), 1, "{anchors}");
        m.file(bundle, format!("{}{}", pem("AAAA"), pem("CCCC")));
        assert_eq!(count(&m), 2, "{bundle}");
        m.file(format!("{}/blocklist/x.crt", anchors.trim_end_matches("/anchors")), pem("DDDD"));
        assert_eq!(count(&m), 2, "what is blocked is not trusted");
    }
    // Alpine: a bundle alone is its package's, or nothing tells.
    let mut m = Memory::new(Standing::AtRest);
    let bundle = "/etc/ssl/certs/ca-certificates.crt";
    m.file(bundle, pem("AAAA"));
    let lost = |m: &Memory| run(m).listed["linux.ca_store"].clone().map_err(|gap| gap.detail);
    assert!(lost(&m).unwrap_err().contains("not what a package brought"));
    let digest = "Z:Q1bAaGQcq3hDRkFEMxx/eH7qgkaGc=";
    m.file(
        "/lib/apk/db/installed",
        format!(
            "P:ca-certificates-bundle\nV:1-r0\nF:etc/ssl/certs\nR:ca-certificates.crt\n{digest}\n"
        ),
    );
    assert_eq!(lost(&m), Ok(()));
    assert_eq!(count(&m), 0);
    m.file(bundle, format!("{}{}", pem("AAAA"), pem("BBBB")));
    assert!(lost(&m).is_err());
}

#[test]
fn headers_of_devices_are_read_while_the_host_runs() {
    let json = r#"{"keyslots":{"0":{"kdf":{"type":"argon2id","memory":1048576}}},"segments":{"0":{"encryption":"aes-xts-plain64"}}}"#;
    let disk = super::luks::tests::two(json);
    let crypttab = "data UUID=AB-1 none luks\nraw /dev/sdb1 none\nlost /dev/sdc1 none luks\nfifo /dev/pipe none luks\n";
    let root = |standing| {
        let mut m = Memory::new(standing);
        m.file("/etc/crypttab", crypttab).disk("/dev/sda1", &disk).disk("/dev/sdb1", "no header");
        m.symlink("/dev/disk/by-uuid/ab-1", "../../sda1");
        m.special("/dev/pipe", crate::FileKind::Fifo, 0o600);
        m.file("/sys/block/dm-0/dm/uuid", "CRYPT-LUKS2-x-data\n")
            .file("/sys/block/dm-0/dm/name", "data\n");
        m.file("/sys/block/dm-1/dm/uuid", "CRYPT-LUKS2-x-more\n")
            .file("/sys/block/dm-1/dm/name", "more\n");
        m.directory("/sys/block/dm-1/slaves/sda1").file("/sys/block/dm-2/dm/uuid", "LVM-x\n");
        m
    };
    let t = run(&root(Standing::Running));
    assert_eq!(facet(&t, "/encrypted_volume/data", "Format")["value"], "luks2");
    assert_eq!(facet(&t, "/encrypted_volume/data", "Ciphers"), json!(["aes-xts-plain64"]));
    assert_eq!(facet(&t, "/encrypted_volume/data", "KeySlots"), 1);
    assert_eq!(facet(&t, "/encrypted_volume/raw", "Format")["value"], "plain");
    for gone in ["lost", "fifo"] {
        assert_eq!(facet(&t, &format!("/encrypted_volume/{gone}"), "Format"), "gap");
    }
    assert_eq!(facet(&t, "/encrypted_volume/more", "Key")["value"], "by_hand");
    assert_eq!(facet(&t, "/encrypted_volume/more", "Derivations"), json!(["argon2id"]));
    assert_eq!(facet(&t, "/encrypted_volume/more", "KeyFile"), "gap");
    let t = run(&root(Standing::AtRest));
    assert_eq!(facet(&t, "/encrypted_volume/data", "Format"), "gap");
    assert_eq!(t.documents.len(), 4, "what is open now is on no disk");
}

#[test]
fn values_of_openssl_may_come_from_elsewhere() {
    let mut m = Memory::new(Standing::AtRest);
    let head =
        "openssl_conf = init\nfloor = TLSv1\n[init]\nssl_conf = mod\n[mod]\nsystem_default = tls\n";
    let of = |m: &Memory| facet(&run(m), "/crypto", "MinProtocol")["value"].clone();
    for (value, want) in [
        ("$floor", "TLSv1"),
        ("${floor}.1", "TLSv1.1"),
        ("${other::min}", "TLSv1.2"),
        ("$none", "$none"),
    ] {
        m.file(
            "/etc/ssl/openssl.cnf",
            format!("{head}[other]\nmin = TLSv1.2\n[tls]\nMinProtocol = {value}\n"),
        );
        assert_eq!(of(&m), want, "{value}");
    }
    m.file(
        "/etc/ssl/openssl.cnf",
        format!("{head}.pragma includedir:/etc/ssl/more\n.include tls.cnf\n"),
    );
    m.file("/etc/ssl/more/tls.cnf", "[tls]\nMinProtocol = TLSv1\n");
    assert_eq!(of(&m), "TLSv1");
    // Values that double with every line stay bounded.
    let mut text = format!("{head}[tls]\na = xxxxxxxxxxxxxxxx\n");
    for _ in 0..60 {
        text.push_str("a = $a$a\n");
    }
    m.file("/etc/ssl/openssl.cnf", text);
    run(&m);
}
