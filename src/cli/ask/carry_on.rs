//! `ask continue`: a successor makes a predecessor's ask its own, from the day on.

use crate::domain::ask::RawAsk;
use crate::domain::calendar::parse_day;
use crate::domain::id::AskName;
use crate::domain::period::{Cadence, Period};
use crate::grpc::v1;

use super::super::connect::Remote;
use super::super::convert::{too_old, word};
use super::super::failure::{Failure, Result};
use super::super::out;

/// Reads an ask of a predecessor, renames it, and submits it for the periods that begin once the
/// predecessor is no longer: those before are on forms under the predecessor's name.
pub(super) async fn carry_on(
    remote: &Remote,
    ask: &str,
    organisation: &str,
    id: &str,
) -> Result<()> {
    let name: AskName = ask
        .parse()
        .map_err(|error| Failure::usage(format!("{error}")))?;
    let found = super::read(remote, ask).await?;
    let raw = RawAsk::try_from(found).map_err(|faults| too_old(ask, &faults))?;
    let on = ended_on(remote, &name).await?;
    let organisation = organisation
        .strip_prefix("organisations/")
        .unwrap_or(organisation);
    let own = RawAsk {
        organisation: organisation.to_owned(),
        ask: if id.is_empty() {
            raw.ask.clone()
        } else {
            id.to_owned()
        },
        continues: name.to_string(),
        ..from_day_on(raw, on)?
    };
    let message = v1::Ask::try_from(own).map_err(|faults| too_old(ask, &faults))?;
    let request = v1::SubmitAskRequest {
        ask: Some(message),
        // The content alone says whether the ask stands already.
        request_id: String::new(),
        validate_only: false,
        // Its fields are those of an ask that stood already.
        suggest: false,
    };
    let submitted = remote.asks().submit_ask(request).await?.into_inner();
    let outcome = word(submitted.outcome().as_str_name(), "SUBMIT_OUTCOME");
    let new = submitted.ask.unwrap_or_default().name;
    out::note(format_args!("{new} continues {name}: {outcome}"));
    out::data(&format!("{new}\n"))
}

/// The day on which an ask's organisation ended.
async fn ended_on(remote: &Remote, ask: &AskName) -> Result<jiff::civil::Date> {
    let name = ask.organisation.resource();
    let request = v1::GetOrganisationRequest { name: name.clone() };
    let found = remote
        .registry()
        .get_organisation(request)
        .await?
        .into_inner();
    let ended = found
        .organisation
        .and_then(|organisation| organisation.ended);
    let ended = ended.ok_or_else(|| Failure::refused(format!("{name} has not ended")))?;
    parse_day(&ended.on).map_err(|error| Failure::refused(format!("{name}: {error}")))
}

/// The ask without the periods that begin before a day.
fn from_day_on(mut raw: RawAsk, on: jiff::civil::Date) -> Result<RawAsk> {
    if let Ok(cadence) = raw.cadence.parse::<Cadence>() {
        let asked = parse_day(&raw.from).unwrap_or(on).max(on);
        let first = cadence.period_of(asked);
        let is_cut = first.start() < on;
        let first = if is_cut {
            first.next().unwrap_or(first)
        } else {
            first
        };
        raw.from = asked.max(first.start()).to_string();
        let until = parse_day(&raw.until).ok();
        if until.is_some_and(|until| until < first.start()) {
            return Err(nothing_left(on));
        }
        return Ok(raw);
    }
    let begins_later = |id: &String| {
        id.parse::<Period>()
            .is_ok_and(|period| on <= period.start())
    };
    raw.periods.retain(begins_later);
    if raw.periods.is_empty() {
        return Err(nothing_left(on));
    }
    Ok(raw)
}

fn nothing_left(on: jiff::civil::Date) -> Failure {
    Failure::refused(format!(
        "the ask has no period that begins on {on} or later"
    ))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_continued_ask_begins_with_the_first_period_that_begins_then() {
        let begins = |cadence: &str, from: &str| {
            let raw = RawAsk {
                cadence: cadence.into(),
                from: from.into(),
                ..RawAsk::default()
            };
            from_day_on(raw, date(2022, 7, 1)).unwrap().from
        };
        assert_eq!(begins("daily", "2020-06-01"), "2022-07-01");
        assert_eq!(begins("monthly", "2020-06-01"), "2022-07-01");
        assert_eq!(begins("weekly", "2020-06-01"), "2022-07-04");
        assert_eq!(begins("yearly", "2020-06-01"), "2023-01-01");
        assert_eq!(begins("monthly", "2022-09-15"), "2022-09-15");
        let listed = RawAsk {
            periods: vec!["2022-06".into(), "2022-07".into(), "2022".into()],
            ..RawAsk::default()
        };
        assert_eq!(
            from_day_on(listed.clone(), date(2022, 7, 1))
                .unwrap()
                .periods,
            ["2022-07"]
        );
        assert!(from_day_on(listed, date(2022, 8, 1)).is_err());
    }
}
