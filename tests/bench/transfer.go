package main

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// The targets of the fourth story.
const (
	estimateLimit   = 300 * time.Millisecond
	metadataLimit   = 20 * time.Second
	exportPeakLimit = 150 << 20
	exportShare     = 0.7 // of the speed of cp
)

const (
	estimateRequests = 50
	heavyFiles       = 20
	heavyFileBytes   = 1 << 30
)

// measureTransfers exports the largest library without its files, and a small one with
// heavy files.
func measureTransfers(ctx context.Context, o *options) ([]figure, error) {
	figures, err := onLargest(ctx, o, func(data string) ([]figure, error) { return measureMetadata(ctx, o, data) })
	if err != nil {
		return nil, err
	}
	heavy, err := measureHeavy(ctx, o)
	return append(figures, heavy...), err
}

func measureMetadata(ctx context.Context, o *options, data string) (figures []figure, err error) {
	s, err := startServer(ctx, o, data, "--no-digests")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	a := &asker{server: s, rng: rand.New(rand.NewPCG(seed, 4))} //nolint:gosec // must be repeatable
	whole := map[string]any{"loras": true, "lora_files": false, "user_data": true, "generations": true}
	t, err := a.timed(estimateRequests, func(int) error {
		return a.call(ctx, http.MethodPost, "/api/v1/export/estimate", whole, nil)
	})
	if err != nil {
		return nil, err
	}
	figures = append(figures, atMost("size of an export told", estimateLimit, t.p95(), t.String()))
	var all times
	for range o.runs {
		took, _, err := s.export(ctx, whole, io.Discard)
		if err != nil {
			return nil, err
		}
		all = append(all, took)
	}
	return append(figures, atMost("everything but files exported", metadataLimit, all.median(), all.runs())), nil
}

// export plans an export, downloads its one part, and returns how long both took and how
// many bytes came.
func (s *server) export(ctx context.Context, config map[string]any, to io.Writer) (time.Duration, int64, error) {
	begun := time.Now()
	var planned struct {
		Export struct {
			ID    string `json:"id"`
			Parts []struct {
				Size int64  `json:"size_bytes"`
				URL  string `json:"url"`
			} `json:"parts"`
		} `json:"export"`
	}
	if err := s.call(ctx, http.MethodPost, "/api/v1/exports", config, &planned); err != nil {
		return 0, 0, err
	}
	if len(planned.Export.Parts) != 1 {
		return 0, 0, fmt.Errorf("an export of %d parts", len(planned.Export.Parts))
	}
	part := planned.Export.Parts[0]
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.base+part.URL, nil)
	if err != nil {
		return 0, 0, err
	}
	answer, err := (&http.Client{}).Do(request)
	if err != nil {
		return 0, 0, err
	}
	defer func() { _ = answer.Body.Close() }() // its content was counted
	n, err := io.Copy(to, answer.Body)
	if err == nil && (answer.StatusCode != http.StatusOK || n != part.Size) {
		err = fmt.Errorf("%s with %d of %d bytes", answer.Status, n, part.Size)
	}
	took := time.Since(begun)
	return took, n, errors.Join(err, s.call(ctx, http.MethodDelete, "/api/v1/exports/"+planned.Export.ID, nil, nil))
}

// measureHeavy compares an export of 20 GiB of files that are mostly holes with copying
// them, onto the same disk and in turns, so that both find the same machine.
func measureHeavy(ctx context.Context, o *options) (figures []figure, err error) {
	dir, err := os.MkdirTemp(o.cache, "heavy-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	loras, data := filepath.Join(dir, "loras"), filepath.Join(dir, "data")
	for _, d := range []string{loras, data} {
		if err := os.Mkdir(d, 0o750); err != nil {
			return nil, err
		}
	}
	for i := range heavyFiles {
		if err := writeHeavy(filepath.Join(loras, fmt.Sprintf("heavy%02d.safetensors", i)), heavyFileBytes); err != nil {
			return nil, err
		}
	}
	s, err := startServer(ctx, o, data, "--no-digests")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	if err := s.addAndScan(ctx, library{path: loras, files: heavyFiles}, &scanned{}); err != nil {
		return nil, err
	}
	var shares []float64
	var rates []string
	for range o.runs {
		copied, err := copyTree(ctx, loras, filepath.Join(dir, "copy"))
		if err != nil {
			return nil, err
		}
		exported, err := s.exportFile(ctx, filepath.Join(dir, "export.zip"))
		if err != nil {
			return nil, err
		}
		shares = append(shares, copied.Seconds()/exported.Seconds())
		rates = append(rates, fmt.Sprintf("%s against %s", show(exported), show(copied)))
	}
	peak, err := s.memory()
	if err != nil {
		return nil, err
	}
	share := medianOf(shares)
	return []figure{
		{
			name: "20 GiB of files exported, speed against cp", target: fmt.Sprintf(">= %.1f", exportShare),
			measured: fmt.Sprintf("%.2f (%s)", share, strings.Join(rates, ", ")), met: share >= exportShare,
		},
		{
			name: "memory of the server meanwhile, highest", target: fmt.Sprintf("<= %d MiB", exportPeakLimit>>20),
			measured: fmt.Sprintf("%d MiB", peak.peak>>20), met: peak.peak <= exportPeakLimit,
		},
	}, nil
}

// exportFile exports everything with files to a new file and removes it again.
func (s *server) exportFile(ctx context.Context, name string) (took time.Duration, err error) {
	to, err := os.Create(name)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, to.Close(), os.Remove(name)) }()
	took, n, err := s.export(ctx, map[string]any{"loras": true, "lora_files": true}, to)
	if err == nil && n < heavyFiles*heavyFileBytes {
		err = fmt.Errorf("an archive of %d bytes", n)
	}
	return took, err
}

// copyTree copies a folder byte for byte, holes included, and removes the copy.
func copyTree(ctx context.Context, from, to string) (took time.Duration, err error) {
	begun := time.Now()
	err = exec.CommandContext(ctx, "cp", "-r", "--sparse=never", "--reflink=never", from, to).Run()
	took = time.Since(begun)
	return took, errors.Join(err, os.RemoveAll(to))
}

// writeHeavy writes a sound adapter whose one pair of tensors is a hole in the file.
func writeHeavy(name string, size int64) (err error) {
	const rank = 16
	tensors := map[string]any{}
	at := int64(0)
	add := func(key string, shape []int64) {
		n := 2 * shape[0] * shape[1]
		tensors[key] = map[string]any{"dtype": "F16", "shape": shape, "data_offsets": []int64{at, at + n}}
		at += n
	}
	wide := size / (4 * rank)
	add("lora_unet_middle_block_1_proj_in.lora_down.weight", []int64{rank, wide})
	add("lora_unet_middle_block_1_proj_in.lora_up.weight", []int64{wide, rank})
	header, err := json.Marshal(tensors)
	if err != nil {
		return err
	}
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if _, err := f.Write(append(binary.LittleEndian.AppendUint64(nil, uint64(len(header))), header...)); err != nil {
		return err
	}
	return f.Truncate(8 + int64(len(header)) + at)
}
