package httpapi

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"loramanager/internal/archive"
	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

// ImportedFiles says what became of the archives that were sent, as the contract words it.
type ImportedFiles struct {
	Success   bool           `json:"success" doc:"false when any file failed"`
	Processed int            `json:"processed_files" doc:"Files that did not fail"`
	Total     int            `json:"total_files"`
	Results   []ImportedFile `json:"results"`
}

// ImportedFile says what became of one archive. The others are processed whatever became
// of it; of its own adapters either all arrive or none.
type ImportedFile struct {
	File     string            `json:"file"`
	Status   string            `json:"status" enum:"imported,validated,error"`
	Detail   string            `json:"detail,omitempty" doc:"Why it failed"`
	Created  *int              `json:"created,omitempty" doc:"Adapters that are new, or would be"`
	Updated  *int              `json:"updated,omitempty"`
	Adapters []ImportedAdapter `json:"adapters,omitempty"`
}

// ImportedAdapter is one adapter of an archive.
type ImportedAdapter struct {
	ID     string `json:"id" doc:"As the archive names it"`
	Name   string `json:"name"`
	Status string `json:"status" enum:"created,updated,unchanged,validated"`
}

// ImportConfig is the contract's word on how archives are imported; every key has effect.
type ImportConfig struct {
	Mode     string  `json:"mode,omitempty" enum:"merge,dry-run,dryrun,preview" doc:"dry-run, dryrun and preview change nothing; merge when absent"`
	Conflict string  `json:"conflict_resolution,omitempty" enum:"ask,keep,replace,rename,newest" doc:"ask, when absent: an archive with conflicts is refused"`
	Validate *bool   `json:"validate,omitempty" doc:"Also verify what is not imported; true when absent"`
	Backup   *bool   `json:"backup_before,omitempty" doc:"Make a restore point first; true when absent"`
	Password *string `json:"password,omitempty" doc:"Of encrypted archives"`
}

const (
	importPath = apiPrefix + "/import"
	// maxImportConfig bounds the form's text, maxImportFiles its files.
	maxImportConfig = 64 << 10
	maxImportFiles  = 200
	// formPatience is how long nothing may arrive of a form's file.
	formPatience = time.Minute
)

// routeImportNow takes a form, which is read as it comes: huma would gather it first.
func (s *Server) routeImportNow() {
	s.plain(http.MethodPost, importPath, "importArchives", s.importArchives)
	form := &huma.Schema{Type: huma.TypeObject, Required: []string{"files", "config"}, Properties: map[string]*huma.Schema{
		"files":  {Type: huma.TypeArray, Items: &huma.Schema{Type: huma.TypeString, Format: "binary"}, Description: "Archives; the field is repeated"},
		"config": {Type: huma.TypeString, Description: "ImportConfig as JSON"},
	}}
	schemas := s.api.OpenAPI().Components.Schemas
	schemas.Schema(reflect.TypeFor[ImportConfig](), true, "ImportConfig")
	op := &huma.Operation{
		OperationID: "importArchives", Method: http.MethodPost, Path: importPath, Tags: []string{tagTransfer}, Summary: "Import archives and wait for it",
		Description: "As clients of the prototype ask for it; /imports shows what would change before, and takes uploads that can be resumed.",
		RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"multipart/form-data": {Schema: form}}},
		Responses: map[string]*huma.Response{
			"200": {Description: "OK", Content: map[string]*huma.MediaType{
				"application/json": {Schema: schemas.Schema(reflect.TypeFor[ImportedFiles](), true, "ImportedFiles")},
			}},
			"default": {Description: "Error", Content: map[string]*huma.MediaType{
				"application/problem+json": {Schema: schemas.Schema(reflect.TypeFor[Problem](), true, "Problem")},
			}},
		},
	}
	describePermission(op)
	s.api.OpenAPI().AddOperation(op)
}

func (s *Server) importArchives(w http.ResponseWriter, r *http.Request) {
	done, err := s.importForm(w, r)
	if err != nil {
		writeProblem(w, problemOf(r.Context(), err))
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	if err := json.NewEncoder(w).Encode(done); err != nil {
		s.log.DebugContext(r.Context(), "an answer could not be sent", "error", err)
	}
}

// sent is a file of a form, kept under the id of an upload or refused.
type sent struct {
	name, id string
	err      error
}

func (s *Server) importForm(w http.ResponseWriter, r *http.Request) (*ImportedFiles, error) {
	ctx := r.Context()
	files, text, err := s.receiveForm(w, r)
	defer func() {
		for i := range files {
			s.options.Uploads.Drop(files[i].id)
		}
	}()
	if err != nil {
		return nil, err
	}
	var missing []ProblemField
	if len(files) == 0 {
		missing = append(missing, ProblemField{Location: "body.files", Message: fieldRequired})
	}
	if text == nil {
		missing = append(missing, ProblemField{Location: "body.config", Message: fieldRequired})
	}
	if len(missing) > 0 {
		return nil, newProblem(ctx, http.StatusUnprocessableEntity, lora.Invalid, fieldsDetail(missing), missing...)
	}
	config, err := readImportConfig(text)
	if err != nil {
		return nil, badRequest(ctx, "Invalid config: "+err.Error())
	}
	order := archive.ImportRequest{
		Policy: lora.ConflictPolicy(config.Conflict), Include: allowedImport(ctx),
		NoRestorePoint: config.Backup != nil && !*config.Backup, Unverified: config.Validate != nil && !*config.Validate,
	}
	if config.Password != nil {
		order.Passphrase = *config.Password
	}
	if order.RootID, err = s.firstRoot(ctx); err != nil {
		return nil, err
	}
	body := &ImportedFiles{Success: true, Total: len(files), Results: []ImportedFile{}}
	for _, file := range files {
		one := ImportedFile{File: guard.DisplayName(file.name)}
		err := file.err
		if err == nil {
			order.UploadIDs = []string{file.id}
			err = s.importOne(ctx, order, config.Mode != "merge", &one)
		}
		if err != nil {
			body.Success, one.Status, one.Detail = false, "error", contractDetail(one.File, problemOf(ctx, err).Detail)
		} else {
			body.Processed++
		}
		body.Results = append(body.Results, one)
	}
	return body, nil
}

// receiveForm keeps the files of a form as uploads. text is nil without a config.
func (s *Server) receiveForm(w http.ResponseWriter, r *http.Request) (files []sent, text []byte, err error) {
	parts, err := r.MultipartReader()
	if err != nil {
		return nil, nil, lora.FieldErrorf(lora.Invalid, "files", "Send the archives as multipart/form-data, each in a field called files.")
	}
	wire := http.NewResponseController(w)
	for {
		_ = wire.SetReadDeadline(time.Now().Add(formPatience)) // not every connection has one
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return files, text, nil
		}
		if err != nil {
			return files, nil, brokenForm(err)
		}
		switch part.FormName() {
		case "config":
			text, err = io.ReadAll(io.LimitReader(part, maxImportConfig+1))
			if len(text) > maxImportConfig {
				err = lora.FieldErrorf(lora.TooLarge, "config", "The config is too long.")
			}
		case "files":
			if len(files) == maxImportFiles {
				return files, nil, lora.FieldErrorf(lora.TooLarge, "files", "At most %d archives go into one request.", maxImportFiles)
			}
			err = nil
			files = append(files, s.receiveFile(r.Context(), part, wire))
		}
		if err != nil {
			return files, nil, brokenForm(err)
		}
	}
}

// receiveFile keeps one file. What is wrong with it alone does not end the request.
func (s *Server) receiveFile(ctx context.Context, part *multipart.Part, wire *http.ResponseController) sent {
	one := sent{name: part.FileName()}
	upload, err := s.options.Uploads.Receive(ctx, one.name, &patientReader{part, wire})
	one.id, one.err = upload.ID, err
	if err != nil {
		var known *lora.Error
		if !errors.As(err, &known) {
			one.err = brokenForm(err)
		}
		_, _ = io.Copy(io.Discard, &patientReader{part, wire}) // the next part begins behind it
	}
	return one
}

func brokenForm(err error) error {
	var known *lora.Error
	if errors.As(err, &known) {
		return err
	}
	return &lora.Error{Code: lora.Invalid, Field: "files", Message: "The form broke off before its end. Send it again.", Err: err}
}

// patientReader gives up when nothing arrives for a while, however long the whole takes.
type patientReader struct {
	io.Reader
	wire *http.ResponseController
}

// Read implements io.Reader.
func (p *patientReader) Read(to []byte) (int, error) {
	_ = p.wire.SetReadDeadline(time.Now().Add(formPatience)) // not every connection has one
	return p.Reader.Read(to)
}

// readImportConfig reads the form's text; its errors are sentences about one key.
func readImportConfig(text []byte) (ImportConfig, error) {
	var raw struct {
		Mode     field[string]  `json:"mode"`
		Conflict field[string]  `json:"conflict_resolution"`
		Validate field[laxBool] `json:"validate"`
		Backup   field[laxBool] `json:"backup_before"`
		Password field[string]  `json:"password"`
	}
	config := ImportConfig{Mode: "merge", Conflict: string(lora.ConflictAsk)}
	if err := json.Unmarshal(text, &raw); err != nil {
		return config, errors.New("it is not a JSON object")
	}
	for _, key := range []struct{ name, problem string }{
		{"mode", raw.Mode.problem}, {"conflict_resolution", raw.Conflict.problem}, {"validate", raw.Validate.problem},
		{"backup_before", raw.Backup.problem}, {"password", raw.Password.problem},
	} {
		if key.problem != "" {
			return config, errors.New(key.name + ": " + key.problem)
		}
	}
	config.Mode = strings.ToLower(raw.Mode.or(config.Mode))
	config.Conflict = strings.ToLower(raw.Conflict.or(config.Conflict))
	if !slices.Contains([]string{"merge", "dry-run", "dryrun", "preview"}, config.Mode) {
		return config, errors.New("mode: expected merge, dry-run or preview")
	}
	if !slices.Contains([]string{"ask", "keep", "replace", "rename", "newest"}, config.Conflict) {
		return config, errors.New("conflict_resolution: expected ask, keep, replace, rename or newest")
	}
	config.Validate, config.Backup, config.Password = (*bool)(raw.Validate.pointer()), (*bool)(raw.Backup.pointer()), raw.Password.pointer()
	return config, nil
}

// contractDetail is a reason as clients of the prototype read it: the file is named beside
// it, and it ends without a dot.
func contractDetail(file, detail string) string {
	return strings.TrimSuffix(strings.TrimPrefix(detail, file+": "), ".")
}

// firstRoot is the library folder that files go to where nobody chooses one: the oldest.
func (s *Server) firstRoot(ctx context.Context) (string, error) {
	roots, err := s.store.Roots(ctx)
	if err != nil || len(roots) == 0 {
		return "", err
	}
	return slices.MinFunc(roots, func(a, b lora.Root) int { return a.CreatedAt.Compare(b.CreatedAt) }).ID, nil
}

// importOne plans and applies the import of one archive, or only plans it.
func (s *Server) importOne(ctx context.Context, order archive.ImportRequest, plan bool, one *ImportedFile) error {
	t, err := s.archive.PlanImport(ctx, order)
	if err != nil {
		return err
	}
	// Whatever ends this early, the import does not wait for a word that nobody will say.
	defer func() { _, _ = s.archive.CancelTransfer(context.WithoutCancel(ctx), t.ID) }()
	if t, err = s.archive.AwaitTransfer(ctx, t.ID); err != nil {
		return err
	}
	if err := failureOf(&t); err != nil {
		return err
	}
	if err := s.listImported(ctx, t.ID, order.Policy, one); err != nil {
		return err
	}
	if one.Status = "validated"; plan {
		for i := range one.Adapters {
			one.Adapters[i].Status = one.Status
		}
		one.Created, one.Updated = countsOf(&t)
		return nil
	}
	if _, err := s.archive.ApplyImport(ctx, t.ID); err != nil {
		return err
	}
	if t, err = s.archive.AwaitTransfer(ctx, t.ID); err != nil {
		return err
	}
	one.Status = "imported"
	one.Created, one.Updated = countsOf(&t)
	return failureOf(&t)
}

// countsOf are the adapters of an import that are new, or would be, and that get something
// new.
func countsOf(t *lora.Transfer) (created, updated *int) {
	var counts lora.ImportCounts
	if t.Counts != nil {
		counts = *t.Counts
	}
	return &counts.Create, &counts.Update
}

// failureOf is why a transfer is over without success; nil when it is not.
func failureOf(t *lora.Transfer) error {
	switch t.State {
	case lora.TransferFailed:
		return lora.Errorf(lora.Invalid, "%s", t.Error)
	case lora.TransferCancelled:
		return lora.Errorf(lora.Conflict, "It was cancelled.")
	case lora.TransferPlanning, lora.TransferPlanned, lora.TransferRunning, lora.TransferDone:
	}
	return nil
}

// importPage is how many items of a plan are read at a time.
const importPage = 500

// listImported says what becomes of each adapter under a policy.
func (s *Server) listImported(ctx context.Context, id string, policy lora.ConflictPolicy, one *ImportedFile) error {
	one.Adapters = []ImportedAdapter{}
	for after := ""; ; {
		items, next, err := s.archive.ImportItems(ctx, id, "", after, importPage)
		if err != nil {
			return err
		}
		for i := range items {
			a := ImportedAdapter{ID: cmp.Or(items[i].ArchiveID, items[i].AdapterID), Name: items[i].Name, Status: "unchanged"}
			switch action := items[i].Action; {
			case action == lora.ImportCreate, action == lora.ImportConflict && policy == lora.ConflictRename:
				a.Status = "created"
			case action == lora.ImportUpdate, action == lora.ImportConflict && policy != lora.ConflictKeep:
				a.Status = "updated"
			}
			one.Adapters = append(one.Adapters, a)
		}
		if after = next; next == "" {
			return nil
		}
	}
}
