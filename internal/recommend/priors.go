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

// clockSlack is how many seconds ahead a moment may be and count as now: recency is up to a
// quarter of an hour old when an adapter is added, and other replicas have clocks of their
// own.
const clockSlack = 3600

// recency is how lately the adapter was used, added or published; 1 is now, and NaN stands
// where no such moment is known.
func (a *adapter) recency(now int64) float32 {
	score, _, _ := a.latest(now)
	return score
}

// latest is the moment that recency rests on, with what happened then. Moments in the
// future come from a clock that was wrong and say nothing.
func (a *adapter) latest(now int64) (score float32, verb string, at int64) {
	score = nan
	for _, m := range [...]struct {
		at       int64
		halfLife float64
		verb     string
	}{{a.added, newHalfLife, "Added"}, {a.published, newHalfLife, "Published"}, {a.lastUsed, usedHalfLife, "Used"}} {
		if m.at <= 0 || m.at > now+clockSlack {
			continue
		}
		age := float64(max(now-m.at, 0))
		if s := float32(math.Exp2(-age / m.halfLife)); score != score || s > score {
			score, verb, at = s, m.verb, m.at
		}
	}
	return score, verb, at
}

// nan stands for a score that there is nothing to base on.
var nan = float32(math.NaN())
