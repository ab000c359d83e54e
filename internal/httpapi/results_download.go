package httpapi

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"loramanager/internal/guard"
	"loramanager/internal/images"
	"loramanager/internal/lora"
)

type downloadInput struct {
	ByID
	Index    int  `query:"index" minimum:"0" doc:"Which picture of the result"`
	Metadata bool `query:"metadata" default:"true" doc:"false takes the notes about how it was made out"`
}

// ResultExport asks for a ZIP of results.
type ResultExport struct {
	IDs             field[resultIDs] `json:"ids,omitempty" doc:"At most 1,000"`
	IncludeMetadata field[laxBool]   `json:"include_metadata,omitempty" doc:"true when absent"`
}

// maxExportedResults bounds what is gathered before the first byte of an archive.
const maxExportedResults = 1000

func (s *Server) routeDownloads() {
	const tag, path = "history", "/generation/results"
	route(s, http.MethodGet, path+"/{id}/download", "downloadResult", tag, "Download a picture of a result", s.downloadResult, sendsFile(pictureTypes...))
	route(s, http.MethodPost, path+"/export", "exportResults", tag, "Download results as a ZIP", s.exportResults, ownValidation, sendsFile("application/zip"),
		describe("For each result a folder with its pictures and metadata.json. It is sent while it is read; a connection that is cut means that the file is not complete."))
}

// sendsFile says that the answer is a file.
func sendsFile(types ...string) func(*huma.Operation) {
	return func(op *huma.Operation) {
		content := map[string]*huma.MediaType{}
		for _, kind := range types {
			content[kind] = &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}
		}
		op.DefaultStatus = http.StatusOK
		op.Responses = map[string]*huma.Response{"200": {
			Description: "The file; Content-Disposition holds its name",
			Headers:     map[string]*huma.Header{"Content-Disposition": {Schema: &huma.Schema{Type: huma.TypeString}}},
			Content:     content,
		}}
	}
}

const assetUnavailable = "Result asset is unavailable"

func (s *Server) downloadResult(ctx context.Context, in *downloadInput) (*huma.StreamResponse, error) {
	j, err := s.theJob(ctx, in.ID, resultNotFound)
	if err != nil {
		return nil, err
	}
	if in.Index >= len(j.Images) {
		return nil, lora.Errorf(lora.NotFound, assetUnavailable)
	}
	image := &j.Images[in.Index]
	picture, size, err := s.asset(ctx, image, in.Metadata)
	if lora.CodeOf(err) == lora.NotFound {
		err = lora.Errorf(lora.NotFound, assetUnavailable)
	}
	if err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(c huma.Context) {
		defer func() { _ = picture.Close() }() // only read
		sendFile(c, image.Type, assetName(j.ID, image), size, func(to io.Writer) error {
			_, err := io.CopyN(to, picture, size)
			return err
		})
	}}, nil
}

// asset opens a picture and measures it; without its notes when these are not wanted.
func (s *Server) asset(ctx context.Context, image *lora.Image, metadata bool) (io.ReadCloser, int64, error) {
	if !metadata {
		picture, err := s.pictureBytes(ctx, image.SHA256)
		if err == nil {
			picture, err = s.pictures.Bare(ctx, picture)
		}
		return io.NopCloser(bytes.NewReader(picture)), int64(len(picture)), err
	}
	picture, _, err := s.pictures.Open(ctx, image.SHA256)
	if err != nil {
		return nil, 0, err
	}
	size, err := picture.Seek(0, io.SeekEnd)
	if err == nil {
		_, err = picture.Seek(0, io.SeekStart)
	}
	if err != nil {
		_ = picture.Close() // only read
	}
	return picture, size, err
}

func assetName(id string, image *lora.Image) string {
	return fmt.Sprintf("%s-%03d.%s", id, image.Index, images.Extension(image.Type))
}

// sendFile sends a file of known size. When that fails on the way it cuts the connection,
// so that nobody takes half a file for a whole one.
func sendFile(c huma.Context, contentType, name string, size int64, write func(io.Writer) error) {
	c.SetHeader("Content-Type", contentType)
	c.SetHeader("Content-Disposition", `attachment; filename="`+name+`"`)
	c.SetHeader("Content-Length", strconv.FormatInt(size, 10))
	c.SetHeader("Cache-Control", "no-store")
	c.SetHeader("X-Content-Type-Options", "nosniff")
	c.SetStatus(http.StatusOK)
	if err := write(patient(c.BodyWriter())); err != nil {
		panic(http.ErrAbortHandler)
	}
}

func (s *Server) exportResults(ctx context.Context, in *struct{ Body ResultExport }) (*huma.StreamResponse, error) {
	ids := in.Body.IDs.Value
	if len(ids) > maxExportedResults {
		return nil, lora.FieldErrorf(lora.Invalid, "ids", "At most %d results go into one archive.", maxExportedResults)
	}
	var files []guard.Zipped
	found := false
	for _, id := range ids {
		j, err := s.store.Job(ctx, id)
		if lora.CodeOf(err) == lora.NotFound {
			continue
		}
		var more []guard.Zipped
		if err == nil {
			more, err = s.exported(ctx, &j, bool(in.Body.IncludeMetadata.or(true)))
		}
		if err != nil {
			return nil, err
		}
		files, found = append(files, more...), true
	}
	if !found {
		return nil, lora.Errorf(lora.NotFound, "No results found")
	}
	size, err := guard.ZipSize(files)
	if err != nil {
		return nil, err
	}
	name := "generation-results-" + s.now().UTC().Format("20060102-150405") + ".zip"
	return &huma.StreamResponse{Body: func(c huma.Context) {
		sendFile(c, "application/zip", name, size, func(to io.Writer) error { return guard.WriteZip(to, files) })
	}}, nil
}

// exported are the files of one result in an archive.
func (s *Server) exported(ctx context.Context, j *lora.Job, metadata bool) ([]guard.Zipped, error) {
	record := map[string]any{"id": j.ID, "prompt": j.Prompt, "status": j.Status, "created_at": j.CreatedAt, "finished_at": j.FinishedAt}
	if metadata {
		record["params"], record["result"] = flatParams(j), objectOf(j.Result)
		record["images"], record["adapters"], record["tags"] = list(j.Images), list(j.Adapters), list(j.Tags)
		record["rating"], record["is_favorite"], record["engine"] = j.Rating, j.Favorite, j.Engine
	}
	text, err := json.MarshalIndent(record, "", "  ")
	if err != nil {
		return nil, err
	}
	folder := "results/" + j.ID + "/"
	files := []guard.Zipped{{Name: folder + "metadata.json", Size: int64(len(text)), Modified: modified(j), Open: func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(text)), nil
	}}}
	for i := range j.Images {
		image := &j.Images[i]
		size, err := s.pictures.Size(ctx, image.SHA256)
		if lora.CodeOf(err) == lora.NotFound {
			continue // its record is in metadata.json all the same
		}
		if err != nil {
			return nil, err
		}
		name := fmt.Sprintf("%s%03d_%s", folder, image.Index, assetName(j.ID, image))
		files = append(files, guard.Zipped{Name: name, Size: size, Modified: modified(j), Open: func() (io.ReadCloser, error) {
			picture, _, err := s.pictures.Open(context.WithoutCancel(ctx), image.SHA256)
			return picture, err
		}})
	}
	return files, nil
}

func modified(j *lora.Job) time.Time {
	if j.FinishedAt != nil {
		return *j.FinishedAt
	}
	return j.CreatedAt
}
