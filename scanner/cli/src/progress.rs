//! What a scan shows while it runs: bars on a terminal, plain lines elsewhere, JSON lines with
//! `--log-format json`, nothing with `--quiet`. Always on standard error.

use std::collections::BTreeSet;
use std::io::IsTerminal;
use std::sync::{Arc, Mutex, PoisonError};

use assay_collect::{Event, Events};
use assay_reports::text::count;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::json;

use crate::args::{Global, LogFormat};
use crate::log;

/// Plain lines are written each time so many units ended.
const EVERY: usize = 10;

/// The progress of one collection. Clones share it.
#[derive(Clone)]
pub(crate) struct Progress(Arc<Inner>);

struct Inner {
    mode: Mode,
    state: Mutex<State>,
}

enum Mode {
    Quiet,
    Lines(LogFormat),
    Bar(ProgressBar),
}

#[derive(Default)]
struct State {
    units: usize,
    done: usize,
    calls: u64,
    retries: u64,
    resources: u64,
    open: BTreeSet<String>,
}

impl Progress {
    /// Bars on a terminal, lines elsewhere.
    pub(crate) fn new(global: &Global) -> Self {
        let mode = if global.quiet {
            Mode::Quiet
        } else if global.log_format == LogFormat::Text && std::io::stderr().is_terminal() {
            let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr_with_hz(8));
            let style =
                ProgressStyle::with_template("{bar:30} {pos}/{len} {elapsed:>4} {wide_msg}");
            if let Ok(style) = style {
                bar.set_style(style.progress_chars("━╸ "));
            }
            bar.enable_steady_tick(std::time::Duration::from_millis(250));
            Mode::Bar(bar)
        } else {
            Mode::Lines(global.log_format)
        };
        Self(Arc::new(Inner { mode, state: Mutex::default() }))
    }

    /// Where the collection sends its events.
    pub(crate) fn events(&self) -> Events {
        let me = self.clone();
        Arc::new(move |event| me.take(event))
    }

    fn take(&self, event: Event) {
        let mut s = self.0.state.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            Event::Identified { provider, caller } => {
                drop(s);
                self.line(&format!("{provider}: asking as {caller}"));
                return;
            }
            Event::Planned { units } => {
                s.units += units;
                if let Mode::Bar(bar) = &self.0.mode {
                    bar.set_length(s.units as u64);
                }
            }
            Event::Started { account, region, service } => {
                s.open.insert(format!("{service} {region} {account}"));
            }
            Event::Finished { account, region, service } => {
                s.done += 1;
                s.open.remove(&format!("{service} {region} {account}"));
                if let Mode::Bar(bar) = &self.0.mode {
                    bar.inc(1);
                }
                if s.done.is_multiple_of(EVERY) || s.done == s.units {
                    self.plain(&s);
                }
            }
            Event::Called { retries, .. } => {
                s.calls += 1;
                s.retries += retries;
            }
            Event::Resource => s.resources += 1,
            Event::Warning(text) => {
                drop(s);
                self.line(&format!("warning: {text}"));
                return;
            }
            _ => {}
        }
        if let Mode::Bar(bar) = &self.0.mode {
            bar.set_message(message(&s));
        }
    }

    fn plain(&self, s: &State) {
        if let Mode::Lines(format) = self.0.mode {
            let text = format!("collected {}/{}: {}", s.done, s.units, counts(s));
            let fields = json!({
                "message": text, "done": s.done, "units": s.units, "calls": s.calls,
                "retries": s.retries, "resources": s.resources,
            });
            log::line(format, "INFO", &text, &fields);
        }
    }

    /// One line above the bar.
    #[expect(clippy::print_stderr, reason = "progress goes to standard error")]
    pub(crate) fn line(&self, text: &str) {
        let text = assay_reports::text::plain(text);
        match &self.0.mode {
            Mode::Quiet => {}
            Mode::Lines(format) => log::line(*format, "INFO", &text, &json!({"message": text})),
            Mode::Bar(bar) => bar.suspend(|| eprintln!("{text}")),
        }
    }

    /// Takes the bar away.
    pub(crate) fn finish(&self) {
        if let Mode::Bar(bar) = &self.0.mode {
            bar.finish_and_clear();
        }
    }
}

fn counts(s: &State) -> String {
    let (calls, resources) =
        (count(s.calls, "call", "calls"), count(s.resources, "resource", "resources"));
    let mut text = format!("{calls}, {resources}");
    if s.retries > 0 {
        text.push_str(&format!(", {}", count(s.retries, "retry", "retries")));
    }
    text
}

fn message(s: &State) -> String {
    let open: Vec<&str> = s.open.iter().map(String::as_str).take(3).collect();
    format!("{} · {}", counts(s), open.join(", "))
}
