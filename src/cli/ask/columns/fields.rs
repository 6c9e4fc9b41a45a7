//! Every column of a sheet of fields.

use super::{Column, column};

/// What is known of each column of a sheet of fields.
pub(in crate::cli::ask) const FIELD_COLUMNS: &[Column] = &[
    column!(
        "name",
        14,
        [
            "Ref",
            "Ref no",
            "Reference no",
            "Reference number",
            "Field",
            "Field name",
            "Local name",
            "Variable",
            "Code",
            "ID",
            "Key",
            "No",
            "Number",
            "Item",
            "Question no",
            "Question number",
            "Question ref"
        ],
        "Your own name for the field. Answers come back to you under it, letter for letter.",
        "1 to 64 characters; no two fields of the ask share one. Required.",
        "B1"
    ),
    column!(
        "label",
        44,
        [
            "Question",
            "Question text",
            "Wording",
            "Question wording",
            "Item wording",
            "Data item"
        ],
        "The question as the home reads it.",
        "Up to 500 characters. Required.",
        "Beds occupied at the end of the month"
    ),
    column!(
        "type",
        12,
        [
            "Answer type",
            "Data type",
            "Field type",
            "Response type",
            "Kind",
            "Type of answer",
            "Format"
        ],
        "What sort of answer it takes.",
        "count (whole number), quantity (number with a unit), percentage, money, yes-no, date, text, choice (one option), choices (several options). Required.",
        "count"
    ),
    column!(
        "timing",
        14,
        ["When", "Time basis", "As at or during", "Point or period"],
        "Of which time the answer speaks.",
        "as-at (how things stand at a moment), during (what happened in the period), standing (hardly ever changes), or a look-back such as during:P12M (the last 12 months) or during:P7D. Required.",
        "as-at"
    ),
    column!(
        "unit",
        10,
        ["Units", "Unit of measure", "UoM", "Measured in"],
        "The unit of a quantity or of money.",
        "A code: s, min, h, d, wk, {shift-8h}, {shift-12h}, mg, g, kg, cm, m, mL, L, m3, {wte}, 1; for money GBP, p, kGBP, and blank is GBP. A quantity needs one; other types take none.",
        "h"
    ),
    column!(
        "decimals",
        10,
        ["Decimal places", "dp", "Places"],
        "Digits after the point.",
        "0 to 9; blank is 0. Not for counts.",
        "1"
    ),
    column!(
        "min",
        10,
        [
            "Minimum",
            "Min value",
            "Minimum value",
            "At least",
            "Lowest"
        ],
        "The least number you accept. A home's answer below it is still delivered, with a flag.",
        "A number, or blank for none.",
        "0"
    ),
    column!(
        "max",
        10,
        [
            "Maximum",
            "Max value",
            "Maximum value",
            "At most",
            "Highest"
        ],
        "The greatest number you accept. A home's answer above it is still delivered, with a flag.",
        "A number, or blank for none. For percentages write 100, not 100%.",
        "200"
    ),
    column!(
        "breakdown",
        16,
        ["Broken down by", "Split by", "Breakdown by", "Dimensions"],
        "How the number is split.",
        "Dimension ids of the dictionary, several with | between them; blank for none.",
        "job_role"
    ),
    column!(
        "options",
        32,
        [
            "Choices",
            "Answer options",
            "Response options",
            "Allowed values",
            "Options list",
            "Codes",
            "Values"
        ],
        "What may be chosen, in the order in which homes see it.",
        "code=label with ; between: your code, then what the home reads. A label alone is its own code. For choice and choices only.",
        "R=Red; A=Amber; G=Green"
    ),
    column!(
        "definition",
        32,
        ["What counts", "Definitions", "Meaning", "Counting rule"],
        "What counts and what does not. Part of the question's meaning: equal questions have equal definitions.",
        "Up to 2,000 characters.",
        "Count residents present at midnight"
    ),
    column!(
        "guidance",
        32,
        [
            "Help",
            "Help text",
            "Notes",
            "Guidance notes",
            "Instructions",
            "Hint"
        ],
        "Help for whoever answers. No part of the meaning.",
        "Up to 2,000 characters.",
        "Include respite residents"
    ),
    column!(
        "topic",
        20,
        [
            "Section",
            "Group",
            "Theme",
            "Category",
            "Heading",
            "Topic area"
        ],
        "The heading under which it stands.",
        "Up to 100 characters.",
        "Beds and occupancy"
    ),
    column!(
        "required",
        10,
        ["Mandatory", "Must answer", "Is required", "Compulsory"],
        "Whether a blank is refused. A home may always say why it has no answer.",
        "yes or no; blank is no.",
        "yes"
    ),
    column!(
        "element",
        18,
        [
            "Dictionary",
            "Element id",
            "Dictionary id",
            "Dictionary element"
        ],
        "The entry of the dictionary that you ask for, if you know it.",
        "An id from `askonce dictionary list`; leave the definition blank then.",
        "beds.occupied"
    ),
    column!(
        "compulsion",
        13,
        ["Obligation", "Legal duty", "Duty"],
        "How strongly the home is bound to answer.",
        "voluntary, contractual or statutory; blank is voluntary.",
        "contractual"
    ),
    column!(
        "reuse",
        12,
        ["Reuse rule"],
        "What may be done with what is already known.",
        "derive (filled in without asking), confirm (offered, to be confirmed), always-ask; blank is confirm.",
        "confirm"
    ),
    column!(
        "max_age_days",
        14,
        [
            "Max age",
            "Maximum age",
            "Oldest answer in days",
            "Maximum age in days"
        ],
        "Oldest answer that you accept, in days. For as-at only.",
        "A whole number up to 3,660; blank: of this very period.",
        "7"
    ),
    column!(
        "sensitivity",
        12,
        ["Sensitive", "Confidentiality"],
        "How carefully answers must be handled.",
        "none, commercial or personal; blank is none.",
        "commercial"
    ),
    column!(
        "moment",
        15,
        ["Moment of count"],
        "The moment of an as-at field.",
        "period-end or on-completion; blank is period-end.",
        "period-end"
    ),
    column!(
        "reference",
        14,
        ["Refers to", "Span", "Reference period"],
        "Which span it speaks of, relative to the ask's period.",
        "same, previous, last-month, last-week, last-day or first-day; a clock time may follow, such as same@12:00. Blank is same.",
        "same"
    ),
    column!(
        "earliest",
        12,
        dates,
        ["Earliest date", "Not before"],
        "Earliest date accepted. For dates only.",
        "YYYY-MM-DD, or a date cell.",
        "2020-01-01"
    ),
    column!(
        "latest",
        12,
        dates,
        ["Latest date", "Not after"],
        "Latest date accepted. For dates only.",
        "YYYY-MM-DD, or a date cell.",
        "2030-12-31"
    ),
    column!(
        "max_length",
        12,
        [
            "Maximum length",
            "Longest text",
            "Character limit",
            "Max characters"
        ],
        "Longest text accepted, in characters. For texts only.",
        "A whole number up to 10,000; blank is 500.",
        "200"
    ),
    column!(
        "lines",
        10,
        ["Number of lines", "Text lines"],
        "Whether a text may run over several lines. For texts only.",
        "single or multi; blank is single.",
        "multi"
    ),
    column!(
        "applies_to",
        18,
        ["Service types", "Services", "Only for", "Asked of"],
        "The services of the homes that it is asked of: a home with none of them does not see it.",
        "Service types as the register of homes words them, several with | between them; blank for every home.",
        "Nursing homes|Residential homes"
    ),
    column!(
        "only_if",
        18,
        ["Condition", "Shown if", "Ask only if", "Depends on"],
        "On which answer to another field of this ask it is put at all.",
        "Your name of that field, a sign with blanks around it, and what the answer must be: Q4 = yes, P1 = R|A (codes of options), B1 >= 1, B1 <= 5, or B1 in 1..5. Blank: always.",
        "P1 = R|A"
    ),
];
