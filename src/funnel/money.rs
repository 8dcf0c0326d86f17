//! The books: what every day earns and costs, account by account. A total is the sum of its accounts, in order.

use std::ops::Range;

use super::demand::{self, Demand};
use super::ledger::{Contract, Ledger};
use super::station::{PerStation, Station};
use super::tally::Sum;
use super::{alignment, awareness, lifetime, queue};
use crate::scenario::{Lever, Process, Quantity, Scenario, Timed};

/// What an account holds: money of one kind, or how many leads and deals it goes with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AccountKind {
    /// Arrivals; no money.
    Leads,
    /// Deals won; no money.
    Won,
    /// Deals won, whenever their revenue counts; not part of revenue.
    Bookings,
    NewRevenue,
    ExistingRevenue,
    /// Media of channels, of the brand and of promotions.
    Media,
    /// Cost per lead, and per contact of outreach.
    LeadCost,
    Content,
    /// Fixed costs by name.
    Fixed,
    /// Of the reps.
    Salaries,
    /// Of the SDRs.
    SdrSalaries,
    /// Share of deals won that the reps get.
    Commission,
    /// Programmes that align the teams, by lever.
    Programmes,
}

impl AccountKind {
    /// Its name in files.
    pub fn name(self) -> &'static str {
        match self {
            AccountKind::Leads => "leads",
            AccountKind::Won => "won",
            AccountKind::Bookings => "bookings",
            AccountKind::NewRevenue => "new_revenue",
            AccountKind::ExistingRevenue => "existing_revenue",
            AccountKind::Media => "media_cost",
            AccountKind::LeadCost => "lead_cost",
            AccountKind::Content => "content_cost",
            AccountKind::Fixed => "fixed_cost",
            AccountKind::Salaries => "salary_cost",
            AccountKind::SdrSalaries => "sdr_salary_cost",
            AccountKind::Commission => "commission_cost",
            AccountKind::Programmes => "programme_cost",
        }
    }

    /// The total that it adds to, if it holds money.
    pub fn sum(self) -> Option<Sum> {
        Some(match self {
            AccountKind::Leads | AccountKind::Won => return None,
            AccountKind::Bookings => Sum::Bookings,
            AccountKind::NewRevenue => Sum::NewRevenue,
            AccountKind::ExistingRevenue => Sum::ExistingRevenue,
            AccountKind::Media => Sum::MediaCost,
            AccountKind::LeadCost => Sum::LeadCost,
            AccountKind::Content => Sum::ContentCost,
            AccountKind::Fixed => Sum::FixedCost,
            AccountKind::Salaries => Sum::SalaryCost,
            AccountKind::SdrSalaries => Sum::SdrSalaryCost,
            AccountKind::Commission => Sum::CommissionCost,
            AccountKind::Programmes => Sum::ProgrammeCost,
        })
    }
}

/// One account of the books.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Account {
    pub kind: AccountKind,
    /// Of a fixed cost, a lever, or of what else sets it apart.
    pub name: Option<String>,
    pub channel: Option<String>,
    pub segment: Option<String>,
}

impl Account {
    fn of(kind: AccountKind) -> Account {
        Account {
            kind,
            name: None,
            channel: None,
            segment: None,
        }
    }

    fn named(self, name: &str) -> Account {
        Account {
            name: Some(name.to_owned()),
            ..self
        }
    }

    fn of_channel(self, channel: &str) -> Account {
        Account {
            channel: Some(channel.to_owned()),
            ..self
        }
    }

    fn of_segment(self, segment: &str) -> Account {
        Account {
            segment: Some(segment.to_owned()),
            ..self
        }
    }
}

/// What one source brought on one day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Brought {
    pub leads: u32,
    pub won: u32,
    /// Deals won, in units of the deal law's quantum.
    pub booked: i64,
    /// What customers that are followed have renewed or bought beside, in the same units.
    pub renewed: i64,
}

/// Prices and dues of every day, at one draw.
#[derive(Debug, Clone)]
pub(super) struct Books {
    /// In the order of [`accounts`].
    kinds: Vec<AccountKind>,
    /// Accounts that fall due whatever happens, `[account][day]`; none: nothing on any day.
    dues: Vec<Option<Vec<f64>>>,
    /// `[source][day]`; none: leads cost nothing.
    cost_per_lead: Vec<Option<Vec<f64>>>,
    /// \[money per rep\] `[day]`
    salary: PerStation<Vec<f64>>,
    /// Share of a deal won, `[day]`.
    commission: Vec<f64>,
    /// Share of revenue, `[day]`.
    gross_margin: Vec<f64>,
    /// Discounted gross profit of a deal and its renewals, as a multiple of the first; 0 where churn is not stated. `[day]`
    lifetime: Vec<f64>,
    /// Contracts in a year, `[day]`.
    terms_per_year: Vec<f64>,
    /// Money per unit of revenue.
    quantum: f64,
}

/// The accounts of a scenario, in order. The same for every draw and replication.
pub(super) fn accounts(scenario: &Scenario) -> Vec<Account> {
    let process = &scenario.process;
    let by_source = |kind: AccountKind| {
        process.channels.iter().flat_map(move |channel| {
            process.segments.iter().map(move |segment| {
                let of_channel = Account::of(kind).of_channel(&channel.name);
                of_channel.of_segment(&segment.name)
            })
        })
    };
    let by_channel = |kind: AccountKind| {
        let channels = process.channels.iter();
        channels.map(move |channel| Account::of(kind).of_channel(&channel.name))
    };
    let media = Account::of(AccountKind::Media);
    let fixed = fixed_names(scenario).map(|name| Account::of(AccountKind::Fixed).named(name));
    let programmes = Lever::ALL.iter();
    let programmes =
        programmes.map(|lever| Account::of(AccountKind::Programmes).named(lever.name()));
    let outreach = by_channel(AccountKind::LeadCost).map(|account| account.named("outreach"));
    by_source(AccountKind::Leads)
        .chain(by_source(AccountKind::Won))
        .chain(by_source(AccountKind::Bookings))
        .chain(by_source(AccountKind::NewRevenue))
        .chain(by_source(AccountKind::ExistingRevenue))
        .chain([Account::of(AccountKind::ExistingRevenue).named("base")])
        .chain(by_channel(AccountKind::Media))
        .chain([media.clone().named("brand"), media.named("promotions")])
        .chain(outreach)
        .chain([Account::of(AccountKind::Content)])
        .chain(fixed)
        .chain(programmes)
        .chain(by_source(AccountKind::LeadCost))
        .chain(by_source(AccountKind::Commission))
        .chain([
            Account::of(AccountKind::SdrSalaries),
            Account::of(AccountKind::Salaries),
        ])
        .collect()
}

/// Names of the fixed costs, of those before day 0 too; each once.
fn fixed_names(scenario: &Scenario) -> impl Iterator<Item = &str> {
    let own = &scenario.process.costs.fixed_per_month;
    let past = scenario.past.iter();
    let past = past.flat_map(|past| &past.costs.fixed_per_month);
    let only_past = past.filter(|past| own.iter().all(|own| own.name != past.name));
    own.iter().chain(only_past).map(|cost| &cost.name[..])
}

impl Books {
    /// Before day 0 the prices are those of the scenario that acts then. O(days × accounts).
    pub fn new(
        scenario: &Scenario,
        draw: &[f64],
        demand: &Demand,
        levers: &alignment::Parameters,
        quantum: f64,
    ) -> Books {
        let span = Days(scenario);
        let monthly = |amount: &dyn Fn(&Process, i32) -> f64| {
            span.each(|process, day| amount(process, day) / awareness::DAYS_PER_MONTH)
        };
        let channels = 0..scenario.process.channels.len();
        let media = channels.clone().map(|index| {
            monthly(&|process, day| {
                demand::media_per_month(process, &process.channels[index], day, draw)
            })
        });
        let outreach = channels.clone().map(|index| {
            span.each(|process, day| {
                let outreach = process.channels[index].outreach.as_ref();
                outreach.map_or(0.0, |outreach| {
                    demand.contacts(index, day) * at(&outreach.cost_per_contact, day, draw)
                })
            })
        });
        let fixed = fixed_names(scenario).map(|name| {
            monthly(&|process, day| {
                let costs = process.costs.fixed_per_month.iter();
                let mut named = costs.filter(|cost| cost.name == name);
                named
                    .next()
                    .map_or(0.0, |cost| at(&cost.per_month, day, draw))
            })
        });
        let programmes = Lever::ALL.into_iter();
        let programmes = programmes.map(|lever| span.each(|_, day| levers.cost_on(lever, day)));
        let dues = media
            .chain([
                monthly(&|process, day| {
                    let brand = process.brand.as_ref();
                    brand.map_or(0.0, |brand| at(&brand.media_per_month, day, draw))
                }),
                span.each(|process, day| {
                    let promotions = process.promotions.iter();
                    let starting = promotions.filter(|promotion| promotion.start_day == day);
                    in_order(starting.map(|promotion| promotion.cost_once.at(draw)))
                }),
            ])
            .chain(outreach)
            .chain([monthly(&|process, day| {
                at(&process.costs.content_per_month, day, draw)
            })])
            .chain(fixed)
            .chain(programmes);
        let lifetimes = lifetime::multiples(&scenario.process, draw);
        let lifetimes = match &scenario.past {
            Some(past) => lifetimes.after(&lifetime::multiples(past, draw)),
            None => lifetimes,
        };
        let n_segments = scenario.process.segments.len();
        let cost_per_lead = channels.flat_map(|index| {
            let cost =
                span.each(|process, day| at(&process.channels[index].cost_per_lead, day, draw));
            std::iter::repeat_n(unless_zero(cost), n_segments)
        });
        Books {
            kinds: accounts(scenario)
                .iter()
                .map(|account| account.kind)
                .collect(),
            dues: dues.map(unless_zero).collect(),
            cost_per_lead: cost_per_lead.collect(),
            salary: PerStation::of(|station| {
                span.each(|process, day| {
                    let costs = &process.costs;
                    let per_year = match station {
                        Station::Sdr => &costs.sdr_salary_per_year,
                        Station::Sales => &costs.rep_salary_per_year,
                    };
                    at(per_year, day, draw) / queue::DAYS_PER_YEAR
                })
            }),
            commission: span.each(|process, day| at(&process.costs.commission, day, draw)),
            gross_margin: span.each(|process, day| at(&process.costs.gross_margin, day, draw)),
            terms_per_year: span.each(|process, _| lifetime::terms_per_year(process)),
            lifetime: span.each(|_, day| *lifetimes.at(f64::from(day))),
            quantum,
        }
    }

    /// What every account holds over the days of `rows`, `existing_revenue` on each; O(days × accounts).
    pub fn balances(
        &self,
        ledger: &Ledger,
        rows: Range<usize>,
        existing_revenue: &[f64],
    ) -> Vec<f64> {
        let n_sources = self.cost_per_lead.len();
        let sources = || 0..n_sources;
        let days = |source: usize| ledger.brought(source, rows.clone());
        let leads =
            sources().map(|source| total(days(source).map(|day| i64::from(day.leads))) as f64);
        let won = sources().map(|source| total(days(source).map(|day| i64::from(day.won))) as f64);
        let booked = |source: usize| self.money(total(days(source).map(|day| day.booked)));
        let recognised = |contract: Contract| {
            let rows = rows.clone();
            sources().map(move |source| {
                let days = ledger.recognised(source, rows.clone());
                self.money(total(days.map(|day| day[contract as usize])))
            })
        };
        let existing = existing_revenue.get(rows.clone()).unwrap_or_default();
        let of_days = |due: &Option<Vec<f64>>| {
            let days = due.as_ref().map(|days| &days[rows.clone()]);
            in_order(days.unwrap_or_default().iter().copied())
        };
        let lead_cost = sources().map(|source| match &self.cost_per_lead[source] {
            Some(price) => in_order(
                days(source)
                    .zip(&price[rows.clone()])
                    .map(|(day, price)| f64::from(day.leads) * price),
            ),
            None => 0.0,
        });
        let commission = sources().map(|source| {
            let shares = &self.commission[rows.clone()];
            let won = days(source).zip(shares);
            in_order(won.map(|(day, share)| self.money(day.booked) * share))
        });
        let salaries = |station: Station| {
            let reps = ledger.reps(station, rows.clone());
            let salaries = &self.salary[station][rows.clone()];
            in_order(reps.zip(salaries).map(|(reps, salary)| reps * salary))
        };
        leads
            .chain(won)
            .chain(sources().map(booked))
            .chain(recognised(Contract::New))
            .chain(recognised(Contract::Renewed))
            .chain([in_order(existing.iter().copied())])
            .chain(self.dues.iter().map(of_days))
            .chain(lead_cost)
            .chain(commission)
            .chain(Station::ALL.map(salaries))
            .collect()
    }

    /// Enters the totals of accounts, and the gross profit of revenue over the days of `rows`.
    pub fn enter_totals(
        &self,
        balances: &[f64],
        ledger: &Ledger,
        rows: Range<usize>,
        existing_revenue: &[f64],
        sums: &mut [f64; Sum::N],
    ) {
        for (kind, balance) in self.kinds.iter().zip(balances) {
            if let Some(sum) = kind.sum() {
                sums[sum as usize] += balance;
            }
        }
        let existing = |row: usize| existing_revenue.get(row).copied().unwrap_or(0.0);
        let mut profits = [0.0; 4];
        for row in rows.clone() {
            let [new, renewed] = ledger.recognised_on(row).map(|units| self.money(units));
            let booked = self.money(ledger.booked_on(row));
            let annual = booked * self.terms_per_year[row];
            let lifetime = booked * self.lifetime[row];
            let revenues = [new, renewed + existing(row), annual, lifetime];
            let pairs = profits.iter_mut().zip(revenues);
            pairs.for_each(|(profit, revenue)| *profit += revenue * self.gross_margin[row]);
        }
        let names = [
            Sum::NewGrossProfit,
            Sum::ExistingGrossProfit,
            Sum::AnnualGrossProfit,
            Sum::LifetimeValue,
        ];
        for (name, profit) in names.into_iter().zip(profits) {
            sums[name as usize] = profit;
        }
    }

    /// What so many units of revenue are worth.
    pub fn money(&self, units: i64) -> f64 {
        units as f64 * self.quantum
    }
}

/// The days of a scenario, each with the process that acts on it.
#[derive(Clone, Copy)]
struct Days<'a>(&'a Scenario);

impl Days<'_> {
    /// `[day]`, from the first day of the warm-up on.
    fn each(self, amount: impl Fn(&Process, i32) -> f64) -> Vec<f64> {
        let Scenario {
            process,
            past,
            warm_up_days,
            horizon_days,
            ..
        } = self.0;
        let days = -(*warm_up_days as i32)..*horizon_days as i32;
        let on = |day: i32| match past {
            Some(past) if day < 0 => amount(past, day),
            _ => amount(process, day),
        };
        days.map(on).collect()
    }
}

fn at(quantity: &Timed<Quantity>, day: i32, draw: &[f64]) -> f64 {
    quantity.at(f64::from(day)).at(draw)
}

fn unless_zero(days: Vec<f64>) -> Option<Vec<f64>> {
    days.iter().any(|&money| money != 0.0).then_some(days)
}

/// A sum from left to right, 0 of nothing.
fn in_order(values: impl Iterator<Item = f64>) -> f64 {
    values.fold(0.0, |sum, value| sum + value)
}

fn total(values: impl Iterator<Item = i64>) -> i64 {
    values.fold(0, i64::saturating_add)
}
