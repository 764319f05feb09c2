//! The tables: medians of the rounds, as Markdown.

use std::fmt::Write as _;

use bench_core::{Error, Result, Workload, duration, median};

/// The library that the others are compared with.
const BASE: &str = "raw";

/// The libraries in the order of the columns, with their names for people.
const LIBRARIES: [(&str, &str); 6] = [
    (BASE, "raw rusqlite"),
    ("keyloom", "keyloom"),
    ("diesel", "Diesel"),
    ("toasty", "toasty"),
    ("sqlx", "SQLx"),
    ("seaorm", "SeaORM"),
];

/// Rows whose ratio is a cost: less is better.
const COSTS: [(&str, Workload); 7] = [
    ("point get", Workload::PointGet),
    ("page of 100", Workload::Page),
    ("scan of 10,000", Workload::Scan),
    ("compare-and-set save, `NORMAL`", Workload::Save),
    ("update of one field, `NORMAL`", Workload::Update),
    ("bulk insert of 100,000, each", Workload::BulkInsert),
    ("a lone durable save, `FULL`", Workload::DurableSave),
];

/// Rows whose ratio is a throughput: more is better.
const THROUGHPUTS: [(&str, Workload); 3] = [
    ("durable saves, 16 tasks at once", Workload::DurableSaves16),
    ("durable saves, 64 tasks at once", Workload::DurableSaves64),
    ("many gets in a read scope", Workload::ScopedGets),
];

/// One line of the results.
struct Sample<'a> {
    round: &'a str,
    library: &'a str,
    workload: Workload,
    wall: f64,
    cpu: f64,
    memory: f64,
}

impl<'a> Sample<'a> {
    fn read(line: &'a str) -> Result<Self> {
        let [round, library, workload, wall, cpu, memory] =
            line.split('\t').collect::<Vec<_>>()[..]
        else {
            return Err(Error::from(format!("no result: {line}")));
        };
        Ok(Self {
            round,
            library,
            workload: workload.parse()?,
            wall: wall.parse()?,
            cpu: cpu.parse()?,
            memory: memory.parse()?,
        })
    }
}

/// The tables of all results.
pub(crate) fn tables(results: &str) -> Result<String> {
    let samples = results.lines().map(Sample::read).collect::<Result<Vec<_>>>()?;
    let results = Results(samples);
    let mut text = String::new();
    let present: Vec<_> = LIBRARIES.into_iter().filter(|(name, _)| results.has(name)).collect();

    head(&mut text, "cost, wall / CPU", &present)?;
    for (title, workload) in COSTS {
        let base = format!(
            "{} / {}",
            duration(results.median(BASE, workload, |sample| sample.wall)),
            duration(results.median(BASE, workload, |sample| sample.cpu)),
        );
        row(&mut text, title, &base, &present, |library| {
            let wall = results.ratio(library, workload, |sample| sample.wall)?;
            let cpu = results.ratio(library, workload, |sample| sample.cpu)?;
            Some(format!("{wall:.2}× / {cpu:.2}×"))
        })?;
    }
    let peak = results.median(BASE, Workload::ScanMemory, |sample| sample.memory);
    let base = peak.map_or_else(String::new, |bytes| format!("{:.1} MB", bytes / 1e6));
    row(&mut text, "scan of 10,000, peak memory", &base, &present, |library| {
        let memory = results.ratio(library, Workload::ScanMemory, |sample| sample.memory)?;
        Some(format!("{memory:.2}×"))
    })?;

    text.push('\n');
    head(&mut text, "throughput / CPU of each", &present)?;
    for (title, workload) in THROUGHPUTS {
        let wall = results.median(BASE, workload, |sample| sample.wall);
        let base = format!(
            "{} / {}",
            wall.map_or_else(String::new, |wall| format!("{:.0}/s", 1e9 / wall)),
            duration(results.median(BASE, workload, |sample| sample.cpu)),
        );
        row(&mut text, title, &base, &present, |library| {
            let speed = results.ratio(library, workload, |sample| 1.0 / sample.wall)?;
            let cpu = results.ratio(library, workload, |sample| sample.cpu)?;
            Some(format!("{speed:.2}× / {cpu:.2}×"))
        })?;
    }
    Ok(text)
}

fn head(text: &mut String, title: &str, libraries: &[(&str, &str)]) -> Result<()> {
    let names: Vec<&str> = libraries.iter().map(|&(_, name)| name).collect();
    writeln!(text, "| {title} | {} |", names.join(" | "))?;
    writeln!(text, "|---|{}", "---|".repeat(names.len()))?;
    Ok(())
}

fn row(
    text: &mut String,
    title: &str,
    base: &str,
    libraries: &[(&str, &str)],
    cell: impl Fn(&str) -> Option<String>,
) -> Result<()> {
    write!(text, "| {title} |")?;
    for &(library, _) in libraries {
        let cell = match library {
            BASE => base.to_owned(),
            _ => cell(library).unwrap_or_else(|| "–".to_owned()),
        };
        write!(text, " {cell} |")?;
    }
    writeln!(text)?;
    Ok(())
}

struct Results<'a>(Vec<Sample<'a>>);

impl Results<'_> {
    fn has(&self, library: &str) -> bool {
        self.0.iter().any(|sample| sample.library == library)
    }

    fn of(&self, library: &str, workload: Workload) -> impl Iterator<Item = &Sample<'_>> {
        self.0.iter().filter(move |sample| sample.library == library && sample.workload == workload)
    }

    fn median(
        &self,
        library: &str,
        workload: Workload,
        value: impl Fn(&Sample<'_>) -> f64,
    ) -> Option<f64> {
        median(self.of(library, workload).map(value).collect())
    }

    /// The median over the rounds of the library's value by that of the base in the same round.
    fn ratio(
        &self,
        library: &str,
        workload: Workload,
        value: impl Fn(&Sample<'_>) -> f64,
    ) -> Option<f64> {
        let ratios = self.of(library, workload).filter_map(|sample| {
            let base = self.of(BASE, workload).find(|base| base.round == sample.round)?;
            Some(value(sample) / value(base))
        });
        median(ratios.collect())
    }
}
