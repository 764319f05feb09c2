//! More than twenty indexes are rejected: a DynamoDB table holds no more.
use keyloom::Record;

#[derive(Record)]
#[record(
    global,
    partition = "order#{id}",
    index(by_01, partition = "01#{day}"),
    index(by_02, partition = "02#{day}"),
    index(by_03, partition = "03#{day}"),
    index(by_04, partition = "04#{day}"),
    index(by_05, partition = "05#{day}"),
    index(by_06, partition = "06#{day}"),
    index(by_07, partition = "07#{day}"),
    index(by_08, partition = "08#{day}"),
    index(by_09, partition = "09#{day}"),
    index(by_10, partition = "10#{day}"),
    index(by_11, partition = "11#{day}"),
    index(by_12, partition = "12#{day}"),
    index(by_13, partition = "13#{day}"),
    index(by_14, partition = "14#{day}"),
    index(by_15, partition = "15#{day}"),
    index(by_16, partition = "16#{day}"),
    index(by_17, partition = "17#{day}"),
    index(by_18, partition = "18#{day}"),
    index(by_19, partition = "19#{day}"),
    index(by_20, partition = "20#{day}"),
    index(by_21, partition = "21#{day}")
)]
struct Order {
    id: u32,
    day: u32,
}

fn main() {}
