//! Texts numbered in the order in which they are first met: keys of records, names of channels.

use std::hash::Hasher;

/// Texts, each once.
#[derive(Debug, Default)]
pub(super) struct Names {
    text: String,
    /// `[name]`
    ends: Vec<usize>,
    /// Open addressing: the number of a name, or [`FREE`]; as many as a power of two, at most half of them taken.
    slots: Vec<u32>,
}

const FREE: u32 = u32::MAX;

impl Names {
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// The name of a number below [`Names::len`].
    pub fn get(&self, number: u32) -> &str {
        let number = number as usize;
        let start = number.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.text[start..self.ends[number]]
    }

    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|number| self.get(number as u32))
    }

    /// The number of `name`.
    pub fn find(&self, name: &str) -> Option<u32> {
        match self.slots.is_empty() {
            true => None,
            false => Some(self.slots[self.slot_of(name)]).filter(|number| *number != FREE),
        }
    }

    /// The number of `name`, and whether it is new. O(1) but for growth.
    pub fn add(&mut self, name: &str) -> (u32, bool) {
        if self.slots.len() <= 2 * self.len() {
            self.grow();
        }
        let slot = self.slot_of(name);
        if self.slots[slot] != FREE {
            return (self.slots[slot], false);
        }
        let number = self.len() as u32;
        self.slots[slot] = number;
        self.text.push_str(name);
        self.ends.push(self.text.len());
        (number, true)
    }

    /// Gives back the memory that finding takes; nothing is found until the next name is added.
    pub fn close(&mut self) {
        self.slots = Vec::new();
    }

    /// Where `name` stands or would stand.
    fn slot_of(&self, name: &str) -> usize {
        let mask = self.slots.len() - 1;
        let mut slot = hash(name) as usize & mask;
        while self.slots[slot] != FREE && self.get(self.slots[slot]) != name {
            slot = (slot + 1) & mask;
        }
        slot
    }

    fn grow(&mut self) {
        let n_slots = (4 * self.len()).max(16).next_power_of_two();
        self.slots = vec![FREE; n_slots];
        for number in 0..self.len() {
            let mut slot = hash(self.get(number as u32)) as usize & (n_slots - 1);
            while self.slots[slot] != FREE {
                slot = (slot + 1) & (n_slots - 1);
            }
            self.slots[slot] = number as u32;
        }
    }
}

/// The same in every run: its keys are fixed.
fn hash(name: &str) -> u64 {
    let mut hasher = std::hash::DefaultHasher::new();
    hasher.write(name.as_bytes());
    hasher.finish()
}

/// `name` without what people write in more ways than one: case, blanks, signs. `GTX Pro` and `gtx-pro` are alike.
pub(super) fn folded(name: &str) -> String {
    let letters = name.chars().filter(|c| c.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_given_in_order_and_once() {
        let mut names = Names::default();
        assert_eq!(names.find("0"), None);
        for round in 0..2 {
            for number in 0..1_000 {
                let added = names.add(&number.to_string());
                assert_eq!(added, (number, round == 0));
            }
        }
        assert_eq!(names.find("999"), Some(999));
        assert_eq!(names.find("1000"), None);
        assert!(names.iter().eq((0..1_000).map(|number| number.to_string())));
    }

    #[test]
    fn spelling_is_folded() {
        assert_eq!(folded(" GTX-Pro "), folded("gtxpro"));
        assert_ne!(folded("GTX Pro"), folded("GTX Plus Pro"));
        assert_eq!(folded("É!"), "é");
    }
}
