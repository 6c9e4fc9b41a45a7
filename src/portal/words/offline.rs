//! Forms as spreadsheets: what stands in them, on the pages about them, and what is said of a file
//! that cannot be read.

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
pub(crate) const FILE_HINT: &str = "The workbook (.xlsx) or CSV (.csv) that you downloaded here, at most 4 MB";
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
    pub(crate) const GROUP_LINES: [&str; 7] = [
        "The sheet “Answers” has one row for each home and one column for each question. Fill in the yellow cells.",
        "Cells that you leave empty change nothing. If there were none of something, write 0. Grey cells are not asked of that home.",
        "If a home cannot answer, write one of the reasons from the sheet “Reasons” in place of the answer; more of it may stand behind a colon.",
        "Where a question has a column for each part, fill in every part, or only the total.",
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
    pub(crate) const NOT_LISTED: &str = "Choose from the list, or write one of the reasons why not";

    pub(crate) fn number(unit: &str, others: &[&str]) -> String {
        match (unit, others) {
            ("", _) => "A number".to_owned(),
            (unit, []) => format!("A number, in {unit}"),
            (unit, others) => format!("A number, in {unit}; or with its unit: {}", others.join(", ")),
        }
    }

    pub(crate) fn text(chars: u32) -> String {
        format!("Words, at most {chars} characters")
    }

    pub(crate) fn one_of(options: &str) -> String {
        format!("One of: {options}")
    }

    pub(crate) fn any_of(options: &str) -> String {
        format!("Any of these, with a semicolon (;) between them, or “None of these”: {options}")
    }
}

pub(crate) fn part_of(label: &str) -> String {
    format!("… of which: {label}")
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

pub(crate) const SHOWS_AN_ERROR: &str = "the cell shows an error of the spreadsheet. Type the answer itself";
pub(crate) const COUNT: &str = "write a whole number, such as 4. If there were none, write 0";
pub(crate) const PERCENTAGE: &str = "write a percentage, such as 92.5";
pub(crate) const MONEY: &str = "write one amount, such as 1200.50";
pub(crate) const NUMBER: &str = "write one number, such as 37.5";
pub(crate) const OTHER_UNIT: &str = "the question is not measured in that unit. See “How to answer”";
pub(crate) const SEVERAL_UNITS: &str = "give all figures of one question in the same unit";
pub(crate) const YES_OR_NO: &str = "write Yes or No";
pub(crate) const DATE: &str = "write a date, such as 27 March 2026";
pub(crate) const YEAR: &str = "write the year in full, such as 27 March 2026";
pub(crate) const NO_SUCH_DATE: &str =
    "there is no such date. The day comes before the month, such as 27/3/2026";
pub(crate) const OTHER_WEEKDAY: &str = "that date is another day of the week. Write the date alone";
pub(crate) const ONE_OPTION: &str = "choose one of the options under “How to answer”";
pub(crate) const OPTIONS: &str =
    "choose from the options under “How to answer”, with a semicolon (;) between them";
pub(crate) const REASON: &str = "choose one of the reasons in the list";
pub(crate) const ANSWER_AND_REASON: &str = "give an answer or a reason why not, not both";
pub(crate) const RIGHT_AND_ANSWER: &str = "say Yes or give another answer, not both";
pub(crate) const NOT_RIGHT: &str = "write the right answer in the column “Answer”";
pub(crate) const NO_LONGER_OFFERED: &str = "there is nothing to be confirmed any more. Write the answer";
pub(crate) const NOTE_WITHOUT_REASON: &str = "choose a reason in the column “Why not”, or delete the note";
pub(crate) const NOTE_TOO_LONG: &str = "shorten the note";
pub(crate) const TEXT: &str = "shorten the text, and leave out anything that cannot be typed";
pub(crate) const NO_ANSWER: &str = "write an answer, or a reason why not";
pub(crate) const ON_QUESTION: &str = "write this in the row of the question itself";
pub(crate) const PART_MISSING: &str = "fill in every line of the question. If there were none, write 0";
pub(crate) const NOT_ASKED: &str = "this question is no longer asked. Delete the answer";
pub(crate) const NOT_ASKED_OF_HOME: &str = "this is not asked of the home. Delete the answer";
pub(crate) const TWICE: &str = "this question is answered in another row too. Keep one of them";
pub(crate) const HOME_TWICE: &str = "this home is in another row too. Keep one of them";
pub(crate) const NO_REFERENCE: &str =
    "the reference at the end of the row was changed. Download the questions again and copy your answers";
pub(crate) const OTHER_HOME: &str = "this sheet is not for this home. Download the questions of this home";
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
pub(crate) const TOO_LARGE: &str = "Your file is larger than 4 MB. No sheet of ours is that large";
pub(crate) const MACROS: &str =
    "Your file has macros in it, which are not taken. Save it as an Excel workbook (.xlsx)";
pub(crate) const NO_ANSWERS: &str = "Your file has no answers in it: every cell to be filled in is empty";
pub(crate) const NOT_OURS: &str =
    "Your file is not one that was downloaded here. Download the questions and fill in that file";
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
pub(crate) const TO_CHECK: &str = "Check and send";

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
    pub(crate) const LEAD: &str =
        "One row for each home, one column for each question. What you fill in is put into each home’s form; each manager checks, declares and sends her own.";
    pub(crate) const CHOOSE_PERIOD: &str = "Choose a form";
    pub(crate) const NO_PERIODS: &str = "None of your homes has an open form.";
    pub(crate) const CHOOSE_TOPICS: &str = "Which topics do you fill in?";
    pub(crate) const TOPICS_HINT: &str =
        "Leave out what the homes fill in themselves. Both end in the same form.";
    pub(crate) const DOWNLOAD: &str = "Download the workbook";
    pub(crate) const OTHER_QUESTIONS: &str = "Other questions";
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
