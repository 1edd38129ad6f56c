//! Flags of hosts.

use std::path::PathBuf;

use clap::Args;

/// Which hosts to read. Without a flag: the machine that this runs on.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct HostArgs {
    /// Folders that hold root file systems which do not run: a mounted disk, a chroot. Nothing
    /// outside them is touched, and none of their programs run
    #[arg(long = "root", value_name = "DIR")]
    pub(crate) roots: Vec<PathBuf>,
    /// Images: an archive of `docker save`, an OCI layout (folder or tar), a tar of a root file
    /// system; gzip and zstd are unpacked. Disks (raw, qcow2) are mounted and read with --root
    #[arg(long = "image", value_name = "FILE")]
    pub(crate) images: Vec<PathBuf>,
    /// Hosts that are reached over the system's ssh: a read-only collector is streamed to their
    /// shell, and they are judged here. What does not come along (contents outside the
    /// configuration, digests of programs) is not assessed
    #[arg(long = "ssh", value_name = "USER@HOST", num_args = 1..)]
    pub(crate) ssh: Vec<String>,
    /// An Ansible inventory (INI or YAML): its hosts are reached over ssh
    #[arg(long, value_name = "FILE")]
    pub(crate) inventory: Option<PathBuf>,
    /// Have the collector of --ssh and --inventory read through `sudo -n`
    #[arg(long)]
    pub(crate) sudo: bool,
    /// The host's name in ids and reports; without it the host names itself
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
}
