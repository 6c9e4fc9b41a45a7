//! Sheets of decisions, told as tables.

use std::sync::Arc;

use crate::domain::ask::RawAsk;

use super::*;

/// An ask of `organisation` whose fields are given as JSON.
fn ask(organisation: &str, id: &str, fields: &serde_json::Value) -> SharedAsk {
    let raw: RawAsk = serde_json::from_value(serde_json::json!({
        "organisation": organisation, "ask": id, "purpose": "p", "legal_basis": "l",
        "cadence": "daily", "targets": {"homes": ["1-100000001"]}, "fields": fields,
    }))
    .unwrap();
    Arc::new(Ask::parse(raw, None, jiff::civil::date(2026, 11, 1)).unwrap())
}

fn sample() -> Vec<SharedAsk> {
    let level = |name: &str, label: &str, options: &[(&str, &str)]| {
        let option =
            |(code, label): &(&str, &str)| serde_json::json!({"code": code, "label": label});
        let options: Vec<_> = options.iter().map(option).collect();
        serde_json::json!({"name": name, "label": label, "type": "choice", "timing": "as-at",
                           "options": options})
    };
    vec![
        ask(
            "council",
            "daily",
            &serde_json::json!([
                {"name": "B1", "label": "Beds in use", "type": "count", "timing": "as-at"},
                level("G", "Gloves", &[("R", "Red"), ("A", "Amber"), ("G", "Green")]),
            ]),
        ),
        ask(
            "icb",
            "sitrep",
            &serde_json::json!([
                {"name": "occ", "label": "Occupied beds", "type": "count", "timing": "as-at"},
                {"name": "pct", "label": "Occupancy", "type": "percentage", "timing": "as-at"},
                level("gl", "Stock of gloves", &[("1", "Critical"), ("2", "Low"), ("3", "Plenty")]),
            ]),
        ),
        ask(
            "tracker",
            "daily",
            &serde_json::json!([level("glv", "Glove stock", &[("0", "None"), ("9", "Lots")]),]),
        ),
    ]
}

fn decide(text: &str) -> Result<Vec<Pair>> {
    let sheet = read(&Source::of("decisions.csv", text)).unwrap();
    let starter = crate::domain::dictionary::Dictionary::starter();
    let known = |element: &Arc<crate::domain::dictionary::Element>| {
        let known = Known {
            question: element.question,
            field: element.field.clone(),
        };
        (element.id.to_string(), known)
    };
    resolve(&sheet, &sample(), &starter.elements().map(known).collect())
}

#[test]
fn fields_of_an_element_are_linked_to_it_and_others_to_the_first_of_them() {
    let pairs = decide(
        "ask_id,local_name,item,options\n\
         organisations/council/asks/daily,B1,beds.occupied,\n\
         sitrep,occ,beds.occupied,\n\
         organisations/council/asks/daily,G,gloves,R=red; A=amber; G=green\n\
         sitrep,gl,gloves,1=red; 2=amber; 3=fine\n\
         organisations/tracker/asks/daily,glv,gloves,0=red; 9=fine\n",
    )
    .unwrap();
    let shown: Vec<_> = pairs
        .iter()
        .map(|pair| {
            let name = |side: &Side| match side {
                Side::Field(ask, field) => format!("{} {field}", ask.organisation),
                Side::Element(id) => id.clone(),
            };
            let options: Vec<_> = pair
                .options
                .iter()
                .map(|(a, b)| format!("{a}={b}"))
                .collect();
            format!(
                "{}: {} {} {}",
                pair.line,
                name(&pair.a.0),
                name(&pair.b.0),
                options.join(",")
            )
        })
        .collect();
    assert_eq!(
        shown,
        [
            "2: beds.occupied council B1 ",
            "3: beds.occupied icb occ ",
            "5: council G icb gl Red=Critical,Amber=Low",
            "6: council G tracker glv Red=None",
            "6: icb gl tracker glv Plenty=Lots",
        ]
    );
}

#[test]
fn every_fault_is_named_by_line_and_column_and_nothing_is_decided() {
    let failure = decide(
        "ask_id,local_name,item,options\n\
         daily,B1,beds.occupied,\n\
         nobody,B1,beds.occupied,\n\
         sitrep,zzz,beds.occupied,\n\
         sitrep,pct,beds.occupied,\n\
         sitrep,occ,,\n\
         sitrep,gl,ppe.gloves,1=red; 7=amber\n\
         organisations/council/asks/daily,G,ppe.gloves,R=purple\n\
         organisations/council/asks/daily,G,ppe.gloves,\n\
         organisations/tracker/asks/daily,glv,x,0\n",
    )
    .unwrap_err();
    assert_eq!(
        failure.reasons,
        [
            "line 2, column ask_id: \"daily\" is the id of several asks: \
             organisations/council/asks/daily, organisations/tracker/asks/daily",
            "line 3, column ask_id: \"nobody\" is not an ask here",
            "line 4, column local_name: \"zzz\" is not a field of organisations/icb/asks/sitrep",
            "line 5, column item: the field is a percentage, the element beds.occupied a count",
            "line 6, column item: is empty; say what the field stands for",
            "line 7, column options: \"7\" is not an option of the field; it has 1, 2, 3",
            "line 8, column options: \"purple\" is not an option of ppe.gloves; \
             expected red, amber, green, blue",
            "line 9, column local_name: \"G\" is decided in line 8 already",
            "line 10, column options: \"0\" is no pair; expected R=red; A=amber",
        ]
    );
}
