use serde_json::Value;

use super::*;
use crate::{Memory, Standing};

struct Docs(Vec<Resource>);

impl Output for Docs {
    fn put(&mut self, document: Resource) {
        self.0.push(document);
    }

    fn listed(&mut self, _: &'static str, result: Result<(), Gap>) {
        assert_eq!(result, Ok(()));
    }
}

fn read(files: &[(&str, &str)], name: &str) -> Resource {
    let mut m = Memory::new(Standing::AtRest);
    m.file("/sbin/init", "");
    for (path, text) in files {
        m.file(path, text);
    }
    let mut docs = Docs(Vec::new());
    collect(&Host::new(&m, "h", assay_core::Timestamp::UNIX_EPOCH), &mut docs);
    docs.0.into_iter().find(|d| d.name == name).unwrap()
}

fn loads(r: &Resource) -> (Value, Value) {
    (r.properties["Explicit"]["value"].clone(), r.properties["Automatic"]["value"].clone())
}

fn both(explicit: bool, automatic: bool) -> (Value, Value) {
    (explicit.into(), automatic.into())
}

#[test]
fn a_blacklist_stops_only_what_goes_by_alias() {
    let r = read(&[("/etc/modprobe.d/a.conf", "blacklist cramfs\n")], "cramfs");
    assert_eq!(loads(&r), both(true, false));
    assert_eq!(r.properties["Explicit"]["line"], 1);
    assert_eq!(loads(&read(&[], "cramfs")), both(true, true));
    let rare = [("/etc/modprobe.d/a.conf", "alias net-pf-21 off\n")];
    assert_eq!(loads(&read(&rare, "rds")), both(true, false), "nothing asks for it");
    assert_eq!(loads(&read(&rare, "tipc")), both(true, true));
    let more = "blacklist cramfs\nalias cramfs off\n";
    assert_eq!(loads(&read(&[("/etc/modprobe.d/a.conf", more)], "cramfs")), both(false, false));
}

/// A kernel whose `rds` nothing asks for, and whose `tipc` another module brings.
const KERNEL: [(&str, &str); 4] = [
    (
        "/lib/modules/6/modules.dep",
        "kernel/net/rds.ko:\nkernel/net/tipc/tipc.ko.xz: kernel/a.ko\n\
         kernel/net/tipc/diag.ko.xz: kernel/net/tipc/tipc.ko.xz kernel/a.ko\n\
         kernel/fs/udf.ko:\n",
    ),
    ("/lib/modules/6/kernel/net/rds.ko", ""),
    ("/lib/modules/6/kernel/net/tipc/tipc.ko.xz", ""),
    ("/lib/modules/6/kernel/fs/udf.ko", ""),
];

#[test]
fn what_nothing_asks_for_is_not_loaded_by_itself() {
    let aliases = "# names\nalias net-pf-16-proto-4-type-30 diag\nalias fs-udf udf\n";
    let kernel = |more: &[(&str, &str)], name: &str| {
        let mut files = KERNEL.to_vec();
        files.push(("/lib/modules/6/modules.alias", aliases));
        files.extend(more.iter().copied());
        loads(&read(&files, name))
    };
    assert_eq!(kernel(&[], "rds"), both(true, false));
    assert_eq!(kernel(&[("/etc/modprobe.d/a.conf", "alias net-pf-21 rds\n")], "rds").1, true);
    assert_eq!(kernel(&[], "udf"), both(true, true));
    assert_eq!(kernel(&[("/etc/modprobe.d/a.conf", "blacklist udf\n")], "udf").1, false);
    // Another module that needs it is asked for: a blacklist of the first alone does not help.
    assert_eq!(kernel(&[], "tipc").1, true);
    assert_eq!(kernel(&[("/etc/modprobe.d/a.conf", "blacklist tipc\n")], "tipc").1, true);
    let two = [("/etc/modprobe.d/a.conf", "blacklist tipc\nblacklist diag\n")];
    assert_eq!(kernel(&two, "tipc").1, false);
    let two = [("/etc/modprobe.d/a.conf", "blacklist tipc\ninstall diag /bin/false\n")];
    assert_eq!(kernel(&two, "tipc").1, false);
    // Without the list of names nothing is known of them.
    assert_eq!(loads(&read(&KERNEL, "rds")), both(true, true));
}

#[test]
fn the_first_install_that_fits_wins_over_all_directories() {
    let files = [
        ("/etc/modprobe.d/50-b.conf", "install usb-storage /bin/false\n"),
        ("/usr/lib/modprobe.d/10-a.conf", "install usb* /sbin/modprobe -i usb-storage\n"),
    ];
    assert_eq!(loads(&read(&files, "usb_storage")), both(true, true));
    assert_eq!(loads(&read(&files[..1], "usb_storage")), both(false, false));
    let hidden = [("/etc/modprobe.d/10-a.conf", ""), files[1], files[0]];
    assert_eq!(loads(&read(&hidden, "usb_storage")), both(false, false), "hidden by name");
    let other = [("/etc/modprobe.d/a.conf", "install sctp /opt/x\n")];
    assert!(read(&other, "sctp").gaps.contains_key("/Explicit"));
    let no_suffix = [("/etc/modprobe.d/sctp", "install sctp /bin/false\n")];
    assert_eq!(loads(&read(&no_suffix, "sctp")), both(true, true));
}

#[test]
fn kernels_say_what_there_is() {
    let files = [
        (
            "/usr/lib/modules/6.1/modules.dep",
            "kernel/fs/hfs/hfs.ko.xz:\nkernel/fs/gone/cramfs.ko:\n",
        ),
        ("/usr/lib/modules/6.1/kernel/fs/hfs/hfs.ko.xz", ""),
        ("/usr/lib/modules/6.1/modules.builtin", "kernel/fs/squashfs/squashfs.ko\n"),
    ];
    assert_eq!(read(&files, "hfs").properties["PresentIn"], json!(["6.1"]));
    assert_eq!(read(&files, "cramfs").properties["PresentIn"], json!([]), "its file is gone");
    assert_eq!(read(&files, "squashfs").properties["BuiltInto"], json!(["6.1"]));
    assert_eq!(read(&[], "hfs").properties["Kernels"], json!([]));
}

#[test]
fn the_kernel_itself_can_refuse() {
    let entry = |words: &str| {
        format!("menuentry a {{\n linux /v {words}\n}}\nmenuentry b {{\n linux /v {words}\n}}\n")
    };
    let shut = entry("module_blacklist=dccp,sctp");
    assert_eq!(loads(&read(&[("/boot/grub/grub.cfg", &shut)], "sctp")), both(false, false));
    let dashed = entry("module_blacklist=usb-storage");
    assert_eq!(loads(&read(&[("/boot/grub/grub.cfg", &dashed)], "usb_storage")), both(true, true));
    let soft = entry("modprobe.blacklist=usb-storage");
    assert_eq!(loads(&read(&[("/boot/grub/grub.cfg", &soft)], "usb_storage")), both(true, false));
    let one = format!("{shut}menuentry c {{\n linux /v\n}}\n");
    assert_eq!(loads(&read(&[("/boot/grub/grub.cfg", &one)], "sctp")), both(true, true));
    let locked = [("/etc/sysctl.conf", "kernel.modules_disabled=1\n")];
    assert_eq!(loads(&read(&locked, "sctp")), both(false, false));
}

#[test]
fn no_bytes_break_it() {
    let seed = b"install a-[b /bin/true\\\nblacklist \xff\0 [x]\nalias * off\n# c\\\n";
    for cut in 0..seed.len() {
        let mut m = Memory::new(Standing::AtRest);
        m.file("/sbin/init", "");
        for path in [
            "/etc/modprobe.d/a.conf",
            "/lib/modules/1/modules.dep",
            "/lib/modules/1/modules.builtin",
        ] {
            m.file(path, &seed[cut..]);
        }
        let mut docs = Docs(Vec::new());
        collect(&Host::new(&m, "h", assay_core::Timestamp::UNIX_EPOCH), &mut docs);
        assert_eq!(docs.0.len(), MODULES.len());
    }
}

#[test]
fn a_command_that_passes_by_the_rules_loads() {
    let unit = "[Service]\nType=oneshot\nExecStart=/sbin/insmod /lib/modules/6.1/kernel/net/sctp/sctp.ko\n";
    let files = [
        ("/etc/modprobe.d/a.conf", "install sctp /bin/false\n"),
        ("/usr/lib/systemd/systemd", ""),
        ("/sbin/insmod", ""),
        ("/usr/lib/systemd/system/default.target", "[Unit]\nWants=x.service\n"),
        ("/usr/lib/systemd/system/x.service", unit),
    ];
    let mut m = Memory::new(Standing::AtRest);
    for (path, text) in files {
        m.file(path, text);
    }
    m.symlink("/sbin/init", "/usr/lib/systemd/systemd");
    let mut docs = Docs(Vec::new());
    collect(&Host::new(&m, "h", assay_core::Timestamp::UNIX_EPOCH), &mut docs);
    let r = docs.0.into_iter().find(|d| d.name == "sctp").unwrap();
    assert_eq!(loads(&r), both(true, true));
    assert_eq!(r.properties["Explicit"]["file"], "/usr/lib/systemd/system/x.service");
}
