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
