// A certificate authority, the files of one, and a client, all three made of
// the packages that Debian has of the reference:
//
//	reference serve CA.JSON PASSWORD-FILE
//	reference init PASSWORD-FILE PORT DNS-NAME...    into $STEPPATH
//	reference client                                 JSON lines in and out
package main

import (
	"bytes"
	"fmt"
	"log"
	"net/http"
	"os"

	"github.com/smallstep/certificates/authority/config"
	"github.com/smallstep/certificates/ca"
	"github.com/smallstep/certificates/cas/apiv1"
	"github.com/smallstep/certificates/pki"
)

func main() {
	var err error
	args := os.Args[1:]
	switch {
	case len(args) == 3 && args[0] == "serve":
		err = serve(args[1], args[2])
	case len(args) >= 4 && args[0] == "init":
		err = initialise(args[1], args[2], args[3:])
	case len(args) == 1 && args[0] == "client":
		err = client(os.Stdin, os.Stdout)
	default:
		err = fmt.Errorf("serve, init or client")
	}
	if err != nil {
		log.Fatalf("reference: %v", err)
	}
}

func password(file string) ([]byte, error) {
	b, err := os.ReadFile(file)
	return bytes.TrimSpace(b), err
}

// As step-ca does it, until a signal ends it.
func serve(file, passwordFile string) error {
	pass, err := password(passwordFile)
	if err != nil {
		return err
	}
	cfg, err := config.LoadConfiguration(file)
	if err != nil {
		return err
	}
	srv, err := ca.New(cfg, ca.WithConfigFile(file), ca.WithPassword(pass))
	if err != nil {
		return err
	}
	go ca.StopReloaderHandler(srv)
	if err := srv.Run(); err != http.ErrServerClosed {
		return err
	}
	return nil
}

// As step ca init --ssh does it, with a provisioner named admin.
func initialise(passwordFile, port string, names []string) error {
	pass, err := password(passwordFile)
	if err != nil {
		return err
	}
	p, err := pki.New(apiv1.Options{Type: apiv1.SoftCAS, IsCreator: true},
		pki.WithAddress("127.0.0.1:"+port), pki.WithDNSNames(names),
		pki.WithCaURL("https://"+names[0]+":"+port),
		pki.WithProvisioner("admin"),
		pki.WithSSH(), pki.WithDeploymentType(pki.StandaloneDeployment))
	if err != nil {
		return err
	}
	if err := p.GenerateKeyPairs(pass); err != nil {
		return err
	}
	root, err := p.GenerateRootCertificate("Reference", "Reference", "Reference", pass)
	if err != nil {
		return err
	}
	err = p.GenerateIntermediateCertificate("Reference", "Reference", "Reference", root, pass)
	if err != nil {
		return err
	}
	if err := p.GenerateSSHSigningKeys(pass); err != nil {
		return err
	}
	return p.Save()
}
