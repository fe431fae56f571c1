//! What a calling channel has of its own (R-138, R-139, R-144; C-060, C-063).

use crate::domain::call::CallingConfig;
use crate::domain::channel::ChannelKind;
use crate::domain::hours::HoursFault;
use crate::domain::rejection::Rejection;

/// The settings of a calling channel, with the hours in order. Hours need a message for those who call outside of them
/// (C-063).
///
/// # Errors
/// A field fault.
pub fn checked_calling(kind: ChannelKind, given: Option<CallingConfig>) -> Result<CallingConfig, Rejection> {
    let Some(mut calling) = given else { return Ok(CallingConfig::default()) };
    if kind != ChannelKind::Calling && calling != CallingConfig::default() {
        return Err(Rejection::field("channel.calling", "INCONSISTENT", "is for calling channels only"));
    }
    if calling.hours.blocks.is_empty() {
        return Ok(calling);
    }
    let block = |index: usize| format!("channel.calling.hours.blocks[{index}]");
    calling.hours.check().map_err(|fault| match fault {
        HoursFault::Zone => {
            Rejection::field("channel.calling.hours.time_zone", "NOT_ALLOWED", "must be an IANA time zone")
        }
        HoursFault::Block(index) => Rejection::field(block(index), "OUT_OF_RANGE", "must end after it begins"),
        HoursFault::Overlap(index) => Rejection::field(block(index), "INCONSISTENT", "must not overlap another one"),
    })?;
    if calling.after_hours_voicemail.is_none() {
        let field = "channel.calling.after_hours_voicemail";
        return Err(Rejection::field(field, "REQUIRED", "must be set for a channel with opening hours"));
    }
    Ok(calling)
}
