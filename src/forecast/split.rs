//! Whose money it is: every account by period, and what each channel and segment costs and brings.

use super::estimate::{Clustering, Desk, Estimate, Sample, of_values};
use super::metric::{Item, Metric, Span};
use super::records::Columns;
use super::study::Case;
use crate::funnel::{Count, Funnel};
use crate::scenario::Scenario;

pub use crate::funnel::{Account, AccountKind};

/// What one account holds in one window.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Balance {
    pub estimate: Estimate,
    /// Over replications; none for fewer than two.
    pub sd: Option<f64>,
}

/// The accounts of a scenario's books, in the order of [`balances`].
pub fn accounts_of(scenario: &Scenario) -> Vec<Account> {
    Funnel::accounts(scenario)
}

/// Balances of all accounts in a span, in the order of [`accounts_of`].
///
/// O(accounts × replications).
pub fn balances(case: Case, span: Span) -> Vec<Balance> {
    let records = case.replications.records();
    let clustering = Clustering::when_in_doubt(case.replications.in_doubt());
    let mut desk = Desk::default();
    let accounts = 0..accounts_of(case.scenario).len();
    let balance = |account: usize| {
        let values = records.account(span, account);
        let range = case.replications.range();
        let (estimate, distribution) = of_values(&values, range, clustering, &mut desk);
        Balance {
            estimate,
            sd: distribution.sd,
        }
    };
    accounts.map(balance).collect()
}

/// What one channel or segment costs and brings in the window that a forecast is of.
#[derive(Debug, Clone, PartialEq)]
pub struct Split {
    /// Of the channel or segment.
    pub name: String,
    /// `[SPLIT_METRICS]`
    pub estimates: Vec<Estimate>,
}

/// Metrics of a channel or segment: of its own leads, deals and costs alone.
pub const SPLIT_METRICS: [&str; 7] = [
    "leads",
    "won",
    "new_revenue",
    "mean_deal",
    "cost",
    "cost_per_lead",
    "cac",
];

/// Each channel; costs that belong to no channel are left out.
pub(super) fn by_channel(case: Case) -> Vec<Split> {
    let channels = case.scenario.process.channels.iter();
    let names = channels.map(|channel| &channel.name[..]);
    splits(case, names, |account| account.channel.as_deref())
}

/// Each segment; costs that belong to no segment, as media, are left out.
pub(super) fn by_segment(case: Case) -> Vec<Split> {
    let segments = case.scenario.process.segments.iter();
    let names = segments.map(|segment| &segment.name[..]);
    splits(case, names, |account| account.segment.as_deref())
}

fn splits<'a>(
    case: Case,
    names: impl Iterator<Item = &'a str>,
    owner: impl Fn(&Account) -> Option<&str>,
) -> Vec<Split> {
    let accounts = accounts_of(case.scenario);
    let of_name = |name: &str| {
        let owned = accounts.iter().enumerate();
        let owned = owned.filter(|(_, account)| owner(account) == Some(name));
        Split {
            name: name.to_owned(),
            estimates: estimates(case, owned),
        }
    };
    names.map(of_name).collect()
}

fn estimates<'a>(
    case: Case,
    accounts: impl Iterator<Item = (usize, &'a Account)>,
) -> Vec<Estimate> {
    let records = case.replications.records();
    let mut items: Vec<(Item, Vec<f64>)> = Vec::new();
    for (index, account) in accounts {
        let values = records.account(case.span(), index);
        let item = item_of(account.kind);
        match items.iter_mut().find(|(known, _)| *known == item) {
            Some((_, total)) => {
                let pairs = total.iter_mut().zip(values);
                pairs.for_each(|(total, value)| *total += value);
            }
            None => items.push((item, values)),
        }
    }
    let columns = items.iter().map(|(item, values)| (*item, &values[..]));
    let clustering = Clustering::when_in_doubt(case.replications.in_doubt());
    let sample = Sample::of(
        Columns::of(records.len(), columns),
        case.replications.range(),
        clustering,
    );
    let mut desk = Desk::default();
    let metrics = SPLIT_METRICS.iter().filter_map(|name| Metric::named(name));
    metrics
        .map(|metric| sample.forecast(&metric.formula, &mut desk).0)
        .collect()
}

fn item_of(kind: AccountKind) -> Item {
    match (kind, kind.sum()) {
        (_, Some(sum)) => Item::Sum(sum),
        (AccountKind::Won, None) => Item::Count(Count::Won),
        (_, None) => Item::Count(Count::Leads),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_are_of_metrics() {
        let known = SPLIT_METRICS.iter().filter_map(|name| Metric::named(name));
        assert_eq!(known.count(), SPLIT_METRICS.len());
    }
}
