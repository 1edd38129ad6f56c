//! Makes up an estate and renders it, one step at a time, so that time and memory of each step can
//! be measured: `render make DIR FINDINGS [ACCOUNTS] [hostile|blind]`, then `render FORMAT DIR`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a tool for measuring, not part of the program"
)]

#[path = "../tests/synth/mod.rs"]
mod synth;

use std::fs::{self, File};
use std::io::{BufReader, BufWriter, Write as _};
use std::path::Path;

use assay_reports::{
    Assessment, Format, SummaryOptions, VerdictFile, VerdictWriter, render, write_assessment,
    write_summary,
};

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let text: Vec<&str> = args.iter().map(String::as_str).collect();
    match text.as_slice() {
        ["make", dir, findings, rest @ ..] => {
            let plan = synth::Plan {
                findings: findings.parse().unwrap(),
                accounts: rest.first().map_or(1, |n| n.parse().unwrap()),
                hostile: rest.contains(&"hostile"),
            };
            make(Path::new(dir), plan, rest.contains(&"blind"));
        }
        ["colour", dir, width] => {
            let options = SummaryOptions {
                width: width.parse().unwrap(),
                colour: true,
                folder: Some((*dir).to_owned()),
                files: ["report.html", "results.sarif", "findings.ndjson"]
                    .map(str::to_owned)
                    .to_vec(),
            };
            write_summary(&read(Path::new(dir)), &options, &mut std::io::stdout()).unwrap();
        }
        [format, dir] => {
            let dir = Path::new(dir);
            let format = Format::ALL.into_iter().find(|f| f.as_str() == *format).expect("a format");
            let verdicts = VerdictFile::new(dir.join("verdicts.ndjson.zst"));
            let started = std::time::Instant::now();
            let mut out = BufWriter::new(File::create(dir.join(format.file_name())).unwrap());
            render(&read(dir), &verdicts, format, &mut out).unwrap();
            out.flush().unwrap();
            let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
            let peak = status.lines().find(|l| l.starts_with("VmHWM")).unwrap_or_default();
            eprintln!("{}: {} ms, {}", format.file_name(), started.elapsed().as_millis(), peak);
        }
        _ => panic!("render make DIR FINDINGS [ACCOUNTS] [hostile|blind] | render FORMAT DIR"),
    }
}

fn make(dir: &Path, plan: synth::Plan, blind: bool) {
    fs::create_dir_all(dir).unwrap();
    let (a, verdicts) = if blind { synth::blind() } else { synth::estate(plan) };
    write_assessment(&a, &mut File::create(dir.join("assessment.json")).unwrap()).unwrap();
    let file = BufWriter::new(File::create(dir.join("verdicts.ndjson.zst")).unwrap());
    let mut writer = VerdictWriter::new(file).unwrap();
    for v in &verdicts {
        writer.write(v).unwrap();
    }
    writer.finish().unwrap().flush().unwrap();
}

fn read(dir: &Path) -> Assessment {
    let file = BufReader::new(File::open(dir.join("assessment.json")).unwrap());
    serde_json::from_reader(file).unwrap()
}
