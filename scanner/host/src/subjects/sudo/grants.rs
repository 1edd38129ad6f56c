//! Who may run what as whom in the end. Every kind of person that the policy names (an account, any
//! member of a group, anybody) is asked about separately; of the commands that match, the last one
//! decides.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::ast::{CmdSpec, Member, Op, Place, Policy, Scope, What, Who};
use super::command::{Leaf, covers, leaves, written};
use super::defaults::{Context, Defaults};
use super::matching::{Lists, Person};
use crate::{Loser, Origin, Setting};

/// Elements of a list of target users that are looked at.
const MAX_TARGETS: usize = 64;
/// Grants that are kept.
pub(crate) const MAX_GRANTS: usize = 5_000;

/// A command that somebody may run as somebody.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Grant<'p> {
    pub(crate) user: Rc<Person>,
    pub(crate) target: Person,
    pub(crate) leaf: Leaf<'p>,
    /// As the policy writes the command.
    pub(crate) command: String,
    pub(crate) place: Place,
    /// Whether the user has to authenticate.
    pub(crate) authenticate: Setting,
    /// Whose password that is: `own`, `target`, `root`.
    pub(crate) password: &'static str,
    /// Whether the program cannot start others.
    pub(crate) noexec: bool,
    /// Whether some commands are taken out of `ALL`: a copy of a program, or another that does the
    /// same, gets around that.
    pub(crate) but: bool,
    /// Whether the user may set any environment variable.
    pub(crate) setenv: Option<Setting>,
    /// Whether the user chooses the root directory that the program is looked for in: any program of
    /// his own then.
    pub(crate) chroot: bool,
}

impl PartialEq for Leaf<'_> {
    fn eq(&self, other: &Self) -> bool {
        (self.allow, self.digest, self.what) == (other.allow, other.digest, other.what)
    }
}

/// A command of an entry that holds on this host and now.
struct Flat<'p> {
    spec: &'p CmdSpec,
    leaf: Leaf<'p>,
}

struct Entry<'p> {
    users: &'p [Member],
    flats: Vec<Flat<'p>>,
}

/// All grants, and whether there are more than are kept.
pub(crate) fn grants<'p>(
    policy: &'p Policy,
    lists: &Lists<'_>,
    now: i64,
) -> (Vec<Grant<'p>>, bool) {
    let entries = entries(policy, lists, now);
    let book = Book { policy, lists, defaults: Defaults { policy, lists } };
    let mut out = Vec::new();
    let mut seen = BTreeSet::new();
    for entry in &entries {
        for who in lists.named(entry.users, &lists.aliases.users, MAX_GRANTS) {
            let person = Person::of(&who, lists.names);
            if person.is_root() || !seen.insert(person.label.clone()) {
                continue;
            }
            let person = Rc::new(person);
            let mine: Vec<&Flat<'p>> = entries
                .iter()
                .filter(|e| lists.users(e.users, &person))
                .flat_map(|e| e.flats.iter())
                .collect();
            book.grants_of(&person, &mine, &mut out);
            if out.len() >= MAX_GRANTS || lists.budget.get() == 0 {
                return (out, true);
            }
        }
    }
    for who in book.singled_out() {
        let person = Person::of(&who, lists.names);
        if person.is_root() || !seen.insert(person.label.clone()) {
            continue;
        }
        let person = Rc::new(person);
        let mine: Vec<&Flat<'p>> = entries
            .iter()
            .filter(|e| lists.users(e.users, &person))
            .flat_map(|e| e.flats.iter())
            .collect();
        let mut his = Vec::new();
        book.grants_of(&person, &mine, &mut his);
        // What he may do as the member of a group that is asked about is told there.
        out.extend(his.into_iter().filter(|g| g.authenticate.value == false || g.setenv.is_some()));
        if out.len() >= MAX_GRANTS || lists.budget.get() == 0 {
            return (out, true);
        }
    }
    (out, lists.budget.get() == 0)
}

/// Whether somebody may run a command as somebody, and whether a password is asked for. `what` stands
/// for one command alone.
pub(crate) fn answer(
    policy: &Policy,
    lists: &Lists<'_>,
    now: i64,
    (user, target): (&str, &str),
    what: &What,
) -> Option<bool> {
    let entries = entries(policy, lists, now);
    let book = Book { policy, lists, defaults: Defaults { policy, lists } };
    let user = Rc::new(Person::named(user, lists.names));
    let target = Person::named(target, lists.names);
    let mut mine = entries.iter().filter(|e| lists.users(e.users, &user)).flat_map(|e| &e.flats);
    let fits = |f: &&Flat<'_>| book.may(&user, f.spec, &target) && covers(f.leaf.what, what);
    let flat = mine.rfind(fits)?;
    let leaf = Leaf { what, ..flat.leaf.clone() };
    let grant = book.grant(&user, &target, flat, leaf);
    flat.leaf.allow.then_some(grant.authenticate.value != false)
}

fn entries<'p>(policy: &'p Policy, lists: &Lists<'_>, now: i64) -> Vec<Entry<'p>> {
    let mut out = Vec::new();
    for spec in &policy.specs {
        for privilege in spec.privileges.iter().filter(|p| lists.hosts(&p.hosts)) {
            let in_time = |c: &&CmdSpec| {
                c.not_before.is_none_or(|t| t <= now) && c.not_after.is_none_or(|t| now <= t)
            };
            let flats = privilege.commands.iter().filter(in_time).flat_map(|spec| {
                let all = leaves(&spec.command, &policy.aliases.commands, lists);
                all.into_iter().map(move |leaf| Flat { spec, leaf })
            });
            out.push(Entry { users: &spec.users, flats: flats.collect() });
        }
    }
    out
}

struct Book<'p, 'l> {
    policy: &'p Policy,
    lists: &'l Lists<'l>,
    defaults: Defaults<'l>,
}

impl<'p: 'l, 'l> Book<'p, 'l> {
    /// Who is no element of an entry, yet treated otherwise than the others of his group: whom
    /// Defaults lines name, and the accounts of an `exempt_group`.
    fn singled_out(&self) -> Vec<Who> {
        let mut out = Vec::new();
        for line in &self.policy.defaults {
            let names = ["authenticate", "runas_default", "setenv", "exempt_group"];
            if let Scope::Users(list) = line.scope.as_ref()
                && names.contains(&line.name.as_str())
            {
                out.extend(self.lists.named(list, &self.lists.aliases.users, MAX_GRANTS));
            }
            if let ("exempt_group", Op::Set(group)) = (line.name.as_str(), &line.op) {
                let names = self.lists.names;
                let members = names.users.values().filter(|u| names.groups_of(u).contains(group));
                out.extend(members.map(|u| Who::Name(u.name.clone())));
            }
        }
        out.truncate(MAX_GRANTS);
        out
    }

    fn grants_of(&self, user: &Rc<Person>, mine: &[&Flat<'p>], out: &mut Vec<Grant<'p>>) {
        for (at, flat) in mine.iter().enumerate().filter(|(_, f)| f.leaf.allow) {
            for target in self.targets(user, flat.spec) {
                let cost = u64::try_from(mine.len()).unwrap_or(u64::MAX);
                if out.len() >= MAX_GRANTS || self.lists.spend(cost).is_none() {
                    return;
                }
                let same = |f: &&&Flat<'p>| self.may(user, f.spec, &target);
                let later = mine.get(at + 1..).unwrap_or_default().iter();
                if later.filter(same).any(|f| !f.leaf.digest && covers(f.leaf.what, flat.leaf.what))
                {
                    continue;
                }
                let before = mine.get(..at).unwrap_or_default().iter().filter(same);
                let beaten: Vec<Loser> = before
                    .filter(|f| covers(flat.leaf.what, f.leaf.what))
                    .filter_map(|f| {
                        let (value, place) = f.spec.tags.authenticate.as_ref()?;
                        let file = place.file.to_string();
                        Some(Loser { value: (*value).into(), file, line: place.line })
                    })
                    .collect();
                let mut grant = self.grant(user, &target, flat, flat.leaf.clone());
                grant.but = *flat.leaf.what == What::All
                    && mine
                        .get(at + 1..)
                        .unwrap_or_default()
                        .iter()
                        .filter(same)
                        .any(|f| !f.leaf.allow);
                grant.authenticate.others.extend(beaten);
                let base = grant.authenticate.value.clone();
                out.push(grant);
                self.exceptions(user, &target, flat, &base, out);
            }
        }
    }

    /// Commands that Defaults lines treat differently, inside a wider grant.
    fn exceptions(
        &self,
        user: &Rc<Person>,
        target: &Person,
        flat: &Flat<'p>,
        base: &serde_json::Value,
        out: &mut Vec<Grant<'p>>,
    ) {
        if flat.spec.tags.authenticate.is_some() {
            return;
        }
        for line in self.policy.defaults.iter().filter(|d| d.name == "authenticate") {
            let Scope::Commands(list) = line.scope.as_ref() else { continue };
            for leaf in
                list.iter().flat_map(|c| leaves(c, &self.policy.aliases.commands, self.lists))
            {
                if leaf.allow && leaf.what != flat.leaf.what && covers(flat.leaf.what, leaf.what) {
                    let grant = self.grant(user, target, flat, leaf);
                    if grant.authenticate.value != *base && out.last() != Some(&grant) {
                        out.push(grant);
                    }
                }
            }
        }
    }

    fn grant(
        &self,
        user: &Rc<Person>,
        target: &Person,
        flat: &Flat<'p>,
        leaf: Leaf<'p>,
    ) -> Grant<'p> {
        let cx = Context { user, target, command: Some(leaf.what) };
        let tagged = |tag: &super::ast::Tag| {
            tag.as_ref().map(|(value, at)| Setting {
                value: (*value).into(),
                origin: Origin::File,
                place: Some((at.file.to_string(), at.line)),
                others: Vec::new(),
            })
        };
        let tags = &flat.spec.tags;
        let flag = |name, default| self.defaults.flag(name, Some(default), cx);
        let yes = || Setting::of(true, Origin::Default);
        let mut authenticate =
            tagged(&tags.authenticate).or_else(|| flag("authenticate", true)).unwrap_or_else(yes);
        if let Some(exempt) = self.exempt(cx) {
            authenticate = exempt;
        }
        let noexec = tagged(&tags.noexec).or_else(|| flag("noexec", false));
        let setenv = tagged(&tags.setenv).or_else(|| flag("setenv", false));
        let anywhere = || {
            let said = self.defaults.text("runchroot", false.into(), cx);
            said.is_some_and(|s| s.value == "*")
        };
        Grant {
            user: Rc::clone(user),
            target: target.clone(),
            command: written(leaf.what),
            leaf,
            place: flat.spec.command.place.clone(),
            authenticate,
            password: self.password(cx),
            noexec: noexec.is_some_and(|s| s.value == true),
            but: false,
            setenv: setenv.filter(|s| s.value == true),
            chroot: flat.spec.chroot.unwrap_or_else(anywhere),
        }
    }

    /// Whose password is asked for.
    fn password(&self, cx: Context<'_>) -> &'static str {
        let on = |name| self.defaults.flag(name, Some(false), cx).is_some_and(|s| s.value == true);
        if on("rootpw") {
            "root"
        } else if on("runaspw") || on("targetpw") {
            "target"
        } else {
            "own"
        }
    }

    /// Members of `exempt_group` never authenticate.
    fn exempt(&self, cx: Context<'_>) -> Option<Setting> {
        let mut group = self.defaults.text("exempt_group", false.into(), cx)?;
        let name = group.value.as_str()?.to_owned();
        let is = cx.user.groups.iter().any(|g| g.eq_ignore_ascii_case(&name));
        group.value = false.into();
        group.others.clear();
        is.then_some(group)
    }

    fn default_target(&self, user: &Person) -> Person {
        let root = Person::named("root", self.lists.names);
        let cx = Context { user, target: &root, command: None };
        match self.defaults.text("runas_default", "root".into(), cx) {
            Some(s) => match s.value.as_str() {
                Some(id) if id.starts_with('#') => {
                    Person::of(&Who::Uid(id.trim_start_matches('#').to_owned()), self.lists.names)
                }
                Some(name) => Person::named(name, self.lists.names),
                None => root,
            },
            None => root,
        }
    }

    /// As whom a command may be run, the caller himself aside.
    fn targets(&self, user: &Person, spec: &CmdSpec) -> Vec<Person> {
        let Some(runas) = &spec.runas else { return vec![self.default_target(user)] };
        if runas.users.is_empty() && !runas.groups.is_empty() {
            return vec![Person::with_groups(&runas.groups)];
        }
        let root = Person::named("root", self.lists.names);
        let mut out = Vec::new();
        if self.lists.targets(&runas.users, &root) {
            out.push(root);
        }
        for who in self.lists.named(&runas.users, &self.lists.aliases.runas, MAX_TARGETS) {
            let person = Person::of(&who, self.lists.names);
            let known = out.iter().any(|p| p.label == person.label);
            let himself = person.name.is_some() && person.name == user.name;
            if !known && !himself && !person.is_root() && self.lists.targets(&runas.users, &person)
            {
                out.push(person);
            }
        }
        for line in self.policy.defaults.iter().filter(|d| d.name == "authenticate") {
            let Scope::Runas(list) = line.scope.as_ref() else { continue };
            for who in self.lists.named(list, &self.lists.aliases.runas, MAX_TARGETS) {
                let person = Person::of(&who, self.lists.names);
                if !out.iter().any(|p| p.label == person.label)
                    && self.lists.targets(&runas.users, &person)
                {
                    out.push(person);
                }
            }
        }
        out
    }

    fn may(&self, user: &Person, spec: &CmdSpec, target: &Person) -> bool {
        match &spec.runas {
            None => self.default_target(user).label == target.label,
            Some(runas) if runas.users.is_empty() => {
                Person::with_groups(&runas.groups).label == target.label
            }
            Some(runas) => self.lists.targets(&runas.users, target),
        }
    }
}
