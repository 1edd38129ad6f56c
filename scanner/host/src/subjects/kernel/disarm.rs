//! Words of the kernel's command line that switch protections off (`kernel-parameters` of the
//! kernel's documentation).

use crate::boot::Word;

/// Bare words: once said, nothing takes them back.
const FLAGS: &[(&str, &str)] = &[
    ("nospectre_v1", "the mitigation of Spectre v1"),
    ("nospectre_v2", "the mitigation of Spectre v2"),
    ("nospectre_bhb", "the mitigation of branch history injection"),
    ("nospec_store_bypass_disable", "the mitigation of speculative store bypass"),
    ("noibrs", "the restriction of indirect branches"),
    ("noibpb", "the barrier of indirect branches"),
    ("no_stf_barrier", "the mitigation of store forwarding"),
    ("no_entry_flush", "the flush of caches on entry"),
    ("no_uaccess_flush", "the flush of caches after user access"),
    ("nopti", "the separation of kernel and user page tables"),
    ("nosmep", "the protection against execution of user memory"),
    ("nosmap", "the protection against access to user memory"),
    ("nopku", "memory protection keys"),
    ("nokaslr", "the randomisation of the kernel's addresses"),
    ("norandmaps", "the randomisation of processes' addresses"),
    ("no_hash_pointers", "the hiding of kernel addresses"),
    ("kgdbwait", "the lock of the kernel's debugger"),
    ("sysrq_always_enabled", "the restriction of the SysRq keys"),
    ("arm64.nobti", "branch target identification"),
    ("arm64.nopauth", "pointer authentication"),
    ("arm64.nomte", "memory tagging"),
    ("nousershstk", "shadow stacks"),
    ("rd.break", "the password of the console: the start stops at a root shell"),
    ("break", "the password of the console: the start stops at a root shell"),
];

const OFF: &[&str] = &["off", "0", "n", "no", "false"];

/// Words with a value: the last one counts.
const VALUES: &[(&str, &[&str], &str)] = &[
    ("mitigations", &["off"], "the mitigations of processor flaws"),
    ("spectre_v2", &["off"], "the mitigation of Spectre v2"),
    ("spectre_v2_user", &["off"], "the mitigation of Spectre v2 between processes"),
    ("spectre_bhi", &["off"], "the mitigation of branch history injection"),
    ("spec_store_bypass_disable", &["off"], "the mitigation of speculative store bypass"),
    ("ssbd", &["force-off"], "the mitigation of speculative store bypass"),
    ("pti", OFF, "the separation of kernel and user page tables"),
    ("kpti", OFF, "the separation of kernel and user page tables"),
    ("l1tf", &["off"], "the mitigation of L1 terminal faults"),
    ("mds", &["off"], "the mitigation of microarchitectural data sampling"),
    ("tsx_async_abort", &["off"], "the mitigation of asynchronous aborts"),
    ("mmio_stale_data", &["off"], "the mitigation of stale data"),
    ("retbleed", &["off"], "the mitigation of Retbleed"),
    ("srbds", &["off"], "the mitigation of special register sampling"),
    ("gather_data_sampling", &["off"], "the mitigation of gather data sampling"),
    ("reg_file_data_sampling", &["off"], "the mitigation of register file sampling"),
    ("spec_rstack_overflow", &["off"], "the mitigation of return stack overflows"),
    ("indirect_target_selection", &["off"], "the mitigation of indirect target selection"),
    ("tsa", &["off"], "the mitigation of transient scheduler attacks"),
    ("vmscape", &["off"], "the mitigation of guest to host speculation"),
    ("kvm.nx_huge_pages", OFF, "the protection of hosts against huge pages of guests"),
    ("kvm_intel.vmentry_l1d_flush", &["never"], "the flush of caches before guests run"),
    ("apparmor", OFF, "AppArmor"),
    ("selinux", OFF, "SELinux"),
    ("enforcing", OFF, "the enforcement of SELinux"),
    ("security", &["none", ""], "mandatory access control"),
    ("audit", OFF, "the kernel's audit"),
    ("ima_appraise", &["off", "fix", "log"], "the appraisal of files"),
    ("evm", &["fix"], "the protection of file metadata"),
    ("init_on_alloc", OFF, "the clearing of new memory"),
    ("hardened_usercopy", OFF, "the check of copies from user memory"),
    ("randomize_kstack_offset", OFF, "the randomisation of kernel stacks"),
    ("rodata", &["off"], "the write protection of kernel memory"),
    ("noexec", &["off"], "the execution protection of memory"),
    ("noexec32", &["off"], "the execution protection of memory"),
    ("vsyscall", &["native"], "the emulation of fixed system call addresses"),
    ("iomem", &["relaxed"], "the protection of device memory"),
    ("iommu", &["off"], "the isolation of devices"),
    ("intel_iommu", &["off"], "the isolation of devices"),
    ("amd_iommu", &["off"], "the isolation of devices"),
    ("cfi", &["off"], "control flow integrity"),
    ("ibt", &["off"], "control flow integrity"),
    ("module.sig_enforce", &["0", "n"], "the check of module signatures"),
];

/// Units without which a host is not protected or not recorded.
const UNITS: &[&str] = &[
    "apparmor",
    "auditd",
    "firewalld",
    "nftables",
    "ufw",
    "netfilter-persistent",
    "rsyslog",
    "systemd-journald",
    "systemd-sysctl",
    "fail2ban",
    "usbguard",
];

/// Programs that are an init.
const INITS: &[&str] = &[
    "/sbin/init",
    "/usr/sbin/init",
    "/bin/init",
    "/usr/bin/init",
    "/lib/systemd/systemd",
    "/usr/lib/systemd/systemd",
    "/bin/systemd",
    "/usr/bin/systemd",
    "/lib/sysvinit/init",
    "/usr/lib/sysvinit/init",
    "/sbin/openrc-init",
    "/usr/sbin/openrc-init",
    "/sbin/runit-init",
];

/// The words that switch something off, and what.
pub(super) fn disarmed(words: &[Word]) -> Vec<(String, String)> {
    let mut out = Vec::new();
    let own: Vec<&Word> = words.iter().filter(|w| !w.after).collect();
    for word in &own {
        let key = word.key();
        if let Some((_, what)) = FLAGS.iter().find(|(name, _)| *name == key) {
            out.push((word.text(), (*what).to_owned()));
        }
        match (key.as_str(), word.value.as_deref()) {
            ("clearcpuid", Some(value))
                if value.split(',').any(|v| matches!(v, "smep" | "smap" | "umip" | "nx")) =>
            {
                out.push((word.text(), "a protection of the processor".to_owned()));
            }
            ("systemd.mask" | "rd.systemd.mask", Some(unit)) => {
                let stem = unit.strip_suffix(".service").unwrap_or(unit);
                if UNITS.contains(&stem) {
                    out.push((word.text(), format!("{stem}.service")));
                }
            }
            _ => {}
        }
    }
    for (name, values, what) in VALUES {
        let Some(word) = own.iter().rfind(|w| w.key() == *name && w.value.is_some()) else {
            continue;
        };
        let value = word.value.as_deref().unwrap_or("").to_ascii_lowercase();
        if values.contains(&value.as_str()) {
            out.push((word.text(), (*what).to_owned()));
        }
    }
    if let Some(word) = own.iter().rfind(|w| w.name == "init")
        && let Some(value) = word.value.as_deref()
        && !INITS.contains(&value)
    {
        out.push((word.text(), "the init, and with it every sign-in".to_owned()));
    }
    let shell = words.iter().rfind(|w| w.key() == "systemd.debug_shell");
    if let Some(word) = shell
        && word.value.as_deref().is_none_or(|v| crate::systemd::boolean(v) != Some(false))
    {
        out.push((word.text(), "the sign-in on the ninth terminal".to_owned()));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::disarmed;
    use crate::boot::words;

    fn found(line: &str) -> Vec<String> {
        disarmed(&words(line)).into_iter().map(|(word, _)| word).collect()
    }

    #[test]
    fn the_last_value_counts_and_flags_stay() {
        assert_eq!(found("mitigations=off quiet"), ["mitigations=off"]);
        assert!(found("mitigations=off mitigations=auto audit=0 audit=1 apparmor=1").is_empty());
        assert_eq!(
            found("spec-store-bypass-disable=off nosmep"),
            ["nosmep", "spec-store-bypass-disable=off"]
        );
        assert_eq!(found("init=/bin/sh -- init=/x"), ["init=/bin/sh"]);
        assert!(found("init=/lib/systemd/systemd ro -- mitigations=off nosmep").is_empty());
        assert_eq!(found("systemd.debug-shell"), ["systemd.debug-shell"]);
        assert!(found("systemd.debug_shell=0 systemd.mask=x.service").is_empty());
        assert_eq!(found("systemd.mask=auditd.service"), ["systemd.mask=auditd.service"]);
    }
}
