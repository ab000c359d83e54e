package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/zeebo/blake3"

	"loramanager/internal/safetensors"
)

const (
	digestTarget = 0.8
	bigFiles     = 4
	bigFileBytes = 512 << 20
	// blake3Command makes this program do b3sum's work where b3sum is not installed.
	blake3Command = "blake3"
)

// measureDigests compares the lane of a running server with sha256sum and b3sum at
// work on the same files at the same time, in turns, so that both meet the same machine.
func measureDigests(ctx context.Context, o *options) ([]figure, error) {
	dir, files, err := openBigFiles(o.cache)
	if err != nil {
		return nil, err
	}
	peer, b3, err := blake3Tool()
	if err != nil {
		return nil, err
	}
	sums := rival{name: "sha256sum and " + peer, commands: [][]string{{"sha256sum"}, b3}}
	rivals := []*rival{&sums}
	// Many builds of sha256sum leave the processor's instructions for SHA256 unused; openssl does not.
	if _, err := exec.LookPath("openssl"); err == nil {
		rivals = append(rivals, &rival{name: "openssl dgst -sha256 and " + peer, commands: [][]string{{"openssl", "dgst", "-sha256"}, b3}})
	}
	var lane times
	for i := range max(3, o.runs) {
		l, err := timeLane(ctx, o, dir)
		if err != nil {
			return nil, err
		}
		lane = append(lane, l)
		note("digests %d: lane %s", i+1, show(l))
		for _, r := range rivals {
			if err := r.race(ctx, files, l); err != nil {
				return nil, err
			}
		}
	}
	figures := []figure{{
		name: "digest lane against " + sums.name + " side by side", target: fmt.Sprintf(">= %.1f", digestTarget),
		measured: sums.ratio(), met: medianOf(sums.ratios) >= digestTarget,
	}, {name: "digest lane: SHA256, AutoV1 to AutoV3, BLAKE3 and CRC32", measured: speed(lane)}}
	for i, r := range rivals {
		figures = append(figures, figure{name: r.name + " side by side", measured: speed(r.times)})
		if i > 0 {
			figures = append(figures, figure{name: "digest lane against " + r.name, measured: r.ratio()})
		}
	}
	return figures, nil
}

// rival is a pair of programs that compute SHA256 and BLAKE3 at the same time.
type rival struct {
	name     string
	commands [][]string
	times    times
	ratios   []float64 // speed of the lane, this one's being 1
}

// race takes the time until both programs are done with all files.
func (r *rival) race(ctx context.Context, files []string, lane time.Duration) error {
	var running []*exec.Cmd
	begun := time.Now()
	for _, c := range r.commands {
		cmd := exec.CommandContext(ctx, c[0], append(c[1:len(c):len(c)], files...)...)
		if err := cmd.Start(); err != nil {
			return err
		}
		running = append(running, cmd)
	}
	for _, cmd := range running {
		if err := cmd.Wait(); err != nil {
			return err
		}
	}
	took := time.Since(begun)
	note("%s: %s", r.name, show(took))
	r.times, r.ratios = append(r.times, took), append(r.ratios, took.Seconds()/lane.Seconds())
	return nil
}

func (r *rival) ratio() string {
	return fmt.Sprintf("%.2f (median of %d)", medianOf(r.ratios), len(r.ratios))
}

func speed(t times) string {
	return fmt.Sprintf("%.0f MB/s", float64(bigFiles*bigFileBytes)/1e6/t.median().Seconds())
}

// openBigFiles returns adapters of random weights, which are written once.
func openBigFiles(cache string) (dir string, files []string, err error) {
	dir = filepath.Join(cache, "big")
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return "", nil, err
	}
	for i := range bigFiles {
		path := filepath.Join(dir, fmt.Sprintf("big-%d.safetensors", i))
		files = append(files, path)
		if info, err := os.Stat(path); err == nil && info.Size() > bigFileBytes {
			continue
		}
		note("writing %s, once", path)
		if err := writeBig(path, uint64(i)); err != nil { //nolint:gosec // a small number
			return "", nil, err
		}
	}
	return dir, files, nil
}

func writeBig(path string, seed uint64) (err error) {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	const rank = 4
	var key [32]byte
	key[0] = byte(seed)
	weights := rand.NewChaCha8(key)
	out := bufio.NewWriterSize(file, 1<<20)
	module := "lora_unet_down_blocks_1_attentions_0_transformer_blocks_0_attn2_to_k"
	err = safetensors.Write(out, map[string]string{"ss_base_model_version": "sdxl_base_v1-0"}, []safetensors.TensorData{
		{Name: module + ".lora_down.weight", DType: "F16", Shape: []int64{rank, bigFileBytes / 4 / rank}, Data: io.LimitReader(weights, bigFileBytes/2)},
		{Name: module + ".lora_up.weight", DType: "F16", Shape: []int64{bigFileBytes / 4 / rank, rank}, Data: io.LimitReader(weights, bigFileBytes/2)},
	})
	return errors.Join(err, out.Flush())
}

// blake3Tool returns b3sum where it is installed, else this program.
func blake3Tool() (name string, command []string, err error) {
	if path, err := exec.LookPath("b3sum"); err == nil {
		return "b3sum", []string{path}, nil
	}
	self, err := os.Executable()
	return "a BLAKE3 program in Go (b3sum is not installed)", []string{self, blake3Command}, err
}

func blake3Files(paths []string, out io.Writer) error {
	for _, path := range paths {
		file, err := os.Open(path)
		if err != nil {
			return err
		}
		h := blake3.New()
		_, err = io.CopyBuffer(struct{ io.Writer }{h}, struct{ io.Reader }{file}, make([]byte, 1<<20))
		if err := errors.Join(err, file.Close()); err != nil {
			return err
		}
		fmt.Fprintf(out, "%x  %s\n", h.Sum(nil), path)
	}
	return nil
}

// timeLane takes the time from the end of the scan until all files have their digests.
func timeLane(ctx context.Context, o *options, dir string) (took time.Duration, err error) {
	data, err := os.MkdirTemp("", "lm-bench-data-")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(data)) }()
	s, err := startServer(ctx, o, data)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	var added struct {
		Scan scan `json:"scan"`
	}
	if err := s.call(ctx, http.MethodPost, "/api/v1/roots", map[string]any{"path": dir}, &added); err != nil {
		return 0, err
	}
	if _, err := s.awaitScan(ctx, added.Scan.ID, time.Millisecond); err != nil {
		return 0, err
	}
	begun := time.Now()
	for {
		var summary struct {
			Digests struct {
				Done    int `json:"done"`
				Pending int `json:"pending"`
			} `json:"digests"`
		}
		if err := s.get(ctx, "/api/v1/library/summary", &summary); err != nil {
			return 0, err
		}
		if summary.Digests.Done == bigFiles {
			return time.Since(begun), nil
		}
		if time.Since(begun) > 5*time.Minute {
			return 0, fmt.Errorf("%d of %d files had their digests after five minutes", summary.Digests.Done, bigFiles)
		}
		if err := pause(ctx, 20*time.Millisecond); err != nil {
			return 0, err
		}
	}
}
