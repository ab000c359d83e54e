package main

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"loramanager/internal/catalog"
)

// rowMaker makes up catalog rows with as many different words, tags, authors and
// folders as large real libraries have, common ones far more often than rare ones.
type rowMaker struct {
	rng                            *rand.Rand
	words, tags, authors, folders  []string
	commonWord, commonTag, someone func() int
}

func newRowMaker() *rowMaker {
	rng := rand.New(rand.NewPCG(seed, 2)) //nolint:gosec // must be repeatable
	m := &rowMaker{rng: rng, words: makeWords(rng, 20_000), tags: makeWords(rng, 8_000), authors: makeWords(rng, 3_000)}
	for range 800 {
		m.folders = append(m.folders, m.words[rng.IntN(2000)]+"/"+m.words[rng.IntN(2000)])
	}
	draw := func(n int) func() int {
		zipf := rand.NewZipf(rng, 1.2, 4, uint64(n-1))  //nolint:gosec // a small number
		return func() int { return int(zipf.Uint64()) } //nolint:gosec // below n
	}
	m.commonWord, m.commonTag, m.someone = draw(len(m.words)), draw(len(m.tags)), draw(len(m.authors))
	return m
}

// makeWords strings syllables together until there are n different words.
func makeWords(rng *rand.Rand, n int) []string {
	syllables := strings.Fields("an ar ba be bo cha da de el en fa fi gi ha in ka ki la le lo lu ma me mi na ne no or pa pe ra re ri ro sa sha si so sta ta te ti to tra tu u va ve vi wa we win ya yo za")
	seen := map[string]bool{}
	words := make([]string, 0, n)
	for len(words) < n {
		var b strings.Builder
		for range 2 + rng.IntN(3) {
			b.WriteString(syllables[rng.IntN(len(syllables))])
		}
		if w := b.String(); !seen[w] {
			seen[w] = true
			words = append(words, w)
		}
	}
	return words
}

var (
	rowBases = strings.Fields("sdxl sdxl sdxl illustrious illustrious pony flux1 flux1 sd1 z-image qwen-image wan-14b hunyuan-video sd3-medium unknown")
	rowKinds = strings.Fields("lora lora lora lora locon loha lokr dora")
	rowRanks = []int64{4, 8, 16, 16, 32, 32, 32, 64, 128}
)

// row makes the i-th row.
func (m *rowMaker) row(i int) catalog.Row {
	pick := func(from []string) string { return from[m.rng.IntN(len(from))] }
	name := m.words[m.commonWord()] + " " + m.words[m.commonWord()] + " " + m.words[m.commonWord()]
	added := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(m.rng.IntN(1000*24)) * time.Hour)
	r := catalog.Row{
		Key: int64(i + 1), ID: fmt.Sprintf("%08x-0000-4000-8000-%012x", i, m.rng.Uint64()>>16), Name: fmt.Sprintf("%s v%d", name, i%7),
		RootID: fmt.Sprintf("root-%d", i%3), Folder: pick(m.folders), FileName: fmt.Sprintf("%s_%d.safetensors", strings.ReplaceAll(name, " ", "_"), i),
		BaseModel: pick(rowBases), Kind: pick(rowKinds), Trainer: "kohya-ss", Rank: rowRanks[m.rng.IntN(len(rowRanks))],
		Weight: 1, FileSize: 10<<20 + m.rng.Int64N(300<<20), Added: added.UnixMicro(), Updated: added.UnixMicro(), Modified: added.UnixMicro(),
		SHA256: fmt.Sprintf("%016x%048x", m.rng.Uint64(), m.rng.Uint64()), AutoV3: fmt.Sprintf("%016x%048x", m.rng.Uint64(), m.rng.Uint64()),
		Active: m.rng.IntN(10) == 0, Favorite: m.rng.IntN(20) == 0, HasPreview: i%2 == 0, Rating: max(0, m.rng.IntN(12)-6),
		TrainedWords: []string{m.words[m.commonWord()]},
	}
	if i%2 == 0 { // with a sidecar
		r.Author, r.SourceURL = m.authors[m.someone()], fmt.Sprintf("https://civitai.com/models/%d", m.rng.IntN(2_000_000))
		seen := map[string]bool{}
		for range 4 + m.rng.IntN(8) {
			if tag := m.tags[m.commonTag()]; !seen[tag] {
				seen[tag] = true
				r.Tags = append(r.Tags, tag)
			}
		}
	}
	return r
}

// rows makes n rows.
func (m *rowMaker) rows(n int) []catalog.Row {
	rows := make([]catalog.Row, n)
	for i := range rows {
		rows[i] = m.row(i)
	}
	return rows
}

// prefix draws the beginning of a word that somebody types.
func (m *rowMaker) prefix(letters int) string {
	word := m.words[m.commonWord()]
	return word[:min(len(word), letters)]
}
