//! `DictionaryService`: elements, and decisions that questions are one.

use tonic::{Request, Response, Status};

use super::auth::Access;
use super::v1::dictionary_service_server::DictionaryService;
use super::v1::{
    AnswerObjectionRequest, AnswerObjectionResponse, ApproveElementRequest, ApproveElementResponse,
    DecideSuggestionsRequest, DecideSuggestionsResponse, DecideTermsRequest, DecideTermsResponse,
    ExplainQuestionRequest, ExplainQuestionResponse, GetElementRequest, GetElementResponse,
    ListDecisionsRequest, ListDecisionsResponse, ListElementVersionsRequest,
    ListElementVersionsResponse, ListElementsRequest, ListElementsResponse, ListProposalsRequest,
    ListProposalsResponse, ListSuggestionsRequest, ListSuggestionsResponse, ListTermsRequest,
    ListTermsResponse, ObjectToDecisionRequest, ObjectToDecisionResponse, ProposeElementRequest,
    ProposeElementResponse, RetireElementRequest, RetireElementResponse, UndoDecisionRequest,
    UndoDecisionResponse,
};
use super::{Desk, checked, convert, status};
use crate::broker::{Approval, Retiring};
use crate::domain::fault::Faults;

#[tonic::async_trait]
impl DictionaryService for Desk {
    async fn list_elements(
        &self,
        request: Request<ListElementsRequest>,
    ) -> Result<Response<ListElementsResponse>, Status> {
        let access = Access::of(&request)?;
        let request = request.into_inner();
        let query = ListElementsRequest::default();
        let page = self
            .pager
            .page(&access, &query, request.page_size, &request.page_token)?;
        let dictionary = self.broker.dictionary().await.map_err(status::of)?;
        let after = page.after.as_deref();
        let rest = dictionary
            .elements()
            .filter(|element| after.is_none_or(|after| element.id.as_str() > after));
        let listed: Vec<_> = rest.take(page.rows_max + 1).collect();
        let mut elements = self.with_accepted(&listed, &dictionary).await?;
        let next = page.next(&mut elements, |element| element.id.clone());
        Ok(Response::new(ListElementsResponse {
            elements,
            next_page_token: next,
            version: dictionary.raw().version.clone(),
            digest: dictionary.digest().to_string(),
        }))
    }

    async fn get_element(
        &self,
        request: Request<GetElementRequest>,
    ) -> Result<Response<GetElementResponse>, Status> {
        self.read_element(request).await
    }

    async fn list_suggestions(
        &self,
        request: Request<ListSuggestionsRequest>,
    ) -> Result<Response<ListSuggestionsResponse>, Status> {
        let access = Access::of(&request)?;
        let page = self.suggestions(&access, request.into_inner()).await?;
        Ok(Response::new(page))
    }

    async fn decide_suggestions(
        &self,
        request: Request<DecideSuggestionsRequest>,
    ) -> Result<Response<DecideSuggestionsResponse>, Status> {
        let access = Access::of(&request)?;
        let request = request.into_inner();
        let mut faults = Faults::new();
        let mut decisions = Vec::with_capacity(request.decisions.len());
        for (place, decision) in request.decisions.into_iter().enumerate() {
            let path = format!("decisions[{place}]");
            decisions.extend(faults.take(&path, convert::raw_decision(decision)));
        }
        checked(faults.into_result())?;
        if let Some(own) = access.confined_to()? {
            let (caller, request_id) = (&access.caller, &request.request_id);
            let checking = self
                .broker
                .check_own_decisions(caller, &own, &decisions, request_id);
            checking.await.map_err(status::of)?;
        }
        let (caller, request_id) = (&access.caller, &request.request_id);
        let (validate_only, role) = (request.validate_only, access.caller.grant.role);
        let deciding = self
            .broker
            .decide(caller, &decisions, request_id, validate_only);
        let decided = deciding.await.map_err(status::of)?.into_iter();
        Ok(Response::new(DecideSuggestionsResponse {
            results: decided
                .map(|one| convert::decided(one, validate_only, role))
                .collect(),
        }))
    }

    async fn list_decisions(
        &self,
        request: Request<ListDecisionsRequest>,
    ) -> Result<Response<ListDecisionsResponse>, Status> {
        self.decisions_page(request).await
    }

    async fn undo_decision(
        &self,
        request: Request<UndoDecisionRequest>,
    ) -> Result<Response<UndoDecisionResponse>, Status> {
        let access = Access::of(&request)?;
        let request = request.get_ref();
        let id = checked(convert::decision_id("name", &request.name))?;
        if let Some(own) = access.confined_to()? {
            let checking = self.broker.is_own_decision(&own, &id);
            if !checking.await.map_err(status::of)? {
                return Err(status::denied());
            }
        }
        let caller = &access.caller;
        let undoing =
            self.broker
                .undo_decision(caller, &id, &request.reason, request.validate_only);
        let effect = undoing.await.map_err(status::of)?;
        Ok(Response::new(UndoDecisionResponse {
            effect: Some(convert::effect(&effect, caller.grant.role)),
        }))
    }

    async fn object_to_decision(
        &self,
        request: Request<ObjectToDecisionRequest>,
    ) -> Result<Response<ObjectToDecisionResponse>, Status> {
        self.object(request).await
    }

    async fn answer_objection(
        &self,
        request: Request<AnswerObjectionRequest>,
    ) -> Result<Response<AnswerObjectionResponse>, Status> {
        self.answer(request).await
    }

    async fn list_element_versions(
        &self,
        request: Request<ListElementVersionsRequest>,
    ) -> Result<Response<ListElementVersionsResponse>, Status> {
        self.versions_page(request).await
    }

    async fn list_terms(
        &self,
        request: Request<ListTermsRequest>,
    ) -> Result<Response<ListTermsResponse>, Status> {
        self.terms_page(request).await
    }

    async fn decide_terms(
        &self,
        request: Request<DecideTermsRequest>,
    ) -> Result<Response<DecideTermsResponse>, Status> {
        self.teach(request).await
    }

    async fn explain_question(
        &self,
        request: Request<ExplainQuestionRequest>,
    ) -> Result<Response<ExplainQuestionResponse>, Status> {
        Access::of(&request)?;
        let request = request.get_ref();
        let mut faults = Faults::new();
        let explained = faults.take("", convert::explained("name", &request.name));
        let period = convert::optional("period", &request.period, convert::text);
        let period = faults.take("", period).flatten();
        let against = convert::optional("against", &request.against, convert::explained);
        let against = faults.take("", against).flatten();
        checked(faults.into_result())?;
        let explained = explained.ok_or_else(|| status::not_found(&request.name))?;
        let compared = match against {
            Some(other) => {
                let comparing = self.broker.explain_against(&explained, &other);
                Some(comparing.await.map_err(status::of)?)
            }
            None => None,
        };
        let explaining = self.broker.explain_question(&explained, period);
        let found = explaining.await.map_err(status::of)?;
        let names = self.broker.names_of(&found.merged).await;
        let names = names.map_err(status::of)?;
        let dictionary = self.broker.dictionary().await.map_err(status::of)?;
        Ok(Response::new(ExplainQuestionResponse {
            compared: compared.as_ref().map(convert::compared),
            ..convert::explanation(&found, &names, &dictionary)
        }))
    }

    async fn propose_element(
        &self,
        request: Request<ProposeElementRequest>,
    ) -> Result<Response<ProposeElementResponse>, Status> {
        let access = Access::of(&request)?;
        let request = request.into_inner();
        let element = request
            .element
            .ok_or_else(|| Faults::one("element", "is missing"));
        let mut faults = Faults::new();
        let raw = faults.take("element", convert::raw_element(checked(element)?));
        checked(faults.into_result())?;
        let (reason, request_id) = (&request.reason, &request.request_id);
        let raw = raw.unwrap_or_default();
        let proposing = self
            .broker
            .propose_element(&access.caller, raw, reason, request_id);
        let proposed = proposing.await.map_err(status::of)?;
        Ok(Response::new(ProposeElementResponse {
            proposal: Some(convert::proposal(&proposed)),
        }))
    }

    async fn approve_element(
        &self,
        request: Request<ApproveElementRequest>,
    ) -> Result<Response<ApproveElementResponse>, Status> {
        let access = Access::of(&request)?;
        let request = request.into_inner();
        let mut faults = Faults::new();
        let id = faults.take("", convert::element_id("name", &request.name));
        let element = request.element.map(convert::raw_element);
        let element = element.and_then(|element| faults.take("element", element));
        checked(faults.into_result())?;
        let approval = Approval {
            id: id.ok_or_else(|| status::not_found(&request.name))?,
            element,
            etag: request.etag,
            reason: request.reason,
        };
        let approving = self
            .broker
            .approve_element(&access.caller, &approval, &request.request_id);
        let element = approving.await.map_err(status::of)?;
        let dictionary = self.broker.dictionary().await.map_err(status::of)?;
        Ok(Response::new(ApproveElementResponse {
            element: Some(convert::element(&element, &dictionary)),
        }))
    }

    async fn retire_element(
        &self,
        request: Request<RetireElementRequest>,
    ) -> Result<Response<RetireElementResponse>, Status> {
        let access = Access::of(&request)?;
        let request = request.into_inner();
        let mut faults = Faults::new();
        let id = faults.take("", convert::element_id("name", &request.name));
        let successor = convert::optional("successor", &request.successor, convert::text);
        let successor = faults.take("", successor).flatten();
        checked(faults.into_result())?;
        let retiring = Retiring {
            id: id.ok_or_else(|| status::not_found(&request.name))?,
            successor,
            merge: request.merge,
            validate_only: request.validate_only,
            etag: request.etag,
            reason: request.reason,
        };
        let retired = self
            .broker
            .retire_element(&access.caller, &retiring, &request.request_id);
        let retired = retired.await.map_err(status::of)?;
        let role = access.caller.grant.role;
        let decision = retired.decision.map(|id| format!("decisions/{id}"));
        let effect = retired.effect.as_ref();
        Ok(Response::new(RetireElementResponse {
            decision: decision.unwrap_or_default(),
            effect: effect.map(|own| convert::effect(own, role)),
        }))
    }

    async fn list_proposals(
        &self,
        request: Request<ListProposalsRequest>,
    ) -> Result<Response<ListProposalsResponse>, Status> {
        let access = Access::of(&request)?;
        let request = request.into_inner();
        let query = ListProposalsRequest::default();
        let page = self
            .pager
            .page(&access, &query, request.page_size, &request.page_token)?;
        let open = self.broker.proposals().await.map_err(status::of)?;
        let after = page.after.as_deref().unwrap_or_default();
        let rest = open
            .iter()
            .filter(|open| open.value.element.id.as_str() > after);
        let mut proposals = rest
            .take(page.rows_max + 1)
            .map(|open| convert::proposal(&open.value))
            .collect();
        let next = page.next(&mut proposals, |proposal| {
            proposal.name.trim_start_matches("elements/").to_owned()
        });
        Ok(Response::new(ListProposalsResponse {
            proposals,
            next_page_token: next,
        }))
    }
}
