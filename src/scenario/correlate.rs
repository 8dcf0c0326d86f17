//! Groups of doubts that are drawn together.

use super::Correlation;
use super::fault::{Fault, Note};
use super::path::KeyPath;
use super::place::Place;
use super::quantity::Quantity;
use super::read::{Item, Items};
use super::schema::{self, Spot};
use super::tree::Tree;

/// The groups that a tree states, their members numbered from `first` on.
pub(super) fn groups(
    tree: &Tree,
    items: &Items,
    first: usize,
    faults: &mut Vec<Fault>,
    notes: &mut Vec<Note>,
) -> Vec<Correlation> {
    let all = KeyPath::from("correlations");
    let mut reader = GroupReader {
        tree,
        items,
        first,
        faults,
        notes,
        taken: Vec::new(),
    };
    let names = tree.names_in(&all).into_iter();
    names
        .filter_map(|name| reader.group(&all.child(&name), name))
        .collect()
}

struct GroupReader<'a> {
    tree: &'a Tree,
    items: &'a Items,
    first: usize,
    faults: &'a mut Vec<Fault>,
    notes: &'a mut Vec<Note>,
    /// Doubts of the groups so far.
    taken: Vec<(usize, String)>,
}

impl GroupReader<'_> {
    fn fail<T>(&mut self, place: &Place, path: &KeyPath, message: String, help: &str) -> Option<T> {
        self.faults
            .push(Fault::new(place, path, message).help(help));
        None
    }

    fn group(&mut self, path: &KeyPath, name: String) -> Option<Correlation> {
        let Some(Item::Names(stated)) = self.items.items.get(&path.child("members")) else {
            return None;
        };
        let place = self
            .tree
            .place_of(path)
            .or_else(|| self.tree.place_of(&path.child("members")))?;
        let mut members = Vec::new();
        let n_faults = self.faults.len();
        for (position, (member, place)) in stated.clone().into_iter().enumerate() {
            if let Some(Some(doubt)) = self.member(path, &name, &member, &place) {
                members.push((doubt, position));
            }
        }
        members.sort();
        let matrix = self.matrix(path, &place, stated.len())?;
        if self.faults.len() > n_faults {
            return None;
        }
        if members.len() < 2 {
            self.note(
                path,
                &place,
                format!("`{path}` has no effect: fewer than two of its members are in doubt"),
            );
            return None;
        }
        let at = |&(_, row): &(usize, usize), &(_, column): &(usize, usize)| matrix[row][column];
        let sorted: Vec<Vec<f64>> = members
            .iter()
            .map(|row| members.iter().map(|column| at(row, column)).collect())
            .collect();
        let Some(cholesky) = cholesky(&sorted) else {
            let help =
                "no numbers can all be correlated like this; bring the correlations nearer to 0";
            return self.fail(&place, path, format!("`{path}` contradicts itself"), help);
        };
        Some(Correlation {
            name,
            members: members
                .into_iter()
                .map(|(doubt, _)| self.first + doubt)
                .collect(),
            cholesky,
        })
    }

    /// The doubt that a member names; none inside if it names a number that is certain.
    fn member(
        &mut self,
        path: &KeyPath,
        group: &str,
        member: &str,
        place: &Place,
    ) -> Option<Option<usize>> {
        let of = path.child("members");
        let Some(wanted) = KeyPath::parse(member) else {
            return self.fail(
                place,
                &of,
                format!("`{member}` is not the path of a key"),
                "write names divided by dots",
            );
        };
        let doubts = || {
            self.items
                .doubts
                .iter()
                .map(|doubt| KeyPath::parse(&doubt.path).unwrap_or_default())
        };
        let inside: Vec<usize> = doubts()
            .enumerate()
            .filter(|(_, doubt)| doubt.is_in(&wanted))
            .map(|(i, _)| i)
            .collect();
        let doubt = match inside.as_slice() {
            [one] => *one,
            [] => return self.not_in_doubt(&of, &wanted, place),
            several => {
                let names: Vec<&str> = several
                    .iter()
                    .map(|&i| self.items.doubts[i].path.as_str())
                    .collect();
                let help = format!("name one of {}", names.join(", "));
                return self.fail(
                    place,
                    &of,
                    format!("`{member}` holds {} doubts", several.len()),
                    &help,
                );
            }
        };
        let earlier = self.taken.iter().find(|(taken, _)| *taken == doubt);
        if let Some((_, other)) = earlier {
            let message = format!("`{member}` is already a member of correlations.{other}");
            return self.fail(place, &of, message, "a doubt belongs to one group, once");
        }
        self.taken.push((doubt, group.to_string()));
        Some(Some(doubt))
    }

    fn not_in_doubt(
        &mut self,
        of: &KeyPath,
        wanted: &KeyPath,
        place: &Place,
    ) -> Option<Option<usize>> {
        let known_key = (1..=wanted.names().len()).any(|depth| {
            matches!(
                schema::spot(&KeyPath(wanted.names()[..depth].to_vec())),
                Spot::Key(_)
            )
        });
        if known_key {
            if !self.tree.incomplete {
                self.note(
                    of,
                    place,
                    format!("`{wanted}` is not in doubt, so its correlation is ignored"),
                );
            }
            return Some(None);
        }
        let doubts: Vec<&str> = self
            .items
            .doubts
            .iter()
            .map(|doubt| doubt.path.as_str())
            .collect();
        let name = wanted.to_string();
        let near = schema::nearest(&name, doubts.iter().copied());
        let label = near.map_or(String::new(), |near| format!("did you mean `{near}`?"));
        let fault = Fault::new(place, of, format!("there is no key `{wanted}`")).label(label);
        self.faults.push(fault.help(format!(
            "numbers in doubt are {}",
            super::tree::list(doubts.into_iter())
        )));
        None
    }

    fn note(&mut self, path: &KeyPath, place: &Place, message: String) {
        self.notes.push(Note {
            path: path.to_string(),
            message,
            place: Some(place.clone()),
        });
    }

    /// Correlations in the order of the members as listed.
    fn matrix(&mut self, path: &KeyPath, place: &Place, n: usize) -> Option<Vec<Vec<f64>>> {
        let (common, full) = (path.child("correlation"), path.child("matrix"));
        let (has_common, has_full) = (self.tree.has(&common), self.tree.has(&full));
        if has_common == has_full {
            let message = match has_common {
                true => format!("`{path}` has both `correlation` and `matrix`"),
                false => format!("`{path}` has neither `correlation` nor `matrix`"),
            };
            return self.fail(place, path, message, "state one of them");
        }
        if let Some(Item::Number(number)) = self.items.items.get(&common) {
            let Quantity::Known(r) = *number.at(0.0) else {
                return None;
            };
            let row = |i: usize| (0..n).map(|j| if i == j { 1.0 } else { r }).collect();
            return Some((0..n).map(row).collect());
        }
        let Some(Item::Matrix(matrix)) = self.items.items.get(&full) else {
            return None;
        };
        let matrix = matrix.clone();
        let place = self.tree.place_of(&full).unwrap_or_else(|| place.clone());
        if matrix.len() != n || matrix.iter().any(|row| row.len() != n) {
            let message = format!("`{full}` is not {n} rows of {n} numbers, one for each member");
            return self.fail(
                &place,
                &full,
                message,
                "write [[1.0, 0.5], [0.5, 1.0]] for two members",
            );
        }
        let symmetric =
            (0..n).all(|i| matrix[i][i] == 1.0 && (0..i).all(|j| matrix[i][j] == matrix[j][i]));
        if !symmetric {
            let message = format!("`{full}` is not a matrix of correlations");
            return self.fail(
                &place,
                &full,
                message,
                "its diagonal is 1, and row i column j equals row j column i",
            );
        }
        Some(matrix)
    }
}

/// Lower triangular factor, row by row; none if no numbers have these correlations. O(n³).
///
/// A row that follows from earlier ones, such as that of a correlation of 1, ends with 0.
fn cholesky(matrix: &[Vec<f64>]) -> Option<Vec<Vec<f64>>> {
    const NOTHING: f64 = 1e-12;
    let mut factor: Vec<Vec<f64>> = Vec::with_capacity(matrix.len());
    for (i, row) in matrix.iter().enumerate() {
        let mut next: Vec<f64> = Vec::with_capacity(i + 1);
        for (j, earlier) in factor.iter().enumerate() {
            let shared: f64 = (0..j).map(|k| next[k] * earlier[k]).sum();
            let own = row[j] - shared;
            match earlier[j] {
                0.0 if own.abs() > NOTHING.sqrt() => return None,
                0.0 => next.push(0.0),
                scale => next.push(own / scale),
            }
        }
        let rest = row[i] - next.iter().map(|x| x * x).sum::<f64>();
        match rest {
            NOTHING.. => next.push(rest.sqrt()),
            rest if rest >= -NOTHING => next.push(0.0),
            _ => return None,
        }
        factor.push(next);
    }
    Some(factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn common(n: usize, r: f64) -> Vec<Vec<f64>> {
        let row = |i: usize| (0..n).map(|j| if i == j { 1.0 } else { r }).collect();
        (0..n).map(row).collect()
    }

    #[test]
    fn factors_give_the_correlations_back() {
        let mixed = vec![
            vec![1.0, 1.0, 0.5],
            vec![1.0, 1.0, 0.5],
            vec![0.5, 0.5, 1.0],
        ];
        for matrix in [
            common(2, -1.0),
            common(3, 1.0),
            common(4, 0.3),
            common(3, -0.5),
            mixed,
        ] {
            let factor = cholesky(&matrix).expect("numbers can be correlated like this");
            for (i, row) in matrix.iter().enumerate() {
                for j in 0..=i {
                    let pairs = factor[i].iter().zip(&factor[j]);
                    let product: f64 = pairs.map(|(a, b)| a * b).sum();
                    assert!((product - row[j]).abs() < 1e-12, "{matrix:?}");
                }
            }
        }
    }

    #[test]
    fn contradictions_have_no_factor() {
        let twins_apart = vec![
            vec![1.0, 1.0, 0.5],
            vec![1.0, 1.0, 0.4],
            vec![0.5, 0.4, 1.0],
        ];
        for matrix in [common(3, -0.6), common(3, -1.0), twins_apart] {
            assert_eq!(cholesky(&matrix), None);
        }
    }
}
