//! One macro for closed sets of values that are stored as short text.

/// Declares an enum whose values have one stored spelling each.
macro_rules! coded {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $value:ident = $code:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $($(#[$vdoc])* #[doc = concat!("Stored as `", $code, "`.")] #[serde(rename = $code)] $value),*
        }

        impl $name {
            /// Every value, in order.
            pub const ALL: &'static [Self] = &[$(Self::$value),*];

            /// The stored spelling.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$value => $code),* }
            }

            /// The value with this stored spelling.
            pub fn from_code(code: &str) -> Option<Self> {
                match code { $($code => Some(Self::$value),)* _ => None }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.code())
            }
        }
    };
}

pub(crate) use coded;
