//! [`Message`]: text that is put together while the program is compiled.

use super::{Component, FieldSchema};

const CAPACITY: usize = 1024;

/// A message of a compile-time rule; what does not fit is cut off.
pub(super) struct Message {
    bytes: [u8; CAPACITY],
    len: usize,
}

impl Message {
    pub(super) const fn new() -> Self {
        Self { bytes: [0; CAPACITY], len: 0 }
    }

    pub(super) const fn text(mut self, text: &str) -> Self {
        let text = text.as_bytes();
        let mut at = 0;
        while at < text.len() && self.len < CAPACITY {
            self.bytes[self.len] = text[at];
            self.len += 1;
            at += 1;
        }
        self
    }

    pub(super) const fn number(self, number: u8) -> Self {
        const DIGITS: &str = "0123456789";
        let message = if number > 9 { self.number(number / 10) } else { self };
        let (_, tail) = DIGITS.split_at((number % 10) as usize);
        let (digit, _) = tail.split_at(1);
        message.text(digit)
    }

    /// A template as its author wrote it, in backticks.
    pub(super) const fn template(self, components: &[Component], fields: &[FieldSchema]) -> Self {
        let mut message = self.text("`");
        let mut at = 0;
        while at < components.len() {
            if at > 0 {
                message = message.text("#");
            }
            message = message.text(components[at].literal);
            if let Some(placeholder) = &components[at].placeholder {
                message = message.text("{").text(fields[placeholder.field].name);
                if let Some(width) = placeholder.width {
                    message = message.text(":").number(width);
                }
                if placeholder.norm {
                    message = message.text(":norm");
                }
                message = message.text("}");
            }
            at += 1;
        }
        message.text("`")
    }

    pub(super) const fn as_str(&self) -> &str {
        let (written, _) = self.bytes.split_at(self.len);
        match str::from_utf8(written) {
            Ok(text) => text,
            // Only a message cut off inside a character gets here.
            Err(_) => "key layouts collide",
        }
    }
}
