package main

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"

	"golang.org/x/crypto/ssh"
)

var errRefused = errors.New("refused")

func serverConfig(config *Config) (*ssh.ServerConfig, error) {
	authorized, err := authorizedKeys(config)
	if err != nil {
		return nil, err
	}
	server := &ssh.ServerConfig{
		PublicKeyCallback: func(metadata ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
			if user := config.Users[metadata.User()]; user != nil && user.Undecided {
				select {} // until the program ends
			}
			for _, known := range authorized[metadata.User()] {
				if bytes.Equal(known, key.Marshal()) {
					return afterKey(config.Users[metadata.User()])
				}
			}
			return nil, errRefused
		},
	}
	if anyPassword(config) {
		server.PasswordCallback = func(metadata ssh.ConnMetadata, password []byte) (*ssh.Permissions, error) {
			user := config.Users[metadata.User()]
			if user == nil || user.SecondFactor || user.Password == "" || user.Password != string(password) {
				return nil, errRefused
			}
			return nil, nil
		}
	}
	if len(config.KeyExchanges) > 0 {
		server.KeyExchanges = config.KeyExchanges
	}
	if err := addHostKeys(server, config); err != nil {
		return nil, fmt.Errorf("host key: %w", err)
	}
	return server, nil
}

func addHostKeys(server *ssh.ServerConfig, config *Config) error {
	for _, pem := range config.HostKeys {
		signer, err := ssh.ParsePrivateKey([]byte(pem))
		if err != nil {
			return err
		}
		if signer, err = limited(signer, config.HostKeyAlgorithms); err != nil {
			return err
		}
		server.AddHostKey(signer)
		if config.HostAuthority == "" {
			continue
		}
		certified, err := certified(signer, config.HostAuthority)
		if err != nil {
			return err
		}
		server.AddHostKey(certified)
	}
	return nil
}

func certified(signer ssh.Signer, authority string) (ssh.Signer, error) {
	issuer, err := ssh.ParsePrivateKey([]byte(authority))
	if err != nil {
		return nil, err
	}
	certificate := &ssh.Certificate{
		Key:             signer.PublicKey(),
		CertType:        ssh.HostCert,
		ValidPrincipals: []string{"127.0.0.1"},
		ValidBefore:     ssh.CertTimeInfinity,
	}
	if err := certificate.SignCert(rand.Reader, issuer); err != nil {
		return nil, err
	}
	return ssh.NewCertSigner(certificate, signer)
}

func limited(signer ssh.Signer, algorithms []string) (ssh.Signer, error) {
	several, ok := signer.(ssh.AlgorithmSigner)
	if !ok || len(algorithms) == 0 || signer.PublicKey().Type() != ssh.KeyAlgoRSA {
		return signer, nil
	}
	return ssh.NewSignerWithAlgorithms(several, algorithms)
}

func afterKey(user *User) (*ssh.Permissions, error) {
	if !user.SecondFactor {
		return nil, nil
	}
	return nil, &ssh.PartialSuccessError{Next: ssh.ServerAuthCallbacks{
		PasswordCallback: func(ssh.ConnMetadata, []byte) (*ssh.Permissions, error) { return nil, errRefused },
	}}
}

func authorizedKeys(config *Config) (map[string][][]byte, error) {
	keys := map[string][][]byte{}
	for name, user := range config.Users {
		for _, line := range user.AuthorizedKeys {
			key, _, _, _, err := ssh.ParseAuthorizedKey([]byte(line))
			if err != nil {
				return nil, fmt.Errorf("authorized key of %s: %w", name, err)
			}
			keys[name] = append(keys[name], key.Marshal())
		}
	}
	return keys, nil
}

func anyPassword(config *Config) bool {
	for _, user := range config.Users {
		if user.Password != "" {
			return true
		}
	}
	return false
}
