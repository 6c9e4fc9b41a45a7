//! The compact writing of records: numbers of seven bits a byte, and texts behind their length.
//!
//! The index is disposable, so its format may change; its version number says when it did.

/// Bytes under construction.
#[derive(Default)]
pub(super) struct Out(pub(super) Vec<u8>);

impl Out {
    pub(super) fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.0.push(number.to_le_bytes()[0] | 0x80);
            number >>= 7;
        }
        self.0.push(number.to_le_bytes()[0]);
    }

    pub(super) fn count(&mut self, count: usize) {
        self.number(count as u64);
    }

    pub(super) fn text(&mut self, text: &str) {
        self.count(text.len());
        self.0.extend_from_slice(text.as_bytes());
    }

    pub(super) fn raw(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }
}

/// Bytes being read; `None` wherever they end early or say what cannot be.
pub(super) struct In<'a>(pub(super) &'a [u8]);

impl<'a> In<'a> {
    pub(super) fn number(&mut self) -> Option<u64> {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let (byte, rest) = self.0.split_first()?;
            self.0 = rest;
            number |= u64::from(byte & 0x7F) << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    /// A count of things that take a byte each at least.
    pub(super) fn count(&mut self) -> Option<usize> {
        let count = usize::try_from(self.number()?).ok()?;
        (count <= self.0.len()).then_some(count)
    }

    pub(super) fn text(&mut self) -> Option<&'a str> {
        let length = self.count()?;
        std::str::from_utf8(self.slice(length)?).ok()
    }

    pub(super) fn raw<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.slice(N)?.try_into().ok()
    }

    pub(super) fn end(&self) -> Option<()> {
        self.0.is_empty().then_some(())
    }

    fn slice(&mut self, length: usize) -> Option<&'a [u8]> {
        let (slice, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(slice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back_and_what_is_cut_does_not() {
        let mut out = Out::default();
        for number in [0, 127, 128, 300, u64::MAX] {
            out.number(number);
        }
        out.text("é");
        out.raw(&[7; 3]);
        let read = |bytes: &[u8]| {
            let mut input = In(bytes);
            let mut numbers = Vec::new();
            for _ in 0..5 {
                numbers.push(input.number()?);
            }
            let text = input.text()?.to_owned();
            let raw = input.raw::<3>()?;
            input.end().map(|()| (numbers, text, raw))
        };
        let expected = (vec![0, 127, 128, 300, u64::MAX], "é".to_owned(), [7; 3]);
        assert_eq!(read(&out.0), Some(expected));
        for end in 0..out.0.len() {
            assert_eq!(read(&out.0[..end]), None, "{end}");
        }
    }
}
