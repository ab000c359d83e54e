package main

import (
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"loramanager/internal/lora"
)

// transferBar shows how far a transfer is on the error stream: a live bar on a terminal,
// else a plain line every few seconds.
type transferBar struct {
	out   io.Writer
	bars  *mpb.Progress
	bar   *mpb.Bar
	told  time.Time
	phase atomic.Pointer[string]
	ended bool
}

func newTransferBar(s streams) *transferBar {
	b := &transferBar{out: s.err, told: time.Now()}
	phase := ""
	b.phase.Store(&phase)
	if s.progress {
		b.bars = mpb.New(mpb.WithOutput(s.err), mpb.WithAutoRefresh())
		b.bar = b.bars.New(0, mpb.BarStyle(), mpb.PrependDecorators(decor.Any(func(decor.Statistics) string { return *b.phase.Load() + " " })),
			mpb.AppendDecorators(decor.Percentage(decor.WC{W: 5}), decor.Elapsed(decor.ET_STYLE_GO, decor.WC{W: 6})), mpb.BarRemoveOnComplete())
	}
	return b
}

// show takes over how a transfer stands.
func (b *transferBar) show(t *lora.Transfer) {
	text := phaseText(t)
	if b.bar != nil {
		b.phase.Store(&text)
		done, all := t.Bytes, t.BytesTotal
		if all == 0 {
			done, all = int64(t.Items), int64(t.ItemsTotal)
		}
		b.bar.SetTotal(max(all, 1)+1, false) // it is complete only when the transfer is over
		b.bar.SetCurrent(min(done, all))
		return
	}
	if now := time.Now(); now.Sub(b.told) >= plainEvery {
		b.told = now
		_, _ = fmt.Fprintln(b.out, text)
	}
}

// phaseText says what a transfer does and how far it is with that.
func phaseText(t *lora.Transfer) string {
	text := t.Phase
	if text == "" {
		text = string(t.State)
	}
	if t.ItemsTotal > 0 {
		text += fmt.Sprintf(" %d of %d", t.Items, t.ItemsTotal)
	}
	if t.BytesTotal > 0 {
		text += fmt.Sprintf(", %s of %s", bytesText(t.Bytes), bytesText(t.BytesTotal))
	}
	return text
}

// end takes the live bar away. It may be called more than once.
func (b *transferBar) end() {
	if b.bar == nil || b.ended {
		return
	}
	b.ended = true
	b.bar.SetTotal(-1, true)
	b.bars.Wait()
}
