"""The journal's tables and its statements."""

from typing import Final

from holdline.gateway.reading import Source

VERSION: Final = 1

SCHEMA: Final = """
CREATE TABLE events (
    seq INTEGER PRIMARY KEY,
    source TEXT NOT NULL,
    event_id TEXT NOT NULL,
    digest BLOB NOT NULL,
    received_at REAL NOT NULL,
    lane TEXT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT NOT NULL,
    item TEXT NOT NULL,
    trace TEXT NOT NULL,
    verdict TEXT NOT NULL,
    severity TEXT NOT NULL,
    at REAL NOT NULL,
    batch INTEGER,
    UNIQUE (source, event_id)
);
CREATE INDEX waiting ON events (lane, seq) WHERE state = 'accepted';
CREATE TABLE batches (
    batch INTEGER PRIMARY KEY,
    request_id TEXT NOT NULL,
    lane TEXT NOT NULL,
    observed TEXT NOT NULL,
    events INTEGER NOT NULL,
    received_at REAL NOT NULL,
    trace TEXT NOT NULL,
    state TEXT NOT NULL,
    result TEXT NOT NULL,
    settled_at REAL
);
CREATE INDEX unsent ON batches (lane) WHERE state = 'batched';
CREATE TABLE probe (id INTEGER PRIMARY KEY, at REAL NOT NULL, room BLOB NOT NULL);
"""

# Journals of earlier releases have it from the next start on.
ASIDE: Final = "CREATE INDEX IF NOT EXISTS quarantined ON events (state) WHERE state = 'quarantined'"

# FULL: the answer 202 promises that the event survives a power cut. The pages of a checkpoint are written by a
# commit now and then, so it is kept rare.
PRAGMAS: Final = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA wal_autocheckpoint = 4000;
PRAGMA journal_size_limit = 67108864;
PRAGMA busy_timeout = 250;
"""

INSERT: Final = """
INSERT INTO events
    (source, event_id, digest, received_at, lane, state, reason, item, trace, verdict, severity, at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
"""
LAST: Final = "SELECT coalesce(max(seq), 0) FROM events"
KNOWN: Final = "SELECT seq, digest FROM events WHERE source = ? AND event_id = ?"
LANES: Final = """
SELECT lane FROM events WHERE state = 'accepted' GROUP BY lane
UNION SELECT lane FROM batches WHERE state = 'batched'
"""
WAITING: Final = """
SELECT seq, source, event_id, received_at, item, trace FROM events
WHERE state = 'accepted' AND lane = ? ORDER BY seq LIMIT ?
"""
SEEN: Final = """
SELECT seq, source, event_id, received_at, trace, verdict, severity, at FROM events
WHERE state = 'accepted' AND lane = ? AND seq > ? ORDER BY seq LIMIT ?
"""
ITEM: Final = "SELECT item FROM events WHERE seq = ?"
UNSENT: Final = """
SELECT batch, request_id, lane, observed, events, received_at, trace FROM batches
WHERE state = 'batched' AND lane = ?
"""
BIND: Final = """
INSERT INTO batches (request_id, lane, observed, events, received_at, trace, state, result)
VALUES (?, ?, ?, ?, ?, ?, 'batched', '')
"""
MEMBERS: Final = "UPDATE events SET state = 'batched', batch = ? WHERE state = 'accepted' AND lane = ? AND seq <= ?"
SETTLE_BATCH: Final = "UPDATE batches SET state = ?, result = ?, settled_at = ? WHERE batch = ?"
SETTLE: Final = "UPDATE events SET state = ?, reason = ? WHERE seq = ?"
# Every source is named, so that the index by source and id is used.
FATE: Final = f"""
SELECT e.source, e.event_id, e.received_at, e.lane, coalesce(b.state, e.state), e.reason, coalesce(b.result, '')
FROM events e LEFT JOIN batches b ON b.batch = e.batch
WHERE e.source IN ({", ".join(repr(each.value) for each in Source)}) AND e.event_id = ? ORDER BY e.seq
"""  # noqa: S608 - our own names
QUARANTINED: Final = """
SELECT source, event_id, received_at, reason FROM events WHERE state = 'quarantined' ORDER BY seq DESC LIMIT ?
"""
_LETTER: Final = "SELECT seq, source, event_id, received_at, reason, {}, digest, trace FROM events"
LETTERS: Final = f"{_LETTER.format(repr(''))} WHERE state = 'quarantined' ORDER BY seq DESC LIMIT ?"
LETTER: Final = f"{_LETTER.format('item')} WHERE seq = ? AND state = 'quarantined'"
GIVE_UP: Final = "UPDATE events SET state = ?, reason = ?, item = '' WHERE seq = ? AND state = 'quarantined'"
FORGET: Final = "DELETE FROM events WHERE seq = ?"
# A new place behind all others, as for everything that is accepted.
REQUEUE: Final = """
UPDATE events SET seq = (SELECT max(seq) + 1 FROM events), state = 'accepted', reason = '', batch = NULL
WHERE seq = ? AND state = 'quarantined'
"""
LANE_OF: Final = "SELECT lane FROM events WHERE source = ? AND event_id = ?"
DEPTH: Final = """
SELECT (SELECT count(*) FROM events WHERE state = 'accepted')
     + (SELECT coalesce(sum(events), 0) FROM batches WHERE state = 'batched'),
       (SELECT received_at FROM events WHERE seq = (SELECT min(seq) FROM events WHERE state = 'accepted')),
       (SELECT min(received_at) FROM batches WHERE state = 'batched')
"""
# What a person has not looked at stays longer; what is not delivered stays.
PRUNE: Final = """
DELETE FROM events WHERE seq IN (
    SELECT e.seq FROM events e LEFT JOIN batches b ON b.batch = e.batch
    WHERE e.received_at < CASE e.state WHEN 'quarantined' THEN ? ELSE ? END
    AND coalesce(b.state, e.state) NOT IN ('accepted', 'batched')
    ORDER BY e.seq LIMIT ?)
"""
PRUNE_BATCHES: Final = """
DELETE FROM batches WHERE batch IN (
    SELECT batch FROM batches WHERE state != 'batched' AND settled_at < ? ORDER BY batch LIMIT ?)
"""
# As large as the largest event, so that a disk with room for the probe has room for that one.
PROBE: Final = """
INSERT INTO probe (id, at, room) VALUES (1, ?, zeroblob(65536))
ON CONFLICT (id) DO UPDATE SET at = excluded.at, room = excluded.room
"""
