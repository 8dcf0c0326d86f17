//! Customers stay too long, refer too often, or bring more than they sign for.

mod common;

use std::collections::BTreeMap;
use std::path::PathBuf;

use common::{
    count, funnel, mean_and_variance, replicate, scenario, scenario_with, sum, try_scenario,
    z_of_mean,
};
use funnelcast::forecast::{Event, Plan, Unwatched, What, Workers, replicate as run_all};
use funnelcast::funnel::{
    Count, Funnel, Record, Retained, Scratch, Siblings, Stock, Sum, Tally, Wanted,
};
use funnelcast::scenario::Scenario;
use funnelcast::units::Window;

/// 1,000 deals of 1,000 on day 0, on average, and none later.
const ONE_DAY: &str = r#"
start_date = 2026-01-01
horizon = 60
closing.win = 1
deal.size = 1000
[channels.a]
leads_per_day = { initially = 1000, 2026-01-02 = 0 }
"#;

fn run(text: &str) -> Record {
    funnel(text).run(1, 0, &mut Scratch::default())
}

fn in_window(record: &Record, window: usize, which: Count) -> f64 {
    f64::from(record.windows[window].counts[which as usize])
}

/// `S(1)` to `S(5)` of the shifted beta-geometric law with a = 1.2 and b = 5.8: `S(k) = S(k - 1) (b + k - 1) / (a + b + k - 1)`.
const SURVIVAL: [f64; 5] = [0.82857143, 0.70428571, 0.61038095, 0.53713524, 0.47853867];

#[test]
fn customers_who_differ_survive_as_the_shifted_beta_geometric_law_says() {
    let text =
        format!("{ONE_DAY}[customers]\nterm = 10\nchurn = {{ beta = {{ a = 1.2, b = 5.8 }} }}\n");
    let windows = (1..=5).map(|term| Window {
        start_day: 10 * term,
        end_day: 10 * term + 1,
    });
    let funnel = funnel(&text).recording(windows);
    for (term, survival) in SURVIVAL.into_iter().enumerate() {
        // Its mean is 0: renewed less those who were to renew.
        let excess = replicate(&funnel, 1, 300, |record| {
            in_window(record, term, Count::Renewals) - survival * count(record, Count::Won)
        });
        let z = z_of_mean(&excess, 0.0);
        assert!(z.abs() <= 4.0, "S({}): {z}", term + 1);
    }
}

/// What a deal of 1 and its renewals, discounted by 10 % a term, are worth: known in closed form for a constant
/// retention (5 at 88 %, or 100,000 at 20,000 a term) and for the shifted beta-geometric law (5.04304378). What
/// the 120 terms that are simulated leave out is below 1e-4, a hundredth of a standard error.
#[test]
fn lifetimes_are_worth_what_closed_forms_say() {
    let value = |churn: &str, exact: f64| {
        let text = ONE_DAY.replace("horizon = 60", "horizon = 605");
        let text = format!("{text}[customers]\nterm = 5\nchurn = {churn}\n");
        let terms = (0..120).map(|term| Window {
            start_day: 5 * term,
            end_day: 5 * term + 5,
        });
        let funnel = funnel(&text).recording(terms);
        let excess = replicate(&funnel, 1, 300, |record| {
            let revenue = record.windows.iter().zip(0i32..).map(|(window, term)| {
                let [new, existing] = [Sum::NewRevenue, Sum::ExistingRevenue]
                    .map(|which| window.sums[which as usize]);
                (new + existing) / 1.1f64.powi(term)
            });
            revenue.sum::<f64>() / 1000.0 - exact * count(record, Count::Won)
        });
        z_of_mean(&excess, 0.0)
    };
    let z = [
        value("0.12", 5.0),
        value("{ beta = { a = 1.2, b = 5.8 } }", 5.04304378),
    ];
    assert!(z.iter().all(|z| z.abs() <= 4.0), "{z:?}");
}

/// Mean customers after `days` where 100 a year come by themselves, each customer refers 0.04 a year, and of
/// those whose term ends `churn` leave. With `b(t)` new ones a day, contracts begin at the rate
/// `s(t) = b(t) + (1 - churn) s(t - term)`, `b = (100 + 0.04 m) / 365`, and `m' = b - churn s(t - term)`; in steps of
/// a twentieth of a term, by the trapezoidal rule.
fn mean_customers(term: f64, churn: f64, days: f64) -> f64 {
    const STEPS: usize = 20;
    let step = term / STEPS as f64;
    let born = |customers: f64| (100.0 + 0.04 * customers) / 365.0;
    let (mut m, mut begun) = (0.0, vec![born(0.0)]);
    for i in 1..=(days / step).round() as usize {
        let ends = |i: usize| i.checked_sub(STEPS).map_or(0.0, |then| begun[then]);
        let left = match i {
            _ if i <= STEPS => 0.0,
            _ => step * churn * 0.5 * (ends(i - 1) + ends(i)),
        };
        let before = born(m);
        m = (m + step * 0.5 * (before + 100.0 / 365.0) - left) / (1.0 - step * 0.02 / 365.0);
        let due = ends(i);
        begun.push(born(m) + (1.0 - churn) * due);
    }
    m
}

/// A linear birth-death process with immigration: 100 customers a year, 12 % a year leave, each brings in
/// 0.04 a year. Here they leave at ends of terms, half a term late on average: 0.2 % more at most if terms are 10 days,
/// and half of that for half the term.
#[test]
fn referrals_grow_as_a_birth_death_process_with_immigration() {
    // (m, variance) after one and five years, `m = 100 / 0.08 (1 - exp(-0.08 t))`, `v = m (1 + 0.04 m / 100)`.
    let limit = [(96.10456702, 99.79900214), (412.09994246, 480.03048748)];
    let churn_of = |term: f64| 1.0 - (-0.12 * term / 365.0f64).exp();
    let exact = |term: f64| [365.0, 1825.0].map(|days| mean_customers(term, churn_of(term), days));
    let bias = |term: f64| {
        let means = exact(term).into_iter().zip(limit);
        means
            .map(|(mean, (limit, _))| mean / limit - 1.0)
            .collect::<Vec<_>>()
    };
    for (long, short) in bias(10.0).into_iter().zip(bias(5.0)) {
        assert!(long > 0.0 && long < 0.002, "{long}");
        assert!((long / short - 2.0).abs() < 0.05, "{long} {short}");
    }
    let text = format!(
        "start_date = 2026-01-01\nhorizon = 1825\nclosing.win = 1\ndeal.size = 1000\n\
         channels.a.leads_per_day = {}\n\
         [customers]\nterm = 10\nchurn = {}\nreferrals = {{ per_year = 0.04 }}\n",
        100.0 / 365.0,
        churn_of(10.0)
    );
    let windows = [365, 1825].map(|end_day| Window {
        start_day: 0,
        end_day,
    });
    let funnel = funnel(&text).recording(windows);
    for (window, mean) in exact(10.0).into_iter().enumerate() {
        let stock = replicate(&funnel, 1, N, |record| {
            f64::from(record.windows[window].stocks[Stock::Customers as usize])
        });
        const N: u64 = 1000;
        let z = z_of_mean(&stock, mean);
        assert!(z.abs() <= 4.0, "{z}");
        // (n - 1) s^2 / v is close to chi-square: 4.4 of its standard deviations have p = 1e-5.
        let (_, found) = mean_and_variance(&stock);
        let (_, variance) = limit[window];
        let tolerance = 4.4 * (2.0 / (N - 1) as f64).sqrt();
        assert!(
            (found / variance - 1.0).abs() < tolerance,
            "{found} {variance}"
        );
    }
}

#[test]
fn contracts_grow_by_the_mean_factor() {
    let text = format!(
        "{ONE_DAY}[customers]\nterm = 20\nchurn = 0\n\
         expansion = {{ lognormal = {{ mean = 1.05, sigma = 0.1 }} }}\n"
    );
    let funnel = funnel(&text);
    // Two renewals in 60 days; a third on day 60, behind the horizon.
    let excess = replicate(&funnel, 1, 200, |record| {
        let due = sum(record, Sum::NewRevenue) * (1.05 + 1.05 * 1.05);
        sum(record, Sum::ExistingRevenue) - due
    });
    assert!(z_of_mean(&excess, 0.0).abs() <= 4.0);
}

/// Twelve purchases a year of a quarter of the contract, from the moment of winning on.
#[test]
fn customers_buy_more_as_often_as_stated() {
    let text =
        format!("{ONE_DAY}[customers]\nchurn = 0\nupsell = {{ per_year = 12, size = 0.25 }}\n");
    let excess = replicate(&funnel(&text), 1, 300, |record| {
        let days = 60.0 - 0.5;
        sum(record, Sum::ExistingRevenue)
            - sum(record, Sum::NewRevenue) * days * 12.0 / 365.0 * 0.25
    });
    let z = z_of_mean(&excess, 0.0);
    assert!(z.abs() <= 4.0, "{z}");
}

/// Of contracts that end, 80 % are renewed, at 0.8 to 1.4 times their value; 12 purchases a year of a quarter.
#[test]
fn retention_is_of_contracts_whose_term_ends() {
    let text = format!(
        "{ONE_DAY}[customers]\nterm = 20\nchurn = 0.2\nexpansion = {{ uniform = {{ low = 0.8, high = 1.4 }} }}\n\
         upsell = {{ per_year = 12, size = 0.25 }}\n"
    );
    let funnel = funnel(&text);
    // E min(1, f) = (0.18 + 0.4) / 0.6.
    let gross = 0.8 * (0.58 / 0.6);
    let net = 0.8 * (1.1 + 0.25 * 12.0 / 365.0 * 20.0);
    for (which, share) in [(Sum::GrossRetained, gross), (Sum::NetRetained, net)] {
        let excess = replicate(&funnel, 1, 300, |record| {
            sum(record, which) - share * sum(record, Sum::ContractsDue)
        });
        let z = z_of_mean(&excess, 0.0);
        assert!(z.abs() <= 4.0, "{which:?}: {z}");
    }
}

/// A firm in which leads wait, return and are trusted, from before day 0 on.
const BUSY: &str = "start_date = 2026-01-01\nwarm_up = 40\nhorizon = 90\n\
    channels.a.leads_per_day = 8\nchannels.b.leads_per_day = 4\n\
    nurturing.delay = { gamma = { shape = 2, mean = 5 } }\n\
    nurturing.score = { accuracy = 0.5, threshold = 0 }\n\
    handoff = { leak = 0.2, contact = 0.9, acceptance = 0.6, expiry = 6, \
    recycling = { share = 0.5, delay = { exponential = { mean = 4 } }, limit = 2 }, \
    trust = { strength = 1, usual_acceptance = 0.5 } }\n\
    sales = { reps = 3, hold = { exponential = { mean = 0.6 } } }\n\
    closing = { win = 0.4, cycle = { lognormal = { median = 8, sigma = 0.6 } } }\n\
    deal.size = { lognormal = { mean = 1000, sigma = 0.8 } }\n";

/// The record as if no customer had been followed.
fn without_customers(mut record: Record) -> Record {
    record.customers = Box::new([]);
    for tally in &mut record.periods {
        for which in [Count::NewCustomers, Count::Renewals, Count::Churned] {
            tally.counts[which as usize] = 0;
        }
        tally.stocks[Stock::Customers as usize] = 0;
        for which in [
            Sum::ExistingRevenue,
            Sum::ExistingGrossProfit,
            Sum::AnnualGrossProfit,
            Sum::LifetimeValue,
            Sum::ContractsDue,
            Sum::GrossRetained,
            Sum::NetRetained,
        ] {
            tally.sums[which as usize] = 0.0;
        }
        tally.accounts.clear();
    }
    record
}

#[test]
fn following_customers_changes_nothing_else() {
    let of_day_0 = format!("{ONE_DAY}[handoff]\nacceptance = 0.7\n");
    for plan in [BUSY, &of_day_0] {
        let off = without_customers(run(plan));
        let more = "[customers]\nterm = 10\nchurn = 0.3\nexpansion = 1.1\nupsell = { per_year = 12, size = 1 }\n";
        let on = run(&format!("{plan}{more}"));
        assert!(count(&on, Count::Renewals) > 10.0);
        assert_eq!(without_customers(on), off);
    }
}

/// Customers' events are told, and telling changes nothing.
#[test]
fn the_story_of_a_lead_goes_on_as_that_of_a_customer() {
    let plan = format!(
        "{ONE_DAY}[customers]\nterm = 10\nchurn = 0.2\nexpansion = 1.1\nupsell = {{ per_year = 12, size = 1 }}\n\
         referrals = {{ per_year = 12 }}\n"
    );
    let funnel = funnel(&plan);
    let traced = funnel.trace(1, 0, &mut Scratch::default(), Wanted::First(40));
    assert_eq!(traced.record, run(&plan));
    assert_eq!(traced.stories.len(), 40);
    let has = |is: fn(Event) -> bool| {
        let mut entries = traced.stories.iter().flat_map(|story| &story.entries);
        entries.any(|entry| matches!(entry.what, What::Event(event) if is(event)))
    };
    assert!(has(|event| matches!(event, Event::Renewed(_))));
    assert!(has(|event| matches!(event, Event::Upsold(_))));
    assert!(has(|event| event == Event::Refers));
    assert!(has(|event| event == Event::Churned));
}

/// By day, of deals won on day 0: a 13th each for 13 days, to the last unit, and what is booked stays as it is.
#[test]
fn recognition_moves_revenue_and_loses_none() {
    let plan = ONE_DAY.replace(
        "deal.size = 1000",
        "periods = 1\nsales = { reps = 9, hold = 0.1, quota_per_rep_per_year = 1000 }\n\
         deal.size = { lognormal = { mean = 1000, sigma = 0.8 } }",
    );
    let of = |recognition: &str| {
        let customers =
            format!("[customers]\nterm = 13\nchurn = 0.2\nrecognition = {recognition:?}");
        run(&format!("{plan}{customers}\n"))
    };
    let (booking, ratable) = (of("booking"), of("ratable"));
    let on = |record: &Record, day: usize, which: Sum| record.periods[day].sums[which as usize];
    for day in 0..60 {
        let booked = on(&booking, day, Sum::Bookings);
        assert_eq!(booked, on(&booking, day, Sum::NewRevenue));
        assert_eq!(booked, on(&ratable, day, Sum::Bookings));
    }
    // Rounding is below 13 units of 2^-22 or so per contract, and some 1,000 contracts.
    let is_close = |a: f64, b: f64| (a - b).abs() < 0.01;
    for (which, starts) in [(Sum::NewRevenue, 0), (Sum::ExistingRevenue, 13usize)] {
        for day in starts..60 {
            let of_day = |day: usize| on(&booking, day, which) / 13.0;
            let due: f64 = (day.saturating_sub(12)..=day).map(of_day).sum();
            assert!(is_close(on(&ratable, day, which), due), "{which:?} {day}");
        }
    }
    assert!(is_close(
        sum(&ratable, Sum::NewRevenue),
        sum(&booking, Sum::NewRevenue)
    ));
}

#[test]
fn money_in_another_currency_is_the_same_money() {
    let plan = format!(
        "{ONE_DAY}[customers]\nterm = 13\nchurn = 0.2\nexpansion = 1.07\nrecognition = \"ratable\"\n"
    );
    let doubled = plan.replace("deal.size = 1000", "deal.size = 2000");
    for which in [Sum::NewRevenue, Sum::ExistingRevenue] {
        assert_eq!(2.0 * sum(&run(&plan), which), sum(&run(&doubled), which));
    }
}

/// Customers of the warm-up renew one by one, unless `[base]` has them.
#[test]
fn no_customer_counts_twice() {
    let plan = "start_date = 2026-01-01\nwarm_up = 60\nhorizon = 30\nclosing.win = 1\ndeal.size = 1\n\
                channels.a.leads_per_day = { initially = 20, 2026-01-01 = 0 }\n\
                [customers]\nterm = 20\nchurn = 0\n";
    let followed = run(plan);
    assert!(count(&followed, Count::Renewals) > 1000.0);
    let stated = run(&format!("{plan}[base]\nannual_revenue = 365\n"));
    assert_eq!(count(&stated, Count::Renewals), 0.0);
    assert!((sum(&stated, Sum::ExistingRevenue) - 30.0).abs() < 1e-9);
}

#[test]
fn the_customer_journey_keeps_a_fifth_of_those_who_would_leave() {
    let plan = format!("{ONE_DAY}[customers]\nterm = 30\nchurn = 0.5\n");
    let journey = "[levers.customer_journey]\nadoption = 1\nmidpoint = 0\nwidth = 0.1\n";
    let [without, with] = [plan.clone(), plan + journey]
        .map(|text| replicate(&funnel(&text), 1, 100, |r| count(r, Count::Churned)));
    let kept: Vec<f64> = without
        .iter()
        .zip(&with)
        .map(|(a, b)| 0.8 * a - b)
        .collect();
    assert!(z_of_mean(&kept, 0.0).abs() <= 4.0);
}

/// Whether customers are followed or not, a comparison has what each run has alone.
#[test]
fn who_follows_customers_may_stand_beside_who_does_not() {
    let base = BUSY.to_owned();
    let followed = "extends = \"base.toml\"\n[customers]\nterm = 10\nchurn = 0.2\nreferrals = { per_year = 9 }\n\
                    [start]\nwarm_up_under = \"base.toml\"\n";
    let alone = scenario(&base);
    let beside = scenario_with(followed, &[("base.toml", &base)]);
    let funnels = [&alone, &beside].map(|of| Funnel::new(of, &of.median_draw()));
    let siblings = Siblings::new(&funnels);
    let mut scratch = Scratch::default();
    for replication in 0..5 {
        let together = siblings.run(1, replication, &mut scratch, |_| ());
        let each = funnels.each_ref();
        let each = each.map(|funnel| funnel.run(1, replication, &mut Scratch::default()));
        assert_eq!(together, each);
        assert!(count(&each[1], Count::NewCustomers) > 0.0);
    }
}

/// Of those referred nobody becomes a customer here, so that the rate alone says how many there are.
#[test]
fn the_customer_journey_has_a_fifth_more_referred() {
    let plan = format!(
        "{ONE_DAY}[channels.referral]\nleads_per_day = 0\nqualification = 0\n\
         [customers]\nchurn = 0\nreferrals = {{ per_year = 3 }}\n"
    );
    let journey = "[levers.customer_journey]\nadoption = 1\nmidpoint = 0\nwidth = 0.01\n";
    let [without, with] = [plan.clone(), plan + journey]
        .map(|text| replicate(&funnel(&text), 1, 100, |r| count(r, Count::Referred)));
    let more: Vec<f64> = without
        .iter()
        .zip(&with)
        .map(|(a, b)| 1.2 * a - b)
        .collect();
    assert!(z_of_mean(&more, 0.0).abs() <= 4.0);
    assert!(
        with.iter()
            .zip(&without)
            .all(|(with, without)| with > without)
    );
}

/// Where scenarios differ from day 0 on only, the customers of a shared warm-up go on as if each were alone.
#[test]
fn customers_of_a_shared_warm_up_are_those_of_each_alone() {
    let customers = "[customers]\nterm = 20\nchurn = { beta = { a = 1.2, b = 5.8 } }\n\
                     upsell = { per_year = 6, size = 0.5 }\nreferrals = { per_year = 6 }\n";
    let past = format!("{BUSY}{customers}");
    let under = |more: &str| {
        let text = format!("{past}[start]\nwarm_up_under = \"past.toml\"\n");
        let text = text.replace("per_year = 6", more);
        let scenario = scenario_with(&text, &[("past.toml", &past)]);
        Funnel::new(&scenario, &scenario.median_draw())
    };
    let funnels = ["per_year = 6", "per_year = 1", "per_year = 12"].map(under);
    let siblings = Siblings::new(&funnels);
    assert_eq!(siblings.n_warm_ups(), 1);
    let mut scratch = Scratch::default();
    for replication in 0..20 {
        let together = siblings.run(1, replication, &mut scratch, |_| ());
        let alone = funnels.each_ref();
        let alone = alone.map(|funnel| funnel.run(1, replication, &mut scratch));
        assert_eq!(together, alone);
        let referred = alone.map(|record| count(&record, Count::Referred));
        assert!(referred[1] < referred[0] && referred[0] < referred[2]);
    }
}

#[test]
fn threads_change_nothing() {
    let customers = "[customers]\nterm = 10\nchurn = 0.2\nreferrals = { per_year = 12 }\n";
    let scenario = scenario(&format!("{BUSY}{customers}"));
    let plan = Plan {
        seed: 1,
        range: 0..24,
        ..Plan::default()
    };
    let of = |threads| {
        run_all(
            &[&scenario],
            &plan,
            &Workers::new(Some(threads)),
            &Unwatched,
        )
    };
    let one = of(1).expect("nothing fails");
    assert_eq!(one, of(2).expect("nothing fails"));
    assert_eq!(one, of(5).expect("nothing fails"));
}

/// Customers that each bring in twelve a year would be more than a million times as many after 14 months.
#[test]
fn referrals_that_run_away_end_in_an_error() {
    let plan = ONE_DAY.replace("horizon = 60", "horizon = 600");
    let plan = format!("{plan}[customers]\nchurn = 0\nreferrals = {{ per_year = 12 }}\n");
    let mut scenario = scenario(&plan);
    scenario.name = "loop".into();
    let plan = Plan {
        seed: 1,
        range: 0..2,
        ..Plan::default()
    };
    let failed = run_all(&[&scenario], &plan, &Workers::new(Some(1)), &Unwatched)
        .expect_err("nobody can follow so many");
    assert!(!failed.is_defect);
    assert_eq!(
        failed.to_string(),
        "replication 0 of loop with seed 1 failed: customers and the leads that they refer become more than \
         2 million, the most that one replication follows"
    );
}

/// What happens on the last day does not depend on its being the last; and whoever comes in so late that it is over
/// for sales stands in the queue.
#[test]
fn the_last_day_is_as_long_as_any() {
    let plan = |sales: &str, horizon: usize| {
        let days = format!("horizon = {horizon}\nperiods = 1");
        run(&format!(
            "{}{sales}[customers]\nterm = 6\nchurn = 0.5\nupsell = {{ per_year = 12, size = 1 }}\n\
             referrals = {{ per_year = 12 }}\n",
            ONE_DAY.replace("horizon = 60", &days)
        ))
    };
    let long = plan("", 20);
    for horizon in 1..20 {
        let short = plan("", horizon);
        for day in 0..horizon {
            let [of_short, of_long] = [&short, &long].map(|record| &record.periods[day]);
            for which in [Count::Leads, Count::Won, Count::Referred, Count::Churned] {
                let of = |tally: &Tally| tally.counts[which as usize];
                assert_eq!(of(of_short), of(of_long), "{which:?} on {day}");
            }
            assert_eq!(of_short.sums, of_long.sums, "{day}");
            assert_eq!(of_short.stocks, of_long.stocks, "{day}");
        }
        let waits = plan("[sales]\nreps = 1000\nhold = 0.01\n", horizon);
        let open: u32 = waits.open.iter().sum();
        let ended = count(&waits, Count::Won) + f64::from(open);
        assert_eq!(count(&waits, Count::Leads), ended);
    }
}

/// A third channel, with leads that refer nobody, leaves the others' referrals as they are.
#[test]
fn a_referred_lead_keeps_its_luck() {
    let plan = "start_date = 2026-01-01\nhorizon = 700\nclosing.win = 0.5\ndeal.size = 1\n\
                channels.a.leads_per_day = 2\n\
                [customers]\nchurn = 0.1\nreferrals = { per_year = 1 }\n";
    let more = format!("{plan}[channels.b]\nleads_per_day = 1\nqualification = 0\n");
    let (few, many) = (run(plan), run(&more));
    for which in [Count::Referred, Count::Won, Count::Churned] {
        assert!(count(&few, which) > 0.0);
        assert_eq!(count(&few, which), count(&many, which));
    }
}

/// Cohorts add up to all customers, and stay as the closed form says: won on day 0, of whom a fifth leaves every
/// 20 days.
#[test]
fn cohorts_are_the_customers_by_period_of_winning() {
    let text = ONE_DAY.replace("horizon = 60", "horizon = 60\nperiods = 15");
    let text = format!("{text}[customers]\nterm = 20\nchurn = 0.2\nexpansion = 1.5\n");
    let periods = scenario(&text).periods;
    let funnel = funnel(&text);
    let order: Vec<_> = Retained::order(&periods).collect();
    let of_day_0 = |n: usize| {
        let cohort = (Some(periods[0]), periods[n]);
        order.iter().position(|of| *of == cohort).expect("a cohort")
    };
    // After the periods that end on days 15, 30, 45 and 60: no term has ended, one, two, two.
    for (n, terms) in [(0, 0), (1, 1), (2, 2), (3, 2)] {
        let place = of_day_0(n);
        let excess = replicate(&funnel, 1, 100, |record| {
            let won = count(record, Count::NewCustomers);
            f64::from(record.customers[place].customers) - won * 0.8f64.powi(terms)
        });
        let z = z_of_mean(&excess, 0.0);
        assert!(terms == 0 || z.abs() <= 4.0, "{n}: {z}");
        assert!(terms > 0 || excess.iter().all(|excess| *excess == 0.0));
    }
    let record = run(&text);
    for (n, period) in periods.iter().enumerate() {
        let cohorts = order.iter().zip(&record.customers);
        let cohorts = cohorts.filter(|((_, of), _)| of == period);
        let customers: u32 = cohorts.map(|(_, of)| of.customers).sum();
        assert_eq!(
            customers,
            record.periods[n].stocks[Stock::Customers as usize]
        );
        let Retained {
            customers,
            annual_value,
        } = record.customers[of_day_0(n)];
        let each = 1000.0 * 365.0 / 20.0 * 1.5f64.powi([0, 1, 2, 2][n]);
        assert!((annual_value / (each * f64::from(customers)) - 1.0).abs() < 1e-6);
    }
}

#[test]
fn what_makes_no_sense_of_customers_is_refused_with_its_place() {
    for (more, says) in [
        ("term = 3\nchurn = 0.1", "`customers.term` is 3 days"),
        ("churn = 1.5", "customers.churn"),
        ("term = 20", "customers.churn"),
        ("churn = 0.1\nexpansion = -1", "customers.expansion"),
        (
            "churn = 0.1\nrecognition = \"cash\"",
            "customers.recognition",
        ),
        (
            "churn = 0.1\nrecognition = { initially = \"booking\", 2026-01-09 = \"ratable\" }",
            "`customers.recognition` cannot change by date",
        ),
        (
            "churn = 0.1\nupsell = { per_year = 1 }",
            "customers.upsell.size",
        ),
        (
            "churn = 0.1\nreferrals = { per_year = 13 }",
            "customers.referrals.per_year",
        ),
        (
            "churn = 0.1\nreferrals = { per_year = 1, quality = 1 }\n[channels.referral]\nleads_per_day = 0",
            "`customers.referrals.quality` has no effect",
        ),
    ] {
        let text = format!("{ONE_DAY}[customers]\n{more}\n");
        let faults = try_scenario(&text, &[]).expect_err("it makes no sense");
        assert!(
            faults.contains(says) && faults.contains("1 fault"),
            "{faults}"
        );
    }
}

/// Every lead is won, and who stays for 60 days refers 60/365 of twelve leads, 1.97; half of that if half are won.
#[test]
fn a_loop_that_feeds_on_itself_is_noted() {
    let notes = |win: &str, more: &str| {
        let text = ONE_DAY.replace("closing.win = 1", &format!("closing.win = {win}"));
        let files = BTreeMap::from([(
            PathBuf::from("plan.toml"),
            format!("{text}[customers]\n{more}\n").into_bytes(),
        )]);
        let (_, _, notes) = Scenario::load("plan.toml", &[], &files).expect("it is valid");
        notes
            .into_iter()
            .map(|note| note.message)
            .collect::<String>()
    };
    let loops = "churn = 0.1\nreferrals = { per_year = 12 }";
    let told = notes("1", loops);
    assert!(
        told.contains("refers 1.97 leads, which become about 1.97"),
        "{told}"
    );
    assert_eq!(notes("0.5", loops), "");
    assert_eq!(
        notes("1", "term = 10\nchurn = 0.9\nreferrals = { per_year = 12 }"),
        ""
    );
}
