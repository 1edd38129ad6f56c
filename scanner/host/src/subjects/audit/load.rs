//! What is in force after the lines were loaded one by one, as `auditctl -R` does.

use assay_core::{Gap, GapState};

use super::merge::Line;
use super::rule::{Command, List, Names, Rule, Want, parse};
use crate::Host;
use crate::systemd::Place;

/// Most rules that are kept.
const MAX_RULES: usize = 2_000;
/// Longest line that auditctl reads in one piece.
const MAX_LINE: usize = 6_000;

/// The kernel's side.
#[derive(Debug, Default)]
pub(super) struct Kernel {
    /// Rules in the order in which each list is gone through.
    pub(super) rules: Vec<Rule>,
    /// 0 off, 1 on, 2 on and locked; the line that said so.
    pub(super) enabled: (u8, Option<Place>),
    /// What happens where a record is lost: 0 nothing, 1 a message, 2 the kernel stops.
    pub(super) failure: (u8, Option<Place>),
    /// Lines that were refused: why, place, whether that ended the loading.
    pub(super) refused: Vec<(String, Place, bool)>,
}

/// Options that outlive a line: errors do not end the loading.
#[derive(Debug, Default)]
struct Session {
    ignore: bool,
}

/// What a host adds to the meaning of lines.
pub(super) struct World<'h, 'r> {
    pub(super) host: &'h Host<'r>,
    pub(super) names: Names,
    /// Why users or groups may be there that are not known here.
    pub(super) unsure: Option<Gap>,
    /// Where other file systems are mounted: what lies there may be elsewhere than on this disk.
    pub(super) mounts: Vec<String>,
}

impl World<'_, '_> {
    fn directory(&self, path: &str) -> bool {
        let stat = self.host.stat(path);
        stat.is_ok_and(|s| s.is_some_and(|s| s.kind == crate::FileKind::Directory))
    }

    /// Makes the path of a rule that of the object, and checks what the kernel must find.
    fn resolve(&self, rule: &mut Rule) -> Result<(), String> {
        // What is mounted or made while the host starts is not on the disk.
        let late = ["/proc", "/sys", "/run", "/dev", "/tmp", "/var/run", "/mnt", "/media"];
        for field in &mut rule.fields {
            let Want::Text(path) = &mut field.want else { continue };
            let whole = match field.name {
                "dir" => true,
                "path" => false,
                "exe" => {
                    if let Ok(real) = self.host.root().resolve(path.as_str().as_ref()) {
                        *path = real.display().to_string();
                    }
                    continue;
                }
                _ => continue,
            };
            let own = std::path::Path::new(path.as_str());
            let needed = if whole { own } else { own.parent().unwrap_or(own) };
            match self.host.root().resolve(needed) {
                Ok(real) if whole => *path = real.display().to_string(),
                Ok(real) => {
                    let name = own.file_name().map(std::ffi::OsStr::to_os_string);
                    *path = real.join(name.unwrap_or_default()).display().to_string();
                }
                Err(crate::Miss::Absent)
                    if !late.iter().any(|l| own.starts_with(l))
                        && !self.mounts.iter().any(|m| needed.starts_with(m)) =>
                {
                    return Err(format!("{} is not there", needed.display()));
                }
                Err(_) => {}
            }
        }
        Ok(())
    }
}

impl Kernel {
    /// Loads lines; an error ends it unless a line before it said to go on.
    pub(super) fn load(&mut self, lines: &[Line], world: &World<'_, '_>) -> Result<(), Gap> {
        let mut session = Session::default();
        for line in lines {
            if line.text.trim_matches(' ').is_empty()
                || line.text.trim_start_matches(' ').starts_with('#')
            {
                continue;
            }
            if line.text.len() > MAX_LINE || self.rules.len() > MAX_RULES {
                let detail =
                    format!("{}:{}: too much to be read", line.place.file, line.place.line);
                return Err(Gap::new(GapState::Malformed, detail));
            }
            if let Err(why) = self.line(&line.text, &line.place, world, &mut session)? {
                let stops = !session.ignore;
                if self.refused.len() < 100 {
                    self.refused.push((why, line.place.clone(), stops));
                }
                if stops {
                    break;
                }
            }
        }
        Ok(())
    }

    /// One command line of auditctl.
    pub(super) fn command(
        &mut self,
        text: &str,
        place: &Place,
        world: &World<'_, '_>,
    ) -> Result<(), Gap> {
        self.line(text, place, world, &mut Session::default()).map(|_| ())
    }

    fn line(
        &mut self,
        text: &str,
        place: &Place,
        world: &World<'_, '_>,
        session: &mut Session,
    ) -> Result<Result<(), String>, Gap> {
        let (commands, error) = parse(text, place, &world.names, &|p| world.directory(p));
        for command in commands {
            if let Err(why) = self.apply(command, place, world, session) {
                return Ok(Err(why));
            }
        }
        match (error, &world.unsure) {
            (Some(why), Some(gap))
                if why.starts_with("there is no user") || why.starts_with("there is no group") =>
            {
                Err(gap.clone())
            }
            (Some(why), _) => Ok(Err(why)),
            (None, _) => Ok(Ok(())),
        }
    }

    fn apply(
        &mut self,
        command: Command,
        place: &Place,
        world: &World<'_, '_>,
        session: &mut Session,
    ) -> Result<(), String> {
        match command {
            Command::Ignore | Command::Continue => {
                session.ignore = true;
                return Ok(());
            }
            Command::Other => return Ok(()),
            _ if self.enabled.0 == 2 => return Err("the rules are locked by now".to_owned()),
            _ => {}
        }
        match command {
            Command::Enable(level) => self.enabled = (level, Some(place.clone())),
            Command::Failure(level) => self.failure = (level, Some(place.clone())),
            Command::DeleteAll(None) => self.rules.clear(),
            Command::DeleteAll(Some(key)) => {
                self.rules.retain(|r| !r.key.split('\u{1}').any(|k| k == key))
            }
            Command::Append(mut rule) => {
                world.resolve(&mut rule)?;
                self.fresh(&rule)?;
                self.rules.push(rule);
            }
            Command::Prepend(mut rule) => {
                world.resolve(&mut rule)?;
                self.fresh(&rule)?;
                self.rules.insert(0, rule);
            }
            Command::Delete(mut rule) => {
                let _ = world.resolve(&mut rule);
                let at = self.rules.iter().position(|r| r.same(&rule));
                self.rules.remove(at.ok_or("there is no such rule to delete")?);
            }
            Command::Ignore | Command::Continue | Command::Other => {}
        }
        Ok(())
    }

    /// The kernel refuses a rule that it has.
    fn fresh(&self, rule: &Rule) -> Result<(), String> {
        if self.rules.iter().any(|r| r.same(rule)) {
            return Err("the same rule is there already".to_owned());
        }
        let fs = rule.fields.iter().any(|f| f.name == "fstype");
        if rule.list == List::Filesystem && !fs {
            return Err("the filesystem list needs fstype".to_owned());
        }
        Ok(())
    }
}
