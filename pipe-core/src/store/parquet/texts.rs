//! Dictionaries of short texts, which lie in 16 bytes each: that is what is compared, and not what it stands for.

use polars::polars_utils::aliases::{InitHashMaps, PlHashMap};
use polars_arrow::array::{Array, BinaryViewArray, DictionaryArray, PrimitiveArray, Utf8ViewArray};
use polars_arrow::datatypes::{ArrowDataType, IntegerType};

/// The texts as numbers, and what each number stands for, in the order in which they appear. `None` if some are too
/// long, or too many are different.
pub(super) fn dictionary(texts: &Utf8ViewArray) -> Option<Box<dyn Array>> {
    let views = texts.views();
    let mut keys = Vec::with_capacity(views.len());
    let mut values = Vec::new();
    let mut known: PlHashMap<u128, u32> = PlHashMap::new();
    for (row, view) in views.iter().enumerate() {
        // What lies where a text is missing means nothing.
        if texts.is_null(row) {
            keys.push(0);
            continue;
        }
        let text = view.get_inlined_slice()?;
        let new = u32::try_from(values.len()).ok()?;
        let key = *known.entry(view.as_u128()).or_insert(new);
        if key == new {
            values.push(text);
            if values.len() > views.len() / 2 {
                return None;
            }
        }
        keys.push(key);
    }
    let keys = PrimitiveArray::new(
        ArrowDataType::UInt32,
        keys.into(),
        texts.validity().cloned(),
    );
    let values = BinaryViewArray::from_slice_values(values);
    let types = Box::new(ArrowDataType::BinaryView);
    let types = ArrowDataType::Dictionary(IntegerType::UInt32, types, false);
    let dictionary = DictionaryArray::try_new(types, keys, values.boxed()).ok()?;
    Some(dictionary.boxed())
}
