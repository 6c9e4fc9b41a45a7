//! What questions may be: the queue of what is left to decide, and what an ask looks like as it comes
//! in.

use tonic::Status;

use super::auth::Access;
use super::v1::{ListSuggestionsRequest, ListSuggestionsResponse};
use super::{Desk, checked, convert, status, v1};
use crate::broker::SuggestionFilter;
use crate::domain::access::Role;
use crate::domain::ask::Ask;
use crate::domain::fault::Faults;
use crate::domain::limits::{CANDIDATES_MAX, LABEL_CHARS_MAX};

/// Candidates of a question where the caller does not say.
const CANDIDATES_DEFAULT: usize = 5;

impl Desk {
    /// A page of what is left to decide.
    pub(super) async fn suggestions(
        &self,
        access: &Access,
        mut request: ListSuggestionsRequest,
    ) -> Result<ListSuggestionsResponse, Status> {
        let (size, token) = (request.page_size, std::mem::take(&mut request.page_token));
        request.page_size = 0;
        let mut filter = checked(read_filter(&request))?;
        if let Some(organisation) = &filter.organisation {
            access.to_organisation(organisation)?;
        }
        if let Some(ask) = &filter.ask {
            access.to_organisation(&ask.organisation)?;
        }
        let grant = &access.caller.grant;
        filter.reader = match (grant.role, &grant.organisation) {
            (Role::Requester, Some(own)) => Some(own.clone()),
            (Role::Requester, None) => return Err(status::denied()),
            _ => None,
        };
        let page = self.pager.page(access, &request, size, &token)?;
        let after = page.after.as_deref().and_then(convert::suggestion_place);
        let finding = self.broker.suggestions(&filter, after, page.rows_max + 1);
        let found = finding.await.map_err(status::of)?;
        let mut suggestions: Vec<_> = found.rows.iter().map(convert::suggestion).collect();
        let is_cut = page.cut(&mut suggestions);
        let last = found.places.get(suggestions.len().wrapping_sub(1));
        let next = last
            .filter(|_| is_cut)
            .map(|(saves, near, question)| page.token(&format!("{saves} {near} {question}")));
        Ok(ListSuggestionsResponse {
            suggestions,
            next_page_token: next.unwrap_or_default(),
            etag: found.etag,
            is_partial: found.is_partial,
        })
    }

    /// What the fields of an ask look like, where that is wanted. An ask that was taken is not refused
    /// because nobody could say what it looks like.
    pub(super) async fn suggested(&self, is_wanted: bool, ask: &Ask) -> Vec<v1::FieldSuggestion> {
        if !is_wanted {
            return Vec::new();
        }
        match self.broker.suggest_for_ask(ask).await {
            Ok(found) => convert::field_suggestions(&found),
            Err(error) => {
                tracing::warn!(%error, "no suggestions for an ask");
                Vec::new()
            }
        }
    }
}

fn read_filter(request: &ListSuggestionsRequest) -> Result<SuggestionFilter, Faults> {
    let mut faults = Faults::new();
    let organisation = &request.organisation;
    let organisation = convert::optional("organisation", organisation, convert::organisation_id);
    let organisation = faults.take("", organisation).flatten();
    let ask = convert::optional("ask", &request.ask, convert::ask_name);
    let ask = faults.take("", ask).flatten();
    let field = convert::optional("field", &request.field, convert::text);
    let field = faults.take("", field).flatten();
    if field.is_some() && request.ask.is_empty() {
        faults.add("field", "is given without its ask");
    }
    if request.topic.chars().count() > LABEL_CHARS_MAX {
        let message = format!("is longer than {LABEL_CHARS_MAX} characters");
        faults.add("topic", message);
    }
    let tier = convert::tier("tier_at_least", request.tier_at_least);
    let tier = faults.take("", tier);
    faults.into_result()?;
    let candidates = match usize::try_from(request.candidates_max) {
        Ok(0) => CANDIDATES_DEFAULT,
        Ok(some) => some.min(CANDIDATES_MAX),
        Err(_) => CANDIDATES_MAX,
    };
    Ok(SuggestionFilter {
        organisation,
        ask,
        field,
        topic: request.topic.clone(),
        tier: tier.ok_or_else(|| Faults::one("tier_at_least", "is missing"))?,
        is_undecided: request.undecided_only,
        candidates,
        reader: None,
    })
}
