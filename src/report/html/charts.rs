//! Drawings in SVG. Bars stand in table cells and stretch with them, so they hold no text of their own; each
//! has a title that says what it shows.

use super::page::{KEYS, Page, letter};
use crate::base::Usd;
use crate::report::cost::{Curve, CurvePoint};
use rust_decimal::prelude::ToPrimitive;

/// A bar from `from` to `to`, both shares of the width, on a track.
pub(super) fn bar(page: &mut Page, title: &str, class: &'static str, from: f64, to: f64, mark: Option<f64>) {
    open(page, title);
    page.raw("<rect class=\"track\" x=\"0\" y=\"0\" width=\"100\" height=\"10\"/>");
    page.raw("<rect class=\"").raw(class).raw("\" x=\"").number(from.min(to) * 100.0);
    // A difference that is there is seen, however small.
    page.raw("\" y=\"1\" width=\"").number(((to - from).abs() * 100.0).max(0.4)).raw("\" height=\"8\"/>");
    if let Some(mark) = mark {
        line(page, "mark", mark * 100.0);
    }
    page.raw("</svg>");
}

/// One part of a bar: its key, its share of the width and a title.
pub(super) type Slice = (usize, f64, String);

/// Parts side by side: base above head when there is one.
pub(super) fn parts(page: &mut Page, title: &str, base: &[Slice], head: &[Slice]) {
    open(page, title);
    let (top, height) = if base.is_empty() { (0.0, 10.0) } else { (5.2, 4.8) };
    for (slices, y, height) in [(base, 0.0, 4.0), (head, top, height)] {
        let mut x = 0.0;
        for (key, share, title) in slices {
            page.raw("<rect class=\"k").index(key % KEYS).raw("\" x=\"").number(x).raw("\" y=\"").number(y);
            page.raw("\" width=\"").number((share * 100.0 - 0.6).max(0.4)).raw("\" height=\"").number(height);
            page.raw("\"><title>").text(title).raw("</title></rect>");
            x += share * 100.0;
        }
    }
    page.raw("</svg>");
}

/// A line from p10 to p90 with a mark at p50, as shares of the width.
pub(super) fn range(page: &mut Page, title: &str, low: f64, middle: f64, high: f64) {
    bar(page, title, "used", low, high, Some(middle));
}

fn open(page: &mut Page, title: &str) {
    page.raw("<svg class=\"bar\" viewBox=\"0 0 100 10\" preserveAspectRatio=\"none\" role=\"img\"><title>");
    page.text(title).raw("</title>");
}

fn line(page: &mut Page, class: &'static str, at: f64) {
    page.raw("<line class=\"").raw(class).raw("\" x1=\"").number(at).raw("\" x2=\"").number(at);
    page.raw("\" y1=\"0\" y2=\"10\"/>");
}

/// One bar of a stack: its name and its parts, each with its key, its share of the widest bar and a title.
pub(super) struct Stacked {
    pub(super) name: &'static str,
    pub(super) parts: Vec<(usize, f64, String)>,
}

/// Bars under one another, made of parts; a letter on each part that has room for it.
pub(super) fn stack(page: &mut Page, title: &str, bars: &[Stacked]) {
    const LEFT: f64 = 44.0;
    const WIDTH: f64 = 550.0;
    let height = bars.len() * 34 + 2;
    page.raw("<svg class=\"stack\" viewBox=\"0 0 600 ").index(height).raw("\" role=\"img\"><title>");
    page.text(title).raw("</title>");
    for (at, bar) in bars.iter().enumerate() {
        let top = at * 34 + 2;
        page.raw("<text x=\"0\" y=\"").index(top + 20).raw("\">").raw(bar.name).raw("</text>");
        let mut x = LEFT;
        for (key, share, title) in &bar.parts {
            let width = share * WIDTH;
            page.raw("<rect class=\"a").index(key % 2).raw("\" x=\"").number(x).raw("\" y=\"").index(top);
            // The gap keeps neighbours of one colour apart.
            page.raw("\" width=\"").number((width - 1.5).max(0.5)).raw("\" height=\"28\"><title>");
            page.text(title).raw("</title></rect>");
            if width > 18.0 {
                page.raw("<text class=\"letter\" text-anchor=\"middle\" x=\"").number(x + width / 2.0);
                page.raw("\" y=\"").index(top + 19).raw("\">").text(letter(*key)).raw("</text>");
            }
            x += width;
        }
    }
    page.raw("</svg>\n");
}

/// Dollars over turns: head as a line, base dashed.
pub(super) fn curve(page: &mut Page, curve: &Curve, title: &str) {
    let (left, top, width, height) = (8.0, 22.0, 264.0, 120.0);
    let all = || curve.points.iter().chain(&curve.base_points);
    let most = all().map(|point| point.usd).max().unwrap_or(Usd::ZERO);
    let turns = all().map(|point| point.turns).max().unwrap_or(0);
    let x = |point: &CurvePoint| left + width * ratio(point.turns, turns);
    let y = |point: &CurvePoint| top + height * (1.0 - super::page::share(point.usd, most).max(0.0));
    page.raw("<svg viewBox=\"0 0 280 166\" role=\"img\"><title>").text(title).raw("</title>");
    page.raw("<path class=\"axis\" d=\"M8 22V142H272\"/>");
    page.raw("<text class=\"quiet\" x=\"8\" y=\"14\">").text(most.to_string()).raw("</text>");
    page.raw("<text class=\"quiet\" x=\"8\" y=\"160\">0 turns</text>");
    page.raw("<text class=\"quiet\" x=\"272\" y=\"160\" text-anchor=\"end\">")
        .text(format!("{turns} turns"))
        .raw("</text>");
    for (class, points) in [("base-line", &curve.base_points), ("head-line", &curve.points)] {
        if points.is_empty() {
            continue;
        }
        page.raw("<polyline class=\"").raw(class).raw("\" points=\"");
        for point in points {
            page.number(x(point)).raw(",").number(y(point)).raw(" ");
        }
        page.raw("\"/>");
    }
    page.raw("</svg>\n");
}

fn ratio(part: u64, whole: u64) -> f64 {
    let ratio = rust_decimal::Decimal::from(part).checked_div(whole.into());
    ratio.and_then(|ratio| ratio.to_f64()).unwrap_or(0.0)
}
