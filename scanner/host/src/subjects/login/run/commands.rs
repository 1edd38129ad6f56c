//! The commands that change what a session is: those of the shell itself, functions, other files.

use super::*;

impl Shell<'_, '_> {
    pub(super) fn command(&mut self, fields: &[Option<String>], words: &[Word]) -> Flow {
        let Some((Some(name), args)) = fields.split_first() else {
            self.state.status = None;
            return Flow::Next;
        };
        let name = name.as_str();
        if let Some(body) = self.state.functions.get(name).cloned() {
            return self.call(body, args);
        }
        let behind = words.get(1..).unwrap_or_default();
        match name {
            "umask" => self.umask(args),
            "export" | "readonly" | "declare" | "typeset" | "local" => {
                self.declare(name, behind);
            }
            "unset" => {
                for arg in args {
                    let place = self.place();
                    match arg.as_deref() {
                        Some("-v" | "-f") => {}
                        Some(n) => self.state.unset(n, place),
                        None => self.taint("removes a variable whose name cannot be told"),
                    }
                }
                self.state.status = Some(true);
            }
            "." | "source" => return self.dot(args),
            "eval" => return self.eval(args, behind),
            "emulate" if args.iter().any(|a| a.as_deref() == Some("-c")) => {
                let text = args.last().cloned();
                return self.eval(&[text.flatten()], &[]);
            }
            "command" | "builtin"
                if !args
                    .first()
                    .is_some_and(|a| a.as_deref().is_some_and(|a| a.starts_with('-'))) =>
            {
                return self.command(args, behind);
            }
            "return" => return Flow::Return,
            "exit" | "logout" => return Flow::Exit,
            "exec" if !args.is_empty() => return Flow::Exit,
            "break" => return Flow::Break,
            "continue" => return Flow::Continue,
            "true" | ":" => self.state.status = Some(true),
            "false" => self.state.status = Some(false),
            "[" => {
                let args = args.split_last().map_or(args, |(_, rest)| rest);
                self.state.status = self.test(args);
            }
            "test" => self.state.status = self.test(args),
            "shift" if !self.args.is_empty() => {
                self.args.remove(0);
            }
            "read" | "mapfile" | "readarray" | "getopts" | "let" => {
                for name in args.iter().flatten().filter(|a| !a.starts_with('-')) {
                    let place = self.place();
                    self.state.set(
                        name,
                        Val::Unknown("it is read from outside".into()),
                        place,
                        false,
                    );
                }
                self.state.status = None;
            }
            "trap" => {
                let debug = args.iter().flatten().any(|a| a == "DEBUG");
                if debug && let Some(Some(text)) = args.first() {
                    let text = text.clone();
                    return self.eval(&[Some(text)], &[]);
                }
            }
            _ => self.state.status = None,
        }
        Flow::Next
    }

    pub(super) fn call(&mut self, body: Option<Rc<Node>>, args: &[Option<String>]) -> Flow {
        let Some(body) = body else {
            self.taint("which function runs cannot be told from files");
            return Flow::Next;
        };
        let site = self.place();
        let old = self.site.replace(site);
        let known: Vec<String> =
            args.iter().map(|a| a.clone().unwrap_or_else(|| "\u{fffd}".to_owned())).collect();
        let mine = std::mem::replace(&mut self.args, known);
        let flow = self.frame(&body);
        self.args = mine;
        self.site = old;
        flow
    }

    pub(super) fn dot(&mut self, args: &[Option<String>]) -> Flow {
        match args.first() {
            Some(Some(path)) if path.starts_with('/') => {
                let path = path.clone();
                self.source(&path);
            }
            Some(Some(_)) | Some(None) => {
                self.taint("reads a file whose name cannot be told from files");
            }
            None => {}
        }
        Flow::Next
    }

    pub(super) fn eval(&mut self, args: &[Option<String>], words: &[Word]) -> Flow {
        let known: Option<Vec<String>> = args.iter().cloned().collect();
        if let Some(known) = known {
            if self.depth >= MAX_DEPTH {
                self.taint("calls nest too deeply");
                return Flow::Next;
            }
            let line = self.line;
            let Ok(node) = parse(&known.join(" "), line) else {
                self.taint("what runs is no script that can be read");
                return Flow::Next;
            };
            self.depth = self.depth.saturating_add(1);
            let flow = self.run(&node);
            self.depth = self.depth.saturating_sub(1);
            return flow;
        }
        let harmless = words.iter().flatten().all(|p| match p {
            Part::Command(text) => {
                let program = text.split_whitespace().find(|w| !w.contains('='));
                let name = program.map(|p| p.rsplit('/').next().unwrap_or(p));
                name.is_some_and(|n| HARMLESS.contains(&n))
            }
            Part::Text(t, _) => t.is_empty(),
            _ => false,
        });
        if !harmless {
            self.taint("runs what a program prints");
        }
        self.state.status = None;
        Flow::Next
    }

    pub(super) fn declare(&mut self, command: &str, words: &[Word]) {
        let (mut export, mut readonly) = (command == "export", command == "readonly");
        let mut removes = false;
        for word in words {
            let Some((Part::Text(first, false), rest)) = word.split_first() else {
                // `export "TMOUT=1"`: the whole word is quoted.
                match self.single(word) {
                    Some(text) => {
                        let (name, value) = text.split_once('=').unwrap_or((&text, ""));
                        if text.contains('=') {
                            let value = vec![Part::Text(value.to_owned(), true)];
                            self.assign(name, false, &value);
                        }
                        self.mark(name, export, readonly);
                    }
                    None => self.taint("sets a variable whose name cannot be told"),
                }
                continue;
            };
            if first.starts_with(['-', '+']) && rest.is_empty() {
                removes |= first.starts_with('-') && first.contains('n') && command == "export";
                export |= first.starts_with('-') && first.contains('x');
                readonly |= first.starts_with('-') && first.contains('r');
                continue;
            }
            let name = match first.split_once('=') {
                Some((name, start)) => {
                    let append = name.ends_with('+');
                    let name = name.trim_end_matches('+').to_owned();
                    let mut value = vec![Part::Text(start.to_owned(), false)];
                    value.extend(rest.to_vec());
                    self.assign(&name, append, &value);
                    name
                }
                None => first.clone(),
            };
            self.mark(&name, export && !removes, readonly);
        }
        self.state.status = Some(true);
    }

    pub(super) fn mark(&mut self, name: &str, export: bool, readonly: bool) {
        let value = self.get(name);
        let var = self.state.vars.entry(name.to_owned()).or_insert_with(|| Var::of(value));
        var.exported |= export;
        var.readonly |= readonly;
    }

    pub(super) fn umask(&mut self, args: &[Option<String>]) {
        let place = self.place();
        self.state.status = Some(true);
        let mut args = args.iter().filter(|a| !matches!(a.as_deref(), Some("-S" | "-p" | "--")));
        match args.next() {
            None => {}
            Some(Some(mask)) => {
                let old = match self.get(UMASK) {
                    Val::Known(old) => u32::from_str_radix(&old, 8).ok(),
                    _ => None,
                };
                match crate::subjects::login::words::mask(mask, old) {
                    Ok(mask) => {
                        let value = Val::Known(format!("{mask:04o}"));
                        self.state.set(UMASK, value, place, false);
                    }
                    Err(true) => self.state.status = Some(false),
                    Err(false) => {
                        let why = Val::Unknown("it changes an unknown mask".to_owned());
                        self.state.set(UMASK, why, place, false);
                    }
                }
            }
            Some(None) => {
                let why = format!("{}:{}: the mask cannot be told from files", place.0, place.1);
                self.state.set(UMASK, Val::Unknown(why), place, false);
            }
        }
    }
}
