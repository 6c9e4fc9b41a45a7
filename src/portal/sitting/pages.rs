//! How the questions of a sitting are laid on pages: topics in their order, small ones together, large
//! ones in parts.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::alike::Alike;
use super::words;
use crate::broker::DraftedForm;
use crate::domain::digest::QuestionId;
use crate::domain::form::Need;
use crate::domain::reference::Reference;
use crate::domain::template::EntryId;

/// Most questions on one page: what can be read and typed without losing one's place.
const QUESTIONS_PER_PAGE_MAX: usize = 12;

/// Most columns on one page: a fortnight of days of one question still fits a phone's memory.
const COLUMNS_PER_PAGE_MAX: usize = 16;

/// Most questions that stand together because they may be the same: so many ways to word one thing
/// are left on a page even where each has some columns.
const QUESTIONS_TOGETHER_MAX: usize = 4;

/// A page of questions: a large topic has several, several small ones share one.
pub(super) struct Page {
    pub(super) topics: Vec<Topic>,
}

/// A topic, or a part of one, on its page.
pub(super) struct Topic {
    /// The topic.
    pub(super) title: String,
    /// Which of how many parts it is.
    pub(super) part: (usize, usize),
    /// The questions: for each the places of its columns.
    pub(super) questions: Vec<Vec<Place>>,
}

/// An entry of one of the forms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) form: usize,
    pub(super) entry: usize,
}

impl Page {
    pub(super) fn questions(&self) -> impl Iterator<Item = &Vec<Place>> {
        self.topics.iter().flat_map(|topic| &topic.questions)
    }

    pub(super) fn places(&self) -> impl Iterator<Item = Place> {
        self.questions().flatten().copied()
    }
}

impl Topic {
    /// The topic, with the part where it has several.
    pub(super) fn title(&self) -> String {
        let title = match self.title.as_str() {
            "" => words::sitting::OTHER_QUESTIONS,
            title => title,
        };
        match self.part {
            (_, 1) => title.to_owned(),
            (part, parts) => words::sitting::part(title, part, parts),
        }
    }

    fn columns(&self) -> usize {
        self.questions.iter().map(Vec::len).sum()
    }
}

/// The pages of forms: topics in their order, each question once, those that may be the same together;
/// `is_open_only` leaves out what is answered and sent already.
pub(super) fn pages(forms: &[DraftedForm], alike: &Alike, is_open_only: bool) -> Vec<Page> {
    let chosen = chosen(forms, is_open_only);
    let mut topics: Vec<Gathered> = Vec::new();
    for (at, form) in forms.iter().enumerate() {
        // A topic that is new stands behind that before it on its form.
        let mut behind = 0;
        for (place, entry) in form.form.template.entries().iter().enumerate() {
            if chosen.get(&entry.id) != Some(&at) {
                continue;
            }
            let has = |own: &Gathered| own.questions.iter().any(|own| own.id == entry.question);
            let known = topics.iter().position(has);
            let title = &entry.topic.value;
            let known = known.or_else(|| topics.iter().position(|own| own.title == *title));
            let topic = known.unwrap_or_else(|| {
                topics.insert(behind, Gathered::of(title));
                behind
            });
            behind = topic + 1;
            topics[topic].add(
                entry.question,
                Place {
                    form: at,
                    entry: place,
                },
            );
        }
    }
    let entry = |place: &Place| &forms[place.form].form.template.entries()[place.entry];
    for own in topics.iter_mut().flat_map(|own| &mut own.questions) {
        own.places
            .sort_by_key(|place| speaks_until(entry(place).reference));
    }
    if !alike.is_empty() {
        topics = together(topics, |upper, lower| {
            alike.has_any(upper.iter().map(entry), &lower.iter().map(entry))
        });
    }
    packed(topics.into_iter().flat_map(Gathered::parts))
}

/// The topics with each question that may be the same as an earlier one behind that, under its topic;
/// a topic of which nothing is left goes.
fn together(topics: Vec<Gathered>, is_alike: impl Fn(&[Place], &[Place]) -> bool) -> Vec<Gathered> {
    let titles: Vec<String> = topics.iter().map(|own| own.title.clone()).collect();
    let all = topics.into_iter().enumerate();
    let all = all.flat_map(|(at, topic)| topic.questions.into_iter().map(move |own| (at, own)));
    // Questions that stand together, by the topic of the first of them.
    let mut stacks: Vec<(usize, Vec<Asked>)> = Vec::new();
    for (topic, mut asked) in all {
        let above = stacks.iter_mut().find_map(|(_, stack)| {
            let is_it = |own: &Asked| is_alike(&own.places, &asked.places);
            let at = stack.iter().position(is_it)?;
            (stack.len() < QUESTIONS_TOGETHER_MAX).then_some((stack, at))
        });
        match above {
            Some((stack, at)) => {
                asked.is_behind = true;
                // Behind those that stand behind the same one already.
                let mut others = stack.iter().skip(at + 1);
                let behind = others.position(|own| !is_alike(&stack[at].places, &own.places));
                stack.insert(behind.map_or(stack.len(), |more| at + 1 + more), asked);
            }
            None => stacks.push((topic, vec![asked])),
        }
    }
    let mut topics: Vec<Gathered> = titles.iter().map(|own| Gathered::of(own)).collect();
    for (topic, stack) in stacks {
        topics[topic].questions.extend(stack);
    }
    topics.retain(|own| !own.questions.is_empty());
    topics
}

/// A topic with all its questions.
struct Gathered {
    title: String,
    questions: Vec<Asked>,
}

/// A question with the places of its columns.
struct Asked {
    id: QuestionId,
    places: Vec<Place>,
    /// Whether it stands behind another because it may be the same.
    is_behind: bool,
}

impl Gathered {
    fn of(title: &str) -> Self {
        Self {
            title: title.to_owned(),
            questions: Vec::new(),
        }
    }

    fn add(&mut self, question: QuestionId, place: Place) {
        let mut questions = self.questions.iter_mut();
        match questions.find(|own| own.id == question) {
            Some(own) => own.places.push(place),
            None => self.questions.push(Asked {
                id: question,
                places: vec![place],
                is_behind: false,
            }),
        }
    }

    /// The topic in parts, so many that none has too many questions or columns, and as even as may be;
    /// questions that stand together are in one part.
    fn parts(self) -> Vec<Topic> {
        let Self { title, questions } = self;
        let columns: usize = questions.iter().map(|own| own.places.len()).sum();
        let least = questions.len().div_ceil(QUESTIONS_PER_PAGE_MAX);
        let parts = least.max(columns.div_ceil(COLUMNS_PER_PAGE_MAX)).max(1);
        let share = columns.div_ceil(parts).max(1);
        let mut chunks: Vec<Vec<Vec<Place>>> = vec![Vec::new()];
        let mut held = 0;
        for stack in questions.chunk_by(|_, next| next.is_behind) {
            let columns: usize = stack.iter().map(|own| own.places.len()).sum();
            let is_full = held + columns > share && held > 0;
            let chunk = chunks.last().map_or(0, Vec::len);
            if is_full || chunk + stack.len() > QUESTIONS_PER_PAGE_MAX {
                chunks.push(Vec::new());
                held = 0;
            }
            held += columns;
            if let Some(chunk) = chunks.last_mut() {
                chunk.extend(stack.iter().map(|own| own.places.clone()));
            }
        }
        let parts = chunks.len();
        let topics = (1usize..).zip(chunks).map(|(part, questions)| Topic {
            title: title.clone(),
            part: (part, parts),
            questions,
        });
        topics.collect()
    }
}

/// The last day that an answer speaks of; what stands until it changes comes last.
fn speaks_until(reference: Reference) -> Date {
    match reference {
        Reference::Moment { date, .. } => date,
        Reference::Span { last, .. } => last,
        Reference::OnCompletion { closes, .. } => closes.date(),
        Reference::Standing => Date::MAX,
    }
}

/// For each entry the form on which it is answered: that on which something is typed for it, else the
/// first that is not done with it.
fn chosen(forms: &[DraftedForm], is_open_only: bool) -> BTreeMap<EntryId, usize> {
    let mut chosen: BTreeMap<EntryId, (usize, bool)> = BTreeMap::new();
    for (at, form) in forms.iter().enumerate() {
        for (entry, stands) in form.view.form.entries() {
            let is_done = stands.answer.is_some() && stands.need == Need::Nothing;
            let is_typed = form.typed.contains_key(&entry.id);
            if is_open_only && is_done && !is_typed {
                continue;
            }
            let known = chosen.entry(entry.id).or_insert((at, is_typed));
            if is_typed && !known.1 {
                *known = (at, true);
            }
        }
    }
    chosen.into_iter().map(|(id, (at, _))| (id, at)).collect()
}

/// Topics on pages, in their order: as many on one as it takes.
fn packed(topics: impl Iterator<Item = Topic>) -> Vec<Page> {
    let mut pages: Vec<Page> = Vec::new();
    for topic in topics {
        let takes = |page: &Page| {
            let columns: usize = page.topics.iter().map(Topic::columns).sum();
            page.questions().count() + topic.questions.len() <= QUESTIONS_PER_PAGE_MAX
                && columns + topic.columns() <= COLUMNS_PER_PAGE_MAX
        };
        match pages.last_mut().filter(|page| takes(page)) {
            Some(page) => page.topics.push(topic),
            None => pages.push(Page {
                topics: vec![topic],
            }),
        }
    }
    pages
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Topics of so many questions, each of so many columns, on pages: the sizes of their parts.
    fn pages_of(topics: &[(usize, usize)]) -> Vec<Vec<usize>> {
        let place = Place { form: 0, entry: 0 };
        let topics = topics.iter().flat_map(|(questions, columns)| {
            let mut gathered = Gathered::of("Falls");
            for at in 0..*questions {
                let id = QuestionId::from_bytes([u8::try_from(at).unwrap(); 20]);
                (0..*columns).for_each(|_| gathered.add(id, place));
            }
            gathered.parts()
        });
        let sizes = |page: &Page| page.topics.iter().map(|own| own.questions.len()).collect();
        packed(topics).iter().map(sizes).collect()
    }

    #[test]
    fn small_topics_share_a_page_and_large_ones_have_several() {
        for (topics, pages) in [
            (&[][..], vec![]),
            (&[(1, 1), (2, 1), (3, 1)], vec![vec![1, 2, 3]]),
            (&[(12, 1), (1, 1)], vec![vec![12], vec![1]]),
            (&[(13, 1)], vec![vec![7], vec![6]]),
            (&[(30, 1)], vec![vec![10], vec![10], vec![10]]),
            (&[(3, 14)], vec![vec![1], vec![1], vec![1]]),
            (&[(1, 40), (1, 1)], vec![vec![1], vec![1]]),
            (&[(2, 4), (2, 4), (1, 1)], vec![vec![2, 2], vec![1]]),
        ] {
            assert_eq!(pages_of(topics), pages, "{topics:?}");
        }
    }

    /// Topics of questions by number, those of one ten being alike, as they then stand.
    fn stacked(topics: &[&[usize]]) -> Vec<Vec<usize>> {
        let topics = topics.iter().map(|questions| {
            let mut gathered = Gathered::of("Falls");
            for entry in *questions {
                let id = QuestionId::from_bytes([u8::try_from(*entry).unwrap(); 20]);
                gathered.add(
                    id,
                    Place {
                        form: 0,
                        entry: *entry,
                    },
                );
            }
            gathered
        });
        let is_alike = |a: &[Place], b: &[Place]| a[0].entry / 10 == b[0].entry / 10;
        let numbers = |own: &Gathered| {
            own.questions
                .iter()
                .map(|own| own.places[0].entry)
                .collect()
        };
        together(topics.collect(), is_alike)
            .iter()
            .map(numbers)
            .collect()
    }

    #[test]
    fn what_may_be_the_same_stands_behind_the_first_of_it_under_its_topic() {
        for (topics, stands) in [
            (&[&[10, 20][..], &[30]][..], vec![vec![10, 20], vec![30]]),
            (
                &[&[10, 20], &[11, 30, 21]],
                vec![vec![10, 11, 20, 21], vec![30]],
            ),
            (&[&[10, 20], &[12, 11]], vec![vec![10, 12, 11, 20]]),
            // More than fit together stand by themselves.
            (
                &[&[10, 20], &[11, 12, 13, 14]],
                vec![vec![10, 11, 12, 13, 20], vec![14]],
            ),
        ] {
            assert_eq!(stacked(topics), stands, "{topics:?}");
        }
    }

    #[test]
    fn what_stands_together_is_on_one_page() {
        let mut gathered = Gathered::of("Falls");
        for entry in 0..14 {
            let id = QuestionId::from_bytes([u8::try_from(entry).unwrap(); 20]);
            gathered.add(id, Place { form: 0, entry });
        }
        gathered.questions[7].is_behind = true;
        let parts: Vec<usize> = gathered
            .parts()
            .iter()
            .map(|own| own.questions.len())
            .collect();
        assert_eq!(parts, [6, 7, 1]);
    }
}
