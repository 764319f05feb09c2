//! Rules for [`Faults::new`](super::Faults::new) and [`Faults::set`](super::Faults::set).

use std::sync::atomic::{AtomicUsize, Ordering};

use super::{Fault, Loss, Request};

/// Gives every request of this operation, such as `PutItem`, the same fault.
pub fn every(operation: &'static str, fault: Fault) -> impl Fn(&Request, usize) -> Fault {
    move |request, _| if request.operation() == operation { fault.clone() } else { Fault::Pass }
}

/// Gives only the request of this number among those of its operation, from 0, a fault.
pub fn nth(operation: &'static str, n: usize, fault: Fault) -> impl Fn(&Request, usize) -> Fault {
    span(n..n + 1, fault, move |request| request.operation() == operation)
}

/// Gives the first so many requests of an operation a fault.
pub fn first(
    operation: &'static str,
    times: usize,
    fault: Fault,
) -> impl Fn(&Request, usize) -> Fault {
    span(0..times, fault, move |request| request.operation() == operation)
}

/// Lets the first so many reads of an index find nothing, as if it lagged behind.
pub fn lagging_index(times: usize) -> impl Fn(&Request, usize) -> Fault {
    span(0..times, Fault::empty_page(), |request| {
        matches!(request.operation(), "Query" | "Scan") && request.index().is_some()
    })
}

/// Loses this share of the answers of write operations, half of them with the request.
pub fn losing(seed: u64, share: f64) -> impl Fn(&Request, usize) -> Fault {
    lose(seed, share, |random| {
        if random & 1 == 0 {
            Fault::LoseAnswer(Loss::Reset)
        } else {
            Fault::LoseRequest(Loss::Reset)
        }
    })
}

/// Loses this share of the answers of write operations, never a request.
pub fn losing_answers(seed: u64, share: f64) -> impl Fn(&Request, usize) -> Fault {
    lose(seed, share, |_| Fault::LoseAnswer(Loss::Reset))
}

/// A random number for the request of this number; the same seed and number give the same.
pub fn random(seed: u64, n: usize) -> u64 {
    // SplitMix64, which needs no state beside its position.
    let mut bits = seed.wrapping_add((n as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ (bits >> 31)
}

fn lose(seed: u64, share: f64, how: fn(u64) -> Fault) -> impl Fn(&Request, usize) -> Fault {
    move |request, n| {
        let random = random(seed, n);
        // 32 of the bits decide whether, one of the others how; an `f64` holds them exactly.
        let lost = f64::from((random >> 32) as u32) < share * f64::from(u32::MAX);
        if lost && request.is_write() { how(random) } else { Fault::Pass }
    }
}

/// Gives a fault to those of the matching requests whose number among them is in `span`.
fn span(
    span: std::ops::Range<usize>,
    fault: Fault,
    matches: impl Fn(&Request) -> bool,
) -> impl Fn(&Request, usize) -> Fault {
    let asked = AtomicUsize::new(0);
    move |request, _| {
        if matches(request) && span.contains(&asked.fetch_add(1, Ordering::Relaxed)) {
            return fault.clone();
        }
        Fault::Pass
    }
}
