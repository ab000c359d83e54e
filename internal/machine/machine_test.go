package machine

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/shirou/gopsutil/v4/cpu"
)

func TestThisComputerIsMeasured(t *testing.T) {
	t.Parallel()
	m := New(t.TempDir())
	first := m.Measure(t.Context())
	if first.CPUPercent != nil {
		t.Error("the first call cannot know how busy the processor was before it")
	}
	if first.MemoryUsed == nil || *first.MemoryUsed <= 0 || *first.MemoryUsed > *first.MemoryTotal {
		t.Error("memory", first.MemoryUsed, first.MemoryTotal)
	}
	if first.DiskUsed == nil || *first.DiskUsed <= 0 || *first.DiskUsed > *first.DiskTotal {
		t.Error("disk", first.DiskUsed, first.DiskTotal)
	}
	if first.ProcessMemory == nil || *first.ProcessMemory < 1<<20 || *first.ProcessMemory > *first.MemoryTotal {
		t.Error("process", first.ProcessMemory)
	}
	if first.GPUs == nil {
		t.Error("no list of cards")
	}
	if second := m.Measure(t.Context()); second.CPUPercent != nil && (*second.CPUPercent < 0 || *second.CPUPercent > 100) {
		t.Error("busy", *second.CPUPercent)
	}
}

func TestPromise1_WhatCannotBeMeasuredIsNil(t *testing.T) {
	t.Parallel()
	sample := New(filepath.Join(t.TempDir(), "gone")).Measure(t.Context())
	if sample.DiskUsed != nil || sample.DiskTotal != nil || sample.MemoryUsed == nil {
		t.Error("a folder that is gone has no disk, and spoils nothing else")
	}
	for _, c := range []struct {
		name        string
		before, now cpu.TimesStat
		want        float64 // -1 is nil
	}{
		{"a quarter of the time", cpu.TimesStat{User: 10, Idle: 100}, cpu.TimesStat{User: 20, System: 5, Idle: 140, Iowait: 5}, 25},
		{"nothing done", cpu.TimesStat{Idle: 100}, cpu.TimesStat{Idle: 110}, 0},
		{"guests are counted once", cpu.TimesStat{}, cpu.TimesStat{User: 10, Guest: 10, Idle: 10}, 50},
		{"no time has passed", cpu.TimesStat{Idle: 100}, cpu.TimesStat{Idle: 100}, -1},
		{"counters that run backwards", cpu.TimesStat{User: 10, Idle: 100}, cpu.TimesStat{User: 20, Idle: 50}, -1},
	} {
		if got := share(c.before, c.now); (got == nil) != (c.want < 0) || got != nil && *got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

// program writes a shell script that plays a driver's program.
func program(t *testing.T, dir, name, script string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+script), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestPromise2_ADriverThatMisbehavesCostsLittle(t *testing.T) {
	t.Parallel()
	const card = `echo "0, X, 1, 2, 3, 4, 5, 6"` + "\n"
	for _, c := range []struct {
		name, script string
		cards        int
		says         string
	}{
		{"works", card, 1, ""},
		{"fails after it told what it knows", card + "exit 14", 1, ""},
		{"fails", "echo driver not loaded; exit 9", 0, "code 9"},
		{"talks nonsense", "echo hello", 0, "cannot be understood"},
		{"floods", card + `head -c 3000000 /dev/zero | tr '\0' x`, 1, ""},
		{"is no program", "\x00\x01", 0, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := driver{program: program(t, t.TempDir(), "smi", c.script), parse: parseNvidia}
			gpus, err := d.ask(t.Context())
			if len(gpus) != c.cards || (err == nil) != (c.cards > 0) || err != nil && !strings.Contains(err.Error(), c.says) {
				t.Error(gpus, err)
			}
		})
	}
	t.Run("hangs", func(t *testing.T) {
		t.Parallel()
		d := driver{program: program(t, t.TempDir(), "smi", "sleep 600"), parse: parseNvidia}
		if gpus, err := d.ask(t.Context()); len(gpus) > 0 || !errors.Is(err, context.DeadlineExceeded) {
			t.Error(gpus, err)
		}
	})
}

func TestPromise2_NoMoreIsKeptThanTheLimit(t *testing.T) {
	t.Parallel()
	b := &bounded{}
	for range 10 {
		if n, err := b.Write(make([]byte, 100<<10)); n != 100<<10 || err != nil {
			t.Fatal(n, err)
		}
	}
	if b.buffer.Len() != outputLimit {
		t.Error(b.buffer.Len())
	}
}

// It changes the environment, which parallel tests must not.
func TestPromise3_ProgramsAreFoundOnceAndGetNoSecrets(t *testing.T) {
	dir := t.TempDir()
	program(t, dir, "nvidia-smi", `echo "0, key=$API_KEY, 1, 2, 3, 4, 5, 6"`)
	program(t, dir, "amd-smi", `if [ "$1" = static ]; then echo '[{"gpu": 0, "asic": {"market_name": "Named"}}]'; else echo '[{"gpu": 0}]'; fi`)
	program(t, dir, "rocm-smi", `echo '{"card0": {"Card Series": "Told twice"}}'`)
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	t.Setenv("API_KEY", "secret")
	m := New(dir)
	t.Setenv("PATH", "")
	gpus, err := m.GPUs(t.Context())
	want := `0 nvidia "key=" memory 1048576/2097152 busy 3 heat 4 fan 5 power 6` + "\n" + `0 amd "Named" memory null/null busy null heat null fan null power null`
	if got := told(gpus); got != want || err != nil {
		t.Errorf("%v:\n%s\nwant:\n%s", err, got, want)
	}
	t.Chdir(dir)
	t.Setenv("PATH", ".")
	if found := findDrivers(); len(found) > 0 {
		t.Error("a program of the working directory is none of a driver")
	}
}

func TestLinuxTellsOfAMDCards(t *testing.T) {
	t.Parallel()
	sys := t.TempDir()
	put := func(rel, text string) {
		path := filepath.Join(sys, rel)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	link := func(to, rel string) {
		path := filepath.Join(sys, rel)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.Symlink(to, path)); err != nil {
			t.Fatal(err)
		}
	}
	// As in a real one, what stands in class are links into devices.
	for name, text := range map[string]string{
		"vendor": "0x1002\n", "mem_info_vram_used": "4096\n", "mem_info_vram_total": "8192\n", "gpu_busy_percent": "77\n",
		"hwmon/hwmon3/temp1_input": "61000\n", "hwmon/hwmon3/power1_average": "120500000\n", "hwmon/hwmon3/pwm1": "51\n",
	} {
		put("devices/pci/amd/"+name, text)
	}
	put("devices/pci/amd/drm/card1/dev", "")
	link("../..", "devices/pci/amd/drm/card1/device")
	link("../../devices/pci/amd/drm/card1", "class/drm/card1")
	put("class/drm/card1-DP-1/status", "connected")
	put("class/drm/card0/device/vendor", "0x8086\n")
	put("class/drm/card2/device/vendor", "0x1002\n")
	put("class/drm/card2/device/gpu_busy_percent", "unknown\n")
	link("/etc", "class/drm/card7")
	want := `1 amd "AMD graphics card" memory 4096/8192 busy 77 heat 61 fan 20 power 120.5` + "\n" +
		`2 amd "AMD graphics card" memory null/null busy null heat null fan null power null`
	if got := told(kernelCards(sys)); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	if cards := kernelCards(filepath.Join(sys, "gone")); len(cards) > 0 {
		t.Error(cards)
	}
}
