//go:build unix

package catalog

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

const benchSize = 100_000

var (
	benchAdjectives = strings.Fields("ancient bright crimson dark elegant fluffy gentle golden hidden icy jade lunar misty neon ornate pastel quiet rustic silver twilight vivid wild")
	benchNouns      = strings.Fields("angel bridge castle dragon elf forest garden hero island jacket knight lantern mountain night ocean portrait queen robot samurai temple uniform village witch")
	benchTags       = strings.Fields("anime style character woman man clothing concept background photography realistic cartoon fantasy scifi armor dress landscape cute horror retro pixel watercolor sketch lighting pose vehicle animal food building celebrity")
	benchBases      = strings.Fields("sdxl sd15 flux1 pony illustrious sd35 wan21 qwen unknown hunyuan")
)

// benchRows makes rows like those of a real library: 8 tags, 200 to 300 letters.
func benchRows(n int) []Row {
	r := rand.New(rand.NewPCG(1, 1))
	now := present.UnixMicro()
	rows := make([]Row, n)
	for i := range rows {
		name := fmt.Sprintf("%s %s %s v%d", pick(r, benchAdjectives), pick(r, benchNouns), pick(r, benchTags), i)
		row := Row{
			Key: int64(i + 1), ID: fmt.Sprintf("%08x-0000-4000-8000-%012x", r.Uint32(), i), Name: name,
			FileName: strings.ReplaceAll(name, " ", "_") + ".safetensors", Folder: pick(r, benchBases) + "/" + pick(r, benchTags),
			Author: fmt.Sprintf("maker%d", r.IntN(2000)), RootID: pick(r, []string{"r1", "r2"}),
			TrainedWords: []string{pick(r, benchNouns) + " " + pick(r, benchAdjectives), pick(r, benchTags)},
			SourceURL:    fmt.Sprintf("https://civitai.com/models/%d", i), BaseModel: pick(r, benchBases), Kind: pick(r, []string{"lora", "locon", "loha"}),
			Rank: pick(r, []int64{0, 8, 16, 32, 64, 128}), Weight: 1, FileSize: r.Int64N(600 << 20), Rating: r.IntN(6),
			UseCount: r.Int64N(5), Added: now - r.Int64N(3e13), Updated: now - r.Int64N(3e13), Modified: now - r.Int64N(3e13),
			SHA256: fmt.Sprintf("%016x%048x", r.Uint64N(99_000), 0), Favorite: r.IntN(20) == 0, HasPreview: i%2 == 0,
		}
		for range 8 {
			row.Tags = append(row.Tags, pick(r, benchTags))
		}
		row.Tags = append(row.Tags, fmt.Sprintf("%s %d", pick(r, benchNouns), r.IntN(400)))
		if i%10 == 0 {
			row.Notes = "works well with " + pick(r, benchNouns) + " at low weight"
		}
		rows[i] = row
	}
	return rows
}

var benchIndex = sync.OnceValue(func() *Index {
	x := New(func() time.Time { return present })
	x.Apply(benchRows(benchSize), nil, 1)
	return x
})

// cpu reports the processor time of a benchmark: on a machine that others use too it
// says more than the time that passed.
func cpu(b *testing.B) {
	b.Helper()
	start := processorTime(b)
	b.Cleanup(func() {
		b.ReportMetric(float64(processorTime(b)-start)/float64(b.N)/1e6, "cpu-ms/op")
	})
}

func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

func BenchmarkSearch100k(b *testing.B) {
	x := benchIndex()
	for _, c := range []struct{ name, query string }{
		{"one word", "dragon"}, {"two words", "crimson samurai"}, {"three words", "silver queen anime"}, {"two letters", "an"},
		{"one letter", "a"}, {"rare word", "v77777"}, {"nothing", "zzzzzz"}, {"phrase", `"works well with"`},
		{"fields", "base:sdxl rank:>=32 -tag:style used:never"}, {"field and text", "base:pony,sdxl night"}, {"negation", "-dragon -anime"},
	} {
		for _, s := range []Sort{ByName, ByRelevance} {
			b.Run(c.name+"/"+string(s), func(b *testing.B) {
				var hits int
				cpu(b)
				for b.Loop() {
					r, err := x.Find(Query{Text: c.query, Sort: s, Limit: 100})
					if err != nil {
						b.Fatal(err)
					}
					hits = r.Filtered
				}
				b.ReportMetric(float64(hits), "hits")
			})
		}
	}
}

func BenchmarkListPage100k(b *testing.B) {
	x := benchIndex()
	for _, s := range []Sort{ByName, ByAdded, ByRating} {
		for _, offset := range []int{0, 50_000, 99_900} {
			b.Run(fmt.Sprintf("%s/from %d", s, offset), func(b *testing.B) {
				cpu(b)
				for b.Loop() {
					if _, err := x.Find(Query{Sort: s, Descending: true, Limit: 100, Offset: offset}); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// BenchmarkOwnListPage100k lists for an account with 5,000 marks what
// BenchmarkListPage100k lists for the library.
func BenchmarkOwnListPage100k(b *testing.B) {
	x := New(func() time.Time { return present })
	rows := benchRows(benchSize)
	x.Apply(rows, nil, 1)
	x.Apply(nil, nil, 2, benchMarks(rows)...)
	for _, s := range []Sort{ByName, ByAdded, ByRating} {
		for _, offset := range []int{0, 50_000, 99_900} {
			for _, account := range []int64{0, 1} {
				b.Run(fmt.Sprintf("%s/from %d/account %d", s, offset, account), func(b *testing.B) {
					cpu(b)
					for b.Loop() {
						if _, err := x.Find(Query{Account: account, Sort: s, Descending: true, Limit: 100, Offset: offset}); err != nil {
							b.Fatal(err)
						}
					}
				})
			}
		}
	}
}

// BenchmarkOwnFirst100k asks for an account's favourites by rating right after another of
// its marks changed.
func BenchmarkOwnFirst100k(b *testing.B) {
	x := New(func() time.Time { return present })
	rows := benchRows(benchSize)
	marks := benchMarks(rows)
	x.Apply(rows, nil, 1, marks...)
	i := 0
	cpu(b)
	for b.Loop() {
		x.Apply(nil, nil, int64(i), marks[i%len(marks)])
		i++
		if _, err := x.Find(Query{Account: 1, Text: "is:favorite", Sort: ByRating, Descending: true, Limit: 100}); err != nil {
			b.Fatal(err)
		}
	}
}

func benchMarks(rows []Row) []Mark {
	r := rand.New(rand.NewPCG(7, 7))
	marks := make([]Mark, 5000)
	for i := range marks {
		marks[i] = randomMark(r, rows[r.IntN(len(rows))].ID)
		marks[i].Account = 1
	}
	return marks
}

func BenchmarkFacets100k(b *testing.B) {
	x := benchIndex()
	for _, query := range []string{"", "dragon", "base:sdxl", "base:sdxl tag:anime -folder:sdxl rating:>=3 an"} {
		b.Run(fmt.Sprintf("%q", query), func(b *testing.B) {
			cpu(b)
			for b.Loop() {
				if _, err := x.Facets(Query{Text: query}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkSuggest100k(b *testing.B) {
	x := benchIndex()
	cpu(b)
	for b.Loop() {
		x.Suggest("drag", 4)
	}
}

func BenchmarkLoad100k(b *testing.B) {
	rows := benchRows(benchSize)
	cpu(b)
	for b.Loop() {
		x := New(time.Now)
		x.Reserve(len(rows))
		x.Apply(rows, nil, 1)
		x.Warm()
	}
	b.StopTimer()
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	x := New(time.Now)
	x.Reserve(len(rows))
	x.Apply(rows, nil, 1)
	x.Warm()
	runtime.GC()
	runtime.ReadMemStats(&after)
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/1e6, "MB")
	runtime.KeepAlive(x)
	runtime.KeepAlive(rows)
}

// BenchmarkUpdate100k changes one row while all orders are kept: once a flag, which
// moves the row in the order by change, and once the name, which moves it in all.
func BenchmarkUpdate100k(b *testing.B) {
	for _, what := range []string{"flag", "name"} {
		b.Run(what, func(b *testing.B) {
			rows := benchRows(benchSize)
			x := New(time.Now)
			x.Apply(rows, nil, 1)
			for s := range sortKeys {
				for _, desc := range []bool{false, true} {
					if _, err := x.Find(Query{Sort: s, Descending: desc}); err != nil {
						b.Fatal(err)
					}
				}
			}
			i := 0
			cpu(b)
			for b.Loop() {
				row := rows[i%benchSize]
				i += 7919
				row.Favorite, row.Updated = !row.Favorite, row.Updated+int64(i)
				if what == "name" {
					row.Name = fmt.Sprintf("renamed %d", i)
				}
				x.Apply([]Row{row}, nil, int64(i))
			}
		})
	}
}
