//! Progress on a terminal, and Ctrl-C.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressState, ProgressStyle};

use crate::forecast::Watch;

/// Time between two signs of life.
const TICK: Duration = Duration::from_millis(200);

/// Follows a run: shows a bar on a terminal, listens for Ctrl-C, counts leads.
#[derive(Debug)]
pub(super) struct Progress {
    bar: ProgressBar,
    leads: Arc<AtomicU64>,
    cancelled: Arc<AtomicBool>,
    begun: Instant,
    /// Whether the length is that of all work.
    is_planned: bool,
}

impl Progress {
    /// `silent`: no bar. Without a terminal there is none anyway.
    pub fn new(silent: bool) -> Progress {
        let leads = Arc::new(AtomicU64::new(0));
        let bar = match silent {
            true => ProgressBar::hidden(),
            false => ProgressBar::new(0),
        };
        bar.set_style(style(leads.clone()));
        Progress {
            bar,
            leads,
            cancelled: listen(),
            begun: Instant::now(),
            is_planned: false,
        }
    }

    /// A bar over so many replications, whatever is planned on the way: it moves on while a history is fitted.
    pub fn of(silent: bool, replications: u64) -> Progress {
        let progress = Progress::new(silent);
        progress.bar.set_length(replications);
        progress.bar.enable_steady_tick(TICK);
        Progress {
            is_planned: true,
            ..progress
        }
    }

    /// A sign of life without a length.
    pub fn waiting(silent: bool, what: &'static str) -> Progress {
        let progress = Progress::new(silent);
        let style = ProgressStyle::with_template("{spinner} {msg}, {elapsed}");
        let style = style.unwrap_or_else(|_| ProgressStyle::default_spinner());
        progress.bar.set_style(style);
        progress.bar.set_message(what);
        progress.bar.enable_steady_tick(TICK);
        progress
    }

    /// Takes the bar away; the leads simulated and the time it took.
    pub fn finish(&self) -> (u64, Duration) {
        self.bar.finish_and_clear();
        (self.leads.load(Ordering::Relaxed), self.begun.elapsed())
    }
}

impl Watch for Progress {
    fn planned(&self, replications: u64) {
        if !self.is_planned {
            let planned = self.bar.length().unwrap_or(0) + replications;
            self.bar.set_length(planned);
        }
    }

    fn advanced(&self, replications: u64, leads: u64) {
        self.leads.fetch_add(leads, Ordering::Relaxed);
        self.bar.inc(replications);
    }

    fn cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }
}

fn style(leads: Arc<AtomicU64>) -> ProgressStyle {
    let rate = move |state: &ProgressState, out: &mut dyn std::fmt::Write| {
        let seconds = state.elapsed().as_secs_f64();
        let rate = leads.load(Ordering::Relaxed) as f64 / seconds.max(1e-3);
        // A bar that cannot be written is not worth an error.
        let _ = write!(out, "{:.1}M leads/s", rate / 1e6);
    };
    let template = "{bar:32} {pos}/{len} replications, {rate}, {eta} left";
    let style = ProgressStyle::with_template(template);
    let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
    style.with_key("rate", rate).progress_chars("━╸─")
}

/// A flag that Ctrl-C sets. The second one ends the programme at once.
fn listen() -> Arc<AtomicBool> {
    let cancelled = Arc::new(AtomicBool::new(false));
    let flag = cancelled.clone();
    let heard = move || {
        if flag.swap(true, Ordering::Relaxed) {
            std::process::exit(1);
        }
    };
    // Where it cannot be listened for, Ctrl-C ends the programme as it always does.
    let _ = ctrlc::set_handler(heard);
    cancelled
}
