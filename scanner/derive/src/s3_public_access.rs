//! `s3_public_read` and `s3_public_write`: who may read and write a bucket without being known.
//!
//! Policy, access control list, object ownership, the bucket's block and the account's block are
//! taken together, as S3 does it: ownership `BucketOwnerEnforced` disables the lists,
//! `IgnorePublicAcls` makes S3 ignore public grants, `RestrictPublicBuckets` keeps everybody but
//! services and the owner's account out of a bucket with a public policy. The other two settings
//! only refuse new policies and lists. Of bucket and account the stricter setting holds.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html>
//!
//! S3 says by itself whether a policy is public (`PolicyStatus`), for the whole policy and not by
//! direction. What it says is a check of our reading. A way that we find stands. Where we find none
//! in a direction, and S3 calls the policy public, the direction is unknown if
//!
//! - we find no way in the other direction either: S3 sees something that we do not; or
//! - a statement for everybody speaks of the direction, and only our reading holds it closed (by a
//!   condition that S3 does not count, or by a `Deny`): S3 may mean this statement.
//!
//! It is closed if the other direction explains what S3 says, and every statement for everybody
//! that speaks of this direction is closed by S3's own published meaning too.

use assay_core::rule::RelatedScope;
use assay_core::{Gap, GapState, Resource};
use serde_json::{Value, json};

use crate::policy::{Effect, Exposure, Selector, Statement, exposures, fixed_for_s3, statements};
use crate::sharing::{Way, title, unique};
use crate::{Deriver, Need, World};

const ACCOUNT_BLOCK: &str = "AWS::S3::AccountPublicAccessBlock";
const GROUPS: &str = "http://acs.amazonaws.com/groups/global/";

/// Actions that fetch objects, or what is known of them, or list what is there.
const READ: &[(&str, Level)] = &[
    ("s3:getobject", Level::Object),
    ("s3:getobjectversion", Level::Object),
    ("s3:getobjecttorrent", Level::Object),
    ("s3:getobjectattributes", Level::Object),
    ("s3:getobjectversionattributes", Level::Object),
    ("s3:getobjectversionforreplication", Level::Object),
    ("s3:getobjectretention", Level::Object),
    ("s3:getobjectlegalhold", Level::Object),
    ("s3:getobjectacl", Level::Object),
    ("s3:getobjectversionacl", Level::Object),
    ("s3:getobjecttagging", Level::Object),
    ("s3:getobjectversiontagging", Level::Object),
    ("s3:listbucket", Level::Bucket),
    ("s3:listbucketversions", Level::Bucket),
    ("s3:listbucketmultipartuploads", Level::Bucket),
    ("s3:listmultipartuploadparts", Level::Object),
];

/// Actions that change objects, or the bucket's own settings.
const WRITE: &[(&str, Level)] = &[
    ("s3:putobject", Level::Object),
    ("s3:putobjectacl", Level::Object),
    ("s3:putobjectversionacl", Level::Object),
    ("s3:putobjecttagging", Level::Object),
    ("s3:putobjectversiontagging", Level::Object),
    ("s3:putobjectretention", Level::Object),
    ("s3:putobjectlegalhold", Level::Object),
    ("s3:deleteobject", Level::Object),
    ("s3:deleteobjectversion", Level::Object),
    ("s3:deleteobjecttagging", Level::Object),
    ("s3:deleteobjectversiontagging", Level::Object),
    ("s3:abortmultipartupload", Level::Object),
    ("s3:restoreobject", Level::Object),
    ("s3:replicateobject", Level::Object),
    ("s3:replicatedelete", Level::Object),
    ("s3:replicatetags", Level::Object),
    ("s3:bypassgovernanceretention", Level::Object),
    ("s3:put*", Level::Bucket),
    ("s3:delete*", Level::Bucket),
];

#[derive(Debug, Clone, Copy)]
enum Level {
    Bucket,
    Object,
}

/// What somebody does with a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PublicAccess {
    /// `s3_public_read`
    Read,
    /// `s3_public_write`
    Write,
}

impl PublicAccess {
    const fn actions(self) -> &'static [(&'static str, Level)] {
        match self {
            Self::Read => READ,
            Self::Write => WRITE,
        }
    }

    const fn other(self) -> Self {
        match self {
            Self::Read => Self::Write,
            Self::Write => Self::Read,
        }
    }
}

impl Deriver for PublicAccess {
    fn name(&self) -> &'static str {
        match self {
            Self::Read => "s3_public_read",
            Self::Write => "s3_public_write",
        }
    }

    fn types(&self) -> &'static [&'static str] {
        &["AWS::S3::Bucket"]
    }

    fn reads(&self) -> &'static [&'static str] {
        &[
            "/BucketPolicy",
            "/PolicyStatus",
            "/AccessControlPolicy",
            "/OwnershipControls",
            "/PublicAccessBlockConfiguration",
        ]
    }

    fn needs(&self) -> &'static [Need] {
        &[Need {
            kind: ACCOUNT_BLOCK,
            scope: RelatedScope::Account,
            facets: &["PublicAccessBlockConfiguration"],
        }]
    }

    fn derive(&self, doc: &Resource, world: &dyn World) -> Result<Value, Gap> {
        let account = world.related(ACCOUNT_BLOCK, RelatedScope::Account);
        let Some(account) = account.first() else {
            return Err(Gap::new(
                GapState::NotAttempted,
                "the account's public access block was not read",
            ));
        };
        let on = |setting: &str| {
            [&doc.properties, &account.properties].into_iter().any(|p| {
                p.get("PublicAccessBlockConfiguration").and_then(|b| b.get(setting))
                    == Some(&Value::Bool(true))
            })
        };
        let list = match doc.properties.get("BucketPolicy").and_then(|p| p.get("PolicyDocument")) {
            Some(document) => statements(document).map_err(|e| e.gap())?,
            None => Vec::new(),
        };
        let bucket = Bucket::new(&doc.id, &list);
        let (mut ways, mut gap) = (Vec::new(), None);
        if !on("RestrictPublicBuckets") {
            ways = bucket.ways(self.actions());
            if ways.is_empty() && says_public(doc) {
                gap = bucket.doubt(*self);
            }
        }
        if !on("IgnorePublicAcls") && !owner_enforced(doc) {
            ways.extend(acl(doc, &bucket, *self));
        }
        match gap {
            Some(gap) if ways.is_empty() => Err(gap),
            _ => Ok(unique(ways).iter().map(Way::json).collect()),
        }
    }
}

fn says_public(doc: &Resource) -> bool {
    doc.properties.get("PolicyStatus").and_then(|s| s.get("IsPublic")) == Some(&Value::Bool(true))
}

fn owner_enforced(doc: &Resource) -> bool {
    doc.properties.get("OwnershipControls").and_then(|o| o.get("Rules")?.as_array()).is_some_and(
        |rules| {
            rules.iter().any(|r| r.get("ObjectOwnership") == Some(&json!("BucketOwnerEnforced")))
        },
    )
}

struct Bucket<'a> {
    arn: &'a str,
    statements: &'a [Statement],
    exposed: Vec<Exposure>,
}

impl<'a> Bucket<'a> {
    fn new(arn: &'a str, statements: &'a [Statement]) -> Self {
        // The owner does not matter for whether everybody is let in.
        Self { arn, statements, exposed: exposures(statements, "") }
    }

    /// The statements for everybody, before what narrows them.
    fn for_everybody(&self) -> impl Iterator<Item = (&'a Statement, &Exposure)> {
        self.statements.iter().zip(&self.exposed).filter(|(_, e)| e.anyone)
    }

    /// The ways that the policy opens.
    fn ways(&self, actions: &[(&str, Level)]) -> Vec<Way> {
        let public = self.for_everybody().filter(|(_, e)| e.public);
        public.filter_map(|(s, _)| self.way(s, actions)).collect()
    }

    /// Why a direction is not known to be closed although no way was found: see the module.
    fn doubt(&self, direction: PublicAccess) -> Option<Gap> {
        let gap = |detail: String| Some(Gap::new(GapState::Unsupported, detail));
        if self.ways(direction.other().actions()).is_empty() {
            return gap(
                "S3 calls the bucket policy public, and no statement was understood to let \
                 everybody read or write; review the policy"
                    .to_owned(),
            );
        }
        let own = self.for_everybody().find(|(s, e)| {
            !e.public && !fixed_for_s3(s) && self.way(s, direction.actions()).is_some()
        });
        gap(format!(
            "S3 calls the bucket policy public, and may mean {}, whose limits it does not count; \
             review the policy",
            title(own?.0)
        ))
    }

    fn resource(&self, level: Level) -> String {
        match level {
            Level::Bucket => self.arn.to_owned(),
            Level::Object => format!("{}/*", self.arn),
        }
    }

    /// The way in that a statement opens by any of the actions.
    fn way(&self, s: &Statement, actions: &[(&str, Level)]) -> Option<Way> {
        let (action, _) = actions.iter().find(|(action, level)| {
            let resource = self.resource(*level);
            s.actions.intersects(action)
                && s.touches_resource(&resource)
                && !self.denied(action, &resource, s.resources.as_ref())
        })?;
        Some(Way {
            account: String::new(),
            key: s.digest(),
            message: format!("{} allows {action} to everybody", title(s)),
            at: format!("/BucketPolicy/PolicyDocument{}", s.at),
        })
    }

    /// Whether a `Deny` without conditions takes the action from everybody, on the whole resource
    /// or on all of it that was granted.
    fn denied(&self, action: &str, resource: &str, granted: Option<&Selector>) -> bool {
        self.statements.iter().any(|d| {
            d.effect == Effect::Deny
                && d.conditions.is_empty()
                && d.principals.as_ref().is_some_and(|p| p.any)
                && d.actions.covers(action)
                && d.resources.as_ref().is_some_and(|r| {
                    r.covers(resource) || granted.is_some_and(|g| r.covers_selector(g))
                })
        })
    }
}

/// The ways that the access control list opens to its public groups.
fn acl(doc: &Resource, bucket: &Bucket<'_>, direction: PublicAccess) -> Vec<Way> {
    let grants = doc
        .properties
        .get("AccessControlPolicy")
        .and_then(|a| a.get("Grants")?.as_array())
        .map(Vec::as_slice)
        .unwrap_or_default();
    let mut ways = Vec::new();
    for grant in grants {
        let uri = grant.pointer("/Grantee/URI").and_then(Value::as_str).unwrap_or_default();
        let (Some(group), Some(permission)) =
            (uri.strip_prefix(GROUPS), grant.get("Permission").and_then(Value::as_str))
        else {
            continue;
        };
        let whom = match group {
            "AllUsers" => "everybody",
            "AuthenticatedUsers" => "every AWS customer",
            _ => continue,
        };
        let open = |action: &str, level| !bucket.denied(action, &bucket.resource(level), None);
        let grants = |own: &str| permission == own || permission == "FULL_CONTROL";
        let opens = match direction {
            PublicAccess::Read => grants("READ") && open("s3:listbucket", Level::Bucket),
            PublicAccess::Write => {
                grants("WRITE") && open("s3:putobject", Level::Object)
                    || grants("WRITE_ACP") && open("s3:putbucketacl", Level::Bucket)
            }
        };
        if opens {
            ways.push(Way {
                account: String::new(),
                key: format!("acl/{group}/{permission}"),
                message: format!("the access control list gives {permission} to {whom}"),
                at: "/AccessControlPolicy/Grants".to_owned(),
            });
        }
    }
    ways
}

#[cfg(test)]
#[path = "s3_public_access_tests.rs"]
mod tests;
