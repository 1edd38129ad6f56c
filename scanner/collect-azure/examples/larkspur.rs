//! Makes the Azure shard of the bundled estate: `fixtures/demo/azure`, answered by the fake and
//! collected as a tenant would be.
//!
//! ```console
//! $ cargo run -p assay-collect-azure --features fake --example larkspur -- SNAPSHOT
//! ```

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a tool of the project")]

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use assay_collect::{Cancel, silent};
use assay_collect_azure::fake::{Fake, files};
use assay_collect_azure::{Access, AzurePlan, collect};
use assay_core::TypeRegistry;
use assay_snapshot::SnapshotWriter;
use serde_json::Value;

type Failure = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("{e}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Failure> {
    let out = std::env::args().nth(1).ok_or("name the folder to write")?;
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let (estate, faults) = files::read(
        yaml(&root.join("fixtures/demo/azure"))?.into_iter().map(|(_, v)| v).collect(),
    )?;
    let fake = faults.into_iter().fold(Fake::new(estate), Fake::with_fault).shared();
    let types = TypeRegistry::from_files(yaml(&root.join("policies/types/azure"))?)?;
    let writer = SnapshotWriter::create(Path::new(&out), Arc::new(types))?;
    let plan = AzurePlan {
        environment: fake.environment(),
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        ..AzurePlan::default()
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let access = Access::to(Arc::clone(&fake) as _);
    let done = runtime.block_on(collect(plan, access, writer, silent(), Cancel::new()))?;
    let documents: u64 = done.manifest.listings.iter().map(|l| l.count).sum();
    println!("{out}: {documents} documents by {} calls", fake.calls().total());
    Ok(())
}

/// The files of a folder in order of their names, with them.
fn yaml(folder: &Path) -> Result<Vec<(String, Value)>, Failure> {
    let mut out = Vec::new();
    for file in std::fs::read_dir(folder)? {
        let file = file?.path();
        let name = file.file_name().and_then(|n| n.to_str()).unwrap_or_default().to_owned();
        if name.ends_with(".yaml") {
            let text = std::fs::read_to_string(&file)?;
            let value = yaml_serde::from_str(&text).map_err(|e| format!("{name}: {e}"))?;
            out.push((name, value));
        }
    }
    out.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(out)
}
