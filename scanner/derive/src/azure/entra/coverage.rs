//! Who is left when every policy is counted.

use std::collections::BTreeMap;

use assay_core::Gap;
use serde_json::{Value, json};

use super::people::{Groups, How, Named, Person};
use super::policy::Policy;
use super::question::{Control, Fit, Question, Target};
use crate::azure::strange;

/// As many accounts of one hole are named.
const NAMED: usize = 100;

/// Accounts that are not covered for one cause.
#[derive(Debug, Default, PartialEq, Eq)]
struct Hole {
    message: String,
    at: String,
    count: u64,
    accounts: Vec<(String, String)>,
    /// The account that was counted last: one may come in several states.
    last: String,
}

/// What becomes of one person.
enum Fate {
    Covered,
    /// Key, message and place of the cause.
    Open(String, String, String),
    Unsure(Gap),
}

/// The answer to a question, as it grows person by person.
pub(super) struct Coverage<'a> {
    question: &'a Question,
    policies: &'a [Policy],
    groups: &'a Groups,
    targets: Vec<Target>,
    /// By target, then policy.
    fits: Vec<Vec<Fit>>,
    holes: BTreeMap<String, Hole>,
    /// Per-user MFA was not read of somebody: by the hole that it would be.
    unread: BTreeMap<String, (Gap, u64)>,
    unsure: Option<Gap>,
}

impl<'a> Coverage<'a> {
    pub(super) fn new(question: &'a Question, policies: &'a [Policy], groups: &'a Groups) -> Self {
        let targets = question.targets(policies);
        let fit = |t: &Target| policies.iter().map(|p| question.fit(p, Some(t))).collect();
        let fits = targets.iter().map(fit).collect();
        let (holes, unread) = (BTreeMap::new(), BTreeMap::new());
        Self { question, policies, groups, targets, fits, holes, unread, unsure: None }
    }

    /// Whether policies cover everybody without exception: then nobody has to be looked at.
    pub(super) fn total(&self) -> bool {
        self.fits.iter().all(|fits| {
            let mut both = fits.iter().zip(self.policies);
            both.any(|(f, p)| *f == Fit::Counts && p.include.all() && p.exclude.nobody())
        })
    }

    /// Counts a person in.
    pub(super) fn add(&mut self, who: &Person) {
        match self.fate(who) {
            Fate::Covered => {}
            Fate::Unsure(gap) => self.unsure(gap),
            Fate::Open(key, message, at) => {
                if self.question.control == Control::Mfa {
                    match who.per_user_mfa {
                        Some(true) => return,
                        Some(false) => {}
                        None => {
                            let detail = format!(
                                "no policy asks {} for MFA, and whether per-user MFA does was not read",
                                who.name
                            );
                            self.unread.entry(key).or_insert((strange(detail), 0)).1 += 1;
                            return;
                        }
                    }
                }
                let hole = self.holes.entry(key).or_default();
                if hole.count == 0 && hole.message.is_empty() {
                    (hole.message, hole.at) = (message, at);
                }
                if !who.foreign && hole.last != who.id {
                    hole.last.clone_from(&who.id);
                    hole.count += 1;
                    if hole.accounts.len() < NAMED {
                        hole.accounts.push((who.id.clone(), who.name.clone()));
                    }
                }
            }
        }
    }

    /// Notes something that is not known of somebody.
    pub(super) fn unsure(&mut self, gap: Gap) {
        self.unsure.get_or_insert(gap);
    }

    /// The facet: all holes, or a gap where there may be others than those that are proved. What
    /// was not read of more accounts in a hole that is proved makes no other.
    pub(super) fn answer(self) -> Result<Value, Gap> {
        if let Some(gap) = self.unsure {
            return Err(gap);
        }
        if let Some((_, (gap, _))) = self.unread.iter().find(|(k, _)| !self.holes.contains_key(*k))
        {
            return Err(gap.clone());
        }
        let unread = |key: &str| self.unread.get(key).map_or(0, |(_, n)| *n);
        let hole = |(key, hole): (String, Hole)| {
            let unread = unread(&key);
            let accounts: Vec<Value> =
                hole.accounts.iter().map(|(id, name)| json!({"id": id, "name": name})).collect();
            json!({"key": key, "message": hole.message, "at": hole.at, "count": hole.count, "accounts": accounts, "unread": unread})
        };
        let holes: Vec<Value> = self.holes.into_iter().map(hole).collect();
        Ok(json!({"by": "conditional_access", "holes": holes}))
    }

    fn fate(&self, who: &Person) -> Fate {
        let applies: Vec<Applies> = self.policies.iter().map(|p| self.applies(p, who)).collect();
        let mut unsure = None;
        for (target, fits) in self.targets.iter().zip(&self.fits) {
            let all = || fits.iter().zip(self.policies).zip(&applies);
            if all().any(|((f, _), a)| *f == Fit::Counts && *a == Applies::Yes) {
                continue;
            }
            let open = all().find_map(|((f, _), a)| match (f, a) {
                (Fit::Counts, Applies::Unsure(gap)) => Some(gap.clone()),
                _ => None,
            });
            if let Some(gap) = open {
                unsure = Some(gap);
                continue;
            }
            let excluded = all().find_map(|((f, p), a)| match (f, a) {
                (Fit::Counts, Applies::Excluded(how)) => Some(self.excluded(p, who, how, target)),
                _ => None,
            });
            let weak = all().find_map(|((f, p), a)| match (f, a) {
                (Fit::Weak { key, message }, Applies::Yes) => Some(Fate::Open(
                    format!("{}policy/{}/{key}", target.label, p.id),
                    message.clone(),
                    p.at(""),
                )),
                _ => None,
            });
            // Another policy that fails to cover them may be the cause that is named first.
            let doubt = all().find_map(|((f, _), a)| match (f, a) {
                (Fit::Weak { .. }, Applies::Unsure(gap)) => Some(Fate::Unsure(gap.clone())),
                _ => None,
            });
            if let Some(cause) = excluded.or(doubt).or(weak) {
                return cause;
            }
            if who.foreign {
                // They come in only where somebody let them; that nobody named them is no hole.
                continue;
            }
            return Fate::Open(
                format!("{}not_included", target.label),
                self.question.nobody.to_owned(),
                "/ConditionalAccessPolicies".to_owned(),
            );
        }
        unsure.map_or(Fate::Covered, Fate::Unsure)
    }

    fn applies(&self, policy: &Policy, who: &Person) -> Applies {
        let included = self.groups.named(&policy.include, who, false);
        if included == Named::No {
            return Applies::No;
        }
        match (self.groups.named(&policy.exclude, who, true), included) {
            (Named::Yes(how), Named::Yes(_)) => Applies::Excluded(how),
            (Named::Yes(_), _) => Applies::No,
            (Named::Unsure(gap), _) | (Named::No, Named::Unsure(gap)) => Applies::Unsure(gap),
            (Named::No, _) => Applies::Yes,
        }
    }

    fn excluded(&self, policy: &Policy, who: &Person, how: &How, target: &Target) -> Fate {
        let name = &policy.name;
        let (key, what, list) = match how {
            How::Group(id) => {
                (format!("group/{id}"), format!("group {}", self.groups.name(id)), "excludeGroups")
            }
            How::Role(id) => {
                (format!("role/{id}"), format!("the directory role {id}"), "excludeRoles")
            }
            How::Guests if who.foreign => {
                (format!("external/{}", who.id), who.name.clone(), "excludeGuestsOrExternalUsers")
            }
            How::Guests => {
                let key = format!("guests/{}", who.kind.unwrap_or("guest"));
                (key, "guests or external users".into(), "excludeGuestsOrExternalUsers")
            }
            How::Account | How::Everybody => {
                (format!("user/{}", who.id), "an account".into(), "excludeUsers")
            }
        };
        Fate::Open(
            format!("{}excluded/{key}", target.label),
            format!("policy {name} leaves out {what}"),
            policy.at(&format!("/conditions/users/{list}")),
        )
    }
}

/// Whether a policy concerns somebody.
#[derive(Debug, PartialEq, Eq)]
enum Applies {
    Yes,
    No,
    Excluded(How),
    Unsure(Gap),
}
