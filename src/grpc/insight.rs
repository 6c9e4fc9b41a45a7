//! `InsightService`: who asks for what.

use tonic::{Request, Response, Status};

use super::auth::Access;
use super::v1::insight_service_server::InsightService;
use super::v1::{
    FindDemandsRequest, FindDemandsResponse, GetBurdenRequest, GetBurdenResponse,
    GetOverlapRequest, GetOverlapResponse,
};
use super::{Desk, checked, convert, status};
use crate::broker::{BurdenFilter, DemandFilter, OverlapFilter};
use crate::domain::access::Role;
use crate::domain::calendar::parse_day;
use crate::domain::fault::Faults;
use crate::domain::id::{AskName, OrganisationId};
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
        filter.reader = reader(&access)?;
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

    async fn get_overlap(
        &self,
        request: Request<GetOverlapRequest>,
    ) -> Result<Response<GetOverlapResponse>, Status> {
        let access = Access::of(&request)?;
        let mut request = request.into_inner();
        let (size, token) = (request.page_size, std::mem::take(&mut request.page_token));
        request.page_size = 0;
        let mut filter = checked(read_overlap(&request))?;
        filter.organisation = own_only(&access, filter.organisation)?;
        filter.reader = reader(&access)?;
        let page = self.pager.page(&access, &request, size, &token)?;
        let found = self.broker.overlap(&filter).await.map_err(status::of)?;
        let after = page
            .after
            .as_deref()
            .and_then(|place| place.split_once(' '));
        let is_after = |pair: &&crate::broker::OverlapPair| {
            let (one, other) = &pair.organisations;
            after.is_none_or(|after| (one.as_str(), other.as_str()) > after)
        };
        let rows: Vec<_> = found.pairs.iter().filter(is_after).collect();
        let mut pairs = rows.iter().map(|pair| convert::overlap(pair)).collect();
        let is_cut = page.cut(&mut pairs);
        let last = rows.get(pairs.len().wrapping_sub(1)).filter(|_| is_cut);
        let next = last.map(|pair| {
            let (one, other) = &pair.organisations;
            page.token(&format!("{one} {other}"))
        });
        let organisations = found.organisations.iter();
        Ok(Response::new(GetOverlapResponse {
            pairs,
            organisations: match page.after {
                None => organisations.map(convert::overlap_organisation).collect(),
                Some(_) => Vec::new(),
            },
            next_page_token: next.unwrap_or_default(),
        }))
    }

    async fn get_burden(
        &self,
        request: Request<GetBurdenRequest>,
    ) -> Result<Response<GetBurdenResponse>, Status> {
        let access = Access::of(&request)?;
        let mut request = request.into_inner();
        let (size, token) = (request.page_size, std::mem::take(&mut request.page_token));
        request.page_size = 0;
        let mut filter = checked(read_burden(&request))?;
        filter.organisation = own_only(&access, filter.organisation)?;
        filter.reader = reader(&access)?;
        let page = self.pager.page(&access, &request, size, &token)?;
        let found = self.broker.burden(&filter).await.map_err(status::of)?;
        let rows = found.rows.iter();
        let is_after = |group: &String| page.after.as_ref().is_none_or(|after| group > after);
        let rows = rows.filter(|(group, _)| is_after(group));
        let mut rows = rows
            .map(|(group, counts)| convert::burden(group, counts))
            .collect();
        let next_page_token = page.next(&mut rows, |row| row.group.clone());
        let is_first = page.after.is_none();
        Ok(Response::new(GetBurdenResponse {
            rows,
            total: is_first.then(|| convert::burden("", &found.total)),
            next_page_token,
        }))
    }
}

/// For whom others' private asks are as if they were not; none for who sees all.
fn reader(access: &Access) -> Result<Option<OrganisationId>, Status> {
    let grant = &access.caller.grant;
    match (grant.role, &grant.organisation) {
        (Role::Requester, Some(own)) => Ok(Some(own.clone())),
        (Role::Requester, None) => Err(status::denied()),
        _ => Ok(None),
    }
}

/// The organisation that a filter names, which a requester may leave out and not choose.
fn own_only(
    access: &Access,
    named: Option<OrganisationId>,
) -> Result<Option<OrganisationId>, Status> {
    match named {
        Some(organisation) => {
            access.to_organisation(&organisation)?;
            Ok(Some(organisation))
        }
        None => access.confined_to(),
    }
}

fn read_overlap(request: &GetOverlapRequest) -> Result<OverlapFilter, Faults> {
    let mut faults = Faults::new();
    let organisation = &request.organisation;
    let organisation = convert::optional("organisation", organisation, convert::organisation_id);
    let organisation = faults.take("", organisation).flatten();
    let area = convert::optional("area", &request.area, convert::text);
    let area = faults.take("", area).flatten();
    let period = convert::optional("period", &request.period, convert::text);
    let period = faults.take("", period).flatten();
    faults.into_result()?;
    Ok(OverlapFilter {
        organisation,
        area,
        period,
        reader: None,
    })
}

fn read_burden(request: &GetBurdenRequest) -> Result<BurdenFilter, Faults> {
    let day = |member: &str, text: &str| {
        let read = parse_day(text);
        read.map_err(|error| Faults::one(member, error.to_string()))
    };
    let mut faults = Faults::new();
    let group = faults.take("", convert::burden_group("group_by", request.group_by));
    let from = convert::optional("from", &request.from, day);
    let from = faults.take("", from).flatten();
    let until = convert::optional("until", &request.until, day);
    let until = faults.take("", until).flatten();
    let organisation = &request.organisation;
    let organisation = convert::optional("organisation", organisation, convert::organisation_id);
    let organisation = faults.take("", organisation).flatten();
    let home = convert::optional("home", &request.home, convert::home_id);
    let home = faults.take("", home).flatten();
    let area = convert::optional("area", &request.area, convert::text);
    let area = faults.take("", area).flatten();
    if home.is_some() && area.is_some() {
        faults.add(
            "area",
            "is given beside a home, which lies in its own areas",
        );
    }
    let view = faults.take("", convert::burden_view("view", request.view));
    match (group, view, faults.into_result()) {
        (Some(group), Some(is_as_of_then), Ok(())) => Ok(BurdenFilter {
            group,
            from,
            until,
            organisation,
            home,
            area,
            reader: None,
            is_as_of_then,
        }),
        (_, _, Err(faults)) => Err(faults),
        (_, _, Ok(())) => Err(Faults::one("group_by", "is missing")),
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
        include_withdrawn: request.include_withdrawn,
        include_expired: request.include_expired,
        reader: None,
    })
}
