//! [`Meter`]: what an operation costs.

use std::fs;
use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

use crate::{Error, Result};

unsafe extern "C" {
    /// Gives memory that was freed back to the system, so that it can be counted anew.
    safe fn malloc_trim(pad: usize) -> i32;
}

/// What one operation costs.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cost {
    /// Nanoseconds by the clock.
    pub wall: f64,
    /// Nanoseconds of processor time of the whole process, which a busy machine hardly changes.
    pub cpu: f64,
    /// Bytes of memory at its peak; zero where it is not measured.
    pub memory: f64,
}

/// The clocks of the process at one moment.
pub struct Stopwatch {
    wall: Instant,
    cpu: Duration,
}

impl Stopwatch {
    #[must_use]
    pub fn start() -> Self {
        Self { wall: Instant::now(), cpu: cpu_time() }
    }

    /// The time by the clock since the start.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.wall.elapsed()
    }

    /// What each of `operations` cost since the start.
    #[must_use]
    pub fn cost(&self, operations: u64) -> Cost {
        let each = |time: Duration| time.as_secs_f64() * 1e9 / operations as f64;
        let wall = self.wall.elapsed();
        Cost { wall: each(wall), cpu: each(cpu_time().saturating_sub(self.cpu)), memory: 0.0 }
    }
}

fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec.cast_unsigned(), u32::try_from(time.tv_nsec).unwrap_or_default())
}

/// Measures a loop for a given time, after a sixth of that time in which nothing is counted.
pub(crate) struct Meter {
    budget: Duration,
    warm: bool,
    watch: Stopwatch,
    count: u64,
    check_at: u64,
    cost: Cost,
}

impl Meter {
    pub(crate) fn new(budget: Duration) -> Self {
        let watch = Stopwatch::start();
        Self { budget, warm: false, watch, count: 0, check_at: 1, cost: Cost::default() }
    }

    /// Whether to run the operation once more: the condition of a `while` loop.
    pub(crate) fn goes_on(&mut self) -> bool {
        // The clock is read ever more rarely, so that reading it does not count.
        if self.count == self.check_at && !self.check() {
            return false;
        }
        self.count += 1;
        true
    }

    fn check(&mut self) -> bool {
        let elapsed = self.watch.elapsed();
        if self.warm && elapsed >= self.budget {
            self.cost = self.watch.cost(self.count);
            return false;
        }
        if !self.warm && elapsed >= self.budget / 6 {
            self.warm = true;
            self.count = 0;
            self.check_at = 1;
            self.watch = Stopwatch::start();
        } else {
            self.check_at += 1 + self.check_at / 8;
        }
        true
    }

    /// The cost of one operation, once the loop has ended.
    pub(crate) fn cost(&self) -> Cost {
        self.cost
    }
}

/// The peak of the process's memory above where it stood.
pub(crate) struct Peak {
    before: f64,
}

impl Peak {
    pub(crate) fn start() -> Result<Self> {
        malloc_trim(0);
        fs::write("/proc/self/clear_refs", "5")?;
        Ok(Self { before: status_bytes("VmRSS:")? })
    }

    pub(crate) fn bytes(&self) -> Result<f64> {
        Ok(status_bytes("VmHWM:")? - self.before)
    }
}

fn status_bytes(field: &str) -> Result<f64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix(field));
    let kib = line
        .and_then(|line| line.trim().strip_suffix(" kB"))
        .ok_or_else(|| Error::from(format!("/proc/self/status has no {field}")))?;
    Ok(kib.parse::<f64>()? * 1024.0)
}
