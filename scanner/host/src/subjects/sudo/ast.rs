//! What a sudoers policy is made of.

use std::collections::BTreeMap;
use std::rc::Rc;

/// A file and a line, from 1.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) file: Rc<str>,
    pub(crate) line: u32,
}

/// An element of a list of users, target users, groups or hosts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Member {
    /// An odd number of `!` before it.
    pub(crate) negated: bool,
    pub(crate) who: Who,
}

/// Whom or what an element names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Who {
    All,
    /// A word in capitals: an alias if there is one of this name, else a plain name.
    Alias(String),
    Name(String),
    /// `#1000`.
    Uid(String),
    /// `%group`.
    Group(String),
    /// `%#1000`.
    Gid(String),
    /// `+netgroup`.
    Netgroup(String),
    /// `%:group`, known to a group plug-in only.
    NonUnix(String),
}

/// The arguments that a command may have.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Args {
    /// None are named: any are allowed.
    Any,
    /// `""`: none are allowed.
    None,
    /// With shell wildcards.
    Glob(String),
    /// `^…$`.
    Regex(String),
}

/// A command of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Command {
    pub(crate) negated: bool,
    /// Whether a digest pins the program.
    pub(crate) digest: bool,
    pub(crate) what: What,
    pub(crate) place: Place,
}

/// What a command of a list names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum What {
    All,
    Alias(String),
    /// A path, with wildcards perhaps; one that ends in `/` stands for the files in it.
    Path(String, Args),
    /// A regular expression over paths.
    Regex(String, Args),
    /// `sudoedit`, with the files.
    Edit(Args),
    /// `list`.
    List,
}

/// A tag that was set, and where.
pub(crate) type Tag = Option<(bool, Place)>;

/// The tags that judgements rest on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Tags {
    /// `PASSWD` is true, `NOPASSWD` false.
    pub(crate) authenticate: Tag,
    /// `NOEXEC` is true.
    pub(crate) noexec: Tag,
    /// `SETENV` is true.
    pub(crate) setenv: Tag,
}

/// `(users : groups)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Runas {
    pub(crate) users: Vec<Member>,
    pub(crate) groups: Vec<Member>,
}

/// A command with all that it inherits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CmdSpec {
    pub(crate) runas: Option<Runas>,
    pub(crate) tags: Tags,
    /// `NOTBEFORE` and `NOTAFTER`, in seconds since 1970.
    pub(crate) not_before: Option<i64>,
    pub(crate) not_after: Option<i64>,
    /// `CHROOT`: whether the caller chooses the directory.
    pub(crate) chroot: Option<bool>,
    pub(crate) command: Command,
}

/// `hosts = commands`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Privilege {
    pub(crate) hosts: Vec<Member>,
    pub(crate) commands: Vec<CmdSpec>,
}

/// `users privileges`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UserSpec {
    pub(crate) users: Vec<Member>,
    pub(crate) privileges: Vec<Privilege>,
}

/// For whom a Defaults line holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Scope {
    All,
    Hosts(Vec<Member>),
    Users(Vec<Member>),
    Runas(Vec<Member>),
    Commands(Vec<Command>),
}

/// What a Defaults line does to a parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Op {
    True,
    False,
    Set(String),
    Add(String),
    Remove(String),
}

/// One parameter of a Defaults line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Default {
    pub(crate) scope: Rc<Scope>,
    pub(crate) name: String,
    pub(crate) op: Op,
    pub(crate) place: Place,
}

/// The four kinds of aliases.
#[derive(Debug, Clone, std::default::Default, PartialEq, Eq)]
pub(crate) struct Aliases {
    pub(crate) users: BTreeMap<String, Vec<Member>>,
    pub(crate) runas: BTreeMap<String, Vec<Member>>,
    pub(crate) hosts: BTreeMap<String, Vec<Member>>,
    pub(crate) commands: BTreeMap<String, Vec<Command>>,
}

/// A whole policy, in the order in which sudo reads it.
#[derive(Debug, Clone, std::default::Default, PartialEq, Eq)]
pub(crate) struct Policy {
    pub(crate) aliases: Aliases,
    pub(crate) specs: Vec<UserSpec>,
    pub(crate) defaults: Vec<Default>,
    /// Entries that sudo drops, and why.
    pub(crate) errors: Vec<(String, Place)>,
}
