//! Makes and changes theatres, their screens and layouts, in one transaction.

use diesel_async::AsyncPgConnection;
use usher::database::Database;

use crate::{
    error::Error,
    store::{layouts, theaters},
    theater::{ScreenEdit, Theater, TheaterEdit},
};

/// Writes the theatre; answers it as it now is.
pub async fn edit_theater(database: &Database, edit: TheaterEdit) -> Result<Theater, Error> {
    let transaction = database.transaction(move |conn| {
        let edit = edit.clone();
        Box::pin(async move {
            check_time_zone(conn, &edit).await?;
            let theater_id = match edit.theater_id {
                None => theaters::insert_theater(conn, &edit).await?,
                Some(id) if theaters::lock_theater(conn, id).await? => {
                    theaters::update_theater(conn, id, &edit).await?;
                    id
                }
                Some(id) => return Err(Error::UnknownTheater(id)),
            };
            for screen in &edit.screens {
                edit_screen(conn, theater_id, screen).await?;
            }
            let theater = theaters::list_theaters(conn, Some(theater_id)).await?.pop();
            theater.ok_or(Error::UnknownTheater(theater_id))
        })
    });
    transaction.await
}

async fn edit_screen(conn: &mut AsyncPgConnection, theater_id: i64, edit: &ScreenEdit) -> Result<(), Error> {
    let screen_id = match edit.screen_id {
        None => theaters::insert_screen(conn, theater_id, edit).await?,
        Some(id) if theaters::update_screen(conn, theater_id, id, edit).await? => id,
        Some(id) => return Err(Error::UnknownScreen(id)),
    };
    match edit.seats.is_empty() {
        true => Ok(()),
        false => layouts::replace_layout(conn, screen_id, &edit.seats).await,
    }
}

/// The database knows the time zones that it can show times in.
async fn check_time_zone(conn: &mut AsyncPgConnection, edit: &TheaterEdit) -> Result<(), Error> {
    let Some(zone) = &edit.time_zone else {
        return Ok(());
    };
    match theaters::time_zone_exists(conn, zone).await? {
        true => Ok(()),
        false => Err(Error::field("time_zone", "must be an IANA time zone, such as Europe/London")),
    }
}
