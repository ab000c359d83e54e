-- +goose Up
-- Figures about jobs that have ended, what computers used, and who works.

-- trace is the W3C traceparent of the request that a job came with; queued_at when its
-- user put it into the queue again, NULL for one that was never retried by its user.
ALTER TABLE job ADD COLUMN trace TEXT NOT NULL DEFAULT '';
ALTER TABLE job ADD COLUMN queued_at BIGINT;

-- Generations that ended, counted by when they were accepted. Every count is kept on
-- five levels (0 quarter-hour, 1 hour, 2 UTC day, 3 four days, 4 sixteen days), so that any
-- span of time is a sum over few rows; slot is the time in seconds divided by the length of a slot
-- of the level. Times are summed in microseconds.
CREATE TABLE slot_rollup (
    level     BIGINT NOT NULL,
    slot      BIGINT NOT NULL,
    jobs      BIGINT NOT NULL,
    succeeded BIGINT NOT NULL,
    failed    BIGINT NOT NULL,
    cancelled BIGINT NOT NULL,
    ran       BIGINT NOT NULL,
    run_us    BIGINT NOT NULL,
    waited    BIGINT NOT NULL,
    wait_us   BIGINT NOT NULL,
    images    BIGINT NOT NULL,
    kept      BIGINT NOT NULL,
    PRIMARY KEY (level, slot)
) WITHOUT ROWID;
CREATE TABLE job_rollup (
    level       BIGINT NOT NULL,
    slot        BIGINT NOT NULL,
    engine      TEXT NOT NULL,
    status      TEXT NOT NULL,
    error_class TEXT NOT NULL,
    jobs        BIGINT NOT NULL,
    ran         BIGINT NOT NULL,
    run_us      BIGINT NOT NULL,
    PRIMARY KEY (level, slot, engine, status, error_class)
) WITHOUT ROWID;
-- Distributions: measure 0 is the wait, 1 the run; buckets are those of bucket.go.
CREATE TABLE time_rollup (
    measure BIGINT NOT NULL,
    level   BIGINT NOT NULL,
    slot    BIGINT NOT NULL,
    bucket  BIGINT NOT NULL,
    jobs    BIGINT NOT NULL,
    PRIMARY KEY (level, slot, measure, bucket)
) WITHOUT ROWID;
-- What succeeded and failed with an adapter, which is named by its facet: facets of
-- adapters stay. Only what succeeded counts as jobs.
CREATE TABLE adapter_rollup (
    level   BIGINT NOT NULL,
    slot    BIGINT NOT NULL,
    adapter BIGINT NOT NULL,
    jobs    BIGINT NOT NULL,
    images  BIGINT NOT NULL,
    kept    BIGINT NOT NULL,
    failed  BIGINT NOT NULL,
    PRIMARY KEY (level, slot, adapter)
) WITHOUT ROWID;
-- What succeeded with two adapters, a < b; change is that of the catalog it changed with.
CREATE TABLE adapter_pair (
    a      BIGINT NOT NULL,
    b      BIGINT NOT NULL,
    jobs   BIGINT NOT NULL,
    kept   BIGINT NOT NULL,
    change BIGINT NOT NULL,
    PRIMARY KEY (a, b)
) WITHOUT ROWID;
CREATE INDEX adapter_pair_change ON adapter_pair (change);

-- counted is false until the jobs of an older database are counted, once. n rises with
-- every change of adapter_rollup.
CREATE TABLE rollup_state (
    one     INTEGER PRIMARY KEY CHECK (one = 1),
    counted BOOLEAN NOT NULL,
    n       BIGINT NOT NULL
);
INSERT INTO rollup_state (one, counted, n) SELECT 1, NOT EXISTS (SELECT 1 FROM job), 0;

-- The pictures that jobs have, each once.
CREATE TABLE picture_total (
    one      INTEGER PRIMARY KEY CHECK (one = 1),
    pictures BIGINT NOT NULL,
    bytes    BIGINT NOT NULL
);
INSERT INTO picture_total (one, pictures, bytes) SELECT 1, COUNT(*), COALESCE(SUM(size_bytes), 0) FROM picture WHERE loose_since IS NULL;

-- The generations that figures speak of: failed ones by class, and the slowest.
CREATE INDEX job_error ON job (error_class, key, engine) WHERE kind = 'generation' AND status = 'failed' AND trashed_at IS NULL;
CREATE INDEX job_slow ON job ((finished_at - started_at), key) WHERE kind = 'generation' AND status = 'succeeded' AND trashed_at IS NULL;

-- What computers used. A sample that is the first of its quarter-hour is kept longer.
CREATE TABLE resource_sample (
    at             BIGINT NOT NULL,
    host           TEXT NOT NULL,
    quarter        BOOLEAN NOT NULL,
    cpu_percent    DOUBLE PRECISION,
    memory_used    BIGINT,
    memory_total   BIGINT,
    disk_used      BIGINT,
    disk_total     BIGINT,
    process_memory BIGINT,
    pictures_bytes BIGINT,
    database_bytes BIGINT,
    PRIMARY KEY (at, host)
) WITHOUT ROWID;
CREATE INDEX resource_sample_between ON resource_sample (at) WHERE NOT quarter;
CREATE TABLE gpu_sample (
    at           BIGINT NOT NULL,
    host         TEXT NOT NULL,
    gpu          BIGINT NOT NULL,
    driver       TEXT NOT NULL,
    name         TEXT NOT NULL,
    memory_used  BIGINT,
    memory_total BIGINT,
    utilization  DOUBLE PRECISION,
    temperature  DOUBLE PRECISION,
    fan_speed    DOUBLE PRECISION,
    power_draw   DOUBLE PRECISION,
    PRIMARY KEY (at, host, driver, gpu),
    FOREIGN KEY (at, host) REFERENCES resource_sample (at, host) ON DELETE CASCADE
) WITHOUT ROWID;

-- The processes that run jobs, as they last said about themselves.
CREATE TABLE worker (
    name       TEXT PRIMARY KEY,
    host       TEXT NOT NULL,
    version    TEXT NOT NULL,
    started_at BIGINT NOT NULL,
    beat_at    BIGINT NOT NULL,
    running    BIGINT NOT NULL
);

-- What an adapter was trained on: the most frequent tags, which the report of a file
-- holds too, but takes twenty times as long to read. NULL is a report that was not looked at
-- yet, as all are when this table is new.
CREATE TABLE training_tag (
    adapter_key INTEGER PRIMARY KEY REFERENCES adapter (key) ON DELETE CASCADE,
    tags        TEXT
);
INSERT INTO training_tag (adapter_key) SELECT adapter_key FROM inspection;
CREATE INDEX training_tag_unread ON training_tag (adapter_key) WHERE tags IS NULL;

-- Counts what changes the taste of recommendations: feedback and preferences.
CREATE TABLE taste_change (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    n   BIGINT NOT NULL
);
INSERT INTO taste_change (one, n) VALUES (1, 0);

-- Answered questions; those nobody judged are forgotten.
CREATE TABLE recommend_session (
    key         INTEGER PRIMARY KEY AUTOINCREMENT,
    id          TEXT NOT NULL,
    kind        TEXT NOT NULL,
    query       TEXT NOT NULL,
    adapter_ids TEXT NOT NULL,
    results     TEXT NOT NULL,
    judged      BOOLEAN NOT NULL DEFAULT FALSE,
    created_at  BIGINT NOT NULL
);
CREATE UNIQUE INDEX recommend_session_id ON recommend_session (id);
CREATE INDEX recommend_session_unjudged ON recommend_session (key) WHERE NOT judged;

CREATE TABLE feedback (
    key         INTEGER PRIMARY KEY AUTOINCREMENT,
    id          TEXT NOT NULL,
    session_key BIGINT NOT NULL REFERENCES recommend_session (key) ON DELETE CASCADE,
    adapter_key BIGINT NOT NULL REFERENCES adapter (key) ON DELETE CASCADE,
    type        TEXT NOT NULL,
    reason      TEXT,
    implicit    BOOLEAN NOT NULL,
    created_at  BIGINT NOT NULL
);
CREATE UNIQUE INDEX feedback_id ON feedback (id);
CREATE INDEX feedback_session ON feedback (session_key, adapter_key);
CREATE INDEX feedback_adapter ON feedback (adapter_key);

CREATE TABLE preference (
    id               TEXT PRIMARY KEY,
    type             TEXT NOT NULL,
    value            TEXT NOT NULL,
    confidence       DOUBLE PRECISION NOT NULL,
    learned_from     TEXT NOT NULL,
    evidence_count   BIGINT NOT NULL,
    last_evidence_at BIGINT NOT NULL,
    created_at       BIGINT NOT NULL,
    updated_at       BIGINT NOT NULL
);
CREATE UNIQUE INDEX preference_value ON preference (type, value);

-- Text vectors of an endpoint, little-endian float32.
CREATE TABLE embedding (
    adapter_key BIGINT NOT NULL REFERENCES adapter (key) ON DELETE CASCADE,
    model       TEXT NOT NULL,
    text_digest TEXT NOT NULL,
    vector      BLOB NOT NULL,
    computed_at BIGINT NOT NULL,
    PRIMARY KEY (adapter_key, model)
);
