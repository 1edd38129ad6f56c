//! Unified kernel images: a kernel, its initial root and its command line in one file of the firmware's
//! format (the Unified Kernel Image specification; PE/COFF).

use std::path::{Path, PathBuf};

use assay_core::{Gap, GapState};

use super::{Entry, Word, words};
use crate::Host;

/// Where the boot loader of systemd, and firmware, look for them.
const FOLDERS: [&str; 3] = ["/boot/efi/EFI/Linux", "/efi/EFI/Linux", "/boot/EFI/Linux"];
/// Where parts lie that are added to every image.
const ADDED: [&str; 3] = ["/boot/efi/loader/addons", "/efi/loader/addons", "/boot/loader/addons"];

/// Bytes that hold the headers.
const HEAD: usize = 64 << 10;
/// Longest command line.
const MAX_LINE: u64 = 64 << 10;
/// Most images of a folder, and most sections of one.
const MAX_IMAGES: usize = 256;
const MAX_SECTIONS: usize = 256;

/// An entry for each command line in an image: one, or one for each of its profiles.
///
/// # Errors
/// An image that cannot be read, or that says nothing of its command line.
pub(super) fn images(host: &Host<'_>) -> Result<Vec<Entry>, Gap> {
    let mut added = Vec::new();
    for folder in ADDED {
        added.extend(parts(host, Path::new(folder))?);
    }
    let mut out = Vec::new();
    for folder in FOLDERS {
        let all = efi(host, Path::new(folder), ".efi")?;
        crate::at_most(&folder, "images", all.len(), MAX_IMAGES)?;
        for path in all {
            let lines = lines(host, &path)?;
            if lines.is_empty() {
                let detail = format!(
                    "{}: no command line is inside; the firmware's own entry gives it",
                    path.display()
                );
                return Err(Gap::new(GapState::Unsupported, detail));
            }
            let mut beside = path.clone().into_os_string();
            beside.push(".extra.d");
            let own = parts(host, Path::new(&beside))?;
            for line in lines {
                let mut all = words(&line);
                all.extend(added.iter().chain(&own).cloned());
                out.push(Entry {
                    title: path.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
                    file: path.display().to_string(),
                    line: 1,
                    words: all,
                    recovery: false,
                    part: None,
                });
            }
        }
    }
    Ok(out)
}

/// The words of the parts in a folder.
fn parts(host: &Host<'_>, folder: &Path) -> Result<Vec<Word>, Gap> {
    let mut out = Vec::new();
    for path in efi(host, folder, ".addon.efi")?.into_iter().take(MAX_IMAGES) {
        for line in lines(host, &path)? {
            out.extend(words(&line));
        }
    }
    Ok(out)
}

/// Files of an ending, whatever its case: the folder lies on a file system without it.
fn efi(host: &Host<'_>, folder: &Path, ending: &str) -> Result<Vec<PathBuf>, Gap> {
    let mut out = host.list(folder)?.unwrap_or_default();
    out.retain(|p| {
        p.file_name().is_some_and(|n| n.to_string_lossy().to_ascii_lowercase().ends_with(ending))
    });
    Ok(out)
}

/// The command lines of one file.
fn lines(host: &Host<'_>, path: &Path) -> Result<Vec<String>, Gap> {
    let head = host.root().head(path, HEAD).map_err(|miss| crate::gap(path, &miss))?;
    let malformed =
        || Gap::new(GapState::Malformed, format!("{}: no image of a firmware", path.display()));
    let wanted = sections(&head).ok_or_else(malformed)?;
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let mut found: Vec<Vec<u8>> = vec![Vec::new(); wanted.len()];
    let mut at = 0_u64;
    let there = host.pieces(path, &mut |piece| {
        for ((from, size), into) in wanted.iter().zip(&mut found) {
            let start = usize::try_from(from.saturating_sub(at)).unwrap_or(usize::MAX);
            let end = usize::try_from((from + size).saturating_sub(at)).unwrap_or(usize::MAX);
            into.extend(piece.get(start..end.min(piece.len())).unwrap_or_default());
        }
        at += piece.len() as u64;
    })?;
    let whole = wanted.iter().zip(&found).all(|((_, size), bytes)| bytes.len() as u64 == *size);
    if !there || !whole {
        return Err(malformed());
    }
    let text = |bytes: &Vec<u8>| {
        let end = bytes.iter().position(|b| *b == 0).unwrap_or(bytes.len());
        String::from_utf8_lossy(bytes.get(..end).unwrap_or_default()).trim().to_owned()
    };
    Ok(found.iter().map(text).collect())
}

/// Where the sections `.cmdline` lie: offset and size.
fn sections(head: &[u8]) -> Option<Vec<(u64, u64)>> {
    let two = |at: usize| head.get(at..at + 2)?.try_into().ok().map(u16::from_le_bytes);
    let four = |at: usize| head.get(at..at + 4)?.try_into().ok().map(u32::from_le_bytes);
    if !head.starts_with(b"MZ") {
        return None;
    }
    let header = usize::try_from(four(0x3c)?).ok()?;
    if head.get(header..header.checked_add(4)?)? != b"PE\0\0" {
        return None;
    }
    let count = usize::from(two(header + 6)?);
    let table = header + 24 + usize::from(two(header + 20)?);
    if count > MAX_SECTIONS {
        return None;
    }
    let mut out = Vec::new();
    for number in 0..count {
        let at = table + number * 40;
        if head.get(at..at + 8)? != b".cmdline" {
            continue;
        }
        // Padded on the disk, and perhaps longer in memory than there.
        let size = four(at + 8)?.min(four(at + 16)?);
        let from = four(at + 20)?;
        if u64::from(size) > MAX_LINE {
            return None;
        }
        out.push((u64::from(from), u64::from(size)));
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Memory, Standing};

    /// An image with these sections, as objcopy and ukify lay them out.
    fn image(all: &[(&str, &[u8])]) -> Vec<u8> {
        let mut out = vec![0_u8; 0x80];
        out[..2].copy_from_slice(b"MZ");
        out[0x3c] = 0x80;
        out.extend(b"PE\0\0\x64\x86");
        out.extend(u16::try_from(all.len()).unwrap().to_le_bytes());
        out.extend([0; 12]);
        out.extend(240_u16.to_le_bytes());
        out.extend([0; 2 + 240]);
        let mut from = u32::try_from((out.len() + 40 * all.len()).next_multiple_of(512)).unwrap();
        for (name, content) in all {
            let mut padded = [0; 8];
            padded[..name.len()].copy_from_slice(name.as_bytes());
            out.extend(padded);
            let size = u32::try_from(content.len()).unwrap();
            for field in [size, from, size.next_multiple_of(512), from] {
                out.extend(field.to_le_bytes());
            }
            out.extend([0; 16]);
            from += size.next_multiple_of(512);
        }
        for (_, content) in all {
            out.resize(out.len().next_multiple_of(512), 0);
            out.extend(*content);
        }
        out.resize(out.len().next_multiple_of(512), 0);
        out
    }

    fn read(files: &[(&str, Vec<u8>)]) -> Result<Vec<(String, String)>, Gap> {
        let mut m = Memory::new(Standing::AtRest);
        for (path, content) in files {
            m.file(path, content);
        }
        let all = images(&Host::new(&m, "h", assay_core::Timestamp::UNIX_EPOCH))?;
        let line = |e: &Entry| e.words.iter().map(Word::text).collect::<Vec<_>>().join(" ");
        Ok(all.iter().map(|e| (e.title.clone(), line(e))).collect())
    }

    #[test]
    fn command_lines_of_images_profiles_and_parts() {
        let path = "/boot/efi/EFI/Linux/debian-6.1.EFI";
        let big = vec![7_u8; 100_000];
        let one =
            image(&[(".osrel", b"ID=x"), (".linux", &big), (".cmdline", b"ro a=1 \"b=2 3\"\n\0")]);
        let got = read(&[(path, one)]).unwrap();
        assert_eq!(got, [("debian-6.1".to_owned(), "ro a=1 b=2 3".to_owned())]);
        let two = image(&[(".cmdline", b"ro"), (".profile", b"ID=x"), (".cmdline", b"ro audit=0")]);
        let part = image(&[(".cmdline", b"mitigations=off")]);
        let beside = "/boot/efi/EFI/Linux/debian-6.1.EFI.extra.d/x.addon.efi";
        let lines: Vec<String> =
            read(&[(path, two), (beside, part)]).unwrap().into_iter().map(|(_, l)| l).collect();
        assert_eq!(lines, ["ro mitigations=off", "ro audit=0 mitigations=off"]);
    }

    #[test]
    fn images_that_say_nothing_or_are_none_are_gaps() {
        let path = "/efi/EFI/Linux/x.efi";
        assert_eq!(read(&[]).unwrap(), []);
        assert_eq!(read(&[("/efi/EFI/Linux/readme.txt", b"x".to_vec())]).unwrap(), []);
        let none = read(&[(path, image(&[(".linux", b"x")]))]).unwrap_err();
        assert_eq!(none.state, GapState::Unsupported);
        let whole = image(&[(".cmdline", b"ro")]);
        for broken in
            [b"MZ".to_vec(), b"ELF".to_vec(), whole[..513].to_vec(), whole[..300].to_vec()]
        {
            assert_eq!(read(&[(path, broken)]).unwrap_err().state, GapState::Malformed);
        }
    }
}
