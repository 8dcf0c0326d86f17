//! The table of all metrics: name, unit and formula, each written once.

use std::fmt;
use std::ops::{Add, Div, Mul, Range, Sub};

use crate::funnel::{Count, Stock, Sum};
use crate::scenario::{Capacity, Scenario};

use Count::*;
use Item::{Count as C, Stock as K, Sum as S};
use Stock::{Backlog, Pipeline, SdrBacklog};
use Sum::{
    AnnualGrossProfit, Available, Bookings, Busy, CommissionCost, ContentCost, ContractsDue,
    CycleDays, ExistingGrossProfit, ExistingRevenue, FixedCost, GrossRetained, LeadCost,
    LifetimeValue, MediaCost, NetRetained, NewGrossProfit, NewRevenue, ProgrammeCost, Quota,
    RevenueFromPipeline, SalaryCost, SdrAvailable, SdrBusy, SdrSalaryCost, SdrWaitDays, WaitDays,
};

/// A count, stock or sum of a window, of which metrics are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Item {
    Count(Count),
    Stock(Stock),
    Sum(Sum),
}

const COUNT_NAMES: [&str; Count::N] = [
    "leads",
    "mqls",
    "sals",
    "sqls",
    "opportunities",
    "won",
    "lost",
    "no_decision",
    "disqualified",
    "rejected",
    "unreached",
    "expired",
    "leaked",
    "unqualified",
    "faded",
    "queued",
    "left_queue",
    "sla_met",
    "touched",
    "repeated_mqls",
    "repeated_sals",
    "first_mqls",
    "first_sals",
    "first_opportunities",
    "leads_that_reached_mql",
    "leads_open_before_mql",
    "mqls_that_reached_sal",
    "mqls_open_before_sal",
    "sals_that_reached_opportunity",
    "sals_open_before_opportunity",
    "opportunities_that_reached_won",
    "opportunities_open_before_won",
    "leads_that_reached_won",
    "leads_open_before_won",
    "sdr_queued",
    "left_sdr_queue",
    "referred_leads",
    "new_customers",
    "renewals",
    "churned",
    "won_from_pipeline",
];

const STOCK_NAMES: [&str; Stock::N] = ["backlog", "pipeline_count", "sdr_backlog", "customers"];

const SUM_NAMES: [(Sum, &str); Sum::N] = [
    (NewRevenue, "new_revenue"),
    (ExistingRevenue, "existing_revenue"),
    (CycleDays, "won_cycle_days"),
    (WaitDays, "wait_days"),
    (Busy, "capacity_used"),
    (Available, "capacity_available"),
    (MediaCost, "media_cost"),
    (LeadCost, "lead_cost"),
    (ContentCost, "content_cost"),
    (FixedCost, "fixed_cost"),
    (SalaryCost, "salary_cost"),
    (SdrSalaryCost, "sdr_salary_cost"),
    (CommissionCost, "commission_cost"),
    (ProgrammeCost, "programme_cost"),
    (NewGrossProfit, "new_gross_profit"),
    (ExistingGrossProfit, "existing_gross_profit"),
    (AnnualGrossProfit, "annual_gross_profit"),
    (LifetimeValue, "lifetime_value"),
    (Quota, "quota"),
    (SdrWaitDays, "sdr_wait_days"),
    (SdrBusy, "sdr_capacity_used"),
    (SdrAvailable, "sdr_capacity_available"),
    (Bookings, "bookings"),
    (ContractsDue, "contracts_due"),
    (GrossRetained, "gross_retained"),
    (NetRetained, "net_retained"),
    (RevenueFromPipeline, "revenue_from_pipeline"),
];

/// Items that are no metric of their own: unit and meaning.
const BEHIND: [(&str, &str, &str); 47] = [
    ("lost", "count", "opportunities lost"),
    (
        "no_decision",
        "count",
        "opportunities given up without a decision",
    ),
    (
        "disqualified",
        "count",
        "accepted leads that became no opportunity",
    ),
    ("rejected", "count", "leads rejected by sales"),
    ("unreached", "count", "leads that sales did not reach"),
    ("expired", "count", "leads that lost patience in a queue"),
    ("leaked", "count", "MQLs that got lost at the handoff"),
    ("unqualified", "count", "leads that never became an MQL"),
    (
        "faded",
        "count",
        "leads that lost interest while they were nurtured",
    ),
    (
        "queued",
        "count",
        "leads that reached the queue of `[sales]`",
    ),
    (
        "left_queue",
        "count",
        "leads that left it, touched or expired",
    ),
    (
        "sla_met",
        "count",
        "first touches within the agreed response time",
    ),
    ("touched", "count", "first touches by sales"),
    (
        "repeated_mqls",
        "count",
        "MQLs of recycled leads, not their first",
    ),
    (
        "repeated_sals",
        "count",
        "SALs of leads that were accepted before",
    ),
    (
        "first_mqls",
        "count",
        "leads that became an MQL for the first time",
    ),
    (
        "first_sals",
        "count",
        "leads that were accepted for the first time",
    ),
    (
        "first_opportunities",
        "count",
        "leads that became an opportunity for the first time",
    ),
    (
        "leads_that_reached_mql",
        "count",
        "of the window's leads: how many became an MQL by the horizon",
    ),
    (
        "leads_open_before_mql",
        "count",
        "of the window's leads: how many may yet become one",
    ),
    (
        "mqls_that_reached_sal",
        "count",
        "of the window's first MQLs: how many were accepted by the horizon",
    ),
    (
        "mqls_open_before_sal",
        "count",
        "of the window's first MQLs: how many may yet be",
    ),
    (
        "sals_that_reached_opportunity",
        "count",
        "of the window's first SALs: how many became an opportunity by the horizon",
    ),
    (
        "sals_open_before_opportunity",
        "count",
        "of the window's first SALs: how many may yet become one",
    ),
    (
        "opportunities_that_reached_won",
        "count",
        "of the window's first opportunities: how many were won by the horizon",
    ),
    (
        "opportunities_open_before_won",
        "count",
        "of the window's first opportunities: how many may yet be",
    ),
    (
        "leads_that_reached_won",
        "count",
        "of the window's leads: how many were won by the horizon",
    ),
    (
        "leads_open_before_won",
        "count",
        "of the window's leads: how many may yet be",
    ),
    (
        "sdr_queued",
        "count",
        "leads that reached the queue of `[sdr]`",
    ),
    (
        "left_sdr_queue",
        "count",
        "leads that left it, touched or expired",
    ),
    (
        "new_customers",
        "count",
        "deals won whose customer is followed from then on",
    ),
    (
        "won_cycle_days",
        "days",
        "from opportunity opened to won, summed over deals won",
    ),
    (
        "wait_days",
        "days",
        "waits of leads that reached the queue of `[sales]`, summed; each until service, expiry or the horizon",
    ),
    (
        "capacity_used",
        "rep-days, or hours of a pool",
        "what `[sales]` was busy",
    ),
    (
        "capacity_available",
        "rep-days, or hours of a pool",
        "what there was of `[sales]`; 0 where it is unlimited",
    ),
    (
        "new_gross_profit",
        "currency",
        "what delivering leaves of new revenue",
    ),
    (
        "existing_gross_profit",
        "currency",
        "what delivering leaves of existing revenue",
    ),
    (
        "annual_gross_profit",
        "currency",
        "what deals won in the window bring in gross profit in a year of their contracts",
    ),
    (
        "lifetime_value",
        "currency",
        "what customers won in the window will bring in gross profit as long as they stay, discounted",
    ),
    ("quota", "currency", "of the team; 0 where none is stated"),
    (
        "sdr_wait_days",
        "days",
        "as `wait_days`, of the queue of `[sdr]`",
    ),
    (
        "sdr_capacity_used",
        "rep-days, or hours of a pool",
        "as `capacity_used`, of `[sdr]`",
    ),
    (
        "sdr_capacity_available",
        "rep-days, or hours of a pool",
        "as `capacity_available`, of `[sdr]`",
    ),
    (
        "bookings",
        "currency",
        "deal sizes of deals won in the window, whenever their revenue counts",
    ),
    (
        "contracts_due",
        "currency",
        "contracts whose term ended in the window",
    ),
    (
        "gross_retained",
        "currency",
        "of those renewed: the old value or the new one, whichever is less",
    ),
    (
        "net_retained",
        "currency",
        "of those renewed: the new value and what was bought beside the old contract",
    ),
];

/// What marketing spends.
pub(super) const MARKETING: &[Item] = &[S(MediaCost), S(LeadCost), S(ContentCost)];
/// What it takes to qualify a lead.
const MARKETING_AND_SDRS: &[Item] = &[S(MediaCost), S(LeadCost), S(ContentCost), S(SdrSalaryCost)];
/// What sales spends.
const SALES: &[Item] = &[S(SalaryCost), S(SdrSalaryCost), S(CommissionCost)];
/// All that a plan costs.
pub(super) const COST: &[Item] = &[
    S(MediaCost),
    S(LeadCost),
    S(ContentCost),
    S(FixedCost),
    S(SalaryCost),
    S(SdrSalaryCost),
    S(CommissionCost),
    S(ProgrammeCost),
];
const REVENUES: &[Item] = &[S(NewRevenue), S(ExistingRevenue)];
pub(super) const GROSS_PROFIT: &[Item] = &[S(NewGrossProfit), S(ExistingGrossProfit)];
pub(super) const NEW_GROSS_PROFIT: &[Item] = &[S(NewGrossProfit)];
const CLOSED: &[Item] = &[C(Won), C(Lost), C(NoDecision)];

impl Item {
    /// How many there are.
    pub const N: usize = Count::N + Stock::N + Sum::N;

    /// Names of all items, in the order of [`Amounts`]: counts, stocks, sums.
    pub fn names() -> impl Iterator<Item = &'static str> {
        let counts_and_stocks = COUNT_NAMES.iter().chain(&STOCK_NAMES).copied();
        counts_and_stocks.chain(SUM_NAMES.iter().map(|(_, name)| *name))
    }

    /// The unit and the meaning of the item of that name: those of the metric that it is, or its own.
    pub fn described(name: &str) -> (String, String) {
        if let Some(metric) = Metric::named(name) {
            return (metric.unit.to_string(), metric.meaning());
        }
        let own = BEHIND.iter().find(|(of, ..)| *of == name);
        own.map_or_else(Default::default, |(_, unit, meaning)| {
            ((*unit).to_owned(), (*meaning).to_owned())
        })
    }

    /// The places of stocks in [`Amounts`]: counts stand before, sums after them.
    pub(super) const STOCKS: Range<usize> = Count::N..Count::N + Stock::N;

    /// Its place in [`Amounts`].
    pub(super) const fn place(self) -> usize {
        match self {
            C(count) => count as usize,
            K(stock) => Self::STOCKS.start + stock as usize,
            S(sum) => Self::STOCKS.end + sum as usize,
        }
    }

    /// Its name in CSV.
    pub fn name(self) -> &'static str {
        match self {
            C(count) => COUNT_NAMES[count as usize],
            K(stock) => STOCK_NAMES[stock as usize],
            S(sum) => SUM_NAMES[sum as usize].1,
        }
    }
}

/// One value per item: of a replication, or a mean over replications. `[Item]`
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Amounts(pub(super) [f64; Item::N]);

/// Which tallies of a record make up a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Span {
    /// Day 0 to the horizon: flows are summed over the tallies from the one at this index on
    /// (the first after the warm-up), stocks are the last one's.
    Total(usize),
    /// The tally of the period at this index.
    Tally(usize),
    /// The tally of the window at this index.
    Window(usize),
}

impl Amounts {
    /// `self / n` for each.
    pub fn mean(&self, n: f64) -> Amounts {
        Amounts(self.0.map(|value| value / n))
    }

    /// The value of one item.
    pub fn get(&self, item: Item) -> f64 {
        self.0[item.place()]
    }

    /// All values, in the order of [`Item::names`].
    pub fn values(&self) -> &[f64; Item::N] {
        &self.0
    }
}

/// How a metric is made of items. One formula serves the mean over replications (which makes a
/// ratio a ratio of sums), one replication, and the means that leave a cluster out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Formula {
    /// The sum of the items.
    Total(&'static [Item]),
    /// The sum of the first items over the sum of the second; undefined where that is 0.
    Ratio(&'static [Item], &'static [Item]),
    /// A number times one sum after the other, over the sums that follow; undefined where one of those is 0.
    Product(f64, &'static [&'static [Item]], &'static [&'static [Item]]),
    /// The sum of the first items less that of the second.
    Less(&'static [Item], &'static [Item]),
    /// The same over that of the second; undefined where that is 0.
    Return(&'static [Item], &'static [Item]),
}

impl Formula {
    /// Its value; `None` where it is undefined. Never NaN or infinite.
    pub fn value(&self, amounts: &Amounts) -> Option<f64> {
        let value = self.of(|item| amounts.get(item));
        value.is_finite().then_some(value)
    }

    /// Its value for numbers of any kind, one or many side by side; not finite where it is undefined.
    #[inline(always)]
    pub(super) fn of<V>(&self, value: impl Fn(Item) -> V) -> V
    where
        V: Copy + From<f64> + Add<Output = V> + Sub<Output = V> + Mul<Output = V> + Div<Output = V>,
    {
        let mut parts = [V::from(0.0); Self::PARTS];
        for (part, items) in parts.iter_mut().zip(self.sums()) {
            let rest = items[1..].iter();
            *part = rest.fold(value(items[0]), |sum, item| sum + value(*item));
        }
        self.of_parts(parts)
    }

    /// The sums that it is made of, so that its value follows from their means. The rest are 0.
    pub fn parts(&self, amounts: &Amounts) -> [f64; Self::PARTS] {
        let mut parts = [0.0; Self::PARTS];
        for (part, items) in parts.iter_mut().zip(self.sums()) {
            *part = items.iter().map(|item| amounts.get(*item)).sum();
        }
        parts
    }

    /// How many of its parts it has \[1 to [`Formula::PARTS`]\].
    pub fn n_parts(&self) -> usize {
        self.sums().count()
    }

    /// Its value by the means of its [`parts`](Formula::parts); not finite where it is undefined.
    #[inline(always)]
    pub fn of_parts<V>(&self, parts: [V; Self::PARTS]) -> V
    where
        V: Copy + From<f64> + Sub<Output = V> + Mul<Output = V> + Div<Output = V>,
    {
        let [first, second, ..] = parts;
        match self {
            Formula::Total(_) => first,
            Formula::Ratio(..) => first / second,
            Formula::Less(..) => first - second,
            Formula::Return(..) => (first - second) / second,
            Formula::Product(factor, over, under) => {
                let (over, rest) = parts.split_at(over.len());
                let product = over
                    .iter()
                    .fold(V::from(*factor), |product, part| product * *part);
                let under = &rest[..under.len()];
                under
                    .iter()
                    .fold(product, |quotient, part| quotient / *part)
            }
        }
    }

    /// Most sums that a formula is made of.
    pub const PARTS: usize = 5;

    /// The sums that it is made of.
    fn sums(&self) -> impl Iterator<Item = &'static [Item]> {
        let (first, second, factors): (_, _, [&[&'static [Item]]; 2]) = match *self {
            Formula::Total(items) => (Some(items), None, [&[], &[]]),
            Formula::Ratio(first, second)
            | Formula::Less(first, second)
            | Formula::Return(first, second) => (Some(first), Some(second), [&[], &[]]),
            Formula::Product(_, over, under) => (None, None, [over, under]),
        };
        let factors = factors.into_iter().flatten().copied();
        first.into_iter().chain(second).chain(factors)
    }

    /// The items that it is made of; one may come more than once.
    pub fn items(&self) -> impl Iterator<Item = Item> {
        self.sums().flatten().copied()
    }

    /// Whether it adds up: its mean over replications is the mean of its values.
    pub fn is_additive(&self) -> bool {
        matches!(self, Formula::Total(_) | Formula::Less(..))
    }

    /// The item that it is, if it is no more than that.
    pub fn item(&self) -> Option<Item> {
        match self {
            Formula::Total([item]) => Some(*item),
            _ => None,
        }
    }
}

impl fmt::Display for Formula {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Formula::Total(items) => f.write_str(&joined(items)),
            Formula::Ratio(over, under) => {
                write!(f, "{} / {}", bracketed(over), bracketed(under))
            }
            Formula::Less(from, items) => write!(f, "{} - {}", bracketed(from), bracketed(items)),
            Formula::Return(over, under) => {
                write!(f, "{} / {} - 1", bracketed(over), bracketed(under))
            }
            Formula::Product(factor, over, under) => {
                let factor = (*factor != 1.0).then(|| factor.to_string());
                let over = factor
                    .into_iter()
                    .chain(over.iter().map(|items| bracketed(items)));
                write!(f, "{}", over.collect::<Vec<_>>().join(" × "))?;
                under
                    .iter()
                    .try_for_each(|items| write!(f, " / {}", bracketed(items)))
            }
        }
    }
}

/// Sums of many items that are metrics of their own.
const NAMED: [(&[Item], &str); 5] = [
    (COST, "cost"),
    (MARKETING, "marketing_cost"),
    (SALES, "sales_cost"),
    (REVENUES, "revenue"),
    (GROSS_PROFIT, "gross_profit"),
];

fn joined(items: &[Item]) -> String {
    let names: Vec<&str> = items.iter().map(|item| item.name()).collect();
    names.join(" + ")
}

/// As part of a longer formula.
fn bracketed(items: &[Item]) -> String {
    let named = NAMED.iter().find(|(of, _)| *of == items);
    match (items, named) {
        ([item], _) => item.name().to_owned(),
        (_, Some((_, name))) => (*name).to_owned(),
        _ => format!("({})", joined(items)),
    }
}

/// What a metric is measured in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    Count,
    /// In the scenario's currency.
    Money,
    /// 0.25 stands for 25 %.
    Share,
    Days,
    Months,
    /// A multiple: 3 stands for three times.
    Times,
    /// In the scenario's currency, per day.
    MoneyPerDay,
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Unit::Count => "count",
            Unit::Money => "currency",
            Unit::Share => "share",
            Unit::Days => "days",
            Unit::Months => "months",
            Unit::Times => "times",
            Unit::MoneyPerDay => "currency per day",
        })
    }
}

/// What a scenario must have for a metric to apply to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Need {
    Nothing,
    /// A limited capacity of sales, and so a queue.
    Queue,
    /// SDRs, and so a queue for them.
    Sdrs,
    /// An agreed response time.
    Sla,
    /// A quota of the reps.
    Quota,
    /// Customers that are followed.
    Customers,
    /// Records open at day 0.
    Pipeline,
    /// A churn, of customers that are followed or of those of before day 0.
    Churn,
}

/// One row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Metric {
    /// Its key in JSON and CSV.
    pub name: &'static str,
    pub unit: Unit,
    pub formula: Formula,
    /// What a reader must know beyond the formula.
    pub note: &'static str,
    /// Of a cohort metric: the share of the cohort that is still open at the horizon.
    pub open_share: Option<Formula>,
    need: Need,
}

impl Metric {
    const fn new(name: &'static str, unit: Unit, formula: Formula, note: &'static str) -> Metric {
        Metric {
            name,
            unit,
            formula,
            note,
            open_share: None,
            need: Need::Nothing,
        }
    }

    const fn count(name: &'static str, items: &'static [Item], note: &'static str) -> Metric {
        Metric::new(name, Unit::Count, Formula::Total(items), note)
    }

    const fn money(name: &'static str, items: &'static [Item], note: &'static str) -> Metric {
        Metric::new(name, Unit::Money, Formula::Total(items), note)
    }

    const fn period(name: &'static str, over: &'static [Item], under: &'static [Item]) -> Metric {
        Metric::new(
            name,
            Unit::Share,
            Formula::Ratio(over, under),
            "events by date",
        )
    }

    const fn cohort(
        name: &'static str,
        over: &'static [Item],
        open: &'static [Item],
        under: &'static [Item],
    ) -> Metric {
        let formula = Formula::Ratio(over, under);
        Metric {
            open_share: Some(Formula::Ratio(open, under)),
            ..Metric::new(
                name,
                Unit::Share,
                formula,
                "by day of first entry, up to the horizon",
            )
        }
    }

    const fn needing(self, need: Need) -> Metric {
        Metric { need, ..self }
    }

    /// Whether it adds up over time, so that a longer window has more of it: no ratio and no stock.
    pub fn is_flow(&self) -> bool {
        let is_stock = |item: Item| matches!(item, K(_));
        self.formula.is_additive() && !self.formula.items().any(is_stock)
    }

    /// Whether it means anything for `scenario`.
    pub fn applies(&self, scenario: &Scenario) -> bool {
        let process = &scenario.process;
        match self.need {
            Need::Nothing => true,
            Need::Queue => process.sales.capacity != Capacity::Unlimited,
            Need::Sdrs => process.has_sdrs(),
            Need::Sla => process.handoff.sla.is_some(),
            Need::Quota => process.sales.quota_per_rep_per_year.is_some(),
            Need::Customers => process.customers.is_some(),
            Need::Churn => process.customers.is_some() || process.base.is_some(),
            Need::Pipeline => !scenario.pipeline.is_empty(),
        }
    }

    /// What a scenario must have for it to mean anything, in words.
    pub fn needs(&self) -> &'static str {
        match self.need {
            Need::Nothing => "leads",
            Need::Queue => "limited capacity of sales, and so no queue",
            Need::Sdrs => "SDRs (`[sdr]`)",
            Need::Sla => "agreed response time (`handoff.sla`)",
            Need::Quota => "quota (`sales.quota_per_rep_per_year`)",
            Need::Customers => "customers that are followed (`[customers]`)",
            Need::Churn => "churn (`[customers]` or `[base]`)",
            Need::Pipeline => "records open at day 0 (`start.pipeline`)",
        }
    }

    /// Its formula and what a reader must know beyond it: `won / leads; events by date`.
    pub fn meaning(&self) -> String {
        let parts = match self.formula.item() {
            Some(_) => vec![self.note.to_owned()],
            None => vec![self.formula.to_string(), self.note.to_owned()],
        };
        let mut parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        if parts.is_empty() {
            parts.push(self.name.replace('_', " "));
        }
        parts.join("; ")
    }

    /// The metric of that name.
    pub fn named(name: &str) -> Option<&'static Metric> {
        METRICS.iter().find(|metric| metric.name == name)
    }

    /// Its place in [`METRICS`].
    pub fn position(name: &str) -> Option<usize> {
        METRICS.iter().position(|metric| metric.name == name)
    }
}

/// Place of `revenue` in [`METRICS`].
pub const REVENUE: usize = 8;

/// Place of `margin` in [`METRICS`].
pub const MARGIN: usize = 46;

/// All metrics, in the order in which they are shown.
pub static METRICS: [Metric; 65] = [
    Metric::count("leads", &[C(Leads)], "arrivals"),
    Metric::count("mqls", &[C(Mqls)], "a recycled pass counts again"),
    Metric::count("sals", &[C(Sals)], "accepted by sales"),
    Metric::count(
        "sqls",
        &[C(Sqls)],
        "opportunities created, or SALs if the scenario says so",
    ),
    Metric::count("opportunities", &[C(Opportunities)], "opened"),
    Metric::count("won", &[C(Won)], "deals won"),
    Metric::money(
        "new_revenue",
        &[S(NewRevenue)],
        "deal sizes, on the day won, or spread over the term (`customers.recognition`)",
    ),
    Metric::money(
        "existing_revenue",
        &[S(ExistingRevenue)],
        "of customers of before day 0 (`[base]`), and renewals and upsell of those won (`[customers]`); 0 without both",
    ),
    Metric::money("revenue", REVENUES, ""),
    Metric::new(
        "new_business_share",
        Unit::Share,
        Formula::Ratio(&[S(NewRevenue)], REVENUES),
        "of revenue; a change of new business alone moves revenue by that share of it",
    ),
    Metric::new(
        "mean_deal",
        Unit::Money,
        Formula::Ratio(&[S(Bookings)], &[C(Won)]),
        "deal sizes per deal won",
    ),
    Metric::new(
        "win_rate",
        Unit::Share,
        Formula::Ratio(&[C(Won)], CLOSED),
        "of opportunities closed in the window",
    ),
    Metric::period("lead_to_mql_period", &[C(Mqls)], &[C(Leads)]),
    Metric::period("mql_to_sal_period", &[C(Sals)], &[C(Mqls)]),
    Metric::period("sal_to_opportunity_period", &[C(Opportunities)], &[C(Sals)]),
    Metric::period("opportunity_to_won_period", &[C(Won)], &[C(Opportunities)]),
    Metric::period("lead_to_won_period", &[C(Won)], &[C(Leads)]),
    Metric::cohort(
        "lead_to_mql_cohort",
        &[C(LeadsThatReachedMql)],
        &[C(LeadsOpenBeforeMql)],
        &[C(Leads)],
    ),
    Metric::cohort(
        "mql_to_sal_cohort",
        &[C(MqlsThatReachedSal)],
        &[C(MqlsOpenBeforeSal)],
        &[C(FirstMqls)],
    ),
    Metric::cohort(
        "sal_to_opportunity_cohort",
        &[C(SalsThatReachedOpportunity)],
        &[C(SalsOpenBeforeOpportunity)],
        &[C(FirstSals)],
    ),
    Metric::cohort(
        "opportunity_to_won_cohort",
        &[C(OpportunitiesThatReachedWon)],
        &[C(OpportunitiesOpenBeforeWon)],
        &[C(FirstOpportunities)],
    ),
    Metric::cohort(
        "lead_to_won_cohort",
        &[C(LeadsThatReachedWon)],
        &[C(LeadsOpenBeforeWon)],
        &[C(Leads)],
    ),
    Metric::new(
        "cycle_days",
        Unit::Days,
        Formula::Ratio(&[S(CycleDays)], &[C(Won)]),
        "opportunity opened to won",
    ),
    Metric::new(
        "mean_wait_days",
        Unit::Days,
        Formula::Ratio(&[S(WaitDays)], &[C(Queued)]),
        "leads that reached the queue of `[sales]` in the window; a wait ends at service, expiry or the horizon",
    )
    .needing(Need::Queue),
    Metric::new(
        "utilisation",
        Unit::Share,
        Formula::Ratio(&[S(Busy)], &[S(Available)]),
        "rep-time of `[sales]`, or hours of its pool",
    )
    .needing(Need::Queue),
    Metric::new(
        "sla_met_share",
        Unit::Share,
        Formula::Ratio(&[C(SlaMet)], &[C(Touched)]),
        "first touches within the agreed response time",
    )
    .needing(Need::Sla),
    Metric::count(
        "backlog",
        &[K(Backlog)],
        "leads in the queue of `[sales]` at the window's end",
    )
    .needing(Need::Queue),
    Metric::count(
        "pipeline_count",
        &[K(Pipeline)],
        "opportunities open at the window's end",
    ),
    Metric::new(
        "pipeline_value",
        Unit::Money,
        Formula::Product(1.0, &[&[K(Pipeline)], &[S(Bookings)]], &[&[C(Won)]]),
        "at the window's mean deal",
    ),
    Metric::money("cost", COST, "all of it"),
    Metric::new(
        "cac",
        Unit::Money,
        Formula::Ratio(COST, &[C(Won)]),
        "per deal won",
    ),
    Metric::new(
        "quota_attainment",
        Unit::Share,
        Formula::Ratio(&[S(Bookings)], &[S(Quota)]),
        "quota per rep × rep-time",
    ),
    Metric::money(
        "media_cost",
        &[S(MediaCost)],
        "of channels, of the brand, of promotions",
    ),
    Metric::money(
        "lead_cost",
        &[S(LeadCost)],
        "cost per lead, and per contact of outreach",
    ),
    Metric::money("content_cost", &[S(ContentCost)], ""),
    Metric::money(
        "fixed_cost",
        &[S(FixedCost)],
        "fixed costs by name, tools say; of neither team alone",
    ),
    Metric::money("salary_cost", &[S(SalaryCost)], "of the reps on the team"),
    Metric::money("sdr_salary_cost", &[S(SdrSalaryCost)], "of the SDRs"),
    Metric::money(
        "commission_cost",
        &[S(CommissionCost)],
        "on the day a deal is won",
    ),
    Metric::money("programme_cost", &[S(ProgrammeCost)], "of the levers"),
    Metric::money("marketing_cost", MARKETING, "what marketing spends"),
    Metric::money("sales_cost", SALES, "what sales spends"),
    Metric::new(
        "cost_per_lead",
        Unit::Money,
        Formula::Ratio(MARKETING, &[C(Leads)]),
        "marketing only",
    ),
    Metric::new(
        "cost_per_mql",
        Unit::Money,
        Formula::Ratio(MARKETING, &[C(Mqls)]),
        "marketing only",
    ),
    Metric::new(
        "cost_per_sql",
        Unit::Money,
        Formula::Ratio(MARKETING_AND_SDRS, &[C(Sqls)]),
        "marketing and SDRs",
    ),
    Metric::money(
        "gross_profit",
        GROSS_PROFIT,
        "revenue × gross margin of its day (`costs.gross_margin`; 1 if not stated)",
    ),
    Metric::new(
        "margin",
        Unit::Money,
        Formula::Less(GROSS_PROFIT, COST),
        "what is left after all cost, programmes too",
    ),
    Metric::new(
        "roi",
        Unit::Share,
        Formula::Return(GROSS_PROFIT, COST),
        "of all revenue; what a change returns stands in `compare`",
    ),
    Metric::new(
        "romi",
        Unit::Share,
        Formula::Return(&[S(NewGrossProfit)], MARKETING),
        "as if new revenue were all marketing's doing",
    ),
    Metric::new(
        "payback_months",
        Unit::Months,
        Formula::Product(12.0, &[COST], &[&[S(AnnualGrossProfit)]]),
        "cac over the gross profit that a deal brings in a month of its contract: `customers.term`, or a year if not stated",
    ),
    Metric::new(
        "ltv",
        Unit::Money,
        Formula::Ratio(&[S(LifetimeValue)], &[C(Won)]),
        "gross profit of a deal won and its renewals, discounted by `costs.discount_per_year`; churn as stated; levers, quality and expansion aside",
    )
    .needing(Need::Churn),
    Metric::new(
        "ltv_to_cac",
        Unit::Times,
        Formula::Ratio(&[S(LifetimeValue)], COST),
        "ltv / cac",
    )
    .needing(Need::Churn),
    Metric::new(
        "sales_velocity",
        Unit::MoneyPerDay,
        Formula::Product(
            1.0,
            &[&[K(Pipeline)], &[C(Won)], &[S(Bookings)]],
            &[CLOSED, &[S(CycleDays)]],
        ),
        "open opportunities × win rate × mean deal / cycle",
    ),
    Metric::new(
        "pipeline_coverage",
        Unit::Times,
        Formula::Product(
            1.0,
            &[&[K(Pipeline)], &[S(Bookings)]],
            &[&[C(Won)], &[S(Quota)]],
        ),
        "pipeline value at the window's end over the window's quota",
    )
    .needing(Need::Quota),
    Metric::new(
        "sdr_mean_wait_days",
        Unit::Days,
        Formula::Ratio(&[S(SdrWaitDays)], &[C(SdrQueued)]),
        "as `mean_wait_days`, of the queue of `[sdr]`; accepted leads then wait for `[sales]`",
    )
    .needing(Need::Sdrs),
    Metric::new(
        "sdr_utilisation",
        Unit::Share,
        Formula::Ratio(&[S(SdrBusy)], &[S(SdrAvailable)]),
        "SDR-time, or hours of their pool",
    )
    .needing(Need::Sdrs),
    Metric::count(
        "sdr_backlog",
        &[K(SdrBacklog)],
        "leads in the queue of `[sdr]` at the window's end",
    )
    .needing(Need::Sdrs),
    Metric::count(
        "customers",
        &[K(Stock::Customers)],
        "of those followed, who have not left by the window's end",
    )
    .needing(Need::Customers),
    Metric::count("renewals", &[C(Renewals)], "contracts renewed").needing(Need::Customers),
    Metric::count("churned", &[C(Churned)], "contracts that ended and were not renewed")
        .needing(Need::Customers),
    Metric::count(
        "referred_leads",
        &[C(Referred)],
        "by customers that are followed; among `leads`",
    )
    .needing(Need::Customers),
    Metric::new(
        "gross_revenue_retention",
        Unit::Share,
        Formula::Ratio(&[S(GrossRetained)], &[S(ContractsDue)]),
        "contracts whose term ended in the window: the lesser of old and new value of those renewed, of the old value of all",
    )
    .needing(Need::Customers),
    Metric::new(
        "net_revenue_retention",
        Unit::Share,
        Formula::Ratio(&[S(NetRetained)], &[S(ContractsDue)]),
        "the same contracts: the new value of those renewed and what was bought beside them in the term, of the old value of all",
    )
    .needing(Need::Customers),
    Metric::count(
        "won_from_pipeline",
        &[C(WonFromPipeline)],
        "deals won of the records open at day 0; among `won`",
    )
    .needing(Need::Pipeline),
    Metric::money(
        "revenue_from_pipeline",
        &[S(RevenueFromPipeline)],
        "the part of `new_revenue` that records open at day 0 bring; their renewals are not in it",
    )
    .needing(Need::Pipeline),
];

/// The table as Markdown, as the README shows it.
pub fn markdown() -> String {
    let mut text = String::from("| metric | unit | formula | note |\n|---|---|---|---|\n");
    for metric in &METRICS {
        let Metric {
            name,
            unit,
            formula,
            note,
            ..
        } = metric;
        text += &format!("| `{name}` | {unit} | {formula} | {note} |\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_used_once() {
        let mut names: Vec<&str> = METRICS.iter().map(|metric| metric.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), METRICS.len());
        assert_eq!(METRICS[REVENUE].name, "revenue");
        assert_eq!(METRICS[MARGIN].name, "margin");
    }

    #[test]
    fn sums_stand_in_their_places() {
        let places = SUM_NAMES.iter().map(|(sum, _)| *sum as usize);
        assert!(places.eq(0..Sum::N));
    }

    #[test]
    fn a_named_sum_is_the_metric_of_that_name() {
        for (items, name) in NAMED {
            let metric = Metric::named(name).expect("a metric");
            assert_eq!(metric.formula, Formula::Total(items));
        }
    }

    #[test]
    fn every_item_is_described() {
        for name in Item::names() {
            let (unit, meaning) = Item::described(name);
            assert!(!unit.is_empty() && !meaning.is_empty(), "{name}");
        }
        let metrics = BEHIND
            .iter()
            .filter(|(name, ..)| Metric::named(name).is_some());
        assert_eq!(metrics.count(), 0);
        assert_eq!(BEHIND.len() + items_that_are_metrics(), Item::N);
    }

    fn items_that_are_metrics() -> usize {
        let items = METRICS.iter().filter_map(|metric| metric.formula.item());
        items.count()
    }

    #[test]
    fn an_item_that_is_a_metric_bears_its_name() {
        for metric in &METRICS {
            if let Some(item) = metric.formula.item() {
                assert_eq!(item.name(), metric.name);
            }
        }
    }
}
