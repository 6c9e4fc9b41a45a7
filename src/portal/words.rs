//! Every word that a page shows, by page: the one file to read, to reword or to translate.
//!
//! Plain words throughout: what is asked, what it is for, what happens next.

/// The name of the service.
pub(super) const SERVICE: &str = "AskOnce";

/// `a, b and c`.
pub(super) fn listed(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

/// A number with commas between thousands.
pub(super) fn grouped(count: usize) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// With a capital at its start.
pub(super) fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(chars).collect()
    })
}

/// A number of things: `1 answer`, `2 answers`.
pub(super) fn counted(count: usize, one: &str, many: &str) -> String {
    match count {
        1 => format!("1 {one}"),
        count => format!("{count} {many}"),
    }
}

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
    pub(crate) const PREFERENCES: &str = "E-mails about what is due";
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

/// What was posted without a session, shown to be sent again.
pub(super) mod carried {
    pub(crate) const TITLE: &str = "You were signed out";
    pub(crate) const TYPED: &str = "You were signed out while you typed. Nothing is lost: this page holds what you typed, and it is not saved yet.";
    pub(crate) const NOT_SENT: &str = "You were signed out before it was sent. Nothing is lost: this page holds it, and nothing is sent yet.";
    pub(crate) const NOT_DONE: &str =
        "You were signed out before that was done. Nothing is lost, and nothing is done yet.";
    pub(crate) const SIGN_IN: &str = "Sign in (opens in a new tab)";
    pub(crate) const SAY_WHO: &str = "Say who is answering (opens in a new tab)";
    pub(crate) const COME_BACK: &str = "Open the link from your e-mail in this browser. Leave this page open, and come back to it.";
    pub(crate) const COME_BACK_WHO: &str = "Leave this page open, and come back to it.";
    pub(crate) const HAVE_SIGNED_IN: &str = "I have signed in: go on";
    pub(crate) const HAVE_SAID_WHO: &str = "I have said who is answering: go on";
    pub(crate) const NOT_YET: &str =
        "You are not signed in yet. Sign in first, in this browser; this page keeps what it holds.";
    pub(crate) const WHO_NOT_YET: &str =
        "It is not said yet who is answering. Say so first; this page keeps what it holds.";
    pub(crate) const SIGNED_IN: &str = "You are signed in again.";
    pub(crate) const SAVE: &str = "Save what I typed";
    pub(crate) const SEND: &str = "Send it now";
    pub(crate) const GO_ON: &str = "Go on";
    pub(crate) const FILE: &str = "You were signed out before your file came. Nothing of it is saved. Your file is still where you keep it: choose it once more.";
    pub(crate) const CHOOSE_AGAIN: &str = "Choose the file again";
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
    pub(crate) const STATUTORY: &str = "Required by law";
    pub(crate) const CONTRACTUAL: &str = "Required by your contract";
    pub(crate) const VOLUNTARY: &str = "You may choose whether to answer";
    pub(crate) const NOT_ASKED_NOW: &str = "Not asked now: it depends on another answer.";

    pub(crate) const ANSWER: &str = "Answer";
    pub(crate) const CHOOSE_UNIT: &str = "Choose";
    pub(crate) const UNIT: &str = "Unit";
    pub(crate) const DAY: &str = "Day";
    pub(crate) const MONTH: &str = "Month";
    pub(crate) const YEAR: &str = "Year";
    pub(crate) const EMPTY_IS_NOUGHT: &str = "All empty boxes are 0";
    pub(crate) const SAY_OTHERWISE: &str = "Give another answer";
    pub(crate) const NO_IT_IS: &str = "No, I give another answer below";
    pub(crate) const ON_ANOTHER_DAY: &str = "It speaks of another day than today";
    pub(crate) const ON_WHICH_DAY: &str = "Which day does this speak of?";
    pub(crate) const ON_WHICH_DAY_HINT: &str = "Leave empty if it is today.";
    pub(crate) const CANNOT_ANSWER: &str = "I cannot answer this";
    pub(crate) const WHY_NOT: &str = "Why not?";
    pub(crate) const I_CAN: &str = "I can answer it";
    pub(crate) const NOTE: &str = "More about it (optional)";
    pub(crate) const NOTE_HINT: &str =
        "Everybody who asks this question sees it. Do not name anyone.";
    pub(crate) const NEEDED: &str = "must be answered";

    pub(crate) fn by(caption: &str) -> String {
        format!("By {}", caption.to_lowercase())
    }

    pub(crate) fn asked_by(names: impl AsRef<str>) -> String {
        format!("Asked by {}", names.as_ref())
    }

    pub(crate) fn and_also(names: impl AsRef<str>) -> String {
        format!("Also asked by {}.", names.as_ref())
    }

    pub(crate) fn own_wording(wording: &str) -> String {
        format!("In their words: “{wording}”")
    }

    pub(crate) fn filed_elsewhere(system: &str) -> String {
        format!("You file this yourself, in {system}.")
    }

    pub(crate) fn contact(contact: &str) -> String {
        format!("Questions: {contact}")
    }

    pub(crate) fn you_answered(value: &str) -> String {
        format!("You answered {value}.")
    }

    pub(crate) fn not_sent_to(names: &[String]) -> String {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        format!("Not sent yet to {}.", super::listed(&names))
    }

    pub(crate) fn yes_it_is(value: &str) -> String {
        format!("Yes, it is {value}")
    }

    pub(crate) fn last_time(value: &str) -> String {
        format!("Last time: {value}")
    }

    pub(crate) fn otherwise(value: &str, from: &str) -> String {
        match from {
            "" => format!("This does not agree with {value}."),
            from => format!("This does not agree with {value}. {from}"),
        }
    }

    pub(crate) fn asked_only_if(wording: &str, answer: &str) -> String {
        match answer {
            "" => format!("Not asked now: it depends on your answer to “{wording}”"),
            answer => format!("Asked only if you answer “{answer}” to “{wording}”"),
        }
    }
}

/// The list of what there is to do.
pub(super) mod worklist {
    use super::counted as count;

    pub(crate) const TODAY: &str = "today";
    pub(crate) const TOMORROW: &str = "tomorrow";
    pub(crate) const YESTERDAY: &str = "yesterday";
    pub(crate) const TITLE: &str = "What to do now";
    pub(crate) const ALL_HOMES: &str = "All homes";
    pub(crate) const ANSWER_ALL: &str = "Answer everything that is open";
    pub(crate) const NOTHING: &str =
        "Nothing is waiting for you. When a form opens, it will stand here.";
    pub(crate) const OPEN_FORMS: &str = "Open forms";
    pub(crate) const LATE_FORMS: &str = "Late";
    pub(crate) const LATE_HINT: &str =
        "Their day has passed. You can still answer; whoever asked sees that it came late.";
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
    /// What is left of a form.
    pub(crate) fn left(to_answer: usize, to_check: usize, to_send: usize) -> String {
        let parts = [
            (to_answer, "to answer"),
            (to_check, "to check"),
            (to_send, "ready to send"),
        ];
        let some = parts.into_iter().filter(|(count, _)| *count > 0);
        let some: Vec<String> = some
            .map(|(count, what)| format!("{count} {what}"))
            .collect();
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
        if is_late {
            return format!("Was due {when}, for {whom}.");
        }
        format!("Due {when}, for {whom}.")
    }

    /// What is left of a form, and when that is due.
    pub(crate) fn line(left: &str, due: Option<&str>) -> String {
        match due {
            Some(due) => format!("{left}. {due}"),
            None => format!("{left}."),
        }
    }

    /// How many others stand folded away.
    pub(crate) fn others(many: usize) -> String {
        format!("{many} more")
    }

    /// How many others are late.
    pub(crate) fn older(many: usize) -> String {
        match many {
            1 => "1 older form that was not finished".to_owned(),
            many => format!("{many} older forms that were not finished"),
        }
    }

    /// How much was typed and not sent.
    pub(crate) fn typed(many: usize) -> String {
        format!(
            "{} and not sent",
            count(many, "answer typed", "answers typed")
        )
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

    /// A figure in its unit: `37.5 hours`, `£1200.50`.
    pub(crate) fn with_unit(figure: &str, unit: &str) -> String {
        match unit {
            "" => figure.to_owned(),
            "£" => match figure.split_once('.') {
                Some((pounds, pence)) => format!("£{pounds}.{pence:0<2}"),
                None => format!("£{figure}"),
            },
            "£000s" => format!("£{figure} thousand"),
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
        super::counted(many, "answer", "answers")
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

/// Putting an answer right.
pub(super) mod correct {
    pub(crate) const TITLE: &str = "Correct an answer";
    pub(crate) const PRESENT: &str = "You answered:";
    pub(crate) const RIGHT: &str = "The right answer";
    pub(crate) const LOOK_AGAIN: &str = "Please look once more. If it is right, send it as it is.";
    pub(crate) const UNCHANGED: &str = "Nothing was sent";
    pub(crate) const UNCHANGED_HINT: &str = "That is the answer which they have already.";
    pub(crate) const WHO: &str = "Who receives the correction";
    pub(crate) const NOBODY: &str = "Nobody holds this answer from here.";
    pub(crate) const SEND: &str = "Send the correction";
    pub(crate) const SEND_AS_IT_IS: &str = "It is right, send it";
    pub(crate) const LEAVE: &str = "Leave it as it is";
    pub(crate) const BEFORE_TITLE: &str = "This answer was given anew since";
    pub(crate) const BEFORE: &str = "Somebody has answered this question again after this \
        receipt. Correct the latest answer instead.";
    pub(crate) const TO_NEWER: &str = "Go to its receipt";

    /// That a correction is sent, and to whom.
    pub(crate) fn done(holders: &[String]) -> String {
        let names: Vec<&str> = holders.iter().map(String::as_str).collect();
        match names.as_slice() {
            [] => "Your correction is recorded.".to_owned(),
            names => format!("Your correction goes to {}.", super::listed(names)),
        }
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
    pub(crate) const LATEST: &str = "Back to the latest";

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
    use super::counted as count;

    pub(crate) const TITLE: &str = "What we have been asked";
    pub(crate) const NOTHING: &str = "You were asked nothing in that time.";
    pub(crate) const CUT: &str =
        "You were asked more than can be counted here, so these numbers are too low.";
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
        let (asked, answered) = (super::grouped(asked), super::grouped(answered));
        format!("From {days} you were asked {asked} times and answered {answered}.")
    }

    /// How many questions were enough.
    pub(crate) fn saved(asked: usize, put: usize) -> String {
        match asked.saturating_sub(put) {
            0 => String::new(),
            saved => format!(
                "What is the same is asked once, so that {} questions were left: {} fewer.",
                super::grouped(put),
                super::grouped(saved)
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
            _ => format!(
                "{told} {} without a figure.",
                count(declined, "time", "times")
            ),
        }
    }

    /// That more answers were given.
    pub(crate) fn more(many: usize) -> String {
        format!(
            "{} of that time are not shown.",
            count(many, "earlier answer", "earlier answers")
        )
    }

    /// How a body words the question.
    pub(crate) fn own_wording(wording: &str) -> String {
        format!("asks: “{wording}”")
    }
}

/// What is wrong with an answer, or worth a second look.
pub(super) mod trouble {
    pub(crate) const COUNT: &str = "Enter a whole number, such as 4. If there were none, enter 0";
    pub(crate) const PERCENTAGE: &str = "Enter a number, such as 92.5";
    pub(crate) const MONEY: &str = "Enter an amount, such as 1200.50";
    pub(crate) const NUMBER: &str = "Enter a number, such as 37.5";
    pub(crate) const BOXES_MISSING: &str = "Fill in every box, or tick “All empty boxes are 0”";
    pub(crate) const UNIT: &str = "Choose the unit of your number";
    pub(crate) const DATE: &str = "Enter a day, month and year, such as 27 3 2026";
    pub(crate) const TEXT: &str = "Shorten the text, and leave out anything that cannot be typed";
    pub(crate) const OPTION: &str = "Choose one of the options";
    pub(crate) const NO_ANSWER: &str = "Enter an answer, or say why you cannot";
    pub(crate) const ANSWER_AND_REASON: &str =
        "Give an answer or a reason why you cannot answer, not both";
    pub(crate) const RIGHT_AND_OTHER: &str =
        "You said that the answer shown is right and gave another: keep one of them";
    pub(crate) const NOTE_WITHOUT_REASON: &str =
        "Choose a reason for your note, or delete the note";
    pub(crate) const NOTE_TOO_LONG: &str = "Shorten your note";
    pub(crate) const NO_LONGER_RIGHT: &str =
        "What was shown has changed: look at it again, or enter your answer";
    pub(crate) const TOO_LONG: &str = "This is too long to be saved: shorten it";
    pub(crate) const NOT_KEPT: &str = "This could not be saved just now: save again in a minute";
    pub(crate) const TOTALS: &str =
        "The boxes do not add up to the same total. You can send it as it is if it is true";
    pub(crate) const UNEXPECTED: &str = "This is not what is usually answered. Is it right?";

    pub(crate) fn unlike(last: &str) -> String {
        format!("Last time you answered {last}. Is this right?")
    }

    pub(crate) fn on(reference: &str) -> String {
        format!("Enter the day that your answer speaks of: {reference}")
    }

    pub(crate) fn outside(
        name: &str,
        least: Option<String>,
        most: Option<String>,
        unit: &str,
    ) -> String {
        let unit = if unit.is_empty() {
            String::new()
        } else {
            format!(" {unit}")
        };
        let expected = match (least, most) {
            (Some(least), Some(most)) => format!("between {least} and {most}{unit}"),
            (Some(least), None) => format!("{least}{unit} or more"),
            (None, Some(most)) => format!("{most}{unit} or less"),
            (None, None) => return format!("{name} did not expect this. Is it right?"),
        };
        format!("{name} expects {expected}. Is your answer right?")
    }
}

/// A form, or all that is open: its topics and their pages of questions.
pub(super) mod sitting {
    use super::counted;

    pub(crate) const EVERYTHING_OPEN: &str = "Everything that is open";
    pub(crate) const OTHER_QUESTIONS: &str = "Other questions";
    pub(crate) const ALL_FORMS: &str = "What to do now";
    pub(crate) const BACK_TO_TOPICS: &str = "All topics";
    pub(crate) const NOTHING_OPEN: &str = "There is nothing to answer just now.";
    pub(crate) const TOPICS: &str = "Topics";
    pub(crate) const CHECK_AND_SEND: &str = "Check answers and send";
    pub(crate) const AS_SPREADSHEET: &str = "Fill it in as a spreadsheet";
    pub(crate) const PRINT: &str = "Print it";
    pub(crate) const TO_PUT_RIGHT: &str = "To put right";
    pub(crate) const TO_DO: &str = "To do";
    pub(crate) const BEGUN: &str = "Begun";
    pub(crate) const DONE: &str = "Done";
    pub(crate) const CHANGED: &str = "This page has changed";
    pub(crate) const LOOK_AGAIN: &str = "Please look again.";
    pub(crate) const LOOK_AGAIN_TEXT: &str = "Your answers are saved. Some are not what was expected: the notes below say which. If they \
         are right, go on.";
    pub(crate) const NO_NAMES: &str =
        "Do not write the name of any resident, relative or member of staff.";
    pub(crate) const SAVE_AND_GO_ON: &str = "Save and continue";
    pub(crate) const IT_IS_RIGHT: &str = "It is right: continue";
    pub(crate) const SAVE_AND_BACK: &str = "Save and go back";
    pub(crate) const NOTHING_CHANGED: &str = "Nothing has changed here";
    pub(crate) const NONE_THIS_PERIOD: &str = "None this period: 0 for every count left";
    pub(crate) const SAVED: &str = "Your answers are saved. They are not sent yet.";
    pub(crate) const SAVED_AND_CHANGED: &str =
        "Your answers are saved. The questions have changed meanwhile: look at the topics again.";
    pub(crate) const FILLED_IN: &str = "Filled in below and saved. Look it over before you go on.";
    pub(crate) const TAKEN_OUT: &str = "Somebody else sent or deleted this answer while you were typing. Save again to keep yours.";

    pub(crate) fn part(title: &str, part: usize, parts: usize) -> String {
        format!("{title} ({part} of {parts})")
    }

    pub(crate) fn questions_of(at: usize, pages: usize) -> String {
        match pages {
            1 => "Questions".to_owned(),
            pages => format!("Questions, page {at} of {pages}"),
        }
    }

    pub(crate) fn left_to_do(left: usize) -> String {
        match left {
            0 => "Everything is answered.".to_owned(),
            left => format!("{} to answer.", counted(left, "question", "questions")),
        }
    }

    pub(crate) fn next_due(due: &str) -> String {
        format!("Next due {due}.")
    }

    pub(crate) fn who_asks(count: usize) -> String {
        format!("Who asks: {}", counted(count, "request", "requests"))
    }

    pub(crate) fn by(due: &str) -> String {
        format!("by {due}")
    }

    pub(crate) fn filed_elsewhere(system: &str) -> String {
        format!("You file it yourself, in {system}.")
    }

    pub(crate) fn questions(asked: usize, left: usize, known: usize) -> String {
        let asked = counted(asked, "question", "questions");
        let left = match left {
            0 => String::new(),
            left => format!(", {left} to answer"),
        };
        let known = match known {
            0 => String::new(),
            known => format!(", {known} known already"),
        };
        format!("{asked}{left}{known}")
    }

    pub(crate) fn ready(ready: usize) -> String {
        match ready {
            0 => {
                "Nothing is sent until you say so. What you type is saved at every step.".to_owned()
            }
            ready => format!(
                "{} ready to send. Nothing is sent until you say so.",
                counted(ready, "answer is", "answers are")
            ),
        }
    }

    pub(crate) fn page_of(at: usize, pages: usize) -> String {
        format!("Page {at} of {pages}")
    }

    pub(crate) fn typed_by(by: &str, at: &str, said: Option<&str>) -> String {
        let by = if by.is_empty() { "Somebody else" } else { by };
        match said {
            Some(said) => format!(
                "{by} answered {said} here, on {at}, while you were typing. Yours is shown below: save \
                 again to keep it, or change it."
            ),
            None => format!(
                "{by} typed something else here, on {at}, while you were typing. Yours is shown below: \
                 save again to keep it, or change it."
            ),
        }
    }

    pub(crate) fn typed_elsewhere(said: &str, period: &str) -> String {
        format!(
            "On the form of {period} somebody typed {said} for the same. Send the one that is right."
        )
    }

    pub(crate) fn not_kept(typed: &str) -> String {
        format!("You typed “{typed}” for a question that is no longer asked.")
    }

    pub(crate) fn offer_changed(wording: &str) -> String {
        format!("What was shown for “{wording}” has changed: look at it again.")
    }

    pub(crate) fn left_out(count: usize) -> String {
        format!(
            "{} left out here: open them one by one from the list.",
            counted(count, "older form is", "older forms are")
        )
    }

    pub(crate) fn is_new(wording: &str) -> String {
        format!("New: “{wording}”")
    }

    pub(crate) fn is_asked_now(wording: &str) -> String {
        format!("Because of your answers, this is asked too: “{wording}”")
    }

    pub(crate) fn are_gone(count: usize) -> String {
        match count {
            1 => {
                "1 question has gone: it was answered meanwhile, or is no longer asked.".to_owned()
            }
            count => format!(
                "{count} questions have gone: they were answered meanwhile, or are no longer asked."
            ),
        }
    }
}

/// Check answers, declare, send.
pub(super) mod alike {
    pub(crate) const SAME_ANSWER: &str = "Same answer as above";
    pub(crate) const SAME_ANSWERS: &str = "Same answers as above";
    pub(crate) const COPIED: &str =
        "The same answer is filled in and saved. Look it over before you go on.";
    pub(crate) const COPIED_ROUNDED: &str =
        "The same answer is filled in, rounded, and saved. Look it over before you go on.";
    pub(crate) const NOT_ALIKE_NOW: &str =
        "The two questions no longer stand together. Type the answer";

    pub(crate) fn perhaps(wording: &str) -> String {
        format!("This may be the same question as “{wording}”, above, in other words.")
    }

    pub(crate) fn perhaps_same_as(wording: &str) -> String {
        format!("Perhaps the same question as “{wording}”")
    }

    pub(crate) fn nothing_above(wording: &str) -> String {
        format!("There is no answer above to copy. Answer “{wording}” first")
    }

    pub(crate) fn put_right_above(wording: &str) -> String {
        format!("Put right the answer to “{wording}”, above, before you copy it")
    }

    /// Where somebody else typed meanwhile what the same answer would stand in place of.
    pub(crate) fn in_the_way(by: &str, at: &str, said: Option<&str>) -> String {
        let by = if by.is_empty() { "Somebody else" } else { by };
        let said = match said {
            Some(said) => format!("answered {said}"),
            None => "typed something else".to_owned(),
        };
        format!(
            "{by} {said} here, on {at}, and that is kept. The same answer as above is shown below: save to \
             put it in its place, or change it."
        )
    }

    pub(crate) fn cannot_copy(wording: &str) -> String {
        format!("The answer to “{wording}” cannot be copied here. Type it")
    }
}

pub(super) mod check {
    use super::counted;

    pub(crate) const TITLE: &str = "Check your answers";
    pub(crate) const CHANGED: &str = "Something has changed since you looked: a question, an answer or who asks. Nothing was sent. \
         Look again and send.";
    pub(crate) const NOTHING_TYPED: &str = "There is nothing to send yet.";
    pub(crate) const CHANGE: &str = "Change";
    pub(crate) const NOT_ANSWERED_TEXT: &str = "You can send the others now and these later.";
    pub(crate) const WHO_RECEIVES: &str = "Who will receive what";
    pub(crate) const DECLARE: &str = "Send";
    pub(crate) const SEE_AND_SEND: &str = "Look at them and send";
    pub(crate) const SENT_IN_PART: &str =
        "Some questions changed while you were sending: look at what is left.";

    pub(crate) fn open(count: usize) -> String {
        counted(count, "question", "questions")
    }

    pub(crate) fn not_answered(count: usize) -> String {
        format!(
            "Not answered yet: {}",
            counted(count, "question", "questions")
        )
    }

    pub(crate) fn needed_by(names: &str) -> String {
        format!("needed by {names}")
    }

    pub(crate) fn receives(name: &str, count: usize) -> String {
        format!("{name}: {}", counted(count, "answer", "answers"))
    }

    pub(crate) fn not_filed(name: &str, system: &str) -> String {
        format!(
            "This does not file what {name} asks: you do that yourself, in {system}. Your answers will \
             be shown to copy."
        )
    }

    pub(crate) fn declaration(who: &str, home: &str) -> String {
        format!(
            "I am {who}, answering for {home}. To the best of my knowledge these answers are true."
        )
    }

    pub(crate) fn send(count: usize) -> String {
        format!("Agree and send {}", counted(count, "answer", "answers"))
    }

    pub(crate) fn also(count: usize, period: &str) -> String {
        format!(
            "Others now ask for {} that you gave for {period}.",
            counted(count, "answer", "answers")
        )
    }
}

/// A form on paper.
pub(super) mod print {
    pub(crate) const HOW: &str =
        "Use your browser’s print command. What is known already is filled in.";

    pub(crate) fn title(period: &str) -> String {
        format!("{period}, to print")
    }
}

/// Signing in.
pub(super) mod sign_in {
    pub(crate) const TITLE: &str = "Sign in";
    pub(crate) const HOW: &str =
        "There is no password. Give your e-mail address and we send you a link that signs you in.";
    pub(crate) const EMAIL: &str = "E-mail address";
    pub(crate) const EMAIL_HINT: &str =
        "The one to which you were invited. It may be a mailbox that you share.";
    pub(crate) const SEND: &str = "Send me a link";
    pub(crate) const NO_ADDRESS: &str =
        "Enter an e-mail address, such as manager@rowan-house.example";
    pub(crate) const SENT_TITLE: &str = "Check your e-mail";
    pub(crate) const SENT: &str =
        "If that address is one that we know, a link that signs you in is on its way to it.";
    pub(crate) const NOT_COME_HEADING: &str = "If nothing comes";
    pub(crate) const NOT_COME: [&str; 3] = [
        "Wait a few minutes, and look among your junk mail.",
        "Check that you gave the address to which you were invited.",
        "If you were not invited yet, ask whoever leads your home, or the body that asks you to answer.",
    ];
    pub(crate) const ANOTHER: &str = "Ask for another link";
    pub(crate) const LINK_TITLE: &str = "Continue to your forms";
    pub(crate) const LINK: &str = "You are about to sign in. This link then does not work again.";
    pub(crate) const CONTINUE: &str = "Continue";
    pub(crate) const GONE_TITLE: &str = "This link no longer works";
    pub(crate) const GONE: &str =
        "A link works once and only for a while. It may have been used already, or it is too old.";

    pub(crate) fn sent_valid(minutes: i64) -> String {
        format!("The link works once, and for {minutes} minutes. You can close this page.")
    }
}

/// Who answers.
pub(super) mod who {
    pub(crate) const TITLE: &str = "Who is answering?";
    pub(crate) const HINT: &str = "Your own name, and what you do if you like, such as Jo Reed, \
        manager. It stands beside the answers that you send.";
    pub(crate) const CONTINUE: &str = "Continue";
    pub(crate) const NO_NAME: &str = "Enter your name";

    pub(crate) fn name_too_long(chars_max: usize) -> String {
        format!("Your name must have {chars_max} letters at most, in one line")
    }
}

/// Letters.
pub(super) mod mail {
    pub(crate) const LINK_SUBJECT: &str = "Your link to sign in to AskOnce";

    pub(crate) fn link_text(link: &str, minutes: i64) -> String {
        format!(
            "Somebody, probably you, asked for a link to sign in to AskOnce.\n\n\
             Open this link and choose Continue:\n\n{link}\n\n\
             It works once, and for {minutes} minutes.\n\n\
             If it was not you, you need do nothing: without this letter nobody can sign in.\n"
        )
    }
}

/// The letter about what is due and new at a home.
pub(super) mod digest {
    use super::counted as count;
    use crate::domain::letter::DigestDays;

    pub(crate) const DUE: &str = "Due in the next 7 days";
    pub(crate) const LATE: &str = "Late: you can still answer";
    pub(crate) const NEW: &str = "New requests since the last such e-mail";

    /// What it is about: the home, and how much.
    pub(crate) fn subject(home: &str, due: usize, late: usize, new: usize) -> String {
        let parts = [
            (due, "form due", "forms due"),
            (late, "form late", "forms late"),
            (new, "new request", "new requests"),
        ];
        let some = parts.into_iter().filter(|(many, ..)| *many > 0);
        let some: Vec<String> = some.map(|(many, one, all)| count(many, one, all)).collect();
        format!("{home}: {}", some.join(", "))
    }

    pub(crate) fn opening(home: &str) -> String {
        format!("What is due and what is new at {home}.\n")
    }

    /// A heading with lines under it, and how many others there are.
    pub(crate) fn list(heading: &str, lines: &[&str], others: usize) -> String {
        let rest = (others > 0).then(|| format!("{others} more"));
        let lines = lines.iter().copied().chain(rest.as_deref());
        let lines: Vec<String> = lines.map(|line| format!("- {line}\n")).collect();
        format!("{heading}\n\n{}", lines.concat())
    }

    /// A form, by its period, with what is left of it.
    pub(crate) fn form(period: &str, left: &str) -> String {
        format!("{period}: {left}")
    }

    /// When a form is due, and to whom.
    pub(crate) fn due(form: &str, when: &str, is_late: bool, whom: &str) -> String {
        let due = super::worklist::due(when, is_late, whom);
        format!("{form}. {due}")
    }

    /// Who asks anew, and what for.
    pub(crate) fn asked(whom: &str, purpose: &str) -> String {
        format!("{whom}: {purpose}")
    }

    pub(crate) fn worklist(link: &str) -> String {
        format!("See what there is to do, and do it:\n\n{link}\n")
    }

    /// Why the letter came, and how to have it come otherwise.
    pub(crate) fn why(days: DigestDays, link: &str) -> String {
        let when = match days {
            DigestDays::Mondays => "once a week, on Monday",
            DigestDays::EveryWorkingDay | DigestDays::Never => "every working day",
        };
        format!(
            "You get this e-mail {when}, if there is something to say. To have it come less \
             often, or not at all:\n\n{link}\n"
        )
    }
}

/// On which days a person wants that letter.
pub(super) mod preferences {
    use crate::domain::letter::DigestDays;

    pub(crate) const TITLE: &str = "When should we e-mail you what is due?";
    pub(crate) const LEAD: &str = "At 7 in the morning, one e-mail for each of your homes: what \
        is due in the next 7 days, what is late, and who asks something new. None comes if there \
        is nothing to say. No answer ever stands in an e-mail.";
    pub(crate) const SAVE: &str = "Save";
    pub(crate) const CHOOSE: &str = "Choose when";
    pub(crate) const TO_WORKLIST: &str = "What to do now";
    pub(crate) const LINKS: &str =
        "The link to sign in, which you ask for yourself, comes whatever you choose here.";

    pub(crate) fn days(days: DigestDays) -> &'static str {
        match days {
            DigestDays::EveryWorkingDay => "Every working day",
            DigestDays::Mondays => "Mondays only (after a bank holiday, the next working day)",
            DigestDays::Never => "Never",
        }
    }

    pub(crate) fn saved(days: DigestDays) -> &'static str {
        match days {
            DigestDays::EveryWorkingDay => "We e-mail you every working day.",
            DigestDays::Mondays => "We e-mail you on Mondays only.",
            DigestDays::Never => "We do not e-mail you what is due any more.",
        }
    }
}

/// Forms as spreadsheets: what stands in them, on the pages about them, and what is said of a file
/// that cannot be read.
pub(super) mod offline {
    pub(crate) const TITLE: &str = "Answer in a spreadsheet";
    pub(crate) const STEPS: [&str; 4] = [
        "Download the questions of this form, as a workbook for Excel or as CSV.",
        "Fill in the column “Answer”. Where you cannot answer, choose a reason in the column “Why not”.",
        "Save the file and upload it here. Cells that you leave empty change nothing.",
        "Nothing is sent until you have checked your answers on the next page and sent them.",
    ];
    pub(crate) const DOWNLOAD: &str = "Download the questions";
    pub(crate) const AS_XLSX: &str = "Workbook for Excel (XLSX)";
    pub(crate) const AS_CSV: &str = "CSV";
    pub(crate) const UPLOAD: &str = "Upload your answers";
    pub(crate) const FILE: &str = "Your file";
    pub(crate) const FILE_HINT: &str =
        "The workbook (.xlsx) or CSV (.csv) that you downloaded here, at most 4 MB";
    pub(crate) const SEND_FILE: &str = "Upload and check";
    pub(crate) const NOTHING_SAVED: &str =
        "Nothing was saved. Put this right in your file and upload it again.";
    pub(crate) const PRIVACY: &str =
        "The file holds your home’s answers. Keep it as you keep your other records.";

    pub(crate) mod column {
        pub(crate) const TOPIC: &str = "Topic";
        pub(crate) const QUESTION: &str = "Question";
        pub(crate) const ABOUT: &str = "What it is about";
        pub(crate) const COUNTS: &str = "What counts";
        pub(crate) const ASKED_BY: &str = "Asked by";
        pub(crate) const HOW: &str = "How to answer";
        pub(crate) const KNOWN: &str = "What we have already";
        pub(crate) const RIGHT: &str = "Still right? (Yes)";
        pub(crate) const ANSWER: &str = "Answer";
        pub(crate) const UNIT: &str = "Unit";
        pub(crate) const WHY_NOT: &str = "Why not";
        pub(crate) const NOTE: &str = "Note to your reason";
        pub(crate) const DAY: &str = "Day it is about";
        pub(crate) const REFERENCE: &str = "Reference (do not change)";
    }

    /// The sheets of a workbook.
    pub(crate) mod sheet {
        pub(crate) const HELP: &str = "Read me";
        pub(crate) const ANSWERS: &str = "Answers";
        pub(crate) const LISTS: &str = "Lists";
        pub(crate) const HELP_LINES: [&str; 7] = [
            "Fill in the yellow cells on the sheet “Answers”. Everything else is locked, so that nothing is changed by accident.",
            "Cells that you leave empty change nothing. If there were none of something, write 0.",
            "If you cannot answer, choose a reason in the column “Why not” and leave the answer empty.",
            "Where “What we have already” is still right, write Yes beside it and leave the answer empty.",
            "Dates are read as in England: 1/12/2026 is 1 December 2026. Write the year in full.",
            "Never write the name of a person who lives or works in your home.",
            "Save the workbook and upload it where you downloaded it. You check your answers there before anything is sent.",
        ];
        pub(crate) const GROUP_LINES: [&str; 8] = [
            "The sheet “Answers” has one row for each home and one column for each question. Fill in the yellow cells.",
            "Cells that you leave empty change nothing. If there were none of something, write 0. Grey cells are not asked of that home.",
            "If a home cannot answer, write one of the reasons from the sheet “Reasons” in place of the answer; more of it may stand behind a colon.",
            "Where a question has a column for each part, fill in every part, or only the total.",
            "A cell with a note holds what we have already: point at its corner to see what was said before or is typed so far. Write it again where it is still right.",
            "Dates are read as in England: 1/12/2026 is 1 December 2026. Write the year in full.",
            "Never write the name of a person who lives or works in a home.",
            "Save the workbook and upload it where you downloaded it. Each home’s manager then checks, declares and sends her own answers.",
        ];
        pub(crate) const REASONS: &str = "Reasons";
    }

    /// How to answer.
    pub(crate) mod how {
        pub(crate) const COUNT: &str = "A whole number; 0 if there were none";
        pub(crate) const PERCENTAGE: &str = "A percentage, such as 92.5";
        pub(crate) const YES_NO: &str = "Yes or No";
        pub(crate) const DATE: &str = "A date, such as 27 March 2026";
        pub(crate) const PARTS: &str = "Fill in every line below, or only this total";
        pub(crate) const NOT_LISTED: &str =
            "Choose from the list, or write one of the reasons why not";

        pub(crate) fn number(unit: &str, others: &[&str]) -> String {
            match (unit, others) {
                ("", _) => "A number".to_owned(),
                (unit, []) => format!("A number, in {unit}"),
                (unit, others) => format!(
                    "A number, in {unit}; or with its unit: {}",
                    others.join(", ")
                ),
            }
        }

        pub(crate) fn text(chars: u32) -> String {
            format!("Words, at most {chars} characters")
        }

        pub(crate) fn one_of(options: &str) -> String {
            format!("One of: {options}")
        }

        pub(crate) fn any_of(options: &str) -> String {
            format!(
                "Any of these, with a semicolon (;) between them, or “None of these”: {options}"
            )
        }
    }

    pub(crate) fn part_of(by: &str, label: &str) -> String {
        format!("… {by}: {label}")
    }

    pub(crate) fn typed_so_far(value: &str, by: &str) -> String {
        match by {
            "" => format!("Typed so far: {value}"),
            by => format!("Typed so far: {value} ({by})"),
        }
    }

    pub(crate) fn answered(value: &str) -> String {
        format!("Answered: {value}")
    }

    pub(crate) fn offered(value: &str, from: &str) -> String {
        format!("{value}. {from}").trim_end().to_owned()
    }

    pub(crate) fn title(home: &str, period: &str) -> String {
        format!("{home}: {period}")
    }

    // What is wrong with a cell.

    pub(crate) const SHOWS_AN_ERROR: &str =
        "the cell shows an error of the spreadsheet. Type the answer itself";
    pub(crate) const COUNT: &str = "write a whole number, such as 4. If there were none, write 0";
    pub(crate) const PERCENTAGE: &str = "write a percentage, such as 92.5";
    pub(crate) const MONEY: &str = "write one amount, such as 1200.50";
    pub(crate) const NUMBER: &str = "write one number, such as 37.5";
    pub(crate) const OTHER_UNIT: &str =
        "the question is not measured in that unit. See “How to answer”";
    pub(crate) const SEVERAL_UNITS: &str = "give all figures of one question in the same unit";
    pub(crate) const YES_OR_NO: &str = "write Yes or No";
    pub(crate) const DATE: &str = "write a date, such as 27 March 2026";
    pub(crate) const YEAR: &str = "write the year in full, such as 27 March 2026";
    pub(crate) const NO_SUCH_DATE: &str =
        "there is no such date. The day comes before the month, such as 27/3/2026";
    pub(crate) const OTHER_WEEKDAY: &str =
        "that date is another day of the week. Write the date alone";
    pub(crate) const ONE_OPTION: &str = "choose one of the options under “How to answer”";
    pub(crate) const OPTIONS: &str =
        "choose from the options under “How to answer”, with a semicolon (;) between them";
    pub(crate) const REASON: &str = "choose one of the reasons in the list";
    pub(crate) const ANSWER_AND_REASON: &str = "give an answer or a reason why not, not both";
    pub(crate) const RIGHT_AND_ANSWER: &str = "say Yes or give another answer, not both";
    pub(crate) const NOT_RIGHT: &str = "write the right answer in the column “Answer”";
    pub(crate) const NO_LONGER_OFFERED: &str =
        "there is nothing to be confirmed any more. Write the answer";
    pub(crate) const SHOWN_HAS_CHANGED: &str = "“What we have already” is no longer what it was in your file. Look at it in the form or download the questions again, or write the answer";
    pub(crate) const NOTE_WITHOUT_REASON: &str =
        "choose a reason in the column “Why not”, or delete the note";
    pub(crate) const NOTE_TOO_LONG: &str = "shorten the note";
    pub(crate) const TEXT: &str = "shorten the text, and leave out anything that cannot be typed";
    pub(crate) const NO_ANSWER: &str = "write an answer, or a reason why not";
    pub(crate) const ON_QUESTION: &str = "write this in the row of the question itself";
    pub(crate) const PART_MISSING: &str =
        "fill in every line of the question. If there were none, write 0";
    pub(crate) const NOT_ASKED: &str = "this question is no longer asked. Delete the answer";
    pub(crate) const NOT_ASKED_OF_HOME: &str = "this is not asked of the home. Delete the answer";
    pub(crate) const TWICE: &str = "this question is answered in another row too. Keep one of them";
    pub(crate) const HOME_TWICE: &str = "this home is in another row too. Keep one of them";
    pub(crate) const NO_REFERENCE: &str = "the reference at the end of the row was changed. Download the questions again and copy your answers";
    pub(crate) const OTHER_HOME: &str =
        "this sheet is not for this home. Download the questions of this home";
    pub(crate) const NOT_YOUR_HOME: &str = "this is not one of your homes";

    pub(crate) fn on(reference: &str) -> String {
        format!("write the day that your answer is about: {reference}")
    }

    pub(crate) fn other_period(period: &str) -> String {
        format!("this sheet is not for {period}. Download the questions of this form")
    }

    pub(crate) fn place(row: usize, column: &str) -> String {
        format!("Row {row}, {column}")
    }

    pub(crate) fn cell_place(row: usize, column: &str, wording: &str) -> String {
        format!("Row {row}, column {column} ({wording})")
    }

    pub(crate) fn row(row: usize) -> String {
        format!("Row {row}")
    }

    pub(crate) fn fault(place: &str, message: &str) -> String {
        format!("{place}: {message}")
    }

    pub(crate) fn more_faults(count: usize) -> String {
        format!("…and {count} more. Put these right first")
    }

    // What is wrong with a file.

    pub(crate) const CHOOSE_FILE: &str = "Choose the file that you filled in";
    pub(crate) const TOO_LARGE: &str =
        "Your file is larger than 4 MB. No sheet of ours is that large";
    pub(crate) const MACROS: &str =
        "Your file has macros in it, which are not taken. Save it as an Excel workbook (.xlsx)";
    pub(crate) const NO_ANSWERS: &str =
        "Your file has no answers in it: every cell to be filled in is empty";
    pub(crate) const NOT_OURS: &str = "Your file is not one that was downloaded here. Download the questions and fill in that file";
    pub(crate) const EMPTY: &str = "Your file is empty";

    pub(crate) fn no_sheet(name: &str) -> String {
        format!("Your workbook has no sheet “{name}”. Download it again and copy your answers")
    }

    pub(crate) fn no_column(name: &str) -> String {
        format!("Your file has no column “{name}”. Download it again and copy your answers")
    }

    pub(crate) fn column_twice(name: &str) -> String {
        format!("Your file has the column “{name}” twice. Keep one of them")
    }

    // What became of a file.

    pub(crate) const TAKEN: &str = "Your file was read";
    pub(crate) const CHANGED: &str = "These were changed since you downloaded the file";
    pub(crate) const CHANGED_HELP: &str =
        "What stands there now is kept until you choose what is in your file.";
    pub(crate) const KEEP_SAVED: &str = "Keep what is saved";
    pub(crate) const TAKE_FILE: &str = "Take what is in your file";
    pub(crate) const NOTHING_TYPED: &str = "nothing";
    pub(crate) const SAVE_CHOICES: &str = "Save my choices";
    pub(crate) const NOT_SENT_YET: &str =
        "Nothing is sent yet: each home’s answers are checked and sent on their own.";
    pub(crate) const WHAT_NEXT: &str = "What comes next";

    pub(crate) fn to_check(home: &str) -> String {
        format!("{home}: check and send")
    }

    pub(crate) fn answers_read(count: usize) -> String {
        match count {
            0 => "No answers were saved from your file".to_owned(),
            1 => "1 answer was read from your file".to_owned(),
            count => format!("{count} answers were read from your file"),
        }
    }

    pub(crate) fn saved_now(value: &str, by: &str) -> String {
        match by {
            "" => format!("{KEEP_SAVED}: {value}"),
            by => format!("{KEEP_SAVED}: {value} (typed by {by})"),
        }
    }

    pub(crate) fn in_file(value: &str) -> String {
        format!("{TAKE_FILE}: {value}")
    }

    /// The workbook of a group.
    pub(crate) mod group {
        pub(crate) const TITLE: &str = "Answer for several homes in one workbook";
        pub(crate) const LEAD: &str = "One row for each home, one column for each question. What you fill in is put into each home’s form; each manager checks, declares and sends her own.";
        pub(crate) const CHOOSE_PERIOD: &str = "Choose a form";
        pub(crate) const NO_PERIODS: &str = "None of your homes has an open form.";
        pub(crate) const CHOOSE_TOPICS: &str = "Which topics do you fill in?";
        pub(crate) const TOPICS_HINT: &str =
            "Leave out what the homes fill in themselves. Both end in the same form.";
        pub(crate) const DOWNLOAD: &str = "Download the workbook";
        pub(crate) const PRIVACY: &str =
            "The file holds answers of your homes. Keep it as you keep your other records.";
        pub(crate) const OTHER_QUESTIONS: &str = "Other questions";
        pub(crate) const CHOOSE_PART: &str = "Choose homes";
        pub(crate) const PART_HINT: &str = "You answer for more homes than one workbook holds.";
        pub(crate) const NOTHING_ASKED: &str = "None of these homes is asked anything here.";

        /// Some of the homes, in the order of their names.
        pub(crate) fn part(first: &str, last: &str) -> String {
            format!("{first} to {last}")
        }

        pub(crate) fn too_many_homes(max: usize) -> String {
            format!(
                "Your workbook has more than {max} homes in it. Upload the workbooks one by one, as you downloaded them"
            )
        }

        /// Where not every cell has its note.
        pub(crate) fn notes_left_out(max: usize) -> String {
            format!(
                "Only the first {max} cells have such a note. Download fewer topics to see all of them."
            )
        }

        pub(crate) fn homes(count: usize) -> String {
            match count {
                1 => "1 home".to_owned(),
                count => format!("{count} homes"),
            }
        }

        pub(crate) fn questions(count: usize) -> String {
            match count {
                1 => "1 question".to_owned(),
                count => format!("{count} questions"),
            }
        }
    }
}
