//! Users.

use super::{codes, field, reference, searched};
use crate::domain::access::Seat;
use crate::domain::filter::kind::{Enumeration, IdKind, Kind, Schema, Shape};
use crate::domain::user::UserState;

/// Fields of a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the fields of the resource of the contract, under the same names")]
pub enum UserField {
    DisplayName,
    Email,
    State,
    Seat,
    Availability,
    Team,
}

/// Users.
pub static USER: Schema<UserField> = {
    use UserField as F;
    Schema {
        fields: &[
            searched("display_name", F::DisplayName, Kind::Text),
            searched("email", F::Email, Kind::Address),
            field("state", F::State, Kind::Enum(&USER_STATE)),
            field("seat", F::Seat, Kind::Enum(&SEAT)),
            field("availability", F::Availability, Kind::Enum(&AVAILABILITY)),
            field("team", F::Team, reference("teams", IdKind::Chosen)),
        ],
    }
};

static USER_STATE: Enumeration = Enumeration { prefix: "USER_STATE_", codes: codes!(UserState), shape: Shape::Plain };
static SEAT: Enumeration = Enumeration { prefix: "SEAT_", codes: codes!(Seat), shape: Shape::Ordered };
static AVAILABILITY: Enumeration =
    Enumeration { prefix: "AVAILABILITY_STATE_", codes: &["away", "available"], shape: Shape::Flag };
