//! What each answer of a module means: the control field of an entry.

/// Codes of answers, by number.
pub(super) const CODES: [&str; 32] = [
    "success",
    "open_err",
    "symbol_err",
    "service_err",
    "system_err",
    "buf_err",
    "perm_denied",
    "auth_err",
    "cred_insufficient",
    "authinfo_unavail",
    "user_unknown",
    "maxtries",
    "new_authtok_reqd",
    "acct_expired",
    "session_err",
    "cred_unavail",
    "cred_expired",
    "cred_err",
    "no_module_data",
    "conv_err",
    "authtok_err",
    "authtok_recover_err",
    "authtok_lock_busy",
    "authtok_disable_aging",
    "try_again",
    "ignore",
    "abort",
    "authtok_expired",
    "module_unknown",
    "bad_item",
    "conv_again",
    "incomplete",
];

pub(super) const SUCCESS: u8 = 0;
pub(super) const SERVICE_ERR: u8 = 3;
pub(super) const PERM_DENIED: u8 = 6;
pub(super) const AUTH_ERR: u8 = 7;
pub(super) const USER_UNKNOWN: u8 = 10;
pub(super) const MAXTRIES: u8 = 11;
pub(super) const NEW_AUTHTOK_REQD: u8 = 12;
pub(super) const AUTHTOK_ERR: u8 = 20;
pub(super) const IGNORE: u8 = 25;
pub(super) const MODULE_UNKNOWN: u8 = 28;

/// What happens upon an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    Ignore,
    Ok,
    Done,
    Bad,
    Die,
    Reset,
    /// Skips that many entries; at least one.
    Jump(u32),
}

/// The actions by code.
pub(super) type Actions = [Action; 32];

/// Words of actions, in the order in which they are tried.
const WORDS: [(&str, Action); 6] = [
    ("ignore", Action::Ignore),
    ("ok", Action::Ok),
    ("done", Action::Done),
    ("bad", Action::Bad),
    ("die", Action::Die),
    ("reset", Action::Reset),
];

/// The table of a word (`required`), or what stands in brackets.
pub(super) fn actions(word: &str) -> Actions {
    let simple = |good: Action, ignore: Action, rest: Action| {
        let mut table = [rest; 32];
        set(&mut table, SUCCESS, good);
        set(&mut table, NEW_AUTHTOK_REQD, good);
        set(&mut table, IGNORE, ignore);
        table
    };
    match word.to_ascii_lowercase().as_str() {
        "required" => simple(Action::Ok, Action::Ignore, Action::Bad),
        "requisite" => simple(Action::Ok, Action::Ignore, Action::Die),
        "optional" => simple(Action::Ok, Action::Ignore, Action::Ignore),
        "sufficient" => simple(Action::Done, Action::Ignore, Action::Ignore),
        _ => bracketed(word).unwrap_or([Action::Bad; 32]),
    }
}

fn set(table: &mut Actions, code: u8, action: Action) {
    if let Some(slot) = table.get_mut(usize::from(code)) {
        *slot = action;
    }
}

/// `code=action …`. What is named first as `default` stays it; a code named twice takes the last.
/// `None`: a mistake anywhere, and every answer is bad.
fn bracketed(text: &str) -> Option<Actions> {
    let mut table: [Option<Action>; 32] = [None; 32];
    let space = |c: char| c.is_ascii_whitespace() || c == '\x0b';
    let mut rest = text.trim_start_matches(space);
    while !rest.is_empty() {
        let code = CODES.iter().chain(["default"].iter()).position(|c| rest.starts_with(c))?;
        let length = CODES.get(code).map_or("default".len(), |c| c.len());
        rest = rest.get(length..)?.trim_start_matches(space);
        rest = rest.strip_prefix('=')?.trim_start_matches(space);
        let action = match WORDS.iter().find(|(word, _)| rest.starts_with(word)) {
            Some((word, action)) => {
                rest = rest.get(word.len()..)?;
                *action
            }
            None => {
                let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
                let (digits, after) = rest.split_at(end);
                rest = after;
                if digits.is_empty() {
                    return None;
                }
                match digits.parse().unwrap_or(u32::MAX) {
                    0 => return None,
                    n => Action::Jump(n),
                }
            }
        };
        match table.get_mut(code) {
            Some(slot) => *slot = Some(action),
            None => table.iter_mut().filter(|s| s.is_none()).for_each(|s| *s = Some(action)),
        }
        rest = rest.trim_start_matches(space);
    }
    Some(table.map(|a| a.unwrap_or(Action::Bad)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_those_of_the_manual() {
        let required = actions(
            "[success=ok new_authtok_reqd=ok ignore=ignore default=bad]".trim_matches(['[', ']']),
        );
        assert_eq!(actions("REQUIRED"), required);
        let t = actions("default=ignore success = 2 default=die auth_err=reset");
        assert_eq!(t[0], Action::Jump(2));
        assert_eq!(t[7], Action::Reset);
        assert_eq!(t[5], Action::Ignore);
        assert_eq!(actions("success=ok")[7], Action::Bad);
        assert_eq!(actions("")[0], Action::Bad);
    }

    #[test]
    fn a_mistake_makes_all_bad() {
        for wrong in
            ["success", "success=", "success=0", "success=okay", "SUCCESS=ok", "x=ok", "require"]
        {
            assert_eq!(actions(wrong), [Action::Bad; 32], "{wrong}");
        }
        // Words need no blank between them.
        assert_eq!(actions("success=1default=ignore")[3], Action::Ignore);
    }
}
