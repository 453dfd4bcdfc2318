package main

import (
	"context"
	"fmt"

	"github.com/fluxcd/cli-utils/pkg/kstatus/status"
	"github.com/fluxcd/pkg/apis/kustomize"
	"github.com/fluxcd/pkg/runtime/cel"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// expressions judge the kinds that a Flux Kustomization has expressions for; Flux leaves the others to kstatus.
type expressions map[schema.GroupKind]*cel.StatusEvaluator

func newExpressions(checks []kustomize.CustomHealthCheck) (expressions, error) {
	made := expressions{}
	for _, check := range checks {
		evaluator, err := cel.NewStatusEvaluator(&check.HealthCheckExpressions)
		if err != nil {
			return nil, fmt.Errorf("the expressions for %s: %w", check.Kind, err)
		}
		made[schema.FromAPIVersionAndKind(check.APIVersion, check.Kind).GroupKind()] = evaluator
	}
	return made, nil
}

func (e expressions) verdict(ctx context.Context, object *unstructured.Unstructured) verdict {
	evaluator, ok := e[object.GroupVersionKind().GroupKind()]
	if !ok {
		return kstatus(object)
	}
	result, err := evaluator.Evaluate(ctx, object)
	if err != nil {
		return failed(err)
	}
	return verdict{Status: result.Status.String(), Message: result.Message}
}

func kstatus(object *unstructured.Unstructured) verdict {
	result, err := status.Compute(object)
	if err != nil {
		return failed(err)
	}
	return verdict{Status: result.Status.String(), Message: result.Message}
}
