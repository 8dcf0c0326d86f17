//! A directory in which the command is run from outside.
#![allow(dead_code, reason = "each test file uses its own part")]

use std::fs;
use std::path::PathBuf;

use assert_cmd::Command;
use assert_cmd::assert::Assert;
use tempfile::TempDir;

/// An empty directory that goes with the test.
pub struct Stage(TempDir);

impl Stage {
    /// A directory with these files in it.
    pub fn new(files: &[(&str, &str)]) -> Stage {
        let stage = Stage(TempDir::new().unwrap());
        for (name, text) in files {
            stage.write(name, text);
        }
        stage
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> &Stage {
        fs::write(self.path(name), content).unwrap();
        self
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// Names of all that is there, in order.
    pub fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.0.path()).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    /// Runs `funnelcast` with a line divided at blanks; `~` is a blank within a word.
    pub fn run(&self, line: &str) -> Assert {
        self.run_with(&[], line)
    }

    /// The same with more in an environment that states no terminal.
    pub fn run_with(&self, environment: &[(&str, &str)], line: &str) -> Assert {
        let mut command = Command::cargo_bin("funnelcast").unwrap();
        let words = line.split_whitespace().map(|word| word.replace('~', " "));
        let command = command.current_dir(self.0.path()).args(words);
        let command = command.env_remove("COLUMNS").env("LC_ALL", "C.UTF-8");
        command.envs(environment.iter().copied()).assert()
    }

    /// What is said of what cannot be done: with exit code 2, and with nothing written.
    pub fn refusal(&self, line: &str) -> String {
        let before = self.names();
        let run = self.run(line).code(2);
        assert_eq!(stdout(&run), "", "{line}");
        assert_eq!(self.names(), before, "{line}");
        stderr(&run)
    }
}

pub fn stdout(run: &Assert) -> String {
    String::from_utf8(run.get_output().stdout.clone()).unwrap()
}

pub fn stderr(run: &Assert) -> String {
    String::from_utf8(run.get_output().stderr.clone()).unwrap()
}
