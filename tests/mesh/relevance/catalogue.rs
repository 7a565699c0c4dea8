//! What is on: every work of the demonstration, once in each of its theatres.

const WORKS: &str = include_str!("../../../local/demo/works.tsv");
const THEATERS: &str = include_str!("../../../local/demo/theaters.json");

/// A film or a live work.
#[derive(Debug, Clone, Copy)]
pub struct Work {
    pub title: &'static str,
    pub category: &'static str,
    pub description: &'static str,
}

/// Where it plays.
#[derive(Debug, Clone, Copy, serde::Deserialize)]
pub struct Theater {
    pub name: &'static str,
    pub city: &'static str,
    pub time_zone: &'static str,
}

/// All works.
pub fn works() -> Vec<Work> {
    let lines = WORKS.lines().filter(|line| !line.starts_with('#'));
    let works = lines.map(|line| {
        let fields: Vec<_> = line.split('\t').collect();
        Work { title: fields[0], category: fields[2], description: fields[5] }
    });
    works.collect()
}

/// All theatres.
pub fn theaters() -> Vec<Theater> {
    serde_json::from_str(THEATERS).unwrap()
}

/// How many events that makes.
pub fn events() -> usize {
    works().len() * theaters().len()
}
