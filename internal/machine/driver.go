package machine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"time"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

const (
	// programLimit is how long a driver's program may take, and programGrace how long it
	// then has to end.
	programLimit = 2 * time.Second
	programGrace = 200 * time.Millisecond
	// outputLimit is how much of what it says is read.
	outputLimit = 256 << 10
	// maxGPUs is how many cards are told of.
	maxGPUs = 64
)

// driver is one way to ask about graphics cards.
type driver struct {
	program string // absolute path
	args    []string
	parse   func(output []byte) ([]lora.GPUUsage, error)
	// named asks for names, where the figures come without.
	named []string
	names map[int]string
}

// GPUs asks the drivers about the graphics cards. It is empty where there is none; an
// error tells that a driver is there and cannot be understood.
func (m *Machine) GPUs(ctx context.Context) ([]lora.GPUUsage, error) {
	m.asking.Lock()
	defer m.asking.Unlock()
	var problems []error
	gpus := []lora.GPUUsage{}
	for i := range m.drivers {
		found, err := m.drivers[i].ask(ctx)
		if err != nil {
			problems = append(problems, fmt.Errorf("%s: %w", filepath.Base(m.drivers[i].program), err))
		}
		if len(found) > 0 && !has(gpus, found[0].Driver) { // a computer may have cards of both makers
			gpus = append(gpus, found...)
		}
	}
	if !has(gpus, amd) {
		gpus = append(gpus, kernelCards(kernelFolder)...)
	}
	gpus = gpus[:min(len(gpus), maxGPUs)]
	if len(gpus) > 0 {
		return gpus, nil
	}
	return gpus, errors.Join(problems...)
}

func has(gpus []lora.GPUUsage, driver string) bool {
	return slices.ContainsFunc(gpus, func(g lora.GPUUsage) bool { return g.Driver == driver })
}

// findDrivers looks for the programs of the drivers in the path of this process, never in
// the working directory.
func findDrivers() []driver {
	var found []driver
	for _, d := range []driver{
		{program: "nvidia-smi", args: []string{"--query-gpu=" + nvidiaQuery, "--format=csv,noheader,nounits"}, parse: parseNvidia},
		{program: "amd-smi", args: []string{"metric", "--json"}, parse: parseAMD, named: []string{"static", "--asic", "--json"}},
		{program: "rocm-smi", args: []string{"--showproductname", "--showuse", "--showmeminfo", "vram", "--showtemp", "--showfan", "--showpower", "--json"}, parse: parseROCm},
	} {
		if path, err := exec.LookPath(d.program); err == nil && filepath.IsAbs(path) {
			d.program = path
			found = append(found, d)
		}
	}
	return found
}

// ask runs the program and reads what it says.
func (d *driver) ask(ctx context.Context) ([]lora.GPUUsage, error) {
	output, failed := run(ctx, d.program, d.args)
	gpus, err := d.parse(output)
	switch {
	case len(gpus) == 0 && failed != nil:
		return nil, failed
	case err != nil || len(d.named) == 0:
		return gpus, err
	}
	if d.names == nil { // names stay
		output, _ = run(ctx, d.program, d.named)
		d.names = amdNames(output)
	}
	for i := range gpus {
		if name, known := d.names[gpus[i].ID]; known {
			gpus[i].Name = name
		}
	}
	return gpus, nil
}

// run runs a program within its limits and returns what it said. The error tells that it
// did not end well.
func run(ctx context.Context, path string, args []string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, programLimit)
	defer cancel()
	output := &bounded{}
	program := guard.Program{Path: path, Args: args, Output: output, Grace: programGrace}
	err := program.Run(ctx, func(func()) {})
	var failed *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.As(err, &failed):
		return output.buffer.Bytes(), fmt.Errorf("it ended with code %d", failed.ExitCode())
	}
	return output.buffer.Bytes(), nil
}

// bounded keeps the beginning of what is written to it, and takes the rest for nothing so
// that the program does not wait.
type bounded struct{ buffer bytes.Buffer }

func (b *bounded) Write(p []byte) (int, error) {
	b.buffer.Write(p[:min(len(p), outputLimit-b.buffer.Len())])
	return len(p), nil
}
