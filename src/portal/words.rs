//! Every word that a page shows, by page: the one file to read, to reword or to translate.
//!
//! Plain words throughout: what is asked, what it is for, what happens next.

/// The name of the service.
pub(super) const SERVICE: &str = "AskOnce";

/// Around every page.
pub(super) mod layout {
    pub(crate) const SKIP: &str = "Skip to main content";
    pub(crate) const ERROR: &str = "Error: ";
    pub(crate) const ANSWERING: &str = "Answering as";
    pub(crate) const CHANGE_WHO: &str = "change";
    pub(crate) const SIGN_OUT: &str = "Sign out";
    pub(crate) const DONE: &str = "Done";
    pub(crate) const BACK: &str = "Back";
    pub(crate) const ABOUT: &str =
        "One form, answered once. Each body receives only what it asked for.";
    pub(crate) const ERROR_HEADING: &str = "There is a problem";
}

/// Pages that say why another is not shown.
pub(super) mod problem {
    /// What such a page says.
    pub(crate) struct Problem {
        pub(crate) title: &'static str,
        pub(crate) text: &'static str,
    }

    pub(crate) const NOT_FOUND: Problem = Problem {
        title: "Page not found",
        text: "There is no such page, or it is not one of your homes’.",
    };
    pub(crate) const FORGED: Problem = Problem {
        title: "This page is too old",
        text: "Nothing was changed. Go back to the start and try again.",
    };
    pub(crate) const TOO_LARGE: Problem = Problem {
        title: "That is too much at once",
        text: "Nothing was changed. Send less in one go.",
    };
    pub(crate) const MALFORMED: Problem = Problem {
        title: "That did not come from one of our pages",
        text: "Nothing was changed. Go back to the start and try again.",
    };
    pub(crate) const TOO_MANY: Problem = Problem {
        title: "Too many tries",
        text: "Nothing was changed. Wait a few minutes and try again.",
    };
    pub(crate) const BUSY: Problem = Problem {
        title: "Not just now",
        text: "Nothing was changed. Wait a minute and try again; what you saved is kept.",
    };
    pub(crate) const BROKEN: Problem = Problem {
        title: "Sorry, something went wrong",
        text: "What you saved is kept. Try again in a few minutes.",
    };
    pub(crate) const TO_START: &str = "Go to the start";
}

/// Questions and what may be said to them.
pub(super) mod question {
    pub(crate) const YES: &str = "Yes";
    pub(crate) const NO: &str = "No";
    pub(crate) const NONE_OF_THESE: &str = "None of these";
    pub(crate) const NOT_HELD: &str = "We do not hold this information";
    pub(crate) const NOT_APPLICABLE: &str = "It does not apply to our home";
    pub(crate) const NOT_CLEAR: &str = "It is not clear what is asked";
    pub(crate) const TAKES_TOO_LONG: &str = "It takes too long to work out";
    pub(crate) const ALREADY_GIVEN: &str = "We have given it to them already";
}

/// The list of what there is to do.
pub(super) mod worklist {
    pub(crate) const TODAY: &str = "today";
    pub(crate) const TOMORROW: &str = "tomorrow";
    pub(crate) const YESTERDAY: &str = "yesterday";
    pub(crate) const TITLE: &str = "What to do now";
    pub(crate) const ALL_HOMES: &str = "All homes";
    pub(crate) const ANSWER_ALL: &str = "Answer everything that is open";
    pub(crate) const NOTHING: &str =
        "Nothing is waiting for you. When a form opens, it will stand here.";
    pub(crate) const OPEN_FORMS: &str = "Open forms";
    pub(crate) const OLDER: &str = "Older forms that were not finished";
    pub(crate) const OLDER_HINT: &str =
        "Their day has passed. You can still answer them; whoever asked sees that they came late.";
    pub(crate) const ALSO: &str = "Others ask for answers that you gave";
    pub(crate) const FILING: &str = "To file in another system";
    pub(crate) const COMING: &str = "Coming later";
    pub(crate) const NOTHING_COMING: &str = "Nothing is announced for the next weeks.";
    pub(crate) const LATELY: &str = "Sent lately";
    pub(crate) const NOTHING_LATELY: &str =
        "Nothing was sent yet. What you send will stand here, with its receipt.";
    pub(crate) const MORE: &str = "More about this home";
    pub(crate) const CALENDAR: &str = "Calendar: what opens and falls due";
    pub(crate) const SEEN: &str = "Who has seen our answers";
    pub(crate) const QUESTIONS: &str = "What we have been asked, and what we said";
    pub(crate) const SHEET: &str = "Fill in the next form as a spreadsheet";
    pub(crate) const LATE: &str = "Late";
    pub(crate) const DUE_TODAY: &str = "Due today";
    pub(crate) const DUE_TOMORROW: &str = "Due tomorrow";
    pub(crate) const OPEN: &str = "Open";
    pub(crate) const TO_SEND: &str = "To send";
    pub(crate) const TO_FILE: &str = "Not ticked as filed";
    pub(crate) const COMING_TAG: &str = "Not open yet";
    pub(crate) const COMPULSORY: &str = "Some of it is compulsory";
    pub(crate) const AND: &str = "and";

    /// Several things in one line.
    pub(crate) fn and(list: &[String]) -> String {
        match list {
            [] => String::new(),
            [one] => one.clone(),
            [most @ .., last] => format!("{} {AND} {last}", most.join(", ")),
        }
    }

    /// How many of a thing.
    pub(crate) fn count(many: usize, one: &str, more: &str) -> String {
        match many {
            1 => format!("1 {one}"),
            _ => format!("{many} {more}"),
        }
    }

    /// What is left of a form.
    pub(crate) fn left(to_answer: usize, to_check: usize, to_send: usize) -> String {
        let parts = [
            (to_answer, "to answer"),
            (to_check, "to check"),
            (to_send, "ready to send"),
        ];
        let some = parts.into_iter().filter(|(count, _)| *count > 0);
        let some: Vec<String> = some.map(|(count, what)| format!("{count} {what}")).collect();
        some.join(", ")
    }

    /// The whole of it, in a sentence.
    pub(crate) fn lead(left: &str, forms: usize) -> String {
        match forms {
            1 => format!("{left}, on one form."),
            _ => format!("{left}, on {forms} forms."),
        }
    }

    /// When something is due, and to whom.
    pub(crate) fn due(when: &str, is_late: bool, whom: &str) -> String {
        match is_late {
            true => format!("Was due {when}, to {whom}"),
            false => format!("Due {when}, to {whom}"),
        }
    }

    /// How much was typed and not sent.
    pub(crate) fn typed(many: usize) -> String {
        format!("{} and not sent", count(many, "answer typed", "answers typed"))
    }

    /// That others ask for answers that were given.
    pub(crate) fn send(whom: &str, period: &str) -> String {
        format!("Send to {whom}: {period}")
    }

    /// How many answers there are to send.
    pub(crate) fn to_send(many: usize) -> String {
        format!("{}; nothing to type", count(many, "answer", "answers"))
    }

    /// What is to be filed where.
    pub(crate) fn file(system: &str, period: &str) -> String {
        format!("{system}: {period}")
    }

    /// How much of it is ready to be copied.
    pub(crate) fn ready(answered: usize, questions: usize) -> String {
        format!("{answered} of {questions} answers ready to copy")
    }

    /// From when a form can be answered, and for whom.
    pub(crate) fn opens(when: &str, questions: usize, whom: &str) -> String {
        let questions = count(questions, "question", "questions");
        format!("Opens {when}: {questions}, for {whom}")
    }

    /// What was sent, when and by whom.
    pub(crate) fn sent(answers: usize, when: &str, by: &str) -> String {
        let answers = count(answers, "answer", "answers");
        match by {
            "" => format!("{answers}, {when}"),
            by => format!("{answers}, {when}, by {by}"),
        }
    }

    /// How often the home was asked and answered.
    pub(crate) fn asked(asked: usize, answered: usize) -> String {
        format!("In the last 12 months you were asked {asked} times and answered {answered}.")
    }

    /// That more of a list stands elsewhere.
    pub(crate) fn more_coming(more: usize) -> String {
        format!("{more} more in the calendar")
    }
}

/// The list of homes.
pub(super) mod homes {
    pub(crate) const TITLE: &str = "Your homes";
    pub(crate) const NONE: &str =
        "No home is in your name. Ask whoever invited you, or your council’s data lead.";
    pub(crate) const CAPTION: &str = "What is open at each home";
    pub(crate) const HOME: &str = "Home";
    pub(crate) const LEFT: &str = "Left to do";
    pub(crate) const DUE: &str = "Next due";
    pub(crate) const STATE: &str = "State";
    pub(crate) const NOTHING: &str = "Nothing";
    pub(crate) const DONE: &str = "All done";
    pub(crate) const NEXT: &str = "More homes";
    pub(crate) const FIRST: &str = "Back to the first homes";
    pub(crate) const WORKBOOK: &str = "One spreadsheet for all homes";
}

/// Values as bodies get them.
pub(super) mod delivered {
    pub(crate) const CONVERTED: &str = "in the unit that they use";
    pub(crate) const ROUNDED: &str = "rounded";
    pub(crate) const SUMMED: &str = "added up";
    pub(crate) const NOT_BROKEN_DOWN: &str = "without the breakdown";
    pub(crate) const TOTALS_DISAGREE: &str = "the totals do not agree";
    pub(crate) const OUTSIDE_LIMITS: &str = "outside what they expect";
    pub(crate) const NOT_AN_OPTION: &str = "not one of their options";
    pub(crate) const CORRECTED: &str = "changed since you filed it";
    pub(crate) const WORKED_OUT: &str = "worked out";

    /// A figure in its unit.
    pub(crate) fn with_unit(figure: &str, unit: &str) -> String {
        match unit {
            "" => figure.to_owned(),
            unit => format!("{figure} {unit}"),
        }
    }

    /// A thing with what is said of it.
    pub(crate) fn labelled(label: &str, said: &str) -> String {
        format!("{label}: {said}")
    }

    /// An option with the body's code.
    pub(crate) fn coded(label: &str, code: &str) -> String {
        format!("{label} (code {code})")
    }
}

/// After sending.
pub(super) mod receipt {
    pub(crate) const TITLE: &str = "Your answers are sent";
    pub(crate) const REFERENCE: &str = "Reference";
    pub(crate) const TO_WORKLIST: &str = "What to do now";
    pub(crate) const TO_RECEIPT: &str = "Receipt";
    pub(crate) const PRINT: &str = "Print this page, or save it, if you want a copy of your own.";
    pub(crate) const NOT_FILED: &str = "What this does not file";
    pub(crate) const NOT_FILED_HINT: &str = "These are still yours to do.";
    pub(crate) const FILED: &str = "Filed";
    pub(crate) const WHO: &str = "Who receives what";
    pub(crate) const NOBODY: &str = "Nobody receives these answers from here.";
    pub(crate) const FOR: &str = "What for:";
    pub(crate) const YOUR_ANSWERS: &str = "Your answers";
    pub(crate) const GIVEN_BEFORE: &str = "Answers that you had given";
    pub(crate) const CORRECT: &str = "Correct";

    /// How many answers.
    pub(crate) fn answers(many: usize) -> String {
        super::worklist::count(many, "answer", "answers")
    }

    /// When something was sent, and by whom.
    pub(crate) fn sent(when: &str, by: &str) -> String {
        match by {
            "" => format!("sent on {when}"),
            by => format!("sent on {when} by {by}"),
        }
    }

    /// When something was filed elsewhere.
    pub(crate) fn filed(when: &str) -> String {
        format!("You ticked it as filed on {when}")
    }
}

/// What the home files itself, elsewhere.
pub(super) mod filing {
    pub(crate) const LEAD: &str =
        "This body takes its answers in its own system only. Copy them there, then tick it here.";
    pub(crate) const CAPTION: &str = "In the order of that system";
    pub(crate) const FIELD: &str = "Question";
    pub(crate) const VALUE: &str = "Copy this";
    pub(crate) const UNIT: &str = "Unit";
    pub(crate) const NOT_ANSWERED: &str = "Not answered yet";
    pub(crate) const ANSWER_THEM: &str = "Answer them";
    pub(crate) const TICK: &str = "I have filed it";
    pub(crate) const UNTICK: &str = "I have not filed it after all";
    pub(crate) const CHANGED: &str =
        "Some answers have changed since you filed it. Put them right there too.";
    pub(crate) const WHY: &str = "Why they ask, and whom to turn to";
    pub(crate) const CONTACT: &str = "Contact:";

    /// What the page is for.
    pub(crate) fn title(system: &str) -> String {
        format!("Copy to {system}")
    }

    /// Of which home and period.
    pub(crate) fn caption(home: &str, period: &str) -> String {
        format!("{home}, {period}")
    }

    /// When it was filed, and by whom.
    pub(crate) fn filed(when: &str, by: &str) -> String {
        match by {
            "" => format!("Filed. You ticked it on {when}."),
            by => format!("Filed. {by} ticked it on {when}."),
        }
    }

    /// How many answers are not there yet.
    pub(crate) fn missing(many: usize) -> String {
        match many {
            1 => "1 question is not answered yet.".to_owned(),
            _ => format!("{many} questions are not answered yet."),
        }
    }

    /// That it was ticked.
    pub(crate) fn ticked(system: &str) -> String {
        format!("{system} is ticked as filed.")
    }

    /// That the tick was taken away.
    pub(crate) fn unticked(system: &str) -> String {
        format!("{system} is no longer ticked as filed.")
    }
}

/// Answers that others ask for too.
pub(super) mod also {
    pub(crate) const TITLE: &str = "Send answers that you gave to others who ask";
    pub(crate) const LEAD: &str = "You have answered these questions. Others ask them too, and \
        receive nothing unless you send it. There is nothing to type.";
    pub(crate) const NOTHING: &str = "Everybody who asks has what you answered.";
    pub(crate) const BASIS: &str = "By which right:";
    pub(crate) const CONTACT: &str = "Contact:";
    pub(crate) const WHAT: &str = "What they would receive";
    pub(crate) const SEND: &str = "Send to those ticked";
    pub(crate) const NOT_NOW: &str = "Not now";
    pub(crate) const TICK_ONE: &str = "Tick whom to send to";
    pub(crate) const CHANGED_HEADING: &str = "Nothing was sent yet";
    pub(crate) const CHANGED: &str = "The form has changed since you opened this page. Look at it \
        again; what you ticked is still ticked.";
    pub(crate) const SENT: &str = "They receive what you answered.";
    pub(crate) const THERE_ALREADY: &str = "They have all of it already.";

    /// The label of a tick.
    pub(crate) fn send_to(body: &str) -> String {
        format!("Send these to {body}")
    }
}

/// Who has collected answers.
pub(super) mod seen {
    pub(crate) const TITLE: &str = "Who has seen our answers";
    pub(crate) const LEAD: &str = "Each time that a body collects answers of yours, it is recorded \
        before it gets them.";
    pub(crate) const NOBODY: &str = "Nobody has collected an answer of yours yet.";
    pub(crate) const CAPTION: &str = "What was collected, the latest first";
    pub(crate) const BODY: &str = "Who";
    pub(crate) const WHAT: &str = "What";
    pub(crate) const WHEN: &str = "When";
    pub(crate) const STORED: &str = "They say that they have stored it.";
    pub(crate) const OLDER: &str = "Older";
    pub(crate) const NEWER: &str = "Newer";

    /// A form, and of what time the answers on it speak.
    pub(crate) fn what(period: &str, of: &str) -> String {
        format!("{period}: {of}")
    }

    /// First and last time.
    pub(crate) fn since(first: &str, last: &str) -> String {
        format!("{last}; first on {first}")
    }
}

/// What opens and falls due.
pub(super) mod calendar {
    pub(crate) const MONTHS: &str = "Other months";
    pub(crate) const NOTHING: &str = "Nothing opens or falls due in this month.";
    pub(crate) const TODAY: &str = "today";
    pub(crate) const HOLIDAY: &str = "bank holiday";
    pub(crate) const OPENS: &str = "Opens:";
    pub(crate) const DONE: &str = "Done";

    /// The month that is shown.
    pub(crate) fn title(month: &str) -> String {
        format!("Calendar, {month}")
    }

    /// That something is due, and by which time of the day.
    pub(crate) fn due(clock: Option<String>) -> String {
        match clock {
            Some(clock) => format!("Due by {clock}:"),
            None => "Due:".to_owned(),
        }
    }

    /// Who asks.
    pub(crate) fn whom(names: &str) -> String {
        format!("for {names}")
    }
}

/// What the home was asked, and what it said.
pub(super) mod history {
    use super::worklist::count;

    pub(crate) const TITLE: &str = "What we have been asked";
    pub(crate) const NOTHING: &str = "You were asked nothing in that time.";
    pub(crate) const TO: &str = "to";
    pub(crate) const QUESTION: &str = "Question";
    pub(crate) const WHO: &str = "Who asks";
    pub(crate) const ASKED: &str = "Asked";
    pub(crate) const ANSWERED: &str = "Answered";
    pub(crate) const PAGES: &str = "More questions and other years";
    pub(crate) const MORE: &str = "More questions";
    pub(crate) const LESS: &str = "The questions before";
    pub(crate) const YEAR_BEFORE: &str = "The year before";
    pub(crate) const LATEST_YEAR: &str = "The last 12 months";
    pub(crate) const ANSWERS: &str = "What you answered, the latest first";
    pub(crate) const NO_ANSWERS: &str = "You have not answered this question in that time.";
    pub(crate) const OF: &str = "For";
    pub(crate) const ANSWER: &str = "Answer";
    pub(crate) const GIVEN: &str = "Given";
    pub(crate) const STANDING: &str = "Until it changes";
    pub(crate) const DECLINED: &str = "No answer";
    pub(crate) const RINGS: &str = "Rings mark when you gave a reason instead of a figure.";
    pub(crate) const WHY: &str = "Who asks, and why";

    /// How often the home was asked over a year.
    pub(crate) fn lead(days: &str, asked: usize, answered: usize) -> String {
        let asked = count(asked, "time", "times");
        format!("From {days} you were asked {asked} and answered {answered}.")
    }

    /// How many questions were enough.
    pub(crate) fn saved(asked: usize, put: usize) -> String {
        match asked.saturating_sub(put) {
            0 => String::new(),
            saved => format!(
                "{} left to answer once what is the same is asked once: {saved} fewer.",
                count(put, "question was", "questions were")
            ),
        }
    }

    /// How often one question was asked and answered over a year.
    pub(crate) fn counted(days: &str, asked: usize, answered: usize, declined: usize) -> String {
        let asked = count(asked, "time", "times");
        let told = format!("From {days} you were asked this {asked} and answered {answered}");
        match declined {
            0 => format!("{told}."),
            _ => format!("{told}, {declined} of them with a reason instead of an answer."),
        }
    }

    /// How many of the times were answered.
    pub(crate) fn answered_of(answered: usize, put: usize, declined: usize) -> String {
        match declined {
            0 => format!("{answered} of {put}"),
            _ => format!("{answered} of {put} ({declined} with a reason)"),
        }
    }

    /// What a curve shows.
    pub(crate) fn chart(wording: &str, unit: &str) -> String {
        match unit {
            "" => format!("Your answers over time: {wording}"),
            unit => format!("Your answers over time, in {unit}: {wording}"),
        }
    }

    /// A curve in words.
    pub(crate) fn chart_words(first: &str, last: &str, declined: usize) -> String {
        let told = format!("{first}. {last}.");
        match declined {
            0 => told,
            _ => format!("{told} {} without a figure.", count(declined, "time", "times")),
        }
    }

    /// That more answers were given.
    pub(crate) fn more(many: usize) -> String {
        format!("{} of that time are not shown.", count(many, "earlier answer", "earlier answers"))
    }

    /// How a body words the question.
    pub(crate) fn own_wording(wording: &str) -> String {
        format!("asks: “{wording}”")
    }
}
