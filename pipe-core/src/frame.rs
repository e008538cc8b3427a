//! Frames that are known to have a schema.

use std::marker::PhantomData;

use polars::prelude::*;

use crate::schema::FrameSchema;

/// A [`LazyFrame`] that is known to have exactly the columns of schema `S`.
///
/// Steps take and return it. Inside a step it is a plain lazy frame again after [`Frame::lazy`], and
/// a lazy frame becomes one with `.into()`:
///
/// ```
/// use pipe_core::prelude::*;
///
/// #[derive(Schema)]
/// pub struct Order { pub qty: i64, pub price: f64 }
/// #[derive(Schema)]
/// pub struct Total { pub total: f64 }
///
/// #[step]
/// fn total(orders: Frame<Order>) -> Frame<Total> {
///     orders.lazy().select([(col("qty") * col("price")).sum().alias("total")]).into()
/// }
///
/// // A step is a plain function: call it in a unit test.
/// let orders = Frame::from_rows(vec![Order { qty: 2, price: 1.5 }, Order { qty: 1, price: 4.0 }])?;
/// let total = total(orders).collect()?;
/// assert_eq!(total.column("total")?.f64()?.get(0), Some(7.0));
/// # Ok::<(), PolarsError>(())
/// ```
///
/// The conversion from a lazy frame is a promise. A run holds the promise against the frame's real
/// schema before any data is read.
pub struct Frame<S> {
    lazy: LazyFrame,
    schema: PhantomData<fn() -> S>,
}

impl<S: FrameSchema> Frame<S> {
    /// A frame with these rows: a `Vec`, a slice or an array of them.
    ///
    /// # Errors
    ///
    /// When Polars refuses the values.
    pub fn from_rows(rows: impl AsRef<[S]>) -> PolarsResult<Self> {
        crate::rows::frame_of(rows.as_ref()).map(Self::from)
    }

    /// Computes the frame, and gives its rows in order.
    ///
    /// ```
    /// use pipe_core::prelude::*;
    ///
    /// #[derive(Schema, Clone, Debug, PartialEq)]
    /// pub struct Order { pub qty: i64, pub note: Option<String> }
    ///
    /// let orders = vec![Order { qty: 2, note: None }, Order { qty: 1, note: Some("fragile".into()) }];
    /// assert_eq!(Frame::from_rows(&orders)?.collect_rows()?, orders);
    /// # Ok::<(), PolarsError>(())
    /// ```
    ///
    /// Columns are found by their names; others than those of `S` are left out.
    ///
    /// # Errors
    ///
    /// Whatever the query meets; a column that is missing or of another type; a null where the field
    /// is no `Option`, and a time that its type cannot hold.
    pub fn collect_rows(self) -> PolarsResult<Vec<S>> {
        crate::rows::rows_of(&self.collect()?)
    }
}

impl<S> Frame<S> {
    /// The plain lazy frame.
    pub fn lazy(self) -> LazyFrame {
        self.lazy
    }

    /// Computes the frame, on the streaming engine.
    ///
    /// # Errors
    ///
    /// Whatever the query meets: unreadable files, failing expressions.
    pub fn collect(self) -> PolarsResult<DataFrame> {
        crate::engine::collect(self.lazy)
    }
}

impl<S> Clone for Frame<S> {
    fn clone(&self) -> Self {
        Self {
            lazy: self.lazy.clone(),
            schema: PhantomData,
        }
    }
}

impl<S> IntoLazy for Frame<S> {
    fn lazy(self) -> LazyFrame {
        self.lazy
    }
}

impl<S: FrameSchema> std::fmt::Debug for Frame<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Frame").field(&S::NAME).finish()
    }
}

impl<S> From<LazyFrame> for Frame<S> {
    fn from(lazy: LazyFrame) -> Self {
        Self {
            lazy,
            schema: PhantomData,
        }
    }
}

impl<S> From<DataFrame> for Frame<S> {
    fn from(frame: DataFrame) -> Self {
        frame.lazy().into()
    }
}

impl<S> From<Frame<S>> for LazyFrame {
    fn from(frame: Frame<S>) -> Self {
        frame.lazy
    }
}
