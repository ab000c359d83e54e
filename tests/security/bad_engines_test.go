package security

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"log"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"loramanager/internal/engine/enginetest"
	"loramanager/internal/lora"
	"loramanager/tests/harness"
)

const (
	// jobsPerHabit are put on each sick engine.
	jobsPerHabit = 3
	// sickTimeout is how long one generation on a sick engine may take, in seconds.
	sickTimeout = 1
	// sickPatience covers three attempts of each job with the pauses between them.
	sickPatience = 4 * time.Minute
	// sickBudget is what all sick engines together may cost, in bytes. Lists of tens of
	// MiB are answers that real engines give, and several are read at once.
	sickBudget = 384 * mib
)

// expired is a certificate that is valid no more.
func expired(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: time.Now().Add(-24 * time.Hour), DNSNames: []string{"localhost"}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// sickEngines are the addresses of engines that are sick, by what they suffer from.
func sickEngines(t *testing.T) map[string]string {
	t.Helper()
	engines := map[string]string{"refused": "http://127.0.0.1:1", "no such name": "http://nowhere.invalid"}
	for _, habit := range enginetest.Habits() {
		engines[string(habit)] = fakeEngine(t, habit).URL
	}
	encrypted := httptest.NewUnstartedServer(http.NotFoundHandler())
	encrypted.Config.ErrorLog = log.New(io.Discard, "", 0) // that its callers turn away is what is wanted
	encrypted.TLS = &tls.Config{Certificates: []tls.Certificate{expired(t)}}
	encrypted.StartTLS()
	t.Cleanup(encrypted.Close)
	engines["expired certificate"] = encrypted.URL

	var restarting *httptest.Server
	restarting = liar(t, enginetest.NewA1111(enginetest.A1111Options{}), func(_ http.ResponseWriter, r *http.Request) bool {
		if !enginetest.Generations(r) {
			return false
		}
		_, _ = io.Copy(io.Discard, r.Body)     // only then the end of the connection is noticed
		go restarting.CloseClientConnections() // in the middle of the job
		<-r.Context().Done()
		return true
	})
	engines["restart"] = restarting.URL
	return engines
}

// backwards is an engine whose progress goes back and forth and whose jobs are sound.
func backwards(t *testing.T) string {
	t.Helper()
	var asked atomic.Int64
	return liar(t, enginetest.NewA1111(enginetest.A1111Options{StepTime: 200 * time.Millisecond}), func(w http.ResponseWriter, r *http.Request) bool {
		return strings.HasSuffix(r.URL.Path, "/progress") &&
			says("GET", "/", fmt.Sprintf(`{"progress":%g,"eta_relative":-1,"state":{"sampling_step":%d,"sampling_steps":3},"current_image":null}`, 1/float64(asked.Add(1)), 9-asked.Load()%10))(w, r)
	}).URL
}

func TestSickEnginesEndTheirJobsWithAReasonAndDisturbNobody(t *testing.T) {
	t.Parallel()
	s := harness.Start(t, harness.Options{})
	engines := sickEngines(t)
	if len(engines) < 20 {
		t.Fatalf("only %d habits", len(engines))
	}
	for what, url := range engines {
		addEngine(t, s, "Sick "+what, lora.SDNext, url, map[string]any{"timeout_seconds": sickTimeout})
	}
	addEngine(t, s, "Sick backwards", lora.SDNext, backwards(t), nil)
	memory, _ := s.Memory()
	s.ForgetPeak()
	sick := map[string]string{} // habits by job
	for range jobsPerHabit {
		for what := range engines {
			sick[generate(t, s, "Sick%20"+strings.ReplaceAll(what, " ", "%20"), nil)] = what
		}
	}
	forth := generate(t, s, "Sick%20backwards", nil)
	// Meanwhile the healthy engine works, before any sick one is through with its attempts.
	for i := range 10 {
		if m := final(t, s, generate(t, s, "sketch", nil)); m.RawStatus != lora.JobSucceeded || len(m.Images) != 1 {
			t.Errorf("healthy job %d: %s because %q", i, m.RawStatus, m.said())
		}
	}
	for id, what := range sick {
		var m made
		harness.Eventually(t, sickPatience, "the job on an engine with the habit "+what+" is over", func() bool {
			s.Call("GET", "/api/v1/generation/results/"+id, nil, &m)
			return m.RawStatus.Final()
		})
		if !strings.HasPrefix(m.Engine, "Sick ") || m.RawStatus != lora.JobFailed || m.ErrorClass == "" || len(m.Images) != 0 {
			t.Errorf("%s: %s, class %q on %q with %d pictures", what, m.RawStatus, m.ErrorClass, m.Engine, len(m.Images))
		}
		wantSentence(t, what, m.said())
	}
	if m := final(t, s, forth); m.RawStatus != lora.JobSucceeded {
		t.Errorf("progress that goes backwards: %s because %q", m.RawStatus, m.said())
	}
	if files := filesBelow(t, s.Data+"/pictures"); len(files) == 0 || len(files) > 11 {
		t.Errorf("%d picture files are kept of 11 sound jobs", len(files))
	}
	if after, known := s.Memory(); known {
		t.Logf("%d jobs on %d sick engines: memory rose by %d MiB", len(sick), len(engines), (after.Peak-memory.Now)/mib)
		if after.Peak-memory.Now > sickBudget {
			t.Errorf("allowed are %d MiB", sickBudget/mib)
		}
	}
}

// wantSentence checks that a reason is made for people.
func wantSentence(t *testing.T, what, reason string) {
	t.Helper()
	if len(reason) < 20 || len(reason) > kib || !strings.Contains(reason, " ") || strings.Contains(reason, "goroutine") || strings.Contains(reason, "0x") || strings.Contains(reason, "%!") {
		t.Errorf("%s: the reason is %q", what, reason)
	}
	if first := reason[:min(len(reason), 1)]; strings.ToUpper(first) != first {
		t.Errorf("%s: the reason %q is no sentence", what, reason)
	}
	plainOnly(t, what, reason)
}
