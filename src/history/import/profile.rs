//! What the cells of a column hold, where they are few different ones.

/// Most different values that are kept.
const MAX_VALUES: usize = 64;
/// Longest value that is kept \[bytes\].
const MAX_LENGTH: usize = 100;

/// The values of a column and how often each stands there, as long as they are few.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Profile {
    /// The latest ones tend to be the first.
    values: Vec<(String, u64)>,
    n_empty: u64,
    /// Whether there are more values than are kept.
    is_wide: bool,
}

/// Words that people write where they know nothing, folded.
const NOTHING: [&str; 9] = [
    "unknown",
    "na",
    "none",
    "null",
    "nil",
    "nan",
    "notset",
    "undefined",
    "unspecified",
];
/// Signs that stand between two values of one cell.
const BETWEEN: [char; 4] = [',', ';', '|', '/'];

impl Profile {
    pub fn add(&mut self, cell: &str) {
        if cell.is_empty() {
            self.n_empty += 1;
            return;
        }
        if self.is_wide {
            return;
        }
        match self.values.iter().position(|(value, _)| value == cell) {
            Some(at) => {
                self.values[at].1 += 1;
                self.values.swap(at, at / 2);
            }
            None if self.values.len() < MAX_VALUES && cell.len() <= MAX_LENGTH => {
                self.values.push((cell.to_owned(), 1));
            }
            None => {
                self.is_wide = true;
                self.values = Vec::new();
            }
        }
    }

    /// A cell that holds two values which stand alone elsewhere, and how many cells do.
    pub fn two_in_one(&self) -> Option<(&str, u64)> {
        let stands = |part: &str| self.values.iter().any(|(value, _)| value == part.trim());
        let is_two = |value: &&(String, u64)| {
            value.0.contains(BETWEEN) && value.0.split(BETWEEN).all(stands)
        };
        let two: Vec<&(String, u64)> = self.values.iter().filter(is_two).collect();
        let count = two.iter().map(|(_, count)| count).sum();
        let example = two.iter().map(|(value, _)| &value[..]).min()?;
        Some((example, count))
    }

    /// A word for nothing that stands beside empty cells: the word, its count, that of empty cells.
    pub fn nothing_beside_empty(&self) -> Option<(&str, u64, u64)> {
        let is_nothing = |(value, _): &&(String, u64)| {
            let folded = super::names::folded(value);
            NOTHING.contains(&&folded[..])
        };
        let (word, count) = self.values.iter().filter(is_nothing).min()?;
        (self.n_empty > 0).then_some((word, *count, self.n_empty))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(cells: &[&str]) -> Profile {
        let mut profile = Profile::default();
        cells.iter().for_each(|cell| profile.add(cell));
        profile
    }

    #[test]
    fn two_values_in_a_cell_are_found_if_each_stands_alone() {
        let both = profile(&["cat", "wolf", "cat, wolf", "wolf/cat", "salt, pepper"]);
        assert_eq!(both.two_in_one(), Some(("cat, wolf", 2)));
        assert_eq!(profile(&["cat", "cat, wolf"]).two_in_one(), None);
    }

    #[test]
    fn words_for_nothing_matter_beside_empty_cells() {
        let beside = profile(&["Unknown", "", "web"]);
        assert_eq!(beside.nothing_beside_empty(), Some(("Unknown", 1, 1)));
        assert_eq!(profile(&["unknown", "web"]).nothing_beside_empty(), None);
    }

    #[test]
    fn a_column_of_many_values_is_let_go() {
        let cells: Vec<String> = (0..100).map(|n| n.to_string()).collect();
        let cells: Vec<&str> = cells.iter().map(|cell| &cell[..]).collect();
        assert!(profile(&cells).values.is_empty());
    }
}
