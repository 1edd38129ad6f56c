//! systemd-networkd writes forwarding, and takes router advertisements itself, whatever the kernel
//! is told (systemd.network(5)).

use std::path::{Path, PathBuf};

use assay_core::Gap;
use serde_json::{Value, json};

use super::table::Write;
use crate::merged::{Piece, directories, pieces};
use crate::systemd::{Starts, boolean, units};
use crate::{Host, Setting};

/// One option of a `.network` file.
struct Line {
    section: String,
    key: String,
    value: String,
    file: PathBuf,
    line: u32,
}

/// What networkd does.
#[derive(Debug, Default)]
pub(super) struct Networkd {
    /// Forwarding that it writes.
    pub writes: Vec<Write>,
    /// Interfaces whose advertisements it takes or leaves: as items of the facet.
    pub advertisements: Vec<Value>,
}

/// Reads its files, where it starts.
///
/// # Errors
/// One of them cannot be read.
pub(super) fn read(host: &Host<'_>, ipv6: bool) -> Result<Networkd, Gap> {
    let mut out = Networkd::default();
    match units(host)?.starts("systemd-networkd.service") {
        Starts::Unknown(gap) => return Err(gap),
        starts if !starts.may() => return Ok(out),
        _ => {}
    }
    for Piece { path, text, .. } in pieces(host, &directories("systemd/network"), ".network")? {
        let mut lines = parse(&path, &text?);
        let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let beside = directories(&format!("systemd/network/{name}.d"));
        for Piece { path, text, .. } in pieces(host, &beside, ".conf")? {
            lines.extend(parse(&path, &text?));
        }
        network(&path, &lines, ipv6, &mut out);
    }
    Ok(out)
}

fn network(path: &Path, lines: &[Line], ipv6: bool, out: &mut Networkd) {
    let last = |key: &str| lines.iter().rfind(|l| l.section == "Network" && l.key == key);
    let matched = lines.iter().rfind(|l| l.section == "Match" && l.key == "Name");
    let interface = matched.map_or("default", |l| l.value.as_str());
    if lines.is_empty() || interface == "lo" || (path.starts_with("/usr/lib") && special(lines)) {
        return;
    }
    let says = |key: &str, extra: &str| {
        last(key).filter(|l| boolean(&l.value) == Some(true) || l.value == extra)
    };
    let mut forward = |line: Option<&Line>, family: &str, name: &str| {
        if let Some(l) = line {
            out.writes.push(Write {
                key: format!("net/{family}/conf/{name}/forwarding"),
                value: "1".to_owned(),
                file: l.file.clone(),
                line: l.line,
            });
        }
    };
    let masquerade = |family: &str| {
        last("IPMasquerade")
            .filter(|l| boolean(&l.value) == Some(true) || l.value == family || l.value == "both")
    };
    forward(says("IPForward", "ipv4").or_else(|| masquerade("ipv4")), "ipv4", "all");
    forward(says("IPForward", "ipv6").or_else(|| masquerade("ipv6")), "ipv6", "all");
    forward(says("IPv4Forwarding", "yes"), "ipv4", interface);
    forward(says("IPv6Forwarding", "yes"), "ipv6", interface);
    let local = last("LinkLocalAddressing").map(|l| l.value.to_lowercase());
    let without = local.is_some_and(|v| boolean(&v) == Some(false) || v == "ipv4");
    if !ipv6 || without {
        return;
    }
    let said = last("IPv6AcceptRA").filter(|l| boolean(&l.value).is_some());
    let setting = match said {
        Some(l) => Setting::in_file(boolean(&l.value), &l.file, l.line),
        // It does where the interface does not forward.
        None => Setting::in_file(says("IPForward", "ipv6").is_none(), path, 1),
    };
    out.advertisements
        .push(json!({"Interface": interface, "Family": "ipv6", "Setting": setting.json()}));
}

/// Whether a file of systemd itself is for interfaces that only its containers, tunnels and radios
/// have. Where nobody makes such an interface it says nothing of the host.
fn special(lines: &[Line]) -> bool {
    let kinds = ["Virtualization", "Kind", "Driver", "WLANInterfaceType", "Host"];
    let tunnel = |l: &Line| l.key == "Name" && l.value.starts_with("6rd-");
    let narrow = |l: &Line| kinds.contains(&l.key.as_str()) || tunnel(l);
    lines.iter().any(|l| l.section == "Match" && narrow(l))
}

fn parse(path: &Path, text: &str) -> Vec<Line> {
    let mut section = String::new();
    let mut out = Vec::new();
    for (number, line) in (1_u32..).zip(text.lines()) {
        let line = line.trim();
        if line.starts_with(['#', ';']) {
            continue;
        }
        if let Some(head) = line.strip_prefix('[') {
            head.trim_end_matches(']').clone_into(&mut section);
        } else if let Some((key, value)) = line.split_once('=') {
            out.push(Line {
                section: section.clone(),
                key: key.trim().to_owned(),
                value: value.trim().to_owned(),
                file: path.to_owned(),
                line: number,
            });
        }
    }
    out
}
