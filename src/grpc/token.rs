//! `TokenService`: issuing, listing and revoking tokens.

use tonic::{Request, Response, Status};

use super::auth::Access;
use super::v1::token_service_server::TokenService;
use super::v1::{
    IssueTokenRequest, IssueTokenResponse, ListTokensRequest, ListTokensResponse,
    RevokeTokenRequest, RevokeTokenResponse,
};
use super::{Desk, checked, convert, status};

#[tonic::async_trait]
impl TokenService for Desk {
    async fn issue_token(
        &self,
        request: Request<IssueTokenRequest>,
    ) -> Result<Response<IssueTokenResponse>, Status> {
        let access = Access::of(&request)?;
        let new = checked(convert::new_token(request.into_inner()))?;
        let issued = self.broker.issue_token(&access.caller, new).await;
        let issued = issued.map_err(status::of)?;
        Ok(Response::new(IssueTokenResponse {
            token: Some(convert::token(&issued.token)),
            secret: issued.secret,
        }))
    }

    async fn list_tokens(
        &self,
        request: Request<ListTokensRequest>,
    ) -> Result<Response<ListTokensResponse>, Status> {
        let access = Access::of(&request)?;
        let request = request.into_inner();
        let query = ListTokensRequest::default();
        let page = self
            .pager
            .page(&access, &query, request.page_size, &request.page_token)?;
        let tokens = self.broker.tokens().await.map_err(status::of)?;
        let after = page.after.as_deref().unwrap_or_default();
        let rest = tokens.iter().filter(|token| token.id.as_str() > after);
        let mut tokens = rest
            .take(page.rows_max + 1)
            .map(|token| convert::token(token))
            .collect();
        let next = page.next(&mut tokens, |token| {
            token.name.trim_start_matches("tokens/").to_owned()
        });
        Ok(Response::new(ListTokensResponse {
            tokens,
            next_page_token: next,
        }))
    }

    async fn revoke_token(
        &self,
        request: Request<RevokeTokenRequest>,
    ) -> Result<Response<RevokeTokenResponse>, Status> {
        let access = Access::of(&request)?;
        let id = checked(convert::token_id("name", &request.get_ref().name))?;
        let revoking = self.broker.revoke_token(&access.caller, &id);
        revoking.await.map_err(status::of)?;
        Ok(Response::new(RevokeTokenResponse {}))
    }
}
