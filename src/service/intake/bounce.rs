//! A delivery report about a mail of ours: it joins the conversation of that mail and says what became of it. It makes no
//! ticket and no contact, opens nothing again, and nothing answers it (C-076, T-24).

use super::ingest::{Ingest, Place};
use super::report::{tell_bounce, tell_delivery};
use super::thread::{place, tagged_ids};
use crate::domain::channel::Channel;
use crate::domain::conversation::{Delivery, Message};
use crate::domain::ids::MessageId;
use crate::mail::{DeliveryReport, Fate};
use crate::service::desk::Desk;
use crate::storage::lane::World;

/// The mail of ours that a report is about, and where it lies: by the tag of the address that it came to, which the mail
/// had as the envelope's sender, else by a Message-ID in it. Either is a secret that only those know who handled the mail.
pub(super) fn find(message: &Ingest, world: &World, channel: &Channel) -> Option<(Place, MessageId)> {
    let report = message.mail.as_ref()?.report.as_ref()?;
    let tagged = tagged_ids(message, channel);
    let sent = tagged.iter().chain(&report.about).filter_map(|id| world.mail_ids.get(id));
    sent.copied().find_map(|sent| {
        let known = world.messages.get(&sent.message)?;
        Some((place(world, channel, &sent.thread)?, known.id))
    })
}

/// Writes down what became of the mail. A delay is no news; what failed before stays as it is.
pub(super) fn settle(desk: &mut Desk<'_, '_>, about: MessageId, report: &DeliveryReport) {
    let Some(before) = desk.world().messages.get(&about).cloned() else { return };
    let now = Some(desk.session.now());
    match report.fate {
        Fate::Failed if before.delivery.may_bounce() => {
            let (delivery, delivery_error) = (Delivery::Failed, report.reason.clone());
            let after = Message { delivery, delivery_error, delivery_time: now, ..before.clone() };
            tell_bounce(desk, &before, &after);
            desk.session.world.messages.put(about, after);
        }
        Fate::Delivered if before.delivery.may_become(Delivery::Delivered) => {
            let after = Message { delivery: Delivery::Delivered, delivery_time: now, ..before.clone() };
            tell_delivery(desk, &before, &after);
            desk.session.world.messages.put(about, after);
        }
        _ => {}
    }
}
