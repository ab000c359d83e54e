package httpapi

import (
	"math"

	"loramanager/internal/health"
	"loramanager/internal/lora"
)

// describeMachine fills what the contract says about the computer, in its units.
func (s *SystemStatus) describeMachine(found *health.Status, uptime float64) {
	s.GPUAvailable = len(found.GPUs) > 0
	s.GPUStatus = found.Dashboard().GPUStatus
	sample := found.Resources
	if sample == nil {
		return
	}
	m := SystemMetrics{
		CPUPercent: sample.CPUPercent, MemoryUsed: mebibytes(sample.MemoryUsed), MemoryTotal: mebibytes(sample.MemoryTotal),
		DiskUsed: mebibytes(sample.DiskUsed), DiskTotal: mebibytes(sample.DiskTotal), DiskPercent: share(sample.DiskUsed, sample.DiskTotal),
		GPUs: make([]SystemGPU, 0, len(found.GPUs)), UptimeSeconds: uptime, Timestamp: sample.At,
	}
	if percent := share(sample.MemoryUsed, sample.MemoryTotal); percent != nil {
		whole := int(math.Round(*percent))
		m.MemoryPercent = &whole
	}
	for i := range found.GPUs {
		m.GPUs = append(m.GPUs, systemGPU(&found.GPUs[i]))
	}
	used, total := m.MemoryUsed, m.MemoryTotal
	if len(m.GPUs) > 0 && m.GPUs[0].MemoryUsed != nil && m.GPUs[0].MemoryTotal != nil {
		used, total = m.GPUs[0].MemoryUsed, m.GPUs[0].MemoryTotal
	}
	if used != nil && total != nil {
		s.MemoryUsed, s.MemoryTotal = *used, *total
	}
	s.Metrics = &m
}

func systemGPU(g *lora.GPUUsage) SystemGPU {
	return SystemGPU{
		ID: g.ID, Name: g.Name, MemoryTotal: mebibytes(g.MemoryTotal), MemoryUsed: mebibytes(g.MemoryUsed),
		MemoryPercent: share(g.MemoryUsed, g.MemoryTotal), Temperature: g.Temperature, Utilization: g.Utilization,
		FanSpeed: g.FanSpeed, PowerDraw: g.PowerDraw,
	}
}

func mebibytes(bytes *int) *int {
	if bytes == nil {
		return nil
	}
	m := *bytes >> 20
	return &m
}

// share is a percentage with one digit; nil when it is not known.
func share(used, total *int) *float64 {
	if used == nil || total == nil || *total <= 0 {
		return nil
	}
	percent := math.Round(1000*float64(*used)/float64(*total)) / 10
	return &percent
}
