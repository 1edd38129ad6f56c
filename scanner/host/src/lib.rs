//! What is in force on a Linux host: each configuration is read the way its own program reads it,
//! and every value says which file and line decided, and which candidates lost.
//!
//! No process is started and no network is touched here: what only programs of a running host tell,
//! the [`Root`] asks them. Everything is read through a [`Root`]: the
//! running host, a folder, an image. So the answers for a running host and for its disk are the same,
//! but for the running values.
//!
//! A [`Subject`] reads one area (`sshd`, `sudoers`…) and puts documents of its types. It never fails:
//! what it cannot read becomes a gap of a facet, or a listing that is not complete.

#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        reason = "tests may panic"
    )
)]

mod access;
mod boot;
mod commands;
mod dpkg;
mod host;
mod merged;
mod packages;
mod root;
mod setting;
mod subject;
mod subjects;
pub mod systemd;
#[cfg(test)]
mod timing;

pub use access::{Access, of as access};
pub use host::{Found, Host, Known, Read, at_most, gap};
pub use root::{
    FileKind, MAX_DEPTH, MAX_FILE, MAX_MISSED, Memory, Met, Miss, Question, Root, Standing, Stat,
    WalkPlan, Walked,
};
pub use setting::{Loser, Origin, Setting};
pub use subject::{Output, Subject};
pub use subjects::{
    Query, all, apk_order, apt_options, audit_rules, chrony_sources, debian_order, inbound_answer,
    pam_answer, rpm_order, sshd_answer, sudo_answer,
};
