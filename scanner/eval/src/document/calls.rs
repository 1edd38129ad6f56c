//! Which calls a verdict names: a few, and of every operation one.

use std::collections::BTreeSet;

/// The most calls that a verdict names.
pub(super) const MAX_CALLS: usize = 32;

/// Calls in order, without repetition, at most [`MAX_CALLS`]: where there are more, the first one
/// of each operation stays before any other.
pub(super) fn few(mut calls: Vec<String>) -> Vec<String> {
    calls.sort_unstable();
    calls.dedup();
    if calls.len() <= MAX_CALLS {
        return calls;
    }
    let mut seen = BTreeSet::new();
    let (mut kept, rest): (Vec<String>, Vec<String>) =
        calls.into_iter().partition(|call| seen.insert(operation(call).to_owned()));
    kept.extend(rest);
    kept.truncate(MAX_CALLS);
    kept.sort_unstable();
    kept
}

/// The operation in a call's id, `provider/account/region/operation/parameters`. Azure's names hold
/// `/` themselves: there the whole rest stands for it.
fn operation(call: &str) -> &str {
    let rest = call.splitn(4, '/').nth(3).unwrap_or(call);
    if call.starts_with("azure/") { rest } else { rest.split('/').next().unwrap_or(rest) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_calls_every_operation_stays() {
        let regions = (0..40).map(|n| format!("aws/1/r{n:02}/ec2:DescribeVpcs"));
        let last = ["aws/1/r00/s3:GetBucketAcl/a".to_owned(), "aws/1/r00/z:Last".to_owned()];
        let kept = few(regions.chain(last.clone()).collect());
        assert_eq!(kept.len(), MAX_CALLS);
        assert!(last.iter().all(|call| kept.contains(call)), "{kept:?}");
        assert!(kept.is_sorted());
        let azure = (0..40).map(|n| format!("azure/1/global/M.R:a/b{n:02}/read"));
        assert_eq!(few(azure.collect()).len(), MAX_CALLS);
    }
}
