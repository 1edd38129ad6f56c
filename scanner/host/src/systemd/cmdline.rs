//! The kernel's command line at the next start.

use assay_core::Gap;

use super::unit::Place;
use crate::Host;
use crate::boot::{Entry, entries};

/// A word of the command line with its place.
pub type Word = (String, Place);

/// The words that the kernel gets by the first ordinary entry of the boot loader's menu; without a
/// menu, those that its sources would give it. `None`: no file of a boot loader is there.
///
/// # Errors
/// A file that cannot be read.
pub fn kernel_words(host: &Host<'_>) -> Result<Option<Vec<Word>>, Gap> {
    Ok(kernel_lines(host)?.map(|lines| lines.into_iter().next().unwrap_or_default()))
}

/// The same for every ordinary entry.
///
/// # Errors
/// A file that cannot be read.
pub(crate) fn kernel_lines(host: &Host<'_>) -> Result<Option<Vec<Vec<Word>>>, Gap> {
    let all = entries(host)?;
    let ordinary = all.generated.iter().filter(|e| !e.recovery);
    let lines: Vec<Vec<Word>> = ordinary.map(words).collect();
    if !lines.is_empty() {
        return Ok(Some(lines));
    }
    if all.planned.is_empty() {
        return Ok(None);
    }
    let planned = all.planned.iter().filter(|e| !e.recovery);
    Ok(Some(vec![planned.flat_map(words).collect()]))
}

fn words(entry: &Entry) -> Vec<Word> {
    let place = Place { file: entry.file.as_str().into(), line: entry.line };
    let kernel = entry.words.iter().filter(|w| !w.after);
    kernel
        .map(|w| {
            let text = w.value.as_ref().map_or(w.name.clone(), |v| format!("{}={v}", w.name));
            (text, place.clone())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Memory, Standing};

    fn of(m: &Memory) -> Option<Vec<String>> {
        let host = Host::new(m, "h", "2026-01-01T00:00:00Z".parse().unwrap());
        let words = kernel_words(&host).unwrap();
        words.map(|w| w.into_iter().map(|(w, p)| format!("{w}@{}:{}", p.file, p.line)).collect())
    }

    #[test]
    fn what_the_loader_reads_goes_before_what_would_be_written() {
        let mut m = Memory::new(Standing::AtRest);
        assert_eq!(of(&m), None);
        m.file("/etc/default/grub", "GRUB_CMDLINE_LINUX=\"a=1\"\n");
        assert_eq!(of(&m).unwrap(), ["a=1@/etc/default/grub:1"]);
        let menu = "menuentry 'x' {\n\tlinux\t/vmlinuz root=/dev/sda ro apparmor=0\n}\n";
        m.file("/boot/grub/grub.cfg", menu);
        assert_eq!(of(&m).unwrap().last().unwrap(), "apparmor=0@/boot/grub/grub.cfg:2");
    }
}
