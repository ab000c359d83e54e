package fleet

import (
	"cmp"
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"loramanager/internal/queue/redistest"
	"loramanager/internal/store/pgtest"
	"loramanager/tests/harness"
)

func TestMain(m *testing.M) { harness.Main(m, pgtest.Stop, removeGateway) }

const apiKey = "the-key-of-the-fleet"

// member is one computer of the fleet. Its data folder outlives its processes.
type member struct {
	worker bool
	data   string
	server *harness.Server
	lives  []life // that have ended
}

// life is one process of a member: what it wrote, and when it was killed.
type life struct {
	log string
	end time.Time
}

// fleet is one installation: doors are its servers, and run no jobs.
type fleet struct {
	t       *testing.T
	random  *rand.Rand
	address string // of the database
	s3      *bucketStore
	shelf   string // the library folder
	env     []string
	flags   []string
	all     []*member // doors first

	mu    sync.Mutex
	bases []string // of the doors that run
}

const doors, workers = 3, 2

func newFleet(t *testing.T, flags ...string) *fleet {
	t.Helper()
	harness.Binary(t, "") // building it is no part of any start
	seed, err := strconv.ParseUint(cmp.Or(os.Getenv("FLEET_SEED"), "0"), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	if seed == 0 {
		seed = rand.Uint64()
	}
	t.Logf("FLEET_SEED=%d", seed)
	f := &fleet{
		t: t, random: rand.New(rand.NewPCG(seed, 1)), //nolint:gosec // no secret
		s3: startS3(t), shelf: t.TempDir(), address: pgtest.Database(t), bases: make([]string, doors),
	}
	f.env = append(f.s3.environment(), "DATABASE_URL="+f.address, "REDIS_URL="+redistest.Start(t).URL(), "API_KEY="+apiKey)
	f.flags = append([]string{"--no-workers", "--watch", "--root", f.shelf}, flags...)
	for i := range doors + workers {
		f.all = append(f.all, &member{worker: i >= doors, data: t.TempDir()})
		f.start(i)
	}
	return f
}

// start begins a new life of a member.
func (f *fleet) start(i int) {
	f.t.Helper()
	m := f.all[i]
	o := harness.Options{Data: m.data, Env: f.env, Worker: m.worker}
	if !m.worker {
		o.Flags = f.flags
	}
	m.server = harness.Start(f.t, o)
	if !m.worker {
		f.mu.Lock()
		f.bases[i] = m.server.Base
		f.mu.Unlock()
	}
}

// kill ends a member as a power cut does.
func (f *fleet) kill(i int) {
	m := f.all[i]
	at := time.Now()
	m.server.Kill()
	m.lives = append(m.lives, life{m.server.Log(), at})
}

// base is where a door is now; another one than the last time, at random, when i is negative.
func (f *fleet) base(i int) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	if i < 0 {
		i = rand.IntN(doors) //nolint:gosec // no secret
	}
	return f.bases[i]
}

// ask asks a door that must answer well.
func (f *fleet) ask(i int, method, path, body string, into any) {
	f.t.Helper()
	r := f.all[i].server.Ask(method, path, body, "X-API-Key: "+apiKey)
	if r.Status > 299 {
		f.t.Fatalf("%s %s: %d %.300s", method, path, r.Status, r.Body)
	}
	if into == nil {
		return
	}
	if err := json.Unmarshal(r.Body, into); err != nil {
		f.t.Fatalf("%s %s: %v in %.300s", method, path, err, r.Body)
	}
}

// login returns the cookie of a session.
func (f *fleet) login() string {
	f.t.Helper()
	door := f.all[0].server
	r := door.Ask(http.MethodPost, "/api/v1/session", `{"key":"`+apiKey+`"}`, "Origin: "+door.Base)
	cookie, _, _ := strings.Cut(r.Header.Get("Set-Cookie"), ";")
	if cookie == "" {
		f.t.Fatalf("no cookie: %d %.300s", r.Status, r.Body)
	}
	return cookie
}

// listed are the notes of all adapters, by id, as a door tells them.
func (f *fleet) listed(i int) map[string]string {
	f.t.Helper()
	var page adapterPage
	f.ask(i, http.MethodGet, adaptersPath, "", &page)
	return page.notes()
}

const adaptersPath = "/api/v1/adapters?per_page=200"

type adapterPage struct {
	Items []struct{ ID, Notes string }
}

func (p *adapterPage) notes() map[string]string {
	all := map[string]string{}
	for _, a := range p.Items {
		all[a.ID] = a.Notes
	}
	return all
}

// scanned has everything scanned, asked of one door and awaited at another.
func (f *fleet) scanned() {
	f.t.Helper()
	var asked struct{ Scan struct{ ID, State string } }
	harness.Eventually(f.t, 2*time.Minute, "a scan can begin", func() bool {
		r := f.all[1].server.Ask(http.MethodPost, "/api/v1/scans", "", "X-API-Key: "+apiKey)
		return r.Status == http.StatusAccepted && json.Unmarshal(r.Body, &asked) == nil
	})
	harness.Eventually(f.t, 2*time.Minute, "the scan is over", func() bool {
		f.ask(2, http.MethodGet, "/api/v1/scans/"+asked.Scan.ID, "", &asked)
		return asked.Scan.State == "finished"
	})
}

// term is the time during which a process was the one that scans.
type term struct {
	holder     string
	begin, end time.Time
}

// terms reads them from what all processes wrote, in the order of their beginning.
func (f *fleet) terms() []term {
	f.t.Helper()
	var all []term
	for _, m := range f.all {
		for _, l := range append(slices.Clone(m.lives), life{m.server.Log(), time.Now()}) {
			for line := range strings.Lines(l.log) {
				var said struct {
					Time        time.Time
					Msg, Holder string
				}
				if json.Unmarshal([]byte(line), &said) != nil {
					continue
				}
				switch said.Msg {
				case "this server scans now":
					all = append(all, term{said.Holder, said.Time, l.end})
				case "this server scans no more":
					all[len(all)-1].end = said.Time
				}
			}
		}
	}
	slices.SortFunc(all, func(a, b term) int { return a.begin.Compare(b.begin) })
	return all
}

// checkTerms finds terms that overlap.
func (f *fleet) checkTerms() {
	f.t.Helper()
	terms := f.terms()
	if len(terms) == 0 {
		f.t.Error("no server ever scanned")
	}
	for i := 1; i < len(terms); i++ {
		if before, now := terms[i-1], terms[i]; now.begin.Before(before.end) {
			f.t.Errorf("%s scanned from %s on while %s did until %s", now.holder, now.begin, before.holder, before.end)
		}
	}
	f.t.Logf("%d servers scanned, one after the other", len(terms))
}
