//! A theatre, its screens and their seat layouts, as an admin makes and changes them. Pure.

use crate::seat::LayoutSeat;

/// A theatre to be made or changed; `None` leaves a field as it is.
#[derive(Debug, Clone, PartialEq)]
pub struct TheaterEdit {
    /// Which one; `None` makes one.
    pub theater_id: Option<i64>,
    /// Its name.
    pub theater_name: Option<String>,
    /// Its city.
    pub city: Option<String>,
    /// Its street address.
    pub address: Option<String>,
    /// Its IANA time zone.
    pub time_zone: Option<String>,
    /// Its screens to be made or changed.
    pub screens: Vec<ScreenEdit>,
}

/// A screen to be made or changed.
#[derive(Debug, Clone, PartialEq)]
pub struct ScreenEdit {
    /// Which one; `None` makes one.
    pub screen_id: Option<i64>,
    /// Its name; `None` leaves it as it is.
    pub screen_name: Option<String>,
    /// The point that the best seats are nearest to: right, and away from the stage.
    pub focal: (f32, f32),
    /// Its layout; empty leaves it, and the focal point, as they are.
    pub seats: Vec<LayoutSeat>,
}

/// A theatre as it is shown.
#[derive(Debug, Clone, PartialEq)]
pub struct Theater {
    /// Its id.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// Its city.
    pub city: String,
    /// Its street address.
    pub address: String,
    /// Its IANA time zone.
    pub time_zone: String,
    /// Its screens, by name.
    pub screens: Vec<Screen>,
}

/// A screen as it is shown.
#[derive(Debug, Clone, PartialEq)]
pub struct Screen {
    /// Its id.
    pub id: i64,
    /// The theatre that it is in.
    pub theater_id: i64,
    /// Its name.
    pub name: String,
    /// How many seats its layout has.
    pub seat_count: i64,
    /// The point that the best seats are nearest to: right, and away from the stage.
    pub focal: (f32, f32),
}
