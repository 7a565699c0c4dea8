//! `UpdateTheater`: an admin makes or changes a theatre, its screens and layouts.

use tonic::Request;
use usher::contract::{
    access::Access,
    event::{UpdateTheaterRequest, UpdateTheaterResponse},
};

use super::{Events, decode, encode};
use crate::{edit_theater::edit_theater, error::Error};

pub async fn handle(service: &Events, request: Request<UpdateTheaterRequest>) -> Result<UpdateTheaterResponse, Error> {
    let (metadata, _, body) = request.into_parts();
    service.keys.authorize(Access::Admin, &metadata, "", 0).await?;
    let theater = edit_theater(&service.database, decode::theater(body)?).await?;
    Ok(UpdateTheaterResponse { theater: Some(encode::theater(theater)) })
}
