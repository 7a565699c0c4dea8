//! `GetScreen`: a screen with its layout, for whoever edits it.

use tonic::Request;
use usher::contract::{
    access::Access,
    event::{GetScreenRequest, GetScreenResponse},
};

use super::{Events, encode};
use crate::{error::Error, view};

pub async fn handle(service: &Events, request: Request<GetScreenRequest>) -> Result<GetScreenResponse, Error> {
    let (metadata, _, body) = request.into_parts();
    service.keys.authorize(Access::Admin, &metadata, "", 0).await?;
    let (screen, layout) = view::find_screen(&service.database, body.screen_id).await?;
    let theater_id = screen.theater_id;
    Ok(GetScreenResponse { screen: Some(encode::screen(screen, layout)), theater_id })
}
