//! How each service of a mesh reaches the database: straight, or through what a test puts between.

use super::{Database, mesh::Setting};

/// Who has a database.
const SERVICES: [&str; 4] = ["account-svc", "event-svc", "search-svc", "booking-svc"];

/// The ways.
pub struct Reach {
    /// By service, the URLs of the primary and of the replica.
    urls: Vec<(&'static str, [String; 2])>,
    pooled: bool,
}

impl Reach {
    /// As the setting has it.
    pub async fn of(setting: &Setting<'_>, database: &Database) -> Self {
        let mut urls = Vec::new();
        for who in SERVICES {
            let straight = [database.primary(), database.replica()];
            let way = match (setting.pooler, setting.wires, setting.event_through) {
                (Some(pooler), ..) => [pooler.url(database.name()), pooler.url(database.name())],
                (_, Some(wires), _) => [wires.through(who, &straight[0]).await, wires.through(who, &straight[1]).await],
                (.., Some([to, beside])) if who == "event-svc" => {
                    [to.through(&straight[0]), beside.through(&straight[1])]
                }
                _ => straight,
            };
            urls.push((who, way));
        }
        Self { urls, pooled: setting.pooler.is_some() }
    }

    /// What a service is told.
    pub fn flags(&self, who: &str) -> Vec<(&str, &str)> {
        let (_, [primary, replica]) = self.urls.iter().find(|(name, _)| *name == who).unwrap();
        let mut flags =
            vec![("database-url", &**primary), ("database-replica-url", replica), ("database-pool-size", "6")];
        if self.pooled {
            // Where few sessions are lent, one waits for them.
            flags.extend([("database-pooler", "transaction"), ("database-wait-ms", "5000")]);
        }
        flags
    }
}
