# SPDX-License-Identifier: Apache-2.0
"""The files for Kubernetes: rendered by kustomize and helm, consistent, and as the program wants
them."""

import json
import re
import subprocess

import pytest
import yaml
from services.exporter import program
from services.kubernetes_tools import Objects, run
from services.process import Process
from services.support import ROOT, find_program, free_port, http_request, wait_until

KUBERNETES = ROOT / "deploy/kubernetes"
EXAMPLE = KUBERNETES / "overlays/example"
CHART = ROOT / "deploy/helm/dr-exporter"
RULE_FILES = sorted((ROOT / "alerts").glob("*.rules.yml"))
DASHBOARDS = {path.name: path.read_text(encoding="utf-8")
              for path in (ROOT / "dashboards").glob("*.json")}
VERSION = re.search(r"^VERSION := (.*)$", (ROOT / "Makefile").read_text(encoding="utf-8"),
                    re.MULTILINE)[1]
# As helm would ask a cluster.
HELM_CLUSTER = ("--kube-version", "1.30.0")


def rule_groups():
    return [group for path in RULE_FILES
            for group in yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]]


@pytest.fixture(scope="module", name="chart")
def fixture_chart(tmp_path_factory):
    directory = tmp_path_factory.mktemp("chart")
    subprocess.run([ROOT / "deploy/helm/build-chart", directory], check=True, timeout=60,
                   capture_output=True)
    return directory / "dr-exporter"


def template(chart, *values, release="dr-exporter", succeeds=True):
    text = run("helm", "template", release, chart, "--namespace", "dr-exporter", *HELM_CLUSTER,
               "--set-file", f"plan={EXAMPLE / 'dr.yml'}", *values, succeeds=succeeds)
    return Objects(text) if succeeds else text


@pytest.fixture(scope="module", name="rendered", params=["kustomize", "helm", "helm, renamed"])
def fixture_rendered(request, chart):
    if request.param == "kustomize":
        return Objects(run("kustomize", "build", EXAMPLE))
    return template(chart, "--set", "secretName=dr-exporter,roles.capacity=true",
                    "--set", "serviceMonitor.labels.release=prometheus",
                    "--set", "prometheusRule.labels.release=prometheus",
                    release="dr-exporter" if request.param == "helm" else "east")


def pod_template(objects):
    return objects.one("Deployment")["spec"]["template"]


def container(objects):
    containers = pod_template(objects)["spec"]["containers"]
    assert len(containers) == 1
    return containers[0]


def includes(labels, wanted):
    return bool(wanted) and wanted.items() <= labels.items()


def test_rules_are_those_of_alerts():
    """deploy/kubernetes/generate.py was run after the last change."""
    text = (KUBERNETES / "base/prometheus-rule.json").read_text(encoding="utf-8")
    assert json.loads(text)["spec"] == {"groups": rule_groups()}


def test_all_dashboards_are_listed():
    listed = yaml.safe_load((ROOT / "dashboards/kustomization.yaml").read_text(encoding="utf-8"))
    assert set(listed["configMapGenerator"][0]["files"]) == set(DASHBOARDS)


def test_versions_are_that_of_the_program():
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text(encoding="utf-8"))
    assert chart["version"] == chart["appVersion"] == VERSION
    deployment = yaml.safe_load((KUBERNETES / "base/deployment.yaml").read_text(encoding="utf-8"))
    image = deployment["spec"]["template"]["spec"]["containers"][0]["image"]
    example = yaml.safe_load((EXAMPLE / "kustomization.yaml").read_text(encoding="utf-8"))
    assert image == f"dr-exporter:{VERSION}" and example["images"][0]["newTag"] == VERSION


@pytest.mark.slow
def test_types_are_those_of_kubernetes(rendered):
    rendered.check_types()
    wrong = Objects(yaml.safe_dump(rendered.one("Deployment")))
    wrong.all[0]["spec"]["replica"] = 1
    with pytest.raises(AssertionError, match='unknown field "spec.replica"'):
        wrong.check_types()


@pytest.mark.slow
def test_everything_is_there(rendered):
    assert rendered.kinds() >= {"ServiceAccount", "Deployment", "Service", "PodDisruptionBudget",
                                "NetworkPolicy", "ServiceMonitor", "PrometheusRule", "ConfigMap"}
    # Roles and their bindings are for other namespaces.
    namespaces = {each["metadata"]["namespace"] for each in rendered.all
                  if not re.search("Namespace|Role", each["kind"])}
    assert namespaces == {"dr-exporter"}
    for kind in ("ServiceMonitor", "PrometheusRule"):
        assert rendered.one(kind)["metadata"]["labels"]["release"] == "prometheus"


@pytest.mark.slow
def test_pod_is_confined(rendered):
    spec = pod_template(rendered)["spec"]
    pod = spec["securityContext"]
    assert pod["runAsNonRoot"] and pod["runAsUser"] > 0 and pod["runAsGroup"] > 0
    assert pod["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container(rendered)["securityContext"] == {
        "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]}}
    assert {"cpu", "memory"} <= container(rendered)["resources"]["requests"].keys()
    assert "memory" in container(rendered)["resources"]["limits"]
    assert not {"hostNetwork", "hostPID", "hostIPC", "initContainers"} & spec.keys()
    assert rendered.one("ServiceAccount")["automountServiceAccountToken"] is False
    # Both renderings ask this cluster for capacity.
    assert spec["automountServiceAccountToken"] is True
    assert spec["serviceAccountName"] == rendered.one("ServiceAccount")["metadata"]["name"]


@pytest.mark.slow
def test_two_never_go_at_once(rendered):
    deployment = rendered.one("Deployment")["spec"]
    assert deployment["replicas"] == 2
    assert deployment["strategy"]["rollingUpdate"] == {"maxSurge": 0, "maxUnavailable": 1}
    assert rendered.one("PodDisruptionBudget")["spec"]["maxUnavailable"] == 1
    spread = {each["topologyKey"]: each["whenUnsatisfiable"]
              for each in deployment["template"]["spec"]["topologySpreadConstraints"]}
    assert spread["kubernetes.io/hostname"] == "DoNotSchedule"


@pytest.mark.slow
def test_selectors_find_the_pods(rendered):
    labels = pod_template(rendered)["metadata"]["labels"]
    service = rendered.one("Service")
    selectors = [service["spec"]["selector"],
                 rendered.one("Deployment")["spec"]["selector"]["matchLabels"],
                 rendered.one("PodDisruptionBudget")["spec"]["selector"]["matchLabels"],
                 rendered.one("NetworkPolicy")["spec"]["podSelector"]["matchLabels"]]
    selectors += [each["labelSelector"]["matchLabels"] for each
                  in pod_template(rendered)["spec"]["topologySpreadConstraints"]]
    for selector in selectors:
        assert includes(labels, selector)
    monitor = rendered.one("ServiceMonitor")["spec"]
    assert includes(service["metadata"]["labels"], monitor["selector"]["matchLabels"])


@pytest.mark.slow
def test_ports_lead_to_the_program(rendered):
    pod = container(rendered)
    ports = {port["name"]: port["containerPort"] for port in pod["ports"]}
    assert f"--web.listen-address=:{ports['http']}" in pod["args"]
    service = rendered.one("Service")["spec"]["ports"][0]
    endpoint = rendered.one("ServiceMonitor")["spec"]["endpoints"][0]
    assert service["targetPort"] in ports and endpoint["port"] == service["name"]
    # As soon as the example of Prometheus, which the time to the first page is measured with.
    [job] = [job for job in yaml.safe_load((ROOT / "deploy/prometheus/prometheus.yml").read_text(
        encoding="utf-8"))["scrape_configs"] if job["job_name"] == "dr_exporter"]
    assert (endpoint["interval"], endpoint["scrapeTimeout"]) == (job["scrape_interval"],
                                                                 job["scrape_timeout"])
    # The operator gives each target a namespace, which would stand in place of a workload's.
    assert endpoint["honorLabels"] is True
    # The rules know this job only.
    assert endpoint["relabelings"] == [{"targetLabel": "job", "replacement": "dr_exporter"}]
    for path in RULE_FILES:
        assert set(re.findall(r'\bjob="([^"]*)"', path.read_text(encoding="utf-8"))) <= {
            "dr_exporter"}


@pytest.mark.slow
def test_only_prometheus_and_clients_may_ask(rendered):
    policy = rendered.one("NetworkPolicy")["spec"]
    assert policy["policyTypes"] == ["Ingress"] and "egress" not in policy
    assert len(policy["ingress"]) == 1
    assert policy["ingress"][0]["ports"] == [{"port": "http"}]
    prometheus, clients = policy["ingress"][0]["from"]
    assert prometheus == {
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}},
        "podSelector": {"matchLabels": {"app.kubernetes.io/name": "prometheus"}}}
    assert clients == {"namespaceSelector": {},
                       "podSelector": {"matchLabels": {"dr-exporter-client": "true"}}}


@pytest.mark.slow
def test_rules_and_dashboards_are_ours(rendered, tmp_path):
    spec = rendered.one("PrometheusRule")["spec"]
    assert spec == {"groups": rule_groups()}
    (tmp_path / "rules.yml").write_text(yaml.safe_dump(spec))
    subprocess.run([find_program("promtool", "prometheus"), "check", "rules",
                    tmp_path / "rules.yml"], check=True, capture_output=True)
    boards = [each for each in rendered.of("ConfigMap")
              if each["metadata"].get("labels", {}).get("grafana_dashboard") == "1"]
    assert [each["data"] for each in boards] == [DASHBOARDS]


@pytest.mark.slow
def test_failover_examples_may_ask_the_gate():
    base = Objects(run("kustomize", "build", KUBERNETES / "base"))
    service = base.one("Service")
    address = (f"http://{service['metadata']['name']}.{service['metadata']['namespace']}.svc:"
               f"{service['spec']['ports'][0]['port']}")
    clients = base.one("NetworkPolicy")["spec"]["ingress"][0]["from"][1]["podSelector"]
    for name in ("kubernetes-job.yaml", "argo-workflow.yaml"):
        text = (ROOT / "deploy/failover" / name).read_text(encoding="utf-8")
        spec = yaml.safe_load(text)["spec"]
        labels = spec.get("podMetadata", spec.get("template", {}).get("metadata"))["labels"]
        assert includes(labels, clients["matchLabels"])
        assert f"--url={address}\n" in text
    Objects((ROOT / "deploy/failover/kubernetes-job.yaml").read_text(
        encoding="utf-8")).check_types()


def mounted(objects, directory):
    """Writes the ConfigMaps that the pod mounts below a directory; where each is in the pod."""
    spec = pod_template(objects)["spec"]
    volumes = {volume["name"]: volume for volume in spec["volumes"]}
    places = {}
    for mount in container(objects)["volumeMounts"]:
        assert mount["readOnly"]
        volume = volumes.pop(mount["name"])
        places[mount["mountPath"]] = directory / mount["name"]
        places[mount["mountPath"]].mkdir()
        if "configMap" in volume:
            data = objects.one("ConfigMap", volume["configMap"]["name"])["data"]
            for name, text in data.items():
                (places[mount["mountPath"]] / name).write_text(text, encoding="utf-8")
    assert not volumes
    return places


@pytest.mark.slow
def test_program_runs_with_these_arguments_and_this_plan(rendered, tmp_path):
    pod = container(rendered)
    places = mounted(rendered, tmp_path)
    plan = places["/etc/dr_exporter"] / "dr.yml"
    assert plan.read_text(encoding="utf-8") == (EXAMPLE / "dr.yml").read_text(encoding="utf-8")
    for path in re.findall(r"(?:password_file|kubeconfig): (.*)/[^/]+$", plan.read_text(),
                           re.MULTILINE):
        assert path in places
    port = free_port()
    arguments = [argument.replace("/etc/dr_exporter", str(plan.parent)).replace(
        ":10112", f"127.0.0.1:{port}") for argument in pod["args"]]
    assert arguments[0] == "serve"
    done = subprocess.run([program(), "check-config", *arguments[1:]], check=False,
                          capture_output=True, text=True)
    assert done.returncode == 0 and "warnings 0" in done.stdout, done.stdout + done.stderr
    process = Process([program(), *arguments], tmp_path / "log")
    process.start()
    try:
        for probe in ("livenessProbe", "readinessProbe"):
            asked = pod[probe]["httpGet"]
            assert asked["port"] == "http"

            def answers(path=asked["path"]):
                try:
                    return http_request(f"http://127.0.0.1:{port}{path}").status == 200
                except OSError:
                    return False

            wait_until(answers, 20, probe)
    finally:
        process.kill()


def without_names(objects):
    """(namespace, rules) of the roles."""
    return sorted((each["metadata"].get("namespace", ""), json.dumps(each["rules"], sort_keys=True))
                  for each in objects.all if each["kind"] in ("Role", "ClusterRole"))


@pytest.mark.slow
def test_roles_are_for_the_service_account(chart):
    files = Objects("\n---\n".join(path.read_text(encoding="utf-8")
                                   for path in sorted(KUBERNETES.glob("rbac-*.yaml"))))
    base = Objects(run("kustomize", "build", KUBERNETES / "base"))
    helm = template(chart, "--set", "roles.capacity=true,roles.velero[0]=velero",
                    "--set", "roles.cloudNativePg[0]=databases")
    assert without_names(helm) == without_names(files)
    for objects, account in ((files, base.one("ServiceAccount")), (helm, helm.one(
            "ServiceAccount"))):
        bindings = objects.of("RoleBinding") + objects.of("ClusterRoleBinding")
        assert len(bindings) == 4
        for binding in bindings:
            assert binding["subjects"] == [{"kind": "ServiceAccount",
                                            "name": account["metadata"]["name"],
                                            "namespace": account["metadata"]["namespace"]}]
            role = objects.one(binding["roleRef"]["kind"], binding["roleRef"]["name"]) \
                if objects is helm else None
            assert role is None or role["metadata"].get("namespace") == binding["metadata"].get(
                "namespace")
    helm.check_types()
    # Without them it has no rights, nor a token.
    assert pod_template(base)["spec"]["automountServiceAccountToken"] is False
    plain = template(chart)
    assert pod_template(plain)["spec"]["automountServiceAccountToken"] is False
    assert not without_names(plain) and not without_names(base)


@pytest.mark.slow
def test_chart_is_clean_and_can_be_packed(chart, tmp_path):
    for values in ([], ["--set-file", f"plan={EXAMPLE / 'dr.yml'}"]):
        said = run("helm", "lint", "--strict", chart, *values)
        assert "0 chart(s) failed" in said and "WARNING" not in said, said
    run("helm", "package", chart, "--destination", tmp_path)
    packed = template(tmp_path / f"dr-exporter-{VERSION}.tgz")
    assert packed.one("PrometheusRule")["spec"] == {"groups": rule_groups()}


@pytest.mark.slow
def test_chart_does_as_its_values_say(chart, tmp_path):
    (tmp_path / "values.yml").write_text(yaml.safe_dump({
        "image": {"repository": "registry.example.com/dr", "tag": "1"},
        "imagePullSecrets": [{"name": "pull"}], "extraArgs": ["--log.format=json"], "replicas": 1,
        "nodeSelector": {"disk": "ssd"}, "tolerations": [{"operator": "Exists"}],
        "volumes": [{"name": "drills", "persistentVolumeClaim": {"claimName": "drills"}}],
        "volumeMounts": [{"name": "drills", "mountPath": "/var/lib/dr_exporter"}],
        "serviceAccount": {"annotations": {"a": "b"}},
        **{name: {"enabled": False} for name in ("networkPolicy", "serviceMonitor",
                                                 "prometheusRule", "dashboards")}}))
    objects = template(chart, "--values", tmp_path / "values.yml")
    objects.check_types()
    assert objects.kinds() == {"ServiceAccount", "Deployment", "Service", "PodDisruptionBudget",
                               "ConfigMap"}
    pod = container(objects)
    assert pod["image"] == "registry.example.com/dr:1" and pod["args"][-1] == "--log.format=json"
    assert pod["volumeMounts"][-1]["name"] == "drills"
    spec = pod_template(objects)["spec"]
    assert [volume["name"] for volume in spec["volumes"]] == ["plan", "drills"]
    assert spec["nodeSelector"] == {"disk": "ssd"} and spec["tolerations"]
    assert spec["imagePullSecrets"] == [{"name": "pull"}]


@pytest.mark.slow
def test_another_plan_replaces_the_pods(chart, tmp_path):
    plan = tmp_path / "dr.yml"
    plan.write_text("tiers: []\n")
    changed = template(chart, "--set-file", f"plan={plan}")
    assert pod_template(changed) != pod_template(template(chart))


@pytest.mark.slow
@pytest.mark.parametrize("value,said", [
    ("plan=", "a plan is missing"),
    ("replicas=0", "replicas: Must be greater than or equal to 1"),
    ("replicas=two", "replicas: Invalid type"),
    ("image.pullPolicy=Sometimes", "image.pullPolicy"),
    ("image.repository=", "image.repository"),
    ("replica=3", "Additional property replica is not allowed"),
    ("extraArgs[0]=status", "extraArgs.0: Does not match pattern"),
    ("roles.velero=velero", "roles.velero: Invalid type"),
    ("networkPolicy.prometheus.namespace=", "networkPolicy.prometheus.namespace"),
    ("dashboards.enabled=maybe", "dashboards.enabled: Invalid type"),
])
def test_wrong_values_are_refused(chart, value, said):
    words = ("--set-file", "plan=/dev/null") if value == "plan=" else ("--set", value)
    assert said in template(chart, *words, succeeds=False)
