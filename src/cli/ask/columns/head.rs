//! Every item of an ask's head.

use super::{Column, column};

/// What is known of each item of an ask's head.
pub(in crate::cli::ask) const HEAD_ITEMS: &[Column] = &[
    column!(
        "organisation",
        18,
        [
            "Organisation id",
            "Who asks",
            "Requester",
            "Your organisation"
        ],
        "Who asks: your organisation's id.",
        "An id that the broker knows. Required.",
        "sefton-council"
    ),
    column!(
        "ask",
        18,
        ["Ask id", "Id", "Return id", "Short name"],
        "The ask's id, by which you will find it again.",
        "1 to 64 letters, digits, dots, _ and -; blank: made from the content.",
        "beds-monthly"
    ),
    column!(
        "purpose",
        18,
        ["What for", "Why"],
        "What the answers are for. Every home reads it.",
        "Up to 2,000 characters. Required.",
        "To plan winter capacity"
    ),
    column!(
        "legal_basis",
        18,
        ["Lawful basis", "Legal power", "By which right"],
        "By which right you ask. Every home reads it.",
        "Up to 2,000 characters. Required.",
        "Care Act 2014, section 5"
    ),
    column!(
        "contact",
        18,
        ["Contact details", "Contact person", "Questions to"],
        "Whom a home may turn to.",
        "Up to 2,000 characters.",
        "returns@sefton.example, 0151 496 0000"
    ),
    column!(
        "notice",
        18,
        ["Note to homes", "Important"],
        "What the home must know, such as what answering does not notify.",
        "Up to 2,000 characters.",
        "This does not replace a notification to the regulator"
    ),
    column!(
        "filed_elsewhere",
        18,
        ["Filed in", "Filed elsewhere in", "Other system"],
        "The system in which homes file the answers themselves. The broker then delivers none.",
        "Its name, up to 100 characters; blank: answers are sent to you.",
        "Capacity Tracker"
    ),
    column!(
        "cadence",
        18,
        ["How often", "Frequency"],
        "How often you ask.",
        "daily, weekly, monthly, quarterly, yearly or financial-yearly; or else list periods below.",
        "monthly"
    ),
    column!(
        "periods",
        18,
        dates,
        ["Period", "For which periods"],
        "The very periods asked for, instead of a cadence.",
        "Such as 2026-11-21, 2026-W47, 2026-11, 2026-Q4, FY2026-Q3, FY2026 or 2026; several with ; between, or a row each. Keep the cell's format as text.",
        "2026-11; 2026-12"
    ),
    column!(
        "from",
        18,
        dates,
        ["Start", "First day", "Start date", "From date"],
        "First day of the cadence.",
        "YYYY-MM-DD, or a date cell; blank: the day of submission.",
        "2026-12-01"
    ),
    column!(
        "until",
        18,
        dates,
        ["End", "Last day", "End date", "Until date"],
        "Last day of the cadence.",
        "YYYY-MM-DD, or a date cell; blank: no end.",
        "2027-11-30"
    ),
    column!(
        "review_on",
        18,
        dates,
        ["Review", "Review date"],
        "When you mean to look at the ask again.",
        "YYYY-MM-DD, or a date cell; blank: not said.",
        "2027-06-01"
    ),
    column!(
        "expires_on",
        18,
        dates,
        ["Expires", "Expiry", "Expiry date", "Sunset"],
        "The day after which no further period is asked for.",
        "YYYY-MM-DD, or a date cell; blank: none.",
        "2027-11-30"
    ),
    column!(
        "agreement",
        18,
        [
            "Sharing agreement",
            "Data sharing agreement",
            "DSA",
            "DPIA",
            "DPIA reference"
        ],
        "Reference of the sharing agreement or of the data-protection impact assessment.",
        "Up to 2,000 characters.",
        "ISA 2026/14"
    ),
    column!(
        "statutory_power",
        18,
        ["Power", "Under which power"],
        "The granted power by which fields are statutory.",
        "One that was granted to your organisation, letter for letter; blank where no field is statutory.",
        "Health and Social Care Act 2008, section 64"
    ),
    column!(
        "private",
        18,
        ["Keep private", "Hide who asks"],
        "Whether other askers are not told who asks. Homes are always told.",
        "yes or no; blank is no.",
        "yes"
    ),
    column!(
        "opens",
        18,
        ["Window opens", "Opens on"],
        "When answers are first taken, relative to each period.",
        "start or end of the period, with days (d) or working days (wd) after it; blank, with closes blank too: the usual window.",
        "end+1d"
    ),
    column!(
        "closes",
        18,
        ["Window closes", "Closes on", "Deadline", "Due"],
        "Until when answers are taken, relative to each period.",
        "As for opens; a time of day may follow, such as end+10d@17:00.",
        "end+10wd"
    ),
    column!(
        "homes",
        18,
        [
            "Home",
            "Home id",
            "CQC location id",
            "CQC id",
            "Location id"
        ],
        "The homes asked.",
        "CQC location ids, several with ; between, or a row each.",
        "1-466088203; 1-1938268568"
    ),
    column!(
        "areas",
        18,
        ["Area", "Area code", "GSS code"],
        "The areas asked: every home that lies in one.",
        "GSS codes, several with ; between, or a row each.",
        "E08000014"
    ),
];
