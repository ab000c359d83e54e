package machine

import (
	"bytes"
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"loramanager/internal/lora"
)

const (
	amd     = "amd"
	amdCard = "AMD graphics card"
)

// document cuts off what a program writes before its JSON, such as warnings of Python.
func document(output []byte) []byte {
	if i := bytes.IndexAny(output, "[{"); i >= 0 {
		return output[i:]
	}
	return nil
}

// decode reads the first JSON value of what a program wrote; lines may follow it.
func decode(output []byte, to any) error {
	return json.NewDecoder(bytes.NewReader(output)).Decode(to)
}

// amdCards are the cards in an answer of amd-smi: a list, or since ROCm 7 an object with
// the list.
func amdCards(output []byte) ([]object, error) {
	var cards []object
	if decode(document(output), &cards) == nil {
		return cards, nil
	}
	var whole struct {
		Cards []object `json:"gpu_data"`
	}
	if decode(document(output), &whole) != nil || whole.Cards == nil {
		return nil, errNoSense
	}
	return whole.Cards, nil
}

// parseAMD reads what amd-smi metric --json says. Values come with their units; memory in
// MB means MiB.
func parseAMD(output []byte) ([]lora.GPUUsage, error) {
	cards, err := amdCards(output)
	if err != nil {
		return nil, err
	}
	gpus := []lora.GPUUsage{}
	for i, card := range cards {
		if len(gpus) == maxGPUs {
			break
		}
		heat, power, vram, air := card.at("temperature"), card.at("power"), card.at("mem_usage"), card.at("fan")
		gpus = append(gpus, lora.GPUUsage{
			ID: idOf(card, i), Name: amdCard, Driver: amd,
			MemoryUsed: memory(vram.text("used_vram"), mib), MemoryTotal: memory(vram.text("total_vram"), mib),
			Utilization: percentOf(card.at("usage").text("gfx_activity")),
			Temperature: first(degrees(heat.text("edge")), degrees(heat.text("hotspot"))),
			FanSpeed:    fan(air.text("usage")), PowerDraw: watts(power.text("socket_power")),
		})
	}
	return gpus, nil
}

// amdNames reads what amd-smi static --asic --json says: names by the number of the card.
func amdNames(output []byte) map[int]string {
	cards, err := amdCards(output)
	if err != nil {
		return nil
	}
	names := map[int]string{}
	for i, card := range cards[:min(len(cards), maxGPUs)] {
		names[idOf(card, i)] = cardName(card.at("asic").text("market_name"), amdCard)
	}
	return names
}

func idOf(card object, usual int) int {
	if id, err := strconv.Atoi(card.text("gpu")); err == nil && id >= 0 {
		return id
	}
	return usual
}

// rocmCard is how rocm-smi calls cards; other members tell of the system.
var rocmCard = regexp.MustCompile(`^card([0-9]{1,4})$`)

// parseROCm reads what rocm-smi --json says: an object for each card whose members are
// texts, with units in their names and names that differ between versions.
func parseROCm(output []byte) ([]lora.GPUUsage, error) {
	all := object{}
	if decode(document(output), &all) != nil {
		return nil, errNoSense
	}
	byID := map[int]lora.GPUUsage{}
	for name := range all {
		found := rocmCard.FindStringSubmatch(name)
		card := all.at(name)
		if found == nil || card == nil {
			continue
		}
		id, _ := strconv.Atoi(found[1]) // four digits
		byID[id] = lora.GPUUsage{
			ID: id, Name: cardName(card.like("card series"), amdCard), Driver: amd,
			MemoryUsed:  memory(card.like("vram total used memory (b)"), 1),
			MemoryTotal: memory(card.like("vram total memory (b)"), 1),
			Utilization: percentOf(card.like("gpu use (%)")),
			Temperature: first(degrees(card.like("temperature (sensor edge) (c)")), degrees(card.like("temperature (sensor junction) (c)"))),
			FanSpeed:    fan(card.like("fan speed (%)")),
			PowerDraw:   first(watts(card.like("average graphics package power (w)")), watts(card.like("current socket graphics package power (w)"))),
		}
	}
	gpus := []lora.GPUUsage{}
	for _, id := range slices.Sorted(maps.Keys(byID)) {
		gpus = append(gpus, byID[id])
	}
	return gpus[:min(len(gpus), maxGPUs)], nil
}

// like is the text of the member with a name, in letters of any case.
func (o object) like(name string) string {
	for key := range o {
		if strings.EqualFold(key, name) {
			return o.text(key)
		}
	}
	return ""
}
