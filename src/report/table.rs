//! Text in columns, aligned by the width that a terminal shows.

use anstyle::Style;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Rows of cells; the first column is flush left, the others flush right.
#[derive(Debug, Default)]
pub(super) struct Table {
    rows: Vec<(Style, Vec<String>)>,
}

/// Between columns.
const GAP: &str = "  ";

impl Table {
    pub(super) fn row(&mut self, style: Style, cells: impl IntoIterator<Item = String>) {
        self.rows.push((style, cells.into_iter().collect()));
    }

    /// The table as lines.
    pub(super) fn text(&self) -> String {
        let widths = self.widths();
        let mut text = String::new();
        for (style, cells) in &self.rows {
            let cells = cells.iter().zip(&widths).enumerate();
            let line: Vec<String> = cells
                .map(|(column, (cell, &width))| match column {
                    0 => padded(cell, width),
                    _ => " ".repeat(width - shown(cell)) + cell,
                })
                .collect();
            let line = line.join(GAP);
            text += &format!("{style}{}{style:#}\n", line.trim_end());
        }
        text
    }

    fn widths(&self) -> Vec<usize> {
        let n_columns = self.rows.iter().map(|(_, cells)| cells.len()).max();
        let width = |column: usize| {
            let cells = self.rows.iter().filter_map(|(_, cells)| cells.get(column));
            cells.map(|cell| shown(cell)).max().unwrap_or(0)
        };
        (0..n_columns.unwrap_or(0)).map(width).collect()
    }
}

/// Columns that a text takes on a terminal.
pub(super) fn shown(text: &str) -> usize {
    text.width()
}

/// `text` with blanks up to `width` columns.
pub(super) fn padded(text: &str, width: usize) -> String {
    text.to_owned() + &" ".repeat(width.saturating_sub(shown(text)))
}

/// `text`, cut with an ellipsis if it is wider than `width` columns.
pub(super) fn cut(text: &str, width: usize) -> String {
    if shown(text) <= width {
        return text.to_owned();
    }
    let mut kept = String::new();
    for letter in text.chars() {
        if shown(&kept) + letter.width().unwrap_or(0) + 1 > width {
            break;
        }
        kept.push(letter);
    }
    kept + "…"
}

/// `text` in lines of at most `width` columns, broken at blanks, though not before a `%`.
pub(super) fn wrapped(text: &str, width: usize) -> String {
    const KEPT: &str = "\u{a0}%";
    let text = text.replace(" %", KEPT);
    let mut lines = vec![String::new()];
    for word in text.split([' ', '\n']) {
        let line = lines.last_mut().expect("there is one line from the start");
        if line.is_empty() {
            line.push_str(word);
        } else if shown(line) + 1 + shown(word) <= width {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines.join("\n").replace(KEPT, " %") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_align_by_what_is_shown() {
        let mut table = Table::default();
        for cells in [["", "計画"], ["won", "1"], ["naïve", "12345"]] {
            table.row(Style::new(), cells.map(str::to_owned));
        }
        assert_eq!(table.text(), "        計画\nwon        1\nnaïve  12345\n");
    }

    #[test]
    fn long_names_are_cut() {
        assert_eq!(cut("misaligned", 10), "misaligned");
        assert_eq!(cut("misaligned teams", 10), "misaligne…");
        assert_eq!(cut("計画計画計画", 5), "計画…");
    }
}
