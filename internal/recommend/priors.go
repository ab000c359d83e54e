package recommend

import (
	"math"
	"time"
)

// priors are the signals that do not depend on the question, by slot. They are worked out
// when an adapter or the time has changed, not for every question.
// NaN stands where nothing is known.
type priors struct {
	quality, popularity, recency, taste []float32
	recencyAt                           int64 // Unix seconds at which recency was true
}

func (p *priors) put(slot uint32, a *adapter, taste float32) {
	for int(slot) >= len(p.quality) {
		p.quality, p.popularity = append(p.quality, 0), append(p.popularity, 0)
		p.recency, p.taste = append(p.recency, 0), append(p.taste, 0)
	}
	p.quality[slot], p.popularity[slot] = a.quality(), a.popularity()
	p.recency[slot], p.taste[slot] = a.recency(p.recencyAt), taste
}

// old reports whether recency is more than a quarter of an hour old, or the clock was set
// back.
func (p *priors) old(now time.Time) bool {
	old := now.Unix() - p.recencyAt
	return old < 0 || old >= 15*60
}

// age works recency out anew.
func (p *priors) age(adapters []adapter, now time.Time) {
	p.recencyAt = now.Unix()
	for slot := range adapters {
		p.recency[slot] = adapters[slot].recency(p.recencyAt)
	}
}

// Ratings of few are drawn to the middle: they count as if this many had said "average".
const (
	averageRating = 4.0 // of 5: what is shared is mostly rated well
	doubtfulVotes = 20
)

// quality is what others rated the adapter where it comes from, drawn to the average when
// few did; NaN when nobody is known to have.
func (a *adapter) quality() float32 {
	if a.hubRating == 0 {
		return nan
	}
	votes := float64(a.hubLikes) + float64(a.downloads)/100
	rating := (float64(a.hubRating)*(votes+1) + averageRating*doubtfulVotes) / (votes + 1 + doubtfulVotes)
	return float32(rating / 5)
}

// Uses and downloads at which popularity is halfway, or all there is.
const (
	halfUses     = 10
	allDownloads = 1e6
	usesPart     = 0.7
)

// popularity is how often the adapter was used here, and downloaded elsewhere where that
// is known.
func (a *adapter) popularity() float32 {
	used := float64(a.uses) / float64(a.uses+halfUses)
	if a.downloads == 0 {
		return float32(used)
	}
	return float32(usesPart*used + (1-usesPart)*min(1, math.Log10(float64(a.downloads)+1)/math.Log10(allDownloads)))
}

// Half-lives of being new, and of having been used.
const (
	newHalfLife  = 90 * 24 * 3600
	usedHalfLife = 21 * 24 * 3600
)

// recency is how lately the adapter was used, added or published; 1 is now. Moments in the
// future come from a clock that was wrong and say nothing; NaN when there is no other.
func (a *adapter) recency(now int64) float32 {
	best := -1.0
	for _, m := range [...]struct {
		at       int64
		halfLife float64
	}{{a.added, newHalfLife}, {a.published, newHalfLife}, {a.lastUsed, usedHalfLife}} {
		if m.at > 0 && m.at <= now {
			best = max(best, math.Exp2(-float64(now-m.at)/m.halfLife))
		}
	}
	if best < 0 {
		return nan
	}
	return float32(best)
}

// nan stands for a score that there is nothing to base on.
var nan = float32(math.NaN())
