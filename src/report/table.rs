//! Text in columns, aligned by the width that a terminal shows.

use anstyle::Style;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::paper::Paper;

/// Rows of cells; the first column is flush left, the others flush right.
///
/// The first row names the columns. What does not fit on a paper is left out, a column at a time, and named below.
#[derive(Debug, Default)]
pub(super) struct Table {
    rows: Vec<(Style, Vec<String>)>,
    /// Columns that go first where there is no room, in their order; the others go from the right.
    dispensable: Vec<usize>,
}

/// Between columns.
const GAP: &str = "  ";
/// Columns that stay whatever the width: what a row is of, and one value.
const N_KEPT: usize = 2;

impl Table {
    pub(super) fn row(&mut self, style: Style, cells: impl IntoIterator<Item = String>) {
        self.rows.push((style, cells.into_iter().collect()));
    }

    /// Where there is no room, these columns go first, in this order.
    pub(super) fn dispensable(&mut self, columns: &[usize]) {
        self.dispensable = columns.to_vec();
    }

    /// The table as lines, none wider than `paper`.
    pub(super) fn text(&self, paper: Paper) -> String {
        let rows = self.rows.iter().map(|(style, cells)| {
            let cells = cells.iter().map(|cell| paper.clean(cell)).collect();
            (*style, cells)
        });
        let rows: Vec<(Style, Vec<String>)> = rows.collect();
        let mut widths = widths(&rows);
        let (kept, left_out) = self.fitted(&widths, paper.width);
        let others: usize = kept[1.min(kept.len())..]
            .iter()
            .map(|&column| widths[column])
            .sum();
        let gaps = GAP.len() * kept.len().saturating_sub(1);
        if let Some(first) = widths.first_mut() {
            *first = (*first).min(paper.width.saturating_sub(others + gaps));
        }
        let mut text = String::new();
        for (style, cells) in &rows {
            let cells = kept.iter().filter_map(|&column| {
                let (cell, width) = (cells.get(column)?, widths[column]);
                Some(aligned(paper, column, cell, width))
            });
            let line = cells.collect::<Vec<_>>().join(GAP);
            text += &format!("{style}{}{style:#}\n", line.trim_end());
        }
        text + &self.note(&left_out, paper)
    }

    /// The columns that stand within `width`, and those that do not.
    fn fitted(&self, widths: &[usize], width: usize) -> (Vec<usize>, Vec<usize>) {
        let mut kept: Vec<usize> = (0..widths.len()).collect();
        let mut left_out = Vec::new();
        let total = |kept: &[usize]| {
            let cells: usize = kept.iter().map(|&column| widths[column]).sum();
            cells + GAP.len() * kept.len().saturating_sub(1)
        };
        let from_the_right = (0..widths.len()).rev();
        for column in self.dispensable.iter().copied().chain(from_the_right) {
            if total(&kept) <= width || kept.len() <= N_KEPT {
                break;
            }
            if column > 0 && kept.contains(&column) {
                kept.retain(|&other| other != column);
                left_out.push(column);
            }
        }
        left_out.sort_unstable();
        (kept, left_out)
    }

    /// What was left out, by name.
    fn note(&self, left_out: &[usize], paper: Paper) -> String {
        let head = self.rows.first().map_or(&[][..], |(_, cells)| cells);
        let names = left_out.iter().filter_map(|&column| head.get(column));
        let names: Vec<&str> = names
            .map(|name| &name[..])
            .filter(|name| !name.is_empty())
            .collect();
        match names.is_empty() {
            true => String::new(),
            false => paper.faint(&format!(
                "No room for {}: a wider terminal shows what is left out, files hold all.",
                names.join(", ")
            )),
        }
    }
}

/// A cell of a column, in its place.
fn aligned(paper: Paper, column: usize, cell: &str, width: usize) -> String {
    let cell = paper.cut(cell, width);
    let blanks = " ".repeat(width.saturating_sub(shown(&cell)));
    match column {
        0 => paper.isolated(&cell) + &blanks,
        _ => blanks + &paper.isolated(&cell),
    }
}

/// Of each column, that of its widest cell.
fn widths(rows: &[(Style, Vec<String>)]) -> Vec<usize> {
    let n_columns = rows.iter().map(|(_, cells)| cells.len()).max();
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|(_, cells)| cells.get(column));
        cells.map(|cell| shown(cell)).max().unwrap_or(0)
    };
    (0..n_columns.unwrap_or(0)).map(width).collect()
}

/// Columns that a text takes on a terminal.
pub(super) fn shown(text: &str) -> usize {
    text.width()
}

/// `text`, cut with `ellipsis` if it is wider than `width` columns.
pub(super) fn cut(text: &str, width: usize, ellipsis: &str) -> String {
    if shown(text) <= width {
        return text.to_owned();
    }
    let room = width.saturating_sub(shown(ellipsis));
    let kept = beginning(text, room);
    // What joins two signs joins nothing at the end.
    let kept = kept.trim_end_matches(['\u{200d}', ' ']);
    format!("{kept}{ellipsis}")
}

/// As much of the beginning of `text` as `width` columns show.
fn beginning(text: &str, width: usize) -> &str {
    let mut end = 0;
    for (at, letter) in text.char_indices() {
        let next = at + letter.len_utf8();
        // Of letters joined to one sign, the whole may be narrower than its parts.
        if shown(&text[..end]) + letter.width().unwrap_or(0) > width && shown(&text[..next]) > width
        {
            break;
        }
        end = next;
    }
    &text[..end]
}

/// `text` in lines of at most `width` columns, broken at blanks, though not before a `%`, and within a word that
/// is longer than a line.
pub(super) fn wrapped(text: &str, width: usize) -> String {
    const KEPT: &str = "\u{a0}%";
    let text = text.replace(" %", KEPT);
    let mut lines = vec![String::new()];
    for mut word in text.split([' ', '\n']) {
        while shown(word) > width {
            let (first, rest) = word.split_at(beginning(word, width).len());
            lines.push(first.to_owned());
            word = rest;
        }
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
    lines
        .join("\n")
        .replace(KEPT, " %")
        .trim_start_matches('\n')
        .to_owned()
        + "\n"
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
        let paper = Paper::new(100, true);
        assert_eq!(
            table.text(paper),
            "        計画\nwon        1\nnaïve  12345\n"
        );
    }

    #[test]
    fn what_has_no_room_is_left_out_and_named() {
        let mut table = Table::default();
        table.row(Style::new(), ["", "mean", "P10", "P50"].map(str::to_owned));
        let cells = [30, 12, 9, 8].map(|width| "8".repeat(width));
        table.row(Style::new(), cells);
        table.dispensable(&[2]);
        let text = table.text(Paper::new(60, true));
        assert!(
            text.contains("P50") && text.contains("No room for P10:"),
            "{text}"
        );
        assert!(text.lines().take(2).all(|line| shown(line) <= 60), "{text}");
        assert!(!table.text(Paper::new(70, true)).contains("No room"));
    }

    #[test]
    fn a_name_that_is_too_wide_is_cut() {
        let mut table = Table::default();
        table.row(Style::new(), ["計".repeat(100), "12".to_owned()]);
        let text = table.text(Paper::new(60, true));
        assert!(
            text.ends_with("計…   12\n") && shown(text.trim_end()) == 60,
            "{text}"
        );
    }

    #[test]
    fn words_longer_than_a_line_are_broken() {
        assert_eq!(wrapped("a bbbbbbb cc", 3), "a\nbbb\nbbb\nb\ncc\n");
        assert_eq!(wrapped("計計計", 4), "計計\n計\n");
        assert_eq!(wrapped("about 5 % of", 7), "about\n5 % of\n");
    }

    #[test]
    fn long_names_are_cut() {
        assert_eq!(cut("misaligned", 10, "…"), "misaligned");
        assert_eq!(cut("misaligned teams", 10, "…"), "misaligne…");
        assert_eq!(cut("計画計画計画", 5, "…"), "計画…");
        assert_eq!(cut("e\u{301}e\u{301}e\u{301}", 2, "…"), "e\u{301}…");
        assert_eq!(cut("👩\u{200d}👧👩\u{200d}👧", 3, "…"), "👩\u{200d}👧…");
        assert_eq!(cut("👩\u{200d}👧👩\u{200d}👧", 2, "…"), "…");
    }
}
