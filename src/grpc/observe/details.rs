//! The id of a call among the details of its error.

use data_encoding::BASE64_NOPAD;
use prost::Message;
use tonic::codegen::http::{HeaderMap, HeaderValue};
use tonic_types::pb;

use super::correlation::Correlation;

/// Holds the details of an error, in base64.
const DETAILS: &str = "grpc-status-details-bin";

/// The type of the detail that names a request.
const REQUEST_INFO: &str = "type.googleapis.com/google.rpc.RequestInfo";

/// Adds the id to the details of an error of ours; one of the transport's own has none.
pub(super) fn name_request(headers: &mut HeaderMap, id: &Correlation) {
    if let Some(details) = headers.get(DETAILS).and_then(|value| with_id(value, id)) {
        headers.insert(DETAILS, details);
    }
}

fn with_id(details: &HeaderValue, id: &Correlation) -> Option<HeaderValue> {
    let text = details.as_bytes().trim_ascii_end();
    let unpadded = text.strip_suffix(b"==").or(text.strip_suffix(b"="));
    let bytes = BASE64_NOPAD.decode(unpadded.unwrap_or(text)).ok()?;
    let mut status = pb::Status::decode(bytes.as_slice()).ok()?;
    let info = pb::RequestInfo {
        request_id: id.as_str().to_owned(),
        serving_data: String::new(),
    };
    status.details.push(prost_types::Any {
        type_url: REQUEST_INFO.to_owned(),
        value: info.encode_to_vec(),
    });
    HeaderValue::from_str(&BASE64_NOPAD.encode(&status.encode_to_vec())).ok()
}

#[cfg(test)]
mod tests {
    use tonic::Status;
    use tonic_types::StatusExt;

    use super::*;
    use crate::grpc::gate::trailers;
    use crate::grpc::status;

    #[test]
    fn an_error_names_its_request_beside_all_else() {
        let mut headers = HeaderMap::new();
        headers.insert("x-request-id", "call-7".parse().unwrap());
        let entropy: crate::broker::Entropy = std::sync::Arc::new(|_: &mut [u8]| {});
        let id = Correlation::of(&headers, &entropy);
        let mut told = trailers(&status::overloaded());
        name_request(&mut told, &id);
        let read = Status::from_header_map(&told).unwrap();
        let details = read.get_error_details();
        assert_eq!(details.request_info().unwrap().request_id, "call-7");
        assert_eq!(details.error_info().unwrap().reason, "OVERLOADED");
        assert!(details.retry_info().is_some());
        let mut plain = trailers(&Status::not_found("x"));
        name_request(&mut plain, &id);
        assert!(!plain.contains_key(DETAILS));
    }
}
