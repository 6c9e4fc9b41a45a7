//! Pages of lists: bounded, and gone through by tokens that say nothing to the caller.
//!
//! A token holds where to go on, sealed under a key of the brokers of one store together with the
//! caller and the query, so that it works for nothing else, and at each of them.

use std::sync::Arc;

use data_encoding::BASE64URL_NOPAD;
use prost::Message;
use tonic::Status;

use super::auth::Access;
use super::status;
use crate::domain::fault::Faults;

/// Rows of a page where the caller does not say.
const ROWS_DEFAULT: usize = 100;

/// Most rows of a page.
const ROWS_MAX: usize = 1_000;

/// Most bytes of a page, one row aside: half of what clients take in a message.
const BYTES_MAX: usize = 2 * 1024 * 1024;

/// What a row costs in a message beside its own bytes, at most.
const ROW_OVERHEAD_BYTES: usize = 8;

/// Longest token worth reading, in characters.
const TOKEN_CHARS_MAX: usize = 1_024;

/// Makes and reads page tokens.
#[derive(Clone)]
pub(crate) struct Pager {
    key: Arc<[u8; 32]>,
}

/// A page that was asked for.
pub(crate) struct Page {
    /// Where to go on; none for the first page.
    pub(crate) after: Option<String>,
    /// How many rows at most.
    pub(crate) rows_max: usize,
    key: Arc<[u8; 32]>,
    query: Vec<u8>,
}

impl Pager {
    /// A pager under a key, which is random.
    pub(crate) fn new(key: [u8; 32]) -> Self {
        Self { key: Arc::new(key) }
    }

    /// The page that a caller asks for; `query` is the request without page size and token.
    pub(crate) fn page(
        &self,
        access: &Access,
        query: &impl Message,
        page_size: i32,
        page_token: &str,
    ) -> Result<Page, Status> {
        let mut faults = Faults::new();
        let rows_max = match usize::try_from(page_size) {
            Ok(0) => ROWS_DEFAULT,
            Ok(rows) => rows.min(ROWS_MAX),
            Err(_) => {
                faults.add("page_size", "is negative");
                ROWS_DEFAULT
            }
        };
        let caller = access.caller.token_id.as_bytes();
        let mut bound = (caller.len() as u64).to_be_bytes().to_vec();
        bound.extend_from_slice(caller);
        bound.extend_from_slice(std::any::type_name_of_val(query).as_bytes());
        bound.push(0);
        bound.extend_from_slice(&query.encode_to_vec());
        let mut page = Page {
            after: None,
            rows_max,
            key: Arc::clone(&self.key),
            query: bound,
        };
        if !page_token.is_empty() {
            page.after = page.open(page_token);
            if page.after.is_none() {
                let message = "belongs to another query, another caller, or the time before a \
                               restart; start from the first page";
                faults.add("page_token", message);
            }
        }
        match faults.into_result() {
            Ok(()) => Ok(page),
            Err(faults) => Err(status::invalid(&faults)),
        }
    }
}

impl Page {
    /// The token that goes on after a place.
    pub(crate) fn token(&self, place: &str) -> String {
        let mut bytes = self.tag(place.as_bytes()).as_bytes().to_vec();
        bytes.extend_from_slice(place.as_bytes());
        BASE64URL_NOPAD.encode(&bytes)
    }

    /// Cuts rows, of which one more than the page holds was read, to the page, and gives the token
    /// that goes on after the last; empty at the end.
    pub(crate) fn next<T: Message>(
        &self,
        rows: &mut Vec<T>,
        place: impl FnOnce(&T) -> String,
    ) -> String {
        match (self.cut(rows), rows.last()) {
            (true, Some(last)) => self.token(&place(last)),
            _ => String::new(),
        }
    }

    /// Shortens rows to what fits a page: to `rows_max`, and to what a message holds. Returns
    /// whether any were left out.
    pub(crate) fn cut<T: Message>(&self, rows: &mut Vec<T>) -> bool {
        let mut bytes = 0;
        let mut kept = 0;
        for row in rows.iter().take(self.rows_max) {
            bytes += row.encoded_len() + ROW_OVERHEAD_BYTES;
            if bytes > BYTES_MAX && kept > 0 {
                break;
            }
            kept += 1;
        }
        let is_cut = kept < rows.len();
        rows.truncate(kept);
        is_cut
    }

    /// The place in a token of this query and caller; none for any other.
    fn open(&self, token: &str) -> Option<String> {
        if token.len() > TOKEN_CHARS_MAX {
            return None;
        }
        let bytes = BASE64URL_NOPAD.decode(token.as_bytes()).ok()?;
        let (tag, place) = bytes.split_at_checked(blake3::OUT_LEN)?;
        let tag = blake3::Hash::from_bytes(tag.try_into().ok()?);
        // Hashes compare in constant time.
        (self.tag(place) == tag).then(|| String::from_utf8(place.to_vec()).ok())?
    }

    fn tag(&self, place: &[u8]) -> blake3::Hash {
        let mut hasher = blake3::Hasher::new_keyed(&self.key);
        hasher.update(&(place.len() as u64).to_be_bytes());
        hasher.update(place);
        hasher.update(&self.query);
        hasher.finalize()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grpc::auth::tests::access_of;
    use crate::grpc::v1::{Fault, ListAsksRequest};

    fn query(parent: &str) -> ListAsksRequest {
        ListAsksRequest {
            parent: parent.into(),
            ..ListAsksRequest::default()
        }
    }

    #[test]
    fn a_token_goes_on_for_its_own_query_and_caller_alone() {
        let pager = Pager::new([7; 32]);
        let (ann, bob) = (access_of("t_ann"), access_of("t_bob"));
        let first = pager.page(&ann, &query("organisations/a"), 0, "").unwrap();
        assert_eq!((first.after.as_deref(), first.rows_max), (None, 100));
        let token = first.token("organisations/a/asks/7");
        let read = |pager: &Pager, access: &Access, parent: &str, token: &str| {
            let page = pager.page(access, &query(parent), 5_000, token);
            page.map(|page| (page.after, page.rows_max)).ok()
        };
        let place = Some("organisations/a/asks/7".to_owned());
        assert_eq!(
            read(&pager, &ann, "organisations/a", &token),
            Some((place, 1_000))
        );
        assert_eq!(read(&pager, &bob, "organisations/a", &token), None);
        assert_eq!(read(&pager, &ann, "organisations/b", &token), None);
        assert_eq!(
            read(&Pager::new([8; 32]), &ann, "organisations/a", &token),
            None
        );
        assert_eq!(read(&pager, &ann, "organisations/a", "nonsense"), None);
        let (head, _) = token.split_at(token.len() - 2);
        assert_eq!(read(&pager, &ann, "organisations/a", head), None);
        assert!(pager.page(&ann, &query(""), -1, "").is_err());
    }

    #[test]
    fn a_page_is_cut_by_rows_and_by_bytes_but_holds_one_row_at_least() {
        let row = |bytes: usize| Fault {
            path: String::new(),
            message: "x".repeat(bytes),
        };
        let page = |rows_max| {
            let pager = Pager::new([7; 32]);
            pager
                .page(&access_of("t"), &query(""), rows_max, "")
                .unwrap()
        };
        let mut rows = vec![row(1), row(1), row(1)];
        assert!(page(2).cut(&mut rows));
        assert_eq!(rows.len(), 2);
        assert!(!page(2).cut(&mut rows));
        let mut rows = vec![row(BYTES_MAX + 1), row(1)];
        assert!(page(9).cut(&mut rows));
        assert_eq!(rows.len(), 1);
    }
}
