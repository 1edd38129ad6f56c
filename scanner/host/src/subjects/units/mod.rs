//! The units that start, and the security units whether they start or not.

mod cleartext;
mod inetd;
mod neutral;
mod owners;
mod programs;
mod roles;
mod sandbox;

#[cfg(test)]
mod tests;

use assay_core::{Gap, GapState, Resource};
use serde_json::{Value, json};

use crate::systemd::{self, Init, Load, Place, Source, Starts, Unit, Units, Why};
use crate::{Host, Origin, Output, Setting, Subject};

pub(crate) use owners::Owners;

/// Units, and the services of inetd and xinetd.
pub(crate) static SUBJECT: Subject =
    Subject { name: "units", types: &["linux.unit", "linux.inetd_service"], collect };

const UNIT: &str = "linux.unit";

fn collect(host: &Host<'_>, out: &mut dyn Output) {
    let units = match systemd::units(host) {
        Ok(units) => units,
        Err(gap) => {
            out.listed(UNIT, Err(gap.clone()));
            out.listed("linux.inetd_service", Err(gap));
            return;
        }
    };
    inetd::collect(host, &units, out);
    if units.init == Init::None {
        out.listed(UNIT, Ok(()));
        return;
    }
    let owners = Owners::load(host);
    let mut unsure: Option<Gap> = None;
    for unit in units.all() {
        let starts = units.starts(&unit.name);
        if let (Starts::Unknown(gap), Load::Unreadable(_)) = (&starts, &unit.load) {
            unsure = Some(gap.clone());
        }
        let role = roles::of(&unit.name);
        let counts = starts.may() || matches!(starts, Starts::Unknown(_)) || role.is_some();
        if counts && unit.load != Load::NotFound && !unit.name.contains("@.") {
            out.put(document(host, &units, unit, &starts, role, &owners));
        }
    }
    match unsure {
        None => out.listed(UNIT, Ok(())),
        Some(mut gap) => {
            gap.detail = format!("{}; what it starts is not known", gap.detail);
            out.listed(UNIT, Err(gap));
        }
    }
}

/// A place as documents hold it.
pub(crate) fn at(place: &Place) -> Value {
    json!({"file": &*place.file, "line": place.line})
}

/// A value with the place that decides it.
pub(crate) fn placed(value: impl Into<Value>, place: Option<&Place>) -> Value {
    match place {
        Some(p) => Setting::in_file(value, std::path::Path::new(&*p.file), p.line).json(),
        None => Setting::of(value, Origin::Default).json(),
    }
}

fn document(
    host: &Host<'_>,
    units: &Units,
    unit: &Unit,
    starts: &Starts,
    role: Option<&'static roles::Role>,
    owners: &Owners,
) -> Resource {
    let mut r = host.document(UNIT, &unit.name);
    let mut set = |facet: &str, value: Value| {
        r.properties.insert(facet.to_owned(), value);
    };
    set("Name", unit.name.as_str().into());
    set("Aliases", unit.aliases.clone().into());
    set("Type", unit.kind().into());
    set("Enablement", units.enablement(&unit.name).as_str().into());
    set("Role", role.map_or(Value::Null, |r| r.what.into()));
    set("Fragment", unit.place().map_or(Value::Null, |p| at(&p)));
    let drop_ins = unit.drop_ins.iter().map(|p| at(&Place::of(p)));
    set("DropIns", drop_ins.collect::<Vec<_>>().into());
    match starts {
        Starts::Unknown(gap) => r.lose("Starts", gap.clone()),
        known => set("Starts", placed(known.as_str(), known.place())),
    }
    let why = match starts {
        Starts::No(why) => json!({"reason": why.as_str(), "text": why.to_string()}),
        _ => Value::Null,
    };
    r.properties.insert("WhyNot".to_owned(), why);
    if let Load::Unreadable(gap) = &unit.load {
        for facet in [
            "ClearText",
            "Package",
            "Overrides",
            "FailingCondition",
            "Programs",
            "Network",
            "Sandbox",
        ] {
            r.lose(facet, gap.clone());
        }
        return r;
    }
    facet(&mut r, "ClearText", cleartext::of(host, units, unit));
    facet(&mut r, "Package", package(unit, owners));
    facet(
        &mut r,
        "Overrides",
        role.map_or(Ok(json!([])), |role| neutral::of(host, units, unit, starts, role, owners)),
    );
    facet(&mut r, "FailingCondition", Ok(condition(units, starts, role)));
    facet(&mut r, "Programs", programs::of(host, unit));
    facet(&mut r, "Network", Ok(sandbox::network(units, unit)));
    facet(&mut r, "Sandbox", Ok(sandbox::of(unit)));
    r
}

fn facet(r: &mut Resource, name: &str, value: Result<Value, Gap>) {
    match value {
        Ok(value) => {
            r.properties.insert(name.to_owned(), value);
        }
        Err(gap) => r.lose(name, gap),
    }
}

/// The package of the unit's file; `null` where it comes from none.
fn package(unit: &Unit, owners: &Owners) -> Result<Value, Gap> {
    let Some(fragment) = &unit.fragment else { return Ok(Value::Null) };
    if unit.source == Source::Script && owners.knows() {
        // What runs at boot is the script.
        return Ok(owners.of(fragment).map_or(Value::Null, Value::from));
    }
    if !owners.knows() {
        let text =
            "which package a file comes from is not known: no package database could be read";
        return Err(Gap::new(GapState::Unsupported, text));
    }
    Ok(owners.of(fragment).map_or(Value::Null, Value::from))
}

/// The condition that keeps a security unit from starting, and another unit of the same role that
/// starts in its place.
fn condition(units: &Units, starts: &Starts, role: Option<&roles::Role>) -> Value {
    let Starts::No(Why::Condition(key, value, place)) = starts else { return Value::Null };
    let other = role.and_then(|role| {
        let same = roles::ALL.iter().filter(|r| r.what == role.what).flat_map(|r| r.units);
        same.copied().find(|name| units.starts(name).at_boot())
    });
    json!({"key": key, "value": value, "file": &*place.file, "line": place.line, "instead": other})
}
