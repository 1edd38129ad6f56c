//! Reads the server's configuration with everything that it includes, into one list of statements in
//! the order in which sshd meets them.

use std::path::Path;
use std::rc::Rc;

use assay_core::{Gap, GapState};

use super::criterion::Block;
use super::keyword::{self, Keyword, Kind};
use super::{glob, lex};
use crate::Host;

/// How deep files may include others: sshd's own limit.
const MAX_DEPTH: usize = 16;
/// Most files, blocks and statements that are read.
const MAX_FILES: usize = 2000;
const MAX_STATEMENTS: usize = 200_000;

/// A place in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// The file.
    pub(super) file: Rc<str>,
    /// The line, from 1.
    pub(super) line: u32,
}

/// A line that sets something.
#[derive(Debug, Clone)]
pub(super) struct Statement {
    /// What it sets.
    pub(super) keyword: &'static Keyword,
    /// Its arguments, and all that follows the keyword.
    pub(super) arguments: Vec<String>,
    /// All that follows the keyword, for keywords that take the whole line.
    pub(super) rest: String,
    /// Where it stands.
    pub(super) place: Place,
    /// The `Match` blocks that must all hold, as indices into [`Config::blocks`]. Empty: always.
    pub(super) chain: Rc<[usize]>,
}

/// A line that sshd refuses: it would not start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Problem {
    /// What is wrong.
    pub(super) what: String,
    /// Where.
    pub(super) place: Place,
}

/// A configuration.
#[derive(Debug, Default)]
pub(super) struct Config {
    /// What is set, in sshd's order.
    pub(super) statements: Vec<Statement>,
    /// The `Match` blocks, in order.
    pub(super) blocks: Vec<Block>,
    /// What sshd refuses.
    pub(super) problems: Vec<Problem>,
    /// The files that were read, in order, and the directories in which a new file would be.
    pub(super) files: Vec<String>,
    pub(super) directories: Vec<String>,
}

impl Config {
    /// Reads a configuration file. `Ok(None)`: there is none.
    ///
    /// # Errors
    /// The file, or one that it includes, cannot be read.
    pub(super) fn read(host: &Host<'_>, path: &str) -> Result<Option<Self>, Gap> {
        let Some(found) = host.text(path)? else { return Ok(None) };
        let mut reader = Reader { host, config: Self::default() };
        reader.file(path, &found.text, &Rc::from([]), 0)?;
        Ok(Some(reader.config))
    }
}

struct Reader<'h, 'r> {
    host: &'h Host<'r>,
    config: Config,
}

impl Reader<'_, '_> {
    fn file(
        &mut self,
        path: &str,
        text: &str,
        base: &Rc<[usize]>,
        depth: usize,
    ) -> Result<(), Gap> {
        if !self.config.files.iter().any(|f| f == path) {
            self.config.files.push(path.to_owned());
        }
        let file: Rc<str> = path.into();
        let mut chain = Rc::clone(base);
        for (number, line) in text.split('\n').enumerate() {
            let line_number = u32::try_from(number + 1).unwrap_or(u32::MAX);
            let place = Place { file: Rc::clone(&file), line: line_number };
            if line.contains('\0') {
                self.problem("it holds a zero byte", place);
                continue;
            }
            let Some((name, rest)) = lex::keyword(line) else { continue };
            let Some(rest) = rest.filter(|r| !r.is_empty()) else {
                self.problem(format!("{name} has no argument"), place);
                continue;
            };
            if name.eq_ignore_ascii_case("match") {
                match Block::parse(rest, place.clone()) {
                    Ok(block) => {
                        self.config.blocks.push(block);
                        let mut longer = base.to_vec();
                        longer.push(self.config.blocks.len() - 1);
                        chain = longer.into();
                    }
                    Err(what) => self.problem(what, place),
                }
                continue;
            }
            let Some(arguments) = lex::arguments(rest) else {
                self.problem("a quote does not end", place);
                continue;
            };
            if name.eq_ignore_ascii_case("include") {
                for pattern in &arguments {
                    self.include(pattern, &chain, depth)?;
                }
                continue;
            }
            let Some(keyword) = keyword::find(&name) else {
                self.problem(format!("{name} is not known"), place);
                continue;
            };
            if !keyword.matchable && !self.always(&chain) {
                self.problem(format!("{} is not allowed in a Match block", keyword.name), place);
                continue;
            }
            if keyword.kind == Kind::Ignored {
                continue;
            }
            let rest = rest.trim_start_matches([' ', '\t', '\r', '\n']).to_owned();
            let chain = Rc::clone(&chain);
            self.config.statements.push(Statement { keyword, arguments, rest, place, chain });
            if self.config.statements.len() > MAX_STATEMENTS {
                return Err(too_many(path));
            }
        }
        Ok(())
    }

    fn include(&mut self, pattern: &str, chain: &Rc<[usize]>, depth: usize) -> Result<(), Gap> {
        let pattern = if pattern.starts_with(['/', '~']) {
            pattern.to_owned()
        } else {
            format!("/etc/ssh/{pattern}")
        };
        if !pattern.starts_with('/') {
            // sshd leaves the tilde as it is: a name relative to its own directory, which is `/`.
            return Ok(());
        }
        if let Some(directory) = glob::open_directory(&pattern)
            && !self.config.directories.iter().any(|d| d == directory)
        {
            self.config.directories.push(directory.to_owned());
        }
        for path in glob::find(self.host, &pattern)? {
            if depth + 1 > MAX_DEPTH || self.config.files.len() > MAX_FILES {
                return Err(too_many(&pattern));
            }
            let name = path.display().to_string();
            let Some(found) = self.host.text(Path::new(&path))? else {
                let place = Place { file: name.as_str().into(), line: 1 };
                self.problem("it is a link to nothing", place);
                continue;
            };
            self.file(&name, &found.text, chain, depth + 1)?;
        }
        Ok(())
    }

    /// Whether every block of a chain is `Match all`, which sshd counts as global.
    fn always(&self, chain: &[usize]) -> bool {
        chain.iter().all(|i| self.config.blocks.get(*i).is_some_and(Block::all))
    }

    fn problem(&mut self, what: impl Into<String>, place: Place) {
        self.config.problems.push(Problem { what: what.into(), place });
    }
}

fn too_many(path: &str) -> Gap {
    Gap::new(GapState::Malformed, format!("{path}: includes too deep, or too much in them"))
}
