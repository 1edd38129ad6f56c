use serde_json::{Value, json};

use super::*;
use crate::gap::{Gap, GapState};
use crate::resource::Resource;

fn bucket() -> TypeDef {
    TypeDef::from_value(&json!({
        "type": "AWS::S3::Bucket", "title": "S3 bucket", "doc": "https://example.org",
        "listing": {"scope": "global", "operation": "s3:ListBuckets"},
        "facets": {
            "BucketName": "string",
            "VersioningConfiguration": {
                "nullable": true, "default": null,
                "object": {"Status": {"enum": ["Enabled", "Suspended"]}, "MfaDelete?": {"enum": ["Enabled"]}}
            },
            "Cidrs": {"list": "cidr"},
            "Principal": {"one_of": ["string", {"list": "string"}]},
            "Grants": {"list": {"object": {"Permission": "string", "URI?": "string"}}},
            "Extra": {"map": "integer"},
            "Doc": "policy",
            "Blob": "any",
            "Created": {"type": "time?"}
        },
        "derived": {"public": {"object": {"is": "boolean"}}}
    }))
    .expect("a type file")
}

fn doc(properties: Value) -> Resource {
    let mut r = Resource::new("AWS::S3::Bucket", "arn:aws:s3:::b", "aws", "1", "eu-west-1", "b");
    r.properties = properties.as_object().cloned().expect("an object");
    r
}

#[test]
fn what_fits_is_untouched() {
    let mut r = doc(json!({
        "BucketName": "b", "VersioningConfiguration": null, "Cidrs": ["10.0.0.5/24", "::/0"],
        "Principal": ["a"], "Grants": [{"Permission": "READ"}], "Extra": {"x": 1},
        "Doc": {"Version": "2012-10-17", "Statement": []}, "Blob": null, "Created": null
    }));
    let before = r.properties.clone();
    assert_eq!(bucket().check(&mut r), 0);
    assert_eq!(r.properties, before);
}

#[test]
fn a_corrupted_leaf_becomes_a_gap_at_its_pointer() {
    let mut r = doc(json!({
        "VersioningConfiguration": {"Status": "enabled", "MfaDelete": 1, "Junk": 1},
        "Cidrs": ["10.0.0.0/24", "10.0.0.0/33", "::/0"],
        "Grants": [{"URI": "x"}, "no"],
        "Extra": {"a": 1, "b": "two"},
        "Principal": 7,
        "BucketName": null,
        "Doc": {"Statement": "x"},
        "Unlisted": true
    }));
    r.sources.insert("Cidrs".into(), "c7".into());
    let def = bucket();
    assert_eq!(def.check(&mut r), 10);
    let pointers: Vec<&str> = r.gaps.keys().map(String::as_str).collect();
    assert_eq!(
        pointers,
        [
            "/BucketName",
            "/Cidrs/1",
            "/Doc",
            "/Extra/b",
            "/Grants/0/Permission",
            "/Grants/1",
            "/Principal",
            "/Unlisted",
            "/VersioningConfiguration/MfaDelete",
            "/VersioningConfiguration/Status",
        ]
    );
    assert!(r.gaps.values().all(|g| g.state == GapState::Malformed));
    assert_eq!(r.gaps["/Cidrs/1"].call.as_deref(), Some("c7"));
    assert!(r.gaps["/Unlisted"].detail.contains("Unlisted"));
    assert_eq!(r.properties["Cidrs"], json!(["10.0.0.0/24", null, "::/0"]));
    assert_eq!(r.properties["VersioningConfiguration"], json!({}));
    let once = r.clone();
    assert_eq!(def.check(&mut r), 0, "a second check finds nothing new");
    assert_eq!(r, once);
}

#[test]
fn a_gap_that_came_along_explains_a_missing_member() {
    let mut r = doc(json!({"VersioningConfiguration": {}}));
    let gap = Gap::new(GapState::Denied, "no");
    r.gaps.insert("/VersioningConfiguration/Status".into(), gap.clone());
    assert_eq!(bucket().check(&mut r), 0);
    assert_eq!(r.gaps["/VersioningConfiguration/Status"], gap);
}

#[test]
fn derived_facets_and_tags_are_checked_too() {
    let mut def = bucket();
    def.tags = false;
    let mut r = doc(json!({}));
    r.derived.insert("public".into(), json!({"is": "yes"}));
    r.derived.insert("other".into(), json!(1));
    r.tags = Some([("a".to_owned(), "b".to_owned())].into());
    assert_eq!(def.check(&mut r), 3);
    let pointers: Vec<&str> = r.gaps.keys().map(String::as_str).collect();
    assert_eq!(pointers, ["derived/other", "derived/public/is", "tags"]);
    let mut r = doc(json!({}));
    assert_eq!(def.check(&mut r), 0);
    assert_eq!(r.tags, Some(BTreeMap::new()));
}

#[test]
fn formats_are_really_checked() {
    use Scalar::*;
    let good = [
        (Cidr, "10.0.0.5/32"),
        (Cidr, "2001:db8::/32"),
        (Cidr4, "0.0.0.0/0"),
        (Cidr6, "::/0"),
        (Cidr6, "::ffff:10.0.0.1/128"),
        (Ip, "10.1.2.3"),
        (Ip, "::1"),
        (Arn, "arn:aws:s3:::b"),
        (Arn, "arn:aws-cn:iam::aws:policy/X"),
        (Arn, "arn:aws:iam::1:user/a:b"),
        (Time, "2026-11-01T02:03:04Z"),
        (Time, "2026-11-01T02:03:04.123+02:00"),
    ];
    for (s, v) in good {
        assert_eq!(s.problem(&json!(v)), None, "{v}");
    }
    let bad = [
        (Cidr, "10.0.0.0"),
        (Cidr, "10.0.0.0/"),
        (Cidr, "10.0.0.0/+8"),
        (Cidr, "10.0.0/8"),
        (Cidr, "10.0.0.0/08"),
        (Cidr, "010.0.0.0/8"),
        (Cidr4, "::/0"),
        (Cidr6, "10.0.0.0/8"),
        (Cidr6, "::/129"),
        (Cidr6, "fe80::1%eth0/64"),
        (Cidr, "0.0.0.0/0 "),
        (Ip, "10.0.0.0/8"),
        (Arn, "arn:aws:s3"),
        (Arn, "arn:evil:s3:::b"),
        (Arn, "arn:aws::::b"),
        (Arn, "arn:aws:s3:::"),
        (Time, "2026-11-01"),
        (Time, "2026-11-01 02:03:04Z"),
        (Time, "2026-13-01T02:03:04Z"),
        (Time, "2026-11-01T02:03:04"),
        (Time, "2026-11-01T02:03:04Z[UTC]"),
    ];
    for (s, v) in bad {
        assert!(s.problem(&json!(v)).is_some(), "{v}");
    }
    assert!(Integer.problem(&json!(1.5)).is_some());
    assert!(Integer.problem(&json!(u64::MAX)).is_none());
}

#[test]
fn paths_that_the_type_lacks_are_unknown() {
    let def = bucket();
    for p in [
        "",
        "/BucketName",
        "/VersioningConfiguration/Status",
        "/Cidrs/*",
        "/Cidrs/0",
        "/Extra/any",
        "/Doc/Statement/0/Effect",
        "/Blob/x/y",
        "/Grants/*/URI",
        "/Principal/*",
        "/*/Status",
    ] {
        assert!(def.knows(&Path::parse(p)), "{p}");
    }
    for p in [
        "/Nope",
        "/BucketName/x",
        "/VersioningConfiguration/status",
        "/Cidrs/x",
        "/Grants/*/Nope",
        "/VersioningConfiguration/Status/x",
    ] {
        assert!(!def.knows(&Path::parse(p)), "{p}");
    }
    assert!(def.knows_derived(&Path::parse("/public/is")));
    assert!(!def.knows_derived(&Path::parse("/public/was")));
}

#[test]
fn the_grammar_is_strict() {
    let file = |facet: Value| {
        json!({"type": "A::B::C", "title": "t", "doc": "d", "facets": {"F": facet},
               "listing": {"scope": "regional", "operation": ["a:B", "a:C"]}})
    };
    assert!(TypeDef::from_value(&file(json!("string?"))).is_ok());
    for bad in [
        json!("strnig"),
        json!({"object": {}, "list": "string"}),
        json!({"nullable": true}),
        json!({"list": "string", "default": 3}),
        json!({"enum": []}),
        json!({"lst": "string"}),
        json!({"object": {"a": "string", "a?": "string"}}),
        json!(3),
    ] {
        assert!(TypeDef::from_value(&file(bad.clone())).is_err(), "{bad}");
    }
    let mut unknown = file(json!("string"));
    unknown["color"] = json!(1);
    let e = TypeRegistry::from_files([("x/A-B-C.yaml", unknown)]).expect_err("unknown key");
    assert!(e.to_string().contains("x/A-B-C.yaml") && e.to_string().contains("color"), "{e}");
    assert!(TypeRegistry::from_files([("A-B-D.yaml", file(json!("string")))]).is_err());
    let r = TypeRegistry::from_files([("A-B-C.yaml", file(json!("string")))]).expect("fits");
    assert_eq!(r.get("A::B::C").map(|d| d.listing_region("eu-west-1")), Some("eu-west-1"));
}

#[test]
fn settings_and_access_know_their_members() {
    let def = TypeDef::from_value(&json!({
        "type": "linux.x", "title": "t", "doc": "d", "tags": false,
        "listing": {"scope": "global", "operation": "linux:x"},
        "facets": {
            "Port": {"setting": "integer"},
            "Allow": {"nullable": true, "setting": {"list": "string"}},
            "Banner": {"setting": "string?"},
            "File": "access",
            "Keys": {"list": {"object": {"Path": "string", "Access": "access?"}}}
        }
    }))
    .expect("a type file");
    for p in
        ["/Port/value", "/Port/line", "/Port/others/*/value/x", "/Allow/value/*", "/File/writers/0"]
    {
        assert!(def.knows(&Path::parse(p)), "{p}");
    }
    for p in ["/Port/values", "/Port/value/x", "/File/owner", "/Keys/*/Access/acl"] {
        assert!(!def.knows(&Path::parse(p)), "{p}");
    }
    let access = json!({"path": "/x", "kind": "file", "mode": "0644", "uid": 0, "gid": 0,
                        "readers": ["everyone"], "writers": []});
    let mut r = doc(json!({
        "Port": {"value": 22, "origin": "file", "file": "/etc/x", "line": 3,
                 "others": [{"value": "no", "file": "/etc/y", "line": 1}]},
        "Allow": null, "Banner": {"value": null, "origin": "default"},
        "File": access, "Keys": [{"Path": "/k", "Access": null}]
    }));
    assert_eq!(def.check(&mut r), 0, "{:?}", r.gaps);
    let mut r = doc(json!({"Port": {"value": "22", "origin": "somewhere"}, "File": {}}));
    assert_eq!(def.check(&mut r), 9, "{:?}", r.gaps);
    assert!(r.gaps.contains_key("/Port/value") && r.gaps.contains_key("/Port/origin"));
}
