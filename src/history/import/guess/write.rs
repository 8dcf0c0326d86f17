//! A guess as a map, with a comment on every line.

use super::super::End;
use super::super::map::Field;
use super::super::moment;
use super::roles::{At, Choice, Link, Roles};
use super::sheet::{MAX_ROWS, Sheet};
use crate::history::text::quoted;

/// Most other columns that a comment names.
const MAX_OTHERS: usize = 4;

/// The map of these sheets in which each column has this role.
pub(super) fn map(sheets: &[Sheet], roles: &Roles) -> String {
    let Some(first) = roles.first else {
        return nothing(sheets);
    };
    let writer = Writer {
        sheets,
        roles,
        first,
    };
    let parts = [
        writer.head(),
        writer.files(),
        writer.columns(),
        writer.outcomes(),
    ];
    parts.join("\n")
}

/// What can be said where no file looks like records.
fn nothing(sheets: &[Sheet]) -> String {
    let mut text = String::from(
        "# No file has both a column of dates and a key, so that none can be told to hold records.\n\
         # Files and their columns:\n",
    );
    for sheet in sheets {
        let columns: Vec<&str> = sheet
            .columns
            .iter()
            .map(|column| &column.name[..])
            .collect();
        text += &comment(&format!("{}: {}", sheet.path, columns.join(", ")));
    }
    text
}

struct Writer<'a> {
    sheets: &'a [Sheet],
    roles: &'a Roles,
    first: At,
}

impl Writer<'_> {
    fn head(&self) -> String {
        let roles = self.roles;
        let mut text = String::from(
            "# A guess from names and values: read it, correct it, then run\n\
             # funnelcast history import --map THIS FILES… -o history.parquet\n\n",
        );
        for sheet in self.sheets.iter().filter(|sheet| sheet.is_cut) {
            text += &comment(&format!(
                "Of {} the first {MAX_ROWS} rows were looked at, and later ones that say a new word.",
                sheet.path
            ));
        }
        text += &match roles.is_stage_change {
            true => line(
                "shape = \"stage_change\"",
                "its key has several rows, each with a stage and a date",
            ),
            false => line("shape = \"record\"", "every row has a key of its own"),
        };
        text += &match (roles.has_times, roles.states_zones) {
            (false, _) => line(
                "time_zone = \"UTC\"",
                "there are dates only, so that it does not matter",
            ),
            (true, true) => line(
                "time_zone = \"UTC\"",
                "times state their zone and are put into this one; name your own, such as Europe/Berlin",
            ),
            (true, false) => line(
                "time_zone = \"UTC\"",
                "in doubt: times state no zone; UTC is assumed, see the export's settings",
            ),
        };
        text += &match &roles.currency {
            Some(currency) => line(
                &format!("currency = {}", quoted(currency)),
                "stands in the data",
            ),
            None => line("currency = \"$\"", "in doubt: the data states none"),
        };
        text += &self.dates();
        if roles.has_decimal_comma {
            text += &line("decimal = \",\"", "amounts can be read only so");
        }
        if let Some(day) = roles.last_day.and_then(moment::date) {
            text += &line(
                &format!("# as_of = {day}"),
                "the last day with a date; state the day of the export if it is later",
            );
        }
        text + &match roles.is_stage_change {
            true => self.stages(),
            false => {
                let name = &self.sheets[self.first.0].name;
                let is_lead = name.contains("lead") || name.contains("mql");
                let stage = if is_lead { "lead" } else { "opportunity" };
                line(
                    &format!("stage = \"{stage}\""),
                    "what a record is called while it is open",
                )
            }
        }
    }

    fn dates(&self) -> String {
        let orders: Vec<&str> = self
            .roles
            .date_orders
            .iter()
            .map(|order| order.name())
            .collect();
        match orders[..] {
            ["ymd", ..] => String::new(),
            [order] => line(
                &format!("dates = \"{order}\""),
                "every date can be read only so",
            ),
            [one, other, ..] => {
                let why = "cannot be decided: every date can be read in both ways";
                line(&format!("# dates = \"{one}\""), why)
                    + &line(&format!("# dates = \"{other}\""), why)
            }
            [] => comment("in doubt: no order of day, month and year reads every date"),
        }
    }

    fn stages(&self) -> String {
        let open = self
            .roles
            .outcomes
            .iter()
            .filter(|(_, end)| *end == End::Open);
        let names: Vec<String> = open.map(|(stage, _)| quoted(stage)).collect();
        let mut text = comment(
            "In the order in which records enter them on average; correct it where your funnel has another.",
        );
        text += &format!("stages = [{}]\n", names.join(", "));
        text
    }

    fn files(&self) -> String {
        let mut text = String::new();
        let first = &self.sheets[self.first.0];
        text += &format!("[files.{}]\n", first.name);
        text += &format!("file = {}\n", quoted(&first.pattern));
        let key = &first.columns[self.first.1];
        let why = match self.roles.is_stage_change {
            true => "the record that a row is of",
            false => "a value of its own in every row",
        };
        text += &line(&format!("key = {}", quoted(&key.name)), why);
        for (index, sheet) in self.sheets.iter().enumerate() {
            if index == self.first.0 {
                continue;
            }
            let link = self.roles.links.iter().find(|link| link.sheet == index);
            text += "\n";
            text += &match link {
                Some(link) => self.link(sheet, link),
                None => comment(&format!(
                    "{}: none of its columns shares its values with a column of the others",
                    sheet.path
                )),
            };
        }
        text
    }

    fn link(&self, sheet: &Sheet, link: &Link) -> String {
        let key = &sheet.columns[link.key].name;
        let mut lines = format!("[files.{}]\n", sheet.name);
        lines += &format!("file = {}\n", quoted(&sheet.pattern));
        let why = format!(
            "{} of {} values of {} are found here",
            link.found,
            link.of,
            self.name(link.to)
        );
        lines += &line(&format!("key = {}", quoted(key)), &why);
        if link.to != self.first {
            lines += &format!("joins = {}\n", quoted(&self.name(link.to)));
        }
        match self.is_needed(link.sheet) {
            true => lines,
            false => {
                let lines = lines.lines().map(|line| format!("# {line}\n"));
                comment("Joins, but no column of it is used below.") + &lines.collect::<String>()
            }
        }
    }

    /// Whether a column in use is of this sheet, or of one that joins it.
    fn is_needed(&self, sheet: usize) -> bool {
        let mut choices = self.roles.choices.values();
        let is_used = choices.any(|choice| choice.at.0 == sheet);
        let joined = self.roles.links.iter().filter(|link| link.to.0 == sheet);
        is_used || joined.into_iter().any(|link| self.is_needed(link.sheet))
    }

    fn columns(&self) -> String {
        let mut text = String::from("[columns]\n");
        for field in Field::ALL {
            if let Some(choice) = self.roles.choices.get(&field) {
                text += &self.choice(field, choice);
            }
            let suggestions = self.roles.suggestions.iter();
            for (_, choice) in suggestions.filter(|(of, _)| *of == field).take(MAX_OTHERS) {
                text += &self.choice(field, choice);
            }
        }
        let must = match self.roles.is_stage_change {
            true => [Field::Entered, Field::Stage],
            false => [Field::Created, Field::Closed],
        };
        for field in must
            .into_iter()
            .filter(|field| !self.roles.choices.contains_key(field))
        {
            text += &line(
                &format!(
                    "# {} = \"{}.\"",
                    field.name(),
                    self.sheets[self.first.0].name
                ),
                "needed; no column was found for it",
            );
        }
        text
    }

    fn choice(&self, field: Field, choice: &Choice) -> String {
        let name = quoted(&self.name(choice.at));
        let value = match &choice.settings[..] {
            [] => name,
            settings => {
                let settings = settings
                    .iter()
                    .map(|(key, value)| format!(", {key} = {value}"));
                format!("{{ column = {name}{} }}", settings.collect::<String>())
            }
        };
        let mut words = match &choice.against[..] {
            "" => choice.why.clone(),
            against => format!("in doubt and not used: {against}"),
        };
        let others: Vec<String> = choice
            .others
            .iter()
            .take(MAX_OTHERS)
            .map(|at| self.name(*at))
            .collect();
        if !others.is_empty() {
            words += &format!("; or {}", others.join(", "));
        }
        let off = if choice.against.is_empty() { "" } else { "# " };
        line(&format!("{off}{} = {value}", field.name()), &words)
    }

    fn outcomes(&self) -> String {
        let outcomes = &self.roles.outcomes;
        if outcomes.is_empty() {
            return match self.roles.is_stage_change {
                true => String::new(),
                false => comment(
                    "No column names outcomes: a record with a close date is won, every other one is open.",
                ),
            };
        }
        let mut text = String::from("[outcomes]\n");
        let of = |end: End| -> Vec<String> {
            let of = outcomes.iter().filter(|(_, other)| *other == end);
            of.map(|(stage, _)| quoted(stage)).collect()
        };
        for (key, end) in [
            ("won", End::Won),
            ("lost", End::Lost),
            ("no_decision", End::NoDecision),
        ] {
            let names = of(end);
            if !names.is_empty() {
                text += &line(&format!("{key} = [{}]", names.join(", ")), "by their names");
            }
        }
        if !self.roles.is_stage_change {
            let names = of(End::Open).join(", ");
            text += &line(
                &format!("open = [{names}]"),
                "in doubt where a name does not say so: all that are not named above",
            );
        }
        text
    }

    /// `file.column`
    fn name(&self, at: At) -> String {
        let sheet = &self.sheets[at.0];
        format!("{}.{}", sheet.name, sheet.columns[at.1].name)
    }
}

/// A key with a comment on it.
fn line(key: &str, words: &str) -> String {
    format!("{key}  # {}\n", plain(words))
}

fn comment(words: &str) -> String {
    format!("# {}\n", plain(words))
}

/// `words` without what no comment may hold.
fn plain(words: &str) -> String {
    words.replace(char::is_control, " ")
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn every_text_stands_on_one_line() {
        assert_eq!(quoted("a \"b\" \\ \n"), r#""a \"b\" \\ \u000A""#);
    }
}
