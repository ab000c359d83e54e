package httpapi

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"loramanager/internal/archive"
	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

// ExportConfig says what goes into an archive and how it is written. Up to password it is
// the contract's; every key has effect or is refused by name.
type ExportConfig struct {
	Loras         field[laxBool]  `json:"loras,omitempty" doc:"Adapters"`
	LoraFiles     field[laxBool]  `json:"lora_files,omitempty" doc:"Their files, sidecars and previews; goes with loras when absent"`
	LoraMetadata  field[laxBool]  `json:"lora_metadata,omitempty" doc:"What is known of them; it always goes with them, so false beside loras is refused"`
	Embeddings    field[laxBool]  `json:"lora_embeddings,omitempty" doc:"Refused: vectors are made anew from what an archive carries"`
	Generations   field[laxBool]  `json:"generations,omitempty" doc:"Jobs that ended, with their ratings"`
	Range         field[string]   `json:"generation_range,omitempty" doc:"all, or date_range with date_from, date_to or both; of generations and figures"`
	From          field[laxTime]  `json:"date_from,omitempty"`
	Until         field[untilDay] `json:"date_to,omitempty" doc:"A date without a time takes that day along"`
	UserData      field[laxBool]  `json:"user_data,omitempty" doc:"Compositions, presets, workflows, wildcards, saved searches, preferences and feedback"`
	SystemConfig  field[laxBool]  `json:"system_config,omitempty" doc:"Settings, engines and library folders, without secrets"`
	Analytics     field[laxBool]  `json:"analytics,omitempty" doc:"Counted figures"`
	Format        field[string]   `json:"format,omitempty" doc:"zip"`
	Compression   field[string]   `json:"compression,omitempty" doc:"none, fast, balanced or max, of everything but adapter files and pictures, which do not shrink"`
	SplitArchives field[laxBool]  `json:"split_archives,omitempty" doc:"Into parts of max_size_mb, each an archive of its own"`
	MaxSizeMB     field[laxInt]   `json:"max_size_mb,omitempty" doc:"MiB; 1024 when absent. A larger file makes its part larger"`
	Encrypt       field[laxBool]  `json:"encrypt,omitempty" doc:"With age, by password or for recipients"`
	Password      field[string]   `json:"password,omitempty"`

	Recipients []string       `json:"recipients,omitempty" nullable:"true" maxItems:"20" doc:"Public keys of age; whoever has one of the private keys can open it"`
	AdapterIDs []string       `json:"adapter_ids,omitempty" nullable:"true" maxItems:"100000" doc:"Only these adapters"`
	Search     field[string]  `json:"search,omitempty" doc:"Only adapters that match, in the syntax of the library's search"`
	Include    *ExportInclude `json:"include,omitempty" doc:"Parts of user_data by themselves"`
	Images     field[laxBool] `json:"images,omitempty" doc:"Pictures of the generations; go with them when absent"`
}

// ExportInclude are the parts of user_data.
type ExportInclude struct {
	Compositions bool `json:"compositions,omitempty" doc:"With presets, workflows, wildcards and saved searches"`
	Taste        bool `json:"taste,omitempty" doc:"Preferences and feedback"`
}

// untilDay is a moment up to which something counts. A bare date takes its day along.
type untilDay struct{ laxTime }

// Schema describes a moment.
func (untilDay) Schema(r huma.Registry) *huma.Schema { return laxTime{}.Schema(r) }

// UnmarshalJSON accepts what laxTime does.
func (t *untilDay) UnmarshalJSON(data []byte) error {
	if err := t.laxTime.UnmarshalJSON(data); err != nil {
		return err
	}
	var text string
	if json.Unmarshal(data, &text) == nil {
		if _, err := time.Parse(time.DateOnly, text); err == nil {
			if next := time.Time(t.laxTime).AddDate(0, 0, 1); writableYear(next) { // after the last of all days there is nothing
				t.laxTime = laxTime(next)
			}
		}
	}
	return nil
}

const (
	defaultPartMB = 1024
	maxPartMB     = 1 << 30 // 1 PiB
)

// options translates the config. What has no effect is refused with the key's name.
func (c *ExportConfig) options() (archive.ExportOptions, error) {
	on := func(f *field[laxBool]) bool { return bool(f.or(false)) }
	o := archive.ExportOptions{
		Adapters: on(&c.Loras), Files: bool(c.LoraFiles.or(c.Loras.or(false))), Jobs: on(&c.Generations), Images: bool(c.Images.or(c.Generations.or(false))),
		Compositions: on(&c.UserData), Taste: on(&c.UserData), Settings: on(&c.SystemConfig), Analytics: on(&c.Analytics),
		AdapterIDs: c.AdapterIDs, Search: strings.TrimSpace(c.Search.or("")), Compression: strings.ToLower(c.Compression.or("")),
	}
	if c.Include != nil {
		o.Compositions, o.Taste = c.Include.Compositions, c.Include.Taste
	}
	switch {
	case on(&c.Embeddings):
		return o, lora.FieldErrorf(lora.Invalid, "lora_embeddings", "Vectors are not exported: they are made anew from what an archive carries.")
	case o.Adapters && c.LoraMetadata.given() && !on(&c.LoraMetadata):
		return o, lora.FieldErrorf(lora.Invalid, "lora_metadata", "Adapters are exported with what is known of them. Leave lora_metadata out, or choose no adapters.")
	case !o.Adapters && on(&c.LoraMetadata):
		return o, lora.FieldErrorf(lora.Invalid, "lora_metadata", "What is known of adapters is exported with them. Choose adapters too.")
	}
	if err := c.dates(&o); err != nil {
		return o, err
	}
	if err := c.parts(&o); err != nil {
		return o, err
	}
	return o, c.keys(&o)
}

func (c *ExportConfig) dates(o *archive.ExportOptions) error {
	given := c.From.given() || c.Until.given()
	switch strings.ToLower(c.Range.or("all")) {
	case "all", "":
		if !given {
			return nil
		}
		name := "date_to"
		if c.From.given() {
			name = "date_from"
		}
		return lora.FieldErrorf(lora.Invalid, name, "A date has effect only with generation_range date_range.")
	case "date_range":
		if !given {
			return lora.FieldErrorf(lora.Invalid, "date_from", "The generation_range date_range needs date_from, date_to or both.")
		}
		if !o.Jobs && !o.Analytics {
			return lora.FieldErrorf(lora.Invalid, "generation_range", "A range has effect only on generations and analytics. Choose one of them.")
		}
		o.From, o.Until = time.Time(c.From.Value), time.Time(c.Until.Value.laxTime)
		return nil
	}
	return lora.FieldErrorf(lora.Invalid, "generation_range", "The range is all or date_range.")
}

func (c *ExportConfig) parts(o *archive.ExportOptions) error {
	size := int(c.MaxSizeMB.or(defaultPartMB))
	switch {
	case size < 1 || size > maxPartMB:
		return lora.FieldErrorf(lora.Invalid, "max_size_mb", "A part has 1 MiB or more.")
	case bool(c.SplitArchives.or(false)):
		o.PartBytes = int64(size) << 20
	case size != defaultPartMB: // which clients send in any case
		return lora.FieldErrorf(lora.Invalid, "max_size_mb", "The size of parts has effect only with split_archives.")
	}
	return nil
}

func (c *ExportConfig) keys(o *archive.ExportOptions) error {
	password := c.Password.or("")
	switch {
	case bool(c.Encrypt.or(false)):
		if password == "" && len(c.Recipients) == 0 {
			return lora.FieldErrorf(lora.Invalid, "password", "Encryption needs a password, or recipients.")
		}
		o.Keys = guard.AgeKeys{Passphrase: guard.Secret(password), Recipients: c.Recipients}
	case password != "":
		return lora.FieldErrorf(lora.Invalid, "password", "A password has effect only with encrypt.")
	case len(c.Recipients) > 0:
		return lora.FieldErrorf(lora.Invalid, "recipients", "Recipients have effect only with encrypt.")
	}
	return nil
}

// exportOptions also holds the format to the only one there is, as the contract words it.
func (c *ExportConfig) exportOptions(ctx context.Context) (archive.ExportOptions, error) {
	if format := c.Format.or("zip"); !strings.EqualFold(format, "zip") {
		return archive.ExportOptions{}, badRequest(ctx, "Only ZIP exports are supported")
	}
	return c.options()
}
