//! Something that people can do and tickets ask for.

use super::ids::SkillId;
use super::time::Timestamp;

/// Least level of a skill that somebody has.
pub const LEAST_LEVEL: u8 = 1;
/// Highest level of a skill.
pub const HIGHEST_LEVEL: u8 = 5;

/// A skill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skill {
    /// Chosen or made id.
    pub id: SkillId,
    /// Name for people, unique in its category without regard to case.
    pub display_name: String,
    /// What kind of skill.
    pub category: String,
    /// When it was made.
    pub create_time: Timestamp,
    /// When the row last changed.
    pub update_time: Timestamp,
    /// The etag.
    pub version: i64,
}

impl Skill {
    /// The form in which names are compared.
    pub fn key(&self) -> (String, String) {
        (self.category.to_lowercase(), self.display_name.to_lowercase())
    }
}
