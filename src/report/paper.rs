//! What a report is written on: how wide it is, and which signs it shows.
//!
//! All text of a report passes through here, so that no name can steer a terminal, move its neighbours or take more
//! columns than it is given.

use anstyle::{AnsiColor, Style};

use super::table::{cut, shown, wrapped};

pub(super) const STRONG: Style = Style::new().bold();
pub(super) const FAINT: Style = Style::new().dimmed();
pub(super) const PLAIN: Style = Style::new();
pub(super) const WARNING: Style = AnsiColor::Yellow.on_default();

/// Columns and signs that a report may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paper {
    /// Columns of the widest line.
    pub(super) width: usize,
    /// Whether signs beyond ASCII are shown; else only names have any.
    pub(super) unicode: bool,
}

impl Paper {
    /// Narrower than this no table says anything, and wider no eye follows a line.
    const NARROWEST: usize = 60;
    const WIDEST: usize = 200;
    /// Widest line of sentences.
    const PROSE: usize = 100;
    /// From here on there is room for what else is known.
    const ROOMY: usize = 140;

    /// Paper of about `width` columns.
    pub fn new(width: usize, unicode: bool) -> Paper {
        let width = width.clamp(Paper::NARROWEST, Paper::WIDEST);
        Paper { width, unicode }
    }

    /// No wider than `width`.
    pub(super) fn at_most(self, width: usize) -> Paper {
        Paper::new(self.width.min(width), self.unicode)
    }

    /// Whether tables show more than usual.
    pub(super) fn is_roomy(self) -> bool {
        self.width >= Paper::ROOMY
    }

    /// Widest name of a scenario in a table.
    pub(super) fn name_width(self) -> usize {
        self.width * 18 / 100
    }

    /// Sentences in lines.
    pub(super) fn wrapped(self, text: &str) -> String {
        self.wrapped_at(text, self.width)
    }

    /// Sentences in lines behind `first`, and behind as many blanks from the second line on.
    pub(super) fn indented(self, first: &str, text: &str) -> String {
        let text = self.wrapped_at(text, self.width - shown(first));
        let next = format!("\n{}", " ".repeat(shown(first)));
        format!("{first}{}\n", text.trim_end().replace('\n', &next))
    }

    fn wrapped_at(self, text: &str, width: usize) -> String {
        let words = text.replace('\n', " ");
        let lines = wrapped(&self.clean(&words), width.min(Paper::PROSE));
        let lines = lines.lines().map(|line| self.isolated(line) + "\n");
        lines.collect()
    }

    pub(super) fn strong(self, text: &str) -> String {
        self.styled(STRONG, text)
    }

    pub(super) fn faint(self, text: &str) -> String {
        self.styled(FAINT, text)
    }

    pub(super) fn styled(self, style: Style, text: &str) -> String {
        format!("{style}{}{style:#}\n", self.wrapped(text).trim_end())
    }

    /// Text of at most `width` columns.
    pub(super) fn cut(self, text: &str, width: usize) -> String {
        let text = self.clean(text);
        match self.unicode {
            true => cut(&text, width, "…"),
            false => cut(&text, width, "..."),
        }
    }

    /// Text with blanks up to `width` columns.
    pub(super) fn padded(self, text: &str, width: usize) -> String {
        let text = self.clean(text);
        self.isolated(&text) + &" ".repeat(width.saturating_sub(shown(&text)))
    }

    /// `text` with nothing in it that acts on a terminal, in the signs of this paper.
    pub fn clean(self, text: &str) -> String {
        let unknown = if self.unicode { '\u{fffd}' } else { '?' };
        let letters = text.chars();
        let letters = letters.map(|letter| if acts(letter) { unknown } else { letter });
        let text: String = letters.collect();
        if self.unicode {
            return text;
        }
        ASCII
            .iter()
            .fold(text, |text, (sign, plain)| text.replace(*sign, plain))
    }

    /// `text` in which what is written from right to left keeps to its own columns.
    ///
    /// Each stretch from a right-to-left letter to the last one before a left-to-right one stands in an isolate, which
    /// takes no columns; without it, figures beside a name would change places with it.
    pub(super) fn isolated(self, text: &str) -> String {
        const OPEN: char = '\u{2067}';
        const CLOSE: char = '\u{2069}';
        if !self.unicode || !text.chars().any(is_right_to_left) {
            return text.to_owned();
        }
        let (mut kept, mut open, mut end) = (String::new(), false, 0);
        for letter in text.chars() {
            let right_to_left = is_right_to_left(letter);
            if open && !right_to_left && letter.is_alphabetic() {
                kept.insert(end, CLOSE);
                open = false;
            }
            if right_to_left && !open {
                kept.push(OPEN);
                open = true;
            }
            kept.push(letter);
            if right_to_left {
                end = kept.len();
            }
        }
        if open {
            kept.insert(end, CLOSE);
        }
        kept
    }
}

/// Signs of ours as ASCII has them.
const ASCII: [(char, &str); 8] = [
    ('±', "+-"),
    ('–', "-"),
    ('…', "..."),
    ('×', "x"),
    ('≥', ">="),
    ('≤', "<="),
    ('\u{a0}', " "),
    ('\u{fffd}', "?"),
];

/// Whether a letter does something to a terminal or to its neighbours in place of being shown.
pub(super) fn acts(letter: char) -> bool {
    letter.is_control()
        || matches!(
            letter,
            '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}'
        )
}

/// Letters of the scripts that are written from right to left, Hebrew to Arabic and their neighbours.
fn is_right_to_left(letter: char) -> bool {
    matches!(
        letter,
        '\u{0590}'..='\u{08ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}' | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNICODE: Paper = Paper {
        width: 100,
        unicode: true,
    };
    const PLAIN_SIGNS: Paper = Paper {
        width: 100,
        unicode: false,
    };

    #[test]
    fn a_paper_has_its_limits() {
        let widths = [0, 60, 99, 200, 5000].map(|width| Paper::new(width, true).width);
        assert_eq!(widths, [60, 60, 99, 200, 200]);
        assert_eq!(Paper::new(120, true).at_most(80).width, 80);
    }

    #[test]
    fn no_name_steers_a_terminal() {
        let name = "a\u{1b}[2Jb\u{9b}c\u{202e}d\u{2067}e";
        assert_eq!(
            UNICODE.clean(name),
            "a\u{fffd}[2Jb\u{fffd}c\u{fffd}d\u{fffd}e"
        );
        assert_eq!(PLAIN_SIGNS.clean(name), "a?[2Jb?c?d?e");
        assert_eq!(UNICODE.wrapped("two\nlines\ttab"), "two lines\u{fffd}tab\n");
    }

    #[test]
    fn signs_are_those_of_the_paper() {
        assert_eq!(UNICODE.clean("1 ± 2 – 計画"), "1 ± 2 – 計画");
        assert_eq!(PLAIN_SIGNS.clean("1 ± 2 – 計画…"), "1 +- 2 - 計画...");
        assert_eq!(PLAIN_SIGNS.cut("misaligned teams", 10), "misalig...");
    }

    #[test]
    fn what_runs_to_the_left_stays_in_its_place() {
        let isolated = UNICODE.isolated("plan תוכנית 2 ג 17 won");
        assert_eq!(isolated, "plan \u{2067}תוכנית 2 ג\u{2069} 17 won");
        assert_eq!(shown(&isolated), shown("plan תוכנית 2 ג 17 won"));
        assert_eq!(PLAIN_SIGNS.isolated("תוכנית"), "תוכנית");
        assert_eq!(UNICODE.isolated("plan"), "plan");
    }

    #[test]
    fn what_is_indented_stays_so() {
        let paper = Paper::new(60, true);
        let text = paper.indented("- ", &"word ".repeat(20));
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[0].starts_with("- word") && lines[1].starts_with("  word"));
        assert!(lines.iter().all(|line| shown(line) <= 60));
    }
}
