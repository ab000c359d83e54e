package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
)

const (
	binaryLimit     = 60 << 20
	javaScriptLimit = 120 << 10
)

// loaded finds the JavaScript that index.html makes a browser load at once.
var loaded = regexp.MustCompile(`(?:src|href)="([^"]+\.js)"`)

// measureSizes weighs the binary and the JavaScript of the first visit.
func measureSizes(_ context.Context, o *options) ([]figure, error) {
	info, err := os.Stat(o.bin)
	if err != nil {
		return nil, err
	}
	dist := filepath.Join(o.repo, "web", "dist")
	index, err := os.ReadFile(filepath.Join(dist, "index.html"))
	if err != nil {
		return nil, fmt.Errorf("the web app is not built, run make web: %w", err)
	}
	var zipped, brotli int64
	seen := map[string]bool{}
	for _, match := range loaded.FindAllSubmatch(index, -1) {
		name := path.Clean("/" + string(match[1]))
		if seen[name] {
			continue
		}
		seen[name] = true
		plain, err := os.ReadFile(filepath.Join(dist, filepath.FromSlash(name)))
		if err != nil {
			return nil, err
		}
		n, err := gzipped(plain)
		if err != nil {
			return nil, err
		}
		zipped += n
		if packed, err := os.Stat(filepath.Join(dist, filepath.FromSlash(name)) + ".br"); err == nil {
			brotli += packed.Size()
		} else {
			brotli += n // served as gzip
		}
	}
	if len(seen) == 0 {
		return nil, fmt.Errorf("%s/index.html loads no JavaScript", dist)
	}
	return []figure{
		{name: "binary", target: "<= 60 MB", measured: fmt.Sprintf("%.1f MB", float64(info.Size())/(1<<20)), met: info.Size() <= binaryLimit},
		{
			name: "initial JavaScript, all that index.html loads", target: "<= 120 KiB", met: brotli <= javaScriptLimit,
			measured: fmt.Sprintf("%.1f KiB as served (gzip alone: %.1f KiB), %d files", float64(brotli)/1024, float64(zipped)/1024, len(seen)),
		},
	}, nil
}

func gzipped(plain []byte) (int64, error) {
	var packed bytes.Buffer
	w, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return 0, err
	}
	if _, err := w.Write(plain); err != nil {
		return 0, err
	}
	err = w.Close()
	return int64(packed.Len()), err
}
