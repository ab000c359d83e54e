package machine

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"loramanager/internal/lora"
)

// told writes cards as their JSON, which tests read well.
func told(gpus []lora.GPUUsage) string {
	lines := []string{}
	for _, g := range gpus {
		show := func(p any) string {
			text, _ := json.Marshal(p) // pointers to numbers
			return string(text)
		}
		lines = append(lines, fmt.Sprintf("%d %s %q memory %s/%s busy %s heat %s fan %s power %s", g.ID, g.Driver, g.Name,
			show(g.MemoryUsed), show(g.MemoryTotal), show(g.Utilization), show(g.Temperature), show(g.FanSpeed), show(g.PowerDraw)))
	}
	return strings.Join(lines, "\n")
}

const amdMetric = `[{"gpu": 0, "usage": {"gfx_activity": {"value": 42, "unit": "%"}, "vcn_activity": [{"value": 0, "unit": "%"}, "N/A"]},
	"power": {"socket_power": {"value": 120, "unit": "W"}}, "temperature": {"edge": {"value": 61, "unit": "C"}, "hotspot": {"value": 70, "unit": "C"}},
	"fan": {"speed": {"value": 80, "unit": ""}, "usage": {"value": 31.4, "unit": "%"}},
	"mem_usage": {"total_vram": {"value": 24560, "unit": "MB"}, "used_vram": {"value": 4096, "unit": "MB"}}}]`

func TestPromise1_WhatCardsTellIsReadAndWhatTheyDoNotIsNil(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		parse  func([]byte) ([]lora.GPUUsage, error)
		output string
		want   string
		broken bool
	}{
		{"a card of NVIDIA", parseNvidia, "0, NVIDIA GeForce RTX 4090, 2048, 24564, 37, 54, 30, 120.55\n",
			`0 nvidia "NVIDIA GeForce RTX 4090" memory 2147483648/25757220864 busy 37 heat 54 fan 30 power 120.55`, false},
		{"two cards, the second of which tells little", parseNvidia,
			"0, NVIDIA A100-SXM4-80GB, 0, 81920, 0, 31, [N/A], 61.3\r\n1, Tesla K80, [Not Supported], 11441, [Unknown Error], N/A, [Not Found], [GPU requires reset]\r\n",
			`0 nvidia "NVIDIA A100-SXM4-80GB" memory 0/85899345920 busy 0 heat 31 fan null power 61.3` + "\n" +
				`1 nvidia "Tesla K80" memory null/11996758016 busy null heat null fan null power null`, false},
		{"units that were asked to be left out", parseNvidia, "0, X, 1 MiB, 2 MiB, 3 %, 4, 5 %, 6 W",
			`0 nvidia "X" memory 1048576/2097152 busy 3 heat 4 fan 5 power 6`, false},
		{"a name with a comma", parseNvidia, "0, Card, the second, 1, 2, 3, 4, 5, 6", `0 nvidia "Card, the second" memory 1048576/2097152 busy 3 heat 4 fan 5 power 6`, false},
		{"a name in the code page of China", parseNvidia, "0, \xcf\xd4\xbf\xa8, 1, 2, 3, 4, 5, 6", `0 nvidia "显卡" memory 1048576/2097152 busy 3 heat 4 fan 5 power 6`, false},
		{"a name that would paint on a terminal", parseNvidia, "0, \x1b[31mred\x07, 1, 2, 3, 4, 5, 6", `0 nvidia "[31mred" memory 1048576/2097152 busy 3 heat 4 fan 5 power 6`, false},
		{"no name", parseNvidia, "0, , 1, 2, 3, 4, 5, 6", `0 nvidia "NVIDIA graphics card" memory 1048576/2097152 busy 3 heat 4 fan 5 power 6`, false},
		{"values that cannot be true", parseNvidia, "0, X, -1, 99999999999999999999, 101, 1e9, NaN, Inf",
			`0 nvidia "X" memory null/null busy null heat null fan null power null`, false},
		{"a sentence between the cards", parseNvidia, "Unable to determine the device handle for GPU 0000:01:00.0\n1, X, 1, 2, 3, 4, 5, 6\n",
			`1 nvidia "X" memory 1048576/2097152 busy 3 heat 4 fan 5 power 6`, false},
		{"a computer whose cards are out", parseNvidia, "No devices were found\n", "", false},
		{"a driver that is not loaded", parseNvidia, "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.\n", "", true},
		{"nothing", parseNvidia, "", "", true},

		{"amd-smi before ROCm 7", parseAMD, amdMetric, `0 amd "AMD graphics card" memory 4294967296/25753026560 busy 42 heat 61 fan 31.4 power 120`, false},
		{"amd-smi since ROCm 7", parseAMD, `{"gpu_data": ` + amdMetric + `}`, `0 amd "AMD graphics card" memory 4294967296/25753026560 busy 42 heat 61 fan 31.4 power 120`, false},
		{"amd-smi with a warning before and a line behind", parseAMD, "WARNING: user is not in the group render\n" + amdMetric + "\ndone\n",
			`0 amd "AMD graphics card" memory 4294967296/25753026560 busy 42 heat 61 fan 31.4 power 120`, false},
		{"a card that tells nothing", parseAMD, `[{"gpu": 3, "usage": "N/A", "power": {"socket_power": "N/A"}, "temperature": {"edge": "N/A", "hotspot": {"value": 44}}, "mem_usage": []}]`,
			`3 amd "AMD graphics card" memory null/null busy null heat 44 fan null power null`, false},
		{"amd-smi that knows no card", parseAMD, `[]`, "", false},
		{"amd-smi with another shape", parseAMD, `{"error": "no"}`, "", true},
		{"amd-smi that is cut off", parseAMD, amdMetric[:60], "", true},

		{"rocm-smi", parseROCm, `{"card1": {"GPU use (%)": "0", "VRAM Total Memory (B)": "536870912", "VRAM Total Used Memory (B)": "27856896", "Card series": "Radeon 680M",
			"Current Socket Graphics Package Power (W)": "9.215", "Temperature (Sensor junction) (C)": "47.0"},
			"card0": {"GPU use (%)": "88", "VRAM Total Memory (B)": "21458059264", "VRAM Total Used Memory (B)": "100", "Card Series": "Radeon RX 7900 XT",
			"Average Graphics Package Power (W)": "210.0", "Temperature (Sensor edge) (C)": "62.0", "Fan speed (%)": "35"}, "system": {"Driver version": "6.7"}}`,
			`0 amd "Radeon RX 7900 XT" memory 100/21458059264 busy 88 heat 62 fan 35 power 210` + "\n" +
				`1 amd "Radeon 680M" memory 27856896/536870912 busy 0 heat 47 fan null power 9.215`, false},
		{"rocm-smi that knows no name", parseROCm, `{"card0": {"Card Series": "N/A", "GPU use (%)": "N/A"}}`, `0 amd "AMD graphics card" memory null/null busy null heat null fan null power null`, false},
		{"rocm-smi without cards", parseROCm, "WARNING: No AMD GPUs specified\n{}", "", false},
		{"rocm-smi that fails", parseROCm, "Traceback (most recent call last):", "", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			gpus, err := c.parse([]byte(c.output))
			if got := told(gpus); got != c.want || (err != nil) != c.broken {
				t.Errorf("got %v:\n%s\nwant:\n%s", err, got, c.want)
			}
		})
	}
}

func TestNamesOfCardsComeFromAmdSMI(t *testing.T) {
	t.Parallel()
	names := amdNames([]byte(`{"gpu_data": [{"gpu": 1, "asic": {"market_name": "AMD Instinct MI355X"}}, {"gpu": 0, "asic": "N/A"}]}`))
	if names[1] != "AMD Instinct MI355X" || names[0] != amdCard {
		t.Error(names)
	}
}

func TestAThousandCardsAreNotShown(t *testing.T) {
	t.Parallel()
	gpus, err := parseNvidia([]byte(strings.Repeat("1, X, 1, 2, 3, 4, 5, 6\n", 1000)))
	if len(gpus) != maxGPUs || err != nil {
		t.Error(len(gpus), err)
	}
}

// plausible checks what holds of any card, whatever its driver said.
func plausible(t *testing.T, gpus []lora.GPUUsage) {
	t.Helper()
	if len(gpus) > maxGPUs {
		t.Fatal(len(gpus))
	}
	for _, g := range gpus {
		within := func(what string, n *float64, low, high float64) {
			if n != nil && (*n < low || *n > high || *n != *n) {
				t.Errorf("%s is %v", what, *n)
			}
		}
		within("busy", g.Utilization, 0, 100)
		within("heat", g.Temperature, -100, 250)
		within("fan", g.FanSpeed, 0, 200)
		within("power", g.PowerDraw, 0, 10_000)
		for _, n := range []*int{g.MemoryUsed, g.MemoryTotal} {
			if n != nil && (*n < 0 || *n > maxBytes) {
				t.Errorf("memory is %d", *n)
			}
		}
		if g.ID < 0 || g.Name == "" || len([]rune(g.Name)) > longestName || strings.ContainsAny(g.Name, "\n\x1b\x00") {
			t.Errorf("%d %q", g.ID, g.Name)
		}
		if _, err := json.Marshal(g); err != nil {
			t.Error(err)
		}
	}
}

func FuzzDrivers(f *testing.F) {
	f.Add([]byte("0, NVIDIA, 1, [N/A], 3, 4, 5, 6\n"))
	f.Add([]byte(amdMetric))
	f.Add([]byte(`{"gpu_data": [{"gpu": "-7", "asic": {"market_name": "\u0000"}, "usage": {"gfx_activity": 1e400}}]}`))
	f.Add([]byte(`{"card0": {"GPU use (%)": "1", "card series": "\ud800"}, "card00": []}`))
	f.Fuzz(func(t *testing.T, output []byte) {
		for _, parse := range []func([]byte) ([]lora.GPUUsage, error){parseNvidia, parseAMD, parseROCm} {
			gpus, err := parse(output)
			if err != nil && len(gpus) > 0 {
				t.Error("cards and an error")
			}
			plausible(t, gpus)
		}
		amdNames(output)
	})
}
