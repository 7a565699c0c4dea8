//! `ListTheaters`: where events take place.

use tonic::Request;
use usher::contract::event::{ListTheatersRequest, ListTheatersResponse};

use super::{Events, encode};
use crate::{error::Error, view};

pub async fn handle(service: &Events, _: Request<ListTheatersRequest>) -> Result<ListTheatersResponse, Error> {
    let theaters = view::list_theaters(&service.database).await?;
    Ok(ListTheatersResponse { theaters: theaters.into_iter().map(encode::theater).collect() })
}
