//! NotificationService: what people are told.

mod reading;
mod stream;
