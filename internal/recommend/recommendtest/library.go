package recommendtest

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"loramanager/internal/lora"
)

var (
	firsts = strings.Fields("ancient bright crimson dark elegant fluffy gentle golden hidden icy jade lunar misty neon ornate pastel quiet rustic silver twilight vivid wild cyber steam solar velvet")
	lasts  = strings.Fields("angel bridge castle dragon elf forest garden hero island jacket knight lantern mountain night ocean portrait queen robot samurai temple uniform village witch punk city armor")
	common = strings.Fields("anime style character woman man clothing concept background photography realistic cartoon fantasy scifi armor dress landscape cute horror retro pixel-art watercolor sketch lighting pose vehicle animal food building celebrity 1girl solo smile hat weapon sky flower")
	bases  = strings.Fields("sdxl sdxl sdxl sd1 sd1 flux1 qwen-image wan2.1-14b unknown")
	flavor = []string{"", "pony", "illustrious", "noobai"}
)

// Facts returns the i-th adapter of a fixed library with the spread of words of a real
// one: triggers of its own, tags that many share, fifty training tags.
func Facts(i int, now time.Time) lora.AdapterFacts {
	r := rand.New(rand.NewPCG(uint64(i), 11)) //nolint:gosec // the same library every time
	pick := func(words []string) string { return words[r.IntN(len(words))] }
	own := fmt.Sprintf("%s%s%d", pick(firsts), pick(lasts), r.IntN(2000))
	f := lora.AdapterFacts{
		Key: int64(i + 1), ID: fmt.Sprintf("%08x-0000-4000-8000-%012x", i, i), Name: fmt.Sprintf("%s %s v%d", pick(firsts), pick(lasts), i),
		Author: fmt.Sprintf("maker%d", r.IntN(5000)), Triggers: []string{own, pick(firsts) + " " + pick(lasts)}, TrainedWords: []string{own},
		BaseModel: pick(bases), Kind: "lora", Rank: 1 << (2 + r.IntN(6)), FileSize: 100 << 20, Weight: 1, State: lora.FileOK,
		AddedAt: now.Add(-time.Duration(r.IntN(900*24)) * time.Hour), UseCount: r.IntN(40), Downloads: r.IntN(20000), HubRating: 3 + 2*r.Float64(),
	}
	f.FileName = strings.ReplaceAll(f.Name, " ", "_") + ".safetensors"
	if f.BaseModel == "sdxl" {
		f.BaseVariant = pick(flavor)
	}
	for range 3 + r.IntN(8) {
		f.Tags = append(f.Tags, pick(common))
	}
	f.Tags = append(f.Tags, pick(firsts)+" "+pick(lasts))
	for range 50 {
		f.TrainingTags = append(f.TrainingTags, pick(common)+" "+pick(lasts))
	}
	return f
}

// Fill puts n adapters of the fixed library into a source, and a history of jobs with
// three neighbours each.
func Fill(s *Source, n, jobs int, now time.Time) {
	facts := make([]lora.AdapterFacts, n)
	for i := range facts {
		facts[i] = Facts(i, now)
	}
	s.Put(facts...)
	r := rand.New(rand.NewPCG(1, 13)) //nolint:gosec // the same history every time
	for range jobs {
		i := int(float64(n) * r.Float64() * r.Float64())
		s.Used(r.IntN(4) == 0, facts[i].ID, facts[(i+1+r.IntN(20))%n].ID, facts[(i+1+r.IntN(20))%n].ID)
	}
}
