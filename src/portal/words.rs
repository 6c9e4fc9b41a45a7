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
