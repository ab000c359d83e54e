package storetest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"loramanager/internal/lora"
)

// RootID is the library folder of all generated files.
const RootID = "root-1"

var (
	adjectives = strings.Fields("ancient bright crimson dark elegant fluffy gentle golden hidden icy jade lunar misty neon ornate pastel quiet rustic silver twilight vivid wild")
	nouns      = strings.Fields("angel bridge castle dragon elf forest garden hero island jacket knight lantern mountain night ocean portrait queen robot samurai temple uniform village witch")
	tagWords   = strings.Fields("anime style character woman man clothing concept background photography realistic cartoon fantasy scifi armor dress landscape cute horror retro pixel-art watercolor sketch lighting pose vehicle animal food building celebrity")
	bases      = strings.Fields("sdxl sd15 flux1 pony illustrious sd35 wan21 qwen-image unknown hunyuan-video")
	kinds      = strings.Fields("lora lora lora locon loha lokr dora")
	ranks      = []int{4, 8, 16, 16, 32, 32, 32, 64, 128}
)

// Scanned returns the i-th of a fixed sequence of files as a scan would hand them
// over: half of them with a sidecar and a preview, a report of a usual size each.
func Scanned(i int) lora.ScannedFile {
	r := rand.New(rand.NewPCG(uint64(i), 7)) //nolint:gosec // the same files every time
	pick := func(words []string) string { return words[r.IntN(len(words))] }
	name := fmt.Sprintf("%s %s %s v%d", pick(adjectives), pick(nouns), pick(tagWords), i)
	fileName := strings.ReplaceAll(name, " ", "_") + ".safetensors"
	folder := fmt.Sprintf("%s/%s", pick(bases), pick(tagWords))
	rank, alpha := ranks[r.IntN(len(ranks))], float64(ranks[r.IntN(len(ranks))])
	a := lora.Adapter{
		Name: name, Folder: folder, FileName: fileName, FilePath: "/srv/loras/" + folder + "/" + fileName,
		FileState: lora.FileOK, BaseModel: pick(bases), BaseConfidence: 0.95, Kind: pick(kinds), Rank: &rank, Alpha: &alpha,
		Trainer: "kohya-ss", TrainedWords: []string{pick(nouns) + "_" + pick(adjectives), pick(tagWords)},
		Sources: map[string]lora.Source{
			"name": lora.FromGuess, "base_model": lora.FromFile, "kind": lora.FromFile, "rank": lora.FromFile,
			"alpha": lora.FromFile, "trainer": lora.FromFile, "trained_words": lora.FromFile,
		},
	}
	f := lora.ScannedFile{
		RootID: RootID, RelPath: folder + "/" + fileName,
		Stamp:       lora.FileStamp{Size: 20<<20 + r.Int64N(300<<20), MtimeNS: time.Date(2026, 1, 1, 0, 0, i%86400, 0, time.UTC).UnixNano(), Dev: 1, Inode: uint64(i)}, //nolint:gosec // small
		QuickDigest: fmt.Sprintf("%064x", r.Uint64()), Companions: r.Uint64(),
		Proposed: a, Report: report(r, i),
	}
	if i%2 == 0 {
		withSidecar(&f, r, pick)
	}
	return f
}

func withSidecar(f *lora.ScannedFile, r *rand.Rand, pick func([]string) string) {
	a := &f.Proposed
	author, page, version := "maker"+fmt.Sprint(r.IntN(500)), fmt.Sprintf("https://civitai.com/models/%d", r.IntN(1_000_000)), "v1.0"
	description := "<p>" + strings.Repeat(pick(adjectives)+" "+pick(nouns)+" ", 40) + "</p>"
	a.AuthorUsername, a.SourceURL, a.Description, a.Version = &author, &page, &description, &version
	for range 3 + r.IntN(8) {
		if tag := pick(tagWords); !slices.Contains(a.Tags, tag) {
			a.Tags = append(a.Tags, tag)
		}
	}
	a.Tags = append(a.Tags, fmt.Sprintf("%s %s", pick(adjectives), pick(nouns)))
	a.Stats = map[string]any{"downloadCount": float64(r.IntN(10000)), "rating": 4.5}
	a.Extra = map[string]any{"id": float64(r.IntN(1_000_000)), "type": "LORA", "nsfw": false, "allowCommercialUse": "Sell"}
	for _, name := range []string{"author_username", "source_url", "description", "version", "tags", "stats", "extra"} {
		a.Sources[name] = lora.FromSidecar
	}
	f.PreviewRel, f.PreviewType, f.PreviewStamp = strings.TrimSuffix(f.RelPath, ".safetensors")+".preview.png", "image", f.Stamp.MtimeNS
	f.ClaimedDigests = map[string]string{"sha256": fmt.Sprintf("%016x%048x", r.Uint64(), r.Uint64())}
}

func report(r *rand.Rand, i int) *lora.Report {
	rank, alpha := int64(32), 16.0
	rep := &lora.Report{
		Format: "safetensors", Kind: "lora", Rank: &rank, Alpha: &alpha, Modules: 722, Parameters: 57_000_000,
		Base: lora.BaseModel{ID: "sdxl", Name: "SDXL", Family: "sdxl", Confidence: 0.97, Evidence: []lora.Evidence{
			{Source: "shape", Text: "attn2.to_k in=2048 => SDXL", Base: "sdxl", Weight: 0.9},
			{Source: "ss_base_model_version", Text: "sdxl_base_v1-0", Base: "sdxl", Weight: 0.7},
		}},
		Kinds: []lora.KindShare{{Kind: "lora", Modules: 722}}, Ranks: []lora.RankShare{{Rank: 32, Alpha: &alpha, Modules: 722}},
		DTypes: []string{"F16"}, KeyDialect: "kohya", Trainer: "kohya-ss", Title: fmt.Sprintf("adapter %d", i),
		Coverage:        lora.Coverage{Backbone: 722, TextEncoders: map[string]int{"te1": 72, "te2": 192}},
		EmbeddedDigests: map[string]string{"sshs": fmt.Sprintf("%064x", r.Uint64())},
		HeaderBytes:     60000, FileBytes: 200 << 20,
	}
	for b := range 20 {
		rep.Coverage.Blocks = append(rep.Coverage.Blocks, fmt.Sprintf("down_blocks.%d.attentions.%d", b/3, b%3))
	}
	for t := range 60 {
		rep.Tags = append(rep.Tags, lora.TagCount{Tag: tagWords[r.IntN(len(tagWords))] + " " + nouns[r.IntN(len(nouns))], Count: int64(500 - 8*t)})
	}
	for f := range 25 {
		rep.Facts = append(rep.Facts, lora.Fact{Key: fmt.Sprintf("ss_fact_%d", f), Label: fmt.Sprintf("Training fact %d", f), Value: fmt.Sprint(r.Uint32())})
	}
	return rep
}

// Batch returns the files from..from+n-1 of the sequence.
func Batch(from, n int) []lora.ScannedFile {
	files := make([]lora.ScannedFile, n)
	for i := range files {
		files[i] = Scanned(from + i)
	}
	return files
}
