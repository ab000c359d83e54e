package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/dustin/go-humanize"
	"github.com/mattn/go-isatty"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

// page prints labelled rows, in colour only on a terminal. Everything from files
// is made harmless first: control characters would reach the terminal.
type page struct {
	out    io.Writer
	colour bool
}

const labelWidth = 14

func (p *page) title(text string) { _, _ = fmt.Fprintln(p.out, p.paint("1", text)) }

// row prints nothing when there is nothing to say.
func (p *page) row(label, text string) {
	if text == "" {
		return
	}
	_, _ = fmt.Fprintf(p.out, "  %s %s\n", p.paint("2", fmt.Sprintf("%-*s", labelWidth, label)), guard.DisplayName(text))
}

var severityColour = map[lora.Severity]string{lora.Defect: "31", lora.Warning: "33", lora.Info: "36"}

func (p *page) finding(f lora.Finding) {
	text := guard.DisplayName(f.Message)
	if f.Subject != "" {
		text += " [" + guard.DisplayName(f.Subject) + "]"
	}
	_, _ = fmt.Fprintf(p.out, "  %s %s\n", p.paint(severityColour[f.Severity], fmt.Sprintf("%-*s", labelWidth, f.Severity)), text)
	if f.Advice != "" {
		_, _ = fmt.Fprintf(p.out, "  %s %s\n", strings.Repeat(" ", labelWidth), guard.DisplayName(f.Advice))
	}
}

func (p *page) paint(code, text string) string {
	if !p.colour || code == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

// bytesText writes a number of bytes for people.
func bytesText(n int64) string { return humanize.IBytes(uint64(max(n, 0))) } //nolint:gosec // not negative

// isTerminal reports whether f is a terminal that may be written to in colour.
func isTerminal(f *os.File) bool {
	return os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" && isatty.IsTerminal(f.Fd())
}
