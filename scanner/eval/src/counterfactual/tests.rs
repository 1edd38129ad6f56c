//! How often a counterfactual is found: for every rule, on its own pass cases.

use assay_core::Status;
use assay_policies::Content;
use rayon::prelude::*;

use super::*;
use crate::cases::{CaseFile, Estate};

/// For each pass case of a rule whether a counterfactual was found.
fn on_cases(library: &Library, content: &Content, rule: &Rule) -> Vec<(String, Sought)> {
    let file = content.cases_of(&rule.meta.file).unwrap();
    let file: CaseFile = yaml_serde::from_str(&file.text).unwrap();
    let mut out = Vec::new();
    for case in file.cases.iter().filter(|c| c.expect == Status::Pass) {
        let estate = Estate::of(case, rule, &library.types).unwrap();
        let source = estate.source(&library.types).unwrap();
        let mut params = Params::new();
        params.insert(rule.meta.id.clone(), estate.params.clone());
        let own = estate.documents.first().unwrap();
        let subject = Subject {
            kind: own.kind.clone(),
            account: own.account.clone(),
            region: own.region.clone(),
            resource: own.id.clone(),
        };
        let seeker = Seeker { library, content, params: &params, most: THOROUGH };
        out.push((case.name.clone(), seeker.fails(&source, rule, &subject).unwrap()));
    }
    out
}

#[test]
fn nearly_every_pass_proves_that_it_could_have_been_otherwise() {
    let content = Content::embedded();
    let library = Library::load(&content).unwrap();
    let all: Vec<(&Rule, Vec<(String, Sought)>)> =
        library.rules.par_iter().map(|r| (r, on_cases(&library, &content, r))).collect();
    let cases: usize = all.iter().map(|(_, runs)| runs.len()).sum();
    let mut missing = Vec::new();
    for (rule, runs) in &all {
        for (name, sought) in runs {
            match &sought.found {
                Some(c) => assert!(!c.changes.is_empty() && !c.message.is_empty(), "{c:?}"),
                None => missing.push(format!("{} `{name}`", rule.meta.id)),
            }
        }
    }
    // All 659 of 319 rules when this was written; a rule that is harder to turn may come.
    assert!(cases > 600, "{cases}");
    assert!(missing.len() * 50 < cases, "{} of {cases}: {missing:#?}", missing.len());
}
