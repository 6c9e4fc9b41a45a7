//! Drafts: what was typed and not sent.

use crate::domain::draft::{Draft, Typed};
use crate::domain::form::Form;
use crate::domain::template::EntryId;
use crate::grpc::v1;

use super::time::instant;

/// A draft beside the form that it is of.
pub(crate) fn draft(draft: &Draft, form: &Form) -> v1::Draft {
    let entry = |(id, typed): (&EntryId, &Typed)| v1::DraftEntry {
        // What was kept came in as this message, so nothing of it is lost on the way back.
        answer: v1::Answer::try_from(typed.answer.clone()).ok(),
        saved_by: typed.by.clone(),
        saved_at: Some(instant(typed.at)),
        wording: typed.wording.clone(),
        has_left: form.template.entry(id).is_none(),
    };
    v1::Draft {
        etag: draft.version.to_string(),
        entries: draft.typed().map(entry).collect(),
    }
}
