"""Checks rendered manifests against the schemas of Kubernetes and of custom resources, where those are packaged; takes
Prometheus's rules and the dashboards' expressions out of them for promtool. Usage: check.py FOLDER_OF_CUSTOM_JS RULES_FILE
EXPRESSIONS_FILE MANIFESTS..."""

import json
import pathlib
import subprocess
import sys

import kubernetes_validate
import yaml

# The oldest Kubernetes that the manifests are for. `appProtocol`, `matchLabelKeys` and `podFailurePolicy` set it.
KUBERNETES = "1.31"
# Their schemas are packaged nowhere: read against their projects' own definitions when they are changed.
UNPACKAGED = {"postgresql.cnpg.io", "barmancloud.cnpg.io", "redis.redis.opstreelabs.in"}
# Checked by custom.js, beside the packages that it takes the schemas from.
CUSTOM = {"cert-manager.io", "gateway.networking.k8s.io", "monitoring.coreos.com"}


def expressions(board):
    """Every query of a dashboard, with something in the place of what Grafana fills in."""
    for panel in json.loads(board)["panels"]:
        for target in panel.get("targets", []):
            yield target["expr"].replace("$__rate_interval", "5m").replace("$service", ".+")


def main(folder, rules_file, expressions_file, manifests):
    wrong, custom, groups, queries, seen = [], [], [], [], 0
    for path in map(pathlib.Path, manifests):
        for resource in filter(None, yaml.safe_load_all(path.read_text())):
            seen += 1
            where = f"{path.stem}: {resource['kind']} {resource['metadata']['name']}"
            group = resource["apiVersion"].rpartition("/")[0]
            if group in CUSTOM:
                custom.append({"where": where, "resource": resource})
            elif group not in UNPACKAGED:
                try:
                    kubernetes_validate.validate(resource, KUBERNETES, strict=True)
                except kubernetes_validate.ValidationError as error:
                    wrong.append(f"{where}: {'.'.join(map(str, error.path))}: {error.message}")
                except kubernetes_validate.SchemaNotFoundError as error:
                    wrong.append(f"{where}: {error}")
            if resource["kind"] == "PrometheusRule":
                groups += resource["spec"]["groups"]
            if "grafana_dashboard" in resource["metadata"].get("labels", {}):
                queries += [query for board in resource["data"].values() for query in expressions(board)]
    for line in wrong:
        print(line, file=sys.stderr)
    pathlib.Path(rules_file).write_text(yaml.safe_dump({"groups": groups}, sort_keys=False))
    named = [{"record": f"dashboard:{number}", "expr": query} for number, query in enumerate(queries)]
    pathlib.Path(expressions_file).write_text(yaml.safe_dump({"groups": [{"name": "dashboards", "rules": named}]}))
    checked = subprocess.run(["node", "custom.js"], input=json.dumps(custom), text=True, cwd=folder)
    if wrong or checked.returncode:
        sys.exit(1)
    print(f"{seen} manifests fit Kubernetes {KUBERNETES} and their own schemas")


main(*sys.argv[1:4], sys.argv[4:])
