//! The questions: who, in which session, for which action; and what gives root among the actions.

use std::collections::BTreeMap;

use super::actions::Action;
use super::js::{ANYTHING, Question};
use crate::subjects::sudo::ast::{Args, What};
use crate::subjects::sudo::names::Names;
use crate::subjects::sudo::risk::{self, Gives};

/// Starts any program as any user.
const PKEXEC: &str = "org.freedesktop.policykit.exec";
/// Most people that are asked about.
const MAX_PEOPLE: usize = 48;
/// Most programs that rules name for pkexec.
const MAX_PROGRAMS: usize = 48;

/// Actions that are as good as root, by the manuals of the programs that ask for them.
const POWERFUL: &[&str] = &[
    // Starts, and so makes, units that run as root.
    "org.freedesktop.systemd1.manage-units",
    "org.freedesktop.systemd1.manage-unit-files",
    "org.freedesktop.systemd1.set-environment",
    "org.freedesktop.machine1.host-shell",
    "org.freedesktop.machine1.host-login",
    "org.freedesktop.machine1.host-open-pty",
    "org.freedesktop.portable1.attach-images",
    "org.freedesktop.portable1.manage-images",
    "org.freedesktop.sysupdate1.update-to-version",
    // Makes administrators.
    "org.freedesktop.accounts.user-administration",
    "org.freedesktop.home1.create-home",
    "org.freedesktop.home1.update-home",
    "org.freedesktop.realmd.configure-realm",
    // Opens and mounts disks of the system.
    "org.freedesktop.udisks2.open-device-system",
    "org.freedesktop.udisks2.filesystem-take-ownership",
    "org.freedesktop.udisks2.modify-device-system",
    // Installs what nobody signed.
    "org.freedesktop.packagekit.package-install-untrusted",
    "org.freedesktop.packagekit.system-sources-configure",
    "org.debian.apt.install-file",
    "org.debian.apt.change-repository",
    "io.snapcraft.snapd.manage",
    // Virtual machines and containers with the host's disks.
    "org.libvirt.unix.manage",
    "org.projectatomic.rpmostree1.install-local-packages",
    "org.projectatomic.rpmostree1.override",
];

/// Somebody who may ask.
#[derive(Debug, Clone)]
pub(super) struct Person {
    /// As reports name him: `alice`, `%ops`, `ALL`.
    pub(super) label: String,
    user: String,
    groups: Vec<String>,
}

/// A question, with what a yes gives.
pub(super) struct Asked {
    pub(super) question: Question,
    /// As reports name it: the action, and the program where it matters.
    pub(super) command: String,
    pub(super) gives: Gives,
}

/// Anybody, any member of each group that is named, each user who is named, then those who are both.
pub(super) fn people(names: &Names, texts: &[String]) -> Vec<Person> {
    // Nobody has this name, so no rule means him.
    let nobody = || ANYTHING.to_owned();
    let mut out = vec![Person { label: "ALL".to_owned(), user: nobody(), groups: Vec::new() }];
    for text in texts.iter().filter(|t| names.groups.contains_key(*t)) {
        let label = format!("%{text}");
        out.push(Person { label, user: nobody(), groups: vec![text.clone()] });
    }
    let account = |name: &String| {
        let user = names.users.get(name).filter(|u| u.uid != 0)?;
        let groups = names.groups_of(user).into_iter().collect();
        Some(Person { label: name.clone(), user: name.clone(), groups })
    };
    out.extend(texts.iter().filter_map(account));
    let others = names.users.values().filter(|u| (1000..65_534).contains(&u.uid));
    for user in others {
        if !texts.contains(&user.name) {
            out.extend(account(&user.name));
        }
    }
    out.truncate(MAX_PEOPLE);
    out
}

/// Every question about an action that gives root.
pub(super) fn asked(actions: &BTreeMap<String, Action>, texts: &[String]) -> Vec<Asked> {
    let mut out = Vec::new();
    let mut add = |action: &str, command: String, gives, details: &[(&str, Option<&str>)]| {
        let details = details.iter();
        let details = details.map(|(k, v)| ((*k).to_owned(), v.map(str::to_owned))).collect();
        let question = Question { action: action.to_owned(), details, ..Question::default() };
        out.push(Asked { question, command, gives });
    };
    let pkexec = |program: &str| -> Vec<(&'static str, Option<String>)> {
        vec![
            ("program", Some(program.to_owned())),
            ("command_line", Some(program.to_owned())),
            ("user", Some("root".to_owned())),
            ("unit", None),
            ("verb", None),
        ]
    };
    let mut programs = vec![(ANYTHING.to_owned(), Gives::Everything)];
    let named = texts.iter().filter(|t| t.starts_with('/')).take(MAX_PROGRAMS);
    programs.extend(named.filter_map(|p| Some((p.clone(), gives(p)?))));
    for (program, gives) in programs {
        let details = pkexec(&program);
        let details: Vec<_> = details.iter().map(|(k, v)| (*k, v.as_deref())).collect();
        let shown = if program == ANYTHING { "any program" } else { program.as_str() };
        add(PKEXEC, format!("pkexec {shown}"), gives, &details);
    }
    for id in POWERFUL {
        // The unit may be any; starting one is what makes it run.
        let details = [("verb", Some("start")), ("program", None), ("command_line", None)];
        add(id, (*id).to_owned(), Gives::Everything, &details);
    }
    for (id, action) in actions {
        let Some(program) = &action.program else { continue };
        let Some(gives) = gives(program) else { continue };
        let details = pkexec(program);
        let details: Vec<_> = details.iter().map(|(k, v)| (*k, v.as_deref())).collect();
        add(id, format!("{id} ({program})"), gives, &details);
    }
    out
}

impl Asked {
    /// Whether a yes lets any program run.
    pub(super) fn anything(&self) -> bool {
        self.question.action == PKEXEC && self.gives == Gives::Everything
    }
}

/// What a program gives when pkexec starts it with any arguments.
fn gives(program: &str) -> Option<Gives> {
    let names: Vec<String> = program.rsplit('/').next().map(str::to_owned).into_iter().collect();
    risk::judge(&What::Path(program.to_owned(), Args::Any), &names, false)
}

impl Person {
    /// His question in a session.
    pub(super) fn ask(&self, asked: &Asked, local: bool, active: bool) -> Question {
        let question = asked.question.clone();
        let (user, groups) = (self.user.clone(), self.groups.clone());
        Question { user, groups, local, active, ..question }
    }
}
