// Command gitops-tools says what Argo CD, Flux and kstatus make of Kubernetes objects: with the Lua
// interpreter of the first, the expression evaluator of the second and the library of the third.
//
// It reads one JSON document from its standard input and writes one to its standard output.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/fluxcd/pkg/apis/kustomize"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

type request struct {
	// HealthChecks are the Lua scripts of Argo CD's configuration, by kind.
	HealthChecks map[string]string `json:"healthChecks"`
	// HealthCheckExprs are spec.healthCheckExprs of a Flux Kustomization.
	HealthCheckExprs []kustomize.CustomHealthCheck `json:"healthCheckExprs"`
	Objects          []json.RawMessage             `json:"objects"`
}

// verdicts are one object's. A tool that could not tell has said why.
type verdicts struct {
	ArgoCD  verdict `json:"argoCd"`
	Flux    verdict `json:"flux"`
	Kstatus verdict `json:"kstatus"`
}

type verdict struct {
	Status  string `json:"status,omitempty"`
	Message string `json:"message,omitempty"`
	Error   string `json:"error,omitempty"`
}

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	decoder := json.NewDecoder(os.Stdin)
	decoder.DisallowUnknownFields()
	var asked request
	if err := decoder.Decode(&asked); err != nil {
		return fmt.Errorf("the request: %w", err)
	}
	expressions, err := newExpressions(asked.HealthCheckExprs)
	if err != nil {
		return err
	}
	answers := make([]verdicts, 0, len(asked.Objects))
	for _, raw := range asked.Objects {
		object := &unstructured.Unstructured{}
		if err := object.UnmarshalJSON(raw); err != nil {
			return fmt.Errorf("an object: %w", err)
		}
		answers = append(answers, verdicts{
			ArgoCD:  argoCD(ctx, asked.HealthChecks[object.GetKind()], raw),
			Flux:    expressions.verdict(ctx, object),
			Kstatus: kstatus(object),
		})
	}
	return json.NewEncoder(os.Stdout).Encode(answers)
}

func failed(err error) verdict {
	return verdict{Error: err.Error()}
}
