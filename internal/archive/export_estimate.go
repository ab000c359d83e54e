package archive

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"sync"
	"time"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

// ExportEstimate is how large an export will be and how long it takes.
type ExportEstimate struct {
	Bytes    int64
	Duration time.Duration
	Parts    int
	Size     string // for people, as the contract spells it
	Time     string
	// Measured says that the time follows from earlier exports of this computer. Before
	// the first one it is the contract's 10 MiB a second.
	Measured bool
	Counts   lora.ExportSize
}

// What text comes to when it is packed, as measured on metadata and jobs of real shape.
var packedShare = map[compression]float64{"none": 1, "fast": 0.42, "balanced": 0.38, "max": 0.37}

// What one adapter, its file with what lies beside it, and one picture cost in headers, in
// the manifest and in the list of checksums.
const (
	adapterOverhead = 1050
	fileOverhead    = 1500
	pictureOverhead = 450
	ageOverhead     = 1.0 + 16.0/65536 // age adds 16 bytes to each 64 KiB
)

// EstimateExport says how large an export will be, without reading any file.
func (a *Archive) EstimateExport(ctx context.Context, o ExportOptions) (ExportEstimate, error) {
	if err := o.check(); err != nil {
		return ExportEstimate{}, err
	}
	scope, err := a.scope(ctx, &o)
	if err != nil {
		return ExportEstimate{}, err
	}
	counts, err := a.options.Export.Catalog.ExportSize(ctx, scope)
	if err != nil {
		return ExportEstimate{}, err
	}
	e := ExportEstimate{Counts: counts, Parts: 1}
	share, ok := packedShare[compression(o.Compression)]
	if !ok {
		share = packedShare["balanced"]
	}
	size := share*float64(counts.MetadataBytes+counts.JobBytes) + float64(counts.Adapters)*adapterOverhead
	if o.Files {
		size += float64(counts.FileBytes) + float64(counts.Files)*fileOverhead
	}
	if o.Images {
		size += float64(counts.ImageBytes) + float64(counts.Images)*pictureOverhead
	}
	if size > 0 && !o.Keys.Empty() {
		size *= ageOverhead
	}
	e.Bytes = int64(size)
	if o.PartBytes > 0 {
		e.Parts = int(max(1, math.Ceil(size/float64(o.PartBytes))))
	}
	rate := a.exports.speed.rate()
	e.Measured = rate > 0
	if !e.Measured {
		rate = unmeasuredRate
	}
	seconds := size / rate
	e.Duration = time.Duration(seconds * float64(time.Second))
	e.Size, e.Time = sizeText(e.Bytes), timeText(seconds)
	return e, nil
}

// sizeText and timeText spell as the contract does.
func sizeText(n int64) string {
	if n < 1024 {
		return fmt.Sprintf("%d Bytes", max(n, 0))
	}
	size, unit := float64(n)/1024, "KB"
	for _, larger := range []string{"MB", "GB", "TB", "PB"} {
		if size < 1024 {
			break
		}
		size, unit = size/1024, larger
	}
	return fmt.Sprintf("%.2f %s", size, unit)
}

func timeText(seconds float64) string {
	switch {
	case seconds <= 0:
		return "0 seconds"
	case seconds < 60:
		return fmt.Sprintf("%d seconds", int(max(1, math.Ceil(seconds))))
	}
	return fmt.Sprintf("%d minutes", int(math.Ceil(seconds/60)))
}

const (
	unmeasuredRate = 10 << 20 // bytes per second, the contract's
	// speedSample is the least that is worth measuring.
	speedSample = 16 << 20
	speedFile   = "export-speed.json"
)

// speed remembers how fast exports of this computer were sent.
type speed struct {
	data *guard.Root

	mu   sync.Mutex
	Rate float64 `json:"bytes_per_second"`
}

func openSpeed(data *guard.Root) *speed {
	s := &speed{data: data}
	if text, err := data.ReadFile(speedFile, 4096); err == nil {
		if json.Unmarshal(text, s) != nil || s.Rate < 0 || math.IsNaN(s.Rate) {
			s.Rate = 0
		}
	}
	return s
}

func (s *speed) rate() float64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.Rate
}

// measured counts one more range that was sent: half of the figure is the newest.
func (s *speed) measured(bytes int64, took time.Duration) {
	if bytes < speedSample || took <= 0 {
		return
	}
	s.mu.Lock()
	rate := float64(bytes) / took.Seconds()
	if s.Rate > 0 {
		rate = (rate + s.Rate) / 2
	}
	s.Rate = rate
	s.mu.Unlock()
	if text, err := json.Marshal(map[string]float64{"bytes_per_second": rate}); err == nil {
		_ = s.data.Keep(speedFile, text, nil) // only an estimate depends on it
	}
}
