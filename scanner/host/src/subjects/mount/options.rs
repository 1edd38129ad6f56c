//! Mount options as mount(8) takes them: in order, the last word on each flag wins.

/// What options make of the flags that matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Flags {
    pub nosuid: bool,
    pub nodev: bool,
    pub noexec: bool,
    pub readonly: bool,
}

/// What a list of options says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Said {
    /// The flags.
    pub flags: Flags,
    /// Whether any word speaks of a flag at all.
    pub flagged: bool,
    /// Mounted at boot: `auto` unless `noauto`.
    pub auto: bool,
    /// Mounted when somebody looks at it.
    pub automount: bool,
    /// Another place of the tree, not a volume.
    pub bind: bool,
    /// The words.
    pub words: Vec<String>,
}

/// Splits at commas outside double quotes.
pub(super) fn split(options: &str) -> Vec<String> {
    let mut out = vec![String::new()];
    let mut quoted = false;
    for c in options.chars() {
        match c {
            '"' => quoted = !quoted,
            ',' if !quoted => {
                out.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(last) = out.last_mut() {
            last.push(c);
        }
    }
    out.retain(|w| !w.is_empty());
    out
}

/// Reads a list. `defaults` changes nothing; `user`, `users` imply noexec, nosuid, nodev and `owner`,
/// `group` nosuid, nodev, where they stand: later words win.
pub(super) fn read(options: &str) -> Said {
    let mut out = Said { auto: true, words: split(options), ..Said::default() };
    for word in &out.words {
        let flags = &mut out.flags;
        let before = *flags;
        let mut known = true;
        match word.as_str() {
            "nosuid" => flags.nosuid = true,
            "suid" => flags.nosuid = false,
            "nodev" => flags.nodev = true,
            "dev" => flags.nodev = false,
            "noexec" => flags.noexec = true,
            "exec" => flags.noexec = false,
            "ro" => flags.readonly = true,
            "rw" => flags.readonly = false,
            "user" | "users" => {
                (flags.nosuid, flags.nodev, flags.noexec) = (true, true, true);
            }
            "owner" | "group" => (flags.nosuid, flags.nodev) = (true, true),
            "auto" => out.auto = true,
            "noauto" => out.auto = false,
            "x-systemd.automount" | "comment=systemd.automount" => out.automount = true,
            "bind" | "rbind" => out.bind = true,
            _ => known = word.starts_with("user="),
        }
        if word.starts_with("user=") {
            (flags.nosuid, flags.nodev, flags.noexec) = (true, true, true);
        }
        let speaks = ["suid", "dev", "exec", "ro", "rw"];
        let bare = word.strip_prefix("no").unwrap_or(word);
        out.flagged |= known && (speaks.contains(&bare) || before != *flags);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flags(options: &str) -> (bool, bool, bool) {
        let f = read(options).flags;
        (f.nosuid, f.nodev, f.noexec)
    }

    #[test]
    fn the_last_word_counts() {
        assert_eq!(flags("noexec,defaults"), (false, false, true));
        assert_eq!(flags("user,exec"), (true, true, false));
        assert_eq!(flags("exec,user,suid"), (false, true, true));
        assert_eq!(flags("nosuid,nodev,noexec,suid"), (false, true, true));
        assert_eq!(flags("owner"), (true, true, false));
        assert_eq!(flags("context=\"a,noexec\",nosuid"), (true, false, false));
        assert!(!read("noauto").auto && read("noauto,auto").auto && read("bind").bind);
        assert!(!read("defaults,bind,x-y").flagged && read("bind,rw").flagged);
    }
}
