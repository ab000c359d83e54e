package machine

import (
	"errors"
	"strconv"
	"strings"

	"loramanager/internal/lora"
)

const (
	nvidia = "nvidia"
	// nvidiaQuery are the columns asked for, in the order parseNvidia reads them. Only the
	// name can contain a comma.
	nvidiaQuery   = "index,name,memory.used,memory.total,utilization.gpu,temperature.gpu,fan.speed,power.draw"
	nvidiaColumns = 8
)

// errNoSense is what a driver says that cannot be understood.
var errNoSense = errors.New("what it says cannot be understood")

// parseNvidia reads lines of comma-separated values, one for each card, without units:
// memory in MiB, power in watts. Columns a card does not know are [N/A] or the like.
func parseNvidia(output []byte) ([]lora.GPUUsage, error) {
	gpus := []lora.GPUUsage{}
	for line := range strings.Lines(string(output)) {
		cells := strings.Split(strings.TrimSpace(line), ",")
		if len(cells) < nvidiaColumns || len(gpus) == maxGPUs {
			continue // a sentence, such as that a card fell off the bus
		}
		id, err := strconv.Atoi(strings.TrimSpace(cells[0]))
		if err != nil || id < 0 {
			continue
		}
		figures := cells[len(cells)-(nvidiaColumns-2):]
		name := strings.Join(cells[1:len(cells)-len(figures)], ",")
		gpus = append(gpus, lora.GPUUsage{
			ID: id, Name: cardName(name, "NVIDIA graphics card"), Driver: nvidia,
			MemoryUsed: memory(figures[0], mib), MemoryTotal: memory(figures[1], mib),
			Utilization: percentOf(figures[2]), Temperature: degrees(figures[3]), FanSpeed: fan(figures[4]), PowerDraw: watts(figures[5]),
		})
	}
	if len(gpus) == 0 && !strings.Contains(string(output), "No devices were found") {
		return nil, errNoSense
	}
	return gpus, nil
}
