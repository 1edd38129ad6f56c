//! Which start-up files a login reads, in which order.

use assay_core::Gap;

use super::mask;
use super::run::Shell;
use super::state::{State, UMASK, Val, Var};
use crate::Host;
use crate::subjects::accounts::Defs;

/// Who logs in.
#[derive(Debug, Clone)]
pub(super) struct Person {
    pub(super) name: String,
    pub(super) uid: u32,
    /// Whether the primary group has his name.
    pub(super) own_group: bool,
    /// `None`: nobody in particular, without files of his own.
    pub(super) home: Option<String>,
    /// Name of the shell's program.
    pub(super) shell: String,
    pub(super) gecos: String,
    pub(super) place: Option<(String, u32)>,
}

impl Person {
    /// A user like any other.
    pub(super) fn ordinary(shell: &str, uid: u32) -> Self {
        Self {
            name: "user".to_owned(),
            uid,
            own_group: true,
            home: None,
            shell: shell.to_owned(),
            gecos: String::new(),
            place: None,
        }
    }
}

/// What a session ends up with: the login shell, and a shell started from it.
#[derive(Debug, Clone)]
pub(super) struct Outcome {
    pub(super) login: State,
    pub(super) nested: Option<State>,
}

impl Outcome {
    /// Whether nothing that is judged differs.
    pub(super) fn same(&self, other: &Self) -> bool {
        let values = |s: &State| [UMASK, "TMOUT"].map(|n| s.vars.get(n).map(|v| v.value.clone()));
        let nested = |o: &Self| o.nested.as_ref().map(&values);
        values(&self.login) == values(&other.login) && nested(self) == nested(other)
    }
}

/// Reads the files.
pub(super) fn evaluate(host: &Host<'_>, defs: &Defs, person: &Person) -> Outcome {
    let home = person.home.clone().unwrap_or_else(|| format!("/home/{}", person.name));
    let mut shell = Shell::new(host, &person.name, person.uid, &home, &person.shell);
    shell.own_group = person.own_group;
    start(host, defs, person, &mut shell.state);
    let own = person.home.is_some() && home.starts_with('/') && home != "/";
    let mut known = true;
    match person.shell.as_str() {
        "bash" => {
            shell.source("/etc/profile");
            let names = [".bash_profile", ".bash_login", ".profile"];
            if own {
                let _ = names.iter().any(|n| shell.source(&format!("{home}/{n}")));
            }
        }
        "sh" | "dash" | "ash" | "busybox" | "ksh" | "ksh93" | "mksh" => {
            shell.source("/etc/profile");
            if own {
                shell.source(&format!("{home}/.profile"));
            }
            if let Val::Known(file) = shell.get("ENV")
                && file.starts_with('/')
            {
                shell.source(&file);
            }
        }
        "zsh" => {
            for name in ["zshenv", "zprofile", "zshrc", "zlogin"] {
                if !shell.source(&format!("/etc/zsh/{name}")) {
                    shell.source(&format!("/etc/{name}"));
                }
                if own {
                    shell.source(&format!("{home}/.{name}"));
                }
            }
        }
        other => {
            known = false;
            shell.state.taint(&format!("the start-up files of {other} are not read"));
        }
    }
    prompt(&mut shell);
    let login = shell.state.clone();
    let nested = (known && person.shell == "bash").then(|| {
        let mut inner = State::default();
        for (name, var) in &login.vars {
            if var.exported || name == UMASK || name == "PATH" {
                inner.vars.insert(name.clone(), Var { readonly: false, ..var.clone() });
            }
        }
        inner.entries.clone_from(&login.entries);
        let mut shell = Shell::new(host, &person.name, person.uid, &home, "bash");
        shell.own_group = person.own_group;
        shell.state = inner;
        let _ = ["/etc/bash.bashrc", "/etc/bash/bashrc"].iter().any(|f| shell.source(f));
        if own {
            shell.source(&format!("{home}/.bashrc"));
        }
        prompt(&mut shell);
        shell.state
    });
    Outcome { login, nested }
}

/// What runs before each prompt.
fn prompt(shell: &mut Shell<'_, '_>) {
    match shell.get("PROMPT_COMMAND") {
        Val::Known(text)
            if shell.shell == "bash"
                && ["umask", "TMOUT", "PATH"].iter().any(|word| text.contains(word)) =>
        {
            shell.text(&text, 1);
        }
        _ => {}
    }
}

/// What the login program and PAM give.
fn start(host: &Host<'_>, defs: &Defs, person: &Person, state: &mut State) {
    let mut put = |name: &str, value: Result<(String, Option<(String, u32)>), Gap>| {
        let mut var = match value {
            Ok((text, place)) => Var { place, ..Var::of(Val::Known(text)) },
            Err(gap) => Var::of(Val::Unknown(gap.detail)),
        };
        var.exported = true;
        if name == "PATH"
            && let (Val::Known(text), Some(place)) = (&var.value, &var.place)
        {
            let entries = text.split(':').take(1000).map(|e| (e.to_owned(), place.clone()));
            state.entries = entries.collect();
        }
        state.vars.insert(name.to_owned(), var);
    };
    put(UMASK, mask::at_login(host, defs, person));
    let name = if person.uid == 0 { "ENV_SUPATH" } else { "ENV_PATH" };
    let default = if person.uid == 0 { "/sbin:/bin:/usr/sbin:/usr/bin" } else { "/bin:/usr/bin" };
    let path = match defs.last(name) {
        Some((text, file, line)) => {
            let text = text.strip_prefix("PATH=").unwrap_or(text).to_owned();
            (text, Some((file.display().to_string(), *line)))
        }
        None => (default.to_owned(), None),
    };
    put("PATH", Ok(path));
    match host.text("/etc/environment") {
        Err(gap) => put("PATH", Err(gap)),
        Ok(None) => {}
        Ok(Some(found)) => {
            for (line, text) in (1_u32..).zip(found.text.lines().take(10_000)) {
                let text = text.trim().trim_start_matches("export ");
                if let Some((name, value)) = text.split_once('=')
                    && !text.starts_with('#')
                    && !name.is_empty()
                    && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
                {
                    let value = value.trim_matches(['"', '\'']).to_owned();
                    put(name, Ok((value, Some(("/etc/environment".to_owned(), line)))));
                }
            }
        }
    }
}
