//! The calls of a snapshot, added up by account and operation, and found again by their ids.
//!
//! What is kept grows with accounts and operations, not with calls.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use assay_core::evidence::{Operation, PARAMETER_EXAMPLES};
use assay_core::manifest::{Call, CallResult};
use assay_snapshot::{SnapshotError, Source};

/// Longest value of a parameter that is kept, in characters.
const MAX_VALUE: usize = 200;

/// The calls of a snapshot.
#[derive(Debug, Default)]
pub struct CallLog {
    total: u64,
    operations: Vec<Operation>,
    /// Account to operation to its place in `operations`.
    places: HashMap<String, HashMap<String, u32>>,
    /// The most `/` in the name of an operation.
    depth: usize,
}

impl CallLog {
    /// Reads every call once.
    ///
    /// # Errors
    /// The call log is missing, changed or broken.
    pub fn read(source: &dyn Source) -> Result<Self, SnapshotError> {
        let mut all: BTreeMap<(String, String), (Operation, BTreeSet<String>)> = BTreeMap::new();
        let mut total = 0;
        source.calls(&mut |call| {
            total += 1;
            let key = (call.account.clone(), call.operation.clone());
            match all.get_mut(&key) {
                Some((sum, regions)) => add(sum, regions, call),
                None => {
                    let mut sum = empty(&call);
                    let mut regions = BTreeSet::new();
                    add(&mut sum, &mut regions, call);
                    all.insert(key, (sum, regions));
                }
            }
        })?;
        let mut log = Self { total, ..Self::default() };
        for (place, (mut sum, regions)) in (0_u32..).zip(all.into_values()) {
            sum.regions = regions.into_iter().collect();
            log.depth = log.depth.max(sum.operation.matches('/').count());
            log.places.entry(sum.account.clone()).or_default().insert(sum.operation.clone(), place);
            log.operations.push(sum);
        }
        Ok(log)
    }

    /// Calls in the snapshot.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.total
    }

    /// The operations, in order of account and name.
    #[must_use]
    pub fn operations(&self) -> &[Operation] {
        &self.operations
    }

    /// The operation of a call, by the call's id: `provider/account/region/operation`, and
    /// `/parameters` where it has some. The names of operations may hold `/` too, so the longest
    /// one that was called in the account counts.
    #[must_use]
    pub fn find(&self, call: &str) -> Option<u32> {
        let mut parts = call.splitn(4, '/');
        let (_, account, _) = (parts.next()?, parts.next()?, parts.next()?);
        let rest = once(parts.next()?);
        let places = self.places.get(account)?;
        let ends = rest.match_indices('/').map(|(at, _)| at).take(self.depth + 1);
        let names = ends.chain([rest.len()]).filter_map(|end| rest.get(..end));
        names.filter_map(|name| places.get(name)).last().copied()
    }
}

/// The name of a call without the number that tells it from an earlier one of the same name.
fn once(name: &str) -> &str {
    match name.rsplit_once('#') {
        Some((head, n)) if !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()) => head,
        _ => name,
    }
}

/// Puts a place into a list in order, once.
pub(super) fn note(list: &mut Vec<u32>, place: u32) {
    if let Err(at) = list.binary_search(&place) {
        list.insert(at, place);
    }
}

fn empty(call: &Call) -> Operation {
    Operation {
        account: call.account.clone(),
        operation: call.operation.clone(),
        regions: Vec::new(),
        parameters: BTreeMap::new(),
        calls: 0,
        pages: 0,
        started: call.started,
        ended: call.ended,
        results: BTreeMap::new(),
    }
}

fn add(sum: &mut Operation, regions: &mut BTreeSet<String>, call: Call) {
    sum.calls += 1;
    sum.pages += call.pages;
    sum.started = sum.started.min(call.started);
    sum.ended = sum.ended.max(call.ended);
    let result = match &call.result {
        CallResult::Ok => "ok",
        CallResult::Absent { .. } => "absent",
        CallResult::Gap { gap } => gap.state.as_str(),
    };
    match sum.results.get_mut(result) {
        Some(n) => *n += 1,
        None => {
            sum.results.insert(result.to_owned(), 1);
        }
    }
    if !regions.contains(&call.region) {
        regions.insert(call.region);
    }
    for (name, value) in call.parameters {
        let values = sum.parameters.entry(name).or_default();
        let value: String = value.chars().take(MAX_VALUE).collect();
        if values.more || values.examples.contains(&value) {
            continue;
        }
        if values.examples.len() < PARAMETER_EXAMPLES {
            values.examples.push(value);
        } else {
            values.more = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(operations: &[&str]) -> CallLog {
        let mut log = CallLog::default();
        for (place, name) in (0_u32..).zip(operations) {
            log.depth = log.depth.max(name.matches('/').count());
            log.places.entry("1".into()).or_default().insert((*name).to_owned(), place);
        }
        log
    }

    #[test]
    fn the_longest_operation_that_was_called_counts() {
        let log = log(&["s3:GetBucketAcl", "M.R:subs", "M.R:subs/read", "G:roles/a/b"]);
        assert_eq!(log.find("aws/1/eu-west-1/s3:GetBucketAcl"), Some(0));
        assert_eq!(log.find("aws/1/eu-west-1/s3:GetBucketAcl/arn:aws:s3:::a/b/c/d/e"), Some(0));
        assert_eq!(log.find("aws/1/eu-west-1/s3:GetBucketAcl/a#2"), Some(0));
        assert_eq!(log.find("aws/1/eu-west-1/s3:GetBucketAcl#13"), Some(0));
        assert_eq!(log.find("azure/1/global/M.R:subs/read/x"), Some(2));
        assert_eq!(log.find("azure/1/global/M.R:subs/other"), Some(1));
        assert_eq!(log.find("azure/1/global/G:roles/a/b"), Some(3));
        assert_eq!(log.find("azure/1/global/G:roles/a"), None);
        assert_eq!(log.find("aws/2/eu-west-1/s3:GetBucketAcl"), None);
        assert_eq!(log.find("c81"), None);
    }

    #[test]
    fn places_are_kept_once_and_in_order() {
        let mut list = Vec::new();
        for place in [3, 1, 3, 2, 1] {
            note(&mut list, place);
        }
        assert_eq!(list, [1, 2, 3]);
    }
}
