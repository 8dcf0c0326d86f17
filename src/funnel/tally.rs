//! What one replication yields: additive counts and sums by window, small enough to keep for all.

use super::retained::Retained;

/// Events and cohort sizes that are counted, each on its own day.
///
/// `First…` and the cohort counts are dated by the day of the *first entry* into the stage that the
/// cohort is named after; every other count by the day of the event, a recycled pass counting again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(usize)]
pub enum Count {
    Leads,
    Mqls,
    Sals,
    Sqls,
    Opportunities,
    Won,
    Lost,
    NoDecision,
    Disqualified,
    Rejected,
    Unreached,
    Expired,
    Leaked,
    Unqualified,
    Faded,
    /// Leads that reached the queue of `[sales]`; none where capacity is unlimited.
    Queued,
    /// Leads that left it, touched or expired.
    LeftQueue,
    /// Touches within the agreed response time.
    SlaMet,
    /// First touches by sales.
    Touched,
    /// MQLs of recycled leads, not their first.
    RepeatedMqls,
    /// SALs of leads that were accepted before and failed a gate that recycles.
    RepeatedSals,
    FirstMqls,
    FirstSals,
    FirstOpportunities,
    LeadsThatReachedMql,
    LeadsOpenBeforeMql,
    MqlsThatReachedSal,
    MqlsOpenBeforeSal,
    SalsThatReachedOpportunity,
    SalsOpenBeforeOpportunity,
    OpportunitiesThatReachedWon,
    OpportunitiesOpenBeforeWon,
    LeadsThatReachedWon,
    LeadsOpenBeforeWon,
    /// Leads that reached the queue of SDRs; none where there are none.
    SdrQueued,
    /// Leads that left it, touched or expired.
    LeftSdrQueue,
    /// Leads that a customer referred; they are among `Leads`.
    Referred,
    /// Deals won whose customer is followed from then on.
    NewCustomers,
    Renewals,
    /// Customers who did not renew.
    Churned,
    /// Deals won of the records of the pipeline; they are among `Won`.
    WonFromPipeline,
}

impl Count {
    /// How many there are.
    pub const N: usize = Count::WonFromPipeline as usize + 1;

    /// The ways in which a lead comes to an end; each ended lead is counted under exactly one.
    pub const ENDS: [Count; 10] = [
        Count::Won,
        Count::Lost,
        Count::NoDecision,
        Count::Disqualified,
        Count::Rejected,
        Count::Unreached,
        Count::Expired,
        Count::Leaked,
        Count::Unqualified,
        Count::Faded,
    ];
}

/// Additive amounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(usize)]
pub enum Sum {
    /// Revenue of deals won, recognised in the window \[money\].
    NewRevenue,
    /// Revenue of existing customers, recognised in the window \[money\].
    ExistingRevenue,
    /// Days from opportunity opened to won, over deals won \[days\].
    CycleDays,
    /// Waits of leads that reached the queue in the window, each until service, expiry or the horizon \[days\].
    WaitDays,
    /// Capacity used \[rep-days, or hours of a pool\].
    Busy,
    /// Capacity there was \[same unit\]; 0 where capacity is unlimited.
    Available,
    /// Media of channels, of the brand and of promotions \[money\].
    MediaCost,
    /// Cost per lead, and per contact of outreach \[money\].
    LeadCost,
    /// \[money\]
    ContentCost,
    /// Fixed costs by name \[money\].
    FixedCost,
    /// Of the reps \[money\].
    SalaryCost,
    /// Of the SDRs \[money\].
    SdrSalaryCost,
    /// For deals won \[money\].
    CommissionCost,
    /// Of programmes that align the teams \[money\].
    ProgrammeCost,
    /// What delivering leaves of new revenue \[money\].
    NewGrossProfit,
    /// The same of existing revenue \[money\].
    ExistingGrossProfit,
    /// What deals won in the window bring in gross profit in a year of their contracts \[money\].
    AnnualGrossProfit,
    /// What the customers won in the window will bring in gross profit, as long as they stay, discounted \[money\].
    LifetimeValue,
    /// Quota of the team \[money\]; 0 where none is stated.
    Quota,
    /// As `WaitDays`, of the queue of SDRs.
    SdrWaitDays,
    /// As `Busy`, of SDRs.
    SdrBusy,
    /// As `Available`, of SDRs; 0 where there are none.
    SdrAvailable,
    /// Deal sizes of deals won in the window \[money\].
    Bookings,
    /// Value of contracts whose term ended in the window \[money\].
    ContractsDue,
    /// Of those renewed, the old value or the new one, whichever is less \[money\].
    GrossRetained,
    /// Of those renewed, the new value and what was bought beside the old contract \[money\].
    NetRetained,
    /// The part of `NewRevenue` that the records of the pipeline bring \[money\].
    RevenueFromPipeline,
}

impl Sum {
    /// How many there are.
    pub const N: usize = Sum::RevenueFromPipeline as usize + 1;

    /// All that a plan costs, in the order in which it is added.
    pub const COSTS: [Sum; 8] = [
        Sum::MediaCost,
        Sum::LeadCost,
        Sum::ContentCost,
        Sum::FixedCost,
        Sum::SalaryCost,
        Sum::SdrSalaryCost,
        Sum::CommissionCost,
        Sum::ProgrammeCost,
    ];
}

/// Stocks, as they stand at the end of the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(usize)]
pub enum Stock {
    /// Leads waiting for a rep of `[sales]`.
    Backlog,
    /// Open opportunities.
    Pipeline,
    /// Leads waiting for an SDR.
    SdrBacklog,
    /// Customers that are followed and have not left.
    Customers,
}

impl Stock {
    /// How many there are.
    pub const N: usize = Stock::Customers as usize + 1;
}

/// What happened in one window of one replication.
#[derive(Debug, Clone, PartialEq)]
pub struct Tally {
    /// `[Count]`
    pub counts: [u32; Count::N],
    /// `[Stock]`
    pub stocks: [u32; Stock::N],
    /// `[Sum]`
    pub sums: [f64; Sum::N],
    /// `[Funnel::accounts]`
    pub accounts: Vec<f64>,
}

impl Tally {
    /// Nothing happened.
    pub const ZERO: Tally = Tally {
        counts: [0; Count::N],
        stocks: [0; Stock::N],
        sums: [0.0; Sum::N],
        accounts: Vec::new(),
    };

    /// All that the window cost \[money\].
    pub fn cost(&self) -> f64 {
        let costs = Sum::COSTS.iter();
        costs.fold(0.0, |total, &cost| total + self.sums[cost as usize])
    }
}

impl Default for Tally {
    fn default() -> Self {
        Tally::ZERO
    }
}

/// One replication of one scenario: all that a forecast keeps of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// One tally per recorded warm-up period, then one per period from day 0 to the horizon.
    /// Flows of the whole horizon are the sums over the latter, in order; its stocks are the last one's.
    pub periods: Box<[Tally]>,
    /// One tally per window that was asked for beside them, in that order.
    pub windows: Box<[Tally]>,
    /// Leads that arrived before day 0, and from then on.
    pub arrived: [u32; 2],
    /// Leads open at day 0.
    pub opening: u32,
    /// Leads open at the horizon, by stage: `[Funnel::open_stages]`.
    pub open: Box<[u32]>,
    /// How often each reason was met from day 0 on: `[Process::reasons]`.
    pub reasons: Box<[u32]>,
    /// Customers by period of winning, at the end of each period, in the order of [`Retained::order`]; empty where
    /// nobody is followed, or there are more than 120 periods.
    pub customers: Box<[Retained]>,
    /// Whether uncertain outcome shares above 1 were scaled to 1 in this replication's draw.
    pub shares_scaled: bool,
    /// Whether customers and leads that they refer became too many to be followed: what came beyond is missing.
    pub is_cut_short: bool,
}
