//! What searches: PostgreSQL, or the index in this process. Both rank alike.

use usher::database::Database;

use crate::{
    error::Error,
    find,
    index::Index,
    listed::Listed,
    rpc::encode,
    search::Search,
    suggestion::{Suggestion, Typed},
};

/// What searches. Cheap to clone.
#[derive(Clone)]
pub struct Finder {
    database: Database,
    /// `None`: PostgreSQL searches.
    index: Option<Index>,
}

impl Finder {
    /// Searches in the index once it is built, else in the database.
    pub fn new(database: Database, index: Option<Index>) -> Self {
        Self { database, index }
    }

    /// Whether a search asks nobody outside this process.
    pub fn is_in_process(&self) -> bool {
        self.ready().is_some()
    }

    /// The page that the search asks for.
    pub async fn find(&self, search: &Search) -> Result<Listed, Error> {
        let found = match self.ready() {
            Some(index) => Some(index.find(search).await?),
            None => None,
        };
        let (found, moment) = match found {
            Some(found) => found,
            None => self.find_in_database(search).await?,
        };
        Ok(Listed::new(&found, encode::found(&found, search.page), moment))
    }

    /// How what was typed may go on.
    pub async fn suggest(&self, typed: &Typed) -> Result<Vec<Suggestion>, Error> {
        if let Some(index) = self.ready() {
            return index.suggest(typed).await;
        }
        let typed = typed.clone();
        let read = self.database.read(move |conn| {
            let typed = typed.clone();
            Box::pin(async move { find::suggest(conn, &typed).await })
        });
        read.await
    }

    fn ready(&self) -> Option<&Index> {
        self.index.as_ref().filter(|index| index.is_built())
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
