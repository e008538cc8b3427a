//! The argument that names a column is misspelled: nothing is said of the columns that would follow.

use pipe_core::prelude::*;

#[derive(Schema)]
struct Route {
    origin: String,
}

#[derive(Schema)]
struct Airport {
    faa: String,
    name: String,
}

#[derive(Schema)]
struct NamedRoute {
    origin: String,
    from: Option<String>,
}

#[step(joins(routes, airports, on(code => faa), how = left), renames("name" => name))]
fn add_airport(routes: LazyFrame, airports: Frame<Airport>, code: ColumnName, name: ColumnName) -> LazyFrame {
    routes.left_join(airports.lazy(), code.col(), col("faa")).rename(["name"], [name.as_str()], true)
}

pipeline! {
    fn named(routes: Frame<Route>, airports: Frame<Airport>) -> Frame<NamedRoute> {
        let named = add_airport(routes, airports, cod = "origin", name = "from");
        named
    }
}

fn main() {}
