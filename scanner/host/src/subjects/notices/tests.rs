use super::*;
use crate::{Memory, Standing};

fn notice(m: &Memory, at: usize) -> Value {
    let host = Host::new(m, "h", assay_core::Timestamp::UNIX_EPOCH);
    notices(&host).unwrap()[at].clone()
}

#[test]
fn notices_tell_by_escapes_and_by_name() {
    let mut m = Memory::new(Standing::AtRest);
    m.file("/usr/lib/os-release", "ID=debian\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n");
    m.file("/etc/issue", "Keep out\\\\s\n\\S{VERSION} \\n \\l\n").file("/etc/issue.net", "");
    m.file("/etc/motd", "Debian is free\n");
    let issue = notice(&m, 0);
    assert_eq!(issue["State"], "present");
    assert_eq!(issue["Reveals"].as_array().unwrap().len(), 1);
    assert_eq!(issue["Reveals"][0]["line"], 2);
    assert_eq!(notice(&m, 1)["State"], "empty");
    assert_eq!(notice(&m, 2)["Reveals"], json!([]));
    m.file("/etc/issue.d/x.issue", "Welcome to DEBIAN!");
    assert_eq!(notice(&m, 0)["Reveals"][1]["file"], "/etc/issue.d/x.issue");
    m.file("/etc/issue.net", "debianesque");
    assert_eq!(notice(&m, 1)["Reveals"], json!([]));
}

#[test]
fn bluetooth_is_on_only_where_it_starts() {
    let state = |m: &Memory| {
        let host = Host::new(m, "h", assay_core::Timestamp::UNIX_EPOCH);
        radio::bluetooth(&host).unwrap()["State"].as_str().unwrap().to_owned()
    };
    let mut m = Memory::new(Standing::AtRest);
    assert_eq!(state(&m), "absent");
    m.file("/usr/libexec/bluetooth/bluetoothd", "");
    assert_eq!(state(&m), "off");
    m.symlink(
        "/etc/systemd/system/dbus-org.bluez.service",
        "/lib/systemd/system/bluetooth.service",
    );
    assert_eq!(state(&m), "on");
    m.symlink("/etc/systemd/system/bluetooth.service", "/dev/null");
    assert_eq!(state(&m), "masked");
}

#[test]
fn wireless_networks_are_found_in_every_manager() {
    let mut m = Memory::new(Standing::AtRest);
    m.file("/etc/wpa_supplicant/wpa_supplicant.conf", "# network={\nctrl\n network = {\n}\n");
    m.file("/etc/netplan/1.yaml", "network:\n  wifis:\n");
    let host = Host::new(&m, "h", assay_core::Timestamp::UNIX_EPOCH);
    let found = radio::networks(&host).unwrap();
    assert_eq!(found[0]["line"], 3);
    assert_eq!(found.as_array().unwrap().len(), 2);
}
