package machine

import (
	"cmp"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

const (
	// kernelFolder is where Linux tells of devices; elsewhere it does not exist.
	kernelFolder = "/sys"
	cardsFolder  = "class/drm"
	amdVendor    = "0x1002"
	// valueLimit is more than a file of the kernel holds that has one value.
	valueLimit = 8 << 10
)

// kernelCard is how Linux calls graphics cards; other names in the folder are their outputs.
var kernelCard = regexp.MustCompile(`^card([0-9]{1,4})$`)

// kernelCards asks Linux about AMD cards, whose driver needs no program of its own.
func kernelCards(folder string) []lora.GPUUsage {
	root, err := guard.OpenRoot(folder)
	if err != nil {
		return nil
	}
	defer func() { _ = root.Close() }() // opened for reading
	entries, err := root.ReadDir(cardsFolder)
	if err != nil {
		return nil
	}
	var gpus []lora.GPUUsage
	for _, entry := range entries {
		found := kernelCard.FindStringSubmatch(entry.Name())
		if found == nil || len(gpus) == maxGPUs {
			continue
		}
		device := path.Join(cardsFolder, entry.Name(), "device")
		value := func(name string) string {
			text, err := root.ReadFile(path.Join(device, name), valueLimit)
			if err != nil {
				return ""
			}
			return strings.TrimSpace(string(text))
		}
		if value("vendor") != amdVendor {
			continue
		}
		gpu := lora.GPUUsage{
			Name: cardName(value("product_name"), amdCard), Driver: amd, MemoryUsed: memory(value("mem_info_vram_used"), 1),
			MemoryTotal: memory(value("mem_info_vram_total"), 1), Utilization: percentOf(value("gpu_busy_percent")),
		}
		gpu.ID, _ = strconv.Atoi(found[1]) // four digits
		sensors(root, device, value, &gpu)
		gpus = append(gpus, gpu)
	}
	slices.SortFunc(gpus, func(a, b lora.GPUUsage) int { return cmp.Compare(a.ID, b.ID) })
	return gpus
}

// sensors adds what the card's own sensors measure: thousandths of degrees, millionths of
// watts, and 255ths of the fan's speed.
func sensors(root *guard.Root, device string, value func(string) string, gpu *lora.GPUUsage) {
	entries, err := root.ReadDir(path.Join(device, "hwmon"))
	if err != nil || len(entries) == 0 {
		return
	}
	of := func(name string, part, low, high float64) *float64 {
		n := number(value(path.Join("hwmon", entries[0].Name(), name)), low*part, high*part)
		if n == nil {
			return nil
		}
		scaled := *n / part
		return &scaled
	}
	gpu.Temperature = of("temp1_input", 1000, -100, 250)
	gpu.PowerDraw = first(of("power1_average", 1e6, 0, 10_000), of("power1_input", 1e6, 0, 10_000))
	gpu.FanSpeed = of("pwm1", 2.55, 0, 100)
}
