//! A page being written. Markup can only be written as a literal of ours; everything else is escaped.

use crate::base::text::thousands;
use crate::base::{Usd, Verdict};
use crate::report::escape;
use crate::report::links::web_address;
use rust_decimal::prelude::ToPrimitive;
use std::fmt::Write as _;

/// The text so far.
#[derive(Default)]
pub(super) struct Page {
    out: String,
    in_row: bool,
    /// The columns of the open table: names, and whether they hold figures.
    columns: Vec<(String, bool)>,
    at: usize,
}

/// The heading of a column.
pub(super) struct Column {
    name: String,
    numeric: bool,
    key: Option<usize>,
}

impl Column {
    /// Words.
    pub(super) fn text(name: &str) -> Self {
        Self { name: name.to_owned(), numeric: false, key: None }
    }

    /// Figures.
    pub(super) fn figures(name: &str) -> Self {
        Self { name: name.to_owned(), numeric: true, key: None }
    }

    /// Figures that a picture shows in the colour `key`.
    pub(super) fn keyed(name: &str, key: usize) -> Self {
        Self { name: name.to_owned(), numeric: true, key: Some(key) }
    }
}

impl Page {
    /// Markup: the type allows only text that is part of the program.
    pub(super) fn raw(&mut self, markup: &'static str) -> &mut Self {
        self.out.push_str(markup);
        self
    }

    /// Text of an element or a quoted attribute.
    pub(super) fn text(&mut self, text: impl AsRef<str>) -> &mut Self {
        self.out.push_str(&escape::html(text.as_ref()));
        self
    }

    /// A sentence in which backticks mark code, as our own messages do; plain text where they do not pair up.
    pub(super) fn prose(&mut self, text: &str) -> &mut Self {
        if text.matches('`').count() % 2 == 1 {
            return self.text(text);
        }
        for (at, part) in text.split('`').enumerate() {
            if at % 2 == 1 {
                self.raw("<code>").text(part).raw("</code>");
            } else {
                self.text(part);
            }
        }
        self
    }

    /// A number of a drawing.
    pub(super) fn number(&mut self, value: f64) -> &mut Self {
        let value = if value.is_finite() { value } else { 0.0 };
        // Writing to a string does not fail.
        let _ = write!(self.out, "{value:.2}");
        self
    }

    /// A whole number of a drawing or a class.
    pub(super) fn index(&mut self, value: usize) -> &mut Self {
        let _ = write!(self.out, "{value}");
        self
    }

    pub(super) fn section(&mut self, title: &str) {
        self.raw("<section>\n<h2>").text(title).raw("</h2>\n");
    }

    pub(super) fn end_section(&mut self) {
        self.raw("</section>\n");
    }

    pub(super) fn paragraph(&mut self, text: &str) {
        self.raw("<p>").prose(text).raw("</p>\n");
    }

    /// Begins a table; rows follow.
    pub(super) fn table(&mut self, caption: &str, columns: &[Column]) {
        self.raw("<div class=\"wide\"><table>\n");
        if !caption.is_empty() {
            self.raw("<caption>").text(caption).raw("</caption>\n");
        }
        self.raw("<thead><tr>");
        for column in columns {
            self.raw(if column.numeric { "<th scope=\"col\" class=\"n\">" } else { "<th scope=\"col\">" });
            if let Some(key) = column.key {
                self.raw("<span class=\"key k").index(key % KEYS).raw("\">").index(key + 1).raw("</span> ");
            }
            self.text(&column.name).raw("</th>");
        }
        self.raw("</tr></thead>\n<tbody>\n");
        self.columns = columns.iter().map(|column| (column.name.clone(), column.numeric)).collect();
        self.in_row = false;
    }

    /// The letter by which a picture names this row.
    pub(super) fn key(&mut self, key: usize) {
        self.raw("<span class=\"key a").index(key % 2).raw("\">").text(letter(key)).raw("</span> ");
    }

    pub(super) fn row(&mut self) {
        if self.in_row {
            self.raw("</tr>\n");
        }
        self.raw("<tr>");
        (self.in_row, self.at) = (true, 0);
    }

    /// A cell; the first of a row is its heading.
    pub(super) fn cell(&mut self, text: &str) {
        self.open_cell();
        self.prose(text);
        self.close_cell();
    }

    pub(super) fn verdict_cell(&mut self, text: &str, verdict: Verdict) {
        self.open_cell();
        self.badge(text, verdict);
        self.close_cell();
    }

    /// Words on the colour of a verdict.
    pub(super) fn badge(&mut self, text: &str, verdict: Verdict) {
        self.raw("<span class=\"badge ")
            .raw(match verdict {
                Verdict::Skip => "skip",
                Verdict::Pass => "pass",
                Verdict::Warn => "warn",
                Verdict::NeedsApproval => "sign",
                Verdict::Block | Verdict::Error => "block",
            })
            .raw("\">")
            .text(text)
            .raw("</span>");
    }

    pub(super) fn open_cell(&mut self) {
        let (name, numeric) = self.columns.get(self.at).cloned().unwrap_or_default();
        if self.at == 0 {
            self.raw("<th scope=\"row\">");
        } else {
            // Where the page is narrow, rows become blocks and every cell says its name.
            self.raw(if numeric { "<td class=\"n\" data-name=\"" } else { "<td data-name=\"" });
            self.text(name).raw("\">");
        }
    }

    pub(super) fn open_picture(&mut self) {
        self.raw("<td class=\"picture\">");
    }

    pub(super) fn close_cell(&mut self) {
        self.raw(if self.at == 0 { "</th>" } else { "</td>" });
        self.at += 1;
    }

    pub(super) fn end_table(&mut self) {
        if self.in_row {
            self.raw("</tr>\n");
        }
        self.in_row = false;
        self.raw("</tbody></table></div>\n");
    }

    /// Text that leads to an address, when it is a sound one.
    pub(super) fn link(&mut self, url: Option<&str>, label: &str) {
        match url.and_then(web_address) {
            Some(url) => self.raw("<a href=\"").text(url).raw("\">").text(label).raw("</a>"),
            None => self.text(label),
        };
    }

    pub(super) fn bullets(&mut self, items: &[String], limit: usize) {
        self.raw("<ul>\n");
        for item in items.iter().take(limit) {
            self.raw("<li>").prose(item).raw("</li>\n");
        }
        if items.len() > limit {
            self.raw("<li>").text(format!("{} more", thousands((items.len() - limit) as u64))).raw("</li>\n");
        }
        self.raw("</ul>\n");
    }

    pub(super) fn finish(self) -> String {
        self.out
    }
}

/// How many colours there are; a digit stands on each, so that none is needed.
pub(super) const KEYS: usize = 6;

/// `A`, `B`, ... `Z`, `A2`.
pub(super) fn letter(key: usize) -> String {
    let letter = u8::try_from(key % 26).map_or('A', |at| char::from(b'A' + at));
    let round = key / 26;
    if round == 0 { letter.to_string() } else { format!("{letter}{}", round + 1) }
}

/// `part` of `whole` as a number between -1 and 1; 0 when there is no whole.
pub(super) fn share(part: Usd, whole: Usd) -> f64 {
    let ratio = part.amount().checked_div(whole.amount()).and_then(|ratio| ratio.to_f64());
    ratio.unwrap_or(0.0).clamp(-1.0, 1.0)
}
