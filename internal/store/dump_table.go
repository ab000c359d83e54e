package store

import (
	"maps"
	"slices"
)

// tableUse says what a dump does with a table.
type tableUse int

const (
	// dumped tables are what a backup is for.
	dumped tableUse = iota
	// derived tables follow from dumped ones and are made again when a dump is loaded.
	derived
	// local tables say what this server, its processes and its disks are about. A load
	// leaves them as they are.
	local
	// told tables are local ones by which a load tells others of what it changed.
	told
)

// dumpTable is one table with what becomes of it.
type dumpTable struct {
	name  string
	use   tableUse
	since int64  // the migration that made it
	why   string // of tables that are not dumped
	only  string // the database that has it; empty for both
	// without are columns that are left out of a dump, with what a load fills them with.
	without map[string]fill
	// rows narrows what is dumped.
	rows string
}

// fill is what a load writes into a column that dumps leave out.
type fill int

const (
	fillChange fill = iota // the change of the catalog that the load is
	fillEmpty
	fillZero
	fillFalse
)

// dumpTables is every table of the database. Those that others refer to come first, so
// that each row finds what it names when a dump is loaded from the first table to the
// last.
var dumpTables = []dumpTable{
	{name: "root", since: 1},
	{name: "adapter", since: 1, without: map[string]fill{"change": fillChange}},
	{name: "digest", since: 1},
	{name: "claimed_digest", since: 1},
	{name: "inspection", since: 1},
	{name: "alias", since: 2},
	{name: "training_tag", since: 3},
	{name: "provenance", since: 4},
	{name: "activity", since: 1},
	{name: "saved_search", since: 1},
	{name: "setting", since: 1},
	{name: "engine", since: 2, without: map[string]fill{"password": fillEmpty}},
	{name: "preset", since: 2},
	{name: "workflow", since: 2},
	{name: "composition", since: 2},
	{name: "composition_version", since: 2},
	{name: "job", since: 2},
	{name: "job_body", since: 2},
	{name: "job_input", since: 2},
	{name: "picture", since: 2},
	{name: "job_image", since: 2},
	{name: "facet", since: 2},
	{name: "job_facet", since: 2},
	// Figures count jobs that were deleted too.
	{name: "slot_rollup", since: 3},
	{name: "job_rollup", since: 3},
	{name: "time_rollup", since: 3},
	{name: "adapter_rollup", since: 3},
	{name: "adapter_pair", since: 3, without: map[string]fill{"change": fillChange}, rows: "jobs <> 0 OR kept <> 0"},
	{name: "recommend_session", since: 3},
	{name: "feedback", since: 3},
	{name: "preference", since: 3},
	{name: "hub_snapshot", since: 4},
	{name: "hub_model", since: 4},
	{name: "hub_ignored", since: 4},
	{name: "backup_schedule", since: 4},
	// Second factors are secrets and stay on their server.
	{name: "account", since: 5, without: map[string]fill{"totp_secret": fillEmpty, "totp_on": fillFalse, "totp_step": fillZero, "recovery_codes": fillEmpty}},
	{name: "passkey", since: 5},
	{name: "identity", since: 5},
	{name: "api_key", since: 5},
	{name: "account_setting", since: 5},
	{name: "adapter_mark", since: 5, without: map[string]fill{"change": fillChange}, rows: "favorite IS NOT NULL OR rating IS NOT NULL"},
	{name: "result_mark", since: 5},
	{name: "audit", since: 5},

	{name: "job_words", use: derived, since: 2, why: "words and marks of jobs"},
	{name: "word", use: derived, since: 2, why: "words of jobs", only: "sqlite"},
	{name: "picture_total", use: derived, since: 3, why: "adds up pictures"},
	{name: "embedding", use: derived, since: 3, why: "an endpoint computes it again from an adapter's text"},

	{name: "catalog_change", use: told, since: 1, why: "numbers the commits of this database"},
	{name: "tombstone", use: told, since: 1, why: "tells processes which adapters are gone"},
	{name: "undo", use: local, since: 1, why: "what it takes back would be of another state"},
	{name: "scan", use: local, since: 1, why: "what scans found on these disks"},
	{name: "queue_state", use: told, since: 2, why: "whether this server works; a load pauses it where jobs come back"},
	{name: "job_turn", use: local, since: 5, why: "which account this server's engines served last"},
	{name: "rollup_state", use: told, since: 3, why: "numbers the changes of figures"},
	{name: "taste_change", use: told, since: 3, why: "numbers the changes of taste"},
	{name: "resource_sample", use: local, since: 3, why: "what these computers used"},
	{name: "gpu_sample", use: local, since: 3, why: "what these computers used"},
	{name: "worker", use: local, since: 3, why: "the processes that run now"},
	{name: "transfer", use: local, since: 4, why: "what ran here, and what an import still owes to these disks"},
	{name: "download", use: local, since: 4, why: "halves of files on these disks"},
	{name: "session", use: local, since: 5, why: "browsers that are logged in here"},
	{name: "login_flow", use: local, since: 5, why: "sign-ins that are under way"},
	{name: "login_attempt", use: local, since: 5, why: "counts of the last minutes"},
	{name: "setup_token", use: local, since: 5, why: "printed by the processes that run now"},
	{name: "lease", use: local, since: 5, why: "the processes that run now"},
}

// dumpedTables are those a dump holds, in its order.
var dumpedTables = func() (list []*dumpTable) {
	for i := range dumpTables {
		if dumpTables[i].use == dumped {
			list = append(list, &dumpTables[i])
		}
	}
	return list
}()

// leftOut names the columns that are left out, in a fixed order.
func (t *dumpTable) leftOut() []string { return slices.Sorted(maps.Keys(t.without)) }

// where narrows a query to the rows that are dumped.
func (t *dumpTable) where() string {
	if t.rows == "" {
		return ""
	}
	return " WHERE " + t.rows
}
