//! What a reply needs before the lane: its draft, and the texts that it inserts, filled (W7).

use tonic::Request;

use crate::domain::rejection::Rejection;
use crate::grpc::call::{Front, grant_of};
use crate::grpc::contract::validate::Validate;
use crate::grpc::convert::conversation::{Prepared, named_files, place};
use crate::grpc::convert::{content, name};
use crate::grpc::pb::v1;
use crate::service::content::{Composed, compose};
use crate::service::conversations::{self, Place};
use crate::service::files::NamedFiles;
use crate::service::grant::Grant;
use crate::service::intake::rich_text;

impl Front {
    /// Reads the draft of a request, and puts the inserts into its words.
    pub(super) async fn prepared(&self, request: &Request<v1::SendMessageRequest>) -> Result<Prepared, Rejection> {
        let (grant, asked) = (grant_of(request)?, request.get_ref());
        // What the field rules will refuse is not worth any work.
        if !asked.validate().is_empty() {
            return Ok(Prepared::default());
        }
        let prepared = if asked.draft.is_empty() {
            self.written(&grant, asked)?
        } else {
            self.drafted(&grant, &asked.draft).await?
        };
        if prepared.inserts.is_empty() {
            return Ok(prepared);
        }
        let at = match &prepared.draft {
            Some(draft) => Place::Conversation(draft.conversation),
            None => place(&grant, "parent", &asked.parent)?,
        };
        let written = prepared.composed.clone();
        let composed = compose(&self.service, &grant, at, written, &prepared.inserts).await?;
        Ok(Prepared { composed, ..prepared })
    }

    fn written(&self, grant: &Grant, asked: &v1::SendMessageRequest) -> Result<Prepared, Rejection> {
        let Some(message) = &asked.message else { return Ok(Prepared::default()) };
        let body = message.body.clone().unwrap_or_default();
        let (text, html) = rich_text(&body.text, &body.html);
        let subject = crate::grpc::convert::conversation::subject(&message.subject);
        let composed = Composed { subject, text, html, filled_for: None };
        let hosts = &self.service.content.link_hosts;
        let inserts = content::inserts(grant, "message.inserts", &message.inserts, hosts)?;
        let rules = self.service.file_rules();
        let files = named_files(grant, "message.attachments", &message.attachments, rules)?;
        Ok(Prepared { draft: None, composed, inserts, files })
    }

    async fn drafted(&self, grant: &Grant, text: &str) -> Result<Prepared, Rejection> {
        let Some((conversation, id)) = name::draft_ref(grant, "draft", text)? else { return Ok(Prepared::default()) };
        let draft = match conversations::draft(&self.service, grant, conversation, id).await {
            Ok(draft) => draft,
            // The lane says so, unless this repeats a call that had its answer.
            Err(Rejection::NotFound { .. }) => return Ok(Prepared::default()),
            Err(other) => return Err(other),
        };
        let (subject, text, html) = (draft.subject.clone(), draft.text.clone(), draft.html.clone());
        let composed = Composed { subject, text, html, filled_for: None };
        let inserts = draft.inserts.clone();
        let files = NamedFiles { rules: self.service.file_rules(), ..NamedFiles::default() };
        Ok(Prepared { draft: Some(draft), composed, inserts, files })
    }
}
