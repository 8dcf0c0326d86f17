//! Laws as a scenario writes them: `{ lognormal = { median = "45 days", sigma = 0.6 } }`.

use std::path::Path;

use super::amount::{Amount, parse_amount};
use super::fault::Fault;
use super::forms::{self, FITS, FORMS, Form};
use super::loader::{MAX_DATA_BYTES, resolve};
use super::path::KeyPath;
use super::place::{Place, Source};
use super::quantity::{LawForm, LawSpec, Quantity};
use super::read::Reader;
use super::schema::{Domain, nearest};
use super::tree::list;
use super::value::{Entry, Value};
use crate::distribution::Law;

/// Probability beyond which no draw is expected to lie.
const EXTREME: f64 = 1e-12;

impl Reader<'_> {
    /// A law none of whose parameters is in doubt.
    pub(super) fn certain_law(
        &mut self,
        path: &KeyPath,
        value: &Value,
        domain: Domain,
    ) -> Option<Law> {
        match self.law_table(path, value, domain, false)? {
            LawSpec::Known(law) => Some(law),
            LawSpec::Doubtful { .. } => None,
        }
    }

    /// A law written as a table of one family.
    pub(super) fn law_table(
        &mut self,
        path: &KeyPath,
        value: &Value,
        domain: Domain,
        may_doubt: bool,
    ) -> Option<LawSpec> {
        let entries = value.table().unwrap_or_default();
        let [entry] = entries else {
            return self.not_one_family(path, value, entries);
        };
        let inner = path.child(&entry.name);
        let law = match entry.name.as_str() {
            "point" => {
                let quantity = match may_doubt {
                    true => self.quantity(&inner, &entry.value, domain)?,
                    false => Quantity::Known(self.certain(&inner, &entry.value, domain)?),
                };
                return self.point(&inner, &entry.value.place, quantity, domain);
            }
            "mixture" => self.mixture(&inner, &entry.value, domain)?,
            "empirical" => self.empirical(&inner, &entry.value, domain)?,
            family if FORMS.iter().any(|form| form.family == family) => {
                return self.family(&inner, entry, domain, may_doubt);
            }
            family => return self.unknown_family(path, entry, family),
        };
        Some(LawSpec::Known(self.within(
            path,
            &value.place,
            law,
            domain,
        )?))
    }

    fn not_one_family<T>(&mut self, path: &KeyPath, value: &Value, entries: &[Entry]) -> Option<T> {
        if entries.is_empty() {
            let help = "write a number, a range, or a law such as { exponential = { mean = 2 } }";
            return self.fail(path, &value.place, "is an empty table", help);
        }
        let families = forms::families();
        let given = entries.iter().map(|entry| entry.name.as_str());
        let known: Vec<&str> = given
            .clone()
            .filter(|name| families.contains(name))
            .collect();
        let place = &entries[1].place;
        match known.len() {
            2.. => {
                let why = format!("has a law with the families {}", list(known.into_iter()));
                self.fail(
                    path,
                    place,
                    &why,
                    "a law has one family; write a `mixture` to combine two",
                )
            }
            1 => {
                let why = format!(
                    "has a law with {} beside its family",
                    list(given.filter(|name| !families.contains(name)))
                );
                self.fail(path, place, &why, "parameters stand inside the family: { lognormal = { median = 45, sigma = 0.6 } }")
            }
            _ => {
                let why = format!(
                    "is a table of {}, which is neither a law, evidence nor a schedule",
                    list(given)
                );
                let help = "write { lognormal = { median = 45, sigma = 0.6 } }, { wins = 3, of = 40 } or { initially = 1, 2026-07-01 = 2 }";
                self.fail(path, &value.place, &why, help)
            }
        }
    }

    fn unknown_family<T>(&mut self, path: &KeyPath, entry: &Entry, family: &str) -> Option<T> {
        let families = forms::families();
        let fault = Fault::new(
            &entry.place,
            path,
            format!("`{path}` has a law `{family}`, which is unknown"),
        );
        let near = nearest(family, families.iter().copied());
        let label = near.map_or(String::new(), |near| format!("did you mean `{near}`?"));
        self.faults.push(
            fault
                .label(label)
                .help(format!("laws are {}", list(families.into_iter()))),
        );
        None
    }

    /// A law by its parameters or by two quantiles.
    fn family(
        &mut self,
        path: &KeyPath,
        entry: &Entry,
        domain: Domain,
        may_doubt: bool,
    ) -> Option<LawSpec> {
        let family = entry.name.as_str();
        let Some(parameters) = entry.value.table() else {
            let why = format!(
                "is {}, where {} is wanted",
                entry.value.words(),
                forms::spellings(family)
            );
            return self.fail(path, &entry.value.place, &why, "");
        };
        let place = &entry.value.place;
        if parameters.iter().any(|p| probability(&p.name).is_some()) {
            let law = self.fitted(path, family, parameters, place, domain)?;
            return Some(LawSpec::Known(self.within(
                &path.parent(),
                place,
                law,
                domain,
            )?));
        }
        let form = self.form(path, family, parameters, place)?;
        let mut values = Vec::with_capacity(form.parameters.len());
        for (name, parameter) in form.parameters {
            let given = parameters.iter().find(|given| given.name == *name)?;
            let (inner, allowed) = (path.child(name), parameter.domain(domain));
            let value = match (may_doubt, form.form) {
                (true, Some(_)) => self.quantity(&inner, &given.value, allowed),
                (true, None) => self.certain_parameter(
                    &inner,
                    &given.value,
                    allowed,
                    "this form of the law has no doubtful parameters",
                ),
                (false, _) => self.certain_parameter(
                    &inner,
                    &given.value,
                    allowed,
                    "the law is itself a doubt; a doubt about a doubt is not drawn",
                ),
            };
            values.push(value);
        }
        let values = values.into_iter().collect::<Option<Vec<Quantity>>>()?;
        self.build(path, place, form, &values, domain)
    }

    fn certain_parameter(
        &mut self,
        path: &KeyPath,
        value: &Value,
        domain: Domain,
        help: &str,
    ) -> Option<Quantity> {
        let n_found = self.found.len();
        match self.quantity(path, value, domain)? {
            Quantity::Doubt(_) => {
                self.found.truncate(n_found);
                self.fail(path, &value.place, "must be certain here", help)
            }
            known => Some(known),
        }
    }

    fn build(
        &mut self,
        path: &KeyPath,
        place: &Place,
        form: &Form,
        values: &[Quantity],
        domain: Domain,
    ) -> Option<LawSpec> {
        let known: Vec<f64> = values
            .iter()
            .filter_map(|value| match value {
                Quantity::Known(number) => Some(*number),
                Quantity::Doubt(_) => None,
            })
            .collect();
        if let (true, Some(kind)) = (known.len() < values.len(), form.form) {
            self.corners(path, place, form, values, domain)?;
            return Some(LawSpec::Doubtful {
                form: kind,
                parameters: values.to_vec(),
                domain: (domain.low, domain.high),
            });
        }
        match (form.build)(&known) {
            Ok(law) => Some(LawSpec::Known(self.within(
                &path.parent(),
                place,
                law,
                domain,
            )?)),
            Err(error) => self.fail(path, place, &format!("is no law: {error}"), ""),
        }
    }

    /// Makes sure that every draw of the parameters makes a law in the domain, by their extremes.
    fn corners(
        &mut self,
        path: &KeyPath,
        place: &Place,
        form: &Form,
        values: &[Quantity],
        domain: Domain,
    ) -> Option<()> {
        for corner in 0..1_usize << values.len() {
            let extreme = |(i, value): (usize, &Quantity)| match value {
                Quantity::Known(number) => *number,
                Quantity::Doubt(found) => {
                    let low = corner >> i & 1 == 0;
                    self.extreme(*found, if low { EXTREME } else { 1.0 - EXTREME })
                }
            };
            let numbers: Vec<f64> = values.iter().enumerate().map(extreme).collect();
            let law = (form.build)(&numbers);
            if let Err(error) = law.and_then(|law| law.within(domain.low, domain.high)) {
                let why = format!("is no law when its doubts are at their extremes: {error}");
                return self.fail(path, place, &why, "narrow the ranges");
            }
        }
        if domain.low.is_finite() && form.form == Some(LawForm::NormalMeanSd) {
            let path = &path.parent();
            let message = format!(
                "`{path}`: every draw is cut to what it may be ({})",
                domain.words()
            );
            self.note(path, place, message);
        }
        Some(())
    }

    /// A quantile of a doubt of the leaf at hand, rounded if draws are.
    fn extreme(&self, found: usize, probability: f64) -> f64 {
        self.found.get(found).map_or(f64::NAN, |(_, doubt)| {
            let value = doubt.law.quantile(probability);
            if doubt.whole { value.round() } else { value }
        })
    }

    /// The form whose parameters are those given.
    fn form(
        &mut self,
        path: &KeyPath,
        family: &str,
        given: &[Entry],
        place: &Place,
    ) -> Option<&'static Form> {
        let mut of_family = FORMS.iter().filter(|form| form.family == family);
        let fits = |form: &&Form| {
            let named = |(name, _): &(&str, _)| given.iter().any(|entry| entry.name == *name);
            form.parameters.len() == given.len() && form.parameters.iter().all(named)
        };
        if let Some(form) = of_family.clone().find(fits) {
            return Some(form);
        }
        let spellings = forms::spellings(family);
        let known =
            |name: &str| of_family.any(|form| form.parameters.iter().any(|(p, _)| *p == name));
        let unknown = given.iter().map(|entry| (entry, entry.name.clone())).find({
            let mut known = known;
            move |(_, name)| !known(name)
        });
        let (place, why) = match unknown {
            Some((entry, name)) => (
                &entry.place,
                format!("has a parameter `{name}`, which {family} has not"),
            ),
            None => {
                let names = list(given.iter().map(|entry| entry.name.as_str()));
                let why = match given.is_empty() {
                    true => "has no parameters".to_string(),
                    false => format!("has the parameters {names}, which do not make a law"),
                };
                (place, why)
            }
        };
        self.fail(
            path,
            place,
            &why,
            &format!("{family} is written {spellings}"),
        )
    }

    /// A law by two quantiles: `{ p05 = .., p95 = .. }`.
    fn fitted(
        &mut self,
        path: &KeyPath,
        family: &str,
        given: &[Entry],
        place: &Place,
        domain: Domain,
    ) -> Option<Law> {
        let fit = FITS.iter().find(|(name, _)| *name == family);
        let (Some((_, fit)), [a, b]) = (fit, given) else {
            let help = format!("{family} is written {}", forms::spellings(family));
            return self.fail(path, place, "does not make a law", &help);
        };
        let mut points = Vec::with_capacity(2);
        for entry in [a, b] {
            let Some(p) = probability(&entry.name) else {
                let why = format!("has `{}` beside a quantile", entry.name);
                return self.fail(
                    path,
                    &entry.place,
                    &why,
                    "write two quantiles, such as { p05 = 10, p95 = 90 }",
                );
            };
            let x = self.certain(
                &path.child(&entry.name),
                &entry.value,
                Domain {
                    whole: false,
                    ..domain
                },
            )?;
            points.push((p, x));
        }
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        match fit(points[0].0, points[0].1, points[1].0, points[1].1) {
            Ok(law) => Some(law),
            Err(error) => self.fail(
                path,
                place,
                &format!("has quantiles that no {family} law fits: {error}"),
                "",
            ),
        }
    }

    /// `[ { weight = 0.7, law = { .. } }, .. ]`
    fn mixture(&mut self, path: &KeyPath, value: &Value, domain: Domain) -> Option<Law> {
        let help = "write mixture = [ { weight = 0.7, law = { .. } }, .. ]";
        let mut parts = Vec::new();
        for part in self.values(path, value)? {
            let named = |name: &str| part.table()?.iter().find(|entry| entry.name == name);
            let known = part.table().is_some_and(|entries| entries.len() == 2);
            let (Some(weight), Some(law), true) = (named("weight"), named("law"), known) else {
                return self.fail(path, &part.place, "has a part without weight and law", help);
            };
            let positive = Domain::new(super::schema::Unit::Share, 0.0, f64::INFINITY);
            let weight = self.certain(&path.child("weight"), &weight.value, positive)?;
            let inner = path.child("law");
            let law = match law.value.table() {
                Some(_) => self.certain_law(&inner, &law.value, domain)?,
                None => {
                    let number = self.certain(&inner, &law.value, domain)?;
                    Law::point(number).ok()?
                }
            };
            parts.push((weight, law));
        }
        match Law::mixture(parts) {
            Ok(law) => Some(law),
            Err(error) => self.fail(path, &value.place, &format!("is no law: {error}"), help),
        }
    }

    /// Values seen, from a list or from a file with one column of numbers.
    fn empirical(&mut self, path: &KeyPath, value: &Value, domain: Domain) -> Option<Law> {
        let numbers = match value.text() {
            Some(stated) => self.column(path, value, stated, domain)?,
            None => {
                let listed = self.values(path, value)?.iter();
                let numbers: Vec<_> = listed.map(|v| self.certain(path, v, domain)).collect();
                numbers.into_iter().collect::<Option<Vec<f64>>>()?
            }
        };
        match Law::empirical(numbers) {
            Ok(law) => Some(law),
            Err(error) => self.fail(path, &value.place, &format!("is no law: {error}"), ""),
        }
    }

    /// The numbers of a file, one a line, with or without a heading.
    fn column(
        &mut self,
        path: &KeyPath,
        value: &Value,
        stated: &str,
        domain: Domain,
    ) -> Option<Vec<f64>> {
        let file = resolve(&value.place.source.directory, Path::new(stated));
        let text = match self.context.loader.load(&file, MAX_DATA_BYTES) {
            Ok(bytes) => String::from_utf8(bytes).map_err(|_| "it is not UTF-8 text".to_string()),
            Err(error) => Err(error.to_string()),
        };
        let text = match text {
            Ok(text) => text,
            Err(error) => {
                let why = format!("names {}, but {error}", file.display());
                return self.fail(
                    path,
                    &value.place,
                    &why,
                    "paths in a file are relative to that file",
                );
            }
        };
        let source = Source::file(&file, text);
        let (mut numbers, mut start, n_faults) = (Vec::new(), 0, self.faults.len());
        for (row, line) in source.text.split_inclusive('\n').enumerate() {
            let cell = line.trim().trim_end_matches(',').trim_matches('"');
            let span = start..start + line.trim_end().len();
            start += line.len();
            match parse_amount(cell, domain.unit, &self.context.currency) {
                Ok(Amount::One(number)) if domain.contains(number) => numbers.push(number),
                Err(_) if cell.is_empty() || row == 0 => {}
                _ => {
                    let fault = format!("`{path}` has the value {cell:?}");
                    let fault = Fault::new(&Place::new(&source, span), path, fault);
                    self.faults.push(fault.label(format!(
                        "allowed: {}, {}",
                        domain.unit.words(),
                        domain.words()
                    )));
                }
            }
        }
        (self.faults.len() == n_faults).then_some(numbers)
    }
}

/// The probability that a name such as `p05` says.
fn probability(name: &str) -> Option<f64> {
    let digits = name
        .strip_prefix('p')
        .filter(|d| d.len() == 2 && d.bytes().all(|b| b.is_ascii_digit()))?;
    let percent: f64 = digits.parse().ok()?;
    (percent > 0.0).then_some(percent / 100.0)
}
