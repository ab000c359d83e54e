package library

import (
	"errors"
	"io"
	"maps"
	"path"
	"strings"

	"loramanager/internal/guard"
	"loramanager/internal/inspect"
	"loramanager/internal/lora"
	"loramanager/internal/safetensors"
	"loramanager/internal/sidecar"
)

// contents is what reading one adapter and its companions brought to light.
type contents struct {
	report      *lora.Report
	sidecars    []readSidecar
	quickDigest string
	failure     *lora.Finding // why the adapter file itself could not be read; nil when it could
	retry       bool          // the failure may pass by itself
	peftConfig  []byte
	odd         []lora.Finding
}

// readSidecar is a sidecar with the file it came from.
type readSidecar struct {
	*sidecar.Sidecar
	companion
}

// read opens the adapter and its sidecars. It returns an error only when the adapter
// cannot be opened or the disk fails; what is wrong inside is part of the contents.
func (f *folder) read(s *sighting, limits guard.Limits, beat func()) (contents, error) {
	var c contents
	f.note("open", s.rel)
	file, err := f.disk.Open(s.rel)
	if err != nil {
		return c, err
	}
	defer func() { _ = file.Close() }()
	for _, companion := range s.sidecars {
		beat()
		c.readSidecar(f, companion, limits)
	}
	beat()
	return c, c.readAdapter(file, s, limits)
}

// readAdapter judges the adapter itself. Of formats that can hold programs no more
// than the first bytes are ever read.
func (c *contents) readAdapter(file *guard.File, s *sighting, limits guard.Limits) error {
	if s.kind != safetensorsFile {
		return c.sniff(file, s.kind)
	}
	file.ReadScattered()
	head, err := newHeadReader(file, file.Size())
	if err != nil {
		return err
	}
	defer head.release()
	header, err := safetensors.Read(head, file.Size(), safetensors.Limits{HeaderBytes: limits.HeaderBytes})
	var refused *safetensors.Error
	switch {
	case errors.As(err, &refused):
		return c.refuse(head, file.Size(), refused)
	case err != nil:
		return err
	}
	o := c.hints(s.rel, header, sampled(inspect.ScalarReader(header, head)))
	o.Tags = keptTags
	c.report = inspect.Inspect(header, o)
	c.quickDigest, err = head.quickDigest(file.Size(), 8+header.HeaderBytes)
	return err
}

// keptTags is how many training tags the catalog keeps of a file. They are most of a
// report's bytes; a full report is read from the file itself.
const keptTags = 50

// hints are what stands beside the header and helps to judge it.
func (c *contents) hints(rel string, header *lora.Header, alphas scalarReader) inspect.Options {
	o := inspect.Options{FileName: path.Base(rel), AdapterConfig: c.peftConfig}
	if header.Metadata["ss_network_alpha"] == "" {
		o.Alphas = alphas // otherwise the trainer says it for all modules
	}
	for i := range c.sidecars {
		if o.SidecarBase == "" {
			o.SidecarBase = c.sidecars[i].BaseModel
		}
	}
	return o
}

// scalarReader reads a number such as an alpha from a file.
type scalarReader = func(lora.Tensor) (float64, bool)

// sampled asks read for a few alphas only. Each is a read far apart from the last,
// which on a hard disk costs more than everything else of a scan together; and nearly
// always they are all the same. When the first ones are, they answer for the rest.
func sampled(read scalarReader) scalarReader {
	const few, many = 3, 64
	asked, same := 0, true
	var first float64
	return func(t lora.Tensor) (float64, bool) {
		if asked >= many || asked >= few && same {
			return first, same
		}
		alpha, ok := read(t)
		if asked == 0 {
			first = alpha
		}
		asked++
		same = same && ok && alpha == first
		return alpha, ok
	}
}

// sniff looks at the first bytes of a file that is only listed.
func (c *contents) sniff(file *guard.File, kind fileKind) error {
	first, err := firstBytes(file)
	if err != nil {
		return err
	}
	format := safetensors.Sniff(first)
	c.report = emptyReport(format, file.Size())
	switch {
	case kind == ggufFile && format == safetensors.FormatGGUF:
		c.report.Findings = []lora.Finding{inspect.FormatFinding(format)}
		var head *headReader
		if head, err = newHeadReader(file, 0); err != nil {
			return err
		}
		defer head.release()
		c.quickDigest, err = head.quickDigest(file.Size(), 0)
		return err
	case format == safetensors.FormatEmpty, format == safetensors.FormatHTML, format == safetensors.FormatLFSPointer, kind == ggufFile:
		c.fail(inspect.FormatFinding(format))
	default:
		c.report.Format = safetensors.FormatPickle
		c.report.Findings = []lora.Finding{inspect.FormatFinding(safetensors.FormatPickle)}
	}
	return nil
}

// refuse turns the reader's refusal into a finding.
func (c *contents) refuse(file io.ReaderAt, size int64, refused *safetensors.Error) error {
	first, err := firstBytes(file)
	if err != nil {
		return err
	}
	c.report = emptyReport(safetensors.Sniff(first), size)
	c.fail(lora.Finding{
		Code: refused.Code, Severity: lora.Defect, Message: refused.Message, Advice: refused.Advice(),
		Subject: guard.DisplayName(refused.Subject),
	})
	return nil
}

func (c *contents) fail(f lora.Finding) {
	c.failure = &f
	c.report.Findings = append(c.report.Findings, f)
}

func firstBytes(file io.ReaderAt) ([]byte, error) {
	first := make([]byte, safetensors.SniffBytes)
	n, err := file.ReadAt(first, 0)
	if err != nil && err != io.EOF {
		return nil, err
	}
	return first[:n], nil
}

func emptyReport(format string, size int64) *lora.Report {
	return &lora.Report{
		Format: format, FileBytes: size, Kind: "unknown",
		Base:  lora.BaseModel{ID: lora.UnknownBase, Name: "Unknown"},
		Kinds: []lora.KindShare{}, Ranks: []lora.RankShare{}, DTypes: []string{}, Facts: []lora.Fact{},
		Tags: []lora.TagCount{}, TriggerWords: []lora.TriggerWord{}, Findings: []lora.Finding{},
	}
}

// readSidecar adds what one sidecar says. Unrelated JSON is left alone; a broken
// sidecar is worth a warning, and the adapter is listed all the same.
func (c *contents) readSidecar(f *folder, from companion, limits guard.Limits) {
	f.note("open", from.rel)
	data, err := f.disk.ReadFile(from.rel, limits.SidecarBytes)
	if err == nil && path.Base(from.rel) == peftConfig {
		c.peftConfig = data
		return
	}
	if err == nil {
		var parsed *sidecar.Sidecar
		if parsed, err = sidecar.Parse(path.Base(from.rel), data); err == nil {
			c.sidecars = append(c.sidecars, readSidecar{parsed, from})
			return
		}
	}
	if errors.Is(err, sidecar.ErrUnrelated) || lora.CodeOf(err) == lora.NotFound {
		return
	}
	finding := warning("sidecar_broken", "The file with its details could not be used: "+sentence(err),
		"Correct or delete it; the adapter itself is not affected.")
	finding.Subject = guard.DisplayName(path.Base(from.rel))
	c.odd = append(c.odd, finding)
}

// findings is everything there is to say about the file.
func (c *contents) findings() []lora.Finding {
	var all []lora.Finding
	if c.report != nil {
		all = append(all, c.report.Findings...)
	} else if c.failure != nil {
		all = append(all, *c.failure)
	}
	return append(all, c.odd...)
}

// forReport picks what a scan's report names: what makes the file unusable, unsafe
// or odd beside it; the rest stands on the adapter's own page.
func (c *contents) forReport() []lora.Finding {
	var all []lora.Finding
	if c.report == nil {
		return c.findings()
	}
	for _, f := range c.report.Findings {
		if f.Severity == lora.Defect || c.report.Format != safetensors.FormatSafetensors {
			all = append(all, f)
		}
	}
	return append(all, c.odd...)
}

// state says how the file is doing.
func (c *contents) state(kind fileKind) lora.FileState {
	switch {
	case c.failure != nil:
		return lora.FileUnreadable
	case kind == unsafeFile:
		return lora.FileUnsafe
	}
	return lora.FileOK
}

// claimed merges the digests that sidecars and the header state. Of two claims of
// one kind the more trusted sidecar's counts.
func (c *contents) claimed() map[string]string {
	claims := map[string]string{}
	if c.report != nil {
		maps.Copy(claims, c.report.EmbeddedDigests)
	}
	for i := len(c.sidecars) - 1; i >= 0; i-- {
		maps.Copy(claims, c.sidecars[i].Digests)
	}
	for kind, value := range claims {
		claims[kind] = strings.TrimPrefix(strings.ToLower(value), "0x")
	}
	return claims
}
