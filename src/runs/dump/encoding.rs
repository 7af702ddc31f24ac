//! Bytes of an unknown encoding to text, a piece at a time.

use encoding_rs::{Decoder, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// Finds out the encoding while it reads.
///
/// By the byte order mark; without one by the zero bytes that UTF-16 has in ASCII text; else it is
/// UTF-8 for as long as that is valid. The first byte that is not, with nothing but ASCII before
/// it, says Windows-1252, which takes in Latin-1.
#[derive(Default)]
pub(super) struct Text {
    state: State,
}

#[derive(Default)]
enum State {
    /// Not enough bytes yet; at most three.
    #[default]
    Start,
    Held(Vec<u8>),
    /// Only ASCII so far; what is held is the beginning of a character.
    Ascii(Vec<u8>),
    /// A character of UTF-8 was seen.
    Utf8(Vec<u8>),
    Other(Box<Decoder>),
}

impl Text {
    /// Decodes a piece, and what was held back of the one before; `last` lets nothing be held.
    pub(super) fn push(&mut self, piece: &[u8], last: bool, out: &mut String) {
        let held = match std::mem::take(&mut self.state) {
            State::Start => Vec::new(),
            State::Held(held) => held,
            State::Ascii(held) => return self.utf8(held, piece, last, out, true),
            State::Utf8(held) => return self.utf8(held, piece, last, out, false),
            State::Other(decoder) => return self.other(decoder, piece, last, out),
        };
        let bytes = [held.as_slice(), piece].concat();
        // Four bytes are enough to know, of a file that has as many.
        if bytes.len() < 4 && !last {
            self.state = State::Held(bytes);
            return;
        }
        let decoder = match bytes.as_slice() {
            [0xEF, 0xBB, 0xBF, rest @ ..] => return self.utf8(Vec::new(), rest, last, out, false),
            [0xFF, 0xFE, ..] => UTF_16LE.new_decoder_with_bom_removal(),
            [0xFE, 0xFF, ..] => UTF_16BE.new_decoder_with_bom_removal(),
            [a, 0, b, 0, ..] if *a != 0 && *b != 0 => UTF_16LE.new_decoder_without_bom_handling(),
            [0, a, 0, b, ..] if *a != 0 && *b != 0 => UTF_16BE.new_decoder_without_bom_handling(),
            _ => return self.utf8(Vec::new(), &bytes, last, out, true),
        };
        self.other(Box::new(decoder), &bytes, last, out);
    }

    fn utf8(&mut self, held: Vec<u8>, piece: &[u8], last: bool, out: &mut String, ascii: bool) {
        let joined;
        let mut rest = if held.is_empty() {
            piece
        } else {
            joined = [held.as_slice(), piece].concat();
            &joined
        };
        let mut ascii = ascii;
        loop {
            match std::str::from_utf8(rest) {
                Ok(text) => {
                    out.push_str(text);
                    ascii &= text.is_ascii();
                    rest = &[];
                    break;
                }
                Err(error) => {
                    let (valid, odd) = rest.split_at(error.valid_up_to());
                    let text = std::str::from_utf8(valid).unwrap_or_default();
                    out.push_str(text);
                    ascii &= text.is_ascii();
                    rest = odd;
                    if error.error_len().is_none() && !last {
                        break;
                    }
                    if ascii {
                        let decoder = WINDOWS_1252.new_decoder_without_bom_handling();
                        return self.other(Box::new(decoder), rest, last, out);
                    }
                    // A stray byte in a UTF-8 file: read as what it most likely is.
                    out.push_str(&WINDOWS_1252.decode_without_bom_handling(&rest[..1]).0);
                    rest = &rest[1..];
                }
            }
        }
        let held = rest.to_vec();
        self.state = if ascii {
            State::Ascii(held)
        } else {
            State::Utf8(held)
        };
    }

    fn other(&mut self, mut decoder: Box<Decoder>, piece: &[u8], last: bool, out: &mut String) {
        let room = decoder.max_utf8_buffer_length(piece.len());
        out.reserve(room.unwrap_or(piece.len().saturating_mul(3)));
        // With that much room all of it is read.
        let _ = decoder.decode_to_string(piece, out, last);
        self.state = State::Other(decoder);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(bytes: &[u8], piece: usize) -> String {
        let (mut text, mut out) = (Text::default(), String::new());
        for piece in bytes.chunks(piece) {
            text.push(piece, false, &mut out);
        }
        text.push(&[], true, &mut out);
        out
    }

    fn utf16(text: &str, big: bool, mark: bool) -> Vec<u8> {
        let mark = mark.then_some(0xFEFF);
        let units = mark.into_iter().chain(text.encode_utf16());
        let bytes = |unit: u16| {
            if big {
                unit.to_be_bytes()
            } else {
                unit.to_le_bytes()
            }
        };
        units.flat_map(bytes).collect()
    }

    #[test]
    fn every_encoding_in_every_piece() {
        let text = "Käse,_Line_\r\n€ 5,😀\r\n";
        let western = WINDOWS_1252
            .encode("Käse,_Line_\r\n€ 5,é\r\n")
            .0
            .into_owned();
        let mut stray = text.as_bytes().to_vec();
        stray.push(0xE9);
        let cases = [
            (text.as_bytes().to_vec(), text.to_owned()),
            (["\u{feff}", text].concat().into_bytes(), text.to_owned()),
            (utf16(text, false, true), text.to_owned()),
            (utf16(text, true, true), text.to_owned()),
            (utf16("Kaese,x\n€", false, false), "Kaese,x\n€".to_owned()),
            (utf16("Kaese,x\n€", true, false), "Kaese,x\n€".to_owned()),
            (western, "Käse,_Line_\r\n€ 5,é\r\n".to_owned()),
            (stray, format!("{text}é")),
            (b"ab".to_vec(), "ab".to_owned()),
            (Vec::new(), String::new()),
        ];
        for (bytes, expected) in cases {
            for piece in [1, 2, 3, 5, 1000] {
                assert_eq!(decode(&bytes, piece), expected, "{bytes:?} by {piece}");
            }
        }
    }

    proptest::proptest! {
        #[test]
        fn utf8_survives_any_cut(text in "\\PC{0,60}", piece in 1_usize..9) {
            proptest::prop_assume!(!text.starts_with('\u{feff}'));
            proptest::prop_assert_eq!(decode(text.as_bytes(), piece), text);
        }

        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>, piece in 1_usize..9) {
            let whole = decode(&bytes, bytes.len().max(1));
            proptest::prop_assert_eq!(decode(&bytes, piece), whole);
        }
    }
}
