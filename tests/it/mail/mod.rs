//! Mail: what goes out, how it is delivered, and what comes back.

mod system_mail;
