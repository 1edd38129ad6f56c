//! Texts inside texts: base64, with or without gzip, as MIME parts and cloud-init's `write_files`
//! carry them.

use std::io::Read as _;
use std::ops::Range;
use std::sync::LazyLock;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use regex::Regex;

/// What is unpacked is read up to this size.
const MAX: u64 = 1 << 20;
/// Words after a block of base64 look like more of it: so many lines at its end are tried without.
const TAIL: usize = 3;

/// A run of base64, over one line or several.
static RUN: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"[A-Za-z0-9+/]{20,}(?:\r?\n[ \t]*[A-Za-z0-9+/]{1,100})*={0,2}").ok()
});

/// Padding is left out by many.
static BASE64: LazyLock<GeneralPurpose> = LazyLock::new(|| {
    let config = GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent);
    GeneralPurpose::new(&alphabet::STANDARD, config)
});

/// The texts that are packed in a text, with their places in it, in order.
pub(super) fn texts(text: &str) -> Vec<(Range<usize>, String)> {
    let Some(run) = RUN.as_ref() else { return Vec::new() };
    run.find_iter(text)
        .filter_map(|m| {
            let mut block = m.as_str();
            for _ in 0..=TAIL {
                if let Some(inner) = unpack(block) {
                    return Some((m.start()..m.start() + block.len(), inner));
                }
                block = block.rsplit_once('\n')?.0.trim_end();
            }
            None
        })
        .collect()
}

/// The text that base64 stands for, if it is a text.
fn unpack(block: &str) -> Option<String> {
    let joined: String = block.chars().filter(|c| !c.is_whitespace()).collect();
    let bytes = BASE64.decode(joined).ok()?;
    let bytes = if bytes.starts_with(&[0x1f, 0x8b]) { gunzip(&bytes)? } else { bytes };
    let text = String::from_utf8(bytes).ok()?;
    let odd = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    (!text.contains(odd)).then_some(text)
}

fn gunzip(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    // What is longer is searched as far as it goes: a secret found is worth more than none.
    flate2::read::MultiGzDecoder::new(bytes).take(MAX).read_to_end(&mut out).ok()?;
    Some(out)
}
