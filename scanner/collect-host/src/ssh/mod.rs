//! Hosts that are read over the system's `ssh`: a small collector is streamed to a shell, and what it
//! answers is judged here.

mod answer;
mod inventory;
#[cfg(test)]
mod tests;

use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use assay_core::{Gap, GapState};

use crate::archive::{Blob, Tree};
pub use inventory::{InventoryError, read as inventory};

/// The collector.
const SCRIPT: &[u8] = include_bytes!("collector.sh");
/// Largest answer of a host, in bytes.
const MAX_ANSWER: u64 = 8 << 30;
/// What is kept of the errors that `ssh` and the collector print.
const MAX_ERRORS: usize = 4096;
/// A host that takes longer is given up.
const PATIENCE: Duration = Duration::from_secs(15 * 60);

/// A host to reach.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Remote {
    /// Its name or address, as `ssh` takes it.
    pub host: String,
    /// The user; without one `ssh` decides.
    pub user: Option<String>,
    /// The port; without one `ssh` decides.
    pub port: Option<u16>,
    /// Whether the collector runs through `sudo -n`.
    pub sudo: bool,
    /// The program: `ssh`.
    pub program: PathBuf,
}

impl Remote {
    /// A destination as it is typed: `host`, `user@host`.
    ///
    /// # Errors
    /// It is empty, or begins with a dash, which `ssh` would take for an option.
    pub fn parse(text: &str, sudo: bool) -> Result<Self, String> {
        let (user, host) = match text.rsplit_once('@') {
            Some((user, host)) => (Some(user.to_owned()), host.to_owned()),
            None => (None, text.to_owned()),
        };
        let remote = Self { host, user, port: None, sudo, program: PathBuf::from("ssh") };
        remote.check()?;
        Ok(remote)
    }

    /// Whether `ssh` would take it for what it is.
    pub(crate) fn check(&self) -> Result<(), String> {
        let odd = |s: &str| {
            s.is_empty()
                || s.starts_with('-')
                || s.contains(char::is_whitespace)
                || s.contains(char::is_control)
        };
        if odd(&self.host) || self.user.as_deref().is_some_and(odd) {
            return Err(format!(
                "`{}` is no host that ssh could reach; write user@host",
                self.to()
            ));
        }
        Ok(())
    }

    /// `user@host`.
    pub(crate) fn to(&self) -> String {
        match &self.user {
            Some(user) => format!("{user}@{}", self.host),
            None => self.host.clone(),
        }
    }

    fn start(&self) -> std::io::Result<Child> {
        let mut command = Command::new(&self.program);
        command.args(["-T", "-C", "-o", "BatchMode=yes", "-o", "ConnectTimeout=20"]);
        if let Some(port) = self.port {
            command.arg("-p").arg(port.to_string());
        }
        command.arg("--").arg(self.to());
        command.arg(if self.sudo { "sh -s sudo" } else { "sh -s" });
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn()
    }

    /// Reads a host: its root, the name that its kernel gives it, and the number of the user who
    /// read.
    ///
    /// # Errors
    /// A gap that says why it could not be read.
    pub fn collect(&self) -> Result<(Tree, String, String), Gap> {
        let failed = |detail: String| {
            let denied = detail.contains("Permission denied") || detail.contains("not allowed");
            let state = if denied { GapState::Denied } else { GapState::Failed };
            let mut gap = Gap::new(state, format!("{}: {detail}", self.to()));
            gap.operation = Some("linux:ssh".to_owned());
            gap
        };
        let program = self.program.display().to_string();
        let child = self.start().map_err(|e| failed(format!("cannot start {program}: {e}")))?;
        let (blob, status, errors) = talk(child).map_err(|e| failed(e.to_string()))?;
        if !status {
            let why = errors
                .lines()
                .map(str::trim)
                .rfind(|l| !l.is_empty())
                .unwrap_or("it gave no reason");
            return Err(failed(why.to_owned()));
        }
        let answer =
            answer::read(&blob).map_err(|e| failed(format!("its answer cannot be used: {e}")))?;
        Ok((answer.tree, answer.node, answer.uid))
    }
}

/// Hands the collector over, takes the answer into a file without a name, and waits for the end:
/// the answer, whether all went well, and what was printed as errors.
fn talk(mut child: Child) -> std::io::Result<(Blob, bool, String)> {
    let end = Instant::now() + PATIENCE;
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let mut file = crate::archive::nameless()?;
    let moved = std::thread::scope(|scope| {
        scope.spawn(move || {
            // A host that hangs up early says why on its own.
            let _ = stdin.map(|mut to| to.write_all(SCRIPT));
        });
        let errors = scope.spawn(move || {
            let mut text = Vec::new();
            if let Some(from) = stderr {
                let mut from = from;
                let mut buffer = [0; 1024];
                while let Ok(n) = from.read(&mut buffer)
                    && let Some(piece) = buffer.get(..n).filter(|p| !p.is_empty())
                {
                    text.extend(piece.iter().take(MAX_ERRORS.saturating_sub(text.len())));
                }
            }
            String::from_utf8_lossy(&text).into_owned()
        });
        let (finished, waiting) = std::sync::mpsc::channel::<()>();
        let child = &mut child;
        let file = &mut file;
        let copy = scope.spawn(move || {
            let mut total = 0_u64;
            let mut buffer = vec![0; 256 << 10];
            let Some(mut from) = stdout else { return Ok(()) };
            loop {
                let n = from.read(&mut buffer)?;
                let Some(piece) = buffer.get(..n).filter(|p| !p.is_empty()) else { break };
                total += piece.len() as u64;
                if total > MAX_ANSWER {
                    return Err(std::io::Error::other(format!(
                        "it sends more than {MAX_ANSWER} bytes"
                    )));
                }
                file.write_all(piece)?;
            }
            let _ = finished.send(());
            Ok(())
        });
        // Whoever says nothing for too long is hung up on; the copy then ends.
        while !copy.is_finished() {
            let _ = waiting.recv_timeout(Duration::from_millis(200));
            if Instant::now() > end {
                let _ = child.kill();
                break;
            }
        }
        let copied = copy.join().unwrap_or_else(|_| Err(std::io::Error::other("it broke off")));
        if copied.is_err() {
            let _ = child.kill();
        }
        let status = child.wait();
        let errors = errors.join().unwrap_or_default();
        copied.and(status).map(|s| (s.success(), errors))
    });
    let (ok, errors) = moved?;
    let late = Instant::now() > end;
    let errors = if late {
        format!("it took longer than {} minutes", PATIENCE.as_secs() / 60)
    } else {
        errors
    };
    Ok((Blob::of(file)?, ok && !late, errors))
}
