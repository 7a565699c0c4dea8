//! What the documents promise: a runbook for each alert, a test for each threat.

use std::{collections::BTreeSet, fs, path::Path};

use super::overlay::{file, list, of_kind, render, root, text};

/// As a forge makes the anchor of a heading.
fn anchor(heading: &str) -> String {
    let kept = heading.to_lowercase().chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c)).collect::<String>();
    kept.replace(' ', "-")
}

fn headings(document: &str) -> BTreeSet<String> {
    document
        .lines()
        .filter(|line| line.starts_with('#'))
        .map(|line| anchor(line.trim_start_matches(['#', ' '])))
        .collect()
}

#[test]
fn each_alert_leads_to_its_runbook_and_is_played_in_a_test() {
    let runbooks = headings(&file("docs/OPERATIONS.md"));
    let resources = render("production");
    let played: String = ["channels", "objectives", "sales", "services"]
        .map(|name| file(&format!("k8s/monitoring/tests/{name}.yaml")))
        .concat();
    let rules = of_kind(&resources, "PrometheusRule").flat_map(|it| list(&it["spec"]["groups"]));
    let alerts: Vec<_> =
        rules.flat_map(|group| list(&group["rules"])).filter(|rule| rule["alert"].is_string()).collect();
    assert!(alerts.len() > 20);
    for alert in alerts {
        let name = text(&alert["alert"]);
        let url = text(&alert["annotations"]["runbook_url"]);
        let (document, section) = url.rsplit_once('#').unwrap();
        assert!(document.ends_with("/docs/OPERATIONS.md") && section == anchor(name), "{name}: {url}");
        assert!(runbooks.contains(section), "docs/OPERATIONS.md has no section {name:?}");
        assert!(played.contains(&format!("alertname: {name}")), "no test plays {name}");
        assert!(["page", "ticket"].contains(&text(&alert["labels"]["severity"])), "{name}");
    }
}

/// Every function of a test, in any crate.
fn tests(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let (path, name) = (entry.path(), entry.file_name());
        let ours = ![".git", ".local", ".tools", "node_modules", "target"].iter().any(|other| name == *other);
        if path.is_dir() && ours {
            tests(&path, found);
        } else if path.extension().is_some_and(|it| it == "rs") {
            let mut attributed = false;
            for line in fs::read_to_string(&path).unwrap().lines().map(str::trim) {
                attributed |= line.starts_with("#[test]") || line.starts_with("#[tokio::test");
                let name = line.split_once("fn ").and_then(|(_, rest)| rest.split_once('('));
                if let (true, Some((name, _))) = (attributed, name) {
                    found.insert(name.to_owned());
                    attributed = false;
                }
            }
        }
    }
}

#[test]
fn each_threat_names_tests_that_there_are() {
    let mut known = BTreeSet::new();
    tests(root(), &mut known);
    let threats = file("docs/THREATS.md");
    let rows: Vec<_> = threats.lines().filter(|line| is_row(line)).collect();
    assert!(rows.len() >= 30, "{}", rows.len());
    for row in rows {
        let last = row.trim_end_matches([' ', '|']).rsplit('|').next().unwrap().trim();
        let named: Vec<_> = last.split('`').skip(1).step_by(2).collect();
        assert!(!named.is_empty() || last.starts_with("none: "), "neither a test nor a reason: {row}");
        for test in named {
            assert!(known.contains(test), "there is no test {test}: {row}");
        }
    }
}

/// A row of STRIDE: its first cell is one of the letters.
fn is_row(line: &str) -> bool {
    ["S", "T", "R", "I", "D", "E"].iter().any(|letter| line.starts_with(&format!("| {letter} |")))
}
