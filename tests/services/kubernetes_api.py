# SPDX-License-Identifier: Apache-2.0
"""A server that speaks the list requests of the Kubernetes API, with documented answers.

https://kubernetes.io/docs/reference/using-api/api-concepts/
"""

import base64
import gzip
import json
import ssl
import threading
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, urlsplit

import yaml

from .documents import Server

KINDS = {"backups": "Backup", "backupstoragelocations": "BackupStorageLocation",
         "schedules": "Schedule", "clusters": "Cluster", "objectstores": "ObjectStore",
         "pods": "Pod", "nodes": "Node", "namespaces": "Namespace", "configmaps": "ConfigMap",
         "deployments": "Deployment", "statefulsets": "StatefulSet", "nodepools": "NodePool"}


class Refusal(Exception):
    """An answer that is no success: metav1.Status."""

    def __init__(self, code, reason, message, **metadata):
        super().__init__(message)
        self.code = code
        self.document = {"kind": "Status", "apiVersion": "v1", "metadata": metadata,
                         "status": "Failure", "message": message, "reason": reason, "code": code}


def member(item, path):
    """What a field selector names."""
    for name in path.split("."):
        item = item.get(name, {})
    return item


def selects(item, field_selector, label_selector):
    for term in filter(None, field_selector.split(",")):
        path, operator, value = term.partition("!=")
        if not operator:
            path, _, value = term.replace("==", "=").partition("=")
        if (member(item, path) == value) == (operator == "!="):
            return False
    labels = item["metadata"].get("labels", {})
    terms = [term.partition("=") for term in label_selector.split(",") if term]
    return all(labels.get(key) == value for key, _, value in terms)


class Roles:
    """What a file of (Cluster)Roles allows to list, if all of them are bound to one account:
    https://kubernetes.io/docs/reference/access-authn-authz/rbac/"""

    def __init__(self, path):
        documents = list(yaml.safe_load_all(path.read_text()))
        bound = {document["roleRef"]["name"] for document in documents if "roleRef" in document}
        self.rules = [(document["metadata"].get("namespace"), rule) for document in documents
                      if document["metadata"]["name"] in bound
                      for rule in document.get("rules", [])]

    def allow(self, group, namespace, resource, name):
        return any(where in (None, namespace) and group in rule["apiGroups"]
                   and resource in rule["resources"] and "list" in rule["verbs"]
                   and name in rule.get("resourceNames", [name])
                   for where, rule in self.rules)


class KubernetesApi:
    """`objects` maps "group/version/resource" to its objects; what is not in it is not installed.

    `rights` maps a token to the (namespace, resource) pairs that it may list, None for all of
    them. A client certificate of `authority` may do all.
    """

    def __init__(self, objects, rights, certificate=None, key=None, authority=None):
        self.objects = objects
        self.rights = rights
        self.requests = []  # (path, parameters, headers)
        self.answer_instead = None  # A function of the handler.
        self.expirations = 0  # So many of the next continued requests find their list expired.
        self.snapshots = []
        self.stopped = False
        api = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):  # pylint: disable=invalid-name
                if api.stopped:
                    self.close_connection = True
                    return
                if api.answer_instead:
                    api.answer_instead(self)
                    return
                try:
                    self.answer(200, api.list(self))
                except Refusal as refusal:
                    self.answer(refusal.code, refusal.document)

            def answer(self, status, document, headers=None):
                body = document if isinstance(document, bytes) else json.dumps(document).encode()
                self.send_response(status)
                if "gzip" in self.headers.get("Accept-Encoding", ""):
                    body = gzip.compress(body)
                    self.send_header("Content-Encoding", "gzip")
                for name, value in {"Content-Length": len(body),
                                    "Content-Type": "application/json", **(headers or {})}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = Server(("127.0.0.1", 0), Handler)
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate, key)
            if authority:
                context.verify_mode = ssl.CERT_OPTIONAL
                context.load_verify_locations(authority)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True,
                                                     do_handshake_on_connect=False)
        self.url = f"http{'s' if certificate else ''}://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        """Ends connections that are kept at their next request."""
        self.stopped = True
        self.server.shutdown()
        self.server.server_close()

    # --- What an API server does with a request. ---

    def list(self, handler):
        split = urlsplit(handler.path)
        parameters = {name: values[0] for name, values in parse_qs(split.query).items()}
        self.requests.append((split.path, parameters, dict(handler.headers)))
        words = split.path.strip("/").split("/")
        version = "/".join(words[1:3]) if words[0] == "apis" else words[1]
        namespace = words[-2] if "namespaces" in words[:-1] else None
        resource = words[-1]
        self.authorize(handler, version, namespace, resource, parameters)
        if f"{version}/{resource}" not in self.objects:
            raise Refusal(404, "NotFound", "the server could not find the requested resource")
        items, offset = self.find(f"{version}/{resource}", namespace, parameters)
        limit = int(parameters.get("limit", 0)) or len(items)
        metadata = {"resourceVersion": str(len(self.snapshots))}
        if offset + limit < len(items):
            metadata["continue"] = self.token(offset + limit, parameters)
            metadata["remainingItemCount"] = len(items) - offset - limit
        return {"apiVersion": version, "kind": KINDS[resource] + "List", "metadata": metadata,
                "items": items[offset:offset + limit]}

    def authorize(self, handler, version, namespace, resource, parameters):
        get_certificate = getattr(handler.connection, "getpeercert", dict)
        if get_certificate():
            return
        token = handler.headers.get("Authorization", "").removeprefix("Bearer ")
        if token not in self.rights:
            raise Refusal(401, "Unauthorized", "Unauthorized")
        allowed = self.rights[token]
        group = version.partition("/")[0]
        if isinstance(allowed, Roles):
            name = parameters.get("fieldSelector", "").removeprefix("metadata.name=")
            refused = not allowed.allow("" if version == "v1" else group, namespace, resource, name)
        else:
            refused = allowed is not None and (namespace, resource) not in allowed
        if refused:
            where = f'in the namespace "{namespace}"' if namespace else "at the cluster scope"
            raise Refusal(403, "Forbidden",
                          f'{resource}.{group} is forbidden: User "system:serviceaccount:dr:dr" '
                          f'cannot list resource "{resource}" in API group "{group}" {where}')

    def token(self, offset, parameters):
        rest = {name: value for name, value in parameters.items() if name != "continue"}
        state = [len(self.snapshots) - 1, offset, rest]
        return base64.urlsafe_b64encode(json.dumps(state).encode()).decode()

    def find(self, key, namespace, parameters):
        """The objects of the state of the first page, and where this page begins."""
        if "continue" not in parameters:
            self.snapshots.append([
                item for item in self.objects[key]
                if namespace in (None, item["metadata"].get("namespace"))
                and selects(item, parameters.get("fieldSelector", ""),
                            parameters.get("labelSelector", ""))])
            return self.snapshots[-1], 0
        number, offset, rest = json.loads(base64.urlsafe_b64decode(parameters["continue"]))
        if rest != {name: value for name, value in parameters.items() if name != "continue"}:
            raise Refusal(400, "BadRequest", "the continue key is of another request")
        if self.expirations > 0:
            self.expirations -= 1
            raise Refusal(410, "Expired", "The provided continue parameter is too old to display "
                          "a consistent list result.", **{"continue": "inconsistent"})
        return self.snapshots[number], offset


# --- Objects in the shapes that Velero 1.18 and CloudNativePG 1.30 give them. ---

def thing(api, kind, namespace, name, **members):
    return {"apiVersion": api, "kind": kind, **members,
            "metadata": {"name": name, "namespace": namespace, **members.get("metadata", {})}}


def storage_location(name="default", namespace="velero", **status):
    return thing("velero.io/v1", "BackupStorageLocation", namespace, name,
                 spec={"provider": "aws", "default": name == "default",
                       "objectStorage": {"bucket": "backups"}}, status=status)


def velero_backup(name, schedule, phase="Completed", location="default", **status):
    labels = {"velero.io/schedule-name": schedule} if schedule else {}
    return thing("velero.io/v1", "Backup", "velero", name,
                 metadata={"labels": {"velero.io/storage-location": location, **labels}},
                 spec={"storageLocation": location, "ttl": "720h0m0s"},
                 status={"version": 1, "formatVersion": "1.1.0", "phase": phase, **status})


def cnpg_backup(name, cluster, phase="completed", **status):
    return thing("postgresql.cnpg.io/v1", "Backup", "db", name,
                 spec={"cluster": {"name": cluster}, "method": "barmanObjectStore"},
                 status={"phase": phase, "method": "barmanObjectStore", **status})


def cnpg_cluster(name, **status):
    return thing("postgresql.cnpg.io/v1", "Cluster", "db", name,
                 spec={"instances": 3, "backup": {"barmanObjectStore": {}}}, status=status)
