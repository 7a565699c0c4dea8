// Checks custom resources, a JSON list on standard input, against the schemas that their own projects publish.
import { Certificate } from "@kubernetes-models/cert-manager/cert-manager.io/v1/Certificate";
import { Issuer } from "@kubernetes-models/cert-manager/cert-manager.io/v1/Issuer";
import { GRPCRoute } from "@kubernetes-models/gateway-api/gateway.networking.k8s.io/v1/GRPCRoute";
import { Gateway } from "@kubernetes-models/gateway-api/gateway.networking.k8s.io/v1/Gateway";
import { HTTPRoute } from "@kubernetes-models/gateway-api/gateway.networking.k8s.io/v1/HTTPRoute";
import { PodMonitor } from "@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PodMonitor";
import { PrometheusRule } from "@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PrometheusRule";

const models = Object.fromEntries(
  [Certificate, GRPCRoute, Gateway, HTTPRoute, Issuer, PodMonitor, PrometheusRule].map((model) => [model.kind, model]),
);
const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
for (const { where, resource } of JSON.parse(Buffer.concat(chunks).toString())) {
  const model = models[resource.kind];
  try {
    if (!model) throw new Error("no schema: name its model in tools/kubernetes/custom.js");
    new model(resource).validate();
  } catch (error) {
    console.error(`${where}: ${error.message}`);
    process.exitCode = 1;
  }
}
