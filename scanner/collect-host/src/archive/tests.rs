use std::io::Write;
use std::path::{Path, PathBuf};

use assay_host::{FileKind, Miss, Root};
use serde_json::json;

use super::*;

/// A tar that is written by hand: (name, type, mode, content or link, attributes).
struct Tar(Vec<u8>);

impl Tar {
    fn new() -> Self {
        Self(Vec::new())
    }

    fn header(&mut self, name: &str, kind: u8, mode: u32, size: usize, link: &str) {
        let mut h = vec![0_u8; 512];
        let mut put = |at: usize, text: &[u8]| h[at..at + text.len()].copy_from_slice(text);
        put(0, name.as_bytes());
        put(100, format!("{mode:07o}").as_bytes());
        put(108, b"0001750");
        put(116, b"0000144");
        put(124, format!("{size:011o}").as_bytes());
        put(136, b"00000000001");
        put(148, b"        ");
        put(156, &[kind]);
        put(157, link.as_bytes());
        put(257, b"ustar\x0000");
        let sum: u32 = h.iter().map(|b| u32::from(*b)).sum();
        h[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        self.0.extend(h);
    }

    fn data(&mut self, bytes: &[u8]) {
        self.0.extend(bytes);
        self.0.resize(self.0.len().div_ceil(512) * 512, 0);
    }

    fn file(mut self, name: &str, content: impl AsRef<[u8]>) -> Self {
        self.header(name, b'0', 0o640, content.as_ref().len(), "");
        self.data(content.as_ref());
        self
    }

    fn other(mut self, name: &str, kind: u8, link: &str) -> Self {
        self.header(name, kind, 0o755, 0, link);
        self
    }

    fn pax(mut self, records: &[(&str, &[u8])]) -> Self {
        let mut body = Vec::new();
        for (key, value) in records {
            let rest = key.len() + value.len() + 3;
            let mut length = rest + 1;
            while length != rest + length.to_string().len() {
                length = rest + length.to_string().len();
            }
            body.extend(format!("{length} {key}=").as_bytes());
            body.extend(*value);
            body.push(b'\n');
        }
        self.header("pax", b'x', 0o644, body.len(), "");
        self.data(&body);
        self
    }

    fn end(mut self) -> Vec<u8> {
        self.0.extend([0; 1024]);
        self.0
    }
}

/// A scratch folder, removed at the end.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let dir = std::env::temp_dir().join(format!("assay-archive-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&dir);
        std::fs::create_dir_all(&dir).unwrap();
        Self(dir)
    }

    fn put(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut w = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    w.write_all(bytes).unwrap();
    w.finish().unwrap()
}

fn base() -> Vec<u8> {
    Tar::new()
        .other("./", b'5', "")
        .other("etc/", b'5', "")
        .file("./etc/passwd", "root")
        .file("/etc/gone", "x")
        .file("etc/conf.d/old", "old")
        .file("opt/dir/below", "x")
        .other("etc/link", b'2', "/etc/passwd")
        .other("etc/hard", b'1', "etc/passwd")
        .other("lib", b'2', "usr/lib")
        .file("usr/lib/x", "x")
        .other("etc/fifo", b'6', "")
        .pax(&[("path", b"etc/long-name"), ("SCHILY.xattr.security.capability", &[1, 0, 10, 61])])
        .file("short", "long")
        .end()
}

fn upper() -> Vec<u8> {
    Tar::new()
        .file("etc/.wh.gone", "")
        .file("etc/conf.d/new", "new")
        .file("etc/conf.d/.wh..wh..opq", "")
        .file("opt/dir", "now a file")
        .file("lib/y", "through a link")
        .end()
}

fn text(tree: &Tree, path: &str) -> Result<String, Miss> {
    tree.read(Path::new(path)).map(|b| String::from_utf8(b).unwrap())
}

fn check(tree: &Tree) {
    assert_eq!(text(tree, "/etc/passwd").unwrap(), "root");
    assert_eq!(text(tree, "/etc/link").unwrap(), "root");
    assert_eq!(text(tree, "/etc/hard").unwrap(), "root");
    assert_eq!(tree.lstat(Path::new("/etc/hard")).unwrap().links, 2);
    assert_eq!(text(tree, "/etc/gone"), Err(Miss::Absent));
    assert_eq!(tree.list(Path::new("/etc/conf.d")).unwrap(), ["new"]);
    assert_eq!(text(tree, "/opt/dir").unwrap(), "now a file");
    assert_eq!(text(tree, "/usr/lib/y").unwrap(), "through a link");
    assert_eq!(text(tree, "/etc/fifo"), Err(Miss::Kind("fifo")));
    let long = Path::new("/etc/long-name");
    assert_eq!(tree.xattr(long, "security.capability").unwrap().unwrap(), [1, 0, 10, 61]);
    let stat = tree.stat(long).unwrap();
    assert_eq!(
        (stat.kind, stat.mode, stat.uid, stat.gid, stat.size),
        (FileKind::File, 0o640, 1000, 100, 4)
    );
    let mut pieces: Vec<u8> = Vec::new();
    tree.pieces(long, &mut |p| pieces.extend(p)).unwrap();
    assert_eq!(pieces, b"long");
}

#[test]
fn every_kind_of_image_gives_the_same_root() {
    let s = Scratch::new("kinds");
    let docker = Tar::new()
        .file(
            "manifest.json",
            json!([{"RepoTags": ["app:1"], "Layers": ["a/layer.tar", "b/layer.tar"]}]).to_string(),
        )
        .file("a/layer.tar", base())
        .file("b/layer.tar", upper())
        .end();
    let (tree, name) = open(&s.put("docker.tar", &docker)).unwrap();
    check(&tree);
    assert_eq!(name.as_deref(), Some("app:1"));
    check(&open(&s.put("docker.tar.gz", gzip(&docker))).unwrap().0);
    check(&open(&s.put("docker.tar.zst", zstd::encode_all(&docker[..], 1).unwrap())).unwrap().0);

    let layers = json!({"layers": [{"digest": "sha256:aa"}, {"digest": "sha256:bb"}]}).to_string();
    let index = json!({"manifests": [
        {"digest": "sha256:att", "platform": {"os": "unknown"}},
        {"digest": "sha256:cc", "annotations": {"org.opencontainers.image.ref.name": "app:2"}}]})
    .to_string();
    s.put("oci/index.json", &index);
    s.put("oci/blobs/sha256/cc", &layers);
    s.put("oci/blobs/sha256/aa", gzip(&base()));
    s.put("oci/blobs/sha256/bb", zstd::encode_all(&upper()[..], 1).unwrap());
    let (tree, name) = open(&s.0.join("oci")).unwrap();
    check(&tree);
    assert_eq!(name.as_deref(), Some("app:2"));
    let packed = Tar::new()
        .file("index.json", &index)
        .file("blobs/sha256/cc", &layers)
        .file("blobs/sha256/aa", gzip(&base()))
        .file("blobs/sha256/bb", upper())
        .end();
    check(&open(&s.put("oci.tar", packed)).unwrap().0);
}

#[test]
fn hostile_archives_are_refused() {
    let s = Scratch::new("hostile");
    let error = |name: &str, bytes: Vec<u8>| open(&s.put(name, bytes)).unwrap_err().to_string();
    let out = Tar::new().file("etc/x", "").file("../../evil", "x").end();
    assert!(error("out.tar", out).contains("outside its root"));
    assert!(!s.0.parent().unwrap().join("evil").exists());
    let cut = base();
    assert!(error("cut.tar", cut[..cut.len() / 2 + 100].to_vec()).contains("cut off"));
    assert!(error("text", b"hello, this is no tar at all".repeat(40)).contains("no tar"));
    assert!(error("empty", Vec::new()).contains("neither"));
    assert!(
        error("disk.img", {
            let mut d = vec![0; 4096];
            d[510] = 0x55;
            d[511] = 0xaa;
            d
        })
        .contains("--root")
    );
    assert!(error("xz", vec![0xfd, b'7', b'z', b'X', b'Z', 0, 0, 0]).contains("xz"));
    let two =
        Tar::new().file("manifest.json", json!([{"Layers": []}, {"Layers": []}]).to_string()).end();
    assert!(error("two.tar", two).contains("2 images"));
    let lost = Tar::new().file("manifest.json", json!([{"Layers": ["../x"]}]).to_string()).end();
    assert!(error("lost.tar", lost).contains("outside"));
    let mut bomb = Tar::new();
    bomb.header("etc/zeros", b'0', 0o644, 600 << 20, "");
    let mut w = zstd::stream::write::Encoder::new(Vec::new(), 1).unwrap();
    w.write_all(&bomb.0).unwrap();
    for _ in 0..600 {
        w.write_all(&vec![0; 1 << 20]).unwrap();
    }
    assert!(error("bomb.zst", w.finish().unwrap()).contains("exhaust"));
}

#[test]
fn any_damage_is_an_error_or_another_tree_but_never_more() {
    // A small generator of numbers is enough to turn bits.
    let mut seed = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = move || {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        usize::try_from(seed >> 16).unwrap()
    };
    let s = Scratch::new("damage");
    let good = base();
    for n in 0..300 {
        let mut bytes = good.clone();
        for _ in 0..=n % 4 {
            let at = next() % bytes.len();
            bytes[at] = u8::try_from(next() % 256).unwrap();
        }
        bytes.truncate(next() % (bytes.len() + 1));
        if let Ok((tree, _)) = open(&s.put("x.tar", bytes)) {
            let walked = tree.walk(&assay_host::WalkPlan::default(), &mut |_| {});
            assert!(walked.names < 50);
        }
    }
}

#[test]
fn links_in_circles_end() {
    let s = Scratch::new("circles");
    let tar = Tar::new()
        .other("etc/a", b'2', "b")
        .other("etc/b", b'2', "a")
        .other("up", b'2', "../../..")
        .end();
    let (tree, _) = open(&s.put("x.tar", tar)).unwrap();
    assert_eq!(text(&tree, "/etc/a"), Err(Miss::Loop));
    assert_eq!(tree.resolve(Path::new("/up/etc")).unwrap(), Path::new("/etc"));
}

#[test]
fn layers_share_links_and_replace_names() {
    let s = Scratch::new("layers");
    let lower = Tar::new()
        .file("usr/bin/tool", "tool")
        .file("opt/a/deep/x", "x")
        .other("data", b'2', "/srv")
        .file("srv/old", "old")
        .file("etc/conf", "one")
        .file("etc/conf", "two")
        .end();
    let upper = Tar::new()
        // Another name of what lies in the layer below; a name that comes twice.
        .other("usr/bin/alias", b'1', "usr/bin/tool")
        .file("usr/bin/tool", "other")
        .other("opt/a", b'2', "/etc")
        .file("data/new", "new")
        .file("data/.wh.old", "")
        .end();
    let layers = |all: &[&[u8]]| {
        let mut tar = Tar::new();
        let names: Vec<String> = (0..all.len()).map(|n| format!("{n}/layer.tar")).collect();
        tar = tar.file("manifest.json", json!([{"RepoTags": null, "Layers": names}]).to_string());
        for (name, layer) in names.iter().zip(all) {
            tar = tar.file(name, layer);
        }
        open(&s.put("x.tar", tar.end())).map(|(tree, _)| tree)
    };
    let tree = layers(&[&lower, &upper]).unwrap();
    assert_eq!(text(&tree, "/usr/bin/alias").unwrap(), "tool");
    assert_eq!(text(&tree, "/usr/bin/tool").unwrap(), "other");
    assert_eq!(text(&tree, "/etc/conf").unwrap(), "two");
    // A directory that became a link is gone with all below it.
    assert_eq!(text(&tree, "/opt/a/conf").unwrap(), "two");
    assert_eq!(text(&tree, "/opt/a/deep/x"), Err(Miss::Absent));
    // Names below a link lie where it leads; so does what is deleted there.
    assert_eq!(tree.list(Path::new("/srv")).unwrap(), ["new"]);
    // Another name of nothing, and links that lead out: inside the root, nothing is there.
    let bad = Tar::new().other("a", b'1', "no/such").end();
    assert!(layers(&[&lower, &bad]).unwrap_err().to_string().contains("not there"));
    let out = Tar::new()
        .other("out", b'2', "../../../../etc/hostname")
        .other("in", b'2', "/nowhere")
        .end();
    let tree = layers(&[&out]).unwrap();
    assert_eq!(text(&tree, "/out"), Err(Miss::Absent));
    assert_eq!(text(&tree, "/in"), Err(Miss::Absent));
    let through = || Tar::new().other("d", b'2', "../../tmp").file("d/evil", "x");
    let lost = layers(&[&through().end()]).unwrap_err().to_string();
    assert!(lost.contains("leads nowhere"), "{lost}");
    let mut through = through();
    through.0.splice(0..0, Tar::new().other("tmp/", b'5', "").0);
    let through = through.end();
    let tree = layers(&[&through]).unwrap();
    assert_eq!(text(&tree, "/tmp/evil").unwrap(), "x");
    assert!(!Path::new("/tmp/evil").exists());
    let hard = Tar::new().other("h", b'1', "../../etc/passwd").end();
    assert!(layers(&[&hard]).unwrap_err().to_string().contains("outside"));
}
