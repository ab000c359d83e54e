//go:build failpoints

package main

import (
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"

	"loramanager/internal/guard"
)

// LORAMANAGER_FAILPOINT is the name of a point, or name:n for the nth time it is reached.
// There the process kills itself as kill -9 would.
var (
	failName, failTimes = wantedFailpoint()
	failReached         atomic.Int64
)

func wantedFailpoint() (name string, times int64) {
	name, nth, _ := strings.Cut(os.Getenv("LORAMANAGER_FAILPOINT"), ":")
	times, err := strconv.ParseInt(nth, 10, 64)
	if err != nil {
		times = 1
	}
	return name, times
}

func failpoint(name string) {
	if name != failName || failReached.Add(1) != failTimes {
		return
	}
	_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	select {} // the signal is on its way
}

func beforeKeep(step guard.KeepStep) error {
	failpoint("keep." + string(step))
	return nil
}
