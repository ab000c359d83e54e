package archive

import (
	"context"
	"fmt"
	"io"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

// sparePart stays free on the disk while encrypted parts are written.
const sparePart = 1 << 30

// encrypt writes all parts encrypted into the program's own folder. The order of bytes
// under encryption is fixed, so ranges can only be given of what was written.
func (p *exportPlan) encrypt(ctx context.Context) error {
	data, total := p.archive.options.Data, int64(0)
	for _, part := range p.parts {
		total += part.plan.Size()
	}
	if free, ok := data.FreeBytes(); ok && free < uint64(float64(total)*ageOverhead)+sparePart { //nolint:gosec // not negative
		return lora.Errorf(lora.StorageFull, "Encrypting the export takes %s in the data folder, and not so much is free there.", sizeText(total))
	}
	p.run.phase("encrypting", len(p.parts), total)
	for i, part := range p.parts {
		file, err := data.Create(fmt.Sprintf("%s/part-%d.age", p.folder, i+1))
		if err != nil {
			return err
		}
		p.mu.Lock()
		p.encrypted = append(p.encrypted, file)
		p.run.about(p.partName(i))
		p.mu.Unlock()
		if err := p.encryptPart(ctx, part, file); err != nil {
			return err
		}
		p.run.add(1, 0)
	}
	return nil
}

func (p *exportPlan) encryptPart(ctx context.Context, part *part, file *guard.Writer) error {
	encrypted, err := guard.EncryptAge(&droppingWriter{to: file}, p.options.Keys)
	if err != nil {
		return err
	}
	if err := part.plan.WriteRange(ctx, &progressWriter{to: encrypted, add: func(n int64) { p.run.add(0, n) }}, 0, part.plan.Size()); err != nil {
		return err
	}
	return encrypted.Close()
}

// droppingWriter keeps what is written out of the system's memory, as a copy of a library
// would push out everything else.
type droppingWriter struct {
	to      *guard.Writer
	dropped int64
}

// Write implements io.Writer.
func (w *droppingWriter) Write(p []byte) (int, error) {
	n, err := w.to.Write(p)
	if err == nil && w.to.Size()-w.dropped > dropEvery {
		w.dropped = w.to.Size()
		if err = w.to.Sync(); err == nil { // only what is on the disk can be dropped
			w.to.DropCache()
		}
	}
	return n, err
}

// progressWriter tells of every write.
type progressWriter struct {
	to  io.Writer
	add func(n int64)
}

// Write implements io.Writer.
func (w *progressWriter) Write(p []byte) (int, error) {
	n, err := w.to.Write(p)
	w.add(int64(n))
	return n, err
}
