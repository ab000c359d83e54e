package httpapi

import (
	"net/netip"
	"sync"
	"time"
)

const (
	guessesPerMinute = 10
	maxGuessers      = 10_000 // addresses remembered; IPv6 users own many, so /64 counts as one
)

// guesses counts wrong keys by address, so that a key cannot be found by trying.
type guesses struct {
	now func() time.Time

	mu     sync.Mutex
	minute int64
	counts map[netip.Prefix]int
}

func newGuesses(now func() time.Time) *guesses {
	return &guesses{now: now, counts: map[netip.Prefix]int{}}
}

// exhausted reports whether an address has used up this minute's guesses.
func (g *guesses) exhausted(addr netip.Addr) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.turn()
	return g.counts[block(addr)] >= guessesPerMinute
}

// failed counts a wrong key (not a missing one) and reports whether it was one too many.
func (g *guesses) failed(addr netip.Addr, tried bool) bool {
	if !tried {
		return false
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.turn()
	b := block(addr)
	if len(g.counts) < maxGuessers || g.counts[b] > 0 {
		g.counts[b]++
	}
	return g.counts[b] > guessesPerMinute
}

// turn starts a new minute.
func (g *guesses) turn() {
	if minute := g.now().Unix() / 60; minute != g.minute {
		g.minute = minute
		clear(g.counts)
	}
}

func block(addr netip.Addr) netip.Prefix {
	bits := 32
	if addr.Is6() {
		bits = 64
	}
	p, _ := addr.Prefix(bits) // the zero Addr gives the zero Prefix: unknown addresses share one count
	return p
}
