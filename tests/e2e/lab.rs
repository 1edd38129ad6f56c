//! The lab: moto behind faults, seeded once for all tests, used by one test at a time.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, OnceLock};
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Ran, assay, root, run, skip};

/// A running lab. It ends when its standard input closes, so at the latest with this process.
pub(crate) struct Lab {
    address: String,
    _child: Child,
}

/// The seeded lab for one test, its faults and counts reset; `None` where there is no Python.
pub(crate) fn lab(test: &str) -> Option<MutexGuard<'static, Lab>> {
    static LAB: OnceLock<Result<Mutex<Lab>, String>> = OnceLock::new();
    match LAB.get_or_init(|| Lab::start().map(Mutex::new)) {
        Ok(lab) => {
            let lab = lab.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            lab.calm();
            Some(lab)
        }
        Err(why) => {
            skip(test, why);
            None
        }
    }
}

impl Lab {
    fn start() -> Result<Self, String> {
        let python = std::env::var_os("ASSAY_TEST_PYTHON")
            .map(PathBuf::from)
            .ok_or("ASSAY_TEST_PYTHON is not set (cargo xtask test sets it)")?;
        let mut child = Command::new(&python)
            .arg(root().join("fixtures/lab/serve.py"))
            .args(["--port", "0", "--with-stdin"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|e| format!("{}: {e}", python.display()))?;
        let stdout = child.stdout.take().ok_or("no standard output")?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line).map_err(|e| e.to_string())?;
        let address = line
            .trim()
            .strip_prefix("lab http://")
            .ok_or(
                "the lab did not start: are the packages of fixtures/lab/requirements.txt there?",
            )?
            .to_owned();
        let lab = Self { address, _child: child };
        let seeded = Command::new(&python)
            .arg(root().join("fixtures/demo/seed.py"))
            .args(["--endpoint", &lab.url(), "--as-of", "now", "--no-denied"])
            .output()
            .map_err(|e| e.to_string())?;
        assert!(seeded.status.success(), "{}", String::from_utf8_lossy(&seeded.stderr));
        Ok(lab)
    }

    /// `http://127.0.0.1:PORT`.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// One of the lab's controls.
    pub(crate) fn control(&self, path: &str, told: &Value) -> Value {
        let body = told.to_string();
        let mut socket = TcpStream::connect(&self.address).expect("lab");
        socket.set_read_timeout(Some(Duration::from_secs(60))).expect("time-out");
        write!(
            socket,
            "POST /_lab/{path} HTTP/1.0\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .expect("request");
        let mut answer = String::new();
        socket.read_to_string(&mut answer).expect("answer");
        let (head, body) = answer.split_once("\r\n\r\n").expect("HTTP answer");
        assert!(head.contains(" 200 "), "{path}: {body}");
        serde_json::from_str(body).expect("JSON answer")
    }

    /// Sets faults over calm ones, and forgets the counts.
    pub(crate) fn faults(&self, told: &Value) {
        self.calm();
        self.control("faults", told);
    }

    /// No faults, no counts.
    pub(crate) fn calm(&self) {
        self.control(
            "faults",
            &json!({"latency_ms": 0, "latency_jitter_ms": 0, "throttle_every": 0, "bucket_rate": 0,
                "throttle_services": [], "throttle_always": [], "deny": [], "garble": [], "server_error": [],
                "hang": [], "expired": false, "page_size": 0, "cut_pages": [], "repeat_token": []}),
        );
        self.control("reset", &json!({}));
    }

    /// Calls by operation since the last reset.
    pub(crate) fn calls(&self) -> Vec<(String, u64)> {
        let stats = self.control("stats", &json!({}));
        let by = stats.get("by_operation").and_then(Value::as_object).expect("counts");
        by.iter().map(|(k, v)| (k.clone(), v.as_u64().unwrap_or(0))).collect()
    }

    /// The program, signed in to this lab.
    pub(crate) fn assay(&self, dir: &Path) -> Command {
        let mut c = assay(dir);
        c.env("AWS_ENDPOINT_URL", self.url())
            .env("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
            .env("AWS_SECRET_ACCESS_KEY", "lab");
        c
    }

    /// `assay scan aws` over both seeded regions, every verdict written to `DIR/out`.
    pub(crate) fn scan(&self, dir: &Path) -> Ran {
        run(self.assay(dir).args(SCAN))
    }
}

/// A scan of both seeded regions with all verdicts.
pub(crate) const SCAN: [&str; 12] = [
    "scan",
    "aws",
    "--region",
    "us-east-1",
    "--region",
    "eu-west-1",
    "--verdicts",
    "all",
    "--out",
    "out",
    "--log",
    "error",
];
