//! What a page is put together from: tables, figures with their table, series of a legend.

use std::ops::AddAssign;

use crate::report::html::escaped;
use crate::report::table::cut;

/// What stands between the head and the end of a page, as HTML.
#[derive(Default)]
pub(super) struct Body(pub String);

impl AddAssign<&str> for Body {
    fn add_assign(&mut self, html: &str) {
        self.0 += html;
    }
}

impl Body {
    pub(super) fn section(&mut self, heading: &str) {
        *self += &format!("<h2>{heading}</h2>\n");
    }

    pub(super) fn paragraph(&mut self, html: &str) {
        *self += &format!("<p>{html}</p>\n");
    }

    /// Text of less weight.
    pub(super) fn note(&mut self, html: &str) {
        *self += &format!("<p class=\"note\">{html}</p>\n");
    }

    pub(super) fn list(&mut self, items: &[String]) {
        let items = items.iter().map(|item| format!("<li>{item}</li>\n"));
        *self += &format!("<ul>\n{}</ul>\n", items.collect::<String>());
    }
}

/// A table whose cells are HTML already.
pub(super) struct Table {
    /// Names it on the page.
    pub id: String,
    /// What it shows.
    pub caption: String,
    pub head: Vec<String>,
    /// The first cell names the row.
    pub rows: Vec<Vec<String>>,
}

impl Table {
    pub(super) fn html(&self) -> String {
        let Table { id, caption, .. } = self;
        let head: String = self.head.iter().map(|name| head_cell(name)).collect();
        let rows: String = self.rows.iter().map(|cells| row(cells)).collect();
        format!(
            "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"Table: {id}\"><table id=\"{id}\">\
             <caption>{caption}</caption>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}</tbody></table></div>\n"
        )
    }

    /// Folded on a screen.
    pub(super) fn folded(&self) -> String {
        let (caption, table) = (&self.caption, self.html());
        format!("<details><summary>Table: {caption}</summary>\n{table}</details>\n")
    }
}

fn head_cell(name: &str) -> String {
    match name {
        "" => "<td></td>".to_owned(),
        name => format!("<th scope=\"col\" class=\"name\">{name}</th>"),
    }
}

fn row(cells: &[String]) -> String {
    let (first, rest) = cells
        .split_first()
        .map_or(("", cells), |(first, rest)| (&first[..], rest));
    let rest: String = rest.iter().map(|cell| data_cell(cell)).collect();
    format!("<tr><th scope=\"row\">{first}</th>{rest}</tr>\n")
}

/// A cell of words, which wraps, begins with a mark of [`words`].
fn data_cell(cell: &str) -> String {
    match cell.strip_prefix(WORDS) {
        Some(words) => format!("<td class=\"text\">{words}</td>"),
        None => format!("<td>{cell}</td>"),
    }
}

const WORDS: char = '\u{1}';

/// A cell of words.
pub(super) fn words(text: &str) -> String {
    format!("{WORDS}{}", escaped(text))
}

/// Widest name but in the heading, in columns of a terminal.
const NAME_WIDTH: usize = 40;

/// A name as its author wrote it, kept from the text around it; cut where it is long.
pub(super) fn name(text: &str) -> String {
    match cut(text, NAME_WIDTH, "…") {
        whole if whole == text => whole_name(text),
        cut => format!("<bdi title=\"{}\">{}</bdi>", escaped(text), escaped(&cut)),
    }
}

/// A name however long it is.
pub(super) fn whole_name(text: &str) -> String {
    format!("<bdi>{}</bdi>", escaped(text))
}

/// A series that a figure shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Series {
    /// The baseline, dashed and grey; or a scenario that stands alone.
    First,
    Second,
}

impl Series {
    /// Of all its marks: they come and go together.
    pub(super) fn class(self) -> &'static str {
        match self {
            Series::First => "series-1",
            Series::Second => "series-2",
        }
    }

    pub(super) fn line(self) -> &'static str {
        match self {
            Series::First => "other series-1",
            Series::Second => "line series-2",
        }
    }

    /// Where 8 of 10 futures lie.
    pub(super) fn band(self) -> &'static str {
        match self {
            Series::First => "first-band series-1",
            Series::Second => "second-band series-2",
        }
    }

    /// Where 8 of 10 lie by luck alone.
    pub(super) fn core(self) -> &'static str {
        match self {
            Series::First => "first-core series-1",
            Series::Second => "second-core series-2",
        }
    }

    fn key(self) -> &'static str {
        match self {
            Series::First => "key first",
            Series::Second => "key",
        }
    }
}

/// A chart with its title, what to know, and its table.
pub(super) struct Figure {
    pub title: String,
    /// Series and their names.
    pub legend: Vec<(Series, String)>,
    /// Charts side by side.
    pub charts: Vec<String>,
    pub caption: String,
    pub table: Table,
}

impl Figure {
    /// The figure without its table.
    pub(super) fn html(&self) -> String {
        let (title, caption, table) = (&self.title, &self.caption, &self.table.id);
        let legend: String = self
            .legend
            .iter()
            .map(|(series, name)| {
                let (class, key) = (series.class(), series.key());
                format!("<li data-series=\"{class}\"><span class=\"{key}\"></span>{name}</li>")
            })
            .collect();
        let legend = match legend.is_empty() {
            true => legend,
            false => format!("<ul class=\"legend\">{legend}</ul>\n"),
        };
        let charts = self.charts.concat();
        let beside = if self.charts.len() > 1 { " beside" } else { "" };
        format!(
            "<figure data-table=\"{table}\">\n<h3>{title}</h3>\n{legend}<div class=\"plot{beside}\">{charts}</div>\n\
             <p class=\"readout\" aria-live=\"polite\"></p>\n\
             <figcaption>{caption} <a class=\"screen\" href=\"#{table}\">All values</a></figcaption></figure>\n"
        )
    }
}
