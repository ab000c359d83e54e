//go:build !linux

package harness

// Memory is what a process takes, in bytes.
type Memory struct {
	Now  int64 // resident at this moment
	Peak int64 // the most there ever was, or since ForgetPeak
}

// Memory answers false: only Linux tells it without further tools.
func (s *Server) Memory() (Memory, bool) { return Memory{}, false }

// ForgetPeak does nothing.
func (s *Server) ForgetPeak() {}

// BytesRead answers false: only Linux tells it without further tools.
func (s *Server) BytesRead() (int64, bool) { return 0, false }
