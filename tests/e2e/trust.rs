//! Nothing is made of an output folder that was changed after it was written.

use std::fs;

use crate::support::{assay, bundled, copy, folder, run};

/// Changes one byte in the middle of a file.
fn flip(path: &std::path::Path) {
    let mut bytes = fs::read(path).expect("file");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(path, bytes).expect("write");
}

#[test]
fn a_changed_output_folder_is_refused_before_anything_is_rendered() {
    let dir = folder("changed-output");
    run(assay(&dir).args(["demo", "--quiet", "--out", "good"])).expect(&[1]);
    let report = |out: &str, format: &str| {
        run(assay(&dir).args(["report", out, "--format", format, "--output", "made"]))
    };
    report("good", "sarif").expect(&[0]);
    fs::remove_file(dir.join("made")).expect("remove");

    for (name, file) in [("a", "assessment.json"), ("v", "verdicts.ndjson.zst")] {
        copy(&dir.join("good"), &dir.join(name));
        flip(&dir.join(name).join(file));
        for format in ["sarif", "html", "ndjson"] {
            report(name, format).expect(&[2]).says(&[file, "has changed", "assay verify"]);
        }
        run(assay(&dir).args(["demo", "--baseline", name, "--out", "next"])).expect(&[2]).says(&[
            file,
            "has changed",
            "assay verify",
        ]);
        assert!(!dir.join("made").exists() && !dir.join("next").exists());
    }
    // The summary needs the assessment alone.
    report("a", "summary").expect(&[2]).says(&["assessment.json"]);
    report("v", "summary").expect(&[0]);

    copy(&dir.join("good"), &dir.join("f"));
    flip(&dir.join("f/findings.ndjson"));
    run(assay(&dir).args(["diff", "good", "f"])).expect(&[2]).says(&[
        "findings.ndjson",
        "has changed",
        "assay verify f",
    ]);
    run(assay(&dir).args(["diff", "good", "good"])).expect(&[0]).says(&["new: 0"]);
}

#[test]
fn an_output_folder_without_its_digests_is_refused() {
    let dir = folder("no-digests");
    run(assay(&dir).args(["demo", "--quiet", "--out", "out"])).expect(&[1]);
    fs::remove_file(dir.join("out/.assay-output")).expect("remove");
    for path in ["out", "out/assessment.json"] {
        run(assay(&dir).args(["report", path, "--format", "summary"]))
            .expect(&[2])
            .says(&[".assay-output", "assay verify"]);
    }
}

#[test]
fn a_file_that_no_manifest_names_is_a_mismatch() {
    let dir = folder("strangers");
    copy(&bundled(), &dir.join("snapshot"));
    run(assay(&dir).args(["verify", "snapshot"])).expect(&[0]);
    fs::create_dir(dir.join("snapshot/segments/aws/more")).expect("folder");
    fs::write(dir.join("snapshot/segments/aws/more/x.ndjson.zst"), "x").expect("write");
    fs::write(dir.join("snapshot/notes.txt"), "x").expect("write");
    run(assay(&dir).args(["verify", "snapshot"])).expect(&[1]).says(&[
        "segments/aws/more/x.ndjson.zst",
        "notes.txt",
        "2 mismatches",
    ]);
}
