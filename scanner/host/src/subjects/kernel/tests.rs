use super::*;
use crate::{Memory, Standing};

fn doc(m: &Memory) -> Resource {
    document(&Host::new(m, "h", assay_core::Timestamp::UNIX_EPOCH))
}

#[test]
fn words_are_found_where_they_are_and_said_once() {
    let mut m = Memory::new(Standing::AtRest);
    m.file(
        "/boot/grub/grub.cfg",
        "menuentry a {\n linux /v ro\n}\nmenuentry b {\n linux /v nosmep\n}\nmenuentry c {\n linux /v nosmep\n}\n",
    );
    m.file(
        "/etc/default/grub",
        "GRUB_CMDLINE_LINUX_DEFAULT='quiet'\n#x\nGRUB_CMDLINE_LINUX=audit=0\n",
    );
    let r = doc(&m);
    let all = r.properties["Disarmed"].as_array().unwrap();
    assert_eq!(all.len(), 2);
    assert_eq!((&all[0]["Option"], &all[0]["line"]), (&json!("nosmep"), &json!(5)));
    assert_eq!((&all[1]["file"], &all[1]["line"]), (&json!("/etc/default/grub"), &json!(3)));
    assert_eq!(r.properties["CommandLines"].as_array().unwrap().len(), 5);
    assert!(r.gaps.contains_key("/UnsignedCodeRefused"));
}

#[test]
fn the_firmware_speaks_while_it_runs() {
    let mut m = Memory::new(Standing::Running);
    m.file("/proc/cmdline", "ro mitigations=off\n");
    assert_eq!(doc(&m).properties["UnsignedCodeRefused"]["value"], false);
    assert_eq!(doc(&m).properties["RunningDisarmed"][0]["Option"], "mitigations=off");
    m.file(
        "/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c",
        [6, 0, 0, 0, 1],
    );
    assert_eq!(doc(&m).properties["UnsignedCodeRefused"]["value"], true);
    m.file(
        "/sys/firmware/efi/efivars/MokSBStateRT-605dab50-e046-4300-abb6-3dd810dd8b23",
        [6, 0, 0, 0, 1],
    );
    assert_eq!(doc(&m).properties["UnsignedCodeRefused"]["value"], false);
    m.file("/sys/kernel/security/lockdown", "none [integrity] confidentiality\n");
    assert_eq!(doc(&m).properties["UnsignedCodeRefused"]["value"], true);
    let mut m = Memory::new(Standing::AtRest);
    m.file("/boot/grub/grub.cfg", "menuentry a {\n linux /v lockdown=integrity\n}\n");
    assert_eq!(doc(&m).properties["UnsignedCodeRefused"]["origin"], "kernel");
}
