package deploy

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
)

const folder = "../../deploy"

// needed is what whoever starts compose.yml must set.
var needed = []string{
	"POSTGRES_PASSWORD=p", "API_KEY=0123456789abcdef", "LORAMANAGER_ALLOWED_HOSTS=loras.example.com", "LORAMANAGER_PICTURES_S3_ENDPOINT=https://s3.example.com",
}

// project reads a Compose file as the engine does, its schema included.
func project(t *testing.T, file string, env []string, profiles ...string) (*types.Project, error) {
	t.Helper()
	options, err := cli.NewProjectOptions([]string{filepath.Join(folder, file)}, cli.WithEnv(env), cli.WithProfiles(profiles))
	if err != nil {
		t.Fatal(err)
	}
	return options.LoadProject(t.Context())
}

func TestComposeFilesAreWhatTheSpecificationSays(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		file     string
		env      []string
		profiles []string
		services []string
	}{
		{"docker-compose.dev.yml", nil, nil, []string{"api", "postgres", "redis", "web"}},
		{"docker-compose.dev.yml", []string{"SDNEXT_IMAGE=sdnext"}, []string{"sdnext"}, []string{"api", "postgres", "redis", "sdnext", "web"}},
		{"compose.yml", needed, nil, []string{"postgres", "proxy", "redis", "server", "worker"}},
	} {
		p, err := project(t, c.file, c.env, c.profiles...)
		if err != nil {
			t.Errorf("%s: %v", c.file, err)
			continue
		}
		if got := slices.Sorted(slices.Values(p.ServiceNames())); !slices.Equal(got, c.services) {
			t.Errorf("%s with profiles %v has %v, want %v", c.file, c.profiles, got, c.services)
		}
		for _, service := range p.Services {
			for _, v := range service.Volumes {
				if v.Type == "bind" && strings.HasPrefix(v.Source, mustAbs(t, folder)) {
					if _, err := os.Stat(v.Source); err != nil {
						t.Errorf("%s: %s mounts what is not there: %v", c.file, service.Name, err)
					}
				}
			}
		}
	}
}

func TestSecretsMustBeGiven(t *testing.T) {
	t.Parallel()
	for i, variable := range needed {
		if _, err := project(t, "compose.yml", slices.Delete(slices.Clone(needed), i, i+1)); err == nil {
			t.Errorf("compose.yml starts without %s", variable)
		}
	}
}

func TestServersOfProductionMayDoNothingTheyDoNotNeed(t *testing.T) {
	t.Parallel()
	p, err := project(t, "compose.yml", needed)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"server", "worker"} {
		s := p.Services[name]
		if !s.ReadOnly || !slices.Contains(s.CapDrop, "ALL") || !slices.Contains(s.SecurityOpt, "no-new-privileges:true") || len(s.Ports) > 0 || s.Privileged {
			t.Errorf("%s: %+v", name, s)
		}
		if s.GetScale() < 2 {
			t.Errorf("%s has %d replicas", name, s.GetScale())
		}
	}
	dev, err := project(t, "docker-compose.dev.yml", []string{"SDNEXT_IMAGE=sdnext"}, "sdnext")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range dev.Services {
		for _, port := range s.Ports {
			if port.HostIP != "127.0.0.1" {
				t.Errorf("%s of development listens at %s for everybody", s.Name, port.Published)
			}
		}
	}
}

func mustAbs(t *testing.T, path string) string {
	t.Helper()
	abs, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	return abs
}
