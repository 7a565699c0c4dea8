//! What searches: PostgreSQL.

use usher::database::Database;

use crate::{
    error::Error,
    find,
    listed::Listed,
    rpc::encode,
    search::Search,
    suggestion::{Suggestion, Typed},
};

/// What searches. Cheap to clone.
#[derive(Clone)]
pub struct Finder {
    database: Database,
}

impl Finder {
    /// Searches in the database.
    pub fn new(database: Database) -> Self {
        Self { database }
    }

    /// The page that the search asks for.
    pub async fn find(&self, search: &Search) -> Result<Listed, Error> {
        let (found, moment) = self.find_in_database(search).await?;
        Ok(Listed::new(&found, encode::found(&found, search.page), moment))
    }

    /// How what was typed may go on.
    pub async fn suggest(&self, typed: &Typed) -> Result<Vec<Suggestion>, Error> {
        let typed = typed.clone();
        let read = self.database.read(move |conn| {
            let typed = typed.clone();
            Box::pin(async move { find::suggest(conn, &typed).await })
        });
        read.await
    }

    async fn find_in_database(&self, search: &Search) -> Result<(crate::event::Found, crate::store::Moment), Error> {
        let search = search.clone();
        let read = self.database.read(move |conn| {
            let search = search.clone();
            Box::pin(async move { find::find(conn, &search).await })
        });
        read.await
    }
}
