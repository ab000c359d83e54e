package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"time"

	"loramanager/internal/sample"
)

// The targets of a scan.
const (
	firstCardsLimit = 500 * time.Millisecond
	smallScanLimit  = 3 * time.Second // 10,000 adapters
	largeScanLimit  = 60 * time.Second
	rescanLimit     = 3 * time.Second // 100,000 adapters
	memoryLimit     = 200 << 20
	smallLibrary    = 10_000
	largeLibrary    = 100_000
)

// scanned is what one cold scan and its rescan took.
type scanned struct {
	first, whole, again time.Duration
	cpu, cpuAgain       time.Duration
	memory              memory // after the first scan
}

// measureScans scans every library into a fresh database, several times.
func measureScans(ctx context.Context, o *options) ([]figure, error) {
	var figures []figure
	perFile := map[sample.Shape]map[int]float64{sample.Tree: {}, sample.Flat: {}}
	for _, size := range o.sizes {
		for _, shape := range []sample.Shape{sample.Tree, sample.Flat} {
			l, err := openLibrary(ctx, o.cache, size, shape)
			if err != nil {
				return nil, err
			}
			runs := o.runs
			if size >= largeLibrary {
				runs = max(1, runs/2) // a minute each
			}
			if err := l.warm(); err != nil {
				return nil, err
			}
			results, err := scanSeveral(ctx, o, l, runs)
			if err != nil {
				return nil, err
			}
			figures = append(figures, scanFigures(l, results)...)
			perFile[shape][size] = wholes(results).median().Seconds() / float64(size)
		}
	}
	if small, large := o.sizes[0], o.largest(); small != large {
		for _, shape := range []sample.Shape{sample.Tree, sample.Flat} {
			ratio := perFile[shape][large] / perFile[shape][small]
			figures = append(figures, figure{
				name:   fmt.Sprintf("time per file, %s against %s, %s", count(large), count(small), shapeName(shape)),
				target: "<= 1.5 times", measured: fmt.Sprintf("%.2f times", ratio), met: ratio <= 1.5,
			})
		}
	}
	return figures, nil
}

func scanSeveral(ctx context.Context, o *options, l library, runs int) ([]scanned, error) {
	var results []scanned
	for i := range runs {
		note("scan %d of %d: %s adapters, %s", i+1, runs, count(l.files), shapeName(l.shape))
		result, err := scanOnce(ctx, o, l)
		if err != nil {
			return nil, err
		}
		note("first cards %s, all %s (CPU %s), again %s (CPU %s), memory %d MB, peak %d MB", show(result.first), show(result.whole), show(result.cpu),
			show(result.again), show(result.cpuAgain), result.memory.now>>20, result.memory.peak>>20)
		results = append(results, result)
	}
	return results, nil
}

// scanOnce measures on a fresh data folder.
func scanOnce(ctx context.Context, o *options, l library) (result scanned, err error) {
	data, err := os.MkdirTemp("", "lm-bench-data-")
	if err != nil {
		return scanned{}, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(data)) }()
	s, err := startServer(ctx, o, data, "--no-digests")
	if err != nil {
		return scanned{}, err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	if err := s.addAndScan(ctx, l, &result); err != nil {
		return result, err
	}
	if err := pause(ctx, time.Second); err != nil {
		return result, err
	}
	if result.memory, err = s.memory(); err != nil {
		return result, err
	}
	return result, s.rescan(ctx, &result)
}

// scan is what the API says of a scan.
type scan struct {
	ID     string `json:"id"`
	State  string `json:"state"`
	Error  string `json:"error"`
	Counts struct {
		Added     int `json:"added"`
		Unchanged int `json:"unchanged"`
		Findings  int `json:"findings"`
	} `json:"counts"`
}

// addAndScan adds the library and waits, as a browser would, for the first cards and
// then for the end.
func (s *server) addAndScan(ctx context.Context, l library, result *scanned) error {
	begun := time.Now()
	var added struct {
		Scan scan `json:"scan"`
	}
	if err := s.call(ctx, http.MethodPost, "/api/v1/roots", map[string]any{"path": l.path}, &added); err != nil {
		return err
	}
	for result.first == 0 {
		var page struct {
			Items []any `json:"items"`
		}
		if err := s.get(ctx, "/api/v1/adapters?per_page=50", &page); err != nil {
			return err
		}
		if len(page.Items) > 0 {
			result.first = time.Since(begun)
		} else if err := pause(ctx, 10*time.Millisecond); err != nil {
			return err
		}
	}
	done, err := s.awaitScan(ctx, added.Scan.ID, 50*time.Millisecond)
	if err != nil {
		return err
	}
	result.whole = time.Since(begun)
	if done.Counts.Added != l.files {
		return fmt.Errorf("the scan added %d adapters of %d (%s)", done.Counts.Added, l.files, done.Error)
	}
	result.cpu, err = s.cpu()
	return err
}

// rescan scans again when nothing has changed.
func (s *server) rescan(ctx context.Context, result *scanned) error {
	before, err := s.cpu()
	if err != nil {
		return err
	}
	begun := time.Now()
	var started struct {
		Scan scan `json:"scan"`
	}
	if err := s.call(ctx, http.MethodPost, "/api/v1/scans", map[string]any{}, &started); err != nil {
		return err
	}
	if _, err := s.awaitScan(ctx, started.Scan.ID, 10*time.Millisecond); err != nil {
		return err
	}
	result.again = time.Since(begun)
	after, err := s.cpu()
	result.cpuAgain = after - before
	return err
}

func (s *server) awaitScan(ctx context.Context, id string, every time.Duration) (scan, error) {
	for {
		var answer struct {
			scan
			Scan *scan `json:"scan"`
		}
		if err := s.get(ctx, "/api/v1/scans/"+url.PathEscape(id), &answer); err != nil {
			return scan{}, err
		}
		now := answer.scan
		if answer.Scan != nil {
			now = *answer.Scan
		}
		switch now.State {
		case "running":
		case "finished":
			return now, nil
		default:
			return now, fmt.Errorf("the scan is %s: %s", now.State, now.Error)
		}
		if err := pause(ctx, every); err != nil {
			return scan{}, err
		}
	}
}

// scanFigures turns the runs on one library into lines of the table.
func scanFigures(l library, results []scanned) []figure {
	name := fmt.Sprintf("%s adapters, %s", count(l.files), shapeName(l.shape))
	var first, again, cpu times
	var now, peak int64
	for _, r := range results {
		first, again, cpu = append(first, r.first), append(again, r.again), append(cpu, r.cpu)
		now, peak = max(now, r.memory.now), max(peak, r.memory.peak)
	}
	whole := wholes(results)
	figures := []figure{atMost(name+": first cards", firstCardsLimit, first.median(), first.runs())}
	scan := figure{name: name + ": whole scan", measured: whole.runs() + ", processor time " + show(cpu.median())}
	rescan := figure{name: name + ": scan when nothing changed", measured: again.runs()}
	memory := figure{name: name + ": memory after the scan", measured: fmt.Sprintf("%d MB (peak %d MB)", now>>20, peak>>20)}
	switch l.files {
	case smallLibrary:
		scan.target, scan.met = "<= "+show(smallScanLimit), whole.median() <= smallScanLimit
	case largeLibrary:
		scan.target, scan.met = "<= "+show(largeScanLimit), whole.median() <= largeScanLimit
		rescan.target, rescan.met = "<= "+show(rescanLimit), again.median() <= rescanLimit
		memory.target, memory.met = "<= 200 MB", now <= memoryLimit
	}
	return append(figures, scan, rescan, memory)
}

func wholes(results []scanned) times {
	var all times
	for _, r := range results {
		all = append(all, r.whole)
	}
	return all
}

// count writes a number of adapters as people do.
func count(n int) string {
	if n >= 1000 {
		return count(n/1000) + fmt.Sprintf(",%03d", n%1000)
	}
	return fmt.Sprint(n)
}

func shapeName(s sample.Shape) string {
	if s == sample.Flat {
		return "one folder"
	}
	return "tree"
}
