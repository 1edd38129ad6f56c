//! `assay approve`: lists what somebody must have agreed to, and signs it.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use assay_core::approval::{ApprovalKind, ApprovalResult, Entry, NAMESPACE, Signing};
use assay_core::tailoring::{Date, Tailoring};
use assay_eval::assess::{approval, approvals};
use assay_reports::text::{count, plain};
use assay_snapshot::seal::{self, Key, Signature};

use crate::args::{ApproveArgs, Global};
use crate::config::people::{self, Files};
use crate::config::write::{Spot, by_hand};
use crate::config::{self, Known, Load};
use crate::exit::{Outcome, Usage};

/// Digits of an id that are shown: the beginning of the digest of what is signed.
const ID: usize = 12;
/// Shortest beginning of an id that is taken.
const SHORTEST: usize = 4;
/// Largest file with a signature.
const MAX: u64 = 64 << 10;

/// Everything that is approved, and where it stands.
struct Book<'a> {
    args: &'a ApproveArgs,
    known: Known,
    config: PathBuf,
    files: Files,
    tailoring: Tailoring,
    /// Controls that the configuration itself excludes.
    excluded: usize,
}

impl<'a> Book<'a> {
    fn read(args: &'a ApproveArgs) -> Result<Self> {
        let library = super::content::load(args.policies.as_deref())?;
        let known = super::content::known(&library);
        let config = args.declared.config.clone().unwrap_or_else(|| PathBuf::from(config::DEFAULT));
        let mut book = Self {
            args,
            known,
            config,
            files: Files::default(),
            tailoring: Tailoring::default(),
            excluded: 0,
        };
        book.read_again()?;
        Ok(book)
    }

    fn read_again(&mut self) -> Result<(), Usage> {
        let args = self.args;
        let how = Load { signers: args.declared.allowed_signers.as_deref(), today: None };
        let mut tailoring =
            config::load(args.declared.config.as_deref(), &self.known, how)?.tailoring;
        self.excluded = tailoring.excluded.len();
        let (attestations, soa) =
            (args.declared.attestations.as_deref(), args.declared.soa.as_deref());
        self.files = people::add(&mut tailoring, attestations, soa, &self.known)?;
        self.tailoring = tailoring;
        Ok(())
    }

    fn spot(&self, e: &Entry<'_>) -> Spot {
        let framework = match e.kind {
            ApprovalKind::Scope => self.tailoring.scope.get(e.index).map(|s| s.framework.as_str()),
            _ => None,
        };
        let framework = framework.unwrap_or_default();
        Spot::new(&self.config, &self.files, e.kind, e.index, framework, self.excluded)
    }

    /// The entries that the command line names, by their number, each once.
    fn wanted(&self) -> Result<Vec<usize>> {
        let results = approvals(&self.tailoring, today());
        if let Some(person) = &self.args.person {
            let theirs = |r: &ApprovalResult| r.approver.as_deref() == Some(person);
            if !results.iter().any(theirs) {
                return Err(Usage::new(
                    format!("nothing names {person} as its approver"),
                    "`assay approve` lists the entries with their approvers",
                )
                .into());
            }
            let signed =
                |r: &ApprovalResult| matches!(r.signing, Signing::Signed | Signing::Unchecked);
            let open = results.iter().enumerate().filter(|(_, r)| theirs(r) && !signed(r));
            return Ok(open.map(|(i, _)| i).collect());
        }
        let mut out = Vec::new();
        for id in &self.args.ids {
            let fits = |r: &ApprovalResult| r.sha256.starts_with(&id.to_ascii_lowercase());
            let all: Vec<usize> =
                results.iter().enumerate().filter(|(_, r)| fits(r)).map(|(i, _)| i).collect();
            match all.as_slice() {
                _ if id.len() < SHORTEST => {
                    let help = format!("give at least {SHORTEST} characters of an id");
                    return Err(Usage::new(format!("{id} is no id"), help).into());
                }
                [] => {
                    return Err(Usage::new(
                        format!("no approval has the id {id}"),
                        "`assay approve` lists them; an id changes with what its entry says",
                    )
                    .into());
                }
                // The same entry twice is signed twice.
                _ => out.extend(all.into_iter().filter(|i| !out.contains(i)).collect::<Vec<_>>()),
            }
        }
        Ok(out)
    }

    /// The text of an entry, and who signs it.
    fn text(&self, n: usize) -> Result<(String, String)> {
        let all = self.tailoring.approvals();
        let entry = all.get(n).context("the entry is there")?;
        let what = format!("{} {}", entry.kind.words(), plain(&entry.subject));
        let Some(approver) = entry.approver.filter(|a| !a.trim().is_empty()) else {
            return Err(Usage::new(
                format!("the {what} names no approver"),
                "add `approver` and `approved` to it first",
            )
            .into());
        };
        if entry.approved.is_none() {
            let help = "add the day as `approved` to it first";
            return Err(Usage::new(format!("the {what} names no day of approval"), help).into());
        }
        let text = entry.text.clone().with_context(|| format!("cannot write the {what}"))?;
        Ok((text, approver.to_owned()))
    }

    /// Puts a signature beside an entry, where it counts and changes nothing else.
    fn put(&mut self, n: usize, armoured: &str) -> Result<PathBuf> {
        let one_line = Signature::one_line(armoured).map_err(Usage::plain)?;
        let (text, _) = self.text(n)?;
        let read = Signature::read(&one_line).map_err(Usage::plain)?;
        read.verify(NAMESPACE, text.as_bytes())
            .map_err(|why| Usage::plain(format!("the signature is not of this entry: {why}")))?;
        let before = self.texts();
        let all = self.tailoring.approvals();
        let entry = all.get(n).context("the entry is there")?;
        let signed = Entry { signature: Some(&one_line), ..entry.clone() };
        let result = approval(&signed, self.tailoring.allowed_signers.as_ref());
        if result.signing == Signing::Invalid {
            return Err(Usage::new(
                format!("the signature would not count: {}", result.reason.unwrap_or_default()),
                "nothing was written; the allowed signers must name this key for the approver",
            )
            .into());
        }
        let spot = self.spot(entry);
        let old = fs::read_to_string(&spot.path)
            .with_context(|| format!("cannot read {}", spot.path.display()))?;
        replace(&spot.path, &spot.put(&old, &one_line)?)?;
        let read = self.read_again();
        let mine = |b: &Self| b.tailoring.approvals().get(n)?.signature.map(str::to_owned);
        if read.is_ok() && before == self.texts() && mine(self).as_ref() == Some(&one_line) {
            return Ok(spot.path);
        }
        // It was written in a way that is not understood here.
        replace(&spot.path, &old)?;
        self.read_again()?;
        Err(by_hand(&spot.path, &one_line).into())
    }

    /// What all entries say.
    fn texts(&self) -> Vec<Option<String>> {
        self.tailoring.approvals().into_iter().map(|e| e.text).collect()
    }
}

/// Runs the subcommand.
pub(crate) fn run(args: &ApproveArgs, global: &Global) -> Result<Outcome> {
    let mut book = Book::read(args)?;
    let mut stdout = std::io::stdout().lock();
    if args.ids.is_empty() && args.person.is_none() {
        if args.key.is_some() || args.text || args.signature.is_some() {
            return Err(Usage::new(
                "no entry is named",
                "give its id, or with --key a person: `assay approve --as PERSON --key KEYFILE`",
            )
            .into());
        }
        return list(&book, &mut stdout);
    }
    let wanted = book.wanted()?;
    if args.text || args.signature.is_some() {
        let [n] = wanted.as_slice() else {
            let found = count(wanted.len() as u64, "entry is", "entries are");
            let help = "--text and --signature take one: give its id";
            return Err(Usage::new(format!("{found} named"), help).into());
        };
        if args.text {
            stdout.write_all(book.text(*n)?.0.as_bytes())?;
            return Ok(Outcome::Clean);
        }
    }
    let key = args.key.as_deref().map(Key::read).transpose();
    let key = key.map_err(|e| Usage::plain(e.to_string()))?;
    let given = args.signature.as_deref().map(read).transpose()?;
    if key.is_none() && given.is_none() {
        return Err(Usage::new(
            "neither a key nor a signature is given",
            format!(
                "sign with --key KEYFILE, or with other keys: `assay approve ID --text > approval.json`, \
                 `ssh-keygen -Y sign -n {NAMESPACE} -f KEY approval.json`, \
                 `assay approve ID --signature approval.json.sig`"
            ),
        )
        .into());
    }
    let mut written: Vec<PathBuf> = Vec::new();
    for n in &wanted {
        let armoured = match (&key, &given) {
            (Some(key), _) => seal::sign_text(key, NAMESPACE, &book.text(*n)?.0)
                .map_err(|e| Usage::plain(e.to_string()))?,
            (None, Some(given)) => given.clone(),
            (None, None) => continue,
        };
        let path = book.put(*n, &armoured)?;
        if !written.contains(&path) {
            written.push(path);
        }
        if !global.quiet {
            let results = approvals(&book.tailoring, today());
            let r = results.get(*n).context("the entry is there")?;
            writeln!(
                stdout,
                "signed as {} ({}): {} {}",
                plain(r.approver.as_deref().unwrap_or_default()),
                r.key.as_deref().unwrap_or_default(),
                r.kind.words(),
                plain(&r.subject)
            )?;
        }
    }
    if !global.quiet {
        for path in &written {
            writeln!(stdout, "wrote {}; judge again to see it", path.display())?;
        }
        if wanted.is_empty() {
            writeln!(stdout, "nothing is left to sign")?;
        } else if book.tailoring.allowed_signers.is_none() {
            writeln!(stdout, "nobody checks it yet: name the keys that count in assay.toml:")?;
            writeln!(stdout, "  [approvals]\n  allowed_signers = \"allowed_signers\"")?;
        }
    }
    Ok(Outcome::Clean)
}

/// Every approval with its id, what it is, who approved it, and whether it is signed.
fn list(book: &Book<'_>, out: &mut impl Write) -> Result<Outcome> {
    let results = approvals(&book.tailoring, today());
    for r in &results {
        let approver = r.approver.as_deref().unwrap_or("nobody");
        let id = r.sha256.get(..ID).unwrap_or(&r.sha256);
        writeln!(out, "{id}  {}: {}", r.kind.words(), plain(&r.subject))?;
        let key = r.key.as_ref().map_or_else(String::new, |k| format!(" with {k}"));
        let why = r.reason.as_ref().map_or_else(String::new, |w| format!(": {}", plain(w)));
        let does = if r.counts { "" } else { ", does not count" };
        writeln!(out, "{:ID$}  {}, {}{key}{does}{why}", "", plain(approver), r.signing.as_str())?;
    }
    let refused = results.iter().filter(|r| !r.counts).count() as u64;
    let all = count(results.len() as u64, "approval", "approvals");
    let tied = &book.tailoring.approval_accounts;
    if !tied.is_empty() && !results.is_empty() {
        writeln!(out, "for {} only; nothing is judged of another", plain(&tied.join(", ")))?;
    }
    match &book.tailoring.allowed_signers {
        _ if results.is_empty() => writeln!(out, "nothing needs an approval")?,
        None if refused == 0 => writeln!(
            out,
            "{all}; all count, signed or not: no `[approvals] allowed_signers` says whose keys do"
        )?,
        None => writeln!(
            out,
            "{all}, {refused} of them without effect; signed or not: no `[approvals] allowed_signers` \
             says whose keys count"
        )?,
        Some(list) => {
            let file = plain(&list.file);
            let how = match refused {
                0 => "each counts".to_owned(),
                n => format!("{n} of them without effect"),
            };
            writeln!(out, "{all}, {how}; {file} says whose keys do")?;
        }
    }
    Ok(if refused > 0 { Outcome::Findings } else { Outcome::Clean })
}

/// Today, in UTC.
fn today() -> Date {
    super::judge::today(None).unwrap_or(Date::MAX)
}

/// A signature's file.
fn read(path: &Path) -> Result<String> {
    let bad = |why: String| Usage::plain(format!("{}: {why}", path.display()));
    let size = fs::metadata(path).map_err(|e| bad(e.to_string()))?.len();
    if size > MAX {
        return Err(bad("it is too large for a signature".to_owned()).into());
    }
    Ok(fs::read_to_string(path).map_err(|e| bad(e.to_string()))?)
}

/// Writes a file beside it first. A link stays one, and who may read the file stays as it is.
fn replace(path: &Path, text: &str) -> Result<()> {
    let path = fs::canonicalize(path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut partial = path.clone().into_os_string();
    partial.push(".partial");
    let partial = Path::new(&partial);
    let wrong = || format!("cannot write {}", partial.display());
    let rights = fs::metadata(&path).with_context(wrong)?.permissions();
    // Left over from a run that was killed; a link that somebody put there goes, not its target.
    if fs::symlink_metadata(partial).is_ok() {
        fs::remove_file(partial).with_context(wrong)?;
    }
    let mut file = fs::File::create_new(partial).with_context(wrong)?;
    file.set_permissions(rights).with_context(wrong)?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).with_context(wrong)?;
    fs::rename(partial, &path).with_context(|| format!("cannot write {}", path.display()))
}
