//! Which commands of a policy stand for which others.

use std::collections::BTreeMap;

use super::ast::{Args, Command, What};
use super::glob::{self, Slash};
use super::matching::Lists;

/// Whether every command that `narrow` stands for is one that `wide` stands for too. Says no where
/// that is not plain.
pub(crate) fn covers(wide: &What, narrow: &What) -> bool {
    match (wide, narrow) {
        (What::All, _) => true,
        (What::Path(a, args), What::Path(b, narrow)) => path(a, b) && arguments(args, narrow),
        (What::Edit(args), What::Edit(narrow)) => arguments(args, narrow),
        (a, b) => a == b,
    }
}

fn path(wide: &str, narrow: &str) -> bool {
    if wide == narrow {
        return true;
    }
    let plain = !glob::is_pattern(narrow) && !narrow.ends_with('/');
    if let Some(directory) = wide.strip_suffix('/') {
        return plain && narrow.rsplit_once('/').is_some_and(|(d, _)| d == directory);
    }
    plain && glob::matches(wide, &glob::literal(narrow), Slash::Apart)
}

fn arguments(wide: &Args, narrow: &Args) -> bool {
    match (wide, narrow) {
        (Args::Any, _) => true,
        (a, b) if a == b => true,
        (Args::Glob(wide), Args::Glob(narrow)) => {
            !glob::is_pattern(narrow) && glob::matches(wide, &glob::literal(narrow), Slash::Matched)
        }
        _ => false,
    }
}

/// A command of a list, its aliases resolved.
#[derive(Debug, Clone)]
pub(crate) struct Leaf<'p> {
    pub(crate) allow: bool,
    pub(crate) digest: bool,
    pub(crate) what: &'p What,
}

/// The commands behind one of a list, in order; the last that matches decides. An alias that is not
/// defined stands for nothing.
pub(crate) fn leaves<'p>(
    command: &'p Command,
    aliases: &'p BTreeMap<String, Vec<Command>>,
    lists: &Lists<'_>,
) -> Vec<Leaf<'p>> {
    let mut out = Vec::new();
    expand(command, aliases, lists, false, false, &mut out);
    out
}

fn expand<'p>(
    command: &'p Command,
    aliases: &'p BTreeMap<String, Vec<Command>>,
    lists: &Lists<'_>,
    negated: bool,
    digest: bool,
    out: &mut Vec<Leaf<'p>>,
) {
    if lists.spend(1).is_none() {
        return;
    }
    let negated = negated != command.negated;
    let digest = digest || command.digest;
    match &command.what {
        What::Alias(name) => {
            lists.inside(name, || {
                for inner in aliases.get(name).into_iter().flatten() {
                    expand(inner, aliases, lists, negated, digest, out);
                }
            });
        }
        what => out.push(Leaf { allow: !negated, digest, what }),
    }
}

/// As the policy writes it.
pub(crate) fn written(what: &What) -> String {
    let with = |path: &str, args: &Args| match args {
        Args::Any => path.to_owned(),
        Args::None => format!("{path} \"\""),
        Args::Glob(args) | Args::Regex(args) => format!("{path} {args}"),
    };
    match what {
        What::All => "ALL".to_owned(),
        What::Alias(name) => name.clone(),
        What::Path(path, args) | What::Regex(path, args) => with(path, args),
        What::Edit(args) => with("sudoedit", args),
        What::List => "list".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn p(path: &str, args: Args) -> What {
        What::Path(path.to_owned(), args)
    }

    #[test]
    fn wide_and_narrow() {
        let exact = |a: &str| Args::Glob(a.to_owned());
        assert!(covers(&What::All, &What::Edit(Args::Any)));
        assert!(covers(&p("/bin/ls", Args::Any), &p("/bin/ls", exact("/x"))));
        assert!(!covers(&p("/bin/ls", exact("/x")), &p("/bin/ls", Args::Any)));
        assert!(covers(&p("/bin/", Args::Any), &p("/bin/ls", Args::None)));
        assert!(!covers(&p("/usr/", Args::Any), &p("/usr/bin/ls", Args::Any)));
        assert!(covers(&p("/bin/l*", exact("-l *")), &p("/bin/ls", exact("-l /x"))));
        assert!(!covers(&p("/bin/l*", Args::Any), &p("/bin/*", Args::Any)));
    }
}
