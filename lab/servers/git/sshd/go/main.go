// Command git-sshd serves Git repositories over SSH on a free port of the loopback interface, with the SSH
// implementation of golang.org/x/crypto. It is the peer of the Git probe's tests.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"net"
	"os"

	"golang.org/x/crypto/ssh"
)

// Config is the JSON file that the flag -config names.
type Config struct {
	// Root is the folder that the repositories' paths are relative to.
	Root string `json:"root"`
	// HostKeys are private keys in PEM.
	HostKeys []string `json:"hostKeys"`
	// HostAuthority is a private key in PEM; every host key then has a certificate of it for 127.0.0.1.
	HostAuthority string `json:"hostAuthority"`
	// KeyExchanges limits the algorithms; empty means the library's own choice.
	KeyExchanges []string `json:"keyExchanges"`
	// HostKeyAlgorithms limits what an RSA host key signs by; empty means the library's own choice.
	HostKeyAlgorithms []string `json:"hostKeyAlgorithms"`
	// AcceptEnv says whether clients may set GIT_PROTOCOL, as sshd's AcceptEnv does.
	AcceptEnv bool `json:"acceptEnv"`
	// Users by name.
	Users map[string]*User `json:"users"`
}

// User is one account and what it may do.
type User struct {
	// AuthorizedKeys are lines as in authorized_keys.
	AuthorizedKeys []string `json:"authorizedKeys"`
	Password       string   `json:"password"`
	// SecondFactor asks for a password after the key.
	SecondFactor bool `json:"secondFactor"`
	// Undecided never answers when this account logs in.
	Undecided bool `json:"undecided"`
	// MayPush lets git-receive-pack run.
	MayPush bool `json:"mayPush"`
	// NoCommands refuses every command.
	NoCommands bool `json:"noCommands"`
	// NoSessions refuses every channel.
	NoSessions bool `json:"noSessions"`
	// Silent accepts a command and never answers.
	Silent bool `json:"silent"`
	// Shell, when not empty, is printed by a program that is no Git.
	Shell string `json:"shell"`
}

func main() {
	path := flag.String("config", "", "JSON file")
	flag.Parse()
	config, err := readConfig(*path)
	if err != nil {
		log.Fatal(err)
	}
	server, err := serverConfig(config)
	if err != nil {
		log.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("listening on port %d\n", listener.Addr().(*net.TCPAddr).Port)
	for {
		connection, err := listener.Accept()
		if err != nil {
			log.Fatal(err)
		}
		go serve(connection, server, config)
	}
}

func readConfig(path string) (*Config, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	config := &Config{}
	return config, json.Unmarshal(text, config)
}

func serve(connection net.Conn, server *ssh.ServerConfig, config *Config) {
	defer connection.Close()
	session, channels, requests, err := ssh.NewServerConn(connection, server)
	if err != nil {
		log.Printf("handshake: %v", err)
		return
	}
	defer session.Close()
	go ssh.DiscardRequests(requests)
	user := config.Users[session.User()]
	for channel := range channels {
		if user.NoSessions || channel.ChannelType() != "session" {
			if err := channel.Reject(ssh.Prohibited, "no sessions"); err != nil {
				return
			}
			continue
		}
		accepted, requests, err := channel.Accept()
		if err != nil {
			return
		}
		go (&commands{config: config, user: user, channel: accepted}).serve(requests)
	}
}
