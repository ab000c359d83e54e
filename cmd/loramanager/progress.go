package main

import (
	"fmt"
	"io"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
)

// progress counts on the error stream: a live line on a terminal, else a plain line
// every few seconds.
type progress struct {
	out   io.Writer
	what  string
	bars  *mpb.Progress
	bar   *mpb.Bar
	count int64
	told  time.Time
	ended bool
}

const plainEvery = 5 * time.Second

func newProgress(s streams, what string) *progress {
	p := &progress{out: s.err, what: what, told: time.Now()}
	if s.progress {
		p.bars = mpb.New(mpb.WithOutput(s.err), mpb.WithAutoRefresh())
		p.bar = p.bars.New(0, mpb.SpinnerStyle(),
			mpb.AppendDecorators(decor.CurrentNoUnit("%d "+what), decor.Elapsed(decor.ET_STYLE_GO, decor.WC{W: 6})), mpb.BarRemoveOnComplete())
	}
	return p
}

func (p *progress) add(n int64) {
	p.count += n
	if p.bar != nil {
		p.bar.IncrInt64(n)
		return
	}
	if now := time.Now(); now.Sub(p.told) >= plainEvery {
		p.told = now
		_, _ = fmt.Fprintf(p.out, "%d %s\n", p.count, p.what)
	}
}

// end takes the live line away. It may be called more than once.
func (p *progress) end() {
	if p.bar == nil || p.ended {
		return
	}
	p.ended = true
	p.bar.SetTotal(-1, true)
	p.bars.Wait()
}
