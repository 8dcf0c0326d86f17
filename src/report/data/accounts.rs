//! Every account of the books: a row per scenario, period and account that ever holds anything.

use super::super::Findings;
use super::ACCOUNTS;
use super::periods::place;
use super::table::{Column, Table};
use crate::forecast::{Account, Balance, Case, Span, accounts_of, balances};
use crate::scenario::Scenario;
use crate::units::Window;

/// What an account holds in a period.
struct Row<'a> {
    case: &'a Case<'a>,
    window: Window,
    account: Account,
    balance: Balance,
}

pub(super) fn table<'a>(findings: &'a Findings<'a>) -> Table<'a> {
    let mut columns = Vec::from(place(|row: &Row<'a>| (row.case, row.window)));
    columns.extend([
        Column::text("account", |row: &Row| Some(row.account.kind.name().into()))
            .means("its kind: the total that it is a part of"),
        name("name", |account| &account.name)
            .means("of a fixed cost, a lever, or of what else sets it apart"),
        name("channel", |account| &account.channel).means("the channel that it belongs to, if any"),
        name("segment", |account| &account.segment).means("the segment that it belongs to, if any"),
    ]);
    let unit = "count for leads and won, else currency";
    columns.extend([
        Column::number("mean", |row: &Row| row.balance.estimate.mean)
            .in_unit(unit)
            .means("over replications"),
        Column::number("standard_error", |row: &Row| {
            row.balance.estimate.standard_error
        })
        .in_unit(unit)
        .means("Monte Carlo error of the mean; shrinks with more replications"),
        Column::number("sd", |row: &Row| row.balance.sd)
            .in_unit(unit)
            .means("standard deviation over replications"),
    ]);
    Table::new(ACCOUNTS, columns, findings.cases.iter().flat_map(rows))
}

fn name<'a>(column: &str, of: fn(&Account) -> &Option<String>) -> Column<'a, Row<'a>> {
    Column::text(column, move |row: &Row| {
        of(&row.account).clone().map(Into::into)
    })
}

fn rows<'a>(case: &'a Case<'a>) -> Vec<Row<'a>> {
    let Scenario {
        warm_up_periods,
        periods,
        ..
    } = &case.scenario;
    let periods: Vec<Window> = warm_up_periods.iter().chain(periods).copied().collect();
    let balances: Vec<Vec<Balance>> = (0..periods.len())
        .map(|period| balances(*case, Span::Tally(period)))
        .collect();
    let holds = |account: usize| {
        let mut of = balances.iter().map(|period| period[account].estimate.mean);
        of.any(|mean| mean != Some(0.0))
    };
    let held: Vec<(usize, Account)> = accounts_of(case.scenario)
        .into_iter()
        .enumerate()
        .filter(|(account, _)| holds(*account))
        .collect();
    let by_period = periods.iter().zip(&balances);
    let rows = by_period.flat_map(|(window, balances)| {
        held.iter().map(|(index, account)| Row {
            case,
            window: *window,
            account: account.clone(),
            balance: balances[*index],
        })
    });
    rows.collect()
}
