// Puts a package through the compiler of Kubeflow Pipelines, in the way its server does.
//
// It belongs into a folder of github.com/kubeflow/pipelines, to which test_argocompiler.py copies it.
package utkface_test

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/kubeflow/pipelines/api/v2alpha1/go/pipelinespec"
	"github.com/kubeflow/pipelines/backend/src/apiserver/config/proxy"
	"github.com/kubeflow/pipelines/backend/src/v2/compiler/argocompiler"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"
	"gopkg.in/yaml.v3"
)

func TestAPackageBecomesAWorkflow(t *testing.T) {
	proxy.InitializeConfigWithEmptyForTests()
	spec, platforms := read(t, os.Getenv("UTKFACE_KFP_PACKAGE"))

	pipeline := &structpb.Struct{}
	convert(t, toJSON(t, spec), pipeline)
	workflow, err := argocompiler.Compile(
		&pipelinespec.PipelineJob{PipelineSpec: pipeline},
		platforms.GetPlatforms()["kubernetes"],
		&argocompiler.Options{},
	)
	if err != nil {
		t.Fatalf("expected a workflow; the compiler says: %v", err)
	}

	steps := map[string]bool{}
	for _, template := range workflow.Spec.Templates {
		if template.DAG != nil {
			for _, step := range template.DAG.Tasks {
				steps[step.Name] = true
			}
		}
	}
	arguments := map[string]bool{}
	components := 0
	for _, argument := range workflow.Spec.Arguments.Parameters {
		arguments[argument.Name] = true
		if strings.HasPrefix(argument.Name, "components-") {
			components++
		}
	}

	tasks := map[string]*pipelinespec.PipelineTaskSpec{}
	nested := map[string]bool{}
	for name, component := range spec.GetComponents() {
		for task, specification := range component.GetDag().GetTasks() {
			tasks[task] = specification
			nested[name] = true
		}
	}
	for task, specification := range spec.GetRoot().GetDag().GetTasks() {
		tasks[task] = specification
	}
	if len(tasks) == 0 {
		t.Error("expected tasks; the package has none")
	}
	for name, task := range tasks {
		if !steps[name] || !steps[name+"-driver"] {
			t.Errorf("%s: expected a driver and an executor; the workflow has %v", name, steps)
		}
		// A pipeline within the pipeline is no container of its own.
		if nested[task.GetComponentRef().GetName()] {
			continue
		}
		if component := task.GetComponentRef().GetName(); !arguments["kubernetes-"+component] {
			t.Errorf("%s: expected its part of the platform document; it is lost", component)
		}
	}
	// Components with equal containers are taken for one. The root is a component as well.
	if want := len(spec.GetComponents()) + 1; components != want {
		t.Errorf("expected %d components; the workflow has %d", want, components)
	}
}

// read returns the two documents of a package; a field that Kubeflow Pipelines does not know fails.
func read(t *testing.T, path string) (*pipelinespec.PipelineSpec, *pipelinespec.PlatformSpec) {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatalf("UTKFACE_KFP_PACKAGE: expected the path of a package; %v", err)
	}
	defer file.Close()

	spec, platforms := &pipelinespec.PipelineSpec{}, &pipelinespec.PlatformSpec{}
	decoder := yaml.NewDecoder(file)
	for _, message := range []proto.Message{spec, platforms} {
		document := map[string]any{}
		if err := decoder.Decode(&document); err != nil {
			t.Fatalf("%s: expected two documents; %v", path, err)
		}
		text, err := json.Marshal(document)
		if err != nil {
			t.Fatal(err)
		}
		convert(t, text, message)
	}
	if err := decoder.Decode(&map[string]any{}); !errors.Is(err, io.EOF) {
		t.Fatalf("%s: expected two documents; there is more (%v)", path, err)
	}
	return spec, platforms
}

func toJSON(t *testing.T, message proto.Message) []byte {
	t.Helper()
	text, err := protojson.Marshal(message)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func convert(t *testing.T, text []byte, message proto.Message) {
	t.Helper()
	if err := protojson.Unmarshal(text, message); err != nil {
		t.Fatalf("%T: %v", message, err)
	}
}
