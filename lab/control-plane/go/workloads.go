package main

import (
	"context"

	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/restmapper"
	"k8s.io/client-go/scale"
	"k8s.io/kubernetes/pkg/controller/deployment"
	"k8s.io/kubernetes/pkg/controller/disruption"
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

// startDisruption runs what counts healthy pods into the status of PodDisruptionBudgets. Without it a tool that waits
// for a budget to be reconciled waits in vain.
func startDisruption(
	ctx context.Context, config *rest.Config, client kubernetes.Interface, shared informers.SharedInformerFactory,
) error {
	mapper := restmapper.NewDeferredDiscoveryRESTMapper(memory.NewMemCacheClient(client.Discovery()))
	kinds := scale.NewDiscoveryScaleKindResolver(client.Discovery())
	scales, err := scale.NewForConfig(config, mapper, dynamic.LegacyAPIPathResolverFunc, kinds)
	if err != nil {
		return err
	}
	core, apps := shared.Core().V1(), shared.Apps().V1()
	controller := disruption.NewDisruptionController(
		ctx, core.Pods(), shared.Policy().V1().PodDisruptionBudgets(), core.ReplicationControllers(),
		apps.ReplicaSets(), apps.Deployments(), apps.StatefulSets(), client, mapper, scales, client.Discovery())
	go controller.Run(ctx)
	return nil
}
