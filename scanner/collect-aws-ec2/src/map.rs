//! Answers of the API as facets. Pure: no calls, no context.

mod compute;
mod gateway;
mod group;
mod interface;
mod storage;
mod vpc;

pub(crate) use compute::{image, instance, launch_template, version};
pub(crate) use gateway::{
    endpoint, endpoint_service, peering_connection, prefix_list, transit_gateway,
};
pub(crate) use group::{security_group, security_group_rule};
pub(crate) use interface::{address, network_interface};
pub(crate) use storage::{snapshot, volume};
pub(crate) use vpc::{flow_log, internet_gateway, network_acl, route_table, subnet, vpc};

use aws_sdk_ec2::primitives::{DateTime, DateTimeFormat};
use aws_sdk_ec2::types::Tag;
use serde_json::{Map, Value};

/// Facets, or the members of an object.
#[derive(Debug, Clone, Default)]
pub(crate) struct Facets(Map<String, Value>);

impl Facets {
    /// A member that the API always gives: without it the facet stays unknown.
    pub(crate) fn must(mut self, name: &str, value: Option<impl Into<Value>>) -> Self {
        if let Some(v) = value {
            self.0.insert(name.to_owned(), v.into());
        }
        self
    }

    /// A member that the API leaves out where there is none: without it the facet is `null`.
    pub(crate) fn may(mut self, name: &str, value: Option<impl Into<Value>>) -> Self {
        self.0.insert(name.to_owned(), value.map_or(Value::Null, Into::into));
        self
    }

    /// The facets.
    pub(crate) fn done(self) -> Map<String, Value> {
        self.0
    }

    /// As a value.
    pub(crate) fn value(self) -> Value {
        Value::Object(self.0)
    }
}

/// A text.
fn text(of: Option<&String>) -> Option<&str> {
    of.map(String::as_str)
}

/// A point in time as RFC 3339.
fn time(of: Option<&DateTime>) -> Option<String> {
    of.and_then(|t| t.fmt(DateTimeFormat::DateTime).ok())
}

/// A list: unknown where the API gives none, or where a member cannot be mapped.
fn list<T>(of: Option<&Vec<T>>, map: impl Fn(&T) -> Option<Value>) -> Option<Value> {
    of.and_then(|l| l.iter().map(map).collect::<Option<Vec<_>>>()).map(Value::Array)
}

/// A list of texts.
fn texts(of: Option<&Vec<String>>) -> Option<Value> {
    list(of, |t| Some(t.as_str().into()))
}

/// Tags, for a draft. The API leaves the element out where there are none.
pub(crate) fn tags(of: Option<&Vec<Tag>>) -> Vec<(Option<String>, Option<String>)> {
    let tags = of.map(Vec::as_slice).unwrap_or_default();
    tags.iter().map(|t| (t.key.clone(), t.value.clone())).collect()
}
