//! Which layers make up an image: `docker save`, OCI layouts in a folder or a tar, and tars of a
//! root.

use std::fs::File;
use std::path::{Path, PathBuf};

use assay_host::{Root, Standing};
use serde_json::Value;

use super::blob::{Blob, budget};
use super::{ArchiveError, Tree};

/// Layers of one image.
const MAX_LAYERS: usize = 512;
/// Largest manifest.
const MAX_JSON: u64 = 4 << 20;
/// Indexes that name indexes.
const MAX_NESTED: usize = 4;

/// Opens an image: a file (`docker save`, OCI layout in a tar, tar of a root; gzip and zstd are
/// unpacked) or a folder with an OCI layout. Gives the root with all layers applied, and the name
/// that the image gives itself.
///
/// # Errors
/// It is none of these, damaged, or made to exhaust its reader.
pub fn open(path: &Path) -> Result<(Tree, Option<String>), ArchiveError> {
    let mut left = budget();
    if path.is_dir() {
        if !path.join("index.json").is_file() {
            let text = "it is a folder without index.json; read a root file system with --root";
            return Err(ArchiveError::broken(text));
        }
        return oci(&Store::Folder(path.to_owned()), &mut left);
    }
    let file = File::open(path)?;
    if !file.metadata()?.is_file() {
        return Err(ArchiveError::broken("it is no regular file"));
    }
    let blob = Blob::of(file)?;
    refuse_disks(&blob)?;
    let blob = blob.unpacked(&mut left)?;
    let mut outer = Tree::new(Standing::AtRest);
    outer.layer(blob)?;
    let has = |name: &str| outer.lstat(Path::new(name)).is_ok();
    if has("/manifest.json") && !has("/etc") {
        return docker(&Store::Tar(outer), &mut left);
    }
    if has("/index.json") && !has("/etc") {
        return oci(&Store::Tar(outer), &mut left);
    }
    if !has("/etc") {
        let text = "it holds neither a container image nor a root file system with a folder etc";
        return Err(ArchiveError::broken(text));
    }
    Ok((outer, None))
}

/// Disks are mounted by the user: the kernel knows their file systems.
fn refuse_disks(blob: &Blob) -> Result<(), ArchiveError> {
    let head = blob.read_at(0, 4096)?;
    let magic = |at: usize, bytes: &[u8]| head.get(at..at + bytes.len()) == Some(bytes);
    let hint = |what: &str, how: &str| {
        Err(ArchiveError::broken(format!(
            "it is {what}; mount it read-only and name the folder with --root: {how}"
        )))
    };
    if magic(0, b"QFI\xfb") {
        return hint(
            "a qcow2 disk",
            "`guestmount -a FILE -i --ro DIR`, or `qemu-nbd -r -c /dev/nbd0 FILE`",
        );
    }
    if magic(0, b"hsqs") {
        return hint("a squashfs", "`mount -o ro,loop FILE DIR`");
    }
    if magic(510, b"\x55\xaa") || magic(512, b"EFI PART") || magic(1080, b"\x53\xef") {
        return hint(
            "a raw disk or file system",
            "`losetup -rPf --show FILE`, then `mount -o ro,noload /dev/loop0p1 DIR`",
        );
    }
    Ok(())
}

/// Where the files of an image lie.
enum Store {
    Folder(PathBuf),
    Tar(Tree),
}

impl Store {
    fn blob(&self, name: &str) -> Result<Blob, ArchiveError> {
        let missing = |why: &dyn std::fmt::Display| {
            ArchiveError::broken(format!("it names {name}, which cannot be read: {why}"))
        };
        if name.split('/').any(|s| s == "..") || name.starts_with('/') {
            return Err(ArchiveError::broken(format!("it names {name}, which lies outside it")));
        }
        match self {
            Self::Folder(folder) => {
                // A link may lead out of the folder; our own root does not follow it there.
                let root = crate::Folder::open(folder)?;
                Blob::of(root.file(&Path::new("/").join(name)).map_err(|e| missing(&e))?)
                    .map_err(|e| missing(&e))
            }
            Self::Tar(tree) => tree.content(&Path::new("/").join(name)).map_err(|e| missing(&e)),
        }
    }

    fn json(&self, name: &str) -> Result<Value, ArchiveError> {
        let blob = self.blob(name)?;
        if blob.len > MAX_JSON {
            return Err(ArchiveError::Bomb(format!("{name} has {} bytes", blob.len)));
        }
        let bytes = blob.read_at(0, usize::try_from(blob.len).unwrap_or(0))?;
        serde_json::from_slice(&bytes).map_err(|e| ArchiveError::broken(format!("{name}: {e}")))
    }
}

fn docker(store: &Store, left: &mut u64) -> Result<(Tree, Option<String>), ArchiveError> {
    let manifest = store.json("manifest.json")?;
    let images = manifest.as_array().map(Vec::as_slice).unwrap_or_default();
    let [image] = images else {
        let text = format!("it holds {} images; save one (`docker save NAME`)", images.len());
        return Err(ArchiveError::broken(text));
    };
    let name = image.pointer("/RepoTags/0").and_then(Value::as_str).map(str::to_owned);
    let layers = image.get("Layers").and_then(Value::as_array);
    let layers: Option<Vec<&str>> = layers.and_then(|l| l.iter().map(Value::as_str).collect());
    let layers = layers.ok_or_else(|| ArchiveError::broken("manifest.json names no layers"))?;
    Ok((apply(store, &layers, left)?, name))
}

fn oci(store: &Store, left: &mut u64) -> Result<(Tree, Option<String>), ArchiveError> {
    let mut index = store.json("index.json")?;
    let mut name = None;
    for _ in 0..MAX_NESTED {
        let all = index.get("manifests").and_then(Value::as_array).cloned().unwrap_or_default();
        let chosen = choose(&all)?;
        let annotation = |key: &str| {
            chosen
                .get("annotations")
                .and_then(|a| a.get(key))
                .and_then(Value::as_str)
                .map(str::to_owned)
        };
        name = name
            .or_else(|| annotation("io.containerd.image.name"))
            .or_else(|| annotation("org.opencontainers.image.ref.name"));
        let next = store.json(&blob_path(chosen)?)?;
        if next.get("manifests").is_some() {
            index = next;
            continue;
        }
        let layers = next.get("layers").and_then(Value::as_array);
        let layers = layers.ok_or_else(|| ArchiveError::broken("its manifest names no layers"))?;
        let paths: Result<Vec<String>, _> = layers.iter().map(blob_path).collect();
        let paths = paths?;
        let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
        return Ok((apply(store, &paths, left)?, name));
    }
    Err(ArchiveError::broken("its indexes nest too deep"))
}

/// The manifest for this kind of machine, or the only one.
fn choose(all: &[Value]) -> Result<&Value, ArchiveError> {
    let platform = |m: &Value, key: &str| -> Option<String> {
        m.pointer(&format!("/platform/{key}")).and_then(Value::as_str).map(str::to_owned)
    };
    // Attestations lie beside images, for a platform that nobody has.
    let images: Vec<&Value> =
        all.iter().filter(|m| platform(m, "os").is_none_or(|os| os == "linux")).collect();
    let here = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    match images.as_slice() {
        [] => Err(ArchiveError::broken("its index names no image for Linux")),
        [one] => Ok(one),
        many => many
            .iter()
            .find(|m| platform(m, "architecture").as_deref() == Some(here))
            .copied()
            .ok_or_else(|| {
                ArchiveError::broken(format!(
                    "its index names {} images, none for {here}; save one",
                    many.len()
                ))
            }),
    }
}

/// `sha256:abc…` lies at `blobs/sha256/abc…`.
fn blob_path(descriptor: &Value) -> Result<String, ArchiveError> {
    let digest = descriptor.get("digest").and_then(Value::as_str).unwrap_or_default();
    let fits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_alphanumeric());
    match digest.split_once(':') {
        Some((kind, hex)) if fits(kind) && fits(hex) => Ok(format!("blobs/{kind}/{hex}")),
        _ => Err(ArchiveError::broken("a part of it has no digest")),
    }
}

fn apply(store: &Store, layers: &[&str], left: &mut u64) -> Result<Tree, ArchiveError> {
    if layers.len() > MAX_LAYERS {
        return Err(ArchiveError::Bomb(format!("{} layers", layers.len())));
    }
    let mut tree = Tree::new(Standing::AtRest);
    for name in layers {
        let blob = store.blob(name)?.unpacked(left)?;
        tree.layer(blob).map_err(|e| match e {
            ArchiveError::Broken(text) => ArchiveError::Broken(format!("layer {name}: {text}")),
            other => other,
        })?;
    }
    Ok(tree)
}
