use super::*;
use crate::report::environments::ParityRow;
use crate::report::sample;
use proptest::prelude::*;

#[test]
fn comment_on_github() {
    insta::assert_snapshot!(comment(&sample::report(), Limit::GITHUB_COMMENT).expect("fits"));
}

#[test]
fn comment_without_base() {
    insta::assert_snapshot!(comment(&sample::without_base(), Limit::GITLAB_NOTE).expect("fits"));
}

#[test]
fn comment_with_cost() {
    insta::assert_snapshot!(comment(&sample::cost::costly(), Limit::GITHUB_COMMENT).expect("fits"));
}

#[test]
fn comment_with_cost_without_base() {
    let text = comment(&sample::cost::costly_without_base(), Limit::GITLAB_NOTE).expect("fits");
    insta::assert_snapshot!(text);
}

#[test]
fn comment_when_clean() {
    insta::assert_snapshot!(comment(&sample::clean(), Limit::GITHUB_COMMENT).expect("fits"));
}

#[test]
fn comment_when_empty() {
    insta::assert_snapshot!(comment(&sample::empty(), Limit::GITHUB_COMMENT).expect("fits"));
}

#[test]
fn check_run() {
    let report = sample::report();
    assert_eq!(check_title(&report), "blocked: 2 new errors; 1 case failed");
    insta::assert_snapshot!("check_summary", check_summary(&report, Limit::CHECK_OUTPUT).expect("fits"));
    insta::assert_snapshot!("check_text", check_text(&report, Limit::CHECK_OUTPUT).expect("fits"));
}

#[test]
fn a_flood_is_shortened_and_says_so() {
    let report =
        sample::flooded(500, "äöü | `x` <!-- weighbridge --> @acme/everyone #1 ".repeat(20).as_str());
    for (limit, text) in [
        (Limit::GITHUB_COMMENT, comment(&report, Limit::GITHUB_COMMENT)),
        (Limit::CHECK_OUTPUT, check_summary(&report, Limit::CHECK_OUTPUT)),
        (Limit::CHECK_OUTPUT, check_text(&report, Limit::CHECK_OUTPUT)),
        (Limit::STEP_SUMMARY, summary(&report, Limit::STEP_SUMMARY)),
    ] {
        let text = text.expect("fits");
        assert!(limit.allows(&text));
        assert!(text.contains("shortened to fit"), "{text}");
        assert!(text.contains("[the run](https://github.com/acme/agents/actions/runs/99)"));
        assert!(!text.contains("<!--"));
    }
    let text = comment(&report, Limit::GITHUB_COMMENT).expect("fits");
    assert!(text.starts_with("### Weighbridge: blocked: 1,000 new errors"), "{text}");
    assert!(text.contains(" more errors"), "{text}");
}

#[test]
fn of_many_settings_those_that_must_not_differ_are_shown() {
    use crate::report::environments::Standing;
    let mut report = sample::report();
    let table = &mut report.environments.as_mut().unwrap().tables[0];
    let mut odd = table.rows.pop().unwrap();
    odd.name = "strict".to_owned();
    let usual = table.rows[0].clone();
    table.rows = (0..200).map(|at| ParityRow { name: format!("agent-{at}"), ..usual.clone() }).collect();
    table.rows[7].standing = Standing::Same;
    table.rows[7].changed = false;
    table.rows.push(odd);
    let text = comment(&report, Limit::GITLAB_NOTE).unwrap();
    assert!(text.contains("| other | `strict` |"), "{text}");
    assert!(
        text.contains("| `agent-28` |")
            && !text.contains("| `agent-30` |")
            && !text.contains("| `agent-7` |"),
        "{text}"
    );
    assert!(text.contains("\n170 more settings not shown here.\n"), "{text}");
    let whole = summary(&report, Limit::STEP_SUMMARY).unwrap();
    let said = "Left out here to fit: the table of environments (3 environments: 200 settings differ, 1 of them must \
                not; 199 changed here).";
    let shortened = (1..40).rev().map(|part| whole.len() * part / 40);
    let texts = shortened.filter_map(|bytes| summary(&report, Limit { chars: bytes, bytes }).ok());
    assert!(texts.into_iter().any(|text| text.contains(said)));
}

#[test]
fn too_small_a_place_is_an_error() {
    let error = comment(&sample::report(), Limit { chars: 20, bytes: 20 }).expect_err("too small");
    assert!(matches!(error, ReportError::TooLong { limit: 20, .. }));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn hostile_text_neither_breaks_limits_nor_forges(
        text in crate::report::escape::tests::hostile_text(),
        count in 0_usize..40,
        bytes in 400_usize..70_000,
    ) {
        let report = sample::flooded(count, &text);
        let limit = Limit { chars: bytes, bytes };
        for render in [comment, summary, check_summary, check_text] {
            match render(&report, limit) {
                Ok(text) => {
                    prop_assert!(limit.allows(&text));
                    prop_assert!(!text.contains("<!"));
                    prop_assert!(!text.contains('\r'));
                }
                Err(error) => prop_assert!(matches!(error, ReportError::TooLong { .. }), "{}", error),
            }
        }
        prop_assert!(check_title(&report).chars().count() <= 140);
    }
}
