//! Customers stay too long, refer too often, or bring more than they sign for.

mod common;

use common::{count, funnel, mean_and_variance, replicate, sum, z_of_mean};
use funnelcast::funnel::{Count, Record, Scratch, Stock, Sum};
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

/// Shifted beta-geometric survival: `S(k) = S(k - 1) (b + k - 1) / (a + b + k - 1)`.
#[test]
fn customers_who_differ_survive_as_the_shifted_beta_geometric_law_says() {
    let text =
        format!("{ONE_DAY}[customers]\nterm = 10\nchurn = {{ beta = {{ a = 1.2, b = 5.8 }} }}\n");
    let windows = (1..=5).map(|term| Window {
        start_day: 10 * term,
        end_day: 10 * term + 1,
    });
    let funnel = funnel(&text).recording(windows);
    let exact = [0.82857143, 0.70428571, 0.61038095, 0.53713524, 0.47853867];
    for (term, survival) in exact.into_iter().enumerate() {
        // Its mean is 0: renewed less those who were to renew.
        let excess = replicate(&funnel, 1, 300, |record| {
            in_window(record, term, Count::Renewals) - survival * count(record, Count::Won)
        });
        let z = z_of_mean(&excess, 0.0);
        assert!(z.abs() <= 4.3, "S({}): {z}", term + 1);
    }
}

/// A linear birth-death process with immigration. Contracts of 10 days put churn off by 5 on average, which moves the mean
/// by 0.2 % at most; that of 800 replications is known to 0.4 % and 0.2 %.
#[test]
fn referrals_grow_as_a_birth_death_process_with_immigration() {
    let text = r#"
        start_date = 2026-01-01
        horizon = 1825
        channels.a.leads_per_day = 0.273972602739726
        closing.win = 1
        deal.size = 1000
        [customers]
        term = 10
        churn = 0.003282269
        referrals = { per_year = 0.04 }
    "#;
    let windows = [365, 1825].map(|end_day| Window {
        start_day: 0,
        end_day,
    });
    let funnel = funnel(text).recording(windows);
    let exact = [(96.10456702, 99.79900214), (412.09994246, 480.03048748)];
    for (window, (mean, variance)) in exact.into_iter().enumerate() {
        let stock = replicate(&funnel, 1, 800, |record| {
            f64::from(record.windows[window].stocks[Stock::Customers as usize])
        });
        let z = z_of_mean(&stock, mean);
        let (_, found) = mean_and_variance(&stock);
        assert!(z.abs() <= 4.0, "{z}");
        // Four standard errors of a variance of 800 are 20 %.
        assert!((found / variance - 1.0).abs() < 0.2, "{found} {variance}");
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

#[test]
fn following_customers_who_do_nothing_changes_nothing_else() {
    let off = run(ONE_DAY);
    let on = run(&format!("{ONE_DAY}[customers]\nchurn = 1\n"));
    for which in [Count::Leads, Count::Won, Count::LeadsThatReachedWon] {
        assert_eq!(count(&on, which), count(&off, which));
    }
    assert_eq!(sum(&on, Sum::NewRevenue), sum(&off, Sum::NewRevenue));
    assert_eq!(sum(&on, Sum::ExistingRevenue), 0.0);
}

#[test]
fn recognition_moves_revenue_and_loses_none() {
    let size = "deal.size = { lognormal = { mean = 1000, sigma = 0.8 } }";
    let plan = ONE_DAY.replace("deal.size = 1000", size);
    let of = |recognition: &str| {
        let customers =
            format!("[customers]\nterm = 13\nchurn = 0.2\nrecognition = {recognition:?}");
        run(&format!("{plan}{customers}\n"))
    };
    let (booking, ratable) = (of("booking"), of("ratable"));
    assert_eq!(
        sum(&booking, Sum::NewRevenue),
        sum(&ratable, Sum::NewRevenue)
    );
    let first = |record: &Record| record.periods[0].sums[Sum::NewRevenue as usize];
    assert!(first(&ratable) <= first(&booking));
    // The fourth renewal, on day 52, is recognised for 8 of its 13 days.
    let existing = [&booking, &ratable].map(|record| sum(record, Sum::ExistingRevenue));
    assert!(existing[1] < existing[0] && existing[1] > 0.8 * existing[0]);
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
