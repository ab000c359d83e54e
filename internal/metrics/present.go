package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"loramanager/internal/lora"
)

// Figures are what is so now.
type Figures struct {
	Pending, Running, Retrying int // jobs, of all processes
	Paused                     bool
	OldestWaiting              time.Duration // age of the job that waits longest; 0 when none waits
	Sockets                    int           // live connections
	SocketsCut                 int           // those that were too slow, since the start
	Checks                     map[lora.CheckState]int
	Adapters                   int // that can be recommended
}

// present tells the figures of now at each scrape.
type present struct{ figures func() Figures }

func described(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(prometheus.BuildFQName(namespace, "", name), help, labels, nil)
}

var (
	queueJobs    = described("queue_jobs", "Jobs that wait or run, of all processes; at most a few seconds old.", "status")
	queuePaused  = described("queue_paused", "1 while no more jobs are begun.")
	queueOldest  = described("queue_oldest_waiting_seconds", "Age of the job that waits longest; 0 when none waits.")
	sockets      = described("websocket_clients", "Live connections.")
	socketsCut   = described("websocket_cut_total", "Live connections that were ended because they did not keep up.")
	checks       = described("checks", "Parts of the system by how the last look found them.", "state")
	recommending = described("recommend_adapters", "Adapters in the index of recommendations.")
)

// Describe implements prometheus.Collector.
func (p *present) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{queueJobs, queuePaused, queueOldest, sockets, socketsCut, checks, recommending} {
		to <- d
	}
}

// Collect implements prometheus.Collector.
func (p *present) Collect(to chan<- prometheus.Metric) {
	f := p.figures()
	gauge := func(d *prometheus.Desc, value float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	gauge(queueJobs, float64(f.Pending), string(lora.JobPending))
	gauge(queueJobs, float64(f.Running), string(lora.JobRunning))
	gauge(queueJobs, float64(f.Retrying), string(lora.JobRetrying))
	paused := 0.0
	if f.Paused {
		paused = 1
	}
	gauge(queuePaused, paused)
	gauge(queueOldest, seconds(f.OldestWaiting))
	gauge(sockets, float64(f.Sockets))
	to <- prometheus.MustNewConstMetric(socketsCut, prometheus.CounterValue, float64(f.SocketsCut))
	for _, state := range []lora.CheckState{lora.CheckOK, lora.CheckWarning, lora.CheckError, lora.CheckOff, lora.CheckUnknown} {
		gauge(checks, float64(f.Checks[state]), string(state))
	}
	gauge(recommending, float64(f.Adapters))
}
