//! Pages of HTML that stand alone: text is escaped, charts are SVG in the page, nothing is fetched and nothing runs.

use super::paper::acts;

/// A page in sections.
pub(super) struct Page {
    title: String,
    body: String,
}

/// Light and dark, printable, readable on a narrow screen: what is wide scrolls in its own box.
const STYLE: &str = include_str!("html/style.css");

impl Page {
    pub(super) fn new(title: &str) -> Page {
        let title = escaped(title);
        Page {
            body: format!("<h1>{title}</h1>\n"),
            title,
        }
    }

    pub(super) fn section(&mut self, heading: &str) {
        self.body += &format!("<h2>{}</h2>\n", escaped(heading));
    }

    pub(super) fn part(&mut self, heading: &str) {
        self.body += &format!("<h3>{}</h3>\n", escaped(heading));
    }

    pub(super) fn paragraph(&mut self, text: &str) {
        self.body += &format!("<p>{}</p>\n", escaped(text));
    }

    /// Text of less weight.
    pub(super) fn note(&mut self, text: &str) {
        self.body += &format!("<p class=\"note\">{}</p>\n", escaped(text));
    }

    pub(super) fn list(&mut self, items: &[String]) {
        let items = items.iter();
        let items: String = items
            .map(|item| format!("<li>{}</li>\n", escaped(item)))
            .collect();
        self.body += &format!("<ul>\n{items}</ul>\n");
    }

    /// A chart with what it shows.
    pub(super) fn figure(&mut self, svg: &str, caption: &str) {
        let caption = escaped(caption);
        self.body += &format!("<figure>{svg}<figcaption>{caption}</figcaption></figure>\n");
    }

    /// A table, the first column flush left.
    pub(super) fn table(&mut self, head: &[&str], rows: impl IntoIterator<Item = Vec<Cell>>) {
        let head: String = head
            .iter()
            .map(|name| format!("<th>{}</th>", escaped(name)))
            .collect();
        let rows: String = rows
            .into_iter()
            .map(|cells| {
                let cells: String = cells.iter().map(Cell::html).collect();
                format!("<tr>{cells}</tr>\n")
            })
            .collect();
        self.body += &format!(
            "<div class=\"wide\"><table><thead><tr>{head}</tr></thead>\n<tbody>\n{rows}</tbody></table></div>\n"
        );
    }

    /// The whole file.
    pub(super) fn text(&self) -> String {
        document(&self.title, "", &self.body)
    }
}

/// A file of HTML: what is in its head beside title and style, and its body.
pub(super) fn document(escaped_title: &str, head: &str, body: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n{head}\
         <title>{escaped_title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n{body}</body>\n</html>\n"
    )
}

/// What stands in a table.
pub(super) enum Cell {
    Text(String),
    /// A chart.
    Svg(String),
}

impl Cell {
    fn html(&self) -> String {
        match self {
            Cell::Text(text) => format!("<td>{}</td>", escaped(text)),
            Cell::Svg(svg) => format!("<td>{svg}</td>"),
        }
    }
}

impl<T: Into<String>> From<T> for Cell {
    fn from(text: T) -> Cell {
        Cell::Text(text.into())
    }
}

/// Text in which no character means anything to HTML; characters that act on what shows them are left out.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for letter in text.chars() {
        match letter {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '"' => escaped += "&quot;",
            '\'' => escaped += "&#39;",
            letter if acts(letter) => {}
            letter => escaped.push(letter),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_mean_nothing_to_html() {
        let mut page = Page::new("<script>alert(1)</script>");
        page.table(&["a"], [vec![Cell::from("x\" onload='y' & \u{7}z")]]);
        let text = page.text();
        assert!(!text.contains("<script"), "{text}");
        assert!(
            text.contains("x&quot; onload=&#39;y&#39; &amp; z"),
            "{text}"
        );
    }
}
