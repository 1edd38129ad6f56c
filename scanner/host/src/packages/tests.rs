//! apk's database, and which database counts.

use super::{Kind, database};
use crate::packages::apk;
use crate::{Host, Memory, Standing};

const INSTALLED: &str = "C:Q1hash=\nP:busybox\nV:1.36.1-r5\nA:x86_64\nS:1\nT:x: y\n\
F:bin\nR:busybox\na:0:0:755\nZ:Q1LDVBTDEsEwcZ4hlXTlLf6ZkKdWY=\nR:sh\na:0:0:777\nZ:Q1pcfTfDNEbNKQc2s1tia7da05M8Q=\n\
F:etc\nR:securetty\nZ:Q1mB95Hq2NUTZ599RDiSsj9w5FrOU=\nF:var\nM:0:0:1777\n\n\
P:broken\nV:1-r0\nA:noarch\nf:fs\n";

#[test]
fn paragraphs_directories_and_files_of_apk() {
    let mut m = Memory::new(Standing::AtRest);
    m.file("/lib/apk/db/installed", INSTALLED);
    let host = Host::new(&m, "h", assay_core::Timestamp::UNIX_EPOCH);
    let found = database(&host).unwrap().unwrap();
    assert_eq!(found.kind, Kind::Apk);
    let all: Vec<(&str, &str, bool)> =
        found.packages.iter().map(|p| (&*p.name, &*p.version, p.whole)).collect();
    assert_eq!(all, [("busybox", "1.36.1-r5", true), ("broken", "1-r0", false)]);
    let mut files = Vec::new();
    found.files.each(&mut |f| files.push((f.path.to_owned(), f.mode, f.capabilities.is_some())));
    assert_eq!(
        files,
        [
            ("/bin/busybox".to_owned(), Some(0o755), false),
            ("/bin/sh".to_owned(), Some(0o777), false),
            ("/etc/securetty".to_owned(), Some(0o644), false),
        ]
    );
    // A read is evidence of every subject that asks.
    let _ = host.take_reads();
    database(&host).unwrap();
    assert!(host.take_reads().iter().any(|r| r.path.ends_with("installed")));
}

#[test]
fn a_damaged_database_of_apk_is_a_gap() {
    for bad in [
        "P:a\nV:1\nno field\n",
        "V:1\n\n",
        "P:a\n\n",
        "P:a\nV:1\nF:x\nR:y\nZ:Q1AA\n",
        "P:a\nV:1",
        "P:a\nV:1\nR:x\n",
    ] {
        let mut m = Memory::new(Standing::AtRest);
        m.file("/lib/apk/db/installed", bad);
        let host = Host::new(&m, "h", assay_core::Timestamp::UNIX_EPOCH);
        assert!(apk::load(&host).is_err(), "{bad}");
    }
    for cut in 0..INSTALLED.len() {
        let mut m = Memory::new(Standing::AtRest);
        m.file("/lib/apk/db/installed", &INSTALLED[cut..]);
        let host = Host::new(&m, "h", assay_core::Timestamp::UNIX_EPOCH);
        let _ = apk::load(&host);
    }
}
