// SPDX-License-Identifier: Apache-2.0

// A Kubernetes API server for custom resources: the code of Kubernetes that answers list requests,
// stores objects in etcd, authenticates by tokens and client certificates, and authorizes by RBAC.
// It is apiextensions-apiserver, which would ask a second API server about tokens and roles, with
// both taken from files: users in CSV (token,name,uid,"groups"), and Roles and RoleBindings in YAML.
package main

import (
	"context"
	"errors"
	"flag"
	"io"
	"log"
	"net"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"go.opentelemetry.io/otel/trace/noop"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apiextensions-apiserver/pkg/apiserver"
	"k8s.io/apiextensions-apiserver/pkg/cmd/server/options"
	definitions "k8s.io/apiextensions-apiserver/pkg/generated/openapi"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/apiserver/pkg/authentication/group"
	"k8s.io/apiserver/pkg/authentication/request/bearertoken"
	"k8s.io/apiserver/pkg/authentication/request/union"
	"k8s.io/apiserver/pkg/authentication/request/x509"
	"k8s.io/apiserver/pkg/authentication/token/tokenfile"
	"k8s.io/apiserver/pkg/authorization/authorizerfactory"
	authorizers "k8s.io/apiserver/pkg/authorization/union"
	names "k8s.io/apiserver/pkg/endpoints/openapi"
	"k8s.io/apiserver/pkg/server"
	"k8s.io/apiserver/pkg/server/dynamiccertificates"
	"k8s.io/apiserver/pkg/util/openapi"
	"k8s.io/apiserver/pkg/util/webhook"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/component-base/featuregate"
	"k8s.io/kubernetes/pkg/registry/rbac/validation"
	"k8s.io/kubernetes/plugin/pkg/auth/authorizer/rbac"
)

var (
	etcd        = flag.String("etcd", "", "URL of etcd")
	port        = flag.Int("port", 0, "port of 127.0.0.1")
	certificate = flag.String("certificate", "", "PEM file of the server's certificate")
	key         = flag.String("key", "", "PEM file of its key")
	clientCA    = flag.String("client-ca", "", "PEM file of the authority of clients' certificates")
	users       = flag.String("users", "", "CSV file of users and their tokens")
	roles       = flag.String("roles", "", "YAML file of Roles and RoleBindings")
)

func convert(document map[string]any, object any) {
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(document, object); err != nil {
		log.Fatal(err)
	}
}

func readRoles(path string) *rbac.RBACAuthorizer {
	var allRoles []*rbacv1.Role
	var allBindings []*rbacv1.RoleBinding
	file, err := os.Open(path)
	if err != nil {
		log.Fatal(err)
	}
	defer file.Close()
	for decoder := yaml.NewYAMLOrJSONDecoder(file, 4096); ; {
		document := map[string]any{}
		if err := decoder.Decode(&document); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			log.Fatal(err)
		}
		switch document["kind"] {
		case "Role":
			allRoles = append(allRoles, &rbacv1.Role{})
			convert(document, allRoles[len(allRoles)-1])
		case "RoleBinding":
			allBindings = append(allBindings, &rbacv1.RoleBinding{})
			convert(document, allBindings[len(allBindings)-1])
		}
	}
	_, static := validation.NewTestRuleResolver(allRoles, allBindings, nil, nil)
	return rbac.New(static, static, static, static)
}

func makeOptions() *options.CustomResourceDefinitionsServerOptions {
	own := options.NewCustomResourceDefinitionsServerOptions(os.Stdout, os.Stderr)
	recommended := own.RecommendedOptions
	recommended.Etcd.StorageConfig.Transport.ServerList = strings.Split(*etcd, ",")
	recommended.SecureServing.BindAddress = net.IPv4(127, 0, 0, 1)
	recommended.SecureServing.BindPort = *port
	recommended.SecureServing.ServerCert.CertKey.CertFile = *certificate
	recommended.SecureServing.ServerCert.CertKey.KeyFile = *key
	// All of them would ask another API server.
	recommended.Authentication = nil
	recommended.Authorization = nil
	recommended.CoreAPI = nil
	recommended.Admission = nil
	recommended.Features.EnablePriorityAndFairness = false
	return own
}

func makeConfig(own *options.CustomResourceDefinitionsServerOptions) *server.RecommendedConfig {
	config := server.NewRecommendedConfig(apiserver.Codecs)
	tokens, err := tokenfile.NewCSV(*users)
	authority, authorityErr := dynamiccertificates.NewDynamicCAContentFromFile("client", *clientCA)
	if err := errors.Join(err, authorityErr, own.ServerRunOptions.ApplyTo(&config.Config),
		own.RecommendedOptions.ApplyTo(config),
		own.APIEnablement.ApplyTo(&config.Config, apiserver.DefaultAPIResourceConfigSource(),
			apiserver.Scheme)); err != nil {
		log.Fatal(err)
	}
	if err := config.Authentication.ApplyClientCert(authority, config.SecureServing); err != nil {
		log.Fatal(err)
	}
	config.Authentication.Authenticator = group.NewAuthenticatedGroupAdder(union.New(
		x509.NewDynamic(authority.VerifyOptions, x509.CommonNameUserConversion),
		bearertoken.New(tokens)))
	config.Authorization.Authorizer = authorizers.New(
		authorizerfactory.NewPrivilegedGroups("system:masters"), readRoles(*roles))
	config.OpenAPIV3Config = server.DefaultOpenAPIV3Config(
		openapi.GetOpenAPIDefinitionsWithoutDisabledFeatures(definitions.GetOpenAPIDefinitions),
		names.NewDefinitionNamer(apiserver.Scheme, scheme.Scheme))
	return config
}

func main() {
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	own := makeOptions()
	if err := errors.Join(featuregate.DefaultComponentGlobalsRegistry.Set(), own.Complete()); err != nil {
		log.Fatal(err)
	}
	config := makeConfig(own)
	extensions := &apiserver.Config{
		GenericConfig: config,
		ExtraConfig: apiserver.ExtraConfig{
			CRDRESTOptionsGetter: options.NewCRDRESTOptionsGetter(*own.RecommendedOptions.Etcd,
				config.ResourceTransformers, config.StorageObjectCountTracker),
			ServiceResolver: webhook.NewDefaultServiceResolver(),
			AuthResolverWrapper: webhook.NewDefaultAuthenticationInfoResolverWrapper(nil, nil,
				config.LoopbackClientConfig, noop.NewTracerProvider()),
		},
	}
	running, err := extensions.Complete().New(server.NewEmptyDelegate())
	if err != nil {
		log.Fatal(err)
	}
	if err := running.GenericAPIServer.PrepareRun().RunWithContext(ctx); err != nil {
		log.Fatal(err)
	}
}
