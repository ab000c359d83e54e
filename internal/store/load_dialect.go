package store

// loadDialect is what loading a dump needs of a database.
type loadDialect struct {
	// keyed lets an INSERT give keys that the database would make itself.
	keyed string
	// scratch begins a table that is dropped before the transaction ends. SQLite would hold
	// a temporary one in memory.
	scratch string
	// sequences let keys that the database makes go on after those of a dump. The number of
	// an account is never given again, not even when only its jobs are left.
	sequences []string
	// forgetWords empties what jobs are found by, and addWords begins to fill it, from keys
	// of jobs and words with a space between.
	forgetWords []string
	addWords    string
}

var sqliteLoad = loadDialect{
	scratch: "CREATE TABLE %s AS ",
	sequences: []string{
		"INSERT INTO sqlite_sequence (name, seq) SELECT 'account', 0 WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'account')",
		"UPDATE sqlite_sequence SET seq = MAX(seq, (SELECT COALESCE(MAX(account), 0) FROM job)) WHERE name = 'account'",
	},
	forgetWords: []string{"INSERT INTO job_words (job_words) VALUES ('delete-all')", "DELETE FROM word"},
	addWords:    "INSERT INTO job_words (rowid, words) SELECT CAST(v.value ->> 0 AS BIGINT), v.value ->> 1",
}

var postgresLoad = loadDialect{
	keyed:   "OVERRIDING SYSTEM VALUE ",
	scratch: "CREATE TEMP TABLE %s AS ",
	sequences: []string{
		"SELECT setval(pg_get_serial_sequence('facet', 'id'), COALESCE(MAX(id), 0) + 1, FALSE) FROM facet",
		"SELECT setval(pg_get_serial_sequence('recommend_session', 'key'), COALESCE(MAX(key), 0) + 1, FALSE) FROM recommend_session",
		"SELECT setval(pg_get_serial_sequence('feedback', 'key'), COALESCE(MAX(key), 0) + 1, FALSE) FROM feedback",
		"SELECT setval(pg_get_serial_sequence('audit', 'key'), COALESCE(MAX(key), 0) + 1, FALSE) FROM audit",
		`SELECT setval(s.name, GREATEST(pg_sequence_last_value(s.name), (SELECT MAX(key) FROM account), (SELECT MAX(account) FROM job), 1))
			FROM (SELECT CAST(pg_get_serial_sequence('account', 'key') AS regclass) AS name) s`,
	},
	forgetWords: []string{"DELETE FROM job_words"},
	addWords:    "INSERT INTO job_words (job_key, words) SELECT CAST(v.value ->> 0 AS BIGINT), array_to_tsvector(string_to_array(v.value ->> 1, ' '))",
}
