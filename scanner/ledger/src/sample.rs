//! Drawing a sample that anybody can draw again.
//!
//! The population is frozen first: its digest (see [`crate::period::Populations::sha256`]) is
//! printed, and whoever audits gives the seed afterwards. The rank of a resource is the sha256 of
//! three lines without a line end after the last: the population's digest, the seed, and the
//! resource's canonical line. The sample are the resources of the lowest ranks, in their order:
//!
//! ```text
//! printf '%s\n%s\n%s' DIGEST SEED '["AWS::S3::Bucket","1","eu-west-1","arn:aws:s3:::a"]' | sha256sum
//! ```

use assay_core::identity::sha256;
use serde::Serialize;

use crate::LedgerError;
use crate::period::Seen;

/// A sample.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Sample {
    /// The population's digest, which was there before the seed.
    pub population: String,
    /// Resources of the population.
    pub of: u64,
    /// The seed.
    pub seed: String,
    /// What was drawn.
    pub drawn: Vec<Drawn>,
}

/// A resource that was drawn.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Drawn {
    /// Its rank.
    pub rank: String,
    /// Its type.
    #[serde(rename = "type")]
    pub kind: String,
    /// The account.
    pub account: String,
    /// The region.
    pub region: String,
    /// Its id.
    pub resource: String,
    /// Runs of the period that saw it.
    pub runs: u64,
}

impl Sample {
    /// Draws.
    ///
    /// # Errors
    /// The seed has several lines: nobody could write it down.
    pub(crate) fn draw(
        population: &str,
        members: Vec<Seen>,
        n: usize,
        seed: &str,
    ) -> Result<Self, LedgerError> {
        if seed.is_empty() || seed.chars().any(char::is_control) {
            return Err(LedgerError::NoEntry(
                "a seed is one line that is not empty, without control characters".to_owned(),
            ));
        }
        let of = members.len() as u64;
        let mut drawn: Vec<Drawn> = members
            .into_iter()
            .map(|seen| {
                let text = format!("{population}\n{seed}\n{}", seen.line);
                let (kind, account, region, resource) = seen.member;
                let rank = sha256(text.as_bytes());
                Drawn { rank, kind, account, region, resource, runs: seen.runs }
            })
            .collect();
        drawn.sort();
        drawn.truncate(n);
        Ok(Self { population: population.to_owned(), of, seed: seed.to_owned(), drawn })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn members() -> Vec<Seen> {
        (0..50)
            .map(|n| {
                let member =
                    ("T".to_owned(), "1".to_owned(), "global".to_owned(), format!("id-{n}"));
                let line = crate::canon::canonical(&member).unwrap();
                Seen { member, line, runs: 1 }
            })
            .collect()
    }

    #[test]
    fn a_draw_is_repeated_by_hand() {
        let sample = Sample::draw("digest", members(), 5, "2026-12-01 lee").unwrap();
        assert_eq!((sample.of, sample.drawn.len()), (50, 5));
        let mut by_hand: Vec<(String, String)> = (0..50)
            .map(|n| {
                let line = format!("[\"T\",\"1\",\"global\",\"id-{n}\"]");
                (sha256(format!("digest\n2026-12-01 lee\n{line}").as_bytes()), format!("id-{n}"))
            })
            .collect();
        by_hand.sort();
        let drawn: Vec<_> =
            sample.drawn.iter().map(|d| (d.rank.clone(), d.resource.clone())).collect();
        assert_eq!(drawn, by_hand[..5]);
    }

    #[test]
    fn seed_and_population_decide() {
        let ids = |population: &str, seed: &str| {
            let sample = Sample::draw(population, members(), 10, seed).unwrap();
            sample.drawn.into_iter().map(|d| d.resource).collect::<Vec<_>>()
        };
        assert_eq!(ids("a", "1"), ids("a", "1"));
        assert_ne!(ids("a", "1"), ids("a", "2"));
        assert_ne!(ids("a", "1"), ids("b", "1"));
        assert_eq!(Sample::draw("a", members(), 99, "1").unwrap().drawn.len(), 50);
        assert!(Sample::draw("a", members(), 1, "").is_err());
        assert!(Sample::draw("a", members(), 1, "a\nb").is_err());
    }
}
