package httpapi

import (
	"encoding/csv"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"loramanager/internal/accounts"
	"loramanager/internal/lora"
)

func TestPromise9_EveryChangeIsRecordedWithoutSecrets(t *testing.T) {
	t.Parallel()
	c := openClub(t, 1)
	boss, viewer := c.join("boss", lora.Administrator), c.join("viewer", lora.Viewer)
	id := c.list("").Items[0].ID
	boss.do("PATCH", "/adapters/"+id, map[string]any{"notes": "what nobody else may read", "weight": 0.5}, 200, nil)
	boss.do("POST", "/users", map[string]any{"name": "new", "role": "editor", "password": goodPassword}, 201, nil)
	viewer.fails("DELETE", "/adapters/"+id, "", 403, lora.Forbidden)
	viewer.do("GET", "/adapters", nil, 200, nil)
	viewer.do("POST", "/prompts/parse", map[string]any{"text": "a question"}, 200, nil)
	c.with().fails("POST", "/session", `{"name":"viewer","password":"a typo of my secret"}`, 401, lora.Unauthorized)
	c.with().fails("POST", "/session", `{"name":"my secret in the wrong field","password":"x"}`, 401, lora.Unauthorized)

	var page AuditPage
	boss.do("GET", "/audit?limit=200", nil, 200, &page)
	at := func(action string) lora.AuditEntry {
		t.Helper()
		i := slices.IndexFunc(page.Items, func(e lora.AuditEntry) bool { return e.Action == action })
		if i < 0 {
			t.Fatalf("no entry of %s in %+v", action, page.Items)
		}
		return page.Items[i]
	}
	if e := at("patchAdapter"); e.Actor != "boss" || e.AccountID != boss.account.ID || e.Via != "session" || e.Target != id || e.Status != 200 || e.Address != "127.0.0.1" || e.RequestID == "" ||
		!strings.Contains(string(e.Detail), `"notes"`) || !strings.Contains(string(e.Detail), "0.5") {
		t.Errorf("%+v %s", e, e.Detail)
	}
	if e := at("addUser"); !strings.Contains(string(e.Detail), `"editor"`) || e.Status != 201 {
		t.Errorf("%+v %s", e, e.Detail)
	}
	if e := at("trashAdapter"); e.Actor != "viewer" || e.Status != 403 {
		t.Errorf("%+v", e)
	}
	var logins []lora.AuditEntry
	boss.do("GET", "/audit?action=login", nil, 200, &page)
	logins = page.Items
	if len(logins) != 2 || logins[0].Target != "" || logins[1].Target != "viewer" || logins[1].Via != "none" || logins[1].Status != 401 {
		t.Errorf("logins %+v", logins)
	}
	boss.do("GET", "/audit?limit=200", nil, 200, &page)
	whole, err := json.Marshal(page)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{goodPassword, "nobody else may read", "my secret", "listAdapters", "parsePrompt"} {
		if strings.Contains(string(whole), secret) {
			t.Errorf("the log holds %q: %s", secret, whole)
		}
	}
	viewer.fails("GET", "/audit", "", 403, lora.Forbidden)
}

func TestPromise9_TheLogIsPagedAndExported(t *testing.T) {
	t.Parallel()
	c := openClub(t, 0)
	boss := c.join("=boss", lora.Administrator)
	for range 5 {
		boss.do("PATCH", "/settings", map[string]any{"theme": "dark"}, 200, nil)
	}
	var seen []int64
	next := ""
	for {
		var page AuditPage
		boss.do("GET", "/audit?action=patchSettings&limit=2"+next, nil, 200, &page)
		for i := range page.Items {
			seen = append(seen, page.Items[i].Key)
		}
		if page.Next == nil {
			break
		}
		text, _ := json.Marshal(*page.Next)
		next = "&before=" + string(text)
	}
	if len(seen) != 5 || !slices.IsSortedFunc(seen, func(a, b int64) int { return int(b - a) }) {
		t.Errorf("pages %v", seen)
	}
	r := c.ask(t, "GET", apiPrefix+"/audit/export?action=patchSettings", "", boss.as...)
	rows, err := csv.NewReader(r.Body).ReadAll()
	if err != nil || len(rows) != 6 || rows[1][2] != "'=boss" {
		t.Errorf("%v %v", rows, err)
	}
	var all []lora.AuditEntry
	boss.do("GET", "/audit/export?format=json&action=exportAudit", nil, 200, &all)
	if len(all) != 1 {
		t.Errorf("%+v", all)
	}
}

func TestPromise9_AServerWithAKeyHasALogToo(t *testing.T) {
	t.Parallel()
	h := openHouse(t, 0, func(h *house, o *Options) {
		var err error
		if o.Accounts, err = accounts.New(accounts.Options{Store: h.store, Announcer: h.hub}); err != nil {
			t.Fatal(err)
		}
		o.Key = "k"
		h.as = []string{"X-API-Key: k"}
	})
	var page AuditPage
	h.do("GET", "/audit", nil, 200, &page)
	if len(page.Items) != 1 || page.Items[0].Action != "addRoot" || page.Items[0].Via != "key" || page.Items[0].Actor != "key" {
		t.Errorf("%+v", page.Items)
	}
}
