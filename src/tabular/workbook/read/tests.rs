//! Cells as spreadsheet programs write them, and what is refused of them.

use std::io::{Read, Write};

use rust_xlsxwriter::{Format, Formula, Workbook, Worksheet};

use super::*;

fn packed(fill: impl FnOnce(&mut Worksheet)) -> Vec<u8> {
    let mut book = Workbook::new();
    fill(book.add_worksheet().set_name("fields").unwrap());
    book.save_to_buffer().unwrap()
}

fn grid(fill: impl FnOnce(&mut Worksheet)) -> Result<Grid> {
    Book::open("x.xlsx", packed(fill)).unwrap().grid("fields")
}

#[test]
fn cells_read_as_people_mean_them() {
    let date = |y, m, d| Date::new(y, m, d).unwrap();
    let as_date = Format::new().set_num_format("d mmm yyyy");
    let grid = grid(|sheet| {
        sheet.write(0, 0, 1.0).unwrap();
        sheet.write(0, 1, 0.1 + 0.2).unwrap();
        sheet.write(0, 2, -5).unwrap();
        sheet.write(0, 3, " a text ").unwrap();
        sheet.write(0, 4, true).unwrap();
        let day = date(2026, 11, 21);
        sheet
            .write_datetime_with_format(0, 5, day, &as_date)
            .unwrap();
        let moment = day.at(17, 30, 0, 0);
        sheet
            .write_datetime_with_format(0, 6, moment, &as_date)
            .unwrap();
        let time = Format::new().set_num_format("hh:mm");
        sheet.write_with_format(0, 7, 0.5, &time).unwrap();
        let percent = Format::new().set_num_format("0%");
        sheet.write_with_format(0, 8, 0.5, &percent).unwrap();
        let formula = Formula::new("=A1+1").set_result("2");
        sheet.write_formula(0, 9, formula).unwrap();
        sheet.write_string(0, 10, "=1+1").unwrap();
        sheet.write(0, 11, 1e21).unwrap();
        // Written and then blanked: formatted, but nothing in it.
        sheet.write_blank(5_000, 40, &as_date).unwrap();
    });
    let rows = grid.unwrap().rows;
    assert_eq!(rows.len(), 1, "what is blank is no row");
    let expected = [
        Cell::Number("1".into()),
        Cell::Number("0.3".into()),
        Cell::Number("-5".into()),
        Cell::Text("a text".into()),
        Cell::YesNo(true),
        Cell::Date("2026-11-21".into()),
        Cell::Date("2026-11-21T17:30".into()),
        Cell::Text("12:00".into()),
        Cell::Text("50%".into()),
        Cell::Number("2".into()),
        Cell::Text("=1+1".into()),
        Cell::Number("1000000000000000000000".into()),
    ];
    assert_eq!(rows[0].cells, expected);
}

/// A workbook with a text in its parts replaced, as other programs would have written it.
fn patched(packed: &[u8], from: &str, to: &str) -> Vec<u8> {
    let mut package = zip::ZipArchive::new(Cursor::new(packed)).unwrap();
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let mut is_found = false;
    for place in 0..package.len() {
        let mut part = package.by_index(place).unwrap();
        let name = part.name().unwrap().to_string();
        let mut text = String::new();
        part.read_to_string(&mut text).unwrap();
        is_found |= text.contains(from);
        let options = zip::write::SimpleFileOptions::default();
        writer.start_file(name, options).unwrap();
        writer.write_all(text.replace(from, to).as_bytes()).unwrap();
    }
    assert!(is_found, "{from} is not there to be replaced");
    writer.finish().unwrap().into_inner()
}

#[test]
fn a_formula_without_a_saved_value_is_told_from_one_that_gives_nothing() {
    let packed = packed(|sheet| {
        sheet.write_formula(0, 0, Formula::new("=A9")).unwrap();
        let nothing = Formula::new("=IF(A9,1,\"\")").set_result(" ");
        sheet.write_formula(0, 1, nothing).unwrap();
        sheet.write(0, 2, "x").unwrap();
    });
    let unsaved = patched(&packed, "<f>A9</f><v>0</v>", "<f>A9</f><v></v>");
    let unsaved = patched(&unsaved, "<v> </v>", "<v></v>");
    let grid = Book::open("x", unsaved).unwrap().grid("fields").unwrap();
    let what = "a formula whose value was not saved with it";
    assert_eq!(grid.rows[0].cell(0), &Cell::Bad(what.into()));
    assert!(grid.rows[0].cell(1).is_blank(), "{:?}", grid.rows[0]);
}

#[test]
fn what_nobody_can_have_meant_is_kept_as_such() {
    let grid = grid(|sheet| {
        let failed = Formula::new("=1/0").set_result("#DIV/0!");
        sheet.write_formula(0, 0, failed).unwrap();
        let date = Format::new().set_num_format("yyyy-mm-dd");
        sheet.write_with_format(0, 2, 60, &date).unwrap();
        sheet.merge_range(2, 0, 3, 1, "x", &Format::new()).unwrap();
    });
    let grid = grid.unwrap();
    let bad = |column: usize| match grid.rows[0].cell(column) {
        Cell::Bad(what) => what.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(bad(0), "the error #DIV/0!");
    assert_eq!(bad(2), "a date that never was");
    assert_eq!(grid.merged.len(), 1);
    assert_eq!(grid.merged[0].range, "A3:B4");
    assert_eq!(grid.merged[0].rows, (3, 4));
}

#[test]
fn a_sheet_that_holds_more_than_it_may_is_refused() {
    let far = |row: u32, column: u16| grid(|sheet| drop(sheet.write(row, column, 1)));
    let (rows, columns) = (
        u32::try_from(ROWS_MAX).unwrap(),
        u16::try_from(COLUMNS_MAX).unwrap(),
    );
    assert!(far(rows - 1, columns - 1).is_ok());
    for (row, column) in [(rows, 0), (0, columns), (1_048_575, 16_383)] {
        let refused = far(row, column).unwrap_err();
        let expected = "down to row 25000 and column ALL";
        assert!(refused.headline.contains(expected), "{refused}");
    }
    let mut book = Workbook::new();
    for _ in 0..=SHEETS_MAX {
        book.add_worksheet();
    }
    let packed = book.save_to_buffer().unwrap();
    let refused = Book::open("x.xlsx", packed).err().unwrap();
    assert_eq!(refused.headline, "x.xlsx has more than 100 sheets");
}

#[test]
fn a_text_that_many_cells_share_is_counted_for_each_of_them() {
    // As long as a cell may be: the characters are counted, however many bytes they take.
    let longest = "é".repeat(CELL_CHARS_MAX);
    let sharing = |cells: u32| packed(|sheet| share(sheet, cells, &longest));
    let many = u32::try_from(TEXT_BYTES_MAX / longest.len()).unwrap();
    let read = |packed| Book::open("x.xlsx", packed).unwrap().grid("fields");
    let within = read(sharing(many)).unwrap();
    assert_eq!(within.rows.len(), many as usize);
    assert_eq!(within.rows[0].cell(0).text(), longest);
    let over = sharing(many + 1);
    assert!(over.len() < 100_000, "it is small as it comes");
    let refused = read(over).unwrap_err();
    let expected = "of 32 MB of text in all";
    assert!(refused.headline.contains(expected), "{refused}");
}

fn share(sheet: &mut Worksheet, cells: u32, text: &str) {
    for row in 0..cells {
        sheet.write(row, 0, text).unwrap();
    }
}

#[test]
fn a_cell_with_more_text_than_spreadsheets_keep_is_refused_at_its_place() {
    // No spreadsheet program writes it: one long text, and thousands of cells that are it.
    let packed = packed(|sheet| share(sheet, 10_000, "a text of ten megabytes"));
    let long = "x".repeat(10 << 20);
    for (text, expected) in [
        (long.as_str(), "fields!A1 holds a text of more than 32767"),
        (&"é".repeat(CELL_CHARS_MAX + 1), "fields!A1 holds a text"),
        (
            &format!("x{}x", " ".repeat(CELL_CHARS_MAX)),
            "fields!A1 holds a text",
        ),
    ] {
        let patched = patched(&packed, "a text of ten megabytes", text);
        let refused = Book::open("x.xlsx", patched).unwrap().grid("fields");
        let refused = refused.unwrap_err().headline;
        assert!(refused.contains(expected), "{refused}");
    }
}

#[test]
fn blank_cells_are_counted_where_something_stands_behind_them() {
    let column = u16::try_from(COLUMNS_MAX - 1).unwrap();
    let rows = u32::try_from(PLACES_MAX / COLUMNS_MAX).unwrap();
    let wide = |rows: u32| {
        grid(|sheet| {
            for row in 0..rows {
                sheet.write(row, column, 1).unwrap();
            }
        })
    };
    assert_eq!(wide(rows).unwrap().rows.len(), rows as usize);
    let refused = wide(rows + 1).unwrap_err();
    let expected = "2000000 with the blank ones";
    assert!(refused.headline.contains(expected), "{refused}");
}
