package soak

import (
	"slices"
	"time"
)

// figures are what the server took at a moment.
type figures struct {
	at                      time.Duration // since the beginning
	memory                  int64         // resident bytes
	goroutines, descriptors int
}

// slope is the median of the slopes between all pairs of samples, in bytes per hour. A few
// peaks, as backups make, do not move it.
func slope(samples []figures) float64 {
	var all []float64
	for i, a := range samples {
		for _, b := range samples[i+1:] {
			if b.at > a.at {
				all = append(all, float64(b.memory-a.memory)/(b.at-a.at).Hours())
			}
		}
	}
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	return all[len(all)/2]
}
