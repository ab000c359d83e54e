package metrics

import (
	"net/http"
	"runtime"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Options say what is told beside the counters.
type Options struct {
	Version, Commit string
	// Figures tells what is so now, from memory; it is called once for each scrape.
	Figures func() Figures
}

// Metrics holds the counters of one process.
type Metrics struct {
	registry *prometheus.Registry

	jobs      *prometheus.CounterVec
	jobRun    *prometheus.HistogramVec
	jobWait   *prometheus.HistogramVec
	requests  *prometheus.CounterVec
	responses *prometheus.HistogramVec
	scans     *prometheus.CounterVec
	scanTime  prometheus.Histogram
	scanFiles *prometheus.CounterVec
	digested  prometheus.Counter
	digests   prometheus.Counter

	transfers     *prometheus.CounterVec
	transferTime  *prometheus.HistogramVec
	transferBytes *prometheus.CounterVec
}

const namespace = "loramanager"

// Buckets of times in seconds. Jobs take from a moment to half an hour, requests far less.
var (
	jobBuckets     = []float64{0.1, 0.5, 1, 2, 5, 10, 20, 40, 80, 160, 320, 640, 1800}
	requestBuckets = []float64{0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10}
	scanBuckets    = []float64{0.1, 1, 5, 15, 60, 300, 900, 3600}
)

// New returns Metrics that count from zero.
func New(o Options) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		jobs:     counters("jobs_ended_total", "Jobs that ended in this process.", "kind", "engine", "status"),
		jobRun:   histograms("job_run_seconds", "From the begin of a job's last attempt to its end.", jobBuckets, "kind", "engine"),
		jobWait:  histograms("job_wait_seconds", "From the acceptance of a job to the begin of its last attempt.", jobBuckets, "kind", "engine"),

		requests:  counters("http_requests_total", "Answered requests by pattern of the route.", "method", "route", "status"),
		responses: histograms("http_request_seconds", "Time until a request was answered.", requestBuckets, "method", "route"),

		scans:     counters("scans_total", "Scans of library folders that ended.", "state"),
		scanTime:  histograms("scan_seconds", "Time of a scan that was finished.", scanBuckets).WithLabelValues().(prometheus.Histogram), //nolint:errcheck // a histogram's child is one
		scanFiles: counters("scan_files_total", "Adapter files that scans came across.", "outcome"),
		digested:  counters("digest_bytes_total", "Bytes of files whose digests were computed.").WithLabelValues(),
		digests:   counters("digest_files_total", "Files whose digests were computed.").WithLabelValues(),

		transfers:     counters("transfers_ended_total", "Exports, imports, backups and the like that ended in this process.", "kind", "state"),
		transferTime:  histograms("transfer_seconds", "Time of one that was done.", scanBuckets, "kind"),
		transferBytes: counters("transfer_bytes_total", "Bytes that went through the last phase of those that were done.", "kind"),
	}
	m.registry.MustRegister(m.jobs, m.jobRun, m.jobWait, m.requests, m.responses, m.scans, m.scanTime, m.scanFiles, m.digested, m.digests,
		m.transfers, m.transferTime, m.transferBytes,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), newBuildInfo(o))
	if o.Figures != nil {
		m.registry.MustRegister(&present{figures: o.Figures})
	}
	return m
}

func newBuildInfo(o Options) prometheus.Collector {
	info := prometheus.NewGaugeVec(prometheus.GaugeOpts{Namespace: namespace, Name: "build_info", Help: "1, with what runs in the labels."},
		[]string{"version", "commit", "go"})
	info.WithLabelValues(o.Version, o.Commit, runtime.Version()).Set(1)
	return info
}

func counters(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help}, labels)
}

func histograms(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
	return prometheus.NewHistogramVec(prometheus.HistogramOpts{Namespace: namespace, Name: name, Help: help, Buckets: buckets}, labels)
}

const (
	scrapesAtOnce  = 4
	scrapePatience = 10 * time.Second
)

// Handler answers scrapes in the text format of Prometheus and as OpenMetrics.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{
		EnableOpenMetrics: true, MaxRequestsInFlight: scrapesAtOnce, Timeout: scrapePatience,
	})
}
