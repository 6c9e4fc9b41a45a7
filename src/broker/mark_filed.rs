//! A home says that it has filed an ask in another system, or that it has not after all.

use jiff::Timestamp;

use crate::domain::event::{Event, Key};
use crate::domain::fault::Faults;
use crate::domain::filing::AskFiled;
use crate::domain::form::Form;
use crate::domain::id::{AskName, HomeId};
use crate::domain::period::Period;
use crate::store::Expectation;

use super::submit_answers::check_name;
use super::{ATTEMPTS_MAX, Broker, BrokerError, Caller, idempotency};

/// What a home says of an ask.
#[derive(Debug, Clone, serde::Serialize)]
pub struct MarkFiled {
    /// The home.
    pub home: HomeId,
    /// The form's period.
    pub period: Period,
    /// The ask.
    pub ask: AskName,
    /// Whether it is filed.
    pub is_filed: bool,
    /// Who says so, in the home's words.
    pub filed_by: String,
}

/// How it stands.
#[derive(Debug, Clone)]
pub struct MarkedFiled {
    /// When the home said that the ask is filed; none if it is not.
    pub filed_at: Option<Timestamp>,
    /// The form as it stands now.
    pub form: Form,
}

impl Broker {
    /// Records whether an ask is filed. Saying the same again changes nothing.
    ///
    /// # Errors
    /// An ask that is not on the form, or is not filed elsewhere; a request id used for something
    /// else.
    pub async fn mark_filed(
        &self,
        caller: &Caller,
        said: MarkFiled,
        request_id: &str,
    ) -> Result<MarkedFiled, BrokerError> {
        let mut faults = Faults::new();
        check_name("filed_by", &said.filed_by, &mut faults);
        faults.into_result()?;
        let idempotency = idempotency(caller, "MarkFiled", request_id, &said)?;
        if self.seen_before(idempotency.as_ref()).await?.is_some() {
            return self.marked(&said).await;
        }
        for _ in 0..ATTEMPTS_MAX {
            let form = self.load_form(&said.home, said.period).await?.form;
            check_ask(&said.ask, &form)?;
            let filings = self.store.filings(&said.home, said.period).await?;
            if filings.value.contains_key(&said.ask) == said.is_filed {
                return self.marked(&said).await;
            }
            let unchanged = Expectation {
                key: Key::Filings(said.home.clone(), said.period),
                revision: filings.revision,
            };
            let event = Event::AskFiled(AskFiled {
                home: said.home.clone(),
                ask: said.ask.clone(),
                period: said.period,
                filed_by: said.filed_by.clone(),
                at: self.now(),
                is_filed: said.is_filed,
            });
            let landed = self.record(caller, vec![event], vec![unchanged], idempotency);
            if landed.await?.is_some() {
                return self.marked(&said).await;
            }
        }
        Err(BrokerError::Contended)
    }

    async fn marked(&self, said: &MarkFiled) -> Result<MarkedFiled, BrokerError> {
        let form = self.load_form(&said.home, said.period).await?.form;
        let filed_at = form.filings.get(&said.ask).map(|filed| filed.at);
        Ok(MarkedFiled { filed_at, form })
    }
}

fn check_ask(name: &AskName, form: &Form) -> Result<(), Faults> {
    match form.template.ask(name) {
        None => Err(Faults::one("ask", "is not on this form")),
        Some(ask) if !ask.is_filed_elsewhere() => {
            let message = "is not filed elsewhere: its answers are sent from here";
            Err(Faults::one("ask", message))
        }
        Some(_) => Ok(()),
    }
}
