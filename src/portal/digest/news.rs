//! What there is to say of a home on a morning: which forms fall due, and who asks anew.
//!
//! Invariant: no answer, no wording of a question and nobody's name is in it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::ToSpan;
use jiff::civil::DateTime;

use crate::broker::FormsFilter;
use crate::domain::form::Form;
use crate::domain::id::{AskName, HomeId};
use crate::domain::letter::DigestDays;
use crate::domain::template::TemplateAsk;

use super::super::left::{Left, Names, name_of, names_of};
use super::super::words::digest as words;
use super::super::worklist::{LATE_DAYS, period_of};
use super::super::{Portal, PortalError, shown};

/// How soon something must be due to be told of, in days.
const SOON_DAYS: i64 = 7;

/// Most forms told of that fall due, and most that are late; how many others there are is said.
const FORMS_TOLD_MAX: usize = 10;

/// Most requests told of that are new.
const NEW_TOLD_MAX: usize = 10;

/// Longest purpose told of, in code points: a line or two of a letter.
const PURPOSE_CHARS_MAX: usize = 200;

/// What there is to say of a home.
pub(super) struct News {
    home: HomeId,
    home_name: String,
    /// Forms that fall due, the next one first, each in a line.
    due: Vec<String>,
    /// Forms that are late, the latest first.
    late: Vec<String>,
    /// Whatever is asked of the home around today; with a line if it can still be answered.
    asks: BTreeMap<AskName, Option<String>>,
}

impl Portal {
    /// What there is to say of a home.
    pub(super) async fn news(&self, home: &HomeId, now: DateTime) -> Result<News, PortalError> {
        let entry = self.broker.home(home).await?;
        let around_today = FormsFilter::default();
        let forms = self.broker.list_forms(home, &around_today).await?;
        let mut names = Names::new();
        for form in &forms {
            names.extend(self.broker.names_of(&form.template).await?);
        }
        Ok(News::of(home, &entry.name, &forms, &names, now))
    }
}

impl News {
    fn of(home: &HomeId, home_name: &str, forms: &[Form], names: &Names, now: DateTime) -> Self {
        let since = now.saturating_sub(LATE_DAYS.days());
        let soon = now.date().saturating_add(SOON_DAYS.days());
        let (mut due, mut late) = (Vec::new(), Vec::new());
        let mut asks: BTreeMap<AskName, Option<String>> = BTreeMap::new();
        for form in forms {
            let left = Left::due_since(form, now, since);
            match left.due {
                Some(at) if at < now => late.push((at, line(form, &left, names, now))),
                Some(at) if at.date() <= soon => due.push((at, line(form, &left, names, now))),
                _ => {}
            }
            for ask in &form.template.body().asks {
                let told = asks.entry(ask.name.clone()).or_default();
                if ask.window.closes >= since {
                    *told = Some(asked(ask, names));
                }
            }
        }
        due.sort();
        late.sort();
        Self {
            home: home.clone(),
            home_name: in_a_line(home_name),
            due: due.into_iter().map(|(_, line)| line).collect(),
            late: late.into_iter().rev().map(|(_, line)| line).collect(),
            asks,
        }
    }

    /// What is asked of the home by now.
    pub(super) fn asks(&self) -> BTreeSet<AskName> {
        self.asks.keys().cloned().collect()
    }

    /// Subject and text of a letter to whoever knows of some asks, from the last one that she got,
    /// if she ever did; none if there is nothing to say.
    pub(super) fn told(
        &self,
        known: Option<&BTreeSet<AskName>>,
        days: DigestDays,
        url: &str,
    ) -> Option<(String, String)> {
        let is_new = |ask: &AskName| known.is_none_or(|known| !known.contains(ask));
        let new = self.asks.iter().filter(|(ask, _)| is_new(ask));
        let new: Vec<&String> = new.filter_map(|(_, line)| line.as_ref()).collect();
        let (due, late) = (self.due.len(), self.late.len());
        if due + late + new.len() == 0 {
            return None;
        }
        let home = &self.home;
        let parts = [
            Some(words::opening(&self.home_name)),
            list(words::DUE, &self.due, FORMS_TOLD_MAX),
            list(words::LATE, &self.late, FORMS_TOLD_MAX),
            list(words::NEW, &new, NEW_TOLD_MAX),
            Some(words::worklist(&format!("{url}/homes/{home}"))),
            Some(words::why(days, &format!("{url}/preferences"))),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        let subject = words::subject(&self.home_name, due, late, new.len());
        Some((subject, parts.join("\n")))
    }
}

/// A heading with its lines; none without any.
fn list<T: AsRef<str>>(heading: &str, lines: &[T], lines_max: usize) -> Option<String> {
    if lines.is_empty() {
        return None;
    }
    let told = lines.iter().take(lines_max);
    let told: Vec<&str> = told.map(AsRef::as_ref).collect();
    Some(words::list(heading, &told, lines.len() - told.len()))
}

/// A form with what is left of it, when that is due and to whom.
fn line(form: &Form, left: &Left, names: &Names, now: DateTime) -> String {
    let Some(due) = left.due else {
        return words::form(&period_of(form), &left.words());
    };
    let whom = in_a_line(&names_of(&left.due_to, names));
    let form = words::form(&period_of(form), &left.words());
    words::due(&form, &shown::due_on(due), due < now, &whom)
}

/// Who asks, and what for.
fn asked(ask: &TemplateAsk, names: &Names) -> String {
    let whom = in_a_line(&name_of(&ask.name.organisation, names));
    let purpose = in_a_line(&ask.purpose);
    let mut short: String = purpose.chars().take(PURPOSE_CHARS_MAX).collect();
    if short.len() < purpose.len() {
        short.push('…');
    }
    words::asked(&whom, &short)
}

/// A text of somebody else's in one line of a letter.
fn in_a_line(text: &str) -> String {
    let words: Vec<&str> = text
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn news(due: usize, late: usize, asks: &[(&str, bool)]) -> News {
        let line = |n: usize| format!("Form {n}: 1 to answer");
        let asks = asks.iter().map(|(id, is_current)| {
            let name = format!("organisations/sefton/asks/{id}").parse().unwrap();
            (name, is_current.then(|| format!("Sefton: {id}")))
        });
        News {
            home: "1-466088203".parse().unwrap(),
            home_name: "Rowan House".into(),
            due: (0..due).map(line).collect(),
            late: (0..late).map(line).collect(),
            asks: asks.collect(),
        }
    }

    const URL: &str = "https://forms.example";

    #[test]
    fn what_is_known_or_over_is_not_new_and_nothing_makes_no_letter() {
        let told = |news: &News, known: &[&str]| {
            let known = known
                .iter()
                .map(|id| format!("organisations/sefton/asks/{id}"));
            let known = known.map(|name| name.parse().unwrap()).collect();
            news.told(Some(&known), DigestDays::EveryWorkingDay, URL)
        };
        let some = news(0, 0, &[("a", true), ("b", true), ("over", false)]);
        assert_eq!(told(&some, &["a", "b"]), None);
        let (subject, text) = told(&some, &["a"]).unwrap();
        assert_eq!(subject, "Rowan House: 1 new request");
        assert!(text.contains("Sefton: b") && !text.contains("Sefton: a"));
        assert!(!text.contains("over"));
        let all = some.told(None, DigestDays::EveryWorkingDay, URL).unwrap();
        assert_eq!(all.0, "Rowan House: 2 new requests");
    }

    #[test]
    fn a_long_list_is_cut_and_says_by_how_much() {
        let many = news(12, 11, &[]);
        let (subject, text) = many.told(None, DigestDays::Mondays, URL).unwrap();
        assert_eq!(subject, "Rowan House: 12 forms due, 11 forms late");
        assert!(
            text.contains("- 2 more") && text.contains("- 1 more"),
            "{text}"
        );
        assert_eq!(text.matches("1 to answer").count(), 2 * FORMS_TOLD_MAX);
        assert!(text.lines().all(|line| line.len() < 998));
    }

    #[test]
    fn a_text_of_several_lines_stands_in_one() {
        assert_eq!(in_a_line(" Mutual\r\n\taid\u{7} \n"), "Mutual aid");
    }
}
