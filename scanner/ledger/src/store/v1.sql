-- The chain. `body` is the entry in its canonical form, `digest` the sha256 of it.
CREATE TABLE entries (
	seq INTEGER PRIMARY KEY,
	digest TEXT NOT NULL UNIQUE,
	body TEXT NOT NULL
) STRICT;

-- Rows, stored once however many runs have them. `digest` is the sha256 of the rows of a part, each
-- with a line end.
CREATE TABLE parts (
	id INTEGER PRIMARY KEY,
	digest TEXT NOT NULL UNIQUE,
	count INTEGER NOT NULL
) STRICT;

CREATE TABLE rows (
	part INTEGER NOT NULL,
	n INTEGER NOT NULL,
	line TEXT NOT NULL,
	PRIMARY KEY (part, n)
) STRICT, WITHOUT ROWID;

-- Which parts a run has.
CREATE TABLE sections (
	entry INTEGER NOT NULL,
	section TEXT NOT NULL,
	name TEXT NOT NULL,
	part INTEGER NOT NULL,
	PRIMARY KEY (entry, section, name)
) STRICT, WITHOUT ROWID;

CREATE INDEX sections_part ON sections (part);

CREATE TRIGGER entries_stay BEFORE DELETE ON entries BEGIN
	SELECT RAISE(ABORT, 'an entry of the ledger is never removed');
END;

CREATE TRIGGER entries_stand BEFORE UPDATE ON entries BEGIN
	SELECT RAISE(ABORT, 'an entry of the ledger is never changed');
END;

-- For whoever opens the file with SQLite.
CREATE VIEW runs AS
SELECT seq AS entry, digest,
	body ->> '$.recorded' AS recorded, body ->> '$.started' AS started, body ->> '$.ended' AS ended,
	body ->> '$.late' AS late, body ->> '$.snapshot' AS snapshot, body ->> '$.rules' AS rules,
	body ->> '$.tailoring' AS tailoring, body ->> '$.assessment' AS assessment
FROM entries WHERE body ->> '$.kind' = 'run';

CREATE VIEW findings AS
SELECT s.entry AS entry,
	f.value ->> '$.fingerprint' AS fingerprint,
	r.line ->> '$.rule' AS rule, r.line ->> '$.resource' AS resource, f.value ->> '$.key' AS "key",
	CASE WHEN r.line ->> '$.status' = 'fail' AND f.value ->> '$.waiver' IS NOT NULL
		THEN 'waived' ELSE r.line ->> '$.status' END AS status,
	r.line ->> '$.severity' AS severity, r.line ->> '$.type' AS type,
	r.line ->> '$.account' AS account, r.line ->> '$.region' AS region,
	f.value ->> '$.message' AS message, r.line ->> '$.cause.kind' AS cause
FROM sections s JOIN rows r ON r.part = s.part
	LEFT JOIN json_each(r.line, '$.failures') f
WHERE s.section = 'findings';

CREATE VIEW controls AS
SELECT s.entry AS entry, r.line ->> '$.framework' AS framework, r.line ->> '$.control' AS control,
	r.line ->> '$.title' AS title, r.line ->> '$.status' AS status, r.line ->> '$.basis' AS basis,
	r.line ->> '$.whole' AS whole
FROM sections s JOIN rows r ON r.part = s.part WHERE s.section = 'controls';

CREATE VIEW populations AS
SELECT s.entry AS entry, r.line ->> '$[0]' AS type, r.line ->> '$[1]' AS account,
	r.line ->> '$[2]' AS region, r.line ->> '$[3]' AS resource
FROM sections s JOIN rows r ON r.part = s.part WHERE s.section = 'populations';
