//! Looking at an event of 3,000 seats, beside a bare server that answers the same bytes.

use std::sync::Arc;

use super::stand::Stand;
use crate::{
    error::Error,
    load::closed,
    row::{Measured, Row},
    viewers::Viewers,
};

impl Stand<'_> {
    pub(super) async fn view(&mut self, row: Row) -> Result<Measured, Error> {
        let event = *self.house.viewed.events.start();
        let viewers = Viewers::new(&self.running.services.event, self.config.connections, event).await?;
        let (viewers, bare) = (Arc::new(viewers), matches!(row, Row::SameBytes(_)));
        let call = move |caller| {
            let viewers = Arc::clone(&viewers);
            async move { Some(if bare { viewers.same_bytes(caller).await } else { viewers.view(caller).await }) }
        };
        let callers = row.count().unwrap_or(1);
        self.watch(self.window(), 1, closed(callers.into(), self.window(), call)).await
    }
}
