//! When the asks of a home take answers: what opens and what falls due over some days.

use jiff::ToSpan;
use jiff::civil::Date;

use crate::domain::ask::SharedAsk;
use crate::domain::fault::Faults;
use crate::domain::id::HomeId;
use crate::domain::period::Period;
use crate::domain::window::{OFFSET_DAYS_MAX, Window};

use super::{Broker, BrokerError};

/// Most days looked at at once: two months.
const WINDOWS_DAYS_MAX: i64 = 62;

/// Most windows told at once: thirty daily asks for two months.
const WINDOWS_MAX: usize = 2_000;

/// An ask with one of its periods and when it takes answers for that.
#[derive(Debug, Clone)]
pub struct AskWindow {
    /// The ask.
    pub ask: SharedAsk,
    /// The period.
    pub period: Period,
    /// When it takes answers.
    pub window: Window,
}

impl Broker {
    /// The windows of what a home is asked that open or close on one of these days, by when they
    /// close.
    ///
    /// # Errors
    /// If there is no such home, or the days are too many.
    pub async fn windows(
        &self,
        home: &HomeId,
        first: Date,
        last: Date,
    ) -> Result<Vec<AskWindow>, BrokerError> {
        if last < first || first.saturating_add(WINDOWS_DAYS_MAX.days()) < last {
            let message =
                format!("lies before from, or more than {WINDOWS_DAYS_MAX} days after it");
            return Err(Faults::one("until", message).into());
        }
        self.home(home).await?;
        let liveness = self.liveness(home).await?;
        // A window may lie so far from its period, before it or after.
        let offset = i64::from(OFFSET_DAYS_MAX).days();
        let (from, until) = (first.saturating_sub(offset), last.saturating_add(offset));
        let is_within = |day: Date| first <= day && day <= last;
        let mut windows = Vec::new();
        for ask in self.store.asks_of_home(home, from, until).await? {
            for period in ask.schedule.periods_between(from, until) {
                let Ok(window) = ask.window.window(&period) else {
                    continue;
                };
                let is_meant = is_within(window.opens.date()) || is_within(window.closes.date());
                if is_meant && liveness.is_live(&ask, &period) && windows.len() < WINDOWS_MAX {
                    let ask = ask.clone();
                    windows.push(AskWindow {
                        ask,
                        period,
                        window,
                    });
                }
            }
        }
        windows.sort_by_key(|own| (own.window.closes, own.period));
        Ok(windows)
    }
}
