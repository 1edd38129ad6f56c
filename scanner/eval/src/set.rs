//! A set of rules, ready to run: by type, what to gate on and which programs to execute.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use assay_core::rule::{Related, RelatedScope};
use assay_core::{Path, RuleMeta, Segment, TypeDef, TypeRegistry};
use assay_derive::Deriver;
use regorus::Value;

use crate::load::{Library, Module, Rule, fits, kind_words};
use crate::program::{Program, RULES_PER_PROGRAM};
use crate::reads::Read;
use crate::world::Wanted;

/// Parameters: rule id, or `*` for all rules that have the parameter, to name to value.
pub type Params = BTreeMap<String, BTreeMap<String, serde_json::Value>>;

/// Why rules cannot be made ready.
#[derive(Debug, thiserror::Error)]
pub enum SetError {
    /// A parameter has a value of another type.
    #[error("parameter {name} of {rule} is not {expected}")]
    ParamType {
        /// The rule.
        rule: String,
        /// The parameter.
        name: String,
        /// The type, in words.
        expected: &'static str,
    },
    /// A parameter that no rule takes.
    #[error("{rule} takes no parameter {name} (`assay explain {rule}` lists them)")]
    UnknownParam {
        /// The rule, or `*`.
        rule: String,
        /// The parameter.
        name: String,
    },
    /// The rules do not compile together.
    #[error("cannot compile the rules of {kind}: {message}")]
    Compile {
        /// The type.
        kind: String,
        /// What the compiler said.
        message: String,
    },
}

/// Rules, ready to run.
#[derive(Debug)]
pub struct RuleSet {
    pub(crate) rules: Vec<Rule>,
    pub(crate) types: TypeRegistry,
    pub(crate) lib: Vec<Module>,
    pub(crate) plans: BTreeMap<String, Plan>,
    pub(crate) wanted: Wanted,
}

/// All rules of one type.
#[derive(Debug)]
pub(crate) struct Plan {
    /// What the rules read, each thing once.
    pub(crate) items: Vec<Item>,
    /// The rules, in order of their ids.
    pub(crate) rules: Vec<PlanRule>,
    /// The programs.
    pub(crate) groups: Vec<Group>,
}

/// One thing that rules read.
pub(crate) struct Item {
    pub(crate) read: Read,
    /// The property's or derived facet's name, ready to look up.
    pub(crate) key: Value,
    /// The path below `properties`.
    pub(crate) path: Path,
    /// Who computes it.
    pub(crate) deriver: Option<&'static dyn Deriver>,
    /// The declaration of related documents.
    pub(crate) related: Option<Related>,
    /// Keys of `sources` that are evidence for it.
    pub(crate) sources: Vec<Value>,
    /// Related listings whose calls are evidence for it.
    pub(crate) listings: Vec<(String, RelatedScope)>,
}

impl std::fmt::Debug for Item {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Item").field(&self.read).finish()
    }
}

/// One rule of a plan.
#[derive(Debug)]
pub(crate) struct PlanRule {
    /// Its place in the set.
    pub(crate) rule: usize,
    /// Items that `not_applicable` reads.
    pub(crate) narrows: Vec<usize>,
    /// Items that `pass` and `fail` read.
    pub(crate) judges: Vec<usize>,
}

/// Rules that see the same input.
#[derive(Debug)]
pub(crate) struct Group {
    /// Places in the plan's rules.
    pub(crate) rules: Vec<usize>,
    /// Compiled when somebody first asks: a scan of one provider never pays for the others.
    program: Mutex<Option<Result<Arc<Program>, String>>>,
    pub(crate) related: Vec<Related>,
    pub(crate) params: Value,
}

impl Group {
    /// The program, where [`RuleSet::ready`] compiled it.
    pub(crate) fn program(&self) -> Option<Arc<Program>> {
        self.compiled().as_ref()?.as_ref().ok().map(Arc::clone)
    }

    fn compiled(&self) -> MutexGuard<'_, Option<Result<Arc<Program>, String>>> {
        self.program.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl RuleSet {
    /// Makes all rules of a library ready.
    ///
    /// # Errors
    ///
    /// If a parameter does not fit.
    pub fn new(library: &Library, params: &Params) -> Result<Self, SetError> {
        Self::select(library, params, |_| true)
    }

    /// Makes the rules ready that are to run. They are compiled by type, as documents come;
    /// [`Self::compile`] does it now.
    ///
    /// # Errors
    ///
    /// If a parameter fits no rule of the library.
    pub fn select(
        library: &Library,
        params: &Params,
        keep: impl Fn(&RuleMeta) -> bool,
    ) -> Result<Self, SetError> {
        check_params(&library.rules, params)?;
        let rules = library.rules.iter().filter(|r| keep(&r.meta)).cloned().collect();
        Ok(Self::of(library, rules, params))
    }

    /// Makes some rules of a library ready. Parameters are taken as they are.
    pub(crate) fn of(library: &Library, rules: Vec<Rule>, params: &Params) -> Self {
        let mut set = Self {
            rules,
            types: library.types.clone(),
            lib: library.lib.clone(),
            plans: BTreeMap::new(),
            wanted: Wanted::default(),
        };
        let kinds: BTreeSet<String> =
            set.rules.iter().flat_map(|r| r.meta.resources.iter().cloned()).collect();
        for kind in kinds {
            let plan = set.plan(&kind, params);
            set.plans.insert(kind, plan);
        }
        set.wanted = Wanted::new(&set.rules, &set.plans);
        set
    }

    /// Compiles the rules of every type.
    ///
    /// # Errors
    ///
    /// If rules do not compile together.
    pub fn compile(&self) -> Result<(), SetError> {
        self.plans.keys().try_for_each(|kind| self.ready(kind).map(|_| ()))
    }

    /// The plan of a type, its rules compiled; `None` where no rule judges the type.
    ///
    /// # Errors
    ///
    /// If rules do not compile together.
    pub(crate) fn ready(&self, kind: &str) -> Result<Option<&Plan>, SetError> {
        let Some(plan) = self.plans.get(kind) else { return Ok(None) };
        for group in &plan.groups {
            let mut compiled = group.compiled();
            let program = compiled.get_or_insert_with(|| {
                let places = group.rules.iter();
                let rules: Vec<&Rule> = places
                    .filter_map(|p| plan.rules.get(*p).and_then(|r| self.rules.get(r.rule)))
                    .collect();
                Program::compile(&rules, &self.lib).map(Arc::new)
            });
            if let Err(message) = program {
                let (kind, message) = (kind.to_owned(), message.clone());
                return Err(SetError::Compile { kind, message });
            }
        }
        Ok(Some(plan))
    }

    /// The rules, in order of their ids.
    #[must_use]
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// Lets go of the compiled rules of a type. Who asks again compiles again.
    pub(crate) fn forget(&self, kind: &str) {
        for group in self.plans.get(kind).into_iter().flat_map(|p| &p.groups) {
            *group.compiled() = None;
        }
    }

    fn plan(&self, kind: &str, params: &Params) -> Plan {
        let mut plan = Plan { items: Vec::new(), rules: Vec::new(), groups: Vec::new() };
        let mut views: Vec<(Vec<Related>, serde_json::Value, Vec<usize>)> = Vec::new();
        for (place, rule) in self.rules.iter().enumerate() {
            if !rule.meta.resources.iter().any(|t| t == kind) {
                continue;
            }
            let values = effective(rule, params);
            let narrows = self.items(&mut plan, kind, rule, &rule.reads.not_applicable, &values);
            let judges = self.items(&mut plan, kind, rule, &rule.reads.judgement, &values);
            let position = plan.rules.len();
            plan.rules.push(PlanRule { rule: place, narrows, judges });
            let values = serde_json::Value::Object(values);
            match views.iter_mut().find(|(r, p, _)| *r == rule.meta.related && *p == values) {
                Some((_, _, positions)) => positions.push(position),
                None => views.push((rule.meta.related.clone(), values, vec![position])),
            }
        }
        for (related, params, positions) in views {
            for positions in positions.chunks(RULES_PER_PROGRAM) {
                plan.groups.push(Group {
                    rules: positions.to_vec(),
                    program: Mutex::default(),
                    related: related.clone(),
                    params: to_rego(&params),
                });
            }
        }
        plan
    }

    /// The places of some reads in the plan's items, adding those that are new.
    fn items(
        &self,
        plan: &mut Plan,
        kind: &str,
        rule: &Rule,
        reads: &BTreeSet<Read>,
        values: &serde_json::Map<String, serde_json::Value>,
    ) -> Vec<usize> {
        let Some(def) = self.types.get(kind) else { return Vec::new() };
        let mut places = Vec::new();
        for read in reads {
            for read in expand(read, def, values) {
                let related = match &read {
                    Read::Related(other) => rule.meta.related.iter().find(|r| r.kind == *other),
                    _ => None,
                };
                let found =
                    plan.items.iter().position(|i| i.read == read && i.related.as_ref() == related);
                places.push(found.unwrap_or_else(|| {
                    plan.items.push(item(read, kind, related.cloned()));
                    plan.items.len() - 1
                }));
            }
        }
        places.sort_unstable();
        places.dedup();
        places
    }
}

/// The facet of a pointer, a bare name, `tags` or `derived/<name>`.
pub(crate) fn top(read: &str) -> String {
    match Path::parse(read).facet() {
        Some(facet) if read.starts_with('/') => facet.to_owned(),
        _ => read.to_owned(),
    }
}

/// What a read means for one type: `everything` becomes every facet, what the type lacks nothing.
fn expand(
    read: &Read,
    def: &TypeDef,
    values: &serde_json::Map<String, serde_json::Value>,
) -> Vec<Read> {
    match read {
        Read::Property(path) if path.0.is_empty() => {
            let facet = |name: &String| Read::Property(Path(vec![Segment::Key(name.clone())]));
            def.facets.keys().map(facet).collect()
        }
        Read::Property(path) if !def.knows(path) => Vec::new(),
        Read::Tags if !def.tags => Vec::new(),
        Read::Derived(name) if !def.derived.contains_key(name) => Vec::new(),
        Read::Param(name) if values.contains_key(name) => Vec::new(),
        other => vec![other.clone()],
    }
}

fn item(read: Read, kind: &str, related: Option<Related>) -> Item {
    let mut item = Item {
        key: Value::Undefined,
        path: Path::default(),
        deriver: None,
        sources: Vec::new(),
        listings: Vec::new(),
        related,
        read,
    };
    match &item.read {
        Read::Property(path) => {
            let facet = path.facet().unwrap_or_default();
            item.key = Value::from(facet);
            item.sources.push(Value::from(facet));
            item.path = path.clone();
        }
        Read::Tags => item.sources.push(Value::from("tags")),
        Read::Derived(name) => {
            item.key = Value::from(name.as_str());
            item.deriver = assay_derive::of(kind, name);
            match item.deriver {
                Some(deriver) => {
                    item.sources.extend(deriver.reads().iter().map(|r| Value::from(top(r))));
                    let needs = deriver.needs().iter().chain(deriver.looks());
                    item.listings.extend(needs.map(|n| (n.kind.to_owned(), n.scope)));
                }
                None => item.sources.push(Value::from(format!("derived/{name}"))),
            }
        }
        Read::Related(_) => {
            item.listings.extend(item.related.iter().map(|r| (r.kind.clone(), r.scope)));
        }
        Read::Param(_) => {}
    }
    item
}

/// A rule's parameters: as declared, else by default. What is neither is missing.
fn effective(rule: &Rule, params: &Params) -> serde_json::Map<String, serde_json::Value> {
    let mut values = serde_json::Map::new();
    for (name, param) in &rule.meta.params {
        let own = params.get(&rule.meta.id).and_then(|p| p.get(name));
        let all = params.get("*").and_then(|p| p.get(name));
        if let Some(value) = own.or(all).or(param.default.as_ref()) {
            values.insert(name.clone(), value.clone());
        }
    }
    values
}

fn check_params(rules: &[Rule], params: &Params) -> Result<(), SetError> {
    for (rule, values) in params {
        for (name, value) in values {
            let takers: Vec<&Rule> = rules
                .iter()
                .filter(|r| rule == "*" || r.meta.id == *rule)
                .filter(|r| r.meta.params.contains_key(name))
                .collect();
            if takers.is_empty() {
                return Err(SetError::UnknownParam { rule: rule.clone(), name: name.clone() });
            }
            for taker in takers {
                let kind = taker.meta.params.get(name).map(|p| p.kind);
                if let Some(kind) = kind
                    && !fits(kind, value)
                {
                    return Err(SetError::ParamType {
                        rule: taker.meta.id.clone(),
                        name: name.clone(),
                        expected: kind_words(kind),
                    });
                }
            }
        }
    }
    Ok(())
}

/// A JSON value as the engines take it.
pub(crate) fn to_rego(value: &serde_json::Value) -> Value {
    // JSON always parses.
    Value::from_json_str(&value.to_string()).unwrap_or(Value::Undefined)
}
