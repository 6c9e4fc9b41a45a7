//! What is said of an outage: each reason once, not once a try.

/// Most reasons that are said of one outage.
const REASONS_MAX: usize = 8;

/// An outage, if there is one, and the reasons for it that were said.
#[derive(Debug, Default)]
pub(super) struct Outage(Vec<String>);

impl Outage {
    /// Whether this reason is to be said. The first hides the one that lasts: sessions are ended,
    /// and then nobody is let in any more.
    pub(super) fn is_news(&mut self, why: &str) -> bool {
        let is_news = self.0.len() < REASONS_MAX && self.0.iter().all(|said| said != why);
        if is_news {
            self.0.push(why.to_owned());
        }
        is_news
    }

    /// Notes that it is over; whether there was one.
    pub(super) fn ends(&mut self) -> bool {
        !std::mem::take(&mut self.0).is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reason_of_an_outage_is_said_once_and_anew_in_the_next() {
        let mut outage = Outage::default();
        assert!(!outage.ends(), "there was none");
        let said = ["ended", "no entry", "ended", "no entry"].map(|why| outage.is_news(why));
        assert_eq!(said, [true, true, false, false]);
        for number in 0..100 {
            outage.is_news(&number.to_string());
        }
        assert!(!outage.is_news("one more"), "it has an end");
        assert!(outage.ends() && !outage.ends());
        assert!(outage.is_news("ended"));
    }
}
