//! Shapes that type files of hosts name by one word, since every subject has them.

use std::collections::BTreeMap;

use serde_json::Value;

use super::format::Scalar;
use super::shape::{Kind, Member, Shape};

/// `access`: who can read and change a file, as `assay-host` writes it:
/// `{path, kind, mode, uid, gid, readers, writers}`.
pub(super) fn access() -> Shape {
    let kinds = ["file", "directory", "link", "device", "fifo", "socket"];
    object([
        ("path", false, scalar(Scalar::String)),
        ("kind", false, words(&kinds)),
        ("mode", false, scalar(Scalar::String)),
        ("uid", false, scalar(Scalar::Integer)),
        ("gid", false, scalar(Scalar::Integer)),
        ("readers", false, list(scalar(Scalar::String))),
        ("writers", false, list(scalar(Scalar::String))),
    ])
}

/// `{setting: <shape>}`: a value with its provenance, `{value, origin, file, line, others}`. `file`
/// and `line` are there where a file decided, `others` where candidates lost. What lost may have
/// any shape: it is what a file says, understood or not.
pub(super) fn setting(value: Shape) -> Shape {
    let origins = ["file", "default", "command_line", "environment", "kernel", "running"];
    let other = object([
        ("value", false, scalar(Scalar::Any)),
        ("file", false, scalar(Scalar::String)),
        ("line", false, scalar(Scalar::Integer)),
    ]);
    object([
        ("value", false, value),
        ("origin", false, words(&origins)),
        ("file", true, scalar(Scalar::String)),
        ("line", true, scalar(Scalar::Integer)),
        ("others", true, list(other)),
    ])
}

fn shape(kind: Kind) -> Shape {
    Shape { nullable: false, kind }
}

fn scalar(scalar: Scalar) -> Shape {
    shape(Kind::Scalar(scalar))
}

fn words(words: &[&str]) -> Shape {
    shape(Kind::Enum(words.iter().map(|w| Value::from(*w)).collect()))
}

fn list(item: Shape) -> Shape {
    shape(Kind::List(Box::new(item)))
}

/// An object of (name, optional, shape).
fn object<const N: usize>(members: [(&str, bool, Shape); N]) -> Shape {
    let members: BTreeMap<String, Member> = members
        .into_iter()
        .map(|(name, optional, shape)| (name.to_owned(), Member { optional, shape }))
        .collect();
    shape(Kind::Object(members))
}
