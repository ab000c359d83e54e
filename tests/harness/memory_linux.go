package harness

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// Memory is what a process takes, in bytes.
type Memory struct {
	Now  int64 // resident at this moment
	Peak int64 // the most there ever was, or since ForgetPeak
}

// Memory asks the kernel. It answers false where there is no way to know.
func (s *Server) Memory() (Memory, bool) {
	s.t.Helper()
	status := s.proc("status")
	return Memory{Now: kib(status, "VmRSS:"), Peak: kib(status, "VmHWM:")}, true
}

// ForgetPeak lets the peak begin anew from what the process takes now.
func (s *Server) ForgetPeak() {
	s.t.Helper()
	if err := os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", s.PID()), []byte("5"), 0); err != nil { //nolint:forbidigo // the kernel's own file
		s.t.Fatal(err)
	}
}

// BytesRead is how much the process has read from files and connections so far.
func (s *Server) BytesRead() (int64, bool) {
	s.t.Helper()
	for line := range strings.Lines(s.proc("io")) {
		if value, ok := strings.CutPrefix(line, "rchar: "); ok {
			n, err := strconv.ParseInt(strings.TrimSpace(value), 10, 64)
			return n, err == nil
		}
	}
	return 0, false
}

func (s *Server) proc(name string) string {
	s.t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", s.PID(), name)) //nolint:forbidigo // the kernel's own file
	if err != nil {
		s.t.Fatal(err)
	}
	return string(text)
}

func kib(status, field string) int64 {
	for line := range strings.Lines(status) {
		if value, ok := strings.CutPrefix(line, field); ok {
			n, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
			if err == nil {
				return n << 10
			}
		}
	}
	return 0
}
