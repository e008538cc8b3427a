//! Which values of a column are null.

use polars_arrow::bitmap::{Bitmap, BitmapBuilder};

/// Notes which values are null. Nothing is written as long as none is.
#[derive(Default)]
pub(super) struct NullWriter {
    len: usize,
    bits: Option<BitmapBuilder>,
}

impl NullWriter {
    #[inline]
    pub(super) fn push(&mut self, present: bool) {
        match &mut self.bits {
            Some(bits) => bits.push(present),
            None if present => {}
            None => {
                let mut bits = BitmapBuilder::with_capacity(self.len + 1);
                bits.extend_constant(self.len, true);
                bits.push(false);
                self.bits = Some(bits);
            }
        }
        self.len += 1;
    }

    pub(super) fn finish(self) -> Option<Bitmap> {
        self.bits.map(BitmapBuilder::freeze)
    }
}

/// Knows which values are null.
pub(super) struct Nulls(Option<Bitmap>);

impl Nulls {
    pub(super) fn of(validity: Option<&Bitmap>) -> Self {
        Self(validity.filter(|bits| bits.unset_bits() > 0).cloned())
    }

    #[inline]
    pub(super) fn has(&self, row: usize) -> bool {
        self.0.as_ref().is_some_and(|present| !present.get_bit(row))
    }
}
