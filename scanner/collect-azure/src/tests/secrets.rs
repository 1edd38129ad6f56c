//! Secrets and tokens are in nothing that is written, logged or shown.

use std::io::Write;
use std::sync::{Arc, Mutex};

use super::support::*;
use crate::fake::{Fake, Fault, Harm, SECRET};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Every text of a folder, unpacked where it is packed.
fn everything(folder: &std::path::Path, out: &mut String) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            everything(&path, out);
        } else {
            out.push_str(&String::from_utf8_lossy(&std::fs::read(&path).unwrap()));
        }
    }
}

#[test]
fn no_secret_is_written_logged_or_shown() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || writer.clone())
        .finish();
    // For every thread: the collection runs on several. No other test of this crate logs.
    tracing::subscriber::set_global_default(subscriber).unwrap();
    // Answers that repeat what they were sent.
    let settings = format!("{}/providers/microsoft.insights/diagnosticsettings", vault_id(ONE, 0));
    let repeated = format!(
        "{{\"error\":{{\"code\":\"Weird\",\"message\":\"{SECRET} Bearer eyJhbGciOiJub25lIn0.e30.fake\"}}}}"
    );
    let fake = Fake::new(estate(2, 1))
        .with_fault(Fault::at(&settings, Harm::Status(400, "Weird")))
        .with_fault(Fault::at(&settings, Harm::Body(repeated)))
        .shared();
    let left = run(&fake, plan(&fake)).unwrap();
    let mut text =
        format!("{:?} {:?} {:?} {:?}", left.collected, left.documents, left.calls, left.events);
    assert!(text.contains("Weird: [hidden] Bearer [hidden]"), "the answer's words are kept");
    everything(left.folder.path(), &mut text);
    text.push_str(&format!("{:?}", plan(&fake)));
    let logged = String::from_utf8_lossy(&log.0.lock().unwrap()).into_owned();
    assert!(logged.contains("==> Request"), "the pipeline logs at this level");
    text.push_str(&logged);
    for secret in [SECRET, "s3cr3t%7Eof", "eyJhbGciOiJub25lIn0", "Bearer eyJ"] {
        let at = text.find(secret).map(|n| text[n.saturating_sub(80)..n + 20].to_owned());
        assert_eq!(at, None, "{secret}");
    }
}
