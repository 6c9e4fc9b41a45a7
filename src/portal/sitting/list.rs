//! The task list: the topics of a sitting, each with what is left to do.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Response;

use crate::domain::form::Need;
use crate::domain::template::TemplateAsk;

use super::super::page::{Chrome, html};
use super::super::question::Source;
use super::super::session::SignedIn;
use super::super::{Portal, PortalError, shown, words};
use super::{Sitting, Topic};

#[derive(askama::Template)]
#[template(config = "src/portal/askama.toml", path = "tasks.html")]
struct Tasks {
    chrome: Chrome,
    home: String,
    home_path: String,
    path: String,
    title: String,
    due: String,
    asks: Vec<AskView>,
    topics: Vec<Task>,
    left: usize,
    /// How many answers are typed or known, and not sent.
    ready: usize,
    is_one_form: bool,
    /// How many older forms are left out.
    left_out: usize,
}

/// Who asks, for what, and until when.
pub(super) struct AskView {
    pub(super) name: String,
    pub(super) purpose: String,
    pub(super) due: String,
    pub(super) notice: String,
    pub(super) filed_elsewhere: String,
}

/// A topic, with what is left to do there.
struct Task {
    path: String,
    title: String,
    hint: String,
    state: &'static str,
    tag: &'static str,
}

/// What is left to do of a topic.
#[derive(Default)]
struct Left {
    /// Questions asked on it.
    asked: usize,
    /// Those to be answered or confirmed, of which nothing is typed.
    open: usize,
    /// Those whose answer must be put right.
    wrong: usize,
    /// Those with something typed that can be sent.
    typed: usize,
    /// Those that go without typing.
    known: usize,
}

impl Left {
    fn of(sitting: &Sitting, topic: &Topic) -> Self {
        let mut left = Self::default();
        for place in topic.questions.iter().flatten() {
            left.add(&sitting.source(*place));
        }
        left
    }

    fn add(&mut self, source: &Source<'_>) {
        let would_be = source.would_be();
        if !would_be.is_put {
            return;
        }
        self.asked += 1;
        match source.form.typed.get(&source.entry.id) {
            Some(Err(_)) => self.wrong += 1,
            Some(Ok(_)) => self.typed += 1,
            None => match would_be.need {
                Need::Answer | Need::Confirm => self.open += 1,
                Need::WorkedOut | Need::Register => self.known += 1,
                Need::Nothing | Need::Send => {}
            },
        }
    }
}

pub(super) async fn show(
    State(portal): State<Arc<Portal>>,
    Path((home, name)): Path<(String, String)>,
    who: SignedIn,
) -> Result<Response, PortalError> {
    let home = who.home(&home)?;
    let sitting = Sitting::load(&portal, &home, &name).await?;
    let path = sitting.path();
    let mut all = Left::default();
    let mut tasks = Vec::new();
    for (at, page) in (1usize..).zip(&sitting.pages) {
        for (place, topic) in (1usize..).zip(&page.topics) {
            let left = Left::of(&sitting, topic);
            all.open += left.open + left.wrong;
            all.typed += left.typed + left.known;
            let path = format!("{path}/topics/{at}#topic-{place}");
            tasks.push(task(path, topic, &left));
        }
    }
    let dues = sitting.forms.iter().filter_map(|form| form.form.next_due);
    let due = dues.min().map(|due| shown::due(due, sitting.today));
    let page = Tasks {
        chrome: who.chrome(sitting.title()).await?,
        home: sitting.home.row.name.clone(),
        home_path: format!("/homes/{home}"),
        title: sitting.title(),
        due: due.unwrap_or_default(),
        asks: asks(&sitting),
        topics: tasks,
        left: all.open,
        ready: all.typed,
        is_one_form: sitting.forms.len() == 1,
        left_out: sitting.left_out,
        path,
    };
    Ok(html(&page))
}

fn task(path: String, topic: &Topic, left: &Left) -> Task {
    use words::sitting;

    let (state, tag) = match left {
        Left { wrong: 1.., .. } => (sitting::TO_PUT_RIGHT, "late"),
        Left { open: 0, .. } => (sitting::DONE, "done"),
        Left { typed: 0, .. } => (sitting::TO_DO, "open"),
        _ => (sitting::BEGUN, "soon"),
    };
    Task {
        path,
        title: topic.title(),
        hint: sitting::questions(left.asked, left.open + left.wrong, left.known),
        state,
        tag,
    }
}

/// Who asks on the forms of a sitting, each ask once.
pub(super) fn asks(sitting: &Sitting) -> Vec<AskView> {
    let mut seen = Vec::new();
    let mut views = Vec::new();
    for form in &sitting.forms {
        for ask in &form.form.template.body().asks {
            if seen.contains(&&ask.name) {
                continue;
            }
            seen.push(&ask.name);
            let known = form.view.organisations.get(&ask.name.organisation);
            let name =
                known.map_or_else(|| ask.name.organisation.to_string(), |own| own.name.clone());
            views.push(ask_view(ask, name, sitting));
        }
    }
    views
}

fn ask_view(ask: &TemplateAsk, name: String, sitting: &Sitting) -> AskView {
    AskView {
        name,
        purpose: ask.purpose.clone(),
        due: shown::due(ask.window.closes, sitting.today),
        notice: ask.notice.clone(),
        filed_elsewhere: ask.filed_elsewhere.clone(),
    }
}
