//! `DictionaryService`, what data leads and askers say of decisions, elements over time, and words.

use tonic::{Request, Response, Status};

use super::auth::Access;
use super::v1::{
    AnswerObjectionRequest, AnswerObjectionResponse, DecideTermsRequest, DecideTermsResponse,
    Element, GetElementRequest, GetElementResponse, ListDecisionsRequest, ListDecisionsResponse,
    ListElementVersionsRequest, ListElementVersionsResponse, ListTermsRequest, ListTermsResponse,
    ObjectToDecisionRequest, ObjectToDecisionResponse,
};
use super::{Desk, checked, convert, status};
use crate::broker::{Answering, Broker, DecidingTerms, DecisionFilter, DecisionPlace, Objecting};
use crate::domain::calendar::parse_day;
use crate::domain::dictionary::{Dictionary, Element as Known};
use crate::domain::fault::Faults;
use crate::domain::id::OrganisationId;

impl Desk {
    /// As `GetElement`.
    pub(super) async fn read_element(
        &self,
        request: Request<GetElementRequest>,
    ) -> Result<Response<GetElementResponse>, Status> {
        Access::of(&request)?;
        let request = request.get_ref();
        let mut faults = Faults::new();
        let id = faults.take("", convert::element_id("name", &request.name));
        let as_of = match request.as_of.as_str() {
            "" => None,
            day => {
                let day = parse_day(day).map_err(|why| Faults::one("", why.to_string()));
                faults.take("as_of", day)
            }
        };
        checked(faults.into_result())?;
        let id = id.ok_or_else(|| status::not_found(&request.name))?;
        let dictionary = self.broker.dictionary().await.map_err(status::of)?;
        if let Some(day) = as_of {
            let found = self.broker.element_as_of(&id, day).await;
            let (raw, known) = found.map_err(status::of)?;
            let element = Element {
                formula: raw.formula.unwrap_or_default(),
                bands: raw.bands.map(Into::into),
                ..convert::element(&known, &dictionary)
            };
            let element = Some(element);
            return Ok(Response::new(GetElementResponse { element }));
        }
        let known = dictionary
            .element(&id)
            .ok_or_else(|| status::not_found(&request.name))?;
        let mut told = self.with_accepted(&[known], &dictionary).await?;
        Ok(Response::new(GetElementResponse {
            element: told.pop(),
        }))
    }

    /// Elements with the wordings that were accepted for them.
    pub(super) async fn with_accepted(
        &self,
        elements: &[&std::sync::Arc<Known>],
        dictionary: &Dictionary,
    ) -> Result<Vec<Element>, Status> {
        let accepted = self.broker.accepted().await.map_err(status::of)?;
        let told = elements.iter().map(|known| Element {
            accepted: accepted.told(&known.id).map(str::to_owned).collect(),
            ..convert::element(known, dictionary)
        });
        Ok(told.collect())
    }

    /// As `ListDecisions`.
    pub(super) async fn decisions_page(
        &self,
        request: Request<ListDecisionsRequest>,
    ) -> Result<Response<ListDecisionsResponse>, Status> {
        let access = Access::of(&request)?;
        let request = request.into_inner();
        let query = ListDecisionsRequest {
            page_size: 0,
            page_token: String::new(),
            ..request.clone()
        };
        let page = self
            .pager
            .page(&access, &query, request.page_size, &request.page_token)?;
        let mut faults = Faults::new();
        let bare = request.question.trim_start_matches("questions/");
        let question = convert::optional("question", bare, convert::text);
        let question = faults.take("", question).flatten();
        let organisation = &request.organisation;
        let organisation =
            convert::optional("organisation", organisation, convert::organisation_id);
        let organisation = faults.take("", organisation).flatten();
        checked(faults.into_result())?;
        if let Some(organisation) = &organisation {
            access.to_organisation(organisation)?;
        }
        let filter = DecisionFilter {
            is_objected: request.objected,
            question,
            organisation,
            reader: access.confined_to()?,
        };
        let after = page.after.as_deref().map(read_place);
        let listing = self
            .broker
            .list_decisions(&filter, after.as_ref(), page.rows_max + 1);
        let views = listing.await.map_err(status::of)?;
        let places: Vec<DecisionPlace> = views.iter().map(Broker::place_of).collect();
        let reader = filter.reader.as_ref();
        let views = views.iter();
        let mut decisions = views
            .map(|view| convert::decision_view(view, reader))
            .collect();
        let next = page.next(&mut decisions, |last| {
            let id = last.name.trim_start_matches("decisions/");
            let place = places.iter().find(|(_, own)| own == id);
            place.map(written_place).unwrap_or_default()
        });
        Ok(Response::new(ListDecisionsResponse {
            decisions,
            next_page_token: next,
        }))
    }

    /// As `ObjectToDecision`.
    pub(super) async fn object(
        &self,
        request: Request<ObjectToDecisionRequest>,
    ) -> Result<Response<ObjectToDecisionResponse>, Status> {
        let access = Access::of(&request)?;
        let request = request.into_inner();
        let mut faults = Faults::new();
        let decision = faults.take("", convert::decision_id("name", &request.name));
        let named = &request.organisation;
        let named = convert::optional("organisation", named, convert::organisation_id);
        let named: Option<OrganisationId> = faults.take("", named).flatten();
        let own = access.confined_to()?;
        let body = named.or_else(|| own.clone());
        if body.is_none() {
            faults.add("organisation", "is missing; say which body objects");
        }
        checked(faults.into_result())?;
        let (Some(decision), Some(organisation)) = (decision, body) else {
            return Err(status::not_found(&request.name));
        };
        access.to_organisation(&organisation)?;
        if own.is_some() {
            let checking = self.broker.is_asker_of(&organisation, &decision);
            if !checking.await.map_err(status::of)? {
                return Err(status::denied());
            }
        }
        let objecting = Objecting {
            decision,
            organisation,
            reason: request.reason,
            on_behalf: own.is_none(),
        };
        let objecting =
            self.broker
                .object_to_decision(&access.caller, &objecting, &request.request_id);
        let objection = objecting.await.map_err(status::of)?;
        Ok(Response::new(ObjectToDecisionResponse {
            objection: Some(convert::objection(&objection)),
        }))
    }

    /// As `AnswerObjection`.
    pub(super) async fn answer(
        &self,
        request: Request<AnswerObjectionRequest>,
    ) -> Result<Response<AnswerObjectionResponse>, Status> {
        let access = Access::of(&request)?;
        let request = request.into_inner();
        let (decision, objection) = checked(convert::objection_name("name", &request.name))?;
        let answering = Answering {
            decision,
            objection,
            reason: request.reason,
        };
        let answering =
            self.broker
                .answer_objection(&access.caller, &answering, &request.request_id);
        let objection = answering.await.map_err(status::of)?;
        Ok(Response::new(AnswerObjectionResponse {
            objection: Some(convert::objection(&objection)),
        }))
    }

    /// As `ListElementVersions`.
    pub(super) async fn versions_page(
        &self,
        request: Request<ListElementVersionsRequest>,
    ) -> Result<Response<ListElementVersionsResponse>, Status> {
        let access = Access::of(&request)?;
        let request = request.into_inner();
        let query = ListElementVersionsRequest {
            name: request.name.clone(),
            ..ListElementVersionsRequest::default()
        };
        let page = self
            .pager
            .page(&access, &query, request.page_size, &request.page_token)?;
        let id = checked(convert::element_id("name", &request.name))?;
        let known = self.broker.element_versions(&id).await;
        let known = known.map_err(status::of)?;
        let skip = counted(page.after.as_deref());
        let rest = known.iter().skip(skip).take(page.rows_max + 1);
        let mut versions: Vec<_> = rest.map(convert::version).collect();
        let is_cut = page.cut(&mut versions);
        let more = || page.token(&(skip + versions.len()).to_string());
        let next = is_cut.then(more).unwrap_or_default();
        Ok(Response::new(ListElementVersionsResponse {
            versions,
            next_page_token: next,
        }))
    }

    /// As `ListTerms`.
    pub(super) async fn terms_page(
        &self,
        request: Request<ListTermsRequest>,
    ) -> Result<Response<ListTermsResponse>, Status> {
        let access = Access::of(&request)?;
        let request = request.into_inner();
        let query = ListTermsRequest {
            suggested: request.suggested,
            ..ListTermsRequest::default()
        };
        let page = self
            .pager
            .page(&access, &query, request.page_size, &request.page_token)?;
        let skip = counted(page.after.as_deref());
        let most = page.rows_max + 1;
        let mut told = ListTermsResponse::default();
        let (is_cut, count) = if request.suggested {
            let words = self.broker.suggested_terms().await.map_err(status::of)?;
            let rest = words.iter().skip(skip).take(most);
            told.suggestions = rest.map(convert::suggested_word).collect();
            (page.cut(&mut told.suggestions), told.suggestions.len())
        } else {
            let terms = self.broker.terms().await.map_err(status::of)?;
            let rest = terms.iter().skip(skip).take(most);
            told.terms = rest.map(convert::term).collect();
            (page.cut(&mut told.terms), told.terms.len())
        };
        if is_cut {
            told.next_page_token = page.token(&(skip + count).to_string());
        }
        Ok(Response::new(told))
    }

    /// As `DecideTerms`.
    pub(super) async fn teach(
        &self,
        request: Request<DecideTermsRequest>,
    ) -> Result<Response<DecideTermsResponse>, Status> {
        let access = Access::of(&request)?;
        let request = request.into_inner();
        let deciding = DecidingTerms {
            added: request.add.into_iter().map(convert::raw_term).collect(),
            withdrawn: request
                .withdraw
                .into_iter()
                .map(convert::withdrawn)
                .collect(),
            reason: request.reason,
            validate_only: request.validate_only,
        };
        let teaching = self
            .broker
            .decide_terms(&access.caller, &deciding, &request.request_id);
        let known = teaching.await.map_err(status::of)?;
        let added = deciding.added.iter().map(|own| (&own.facet, &own.value));
        let withdrawn = deciding.withdrawn.iter();
        let withdrawn = withdrawn.map(|own| (&own.facet, &own.value));
        let named: std::collections::BTreeSet<_> = added.chain(withdrawn).collect();
        let of_named = known
            .iter()
            .filter(|own| named.contains(&(&own.facet, &own.value)));
        Ok(Response::new(DecideTermsResponse {
            terms: of_named.map(convert::term).collect(),
        }))
    }
}

/// How many rows the pages before held.
fn counted(after: Option<&str>) -> usize {
    after
        .and_then(|count| count.parse().ok())
        .unwrap_or_default()
}

/// A place in the list of decisions, as a page token keeps it.
fn written_place((is_calm, id): &DecisionPlace) -> String {
    format!("{}{id}", u8::from(*is_calm))
}

fn read_place(text: &str) -> DecisionPlace {
    let id = text.get(1..).unwrap_or_default();
    (text.starts_with('1'), id.to_owned())
}
