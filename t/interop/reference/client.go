package main

import (
	"context"
	"crypto"
	"crypto/tls"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/smallstep/certificates/api"
	"github.com/smallstep/certificates/ca"
	"github.com/smallstep/certificates/errs"
	"go.step.sm/cli-utils/token"
	"go.step.sm/cli-utils/token/provision"
	"go.step.sm/crypto/jose"
	"go.step.sm/crypto/pemutil"
	"go.step.sm/crypto/randutil"
)

// What one line of standard input says: the call, and what that call needs.
type call struct {
	Do, URL, Root, SHA       string
	Server                   string // token of the other side
	Provisioner, Password    string
	Subject                  string
	SANs                     []string
	OTT                      string
	Cert, Key                string // files
	NotBefore, NotAfter      string
	Serial, Reason, Cursor   string
	ReasonCode, Limit        int
	Passive                  bool
	PublicKey, AddUser       []byte
	CertType, KeyID, Op, Kid string
	Principals               []string
	Type, Hostname           string
	Data                     map[string]string
}

// And one line of standard output.
type answer struct {
	Answer interface{} `json:"answer,omitempty"`
	Key    string      `json:"key,omitempty"`
	Error  string      `json:"error,omitempty"`
	Status int         `json:"status,omitempty"`
}

func client(in io.Reader, out io.Writer) error {
	lines, answers := json.NewDecoder(in), json.NewEncoder(out)
	for {
		var c call
		if err := lines.Decode(&c); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		var a answer
		err := c.make(&a)
		if err != nil {
			a = answer{Error: err.Error()}
			var e *errs.Error
			if errors.As(err, &e) {
				a.Status, a.Error = e.StatusCode(), e.Message()
			}
		}
		if err := answers.Encode(a); err != nil {
			return err
		}
	}
}

func (c *call) make(a *answer) (err error) {
	switch c.Do {
	case "token", "sshToken", "popToken", "renewToken":
		a.Answer, err = c.token()
		return err
	case "bootstrap":
		cl, err := ca.Bootstrap(c.OTT)
		if err != nil {
			return err
		}
		a.Answer, err = cl.Health()
		return err
	case "mutual":
		a.Answer, err = c.mutual()
		return err
	}
	opt := ca.WithRootFile(c.Root)
	if c.SHA != "" && c.Root == "" {
		opt = ca.WithRootSHA256(c.SHA)
	}
	cl, err := ca.NewClient(c.URL, opt)
	if err != nil {
		return err
	}
	if c.Do[:3] == "ssh" {
		a.Answer, err = c.ssh(cl)
	} else {
		a.Answer, err = c.x509(cl, a)
	}
	return err
}

func (c *call) x509(cl *ca.Client, a *answer) (interface{}, error) {
	switch c.Do {
	case "version":
		return cl.Version()
	case "health":
		return cl.Health()
	case "root":
		return cl.Root(c.SHA)
	case "roots":
		return cl.Roots()
	case "federation":
		return cl.Federation()
	case "fingerprint":
		return cl.RootFingerprint()
	case "provisioners":
		return cl.Provisioners(ca.WithProvisionerCursor(c.Cursor),
			ca.WithProvisionerLimit(c.Limit))
	case "provisionerKey":
		return cl.ProvisionerKey(c.Kid)
	case "sign":
		return c.sign(cl, a)
	case "renew":
		tr, err := c.transport(cl)
		if err != nil {
			return nil, err
		}
		return cl.Renew(tr)
	case "renewWithToken":
		return cl.RenewWithToken(c.OTT)
	case "rekey":
		return c.rekey(cl, a)
	case "revoke":
		var tr http.RoundTripper
		if c.Cert != "" {
			var err error
			if tr, err = c.transport(cl); err != nil {
				return nil, err
			}
		}
		return cl.Revoke(&api.RevokeRequest{Serial: c.Serial, OTT: c.OTT,
			ReasonCode: c.ReasonCode, Reason: c.Reason, Passive: c.Passive}, tr)
	}
	return nil, fmt.Errorf("no call %q", c.Do)
}

func (c *call) ssh(cl *ca.Client) (interface{}, error) {
	switch c.Do {
	case "sshSign":
		req := &api.SSHSignRequest{PublicKey: c.PublicKey, OTT: c.OTT,
			CertType: c.CertType, KeyID: c.KeyID, Principals: c.Principals,
			AddUserPublicKey: c.AddUser}
		var err error
		if req.ValidAfter, err = api.ParseTimeDuration(c.NotBefore); err != nil {
			return nil, err
		}
		if req.ValidBefore, err = api.ParseTimeDuration(c.NotAfter); err != nil {
			return nil, err
		}
		return cl.SSHSign(req)
	case "sshRenew":
		return cl.SSHRenew(&api.SSHRenewRequest{OTT: c.OTT})
	case "sshRekey":
		return cl.SSHRekey(&api.SSHRekeyRequest{OTT: c.OTT, PublicKey: c.PublicKey})
	case "sshRevoke":
		return cl.SSHRevoke(&api.SSHRevokeRequest{Serial: c.Serial, OTT: c.OTT,
			ReasonCode: c.ReasonCode, Reason: c.Reason, Passive: c.Passive})
	case "sshRoots":
		return cl.SSHRoots()
	case "sshFederation":
		return cl.SSHFederation()
	case "sshConfig":
		return cl.SSHConfig(&api.SSHConfigRequest{Type: c.Type, Data: c.Data})
	case "sshCheckHost":
		return cl.SSHCheckHost(c.Hostname, "")
	case "sshHosts":
		return cl.SSHGetHosts()
	case "sshBastion":
		return cl.SSHBastion(&api.SSHBastionRequest{User: c.Subject,
			Hostname: c.Hostname})
	}
	return nil, fmt.Errorf("no call %q", c.Do)
}

func (c *call) sign(cl *ca.Client, a *answer) (interface{}, error) {
	req, key, err := ca.CreateSignRequest(c.OTT)
	if err != nil {
		return nil, err
	}
	if req.NotBefore, err = api.ParseTimeDuration(c.NotBefore); err != nil {
		return nil, err
	}
	if req.NotAfter, err = api.ParseTimeDuration(c.NotAfter); err != nil {
		return nil, err
	}
	if a.Key, err = keyPEM(key); err != nil {
		return nil, err
	}
	return cl.Sign(req)
}

func (c *call) rekey(cl *ca.Client, a *answer) (interface{}, error) {
	tr, err := c.transport(cl)
	if err != nil {
		return nil, err
	}
	csr, key, err := ca.CreateCertificateRequest(c.Subject)
	if err != nil {
		return nil, err
	}
	if a.Key, err = keyPEM(key); err != nil {
		return nil, err
	}
	return cl.Rekey(&api.RekeyRequest{CsrPEM: *csr}, tr)
}

func keyPEM(key crypto.PrivateKey) (string, error) {
	b, err := pemutil.Serialize(key)
	if err != nil {
		return "", err
	}
	return string(pem.EncodeToMemory(b)), nil
}

func (c *call) transport(cl *ca.Client) (http.RoundTripper, error) {
	pair, err := tls.LoadX509KeyPair(c.Cert, c.Key)
	if err != nil {
		return nil, err
	}
	return &http.Transport{TLSClientConfig: &tls.Config{
		RootCAs: cl.GetRootCAs(), Certificates: []tls.Certificate{pair}}}, nil
}

// Tokens: of a provisioner, whose key the authority hands out encrypted, or
// of a certificate that speaks for itself.
func (c *call) token() (string, error) {
	if c.Do == "popToken" || c.Do == "renewToken" {
		return c.ownToken()
	}
	p, err := ca.NewProvisioner(c.Provisioner, c.Kid, c.URL, []byte(c.Password),
		ca.WithRootFile(c.Root))
	if err != nil {
		return "", err
	}
	if c.Do == "sshToken" {
		return p.SSHToken(c.CertType, c.KeyID, c.Principals)
	}
	return p.Token(c.Subject, c.SANs...)
}

func (c *call) ownToken() (string, error) {
	id, err := randutil.Hex(64)
	if err != nil {
		return "", err
	}
	key, err := pemutil.Read(c.Key)
	if err != nil {
		return "", err
	}
	now := time.Now()
	proof := token.WithX5CInsecureFile(c.Cert, key)
	if c.Do == "popToken" {
		proof = token.WithSSHPOPFile(c.Cert, key)
	}
	t, err := provision.New(c.Subject, token.WithJWTID(id),
		token.WithIssuer(c.Provisioner), token.WithAudience(c.URL+c.Op),
		token.WithValidity(now, now.Add(5*time.Minute)), proof)
	if err != nil {
		return "", err
	}
	return t.SignedString(jose.ES256, key)
}

// A server and a client who get their certificates for the tokens Server
// and OTT, and trust each other because of the authority.
func (c *call) mutual() (interface{}, error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	srv, err := ca.BootstrapServer(ctx, c.Server, &http.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprint(w, r.TLS.PeerCertificates[0].Subject.CommonName)
		})})
	if err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	go srv.ServeTLS(l, "", "")
	defer srv.Close()
	hc, err := ca.BootstrapClient(ctx, c.OTT)
	if err != nil {
		return nil, err
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	r, err := hc.Get("https://localhost:" + port)
	if err != nil {
		return nil, err
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	return string(b), err
}
