//! Every bound that an input is held to, by name, with its unit and its reason.
//!
//! A bound here is a promise to clients: raising one is compatible, lowering one is not.

/// Longest label of a field, in code points: one long sentence with its conditions.
pub const LABEL_CHARS_MAX: usize = 500;

/// Longest definition of a field, in code points: a paragraph of what counts and what does not.
pub const DEFINITION_CHARS_MAX: usize = 2_000;

/// Longest guidance of a field, in code points: help that still fits beside the question.
pub const GUIDANCE_CHARS_MAX: usize = 2_000;

/// Longest topic of a field, in code points: a heading on one line.
pub const TOPIC_CHARS_MAX: usize = 100;

/// Most options of a choice: past this a person needs a search box, not a list.
pub const OPTIONS_MAX: usize = 100;

/// Longest code of an option, in code points: the requester's key, as long as a field's name.
pub const OPTION_CODE_CHARS_MAX: usize = 64;

/// Longest label of an option, in code points: a line of a list.
pub const OPTION_LABEL_CHARS_MAX: usize = 200;

/// Most dimensions in one breakdown: a grid of more cannot be filled in by hand.
pub const BREAKDOWN_DIMENSIONS_MAX: usize = 4;

/// Most digits of a number, leading zeros and trailing fractional zeros aside: what a signed
/// 64-bit integer always holds, so that every backend stores it exactly.
pub const DIGITS_MAX: u32 = 18;

/// Most digits after the decimal point of a number: a billionth, finer than any form asks.
pub const DECIMALS_MAX: u32 = 9;

/// Longest text that an answer may be allowed to be, in code points: a few pages.
pub const TEXT_CHARS_MAX: u32 = 10_000;

/// Longest text of an answer where the field does not say, in code points. Part of the field
/// digest's frozen contract: never to be changed.
pub const TEXT_CHARS_DEFAULT: u32 = 500;

/// Oldest answer that an as-at field may accept, in days: ten years.
pub const MAX_AGE_DAYS_MAX: u32 = 3_660;

/// Longest look-back of a question, in months: ten years.
pub const LOOK_BACK_MONTHS_MAX: u16 = 120;

/// Longest look-back of a question, in days: ten years.
pub const LOOK_BACK_DAYS_MAX: u16 = 3_660;

/// Longest text of an ask (purpose, legal basis, contact, notice), in code points: a paragraph.
pub const ASK_TEXT_CHARS_MAX: usize = 2_000;

/// Most fields of one ask: the longest national return has about half as many.
pub const FIELDS_PER_ASK_MAX: usize = 500;

/// Most periods that one ask may list: two years of days.
pub const PERIODS_PER_ASK_MAX: usize = 732;

/// Most homes and areas that one ask may name: every home of England, one by one.
pub const TARGETS_PER_ASK_MAX: usize = 20_000;

/// Most areas that one organisation is granted: every upper-tier council of England twice over.
pub const AREAS_PER_GRANT_MAX: usize = 400;

/// Most statutory powers that one organisation is granted.
pub const POWERS_PER_GRANT_MAX: usize = 100;

/// Longest name of a statutory power, in code points: an act and its section.
pub const POWER_CHARS_MAX: usize = 200;

/// Most asks of one stream that are worked on side by side: they share the store's groups, and a
/// result waits for those before it.
pub const ASKS_AT_ONCE_MAX: usize = 64;

/// Counts of homes below this are not told: who asks could learn which homes others ask.
pub const TOLD_HOMES_MIN: u32 = 10;

/// Longest text of a home's entry in the register, in code points.
pub const HOME_TEXT_CHARS_MAX: usize = 300;

/// Most service types of one home: the regulator knows fewer.
pub const SERVICES_PER_HOME_MAX: usize = 20;

/// Most beds of one home: the largest in England has some two hundred.
pub const BEDS_PER_HOME_MAX: u32 = 9_999;

/// Most ids that organisations have for one home of their own accord: as many bodies ask of it.
pub const LOCAL_IDS_PER_HOME_MAX: usize = 20;

/// Longest name of an organisation, in code points.
pub const ORGANISATION_NAME_CHARS_MAX: usize = 200;

/// Most homes that one person answers for: the largest group of homes in England.
pub const HOMES_PER_TOKEN_MAX: usize = 500;

/// Longest label of a token, in code points: a line of a list.
pub const TOKEN_LABEL_CHARS_MAX: usize = 100;

/// Most secrets of one token that open at once while it is rotated, the present one among them:
/// two systems that take turns, and one secret lost on its way.
pub const SECRETS_PER_TOKEN_MAX: usize = 4;

/// Longest time for which a former secret goes on beside its successor, in seconds: 30 days, a
/// round of every system that holds it.
pub const ROTATION_OVERLAP_SECONDS_MAX: i64 = 30 * 86_400;

/// Longest name of a person, in code points.
pub const PERSON_NAME_CHARS_MAX: usize = 100;

/// Longest e-mail address, in code points, as the standards of mail bound it.
pub const EMAIL_CHARS_MAX: usize = 254;

/// Most elements of a dictionary: a hundred times what bodies ask for today.
pub const ELEMENTS_MAX: usize = 20_000;

/// Longest note beside a reason why there is no answer, in code points.
pub const NOTE_CHARS_MAX: usize = 500;

/// Largest count of residents that is flagged "do not publish": fewer than five people.
pub const SMALL_COUNT_MAX: i128 = 4;

/// Most boxes of one breakdown: a grid that a person can still fill in.
pub const BOXES_PER_GRID_MAX: usize = 200;

/// Most proposals of elements that are open at once: a data lead's month.
pub const PROPOSALS_MAX: usize = 500;

/// Most topics of which a submission says that nothing happened.
pub const TOPICS_PER_SUBMISSION_MAX: usize = 100;

/// Most answers sent at once: the longest form has half as many entries.
pub const ANSWERS_PER_SUBMISSION_MAX: usize = 1_000;

/// Longest name of whoever answers, in code points.
pub const ANSWERED_BY_CHARS_MAX: usize = 100;

/// Most entries of one draft: as many as are sent at once.
pub const DRAFT_ENTRIES_MAX: usize = 1_000;

/// Longest text typed into a draft, in code points: twice what an answer may be, for what is still
/// to be cut down.
pub const DRAFT_TEXT_CHARS_MAX: usize = 20_000;

/// Largest draft, in bytes as it is kept (1 MiB): the longest form with a page in every box.
pub const DRAFT_BYTES_MAX: usize = 1 << 20;

/// Most asks that answers are released to at once: more than any form has.
pub const ASKS_PER_RELEASE_MAX: usize = 100;

/// Longest name of a system in which an ask is filed, in code points: a line of a page.
pub const FILED_ELSEWHERE_CHARS_MAX: usize = 100;

/// Longest reason of a decision or of its undoing, in code points.
pub const REASON_CHARS_MAX: usize = 500;

/// Most objections to one decision, answered ones too: every body of a region, some of them twice.
pub const OBJECTIONS_PER_DECISION_MAX: usize = 100;

/// Most words that data leads teach the matcher: half of what it brings, in every body's words.
pub const TERM_WORDS_MAX: usize = 5_000;

/// Most terms that are added or withdrawn at once: a data lead's day.
pub const TERMS_PER_BATCH_MAX: usize = 200;

/// Most ways of saying one value that are added or withdrawn at once.
pub const WORDS_PER_TERM_MAX: usize = 50;

/// Longest words of a term, in code points: a phrase of a form.
pub const TERM_WORDS_CHARS_MAX: usize = 100;

/// Most decisions recorded at once: a data lead's day.
pub const DECISIONS_PER_BATCH_MAX: usize = 500;

/// Most periods named in one request: a year of weeks, and some.
pub const PERIODS_PER_REQUEST_MAX: usize = 60;

/// Most candidates that are suggested for one question: what a person compares on one line.
pub const CANDIDATES_MAX: usize = 10;

/// Most candidates that are suggested for a field when its ask comes in: what an asker reads in
/// passing.
pub const CANDIDATES_AT_INTAKE_MAX: usize = 3;
