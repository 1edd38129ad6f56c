//! `%i` and the other specifiers of unit files.

use super::name;

/// What specifiers and conditions ask of the host.
#[derive(Debug, Default)]
pub struct Facts {
    /// `/etc/hostname`. `None`: unknown.
    pub(crate) host: Option<String>,
    /// `/etc/machine-id`. `None`: unknown or not yet set.
    pub(crate) machine: Option<String>,
    /// Architecture as systemd names it (`x86-64`), from the programs on the disk.
    pub(crate) architecture: Option<String>,
    /// Fields of os-release.
    pub(crate) release: std::collections::BTreeMap<String, String>,
    /// The kernel's command line at the next start, where the boot loader's files say it.
    pub(crate) cmdline: Option<Vec<String>>,
}

/// A text with its specifiers replaced. `None`: one of them is not known. Unknown letters stay.
pub(crate) fn expand(text: &str, unit: &str, facts: &Facts) -> Option<String> {
    if !text.contains('%') {
        return Some(text.to_owned());
    }
    let (prefix, instance, _) = name::parts(unit).unwrap_or((unit, None, ""));
    let instance = instance.unwrap_or("");
    let last = prefix.rsplit('-').next().unwrap_or(prefix);
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let Some(letter) = chars.next() else {
            out.push('%');
            break;
        };
        let release = |key: &str| facts.release.get(key).cloned();
        let value = match letter {
            '%' => "%".to_owned(),
            'n' => unit.to_owned(),
            'N' => unit.rsplit_once('.').map_or(unit, |(stem, _)| stem).to_owned(),
            'p' => prefix.to_owned(),
            'P' => name::unescape(prefix),
            'i' => instance.to_owned(),
            'I' => name::unescape(instance),
            'j' => last.to_owned(),
            'J' => name::unescape(last),
            'f' => {
                let path = name::unescape(if instance.is_empty() { prefix } else { instance });
                format!("/{}", path.trim_start_matches('/'))
            }
            'H' | 'q' => facts.host.clone()?,
            'l' => facts.host.as_ref()?.split('.').next().unwrap_or("").to_owned(),
            'm' => facts.machine.clone()?,
            'a' => facts.architecture.clone()?,
            'o' => release("ID")?,
            'w' => release("VERSION_ID")?,
            't' => "/run".to_owned(),
            'S' => "/var/lib".to_owned(),
            'C' => "/var/cache".to_owned(),
            'L' => "/var/log".to_owned(),
            'E' => "/etc".to_owned(),
            'T' => "/tmp".to_owned(),
            'V' => "/var/tmp".to_owned(),
            'h' => "/root".to_owned(),
            'u' | 'g' => "root".to_owned(),
            'U' | 'G' => "0".to_owned(),
            's' => "/bin/sh".to_owned(),
            'b' | 'v' | 'A' | 'B' | 'M' | 'W' | 'd' | 'y' | 'Y' => return None,
            other => format!("%{other}"),
        };
        out.push_str(&value);
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters() {
        let facts = Facts { host: Some("web.example".to_owned()), ..Facts::default() };
        let e = |t: &str| expand(t, r"a-b@x\x2dy.service", &facts);
        assert_eq!(
            e("%p|%i|%I|%N|%%|%H|%l|%z").unwrap(),
            r"a-b|x\x2dy|x-y|a-b@x\x2dy|%|web.example|web|%z"
        );
        assert_eq!(e("%m"), None);
        assert_eq!(e("50%").unwrap(), "50%");
    }
}
