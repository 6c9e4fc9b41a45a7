//! Reading a list that comes in pages: to its end, within a bound, and with a word on how far it is.
//!
//! Every command that lists goes through here, so that none stops after the first page, none runs
//! on for ever, and all tell a person the same of a list that takes long.

use tonic::Status;

use super::failure::{Exit, Failure, Result};
use super::out;

/// Rows on a page: the most that a broker gives.
pub(crate) const PAGE_SIZE: i32 = 1_000;

/// Most rows of one list: more than a year of a long monthly ask of every home of a region, and
/// still within the memory of an office computer. A page counts as one row at least, so that pages
/// without rows come to an end as well.
const ROWS_MAX: usize = 2_000_000;

/// Every row of a list that comes in pages; `page` takes a page token and gives rows and the next.
///
/// # Errors
/// As the broker refuses; a list of more than `ROWS_MAX` rows, or whose pages lead in a circle.
pub(crate) async fn all_pages<T, F>(page: F) -> Result<Vec<T>>
where
    F: AsyncFnMut(String) -> std::result::Result<(Vec<T>, String), Status>,
{
    up_to(ROWS_MAX, usize::MAX, page).await
}

/// As [`all_pages`], no more than so many rows from the beginning.
///
/// # Errors
/// As [`all_pages`].
pub(crate) async fn first_rows<T, F>(wanted: usize, page: F) -> Result<Vec<T>>
where
    F: AsyncFnMut(String) -> std::result::Result<(Vec<T>, String), Status>,
{
    up_to(ROWS_MAX, wanted, page).await
}

async fn up_to<T, F>(rows_max: usize, wanted: usize, mut page: F) -> Result<Vec<T>>
where
    F: AsyncFnMut(String) -> std::result::Result<(Vec<T>, String), Status>,
{
    let mut rows = Vec::new();
    let mut token = String::new();
    let mut seen = 0;
    let mut counter = None;
    loop {
        let (more, next) = page(token.clone()).await?;
        seen += more.len().max(1);
        if seen > rows_max {
            let message = format!("the list has more than {rows_max} rows; ask for less of it");
            return Err(Failure::refused(message));
        }
        rows.extend(more);
        if next.is_empty() || rows.len() >= wanted {
            rows.truncate(wanted);
            return Ok(rows);
        }
        if next == token {
            let message = "the server gives the same page again and again";
            return Err(Failure::new(Exit::Server, message));
        }
        token = next;
        // Most lists fit one page and are there at once.
        let counter = counter.get_or_insert_with(|| out::Counter::start("rows read"));
        counter.reach(rows.len());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads a list of which each page is given by its number; a page that is not there ends it.
    fn read(rows_max: usize, pages: &[(&[u8], &str)]) -> Result<Vec<u8>> {
        read_first(rows_max, usize::MAX, pages)
    }

    fn read_first(rows_max: usize, wanted: usize, pages: &[(&[u8], &str)]) -> Result<Vec<u8>> {
        let page = async |token: String| {
            let place: usize = token.parse().unwrap_or(0);
            let (rows, next) = pages[place];
            Ok((rows.to_vec(), next.to_owned()))
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        runtime.block_on(up_to(rows_max, wanted, page))
    }

    #[test]
    fn a_list_is_read_to_its_end_in_order() {
        let pages: [(&[u8], &str); 3] = [(&[1, 2], "1"), (&[], "2"), (&[3], "")];
        assert_eq!(read(9, &pages).unwrap(), [1, 2, 3]);
        assert_eq!(read(9, &[(&[], "")]).unwrap(), [0; 0]);
        assert_eq!(read_first(9, 1, &pages).unwrap(), [1]);
        let unread: [(&[u8], &str); 1] = [(&[1, 2], "no such page")];
        assert_eq!(read_first(9, 2, &unread).unwrap(), [1, 2]);
    }

    #[test]
    fn a_list_without_end_is_given_up() {
        let refused = |pages: &[(&[u8], &str)]| read(4, pages).unwrap_err();
        let long = refused(&[(&[1, 2, 3], "1"), (&[4, 5], "")]);
        assert_eq!(long.exit, Exit::Refused);
        assert_eq!(
            long.headline,
            "the list has more than 4 rows; ask for less of it"
        );
        let empty = refused(&[(&[], "1"), (&[], "0")]);
        assert_eq!(empty.exit, Exit::Refused, "{}", empty.headline);
        let stuck = refused(&[(&[1], "1"), (&[2], "1")]);
        assert_eq!(stuck.exit, Exit::Server, "{}", stuck.headline);
    }
}
