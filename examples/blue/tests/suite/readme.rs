//! What the project's README shows of this application is what stands in it.

const README: &str = include_str!("../../../../README.md");
const SHOWN: [&str; 2] =
    [include_str!("../../src/dialogue/tensions.rs"), include_str!("../../src/dialogue/stored.rs")];

#[test]
fn the_readme_shows_this_application() {
    let (_, section) = README.split_once("## A real application").expect("the section");
    let (_, block) = section.split_once("```rust,ignore\n").expect("the example");
    let (block, _) = block.split_once("```").expect("its end");
    let lines = |text: &'static str| -> Vec<&str> {
        text.lines().map(str::trim).filter(|line| !line.is_empty()).collect()
    };
    let code = SHOWN.map(lines).concat();
    let shown = lines(block);
    assert!(shown.len() >= 30);
    for part in shown.split(|line| *line == "// …") {
        assert!(code.windows(part.len()).any(|lines| lines == part), "{part:#?}");
    }
}
