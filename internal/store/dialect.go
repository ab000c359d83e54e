package store

import (
	"database/sql"
	"encoding/json"
	"errors"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"modernc.org/sqlite"
)

// dialect is everything in which the two databases differ.
type dialect struct {
	name string
	// rebind turns ? into the placeholders of the database.
	rebind func(query string) string
	// list makes a list one argument of "IN (" + keys + ")" or "IN (" + texts + ")".
	list  func(values any) any
	keys  string
	texts string
	// names makes a list of texts a table with the column name.
	names string
	// tuples makes a list of lists, as JSON, a table v with the column value.
	tuples string
	// within joins every row before it to the rows r of a table that meet a condition, in
	// that order and by an index, whatever the planner expects.
	within string
	// caches says that the driver keeps prepared statements by itself.
	caches bool
	// rows is how many rows one INSERT carries at best.
	rows int
	// classify tells what a driver's error means by its code.
	classify func(err error) failure
	// snapshot is how a transaction is begun whose reads all see the same moment.
	snapshot *sql.TxOptions
	// oneWriter says that transactions that write wait for each other anyway, and that a
	// single process has the database: commits that must last then share one.
	oneWriter bool
	// locked and unclaimed end a SELECT whose rows this transaction will change: it waits
	// for rows that others hold, or leaves them out.
	locked, unclaimed string
	// notify tells other processes of a job, when the transaction commits; empty where
	// there are none.
	notify string
	// history lets one transaction after the other change what results are found by; empty
	// where they do so anyway.
	history string
	// among begins a transaction that writes, and alone one beside which no other does; empty
	// where transactions that write wait for each other anyway.
	among, alone string
	// clock tells the time of the server, in microseconds since 1970; empty where the
	// database has no clock of its own.
	clock string
	// size tells the bytes of the database.
	size string
	// words is how the words of a job are kept and found.
	words wordDialect
	// columns describes the columns of a table, and bytewise sorts texts by their bytes.
	columns, bytewise string
	// load is what loading a dump needs of a database.
	load loadDialect
}

// failure is what a database error means to the caller.
type failure int

const (
	failedOtherwise failure = iota
	failedFull
	failedReadOnly
	failedUnique
	failedUnreachable
	failedDamaged
)

var sqliteDialect = &dialect{
	name:     "sqlite",
	rebind:   func(query string) string { return query },
	list:     jsonList,
	keys:     "SELECT value FROM json_each(?)",
	texts:    "SELECT value FROM json_each(?)",
	names:    "SELECT value AS name FROM json_each(?)",
	tuples:   "json_each(?) v",
	within:   "CROSS JOIN %s r WHERE %s ",
	rows:     1,
	classify: classifySQLite,
	snapshot: &sql.TxOptions{ReadOnly: true},

	oneWriter: true,
	size:      "SELECT c.page_count * s.page_size FROM pragma_page_count() c, pragma_page_size() s",
	words:     sqliteWords,
	columns:   sqliteColumns,
	load:      sqliteLoad,
}

var postgresDialect = &dialect{
	name:     "postgres",
	rebind:   dollars,
	list:     func(values any) any { return values },
	keys:     "SELECT unnest(CAST(? AS BIGINT[]))",
	texts:    "SELECT unnest(CAST(? AS TEXT[]))",
	names:    "SELECT unnest(CAST(? AS TEXT[])) AS name",
	tuples:   "json_array_elements(CAST(? AS JSON)) v(value)",
	within:   "CROSS JOIN LATERAL (SELECT * FROM %s r WHERE %s OFFSET 0) r WHERE TRUE ",
	caches:   true,
	rows:     50,
	classify: classifyPostgres,
	snapshot: &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true},

	locked:    " FOR UPDATE",
	unclaimed: " FOR UPDATE SKIP LOCKED",
	notify:    "SELECT pg_notify('loramanager_job', ?)",
	history:   "SELECT pg_advisory_xact_lock(7250347)",
	among:     "SELECT pg_advisory_xact_lock_shared(7250348)",
	alone:     "SELECT pg_advisory_xact_lock(7250348)",
	clock:     "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)",
	size:      "SELECT pg_database_size(current_database())",
	words:     postgresWords,
	columns:   postgresColumns,
	bytewise:  ` COLLATE "C"`,
	load:      postgresLoad,
}

// dollars rebinds ? to $1, $2, ... No query of this package has a ? in a literal.
func dollars(query string) string {
	var b strings.Builder
	n := 0
	for part := range strings.SplitSeq(query, "?") {
		if n > 0 {
			b.WriteByte('$')
			b.WriteString(strconv.Itoa(n))
		}
		b.WriteString(part)
		n++
	}
	return b.String()
}

func jsonList(values any) any {
	b, err := json.Marshal(values)
	if err != nil {
		return "[]" // keys and ids always marshal
	}
	return string(b)
}

// sqliteUse is what connections to a database file are for.
type sqliteUse int

const (
	sqliteReads   sqliteUse = iota
	sqliteWrites            // what a power cut takes can be scanned or edited again
	sqliteDurable           // a commit is on the disk before it returns
)

// openSQLite opens a pool on a database file. Pragmas stand in the address, since
// they belong to every single connection.
func openSQLite(path string, use sqliteUse) (*sql.DB, error) {
	synchronous, checkpoint := "synchronous(NORMAL)", "wal_autocheckpoint(4000)"
	if use == sqliteDurable {
		synchronous, checkpoint = "synchronous(FULL)", "wal_autocheckpoint(0)" // checkpointer does it
	}
	params := url.Values{"_pragma": {
		"busy_timeout(10000)", // first: the others may have to wait already
		"page_size(8192)",     // counts for a new file only: half the writes of a scan
		"journal_mode(WAL)",
		checkpoint,
		"foreign_keys(1)",
		synchronous,
		"temp_store(MEMORY)",
	}}
	if use != sqliteReads {
		params["_pragma"] = append(params["_pragma"], "cache_size(-16000)")
		params.Set("_txlock", "immediate")
	} else { // many connections, and the system caches the file as well
		params["_pragma"] = append(params["_pragma"], "cache_size(-4000)", "query_only(1)")
	}
	address := url.URL{Scheme: "file", OmitHost: true, Path: filepath.ToSlash(path), RawQuery: params.Encode()}
	return sql.Open("sqlite", address.String())
}

// openPostgres opens a pool on a server.
func openPostgres(address string) (*sql.DB, error) {
	config, err := pgx.ParseConfig(address)
	if err != nil {
		return nil, err
	}
	return stdlib.OpenDB(*config), nil
}

// classifySQLite reads the primary result code: the low byte.
func classifySQLite(err error) failure {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return failedOtherwise
	}
	switch code := e.Code(); {
	case code == 1555 || code == 2067: // SQLITE_CONSTRAINT_PRIMARYKEY, _UNIQUE
		return failedUnique
	case code&0xff == 13: // SQLITE_FULL
		return failedFull
	case code&0xff == 8: // SQLITE_READONLY
		return failedReadOnly
	case code&0xff == 5, code&0xff == 6, code&0xff == 10, code&0xff == 14: // BUSY, LOCKED, IOERR, CANTOPEN
		return failedUnreachable
	case code&0xff == 11, code&0xff == 26: // CORRUPT, NOTADB
		return failedDamaged
	}
	return failedOtherwise
}

// classifyPostgres reads the SQLSTATE.
func classifyPostgres(err error) failure {
	var connect *pgconn.ConnectError
	if errors.As(err, &connect) {
		return failedUnreachable
	}
	var e *pgconn.PgError
	if !errors.As(err, &e) {
		return failedOtherwise
	}
	switch {
	case e.Code == "23505":
		return failedUnique
	case e.Code == "53100": // disk_full
		return failedFull
	case e.Code == "25006": // read_only_sql_transaction
		return failedReadOnly
	case strings.HasPrefix(e.Code, "08"), strings.HasPrefix(e.Code, "53"), strings.HasPrefix(e.Code, "57P"):
		return failedUnreachable
	case strings.HasPrefix(e.Code, "XX"):
		return failedDamaged
	}
	return failedOtherwise
}
