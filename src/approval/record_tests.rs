use super::decide_tests::{at, comment, person, signed};
use super::record::{Broken, FIRST};
use super::*;

/// Records of decisions, chained.
fn chain(count: usize) -> Vec<Record> {
    let mut records: Vec<Record> = Vec::new();
    for number in 0..count {
        let mut world = signed();
        world.facts.now = at(60 + i64::try_from(number).unwrap());
        let previous = records.last().map(|record| record.hash.clone());
        records.push(Record::new(
            &world.decide(),
            &world.facts,
            Some(format!("#{number}")),
            previous.as_deref(),
        ));
    }
    records
}

fn text(records: &[Record]) -> String {
    records.iter().map(Record::line).collect()
}

fn breaks(text: &str) -> Vec<(usize, Broken)> {
    verify(text).expect_err("broken").into_iter().map(|found| (found.line, found.what)).collect()
}

#[test]
fn a_chain_as_it_was_written_holds() {
    let records = chain(4);
    assert_eq!(verify(&text(&records)), Ok(4));
    assert_eq!(verify(""), Ok(0));
    assert_eq!(verify_up_to("", FIRST), Ok(0));
    assert_eq!(verify_up_to(&text(&records), &records[3].hash), Ok(4));
    assert_eq!(records[0].amount.to_string(), "$2,100");
    assert_eq!(records[0].candidates[0].login.as_deref(), Some("ana"));
    assert_eq!(records[0].asks[0].signed_by, ["ana"]);
    let line = records[0].line();
    assert!(line.starts_with(r#"{"amount":"2100","#) && line.ends_with("\"}\n"), "{line}");
}

#[test]
fn what_was_done_to_a_file_shows_with_its_line() {
    let records = chain(4);
    let [a, b, c, d] = [0, 1, 2, 3].map(|index| records[index].line());
    let changed = b.replace("\"ana\"", "\"eve\"");
    assert_eq!(breaks(&format!("{a}{changed}{c}{d}")), [(2, Broken::Changed)]);
    assert_eq!(breaks(&format!("{a}{c}{d}")), [(2, Broken::Missing)]);
    assert_eq!(breaks(&format!("{b}{c}{d}")), [(1, Broken::NoBeginning)]);
    let moved = breaks(&format!("{a}{c}{b}{d}"));
    assert_eq!(moved, [(2, Broken::Reordered), (3, Broken::Reordered), (4, Broken::Reordered)]);
    assert_eq!(breaks(&format!("{a}{b}not json\n{c}{d}")), [(3, Broken::NotJson), (4, Broken::Reordered)]);
    assert_eq!(breaks(&format!("{a}{b}{}", c.get(..c.len() / 2).unwrap())), [(3, Broken::Truncated)]);
    assert_eq!(breaks(&format!("{a}{b}{b}{c}")), [(3, Broken::Twice)]);
    assert_eq!(breaks(&format!("{a}{}", b.replace("{\"amount", "{ \"amount"))), [(2, Broken::Changed)]);
    let twice = b.replacen("\"amount\":", "\"amount\":\"1\",\"amount\":", 1);
    assert_eq!(breaks(&format!("{a}{twice}{c}")), [(2, Broken::Changed)]);
    assert_eq!(breaks("{}\n[]\n\n").len(), 4);
    // A record written anew with a digest of its own no longer fits the line behind it.
    let mut forged = records[1].clone();
    forged.outcome = Outcome::Blocked;
    let world = signed();
    let forged_line =
        Record::new(&world.decide(), &world.facts, forged.change, Some(&records[0].hash)).line();
    assert_eq!(breaks(&format!("{a}{forged_line}{c}{d}")), [(3, Broken::Missing)]);
}

#[test]
fn every_field_is_under_the_digest() {
    let line = chain(1)[0].line();
    let fields: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&line).unwrap();
    assert_eq!(fields.len(), 18);
    for key in fields.keys() {
        let mut changed = fields.clone();
        changed.insert(key.clone(), serde_json::json!("other"));
        assert!(verify(&serde_json::Value::Object(changed).to_string()).is_err(), "{key}");
        let mut without = fields.clone();
        without.shift_remove(key);
        assert!(verify(&serde_json::Value::Object(without).to_string()).is_err(), "{key}");
    }
}

#[test]
fn an_end_that_is_cut_off_shows_only_with_the_last_digest() {
    let records = chain(3);
    let cut = text(&records[..2]);
    assert_eq!(verify(&cut), Ok(2), "honestly: the lines alone do not say it");
    let found = verify_up_to(&cut, &records[2].hash).expect_err("cut");
    assert_eq!(found, [Break { line: 2, what: Broken::End }]);
    assert!(found[0].to_string().starts_with("line 2: the file does not end"));
    assert!(verify_up_to("", &records[2].hash).is_err());
}

#[test]
fn a_flood_of_refused_statements_does_not_flood_the_record() {
    let mut world = signed();
    for id in 2..2_002 {
        world.facts.statements.push(comment(
            id,
            person(id, "eve"),
            20,
            "/weighbridge approve $1 4f1c9a2b77de",
        ));
    }
    let record = Record::new(&world.decide(), &world.facts, None, None);
    assert_eq!((record.candidates.len(), record.candidates_left_out), (201, 1_800));
    assert!(record.candidates.iter().any(|candidate| candidate.accepted));
    assert_eq!(verify(&record.line()), Ok(1));
}
