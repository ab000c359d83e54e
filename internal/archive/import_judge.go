package archive

import (
	"slices"
	"strconv"
	"strings"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

// settle says what would happen with one adapter, and keeps it.
func (p *planner) settle(one *planned, match *lora.ArchivedMatch) error {
	one.Item = lora.ImportItem{
		Key: strconv.Itoa(len(p.entries)), Name: one.adapter().Name, Version: value(one.adapter().Version),
		Source: p.sources[one.Source].Name(), Differs: []lora.FieldChange{}, Note: one.Incoming.Note,
	}
	p.judge(one, match)
	if err := p.judgeFile(one, match); err != nil {
		return err
	}
	p.findTwin(one)
	return p.keep(one)
}

func value(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// judge compares what is known.
func (m *importing) judge(one *planned, match *lora.ArchivedMatch) {
	if match.Adapter == nil {
		one.Item.Action, one.Number = lora.ImportCreate, one.Incoming.ByContent
		if match.NameHolder != "" {
			one.Number = true
		}
		return
	}
	here := match.Adapter
	one.Item.AdapterID, one.Item.MatchedBy = here.ID, string(match.By)
	one.HereRoot, one.HerePath = here.RootID, []byte(match.RelPath)
	var c comparison
	if m.request.Include.Adapters {
		c = compare(here, &one.adapter().Adapter, one.Incoming.Fields)
	}
	if match.NameHolder != "" {
		c.leaveOut("name", "version")
		one.say("Its name is taken by another adapter here, so that of the one here stays.")
	}
	one.FileClash = one.file(FilePrimary) != nil && m.request.Include.Files && otherFile(here, one.file(FilePrimary))
	if one.FileClash {
		c.clash = append(c.clash, lora.FieldChange{Field: fileField, Here: value(here.SHA256), There: one.file(FilePrimary).SHA256})
	}
	if picture := one.file(FilePreview); picture != nil && m.request.Include.Files && here.Preview == nil && here.FileState == lora.FileOK && !one.FileClash {
		one.BringsPreview = true
		c.gain = append(c.gain, lora.FieldChange{Field: previewField, There: guard.DisplayName(picture.Name)})
	}
	one.Gain, one.Clash, one.Newer = names(c.gain), names(c.clash), c.newer
	one.Item.Differs, one.Item.Action = append(one.Item.Differs, c.differs()...), c.action()
	if here.FileState == lora.FileTrashed {
		one.say("The adapter lies in the trash here. It stays there.")
		one.Item.Action, one.FileClash, one.Gain, one.Clash = lora.ImportSkip, false, nil, nil
	}
}

// otherFile reports whether the adapter here has a file that is known to be another one.
func otherFile(here *lora.Adapter, file *IncomingFile) bool {
	switch here.FileState {
	case lora.FileMissing, lora.FileTrashed:
		return false
	case lora.FileOK, lora.FileUnreadable, lora.FileUnsafe:
	}
	if here.SHA256 != nil {
		return !strings.EqualFold(*here.SHA256, file.SHA256)
	}
	return int64(here.FileSize) != file.Size
}

func (c *comparison) leaveOut(fields ...string) {
	for _, list := range []*[]lora.FieldChange{&c.gain, &c.clash} {
		kept := (*list)[:0]
		for _, change := range *list {
			if !slices.Contains(fields, change.Field) {
				kept = append(kept, change)
			}
		}
		*list = kept
	}
}

func (one *planned) say(note string) {
	if one.Item.Note != "" {
		one.Item.Note += " "
	}
	one.Item.Note += note
}

// judgeFile says what would happen with the file an adapter brings.
func (p *planner) judgeFile(one *planned, match *lora.ArchivedMatch) error {
	file := one.file(FilePrimary)
	if file == nil || !p.request.Include.Files {
		if match.Adapter == nil && file == nil && p.request.Include.Adapters {
			one.say("It comes without its file and is listed as missing until the file turns up.")
		}
		return nil
	}
	one.Item.FileName, one.Item.FileSize = guard.DisplayName(file.Name), int(file.Size)
	missing := match.Adapter != nil && match.Adapter.FileState == lora.FileMissing
	switch {
	case one.Item.Action == lora.ImportSkip:
		one.Item.FileAction = "none"
		return nil
	case match.Adapter != nil && !missing && !one.FileClash:
		one.Item.FileAction = "present"
		return nil
	case p.files[file.SHA256] && one.Incoming.ByContent:
		p.leaveOut(one, "The same file comes twice; only the first is taken.")
		return nil
	}
	rootID, rel, err := p.targets.where(one, outcome{})
	if err != nil {
		return err
	}
	to, err := p.targets.root(rootID)
	if err != nil {
		return err
	}
	chosen, err := to.choose(rel)
	if err != nil {
		return err
	}
	one.Item.FileAction, one.ToRoot = "place", rootID
	if chosen != rel {
		one.Item.FileAction = "rename"
	}
	if missing && one.Item.Action == lora.ImportSame {
		one.Item.Action = lora.ImportUpdate // its file comes back
	}
	p.files[file.SHA256] = true
	return nil
}

// findTwin leaves out what comes a second time.
func (p *planner) findTwin(one *planned) {
	if one.Item.Action == lora.ImportSkip {
		return
	}
	if id := one.Item.AdapterID; id != "" {
		if _, twice := p.met[id]; twice {
			p.leaveOut(one, "The same adapter comes twice; only the first is taken.")
			return
		}
		p.met[id] = len(p.entries)
		return
	}
	key := one.Item.Name + "\x00" + one.Item.Version
	if _, twice := p.names[key]; !twice {
		p.names[key] = len(p.entries)
		return
	}
	if one.file(FilePrimary) != nil && p.request.Include.Files {
		one.Number = true // another file: it is kept under a number
		one.say("Another adapter of the import has the same name and version; it gets a number.")
		return
	}
	p.leaveOut(one, "Another adapter of the import has the same name and version; only the first is taken.")
}

func (p *planner) leaveOut(one *planned, note string) {
	one.Item.Action, one.Item.FileAction = lora.ImportSkip, ""
	one.Gain, one.Clash, one.FileClash = nil, nil, false
	one.say(note)
}
