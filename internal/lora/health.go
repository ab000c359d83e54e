package lora

import "time"

// CheckState is how a part of the system is doing.
type CheckState string

// The states. Off is a part that is not set up, which is nothing to worry about;
// unknown one that was not looked at yet, or whose look took too long.
const (
	CheckOK      CheckState = "ok"
	CheckWarning CheckState = "warning"
	CheckError   CheckState = "error"
	CheckOff     CheckState = "off"
	CheckUnknown CheckState = "unknown"
)

// Check is what a look at one part of the system found. Advice says what the user can do
// about a warning or an error, and Link is the page of the web app where.
type Check struct {
	ID        string         `json:"id" doc:"area:name, such as engine:sdnext or disk:root:ID"`
	Area      string         `json:"area" enum:"database,redis,disk,engine,importer,worker,queue,gpu,recommend,backups"`
	Name      string         `json:"name" doc:"What it is called; empty where the area says it all"`
	State     CheckState     `json:"state" enum:"ok,warning,error,off,unknown"`
	Detail    string         `json:"detail"`
	Advice    string         `json:"advice"`
	Link      string         `json:"link" doc:"Path in the web app, empty when there is none"`
	Facts     map[string]any `json:"facts" nullable:"false" doc:"Figures behind it: bytes, seconds, versions"`
	CheckedAt *time.Time     `json:"checked_at"`
	TookMS    float64        `json:"took_ms"`
}

// WorkerLife is a process that runs jobs, as it last said about itself.
type WorkerLife struct {
	Name      string    `json:"name"`
	Host      string    `json:"host"`
	Version   string    `json:"version"`
	StartedAt time.Time `json:"started_at"`
	BeatAt    time.Time `json:"beat_at"`
	Running   int       `json:"running" doc:"Jobs it works on now"`
	Alive     bool      `json:"alive" doc:"It said so within the last 30 seconds"`
}
