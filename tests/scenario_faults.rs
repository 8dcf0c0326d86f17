//! Every fault names its place, what was given and what is allowed.

use std::path::Path;

use funnelcast::scenario::{Fault, Faults, LoadError, Loader, Scenario};

/// Files of `tests/faults`.
struct Disk;

impl Loader for Disk {
    fn load(&self, path: &Path, _limit: u64) -> Result<Vec<u8>, LoadError> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/faults");
        Ok(std::fs::read(folder.join(path))?)
    }
}

fn faults(file: &str, sets: &[&str]) -> String {
    let sets: Vec<String> = sets.iter().map(|set| set.to_string()).collect();
    match Scenario::load(file, &sets, &Disk) {
        Ok(_) => "no fault\n".into(),
        Err(faults) => faults.plain(),
    }
}

#[test]
fn each_file_of_faults() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/faults");
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".toml"))
        .collect();
    names.sort();
    assert!(names.len() > 15);
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("faults/expected");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        for name in names {
            insta::assert_snapshot!(name.trim_end_matches(".toml"), faults(&name, &[]));
        }
    });
}

#[test]
fn what_is_set_is_at_fault_under_its_own_name() {
    insta::assert_snapshot!(faults(
        "base.toml",
        &[
            "closing.win=1.2",
            "handof.leak=0.1",
            "handoff.leak.size=3",
            "handoff leak",
            "handoff.recycling=none",
            "extends=base.toml",
            "sales.pool={ selling_share = 3 }",
        ]
    ));
}

#[test]
fn a_file_that_cannot_be_read() {
    assert!(
        faults("nowhere.toml", &[])
            .starts_with("error: cannot read nowhere.toml: there is no such file")
    );
    assert!(faults(".", &[]).contains("it is a directory"));
}

#[test]
fn faults_can_cross_threads() {
    fn sent<T: Send + Sync + 'static>() {}
    sent::<Fault>();
    sent::<Faults>();
    sent::<LoadError>();
}
