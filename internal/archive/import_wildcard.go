package archive

import (
	"context"
	"errors"
	"path"
	"strconv"
	"strings"
	"time"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

// FileWildcard is a list of texts, by its path below the folder of wildcards. It comes
// without a record.
const FileWildcard FileKind = "wildcard"

// wildcards hands over the wildcard files of an archive.
func (s *archiveSource) wildcards(each func(Incoming) error) error {
	var err error
	s.zip.Names(func(f guard.ZipFile) bool {
		rel, ok := strings.CutPrefix(f.Name, wildcardsFolder)
		if !ok || !strings.HasSuffix(rel, wildcardSuffix) || strings.Count(rel, "/") >= maxWildcardDepth || guard.CheckRel(rel) != nil || f.Size > maxWildcardBytes {
			return true
		}
		file := IncomingFile{Kind: FileWildcard, Name: rel, Member: f.Name, Size: f.Size}
		err = each(Incoming{Files: []IncomingFile{file}})
		return err == nil
	})
	return err
}

// takeWildcard plans a wildcard file. One that is here already stays as it is.
func (p *planner) takeWildcard(ctx context.Context, source int, file IncomingFile) error {
	here := p.archive.options.Export.Wildcards
	if here == nil || !p.request.Include.Compositions {
		return nil
	}
	was, err := here.ReadFile(file.Name, maxWildcardBytes)
	switch {
	case lora.CodeOf(err) == lora.NotFound:
		_, _, err = p.others.add(&further{Source: source, Files: []IncomingFile{file}})
		return err
	case err != nil:
		return err
	}
	sum, n, err := p.digest(ctx, source, file)
	if err == nil && (n != int64(len(was)) || sum != sha256Of(was)) {
		p.run.note("The wildcard %s is here with other lines. It stays as it is.", guard.DisplayName(file.Name))
	}
	return err
}

// stageWildcard copies a wildcard file into the program's own folder.
func (s *staging) stageWildcard(ctx context.Context, source int, file IncomingFile, step *lora.ImportStep) error {
	s.n++
	staged := s.folder + "/wildcards/" + strconv.Itoa(s.n)
	sum, n, err := s.write(ctx, source, file, s.archive.options.Data, staged, time.Time{})
	step.Files = append(step.Files, lora.JournalEntry{Kind: string(FileWildcard), Staged: []byte(staged), RelPath: []byte(file.Name), Size: n, SHA256: sum})
	return err
}

// wildcard places a staged wildcard file, unless one of its name has appeared.
func (p *placing) wildcard(ctx context.Context, entry *lora.JournalEntry) error {
	data, to := p.archive.options.Data, p.archive.options.Export.Wildcards
	if to == nil {
		return lora.Errorf(lora.Unavailable, "The folder of wildcards cannot be reached.")
	}
	staged, rel := string(entry.Staged), string(entry.RelPath)
	if _, err := data.Lstat(staged); lora.CodeOf(err) == lora.NotFound {
		return nil
	}
	if err := to.MkdirAll(path.Dir(rel)); err != nil {
		return err
	}
	err := guard.Move(ctx, data, staged, to, rel)
	if lora.CodeOf(err) == lora.Conflict {
		p.note("The wildcard %s appeared while the import ran; that one stays.", guard.DisplayName(rel))
		return data.Remove(staged)
	}
	return errors.Join(err, to.Flush(rel))
}
