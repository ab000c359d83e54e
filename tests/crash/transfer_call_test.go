package crash

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path"
	"strings"
	"time"

	"loramanager/internal/lora"
	"loramanager/tests/harness"
)

// caller calls a server that may die meanwhile: it returns errors where harness would end
// the test.
type caller struct{ server *harness.Server }

// ask sends a request and reads the answer, which must be a success.
func (c *caller) ask(method, at string, body []byte, into any, headers ...string) (http.Header, error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, c.server.Base+at, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/json")
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		request.Header.Set(name, value)
	}
	transport := &http.Transport{DisableKeepAlives: true}
	answer, err := transport.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = answer.Body.Close() }()
	content, err := io.ReadAll(answer.Body)
	switch to := into.(type) {
	case nil:
	case *[]byte:
		*to = content
	default:
		if err == nil && answer.StatusCode < 300 {
			err = json.Unmarshal(content, into)
		}
	}
	if err == nil && answer.StatusCode > 299 {
		err = fmt.Errorf("%s %s: %d %.500s", method, at, answer.StatusCode, content)
	}
	return answer.Header, err
}

type transferred struct {
	Transfer lora.Transfer `json:"transfer"`
}

// await waits until a transfer is in one of the states.
func (c *caller) await(id string, until func(lora.TransferState) bool) (lora.Transfer, error) {
	for {
		var r transferred
		if _, err := c.ask(http.MethodGet, "/api/v1/transfers/"+id, nil, &r); err != nil {
			return r.Transfer, err
		}
		if until(r.Transfer.State) || r.Transfer.State.Final() {
			if r.Transfer.Error != "" {
				return r.Transfer, fmt.Errorf("%s: %s", r.Transfer.Kind, r.Transfer.Error)
			}
			return r.Transfer, nil
		}
		select {
		case <-c.server.Ended():
			return r.Transfer, io.ErrUnexpectedEOF
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// run begins a transfer and waits for its end.
func (c *caller) run(at string, body map[string]any) (lora.Transfer, error) {
	sent, err := json.Marshal(body)
	if err != nil {
		return lora.Transfer{}, err
	}
	var r transferred
	if _, err := c.ask(http.MethodPost, at, sent, &r); err != nil {
		return r.Transfer, err
	}
	return c.await(r.Transfer.ID, lora.TransferState.Final)
}

// importArchive uploads an archive, plans its import and applies it.
func (c *caller) importArchive(content []byte, rootID string) error {
	const tus = "Tus-Resumable: 1.0.0"
	header, err := c.ask(http.MethodPost, "/api/v1/uploads/transfer", nil, nil, tus, fmt.Sprintf("Upload-Length: %d", len(content)),
		"Upload-Metadata: filename "+base64.StdEncoding.EncodeToString([]byte("there.zip")))
	if err != nil {
		return err
	}
	at := header.Get("Location")
	if _, err := c.ask(http.MethodPatch, at, content, nil, tus, "Upload-Offset: 0", "Content-Type: application/offset+octet-stream"); err != nil {
		return err
	}
	order, err := json.Marshal(map[string]any{"upload_ids": []string{path.Base(at)}, "target_root_id": rootID, "policy": "replace"})
	if err != nil {
		return err
	}
	var planned transferred
	if _, err := c.ask(http.MethodPost, "/api/v1/imports", order, &planned); err != nil {
		return err
	}
	id := planned.Transfer.ID
	if _, err := c.await(id, func(s lora.TransferState) bool { return s == lora.TransferPlanned }); err != nil {
		return err
	}
	_, err = c.run("/api/v1/imports/"+id+"/apply", nil)
	return err
}

// export exports everything.
func (c *caller) export() (content []byte, err error) {
	order, err := json.Marshal(map[string]any{"loras": true, "generations": true, "user_data": true, "system_config": true})
	if err != nil {
		return nil, err
	}
	var planned struct {
		Export struct {
			Parts []struct {
				URL string `json:"url"`
			} `json:"parts"`
		} `json:"export"`
	}
	if _, err := c.ask(http.MethodPost, "/api/v1/exports", order, &planned); err != nil {
		return nil, err
	}
	_, err = c.ask(http.MethodGet, planned.Export.Parts[0].URL, nil, &content)
	return content, err
}

// backUp makes a full backup with weights and returns its id.
func (c *caller) backUp() (string, error) {
	t, err := c.run("/api/v1/backups", map[string]any{"weights": true})
	return t.BackupID, err
}

// restore restores a backup with its files.
func (c *caller) restore(id string) error {
	_, err := c.run("/api/v1/backups/"+id+"/restore", map[string]any{"files": true})
	return err
}
