//! The table of all metrics: name, unit and formula, each written once.

use std::fmt;
use std::ops::{Add, Div, Mul, Range, Sub};

use crate::funnel::{Count, Stock, Sum};
use crate::scenario::{Capacity, Process};

use Count::*;
use Item::{Count as C, Stock as K, Sum as S};
use Stock::{Backlog, Customers, Pipeline};
use Sum::{
    Available, Bookings, Busy, ContractsDue, Cost, CycleDays, ExistingRevenue, GrossRetained,
    NetRetained, NewRevenue, Quota, WaitDays,
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
    "referred_leads",
    "new_customers",
    "renewals",
    "churned",
];

const STOCK_NAMES: [&str; Stock::N] = ["backlog", "pipeline_count", "customers"];

const SUM_NAMES: [&str; Sum::N] = [
    "new_revenue",
    "existing_revenue",
    "won_cycle_days",
    "wait_days",
    "capacity_used",
    "capacity_available",
    "cost",
    "quota",
    "bookings",
    "contracts_due",
    "gross_retained",
    "net_retained",
];

impl Item {
    /// How many there are.
    pub const N: usize = Count::N + Stock::N + Sum::N;

    /// Names of all items, in the order of [`Amounts`]: counts, stocks, sums.
    pub fn names() -> impl Iterator<Item = &'static str> {
        let counts_and_stocks = COUNT_NAMES.iter().chain(&STOCK_NAMES);
        counts_and_stocks.chain(&SUM_NAMES).copied()
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
            S(sum) => SUM_NAMES[sum as usize],
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
    /// An item times such a ratio.
    Scaled(Item, &'static [Item], &'static [Item]),
    /// The sum of the first items less that of the second.
    Less(&'static [Item], &'static [Item]),
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
        V: Add<Output = V> + Sub<Output = V> + Mul<Output = V> + Div<Output = V>,
    {
        let sum = |items: &[Item]| {
            let rest = items[1..].iter();
            rest.fold(value(items[0]), |sum, item| sum + value(*item))
        };
        match self {
            Formula::Total(items) => sum(items),
            Formula::Ratio(over, under) => sum(over) / sum(under),
            Formula::Scaled(item, over, under) => value(*item) * (sum(over) / sum(under)),
            Formula::Less(from, items) => sum(from) - sum(items),
        }
    }

    /// The sums that it is made of, so that its value follows from their means: of a total its own, of
    /// a ratio or a difference both of its ends, and the item that it scales. The rest are 0.
    pub fn parts(&self, amounts: &Amounts) -> [f64; Self::PARTS] {
        let sum = |items: &[Item]| items.iter().map(|item| amounts.get(*item)).sum();
        match self {
            Formula::Total(items) => [sum(items), 0.0, 0.0],
            Formula::Ratio(over, under) | Formula::Less(over, under) => {
                [sum(over), sum(under), 0.0]
            }
            Formula::Scaled(item, over, under) => [sum(over), sum(under), amounts.get(*item)],
        }
    }

    /// How many of its parts it has \[1 to [`Formula::PARTS`]\].
    pub fn n_parts(&self) -> usize {
        match self {
            Formula::Total(_) => 1,
            Formula::Ratio(..) | Formula::Less(..) => 2,
            Formula::Scaled(..) => 3,
        }
    }

    /// Its value by the means of its [`parts`](Formula::parts); not finite where it is undefined.
    pub fn of_parts(&self, [first, under, item]: [f64; Self::PARTS]) -> f64 {
        match self {
            Formula::Total(_) => first,
            Formula::Ratio(..) => first / under,
            Formula::Less(..) => first - under,
            Formula::Scaled(..) => item * (first / under),
        }
    }

    /// Most sums that a formula is made of.
    pub const PARTS: usize = 3;

    /// The items that it is made of; one may come more than once.
    pub fn items(&self) -> impl Iterator<Item = Item> {
        let (item, first, second) = match *self {
            Formula::Total(items) => (None, items, &[][..]),
            Formula::Ratio(first, second) | Formula::Less(first, second) => (None, first, second),
            Formula::Scaled(item, first, second) => (Some(item), first, second),
        };
        item.into_iter().chain(first.iter().chain(second).copied())
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
            Formula::Scaled(item, over, under) => {
                let (over, under) = (bracketed(over), bracketed(under));
                write!(f, "{} × {over} / {under}", item.name())
            }
            Formula::Less(from, items) => write!(f, "{} - {}", joined(from), bracketed(items)),
        }
    }
}

fn joined(items: &[Item]) -> String {
    let names: Vec<&str> = items.iter().map(|item| item.name()).collect();
    names.join(" + ")
}

fn bracketed(items: &[Item]) -> String {
    match items {
        [item] => item.name().to_owned(),
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
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Unit::Count => "count",
            Unit::Money => "currency",
            Unit::Share => "share",
            Unit::Days => "days",
        })
    }
}

/// What a scenario must have for a metric to apply to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Need {
    Nothing,
    /// A limited capacity of sales, and so a queue.
    Queue,
    /// An agreed response time.
    Sla,
    /// Customers that are followed.
    Customers,
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

    /// Whether it means anything for `process`.
    pub fn applies(&self, process: &Process) -> bool {
        match self.need {
            Need::Nothing => true,
            Need::Queue => process.sales.capacity != Capacity::Unlimited,
            Need::Sla => process.handoff.sla.is_some(),
            Need::Customers => process.customers.is_some(),
        }
    }

    /// What a process must have for it to mean anything, in words.
    pub fn needs(&self) -> &'static str {
        match self.need {
            Need::Nothing => "leads",
            Need::Queue => "limited capacity of sales, and so no queue",
            Need::Sla => "agreed response time (`handoff.sla`)",
            Need::Customers => "customers that are followed (`[customers]`)",
        }
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

/// All metrics, in the order in which they are shown.
pub static METRICS: [Metric; 38] = [
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
    Metric::money("revenue", &[S(NewRevenue), S(ExistingRevenue)], ""),
    Metric::new(
        "new_business_share",
        Unit::Share,
        Formula::Ratio(&[S(NewRevenue)], &[S(NewRevenue), S(ExistingRevenue)]),
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
        Formula::Ratio(&[C(Won)], &[C(Won), C(Lost), C(NoDecision)]),
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
        "leads that reached the queue in the window; a wait ends at service, expiry or the horizon",
    )
    .needing(Need::Queue),
    Metric::new(
        "utilisation",
        Unit::Share,
        Formula::Ratio(&[S(Busy)], &[S(Available)]),
        "rep-time, or hours of a pool",
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
        "leads in the queue at the window's end",
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
        Formula::Scaled(K(Pipeline), &[S(Bookings)], &[C(Won)]),
        "at the window's mean deal",
    ),
    Metric::money(
        "cost",
        &[S(Cost)],
        "media, cost per lead, salaries and fixed costs",
    ),
    Metric::new(
        "cac",
        Unit::Money,
        Formula::Ratio(&[S(Cost)], &[C(Won)]),
        "per deal won",
    ),
    Metric::new(
        "quota_attainment",
        Unit::Share,
        Formula::Ratio(&[S(Bookings)], &[S(Quota)]),
        "quota per rep × rep-time",
    ),
    Metric::count(
        "customers",
        &[K(Customers)],
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
];

/// What is left of revenue; the money that a sweep looks for. Not among [`METRICS`].
pub static REVENUE_LESS_COST: Metric = Metric::new(
    "revenue_less_cost",
    Unit::Money,
    Formula::Less(&[S(NewRevenue), S(ExistingRevenue)], &[S(Cost)]),
    "",
);

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
