//! The JSON of a result as the one source of a page: every number carries the key where it stands.

use serde_json::Value;

use crate::forecast::Unit;
use crate::report::html::escaped;
use crate::report::view::{self, NOTHING, Style};

/// A result, and how its numbers are written.
pub(super) struct Doc<'a> {
    json: Value,
    pub style: Style<'a>,
}

/// How a number is written.
#[derive(Debug, Clone, Copy)]
pub(super) enum Form {
    /// `$1.24M`
    Value(Unit),
    /// `+$1.24M`
    Difference(Unit),
    /// Its size alone, where words say which way.
    Size(Unit),
    /// `97 %`: how often.
    Probability,
    /// `+14.8 %`: of another.
    Relative,
    /// `1000`
    Whole,
    /// `-0.215`
    Plain,
}

impl<'a> Doc<'a> {
    pub(super) fn new(json: Value, style: Style<'a>) -> Doc<'a> {
        Doc { json, style }
    }

    /// The number at a JSON pointer, if one stands there.
    pub(super) fn value(&self, key: &str) -> Option<f64> {
        self.json.pointer(key)?.as_f64()
    }

    /// The text at a JSON pointer.
    pub(super) fn text(&self, key: &str) -> &str {
        let text = self.json.pointer(key).and_then(Value::as_str);
        text.unwrap_or_default()
    }

    /// What stands at a JSON pointer, as JSON.
    pub(super) fn text_of(&self, key: &str) -> String {
        let value = self.json.pointer(key);
        value.map_or(String::new(), Value::to_string)
    }

    /// How many elements the array at a JSON pointer has.
    pub(super) fn count(&self, key: &str) -> usize {
        let array = self.json.pointer(key).and_then(Value::as_array);
        array.map_or(0, Vec::len)
    }

    /// Names in the object at a JSON pointer, in order.
    pub(super) fn names(&self, key: &str) -> Vec<&str> {
        let object = self.json.pointer(key).and_then(Value::as_object);
        object.map_or(Vec::new(), |object| {
            object.keys().map(String::as_str).collect()
        })
    }

    /// The number at a JSON pointer as people write it; a dash if none stands there.
    pub(super) fn written(&self, form: Form, key: &str) -> String {
        let value = self.value(key);
        value.map_or(NOTHING.to_owned(), |value| self.write(form, value))
    }

    /// A number as people write it.
    pub(super) fn write(&self, form: Form, value: f64) -> String {
        match form {
            Form::Value(unit) => self.style.value(unit, value),
            Form::Difference(unit) => self.style.difference(unit, value),
            Form::Size(unit) => self.style.value(unit, value.abs()),
            Form::Probability => view::percent(value),
            Form::Relative => self
                .style
                .difference(Unit::Share, value)
                .replace(" pt", " %"),
            Form::Whole => view::grouped(value),
            Form::Plain if value < 0.0 => format!("-{}", view::digits(-value)),
            Form::Plain => view::digits(value),
        }
    }

    /// The same as HTML, with its key and its full precision.
    pub(super) fn number(&self, form: Form, key: &str) -> String {
        match self.value(key) {
            None => NOTHING.to_owned(),
            Some(value) => format!(
                "<data value=\"{value}\" data-key=\"{}\">{}</data>",
                escaped(key),
                escaped(&self.write(form, value)).replace(' ', "\u{a0}")
            ),
        }
    }

    /// `$0.9M to $1.5M`, from two keys.
    pub(super) fn range(&self, form: Form, low: &str, high: &str) -> String {
        match (self.value(low), self.value(high)) {
            (Some(_), Some(_)) => {
                format!("{} to {}", self.number(form, low), self.number(form, high))
            }
            _ => NOTHING.to_owned(),
        }
    }

    /// The 95 % confidence interval at a key of an estimate.
    pub(super) fn interval(&self, form: Form, estimate: &str) -> String {
        let [low, high] = [0, 1].map(|end| format!("{estimate}/ci95/{end}"));
        self.range(form, &low, &high)
    }

    /// The same in brackets after a number, where it is more than that number.
    pub(super) fn in_brackets(&self, form: Form, estimate: &str) -> String {
        let ends = [0, 1].map(|end| self.value(&format!("{estimate}/ci95/{end}")));
        match ends {
            [Some(low), Some(high)] if low < high => {
                format!(
                    " (95 % confidence interval {})",
                    self.interval(form, estimate)
                )
            }
            _ => String::new(),
        }
    }

    /// P10 to P90 at a key of a distribution.
    pub(super) fn spread(&self, form: Form, of: &str) -> String {
        let [low, high] = ["p10", "p90"].map(|level| format!("{of}/{level}"));
        self.range(form, &low, &high)
    }

    /// What an estimate proves.
    pub(super) fn verdict(&self, difference: &str) -> Verdict {
        let end = |end: usize| self.value(&format!("{difference}/ci95/{end}"));
        match (end(0), end(1)) {
            _ if self.value(&format!("{difference}/probability_zero")) == Some(1.0) => {
                Verdict::Same
            }
            (Some(low), _) if low > 0.0 => Verdict::Greater,
            (_, Some(high)) if high < 0.0 => Verdict::Less,
            _ => Verdict::Unproven,
        }
    }
}

/// What can be said of a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Equal in every replication.
    Same,
    /// The confidence interval spans zero, or is unknown.
    Unproven,
    Greater,
    Less,
}

/// A name as a step of a JSON pointer.
pub(super) fn step(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}
