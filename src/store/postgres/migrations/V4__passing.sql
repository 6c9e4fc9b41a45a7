-- What passes between requests: links that were mailed, sessions of browsers.
--
-- Unlogged on purpose. After a crash, or at a standby that takes over, it is empty: whoever was
-- signed in signs in anew, and what she typed is a draft. Were it logged, a standby that is a moment
-- behind would bring back links that were used and sessions that were ended. Nor does it go into
-- the write-ahead log and its archives, which are kept longer than it is, or cost a sync a page.
--
-- A session is touched with every page. No index holds its times, and pages have room, so that it
-- stays where it is and no index grows; the sweep reads all of it, which is little.
CREATE UNLOGGED TABLE passing (
    key bytea PRIMARY KEY,
    kind text NOT NULL,
    value bytea NOT NULL,
    expires_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL
) WITH (fillfactor = 70);
COMMENT ON TABLE passing IS 'What passes between requests; nobody reads anything in it without the secret that a letter or a cookie holds';
COMMENT ON COLUMN passing.key IS 'Digest of the secret';
COMMENT ON COLUMN passing.kind IS 'What for: sign-in-link, session, stranger or sending';
COMMENT ON COLUMN passing.value IS 'What it says, sealed under the secret';
COMMENT ON COLUMN passing.expires_at IS 'When it is gone if nobody asks for it';
COMMENT ON COLUMN passing.ends_at IS 'When it is gone for good';
