package main

import (
	"context"
	"fmt"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
)

const headerTarget = 300 // MB/s on one core

// speedOf reads the lines of `go test -bench` that state a speed.
var speedOf = regexp.MustCompile(`(?m)^Benchmark(\S+?)(?:-\d+)?\s+\d+\s+.*?([\d.]+) MB/s`)

// measureHeaders runs the reader's own benchmark, which stands beside it.
func measureHeaders(ctx context.Context, o *options) ([]figure, error) {
	cmd := exec.CommandContext(ctx, "go", "test", "-run", "^$", "-bench", ".", "-cpu", "1", "-count", strconv.Itoa(max(3, o.runs)), "./internal/safetensors")
	cmd.Dir = o.repo
	text, err := cmd.CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("%w: %s", err, text)
	}
	speeds := map[string][]float64{}
	var order []string
	for _, match := range speedOf.FindAllStringSubmatch(string(text), -1) {
		speed, err := strconv.ParseFloat(match[2], 64)
		if err != nil {
			return nil, err
		}
		if speeds[match[1]] == nil {
			order = append(order, match[1])
		}
		speeds[match[1]] = append(speeds[match[1]], speed)
	}
	if len(order) == 0 {
		return nil, fmt.Errorf("the benchmark states no speed: %s", text)
	}
	var figures []figure
	for _, name := range order {
		speed := medianOf(speeds[name])
		f := figure{name: "header of " + strings.ReplaceAll(name, "_", " "), measured: fmt.Sprintf("%.0f MB/s (median of %d)", speed, len(speeds[name]))}
		if isOurs(name) {
			f.target, f.met = fmt.Sprintf(">= %d MB/s", headerTarget), speed >= headerTarget
		}
		figures = append(figures, f)
	}
	return figures, nil
}

// isOurs tells the reader that makes the promise from those it is compared with.
func isOurs(name string) bool { return strings.HasPrefix(name, "Read") }
