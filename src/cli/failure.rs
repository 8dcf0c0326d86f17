//! What ends a command before its work is done, and how it is told.

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use super::paper::paper;
use crate::forecast::{FailedReplication, NoSuchLead};
use crate::history::{Unfit, Untestable};
use crate::report::Unwritable;
use crate::scenario::Faults;

/// Why a command could not do its work.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// Something is wrong with a scenario.
    #[error(transparent)]
    Scenario(#[from] Faults),
    /// Nobody of that name to tell of.
    #[error(transparent)]
    Lead(#[from] NoSuchLead),
    /// Options that do not go together.
    #[error("{0}")]
    Options(String),
    /// A history that nothing can be learned from.
    #[error(transparent)]
    Unfit(#[from] Unfit),
    /// A history of the past that cannot be fitted or run.
    #[error(transparent)]
    Untestable(#[from] Untestable),
    /// A result cannot be written.
    #[error(transparent)]
    Unwritable(#[from] Unwritable),
    /// Text cannot be printed.
    #[error("cannot print the result")]
    Print(#[source] io::Error),
    /// A replication that could not be run to its end.
    #[error("{}", with_advice(.0))]
    Replication(FailedReplication),
    /// Interrupted before the first replication was done.
    #[error("interrupted before the first replication was done; nothing was written")]
    Interrupted,
}

/// It tells all itself and is not the cause of something else.
impl From<FailedReplication> for Failure {
    fn from(failed: FailedReplication) -> Self {
        Failure::Replication(failed)
    }
}

impl Failure {
    /// 1 for an interruption, 2 where there is no result.
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Failure::Interrupted => 1,
            _ => 2,
        })
    }
}

/// A failed replication and how to see it again, alone.
fn with_advice(failed: &FailedReplication) -> String {
    let FailedReplication {
        seed, replication, ..
    } = failed;
    if !failed.is_defect {
        return format!(
            "{failed}\n  nothing was written\n  = help: let customers refer fewer leads \
             (`customers.referrals.per_year`), leave sooner, or be followed for a shorter time"
        );
    }
    let end = replication.saturating_add(1);
    format!(
        "{failed}\n  nothing was written; this is a defect of funnelcast: please report it\n  \
         = help: the same options with --seed {seed} --replications {replication}..{end} show it alone"
    )
}

/// Tells of `failure` on the standard error, with all its causes.
pub fn complain(failure: &Failure) {
    match failure {
        Failure::Scenario(faults) if io::stderr().is_terminal() => {
            tell_styled(&format!("{:?}", miette::Report::new(faults.clone())));
        }
        Failure::Scenario(faults) => tell(faults.plain().trim_end()),
        other => {
            let mut text = format!("error: {other}");
            let mut cause = std::error::Error::source(other);
            while let Some(error) = cause {
                text += &format!("\n  because {error}");
                cause = error.source();
            }
            tell(&text);
        }
    }
}

/// Lines on the standard error, whatever names they hold.
pub(super) fn tell(text: &str) {
    let lines: Vec<String> = text.lines().map(|line| paper().clean(line)).collect();
    tell_styled(&lines.join("\n"));
}

/// Text on the standard error. If that is closed, nobody is listening.
fn tell_styled(text: &str) {
    let _ = writeln!(anstream::stderr(), "{text}");
}

/// Text on the standard output. A reader that has seen enough is no error.
pub(super) fn print(text: &str) -> Result<(), Failure> {
    let mut output = anstream::stdout().lock();
    let written = output
        .write_all(text.as_bytes())
        .and_then(|()| output.flush());
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::Print(error)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_replication_says_how_to_see_it_alone() {
        let failed = FailedReplication {
            scenario: "plan".to_owned(),
            seed: 3,
            replication: 7,
            reason: "no such day".to_owned(),
            is_defect: true,
        };
        let failure = Failure::from(failed);
        assert!(std::error::Error::source(&failure).is_none());
        let text = failure.to_string();
        let first = "replication 7 of plan with seed 3 failed: no such day\n";
        assert!(text.starts_with(first), "{text}");
        assert!(text.contains("--seed 3 --replications 7..8 "), "{text}");
    }
}
