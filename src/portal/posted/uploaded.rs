//! What a form of ours uploads: names with values, and one file, bounded.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::multipart::{Field, Multipart};
use axum::extract::{DefaultBodyLimit, FromRequest, FromRequestParts, Request};
use futures_util::StreamExt;

use super::super::session::SignedIn;
use super::super::{Portal, PortalError};
use super::carried::Place;
use super::{CSRF, Fields};

/// Largest file that is taken, in bytes: a hundred times a long form.
const UPLOAD_BYTES_MAX: usize = 4 << 20;

/// Most bytes that are read of an upload: what is too large is read to its end, so that the browser
/// gets to see the page that says so.
const READ_BYTES_MAX: usize = 32 << 20;

/// Most bytes of a field that is no file.
const FIELD_BYTES_MAX: usize = 4 << 10;

/// Most parts of an upload.
const PARTS_MAX: usize = 16;

/// What somebody who is signed in uploads from a page of her own session.
pub(in super::super) struct Uploaded {
    /// Who.
    pub(in super::super) who: SignedIn,
    /// What stands beside the file.
    pub(in super::super) fields: Fields,
    /// The file, empty if none was chosen; none if it is larger than is taken.
    pub(in super::super) file: Option<Vec<u8>>,
}

impl FromRequest<Arc<Portal>> for Uploaded {
    type Rejection = PortalError;

    async fn from_request(mut request: Request, portal: &Arc<Portal>) -> Result<Self, PortalError> {
        DefaultBodyLimit::max(READ_BYTES_MAX).apply(&mut request);
        let (mut parts, body) = request.into_parts();
        let who = SignedIn::from_request_parts(&mut parts, portal).await;
        let place = Place::of(&parts);
        let who = match (who, &place) {
            (Ok(who), _) => who,
            (Err(why), None) => return Err(why),
            (Err(why), Some(place)) => {
                read_to_its_end(body).await;
                return Err(place.choose_again(Err(why)).await);
            }
        };
        let request = Request::from_parts(parts, body);
        let parts = Multipart::from_request(request, portal).await;
        let mut parts = parts.map_err(|_| PortalError::Malformed)?;
        let mut fields = Vec::new();
        let mut file = Some(Vec::new());
        let mut count = 0;
        while let Some(part) = parts.next_field().await.map_err(|e| unread(&e))? {
            count += 1;
            if count > PARTS_MAX {
                return Err(PortalError::TooLarge);
            }
            let name = part.name().unwrap_or_default().to_owned();
            if part.file_name().is_some() {
                file = bounded(part, UPLOAD_BYTES_MAX).await?;
                continue;
            }
            let value = bounded(part, FIELD_BYTES_MAX).await?;
            let value = value.ok_or(PortalError::TooLarge)?;
            let value = String::from_utf8(value).map_err(|_| PortalError::Malformed)?;
            fields.push((name, value));
        }
        let fields = Fields(fields);
        // What was read is dropped unless it came from a page of her session.
        match place {
            _ if who.is_token(fields.one(CSRF)) => Ok(Self { who, fields, file }),
            Some(place) => Err(place.choose_again(Ok(who)).await),
            None => Err(PortalError::Forged),
        }
    }
}

/// Reads what nobody wants, as far as an upload is read at all: a browser that is answered before it
/// has sent everything shows no page.
async fn read_to_its_end(body: Body) {
    let mut left = READ_BYTES_MAX;
    let mut chunks = body.into_data_stream();
    while let Some(Ok(chunk)) = chunks.next().await
        && left > chunk.len()
    {
        left -= chunk.len();
    }
}

/// A part, read to its end; none if it is larger than it may be.
async fn bounded(mut part: Field<'_>, bytes_max: usize) -> Result<Option<Vec<u8>>, PortalError> {
    let mut bytes = Some(Vec::new());
    while let Some(chunk) = part.chunk().await.map_err(|e| unread(&e))? {
        bytes = bytes.filter(|known| known.len() + chunk.len() <= bytes_max);
        if let Some(bytes) = &mut bytes {
            bytes.extend_from_slice(&chunk);
        }
    }
    Ok(bytes)
}

fn unread(error: &axum::extract::multipart::MultipartError) -> PortalError {
    if error.status() == axum::http::StatusCode::PAYLOAD_TOO_LARGE {
        PortalError::TooLarge
    } else {
        PortalError::Malformed
    }
}
