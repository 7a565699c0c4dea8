"""Checks rendered manifests against the schemas of Kubernetes and of custom resources, where those are packaged; takes
Prometheus's rules out of them for promtool. Usage: check.py FOLDER_OF_CUSTOM_JS RULES_FILE MANIFESTS..."""

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
CUSTOM = {"gateway.networking.k8s.io", "monitoring.coreos.com"}


def main(folder, rules_file, manifests):
    wrong, custom, groups, seen = [], [], [], 0
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
    for line in wrong:
        print(line, file=sys.stderr)
    pathlib.Path(rules_file).write_text(yaml.safe_dump({"groups": groups}, sort_keys=False))
    checked = subprocess.run(["node", "custom.js"], input=json.dumps(custom), text=True, cwd=folder)
    if wrong or checked.returncode:
        sys.exit(1)
    print(f"{seen} manifests fit Kubernetes {KUBERNETES} and their own schemas")


main(sys.argv[1], sys.argv[2], sys.argv[3:])
