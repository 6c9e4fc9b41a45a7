//! A spreadsheet as a person fills it in: she finds the question, and types beside it.

use std::io::Cursor;

use calamine::{Data, Reader, Xlsx};
use reqwest::multipart::{Form, Part};
use reqwest::redirect::Policy;
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};

use super::super::client::{Browser, Page};
use super::super::site::Site;

/// What is typed in a cell.
#[derive(Clone, Copy)]
pub(super) enum Typed<'a> {
    Text(&'a str),
    Number(f64),
    /// A number that is shown as a percentage.
    Share(f64),
    /// A date, as year, month and day.
    Day(u16, u8, u8),
    Yes(bool),
}

/// A sheet of cells, from the first row on.
pub(super) struct Paper {
    rows: Vec<Vec<String>>,
}

impl Paper {
    /// Reads CSV as a spreadsheet program does.
    pub(super) fn of_csv(bytes: &[u8]) -> Self {
        let bytes = bytes
            .strip_prefix(b"\xef\xbb\xbf")
            .expect("it says that it is UTF-8");
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .from_reader(bytes);
        let rows = reader.records().map(|row| {
            let row = row.unwrap();
            row.iter().map(str::to_owned).collect()
        });
        Self::of(rows.collect())
    }

    /// Reads the sheet of answers of a workbook.
    pub(super) fn of_xlsx(bytes: &[u8]) -> Self {
        let mut book = Xlsx::new(Cursor::new(bytes)).unwrap();
        let range = book.worksheet_range("Answers").unwrap();
        let rows = range.rows().map(|row| {
            let text = |cell: &Data| cell.to_string();
            row.iter().map(text).collect()
        });
        Self::of(rows.collect())
    }

    fn of(rows: Vec<Vec<String>>) -> Self {
        Self { rows }
    }

    /// Its cells.
    pub(super) fn cell(&self, row: usize, column: usize) -> &str {
        &self.rows[row][column]
    }

    /// The place of a row in which a cell says something.
    pub(super) fn row(&self, says: &str) -> usize {
        let has = |row: &Vec<String>| row.iter().any(|cell| cell.contains(says));
        let found = self.rows.iter().position(has);
        found.unwrap_or_else(|| panic!("no row says {says}: {:?}", self.rows))
    }

    /// The place of a column in which a cell says just this.
    pub(super) fn column(&self, heading: &str) -> usize {
        let in_row = |row: &Vec<String>| row.iter().position(|cell| cell == heading);
        let found = self.rows.iter().find_map(in_row);
        found.unwrap_or_else(|| panic!("no column is called {heading}: {:?}", self.rows))
    }

    /// Types in a cell, by a word of its row and the heading of its column.
    pub(super) fn fill(&mut self, says: &str, heading: &str, text: &str) -> &mut Self {
        let (row, column) = (self.row(says), self.column(heading));
        self.set(row, column, text)
    }

    pub(super) fn set(&mut self, row: usize, column: usize, text: &str) -> &mut Self {
        text.clone_into(&mut self.rows[row][column]);
        self
    }

    /// Puts a row in once more.
    pub(super) fn repeat(&mut self, row: usize) {
        let again = self.rows[row].clone();
        self.rows.push(again);
    }

    /// Puts some rows of another below.
    pub(super) fn append(&mut self, other: &Self, is_wanted: impl Fn(&[String]) -> bool) {
        let rows = other.rows.iter().filter(|row| is_wanted(row));
        self.rows.extend(rows.cloned());
    }

    /// The same cells as CSV, as a spreadsheet program saves it: without the marks of texts.
    pub(super) fn csv(&self) -> Vec<u8> {
        let mut writer = csv::Writer::from_writer(b"\xef\xbb\xbf".to_vec());
        for row in &self.rows {
            writer.write_record(row).unwrap();
        }
        writer.into_inner().unwrap()
    }

    /// The same cells as a workbook, with those typed in their own way.
    pub(super) fn xlsx(&self, typed: &[(usize, usize, Typed<'_>)]) -> Vec<u8> {
        let mut book = Workbook::new();
        let sheet = book.add_worksheet().set_name("Answers").unwrap();
        let place = |at: usize| u32::try_from(at).unwrap();
        for (row, cells) in self.rows.iter().enumerate() {
            for (column, text) in cells
                .iter()
                .enumerate()
                .filter(|(_, text)| !text.is_empty())
            {
                let column = u16::try_from(column).unwrap();
                sheet.write_string(place(row), column, text).unwrap();
            }
        }
        for (row, column, typed) in typed {
            let (row, column) = (place(*row), u16::try_from(*column).unwrap());
            let as_date = Format::new().set_num_format("dd/mm/yyyy");
            let as_share = Format::new().set_num_format("0.0%");
            match typed {
                Typed::Text(text) => sheet.write_string(row, column, *text),
                Typed::Number(number) => sheet.write_number(row, column, *number),
                Typed::Share(share) => {
                    sheet.write_number_with_format(row, column, *share, &as_share)
                }
                Typed::Day(year, month, day) => {
                    let date = ExcelDateTime::from_ymd(*year, *month, *day).unwrap();
                    sheet.write_datetime_with_format(row, column, &date, &as_date)
                }
                Typed::Yes(yes) => sheet.write_boolean(row, column, *yes),
            }
            .unwrap();
        }
        book.save_to_buffer().unwrap()
    }
}

/// Loads a file down.
pub(super) async fn download(site: &Site, browser: &Browser, path: &str) -> Vec<u8> {
    let (status, bytes) = fetch(site, browser, path).await;
    assert_eq!(status, 200, "{path}");
    bytes
}

/// Loads a file down, whatever comes.
pub(super) async fn fetch(site: &Site, browser: &Browser, path: &str) -> (u16, Vec<u8>) {
    let request = http().get(format!("{}{path}", site.url));
    let response = request.header("cookie", cookies(browser)).send().await;
    let response = response.unwrap();
    let status = response.status().as_u16();
    (status, response.bytes().await.unwrap().to_vec())
}

/// Uploads a file from the page that the browser shows; where it is led to, it goes.
pub(super) async fn upload<'a>(
    site: &Site,
    browser: &'a mut Browser,
    path: &str,
    fields: &[(&str, &str)],
    file: (&str, Vec<u8>),
) -> &'a Page {
    let token = browser.page.value_of("csrf").unwrap_or_default();
    let mut form = Form::new().text("csrf", token);
    for (name, value) in fields {
        form = form.text((*name).to_owned(), (*value).to_owned());
    }
    form = form.part("file", Part::bytes(file.1).file_name(file.0.to_owned()));
    let request = http().post(format!("{}{path}", site.url));
    let request = request.header("cookie", cookies(browser)).multipart(form);
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    let to = response.headers().get("location");
    if let Some(to) = to.map(|to| to.to_str().unwrap().to_owned()) {
        assert_eq!(status, 303, "{path}");
        return browser.get(&to).await;
    }
    browser.page = Page {
        status,
        path: path.to_owned(),
        headers: response.headers().clone(),
        html: response.text().await.unwrap(),
    };
    &browser.page
}

fn http() -> reqwest::Client {
    let client = reqwest::Client::builder().redirect(Policy::none());
    client.build().unwrap()
}

fn cookies(browser: &Browser) -> String {
    let cookies = browser.cookies.iter();
    let cookies = cookies.map(|(name, value)| format!("{name}={value}"));
    cookies.collect::<Vec<_>>().join("; ")
}
