use super::*;
use crate::report::sample;
use proptest::prelude::*;
use quick_xml::events::Event;

/// The names of the elements of a page, which must be well-formed; an error says where it is not.
fn elements(page: &str) -> Result<Vec<String>, String> {
    // The only things HTML writes and XML does not.
    let mut page = page.replace("<!doctype html>", "").replace("<br>", "<br/>");
    let (start, end) =
        (page.find("<meta").expect("meta"), page.rfind("<title>Weighbridge").expect("a title"));
    page.replace_range(start..end, "");
    let mut reader = quick_xml::Reader::from_str(&page);
    let mut names = Vec::new();
    loop {
        match reader.read_event().map_err(|error| format!("{error} at {}", reader.error_position()))? {
            Event::Start(tag) | Event::Empty(tag) => {
                for attribute in tag.attributes() {
                    let name = attribute.map_err(|error| error.to_string())?.key;
                    let name = String::from_utf8_lossy(name.as_ref()).into_owned();
                    assert!(!name.starts_with("on") && name != "style" && name != "src", "{name}");
                }
                names.push(String::from_utf8_lossy(tag.name().as_ref()).into_owned());
            }
            Event::Eof => return Ok(names),
            _ => {}
        }
    }
}

const OURS: &[&str] = &[
    "html",
    "head",
    "title",
    "style",
    "body",
    "header",
    "main",
    "footer",
    "section",
    "h1",
    "h2",
    "h3",
    "p",
    "ul",
    "li",
    "div",
    "span",
    "b",
    "code",
    "strong",
    "a",
    "br",
    "table",
    "caption",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
    "figure",
    "figcaption",
    "details",
    "summary",
    "svg",
    "rect",
    "line",
    "path",
    "polyline",
    "pre",
    "text",
];

#[test]
fn the_sample_as_a_page() {
    let page = render(&sample::cost::costly());
    assert!(elements(&page).is_ok_and(|names| names.contains(&"polyline".to_owned())));
    insta::assert_snapshot!(page.split_once("</style>").expect("a style").1);
}

#[test]
fn every_report_makes_a_sound_page() {
    for report in [
        sample::report(),
        sample::without_base(),
        sample::empty(),
        sample::clean(),
        sample::cost::costly_without_base(),
        sample::flooded(500, "x"),
    ] {
        let page = render(&report);
        assert_eq!(elements(&page).err(), None);
        assert!(!page.contains("NaN") && !page.contains("<script"), "{page}");
    }
}

#[test]
fn what_has_no_price_is_no_zero() {
    let mut report = sample::cost::costly();
    let cost = report.cost.as_mut().expect("a cost");
    (cost.coverage.priced, cost.causes) = (0, vec![]);
    for agent in cost.workflows.iter_mut().flat_map(|workflow| &mut workflow.agents) {
        (agent.per_run, agent.by_kind) = (None, vec![]);
    }
    let page = render(&report);
    let tile = page.split_once("class=\"tile\"><b>").expect("a tile").1;
    assert!(tile.starts_with("unknown<"), "{tile}");
    assert!(page.contains("The cost is unknown: no price for"), "{page}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn hostile_text_is_only_text(text in crate::report::escape::tests::hostile_text(), count in 1_usize..4) {
        for text in [text.clone(), format!("<script>alert(1)</script>\" onload=\"x{text}"), text.repeat(500)] {
            let names = elements(&render(&sample::flooded(count, &text)));
            let names = names.map_err(TestCaseError::fail)?;
            prop_assert!(names.iter().all(|name| OURS.contains(&name.as_str())), "{:?}", names);
        }
    }
}
