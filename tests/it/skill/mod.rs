//! `SkillService`.

mod skills;
