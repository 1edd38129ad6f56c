//! Runs a configuration of GRUB: variables, conditions on files, menu entries.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use assay_core::{Gap, GapState};

use super::tokens::{Statement, Token, statements};
use super::{Grub, read};
use crate::boot::{Entry, words};
use crate::{Host, Setting};

/// Deepest nesting of `source`.
const MAX_DEPTH: usize = 8;
/// Most entries.
const MAX_ENTRIES: usize = 1024;

/// Whether a branch runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Runs {
    No,
    Perhaps,
    Yes,
}

/// A block that is open.
#[derive(Debug, Clone)]
enum Block {
    /// `if`: whether this branch runs, and whether one before it did.
    If { now: Runs, before: Runs },
    /// `menuentry`: its title.
    Entry { title: String },
    /// `submenu`.
    Submenu,
    /// `function`, `while`, `for`: not followed.
    Other,
}

struct Run<'h, 'a> {
    host: &'h Host<'a>,
    directory: PathBuf,
    out: Grub,
    blocks: Vec<Block>,
    part: Option<String>,
    menus: usize,
}

/// Runs a file. `None`: it does not exist.
pub(super) fn run(host: &Host<'_>, path: &Path) -> Result<Option<Grub>, Gap> {
    let Some(text) = read(host, path)? else { return Ok(None) };
    let directory = path.parent().unwrap_or(Path::new("/")).to_owned();
    let out = Grub {
        path: path.to_owned(),
        superusers: Ok(None),
        entries: Vec::new(),
        loader: false,
        stub: false,
        files: Vec::new(),
        variables: BTreeMap::new(),
    };
    let mut run = Run { host, directory, out, blocks: Vec::new(), part: None, menus: 0 };
    if let Some(block) = read(host, &run.directory.join("grubenv"))? {
        run.environment(&block);
    }
    run.script(path, &text, 0)?;
    run.out.stub &= run.menus == 0 && !run.out.loader;
    Ok(Some(run.out))
}

impl Run<'_, '_> {
    /// The environment block: `name=value` lines, padded with `#`.
    fn environment(&mut self, block: &str) {
        for (name, value) in block.lines().filter_map(|l| l.split_once('=')) {
            if !name.starts_with('#') {
                self.out.variables.insert(name.to_owned(), value.to_owned());
            }
        }
    }

    fn script(&mut self, path: &Path, text: &str, depth: usize) -> Result<(), Gap> {
        self.out.files.push(path.to_owned());
        let open = self.blocks.len();
        for statement in statements(text) {
            self.statement(path, &statement, depth)?;
        }
        self.blocks.truncate(open);
        Ok(())
    }

    fn runs(&self) -> Runs {
        let of = |b: &Block| match b {
            Block::If { now, .. } => *now,
            Block::Other => Runs::Perhaps,
            Block::Entry { .. } | Block::Submenu => Runs::Yes,
        };
        self.blocks.iter().map(of).min().unwrap_or(Runs::Yes)
    }

    fn text(&self, token: &Token) -> String {
        let directory = self.directory.display().to_string();
        token.text(|name| match name {
            "prefix" | "config_directory" => directory.clone(),
            name => self.out.variables.get(name).cloned().unwrap_or_default(),
        })
    }

    fn statement(&mut self, path: &Path, statement: &Statement, depth: usize) -> Result<(), Gap> {
        let mut words = statement.words.as_slice();
        loop {
            let Some((first, rest)) = words.split_first() else { return Ok(()) };
            match first.plain() {
                Some("then" | "do") => words = rest,
                Some("else") => {
                    if let Some(Block::If { now, before }) = self.blocks.last_mut() {
                        *now = not(*before);
                    }
                    words = rest;
                }
                Some("if") => {
                    let now = self.condition(rest);
                    self.blocks.push(Block::If { now, before: now });
                    return Ok(());
                }
                Some("elif") => {
                    let here = self.condition(rest);
                    if let Some(Block::If { now, before }) = self.blocks.last_mut() {
                        *now = here.min(not(*before));
                        *before = (*before).max(here);
                    }
                    return Ok(());
                }
                Some("fi" | "}" | "done") => {
                    self.blocks.pop();
                    return Ok(());
                }
                Some("while" | "until" | "for" | "function") => {
                    self.blocks.push(Block::Other);
                    return Ok(());
                }
                Some("###") => {
                    self.part = rest.first().map(|t| self.text(t));
                    return Ok(());
                }
                Some(command) => return self.command(path, command, rest, statement.line, depth),
                None => return Ok(()),
            }
        }
    }

    fn command(
        &mut self,
        path: &Path,
        command: &str,
        args: &[Token],
        line: u32,
        depth: usize,
    ) -> Result<(), Gap> {
        let runs = self.runs();
        let texts: Vec<String> = args.iter().map(|t| self.text(t)).collect();
        match command {
            "menuentry" | "submenu" => {
                let block = if command == "submenu" {
                    Block::Submenu
                } else {
                    self.menus += 1;
                    Block::Entry { title: texts.first().cloned().unwrap_or_default() }
                };
                self.blocks.push(block);
            }
            _ if runs == Runs::No => {}
            "set" => {
                if let Some((name, value)) = texts.first().and_then(|a| a.split_once('=')) {
                    self.set(name, value, path, line);
                }
            }
            "unset" => {
                for name in &texts {
                    self.set(name, "", path, line);
                }
            }
            "blscfg" => self.out.loader = true,
            "source" | "." | "configfile" => {
                if let Some(to) = texts.first() {
                    self.source(command, to, depth)?;
                }
            }
            "linux" | "linux16" | "linuxefi" | "module" | "module2" => {
                // A literal word that holds blanks stays one; a variable gives as many as it holds.
                let one = |(token, text): (&Token, &String)| {
                    let literal = token.variables().next().is_none();
                    let blanks = text.contains(char::is_whitespace);
                    if literal && blanks { format!("\"{text}\"") } else { text.clone() }
                };
                let texts: Vec<String> = args.iter().zip(&texts).map(one).collect();
                self.kernel(command, &texts, path, line);
            }
            _ => {
                if let Some((name, value)) = command.split_once('=') {
                    let value = value.to_owned();
                    self.set(name, &value, path, line);
                }
            }
        }
        Ok(())
    }

    fn set(&mut self, name: &str, value: &str, path: &Path, line: u32) {
        let in_entry = self.blocks.iter().any(|b| matches!(b, Block::Entry { .. }));
        if name == "superusers" && !in_entry {
            self.out.superusers = if self.runs() == Runs::Yes {
                let before = self.out.superusers.as_ref().ok().and_then(Option::as_ref);
                let mut new = Setting::in_file(value, path, line);
                if let Some(Setting { value, place: Some((file, line)), .. }) = before {
                    new = new.beating(value.clone(), Path::new(file), *line);
                }
                Ok(Some(new))
            } else {
                let detail = format!(
                    "{}:{line}: superusers is set under a condition that only GRUB can tell",
                    path.display()
                );
                Err(Gap::new(GapState::Unsupported, detail))
            };
        }
        self.out.variables.insert(name.to_owned(), value.to_owned());
    }

    fn source(&mut self, command: &str, to: &str, depth: usize) -> Result<(), Gap> {
        let own = Path::new(to).strip_prefix(&self.directory).is_ok();
        if command == "configfile" || !own {
            self.out.stub |= command == "configfile" && self.menus == 0;
            return Ok(());
        }
        if depth >= MAX_DEPTH {
            let detail = format!("{to}: GRUB's files take each other in too deeply");
            return Err(Gap::new(GapState::Malformed, detail));
        }
        let path = PathBuf::from(to);
        match read(self.host, &path)? {
            Some(text) => self.script(&path, &text, depth + 1),
            None => Ok(()),
        }
    }

    fn kernel(&mut self, command: &str, args: &[String], path: &Path, line: u32) {
        let entry = self.blocks.iter().rev().find_map(|b| match b {
            Block::Entry { title } => Some(title.clone()),
            _ => None,
        });
        let Some(title) = entry else { return };
        let Some((image, rest)) = args.split_first() else { return };
        if command.starts_with("module") && !image.contains("vmlinuz") {
            return;
        }
        if self.out.entries.len() < MAX_ENTRIES {
            let words = words(&rest.join(" "));
            let recovery = title.to_lowercase().contains("recovery")
                || words.iter().any(|w| w.name == "recovery" && w.value.is_none());
            self.out.entries.push(Entry {
                title,
                file: path.display().to_string(),
                line,
                words,
                recovery,
                part: self.part.clone(),
            });
        }
    }

    fn condition(&self, words: &[Token]) -> Runs {
        let unknown = words.iter().flat_map(Token::variables).any(|name| {
            let known = ["prefix", "config_directory"].contains(&name)
                || self.out.variables.contains_key(name);
            !known && (name.chars().any(|c| c.is_ascii_lowercase()) || name == "?")
        });
        let texts: Vec<String> = words.iter().map(|t| self.text(t)).collect();
        let mut texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        match texts.first() {
            Some(&"[") if texts.last() == Some(&"]") => {
                texts.pop();
                texts.remove(0);
            }
            Some(&"test") => {
                texts.remove(0);
            }
            _ => return Runs::Perhaps,
        }
        let yes = |b: bool| if b { Runs::Yes } else { Runs::No };
        match texts.as_slice() {
            ["-f" | "-e" | "-s", path] if Path::new(path).starts_with(&self.directory) => {
                match self.host.stat(path) {
                    Ok(stat) => {
                        yes(stat.is_some_and(|s| texts.first() != Some(&"-s") || s.size > 0))
                    }
                    Err(_) => Runs::Perhaps,
                }
            }
            _ if unknown => Runs::Perhaps,
            ["-n", text] | [text] => yes(!text.is_empty()),
            ["-z", text] => yes(text.is_empty()),
            [a, "=" | "==", b] => yes(a == b),
            [a, "!=", b] => yes(a != b),
            _ => Runs::Perhaps,
        }
    }
}

const fn not(runs: Runs) -> Runs {
    match runs {
        Runs::Yes => Runs::No,
        Runs::Perhaps => Runs::Perhaps,
        Runs::No => Runs::Yes,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::boot::Word;
    use crate::{Memory, Standing};

    fn grub(files: &[(&str, &str)]) -> Grub {
        let mut m = Memory::new(Standing::AtRest);
        for (path, text) in files {
            m.file(path, text);
        }
        let host = Host::new(&m, "h", assay_core::Timestamp::UNIX_EPOCH);
        run(&host, Path::new("/boot/grub/grub.cfg")).unwrap().unwrap()
    }

    fn superusers(g: &Grub) -> Option<serde_json::Value> {
        g.superusers.as_ref().unwrap().as_ref().map(|s| s.value.clone())
    }

    #[test]
    fn the_last_superusers_counts_and_custom_files_are_taken_in() {
        let main = "set superusers=\"root\"\npassword_pbkdf2 root grub.x\nif [ -f  ${config_directory}/custom.cfg ]; then\n  source ${config_directory}/custom.cfg\nelif [ -z \"${config_directory}\" -a -f  $prefix/custom.cfg ]; then\n  source $prefix/custom.cfg\nfi\n";
        assert_eq!(superusers(&grub(&[("/boot/grub/grub.cfg", main)])), Some("root".into()));
        let g = grub(&[
            ("/boot/grub/grub.cfg", main),
            ("/boot/grub/custom.cfg", "set superusers=\"\"\n"),
        ]);
        assert_eq!(superusers(&g), Some("".into()));
        let s = g.superusers.unwrap().unwrap();
        assert_eq!(s.place, Some(("/boot/grub/custom.cfg".to_owned(), 1)));
        assert_eq!(s.others.len(), 1);
    }

    #[test]
    fn a_password_of_the_red_hat_kind() {
        let main = "if [ -f ${prefix}/user.cfg ]; then\n source ${prefix}/user.cfg\n if [ -n \"${GRUB2_PASSWORD}\" ]; then\n  set superusers=\"root\"\n  export superusers\n  password_pbkdf2 root ${GRUB2_PASSWORD}\n fi\nfi\nblscfg\n";
        assert_eq!(superusers(&grub(&[("/boot/grub/grub.cfg", main)])), None);
        let g = grub(&[
            ("/boot/grub/grub.cfg", main),
            ("/boot/grub/user.cfg", "GRUB2_PASSWORD=grub.pbkdf2.sha512.x\n"),
        ]);
        assert_eq!(superusers(&g), Some("root".into()));
        assert!(g.loader);
    }

    #[test]
    fn entries_with_variables_in_submenus() {
        let main = "### BEGIN /etc/grub.d/10_linux ###\nset extra=\"mitigations=off quiet\"\nif [ x$feature_all = xy ]; then\n insmod all\nfi\nmenuentry 'A' --unrestricted {\n linux /vmlinuz root=UUID=1 ro $extra\n}\nsubmenu 'More' {\n menuentry 'B (recovery mode)' { linux /vmlinuz single }\n}\n### END /etc/grub.d/10_linux ###\nmenuentry 'C' {\n set superusers=no\n chainloader /x\n}\n";
        let g = grub(&[("/boot/grub/grub.cfg", main)]);
        assert_eq!(superusers(&g), None);
        let words = |e: &Entry| e.words.iter().map(Word::text).collect::<Vec<_>>();
        assert_eq!(g.entries.len(), 2);
        assert_eq!(words(&g.entries[0]), ["root=UUID=1", "ro", "mitigations=off", "quiet"]);
        assert!(g.entries[1].recovery);
        assert_eq!(g.entries[0].part.as_deref(), Some("/etc/grub.d/10_linux"));
        assert_eq!(g.entries[0].line, 7);
    }
}
