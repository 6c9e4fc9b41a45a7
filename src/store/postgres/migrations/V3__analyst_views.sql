-- What analysts ask: who asked what of whom, and what it costs the homes. No answer stands here.
--
-- Days are those of London. What is the same by decision is one question, as on the form.

CREATE VIEW latest_asks AS
WITH revision AS (
    SELECT DISTINCT ON (organisation_id, ask_id) *
    FROM asks ORDER BY organisation_id, ask_id, era DESC, transaction DESC, ordinal DESC
), withdrawal AS (
    SELECT DISTINCT ON (organisation_id, ask_id) *
    FROM ask_withdrawals ORDER BY organisation_id, ask_id, era DESC, transaction DESC, ordinal DESC
), stands AS (
    SELECT revision.*, (now() AT TIME ZONE 'Europe/London')::date AS today,
        coalesce((withdrawal.era, withdrawal.transaction, withdrawal.ordinal)
            > (revision.era, revision.transaction, revision.ordinal), false) AS is_withdrawn
    FROM revision LEFT JOIN withdrawal
        ON withdrawal.organisation_id = revision.organisation_id
        AND withdrawal.ask_id = revision.ask_id
)
SELECT stands.*,
    CASE
        WHEN is_withdrawn THEN 'withdrawn'
        WHEN expires_on < today THEN 'expired'
        WHEN today < begins_on THEN 'coming'
        ELSE 'live'
    END AS state
FROM stands;

CREATE VIEW decisions_in_force AS
SELECT decision.* FROM decisions decision
LEFT JOIN decision_undoings undone
    ON undone.decision_id = decision.decision_id
    AND (undone.era, undone.transaction, undone.ordinal)
        > (decision.era, decision.transaction, decision.ordinal)
WHERE undone.decision_id IS NULL;

CREATE VIEW question_classes AS
WITH RECURSIVE same (question_id, other) AS (
    SELECT question_a, question_b FROM decisions_in_force WHERE verdict = 'same'
    UNION
    SELECT question_b, question_a FROM decisions_in_force WHERE verdict = 'same'
), reached (question_id, other) AS (
    SELECT question_id, question_id FROM same
    UNION
    SELECT reached.question_id, same.other
    FROM reached JOIN same ON same.question_id = reached.other
)
SELECT question_id, min(other) AS stands_for FROM reached GROUP BY question_id;

CREATE VIEW elements_in_force AS
WITH edition AS (
    SELECT era, transaction, ordinal FROM dictionaries
    ORDER BY era DESC, transaction DESC, ordinal DESC LIMIT 1
)
SELECT element.element_id, element.question_id, element.label, element.definition, element.type,
    element.timing, element.topic, element.unit,
    coalesce(retired.retired_on, element.retired_on) AS retired_on, retired.successor
FROM elements element
LEFT JOIN edition ON true
LEFT JOIN element_retirements retired
    ON retired.element_id = element.element_id
    AND (retired.era, retired.transaction, retired.ordinal)
        > (element.era, element.transaction, element.ordinal)
WHERE edition.era IS NULL
    OR (element.era, element.transaction, element.ordinal)
        >= (edition.era, edition.transaction, edition.ordinal);

CREATE VIEW sheets AS
SELECT receipt.home_id, sheet.reference,
    count(*) FILTER (WHERE NOT receipt.given_before) AS submissions,
    count(*) FILTER (WHERE receipt.given_before) AS releases,
    max(receipt.sent_at) AS changed_at,
    max(ledger.sequence) AS last_sequence
FROM receipts receipt
CROSS JOIN LATERAL unnest(receipt.speaks_of) AS sheet (reference)
LEFT JOIN ledger USING (era, transaction, ordinal)
GROUP BY receipt.home_id, sheet.reference;

-- Live is said by its parts here, for which the planner has better guesses than for the word.
CREATE VIEW asks_of_homes AS
SELECT DISTINCT home.home_id, ask.organisation_id, ask.ask_id, ask.cadence, ask.periods,
    ask.era, ask.transaction, ask.ordinal
FROM latest_asks ask
LEFT JOIN organisation_successions body ON body.organisation_id = ask.organisation_id
JOIN ask_targets target ON (target.organisation_id, target.era, target.transaction, target.ordinal)
    = (ask.organisation_id, ask.era, ask.transaction, ask.ordinal)
CROSS JOIN LATERAL (
    SELECT home_id FROM homes WHERE home_id = target.target
    UNION ALL
    SELECT home_id FROM homes WHERE council_code = target.target
    UNION ALL
    SELECT home_id FROM homes WHERE icb_code = target.target
    UNION ALL
    SELECT home_id FROM homes WHERE target.target = 'E92000001'
) AS home
LEFT JOIN home_successions gone ON gone.home_id = home.home_id
WHERE NOT ask.is_withdrawn AND ask.begins_on <= ask.today
    AND (ask.expires_on IS NULL OR ask.today <= ask.expires_on)
    AND (ask.last_day IS NULL OR ask.today <= ask.last_day)
    AND (body.ended_on IS NULL OR ask.today < body.ended_on)
    AND (gone.ended_on IS NULL OR ask.today < gone.ended_on);

CREATE VIEW who_asked_what AS
SELECT ask.organisation_id, organisation.name AS organisation, ask.ask_id, ask.purpose,
    ask.legal_basis, field.name AS field, field.label, field.type, field.timing, field.element_id,
    field.question_id, coalesce(class.stands_for, field.question_id) AS stands_for,
    target.target, target.is_area, ask.cadence, ask.periods, ask.first_day, ask.last_day,
    ask.expires_on, ask.submitted_on, ask.state, ask.state <> 'withdrawn' AS in_force
FROM latest_asks ask
JOIN ask_fields field USING (organisation_id, era, transaction, ordinal)
JOIN ask_targets target USING (organisation_id, era, transaction, ordinal)
LEFT JOIN organisations organisation USING (organisation_id)
LEFT JOIN question_classes class ON class.question_id = field.question_id;

CREATE VIEW burden AS
SELECT counted.home_id, home.name AS home, home.council_code, home.icb_code, counted.cadence,
    counted.period, counted.asked, counted.questions, counted.bodies
FROM (
    SELECT asked.home_id, asked.cadence, one.period,
        count(*) AS asked,
        count(DISTINCT concat_ws(' ', coalesce(class.stands_for, field.question_id),
            field.reference, field.moment) COLLATE "C") AS questions,
        count(DISTINCT asked.organisation_id) AS bodies
    FROM asks_of_homes asked
    JOIN ask_fields field USING (organisation_id, era, transaction, ordinal)
    JOIN homes of_home ON of_home.home_id = asked.home_id
    LEFT JOIN question_classes class ON class.question_id = field.question_id
    LEFT JOIN LATERAL unnest(asked.periods) AS one (period) ON true
    WHERE field.applies_to IS NULL OR field.applies_to && of_home.services
    GROUP BY asked.home_id, asked.cadence, one.period
) AS counted
JOIN homes home ON home.home_id = counted.home_id;

COMMENT ON VIEW latest_asks IS 'Each ask as last submitted or amended, with its state today';
COMMENT ON COLUMN latest_asks.organisation_id IS 'Who asks';
COMMENT ON COLUMN latest_asks.era IS 'Of the event';
COMMENT ON COLUMN latest_asks.transaction IS 'Of the event';
COMMENT ON COLUMN latest_asks.ordinal IS 'Of the event';
COMMENT ON COLUMN latest_asks.ask_id IS 'The ask''s id within the body';
COMMENT ON COLUMN latest_asks.recorded_at IS 'When this revision was recorded';
COMMENT ON COLUMN latest_asks.submitted_on IS 'The day of its first submission, in London';
COMMENT ON COLUMN latest_asks.on_behalf IS 'Whether somebody else submitted it for the body';
COMMENT ON COLUMN latest_asks.purpose IS 'What the answers are for';
COMMENT ON COLUMN latest_asks.legal_basis IS 'By which right it asks';
COMMENT ON COLUMN latest_asks.statutory_power IS 'The granted power by which fields are statutory';
COMMENT ON COLUMN latest_asks.agreement IS 'Reference of the sharing agreement or impact assessment';
COMMENT ON COLUMN latest_asks.filed_elsewhere IS 'The system in which homes file the answers themselves';
COMMENT ON COLUMN latest_asks.is_private IS 'Whether other askers are not told who asks';
COMMENT ON COLUMN latest_asks.continues IS 'The ask of a predecessor that it carries on';
COMMENT ON COLUMN latest_asks.cadence IS 'How often; null where it names its periods';
COMMENT ON COLUMN latest_asks.periods IS 'The very periods asked for; null where it has a cadence';
COMMENT ON COLUMN latest_asks.begins_on IS 'The first day on which it asks';
COMMENT ON COLUMN latest_asks.first_day IS 'First day of its first period';
COMMENT ON COLUMN latest_asks.last_day IS 'Last day of its last period; null for no end';
COMMENT ON COLUMN latest_asks.expires_on IS 'The day after which no further period is asked for';
COMMENT ON COLUMN latest_asks.fields IS 'How many fields it has';
COMMENT ON COLUMN latest_asks.today IS 'Today in London';
COMMENT ON COLUMN latest_asks.is_withdrawn IS 'Whether it was taken back';
COMMENT ON COLUMN latest_asks.state IS 'coming, live, expired or withdrawn, today in London';

COMMENT ON VIEW decisions_in_force IS 'Decisions that were not taken back';
COMMENT ON COLUMN decisions_in_force.decision_id IS 'Its id';
COMMENT ON COLUMN decisions_in_force.question_a IS 'The first question';
COMMENT ON COLUMN decisions_in_force.question_b IS 'The second question';
COMMENT ON COLUMN decisions_in_force.verdict IS 'What was decided';
COMMENT ON COLUMN decisions_in_force.reason IS 'Why; empty if not said';
COMMENT ON COLUMN decisions_in_force.organisation_id IS 'Whose own decision it is; null for the data lead''s';
COMMENT ON COLUMN decisions_in_force.decided_at IS 'When';
COMMENT ON COLUMN decisions_in_force.era IS 'Of the event';
COMMENT ON COLUMN decisions_in_force.transaction IS 'Of the event';
COMMENT ON COLUMN decisions_in_force.ordinal IS 'Of the event';

COMMENT ON VIEW question_classes IS 'Questions that are one by decision; a question that stands alone is not here';
COMMENT ON COLUMN question_classes.question_id IS 'The question';
COMMENT ON COLUMN question_classes.stands_for IS 'The question under which it stands: the least of those that are one';

COMMENT ON VIEW elements_in_force IS 'The data dictionary as it stands, retired elements too';
COMMENT ON COLUMN elements_in_force.element_id IS 'Its id';
COMMENT ON COLUMN elements_in_force.question_id IS 'The question that every field naming it means';
COMMENT ON COLUMN elements_in_force.label IS 'The question in plain English';
COMMENT ON COLUMN elements_in_force.definition IS 'What counts and what does not';
COMMENT ON COLUMN elements_in_force.type IS 'What kind of answer it takes';
COMMENT ON COLUMN elements_in_force.timing IS 'Of which time it speaks';
COMMENT ON COLUMN elements_in_force.topic IS 'The part of the form';
COMMENT ON COLUMN elements_in_force.unit IS 'Unit of entry, UCUM';
COMMENT ON COLUMN elements_in_force.retired_on IS 'Since when it is retired; null while it is in force';
COMMENT ON COLUMN elements_in_force.successor IS 'The element to be used instead';

COMMENT ON VIEW sheets IS 'What homes said something of, and how often; never what';
COMMENT ON COLUMN sheets.home_id IS 'The home';
COMMENT ON COLUMN sheets.reference IS 'What the answers speak of';
COMMENT ON COLUMN sheets.submissions IS 'How often answers to it were sent';
COMMENT ON COLUMN sheets.releases IS 'How often answers given before were sent on';
COMMENT ON COLUMN sheets.changed_at IS 'When it last changed';
COMMENT ON COLUMN sheets.last_sequence IS 'Its last change in the ledger; null until that is sealed';

COMMENT ON VIEW asks_of_homes IS 'Which live asks are asked of which homes today, by home or by area';
COMMENT ON COLUMN asks_of_homes.home_id IS 'The home';
COMMENT ON COLUMN asks_of_homes.organisation_id IS 'Who asks';
COMMENT ON COLUMN asks_of_homes.ask_id IS 'The ask';
COMMENT ON COLUMN asks_of_homes.cadence IS 'How often; null where it names its periods';
COMMENT ON COLUMN asks_of_homes.periods IS 'The very periods asked for; null where it has a cadence';
COMMENT ON COLUMN asks_of_homes.era IS 'Of the event';
COMMENT ON COLUMN asks_of_homes.transaction IS 'Of the event';
COMMENT ON COLUMN asks_of_homes.ordinal IS 'Of the event';

COMMENT ON VIEW who_asked_what IS 'Every field of every ask, with each home or area that it is asked of: one row each';
COMMENT ON COLUMN who_asked_what.organisation_id IS 'Who asks';
COMMENT ON COLUMN who_asked_what.organisation IS 'Its name; null of a body that is not registered';
COMMENT ON COLUMN who_asked_what.ask_id IS 'The ask';
COMMENT ON COLUMN who_asked_what.purpose IS 'What the answers are for';
COMMENT ON COLUMN who_asked_what.legal_basis IS 'By which right it asks';
COMMENT ON COLUMN who_asked_what.field IS 'The requester''s own name of the field';
COMMENT ON COLUMN who_asked_what.label IS 'The requester''s own wording';
COMMENT ON COLUMN who_asked_what.type IS 'What kind of answer it takes';
COMMENT ON COLUMN who_asked_what.timing IS 'Of which time it speaks';
COMMENT ON COLUMN who_asked_what.element_id IS 'The dictionary''s element that it names';
COMMENT ON COLUMN who_asked_what.question_id IS 'What it means';
COMMENT ON COLUMN who_asked_what.stands_for IS 'The question that it is one with by decision; itself where it stands alone';
COMMENT ON COLUMN who_asked_what.target IS 'GSS code of an area, or a home''s CQC location id';
COMMENT ON COLUMN who_asked_what.is_area IS 'Whether the target is an area: every home in it';
COMMENT ON COLUMN who_asked_what.cadence IS 'How often; null where it names its periods';
COMMENT ON COLUMN who_asked_what.periods IS 'The very periods asked for; null where it has a cadence';
COMMENT ON COLUMN who_asked_what.first_day IS 'First day of its first period';
COMMENT ON COLUMN who_asked_what.last_day IS 'Last day of its last period; null for no end';
COMMENT ON COLUMN who_asked_what.expires_on IS 'The day after which no further period is asked for';
COMMENT ON COLUMN who_asked_what.submitted_on IS 'The day of its first submission, in London';
COMMENT ON COLUMN who_asked_what.state IS 'coming, live, expired or withdrawn, today in London';
COMMENT ON COLUMN who_asked_what.in_force IS 'Whether it was not taken back';

COMMENT ON VIEW burden IS 'What live asks put to each home, by cadence or by named period: as asked, and once merged. Conditional fields count as asked. Questions of one meaning and one time count once; a form may still work some out or put them once for several cadences';
COMMENT ON COLUMN burden.home_id IS 'The home';
COMMENT ON COLUMN burden.home IS 'Its name';
COMMENT ON COLUMN burden.council_code IS 'GSS code of its council';
COMMENT ON COLUMN burden.icb_code IS 'GSS code of its integrated care board';
COMMENT ON COLUMN burden.cadence IS 'How often; null where the asks name the period';
COMMENT ON COLUMN burden.period IS 'The period, where the asks name it';
COMMENT ON COLUMN burden.asked IS 'Questions as asked: fields of all asks';
COMMENT ON COLUMN burden.questions IS 'Questions once merged: different meanings, each for its own time';
COMMENT ON COLUMN burden.bodies IS 'How many bodies ask';
