package harness

import (
	"encoding/json"
	"net/http"
	"net/url"
	"testing"
	"time"

	"loramanager/internal/lora"
)

const scanPatience = 90 * time.Second

// AddRoot adds a library folder and waits for its scan.
func (s *Server) AddRoot(dir string) (lora.Root, lora.Scan) {
	s.t.Helper()
	var added struct {
		Root lora.Root `json:"root"`
		Scan lora.Scan `json:"scan"`
	}
	s.Call(http.MethodPost, "/api/v1/roots", map[string]string{"path": dir}, &added)
	return added.Root, s.Await(added.Scan.ID)
}

// Scan scans all library folders and waits for the end. A scan that still runs, or is
// just closing its books, is waited for first.
func (s *Server) Scan() lora.Scan {
	s.t.Helper()
	var r *Reply
	Eventually(s.t, scanPatience, "a scan can begin", func() bool {
		r = s.Ask(http.MethodPost, "/api/v1/scans", "")
		return r.Status != http.StatusConflict
	})
	var started struct {
		Scan lora.Scan `json:"scan"`
	}
	if err := json.Unmarshal(r.Body, &started); err != nil || r.Status != http.StatusAccepted {
		s.t.Fatalf("a scan did not begin: %d %.500s\n%s", r.Status, r.Body, s.Log())
	}
	return s.Await(started.Scan.ID)
}

// Await waits until a scan is over and returns its report.
func (s *Server) Await(id string) lora.Scan {
	s.t.Helper()
	var read struct {
		Scan lora.Scan `json:"scan"`
	}
	Eventually(s.t, scanPatience, "the scan is over", func() bool {
		s.Call(http.MethodGet, "/api/v1/scans/"+id, nil, &read)
		return read.Scan.State != lora.ScanRunning
	})
	return read.Scan
}

// AwaitFirstScan waits for the scan of the folders a server was started with.
func (s *Server) AwaitFirstScan() lora.Scan {
	s.t.Helper()
	var listed struct {
		Scans []lora.Scan `json:"scans"`
	}
	Eventually(s.t, scanPatience, "the first scan is over", func() bool {
		s.Call(http.MethodGet, "/api/v1/scans?limit=1", nil, &listed)
		return len(listed.Scans) > 0 && listed.Scans[0].State != lora.ScanRunning
	})
	return s.Await(listed.Scans[0].ID)
}

// Adapters returns all adapters that match a search, through as many pages as it takes.
func (s *Server) Adapters(q string) []lora.Adapter {
	s.t.Helper()
	var all []lora.Adapter
	query := url.Values{"q": {q}, "per_page": {"200"}}
	for {
		var page struct {
			Items      []lora.Adapter `json:"items"`
			NextCursor *string        `json:"next_cursor"`
		}
		s.Call(http.MethodGet, "/api/v1/adapters?"+query.Encode(), nil, &page)
		all = append(all, page.Items...)
		if page.NextCursor == nil {
			return all
		}
		query.Set("after", *page.NextCursor)
	}
}

// ByFile returns all adapters by their file names, which must differ.
func (s *Server) ByFile() map[string]lora.Adapter {
	s.t.Helper()
	found := map[string]lora.Adapter{}
	for _, a := range s.Adapters("") {
		if _, twice := found[a.FileName]; twice {
			s.t.Errorf("%s is listed twice", a.FileName)
		}
		found[a.FileName] = a
	}
	return found
}

// Outcome is what became of a command.
type Outcome struct {
	Code        int
	Out, Stderr string
}

// Run runs a command of the program to its end.
func Run(t testing.TB, args ...string) Outcome {
	t.Helper()
	c := command(t, "", args, nil)
	var out, stderr buffer
	c.Stdout, c.Stderr = &out, &stderr
	_ = c.Run() // the exit code says it
	return Outcome{Code: c.ProcessState.ExitCode(), Out: out.String(), Stderr: stderr.String()}
}
