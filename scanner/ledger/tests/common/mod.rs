//! A small estate, judged night after night by the project's own rules, and put into a ledger.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use assay_core::assessment::Assessment;
use assay_core::framework::Objective;
use assay_core::tailoring::{Clocks, Tailoring, Waiver};
use assay_core::{Gap, GapState, Listing, ListingState, Resource, Timestamp, Verdict};
use assay_eval::assess::{AssessInput, Assessor, Baseline, CallLog, RuleInfo};
use assay_eval::{Library, RuleSet, evaluate};
use assay_ledger::{Added, Ledger, LedgerError, Observed, View, last_run};
use assay_policies::Content;
use assay_snapshot::{Memory, Source};
use serde_json::{Value, json};

/// Judged by them: a failure without a key, and one with several.
const RULES: [&str; 2] = ["AWS-S3-009", "AWS-EC2-001"];

pub const ACCOUNT: &str = "123456789012";

/// A ledger of nothing, in a folder that goes away with the first.
pub fn new() -> (tempfile::TempDir, Ledger) {
    let dir = tempfile::tempdir().unwrap();
    let ledger = Ledger::create(&dir.path().join("ledger")).unwrap();
    (dir, ledger)
}

/// A night's documents, and what could not be listed.
#[derive(Debug, Clone, Default)]
pub struct Estate {
    pub documents: Vec<Resource>,
    pub listings: Vec<Listing>,
}

impl Estate {
    pub fn bucket(&mut self, name: &str, versioned: bool) -> &mut Resource {
        let status = if versioned { json!({"Status": "Enabled"}) } else { Value::Null };
        self.put(
            "AWS::S3::Bucket",
            &format!("arn:aws:s3:::{name}"),
            name,
            json!({
                "BucketName": name, "VersioningConfiguration": status,
            }),
        )
    }

    pub fn group(&mut self, name: &str, ingress: Value) -> &mut Resource {
        let id = format!("arn:aws:ec2:eu-west-1:{ACCOUNT}:security-group/{name}");
        self.put(
            "AWS::EC2::SecurityGroup",
            &id,
            name,
            json!({
                "GroupId": name, "GroupName": name, "GroupDescription": name, "VpcId": "vpc-1",
                "OwnerId": ACCOUNT, "SecurityGroupIngress": ingress, "SecurityGroupEgress": [],
                "SecurityGroupRules": [],
            }),
        )
    }

    fn put(&mut self, kind: &str, id: &str, name: &str, properties: Value) -> &mut Resource {
        self.documents.retain(|d| d.id != id);
        let mut r = Resource::new(kind, id, "aws", ACCOUNT, "eu-west-1", name);
        r.tags = Some(BTreeMap::new());
        r.properties = properties.as_object().unwrap().clone();
        self.documents.push(r);
        self.documents.last_mut().unwrap()
    }

    pub fn remove(&mut self, name: &str) {
        let before = self.documents.len();
        self.documents.retain(|d| d.name != name);
        assert_eq!(self.documents.len() + 1, before, "{name} was there");
    }

    /// What a denied call leaves of the buckets.
    pub fn denied(mut self) -> Self {
        for d in self.documents.iter_mut().filter(|d| d.kind == "AWS::S3::Bucket") {
            d.lose("VersioningConfiguration", Gap::new(GapState::Denied, "AccessDenied"));
        }
        self
    }

    /// What a denied listing leaves of them.
    pub fn unlisted(mut self) -> Self {
        self.documents.retain(|d| d.kind != "AWS::S3::Bucket");
        self.listings.push(Listing {
            provider: "aws".into(),
            account: ACCOUNT.into(),
            region: "global".into(),
            kind: "AWS::S3::Bucket".into(),
            state: ListingState::Denied,
            count: 0,
            pages: 0,
            started: None,
            ended: None,
            calls: Vec::new(),
            gap: Some(Box::new(Gap::new(GapState::Denied, "AccessDenied"))),
        });
        self
    }
}

/// The rules, with words and severities of their own.
pub fn library(words: &[(&str, &str, &str)]) -> Library {
    let mut content = Content::embedded();
    for (file, from, to) in words {
        let text = content.files().find(|f| f.path == *file).unwrap().text.to_string();
        assert!(text.contains(from), "{file} says {from}");
        content.insert((*file).to_owned(), text.replace(from, to).into());
    }
    Library::load(&content).unwrap_or_else(|e| panic!("{e:?}"))
}

/// A judged night.
pub struct Judged {
    pub snapshot: Memory,
    pub assessment: Assessment,
    pub verdicts: Vec<Verdict>,
}

/// Judges an estate at a moment; with the last run of the ledger as baseline.
pub fn judge(
    library: &Library,
    estate: &Estate,
    started: Timestamp,
    waivers: &[Waiver],
    ledger: Option<&Ledger>,
) -> Judged {
    let ended = started + jiff::Span::new().minutes(6);
    let mut snapshot =
        Memory::new(&library.types, estate.documents.clone(), estate.listings.clone(), ended)
            .unwrap();
    let manifest = snapshot.manifest_mut();
    manifest.started = started;
    manifest.root_digest = assay_snapshot::root_digest(manifest).unwrap();
    let infos: Vec<RuleInfo> = library
        .rules
        .iter()
        .filter(|r| RULES.contains(&r.meta.id.as_str()))
        .map(assay_eval::Rule::info)
        .collect();
    let objectives: Vec<Objective> = library.objectives.values().cloned().collect();
    let tailoring = Tailoring { waivers: waivers.to_vec(), ..Tailoring::default() };
    let set =
        RuleSet::select(library, &tailoring.params, |m| RULES.contains(&m.id.as_str())).unwrap();
    let (actions, calls) = (BTreeMap::new(), CallLog::default());
    let baseline = ledger.and_then(|l| {
        let entries = l.entries().unwrap();
        let last = last_run(&entries, Some(ended))?;
        let run = last.run().unwrap();
        let view = l.view(last).unwrap();
        let known = view.verdicts().filter(|v| !v.failures.is_empty()).cloned();
        Some(Baseline::new(run.snapshot.clone(), run.ended, known.collect::<Vec<_>>()))
    });
    let mut assessor = Assessor::new(
        AssessInput {
            manifest: snapshot.manifest(),
            calls: &calls,
            rules: &infos,
            types: &library.types,
            objectives: &objectives,
            frameworks: &library.frameworks,
            tailoring: &tailoring,
            clocks: Clocks { now: ended, today: assay_ledger::entry::day(ended) },
            rules_digest: library.digest.clone(),
            actions: &actions,
            tool_version: "0".to_owned(),
        },
        baseline,
    );
    let mut verdicts = Vec::new();
    evaluate(&set, &snapshot, &mut |v, tags| verdicts.extend(assessor.take(v, tags))).unwrap();
    let (rest, assessment) = assessor.finish();
    verdicts.extend(rest);
    Judged { snapshot, assessment, verdicts }
}

impl Judged {
    /// What it says, as a ledger keeps it after another run.
    pub fn view(&self, before: Option<&View>) -> View {
        let known = before.map(View::known).unwrap_or_default();
        let verdicts = self.verdicts.iter().cloned().map(Ok::<_, ()>);
        View::new(&self.assessment, self.snapshot.manifest(), verdicts, &known).unwrap()
    }

    /// Adds it.
    pub fn add(&self, ledger: &mut Ledger, now: Timestamp) -> Result<Added, LedgerError> {
        let entries = ledger.entries()?;
        let ended = self.assessment.snapshot.ended;
        let before = match last_run(&entries, Some(ended)) {
            Some(last) => Some(ledger.view(last)?),
            None => None,
        };
        let files = BTreeMap::from([
            ("assessment.json".to_owned(), "a".repeat(64)),
            ("findings.ndjson".to_owned(), "b".repeat(64)),
            ("snapshot/manifest.json".to_owned(), "c".repeat(64)),
        ]);
        let view = self.view(before.as_ref());
        let run = Observed {
            assessment: &self.assessment,
            view: &view,
            snapshot: &self.snapshot,
            files: &files,
        };
        ledger.add(&run, now)
    }
}

pub fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A small estate with failures: three buckets, a group that is open to everybody.
pub fn small() -> Estate {
    let mut e = Estate::default();
    e.bucket("logs", false);
    e.bucket("web", true);
    e.bucket("<script>alert(1)</script>", false);
    e.group("sg-1", json!([ssh("0.0.0.0/0"), ssh6()]));
    e
}

pub fn ssh(cidr: &str) -> Value {
    json!({"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "CidrIp": cidr})
}

pub fn ssh6() -> Value {
    json!({"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "CidrIpv6": "::/0"})
}

/// A ledger of three nights of the small estate in a fresh file.
pub fn three_nights(library: &Library, file: &Path) -> Ledger {
    let mut ledger = Ledger::create(file).unwrap();
    let declared = assay_ledger::entry::Declared {
        schedule: Some("daily 02:00".parse().unwrap()),
        retention: Some(30),
    };
    ledger.declare(&declared, at("2026-10-31T12:00:00Z")).unwrap();
    for day in 1..=3 {
        let started = at(&format!("2026-11-0{day}T02:00:00Z"));
        let mut estate = small();
        if day == 3 {
            estate.bucket("logs", true);
        }
        let judged = judge(library, &estate, started, &[], Some(&ledger));
        judged.add(&mut ledger, started + jiff::Span::new().minutes(7)).unwrap();
    }
    ledger
}

/// (resource's last part, key) of changes.
pub fn short(list: &[assay_ledger::Change]) -> BTreeSet<(String, String)> {
    list.iter()
        .map(|c| {
            let tail = c.resource.rsplit(['/', ':']).next().unwrap_or_default();
            (tail.to_owned(), c.key.clone())
        })
        .collect()
}
