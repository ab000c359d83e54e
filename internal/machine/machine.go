package machine

import (
	"context"
	"math"
	"os"
	"sync"

	"github.com/shirou/gopsutil/v4/cpu"
	"github.com/shirou/gopsutil/v4/disk"
	"github.com/shirou/gopsutil/v4/mem"
	"github.com/shirou/gopsutil/v4/process"

	"loramanager/internal/lora"
)

// Machine measures this computer. It is safe for use by several goroutines.
type Machine struct {
	dir string

	asking  sync.Mutex // held while drivers are asked
	drivers []driver

	mu   sync.Mutex
	last *cpu.TimesStat
}

// New returns a Machine that measures the disk of a folder. It looks once for the
// programs of graphics drivers.
func New(dir string) *Machine { return &Machine{dir: dir, drivers: findDrivers()} }

// Measure tells what this computer uses, and how busy its processor was since the call
// before; the first call does not know. What the system does not tell is nil.
func (m *Machine) Measure(ctx context.Context) lora.ResourceSample {
	sample := lora.ResourceSample{CPUPercent: m.busy(ctx), GPUs: []lora.GPUUsage{}}
	if memory, err := mem.VirtualMemoryWithContext(ctx); err == nil && memory.Total > 0 {
		// Available counts what programs can get: caches are not in use.
		sample.MemoryUsed, sample.MemoryTotal = whole(memory.Total-min(memory.Available, memory.Total)), whole(memory.Total)
	}
	if usage, err := disk.UsageWithContext(ctx, m.dir); err == nil && usage.Total > 0 {
		// What is kept back for the system can never be written, so it is no part of the whole.
		sample.DiskUsed, sample.DiskTotal = whole(usage.Used), whole(usage.Used+usage.Free)
	}
	if self, err := process.NewProcessWithContext(ctx, int32(os.Getpid())); err == nil { //nolint:gosec // process numbers are small
		if memory, err := self.MemoryInfoWithContext(ctx); err == nil {
			sample.ProcessMemory = whole(memory.RSS)
		}
	}
	return sample
}

// busy is the share of time, in percent, in which all processors together worked.
func (m *Machine) busy(ctx context.Context) *float64 {
	times, err := cpu.TimesWithContext(ctx, false)
	if err != nil || len(times) != 1 {
		return nil
	}
	m.mu.Lock()
	before := m.last
	m.last = &times[0]
	m.mu.Unlock()
	if before == nil {
		return nil
	}
	return share(*before, times[0])
}

// share compares two readings. Times of guests are counted in user and nice already, and
// counters may run backwards when a machine is moved.
func share(before, now cpu.TimesStat) *float64 {
	idle := (now.Idle + now.Iowait) - (before.Idle + before.Iowait)
	work := (now.User + now.Nice + now.System + now.Irq + now.Softirq + now.Steal) -
		(before.User + before.Nice + before.System + before.Irq + before.Softirq + before.Steal)
	if idle < 0 || work < 0 || idle+work <= 0 {
		return nil
	}
	percent := math.Round(work/(idle+work)*1000) / 10
	return &percent
}

func whole(n uint64) *int {
	i := int(min(n, math.MaxInt)) //nolint:gosec // bounded
	return &i
}
