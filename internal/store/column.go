package store

import (
	"encoding/json"
	"strings"
	"time"

	"loramanager/internal/lora"
)

// stored is one row of the table adapter: the adapter and what only this program
// needs to know of its file.
type stored struct {
	lora.Adapter

	key          int64
	change       int64
	health       lora.FileState // what the last reading found, whether the file is there now or not
	mtimeNS      int64
	relPath      string
	dev, inode   uint64
	companions   uint64
	quickDigest  string
	previewRel   string // empty for a picture inside the file
	previewType  string
	previewStamp int64
	autov3       *string
	trashRel     string
	digestState  string
	digestAsked  int64
	lineage      string
}

// column joins a column's name with the place its value lives in.
type column struct {
	name string
	arg  func(s *stored) any
	scan func(s *stored, r *record)
}

func text[T ~string](name string, at func(*stored) *T) column {
	return column{
		name: name,
		arg:  func(s *stored) any { return clean(string(*at(s))) },
		scan: func(s *stored, r *record) { *at(s) = T(r.text()) },
	}
}

func optionalText(name string, at func(*stored) **string) column {
	return column{
		name: name,
		arg: func(s *stored) any {
			if p := *at(s); p != nil {
				return clean(*p)
			}
			return nil
		},
		scan: func(s *stored, r *record) {
			if *at(s) = nil; !r.null() {
				v := r.text()
				*at(s) = &v
			}
		},
	}
}

// raw holds bytes that need not be text, such as paths.
func raw(name string, at func(*stored) *string) column {
	return column{
		name: name,
		arg:  func(s *stored) any { return []byte(*at(s)) },
		scan: func(s *stored, r *record) { *at(s) = r.text() },
	}
}

func integer[T ~int | ~int64 | ~uint64](name string, at func(*stored) *T) column {
	return column{
		name: name,
		arg:  func(s *stored) any { return int64(*at(s)) },
		scan: func(s *stored, r *record) { *at(s) = T(r.integer()) },
	}
}

func optionalInteger(name string, at func(*stored) **int) column {
	return column{
		name: name,
		arg: func(s *stored) any {
			if p := *at(s); p != nil {
				return int64(*p)
			}
			return nil
		},
		scan: func(s *stored, r *record) {
			if *at(s) = nil; !r.null() {
				v := int(r.integer())
				*at(s) = &v
			}
		},
	}
}

func real(name string, at func(*stored) *float64) column {
	return column{
		name: name,
		arg:  func(s *stored) any { return *at(s) },
		scan: func(s *stored, r *record) { *at(s) = r.real() },
	}
}

func optionalReal(name string, at func(*stored) **float64) column {
	return column{
		name: name,
		arg: func(s *stored) any {
			if p := *at(s); p != nil {
				return *p
			}
			return nil
		},
		scan: func(s *stored, r *record) {
			if *at(s) = nil; !r.null() {
				v := r.real()
				*at(s) = &v
			}
		},
	}
}

func truth(name string, at func(*stored) *bool) column {
	return column{
		name: name,
		arg:  func(s *stored) any { return *at(s) },
		scan: func(s *stored, r *record) { *at(s) = r.truth() },
	}
}

func moment(name string, at func(*stored) *time.Time) column {
	return column{
		name: name,
		arg:  func(s *stored) any { return micros(*at(s)) },
		scan: func(s *stored, r *record) { *at(s) = r.moment() },
	}
}

func optionalMoment(name string, at func(*stored) **time.Time) column {
	return column{
		name: name,
		arg: func(s *stored) any {
			if p := *at(s); p != nil {
				return micros(*p)
			}
			return nil
		},
		scan: func(s *stored, r *record) { *at(s) = r.momentOrNil() },
	}
}

func list(name string, at func(*stored) *[]string) column {
	return column{
		name: name,
		arg:  func(s *stored) any { return listText(*at(s)) },
		scan: func(s *stored, r *record) { *at(s) = r.list() },
	}
}

// object is a JSON object, NULL when there is none.
func object(name string, at func(*stored) *map[string]any) column {
	return column{
		name: name,
		arg:  func(s *stored) any { return jsonText(*at(s)) },
		scan: func(s *stored, r *record) {
			if *at(s) = nil; !r.null() {
				r.decode(at(s))
			}
		},
	}
}

// decode reads a JSON column.
func (r *record) decode(into any) {
	if err := json.Unmarshal(r.blob(), into); err != nil && r.err == nil {
		r.err = err
	}
}

// columns is the table adapter. The order is that of the queries, not of the table.
var columns = []column{
	integer("key", func(s *stored) *int64 { return &s.key }),
	integer("change", func(s *stored) *int64 { return &s.change }),
	text("id", func(s *stored) *string { return &s.ID }),
	text("name", func(s *stored) *string { return &s.Name }),
	optionalText("version", func(s *stored) **string { return &s.Version }),
	optionalText("author_username", func(s *stored) **string { return &s.AuthorUsername }),
	list("tags", func(s *stored) *[]string { return &s.Tags }),
	list("trained_words", func(s *stored) *[]string { return &s.TrainedWords }),
	list("triggers", func(s *stored) *[]string { return &s.Triggers }),
	text("notes", func(s *stored) *string { return &s.Notes }),
	optionalText("source_url", func(s *stored) **string { return &s.SourceURL }),
	text("root_id", func(s *stored) *string { return &s.RootID }),
	text("folder", func(s *stored) *string { return &s.Folder }),
	text("file_name", func(s *stored) *string { return &s.FileName }),
	text("file_state", func(s *stored) *lora.FileState { return &s.FileState }),
	text("file_health", func(s *stored) *lora.FileState { return &s.health }),
	integer("file_size", func(s *stored) *int { return &s.FileSize }),
	integer("file_mtime", func(s *stored) *int64 { return &s.mtimeNS }),
	text("base_model", func(s *stored) *string { return &s.BaseModel }),
	text("kind", func(s *stored) *string { return &s.Kind }),
	text("trainer", func(s *stored) *string { return &s.Trainer }),
	optionalInteger("rank", func(s *stored) **int { return &s.Rank }),
	optionalReal("alpha", func(s *stored) **float64 { return &s.Alpha }),
	real("weight", func(s *stored) *float64 { return &s.Weight }),
	integer("rating", func(s *stored) *int { return &s.Rating }),
	integer("nsfw_level", func(s *stored) *int { return &s.NSFWLevel }),
	truth("active", func(s *stored) *bool { return &s.Active }),
	truth("favorite", func(s *stored) *bool { return &s.Favorite }),
	integer("use_count", func(s *stored) *int { return &s.UseCount }),
	optionalMoment("last_used_at", func(s *stored) **time.Time { return &s.LastUsedAt }),
	moment("created_at", func(s *stored) *time.Time { return &s.CreatedAt }),
	moment("updated_at", func(s *stored) *time.Time { return &s.UpdatedAt }),
	raw("preview_rel", func(s *stored) *string { return &s.previewRel }),
	findingsColumn,
	optionalText("sha256", func(s *stored) **string { return &s.SHA256 }),
	optionalText("autov3", func(s *stored) **string { return &s.autov3 }),
	raw("trash_rel", func(s *stored) *string { return &s.trashRel }),
	raw("rel_path", func(s *stored) *string { return &s.relPath }),
	integer("file_dev", func(s *stored) *uint64 { return &s.dev }),
	integer("file_inode", func(s *stored) *uint64 { return &s.inode }),
	integer("companions", func(s *stored) *uint64 { return &s.companions }),
	text("quick_digest", func(s *stored) *string { return &s.quickDigest }),
	text("preview_type", func(s *stored) *string { return &s.previewType }),
	integer("preview_stamp", func(s *stored) *int64 { return &s.previewStamp }),
	text("digest_state", func(s *stored) *string { return &s.digestState }),
	integer("digest_asked", func(s *stored) *int64 { return &s.digestAsked }),
	text("lineage", func(s *stored) *string { return &s.lineage }),
	optionalMoment("trashed_at", func(s *stored) **time.Time { return &s.TrashedAt }),
	optionalText("canonical_version_name", func(s *stored) **string { return &s.CanonicalVersionName }),
	text("visibility", func(s *stored) *string { return &s.Visibility }),
	optionalMoment("published_at", func(s *stored) **time.Time { return &s.PublishedAt }),
	text("file_path", func(s *stored) *string { return &s.FilePath }),
	optionalInteger("ordinal", func(s *stored) **int { return &s.Ordinal }),
	optionalText("archetype", func(s *stored) **string { return &s.Archetype }),
	optionalReal("archetype_confidence", func(s *stored) **float64 { return &s.ArchetypeConfidence }),
	optionalText("primary_file_name", func(s *stored) **string { return &s.PrimaryFileName }),
	optionalInteger("primary_file_size_kb", func(s *stored) **int { return &s.PrimaryFileSizeKB }),
	optionalText("primary_file_sha256", func(s *stored) **string { return &s.PrimaryFileSHA256 }),
	optionalText("primary_file_download_url", func(s *stored) **string { return &s.PrimaryFileDownloadURL }),
	optionalText("primary_file_local_path", func(s *stored) **string { return &s.PrimaryFileLocalPath }),
	truth("supports_generation", func(s *stored) *bool { return &s.SupportsGeneration }),
	optionalText("sd_version", func(s *stored) **string { return &s.SDVersion }),
	text("base_variant", func(s *stored) *string { return &s.BaseVariant }),
	real("base_confidence", func(s *stored) *float64 { return &s.BaseConfidence }),
	optionalReal("weight_min", func(s *stored) **float64 { return &s.WeightMin }),
	optionalReal("weight_max", func(s *stored) **float64 { return &s.WeightMax }),
	optionalText("json_file_path", func(s *stored) **string { return &s.JSONFilePath }),
	optionalMoment("json_file_mtime", func(s *stored) **time.Time { return &s.JSONFileMtime }),
	optionalInteger("json_file_size", func(s *stored) **int { return &s.JSONFileSize }),
	optionalMoment("last_ingested_at", func(s *stored) **time.Time { return &s.LastIngestedAt }),
	sourcesColumn,
	optionalText("activation_text", func(s *stored) **string { return &s.ActivationText }),
	optionalText("negative_text", func(s *stored) **string { return &s.NegativeText }),
	object("stats", func(s *stored) *map[string]any { return &s.Stats }),
	optionalText("description", func(s *stored) **string { return &s.Description }),
	object("extra", func(s *stored) *map[string]any { return &s.Extra }),
}

var findingsColumn = column{
	name: "findings",
	arg: func(s *stored) any {
		if len(s.Findings) == 0 {
			return "[]"
		}
		return jsonText(s.Findings)
	},
	scan: func(s *stored, r *record) {
		s.Findings = []lora.Finding{}
		if b := r.blob(); len(b) > 2 {
			if err := json.Unmarshal(b, &s.Findings); err != nil && r.err == nil {
				r.err = err
			}
		}
	},
}

// sourcesColumn keeps the origin of each field as "name=file,tags=sidecar": a third
// of the size of JSON, and read without a decoder.
var sourcesColumn = column{
	name: "sources",
	arg:  func(s *stored) any { return sourcesText(s.Sources) },
	scan: func(s *stored, r *record) { s.Sources = readSources(r.text()) },
}

func sourcesText(sources map[string]lora.Source) string {
	var b strings.Builder
	for _, f := range fields { // a fixed order, so that equal maps give equal texts
		if source := sources[f.name]; source != "" {
			if b.Len() > 0 {
				b.WriteByte(',')
			}
			b.WriteString(f.name)
			b.WriteByte('=')
			b.WriteString(string(source))
		}
	}
	return b.String()
}

func readSources(s string) map[string]lora.Source {
	sources := make(map[string]lora.Source, 1+strings.Count(s, ","))
	for pair := range strings.SplitSeq(s, ",") {
		if name, source, ok := strings.Cut(pair, "="); ok {
			sources[name] = lora.Source(source)
		}
	}
	return sources
}

// The statements on whole rows, written once from the table above.
var (
	columnNames   = joined(func(c column) string { return c.name })
	selectAdapter = "SELECT " + columnNames + " FROM adapter "
	updateAdapter = "UPDATE adapter SET " + joined(func(c column) string { return c.name + " = ?" }) + " WHERE key = ?"
)

func joined(f func(column) string) string {
	parts := make([]string, len(columns))
	for i, c := range columns {
		parts[i] = f(c)
	}
	return strings.Join(parts, ", ")
}

// insertAdapters returns an INSERT for a number of rows.
func insertAdapters(rows int) string {
	row := "(" + joined(func(column) string { return "?" }) + ")"
	return "INSERT INTO adapter (" + columnNames + ") VALUES " + row + strings.Repeat(", "+row, rows-1)
}

// appendArgs appends the values of a whole row.
func (s *stored) appendArgs(args []any) []any {
	for i := range columns {
		args = append(args, columns[i].arg(s))
	}
	return args
}

// readStored reads a whole row.
func readStored(r *record) *stored {
	s := new(stored)
	for i := range columns {
		columns[i].scan(s, r)
	}
	s.complete()
	return s
}

// complete fills the fields that are not stored but follow from others.
func (s *stored) complete() {
	s.FileModifiedAt, s.Preview = nil, nil
	if s.mtimeNS != 0 {
		t := time.Unix(0, s.mtimeNS).UTC().Truncate(time.Microsecond)
		s.FileModifiedAt = &t
	}
	if s.previewType != "" {
		s.Preview = &lora.Preview{Type: s.previewType, ETag: previewTag(s.previewRel, s.previewStamp)}
	}
}
