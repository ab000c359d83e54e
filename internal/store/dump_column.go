package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// valueKind is what a column holds, the same in both databases.
type valueKind int

const (
	kindText valueKind = iota
	kindInteger
	kindReal
	kindTruth
	kindBytes
)

func (k valueKind) String() string {
	return [...]string{"a text", "a whole number", "a number", "true or false", "bytes in base64"}[k]
}

// dumpColumn is one column of a table as the database describes it.
type dumpColumn struct {
	name     string
	kind     valueKind
	required bool // it is not NULL
	filled   bool // it has a default, also NULL
	key      int  // its place in the primary key from 1 on, 0 for others
}

// kinds of columns by how the migrations declare them.
var kinds = map[string]valueKind{
	"text": kindText, "integer": kindInteger, "bigint": kindInteger, "double precision": kindReal, "boolean": kindTruth, "blob": kindBytes, "bytea": kindBytes,
}

// The columns of a table in their order: name, declared type, whether it is NOT NULL,
// whether it has a default, place in the primary key.
const (
	sqliteColumns   = `SELECT name, LOWER(type), "notnull" <> 0 OR pk > 0, dflt_value IS NOT NULL, pk FROM pragma_table_info(?) ORDER BY cid`
	postgresColumns = `SELECT a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.atthasdef,
		COALESCE(CAST(array_position(CAST(i.indkey AS int2[]), a.attnum) + 1 AS BIGINT), 0)
		FROM pg_attribute a LEFT JOIN pg_index i ON i.indrelid = a.attrelid AND i.indisprimary
		WHERE a.attrelid = CAST(CAST(? AS TEXT) AS regclass) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`
)

// columnsOf describes a table, without the columns dumps leave out.
func (q querier) dumpColumns(ctx context.Context, t *dumpTable) (list []dumpColumn, err error) {
	err = q.each(ctx, q.pool.dialect.columns, []any{t.name}, func(r *record) error {
		c := dumpColumn{name: r.text()}
		declared := r.text()
		c.required, c.filled, c.key = r.truth(), r.truth(), int(r.integer())
		c.filled = c.filled || !c.required
		kind, known := kinds[declared]
		if !known {
			return fmt.Errorf("the column %s of %s has the type %q, which dumps do not know", c.name, t.name, declared)
		}
		c.kind = kind
		if _, left := t.without[c.name]; !left {
			list = append(list, c)
		}
		return nil
	})
	return list, err
}

// selectRows reads columns of a table in the order of its primary key, which both
// databases sort alike: texts by their bytes.
func (t *dumpTable) selectRows(d *dialect, all, columns []dumpColumn) string {
	keys := make([]string, 0, 4)
	for _, c := range slices.SortedFunc(slices.Values(all), func(a, b dumpColumn) int { return a.key - b.key }) {
		if c.key == 0 {
			continue
		}
		key := quoted(c.name)
		if c.kind == kindText {
			key += d.bytewise
		}
		keys = append(keys, key)
	}
	return "SELECT " + columnList(columns) + " FROM " + t.name + t.where() + " ORDER BY " + strings.Join(keys, ", ")
}

// quoted is a name that may be a word of the language, such as order.
func quoted(name string) string { return `"` + name + `"` }

func columnList(columns []dumpColumn) string {
	names := make([]string, len(columns))
	for i := range columns {
		names[i] = quoted(columns[i].name)
	}
	return strings.Join(names, ", ")
}
