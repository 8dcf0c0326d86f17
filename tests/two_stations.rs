//! SDRs and account executives do more, less or other than two stations in a row.
//!
//! Values: Jackson's theorem for the network with feedback, Erlang's formula for each of its stations, Little's law. Waits
//! within a replication are correlated, so every error is taken over replications.

mod common;

use common::*;
use funnelcast::forecast::{Plan, Unwatched, Workers};
use funnelcast::funnel::{Count, Funnel, Record, Scratch, Siblings, Stock, Sum, Tally};

const HEAD: &str = "
start_date = 2025-01-01
horizon = 400
periods = 1
warm_up = 450
[channels.inbound]
leads_per_day = 30
";

const CLOSING: &str = "
[closing]
win = 0.3
cycle = { lognormal = { median = 12, sigma = 0.5 } }
[deal]
size = { lognormal = { mean = 10_000, sigma = 0.7 } }
";

const RECYCLED: &str = "
[handoff]
acceptance = 0.55
sla = 1e-9
recycling = { share = 0.5, delay = WAY_BACK, limit = 30, of = [\"rejected\"] }
";

fn jackson(way_back: &str) -> String {
    let handoff = RECYCLED.replace("WAY_BACK", way_back);
    let sdr = format!(
        "[sdr]\nreps = 5\nhold = {{ exponential = {{ mean = {} }} }}\n",
        1.0 / 9.0
    );
    let sales = "[sales]\nreps = 30\nhold = { exponential = { mean = 1.2 } }\n";
    [HEAD, &handoff, &sdr, sales, CLOSING].concat()
}

/// What a replication says of a station.
#[derive(Default)]
struct Seen {
    queued: Vec<f64>,
    wait_days: Vec<f64>,
    /// Mean backlog at the ends of the days.
    backlog: Vec<f64>,
    busy_share: Vec<f64>,
}

impl Seen {
    fn of(records: &[Record], queued: Count, sums: [Sum; 3], backlog: Stock) -> Seen {
        let each = |f: &dyn Fn(&Record) -> f64| records.iter().map(f).collect();
        let [wait_days, busy, available] = sums;
        Seen {
            queued: each(&|record| count(record, queued)),
            wait_days: each(&|record| sum(record, wait_days)),
            backlog: each(&|record| {
                let backlogs = stocks(record, backlog);
                backlogs.iter().sum::<f64>() / backlogs.len() as f64
            }),
            busy_share: each(&|record| sum(record, busy) / sum(record, available)),
        }
    }

    /// Checks rate, mean wait, mean backlog and load of a station that `rate` leads a day reach.
    fn check(&self, what: &str, rate: f64, wait: f64, load: f64) {
        let rates: Vec<f64> = self.queued.iter().map(|n| n / 400.0).collect();
        assert_mean(&format!("{what}: leads per day"), &rates, rate);
        assert_ratio(
            &format!("{what}: mean wait"),
            &self.wait_days,
            &self.queued,
            wait,
        );
        assert_mean(&format!("{what}: backlog"), &self.backlog, rate * wait);
        assert_mean(&format!("{what}: utilisation"), &self.busy_share, load);
    }
}

/// Checks replications of the Jackson network.
///
/// 30 leads a day reach 5 SDRs who hold them 1/9 day and accept .55; half of the rejected come back after 45 days on average;
/// 30 account executives hold an accepted lead for 1.2 days. Passes per lead 1/(1 - .225): SDRs see 38.70967742 a day, who
/// wait with probability .67592856, .10745531 days on average, 4.15956035 at a time; .70967742 of all leads are accepted in
/// the end, 21.29032258 a day, and wait .08119234 days; 391.93548 leads are on their way back. 38.70967742 * .55 / 9
/// accepted leads are with an SDR, 21.29032258 * 1.2 with an account executive. After 450 days 4e-4 of the start is left.
fn check_jackson(records: &[Record]) {
    let sums = [Sum::SdrWaitDays, Sum::SdrBusy, Sum::SdrAvailable];
    let sdrs = Seen::of(records, Count::SdrQueued, sums, Stock::SdrBacklog);
    let load = 38.709_677_42 / 45.0;
    sdrs.check("SDRs", 38.709_677_42, 0.107_455_31, load);
    let sums = [Sum::WaitDays, Sum::Busy, Sum::Available];
    let sales = Seen::of(records, Count::Queued, sums, Stock::Backlog);
    let load = 21.290_322_58 * 1.2 / 30.0;
    sales.check("sales", 21.290_322_58, 0.081_192_34, load);

    let of = |which: Count| -> Vec<f64> { records.iter().map(|r| count(r, which)).collect() };
    let touched = of(Count::Touched);
    let at_once = of(Count::SlaMet);
    assert_ratio("P(no wait)", &at_once, &touched, 1.0 - 0.675_928_56);
    let (sals, leads) = (of(Count::Sals), of(Count::Leads));
    assert_ratio("accepted in the end", &sals, &leads, 0.709_677_42);
    let open = |stage: usize| -> Vec<f64> {
        let open = records.iter().map(|record| f64::from(record.open[stage]));
        open.collect()
    };
    let working = 38.709_677_42 * 0.55 / 9.0 + 21.290_322_58 * 1.2;
    assert_mean("accepted and held", &open(4), working);
    assert_mean("on their way back", &open(6), 391.935_48);
}

/// By days, and nobody comes back on the day on which they left: then days are exact. Only the mean of the way back matters.
/// Seed 41; 1,200 replications; |z| <= 4, p 6e-5 each: either wait 5 % off would be nearly 5 standard errors off.
#[test]
fn jackson_network_of_sdrs_and_account_executives() {
    let text = jackson("{ uniform = { low = 30, high = 60 } }");
    check_jackson(&replicate(&funnel(&text), 41, 1_200, Record::clone));
}

/// Who comes back on the day on which they left, 1 % of those who do, enters at its end, which makes the SDRs' wait .8 %
/// longer. In blocks of a sixteenth of a day it is the network of the theory again. Seed 42; 400 replications; |z| <= 4.
#[test]
fn jackson_network_with_an_exponential_way_back_in_short_blocks() {
    let text = jackson("{ exponential = { mean = 45 } }");
    let funnel = funnel(&text).in_blocks(16);
    check_jackson(&replicate(&funnel, 42, 400, Record::clone));
}

/// Everything that may happen on the way; the team is put in last.
const RICH: &str = r#"
start_date = 2025-01-01
horizon = 90
periods = 5
warm_up = 30
[channels.inbound]
leads_per_day = 12
cost_per_lead = 10
[nurturing.score]
accuracy = 0.5
threshold = -0.5
[handoff]
leak = 0.1
routing = { exponential = { mean = 0.5 } }
sla = 0.2
expiry = { exponential = { mean = 3 } }
judgement = { accuracy = 0.7, threshold = -0.2 }
contact_decay = { floor = 0.3, days = 0.2, power = 0.5 }
recycling = { share = 0.5, delay = { exponential = { mean = 6 } }, limit = 3 }
[closing]
opportunity_rate = 0.8
win = 0.3
cycle = { lognormal = { median = 8, sigma = 0.5 } }
[deal]
size = { lognormal = { mean = 10_000, sigma = 0.7 } }
"#;

/// Teams that hold a lead for a time without luck, so that both names of a hold say the same.
const TEAMS: [&str; 4] = [
    "reps = 3\nhold = 0.3\n",
    "reps = { initially = 4, 2025-02-01 = 2 }\nhold = { initially = 0.3, 2025-01-20 = 0.5 }\norder = \"score\"\n",
    "reps = 1\nhold = 0.2\nhires = { a = { reps = 2, start = 2025-02-01 } }\nramp = { start = 0.2, days = 20 }\n",
    "reps = 2\nhires = { a = { reps = 1, start = 2025-02-01 } }\nramp = { start = 0.2, days = 20 }\n\
     pool = { selling_share = 0.5, triage_hours = 0.4, acceptance_hours = 0.8 }\n",
];

fn run(text: &str, n: u64) -> Vec<Record> {
    replicate(&funnel(text), 7, n, Record::clone)
}

/// The tally with the two stations exchanged, the accounts aside.
fn exchanged(tally: &Tally) -> Tally {
    let Tally {
        mut counts,
        mut stocks,
        mut sums,
        ..
    } = tally.clone();
    counts.swap(Count::Queued as usize, Count::SdrQueued as usize);
    counts.swap(Count::LeftQueue as usize, Count::LeftSdrQueue as usize);
    stocks.swap(Stock::Backlog as usize, Stock::SdrBacklog as usize);
    sums.swap(Sum::WaitDays as usize, Sum::SdrWaitDays as usize);
    sums.swap(Sum::Busy as usize, Sum::SdrBusy as usize);
    sums.swap(Sum::Available as usize, Sum::SdrAvailable as usize);
    sums.swap(Sum::SalaryCost as usize, Sum::SdrSalaryCost as usize);
    Tally {
        counts,
        stocks,
        sums,
        accounts: Vec::new(),
    }
}

/// Where account executives are without limit, the SDRs are the one team there is.
#[test]
fn sdrs_alone_are_the_one_team() {
    for team in TEAMS {
        let one = format!("{RICH}[costs]\nrep_salary_per_year = 50_000\n[sales]\n{team}");
        let two = format!("{RICH}[costs]\nsdr_salary_per_year = 50_000\n[sdr]\n{team}");
        for (one, two) in run(&one, 5).iter().zip(&run(&two, 5)) {
            assert!(count(two, Count::SdrQueued) > 300.0 && count(two, Count::Won) > 20.0);
            let twice = |tally: &Tally| exchanged(&exchanged(tally));
            let one_team: Vec<Tally> = one.periods.iter().map(twice).collect();
            let exchanged: Vec<Tally> = two.periods.iter().map(exchanged).collect();
            assert_eq!(one_team, exchanged, "{team}");
            let mut open = two.open.to_vec();
            assert_eq!(open.remove(3), 0, "nobody waits for an account executive");
            assert_eq!(one.open.to_vec(), open);
        }
    }
}

/// SDRs who are always free, take no time and accept everybody leave the one team as it was, but for when leads are
/// touched and accepted: on arrival, and not when their turn comes.
#[test]
fn sdrs_who_change_nothing_leave_the_one_team_as_it_was() {
    let plain = RICH.replace("expiry = { exponential = { mean = 3 } }\n", "");
    let plain = plain.replace("judgement = { accuracy = 0.7, threshold = -0.2 }\n", "");
    let plain = plain.replace(
        "contact_decay = { floor = 0.3, days = 0.2, power = 0.5 }\n",
        "",
    );
    let counts = [
        Count::Mqls,
        Count::Queued,
        Count::LeftQueue,
        Count::Opportunities,
        Count::Disqualified,
        Count::Won,
        Count::Lost,
    ];
    let sums = [
        Sum::WaitDays,
        Sum::Busy,
        Sum::Available,
        Sum::NewRevenue,
        Sum::CycleDays,
    ];
    let pool = "reps = 3\npool = { selling_share = 0.5, triage_hours = 0.4, acceptance_hours = 0.8, \
                hours_per_open_opportunity = 0.02 }\n";
    for team in TEAMS.iter().take(3).chain([&pool]) {
        let one = format!("{plain}[sales]\n{team}");
        let two = format!("{one}[sdr]\nreps = 10_000\nhold = 0\n");
        for (one, two) in run(&one, 5).iter().zip(&run(&two, 5)) {
            assert!(count(one, Count::Queued) > 600.0 && sum(one, Sum::WaitDays) > 10.0);
            for (one, two) in one.periods.iter().zip(&two.periods) {
                for which in counts.map(|which| which as usize) {
                    assert_eq!(one.counts[which], two.counts[which], "{team}");
                }
                for which in sums.map(|which| which as usize) {
                    assert_eq!(one.sums[which], two.sums[which], "{team}");
                }
                assert_eq!(one.stocks[..2], two.stocks[..2]);
                assert_eq!(two.sums[Sum::SdrWaitDays as usize], 0.0);
            }
        }
    }
}

/// Whatever is stated of SDRs and then removed leaves no trace.
#[test]
fn sdrs_who_are_removed_were_never_there() {
    let with = format!("{RICH}[sdr]\nreps = 3\nhold = 0.3\n[sales]\n{}", TEAMS[0]);
    let removed = scenario_with(
        "extends = \"with.toml\"\nsdr = \"none\"\n",
        &[("with.toml", &with)],
    );
    let funnel = Funnel::new(&removed, &removed.median_draw());
    let never = format!("{RICH}[sales]\n{}", TEAMS[0]);
    assert_eq!(replicate(&funnel, 7, 5, Record::clone), run(&never, 5));
}

const SDR_POOL: &str = "[sdr]\nreps = 2\npool = { selling_share = 0.5, triage_hours = 0.4 }\n\
                        [sales]\nreps = 4\nhold = { exponential = { mean = 0.6 } }\n";
const SDR_REPS: &str = "[sdr]\nreps = 2\nhold = { exponential = { mean = 0.12 } }\n\
                        [sales]\nreps = 2\npool = { selling_share = 0.5, triage_hours = 0.8, \
                        hours_per_open_opportunity = 0.05 }\n";

/// Those who differ in SDRs hired later share a warm-up where SDRs are hours; where each holds one lead, a hire is put to
/// work with the others, and they do not. Either way each has the record that it has alone.
#[test]
fn sharing_a_warm_up_changes_no_byte() {
    for (teams, n_warm_ups) in [(SDR_POOL, 2), (SDR_REPS, 3)] {
        let plan = format!("{RICH}{teams}");
        let hire = format!("{plan}[sdr.hires.a]\nreps = 1\nstart = 2025-02-01\n");
        let early = format!("{plan}[sdr.hires.a]\nreps = 1\nstart = 2024-12-20\n");
        let funnels = [&plan, &hire, &early].map(|text| funnel(text));
        let mut scratch = Scratch::default();
        let siblings = Siblings::new(&funnels);
        assert_eq!(siblings.n_warm_ups(), n_warm_ups);
        for replication in 0..4 {
            let alone: Vec<Record> = funnels
                .iter()
                .map(|funnel| funnel.run(7, replication, &mut scratch))
                .collect();
            assert_ne!(alone[0], alone[1]);
            assert_eq!(siblings.run(7, replication, &mut scratch, |_| ()), alone);
        }
    }
}

/// A past of fewer SDRs acts before day 0, and its hires are there from then on.
#[test]
fn the_past_has_sdrs_of_its_own() {
    let past = format!("{RICH}{SDR_POOL}[costs]\nsdr_salary_per_year = 36_525\n");
    let plan = "extends = \"past.toml\"\n[start]\nwarm_up_under = \"past.toml\"\n[sdr]\nreps = 4\n\
                [sdr.hires.a]\nreps = 1\nstart = 2025-01-11\n";
    let scenario = scenario_with(plan, &[("past.toml", &past)]);
    let funnel = Funnel::new(&scenario, &scenario.median_draw());
    let hours = 8.0 * 0.5;
    for record in replicate(&funnel, 7, 3, Record::clone) {
        let available = |period: usize| record.periods[period].sums[Sum::SdrAvailable as usize];
        assert_eq!(
            [0, 1, 2, 3].map(available),
            [4.0, 4.0, 5.0, 5.0].map(|n| n * hours * 5.0)
        );
    }
    let gone = format!("{RICH}[sales]\n{}", TEAMS[0]);
    let faults = try_scenario(plan, &[("past.toml", &gone)]).unwrap_err();
    assert!(faults.contains("`sdr.hold` is missing"), "{faults}");
    let other = "extends = \"past.toml\"\nsdr = \"none\"\n[start]\nwarm_up_under = \"past.toml\"\n";
    let faults = try_scenario(other, &[("past.toml", &past)]).unwrap_err();
    let words = "differ in the capacity of SDRs: none here, hours (`sdr.pool`) before day 0";
    assert!(faults.contains(words), "{faults}");
}

/// Pay of SDRs, hires from their first day on, is all that a salary adds to cost.
#[test]
fn sdrs_are_paid_from_their_first_day_on() {
    let hired = format!("{RICH}{SDR_POOL}[sdr.hires.a]\nreps = 2\nstart = 2025-01-11\n");
    let paid = format!("{hired}[costs]\nsdr_salary_per_year = 36_525\n");
    let cost = |record: &Record| -> Vec<f64> {
        record.periods.iter().map(|period| period.cost()).collect()
    };
    for (free, paid) in run(&hired, 2).iter().zip(&run(&paid, 2)) {
        let pay: Vec<f64> = cost(paid)
            .iter()
            .zip(cost(free))
            .map(|(a, b)| a - b)
            .collect();
        assert!((pay[0] - 2.0 * 5.0 * 100.0).abs() < 1e-6, "{pay:?}");
        assert!((pay[5] - 4.0 * 5.0 * 100.0).abs() < 1e-6, "{pay:?}");
    }
}

/// The records do not know how many threads made them.
#[test]
fn any_number_of_threads_gives_the_same_forecast() {
    let scenario = scenario(&format!("{RICH}{SDR_REPS}"));
    let records = |threads: usize| {
        let plan = Plan {
            seed: 7,
            range: 0..24,
            ..Plan::default()
        };
        let workers = Workers::new(Some(threads));
        funnelcast::forecast::replicate(&[&scenario], &plan, &workers, &Unwatched)
            .expect("no replication fails")
    };
    let one = records(1);
    assert!([2, 5].iter().all(|&threads| records(threads) == one));
}

/// SALs that stand open at day 0 wait for account executives: those without limit take them at once, one at a time else.
#[test]
fn a_pipeline_may_have_sals_that_wait() {
    let csv =
        "id,stage,age_days\na,sal_queue,2\nb,sal_queue,\nc,sal_queue,1\nd,working,0.1\ne,queue,1\n";
    let head = "start_date = 2025-01-01\nhorizon = 20\nperiods = 1\n[channels.x]\nleads_per_day = 0\n\
                [start]\npipeline = \"open.csv\"\n[closing]\nwin = 1\ncycle = 3\n[deal]\nsize = 1\n";
    let records = |teams: &str| {
        let scenario = scenario_with(&format!("{head}{teams}"), &[("open.csv", csv)]);
        let funnel = Funnel::new(&scenario, &scenario.median_draw());
        replicate(&funnel, 7, 2, Record::clone)
    };
    for record in records("[sdr]\nreps = 1\nhold = 0.5\n") {
        assert_eq!(record.opening, 5);
        assert_eq!(counts(&record, Count::Opportunities)[..2], [5.0, 0.0]);
        assert_eq!(record.periods[0].stocks[Stock::Backlog as usize], 0);
    }
    // The oldest first; the one being worked for .1 of a day is done at .9, the rest follow day by day.
    for record in records("[sdr]\nreps = 1\nhold = 0.5\n[sales]\nreps = 1\nhold = 1\n") {
        assert_eq!(record.opening, 5);
        assert_eq!(
            counts(&record, Count::Opportunities)[..6],
            [1.0, 1.0, 1.0, 1.0, 1.0, 0.0]
        );
        assert_eq!(stocks(&record, Stock::Backlog)[..4], [3.0, 2.0, 1.0, 0.0]);
        assert_eq!(count(&record, Count::Won), 5.0);
    }
    let refused = try_scenario(
        &format!("{head}[sales]\nreps = 1\nhold = 1\n"),
        &[("open.csv", csv)],
    );
    let words =
        "there is no stage `sal_queue`; there are nurturing, routing, queue, working, recycled";
    assert!(refused.unwrap_err().contains(words));
}
