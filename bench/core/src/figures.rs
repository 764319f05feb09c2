//! Figures for people.

/// Nanoseconds, in the unit that suits them; nothing where there are none.
#[must_use]
pub fn duration(nanoseconds: Option<f64>) -> String {
    match nanoseconds {
        None => String::new(),
        Some(time) if time < 1e3 => format!("{time:.0} ns"),
        Some(time) if time < 1e6 => format!("{:.2} µs", time / 1e3),
        Some(time) => format!("{:.2} ms", time / 1e6),
    }
}

/// The median, if there is any value.
#[must_use]
pub fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let (&low, &high) =
        (values.get(values.len().checked_sub(1)? / 2)?, values.get(values.len() / 2)?);
    Some(f64::midpoint(low, high))
}
