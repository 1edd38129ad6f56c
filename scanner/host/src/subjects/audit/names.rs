//! Names that auditctl knows: system calls of two machines and types of records, as `ausyscall` and
//! libaudit give them. `@N` says which number the next name has.

use std::collections::BTreeMap;

use super::rule::Abi;
use super::value::integer;

/// System calls of 64-bit x86.
pub(super) static X86_64: &str = "\
read write open close stat fstat lstat poll lseek mmap mprotect munmap brk rt_sigaction \
rt_sigprocmask rt_sigreturn ioctl pread pwrite readv writev access pipe select sched_yield \
mremap msync mincore madvise shmget shmat shmctl dup dup2 pause nanosleep getitimer alarm \
setitimer getpid sendfile socket connect accept sendto recvfrom sendmsg recvmsg shutdown bind \
listen getsockname getpeername socketpair setsockopt getsockopt clone fork vfork execve exit \
wait4 kill uname semget semop semctl shmdt msgget msgsnd msgrcv msgctl fcntl flock fsync \
fdatasync truncate ftruncate getdents getcwd chdir fchdir rename mkdir rmdir creat link unlink \
symlink readlink chmod fchmod chown fchown lchown umask gettimeofday getrlimit getrusage \
sysinfo times ptrace getuid syslog getgid setuid setgid geteuid getegid setpgid getppid \
getpgrp setsid setreuid setregid getgroups setgroups setresuid getresuid setresgid getresgid \
getpgid setfsuid setfsgid getsid capget capset rt_sigpending rt_sigtimedwait rt_sigqueueinfo \
rt_sigsuspend sigaltstack utime mknod uselib personality ustat statfs fstatfs sysfs \
getpriority setpriority sched_setparam sched_getparam sched_setscheduler sched_getscheduler \
sched_get_priority_max sched_get_priority_min sched_rr_get_interval mlock munlock mlockall \
munlockall vhangup modify_ldt pivot_root _sysctl prctl arch_prctl adjtimex setrlimit chroot \
sync acct settimeofday mount umount2 swapon swapoff reboot sethostname setdomainname iopl \
ioperm create_module init_module delete_module get_kernel_syms query_module quotactl \
nfsservctl getpmsg putpmsg afs_syscall tuxcall security gettid readahead setxattr lsetxattr \
fsetxattr getxattr lgetxattr fgetxattr listxattr llistxattr flistxattr removexattr \
lremovexattr fremovexattr tkill time futex sched_setaffinity sched_getaffinity set_thread_area \
io_setup io_destroy io_getevents io_submit io_cancel get_thread_area lookup_dcookie \
epoll_create epoll_ctl_old epoll_wait_old remap_file_pages getdents64 set_tid_address \
restart_syscall semtimedop fadvise64 timer_create timer_settime timer_gettime timer_getoverrun \
timer_delete clock_settime clock_gettime clock_getres clock_nanosleep exit_group epoll_wait \
epoll_ctl tgkill utimes vserver mbind set_mempolicy get_mempolicy mq_open mq_unlink \
mq_timedsend mq_timedreceive mq_notify mq_getsetattr kexec_load waitid add_key request_key \
keyctl ioprio_set ioprio_get inotify_init inotify_add_watch inotify_rm_watch migrate_pages \
openat mkdirat mknodat fchownat futimesat newfstatat unlinkat renameat linkat symlinkat \
readlinkat fchmodat faccessat pselect6 ppoll unshare set_robust_list get_robust_list splice \
tee sync_file_range vmsplice move_pages utimensat epoll_pwait signalfd timerfd_create eventfd \
fallocate timerfd_settime timerfd_gettime accept4 signalfd4 eventfd2 epoll_create1 dup3 pipe2 \
inotify_init1 preadv pwritev rt_tgsigqueueinfo perf_event_open recvmmsg fanotify_init \
fanotify_mark prlimit64 name_to_handle_at open_by_handle_at clock_adjtime syncfs sendmmsg \
setns getcpu process_vm_readv process_vm_writev kcmp finit_module sched_setattr sched_getattr \
renameat2 seccomp getrandom memfd_create kexec_file_load bpf execveat userfaultfd membarrier \
mlock2 copy_file_range preadv2 pwritev2 pkey_mprotect pkey_alloc pkey_free statx io_pgetevents \
rseq @424 pidfd_send_signal io_uring_setup io_uring_enter io_uring_register open_tree \
move_mount fsopen fsconfig fsmount fspick pidfd_open clone3 close_range openat2 pidfd_getfd \
faccessat2 process_madvise epoll_pwait2 mount_setattr quotactl_fd landlock_create_ruleset \
landlock_add_rule landlock_restrict_self memfd_secret process_mrelease futex_waitv \
set_mempolicy_home_node ";

/// System calls of 32-bit x86.
pub(super) static I386: &str = "\
restart_syscall exit fork read write open close waitpid creat link unlink execve chdir time \
mknod chmod lchown break oldstat lseek getpid mount umount setuid getuid stime ptrace alarm \
oldfstat pause utime stty gtty access nice ftime sync kill rename mkdir rmdir dup pipe times \
prof brk setgid getgid signal geteuid getegid acct umount2 lock ioctl fcntl mpx setpgid ulimit \
oldolduname umask chroot ustat dup2 getppid getpgrp setsid sigaction sgetmask ssetmask \
setreuid setregid sigsuspend sigpending sethostname setrlimit getrlimit getrusage gettimeofday \
settimeofday getgroups setgroups select symlink oldlstat readlink uselib swapon reboot readdir \
mmap munmap truncate ftruncate fchmod fchown getpriority setpriority profil statfs fstatfs \
ioperm socketcall syslog setitimer getitimer stat lstat fstat olduname iopl vhangup idle \
vm86old wait4 swapoff sysinfo ipc fsync sigreturn clone setdomainname uname modify_ldt \
adjtimex mprotect sigprocmask create_module init_module delete_module get_kernel_syms quotactl \
getpgid fchdir bdflush sysfs personality afs_syscall setfsuid setfsgid _llseek getdents \
_newselect flock msync readv writev getsid fdatasync _sysctl mlock munlock mlockall munlockall \
sched_setparam sched_getparam sched_setscheduler sched_getscheduler sched_yield \
sched_get_priority_max sched_get_priority_min sched_rr_get_interval nanosleep mremap setresuid \
getresuid vm86 query_module poll nfsservctl setresgid getresgid prctl rt_sigreturn \
rt_sigaction rt_sigprocmask rt_sigpending rt_sigtimedwait rt_sigqueueinfo rt_sigsuspend \
pread64 pwrite64 chown getcwd capget capset sigaltstack sendfile getpmsg putpmsg vfork \
ugetrlimit mmap2 truncate64 ftruncate64 stat64 lstat64 fstat64 lchown32 getuid32 getgid32 \
geteuid32 getegid32 setreuid32 setregid32 getgroups32 setgroups32 fchown32 setresuid32 \
getresuid32 setresgid32 getresgid32 chown32 setuid32 setgid32 setfsuid32 setfsgid32 pivot_root \
mincore madvise getdents64 fcntl64 @224 gettid readahead setxattr lsetxattr fsetxattr getxattr \
lgetxattr fgetxattr listxattr llistxattr flistxattr removexattr lremovexattr fremovexattr \
tkill sendfile64 futex sched_setaffinity sched_getaffinity set_thread_area get_thread_area \
io_setup io_destroy io_getevents io_submit io_cancel fadvise64 @252 exit_group lookup_dcookie \
epoll_create epoll_ctl epoll_wait remap_file_pages set_tid_address timer_create timer_settime \
timer_gettime timer_getoverrun timer_delete clock_settime clock_gettime clock_getres \
clock_nanosleep statfs64 fstatfs64 tgkill utimes fadvise64_64 vserver mbind get_mempolicy \
set_mempolicy mq_open mq_unlink mq_timedsend mq_timedreceive mq_notify mq_getsetattr \
sys_kexec_load waitid @286 add_key request_key keyctl ioprio_set ioprio_get inotify_init \
inotify_add_watch inotify_rm_watch migrate_pages openat mkdirat mknodat fchownat futimesat \
fstatat64 unlinkat renameat linkat symlinkat readlinkat fchmodat faccessat pselect6 ppoll \
unshare set_robust_list get_robust_list splice sync_file_range tee vmsplice move_pages getcpu \
epoll_pwait utimensat signalfd timerfd_create eventfd fallocate timerfd_settime \
timerfd_gettime signalfd4 eventfd2 epoll_create1 dup3 pipe2 inotify_init1 preadv pwritev \
rt_tgsigqueueinfo perf_event_open recvmmsg fanotify_init fanotify_mark prlimit64 \
name_to_handle_at open_by_handle_at clock_adjtime syncfs sendmmsg setns process_vm_readv \
process_vm_writev kcmp finit_module sched_setattr sched_getattr renameat2 seccomp getrandom \
memfd_create bpf execveat socket socketpair bind connect listen accept4 getsockopt setsockopt \
getsockname getpeername sendto sendmsg recvfrom recvmsg shutdown userfaultfd membarrier mlock2 \
copy_file_range preadv2 pwritev2 pkey_mprotect pkey_alloc pkey_free statx arch_prctl \
io_pgetevents rseq @393 semget semctl shmget shmctl shmat shmdt msgget msgsnd msgrcv msgctl \
clock_gettime64 clock_settime64 clock_adjtime64 clock_getres_time64 clock_nanosleep_time64 \
timer_gettime64 timer_settime64 timerfd_gettime64 timerfd_settime64 utimensat_time64 \
pselect6_time64 ppoll_time64 @416 io_pgetevents_time64 recvmmsg_time64 mq_timedsend_time64 \
mq_timedreceive_time64 semtimedop_time64 rt_sigtimedwait_time64 futex_time64 \
sched_rr_get_interval64 pidfd_send_signal io_uring_setup io_uring_enter io_uring_register \
open_tree move_mount fsopen fsconfig fsmount fspick pidfd_open clone3 close_range openat2 \
pidfd_getfd faccessat2 process_madvise epoll_pwait2 mount_setattr quotactl_fd \
landlock_create_ruleset landlock_add_rule landlock_restrict_self memfd_secret process_mrelease \
futex_waitv set_mempolicy_home_node ";

/// Types of records.
pub(super) static TYPES: &str = "\
@1005 USER LOGIN @1100 USER_AUTH USER_ACCT USER_MGMT CRED_ACQ CRED_DISP USER_START USER_END \
USER_AVC USER_CHAUTHTOK USER_ERR CRED_REFR USYS_CONFIG USER_LOGIN USER_LOGOUT ADD_USER \
DEL_USER ADD_GROUP DEL_GROUP DAC_CHECK CHGRP_ID TEST TRUSTED_APP USER_SELINUX_ERR USER_CMD \
USER_TTY CHUSER_ID GRP_AUTH SYSTEM_BOOT SYSTEM_SHUTDOWN SYSTEM_RUNLEVEL SERVICE_START \
SERVICE_STOP GRP_MGMT GRP_CHAUTHTOK MAC_CHECK ACCT_LOCK ACCT_UNLOCK USER_DEVICE \
SOFTWARE_UPDATE @1200 DAEMON_START DAEMON_END DAEMON_ABORT DAEMON_CONFIG @1205 DAEMON_ROTATE \
DAEMON_RESUME DAEMON_ACCEPT DAEMON_CLOSE DAEMON_ERR @1300 SYSCALL @1302 PATH IPC SOCKETCALL \
CONFIG_CHANGE SOCKADDR CWD @1309 EXECVE @1311 IPC_SET_PERM MQ_OPEN MQ_SENDRECV MQ_NOTIFY \
MQ_GETSETATTR KERNEL_OTHER FD_PAIR OBJ_PID TTY EOE BPRM_FCAPS CAPSET MMAP NETFILTER_PKT \
NETFILTER_CFG SECCOMP PROCTITLE FEATURE_CHANGE @1330 KERN_MODULE FANOTIFY TIME_INJOFFSET \
TIME_ADJNTPVAL BPF EVENT_LISTENER URINGOP OPENAT2 @1400 AVC SELINUX_ERR AVC_PATH \
MAC_POLICY_LOAD MAC_STATUS MAC_CONFIG_CHANGE MAC_UNLBL_ALLOW MAC_CIPSOV4_ADD MAC_CIPSOV4_DEL \
MAC_MAP_ADD MAC_MAP_DEL MAC_IPSEC_ADDSA MAC_IPSEC_DELSA MAC_IPSEC_ADDSPD MAC_IPSEC_DELSPD \
MAC_IPSEC_EVENT MAC_UNLBL_STCADD MAC_UNLBL_STCDEL MAC_CALIPSO_ADD MAC_CALIPSO_DEL @1500 \
APPARMOR APPARMOR_AUDIT APPARMOR_ALLOWED APPARMOR_DENIED APPARMOR_HINT APPARMOR_STATUS \
APPARMOR_ERROR APPARMOR_KILL @1700 ANOM_PROMISCUOUS ANOM_ABEND ANOM_LINK ANOM_CREAT @1800 \
INTEGRITY_DATA INTEGRITY_METADATA INTEGRITY_STATUS INTEGRITY_HASH INTEGRITY_PCR INTEGRITY_RULE \
INTEGRITY_EVM_XATTR INTEGRITY_POLICY_RULE @2000 KERNEL @2100 ANOM_LOGIN_FAILURES \
ANOM_LOGIN_TIME ANOM_LOGIN_SESSIONS ANOM_LOGIN_ACCT ANOM_LOGIN_LOCATION ANOM_MAX_DAC \
ANOM_MAX_MAC ANOM_AMTU_FAIL ANOM_RBAC_FAIL ANOM_RBAC_INTEGRITY_FAIL ANOM_CRYPTO_FAIL \
ANOM_ACCESS_FS ANOM_EXEC ANOM_MK_EXEC ANOM_ADD_ACCT ANOM_DEL_ACCT ANOM_MOD_ACCT \
ANOM_ROOT_TRANS ANOM_LOGIN_SERVICE ANOM_LOGIN_ROOT ANOM_ORIGIN_FAILURES ANOM_SESSION @2200 \
RESP_ANOMALY RESP_ALERT RESP_KILL_PROC RESP_TERM_ACCESS RESP_ACCT_REMOTE RESP_ACCT_LOCK_TIMED \
RESP_ACCT_UNLOCK_TIMED RESP_ACCT_LOCK RESP_TERM_LOCK RESP_SEBOOL RESP_EXEC RESP_SINGLE \
RESP_HALT RESP_ORIGIN_BLOCK RESP_ORIGIN_BLOCK_TIMED RESP_ORIGIN_UNBLOCK_TIMED @2300 \
USER_ROLE_CHANGE ROLE_ASSIGN ROLE_REMOVE LABEL_OVERRIDE LABEL_LEVEL_CHANGE USER_LABELED_EXPORT \
USER_UNLABELED_EXPORT DEV_ALLOC DEV_DEALLOC FS_RELABEL USER_MAC_POLICY_LOAD ROLE_MODIFY \
USER_MAC_CONFIG_CHANGE USER_MAC_STATUS @2400 CRYPTO_TEST_USER CRYPTO_PARAM_CHANGE_USER \
CRYPTO_LOGIN CRYPTO_LOGOUT CRYPTO_KEY_USER CRYPTO_FAILURE_USER CRYPTO_REPLAY_USER \
CRYPTO_SESSION CRYPTO_IKE_SA CRYPTO_IPSEC_SA @2500 VIRT_CONTROL VIRT_RESOURCE VIRT_MACHINE_ID \
VIRT_INTEGRITY_CHECK VIRT_CREATE VIRT_DESTROY VIRT_MIGRATE_IN VIRT_MIGRATE_OUT ";

/// Fields of rules.
pub(super) static FIELDS: &[&str] = &[
    "pid",
    "uid",
    "euid",
    "suid",
    "fsuid",
    "gid",
    "egid",
    "sgid",
    "fsgid",
    "auid",
    "pers",
    "arch",
    "msgtype",
    "subj_user",
    "subj_role",
    "subj_type",
    "subj_sen",
    "subj_clr",
    "ppid",
    "obj_user",
    "obj_role",
    "obj_type",
    "obj_lev_low",
    "obj_lev_high",
    "sessionid",
    "fstype",
    "devmajor",
    "devminor",
    "inode",
    "exit",
    "success",
    "path",
    "perm",
    "dir",
    "filetype",
    "obj_uid",
    "obj_gid",
    "field_compare",
    "exe",
    "saddr_fam",
    "a0",
    "a1",
    "a2",
    "a3",
    "key",
];

/// The number of a name in one of the tables above.
pub(super) fn number(table: &str, name: &str) -> Option<u32> {
    let mut next = 0_u32;
    for word in table.split_whitespace() {
        if let Some(jump) = word.strip_prefix('@') {
            next = jump.parse().ok()?;
        } else if word.eq_ignore_ascii_case(name) {
            return Some(next);
        } else {
            next += 1;
        }
    }
    None
}

/// What of the host decides how a line is read.
#[derive(Debug, Default)]
pub(super) struct Names {
    pub(super) users: BTreeMap<String, u32>,
    pub(super) groups: BTreeMap<String, u32>,
    /// The name in `/etc/audit/rules`' sense: `x86_64`, `aarch64`… Empty: not known.
    pub(super) machine: String,
}

impl Names {
    /// The word by which a rule holds a system call. `Err`: there is none of this name.
    pub(super) fn call(&self, abi: Abi, name: &str) -> Result<String, String> {
        let table = match (self.machine.as_str(), abi) {
            ("x86_64", Abi::B64) => X86_64,
            ("x86_64" | "i386", Abi::B32) => I386,
            _ => return Ok(name.to_owned()),
        };
        let digits = name.starts_with(|c: char| c.is_ascii_digit());
        let known = number(table, name).or_else(|| digits.then(|| integer(name)).flatten());
        known.map(|n| n.to_string()).ok_or_else(|| format!("there is no system call {name}"))
    }

    /// The interface of rules that name none.
    pub(super) const fn native(&self) -> Abi {
        if matches!(self.machine.as_bytes(), b"i386" | b"arm") { Abi::B32 } else { Abi::B64 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_names() {
        assert_eq!(number(X86_64, "execve"), Some(59));
        assert_eq!(number(I386, "execve"), Some(11));
        assert_eq!(number(X86_64, "openat2"), Some(437));
        assert_eq!(number(X86_64, "stime"), None);
        assert_eq!(number(TYPES, "SYSCALL"), Some(1300));
        assert_eq!(number(TYPES, "virt_migrate_out"), Some(2507));
    }
}
