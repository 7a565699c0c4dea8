//! The tables `theaters` and `screens`, which event-svc owns.

use std::collections::HashMap;

use diesel::{
    dsl::{count_star, exists},
    prelude::*,
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use usher::schema::{screen_seats, screens, theaters};

use crate::{
    error::Error,
    theater::{Screen, ScreenEdit, Theater, TheaterEdit},
};

diesel::table! {
    /// The database's own view of the time zones that it knows.
    pg_timezone_names (name) {
        name -> Text,
    }
}

/// Whether the database knows a time zone of that name.
pub async fn time_zone_exists(conn: &mut AsyncPgConnection, zone: &str) -> Result<bool, Error> {
    let known = diesel::select(exists(pg_timezone_names::table.filter(pg_timezone_names::name.eq(zone))));
    Ok(known.get_result(conn).await?)
}

/// The theatres by name, or the one with that id, with their screens.
pub async fn list_theaters(conn: &mut AsyncPgConnection, only: Option<i64>) -> Result<Vec<Theater>, Error> {
    let mut query = theaters::table
        .order((theaters::theater_name, theaters::theater_id))
        .select((theaters::theater_id, theaters::theater_name, theaters::city, theaters::address, theaters::time_zone))
        .into_boxed();
    if let Some(id) = only {
        query = query.filter(theaters::theater_id.eq(id));
    }
    let rows: Vec<(i64, String, String, String, String)> = query.load(conn).await?;
    let ids: Vec<_> = rows.iter().map(|row| row.0).collect();
    let mut of: HashMap<i64, Vec<Screen>> = HashMap::new();
    for screen in list_screens(conn, &ids).await? {
        of.entry(screen.theater_id).or_default().push(screen);
    }
    let theater = |(id, name, city, address, time_zone)| Theater {
        id,
        name,
        city,
        address,
        time_zone,
        screens: of.remove(&id).unwrap_or_default(),
    };
    Ok(rows.into_iter().map(theater).collect())
}

async fn list_screens(conn: &mut AsyncPgConnection, theater_ids: &[i64]) -> Result<Vec<Screen>, Error> {
    let rows: Vec<(i64, i64, String, f32, f32)> = screens::table
        .filter(screens::theater_id.eq_any(theater_ids))
        .order((screens::screen_name, screens::screen_id))
        .select((screens::screen_id, screens::theater_id, screens::screen_name, screens::focal_x, screens::focal_y))
        .load(conn)
        .await?;
    let ids: Vec<_> = rows.iter().map(|row| row.0).collect();
    let counts: Vec<(i64, i64)> = screen_seats::table
        .filter(screen_seats::screen_id.eq_any(ids))
        .group_by(screen_seats::screen_id)
        .select((screen_seats::screen_id, count_star()))
        .load(conn)
        .await?;
    let counts: HashMap<_, _> = counts.into_iter().collect();
    let screen = |(id, theater_id, name, x, y)| Screen {
        id,
        theater_id,
        name,
        seat_count: counts.get(&id).copied().unwrap_or(0),
        focal: (x, y),
    };
    Ok(rows.into_iter().map(screen).collect())
}

/// The screen, if there is one.
pub async fn find_screen(conn: &mut AsyncPgConnection, id: i64) -> Result<Option<Screen>, Error> {
    let Some(theater_id) = find_screen_theater(conn, id).await? else { return Ok(None) };
    Ok(list_screens(conn, &[theater_id]).await?.into_iter().find(|screen| screen.id == id))
}

/// Keeps other edits of the theatre out until the transaction ends; whether there is such a theatre.
pub async fn lock_theater(conn: &mut AsyncPgConnection, id: i64) -> Result<bool, Error> {
    let found: Option<i64> = theaters::table
        .filter(theaters::theater_id.eq(id))
        .select(theaters::theater_id)
        .for_no_key_update()
        .first(conn)
        .await
        .optional()?;
    Ok(found.is_some())
}

#[derive(AsChangeset, Insertable)]
#[diesel(table_name = theaters)]
struct TheaterFields<'a> {
    theater_name: Option<&'a str>,
    city: Option<&'a str>,
    address: Option<&'a str>,
    time_zone: Option<&'a str>,
}

impl<'a> From<&'a TheaterEdit> for TheaterFields<'a> {
    fn from(edit: &'a TheaterEdit) -> Self {
        Self {
            theater_name: edit.theater_name.as_deref(),
            city: edit.city.as_deref(),
            address: edit.address.as_deref(),
            time_zone: edit.time_zone.as_deref(),
        }
    }
}

/// Adds a theatre; what the edit leaves open takes the column's default.
pub async fn insert_theater(conn: &mut AsyncPgConnection, edit: &TheaterEdit) -> Result<i64, Error> {
    let added = diesel::insert_into(theaters::table).values(TheaterFields::from(edit)).returning(theaters::theater_id);
    Ok(added.get_result(conn).await?)
}

/// Writes what the edit says; the theatre must be locked.
pub async fn update_theater(conn: &mut AsyncPgConnection, id: i64, edit: &TheaterEdit) -> Result<(), Error> {
    diesel::update(theaters::table.filter(theaters::theater_id.eq(id)))
        // A column set to itself: an edit of the screens alone would leave nothing to set, which SQL has no form for.
        .set((TheaterFields::from(edit), theaters::created_at.eq(theaters::created_at)))
        .execute(conn)
        .await?;
    Ok(())
}

/// Adds a screen.
pub async fn insert_screen(conn: &mut AsyncPgConnection, theater_id: i64, edit: &ScreenEdit) -> Result<i64, Error> {
    let added = diesel::insert_into(screens::table)
        .values((
            screens::theater_id.eq(theater_id),
            screens::screen_name.eq(edit.screen_name.as_deref().unwrap_or_default()),
            screens::focal_x.eq(edit.focal.0),
            screens::focal_y.eq(edit.focal.1),
        ))
        .returning(screens::screen_id);
    Ok(added.get_result(conn).await?)
}

#[derive(AsChangeset)]
#[diesel(table_name = screens)]
struct ScreenFields<'a> {
    screen_name: Option<&'a str>,
    focal_x: Option<f32>,
    focal_y: Option<f32>,
    theater_id: i64,
}

/// Writes what the edit says about a screen of the theatre; `false` where it has no such screen.
pub async fn update_screen(
    conn: &mut AsyncPgConnection,
    theater_id: i64,
    screen_id: i64,
    edit: &ScreenEdit,
) -> Result<bool, Error> {
    let focal = (!edit.seats.is_empty()).then_some(edit.focal);
    let written = diesel::update(screens::table)
        .filter(screens::screen_id.eq(screen_id))
        .filter(screens::theater_id.eq(theater_id))
        .set(ScreenFields {
            screen_name: edit.screen_name.as_deref(),
            focal_x: focal.map(|focal| focal.0),
            focal_y: focal.map(|focal| focal.1),
            theater_id,
        })
        .execute(conn)
        .await?;
    Ok(written == 1)
}

/// The theatre that the screen is in; `None` where there is no such screen.
pub async fn find_screen_theater(conn: &mut AsyncPgConnection, screen_id: i64) -> Result<Option<i64>, Error> {
    let theater = screens::table.filter(screens::screen_id.eq(screen_id)).select(screens::theater_id);
    Ok(theater.first(conn).await.optional()?)
}
