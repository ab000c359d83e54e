package httpapi

import (
	"context"
	"net/http"
	"runtime"
	"time"

	"loramanager/internal/health"
	"loramanager/internal/lora"
	"loramanager/internal/stats"
)

type listResourcesInput struct {
	Range string `query:"range" enum:"1h,24h,7d,30d,90d" default:"24h"`
}

func (s *Server) routeStatus() {
	const tag = "system"
	route(s, http.MethodGet, "/system/status", "readSystemStatus", tag, "How everything is doing", s.readSystemStatus,
		describe("Says what looks in the background found; asks nobody."))
	route(s, http.MethodPost, "/system/check", "checkSystem", tag, "Look again now", s.checkSystem, accepted,
		describe("The looks happen in the background; system_changed tells when one found something else than before."))
	route(s, http.MethodGet, "/system/resources", "listResources", tag, "What the computers used", s.listResources)
}

// readSystemStatus answers from memory, so that it does while the database is away.
func (s *Server) readSystemStatus(context.Context, *none) (*reply[SystemStatus], error) {
	found, now := s.health.Status(), s.now().UTC()
	uptime := time.Since(found.StartedAt).Seconds()
	body := SystemStatus{
		Status: string(found.State), Backend: found.Backend, Warnings: list(found.Warnings), Message: "System status collected successfully",
		LastUpdated: found.UpdatedAt.UTC(), UpdatedAt: now, UptimeSeconds: uptime,
		QueueLength: active(found.Queue), ActiveWorkers: found.Queue.Running,
		Queue: SystemQueue{
			Total: active(found.Queue) + found.Queue.Failed, Active: active(found.Queue), Running: found.Queue.Running,
			Failed: found.Failed, Paused: found.Queue.Paused,
		},
		SDNext: s.sdnextStatus(), Importer: importerStatus(&found), Thresholds: thresholds(found.Limits),
		Checks: list(found.Checks), Workers: list(found.Workers), Resources: found.Resources,
		Versions: SystemVersions{
			Program: s.options.Version, Commit: s.options.Commit, Go: runtime.Version(), Database: s.store.Database(), Schema: s.store.Schema(),
		},
	}
	body.Recommendations.ModelsLoaded = s.recommend.Health().State == "ready"
	body.describeMachine(&found, uptime)
	return answer(body, nil)
}

func active(q lora.QueueState) int { return q.Pending + q.Running + q.Retrying }

func thresholds(l health.Limits) SystemThresholds {
	return SystemThresholds{
		Queue:    SystemQueueThresholds{Active: l.ActiveJobs, Failed: l.FailedJobs},
		Importer: SystemImporterThresholds{StaleHours: hoursOrNull(l.ScanAge)},
	}
}

func hoursOrNull(d time.Duration) *int {
	if d <= 0 {
		return nil
	}
	hours := int(d.Hours())
	return &hours
}

// sdnextStatus is what was learned last about the first engine of that kind.
func (s *Server) sdnextStatus() (status SystemSDNext) {
	for _, e := range s.engines.Status() {
		if e.Kind == lora.SDNext {
			return SystemSDNext{
				Configured: true, BaseURL: textOrNull(e.URL), Available: e.Reachable, Error: textOrNull(e.Error), CheckedAt: e.CheckedAt,
			}
		}
	}
	return status
}

func importerStatus(s *health.Status) SystemImporter {
	i := SystemImporter{
		LastIngested: s.Importer.LastScan, RecentImports: s.Importer.RecentImports, TotalAdapters: s.Importer.Adapters,
		Stale: s.Importer.Stale, StaleHours: hoursOrNull(s.Limits.ScanAge), Scanner: textOrNull(s.Importer.Scanner),
	}
	for _, check := range s.Checks {
		if path, ok := check.Facts["path"].(string); ok && check.Area == "disk" {
			i.ImportPath = &path
			break
		}
	}
	return i
}

// checkSystem has everything looked at again and does not wait for it.
func (s *Server) checkSystem(context.Context, *none) (*reply[CheckStarted], error) {
	s.health.CheckNow()
	return answer(CheckStarted{Message: "Everything is being looked at again."}, nil)
}

// resourceSpans are how far back the samples of a range go.
var resourceSpans = map[string]time.Duration{
	"1h": time.Hour, "24h": 24 * time.Hour, "7d": 7 * 24 * time.Hour, "30d": 30 * 24 * time.Hour, "90d": 90 * 24 * time.Hour,
}

func (s *Server) listResources(ctx context.Context, in *listResourcesInput) (*reply[ResourceList], error) {
	now := s.now()
	span := lora.Window{Start: now.Add(-resourceSpans[in.Range]), End: now, Zone: time.UTC}
	samples, err := s.stats.Samples(ctx, stats.Range{Window: span})
	for i := range samples {
		samples[i].GPUs = list(samples[i].GPUs)
	}
	return answer(ResourceList{Samples: list(samples)}, err)
}
