package chart

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"

	"helm.sh/helm/v3/pkg/action"
	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/lint/support"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer/json"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/kubernetes/scheme"
)

const folder = "../../../deploy/helm/loramanager"

// values are the least that must be set, and a change.
func values(change map[string]any) map[string]any {
	v := map[string]any{"pictures": map[string]any{"s3Endpoint": "https://s3.example.com"}}
	maps.Copy(v, change)
	return v
}

// render returns the objects of the chart, read strictly: a misspelt field is an error.
func render(t *testing.T, change map[string]any) (objects []runtime.Object) {
	t.Helper()
	loaded, err := loader.Load(folder)
	if err != nil {
		t.Fatal(err)
	}
	install := action.NewInstall(new(action.Configuration))
	install.ClientOnly, install.DryRun, install.ReleaseName, install.Namespace = true, true, "lm", "loras"
	install.KubeVersion = &chartutil.KubeVersion{Version: "v1.34.0", Major: "1", Minor: "34"}
	release, err := install.Run(loaded, values(change))
	if err != nil {
		t.Fatal(err)
	}
	strict := json.NewSerializerWithOptions(json.DefaultMetaFactory, scheme.Scheme, scheme.Scheme, json.SerializerOptions{Yaml: true, Strict: true})
	documents := yaml.NewYAMLReader(bufio.NewReader(strings.NewReader(release.Manifest)))
	for {
		document, err := documents.Read()
		if errors.Is(err, io.EOF) {
			return objects
		}
		if err != nil {
			t.Fatal(err)
		}
		if len(bytes.TrimSpace(document)) == 0 {
			continue
		}
		object, _, err := strict.Decode(document, nil, nil)
		if err != nil {
			t.Fatalf("%v in\n%s", err, document)
		}
		objects = append(objects, object)
	}
}

func TestTheChartPassesHelmsLinter(t *testing.T) {
	t.Parallel()
	for _, m := range action.NewLint().Run([]string{folder}, values(nil)).Messages {
		if m.Severity > support.InfoSev {
			t.Error(m)
		}
	}
}

func TestWhatTheChartMakes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		change map[string]any
		want   []string
	}{
		{"as it comes", nil, []string{"Deployment", "Deployment", "NetworkPolicy", "PodDisruptionBudget", "PodDisruptionBudget", "Service"}},
		{"one process does everything", map[string]any{"server": map[string]any{"replicas": 1}, "worker": map[string]any{"replicas": 0}, "networkPolicy": map[string]any{"enabled": false}}, []string{"Deployment", "Service"}},
		{"with an ingress below a path", map[string]any{"basePath": "/lora", "ingress": map[string]any{"enabled": true, "tlsSecret": "tls", "className": "nginx"}}, []string{"Deployment", "Deployment", "Ingress", "NetworkPolicy", "PodDisruptionBudget", "PodDisruptionBudget", "Service"}},
		{"with backups in a bucket and variables", map[string]any{"backups": map[string]any{"s3Bucket": "backups"}, "env": map[string]any{"LORAMANAGER_LOG_LEVEL": "debug"}}, []string{"Deployment", "Deployment", "NetworkPolicy", "PodDisruptionBudget", "PodDisruptionBudget", "Service"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var kinds []string
			for _, object := range render(t, c.change) {
				kinds = append(kinds, object.GetObjectKind().GroupVersionKind().Kind)
				if ingress, ok := object.(*networkingv1.Ingress); ok && ingress.Spec.Rules[0].HTTP.Paths[0].Path != "/lora/" {
					t.Errorf("the path is %q", ingress.Spec.Rules[0].HTTP.Paths[0].Path)
				}
			}
			slices.Sort(kinds)
			if !slices.Equal(kinds, c.want) {
				t.Errorf("got %v, want %v", kinds, c.want)
			}
		})
	}
}

func TestPodsMayDoNothingTheyDoNotNeedAndHoldNoSecrets(t *testing.T) {
	t.Parallel()
	for _, object := range render(t, map[string]any{"backups": map[string]any{"s3Bucket": "backups"}}) {
		deployment, ok := object.(*appsv1.Deployment)
		if !ok {
			continue
		}
		pod := deployment.Spec.Template.Spec
		container := pod.Containers[0]
		if *pod.AutomountServiceAccountToken || !*pod.SecurityContext.RunAsNonRoot || pod.SecurityContext.SeccompProfile.Type != corev1.SeccompProfileTypeRuntimeDefault {
			t.Errorf("%s: %+v", deployment.Name, pod.SecurityContext)
		}
		if s := container.SecurityContext; *s.AllowPrivilegeEscalation || !*s.ReadOnlyRootFilesystem || !slices.Contains(s.Capabilities.Drop, "ALL") {
			t.Errorf("%s: %+v", deployment.Name, s)
		}
		for _, variable := range container.Env {
			secret := slices.ContainsFunc([]string{"_KEY", "DATABASE_URL", "REDIS_URL"}, func(s string) bool { return strings.HasSuffix(variable.Name, s) })
			if secret && (variable.ValueFrom == nil || variable.ValueFrom.SecretKeyRef == nil) {
				t.Errorf("%s: %s is written out", deployment.Name, variable.Name)
			}
		}
		if container.Name == "server" {
			if container.ReadinessProbe == nil || container.LivenessProbe == nil || container.StartupProbe == nil {
				t.Error("the server is not probed")
			}
			if got := *pod.TerminationGracePeriodSeconds; got != 30 {
				t.Errorf("a server has %d s to end, its drain and 25 s are wanted", got)
			}
		}
	}
}
