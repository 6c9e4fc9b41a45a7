//! `InsightService`: who asks for what.

use tonic::{Request, Response, Status};

use super::auth::Access;
use super::v1::insight_service_server::InsightService;
use super::v1::{FindDemandsRequest, FindDemandsResponse};
use super::{Desk, checked, convert, status};
use crate::broker::DemandFilter;
use crate::domain::fault::Faults;
use crate::domain::id::AskName;
use crate::domain::limits::LABEL_CHARS_MAX;

#[tonic::async_trait]
impl InsightService for Desk {
    async fn find_demands(
        &self,
        request: Request<FindDemandsRequest>,
    ) -> Result<Response<FindDemandsResponse>, Status> {
        let access = Access::of(&request)?;
        let mut request = request.into_inner();
        let (size, token) = (request.page_size, std::mem::take(&mut request.page_token));
        request.page_size = 0;
        let mut filter = checked(read_filter(&request))?;
        match &filter.organisation {
            Some(organisation) => access.to_organisation(organisation)?,
            None => filter.organisation = access.confined_to()?,
        }
        let page = self.pager.page(&access, &request, size, &token)?;
        let from = page.after.as_deref().and_then(read_place);
        let finding = self.broker.find_demands(&filter, from, page.rows_max);
        let found = finding.await.map_err(status::of)?;
        let mut demands = found.rows.iter().map(convert::demand_row).collect();
        let is_cut = page.cut(&mut demands);
        let first_left_out = found.rows.get(demands.len()).filter(|_| is_cut);
        let next = match first_left_out {
            Some(row) => Some((row.ask.name.clone(), row.place)),
            None => found.next,
        };
        let next = next.map(|(ask, place)| page.token(&format!("{place} {ask}")));
        Ok(Response::new(FindDemandsResponse {
            demands,
            next_page_token: next.unwrap_or_default(),
        }))
    }
}

/// Where a page token says to go on: a place in an ask.
fn read_place(text: &str) -> Option<(AskName, usize)> {
    let (place, ask) = text.split_once(' ')?;
    Some((ask.parse().ok()?, place.parse().ok()?))
}

fn read_filter(request: &FindDemandsRequest) -> Result<DemandFilter, Faults> {
    let mut faults = Faults::new();
    let question = convert::optional("question", &request.question, convert::text);
    let question = faults.take("", question).flatten();
    let element = convert::optional("element", &request.element, convert::text);
    let element = faults.take("", element).flatten();
    let organisation = &request.organisation;
    let organisation = convert::optional("organisation", organisation, convert::organisation_id);
    let organisation = faults.take("", organisation).flatten();
    let home = convert::optional("home", &request.home, convert::home_id);
    let home = faults.take("", home).flatten();
    let area = convert::optional("area", &request.area, convert::text);
    let area = faults.take("", area).flatten();
    let period = convert::optional("period", &request.period, convert::text);
    let period = faults.take("", period).flatten();
    if request.text.chars().count() > LABEL_CHARS_MAX {
        faults.add(
            "text",
            format!("is longer than {LABEL_CHARS_MAX} characters"),
        );
    }
    faults.into_result()?;
    Ok(DemandFilter {
        question,
        element,
        organisation,
        home,
        area,
        period,
        text: request.text.clone(),
    })
}
