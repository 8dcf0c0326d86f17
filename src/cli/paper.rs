//! What reports are written on: found out here, and nowhere else.

use std::env;
use std::io::{self, IsTerminal};

use terminal_size::terminal_size;

use crate::report::Paper;

/// Columns where there is no terminal and none are asked for.
const WIDTH: usize = 100;
/// Terminals that lack the signs of bars, whatever the locale says.
const PLAIN_TERMINALS: [&str; 2] = ["dumb", "linux"];

/// The terminal, or what stands for it where the output goes elsewhere: `COLUMNS` states its width, the locale its
/// signs.
pub(super) fn paper() -> Paper {
    let is_terminal = io::stdout().is_terminal();
    let asked = stated("COLUMNS").and_then(|columns| columns.parse().ok());
    let found = || terminal_size().filter(|_| is_terminal);
    let width = asked.filter(|width| *width > 0);
    let width = width.or_else(|| found().map(|(width, _)| usize::from(width.0)));
    Paper::new(width.unwrap_or(WIDTH), has_unicode(is_terminal))
}

/// Whether more than ASCII is shown. Without a locale a file takes it and a terminal does not.
fn has_unicode(is_terminal: bool) -> bool {
    if cfg!(windows) {
        return true;
    }
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(stated);
    let is_plain = |terminal: String| PLAIN_TERMINALS.contains(&&terminal[..]);
    match locale {
        _ if is_terminal && stated("TERM").is_none_or(is_plain) => false,
        Some(locale) => is_utf8(&locale),
        None => !is_terminal,
    }
}

fn is_utf8(locale: &str) -> bool {
    let locale = locale.to_ascii_lowercase();
    locale.ends_with("utf-8") || locale.ends_with("utf8")
}

/// A variable of the environment that says something.
fn stated(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_locale_says_what_is_shown() {
        for locale in ["C.UTF-8", "en_US.UTF-8", "de_DE.utf8"] {
            assert!(is_utf8(locale), "{locale}");
        }
        for locale in ["C", "POSIX", "en_US.ISO-8859-1", "ja_JP.eucJP"] {
            assert!(!is_utf8(locale), "{locale}");
        }
    }
}
