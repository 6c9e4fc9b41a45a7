//! Sheets of answers, told as tables.

use super::super::super::out::Format;
use super::*;

fn entry(id: &str, kind: v1::FieldType, grids: &[(&str, &[&str])]) -> v1::FormEntry {
    let grid = |(id, codes): &(&str, &[&str])| v1::EntryGrid {
        dimensions: vec![v1::GridDimension {
            id: (*id).into(),
            label: (*id).into(),
            codes: codes
                .iter()
                .map(|code| v1::GridCode {
                    code: (*code).into(),
                    label: String::new(),
                })
                .collect(),
        }],
        demands: Vec::new(),
    };
    v1::FormEntry {
        id: id.into(),
        r#type: kind.into(),
        grids: grids.iter().map(grid).collect(),
        ..v1::FormEntry::default()
    }
}

fn form() -> v1::Form {
    let roles: &[(&str, &[&str])] = &[
        ("job_role", &["nurse", "care", "other"]),
        ("reason", &["unwell", "other"]),
    ];
    v1::Form {
        summary: Some(v1::FormSummary {
            template: "00ff".into(),
            ..v1::FormSummary::default()
        }),
        entries: vec![
            entry("e_beds", v1::FieldType::Count, &[]),
            entry("e_off", v1::FieldType::Count, roles),
            entry("e_ok", v1::FieldType::YesNo, &[]),
            entry("e_kinds", v1::FieldType::Choices, &[]),
        ],
        ..v1::Form::default()
    }
}

fn answers(text: &str) -> Result<(String, Vec<(usize, RawAnswer)>)> {
    read(&Source::of("a.csv", text), &form())
}

#[test]
fn values_are_read_as_their_questions_have_them() {
    let (template, rows) = answers(
        "entry,value,unit,on,reason,note,template\n\
         e_beds,40,,,,,00ff\n\
         e_off,8 | nurse=1; care=5; other=2 | unwell=7; other=1,,,,,00ff\n\
         e_ok,Yes,,,,,00ff\n\
         e_kinds,none of these,,,,,00ff\n\
         e_kinds,,,,not-clear,which kinds?,00ff\n\
         e_ok,,,,,,00ff\n",
    )
    .unwrap();
    assert_eq!(template, "00ff");
    let lines: Vec<usize> = rows.iter().map(|(line, _)| *line).collect();
    assert_eq!(lines, [2, 3, 4, 5, 6]);
    let rows: Vec<RawAnswer> = rows.into_iter().map(|(_, answer)| answer).collect();
    assert_eq!(rows[0].number.as_deref(), Some("40"));
    assert_eq!(rows[1].number.as_deref(), Some("8"));
    let dimensions: Vec<_> = rows[1]
        .grids
        .iter()
        .map(|g| g.dimensions.join("/"))
        .collect();
    assert_eq!(dimensions, ["job_role", "reason"]);
    assert_eq!(rows[1].grids[0].cells[1].value, "5");
    assert_eq!(rows[2].yes_no, Some(true));
    assert_eq!(rows[3].options.as_deref(), Some([].as_slice()));
    assert_eq!(rows[4].declined.as_deref(), Some("not-clear"));
}

#[test]
fn every_cell_that_cannot_be_read_is_named() {
    let failure = answers(
        "entry,value,reason,template\n\
         e_none,4,,a\n\
         e_off,nurse=1; cook=2,,a\n\
         e_ok,perhaps,,b\n",
    );
    assert_eq!(
        failure.unwrap_err().reasons,
        [
            "line 2, column entry: \"e_none\" is not on this form",
            "line 3, column value: has a box that the form does not; \
             expected nurse, care, other or unwell, other",
            "line 4, column template: is another than in the rows before",
            "line 4, column value: expected yes or no",
        ]
    );
}

#[test]
fn a_template_left_blank_sends_nothing() {
    let text = template(&form(), false).render(Format::Csv).unwrap();
    let (template, rows) = answers(&text).unwrap();
    assert_eq!((template.as_str(), rows.len()), ("00ff", 0));
    assert!(
        text.contains("nurse=; care=; other= | unwell=; other="),
        "{text}"
    );
}
