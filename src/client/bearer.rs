//! The credential of a caller (RFC 6750).

use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::Interceptor;
use tonic::{Request, Status};

use crate::settings::Secret;

/// Puts a credential into every call, or none. Never shown.
#[derive(Debug, Clone)]
pub struct Bearer(Option<MetadataValue<Ascii>>);

impl Bearer {
    /// Calls without a credential.
    pub const fn none() -> Self {
        Self(None)
    }

    /// Calls with `token`; none when it has letters that no header can carry.
    pub fn of(token: &Secret) -> Option<Self> {
        let text = format!("Bearer {}", token.expose().trim());
        let mut value = MetadataValue::try_from(text).ok()?;
        value.set_sensitive(true);
        Some(Self(Some(value)))
    }
}

impl Interceptor for Bearer {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        if let Some(value) = &self.0 {
            request.metadata_mut().insert("authorization", value.clone());
        }
        Ok(request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_credential_goes_with_every_call_and_is_never_shown() {
        let mut bearer = Bearer::of(&Secret::new("hd_acme_key_secret\n")).expect("can be sent");
        let request = bearer.call(Request::new(())).expect("passes");
        assert_eq!(request.metadata().get("authorization").expect("there"), "Bearer hd_acme_key_secret");
        assert!(!format!("{bearer:?} {request:?}").contains("secret"));
        assert!(Bearer::of(&Secret::new("a\nb")).is_none());
    }
}
