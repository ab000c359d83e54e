package httpapi

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"loramanager/internal/events"
	"loramanager/internal/library"
	"loramanager/internal/lora"
)

func TestABulkActionNamesTheIdsItDoesNotKnow(t *testing.T) {
	t.Parallel()
	h := openHouse(t, 2)
	all := ids(h.list("").Items)
	for _, request := range []map[string]any{
		{"action": "favorite"}, {"action": "move", "params": map[string]any{"root_id": h.list("").Items[0].RootID, "folder": "x"}}, {"action": "delete"},
	} {
		request["lora_ids"] = []string{all[0], "no-such", all[0], all[1], "no-such"}
		r := h.bulk(request)
		if r.Processed != 2 || len(r.Skipped) != 1 || r.Skipped[0] != (lora.Skipped{ID: "no-such", Reason: "No adapter has this id."}) {
			t.Errorf("%v: %+v", request["action"], r)
		}
	}
	if r := h.bulk(map[string]any{"action": "restore", "lora_ids": []string{"no-such"}}); r.Processed != 0 || r.UndoID != nil || len(r.Skipped) != 1 {
		t.Errorf("nothing but unknown ids: %+v", r)
	}
}

func TestABulkMoveIsRefusedAsAWholeWhenItLeadsNowhere(t *testing.T) {
	t.Parallel()
	h := openHouse(t, 1)
	a := h.list("").Items[0]
	for _, folder := range []string{"../x", "a/../../x", ".hidden", "con"} {
		p := h.fails("POST", "/adapters/bulk", `{"action":"move","lora_ids":["`+a.ID+`"],"params":{"root_id":"`+a.RootID+`","folder":"`+folder+`"}}`, 422, lora.Invalid)
		if len(p.Errors) != 1 || p.Errors[0].Location != "body.params.folder" {
			t.Errorf("%q: %+v", folder, p)
		}
	}
	p := h.fails("POST", "/adapters/bulk", `{"action":"move","lora_ids":["`+a.ID+`"],"params":{"root_id":"no-such"}}`, 404, lora.NotFound)
	if len(p.Errors) != 1 || p.Errors[0].Location != "body.params.root_id" {
		t.Errorf("an unknown library folder: %+v", p)
	}
}

func TestAnUndoneMoveLeavesNoFolderBehind(t *testing.T) {
	t.Parallel()
	h := openHouse(t, 3)
	items := h.list("").Items
	pick, root := ids(items), items[0].RootID
	if err := os.Mkdir(filepath.Join(h.dir, "there"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, folder := range []string{"new/deeper", "there/new", "there"} {
		r := h.bulk(map[string]any{"action": "move", "lora_ids": pick, "params": map[string]any{"root_id": root, "folder": folder}})
		if r.Processed != 3 || h.read(pick[0]).Folder != folder {
			t.Fatalf("%+v", r)
		}
		if u := h.undo(r.UndoID); u.Restored != 3 || h.read(pick[0]).FilePath != items[0].FilePath {
			t.Errorf("%s: %+v, lies in %s", folder, u, h.read(pick[0]).FilePath)
		}
	}
	for name, want := range map[string]bool{"new": false, "there/new": false, "there": true} {
		if _, err := os.Stat(filepath.Join(h.dir, name)); (err == nil) != want {
			t.Errorf("%s: %v", name, err)
		}
	}
	h.bulk(map[string]any{"action": "delete", "lora_ids": pick})
	h.do("DELETE", "/trash", `{"expected":3}`, 200, nil)
	if _, err := os.Stat(filepath.Join(h.dir, ".loramanager-trash")); !os.IsNotExist(err) {
		t.Errorf("the emptied trash left its folder: %v", err)
	}
}

// A chunk of files is one transaction and one event, so that thousands take seconds.
func TestManyFilesMoveInFewTransactions(t *testing.T) {
	t.Parallel()
	h := openHouse(t, 600)
	root, last := h.list("").Items[0].RootID, h.hub.Last()
	began := time.Now()
	moved := h.bulk(map[string]any{"action": "move", "q": "", "params": map[string]any{"root_id": root, "folder": "all"}})
	gone := h.bulk(map[string]any{"action": "delete", "q": ""})
	t.Logf("moving %d and trashing %d took %s", moved.Processed, gone.Processed, time.Since(began))
	if moved.Processed+len(moved.Skipped) != 600 || moved.Processed < 500 || gone.Processed != 600 {
		t.Errorf("moved %d, skipped %d, trashed %d", moved.Processed, len(moved.Skipped), gone.Processed)
	}
	sub, missed := h.hub.Resume(last, func(e events.Event) bool {
		changed, ok := e.Data.(library.AdaptersChanged)
		return ok && (changed.Reason == "move" || changed.Reason == "trash")
	})
	sub.Leave()
	if n := len(missed.Events); n < 2 || n > 40 { // two chunks each, more on a slow disk
		t.Errorf("%d events for two actions with 600 files", n)
	}
	if u := h.undo(gone.UndoID); u.Restored != 600 {
		t.Errorf("restored %d", u.Restored)
	}
	if u := h.undo(moved.UndoID); u.Restored != moved.Processed || len(h.search("folder:all")) > 0 {
		t.Errorf("moved %d back", u.Restored)
	}
}
