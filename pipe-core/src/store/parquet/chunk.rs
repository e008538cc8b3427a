//! One column of one row group.

use std::borrow::Cow;

use polars::prelude::*;
use polars_arrow::array::{Array, Utf8ViewArray};
use polars_parquet::parquet::compression::compress;
use polars_parquet::write::{
    CompressedPage, CompressionOptions, DynIter, Encoding, Page, SchemaDescriptor, WriteOptions,
    array_to_columns, compress as compress_page, get_dtype_encoding, to_parquet_schema,
};

use super::statistics::Together;
use super::{Options, texts};

/// Values that are looked at to see how often they repeat.
const SAMPLE: usize = 1_024;

/// Rows that are compressed to see what that saves.
const TRIAL: usize = 8_192;

/// Bytes of a page that should be the only one: as bytes become four each in Parquet, whose pages have at most two gigabytes.
const WHOLE_PAGE: usize = 1 << 28;

/// The columns of a file.
pub(super) struct Columns {
    pub(super) arrow: ArrowSchema,
    pub(super) parquet: SchemaDescriptor,
    options: Options,
}

/// A column that is encoded: its pages, for each of its leaves.
type Pages = Vec<DynIter<'static, PolarsResult<Page>>>;

impl Columns {
    pub(super) fn new(schema: &Schema, options: Options) -> PolarsResult<Self> {
        let object = schema.iter().find(|(_, dtype)| dtype.contains_objects());
        if let Some((name, dtype)) = object {
            polars_bail!(SchemaMismatch: "column `{name}` has values of type `{dtype}`, for which Parquet has no type; help: cast it to another, drop it, or do not store the node: `#[checkpoint(false)]`");
        }
        let arrow = schema.to_arrow(CompatLevel::newest());
        Ok(Self {
            parquet: to_parquet_schema(&arrow)?,
            arrow,
            options,
        })
    }

    /// The pages of each leaf of a column: of one leaf, unless it is nested.
    pub(super) fn encode(
        &self,
        number: usize,
        column: &Column,
    ) -> PolarsResult<Vec<Vec<CompressedPage>>> {
        let series = column.as_materialized_series().rechunk();
        let field = self.arrow.get_at_index(number).map(|(_, field)| field);
        let field = field.ok_or_else(|| polars_err!(SchemaMismatch: "a column too many"))?;
        let mut array = series.to_arrow_with_field(0, Cow::Borrowed(field), true)?;
        // That nothing is missing can be said in two ways, which would become other bytes.
        if array.validity().is_some() && array.null_count() == 0 {
            array = array.with_validity(None);
        }
        // Texts know how long they are together, and may not have noticed that some went missing since. A slice does not
        // know, and finds out.
        if array.dtype().is_view() {
            array = array.sliced(0, array.len());
        }
        let mut compression = self.options.write.compression;
        let pages = match repeats(&series)? {
            None => self.whole(number, series.dtype(), &*array),
            Some(true) if self.options.dictionaries => {
                let text = array.as_any().downcast_ref::<Utf8ViewArray>();
                let dictionary = text.and_then(texts::dictionary);
                let array = dictionary.as_deref().unwrap_or(&*array);
                self.pages(number, array, &[Encoding::RleDictionary])
            }
            Some(_) => {
                let encoding;
                (encoding, compression) = self.choose(number, &series, &*array)?;
                self.pages(number, &*array, &[encoding])
            }
        }?;
        let leaves = pages.into_iter();
        leaves.map(|pages| compressed(pages, compression)).collect()
    }

    /// Values that are not looked at, in one page if that can be: where pages end would depend on what lies in memory
    /// where nothing is. So would the least and the greatest value in lists, some of which are missing.
    fn whole(&self, number: usize, dtype: &DataType, array: &dyn Array) -> PolarsResult<Pages> {
        let mut options = WriteOptions {
            data_page_size: Some(WHOLE_PAGE),
            ..self.options.write
        };
        // Numbers of 128 bits would be compared as texts.
        if dtype.is_nested() || matches!(dtype, DataType::Int128 | DataType::UInt128) {
            options.statistics = StatisticsOptions::empty();
        }
        let types = self.parquet.fields()[number].clone();
        array_to_columns(array, types, options, &get_dtype_encoding(array.dtype()))
    }

    fn pages(
        &self,
        number: usize,
        array: &dyn Array,
        encodings: &[Encoding],
    ) -> PolarsResult<Pages> {
        let types = self.parquet.fields()[number].clone();
        array_to_columns(array, types, self.options.write, encodings)
    }

    /// How to write values that do not repeat, by what becomes of some of them.
    ///
    /// LZ4 is there to save time: where it finds nothing to save, it takes ten times as long as to write what it
    /// saves. Who chose another codec, wants few bytes.
    fn choose(
        &self,
        number: usize,
        series: &Series,
        array: &dyn Array,
    ) -> PolarsResult<(Encoding, CompressionOptions)> {
        let codec = self.options.write.compression;
        if array.len() <= 2 * TRIAL {
            return Ok((Encoding::Plain, codec));
        }
        let some = array.sliced((array.len() - TRIAL) / 2, TRIAL);
        let fast = codec == CompressionOptions::Lz4Raw;
        let plain = self.bytes(number, &*some, Encoding::Plain)?;
        if may_be_packed(series)? {
            let packed = self.bytes(number, &*some, Encoding::DeltaBinaryPacked)?;
            if packed.len() <= plain.len() / 4 * 3 {
                let codec = if fast {
                    CompressionOptions::Uncompressed
                } else {
                    codec
                };
                return Ok((Encoding::DeltaBinaryPacked, codec));
            }
        }
        if fast {
            let mut compressed = Vec::new();
            compress(codec, &plain, &mut compressed)?;
            if compressed.len() > plain.len() / 3 * 2 {
                return Ok((Encoding::Plain, CompressionOptions::Uncompressed));
            }
        }
        Ok((Encoding::Plain, codec))
    }

    /// What values become before they are compressed.
    fn bytes(&self, number: usize, array: &dyn Array, encoding: Encoding) -> PolarsResult<Vec<u8>> {
        let mut bytes = Vec::new();
        for page in self
            .pages(number, array, &[encoding])?
            .into_iter()
            .flatten()
        {
            if let Page::Data(page) = page? {
                bytes.extend_from_slice(page.buffer());
            }
        }
        Ok(bytes)
    }
}

/// The pages of a leaf, compressed one after the other.
fn compressed(
    pages: impl Iterator<Item = PolarsResult<Page>>,
    compression: CompressionOptions,
) -> PolarsResult<Vec<CompressedPage>> {
    let mut pages = pages.peekable();
    let mut together = Together::default();
    let mut compressed = Vec::new();
    while let Some(page) = pages.next() {
        let page = together.next(page?, pages.peek().is_none())?;
        compressed.push(compress_page(page, Vec::new(), compression)?);
    }
    Ok(compressed)
}

/// Whether values repeat so often that a dictionary saves time: it is smaller values that are compressed then, and
/// read again. `None` for types of which it is not asked.
fn repeats(series: &Series) -> PolarsResult<Option<bool>> {
    // Of text, more can be saved.
    let often = match series.dtype() {
        DataType::String | DataType::Binary => 2,
        // Polars makes no dictionaries of them.
        DataType::Float32 | DataType::Float64 => return Ok(Some(false)),
        dtype if is_whole(dtype) => 4,
        _ => return Ok(None),
    };
    let step = series.len().div_ceil(SAMPLE).max(1);
    let sample = series.gather_every(step, 0)?.drop_nulls();
    let repeats = !sample.is_empty() && sample.n_unique()? * often <= sample.len();
    Ok(Some(repeats))
}

/// Whether values can be written as what lies between them: if that is no more than their type can say, as some readers
/// take nothing else, and taking unsigned numbers as the encoder does, for signed ones.
fn may_be_packed(series: &Series) -> PolarsResult<bool> {
    if !is_whole(series.dtype()) {
        return Ok(false);
    }
    let values = series.to_physical_repr();
    // Parquet has 32 bits for shorter ones.
    let half = match values.dtype() {
        DataType::Int64 | DataType::UInt64 => 1_i128 << 63,
        _ => 1 << 31,
    };
    let ends = values.min::<i128>()?.zip(values.max::<i128>()?);
    Ok(ends.is_none_or(|(least, most)| most - least < half && (least < half) == (most < half)))
}

/// Whether values are whole numbers of at most 64 bits, whatever they stand for.
fn is_whole(dtype: &DataType) -> bool {
    match dtype {
        DataType::Int128 | DataType::UInt128 => false,
        DataType::Date | DataType::Time | DataType::Datetime(..) | DataType::Duration(_) => true,
        dtype => dtype.is_integer(),
    }
}
