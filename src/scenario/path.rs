//! The path of a key: names from the outside in, written with dots.

use std::fmt;

/// Names from the outermost table to the key. Ordered name by name.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct KeyPath(pub Vec<String>);

impl KeyPath {
    pub(crate) fn child(&self, name: &str) -> KeyPath {
        let mut names = self.0.clone();
        names.push(name.to_string());
        KeyPath(names)
    }

    pub(crate) fn parent(&self) -> KeyPath {
        KeyPath(self.0[..self.0.len().saturating_sub(1)].to_vec())
    }

    pub(crate) fn names(&self) -> &[String] {
        &self.0
    }

    /// Whether `self` is `outer` or lies in it.
    pub(crate) fn is_in(&self, outer: &KeyPath) -> bool {
        self.0.starts_with(&outer.0)
    }

    /// Reads names divided by dots; a name with other characters stands in quotes.
    pub(crate) fn parse(text: &str) -> Option<KeyPath> {
        let mut names = Vec::new();
        let mut rest = text.trim();
        loop {
            let (name, after) = parse_name(rest)?;
            names.push(name);
            rest = after.trim_start();
            match rest.strip_prefix('.') {
                Some(next) => rest = next.trim_start(),
                None if rest.is_empty() => return Some(KeyPath(names)),
                None => return None,
            }
        }
    }
}

/// The first name of a dotted path, and what follows it.
fn parse_name(text: &str) -> Option<(String, &str)> {
    if let Some(quoted) = text.strip_prefix(['"', '\'']) {
        let quote = text.chars().next()?;
        let end = quoted.find(quote)?;
        return Some((quoted[..end].to_string(), &quoted[end + 1..]));
    }
    let end = text.find(|c| !is_bare(c)).unwrap_or(text.len());
    (end > 0).then(|| (text[..end].to_string(), &text[end..]))
}

/// Whether TOML lets the character stand in a key without quotes.
fn is_bare(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '-' || c == '_'
}

/// A name as it stands in a path.
pub(crate) fn quoted(name: &str) -> String {
    match name {
        _ if !name.is_empty() && name.chars().all(is_bare) => name.to_string(),
        _ if name.contains(['"', '\\']) => format!("'{name}'"),
        _ => format!("\"{name}\""),
    }
}

impl fmt::Display for KeyPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, name) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str(".")?;
            }
            f.write_str(&quoted(name))?;
        }
        Ok(())
    }
}

impl From<&str> for KeyPath {
    /// For paths known to be well formed: plain names divided by dots.
    fn from(path: &str) -> Self {
        KeyPath(path.split('.').map(str::to_string).collect())
    }
}
