//! Metadata that is too much, or contradicts itself (T-47, L-03).

use http::HeaderMap;
use http::header::AUTHORIZATION;

use crate::grpc::pb::v1::ErrorReason;
use crate::grpc::server::drain::refuse_drained;
use crate::grpc::server::stage::{Around, Next, Request, Response};
use crate::grpc::status::Refusal;

/// What HPACK counts for a field beside its name and value (RFC 9113, section 10.5.1).
const PER_FIELD: usize = 32;

/// Refuses more metadata than `limit` bytes, and more than one credential.
pub struct MetadataLimit {
    /// In bytes, counted as HTTP/2 counts a header list.
    pub limit: usize,
}

impl Around for MetadataLimit {
    const NAME: &'static str = "metadata limit";

    async fn around<N: Next>(&self, request: Request, next: &N) -> Response {
        match self.judge(request.headers()) {
            Some(refusal) => refuse_drained(request, refusal).await,
            None => next.run(request).await,
        }
    }
}

impl MetadataLimit {
    fn judge(&self, headers: &HeaderMap) -> Option<Refusal> {
        if size_of(headers) > self.limit {
            let message = "the metadata of the call is larger than the server takes";
            return Some(Refusal::new(ErrorReason::MetadataTooLarge, message).with("limitBytes", self.limit));
        }
        // Which of two credentials counts must not depend on who reads them.
        (headers.get_all(AUTHORIZATION).iter().count() > 1)
            .then(|| Refusal::new(ErrorReason::CredentialInvalid, "the call has more than one credential"))
    }
}

fn size_of(headers: &HeaderMap) -> usize {
    headers.iter().map(|(name, value)| name.as_str().len() + value.len() + PER_FIELD).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;
    use tonic::Code;

    fn code(limit: usize, headers: &HeaderMap) -> Option<Code> {
        MetadataLimit { limit }.judge(headers).map(|refusal| refusal.code())
    }

    #[test]
    fn the_limit_counts_names_values_and_fields() {
        let mut headers = HeaderMap::new();
        headers.append("x-a", HeaderValue::from_static("12345"));
        headers.append("x-a", HeaderValue::from_static("6789"));
        assert_eq!(size_of(&headers), 3 + 5 + 32 + 3 + 4 + 32);
        assert_eq!(code(80, &headers), None);
        assert_eq!(code(79, &headers), None);
        assert_eq!(code(78, &headers), Some(Code::ResourceExhausted));
    }

    #[test]
    fn two_credentials_are_none() {
        let mut headers = HeaderMap::new();
        headers.append(AUTHORIZATION, HeaderValue::from_static("Bearer a"));
        assert_eq!(code(8_192, &headers), None);
        headers.append(AUTHORIZATION, HeaderValue::from_static("Bearer a"));
        assert_eq!(code(8_192, &headers), Some(Code::Unauthenticated));
    }
}
