//! Hand-offs.

use super::{codes, field, reference};
use crate::domain::filter::kind::{Enumeration, IdKind, Kind, Schema, Shape};
use crate::domain::handoff::{Mode, Reason, State};

/// Fields of a hand-off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the fields of the resource of the contract, under the same names")]
pub enum HandoffField {
    Conversation,
    State,
    Mode,
    Reason,
    User,
    CreateTime,
    UpdateTime,
}

/// Hand-offs.
pub static HANDOFF: Schema<HandoffField> = {
    use HandoffField as F;
    Schema {
        fields: &[
            field("conversation", F::Conversation, reference("conversations", IdKind::Uuid)),
            field("state", F::State, Kind::Enum(&STATE)),
            field("mode", F::Mode, Kind::Enum(&MODE)),
            field("reason", F::Reason, Kind::Enum(&REASON)),
            field("user", F::User, reference("users", IdKind::Chosen)),
            field("create_time", F::CreateTime, Kind::Time),
            field("update_time", F::UpdateTime, Kind::Time),
        ],
    }
};

/// What a list of hand-offs may be ordered by.
pub const HANDOFF_ORDER: &[(&str, HandoffField)] =
    &[("create_time", HandoffField::CreateTime), ("update_time", HandoffField::UpdateTime)];

static STATE: Enumeration = Enumeration { prefix: "HANDOFF_STATE_", codes: codes!(State), shape: Shape::Plain };
static MODE: Enumeration = Enumeration { prefix: "HANDOFF_MODE_", codes: codes!(Mode), shape: Shape::Plain };
static REASON: Enumeration = Enumeration { prefix: "HANDOFF_REASON_", codes: codes!(Reason), shape: Shape::Plain };
