//! What conditions need to be read.

use crate::domain::property::Property;
use crate::storage::lane::World;

/// The properties that conditions may name; none where no condition does.
pub(super) fn properties_for<T: AsRef<str>>(world: &World, conditions: &[T]) -> Vec<Property> {
    let named = conditions.iter().any(|text| text.as_ref().contains("properties"));
    if named { world.people().properties.values().cloned().collect() } else { Vec::new() }
}
