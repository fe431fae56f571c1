//! What conditions need to be read.

use crate::domain::property::Property;
use crate::storage::lane::World;

/// The properties that conditions may name; none where no condition does.
pub(super) fn properties_for<'t>(world: &World, conditions: impl IntoIterator<Item = &'t str>) -> Vec<Property> {
    let named = conditions.into_iter().any(|text| text.contains("properties"));
    if named { world.people().properties.values().cloned().collect() } else { Vec::new() }
}
