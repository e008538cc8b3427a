"""The seven steps of W1 in Polars, for the peers that leave the data to it."""

import polars as pl

FACTOR = 3


def read(orders: str) -> pl.LazyFrame:
    return pl.scan_csv(orders, try_parse_dates=True)


def drop(orders):
    return orders.drop_nulls()


def feature1(orders):
    return orders.with_columns(feature1=pl.col("value") * FACTOR)


def feature2(orders):
    return orders.with_columns(feature2=pl.col("value") * 7 + pl.col("qty") * pl.col("price"))


def keep(orders):
    return orders.filter(pl.col("feature1") > 10)


def join(orders, customers):
    return orders.join(customers, on="customer_id", how="inner")


def agg(orders):
    return (
        orders.group_by("region", "category")
        .agg(
            orders=pl.len(),
            value_sum=pl.col("value").sum(),
            feature1_sum=pl.col("feature1").sum(),
            feature2_mean=pl.col("feature2").mean(),
            qty_sum=pl.col("qty").sum(),
        )
        .sort("region", "category")
    )


def named(customers) -> dict:
    """The steps after reading, by name."""
    return {
        "drop": drop,
        "feature1": feature1,
        "feature2": feature2,
        "filter": keep,
        "join": lambda orders: join(orders, customers),
        "agg": agg,
    }


def tiny() -> pl.DataFrame:
    """The frame of graphs whose steps do nothing."""
    return pl.DataFrame({"id": [1, 2, 3], "name": ["a", "b", "c"], "value": [1.5, 2.5, 3.5]})
