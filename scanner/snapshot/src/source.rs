//! What every snapshot offers to those who judge it, wherever it lies.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use assay_core::manifest::SegmentInfo;
use assay_core::{Call, Listing, Manifest, Resource};

use crate::SnapshotError;

/// A snapshot that can be read any number of times, from several threads.
pub trait Source: Send + Sync {
    /// What the snapshot says of itself.
    fn manifest(&self) -> &Manifest;

    /// The segments in the order of everything: type, account, region.
    fn segments(&self) -> &[SegmentInfo];

    /// The documents of one segment, in the order of their ids. Memory stays bounded: one line at
    /// a time.
    ///
    /// # Errors
    /// The segment is missing.
    fn lines(&self, segment: &SegmentInfo) -> Result<Lines<'_>, SnapshotError>;

    /// Hands every recorded call to `each`, in the order of their ids.
    ///
    /// # Errors
    /// The call log is missing, changed or broken.
    fn calls(&self, each: &mut dyn FnMut(Call)) -> Result<(), SnapshotError>;

    /// The segments of one type.
    fn segments_of<'a>(&'a self, kind: &'a str) -> Box<dyn Iterator<Item = &'a SegmentInfo> + 'a> {
        Box::new(self.segments().iter().filter(move |s| s.kind == kind))
    }

    /// The listing of a type in an account and region (`global` for a global listing). `None`: no
    /// collector is responsible for it.
    fn listing(&self, account: &str, region: &str, kind: &str) -> Option<&Listing> {
        self.manifest()
            .listings
            .iter()
            .find(|l| l.account == account && l.region == region && l.kind == kind)
    }
}

/// Reads lines one after the other. The line lives until the next call.
pub trait LineReader {
    /// The next line without its line end, `None` at the end.
    ///
    /// # Errors
    /// The file cannot be read, a line is too long, or, at the end, the digest is wrong.
    fn next_line(&mut self) -> Result<Option<&[u8]>, SnapshotError>;
}

/// The lines of one segment.
pub struct Lines<'a> {
    reader: Box<dyn LineReader + Send + 'a>,
    path: PathBuf,
    number: u64,
}

impl<'a> Lines<'a> {
    /// Lines of a reader; `path` names it in errors.
    #[must_use]
    pub fn new(path: &Path, reader: Box<dyn LineReader + Send + 'a>) -> Self {
        Self { reader, path: path.to_owned(), number: 0 }
    }

    /// The next document as it was written. Not an iterator: the line borrows the buffer.
    ///
    /// # Errors
    /// See [`LineReader::next_line`].
    #[expect(clippy::should_implement_trait, reason = "an Iterator cannot lend its buffer")]
    pub fn next(&mut self) -> Result<Option<Line<'_>>, SnapshotError> {
        let (path, number) = (&self.path, self.number + 1);
        let Some(bytes) = self.reader.next_line()? else { return Ok(None) };
        self.number = number;
        Ok(Some(Line { bytes, path, number }))
    }

    /// Up to `limit` documents, parsed, with the sha256 of their lines. Empty at the end.
    ///
    /// # Errors
    /// See [`Self::next`] and [`Line::resource`].
    pub fn chunk(&mut self, limit: usize) -> Result<Vec<(Resource, String)>, SnapshotError> {
        let mut out = Vec::with_capacity(limit);
        while out.len() < limit {
            let Some(line) = self.next()? else { break };
            out.push((line.resource()?, line.sha256()));
        }
        Ok(out)
    }
}

/// One document as it lies in its segment.
#[derive(Clone, Copy)]
pub struct Line<'a> {
    bytes: &'a [u8],
    path: &'a Path,
    number: u64,
}

impl<'a> Line<'a> {
    /// The bytes, without line end: one JSON object.
    #[must_use]
    pub const fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The sha256 of the bytes: the digest of the document in a verdict.
    #[must_use]
    pub fn sha256(&self) -> String {
        assay_core::identity::sha256(self.bytes)
    }

    /// The document, parsed. Nesting deeper than 128 levels is an error.
    ///
    /// # Errors
    /// The line is not a document.
    pub fn resource(&self) -> Result<Resource, SnapshotError> {
        serde_json::from_slice(self.bytes)
            .map_err(|e| SnapshotError::corrupt(self.path, Some(self.number), e))
    }

    /// The document without its sources and with some facets alone: names of properties, `tags`,
    /// `derived/<name>`. What is left out is not built.
    ///
    /// # Errors
    /// The line is not a document.
    pub fn facets(&self, wanted: &BTreeSet<String>) -> Result<Resource, SnapshotError> {
        crate::project::document(self.bytes, Some(wanted))
            .map_err(|e| SnapshotError::corrupt(self.path, Some(self.number), e))
    }
}

/// Path of a segment inside the folder, with `/`:
/// `segments/aws/123456789012/eu-west-1/AWS-S3-Bucket.ndjson.zst`.
#[must_use]
pub fn segment_path(provider: &str, account: &str, region: &str, kind: &str) -> String {
    let kind = assay_core::typedef::stem(kind);
    let [p, a, r, k] = [provider, account, region, &kind].map(path_part);
    format!("segments/{p}/{a}/{r}/{k}.ndjson.zst")
}

/// One part of a path: what is not a plain letter, digit, `.`, `_` or `-` becomes `%XX`, so that a
/// hostile name cannot leave the folder.
fn path_part(part: &str) -> String {
    let mut out = String::with_capacity(part.len());
    for b in part.bytes() {
        let plain = b.is_ascii_alphanumeric() || b == b'-' || b == b'_' || b == b'.';
        if plain && !(b == b'.' && out.is_empty()) {
            out.push(char::from(b));
        } else {
            out.push('%');
            out.push_str(&assay_core::identity::hex(&[b]));
        }
    }
    if out.is_empty() { "%".to_owned() } else { out }
}

/// Puts segments into the order of everything: type, account, region, provider.
pub(crate) fn sort_segments(segments: &mut [SegmentInfo]) {
    segments.sort_by(|a, b| {
        (&a.kind, &a.account, &a.region, &a.provider).cmp(&(
            &b.kind,
            &b.account,
            &b.region,
            &b.provider,
        ))
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hostile_name_stays_inside_the_folder() {
        assert_eq!(
            segment_path("aws", "123456789012", "eu-west-1", "AWS::S3::Bucket"),
            "segments/aws/123456789012/eu-west-1/AWS-S3-Bucket.ndjson.zst"
        );
        assert_eq!(
            segment_path("host", "../../etc", "", "linux.sshd"),
            "segments/host/%2e%2e%2f%2e.%2fetc/%/linux.sshd.ndjson.zst"
                .replace("%2e%2e%2f%2e.", "%2e.%2f..")
        );
    }
}
