//! Amounts of money as exports write them.

/// An amount that was read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Amount<'a> {
    pub value: f64,
    /// The sign or code of a currency that stands beside the digits; empty if none does.
    pub currency: &'a str,
}

/// Reads `text` as an amount with this decimal mark: `1,234.5`, `R$ 1.234,50`, `(12)`, `-3 EUR`.
///
/// None if it cannot be read.
pub(super) fn read(text: &str, decimal: char) -> Option<Amount<'_>> {
    let text = text.trim();
    let (text, in_brackets) = match text.strip_prefix('(').and_then(|t| t.strip_suffix(')')) {
        Some(inner) => (inner.trim(), true),
        None => (text, false),
    };
    let is_digit = |c: char| c.is_ascii_digit();
    let first = text.find(is_digit)?;
    let end = text.rfind(is_digit)? + 1;
    let (before, digits, after) = (&text[..first], &text[first..end], &text[end..]);
    let point = before.ends_with(decimal) && decimal == '.';
    let before = if point {
        &before[..before.len() - 1]
    } else {
        before
    };
    let is_sign = |c: char| matches!(c, '-' | '+' | '\u{2212}') || c.is_whitespace();
    let negative = before.contains(['-', '\u{2212}']) || after.ends_with('-');
    let before = before.trim_matches(is_sign);
    let after = after.trim_matches(is_sign);
    let currency = match (before, after) {
        (before, "") => before,
        ("", after) => after,
        _ => return None,
    };
    let value = number(digits, decimal, point)?;
    let sign = if negative || in_brackets { -1.0 } else { 1.0 };
    Some(Amount {
        value: sign * value,
        currency,
    })
}

/// Digits with their marks. A mark of thousands stands before three digits.
fn number(digits: &str, decimal: char, point: bool) -> Option<f64> {
    let (whole, fraction) = match digits.rsplit_once(decimal) {
        Some(parts) => parts,
        None => (digits, ""),
    };
    let thousands = if decimal == '.' { ',' } else { '.' };
    let is_mark = |c: char| c == thousands || matches!(c, '\'' | '\u{2019}') || c.is_whitespace();
    let mut groups = whole.split(is_mark);
    let mut plain = groups.next()?.to_owned();
    for group in groups {
        (group.len() == 3).then_some(())?;
        plain += group;
    }
    let plain = match point {
        true => format!("0.{plain}"),
        false => format!("{plain}.{fraction}"),
    };
    let is_number = |c: char| c.is_ascii_digit() || matches!(c, '.' | 'e' | 'E' | '-' | '+');
    plain.chars().all(is_number).then_some(())?;
    plain.parse().ok().filter(|value: &f64| value.is_finite())
}

/// Signs that mean the same currency as a code.
const SIGNS: [(&str, &[&str]); 8] = [
    ("USD", &["$", "US$"]),
    ("EUR", &["€"]),
    ("GBP", &["£"]),
    ("JPY", &["¥"]),
    ("BRL", &["R$"]),
    ("INR", &["₹"]),
    ("CAD", &["CA$", "C$"]),
    ("AUD", &["AU$", "A$"]),
];

/// Whether two signs or codes mean the same currency.
pub(super) fn same_currency(a: &str, b: &str) -> bool {
    let code = |text: &str| {
        let text = text.trim().to_uppercase();
        let known = SIGNS.iter().find(|(_, signs)| signs.contains(&&text[..]));
        known.map_or(text.clone(), |(code, _)| (*code).to_owned())
    };
    code(a) == code(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_as_exports_write_them() {
        for (text, decimal, value, currency) in [
            ("1054", '.', 1054.0, ""),
            ("1,234.5", '.', 1234.5, ""),
            ("$1,234,567", '.', 1_234_567.0, "$"),
            ("R$ 1.234,50", ',', 1234.5, "R$"),
            ("-3 EUR", '.', -3.0, "EUR"),
            ("(12)", '.', -12.0, ""),
            ("1 234,5 €", ',', 1234.5, "€"),
            ("1.5e3", '.', 1500.0, ""),
            (".5", '.', 0.5, ""),
        ] {
            let amount = Amount { value, currency };
            assert_eq!(read(text, decimal), Some(amount), "{text}");
        }
    }

    #[test]
    fn what_is_no_amount_is_none() {
        for text in ["", "n/a", "12,34", "$5 EUR", "1.2.3", "12 a 13", "1e999"] {
            assert_eq!(read(text, '.'), None, "{text}");
        }
    }

    #[test]
    fn signs_and_codes_are_matched() {
        assert!(same_currency("$", "usd"));
        assert!(same_currency("R$", "BRL"));
        assert!(!same_currency("R$", "$"));
    }
}
