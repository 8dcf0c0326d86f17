//! Writes the export of a CRM that never was: the leads of two simulated years, one row each.
//!
//! `cargo run --release --example synthetic_export -- 5000000 leads.csv`

use std::collections::BTreeMap;
use std::error::Error;
use std::fs::File;
use std::io::BufWriter;

use funnelcast::forecast::Plan;
use funnelcast::history::{EarlyLosses, Of, simulate, write_records};
use funnelcast::scenario::Scenario;

/// Days before the last one on which leads arrive.
const DAYS: f64 = 730.0;

/// A scenario that brings so many leads, give or take the luck of their days.
fn scenario(n_leads: f64) -> String {
    format!(
        r#"
start_date = 2024-01-01
horizon = {DAYS}
[channels]
website.leads_per_day = {}
events.leads_per_day = {}
[segments]
small = {{ share = 0.8 }}
large = {{ share = 0.2, win = 0.15, deal_size = 60_000 }}
[nurturing]
qualification = 0.4
[handoff]
acceptance = 0.6
[closing]
win = 0.25
no_decision = 0.2
cycle = {{ lognormal = {{ median = 45, sigma = 0.6 }} }}
[deal]
size = {{ lognormal = {{ mean = 20_000, sigma = 0.8 }} }}
"#,
        0.75 * n_leads / DAYS,
        0.25 * n_leads / DAYS
    )
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(n_leads), Some(file)) = (arguments.next(), arguments.next()) else {
        return Err("write how many leads, and to which file".into());
    };
    let text = scenario(n_leads.parse()?);
    let files = BTreeMap::from([("plan.toml".into(), text.into())]);
    let (scenario, ..) = Scenario::load("plan.toml", &[], &files)?;
    let plan = Plan {
        seed: 1,
        range: 0..1,
        ..Plan::default()
    };
    let history = simulate(&scenario, &plan, Of::Leads(EarlyLosses::Recorded))?;
    write_records(&history, &mut BufWriter::new(File::create(file)?))?;
    Ok(())
}
