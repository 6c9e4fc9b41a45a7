//! From an uploaded file to rows of cells: what it is, is told by its content.

use std::sync::{Arc, LazyLock};

use tokio::sync::Semaphore;

use crate::tabular::text::{bare, text_of};
use crate::tabular::workbook::{Book, Kind, kind_of};
use crate::tabular::{Cell, Grid, GridRow, Refused, csv};

use super::super::PortalError;
use super::super::words::offline as words;

/// Most files that are read or written at once: each may come to what fills a good part of a small
/// machine's memory. The others wait, as long as a request may take.
const FILES_MAX: usize = 2;

/// A seat for each of them.
static SEATS: LazyLock<Arc<Semaphore>> = LazyLock::new(|| Arc::new(Semaphore::new(FILES_MAX)));

/// Does what takes long with a file, beside all else and only so often at once.
///
/// # Errors
/// If it breaks.
pub(super) async fn apart<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, PortalError> {
    seated(&SEATS, work).await
}

/// The seat is kept for as long as the work goes on, though nobody may wait for it any more: work
/// that has begun does not end with the request.
async fn seated<T: Send + 'static>(
    seats: &Arc<Semaphore>,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, PortalError> {
    let seat = Arc::clone(seats).acquire_owned().await;
    let seat = seat.map_err(|error| PortalError::Broken(error.to_string()))?;
    let done = tokio::task::spawn_blocking(move || {
        let done = work();
        drop(seat);
        done
    });
    let done = done.await;
    done.map_err(|error| PortalError::Broken(error.to_string()))
}

/// Reads the sheet of a name out of a workbook, or CSV.
///
/// # Errors
/// Within, what is wrong with the file, in words for whoever uploaded it.
pub(super) async fn read(
    file: Option<Vec<u8>>,
    sheet: &'static str,
) -> Result<Result<Grid, Vec<String>>, PortalError> {
    let Some(bytes) = file else {
        return Ok(Err(vec![words::TOO_LARGE.to_owned()]));
    };
    if bytes.is_empty() {
        return Ok(Err(vec![words::CHOOSE_FILE.to_owned()]));
    }
    apart(move || grid(bytes, sheet)).await
}

fn grid(bytes: Vec<u8>, sheet: &str) -> Result<Grid, Vec<String>> {
    // Its name says nothing that counts.
    let (kind, _) = kind_of(words::FILE, &bytes).map_err(told)?;
    match kind {
        Kind::Workbook => of_workbook(bytes, sheet),
        Kind::Csv => of_csv(bytes).map_err(told),
        Kind::Json => Err(vec![words::NOT_OURS.to_owned()]),
    }
}

fn of_workbook(bytes: Vec<u8>, sheet: &str) -> Result<Grid, Vec<String>> {
    let mut book = Book::open(words::FILE, bytes).map_err(told)?;
    if book.has_macros() {
        return Err(vec![words::MACROS.to_owned()]);
    }
    if !book.sheets().iter().any(|name| name == sheet) {
        return Err(vec![words::no_sheet(sheet)]);
    }
    book.grid(sheet).map_err(told)
}

/// The rows of CSV, numbered as a spreadsheet shows them: a cell of several lines is one row.
fn of_csv(bytes: Vec<u8>) -> Result<Grid, Refused> {
    let text = text_of(words::FILE, bytes)?;
    let mut rows = Vec::new();
    let mut breaks = 0;
    for (line, cells) in csv::lines(words::FILE, &text)? {
        let number = line - breaks;
        breaks += cells
            .iter()
            .map(|cell| cell.matches('\n').count())
            .sum::<usize>();
        let cells: Vec<Cell> = cells.iter().map(|cell| Cell::of_text(bare(cell))).collect();
        if !cells.iter().all(Cell::is_blank) {
            rows.push(GridRow { number, cells });
        }
    }
    Ok(Grid {
        file: words::FILE.to_owned(),
        sheet: None,
        rows,
        merged: Vec::new(),
    })
}

fn told(refused: Refused) -> Vec<String> {
    std::iter::once(refused.headline)
        .chain(refused.reasons)
        .collect()
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::Duration;

    use tokio::sync::oneshot;
    use tokio::time::timeout;

    use super::*;

    /// Longest that a test waits for what must come.
    const PATIENCE: Duration = Duration::from_secs(10);

    #[tokio::test]
    async fn work_keeps_its_seat_when_nobody_waits_for_it_any_more() {
        let seats = Arc::new(Semaphore::new(1));
        let (begun, has_begun) = oneshot::channel();
        let (go_on, may_go_on) = mpsc::channel::<()>();
        let work = move || {
            begun.send(()).expect("the test waits for it");
            may_go_on.recv_timeout(PATIENCE)
        };
        let own = Arc::clone(&seats);
        let request = tokio::spawn(async move { drop(seated(&own, work).await) });
        timeout(PATIENCE, has_begun).await.unwrap().unwrap();
        request.abort();
        assert!(request.await.unwrap_err().is_cancelled());
        assert_eq!(seats.available_permits(), 0, "the work goes on");
        go_on.send(()).unwrap();
        let next = timeout(PATIENCE, seated(&seats, || "next")).await;
        assert_eq!(next.unwrap().unwrap(), "next");
    }

    #[tokio::test]
    async fn work_that_breaks_gives_its_seat_back() {
        let seats = Arc::new(Semaphore::new(1));
        let broken = seated(&seats, || assert_eq!(1, 2, "broken")).await;
        assert!(matches!(broken, Err(PortalError::Broken(_))));
        assert_eq!(seated(&seats, || 1).await.unwrap(), 1);
    }

    #[test]
    fn rows_of_csv_are_numbered_as_a_spreadsheet_shows_them() {
        let grid = grid(b"a,b\r\n\"x\r\ny\",1\r\n\r\n'=z,2\r\n".to_vec(), "x").unwrap();
        let numbers: Vec<usize> = grid.rows.iter().map(|row| row.number).collect();
        assert_eq!(numbers, [1, 2, 4]);
        assert_eq!(grid.rows[1].cell(0).text(), "x\ny");
        assert_eq!(grid.rows[2].cell(0).text(), "=z");
    }

    #[test]
    fn a_file_that_is_none_of_ours_is_called_by_what_it_is() {
        for (bytes, expected) in [
            (&b"%PDF-1.7"[..], "PDF"),
            (b"{\"a\": 1}", "not one that was downloaded here"),
            (b"PK\x03\x04 and no more", "damaged"),
            (b"a,b\n\xff\xff", "UTF-8"),
            (b"a,\"b\n", "line 1, column 3"),
        ] {
            let told = grid(bytes.to_vec(), "x").unwrap_err().join(" ");
            assert!(told.contains(expected), "{told}");
        }
    }
}
