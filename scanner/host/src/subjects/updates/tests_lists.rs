use super::tests::{at, debian, updates};
use super::*;
use crate::Memory;

fn listed(m: &mut Memory, date: &str, packages: &[u8], end: &str) {
    let base = "/var/lib/apt/lists/security.debian.org_debian-security_dists_bookworm-security";
    m.file(
        format!("{base}_InRelease"),
        format!("Origin: Debian\nLabel: Debian-Security\nSuite: oldstable-security\nCodename: bookworm-security\nDate: {date}\n"),
    );
    m.file(format!("{base}_main_binary-amd64_Packages{end}"), packages);
    m.file(
        "/var/lib/apt/lists/old.example_dists_bookworm-security_main_binary-amd64_Packages",
        "Package: a\nVersion: 99\n",
    );
}

#[test]
fn pending_updates_and_the_age_of_the_lists() {
    let mut m = debian();
    m.file(
        crate::dpkg::STATUS,
        "Package: dpkg\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1\n\n\
         Package: a\nStatus: hold ok installed\nArchitecture: amd64\nVersion: 1.0-1\n\n\
         Package: b\nStatus: deinstall ok config-files\nArchitecture: amd64\nVersion: 1.0-1\n\n\
         Package: d\nStatus: install ok installed\nArchitecture: all\nVersion: 2.0~rc1\n",
    );
    let text = "Package: a\nArchitecture: amd64\nVersion: 1.0-1+deb12u1\n\nPackage: a\nArchitecture: amd64\nVersion: 1.0-1+deb12u2\n\n\
                Package: a\nArchitecture: i386\nVersion: 9\n\nPackage: b\nArchitecture: amd64\nVersion: 2\n\n\
                Package: d\nArchitecture: all\nVersion: 2.0\n";
    listed(&mut m, "Mon, 23 Nov 2026 10:00:00 UTC", text.as_bytes(), "");
    let pending = updates(&m).properties["Pending"].clone();
    assert_eq!(
        pending[0],
        json!({"Package": "a", "Architecture": "amd64", "Installed": "1.0-1", "Candidate": "1.0-1+deb12u2", "Held": true})
    );
    assert_eq!(pending[1]["Package"], "d");
    assert_eq!(pending.as_array().unwrap().len(), 2);
    // Old lists: what they know is known, and nothing else.
    let old = at(&m, "2027-11-24T00:00:00Z").docs.remove(KIND).unwrap();
    assert_eq!(old.properties["Pending"].as_array().unwrap().len(), 2);
    listed(&mut m, "Mon, 23 Nov 2026 10:00:00 UTC", b"", "");
    assert_eq!(updates(&m).properties["Pending"], json!([]));
    let old = at(&m, "2026-12-24T00:00:00Z").docs.remove(KIND).unwrap();
    assert!(old.gaps["/Pending"].detail.contains("30 days old"), "{:?}", old.gaps);
    listed(&mut m, "nonsense", b"", "");
    assert!(updates(&m).gaps.contains_key("/Pending"));
}

#[test]
fn packed_lists() {
    use std::io::Write;
    let mut m = debian();
    m.file(
        crate::dpkg::STATUS,
        "Package: a\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1\n",
    );
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(b"Package: a\nArchitecture: amd64\nVersion: 2\n").unwrap();
    let gz = gz.finish().unwrap();
    listed(&mut m, "Mon, 23 Nov 2026 10:00:00 UTC", &gz, ".gz");
    assert_eq!(updates(&m).properties["Pending"][0]["Candidate"], "2");
    for cut in 0..gz.len() {
        listed(&mut m, "Mon, 23 Nov 2026 10:00:00 UTC", &gz[..cut], ".gz");
        let doc = updates(&m);
        assert!(
            doc.gaps.contains_key("/Pending") || doc.properties["Pending"][0]["Candidate"] == "2",
            "{cut}"
        );
    }
    let mut m = debian();
    m.file(
        crate::dpkg::STATUS,
        "Package: a\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1\n",
    );
    listed(&mut m, "Mon, 23 Nov 2026 10:00:00 UTC", b"x", ".bz2");
    assert!(updates(&m).gaps["/Pending"].detail.contains("packed with bz2"));
}

#[test]
fn an_enormous_database_is_a_gap() {
    let mut m = debian();
    m.file(crate::dpkg::STATUS, "Package: a\n");
    let host = Host::new(&m, "h", assay_core::Timestamp::UNIX_EPOCH);
    let mut stat = host.stat(crate::dpkg::STATUS).unwrap().unwrap();
    stat.size = 1 << 40;
    m.stated(crate::dpkg::STATUS, stat);
    let got = at(&m, "2026-11-24T00:00:00Z");
    assert!(
        got.listed[packages::KIND].as_ref().is_err_and(|g| g.detail.contains("more than are read"))
    );
}
