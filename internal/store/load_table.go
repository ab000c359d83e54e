package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"strings"

	"loramanager/internal/lora"
)

// Bounds of one INSERT.
const (
	loadedArgs  = 5000
	loadedBytes = 8 << 20
)

// loadTable inserts the rows of one table and returns the columns its dump has.
func (l *loader) loadTable(ctx context.Context, t *dumpTable, all []dumpColumn, in *tableReader) ([]dumpColumn, error) {
	columns, err := in.head(all, l.schema < l.newest)
	if err == nil {
		i := &inserter{loader: l, t: t, in: in, columns: columns}
		i.rows = max(1, min(l.pool.dialect.rows, loadedArgs/(len(columns)+len(t.without))))
		err = i.insertAll(ctx)
	}
	if in.ended != nil {
		l.ended = in.ended
	}
	return columns, err
}

// inserter inserts the rows of one table.
type inserter struct {
	*loader
	t       *dumpTable
	in      *tableReader
	columns []dumpColumn
	rows    int // of one INSERT

	args         []any
	n, bytes     int
	first        int       // line of the first row that waits
	many, single *sql.Stmt // prepared when they are needed
}

func (i *inserter) insertAll(ctx context.Context) (err error) {
	defer func() {
		for _, stmt := range []*sql.Stmt{i.many, i.single} {
			if stmt != nil {
				err = firstError(err, stmt.Close())
			}
		}
	}()
	for {
		line, err := i.in.next()
		if errors.Is(err, io.EOF) {
			return i.flush(ctx)
		}
		if err != nil {
			return err
		}
		if i.n == 0 {
			i.first = i.in.line
		}
		if i.args, err = parseRow(i.args, line, i.columns); err != nil {
			return i.in.damaged("%v", err)
		}
		i.appendFills()
		i.n, i.bytes = i.n+1, i.bytes+len(line)
		if i.n == i.rows || i.bytes > loadedBytes {
			if err := i.flush(ctx); err != nil {
				return err
			}
		}
	}
}

// appendFills adds the columns that dumps leave out.
func (i *inserter) appendFills() {
	for _, name := range i.t.leftOut() {
		switch i.t.without[name] {
		case fillChange:
			i.args = append(i.args, i.change)
		case fillEmpty:
			i.args = append(i.args, "")
		case fillZero:
			i.args = append(i.args, int64(0))
		case fillFalse:
			i.args = append(i.args, false)
		}
	}
}

// flush inserts the rows that wait: all at once when they are as many as usual, otherwise
// one by one.
func (i *inserter) flush(ctx context.Context) error {
	if i.n == 0 {
		return nil
	}
	stmt, size := &i.single, 1
	if i.n == i.rows && i.rows > 1 {
		stmt, size = &i.many, i.rows
	}
	if *stmt == nil {
		var err error
		if *stmt, err = i.tx.PrepareContext(ctx, i.pool.dialect.rebind(i.statement(size))); err != nil { //nolint:sqlclosecheck // insertAll closes it
			return err
		}
	}
	width := len(i.args) / i.n
	for row := 0; row < i.n; row += size {
		if _, err := (*stmt).ExecContext(ctx, i.args[row*width:(row+size)*width]...); err != nil {
			return i.refused(ctx, err, i.first+row, i.first+row+size-1)
		}
	}
	clear(i.args)
	i.args, i.n, i.bytes = i.args[:0], 0, 0
	return nil
}

// refused tells a row that the database does not take from a database that takes none.
func (i *inserter) refused(ctx context.Context, err error, from, to int) error {
	switch kind := i.pool.dialect.classify(err); {
	case ctx.Err() != nil:
		return ctx.Err()
	case kind.ofDatabase() || disconnected(err):
		return err
	case kind == failedUnique:
		err = damagedAt(i.t.name, from, to, "it repeats what can be there only once")
	default:
		cause := err
		err = damagedAt(i.t.name, from, to, "it does not fit to the rest of the backup")
		var known *lora.Error
		if errors.As(err, &known) {
			known.Err = cause
		}
	}
	return err
}

func (i *inserter) statement(rows int) string {
	left := i.t.leftOut()
	names := columnList(i.columns)
	for _, name := range left {
		names += ", " + quoted(name)
	}
	row := "(?" + strings.Repeat(", ?", len(i.columns)+len(left)-1) + ")"
	return fmt.Sprintf("INSERT INTO %s (%s) %sVALUES %s", i.t.name, names, i.pool.dialect.load.keyed, row+strings.Repeat(", "+row, rows-1))
}
