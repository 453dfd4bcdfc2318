package main

import (
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"

	"golang.org/x/crypto/ssh"
)

// commands runs what a client asks for on one channel.
type commands struct {
	config      *Config
	user        *User
	channel     ssh.Channel
	gitProtocol string
}

func (c *commands) serve(requests <-chan *ssh.Request) {
	for request := range requests {
		switch request.Type {
		case "env":
			c.setEnv(request)
		case "exec":
			var exec struct{ Command string }
			known := ssh.Unmarshal(request.Payload, &exec) == nil && !c.user.NoCommands
			reply(request, known)
			if known {
				go c.run(exec.Command)
			}
		default:
			reply(request, false)
		}
	}
}

func (c *commands) setEnv(request *ssh.Request) {
	var variable struct{ Name, Value string }
	accepted := c.config.AcceptEnv && ssh.Unmarshal(request.Payload, &variable) == nil && variable.Name == "GIT_PROTOCOL"
	if accepted {
		c.gitProtocol = variable.Value
	}
	reply(request, accepted)
}

var command = regexp.MustCompile(`^(git-upload-pack|git-receive-pack) '(.*)'$`)

func (c *commands) run(line string) {
	if c.user.Silent {
		return
	}
	if c.user.Shell != "" {
		_, _ = io.WriteString(c.channel, c.user.Shell)
		c.exit(0)
		return
	}
	parts := command.FindStringSubmatch(line)
	if parts == nil {
		c.refuse("this account runs Git only", 1)
		return
	}
	if parts[1] == "git-receive-pack" && !c.user.MayPush {
		c.refuse("The key you are authenticating with has been marked as read only.", 1)
		return
	}
	path := strings.NewReplacer(`'\''`, `'`, `'\!'`, `!`).Replace(parts[2])
	c.exit(c.git(strings.TrimPrefix(parts[1], "git-"), filepath.Join(c.config.Root, filepath.Clean("/"+path))))
}

func (c *commands) git(service, path string) int {
	git := exec.Command("git", service, path)
	git.Env = append(os.Environ(), "GIT_PROTOCOL="+c.gitProtocol)
	git.Stdout = c.channel
	git.Stderr = c.channel.Stderr()
	// A pipe of our own: Run would wait for a client that keeps its end of the channel open.
	input, err := git.StdinPipe()
	if err != nil {
		return c.failed(err)
	}
	go func() {
		_, _ = io.Copy(input, c.channel)
		_ = input.Close()
	}()
	var ended *exec.ExitError
	if err := git.Run(); errors.As(err, &ended) {
		return ended.ExitCode()
	} else if err != nil {
		// Also when the client has gone while Git was writing to it.
		return c.failed(err)
	}
	return 0
}

func (c *commands) failed(err error) int {
	log.Printf("git: %v", err)
	return 1
}

func (c *commands) refuse(why string, code int) {
	fmt.Fprintf(c.channel.Stderr(), "ERROR: %s\n", why)
	c.exit(code)
}

func (c *commands) exit(code int) {
	_, _ = c.channel.SendRequest("exit-status", false, ssh.Marshal(struct{ Status uint32 }{uint32(code)}))
	_ = c.channel.Close()
}

func reply(request *ssh.Request, ok bool) {
	if request.WantReply {
		_ = request.Reply(ok, nil)
	}
}
