//! An overlay of `k8s/`, rendered as `kubectl apply -k` would.

use std::{collections::BTreeMap, path::Path, process::Command};

use serde_json::Value;

/// The overlays.
pub const OVERLAYS: [&str; 2] = ["dev", "production"];
/// The variable whose address the edge hands to browsers and does not go to itself.
pub const FOR_BROWSERS: &str = "PAYMENT_FORM_URL";

/// A container of one of Usher's programs.
#[derive(Debug)]
pub struct Program {
    /// The workload that runs it.
    pub workload: String,
    /// Its kind.
    pub kind: String,
    /// The program, as its image is called.
    pub name: String,
    /// The container, as the manifest has it.
    pub container: Value,
    /// The pod's labels.
    pub labels: Value,
    /// The pod's specification.
    pub pod: Value,
}

/// Every resource of an overlay.
pub fn render(overlay: &str) -> Vec<Value> {
    let script = root().join("scripts/manifests");
    let rendered = Command::new(script).args(["render", overlay]).output().unwrap();
    assert!(rendered.status.success(), "{}", String::from_utf8_lossy(&rendered.stderr));
    parse(std::str::from_utf8(&rendered.stdout).unwrap())
}

/// Every document of a file of YAML.
pub fn parse(yaml: &str) -> Vec<Value> {
    serde_saphyr::from_multiple(yaml).unwrap()
}

/// A file of the repository.
pub fn file(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The resources of a kind.
pub fn of_kind<'r>(resources: &'r [Value], kind: &str) -> impl Iterator<Item = &'r Value> {
    resources.iter().filter(move |resource| resource["kind"] == kind)
}

/// The resource of that kind and name.
pub fn named<'r>(resources: &'r [Value], kind: &str, name: &str) -> &'r Value {
    let found = of_kind(resources, kind).find(|resource| resource["metadata"]["name"] == name);
    found.unwrap_or_else(|| panic!("no {kind} {name}"))
}

/// The elements of a list; none where it is left out.
pub fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

pub fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}"))
}

/// The containers of Usher's programs, wherever they run.
pub fn programs(resources: &[Value]) -> Vec<Program> {
    let pods = resources.iter().filter_map(|resource| {
        let template = match resource["kind"].as_str()? {
            "Deployment" | "Job" => &resource["spec"]["template"],
            "CronJob" => &resource["spec"]["jobTemplate"]["spec"]["template"],
            _ => return None,
        };
        Some((resource, template))
    });
    let programs = pods.flat_map(|(resource, template)| {
        list(&template["spec"]["containers"]).iter().map(|container| {
            let image = text(&container["image"]).split(':').next().unwrap_or_default();
            let (_, name) = image.rsplit_once("usher/").unwrap_or_else(|| panic!("whose image is {image}?"));
            Program {
                workload: text(&resource["metadata"]["name"]).to_owned(),
                kind: text(&resource["kind"]).to_owned(),
                name: name.to_owned(),
                container: container.clone(),
                labels: template["metadata"]["labels"].clone(),
                pod: template["spec"].clone(),
            }
        })
    });
    programs.collect()
}

impl Program {
    /// What the container's variables are set to; a secret reads `secret:name/key`. Kubernetes replaces `$(NAME)` by a
    /// variable that stands before.
    pub fn environment(&self) -> BTreeMap<String, String> {
        let mut told = BTreeMap::<String, String>::new();
        for variable in list(&self.container["env"]) {
            let secret = &variable["valueFrom"]["secretKeyRef"];
            let value = match variable["value"].as_str() {
                Some(value) => {
                    let known = told.iter();
                    known.fold(value.to_owned(), |value, (name, is)| value.replace(&format!("$({name})"), is))
                }
                None => format!("secret:{}/{}", text(&secret["name"]), text(&secret["key"])),
            };
            told.insert(text(&variable["name"]).to_owned(), value);
        }
        told
    }

    /// The names of variables that only serve others.
    pub fn helpers(&self) -> Vec<String> {
        let used = |name: &str| {
            let reference = format!("$({name})");
            list(&self.container["env"])
                .iter()
                .any(|other| other["value"].as_str().is_some_and(|v| v.contains(&reference)))
        };
        list(&self.container["env"])
            .iter()
            .map(|it| text(&it["name"]))
            .filter(|name| used(name))
            .map(Into::into)
            .collect()
    }
}
