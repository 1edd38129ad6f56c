//! A server that gives prepared answers, one for each request.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use serde_json::Value;

/// One answer.
pub(super) struct Answer {
    status: u16,
    body: Option<String>,
}

impl Answer {
    pub(super) fn json(status: u16, body: Value) -> Self {
        Self { status, body: Some(body.to_string()) }
    }

    pub(super) fn text(status: u16, body: &str) -> Self {
        Self { status, body: Some(body.to_owned()) }
    }

    /// The connection stays open and nothing comes.
    pub(super) fn silence() -> Self {
        Self { status: 200, body: None }
    }
}

pub(super) struct Server {
    pub(super) port: u16,
}

impl Server {
    pub(super) fn start(answers: Vec<Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let answers = Arc::new(Mutex::new(answers.into_iter()));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let answers = Arc::clone(&answers);
                std::thread::spawn(move || serve(stream, &answers));
            }
        });
        Self { port }
    }
}

fn serve(stream: TcpStream, answers: &Mutex<std::vec::IntoIter<Answer>>) {
    let mut input = BufReader::new(stream.try_clone().unwrap());
    let mut output = stream;
    while read_request(&mut input) {
        let next = answers.lock().unwrap().next();
        let Some(answer) = next else { return };
        let Some(body) = answer.body else {
            std::thread::sleep(std::time::Duration::from_secs(5));
            return;
        };
        let head = format!(
            "HTTP/1.1 {} X\r\ncontent-type: application/x-amz-json-1.1\r\nx-amzn-requestid: id-1\r\n\
             content-length: {}\r\n\r\n",
            answer.status,
            body.len()
        );
        if output.write_all((head + &body).as_bytes()).is_err() {
            return;
        }
    }
}

fn read_request(input: &mut BufReader<TcpStream>) -> bool {
    let mut length = 0;
    loop {
        let mut line = String::new();
        match input.read_line(&mut line) {
            Ok(n) if n > 0 => {}
            _ => return false,
        }
        let lower = line.to_ascii_lowercase();
        if let Some(v) = lower.strip_prefix("content-length:") {
            length = v.trim().parse().unwrap();
        }
        if line == "\r\n" {
            break;
        }
    }
    input.read_exact(&mut vec![0; length]).is_ok()
}
