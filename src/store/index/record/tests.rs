//! Records read back as they were written.

use super::*;

#[test]
fn records_read_back_as_written() {
    let place = Place {
        sequence: 300,
        segment: 1,
        offset: 1 << 40,
        length: 9,
    };
    let mut ask = AskRecord { id: 7, ask: None };
    assert_eq!(AskRecord::decode(&ask.encode()).unwrap(), ask);
    ask.ask = Some(AskEntry {
        place,
        content: Digest::from_bytes([1; 32]),
        questions: vec![QuestionId::from_bytes([2; 20]); 3],
        homes: vec!["1-466088203".parse().unwrap()],
        areas: vec!["E08000014".parse().unwrap()],
        days: (jiff::civil::date(2026, 11, 1), jiff::civil::Date::MAX),
        expires_on: None,
        withdrawn: None,
        idempotency: None,
    });
    assert_eq!(AskRecord::decode(&ask.encode()).unwrap(), ask);
    let entry = ask.ask.as_mut().unwrap();
    entry.days = (jiff::civil::Date::MAX, jiff::civil::Date::MIN);
    entry.withdrawn = Some(place);
    entry.expires_on = Some(jiff::civil::date(2026, 11, 30));
    entry.idempotency = Some(Idempotency {
        request: Digest::from_bytes([3; 32]),
        content: Digest::from_bytes([4; 32]),
    });
    assert_eq!(AskRecord::decode(&ask.encode()).unwrap(), ask);
    let sheet = SheetRecord {
        places: vec![place, Place::default()],
        asks: vec![0, 500],
    };
    assert_eq!(SheetRecord::decode(&sheet.encode()).unwrap(), sheet);
    assert!(SheetRecord::decode(&sheet.encode()[1..]).is_err());
    assert_eq!(Place::decode(&place.encode()).unwrap(), place);
}

#[test]
fn keys_name_what_they_are_of() {
    let name: AskName = "organisations/sefton/asks/a.b-1".parse().unwrap();
    assert_eq!(key::ask_name(&key::ask(&name)).unwrap(), name);
    let home: HomeId = "1-466088203".parse().unwrap();
    let reference: Reference = "on/2026-11-08T00:00..2026-11-16T23:59".parse().unwrap();
    let sheet = key::sheet(&home, &reference);
    assert_eq!(key::sheet_name(&sheet).unwrap(), (home, reference));
}
