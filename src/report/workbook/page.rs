//! A sheet under way: texts that stay texts, numbers in their unit, formulas with what they come to.

use std::collections::BTreeMap;

use jiff::civil::Date;
use rust_xlsxwriter::{
    ChartFont, Color, ExcelDateTime, Format, FormatAlign, FormatBorder, Formula, Worksheet,
    XlsxError,
};

use super::Book;
use crate::forecast::Unit;

/// Rows and columns, counted from 0.
pub(super) type Row = u32;
pub(super) type Column = u16;

/// Colours of scenarios in charts, in their order; more are not drawn.
pub(super) const COLOURS: [u32; 8] = [
    0x4D_4D4D, 0x00_72B2, 0xD5_5E00, 0x00_9E73, 0xCC_79A7, 0xE6_9F00, 0x56_B4E9, 0x00_0000,
];
/// What was gained, what was lost, a total.
pub(super) const GAIN: u32 = 0x00_9E73;
pub(super) const LOSS: u32 = 0xD5_5E00;
pub(super) const TOTAL: u32 = 0x4D_4D4D;

/// Longest text of a cell \[UTF-16 units\].
const LONGEST: usize = 32_767;
/// From this size on, money and counts are shown as whole numbers.
const LARGE: f64 = 999.5;
/// From this size on, counts are shown to a tenth.
const MIDDLE: f64 = 9.95;
/// A4.
const PAPER: u8 = 9;
/// Of a column whose width nobody set \[characters\].
const DEFAULT_WIDTH: f64 = 8.43;
/// Height of a line of text \[points\], and most lines of a row: it can be 409 points high.
const LINE_HEIGHT: f64 = 15.0;
const MOST_LINES: usize = 27;

/// A sheet under way.
pub(super) struct Page<'a> {
    pub sheet: Worksheet,
    currency: &'a str,
    /// Widths of columns, where they are set \[characters\].
    widths: BTreeMap<Column, f64>,
    /// Lines of text in a row, where there are more than one.
    lines: BTreeMap<Row, usize>,
}

/// How a number is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Show {
    Value,
    /// With its sign.
    Difference,
}

impl<'a> Page<'a> {
    pub fn new(book: Book<'a>, name: &str) -> Result<Self, XlsxError> {
        let mut sheet = Worksheet::new();
        sheet.set_name(name)?;
        sheet.set_landscape();
        sheet.set_paper_size(PAPER);
        sheet.set_print_fit_to_pages(1, 0);
        sheet.set_footer("&L&A&Rpage &P of &N");
        Ok(Page {
            sheet,
            currency: book.currency(),
            widths: BTreeMap::new(),
            lines: BTreeMap::new(),
        })
    }

    /// The first so many rows and columns stay in sight, on every printed page too.
    pub fn freeze(&mut self, rows: Row, columns: Column) -> Result<(), XlsxError> {
        self.sheet.set_freeze_panes(rows, columns)?;
        if rows > 0 {
            self.sheet.set_repeat_rows(0, rows - 1)?;
        }
        if columns > 0 {
            self.sheet.set_repeat_columns(0, columns - 1)?;
        }
        Ok(())
    }

    /// Widths of the columns from the first on \[characters\].
    pub fn widths(&mut self, widths: &[f64]) -> Result<(), XlsxError> {
        for (column, width) in (0..).zip(widths) {
            self.width(column, *width)?;
        }
        Ok(())
    }

    /// Width of a column \[characters\]; to be set before what is in it.
    pub fn width(&mut self, column: Column, width: f64) -> Result<(), XlsxError> {
        self.sheet.set_column_width(column, width)?;
        self.widths.insert(column, width);
        Ok(())
    }

    /// Makes a row as high as `text` needs in a column: not every spreadsheet does so by itself.
    fn make_room(&mut self, row: Row, text: &str, width: f64) -> Result<(), XlsxError> {
        let lines = text.lines().map(|line| {
            let length = line.chars().count() as f64;
            (length / width).ceil().max(1.0) as usize
        });
        let needed = lines.sum::<usize>().clamp(1, MOST_LINES);
        let lines = self.lines.entry(row).or_insert(1);
        if needed > *lines {
            *lines = needed;
            self.sheet
                .set_row_height(row, LINE_HEIGHT * needed as f64)?;
        }
        Ok(())
    }

    fn width_of(&self, column: Column) -> f64 {
        self.widths.get(&column).copied().unwrap_or(DEFAULT_WIDTH)
    }

    pub fn text(&mut self, row: Row, column: Column, text: &str) -> Result<(), XlsxError> {
        let format = Format::new().set_align(FormatAlign::Top);
        let text = plain(text);
        self.sheet
            .write_string_with_format(row, column, text, &format)?;
        Ok(())
    }

    /// A text that is broken into lines.
    pub fn wrapped(&mut self, row: Row, column: Column, text: &str) -> Result<(), XlsxError> {
        let format = Format::new().set_text_wrap().set_align(FormatAlign::Top);
        let text = plain(text);
        // Words do not break where a line ends.
        self.make_room(row, &text, 0.9 * self.width_of(column))?;
        self.sheet
            .write_string_with_format(row, column, text, &format)?;
        Ok(())
    }

    /// A text of less weight: where a number comes from, what a reader should know.
    pub fn faint(&mut self, row: Row, column: Column, text: &str) -> Result<(), XlsxError> {
        let format = Format::new().set_font_color(Color::RGB(0x70_7070));
        let text = plain(text);
        self.sheet
            .write_string_with_format(row, column, text, &format)?;
        Ok(())
    }

    pub fn strong(&mut self, row: Row, column: Column, text: &str) -> Result<(), XlsxError> {
        let format = Format::new().set_bold();
        let text = plain(text);
        self.sheet
            .write_string_with_format(row, column, text, &format)?;
        Ok(())
    }

    /// Heads of columns of text, from a cell on.
    pub fn heads<T: AsRef<str>>(
        &mut self,
        row: Row,
        first: Column,
        heads: impl IntoIterator<Item = T>,
    ) -> Result<(), XlsxError> {
        self.aligned_heads(row, first, heads, FormatAlign::Left)
    }

    /// Heads of columns of numbers, from a cell on.
    pub fn number_heads<T: AsRef<str>>(
        &mut self,
        row: Row,
        first: Column,
        heads: impl IntoIterator<Item = T>,
    ) -> Result<(), XlsxError> {
        self.aligned_heads(row, first, heads, FormatAlign::Right)
    }

    fn aligned_heads<T: AsRef<str>>(
        &mut self,
        row: Row,
        first: Column,
        heads: impl IntoIterator<Item = T>,
        align: FormatAlign,
    ) -> Result<(), XlsxError> {
        let format = head_format().set_align(align);
        for (column, head) in (first..).zip(heads) {
            let head = plain(head.as_ref());
            // Bold letters are wide, and words do not break.
            self.make_room(row, &head, 0.8 * self.width_of(column))?;
            self.sheet
                .write_string_with_format(row, column, head, &format)?;
        }
        Ok(())
    }

    /// A head over the columns from `first` to `last`.
    pub fn band(
        &mut self,
        row: Row,
        first: Column,
        last: Column,
        text: &str,
    ) -> Result<(), XlsxError> {
        let text = plain(text);
        let width: f64 = (first..=last).map(|column| self.width_of(column)).sum();
        self.make_room(row, &text, 0.7 * width)?;
        match first == last {
            true => self
                .sheet
                .write_string_with_format(row, first, text, &head_format())?,
            false => self
                .sheet
                .merge_range(row, first, row, last, &text, &head_format())?,
        };
        Ok(())
    }

    /// A paragraph over the columns from the first to `last`, whose widths sum to `width` \[characters\].
    pub fn paragraph(
        &mut self,
        row: Row,
        last: Column,
        width: f64,
        text: &str,
        format: &Format,
    ) -> Result<(), XlsxError> {
        let text = plain(text);
        self.make_room(row, &text, width)?;
        let format = format.clone().set_text_wrap().set_align(FormatAlign::Top);
        self.sheet.merge_range(row, 0, row, last, &text, &format)?;
        Ok(())
    }

    /// A number in its unit; nothing where it is undefined.
    pub fn number(
        &mut self,
        row: Row,
        column: Column,
        unit: Unit,
        value: Option<f64>,
        show: Show,
    ) -> Result<(), XlsxError> {
        if let Some(value) = value {
            let format = self.format(unit, value, show);
            self.sheet
                .write_number_with_format(row, column, value + 0.0, &format)?;
        }
        Ok(())
    }

    /// Numbers side by side.
    pub fn numbers(
        &mut self,
        row: Row,
        first: Column,
        unit: Unit,
        values: impl IntoIterator<Item = Option<f64>>,
        show: Show,
    ) -> Result<(), XlsxError> {
        for (column, value) in (first..).zip(values) {
            self.number(row, column, unit, value, show)?;
        }
        Ok(())
    }

    /// A formula that comes to a number.
    pub fn formula(
        &mut self,
        row: Row,
        column: Column,
        unit: Unit,
        formula: &str,
        result: f64,
        show: Show,
    ) -> Result<(), XlsxError> {
        let format = self.format(unit, result, show);
        let formula = Formula::new(formula).set_result((result + 0.0).to_string());
        self.sheet
            .write_formula_with_format(row, column, formula, &format)?;
        Ok(())
    }

    /// A formula that comes to next to nothing.
    pub fn rest(
        &mut self,
        row: Row,
        column: Column,
        formula: &str,
        result: f64,
    ) -> Result<(), XlsxError> {
        let format = Format::new().set_num_format("0.0E+00;-0.0E+00;0");
        let formula = Formula::new(formula).set_result((result + 0.0).to_string());
        self.sheet
            .write_formula_with_format(row, column, formula, &format)?;
        Ok(())
    }

    /// A formula that comes to a text of ours.
    pub fn verdict(
        &mut self,
        row: Row,
        column: Column,
        formula: &str,
        result: &str,
    ) -> Result<(), XlsxError> {
        let format = Format::new().set_bold().set_align(FormatAlign::Center);
        let formula = Formula::new(formula).set_result(result);
        self.sheet
            .write_formula_with_format(row, column, formula, &format)?;
        Ok(())
    }

    /// A whole number as it is.
    pub fn integer(&mut self, row: Row, column: Column, value: i64) -> Result<(), XlsxError> {
        self.sheet.write_number(row, column, value as f64)?;
        Ok(())
    }

    /// A day, as a text where no spreadsheet has it in its calendar.
    pub fn date(&mut self, row: Row, column: Column, date: Date) -> Result<(), XlsxError> {
        let (year, month, day) = (date.year(), date.month(), date.day());
        let known = u16::try_from(year)
            .ok()
            .and_then(|year| ExcelDateTime::from_ymd(year, month as u8, day as u8).ok());
        match known {
            Some(known) => {
                let format = Format::new().set_num_format("yyyy-mm-dd");
                self.sheet
                    .write_datetime_with_format(row, column, &known, &format)?;
                Ok(())
            }
            None => self.text(row, column, &date.to_string()),
        }
    }

    fn format(&self, unit: Unit, value: f64, show: Show) -> Format {
        Format::new().set_num_format(number_format(unit, value, self.currency, show))
    }
}

/// Of the title of a chart.
pub(super) fn title_font() -> ChartFont {
    let mut font = ChartFont::new();
    font.set_size(12);
    font
}

fn head_format() -> Format {
    Format::new()
        .set_bold()
        .set_text_wrap()
        .set_align(FormatAlign::Top)
        .set_background_color(Color::RGB(0xE8_ECF0))
        .set_border_bottom(FormatBorder::Thin)
}

/// What a unit is called at the head of a row: the currency by its sign.
pub(super) fn unit_name(unit: Unit, currency: &str) -> String {
    let currency = currency.trim();
    match unit {
        Unit::Money => currency.to_owned(),
        Unit::MoneyPerDay => format!("{currency} per day"),
        _ => unit.to_string(),
    }
}

/// How a number is shown: its value is not touched.
pub(super) fn number_format(unit: Unit, value: f64, currency: &str, show: Show) -> String {
    let is_whole = value == 0.0 || value.abs() >= LARGE;
    let digits = |decimals: &'static str| if is_whole { "#,##0" } else { decimals };
    let (before, digits, after) = match unit {
        Unit::Money => (quoted(currency), digits("#,##0.00"), String::new()),
        Unit::MoneyPerDay => (quoted(currency), digits("#,##0.00"), quoted("/d")),
        Unit::Count if value.abs() >= MIDDLE => (String::new(), digits("#,##0.0"), String::new()),
        Unit::Count => (String::new(), digits("#,##0.00"), String::new()),
        Unit::Share => (String::new(), "0.00", "%".to_owned()),
        Unit::Days => (String::new(), "#,##0.0", quoted(" d")),
        Unit::Months => (String::new(), "#,##0.0", quoted(" mo")),
        Unit::Times => (String::new(), "#,##0.00", quoted("x")),
    };
    let size = format!("{before}{digits}{after}");
    match show {
        Show::Value => format!("{size};-{size}"),
        Show::Difference => format!("+{size};-{size};{size}"),
    }
}

/// Letters of a number format that stand for themselves; a currency may be any.
fn quoted(text: &str) -> String {
    let letters = text.chars().take(12).filter(|letter| *letter != '"');
    format!("\"{}\"", letters.collect::<String>())
}

/// A text as a cell may hold it: without what XML cannot say, and not longer than a cell is.
pub(super) fn plain(text: &str) -> String {
    let allowed = |letter: char| match letter {
        '\n' | '\t' => letter,
        _ if letter.is_control() || matches!(letter, '\u{fffe}' | '\u{ffff}') => '\u{fffd}',
        _ => letter,
    };
    let mut length = 0;
    let fits = |letter: &char| {
        length += letter.len_utf16();
        length <= LONGEST
    };
    text.chars().map(allowed).take_while(fits).collect()
}

/// `B3`
pub(super) fn cell(row: Row, column: Column) -> String {
    rust_xlsxwriter::utility::row_col_to_cell(row, column)
}

/// `B3:B12`
pub(super) fn range(column: Column, rows: &std::ops::RangeInclusive<Row>) -> String {
    format!(
        "{}:{}",
        cell(*rows.start(), column),
        cell(*rows.end(), column)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_shown_in_their_unit() {
        let shown = |unit, value| number_format(unit, value, "$", Show::Value);
        assert_eq!(shown(Unit::Money, 5e6), "\"$\"#,##0;-\"$\"#,##0");
        assert_eq!(shown(Unit::Money, 12.3), "\"$\"#,##0.00;-\"$\"#,##0.00");
        assert_eq!(shown(Unit::Share, 0.2), "0.00%;-0.00%");
        let difference = number_format(Unit::Days, 2.0, "$", Show::Difference);
        assert_eq!(difference, "+#,##0.0\" d\";-#,##0.0\" d\";#,##0.0\" d\"");
    }

    #[test]
    fn a_text_fits_its_cell() {
        assert_eq!(plain("a\u{7}b\u{ffff}\n"), "a\u{fffd}b\u{fffd}\n");
        let long = "\u{1f600}".repeat(20_000);
        assert_eq!(plain(&long).encode_utf16().count(), 32_766);
        assert_eq!(cell(2, 1), "B3");
        assert_eq!(range(27, &(0..=9)), "AB1:AB10");
    }
}
