package movein

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"time"

	"loramanager/internal/guard"
)

const (
	maxStylesBytes = 16 << 20
	maxStyles      = 10_000
)

// isStyleFolder reports that a folder is where SD.Next keeps styles, one JSON file each.
func isStyleFolder(rel string) bool {
	for part := range strings.SplitSeq(strings.ToLower(rel), "/") {
		if part == "styles" {
			return true
		}
	}
	return false
}

// style is a piece of a prompt under a name.
type style struct {
	Name     string `json:"name"`
	Prompt   string `json:"prompt"`
	Negative string `json:"negative"`
}

// readStyles turns styles into compositions: of the A1111 family a table, styles.csv;
// of SD.Next a file each.
func (t *tree) readStyles(ctx context.Context) error {
	for _, rel := range t.styles {
		if err := ctx.Err(); err != nil {
			return err
		}
		manager, read := SDNext, styleOf
		if strings.HasSuffix(strings.ToLower(rel), ".csv") {
			manager, read = A1111, stylesOf
		}
		if !t.source.wants(manager) {
			continue
		}
		data, err := t.source.root.ReadFile(rel, maxStylesBytes)
		var styles []style
		if err == nil {
			styles, err = read(data, path.Base(rel))
		}
		if err != nil {
			t.source.notes.add(fmt.Sprintf("The styles in %s could not be read whole.", guard.DisplayName(rel)))
		}
		made := t.modified(rel)
		for _, st := range styles {
			c := fromPrompt(st.Prompt, st.Negative)
			if c.Prefix == "" && c.Negative == "" && len(c.Entries) == 0 {
				continue
			}
			if err := t.each(composed(c, manager, rel, firstOf(st.Name), made)); err != nil {
				return err
			}
		}
	}
	return nil
}

// modified is when a file was last written; it stands in for what a format does not say.
func (t *tree) modified(rel string) time.Time {
	info, err := t.source.root.Stat(rel)
	if err != nil || info.ModTime().Before(time.Unix(0, 0)) {
		return time.Unix(0, 0)
	}
	return info.ModTime().Truncate(time.Microsecond)
}

// stylesOf reads styles.csv: name, prompt, negative_prompt; rows may be short. Rows
// before a broken one are returned with the error.
func stylesOf(data []byte, _ string) ([]style, error) {
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))))
	r.FieldsPerRecord, r.LazyQuotes = -1, true
	var out []style
	for row := 0; len(out) < maxStyles; row++ {
		fields, err := r.Read()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return out, err
		}
		for len(fields) < 3 {
			fields = append(fields, "")
		}
		if row == 0 && strings.EqualFold(fields[0], "name") {
			continue
		}
		out = append(out, style{fields[0], fields[1], fields[2]})
	}
	return out, errors.New("too many styles")
}

// styleOf reads one of SD.Next's files, which holds a style or a list of them.
func styleOf(data []byte, name string) ([]style, error) {
	var list []style
	if err := json.Unmarshal(data, &list); err != nil {
		var one style
		if err := json.Unmarshal(data, &one); err != nil {
			return nil, err
		}
		list = []style{one}
	}
	for i := range list {
		if list[i].Name == "" {
			list[i].Name = strings.TrimSuffix(name, path.Ext(name))
		}
	}
	return list[:min(len(list), maxStyles)], nil
}
