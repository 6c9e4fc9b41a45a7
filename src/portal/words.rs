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

/// Forms as spreadsheets.
pub(super) mod offline;

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
}
