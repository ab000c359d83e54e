package store_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"

	"loramanager/internal/catalog"
	"loramanager/internal/lora"
	"loramanager/internal/store/storetest"
)

// failingReader hands out some bytes and then fails.
type failingReader struct {
	io.Reader
	err error
}

func (r failingReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if errors.Is(err, io.EOF) {
		err = r.err
	}
	return n, err
}

func TestPromise12_ALoadThatFailsLeavesTheOldState(t *testing.T) {
	t.Parallel()
	failure := errors.New("somebody pulled the plug")
	onBoth(t, func(t *testing.T, there database) {
		to := openURL(t, there.url, "")
		if _, err := to.SaveScanned(t.Context(), storetest.Batch(40, 7)); err != nil {
			t.Fatal(err)
		}
		d, before := furnishedDump(t), dumpOf(t, to)
		for name, load := range map[string]func(ctx context.Context, cancel func()) error{
			"a table that cannot be opened": func(ctx context.Context, _ func()) error {
				_, err := to.Load(ctx, d.schema, func(table string) (io.Reader, error) {
					if table == "job_image" {
						return nil, failure
					}
					return d.source(table)
				}, d.check)
				return err
			},
			"a table that breaks off": func(ctx context.Context, _ func()) error {
				_, err := to.Load(ctx, d.schema, func(table string) (io.Reader, error) {
					content := d.tables[table].Bytes()
					if table == "job_body" {
						return failingReader{bytes.NewReader(content[:len(content)/2]), failure}, nil
					}
					return bytes.NewReader(content), nil
				}, d.check)
				return err
			},
			"a checksum that is refused": func(ctx context.Context, _ func()) error {
				_, err := to.Load(ctx, d.schema, d.source, func(string) error { return failure })
				return err
			},
			"a user who cancels": func(ctx context.Context, cancel func()) error {
				_, err := to.Load(ctx, d.schema, d.source, func(string) error { cancel(); return nil })
				if errors.Is(err, context.Canceled) {
					return failure
				}
				return err
			},
		} {
			ctx, cancel := context.WithCancel(t.Context())
			if err := load(ctx, cancel); !errors.Is(err, failure) {
				t.Errorf("%s: %v", name, err)
			}
			cancel()
			before.same(t, name, dumpOf(t, to))
			if _, r, err := to.List(t.Context(), catalog.Query{}); err != nil || r.Total != 7 {
				t.Errorf("%s: %d adapters, %v", name, r.Total, err)
			}
		}
		d.loadInto(t, to) // nothing is locked or left over
	})
}

func TestPromise12_WhileADumpIsLoadedReadersSeeTheOldStateAndWritersWait(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, there database) {
		to := openURL(t, there.url, "")
		if _, err := to.SaveScanned(t.Context(), storetest.Batch(40, 7)); err != nil {
			t.Fatal(err)
		}
		d := furnishedDump(t)
		var writers sync.WaitGroup
		_, err := to.Load(t.Context(), d.schema, d.source, func(checksum string) error {
			if _, r, err := to.List(t.Context(), catalog.Query{}); err != nil || r.Total != 7 {
				t.Errorf("%d adapters meanwhile: %v", r.Total, err)
			}
			for i := range 4 {
				writers.Go(func() {
					if _, err := to.AddComposition(t.Context(), lora.Composition{Name: fmt.Sprint("meanwhile ", i)}); err != nil {
						t.Error(err)
					}
				})
			}
			return d.check(checksum)
		})
		if err != nil {
			t.Fatal(err)
		}
		writers.Wait()
		if list, err := to.Compositions(t.Context(), ""); err != nil || len(list) != 2+4 {
			t.Errorf("%d compositions: %v", len(list), err)
		}
		if _, r, err := to.List(t.Context(), catalog.Query{}); err != nil || r.Total != 29 {
			t.Errorf("%d adapters afterwards: %v", r.Total, err)
		}
	})
}

func TestPromise12_ADumpUnderWritesIsOfOneMoment(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, c database) {
		s := openURL(t, c.url, "")
		composed, err := s.AddComposition(t.Context(), lora.Composition{Name: "c"})
		if err != nil {
			t.Fatal(err)
		}
		stop := make(chan struct{})
		var writer sync.WaitGroup
		writer.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				value := json.RawMessage(fmt.Sprint(i))
				if _, err := s.PatchSettings(t.Context(), map[string]json.RawMessage{"a": value, "b": value}); err != nil {
					t.Error(err)
					return
				}
				if composed, err = s.ReplaceComposition(t.Context(), composed); err != nil {
					t.Error(err)
					return
				}
			}
		})
		for range 20 {
			d := dumpOf(t, s)
			lines := strings.Split(d.tables["setting"].String(), "\n")
			if len(lines) == 4 && strings.TrimPrefix(lines[1], `["a",`) != strings.TrimPrefix(lines[2], `["b",`) {
				t.Errorf("of several moments: %q", lines)
			}
			version := struct{ latest, last string }{}
			if rows := strings.Split(strings.TrimSpace(d.tables["composition"].String()), "\n"); len(rows) == 2 {
				version.latest = strings.Split(rows[1], ",")[1]
			}
			rows := strings.Split(strings.TrimSpace(d.tables["composition_version"].String()), "\n")
			version.last = strings.Split(rows[len(rows)-1], ",")[1]
			if version.latest != version.last {
				t.Errorf("version %s is the latest and %s the last", version.latest, version.last)
			}
		}
		close(stop)
		writer.Wait()
	})
}

// edit changes one table of a dump.
func (d *dump) edit(table string, change func(lines []string) []string) *dump {
	c := d.clone()
	lines := change(strings.SplitAfter(d.tables[table].String(), "\n"))
	c.tables[table] = bytes.NewBufferString(strings.Join(lines, ""))
	return c
}

func replaced(line int, from, to string) func(lines []string) []string {
	return func(lines []string) []string {
		lines[line-1] = strings.Replace(lines[line-1], from, to, 1)
		return lines
	}
}

func TestADumpThatIsDamagedIsRefusedWithTheTableAndTheLine(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, there database) {
		to := openURL(t, there.url, "")
		d, before := furnishedDump(t), dumpOf(t, to)
		for name, c := range map[string]struct {
			dump *dump
			want string
			both bool // only a database can tell
		}{
			"a column nobody knows":     {d.edit("job", replaced(1, `"engine"`, `"password"`)), "table job, line 1: there is no column \"password\"", false},
			"a column named twice":      {d.edit("job", replaced(1, `"engine"`, `"kind"`)), "table job, line 1:", false},
			"a column that is missing":  {d.edit("setting", replaced(1, `,"value"`, ``)), "table setting, line 1: the column value is missing", false},
			"another table's head":      {d.edit("setting", replaced(1, `"setting"`, `"engine"`)), "table setting, line 1: it does not name", false},
			"more than a head":          {d.edit("setting", replaced(1, `}`, `} {}`)), "table setting, line 1: it does not name", false},
			"no head":                   {d.edit("setting", func([]string) []string { return nil }), "table setting, line 1: it is missing", false},
			"a text that is a number":   {d.edit("setting", replaced(2, `"columns"`, `7`)), "table setting, line 2: \"7\" is not what name holds, which is a text", false},
			"a number that is a text":   {d.edit("digest", replaced(2, `[`, `["a",`)), "table digest, line 2: \"\\\"a\\\"\" is not what adapter_key holds", false},
			"a number beyond all":       {d.edit("digest", replaced(2, `[`, `[99999999999999999999,`)), "table digest, line 2:", false},
			"null where none may be":    {d.edit("setting", replaced(2, `"columns"`, `null`)), "table setting, line 2: \"null\" is not what name", false},
			"a text with a zero byte":   {d.edit("setting", replaced(2, `"columns"`, `"a\u0000b"`)), "table setting, line 2:", false},
			"bytes that are none":       {d.edit("root", replaced(2, `,"`, `,"!`)), "table root, line 2:", false},
			"too few values":            {d.edit("setting", replaced(3, `["theme",`, `[`)), "table setting, line 3: it is not a list", false},
			"too many values":           {d.edit("setting", replaced(3, `["theme",`, `["theme","a",`)), "table setting, line 3: it is not a list", false},
			"no list":                   {d.edit("setting", replaced(3, `[`, `{`)), "table setting, line 3: it is not a list", false},
			"an empty line":             {d.edit("setting", func(lines []string) []string { return slices.Insert(lines, 1, "\n") }), "table setting, line 2: it is not a list", false},
			"a line cut off":            {d.edit("setting", func(lines []string) []string { return append(lines[:2], lines[2][:5]) }), "table setting, line 3: it ends in the middle", false},
			"a key that is there twice": {d.edit("setting", func(lines []string) []string { return slices.Insert(lines, 2, lines[1]) }), "table setting, line 3: it repeats", true},
			"an id that is there twice": {d.edit("job", func(lines []string) []string {
				return slices.Replace(lines, 3, 4, strings.Replace(lines[3], strings.Split(lines[3], `"`)[1], strings.Split(lines[2], `"`)[1], 1))
			}), "table job, line 4: it repeats", true},
			"what names nothing":         {d.edit("alias", replaced(2, `[`, `[9`)), "table alias, line 2: it does not fit", true},
			"a table that is missing":    {without(d, "picture"), "it has no table picture", false},
			"rows that were left out":    {d.edit("setting", func(lines []string) []string { return lines[:2] }), "the checksum is", true},
			"a value that was exchanged": {d.edit("setting", replaced(3, "dark", "bark")), "the checksum is", true},
		} {
			if there.name == "postgres" && !c.both {
				continue
			}
			_, err := to.Load(t.Context(), c.dump.schema, c.dump.source, c.dump.check)
			if lora.CodeOf(err) != lora.Invalid || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s: %v, want %s", name, err, c.want)
			}
		}
		before.same(t, "after all", dumpOf(t, to))
	})
}

func without(d *dump, tables ...string) *dump {
	c := d.clone()
	for _, table := range tables {
		delete(c.tables, table)
	}
	return c
}

func TestADumpOfAnotherSchemaIsUpgradedOrRefused(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, there database) {
		to := openURL(t, there.url, "")
		d := furnishedDump(t)
		if _, err := to.Load(t.Context(), d.schema+1, d.source, d.check); lora.CodeOf(err) != lora.Unavailable || !strings.Contains(err.Error(), "newer version") {
			t.Errorf("a newer one: %v", err)
		}
		if _, err := to.Load(t.Context(), 0, d.source, d.check); lora.CodeOf(err) != lora.Invalid {
			t.Errorf("one of no schema: %v", err)
		}
		old := without(d, "training_tag", "provenance", "slot_rollup", "job_rollup", "time_rollup", "adapter_rollup", "adapter_pair", "recommend_session",
			"feedback", "preference", "hub_snapshot", "hub_model", "hub_ignored", "backup_schedule")
		old = old.edit("job", func(lines []string) []string {
			for i, line := range lines[:len(lines)-1] { // trace and queued_at came last
				cut := strings.LastIndexByte(line[:strings.LastIndexByte(line, ',')], ',')
				lines[i] = line[:cut] + "]}\n"
				if i > 0 {
					lines[i] = line[:cut] + "]\n"
				}
			}
			return lines
		})
		sum := sha256.New()
		for _, table := range old.order {
			if content := old.tables[table]; content != nil {
				sum.Write(content.Bytes())
			}
		}
		old.schema, old.checksum = 2, hex.EncodeToString(sum.Sum(nil))
		old.loadInto(t, to)
		job, err := to.Job(t.Context(), "job-7")
		if err != nil || job.Trace != "" || job.QueuedAt != nil || len(job.Images) != 1 {
			t.Errorf("a job: %+v, %v", job, err)
		}
		tags, all := trainingTags(t, to), 0
		for _, list := range tags {
			all += len(list)
		}
		if len(tags) != 30 || all == 0 {
			t.Errorf("%d adapters have training tags", len(tags))
		}
		counts, err := to.CountEngines(t.Context(), lora.Window{Start: storetest.ResultTime(0), End: storetest.ResultTime(1000)})
		n := 0
		for _, c := range counts {
			n += c.Jobs
		}
		if err != nil || n != 19 {
			t.Errorf("%d jobs are counted: %v", n, err)
		}
	})
}
