//! `TokenService`: issuing, listing and revoking tokens.

use tonic::{Request, Response, Status};

use super::auth::Access;
use super::v1::token_service_server::TokenService;
use super::v1::{
    IssueTokenRequest, IssueTokenResponse, ListTokensRequest, ListTokensResponse,
    RevokeTokenRequest, RevokeTokenResponse, RotateTokenRequest, RotateTokenResponse,
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
            token: Some(convert::token(&issued.token, Vec::new())),
            secret: issued.secret,
        }))
    }

    async fn list_tokens(
        &self,
        request: Request<ListTokensRequest>,
    ) -> Result<Response<ListTokensResponse>, Status> {
        let access = Access::of(&request)?;
        let mut request = request.into_inner();
        let (size, token) = (request.page_size, std::mem::take(&mut request.page_token));
        request.page_size = 0;
        let role = checked(convert::role(request.role))?;
        let page = self.pager.page(&access, &request, size, &token)?;
        let tokens = self.broker.tokens(role, request.live).await;
        let tokens = tokens.map_err(status::of)?;
        let after = page.after.as_deref().unwrap_or_default();
        let rest = tokens.iter().filter(|token| token.id.as_str() > after);
        let mut tokens = rest
            .take(page.rows_max + 1)
            .map(|token| convert::token(token, self.broker.former_ends(token)))
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

    async fn rotate_token(
        &self,
        request: Request<RotateTokenRequest>,
    ) -> Result<Response<RotateTokenResponse>, Status> {
        let access = Access::of(&request)?;
        let request = request.into_inner();
        let id = checked(convert::token_id("name", &request.name))?;
        let overlap = checked(convert::rotation_overlap(request.overlap))?;
        let rotating = self.broker.rotate_token(&access.caller, &id, overlap);
        let rotated = rotating.await.map_err(status::of)?;
        let former = self.broker.former_ends(&rotated.issued.token);
        Ok(Response::new(convert::rotated(&rotated, former)))
    }
}
