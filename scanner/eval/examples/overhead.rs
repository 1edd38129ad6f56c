//! How much judging costs beside the bare programs: `cargo run --release -p assay-eval --example
//! overhead -- policies [DOCUMENTS [TYPE]]`.

#![expect(clippy::print_stdout, reason = "an example talks on the terminal")]

use std::error::Error;
use std::path::Path;
use std::time::Instant;

use assay_eval::bare::Bare;
use assay_eval::{Library, Params, RuleSet, cases, evaluate};
use assay_policies::Content;
use assay_snapshot::Memory;

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let dir = args.next().unwrap_or_else(|| "policies".to_owned());
    let count: usize = args.next().and_then(|n| n.parse().ok()).unwrap_or(20_000);
    let content = Content::from_dir(Path::new(&dir))?;
    let kind = args.next().unwrap_or_default();
    let (mut library, _) = Library::load_lenient(&content);
    library.rules.retain(|r| r.meta.resources.iter().any(|t| t.contains(&kind)));
    let set = RuleSet::new(&library, &Params::new())?;
    let documents = cases::sample(&library, &content, count);
    let now = "2026-11-01T00:00:00Z".parse()?;
    let source = Memory::new(&library.types, documents, Vec::new(), now)?;
    let bare = Bare::prepare(&set, &source)?;
    for _ in 0..3 {
        let start = Instant::now();
        let executions = bare.run()?;
        let least = start.elapsed();
        let start = Instant::now();
        bare.derive()?;
        let derive = start.elapsed();
        let start = Instant::now();
        let (mut verdicts, mut assessed) = (0_u64, 0_u64);
        evaluate(&set, &source, &mut |v, _| {
            verdicts += 1;
            assessed += u64::from(v.status != assay_core::Status::NotAssessed);
        })?;
        let whole = start.elapsed();
        println!(
            "{count} documents, {verdicts} verdicts ({assessed} assessed), {executions} executions: \
             bare {least:?}, derive {derive:?}, whole {whole:?}, ratio {:.2}",
            whole.as_secs_f64() / (least + derive).as_secs_f64()
        );
    }
    Ok(())
}
