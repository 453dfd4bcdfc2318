// Command argo-cd runs two parts of Argo CD, each as Argo CD's own command does, and a server of the protocol of Redis
// for what they keep in one. The first argument chooses the part.
package main

import (
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/alicebob/miniredis/v2"
	controller "github.com/argoproj/argo-cd/v3/cmd/argocd-application-controller/commands"
	reposerver "github.com/argoproj/argo-cd/v3/cmd/argocd-repo-server/commands"
	"github.com/spf13/cobra"
)

func main() {
	parts := map[string]func() *cobra.Command{
		"application-controller": controller.NewCommand,
		"repo-server":            reposerver.NewCommand,
		"redis":                  redis,
	}
	build := parts[append(os.Args, "")[1]]
	if build == nil {
		fmt.Fprintln(os.Stderr, "argo-cd: expected application-controller, repo-server or redis")
		os.Exit(2)
	}
	command := build()
	command.SetArgs(os.Args[2:])
	if err := command.Execute(); err != nil {
		os.Exit(1)
	}
}

func redis() *cobra.Command {
	return &cobra.Command{
		Use:  "redis ADDRESS",
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			server := miniredis.NewMiniRedis()
			if err := server.StartAddr(args[0]); err != nil {
				return err
			}
			fmt.Println("redis listens at", server.Addr())
			ended := make(chan os.Signal, 1)
			signal.Notify(ended, os.Interrupt, syscall.SIGTERM)
			<-ended
			server.Close()
			return nil
		},
	}
}
