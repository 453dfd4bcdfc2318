package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/metadata/metadatainformer"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/restmapper"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/controller-manager/pkg/informerfactory"
	"k8s.io/klog/v2"
	"k8s.io/kubernetes/pkg/controller/certificates/rootcacertpublisher"
	"k8s.io/kubernetes/pkg/controller/clusterroleaggregation"
	"k8s.io/kubernetes/pkg/controller/garbagecollector"
	"k8s.io/kubernetes/pkg/controller/namespace"
	"k8s.io/kubernetes/pkg/controller/serviceaccount"
)

// kube-controller-manager looks for new kinds every 30 s. A test that has just created a CustomResourceDefinition
// would have to wait that long before the garbage collector knows its objects.
const discoveryPeriod = time.Second

const (
	workers            = 4
	initialSyncTimeout = 10 * time.Second
	pollPeriod         = 50 * time.Millisecond
	userAgent          = "kollect-control-plane-controllers"
)

// runControllers runs the controllers that the tests rely on: garbage collection by owner reference, the end of
// namespaces, default service accounts, kube-root-ca.crt, the aggregation of ClusterRoles, Deployments, Jobs and the
// status of PodDisruptionBudgets.
func runControllers() {
	flags := flag.NewFlagSet("controllers", flag.ExitOnError)
	kubeconfig := flags.String("kubeconfig", "", "path of the kubeconfig of an administrator")
	rootCA := flags.String("root-ca-file", "", "path of the certificate that kube-root-ca.crt publishes")
	readyFile := flags.String("ready-file", "", "path of a file to write the process id to when all controllers work")
	_ = flags.Parse(os.Args[1:]) // ExitOnError: does not return on an error

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	synced, err := startControllers(ctx, *kubeconfig, *rootCA)
	if err == nil {
		err = wait.PollUntilContextCancel(ctx, pollPeriod, true, func(context.Context) (bool, error) { return synced(), nil })
	}
	if err == nil {
		err = os.WriteFile(*readyFile, []byte(strconv.Itoa(os.Getpid())), 0o600)
	}
	if err != nil && ctx.Err() == nil {
		fmt.Fprintln(os.Stderr, "controllers:", err)
		os.Exit(1)
	}
	<-ctx.Done()
}

// startControllers returns a function that says whether all that the controllers watch has been read once.
func startControllers(ctx context.Context, kubeconfig, rootCAFile string) (func() bool, error) {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return nil, err
	}
	rootCA, err := os.ReadFile(rootCAFile)
	if err != nil {
		return nil, err
	}
	config = rest.AddUserAgent(config, userAgent)
	config.QPS = -1 // API Priority and Fairness bounds us; a second limit here only delays the tests
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	metadataClient, err := metadata.NewForConfig(config)
	if err != nil {
		return nil, err
	}

	shared := informers.NewSharedInformerFactory(client, 0)
	started := make(chan struct{})
	collector, err := startCollector(ctx, client, metadataClient, shared, started)
	if err != nil {
		return nil, err
	}
	startNamespaces(ctx, client, metadataClient, shared)
	if err := startServiceAccounts(ctx, client, shared); err != nil {
		return nil, err
	}
	publisher, err := rootcacertpublisher.NewPublisher(
		shared.Core().V1().ConfigMaps(), shared.Core().V1().Namespaces(), client, rootCA)
	if err != nil {
		return nil, err
	}
	go publisher.Run(ctx, 1)
	aggregation := clusterroleaggregation.NewClusterRoleAggregation(shared.Rbac().V1().ClusterRoles(), client.RbacV1())
	go aggregation.Run(ctx, workers)
	if err := startWorkloads(ctx, client, shared); err != nil {
		return nil, err
	}
	if err := startDisruption(ctx, config, client, shared); err != nil {
		return nil, err
	}

	shared.Start(ctx.Done())
	close(started)
	return func() bool {
		for _, done := range shared.WaitForCacheSync(ctx.Done()) {
			if !done {
				return false
			}
		}
		return collector.IsSynced(klog.FromContext(ctx))
	}, nil
}

func startCollector(
	ctx context.Context,
	client kubernetes.Interface,
	metadataClient metadata.Interface,
	shared informers.SharedInformerFactory,
	started <-chan struct{},
) (*garbagecollector.GarbageCollector, error) {
	// The mapper has a discovery client of its own, because the collector resets the mapper's.
	mapper := restmapper.NewDeferredDiscoveryRESTMapper(memory.NewMemCacheClient(client.Discovery()))
	objects := informerfactory.NewInformerFactory(shared, metadatainformer.NewSharedInformerFactory(metadataClient, 0))
	collector, err := garbagecollector.NewGarbageCollector(
		ctx, client, metadataClient, mapper, garbagecollector.DefaultIgnoredResources(), objects, started)
	if err != nil {
		return nil, err
	}
	go collector.Run(ctx, workers, initialSyncTimeout)
	go collector.Sync(ctx, client.Discovery(), discoveryPeriod)
	return collector, nil
}

func startNamespaces(
	ctx context.Context,
	client kubernetes.Interface,
	metadataClient metadata.Interface,
	shared informers.SharedInformerFactory,
) {
	discover := func() ([]*metav1.APIResourceList, error) {
		return client.Discovery().ServerPreferredNamespacedResources()
	}
	controller := namespace.NewNamespaceController(
		ctx, client, metadataClient, discover, shared.Core().V1().Namespaces(), 5*time.Minute, v1.FinalizerKubernetes)
	go controller.Run(ctx, workers)
}

func startServiceAccounts(
	ctx context.Context, client kubernetes.Interface, shared informers.SharedInformerFactory,
) error {
	controller, err := serviceaccount.NewServiceAccountsController(
		klog.FromContext(ctx), shared.Core().V1().ServiceAccounts(), shared.Core().V1().Namespaces(),
		client, serviceaccount.DefaultServiceAccountsControllerOptions())
	if err != nil {
		return err
	}
	go controller.Run(ctx, 1)
	return nil
}
