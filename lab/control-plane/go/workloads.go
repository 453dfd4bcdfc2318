package main

import (
	"context"

	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/kubernetes/pkg/controller/deployment"
	"k8s.io/kubernetes/pkg/controller/job"
	"k8s.io/kubernetes/pkg/controller/replicaset"
)

// startWorkloads runs what makes pods of Deployments and Jobs, rolls them and reports on them. Nothing here runs a
// pod: a test that wants that brings its own stand-in for the kubelet.
func startWorkloads(ctx context.Context, client kubernetes.Interface, shared informers.SharedInformerFactory) error {
	pods := shared.Core().V1().Pods()
	replicaSets := shared.Apps().V1().ReplicaSets()
	deployments, err := deployment.NewDeploymentController(ctx, shared.Apps().V1().Deployments(), replicaSets, pods, client)
	if err != nil {
		return err
	}
	// Its informers of gang scheduling may be nil while that feature is off, which it is by default.
	jobs, err := job.NewController(ctx, client, pods, shared.Batch().V1().Jobs(), nil, nil)
	if err != nil {
		return err
	}
	go replicaset.NewReplicaSetController(ctx, replicaSets, pods, client, replicaset.BurstReplicas).Run(ctx, workers)
	go deployments.Run(ctx, workers)
	go jobs.Run(ctx, workers)
	return nil
}
