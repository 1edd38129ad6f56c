//! What command lines do to mounts: `mount -o remount,…`, mounts over others, `umount`.

use std::collections::BTreeMap;

use assay_core::Gap;

use super::fstab::normal;
use super::options::read;
use super::resolve::{Mount, Point};
use crate::{Host, commands};

/// A call of mount.
#[derive(Debug, Default, PartialEq, Eq)]
struct Call {
    options: Vec<String>,
    kind: String,
    plain: Vec<String>,
}

/// Applies every command line that the host runs by itself. One that does not run at every start
/// counts where it weakens: until it runs the rest holds.
///
/// # Errors
/// Something that is started cannot be read.
pub(super) fn apply(host: &Host<'_>, points: &mut BTreeMap<String, Point>) -> Result<(), Gap> {
    for line in commands::all(host)?.iter().filter(|l| l.text.contains("mount")) {
        let place = (line.place.file.to_string(), line.place.line);
        for words in commands::simple(&line.text) {
            let base = |w: &String| w.rsplit('/').next().unwrap_or(w).to_owned();
            let Some(at) =
                words.iter().position(|w| ["mount", "umount"].contains(&base(w).as_str()))
            else {
                continue;
            };
            let rest = words.get(at + 1..).unwrap_or(&[]);
            if words.get(at).map(base).as_deref() == Some("umount") {
                for path in rest.iter().filter(|w| w.starts_with('/')).map(|p| normal(p)) {
                    if points.get(&path).is_some_and(|p| matches!(p, Point::Mounted(_))) {
                        points.insert(path, Point::Nothing(Some(place.clone())));
                    }
                }
                continue;
            }
            let call = call(rest);
            let remounts = call.options.iter().any(|o| o == "remount");
            let Some(target) = call.plain.last().filter(|t| t.starts_with('/')) else { continue };
            let target = normal(target);
            match points.get_mut(&target) {
                Some(Point::Mounted(mount)) if remounts => {
                    let mut words = mount.said.words.clone();
                    words.extend(call.options.iter().filter(|o| *o != "remount").cloned());
                    let mut said = read(&words.join(","));
                    (said.auto, said.automount, said.bind) =
                        (mount.said.auto, mount.said.automount, mount.said.bind);
                    let (old, new) = (mount.said.flags, said.flags);
                    let weaker = old.nosuid && !new.nosuid
                        || old.nodev && !new.nodev
                        || old.noexec && !new.noexec
                        || old.readonly && !new.readonly;
                    if line.boot || weaker {
                        let before = mount.said.words.join(",");
                        if let Some(old) = mount.options.replace(place.clone()) {
                            mount.others.push((before, old));
                        }
                        mount.said = said;
                    }
                }
                // Something lies on top of it now.
                Some(point) if !remounts && call.plain.len() == 2 => {
                    let mount = Mount {
                        source: call.plain.first().cloned().unwrap_or_default(),
                        kind: call.kind.clone(),
                        said: read(&call.options.join(",")),
                        place: Some(place.clone()),
                        options: Some(place.clone()),
                        others: Vec::new(),
                    };
                    *point = Point::Mounted(mount);
                }
                _ => {}
            }
        }
    }
    Ok(())
}

/// Reads its words.
fn call(words: &[String]) -> Call {
    let mut out = Call::default();
    let mut words = words.iter();
    let split = |text: &str| text.split(',').map(str::to_owned).collect::<Vec<_>>();
    while let Some(word) = words.next() {
        match word.as_str() {
            "-o" | "--options" => out.options.extend(words.next().iter().flat_map(|o| split(o))),
            "-t" | "--types" => out.kind = words.next().cloned().unwrap_or_default(),
            "-L" | "-U" | "-T" | "--source" | "--label" | "--uuid" => {
                words.next();
                out.plain.push(String::new());
            }
            "-B" | "--bind" => out.options.push("bind".to_owned()),
            "-R" | "--rbind" => out.options.push("rbind".to_owned()),
            "-r" | "--read-only" => out.options.push("ro".to_owned()),
            "-w" | "--rw" | "--read-write" => out.options.push("rw".to_owned()),
            o if o.starts_with("-o") || o.starts_with("--options=") => {
                let value = o.strip_prefix("--options=").or(o.strip_prefix("-o")).unwrap_or("");
                out.options.extend(split(value));
            }
            ">" | ">>" | "<" => {
                words.next();
            }
            option if option.starts_with('-') => {}
            plain => out.plain.push(plain.to_owned()),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_call() {
        let of = |text: &str| {
            let words: Vec<String> = text.split(' ').map(str::to_owned).collect();
            let call = call(&words);
            (call.options.join(","), call.kind, call.plain.join(" "))
        };
        let made = |o: &str, k: &str, p: &str| (o.to_owned(), k.to_owned(), p.to_owned());
        assert_eq!(of("-o remount,exec /tmp"), made("remount,exec", "", "/tmp"));
        assert_eq!(of("-oremount,rw -v /usr"), made("remount,rw", "", "/usr"));
        assert_eq!(of("-t tmpfs --bind none /tmp > /dev/null"), made("bind", "tmpfs", "none /tmp"));
    }
}
